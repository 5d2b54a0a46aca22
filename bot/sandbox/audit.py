"""The audit log: what is written down, who hears of it, what a fetch shows."""

from typing import Any

from bot.sandbox.entities import Invite

GUILD_UPDATE = 1
MEMBER_KICK = 20
MEMBER_BAN = 22
BOT_ADD = 28
INVITE_CREATE = 40
INVITE_DELETE = 42
KEPT = 45 * 86400


def made(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "new_value": value} for key, value in values.items()]


def gone(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "old_value": value} for key, value in values.items()]


def invite_keys(invite: Invite) -> dict[str, Any]:
    """The keys by which an entry describes an invite."""
    keys: dict[str, Any] = {
        "code": invite.code,
        "channel_id": str(invite.channel_id),
        "uses": invite.uses,
        "max_uses": invite.max_uses,
        "max_age": invite.max_age,
        "temporary": invite.temporary,
        "flags": invite.terms.flags,
    }
    if invite.inviter is not None:
        keys["inviter_id"] = str(invite.inviter.id)
    return keys

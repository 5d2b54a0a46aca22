"""Revoking an invite: who may, the question before it, and the buttons that ask and do."""

import re
from datetime import UTC, datetime
from typing import ClassVar, Literal, Self

import discord

from bot.client import Usher
from bot.errors import PrivateError, UserError
from bot.platforms.platform import Platform
from bot.wording import command
from cogs import _invite_texts as texts
from cogs import _typed as typed
from cogs._asking import Asker, asker
from cogs._buttons import Pressable, answered, require_owner
from cogs._reply import Asked, Pressed, acknowledge, reply, update
from data.models import InviteKind, InviteRecord

_BUTTON = "(?P<owner>[0-9a-f]{1,16}):(?P<code>.+)"
"""What the ids of both buttons say: who may press, and which invite it is about."""

_INWARD = ("moderator_id", "behalf_id", "campaign", "reason", "ended_by", "end_note")
"""Of an invite only the ledger knows them."""


async def ask(asked: Asked, bot: Usher, text: str, note: str | None) -> None:
    """Show what will go, and a button that does it."""
    asking = asker(asked)
    record = await revocable(asking, bot, text)
    view = discord.ui.View(timeout=None)
    view.add_item(Revoke(asking.member.id, record.invite.code))
    question = texts.question(_shown(asking, record), note, datetime.now(UTC))
    await reply(asked, embed=question, view=view)


async def revocable(asking: Asker, bot: Usher, text: str) -> InviteRecord:
    """The invite that somebody means, if it is live and both they and Usher may revoke it."""
    find = typed.invite_called if asking.permissions.manage_guild else _theirs
    record = await find(bot, asking, text)
    now = datetime.now(UTC)
    if record.invite.kind is InviteKind.VANITY:
        raise UserError(
            f"The vanity URL cannot be revoked. {command('invite vanity')} changes or removes it."
        )
    if record.ended(now):
        raise PrivateError(texts.no_longer(_shown(asking, record), now))
    _require_mine(bot.platform, asking.guild, record)
    return record


async def _theirs(bot: Usher, asking: Asker, text: str) -> InviteRecord:
    """Of invites elsewhere they learn nothing, not even whether the code exists."""
    found = bot.platform.code(text)
    record = await bot.ledger.invite(asking.guild.id, found) if found else None
    if record is None or not _lets(bot.platform, asking.member, record):
        raise UserError(f"You need {_needed(bot.platform, 'you')}.")
    return record


def _require_mine(platform: Platform, guild: discord.Guild, record: InviteRecord) -> None:
    if not guild.me.guild_permissions.manage_guild and not _lets(platform, guild.me, record):
        raise UserError(f"I need {_needed(platform, 'I')}.")


def _needed(platform: Platform, who: Literal["you", "I"]) -> str:
    if platform.capabilities.channel_revokes:
        return "**Manage Server**, or **Manage Channels** in the invite's channel"
    return f"**Manage Server** to revoke what {who} did not make"


def _lets(platform: Platform, member: discord.Member, record: InviteRecord) -> bool:
    """Whether the platform lets somebody revoke this who does not manage the server."""
    if not platform.capabilities.channel_revokes:
        return record.invite.inviter_id == member.id
    channel = member.guild.get_channel(record.invite.channel_id or 0)
    return channel is not None and channel.permissions_for(member).manage_channels


def _shown(asking: Asker, record: InviteRecord) -> InviteRecord:
    """Without Manage Server nothing of it that only the ledger knows."""
    if asking.permissions.manage_guild:
        return record
    return record.model_copy(update=dict.fromkeys(_INWARD))


class _RevokeButton(Pressable, template=_BUTTON):
    """A red button about one invite, for one person."""

    prefix: ClassVar[str]

    def __init__(self, owner_id: int, code: str) -> None:
        custom_id = f"{self.prefix}:{owner_id:x}:{code}"
        style = discord.ButtonStyle.danger
        super().__init__(discord.ui.Button(label="Revoke", style=style, custom_id=custom_id))
        self.owner_id = owner_id
        self.code = code

    @classmethod
    def read(cls, match: re.Match[str], _label: str | None) -> Self:
        return cls(int(match["owner"], 16), match["code"])


class AskToRevoke(_RevokeButton, template=f"ra:{_BUTTON}"):
    """On a card: asks before it revokes."""

    prefix = "ra"
    emoji = "\N{WASTEBASKET}\N{VARIATION SELECTOR-16}"

    @answered
    async def callback(self, pressed: Pressed) -> None:
        require_owner(pressed, self.owner_id)
        await ask(pressed, pressed.client, self.code, None)


class Revoke(_RevokeButton, template=f"rd:{_BUTTON}"):
    """Under the question: revokes, for the reason that the question kept."""

    prefix = "rd"
    emoji = "\N{WHITE HEAVY CHECK MARK}"

    @answered
    async def callback(self, pressed: Pressed) -> None:
        require_owner(pressed, self.owner_id)
        asking, bot = asker(pressed), pressed.client
        await revocable(asking, bot, self.code)
        await acknowledge(pressed)
        note = texts.note_in(pressed.message.embeds if pressed.message else ())
        record = await bot.orders.revoke(asking.guild.id, self.code, asking.member.id, note)
        _, joined = await bot.ledger.joins_through(record.id, 0)
        known = joined if asking.permissions.manage_guild else 0
        await update(pressed, texts.revoked(record, known), None)


def card_buttons(asking: Asker, record: InviteRecord, now: datetime) -> discord.ui.View:
    """What can be done with an invite that a card shows."""
    view = discord.ui.View(timeout=None)
    if record.invite.kind is InviteKind.GUILD and not record.ended(now):
        view.add_item(AskToRevoke(asking.member.id, record.invite.code))
    return view

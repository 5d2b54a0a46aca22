"""Makes a discord.py client speak with Fluxer: what is translated, and where it is hooked in."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, Final

import discord

from bot.platforms import fluxer_payloads as payloads
from bot.platforms import fluxer_wire, internals, leaky
from bot.platforms.internals import Hearing

log = logging.getLogger(__name__)

Json = dict[str, Any]


_SAME: Final = Hearing()

HEARD: Final = {
    "READY": _SAME,  # translated before the library's own look at it, see fluxer_wire
    "RESUMED": _SAME,
    "GUILD_UPDATE": _SAME,
    "GUILD_DELETE": _SAME,
    "GUILD_ROLE_CREATE": _SAME,
    "GUILD_ROLE_UPDATE": _SAME,
    "GUILD_ROLE_UPDATE_BULK": Hearing(
        split=payloads.each("roles", "role"), as_event="GUILD_ROLE_UPDATE"
    ),
    "GUILD_ROLE_DELETE": _SAME,
    "CHANNEL_CREATE": _SAME,
    "CHANNEL_UPDATE": _SAME,
    "CHANNEL_UPDATE_BULK": Hearing(split=payloads.each("channels"), as_event="CHANNEL_UPDATE"),
    "CHANNEL_DELETE": _SAME,
    "GUILD_MEMBER_ADD": Hearing(payloads.member),
    "GUILD_MEMBER_UPDATE": Hearing(payloads.member),
    "GUILD_MEMBER_REMOVE": Hearing(payloads.of_user),
    "GUILD_MEMBERS_CHUNK": Hearing(payloads.chunk),
    "GUILD_AUDIT_LOG_ENTRY_CREATE": Hearing(payloads.audit_entry),
    "INVITE_CREATE": Hearing(payloads.invite),
    "INVITE_DELETE": _SAME,
    "MESSAGE_CREATE": Hearing(payloads.message),
    "MESSAGE_UPDATE": Hearing(payloads.message),
    "MESSAGE_DELETE": _SAME,
    "MESSAGE_DELETE_BULK": _SAME,
    "MESSAGE_REACTION_ADD": Hearing(payloads.reaction),
    "MESSAGE_REACTION_REMOVE": Hearing(payloads.reaction),
}
"""Every event that Usher has a use for. Fluxer sends all there are, whatever the intents."""

_MESSAGES: Final = "/channels/{channel_id}/messages"

ANSWERS: Final[dict[tuple[str, str], Callable[[Json], Json]]] = {
    ("GET", "/oauth2/applications/@me"): payloads.application,
    ("GET", "/guilds/{guild_id}/members"): payloads.member,
    ("GET", "/guilds/{guild_id}/members/{member_id}"): payloads.member,
    ("GET", "/guilds/{guild_id}/audit-logs"): payloads.audit_log,
    ("GET", "/guilds/{guild_id}/invites"): payloads.invite,
    ("GET", "/channels/{channel_id}/invites"): payloads.invite,
    ("GET", "/invites/{invite_id}"): payloads.invite,
    ("POST", "/channels/{channel_id}/invites"): payloads.invite,
    ("GET", _MESSAGES): payloads.message,
    ("POST", _MESSAGES): payloads.message,
    ("GET", f"{_MESSAGES}/{{message_id}}"): payloads.message,
    ("PATCH", f"{_MESSAGES}/{{message_id}}"): payloads.message,
}
"""By method and template; a list is translated one by one."""

_DELETE_INVITE: Final = ("DELETE", "/invites/{invite_id}")


def attach(client: discord.AutoShardedClient) -> None:
    """Before the client logs in, and after its raw events have found their listeners."""

    def known() -> Iterable[int]:
        return [guild.id for guild in client.guilds]

    def guild_create(data: Json) -> Json:
        return payloads.guild(data, known=client.get_guild(int(data["id"])) is not None)

    longest = client.http.max_ratelimit_timeout
    internals.replace_session(client, lambda session: fluxer_wire.Session(session, known, longest))
    internals.translate_answers(client, translated)
    internals.replace_rate_limits(client, leaky.LeakyBucket)
    internals.keep_collections(client)
    internals.hear_only(client, {**HEARD, "GUILD_CREATE": Hearing(guild_create)})


def translated(method: str, template: str, url: str, answer: Any) -> Any:
    """An answer as Discord would have given it; one that cannot be read is left as it came."""
    if (method, template) == _DELETE_INVITE and not answer:
        return payloads.deleted_invite(url.rpartition("/")[2])
    translate = ANSWERS.get((method, template))
    try:
        match answer:
            case dict() if translate is not None:
                return translate(answer)
            case list() if translate is not None:
                return [translate(one) for one in answer]
    except (AttributeError, KeyError, TypeError, ValueError):
        log.warning("an answer to %s %s cannot be read", method, template)
    return answer

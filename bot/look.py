"""`usher look`: what an invite leads to, as everybody may see it, without a token."""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from pydantic import ValidationError

from bot.config import Settings, read_settings
from bot.errors import NoAnswerError, StartupError
from bot.platforms import direct, discovery, links
from bot.platforms.payloads import DISCORD, FLUXER, InvitePayload, InviteReader
from data.models import InviteKind

DISCORD_API = "https://discord.com/api/v10"
NAMES = {"discord": "Discord", "fluxer": "Fluxer"}
READERS: dict[str, InviteReader] = {"discord": DISCORD, "fluxer": FLUXER}
NOT_FOUND = 404


def add_parser(commands: Any) -> None:
    """Add `look` to the command line."""
    add = commands.add_parser("look", help="say what an invite leads to, as everybody may see it")
    add.add_argument("code", metavar="CODE", help="the invite's code or link")
    add.add_argument(
        "--brief", action="store_true", help="do not ask how many people are there, nor until when"
    )
    add.set_defaults(command=_look)


async def _look(options: argparse.Namespace) -> None:
    settings = read_settings()
    base, own = await _where(settings)
    code = links.code(options.code, own)
    if code is None:
        raise StartupError(f"{options.code!r} is neither a code nor a link of an invite.")
    told = await _asked(settings.platform, base, code, brief=options.brief)
    for name, said in described(told):
        sys.stdout.write(f"{name}\t{said}\n")
    sys.stdout.flush()


async def _where(settings: Settings) -> tuple[str, set[str]]:
    """The API, and what stands before a code in the links of an instance of its own."""
    if settings.platform == "discord":
        return settings.api_base or DISCORD_API, set()
    instance = await discovery.find(settings.api_base)
    return instance.api, {links.base(instance.invites)} if instance.invites else set()


async def _asked(platform: str, base: str, code: str, *, brief: bool) -> InvitePayload:
    name = NAMES[platform]
    more = "" if brief else "?with_counts=true&with_expiration=true"
    url = f"{base.rstrip('/')}/invites/{quote(code, safe='')}{more}"
    headers = {"User-Agent": f"DiscordBot (usher, {version('usher')})"}
    try:
        told = await direct.ask(name, "GET", url, headers=headers)
    except NoAnswerError as silent:
        raise StartupError(f"{silent} Try again.", exit_code=1) from None
    if told.status == NOT_FOUND:
        raise StartupError(f"{name} knows no invite {code}, or not any more.")
    if not told.granted:
        raise StartupError(f"{name} refused that: {_plain(direct.said(told.body))[:300]}")
    try:
        return READERS[platform].one(told.body)
    except ValidationError:
        raise StartupError(f"{name}'s answer cannot be read.", exit_code=1) from None


def described(invite: InvitePayload) -> Iterator[tuple[str, str]]:
    """What is told of an invite, by its name; of a kind that nobody knows its number. Pure."""
    kind: str = invite.kind
    yield "code", _plain(invite.code)
    yield "kind", f"{kind} {invite.type}" if invite.kind is InviteKind.OTHER else kind
    for name in ("guild", "channel", "pack", "inviter"):
        thing = getattr(invite, name)
        if thing is not None:
            yield name, f"{thing.id} {_name(thing)}".strip()
    for name, fields in _COUNTS.items():
        found = [one for field in fields if (one := _field(invite, field)) is not None]
        if found:
            yield name, str(found[0])
    if "expires_at" in invite.model_fields_set:
        yield "expires", _time(invite.expires_at)


_COUNTS = {
    "members": ("approximate_member_count", "member_count"),
    "online": ("approximate_presence_count", "presence_count"),
    "friends": ("friends_count",),
    "uses": ("uses",),
}
"""What each count is called, and where the platforms have it."""


def _name(thing: Any) -> str:
    """What people call it; a person has another name for that."""
    found = _field(thing, "username") or _field(thing, "name")
    return _plain(found)[:100] if isinstance(found, str) else ""


def _field(thing: Any, name: str) -> Any:
    return getattr(thing, name, None)


def _time(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _plain(text: str) -> str:
    """Without what a terminal would take for a command."""
    return "".join(one for one in text if one.isprintable())

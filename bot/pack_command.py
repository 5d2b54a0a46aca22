"""`usher packs`: a person's packs and their invites, from the command line."""

import argparse
import sys
from collections.abc import AsyncIterator, Awaitable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC
from pathlib import Path
from typing import Any, TypeVar

from pydantic import SecretStr

from bot import durations
from bot.config import Settings, read_settings
from bot.errors import NoAnswerError, RefusedError, StartupError
from bot.packs import (
    NO_KEY,
    PackOrder,
    Packs,
    write_creation,
    write_listing,
)
from bot.platforms import discovery
from bot.platforms.platform import MAX_AGE_LIMIT, MAX_USES_LIMIT
from data.errors import LedgerInUseError
from data.ledger import Ledger
from data.models import Invite

T = TypeVar("T")

NOT_WRITTEN = (
    "A running Usher has the ledger, so this is shown and not written down."
    " The command `packs list` in chat does both."
)


def add_parser(commands: Any) -> None:
    """Add `packs` to the command line."""
    packs = commands.add_parser("packs", help="list or create invites of your Fluxer packs")
    what = packs.add_subparsers(required=True, metavar="what")
    add = what.add_parser("list", help="list your packs, or the invites of one")
    add.add_argument("pack_id", type=_pack, nargs="?", metavar="PACK_ID")
    add.set_defaults(command=_list)
    add = what.add_parser("create", help="create an invite of a pack")
    add.add_argument("pack_id", type=_pack, metavar="PACK_ID")
    add.add_argument(
        "--max-uses", type=_uses, default=0, metavar="N", help="0 to 100; without limit if unsaid"
    )
    add.add_argument(
        "--max-age", type=_age, default=0, metavar="TIME", help="like 12h or 7d; never if unsaid"
    )
    add.add_argument(
        "--unique",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="always a new one, or one that exists and fits",
    )
    add.set_defaults(command=_create)


async def _list(options: argparse.Namespace) -> None:
    settings = read_settings()
    packs = await asked_by(settings)
    if options.pack_id is None:
        made = await _answered(packs.packs())
        _say(*(f"{pack.id}\t{pack.kind}\t{_plain(pack.name)}" for pack in made))
        return
    async with _writing(settings.ledger) as ledger:
        told = await _answered(packs.list_invites(options.pack_id))
        if ledger is not None:
            await write_listing(ledger, options.pack_id, told)
    _say(*map(line, told.invites))
    if told.unreadable:
        _remark(f"{told.unreadable} more cannot be read.")


async def _create(options: argparse.Namespace) -> None:
    settings = read_settings()
    packs = await asked_by(settings)
    order = PackOrder(
        pack_id=options.pack_id,
        max_uses=options.max_uses,
        max_age=options.max_age,
        unique=options.unique,
    )
    async with _writing(settings.ledger) as ledger:
        invite = await _answered(packs.create_invite(order))
        _say(line(invite))
        if ledger is not None:
            await write_creation(ledger, invite, None)


async def asked_by(settings: Settings) -> Packs:
    """Who asks for packs; a `StartupError` says why nobody can.

    An address that is set for a bot on Discord is no place for a key of Fluxer.
    """
    if _key(settings) is None:
        raise StartupError(NO_KEY)
    there = settings.api_base if settings.platform == "fluxer" else None
    packs = packs_of(settings, (await discovery.find(there)).api)
    assert packs is not None, "there is a key"
    return packs


def packs_of(settings: Settings, api: str) -> Packs | None:
    """Who asks the instance with that API for packs; None without a person's key."""
    key = _key(settings)
    return None if key is None else Packs(key, api)


def _key(settings: Settings) -> SecretStr | None:
    key = settings.fluxer_user_key
    return key if key is not None and key.get_secret_value().strip() else None


def line(invite: Invite) -> str:
    """An invite for a terminal, and for programs that split at tabs."""
    uses = f"{invite.uses} of {invite.max_uses}" if invite.max_uses else f"{invite.uses}"
    when = invite.expires_at
    expires = "never" if when is None else f"{when.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    where = f"{invite.kind} {invite.pack_id}"
    return f"{invite.code}\t{where}\tuses {uses}\texpires {expires}"


@asynccontextmanager
async def _writing(path: Path) -> AsyncIterator[Ledger | None]:
    """The ledger, before anything is asked; None beside a running Usher, which alone writes."""
    async with AsyncExitStack() as stack:
        try:
            ledger = await stack.enter_async_context(Ledger.open(path))
        except LedgerInUseError:
            ledger = None
            _remark(NOT_WRITTEN)
        yield ledger


async def _answered(question: Awaitable[T]) -> T:
    """The answer; a refusal ends the command with its sentence, and nothing else of it."""
    try:
        return await question
    except RefusedError as refused:
        raise StartupError(str(refused)) from None
    except NoAnswerError as silent:
        raise StartupError(f"{silent} Try again.", exit_code=1) from None


def _plain(text: str) -> str:
    """Without what a terminal would take for a command."""
    return "".join(one for one in text if one.isprintable())


def _say(*lines: str) -> None:
    for one in lines:
        sys.stdout.write(f"{one}\n")
    sys.stdout.flush()


def _remark(sentence: str) -> None:
    sys.stderr.write(f"usher: {sentence}\n")


def _pack(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 63:
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of a pack")
    return int(text)


def _uses(text: str) -> int:
    if not text.isdecimal() or int(text) > MAX_USES_LIMIT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {MAX_USES_LIMIT}")
    return int(text)


def _age(text: str) -> int:
    """Seconds, which a number alone is; 0 = never."""
    if durations.never(text):
        return durations.NEVER
    seconds = durations.read(f"{text}s" if text.isdecimal() else text)
    if seconds is None or seconds > MAX_AGE_LIMIT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 30m, 12h or 7d, which is the longest, or never"
        )
    return seconds

"""The command line, and the one place that puts everything together."""

import argparse
import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import discord

from bot.client import Usher
from bot.config import Settings, read_settings
from bot.errors import StartupError
from bot.platforms import internals
from cogs import EXTENSIONS
from data.errors import LedgerError
from data.export import Format, lines
from data.ledger import Ledger
from data.reader import Reader

log = logging.getLogger("usher")

HOW_TO_START = (
    "Set USHER_TOKEN to your bot's token (Discord's developer portal, your application, Bot, "
    "Reset Token), or try Usher without one: usher demo"
)
NOT_ACCEPTED = (
    "Discord does not accept USHER_TOKEN. Make a new one in the developer portal "
    "(your application, Bot, Reset Token) and set it."
)
NO_INTENTS = (
    "Discord does not let this bot see joins: switch on SERVER MEMBERS INTENT in the developer "
    "portal (your application, Bot, Privileged Gateway Intents) and start again."
)


async def run(settings: Settings) -> None:
    """Run on a platform until told to stop."""
    if settings.token is None or not settings.token.get_secret_value().strip():
        raise StartupError(HOW_TO_START)
    stop_on_signals()
    internals.use_endpoints(settings.api_base, settings.gateway_url)
    async with Ledger.open(settings.ledger) as ledger:
        bot = Usher(
            ledger,
            extension_names=EXTENSIONS,
            lags=settings.lags,
            gateway_url=settings.gateway_url,
        )
        async with bot:
            await connect(bot, settings.token.get_secret_value().strip())


async def connect(bot: Usher, token: str) -> None:
    """Log in and stay connected; what the operator must act on becomes a `StartupError`."""
    try:
        await bot.start(token)
    except discord.LoginFailure:
        raise StartupError(NOT_ACCEPTED) from None
    except discord.PrivilegedIntentsRequired:
        raise StartupError(NO_INTENTS) from None
    except discord.ConnectionClosed as closed:
        raise StartupError(f"The platform closed the connection for good: {closed}") from None
    except (discord.GatewayNotFound, discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise StartupError(f"The platform cannot be reached: {error}") from None


def collect_rarely() -> None:
    """Keep garbage collection from stopping the loop.

    A full collection looks at every imported module, which took 20 ms each time, many times in a
    raid; what is imported never becomes garbage.
    """
    gc.freeze()
    gc.set_threshold(1_000, 10, 5_000)


def stop_on_signals() -> None:
    """End like Ctrl-C on SIGTERM too: everything that was opened is closed, exit code 0."""
    task = asyncio.current_task()
    assert task is not None, "called from a coroutine"
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no signal handlers in its loop
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit 0, or 2 with a sentence about what the operator must do."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(options.command(options))
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass  # told to stop, and everything is closed
    except (StartupError, LedgerError) as error:
        print(f"usher: {error}", file=sys.stderr)  # noqa: T201 - this is the command line
        sys.exit(2)


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(prog="usher", description=__doc__)
    commands = root.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("run", help="run on the platform that USHER_TOKEN is for")
    add.set_defaults(command=_run)
    add = commands.add_parser("demo", help="play a day in a guild on the embedded platform")
    add.add_argument("--ledger", type=Path, default=Path("demo-ledger.db"))
    add.set_defaults(command=_demo)
    export = commands.add_parser("export", help="write the ledger's facts to standard output")
    what = export.add_subparsers(required=True, metavar="what")
    add = what.add_parser("joins", help="one line per join")
    add.add_argument("--guild", type=int, required=True, metavar="ID")
    add.add_argument("--since", type=_moment, metavar="TIME", help="ISO 8601, like 2026-11-01")
    add.add_argument("--format", type=Format, choices=list(Format), default=Format.JSONL)
    add.set_defaults(command=_export)
    return root


async def _run(_: argparse.Namespace) -> None:
    discord.utils.setup_logging(level=logging.INFO)
    collect_rarely()
    await run(read_settings())


async def _demo(options: argparse.Namespace) -> None:
    # The embedded platform is loaded for nobody else.
    from bot.demo.story import play  # noqa: PLC0415

    await play(options.ledger, EXTENSIONS)


async def _export(options: argparse.Namespace) -> None:
    """Runs beside a bot that has the ledger open."""
    async with Reader.read_only(read_settings().ledger) as reader:
        async for line in lines(reader.export(options.guild, options.since), options.format):
            sys.stdout.write(line)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


if __name__ == "__main__":
    main()

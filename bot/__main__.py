"""The command line, and the one place that puts everything together."""

import argparse
import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from importlib.metadata import version
from typing import NoReturn

import discord

from bot import look, pack_command, starting
from bot.client import Usher
from bot.config import Settings, read_settings
from bot.errors import StartupError
from bot.lag_report import report
from bot.platforms import discovery, internals
from cogs import EXTENSIONS
from data.errors import LedgerError
from data.export import Format, lines, moment
from data.ledger import Ledger
from data.reader import Reader

HOW_TO_START = (
    "Set USHER_TOKEN to your bot's token ({where}), or try Usher without one: "
    "usher demo (make demo)"
)

UNHEARD = 1.0
"""Seconds after which being told to stop was surely not heard."""


async def run(settings: Settings) -> None:
    """Run on a platform until told to stop."""
    if settings.token is None or not settings.token.get_secret_value().strip():
        where = starting.WHERE_TOKENS_ARE[settings.platform]
        raise StartupError(HOW_TO_START.format(where=where))
    stop_on_signals()
    instance = await _point(settings)
    async with Ledger.open(settings.ledger) as ledger:
        bot = Usher(
            ledger,
            extension_names=EXTENSIONS,
            platform=settings.platform,
            prefix=settings.prefix,
            links=instance.invites,
            packs=pack_command.packs_of(settings, instance.api),
            lags=settings.lags,
            gateway_url=settings.gateway_url,
        )
        stop_on_signals(bot.is_closed)
        async with bot:
            await connect(bot, settings.token.get_secret_value().strip(), settings.platform)


async def _point(settings: Settings) -> discovery.Instance:
    """Send the library where the platform is, and say what else is there."""
    if settings.platform != "fluxer":
        internals.use_endpoints(settings.api_base, settings.gateway_url)
        return discovery.Instance()
    instance = await discovery.find(settings.api_base)
    internals.use_endpoints(instance.api, settings.gateway_url or instance.gateway)
    return instance


async def connect(bot: Usher, token: str, platform: str) -> None:
    """Log in and stay connected; what ends that becomes a `StartupError`."""
    try:
        await bot.start(token)
    except starting.KNOWN as error:
        raise starting.failed(error, platform) from None


def collect_rarely() -> None:
    """Keep garbage collection from stopping the loop.

    A full collection looks at every imported module, which took 20 ms each time, many times in a
    raid; what is imported never becomes garbage.
    """
    gc.freeze()
    gc.set_threshold(1_000, 10, 5_000)


def stop_on_signals(stopping: Callable[[], bool] = lambda: True) -> None:
    """End like Ctrl-C on SIGTERM too: everything that was opened is closed, exit code 0.

    While it reconnects the library swallows a cancellation, so that is said again until it is
    heard.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None, "called from a coroutine"

    def stop(*, again: bool = False) -> None:
        if again and (stopping() or task.done()):
            return
        task.cancel()
        loop.call_later(UNHEARD, partial(stop, again=True))

    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no signal handlers in its loop
            loop.add_signal_handler(number, stop)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command; exit 0, or with a sentence: 2 if the operator must act, 1 to try again."""
    options = parser().parse_args(arguments)
    try:
        asyncio.run(options.command(options))
    except (asyncio.CancelledError, KeyboardInterrupt):
        pass  # told to stop, and everything is closed
    except BrokenPipeError:
        # Whoever read our output has seen enough; what is left in the buffer has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (StartupError, LedgerError) as error:
        fail(str(error), error.exit_code if isinstance(error, StartupError) else 2)
    except OSError as error:
        fail(str(error), 1)


def fail(sentence: str, exit_code: int) -> NoReturn:
    print(f"usher: {sentence}", file=sys.stderr)  # noqa: T201 - this is the command line
    sys.exit(exit_code)


def parser() -> argparse.ArgumentParser:
    root = argparse.ArgumentParser(
        prog="usher", description="An invite manager that never guesses and never forgets."
    )
    root.add_argument("--version", action="version", version=f"usher {version('usher')}")
    commands = root.add_subparsers(required=True, metavar="command")
    add = commands.add_parser("run", help="run on the platform that USHER_TOKEN is for")
    add.set_defaults(command=_run)
    add = commands.add_parser("demo", help="play a day in a guild on the embedded platform")
    add.add_argument("--platform", choices=["discord", "fluxer"], default="discord")
    add.set_defaults(command=_demo)
    add = commands.add_parser("lags", help="tell whether the lags that are set hold")
    add.set_defaults(command=_lags)
    export = commands.add_parser("export", help="write the ledger's facts to standard output")
    what = export.add_subparsers(required=True, metavar="what")
    add = what.add_parser("joins", help="one line per join")
    add.add_argument("--guild", type=_guild, required=True, metavar="ID")
    add.add_argument("--since", type=_moment, metavar="TIME", help="ISO 8601, like 2026-11-01")
    add.add_argument("--format", choices=[form.value for form in Format], default="jsonl")
    add.set_defaults(command=_export)
    pack_command.add_parser(commands)
    look.add_parser(commands)
    return root


async def _run(_: argparse.Namespace) -> None:
    discord.utils.setup_logging(level=logging.INFO)
    collect_rarely()
    await run(read_settings())


async def _demo(options: argparse.Namespace) -> None:
    # The embedded platform is loaded for nobody else.
    from bot.demo.stage import LEDGER  # noqa: PLC0415
    from bot.demo.story import play  # noqa: PLC0415

    await play(LEDGER, EXTENSIONS, options.platform)


async def _export(options: argparse.Namespace) -> None:
    """Runs beside a bot that has the ledger open."""
    async with Reader.read_only(read_settings().ledger) as reader:
        joins = reader.export(options.guild, options.since)
        async for line in lines(joins, Format(options.format)):
            sys.stdout.write(line)
    sys.stdout.flush()  # so that a full disk is an error of ours, not of the interpreter's end


async def _lags(_: argparse.Namespace) -> None:
    """Runs beside a bot that has the ledger open."""
    settings = read_settings()
    async with Reader.read_only(settings.ledger) as reader:
        for line in report(await reader.lags(), settings.lags):
            sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _moment(text: str) -> datetime:
    try:
        return moment(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a time like 2026-11-01 or 2026-11-01T12:00"
        ) from None


def _guild(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1 << 63:
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of a server")
    return int(text)


if __name__ == "__main__":
    main()

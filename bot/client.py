"""The discord.py bot: intents, what it is made of, command registration, answers to failures."""

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from types import TracebackType
from typing import Any, NamedTuple, Self

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.answers import answer_error
from bot.attribution import Lags
from bot.backfill import Backfiller
from bot.charts import Charts
from bot.confirmer import Confirmer
from bot.corrections import Corrections
from bot.errors import StartupError
from bot.log_channel import NONCE_KEPT, LogChannels
from bot.orders import Orders
from bot.packs import Packs
from bot.patience import Patience, usual
from bot.platforms import fluxer_edge, internals, unreadable
from bot.platforms.common import date_trace
from bot.platforms.discord import LAGS as DISCORD_LAGS
from bot.platforms.discord import Discord
from bot.platforms.fluxer import LAGS as FLUXER_LAGS
from bot.platforms.fluxer import Fluxer
from bot.platforms.platform import Platform
from bot.platforms.speech import Speech
from bot.text_commands import Request
from bot.tracker import Tracker
from bot.wording import SLASH, Wording, speak, with_prefix
from data.ledger import Ledger

log = logging.getLogger(__name__)

Json = dict[str, Any]

RAW_EVENTS = ("INVITE_CREATE", "INVITE_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE")
"""Events whose payload goes to the listeners as it came: the library's objects drop fields."""

EVENTS_A_TURN = 4
"""Events of one shard that are taken in before commands and readings have their turn."""

NOT_READ = (
    "The platform's gateway said something that cannot be read, without which no session goes on"
    " ({where}). Starting again may help, else a newer Usher."
)

SLOWEST_RATE_LIMIT = 30.0
"""Seconds to wait for a rate limit; a longer one is an answer of its own: try again later."""


def intents() -> discord.Intents:
    """Only what is used.

    guilds      channels, roles and permissions
    members     joins and leaves (privileged)
    invites     invites created and deleted
    moderation  the audit log as it is written: who revoked, who added a bot
    """
    return discord.Intents(guilds=True, members=True, invites=True, moderation=True)


class Spoken(NamedTuple):
    """How a platform is spoken with."""

    platform: Callable[[discord.Client, Lags | None, str | None], Platform]
    """Of a client, with the platform's usual lags and links unless others are given."""
    intents: discord.Intents
    prefixes: Callable[[str], Any]
    """What may stand before a command that is text."""
    wording: Callable[[str], Wording]
    nonce_kept: timedelta
    """How long it knows a message by its nonce; zero, if it does not look at them."""
    session_kept: float
    """Seconds for which it keeps a session that nobody is connected to."""
    attach: Callable[[Any], None]
    """Hooks the translation in, where one is needed."""


SPOKEN = {
    "discord": Spoken(
        platform=lambda client, lags, _: Discord(client, lags or DISCORD_LAGS),
        intents=intents(),
        prefixes=lambda _: commands.when_mentioned,
        wording=lambda _: SLASH,
        nonce_kept=NONCE_KEPT,
        session_kept=90.0,  # it does not say; so long was seen, and asking in vain costs little
        attach=internals.guard,
    ),
    "fluxer": Spoken(
        platform=lambda client, lags, links: Fluxer(client, lags or FLUXER_LAGS, links=links),
        intents=intents() | discord.Intents(messages=True, message_content=True, reactions=True),
        prefixes=commands.when_mentioned_or,
        wording=with_prefix,
        nonce_kept=timedelta(0),
        session_kept=60.0,
        attach=fluxer_edge.attach,
    ),
}
"""By the name of the setting."""


class Tree(app_commands.CommandTree["Usher"]):
    async def on_error(
        self, interaction: discord.Interaction["Usher"], error: app_commands.AppCommandError, /
    ) -> None:
        await answer_error(interaction, error)


class Usher(commands.AutoShardedBot):
    """One bot for all guilds. `ledger`, `platform`, `tracker`, `orders`, … are what cogs use."""

    def __init__(  # noqa: PLR0913 - each is a choice of its own, and all but two have a usual one
        self,
        ledger: Ledger,
        *,
        extension_names: Sequence[str],
        platform: str = "discord",
        prefix: str = "!",
        links: str | None = None,
        packs: Packs | None = None,
        lags: Lags | None = None,
        patience: Patience | None = None,
        gateway_url: str | None = None,
        guild_ready_timeout: float = 2.0,
    ) -> None:
        """Built once, by whoever composes everything.

        links   what stands before a code in the links of an instance of its own
        packs   who asks for packs with a person's own key, if there is one
        """
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # there is no voice
        speaks = SPOKEN[platform]
        super().__init__(
            command_prefix=speaks.prefixes(prefix),
            case_insensitive=True,
            strip_after_prefix=True,
            tree_cls=Tree,
            help_command=None,
            intents=speaks.intents,
            allowed_mentions=discord.AllowedMentions.none(),
            # Joins and leaves come with all we need, so nobody has to be remembered in memory.
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            max_ratelimit_timeout=SLOWEST_RATE_LIMIT,
            guild_ready_timeout=guild_ready_timeout,
            http_trace=date_trace(),
        )
        self.ledger = ledger
        self.packs = packs
        self.platform = speaks.platform(self, lags, links)
        speak(speaks.wording(prefix))
        record_first = self.platform.capabilities.record_first
        patience = patience or usual(record_first=record_first)
        clock = asyncio.get_running_loop().time
        self.confirmer = Confirmer(self.platform, ledger, patience, clock, lambda: self.tracker)
        self.tracker = Tracker(
            self.platform, ledger, patience=patience, clock=clock, witness=self.confirmer
        )
        self.backfiller = Backfiller(self.platform, ledger, patience, clock)
        self.corrections = Corrections(ledger, self.tracker, self.confirmer)
        undecided = self.platform.lags.event + self.platform.lags.counter
        speech = Speech(self, speaks.nonce_kept)
        self.log_channels = LogChannels(speech, ledger, patience, clock, undecided=undecided)
        self.charts = Charts()
        self._jobs = AsyncExitStack()
        self.orders = Orders(self.platform, ledger, self.tracker)
        self._extension_names = extension_names
        self._hook(speaks, gateway_url)

    def _hook(self, speaks: Spoken, gateway_url: str | None) -> None:
        """Where we stand between the library and its connection."""
        internals.take_turns(EVENTS_A_TURN)
        internals.resume_sessions(speaks.session_kept)
        internals.shorten_log()
        if gateway_url is not None:
            internals.prefer_gateway(self, gateway_url)
        for event in RAW_EVENTS:
            internals.replace_parser(self, event, self._raw(event))
        speaks.attach(self)

    async def __aenter__(self) -> Self:
        await self._jobs.enter_async_context(self.tracker)
        await self._jobs.enter_async_context(self.confirmer)
        await self._jobs.enter_async_context(self.log_channels)
        await self._jobs.enter_async_context(self.backfiller)
        await self._jobs.enter_async_context(self.charts)
        return await super().__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """First no more events, then no more work on them."""
        try:
            await super().__aexit__(kind, error, traceback)
        finally:
            await self._jobs.aclose()

    async def connect(self, *, reconnect: bool = True) -> None:
        """What ends the connection is the platform's refusal, or something that is not read.

        Events are guarded one by one: what begins and resumes a session is left, and the frame
        around them all.
        """
        try:
            await super().connect(reconnect=reconnect)
        except (discord.DiscordException, aiohttp.ClientError, OSError):
            raise
        except Exception as error:
            raise StartupError(NOT_READ.format(where=unreadable.where(error)), 1) from error

    async def setup_hook(self) -> None:
        for name in self._extension_names:
            await self.load_extension(name)
        if self.platform.capabilities.slash_commands:
            await self.register_commands()

    async def on_message(self, message: discord.Message, /) -> None:
        """Where commands are slash commands, text is nobody's business; a webhook is no person."""
        if not self.platform.capabilities.slash_commands and message.webhook_id is None:
            await self.process_commands(message)

    async def get_context(
        self, origin: discord.Message | discord.Interaction[Any], /, *, cls: Any = Request
    ) -> Any:
        return await super().get_context(origin, cls=cls)

    async def on_command_error(
        self, context: commands.Context[Any], exception: commands.CommandError, /
    ) -> None:
        await answer_error(context, exception)

    async def register_commands(self) -> None:
        """Tell the platform our commands, but only if they changed since it was last told."""
        described = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        digest = hashlib.sha256(json.dumps(described, sort_keys=True).encode()).hexdigest()
        key = f"commands of {self.application_id}"
        if await self.ledger.meta(key) == digest:
            return
        await self.tree.sync()
        await self.ledger.set_meta(key, digest)
        log.info("registered %d commands", len(described))

    def _raw(self, event: str) -> Callable[[Json], None]:
        name = f"raw_{event.lower()}"

        def receive(payload: Json) -> None:
            self.dispatch(name, payload)

        return receive

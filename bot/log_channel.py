"""Tells joins and leaves in the channels that guilds chose, each once, and keeps it right.

The ledger is the queue: lines come into being in the transaction of what they tell. Here they are
drawn together into messages, said, and changed in place when what they say has changed.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol, Self

from bot.errors import LostError, NotSaidError, SilencedError
from bot.jobs import Jobs
from bot.log_lines import MOST, TOLD_WITHIN, due, given_up, in_time, nonce_of
from bot.patience import Patience, until_written
from data.errors import LedgerRefusedError
from data.models import LogLine, LogMessage, LogSetting, to_ms

log = logging.getLogger(__name__)

AT_ONCE = 4
"""Guilds in which something is said at the same moment: readings and commands go first."""

NONCE_KEPT = timedelta(minutes=2)
"""How long Discord surely knows a nonce; it says "a few minutes"."""

CLOCKS_DIFFER = timedelta(minutes=1)
"""By how much our clock may be ahead of the platform's."""


class Said(NamedTuple):
    """A message as it stands in a channel."""

    message_id: int
    content: str


class Speech(Protocol):
    """All but `open` raise `NotSaidError`."""

    nonce_kept: timedelta
    """How long the platform surely knows a nonce; where it does not look at them, zero."""

    def open(self, guild_id: int, channel_id: int) -> bool:
        """Whether we see the guild and may speak in its channel; costs no request."""

    async def post(self, channel_id: int, content: str, nonce: str) -> Said:
        """Say it, or learn what was said with the same nonce shortly before."""

    async def edit(self, channel_id: int, message_id: int, content: str) -> None: ...

    async def own(self, channel_id: int, since: datetime) -> Sequence[Said]:
        """Our own messages since then; none if we may not read what was said."""


class Texts(Protocol):
    def room(self, lines: Sequence[LogLine], /) -> int:
        """How many of these lines go into one message, at least one."""

    def render(self, lines: Sequence[LogLine], /) -> str:
        """A message of at most 500 lines, whatever has become of its joins meanwhile."""

    def opening(self, lines: Sequence[LogLine], /) -> str:
        """How the message of these lines begins, whatever becomes of its joins."""

    def untold(self, count: int, /) -> str:
        """That so many joins and leaves are not told."""


class LogLedger(Protocol):
    async def guilds_to_tell(self) -> list[int]: ...
    async def log_setting(self, guild_id: int) -> LogSetting | None: ...
    async def unsaid(self, guild_id: int, limit: int) -> list[LogLine]: ...
    async def claim(
        self, guild_id: int, line_ids: Sequence[int], channel_id: int, at: datetime
    ) -> LogMessage: ...
    async def sent(self, log_message_id: int, message_id: int, version: int) -> None: ...
    async def unsent(self, guild_id: int) -> list[LogMessage]: ...
    async def stale(self, guild_id: int, limit: int) -> list[LogMessage]: ...
    async def edited(self, log_message_id: int, version: int) -> None: ...
    async def release(self, log_message_id: int) -> None: ...
    async def drop_message(self, log_message_id: int) -> None: ...
    async def drop_unsaid(self, guild_id: int, before: datetime) -> int: ...


@dataclass(slots=True)
class _Voice:
    """One guild's log channel; moments are on our monotonic clock."""

    guild_id: int
    busy: bool = False
    say_at: float = 0.0
    edit_at: float = 0.0
    quiet_until: float = 0.0
    failures: int = 0
    """In a row."""
    untold: int = 0
    """Lines that were given up, and nobody was told so yet."""
    trouble: str | None = None
    """Why it failed last; nothing was said or changed since."""


class LogChannels:
    """One voice per guild, with one request in flight; use it as an async context manager."""

    def __init__(
        self,
        speech: Speech,
        ledger: LogLedger,
        patience: Patience,
        clock: Callable[[], float],
        *,
        undecided: float,
    ) -> None:
        """`undecided` is how long a verdict usually takes, in seconds: what a line waits for."""
        self._speech = speech
        self._ledger = ledger
        self._patience = patience
        self._pace = patience.pace
        self._clock = clock
        self._undecided = timedelta(seconds=undecided + self._pace.verdict)
        self._texts: Texts | None = None
        self._voices: dict[int, _Voice] = {}
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._jobs = Jobs()

    async def __aenter__(self) -> Self:
        await self._jobs.__aenter__()
        self._jobs.start(self._watch())
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._jobs.__aexit__()

    def speak(self, texts: Texts | None) -> None:
        """From here on there are words for it; before that nothing is said."""
        self._texts = texts

    def changed(self, guild_id: int) -> None:
        """A moderator set something right: there is no need to wait before trying again."""
        if (voice := self._voices.get(guild_id)) is not None:
            voice.quiet_until = 0.0
            voice.trouble = None

    def trouble(self, guild_id: int) -> str | None:
        """Why the last attempt to say or change something failed; None if none did since."""
        voice = self._voices.get(guild_id)
        return None if voice is None else voice.trouble

    async def _watch(self) -> None:
        while True:
            try:
                if self._texts is not None:
                    self._begin(await self._ledger.guilds_to_tell(), self._texts)
            except Exception:
                log.exception("log channels are silent for now")
                await asyncio.sleep(self._patience.ledger[-1])
            await asyncio.sleep(self._pace.look)

    def _begin(self, guild_ids: Sequence[int], texts: Texts) -> None:
        for guild_id in guild_ids:
            voice = self._voices.setdefault(guild_id, _Voice(guild_id))
            if not voice.busy and voice.quiet_until <= self._clock():
                voice.busy = True
                self._jobs.start(self._turn(voice, texts))

    async def _turn(self, voice: _Voice, texts: Texts) -> None:
        """One step in one guild; what it leaves is for the next look."""
        try:
            async with self._at_once:
                await self._tell(voice, texts)
            voice.failures = 0
        except NotSaidError as error:
            log.warning("guild %d: not said in its log channel: %s", voice.guild_id, error)
            voice.trouble = str(error)
            self._rest(voice, error.retry_after)
        except LedgerRefusedError as error:
            log.info("guild %d: switched off just now: %s", voice.guild_id, error)
        except Exception:
            log.exception("guild %d: its log channel is silent for now", voice.guild_id)
            self._rest(voice)
        finally:
            voice.busy = False

    def _rest(self, voice: _Voice, at_least: float = 0.0) -> None:
        waits = self._pace.again
        wait = waits[min(voice.failures, len(waits) - 1)]
        voice.failures += 1
        voice.quiet_until = self._clock() + max(wait, at_least)

    async def _tell(self, voice: _Voice, texts: Texts) -> None:
        """What may have been said already comes first, then what is new, then what has changed."""
        setting = await self._ledger.log_setting(voice.guild_id)
        if setting is None:
            return  # switched off just now: the ledger has given up what was not said
        if not self._speech.open(voice.guild_id, setting.channel_id):
            voice.quiet_until = self._clock() + self._pace.again[0]
        elif not (
            await self._finish(voice, texts, setting.channel_id)
            or await self._say(voice, texts, setting.channel_id)
        ):
            await self._renew(voice, texts, setting.channel_id)

    async def _finish(self, voice: _Voice, texts: Texts, channel_id: int) -> bool:
        """A message that was claimed may have been said, and nobody heard the answer.

        One of a channel that was given up, and is closed by now, is told in the one of now.
        """
        unsent = await self._ledger.unsent(voice.guild_id)
        for message in unsent[:1]:
            given_up, said = message.channel_id != channel_id, None
            if given_up and not self._open(message):
                await self._release(message, "its channel is closed to me")
                continue
            try:
                said = await self._said_before(message, texts)
                await self._finish_one(voice, message, texts, said)
            except SilencedError as error:
                if not given_up:
                    raise
                await (self._release if said is None else self._drop)(message, str(error))
        return bool(unsent)

    async def _finish_one(
        self, voice: _Voice, message: LogMessage, texts: Texts, said: Said | None
    ) -> None:
        if said is None and not self._still_news(message):
            voice.untold += len(message.lines)
            await self._drop(message, "it could not be said in time")
        else:
            voice.say_at = self._clock() + self._pace.say
            await self._deliver(voice, message, texts, said)

    async def _said_before(self, message: LogMessage, texts: Texts) -> Said | None:
        """When the nonce is forgotten, look through what we said since.

        Where we may not read that, nothing is found and it is said again: better twice than never.
        """
        kept = self._speech.nonce_kept
        if datetime.now(UTC) - message.claimed_at < kept or not self._open(message):
            return None
        opening = texts.opening(message.lines)
        found = await self._speech.own(message.channel_id, message.claimed_at - CLOCKS_DIFFER)
        return next((said for said in found if said.content.startswith(opening)), None)

    def _still_news(self, message: LogMessage) -> bool:
        return in_time(message, datetime.now(UTC)) and self._open(message)

    def _open(self, message: LogMessage) -> bool:
        return self._speech.open(message.guild_id, message.channel_id)

    async def _say(self, voice: _Voice, texts: Texts, channel_id: int) -> bool:
        if self._clock() < voice.say_at:
            return False
        lines = await self._news(voice)
        if voice.untold:
            await self._admit(voice, texts, channel_id)
            return True
        told = due(lines, datetime.now(UTC), self._undecided)
        if not told:
            return False
        ids = [line.id for line in told[: texts.room(told)]]
        voice.say_at = self._clock() + self._pace.say
        message = await self._ledger.claim(voice.guild_id, ids, channel_id, datetime.now(UTC))
        await self._deliver(voice, message, texts)
        return True

    async def _news(self, voice: _Voice) -> list[LogLine]:
        """What is not said yet, oldest first; what waited too long is given up."""
        lines = await self._ledger.unsaid(voice.guild_id, MOST)
        now = datetime.now(UTC)
        if not given_up(lines, now):
            return lines
        voice.untold += await self._ledger.drop_unsaid(voice.guild_id, now - TOLD_WITHIN)
        return await self._ledger.unsaid(voice.guild_id, MOST)

    async def _admit(self, voice: _Voice, texts: Texts, channel_id: int) -> None:
        """Say that something is missing. The count is lost if we are ended before that."""
        voice.say_at = self._clock() + self._pace.say
        nonce = f"untold-{to_ms(datetime.now(UTC))}"
        await self._speech.post(channel_id, texts.untold(voice.untold), nonce)
        voice.untold = 0
        voice.trouble = None

    async def _deliver(
        self, voice: _Voice, message: LogMessage, texts: Texts, said: Said | None = None
    ) -> None:
        """Say it, unless it stands there already, perhaps as it was before a verdict improved."""
        text = texts.render(message.lines)
        try:
            if said is None:
                said = await self._speech.post(message.channel_id, text, nonce_of(message))
            if said.content != text:
                await self._speech.edit(message.channel_id, said.message_id, text)
        except LostError as error:
            await self._drop(message, str(error))
            return
        voice.trouble = None
        message_id = said.message_id
        await self._write(lambda: self._ledger.sent(message.id, message_id, message.version))

    async def _renew(self, voice: _Voice, texts: Texts, channel_id: int) -> None:
        """Change the newest message that does not say any more what we think."""
        if self._clock() < voice.edit_at:
            return
        for message in await self._ledger.stale(voice.guild_id, 1):
            if message.channel_id != channel_id and not self._open(message):
                await self._drop(message, "its channel is closed to me")
                continue
            voice.edit_at = self._clock() + self._pace.edit
            given_up = message.channel_id != channel_id
            await self._edit(voice, message, texts, given_up=given_up)

    async def _edit(
        self, voice: _Voice, message: LogMessage, texts: Texts, *, given_up: bool
    ) -> None:
        """In a channel that was given up, a refusal is the end of it."""
        assert message.message_id is not None, "only what was sent can be stale"
        try:
            text = texts.render(message.lines)
            await self._speech.edit(message.channel_id, message.message_id, text)
        except (LostError, SilencedError) as error:
            if isinstance(error, SilencedError) and not given_up:
                raise
            await self._drop(message, str(error))
        else:
            voice.trouble = None
            await self._write(lambda: self._ledger.edited(message.id, message.version))

    async def _release(self, message: LogMessage, why: str) -> None:
        log.info("guild %d: log message %d moves on: %s", message.guild_id, message.id, why)
        await self._write(lambda: self._ledger.release(message.id))

    async def _drop(self, message: LogMessage, why: str) -> None:
        log.info("guild %d: log message %d ends here: %s", message.guild_id, message.id, why)
        await self._write(lambda: self._ledger.drop_message(message.id))

    async def _write(self, write: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        await until_written(write, self._patience.ledger)

"""Gateway sessions: which events reach which session, numbered, kept for replay."""

import json
import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bot.sandbox.weather import Weather

JSON = dict[str, Any]

GUILDS = 1 << 0
MEMBERS = 1 << 1
MODERATION = 1 << 2
INVITES = 1 << 6
MESSAGES = 1 << 9
REACTIONS = 1 << 10
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15
PRIVILEGED = {"members": MEMBERS, "presences": 1 << 8, "message_content": MESSAGE_CONTENT}
KNOWN_INTENTS = (1 << 26) - 1

INTENT_OF = {
    "GUILD_CREATE": GUILDS,
    "GUILD_UPDATE": GUILDS,
    "GUILD_DELETE": GUILDS,
    "GUILD_ROLE_CREATE": GUILDS,
    "GUILD_ROLE_UPDATE": GUILDS,
    "GUILD_ROLE_DELETE": GUILDS,
    "CHANNEL_CREATE": GUILDS,
    "CHANNEL_UPDATE": GUILDS,
    "CHANNEL_DELETE": GUILDS,
    "THREAD_CREATE": GUILDS,
    "THREAD_UPDATE": GUILDS,
    "THREAD_DELETE": GUILDS,
    "GUILD_MEMBER_ADD": MEMBERS,
    "GUILD_MEMBER_UPDATE": MEMBERS,
    "GUILD_MEMBER_REMOVE": MEMBERS,
    "GUILD_AUDIT_LOG_ENTRY_CREATE": MODERATION,
    "GUILD_BAN_ADD": MODERATION,
    "INVITE_CREATE": INVITES,
    "INVITE_DELETE": INVITES,
    "MESSAGE_CREATE": MESSAGES,
    "MESSAGE_UPDATE": MESSAGES,
    "MESSAGE_DELETE": MESSAGES,
    "MESSAGE_REACTION_ADD": REACTIONS,
    "MESSAGE_REACTION_REMOVE": REACTIONS,
}
"""What a session must have asked for; events not listed reach everybody."""


@dataclass(slots=True)
class Dispatch:
    """One event as it was sent to a session."""

    name: str
    data: JSON
    session_id: str


class Session:
    """One identified shard; it outlives its socket so that it can be resumed.

    `outbox` holds frames that the socket has not taken yet, `sent` those that a resume may ask
    for again. Guilds in `unannounced` are not sent events before their GUILD_CREATE.
    """

    def __init__(self, shard: tuple[int, int], intents: int, replay: int) -> None:
        self.id = secrets.token_hex(16)
        self.shard = shard
        self.intents = intents
        self.sequence = 0
        self.sent: deque[tuple[int, str]] = deque(maxlen=replay)
        self.outbox: deque[str] = deque()
        self.unannounced: dict[int, None] = {}
        self.connected = False
        self.left_at = 0.0
        """When the socket went, by the loop's clock."""
        self.wake: Callable[[], None] = _nobody

    def covers(self, guild_id: int | None) -> bool:
        """Whether a guild's events belong to this shard; what has no guild goes to shard 0."""
        number, count = self.shard
        return ((guild_id or 0) >> 22) % count == number

    def wants(self, name: str, guild_id: int | None) -> bool:
        needed = INTENT_OF.get(name, 0)
        if needed == MESSAGES and guild_id is None:
            needed = DIRECT_MESSAGES
        return self.intents & needed == needed

    def push(self, name: str, text: str) -> None:
        """Number an event and hand it to the socket, if there is one."""
        self.sequence += 1
        frame = f'{{"op":0,"t":"{name}","s":{self.sequence},"d":{text}}}'
        self.sent.append((self.sequence, frame))
        if self.connected:
            self.outbox.append(frame)
            self.wake()

    def send(self, op: int, data: Any = None) -> None:
        """Something that is not an event: unnumbered, never replayed."""
        self.outbox.append(json.dumps({"op": op, "d": data, "s": None, "t": None}))
        self.wake()

    def keep(self, replay: int) -> None:
        """Keep no more events than that for a resume."""
        self.sent = deque(self.sent, maxlen=replay)

    def missed(self, sequence: int) -> list[str] | None:
        """Frames after a sequence number, or None when some are no longer kept."""
        if not 0 <= self.sequence - sequence <= len(self.sent):
            return None
        return [frame for number, frame in self.sent if number > sequence]


def _nobody() -> None:
    """Nobody waits before a socket does."""


class Gateway:
    """All sessions, and what is done to events on their way from outside."""

    def __init__(self, call_later: Callable[[float, Callable[[], None]], object]) -> None:
        self.sessions: dict[str, Session] = {}
        self.observers: list[Callable[[Dispatch], None]] = []
        self.weather = Weather()
        self.held = 0
        """Events that are on their way: delayed, and not delivered yet."""
        self.refused_resumes = 0
        self.replay = 10_000
        self._call_later = call_later

    def dispatch(
        self, name: str, data: JSON, guild_id: int | None = None, *, veiled: JSON | None = None
    ) -> None:
        of_guild = guild_id is not None and name in INTENT_OF
        for delay in self.weather.arrivals(name, of_guild=of_guild):
            if delay:
                self.held += 1
                self._call_later(delay, lambda: self._release(name, data, guild_id, veiled))
            else:
                self._deliver(name, data, guild_id, veiled)

    def _release(self, name: str, data: JSON, guild_id: int | None, veiled: JSON | None) -> None:
        self.held -= 1
        self._deliver(name, data, guild_id, veiled)

    def _deliver(self, name: str, data: JSON, guild_id: int | None, veiled: JSON | None) -> None:
        """Write the event down once, however many sessions take it."""
        text = ""
        for session in self._takers(name, guild_id):
            if veiled is not None and not session.intents & MESSAGE_CONTENT:
                self.tell(session, name, veiled)
                continue
            text = text or json.dumps(data, separators=(",", ":"))
            self.tell(session, name, data, text)

    def _takers(self, name: str, guild_id: int | None) -> Iterator[Session]:
        for session in self.sessions.values():
            if not session.covers(guild_id) or not session.wants(name, guild_id):
                continue
            if guild_id is None or guild_id not in session.unannounced:
                yield session

    def tell(self, session: Session, name: str, data: JSON, text: str | None = None) -> None:
        """Send an event to one session."""
        session.push(name, text or json.dumps(data, separators=(",", ":")))
        for observer in self.observers:
            observer(Dispatch(name, data, session.id))

"""What everything stands on: clock, ids, users, switches, and the way out to the gateway."""

import itertools
import time
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any, Protocol

from bot.sandbox.entities import Application, Channel, User
from bot.sandbox.snowflakes import Snowflakes, invite_code

if TYPE_CHECKING:  # a dialect speaks of all that stands on this
    from bot.sandbox.dialect import Dialect

JSON = dict[str, Any]


class Emit(Protocol):
    """Sends an event to every session that may have it."""

    def __call__(
        self,
        name: str,
        data: JSON,
        guild_id: int | None = None,
        *,
        veiled: JSON | None = None,
    ) -> None:
        """`veiled` is what sessions without the message content intent see instead."""


def unheard(
    name: str, data: JSON, guild_id: int | None = None, *, veiled: JSON | None = None
) -> None:
    """Nobody listens before there is a gateway."""


class Ground:
    """Switches are attributes; those with a value here are of Fluxer only."""

    counting = (0.0, 0.0)
    """Seconds, at least and at most, from reading an invite's uses until they are set."""
    temporary_grace = 60.0
    """Seconds until a temporary member who went offline is put out."""

    def __init__(self, dialect: "Dialect", clock: Callable[[], float] = time.time) -> None:
        self.dialect = dialect
        self._clock = clock
        self._offset = 0.0
        self._last_moment = 0.0
        self._names = itertools.count(1)
        self._codes = itertools.count(1)
        self.ids = Snowflakes(self.now)
        self.users: dict[int, User] = {}
        self.channels: dict[int, Channel] = {}
        self.code_guilds: dict[str, int] = {}
        """Where a code belongs, also when it no longer works: codes are never given out twice."""
        self.emit: Emit = unheard
        self.application = self._application()
        self.counter_lag = 0.0
        """Lists show a use only this many seconds after it happened."""
        self.exhaustion_order = "delete first"
        """Or "join first": whether INVITE_DELETE precedes the join that used an invite up."""
        self.record_lag = 0.0
        """The record of joins shows a member only this many seconds after they joined."""
        self.index_delay = 0.0
        """A guild's record can be searched this many seconds after somebody first asked."""
        self.record_absent = False
        self.random = Random(0)  # noqa: S311 - chance that can be repeated
        self.refused_creations = 0
        self.nonce_life = 180.0
        """Seconds for which a nonce that is to be enforced stands for the message it made."""
        self.invite_limit = 1000
        self.longest_invite = 604_800

    def now(self) -> float:
        return self._clock() + self._offset

    def advance(self, seconds: float) -> None:
        """Let time pass on the platform."""
        self._offset += seconds

    def moment(self) -> float:
        """Now, but never the same microsecond twice: joins are told apart by it."""
        self._last_moment = max(self._last_moment + 2e-6, self.now())
        return self._last_moment

    def next_code(self) -> str:
        return invite_code(next(self._codes))

    def add_user(self, name: str | None = None, *, bot: bool = False) -> User:
        who = User(self.ids.next(), name or f"member-{next(self._names)}", bot)
        self.users[who.id] = who
        return who

    def _application(self) -> Application:
        who = self.add_user("usher", bot=True)
        return Application(who.id, "Usher", owner=self.add_user("operator"), user=who)

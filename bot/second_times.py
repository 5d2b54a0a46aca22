"""Keeps the record's word from being taken for another membership of the same person.

Only where the record tells times in steps: whoever joined, left and came again within one step may
be meant either time. Where it tells milliseconds there is nothing to do.
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Protocol

from bot.attribution import Lags
from bot.cases import Case, Key
from bot.platforms.platform import Capabilities
from bot.precision import told_apart_after, twice
from data.models import Confirmation

LOOKS_AGAIN = 1.0
"""Seconds until somebody is looked at again of whom something may not be written down yet."""


class SteppedRecord(Protocol):
    @property
    def capabilities(self) -> Capabilities: ...
    @property
    def lags(self) -> Lags: ...


class Memberships(Protocol):
    async def memberships(self, guild_id: int, members: Sequence[int]) -> list[Key]: ...


class Events(Protocol):
    """What was heard of a guild; see `bot.tracker.Tracker`."""

    def catching_up(self, guild_id: int) -> bool: ...
    def arriving(self, guild_id: int) -> AbstractSet[int]: ...


class SecondTimes:
    def __init__(self, source: SteppedRecord, ledger: Memberships) -> None:
        self._source = source
        self._ledger = ledger

    @property
    def _step(self) -> int:
        return self._source.capabilities.record_precision_ms

    def heard_of_after(self, join: Key) -> float:
        """Seconds from a join's event until a second time must have been told."""
        return told_apart_after(join[1], self._step, self._source.lags.event)

    def may_be_untold(self, case: Case, events: Events) -> bool:
        """Whether the record may speak of memberships that nobody has told us of yet."""
        return self._step > 1 and bool(case.waiting) and events.catching_up(case.guild_id)

    async def apart(
        self, case: Case, heard: Mapping[Key, Confirmation], events: Events, now: float
    ) -> dict[Key, Confirmation]:
        """Of what was heard all that is surely of no second time; the rest is put off or dropped,
        as the ledger says.
        """
        if self._step == 1 or not heard:
            return dict(heard)
        if events.catching_up(case.guild_id):
            return {}
        arriving = events.arriving(case.guild_id)
        later = {key for key in heard if key[0] in arriving}
        case.put_off(later, now + LOOKS_AGAIN)
        members = [member_id for member_id, _ in heard.keys() - later]
        known = await self._ledger.memberships(case.guild_id, members)
        again = twice(heard, known, self._step)
        case.drop(again)
        return {key: said for key, said in heard.items() if key not in later | again}

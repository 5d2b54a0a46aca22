"""Solves windows again whose verdicts stand, when more is known of those who joined in them."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.attribution import decide
from bot.attribution.decision import contradicts
from bot.attribution.measuring import samples
from bot.cases import Case, Key, Solved
from bot.patience import Patience, until_written
from data.models import LagSample, Settlement

log = logging.getLogger(__name__)


class SolvedLog(Protocol):
    async def settle(self, settlement: Settlement) -> None: ...
    async def count_lags(self, samples: Sequence[LagSample]) -> None: ...


class Resolver:
    """Of the windows that a case keeps."""

    def __init__(self, ledger: SolvedLog, patience: Patience) -> None:
        self._ledger = ledger
        self._patience = patience

    async def solve_again(
        self, case: Case, settled: Mapping[Key, str | None], *, by_record: bool
    ) -> None:
        """One confirmed join can make its neighbours certain, or show that they were not.

        None is what a moderator took back: it settles nothing any more.
        """
        async with case.solving:
            for solved in case.windows:  # a window that comes meanwhile makes another list
                if settled.keys() & solved.keys():
                    again = solved.with_settled(settled, by_record=by_record)
                    await self._resettle(case.guild_id, again)
                    case.replace(solved, again)

    async def _resettle(self, guild_id: int, again: Solved) -> None:
        verdicts = (await asyncio.to_thread(decide, again.evidence)).verdicts
        if verdicts:
            change = Settlement(
                guild_id=guild_id,
                decided_at=datetime.now(UTC),
                verdicts=verdicts,
                window=again.record,
            )
            await until_written(lambda: self._ledger.settle(change), self._patience.ledger)

    async def let_go(self, case: Case, now: float) -> None:
        """Of windows that nobody waits for any more only what they show of the lags is kept."""
        done = case.let_go(now)
        shown = [sample for one in done for sample in samples(one.by_record())]
        if shown:
            await until_written(lambda: self._ledger.count_lags(shown), self._patience.ledger)
        if any(contradicts(one.by_record()) for one in done):
            log.warning(
                "guild %d: the record contradicts the lags that are set; see `usher lags`",
                case.guild_id,
            )

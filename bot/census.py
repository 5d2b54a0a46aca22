"""Finds who joined and who left while nobody told us: after a start, a lost session, an outage.

The platform's list of members is the only complete answer: the record lags by half a minute, and
events do not come twice.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol

from bot.attribution import Lags
from bot.errors import NoAnswerError
from bot.patience import Patience, until_written
from bot.platforms.platform import MEMBERS_AT_ONCE, Capabilities, Membership
from bot.precision import is_known
from data.models import JoinFact, Met, Reason, to_ms

AT_ONCE = 2
"""Lists in flight over all guilds: readings and commands go first."""


class MemberSource(Protocol):
    @property
    def lags(self) -> Lags: ...
    @property
    def own_id(self) -> int | None: ...
    @property
    def capabilities(self) -> Capabilities: ...
    async def members(self, guild_id: int, after: int = 0) -> Sequence[Membership]: ...


class MemberLedger(Protocol):
    async def members(self, guild_id: int) -> dict[int, int]: ...
    async def record_join(self, fact: JoinFact) -> bool: ...
    async def record_absences(
        self, guild_id: int, memberships: Mapping[int, int], left_at: datetime
    ) -> int: ...
    async def record_presences(
        self, guild_id: int, memberships: Mapping[int, int], seen_at: datetime
    ) -> int: ...


class Census:
    """Compares who is there with who is written down."""

    def __init__(self, source: MemberSource, ledger: MemberLedger, patience: Patience) -> None:
        self._source = source
        self._ledger = ledger
        self._patience = patience
        self._asking = asyncio.Semaphore(AT_ONCE)

    async def take(
        self, guild_id: int, joined_from: int, begun: Callable[[], None]
    ) -> list[JoinFact]:
        """Write down who came and who went; return those who came.

        `joined_from` (UTC milliseconds on the platform's clock) tells those who were missed from
        those who were here before Usher. `begun` is called when it is this guild's turn.
        Raises `NoAnswerError`, and then nothing is written: half a list would say that the other
        half has left.
        """
        now = datetime.now(UTC)
        precision = self._source.capabilities.record_precision_ms
        unseen = await self._ledger.members(guild_id)  # before the list: who comes later stays
        came: list[Membership] = []
        after, last = 0, False
        while not last:
            page = await self._page(guild_id, after, begun)
            unknown = [
                each
                for each in page
                if not is_known(each, unseen.pop(each.member_id, None), precision)
            ]
            came += [each for each in unknown if self._was_missed(each, joined_from)]
            last = len(page) < MEMBERS_AT_ONCE
            after = page[-1].member_id if page else after
        if unseen:
            await until_written(
                lambda: self._ledger.record_absences(guild_id, unseen, now), self._patience.ledger
            )
        return await self._written(guild_id, came, now) if came else []

    def _was_missed(self, member: Membership, joined_from: int) -> bool:
        return member.joined_at >= joined_from and member.member_id != self._source.own_id

    async def _page(
        self, guild_id: int, after: int, begun: Callable[[], None]
    ) -> Sequence[Membership]:
        async with self._asking:
            begun()
            page = await self._source.members(guild_id, after)
        if any(member.member_id <= after for member in page):
            raise NoAnswerError(Reason.NO_ANSWER, "the list of members does not go on")
        return sorted(page)

    async def _written(
        self, guild_id: int, came: Sequence[Membership], seen_at: datetime
    ) -> list[JoinFact]:
        """Those among them whom no event tells of: whoever joined just now may be on the way.

        Who is known has ended by mistake, or was announced meanwhile.
        """
        await asyncio.sleep(self._source.lags.event)
        arrived_at = to_ms(datetime.now(UTC))
        facts = [
            JoinFact(guild_id, *member[:2], arrived_at, member.is_bot, Met.GAP) for member in came
        ]
        new = await asyncio.gather(*map(self._record, facts))
        known = {
            fact.member_id: fact.joined_at for fact, one in zip(facts, new, strict=True) if not one
        }
        if known:
            await until_written(
                lambda: self._ledger.record_presences(guild_id, known, seen_at),
                self._patience.ledger,
            )
        return [fact for fact in facts if fact.member_id not in known]

    async def _record(self, fact: JoinFact) -> bool:
        return await until_written(lambda: self._ledger.record_join(fact), self._patience.ledger)

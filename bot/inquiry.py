"""What is asked besides the list before a window is decided: how invites ended, who made others.

Events can be lost. Where a verdict would rest on one that never came, the platform is asked once.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.attribution import Decision, End, Window
from bot.attribution.endings import DATE_STEP_MS, may_have_expired
from bot.errors import NoAnswerError
from bot.windows import CLOCKS_APART, OpenWindow
from data.models import (
    Certainty,
    Counter,
    Ending,
    EndReason,
    InviteRecord,
    Reason,
    Source,
    to_ms,
)

BEFORE = timedelta(minutes=2)
"""How much further back than the last settled reading a revocation may lie: an invite may be told
of a minute before the window that it belongs to is settled."""


class Informant(Protocol):
    """What is asked of a platform; times are UTC milliseconds on its clock."""

    async def revocations(self, guild_id: int, since: int) -> Mapping[str, Ending]: ...
    async def creations(self, guild_id: int, since: int) -> Mapping[str, int]: ...
    async def adders(self, guild_id: int, since: int) -> Mapping[int, int]: ...
    async def channels(self, guild_id: int) -> Collection[int]: ...


class KnownInvites(Protocol):
    async def invite(self, guild_id: int, code: str) -> InviteRecord | None: ...


class Inquiry:
    """Asks only in windows where the answer matters, and each question once."""

    def __init__(self, source: Informant, ledger: KnownInvites) -> None:
        self._source = source
        self._ledger = ledger

    async def endings(self, window: OpenWindow, taken: Window) -> Window:
        """The evidence with all that is known of how its invites ended.

        With people in it a limited invite may count as used up, if nothing else ended it; after a
        gap nobody was told how any invite ended.
        """
        if not window.readings:
            return taken
        gone = window.known_gone()
        doubtful = {code for code in gone if not self._expired(code, gone[code], taken)}
        used_up = {code for code in doubtful if gone[code].max_uses} if _people(taken) else set()
        if not (used_up or (taken.gap and doubtful)):
            return taken
        try:
            since = began(window, taken) - BEFORE // timedelta(milliseconds=1)
            revoked = await self._source.revocations(window.guild_id, since)
            self._note(window, {code: revoked[code] for code in gone.keys() & revoked.keys()})
            if taken.exact and not taken.gap and used_up - revoked.keys():
                closed = await self._with_their_channel(window, gone.keys() - revoked.keys())
                self._note(window, closed)
        except NoAnswerError:
            taken = taken._replace(sees_revocations=False)
        return taken._replace(ends=dict(window.ends))

    def _expired(self, code: str, last: Counter, taken: Window) -> bool:
        return code not in taken.ends and may_have_expired(last, taken.readings[-1])

    def _note(self, window: OpenWindow, endings: Mapping[str, Ending]) -> None:
        last = window.readings[-1].answered
        for code, ending in endings.items():
            end = window.ends.get(code)
            window.ends[code] = End(end.at if end else last, ending)

    async def _with_their_channel(
        self, window: OpenWindow, codes: Iterable[str]
    ) -> Mapping[str, Ending]:
        """Those of a channel that does not exist any more.

        A channel that the last list still shows an invite of is there. Raises `NoAnswerError` also
        if it is not known where an invite was.
        """
        there = {invite.channel_id for invite in window.invites.values()}
        homes = {code: await self._home(window, code) for code in codes}
        missing = {code: home for code, home in homes.items() if home not in there}
        if not missing:
            return {}
        if None in missing.values():
            raise NoAnswerError(Reason.NO_ANSWER, "the channel of an invite is not known")
        there |= set(await self._source.channels(window.guild_id))
        ending = Ending(at=datetime.now(UTC), reason=EndReason.CHANNEL_DELETED)
        return {code: ending for code, home in missing.items() if home not in there}

    async def _home(self, window: OpenWindow, code: str) -> int | None:
        birth = window.births.get(code)
        known = window.homes.get(code) or (birth.channel_id if birth else None)
        if known is not None:
            return known
        record = await self._ledger.invite(window.guild_id, code)
        return record.invite.channel_id if record else None

    async def unseen(self, window: OpenWindow, evidence: Window, decision: Decision) -> Window:
        """The evidence with invites that came and went without a word.

        Asked where it may be that none that is known explains somebody's join. Without the
        permission the events have to do, as ever.
        """
        if evidence.gap or not evidence.sees_invites or not _may_be_other(decision):
            return evidence
        since = began(window, evidence) - DATE_STEP_MS
        try:
            made = await self._source.creations(window.guild_id, since)
        except NoAnswerError as error:
            forbidden = error.reason is Reason.NO_PERMISSION
            return evidence if forbidden else evidence._replace(sees_invites=False)
        last = evidence.readings[-1]
        until = None if last.platform_ms is None else last.platform_ms + DATE_STEP_MS
        known = {code for reading in evidence.readings for code in reading.counters}
        known |= evidence.births.keys() | evidence.ends.keys() | window.births.keys()
        over = End(last.answered, Ending(at=datetime.now(UTC), reason=EndReason.UNKNOWN))
        ends = {
            code: over
            for code, at in made.items()
            if code not in known
            and (until is None or at <= until)  # else it was made after that list
            and not await self._ledger.invite(window.guild_id, code)
        }
        return evidence._replace(ends={**evidence.ends, **ends}) if ends else evidence

    async def adders(self, window: OpenWindow, evidence: Window) -> None:
        """Note who added bots that nobody was told of."""
        missing = {
            join.member_id: join.joined_at
            for join in evidence.joins
            if join.is_bot and join.member_id not in window.adders
        }
        if not missing:
            return
        since = min(missing.values()) - BEFORE // timedelta(milliseconds=1)
        try:
            found = await self._source.adders(window.guild_id, since)
        except NoAnswerError:
            return
        window.adders |= {bot: found[bot] for bot in missing.keys() & found.keys()}


def began(window: OpenWindow, evidence: Window) -> int:
    """When the window's first reading was taken (UTC ms, the platform's clock), or earlier."""
    first = evidence.readings[0]
    if first.platform_ms is not None:
        return first.platform_ms
    read_at = window.baseline_at
    return 0 if read_at is None else to_ms(read_at - CLOCKS_APART)


def _people(taken: Window) -> bool:
    return any(not join.is_bot for join in taken.joins)


def _may_be_other(decision: Decision) -> bool:
    """Whether somebody may have come some other way, or might once their neighbours are settled.

    Where uses may be lost that is so of everybody whom the record has not named in time.
    """
    return decision.unmet > 0 or any(
        (said.certainty is Certainty.CERTAIN and said.source is Source.OTHER)
        or Source.OTHER.candidate in said.candidates
        for said in decision.verdicts
    )

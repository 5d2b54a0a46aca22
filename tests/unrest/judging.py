"""What the ledger says in the end, held against how everybody truly came."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from bot.sandbox.snowflakes import iso
from data.models import (
    Certainty,
    EndReason,
    InviteFilter,
    InviteState,
    JoinRecord,
    Met,
    Reason,
    Source,
    VerdictRecord,
    to_ms,
)
from data.reader import Reader

Key = tuple[int, int, int]
"""Guild, member, `joined_at` in milliseconds."""
COUNTED = frozenset({Source.INVITE, Source.VANITY})
UNSEEN, OTHER = "~unknown", "~other"


class Rules(Protocol):
    @property
    def recorded(self) -> bool: ...
    @property
    def lossy(self) -> bool: ...


@dataclass
class Truth:
    """One membership, and the way it truly came: a code or a ~source."""

    member: Member
    way: str
    left: bool = False
    elder: bool = False
    """Whether it is older than Usher."""
    traced: bool = True
    """Whether Usher ever saw the invite."""

    @property
    def key(self) -> Key:
        return self.key_of(self.member.guild_id, self.member.id, iso(self.member.joined_at))

    @staticmethod
    def key_of(guild_id: int, member_id: int, joined_at: str) -> Key:
        return guild_id, member_id, to_ms(datetime.fromisoformat(joined_at))

    def among(self, said: JoinRecord | VerdictRecord) -> bool:
        """An invite that could not be seen stands among candidates as unknown.

        One that came and went in a gap without a trace is some other way, like all that is unseen.
        """
        unseen = not self.traced and said.reason is Reason.GAP
        fitting = {self.way, UNSEEN} | ({OTHER} if unseen or not self.counted else set())
        return not fitting.isdisjoint(said.candidates)

    @property
    def counted(self) -> bool:
        return self.way == "~vanity" or not self.way.startswith("~")

    def agrees(self, said: JoinRecord | VerdictRecord) -> bool:
        match said.certainty:
            case Certainty.CERTAIN:
                return self._named(said) == self.way or (
                    said.source is Source.OTHER and not self.counted
                )
            case Certainty.CONFIRMED:
                return self._named(said) == self.way
            case Certainty.AMBIGUOUS:
                return self.among(said)
            case _:
                return True

    @staticmethod
    def _named(said: JoinRecord | VerdictRecord) -> str | None:
        return said.code if said.source is Source.INVITE else said.source.candidate


class Judged(NamedTuple):
    complaints: list[str]
    joins: int
    verdicts: dict[str, int]


async def judged(
    reader: Reader,
    guilds: Sequence[Guild],
    truths: Mapping[Key, Truth],
    known: Collection[Key],
    ended: Mapping[str, Collection[EndReason]],
    rules: Rules,
) -> Judged:
    """Everything that is not as it must be."""
    found: list[str] = []
    certainties: Counter[str] = Counter()
    joins = 0
    for guild in guilds:
        rows = [join async for join in reader.export(guild.id)]
        for truth in truths.values():
            if truth.member.guild_id == guild.id and truth.counted:
                truth.traced = await reader.invite(guild.id, truth.way) is not None
        joins += len(rows)
        certainties.update(join.certainty.value for join in rows)
        found += _counted(guild, rows, truths, known)
        unheard = _unheard(guild, rows, truths) if rules.lossy else frozenset()
        found += [said for join in rows for said in _standing(guild, join, truths, unheard, rules)]
        for join in rows:
            found += await _history(reader, join, truths, unheard)
        found += [said async for said in _totals(reader, guild)]
        found += [said async for said in _endings(reader, guild, ended)]
    return Judged(found, joins, dict(certainties))


def _key(join: JoinRecord) -> Key:
    return join.guild_id, join.member_id, to_ms(join.joined_at) if join.joined_at else 0


def _counted(
    guild: Guild, rows: Sequence[JoinRecord], truths: Mapping[Key, Truth], known: Collection[Key]
) -> Iterator[str]:
    """No join lost, none counted twice, nobody invented."""
    times = Counter(_key(join) for join in rows)
    yield from (f"lost: {truths[key]}" for key in known if key[0] == guild.id and not times[key])
    yield from (f"{count} times: {key}" for key, count in times.items() if count > 1)
    memberships = Counter(key[:2] for key in truths)
    written = Counter(_key(join)[:2] for join in rows)
    for join in rows:
        who = _key(join)[:2]
        # Elders, and whoever came in a gap and left later, are first met when they leave.
        once_met = join.met is Met.LEAVING and written[who] <= memberships[who]
        if not once_met and _key(join) not in truths:
            yield f"never was: {_said(join)}"


def _unheard(
    guild: Guild, rows: Sequence[JoinRecord], truths: Mapping[Key, Truth]
) -> frozenset[str]:
    """The ways of people whose coming no event told of: their uses may look like somebody else's.

    That is all that lost events may do to a verdict, in windows that have such a use.
    """
    heard = {_key(join) for join in rows if join.met is Met.JOINING}
    return frozenset(
        truth.way
        for key, truth in truths.items()
        if key[0] == guild.id and not truth.elder and key not in heard
    )


def _agrees(truth: Truth, said: JoinRecord | VerdictRecord, unheard: Collection[str]) -> bool:
    gained = {gain.code for gain in said.window.gains} if said.window is not None else set()
    counted = said.certainty in {Certainty.CERTAIN, Certainty.AMBIGUOUS}
    return (counted and not gained.isdisjoint(unheard)) or truth.agrees(said)


def _standing(
    guild: Guild,
    join: JoinRecord,
    truths: Mapping[Key, Truth],
    unheard: Collection[str],
    rules: Rules,
) -> Iterator[str]:
    truth = truths.get(_key(join))
    if truth is None:
        return
    if join.certainty is Certainty.PENDING:
        yield f"pending: {_said(join)}"
    if truth.left != (join.left_at is not None):
        yield f"left is {truth.left}, not {join.left_at}: {_said(join)} met {join.met}"
    confirmed = rules.recorded and not truth.left and not join.is_bot
    if not (truth.agrees(join) if confirmed else _agrees(truth, join, unheard)):
        yield f"wrong, {truth.way} is said to be {_said(join)}"
    if confirmed and join.certainty is not Certainty.CONFIRMED:
        yield f"not confirmed, {truth.way}: {_said(join)}"
    assert guild.id == join.guild_id, "it is of this guild"


async def _history(
    reader: Reader, join: JoinRecord, truths: Mapping[Key, Truth], unheard: Collection[str]
) -> Sequence[str]:
    truth = truths.get(_key(join))
    if truth is None:
        return []
    history = await reader.verdicts(join.id)
    wrong = [said for said in history if not _agrees(truth, said, unheard)]
    return [f"once wrong, {truth.way} was said to be {_said(said)}" for said in wrong]


async def _totals(reader: Reader, guild: Guild) -> AsyncIterator[str]:
    live = {code: invite.counter.total for code, invite in guild.invites.items()}
    if guild.vanity is not None:
        live[guild.vanity.code] = guild.vanity.counter.total
    for code, uses in live.items():
        record = await reader.invite(guild.id, code)
        if record is None or record.invite.uses != uses or record.ended_at is not None:
            yield f"total of {code} is {uses}, not {record}"


async def _endings(
    reader: Reader, guild: Guild, ended: Mapping[str, Collection[EndReason]]
) -> AsyncIterator[str]:
    """No invite is said to have ended in another way than it did, as far as that can be known."""
    over = InviteFilter(state=InviteState.ENDED)
    records, _ = await reader.invites(guild.id, over, limit=1000)
    for record in records:
        truth = ended.get(record.invite.code, {EndReason.UNKNOWN})
        if record.end_reason not in truth:
            yield f"ended by one of {truth}, it is said: {record}"


def _said(said: JoinRecord | VerdictRecord) -> str:
    what = said.code or said.source.candidate
    words = [said.certainty.value, what, *said.candidates, said.reason, said.decided_by]
    if said.window is not None:
        gains = [(gain.code, gain.low, gain.high) for gain in said.window.gains]
        words += [f"in a window of {said.window.joins} joins with {gains}"]
    who = f"{said.member_id}, {said.joined_at}" if isinstance(said, JoinRecord) else said.decided_at
    return f"{who}: " + " ".join(map(str, words))

"""Random guilds that know the truth, read and closed as the tracker does it."""

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from bot.attribution import Arrival, Birth, End, Lags, Window, decide
from data.models import Certainty, Counter, Ending, EndReason, Reading, Source, Vanity, Verdict

NOW = datetime(2026, 11, 1, tzinfo=UTC)
WORLDS = 300


@dataclass
class Code:
    max_uses: int
    born: float
    used: list[float] = field(default_factory=list)
    gone: float | None = None

    def at(self, moment: float) -> Counter | None:
        """The counter as the platform would answer at that moment."""
        if moment < self.born or (self.gone is not None and moment >= self.gone):
            return None
        return Counter(
            sum(u <= moment for u in self.used), self.max_uses, int(self.born * 1000), None
        )


@dataclass
class World:
    """One guild: codes, vanity, joins with their true source; every event within the lags."""

    luck: random.Random
    lags: Lags
    latency: float
    codes: dict[str, Code] = field(default_factory=dict)
    vanity: list[float] = field(default_factory=list)
    joins: list[Arrival] = field(default_factory=list)
    truth: list[str] = field(default_factory=list)
    births: dict[str, Birth] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)

    def live(self, moment: float) -> list[str]:
        return [code for code, c in self.codes.items() if c.at(moment) is not None]

    def join(self, used: float) -> None:
        """Somebody comes at `used`, by one of the codes alive then, the vanity, or otherwise."""
        source = self.luck.choice([*self.live(used), "~vanity", "~other"])
        arrived = used + self.luck.uniform(-self.lags.counter, self.lags.event)
        self.joins.append(Arrival(len(self.joins), int(used * 1000), arrived))
        self.truth.append(source)
        if source == "~vanity":
            self.vanity.append(used)
        elif source != "~other":
            self._use(self.codes[source], source, used)

    def _use(self, code: Code, name: str, used: float) -> None:
        code.used.append(used)
        if len(code.used) == code.max_uses:
            code.gone = used
            self._announce_end(name, used, EndReason.UNKNOWN)

    def revoke(self, moment: float) -> None:
        if names := self.live(moment):
            name = self.luck.choice(names)
            self.codes[name].gone = moment
            self._announce_end(name, moment, EndReason.REVOKED)

    def create(self, moment: float, *, announced: bool = True) -> None:
        name = f"c{len(self.codes)}"
        self.codes[name] = Code(self.luck.choice([0, 0, 1, 2]), moment)
        if announced:
            told = moment + self.luck.uniform(0, self.lags.event)
            self.births[name] = Birth(told, self.codes[name].at(moment) or Counter(0, 0, 0, None))

    def _announce_end(self, name: str, moment: float, reason: EndReason) -> None:
        told = moment + self.luck.uniform(0, self.lags.event)
        self.ends[name] = End(told, Ending(at=NOW, reason=reason))

    def read(self, asked: float) -> Reading:
        answered = asked + self.latency
        made = self.luck.uniform(asked, answered)
        counters = {n: c for n, code in self.codes.items() if (c := code.at(made)) is not None}
        vanity = Vanity("v", sum(u <= made for u in self.vanity))
        return Reading(asked, answered, counters, vanity, int(made) * 1000)

    def window(self) -> Window:
        """Read before anybody came, some times in between, and once it must all show."""
        first, last = 100.0, max(j.arrived for j in self.joins) + self.lags.counter
        moments = sorted(self.luck.uniform(first, last) for _ in range(self.luck.randrange(4)))
        readings = [self.read(0)]
        for moment in [*moments, last]:  # one in flight at a time
            readings.append(self.read(max(moment, readings[-1].answered)))
        closed = readings[-1].answered
        return Window(
            readings=readings,
            joins=self.joins,
            lags=self.lags,
            births={c: b for c, b in self.births.items() if b.at <= closed + self.lags.event},
            ends=self.ends,
        )


def world(luck: random.Random, lags: Lags, latency: float, spread: float) -> World:
    it = World(luck, lags, latency)
    for _ in range(luck.randrange(1, 4)):
        it.create(-50.0, announced=False)
    moments = sorted(100 + luck.uniform(0, spread) for _ in range(luck.choice([1, 1, 2, 3, 8])))
    for moment in moments:
        # Kept in the order of the world's own time: a code lives before it is used.
        act = luck.random()
        if act < 0.15:
            it.create(moment)
        elif act < 0.25:
            it.revoke(moment)
        else:
            it.join(moment)
    if not it.joins:
        it.join(100 + spread)
    return it


def judge(verdict: Verdict, truth: str) -> str:
    match verdict.certainty:
        case Certainty.CERTAIN:
            said = verdict.code if verdict.source is Source.INVITE else verdict.source.candidate
            return "right" if said == truth else "wrong"
        case Certainty.AMBIGUOUS:
            return "ambiguous" if truth in verdict.candidates else "wrong"
        case _:
            return "unknown"


@pytest.mark.parametrize("latency", [0.002, 0.08, 0.4])
@pytest.mark.parametrize("spread", [0.001, 0.2, 3.0, 30.0])
@pytest.mark.parametrize("lags", [Lags(2.0, 1.0), Lags(0.05, 0.05), Lags(0.5, 5.0)], ids=str)
def test_never_wrong(latency: float, spread: float, lags: Lags) -> None:
    """In worlds that keep the assumptions no verdict is wrong and every candidate set holds."""
    judged: list[str] = []
    for seed in range(WORLDS):
        it = world(random.Random(seed), lags, latency, spread)

        verdicts = decide(it.window()).verdicts

        answers = [judge(v, t) for v, t in zip(verdicts, it.truth, strict=True)]
        assert "wrong" not in answers, (seed, it.truth, verdicts)
        judged += answers

    # A solver that gives up would never be wrong either.
    assert judged.count("right") > len(judged) / 20

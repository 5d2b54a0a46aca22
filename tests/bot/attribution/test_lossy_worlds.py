"""Counters that are read, and only later set to one more: what they prove, and what they do not."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush
from itertools import count
from typing import NamedTuple

import pytest

from bot.attribution import Arrival, Birth, End, Lags, Window, decide
from data.models import (
    Certainty,
    Counter,
    Ending,
    EndReason,
    Reading,
    Source,
    Vanity,
    Verdict,
)

NOW = datetime(2026, 11, 1, tzinfo=UTC)
LAGS = Lags(event=2.0, counter=5.0)
WORLDS = 60
VANITY = "~vanity"


@dataclass
class Invite:
    """An invite as a server without transactions keeps it."""

    max_uses: int = 0
    born: float = -50.0
    uses: int = 0
    gone: bool = False


class Person(NamedTuple):
    """Somebody who came: through what, and when their use was read, set, and told of."""

    code: str
    read: float
    set: float
    arrived: float


@dataclass
class Server:
    """Does what is due, in order of time; between reading a counter and setting it much happens."""

    luck: random.Random
    lags: Lags
    invites: dict[str, Invite]
    vanity: Invite = field(default_factory=Invite)
    births: dict[str, Birth] = field(default_factory=dict)
    ends: dict[str, End] = field(default_factory=dict)
    readings: list[Reading] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    _due: list[tuple[float, int, tuple[object, ...]]] = field(default_factory=list)
    _order: Iterator[int] = field(default_factory=count)

    def at(self, moment: float, *what: object) -> None:
        heappush(self._due, (moment, next(self._order), what))

    def run(self) -> None:
        while self._due:
            now, _, (act, *about) = heappop(self._due)
            getattr(self, f"_{act}")(now, *about)

    def live(self, now: float) -> list[str]:
        return [code for code, one in self.invites.items() if not one.gone and one.born <= now]

    def _come(self, now: float) -> None:
        """Whoever looks at a counter that has room is let in, whoever else is just coming."""
        room = [c for c in self.live(now) if self._has_room(self.invites[c])]
        code = self.luck.choice([*room, VANITY, "~other"])
        event, counter = self.lags
        arrived = now + self.luck.uniform(-counter, event)
        put = self.luck.choice([now, self.luck.uniform(now, arrived + counter), arrived + counter])
        self.people.append(Person(code, now, put, arrived))
        invite = self.vanity if code == VANITY else self.invites.get(code)
        if invite is not None:
            self.at(put, "set", invite, invite.uses + 1)

    def _has_room(self, invite: Invite) -> bool:
        return not invite.max_uses or invite.uses < invite.max_uses

    def _set(self, _: float, invite: Invite, uses: int) -> None:
        """One that is used up goes without a word; nobody is told of it."""
        if not invite.gone:
            invite.uses = uses
            invite.gone = bool(invite.max_uses) and uses >= invite.max_uses

    def _make(self, now: float) -> None:
        code = f"c{len(self.invites)}"
        self.invites[code] = Invite(self.luck.choice([0, 1, 3]), now)
        told = now + self.luck.uniform(0, self.lags.event)
        self.births[code] = Birth(told, self._counter(self.invites[code]))

    def _end(self, now: float) -> None:
        """Revoked, which is told; or gone in silence."""
        if live := self.live(now):
            code = self.luck.choice(live)
            self.invites[code].gone = True
            if self.luck.random() < 0.5:
                told = now + self.luck.uniform(0, self.lags.event)
                self.ends[code] = End(told, Ending(at=NOW, reason=EndReason.REVOKED))

    def _read(self, now: float, asked: float, answered: float) -> None:
        counters = {code: self._counter(self.invites[code]) for code in self.live(now)}
        vanity = Vanity("v", self.vanity.uses)
        self.readings.append(Reading(asked, answered, counters, vanity, int(now) * 1000))

    def _counter(self, invite: Invite) -> Counter:
        return Counter(invite.uses, invite.max_uses, int(invite.born * 1000), None)


def played(
    luck: random.Random, lags: Lags, latency: float, spread: float, *, crowd: bool = False
) -> Server:
    """People come within `spread` seconds; it is read before, meanwhile, and after all is set."""
    codes = 1 if crowd else luck.randint(1, 3)
    invites = {
        f"c{n}": Invite(luck.choice([0, 0, 3]), uses=luck.randrange(3)) for n in range(codes)
    }
    it = Server(luck, lags, invites)
    event, counter = lags
    for _ in range(luck.randint(8, 25) if crowd else luck.choice([1, 1, 2, 3, 5, 8])):
        it.at(100 + luck.uniform(0, spread), "come")
    for act in ("make", "end"):
        if luck.random() < 0.3 and not crowd:
            it.at(100 + luck.uniform(0, spread), act)
    last = 100 + spread + event + 2 * counter + 0.01
    moments = [luck.uniform(100 - counter, last) for _ in range(luck.choice([0, 1, 2, 4, 8]))]
    answered = 0.0
    for moment in [0.0, *sorted(moments), last]:
        asked = max(moment, answered)
        answered = asked + latency
        it.at(luck.uniform(asked, answered), "read", asked, answered)
    it.run()
    return it


def window_of(it: Server, *, settled: bool) -> tuple[Window, dict[tuple[int, int], str]]:
    """What Usher knows of it, and the truth."""
    joins = [Arrival(n, int(p.read * 1000), p.arrived) for n, p in enumerate(it.people)]
    truth = {join.key: p.code for join, p in zip(joins, it.people, strict=True)}
    named = {key: "~discovery" if code == "~other" else code for key, code in truth.items()}
    known = {key: code for key, code in named.items() if settled and it.luck.random() < 0.5}
    told = it.luck.sample(joins, len(joins))
    window = Window(
        it.readings, told, it.lags, births=it.births, ends=it.ends, fixed=known, exact=False
    )
    return window, truth


def said(verdict: Verdict) -> set[str]:
    if verdict.certainty is Certainty.AMBIGUOUS:
        return {*verdict.candidates}
    plain = verdict.source is Source.INVITE
    return {verdict.code or "" if plain else verdict.source.candidate}


@pytest.mark.parametrize("settled", [False, True], ids=["unaided", "half of them settled"])
@pytest.mark.parametrize("latency", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("spread", [0.0, 0.5, 4.0, 20.0, 60.0])
@pytest.mark.parametrize("lags", [LAGS, Lags(0.3, 1.0), Lags(2.0, 0.0)], ids=str)
def test_never_wrong(lags: Lags, spread: float, latency: float, settled: bool) -> None:
    """However people race for the counters, the truth is always among what is said of them."""
    answers = []
    for seed in range(WORLDS):
        it = played(random.Random(f"{seed} {spread} {latency}"), lags, latency, spread)
        window, truth = window_of(it, settled=settled)
        verdicts = decide(window).verdicts
        assert len(verdicts) == len(truth) - len(window.fixed)
        for verdict in verdicts:
            assert truth[verdict.member_id, verdict.joined_at] in said(verdict), (seed, window)
            answers.append(len(said(verdict)))

    assert answers.count(1) > len(answers) / 50  # one that says nothing is never wrong either


@pytest.mark.parametrize("spread", [3.0, 6.0, 12.0])
@pytest.mark.parametrize("lags", [LAGS, Lags(1.0, 1.0)], ids=str)
def test_a_crowd_on_one_counter(lags: Lags, spread: float) -> None:
    """A counter that many throw back and forth says nothing that is not true."""
    for seed in range(400):
        it = played(random.Random(f"{seed} {spread}"), lags, 0.05, spread, crowd=True)
        window, truth = window_of(it, settled=seed % 2 == 0)
        for verdict in decide(window).verdicts:
            assert truth[verdict.member_id, verdict.joined_at] in said(verdict), (seed, window)

from pathlib import Path

from data.ledger import Ledger
from data.models import (
    Baseline,
    Ending,
    EndReason,
    Gain,
    InviteFilter,
    InviteKind,
    InviteState,
    Reading,
    Vanity,
    to_ms,
)
from tests.data.samples import (
    GUILD,
    MODERATOR,
    NOON,
    at,
    invite_of,
    join_of,
    latest,
    reading_of,
    settlement_of,
    window_of,
)

AUDIT = Ending(at=at(3), reason=EndReason.REVOKED, by=MODERATOR, note="spam")


FIRST = (
    invite_of("plain", uses=3),
    invite_of("limited", uses=1, max_uses=2, expires_at=at(7200)),
    invite_of("roles", role_ids=(11, 12)),
    invite_of("guest", guest=True),
    invite_of("ageless", created_at=None),
)


def kept(reading: Reading, seconds: float, begun: float = 0) -> Baseline:
    return Baseline(
        read_at=at(seconds),
        platform_ms=reading.platform_ms,
        counters=reading.counters,
        vanity=reading.vanity,
        begun_ms=to_ms(at(begun)),
    )


async def test_there_is_no_baseline_before_the_first_reading(ledger: Ledger) -> None:
    """A guild that was only heard of has no baseline, which is not an empty one."""
    await ledger.record_join(join_of(1))
    await ledger.settle(settlement_of())

    assert await ledger.baseline(GUILD) is None
    assert await ledger.baseline(GUILD + 1) is None


async def test_an_empty_reading_is_a_baseline(ledger: Ledger) -> None:
    """A guild without invites has an empty baseline, which is not none."""
    await ledger.settle(settlement_of(baseline=reading_of()))

    assert await ledger.baseline(GUILD) == kept(reading_of(), 0)


async def test_the_baseline_comes_back_after_a_restart(path: Path) -> None:
    """Counter by counter, the last settled reading is what the next start begins with."""
    first = reading_of(*FIRST, vanity=Vanity("our-place", 7))
    async with Ledger.open(path) as ledger:
        await ledger.settle(settlement_of(1, baseline=first, appeared=FIRST))

    async with Ledger.open(path) as ledger:
        assert await ledger.baseline(GUILD) == kept(first, 1)


async def test_the_baseline_moves_with_each_settlement(path: Path) -> None:
    """Counted, gone and new invites are in the baseline what they are in the reading."""
    plain, limited, *rest = FIRST
    used, new = plain.model_copy(update={"uses": 5}), invite_of("new", created_at=at(4), uses=2)
    second = reading_of(used, *rest, new, vanity=Vanity(None, 0), seconds=9)
    async with Ledger.open(path) as ledger:
        await ledger.settle(settlement_of(baseline=reading_of(*FIRST), appeared=FIRST))
        await ledger.record_ending(GUILD, "limited", Ending(at=at(3), reason=EndReason.EXHAUSTED))

        await ledger.settle(
            settlement_of(
                10,
                window=window_of(seconds=9),
                baseline=second,
                appeared=(new,),
                uses={"plain": 5},
                gone={limited.code: Ending(at=at(9), reason=EndReason.UNKNOWN)},
            )
        )

    async with Ledger.open(path) as ledger:
        assert await ledger.baseline(GUILD) == kept(second, 9)


async def test_no_reading_leaves_the_baseline(ledger: Ledger) -> None:
    """A window that is decided without a reading changes no counter."""
    first = reading_of(*FIRST, vanity=Vanity("our-place", 7))
    await ledger.settle(settlement_of(baseline=first, appeared=FIRST))

    await ledger.settle(settlement_of(50))

    assert await ledger.baseline(GUILD) == kept(first, 0)


async def test_a_vanity_that_did_not_answer_is_none(ledger: Ledger) -> None:
    """A reading without an answer about the vanity URL is kept as such, not as zero uses."""
    await ledger.settle(settlement_of(baseline=reading_of(vanity=Vanity("a", 1))))
    await ledger.settle(settlement_of(5, baseline=reading_of(seconds=5)))

    baseline = await ledger.baseline(GUILD)
    assert baseline is not None
    assert baseline.vanity is None


async def test_counters_of_another_guild_stay(ledger: Ledger) -> None:
    """The same code in two guilds is two counters."""
    here, there = invite_of("abc", uses=1), invite_of("abc", guild_id=GUILD + 1, uses=1)
    await ledger.settle(settlement_of(baseline=reading_of(here), appeared=(here,)))
    elsewhere = settlement_of(baseline=reading_of(there), appeared=(there,))
    await ledger.settle(elsewhere.model_copy(update={"guild_id": GUILD + 1}))

    await ledger.settle(settlement_of(9, baseline=reading_of(here), uses={"abc": 4}))
    gone = {"abc": Ending(at=at(9), reason=EndReason.UNKNOWN)}
    await ledger.settle(settlement_of(10, baseline=reading_of(), gone=gone))

    baseline = await ledger.baseline(GUILD + 1)
    assert baseline is not None
    assert baseline.counters == reading_of(there).counters


async def test_events_leave_the_baseline_alone(ledger: Ledger) -> None:
    """Between two settled readings neither an event nor an expiry moves a counter."""
    invites = invite_of("abc", uses=5, max_uses=9, expires_at=at(60)), invite_of("gone", uses=2)
    reading = reading_of(*invites)
    await ledger.settle(settlement_of(baseline=reading, appeared=invites))

    await ledger.record_invite(invites[0].model_copy(update={"uses": 7}), at(1))
    await ledger.record_ending(GUILD, "gone", AUDIT)
    await ledger.expire(at(99))
    await ledger.record_invite(invite_of("new", created_at=at(2)), at(2))

    baseline = await ledger.baseline(GUILD)
    assert baseline is not None
    assert baseline.counters == reading.counters


async def test_uses_before_usher_are_kept_apart(ledger: Ledger) -> None:
    """Uses count as before Usher if the invite is older than the last reading, or it was none."""
    old = invite_of("old", uses=5, created_at=at(-9999))
    await ledger.settle(settlement_of(baseline=reading_of(old), appeared=(old,)))
    missed = invite_of("missed", uses=4, created_at=at(0))
    made = invite_of("made", uses=3, created_at=at(1))
    unknown = invite_of("unknown", uses=2, created_at=None)
    announced = invite_of("announced", uses=1, created_at=at(2))
    await ledger.record_invite(announced.model_copy(update={"uses": 0}), at(2))

    found = (missed, made, unknown, announced)
    await ledger.settle(
        settlement_of(30, baseline=reading_of(old, *found, seconds=30), appeared=found)
    )

    before = {one.invite.code: one.uses_before for one in (await ledger.invites(GUILD))[0]}
    assert before == {"old": 5, "missed": 4, "made": 0, "unknown": 2, "announced": 0}


async def test_an_exhausted_invite_had_all_its_uses(ledger: Ledger) -> None:
    """Used up between two readings, an invite has its limit as its last count; others do not."""
    one = invite_of("one", max_uses=3, uses=1)
    two = invite_of("two", max_uses=3, uses=1)
    await ledger.settle(settlement_of(baseline=reading_of(one, two), appeared=(one, two)))

    gone = {
        "one": Ending(at=at(9), reason=EndReason.EXHAUSTED),
        "two": Ending(at=at(9), reason=EndReason.UNKNOWN),
    }
    await ledger.settle(settlement_of(9, baseline=reading_of(seconds=9), gone=gone))

    assert (await latest(ledger, "one")).invite.uses == 3
    assert (await latest(ledger, "two")).invite.uses == 1


async def test_an_invite_that_is_still_listed_has_not_ended(ledger: Ledger) -> None:
    """A reading long after brings an invite back that was taken for gone; shortly after, not."""
    one = invite_of("abc")
    await ledger.record_invite(one, NOON)
    await ledger.record_ending(GUILD, "abc", AUDIT)

    await ledger.settle(settlement_of(9, baseline=reading_of(one, seconds=9), appeared=(one,)))
    soon = (await latest(ledger, "abc")).ending
    await ledger.settle(settlement_of(99, baseline=reading_of(one, seconds=99), appeared=(one,)))

    assert soon == AUDIT
    assert (await latest(ledger, "abc")).ending is None


async def test_an_expired_invite_that_is_still_listed_has_ended(ledger: Ledger) -> None:
    """The platform may list an expired invite for a while; it stays ended."""
    one = invite_of("abc", expires_at=at(1))
    await ledger.record_invite(one, NOON)
    await ledger.expire(at(5))

    await ledger.settle(settlement_of(999, baseline=reading_of(one, seconds=999), appeared=(one,)))

    assert (await latest(ledger, "abc")).ending == Ending(at=at(1), reason=EndReason.EXPIRED)


async def test_an_invite_that_no_reading_ever_showed_is_gone(ledger: Ledger) -> None:
    """Made and revoked while nobody looked, an invite ends with the reading that lacks it.

    Not one that is too young for the reading, not one of another kind, and not an ended one.
    """
    await ledger.record_invite(invite_of("abc"), at(0))
    await ledger.record_invite(invite_of("young"), at(50))
    await ledger.record_invite(invite_of("vanity", kind=InviteKind.VANITY), at(0))
    await ledger.record_invite(invite_of("ended"), at(0))
    await ledger.record_ending(GUILD, "ended", AUDIT)

    window = window_of(Gain(code="x", low=1, high=1), seconds=100)
    await ledger.settle(settlement_of(105, baseline=reading_of(seconds=100), window=window))

    ends = {
        code: (await latest(ledger, code)).ending for code in ("abc", "young", "vanity", "ended")
    }
    missed = Ending(at=at(100), reason=EndReason.UNKNOWN)
    assert ends == {"abc": missed, "young": None, "vanity": None, "ended": AUDIT}


async def test_a_kind_of_tomorrow_is_counted_like_any_other(ledger: Ledger) -> None:
    """Told by an event and shown by a reading, an invite of a kind that is not known counts on."""
    strange = invite_of("abc", kind=InviteKind.OTHER, raw_kind=9)
    await ledger.record_invite(strange, at(0))
    shown = strange.model_copy(update={"uses": 4})

    await ledger.settle(settlement_of(105, baseline=reading_of(shown, seconds=100)))

    baseline = await ledger.baseline(GUILD)
    assert baseline is not None
    assert 4 == baseline.counters["abc"].uses


async def test_a_code_that_came_back_between_two_readings(ledger: Ledger) -> None:
    """One code gone and created again since the last reading ends one invite and begins another."""
    old, new = invite_of("abc", uses=5), invite_of("abc", created_at=at(5), uses=1)
    await ledger.settle(settlement_of(baseline=reading_of(old), appeared=(old,)))
    await ledger.record_invite(new, at(5))

    gone = {"abc": Ending(at=at(4), reason=EndReason.REVOKED)}
    await ledger.settle(
        settlement_of(9, baseline=reading_of(new, seconds=9), appeared=(new,), gone=gone)
    )

    every, _ = await ledger.invites(GUILD, InviteFilter(state=InviteState.ALL))
    assert [(one.invite.uses, one.ending) for one in every] == [(1, None), (5, gone["abc"])]
    baseline = await ledger.baseline(GUILD)
    assert baseline is not None
    assert baseline.counters == reading_of(new).counters


async def test_a_code_that_came_back_unnoticed(ledger: Ledger) -> None:
    """If nobody said that the old invite is gone, the new one still takes its place."""
    old, new = invite_of("abc", uses=5), invite_of("abc", created_at=at(5), uses=1)
    await ledger.settle(settlement_of(baseline=reading_of(old), appeared=(old,)))

    await ledger.settle(settlement_of(99, baseline=reading_of(new, seconds=99), appeared=(new,)))

    every, _ = await ledger.invites(GUILD, InviteFilter(state=InviteState.ALL))
    assert [one.end_reason for one in every] == [None, EndReason.UNKNOWN]
    baseline = await ledger.baseline(GUILD)
    assert baseline is not None
    assert baseline.counters == reading_of(new).counters


async def test_the_vanity_code_is_an_invite(ledger: Ledger) -> None:
    """The vanity code has its row, its count, and what it counted before Usher."""
    for seconds, uses in ((0, 40), (9, 42)):
        reading = reading_of(vanity=Vanity("our-place", uses), seconds=seconds)
        await ledger.settle(settlement_of(seconds, baseline=reading))

    record = await latest(ledger, "our-place")
    assert (record.invite.kind, record.invite.created_at) == (InviteKind.VANITY, None)
    assert (record.invite.uses, record.uses_before, record.first_seen_at) == (42, 40, at(0))


async def test_a_vanity_code_that_changes_and_comes_back(ledger: Ledger) -> None:
    """The old vanity code ends, and lives again when it returns; no answer ends nothing."""
    for seconds, vanity in enumerate((Vanity("a", 1), Vanity("b", 0), None, Vanity("a", 0))):
        reading = reading_of(vanity=vanity, seconds=seconds)
        await ledger.settle(settlement_of(seconds, baseline=reading))

    assert (await latest(ledger, "a")).ending is None
    assert (await latest(ledger, "b")).ending == Ending(at=at(3), reason=EndReason.UNKNOWN)


async def test_a_vanity_code_that_is_given_up(ledger: Ledger) -> None:
    """A guild without a vanity URL has no vanity invite any more."""
    for seconds, vanity in enumerate((Vanity("a", 1), Vanity(None, 0))):
        reading = reading_of(vanity=vanity, seconds=seconds)
        await ledger.settle(settlement_of(seconds, baseline=reading))

    assert (await latest(ledger, "a")).ending == Ending(at=at(1), reason=EndReason.UNKNOWN)


async def test_an_invite_that_only_an_event_told_of_is_counted(ledger: Ledger) -> None:
    """A reading that shows an announced invite counts it, also if the settlement forgot to say so.

    Of two with its code it is the later one, and not one that has ended.
    """
    await ledger.record_invite(invite_of("abc", created_at=at(-60)), at(-60))
    new = invite_of("abc", created_at=at(1), uses=2)
    await ledger.record_invite(new, at(1))
    await ledger.record_invite(invite_of("over"), NOON)
    await ledger.record_ending(GUILD, "over", AUDIT)

    reading = reading_of(new, invite_of("over"), seconds=20)
    await ledger.settle(settlement_of(20, baseline=reading))

    baseline = await ledger.baseline(GUILD)
    assert baseline is not None
    assert baseline.counters == {"abc": new.counter()}
    every, _ = await ledger.invites(GUILD, InviteFilter(state=InviteState.ALL))
    assert [(one.invite.created_at, one.end_reason) for one in every] == [
        (at(1), None),
        (at(-60), EndReason.UNKNOWN),
        (at(-3600), EndReason.REVOKED),
    ]


async def test_a_code_is_counted_once(ledger: Ledger) -> None:
    """While an invite of the baseline has a code, another one with it is not counted too."""
    old, new = invite_of("abc", uses=1), invite_of("abc", created_at=at(1))
    await ledger.settle(settlement_of(baseline=reading_of(old), appeared=(old,)))
    await ledger.record_invite(new, at(1))

    used = old.model_copy(update={"uses": 5})
    await ledger.settle(settlement_of(9, baseline=reading_of(used, seconds=9), uses={"abc": 5}))

    every, _ = await ledger.invites(GUILD)
    assert [one.invite.uses for one in every] == [0, 5]

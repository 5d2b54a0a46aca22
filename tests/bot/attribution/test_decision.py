"""Situations of attribution.md, each with what the evidence admits."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.attribution import Arrival, Birth, End, Lags, Window, decide
from bot.attribution.evidence import BEFORE_US
from data.models import Certainty, Counter, Ending, EndReason, Reading, Reason, Source, Vanity

LAGS = Lags(event=2.0, counter=1.0)
NOW = datetime(2026, 11, 1, tzinfo=UTC)

JOINED = 10_000
"""Milliseconds on the platform's clock, after the first reading."""

Counts = Mapping[str, int | Counter]


NO_VANITY = Vanity(None, 0)


def reading(at: float, counts: Counts, vanity: Vanity | None = NO_VANITY) -> Reading:
    """Asked at `at`, answered a tenth of a second later; the platform's clock runs with ours."""
    counters = {
        code: count if isinstance(count, Counter) else Counter(count, 0, 0, None)
        for code, count in counts.items()
    }
    return Reading(at, at + 0.1, counters, vanity, int(at) * 1000)


def join(arrived: float, member_id: int = 1, **more: Any) -> Arrival:
    return Arrival(member_id, JOINED + member_id, arrived, **more)


def joined_now(arrived: float) -> Arrival:
    """The event came at once, by both clocks."""
    return join(arrived)._replace(joined_at=int(arrived) * 1000)


def one_use(uses: int = 0, **more: Any) -> Counter:
    return Counter(uses, 1, **{"created_at": 0, "expires_at": None, **more})


def ended(at: float, reason: EndReason) -> End:
    return End(at, Ending(at=NOW, reason=reason))


def answers(
    readings: Sequence[Reading], joins: Sequence[Arrival], **more: Any
) -> list[str | set[str] | Reason | None]:
    """Per join: the code or ~source if certain, the candidates if ambiguous, else the reason."""
    window = Window(readings=readings, joins=joins, lags=LAGS, **more)
    found: list[str | set[str] | Reason | None] = []
    for verdict in decide(window).verdicts:
        match verdict.certainty:
            case Certainty.CERTAIN:
                plain = verdict.source is Source.INVITE
                found.append(verdict.code if plain else verdict.source.candidate)
            case Certainty.AMBIGUOUS:
                found.append(set(verdict.candidates))
            case _:
                found.append(verdict.reason)
    return found


BEFORE = reading(0, {"a": 3, "b": 5})


@pytest.mark.parametrize(
    ("after", "arrivals", "expected"),
    [
        pytest.param({"a": 4, "b": 5}, [10], ["a"], id="plain"),
        pytest.param({"a": 5, "b": 5}, [10, 10.1], ["a", "a"], id="one code twice"),
        pytest.param({"a": 13, "b": 5}, [10] * 10, ["a"] * 10, id="ten on one"),
        pytest.param({"a": 4, "b": 6}, [10, 10], [{"a", "b"}] * 2, id="two codes at once"),
        pytest.param({"a": 3, "b": 5}, [10], ["~other"], id="discovery"),
        pytest.param({"a": 4, "b": 5}, [10, 10], [{"a", "~other"}] * 2, id="one join too many"),
        pytest.param({"a": 5, "b": 5}, [10], [{"a", "~other"}], id="one use too many"),
        pytest.param({"a": 2, "b": 5}, [10], [{"a", "~other"}], id="a counter fell"),
        pytest.param({"b": 5}, [10], [{"a", "~other"}], id="unlimited and gone"),
    ],
)
def test_two_readings(after: Counts, arrivals: list[float], expected: list[str | set[str]]) -> None:
    """A join is certain exactly if every explanation of the window gives it the same source."""
    joins = [join(at, member_id) for member_id, at in enumerate(arrivals)]

    assert expected == answers([BEFORE, reading(12, after)], joins)


def test_reading_in_between_decides_what_the_burst_hides() -> None:
    """Readings made while waiting subdivide a window and make neighbours certain."""
    middle, after = reading(11.5, {"a": 4, "b": 5}), reading(16, {"a": 4, "b": 6})

    assert ["a", "b"] == answers([BEFORE, middle, after], [join(10, 1), join(14.5, 2)])


def test_joins_too_close_for_a_reading_stay_open() -> None:
    """A reading between two joins decides nothing if the lags let either be before it."""
    middle, after = reading(10.6, {"a": 4, "b": 5}), reading(13, {"a": 4, "b": 6})

    assert [{"a", "b"}] * 2 == answers([BEFORE, middle, after], [join(10, 1), join(10.5, 2)])


@pytest.mark.parametrize(
    ("last", "ends", "more", "expected"),
    [
        pytest.param(one_use(), {}, {}, ["x"], id="exhausted, no event"),
        pytest.param(
            one_use(), {"x": ended(10, EndReason.UNKNOWN)}, {}, ["x"], id="exhausted, delete event"
        ),
        pytest.param(
            one_use(),
            {"x": ended(10, EndReason.REVOKED)},
            {},
            [{"x", "~other"}],
            id="revoked by somebody",
        ),
        pytest.param(
            one_use(),
            {"x": ended(7, EndReason.REVOKED)},
            {},
            ["~other"],
            id="revoked before anybody can have joined",
        ),
        pytest.param(
            one_use(),
            {"x": ended(10, EndReason.UNKNOWN)},
            {"sees_revocations": False},
            [{"x", "~other"}],
            id="the audit log is closed to us",
        ),
        pytest.param(
            one_use(expires_at=9_000), {}, {}, [{"x", "~other"}], id="may have expired silently"
        ),
        pytest.param(one_use(expires_at=60_000), {}, {}, ["x"], id="would have expired only later"),
        pytest.param(
            one_use(belongs_already=True), {}, {}, [{"x", "~other"}], id="members may use it too"
        ),
        pytest.param(
            Counter(8, 10, 0, None), {}, {}, [{"x", "~other"}], id="gone with two uses left"
        ),
    ],
)
def test_vanished_invites(
    last: Counter, ends: dict[str, End], more: dict[str, Any], expected: list[str | set[str]]
) -> None:
    """How many uses a vanished invite had depends on how it ended."""
    readings = [reading(0, {"x": last}), reading(12, {})]

    assert expected == answers(readings, [join(10)], ends=ends, **more)


def test_created_while_listening_counts_from_zero() -> None:
    """The first use of a fresh invite is as certain as any other."""
    births = {"x": Birth(9, Counter(0, 0, 9_000, None))}

    assert ["x"] == answers(
        [BEFORE, reading(12, {"a": 3, "b": 5, "x": 1})], [join(10)], births=births
    )


def test_created_and_used_up_between_two_readings() -> None:
    """A one-use invite that no reading ever showed still explains its join."""
    births = {"x": Birth(9, one_use(created_at=9_000))}
    ends = {"x": ended(10, EndReason.UNKNOWN)}

    assert ["x"] == answers(
        [BEFORE, reading(12, {"a": 3, "b": 5})], [join(10)], births=births, ends=ends
    )


@pytest.mark.parametrize(
    ("created_at", "expected"),
    [
        pytest.param(5_000, ["x"], id="younger by the platform's own clock"),
        pytest.param(0, [{"x", "~other"}], id="older, and merely missed"),
        pytest.param(None, [{"x", "~other"}], id="age not told"),
    ],
)
def test_missed_create_event(created_at: int | None, expected: list[str | set[str]]) -> None:
    """An invite that appears is exact only if the platform's clock says it is new."""
    after = reading(12, {"a": 3, "b": 5, "x": Counter(1, 0, created_at, None)})

    assert expected == answers([BEFORE, after], [join(10)])


def test_an_end_we_heard_of_without_a_beginning() -> None:
    """A delete event of a code that nobody knew may have been this join's invite."""
    ends = {"x": ended(10, EndReason.UNKNOWN)}

    assert [{"x", "~other"}] == answers(
        [BEFORE, reading(12, {"a": 3, "b": 5})], [join(10)], ends=ends
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(Vanity("v", 7), Vanity("v", 8), ["~vanity"], id="rose by one"),
        pytest.param(Vanity("v", 7), Vanity("v", 7), ["~other"], id="did not move"),
        pytest.param(Vanity("v", 7), Vanity("w", 0), [{"~other", "~vanity"}], id="code changed"),
        pytest.param(Vanity("v", 7), None, [{"~other", "~vanity"}], id="no answer"),
    ],
)
def test_vanity(before: Vanity, after: Vanity | None, expected: list[str | set[str]]) -> None:
    """A guild's vanity URL explains a join by its own counter only, never for want of better."""
    readings = [reading(0, {"a": 3}, before), reading(12, {"a": 3}, after)]

    assert expected == answers(readings, [join(10)])


def test_gap_admits_every_other_way() -> None:
    """Where events may have been missed, a use names a candidate and no more, and an invite may
    have come and gone unseen.
    """
    after = reading(12, {"a": 4, "b": 5})

    assert [{"a", "~other", "~unknown"}] == answers([BEFORE, after], [join(10)], gap=Reason.GAP)
    assert [Reason.GAP] == answers(
        [BEFORE, BEFORE._replace(asked=12, answered=13)], [join(10)], gap=Reason.GAP
    )


def test_before_the_first_reading_nothing_is_known() -> None:
    """Without an earlier reading a join is unknown, whatever the counters say."""
    assert [Reason.NO_BASELINE] == answers([reading(12, {"a": 4})], [join(10)], first=True)


def test_without_any_reading_nothing_is_known() -> None:
    """No answer is not an empty answer."""
    assert [Reason.NO_ANSWER] == answers([BEFORE], [join(10)])


def test_hidden_invites_make_other_unknown() -> None:
    """Who cannot see every invite cannot say that it was none."""
    readings = [BEFORE, reading(12, {"a": 3, "b": 5})]

    assert [Reason.HIDDEN_INVITES] == answers(readings, [join(10)], sees_invites=False)


def test_hidden_invites_leave_exact_gains_certain() -> None:
    """If uses and joins agree, nobody came by what we cannot see."""
    readings = [BEFORE, reading(12, {"a": 4, "b": 5})]

    assert ["a"] == answers(readings, [join(10)], sees_invites=False)


def test_bot_is_no_use_of_an_invite() -> None:
    """A bot's arrival is certain at once and takes no use from the people beside it."""
    readings = [BEFORE, reading(12, {"a": 4, "b": 5})]

    assert ["~bot", "a"] == answers(readings, [join(10, 1, is_bot=True), join(10, 2)])


def test_replayed_event_may_be_older_than_a_reading() -> None:
    """A join replayed after a broken connection may have been counted since it broke."""
    middle, after = reading(11.5, {"a": 4, "b": 5}), reading(31, {"a": 4, "b": 5})
    readings = [BEFORE, middle, after]

    assert ["~other"] == answers(readings, [joined_now(30)])
    assert ["a"] == answers(readings, [joined_now(30)._replace(late_since=9)])


@pytest.mark.parametrize(
    ("joined_at", "expected"),
    [
        pytest.param(11_999, "a", id="older than a reading that was over"),
        pytest.param(12_000, "~other", id="as young as that reading's second"),
    ],
)
def test_an_event_that_a_reading_overtook_is_as_late_as_the_join(
    joined_at: int, expected: str
) -> None:
    """The first event was lost and the second came late, however sure the lags are."""
    readings = [reading(at, {"a": uses}) for at, uses in ((0, 3), (10.5, 3), (12.5, 4), (31, 4))]

    assert [expected] == answers(readings, [join(30)._replace(joined_at=joined_at)])


def fixed(*settled: str | None) -> dict[tuple[int, int], str]:
    """The first joins' settled sources; None leaves one open."""
    return {(n, JOINED + n): source for n, source in enumerate(settled, 1) if source is not None}


@pytest.mark.parametrize(
    ("settled", "counts", "expected"),
    [
        pytest.param(("a", None), {"a": 4, "b": 6}, ["b"], id="one of two decides the other"),
        pytest.param(("~discovery", None), {"a": 4, "b": 5}, ["a"], id="the use is the other's"),
        pytest.param(("a", None), {"a": 4, "b": 5}, ["~other"], id="no use is left"),
        pytest.param(("a", "b"), {"a": 4, "b": 6}, [], id="nothing is left to decide"),
        pytest.param((None, None), {"a": 4, "b": 6}, [{"a", "b"}] * 2, id="nothing is settled"),
        pytest.param(("x", None), {"a": 4, "b": 5}, [{"a", "~other"}], id="against the lags"),
        pytest.param(
            ("a", "a", None), {"a": 4, "b": 6}, [{"a", "b", "~other"}], id="counts were lost"
        ),
    ],
)
def test_what_is_settled_decides_its_neighbours(
    settled: tuple[str | None, ...], counts: Counts, expected: list[str | set[str]]
) -> None:
    """A settled join takes its use out of the window, and what remains is solved again."""
    joins = [join(10, member_id) for member_id in range(1, len(settled) + 1)]

    assert expected == answers([BEFORE, reading(12, counts)], joins, fixed=fixed(*settled))


@pytest.mark.parametrize(
    ("arrivals", "more"),
    [
        pytest.param((1, 4), {"first": True}, id="maybe counted before the first reading"),
        pytest.param((13, 10), {"gap": Reason.KEPT_COMING}, id="maybe counted after the last"),
        pytest.param((1, 4), {"gap": Reason.KEPT_COMING}, id="maybe counted before a cut"),
    ],
)
def test_a_settled_join_takes_no_use_that_need_not_be_its_own(
    arrivals: tuple[float, float], more: dict[str, Any]
) -> None:
    """The use of a settled join may lie outside the readings, and then the gain is another's."""
    joins = [join(at, member_id) for member_id, at in enumerate(arrivals, 1)]
    after = reading(12, {"a": 4, "b": 5})

    assert [{"a", "~other"}] == answers([BEFORE, after], joins, fixed=fixed("a"), **more)


def test_in_a_gap_a_gain_is_still_an_upper_bound() -> None:
    """A use that a settled join has taken explains nobody else, whatever was missed."""
    joins, after = [join(10), join(10, 2)], reading(12, {"a": 4, "b": 5})

    assert [Reason.GAP] == answers([BEFORE, after], joins, fixed=fixed("a"), gap=Reason.GAP)


def test_a_settled_join_from_before_the_baseline_of_an_earlier_run_takes_no_use() -> None:
    """After a restart, a join older than the kept baseline may have been counted in it."""
    kept = Reading(BEFORE_US, BEFORE_US, BEFORE.counters, NO_VANITY, 20_000)
    young = Arrival(2, 30_000, BEFORE_US)
    older = Arrival(1, JOINED + 1, BEFORE_US)

    [found] = answers(
        [kept, reading(32, {"a": 4, "b": 5})], [older, young], fixed=fixed("a"), gap=Reason.GAP
    )

    assert isinstance(found, set)
    assert "a" in found


def test_a_settled_join_by_a_hidden_code_decides_its_neighbour() -> None:
    """Who is settled on a code that we cannot see takes no use of those that we can."""
    joins, after = [join(10), join(10, 2)], reading(12, {"a": 4, "b": 5})

    assert ["a"] == answers([BEFORE, after], joins, fixed=fixed("x"), sees_invites=False)


@pytest.mark.parametrize(
    ("settled", "counts"),
    [
        pytest.param(("x", None), {"a": 4, "b": 5}, id="a code that was not there"),
        pytest.param(("a", "a", None), {"a": 4, "b": 6}, id="a code that counted less"),
    ],
)
def test_what_is_settled_against_the_counters(
    settled: tuple[str | None, ...], counts: Counts
) -> None:
    """It is told as what it is: nothing was missed."""
    joins = [join(10, member_id) for member_id in range(1, len(settled) + 1)]
    window = Window(
        readings=[BEFORE, reading(12, counts)], joins=joins, lags=LAGS, fixed=fixed(*settled)
    )

    [said] = decide(window).verdicts

    assert Reason.CONTRADICTED is said.reason


def test_a_code_that_is_seen_is_not_hidden() -> None:
    """A use that a visible code did not count contradicts the lags, whatever else is hidden."""
    joins, after = [join(10), join(10, 2)], reading(12, {"a": 3, "b": 6})
    hidden = {"b", "~other", "~unknown"}

    assert [hidden] == answers([BEFORE, after], joins, fixed=fixed("a"), sees_invites=False)


def test_left_over_uses_are_counted() -> None:
    """Uses that no join accounts for stay with their window as a count."""
    window = Window(readings=[BEFORE, reading(12, {"a": 6, "b": 5})], joins=[join(10)], lags=LAGS)

    assert (2, 0) == decide(window)[2:]


def test_unmet_joins_are_counted() -> None:
    """Joins that no use explains yet are told, so that a later reading can be waited for."""
    window = Window(
        readings=[BEFORE, reading(12, {"a": 4, "b": 5})], joins=[join(10), join(10, 2)], lags=LAGS
    )

    assert (0, 1) == decide(window)[2:]


def test_a_join_from_before_the_first_reading_is_unknown() -> None:
    """An event told again, or stuck in a broken connection, may be older than the baseline."""
    before, after = reading(20, {"a": 4}), reading(32, {"a": 4})

    assert [Reason.NO_BASELINE] == answers([before, after], [join(30)])


def test_a_replayed_join_of_the_same_second_is_unknown() -> None:
    """The platform tells its time in whole seconds: within it a replay may be older."""
    before, after = reading(10, {"a": 4}), reading(32, {"a": 4})

    assert [Reason.NO_BASELINE] == answers([before, after], [join(30, late_since=5)])


def test_a_creation_told_again_is_no_use() -> None:
    """An invite that is older than the baseline and not in it was over before."""
    births = {"x": Birth(29, one_use(created_at=9_000))}
    before, after = reading(20, {"a": 4}), reading(32, {"a": 4})

    assert ["~other"] == answers([before, after], [joined_now(30)], births=births)


@pytest.mark.parametrize(
    ("late_since", "expected"),
    [pytest.param(9, {"x", "~other"}, id="replayed"), pytest.param(None, "~other", id="in time")],
)
def test_a_creation_told_after_a_break_may_be_as_old_as_the_break(
    late_since: float | None, expected: str | set[str]
) -> None:
    """An invite that was made and used up meanwhile explains whoever joined since it broke."""
    births = {"x": Birth(30, one_use(created_at=9_500), late_since=late_since)}
    readings = [BEFORE, reading(31, {"a": 3, "b": 5})]

    assert [expected] == answers(readings, [joined_now(10)], births=births)


def test_an_invite_that_was_over_before_the_last_reading_is_exact() -> None:
    """What was announced before the last reading and is not in it ended before it, told or not."""
    births = {"x": Birth(9, one_use(created_at=9_000))}
    ends = {"x": ended(13, EndReason.UNKNOWN)}

    assert ["x"] == answers(
        [BEFORE, reading(12, {"a": 3, "b": 5})], [join(10)], births=births, ends=ends
    )


def test_a_vanity_that_changed_names_no_code() -> None:
    """Within one window two vanity codes may have been used; the source is certain all the same."""
    readings = [
        reading(0, {}, Vanity("v", 7)),
        reading(12, {}, Vanity("v", 8)),
        reading(16, {}, Vanity("w", 0)),
    ]
    window = Window(readings=readings, joins=[join(5)], lags=LAGS)

    [verdict] = decide(window).verdicts

    assert (Certainty.CERTAIN, Source.VANITY, None) == (
        verdict.certainty,
        verdict.source,
        verdict.code,
    )


def test_a_window_that_was_cut_says_so() -> None:
    """While people keep coming a window is decided all the same, and says why it is not sure."""
    window = Window(
        readings=[BEFORE, reading(12, {"a": 4, "b": 5})],
        joins=[join(10)],
        lags=LAGS,
        gap=Reason.KEPT_COMING,
    )

    [verdict] = decide(window).verdicts

    assert (Certainty.AMBIGUOUS, Reason.KEPT_COMING) == (verdict.certainty, verdict.reason)


def test_a_code_that_came_back_may_have_gained_anything() -> None:
    """Two invites of one code are two invites, and their counters tell nothing of each other."""
    back = reading(12, {"a": Counter(1, 0, 5_000, None), "b": 5})

    assert [{"a", "~other"}] == answers([BEFORE, back], [join(10)])


def test_thousands_of_invites_that_came_and_went_cost_little() -> None:
    """Thousands of invites made and revoked leave the one that was used certain."""
    births = {f"x{n}": Birth(9, one_use(created_at=9_000)) for n in range(2_000)}
    ends = {code: ended(9.5, EndReason.REVOKED) for code in births}

    [candidates] = answers(
        [BEFORE, reading(13, {"a": 4, "b": 5})], [join(12)], births=births, ends=ends
    )

    assert "a" == candidates

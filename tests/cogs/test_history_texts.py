"""What was thought of a join, one after the other."""

from datetime import timedelta

from cogs._history_texts import correction_in, history
from data.models import Certainty, Source, VerdictRecord
from tests.cogs.samples import BIG_ID, NOW, entry

START, LATER = "<t:1795262400:T>", "<t:1795262460:T>"
MINUTE = timedelta(minutes=1)

COUNTED = entry(id=1)
CONFIRMED = entry(
    id=2, decided_at=NOW + MINUTE, certainty=Certainty.CONFIRMED, decided_by="record", code="xyz"
)
CORRECTED = entry(
    id=3, decided_at=NOW + MINUTE, certainty=Certainty.CORRECTED, decided_by="77", code="q"
)


def undoing(correction: VerdictRecord, *, id: int, **changes: object) -> VerdictRecord:  # noqa: A002 - as the field
    return entry(id=id, decided_at=NOW + MINUTE, undoes=correction.id, undoer_id=78, **changes)


def test_a_confirmed_verdict_that_replaced_a_wrong_one_can_be_read() -> None:
    """What counters said and what the record said stand below each other, each with its time."""
    assert history([COUNTED, CONFIRMED]) == (
        f"{START} **certain** through `abc123` (counters)\n"
        f"→ {LATER} **confirmed** through `xyz` (record)"
    )


def test_an_open_verdict_is_told_with_its_candidates() -> None:
    """What was left open is told as it was left."""
    unsure = entry(
        certainty=Certainty.AMBIGUOUS, source=Source.UNKNOWN, code=None, candidates=("a", "~other")
    )
    nothing = entry(certainty=Certainty.UNKNOWN, source=Source.UNKNOWN, code=None)

    first, second, _ = history([unsure, nothing, CONFIRMED]).splitlines()

    assert first.endswith("**ambiguous** through `a` or another way than an invite (counters)")
    assert second == f"→ {START} **unknown** (counters)"


def test_one_verdict_is_no_history() -> None:
    """Where nothing was ever thought otherwise, there is nothing to tell."""
    assert history([]) == ""
    assert history([COUNTED]) == ""


def test_a_correction_names_its_moderator_and_the_note() -> None:
    """A moderator's word is theirs, and nothing in the note formats or pings."""
    noted = CORRECTED.model_copy(update={"note": "<@1> **said**"})

    assert history([COUNTED, noted]).endswith(
        r"**corrected** through `q` (<@77>: \<\@1\> \*\*said\*\*)"
    )


def test_a_correction_taken_back_is_marked_and_what_stands_again_is_told() -> None:
    """The undone entry says so, and the entry that undid it names who did and what it restates."""
    lines = history([COUNTED, CORRECTED, undoing(CORRECTED, id=4)]).splitlines()

    assert lines[1] == f"→ {LATER} **corrected** through `q` (<@77>) · undone"
    assert lines[2] == f"→ {LATER} undone by <@78>: **certain** through `abc123` (counters)"


def test_of_what_nobody_had_decided_nobody_is_named() -> None:
    """When the first word on a join is taken back, it is pending again, by nobody's word."""
    pending = undoing(
        CORRECTED,
        id=4,
        certainty=Certainty.PENDING,
        source=Source.UNKNOWN,
        code=None,
        decided_by="78",
    )

    assert history([CORRECTED, pending]).endswith("undone by <@78>: **pending**")


def test_a_history_of_days_has_its_dates() -> None:
    """Hours alone would mislead where a verdict changed on another day."""
    late = CONFIRMED.model_copy(update={"decided_at": NOW + timedelta(days=2)})

    assert history([COUNTED, late]).startswith("<t:1795262400:f> ")


def test_a_long_history_keeps_what_came_last() -> None:
    """However often somebody was corrected, it fits into a field, and the newest stays."""
    many = [
        entry(
            id=i,
            certainty=Certainty.CORRECTED,
            decided_by=str(BIG_ID),
            code="c" * 100,
            note="*" * 300,
        )
        for i in range(1, 50)
    ]

    text = history([*many, CONFIRMED])

    assert len(text) <= 1024
    assert text.startswith("… and ")
    assert text.endswith("**confirmed** through `xyz` (record)")


def test_the_latest_correction_that_stands_is_the_one_to_undo() -> None:
    """Neither one that was taken back counts, nor the entry that restates another."""
    second = CORRECTED.model_copy(update={"id": 4, "code": "r"})
    back = undoing(second, id=5, certainty=Certainty.CORRECTED, decided_by="77", code="q")

    assert correction_in([COUNTED, CONFIRMED]) is None
    assert correction_in([COUNTED, CORRECTED, second]) == 4
    assert correction_in([COUNTED, CORRECTED, second, back]) == 3
    assert correction_in([COUNTED, CORRECTED, undoing(CORRECTED, id=6)]) is None

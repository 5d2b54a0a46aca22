"""What is said about a moderator's word on a join."""

from datetime import timedelta
from typing import Any

import pytest

from bot.errors import UserError
from cogs import _correction_texts as texts
from cogs._correcting import Way, require_possible, way
from data.models import Certainty, EndReason, InviteKind, JoinRecord, Source
from tests.cogs.samples import BIG_ID, HOUR, NOW, everything, fits, join, record

BEFORE = join(certainty=Certainty.AMBIGUOUS, source=Source.UNKNOWN, candidates=("a", "b"))
INVITE = record(code="xyz")
VANITY = record(code="harbour", kind=InviteKind.VANITY, created_at=None)


def said(**changes: Any) -> JoinRecord:
    """A join that moderator 77 corrected."""
    facts = {"certainty": Certainty.CORRECTED, "decided_by": "77", "code": "xyz", "number": 2}
    return join(**{**facts, **changes})


def test_a_correction_tells_the_old_verdict_the_new_one_and_the_way_back() -> None:
    """Whoever corrects sees what that changed, and how to take it back."""
    embed = texts.corrected(BEFORE, said(note="told *me*"))

    assert (embed.description or "").startswith(
        "the 2nd join of <@5>\n"
        "**ambiguous** through `a` or `b` → **corrected** through `xyz` (<@77>)\n"
        r"Why: told \*me\*"
    )
    assert "`/joins undo`" in (embed.description or "")


def test_a_word_against_another_moderators_word_names_both() -> None:
    """Of two corrections each has its moderator."""
    embed = texts.corrected(said(code="q", decided_by="78"), said())

    assert "through `q` (<@78>) → **corrected** through `xyz` (<@77>)" in everything(embed)
    assert "Why:" not in everything(embed)


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        pytest.param(join(), "Nothing else explains it.", id="counters"),
        pytest.param(
            join(certainty=Certainty.UNKNOWN, source=Source.UNKNOWN),
            "I have no evidence of how they came.",
            id="nothing was known",
        ),
        pytest.param(
            join(certainty=Certainty.CONFIRMED),
            "The platform's own record names it.",
            id="the record",
        ),
        pytest.param(
            said(code="q", decided_by="78"),
            "<@78> said so.\n`/joins undo` takes that back too.",
            id="an earlier correction",
        ),
        pytest.param(
            join(certainty=Certainty.PENDING, source=Source.UNKNOWN), "Not decided yet", id="open"
        ),
    ],
)
def test_an_undoing_tells_what_stands_now_and_why(after: JoinRecord, sentence: str) -> None:
    """What was taken back is named, and what stands again with its reason."""
    embed = texts.undone(said(), after)

    assert "**corrected** through `xyz` (<@77>) → " in everything(embed)
    assert sentence in everything(embed)


def test_answers_fit_at_their_longest() -> None:
    """With the longest codes, ids and notes the platform takes the answer."""
    codes = tuple(f"{number:03}{'c' * 97}" for number in range(300))
    wide = join(certainty=Certainty.AMBIGUOUS, candidates=codes, member_id=BIG_ID)
    noted = said(code="c" * 100, note="*" * 300, decided_by=str(BIG_ID))

    assert fits(texts.corrected(wide, noted))
    assert fits(texts.undone(noted, wide))


@pytest.mark.parametrize(
    ("source", "invite", "expected"),
    [
        pytest.param(None, INVITE, Way(Source.INVITE, INVITE), id="a code"),
        pytest.param(Source.INVITE, INVITE, Way(Source.INVITE, INVITE), id="both"),
        pytest.param(None, VANITY, Way(Source.VANITY, VANITY), id="the vanity code"),
        pytest.param(Source.VANITY, VANITY, Way(Source.VANITY, VANITY), id="vanity with its code"),
        pytest.param(Source.VANITY, None, Way(Source.VANITY), id="vanity without a code"),
        pytest.param(Source.DISCOVERY, None, Way(Source.DISCOVERY), id="another source"),
        pytest.param(Source.UNKNOWN, None, Way(Source.UNKNOWN), id="nobody knows"),
    ],
)
def test_a_source_and_a_code_say_one_thing(
    source: Source | None, invite: Any, expected: Way
) -> None:
    """A code alone is enough, and so is a source that has none."""
    assert expected == way(source, invite)


@pytest.mark.parametrize(
    ("source", "invite", "sentence"),
    [
        pytest.param(None, None, "Say how they came", id="nothing"),
        pytest.param(Source.INVITE, None, "through which invite: its `code`", id="no code"),
        pytest.param(Source.DISCOVERY, INVITE, "by `discovery` used no invite", id="no invite"),
        pytest.param(Source.HUB, VANITY, "by `hub` used no invite", id="no vanity URL"),
        pytest.param(Source.INVITE, VANITY, "`harbour` is the vanity URL, not", id="vanity"),
        pytest.param(Source.VANITY, INVITE, "`xyz` is an invite, not the vanity", id="invite"),
    ],
)
def test_contradictions_are_refused(source: Source | None, invite: Any, sentence: str) -> None:
    """What cannot be is refused with what to do instead."""
    with pytest.raises(UserError, match=sentence):
        way(source, invite)


def test_an_invite_may_be_as_young_as_its_join() -> None:
    """A join told in whole seconds may seem a little older than the invite it came through."""
    joined_at = NOW - HOUR
    young = record(created_at=joined_at + timedelta(milliseconds=999))
    younger = record(created_at=joined_at + timedelta(seconds=1))

    require_possible(join(), Way(Source.INVITE, young))
    require_possible(join(joined_at=None), Way(Source.INVITE, younger))
    with pytest.raises(UserError, match="joined before"):
        require_possible(join(), Way(Source.INVITE, younger))


def test_there_is_no_third_join_of_who_came_twice() -> None:
    """Who names a join that there is not hears how many there are."""
    assert texts.no_such_join(5, 3, 2) == "<@5> joined twice, so there is no 3rd join."


def test_nothing_to_undo_says_of_what() -> None:
    """It is told whether one join was asked about or all of somebody."""
    assert "Nobody has corrected how <@5> came" in texts.nothing_to_undo(5)
    assert "corrected the 1st join of <@5>" in texts.nothing_to_undo(5, join())


def test_an_invite_made_later_is_told_with_both_times() -> None:
    """Why nobody came through an invite that was not there yet can be read from the times."""
    told = texts.too_early(join(), record(code="xyz", created_at=NOW))

    assert told == ("`xyz` was made <t:1795262400:f>, and <@5> joined before, <t:1795258800:f>.")


def test_an_invite_that_had_ended_is_told_with_both_times() -> None:
    """And what can be said instead, of somebody who had to wait for a moderator."""
    gone = record(code="xyz", ended_at=NOW - timedelta(hours=2), end_reason=EndReason.REVOKED)

    told = texts.too_late(join(), gone)

    assert told.startswith(
        "`xyz` had ended <t:1795255200:f>, and <@5> joined later, <t:1795258800:f>."
    )
    assert "`source: manual`" in told

"""A verdict in words: through what, how sure, and why."""

from datetime import timedelta

import pytest

from cogs import _verdict_texts as texts
from data.models import Certainty, JoinRecord, Met, Reason, Source
from tests.cogs.samples import NOW, ambiguous, join, window

START, END = "<t:1795262400:T>", "<t:1795262403:T>"


@pytest.mark.parametrize("source", list(Source))
def test_every_source_has_words(source: Source) -> None:
    """Whatever somebody came through, it is said in words."""
    assert texts.through(join(source=source, code=None))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (join(), "**certain** through `abc123`"),
        (ambiguous("a", "b"), "**ambiguous** through `a` or `b`"),
        (join(certainty=Certainty.UNKNOWN, source=Source.UNKNOWN), "**unknown**"),
        (join(certainty=Certainty.PENDING, source=Source.UNKNOWN), "**pending**"),
    ],
)
def test_what_stands_is_told_in_few_words(found: JoinRecord, words: str) -> None:
    """How sure comes first; where there is nothing to name, nothing is named."""
    assert words == texts.standing(found)


def test_two_at_once_are_told_as_such() -> None:
    """Two joins and two counters that rose: it was one of the two, and the reason says why."""
    seen = window(("partner-a", 1, 1), ("partner-b", 1, 1), joins=2)
    found = ambiguous("partner-a", "partner-b", window=seen, reason=Reason.SEVERAL_EXPLANATIONS)

    assert (
        f"Two people joined between {START} and {END}; `partner-a` rose by 1 and `partner-b` by 1."
        " It was one of these two: `partner-a` or `partner-b`."
    ) == texts.why(found)


@pytest.mark.parametrize(
    ("found", "sentences"),
    [
        pytest.param(
            join(window=window(("abc123", 1, 1))),
            f"One person joined between {START} and {END}; `abc123` rose by 1."
            " Nothing else explains it.",
            id="certain",
        ),
        pytest.param(
            join(source=Source.OTHER, code=None, window=window()),
            f"One person joined between {START} and {END}; no counter rose. No invite explains it.",
            id="another way",
        ),
        pytest.param(
            join(source=Source.BOT, code=None),
            "Bots are added, never invited.",
            id="a bot",
        ),
        pytest.param(
            ambiguous(
                "a", "~other", reason=Reason.GAP, window=window(("a", 0, 2), gap=True, joins=2)
            ),
            f"Two people joined between {START} and {END}; `a` may have risen by 2."
            " I missed a part of that time, so people may have come and gone unseen."
            " It was one of these two: `a` or another way than an invite.",
            id="a gap",
        ),
        pytest.param(
            ambiguous(
                "a", "~vanity", window=window(("a", 1, None), ("~vanity", 0, None), unexplained=1)
            ),
            f"One person joined between {START} and {END}; `a` rose by at least 1 and"
            " the vanity URL may have risen. 1 use in that time came from nobody who joined."
            " It was one of these two: `a` or the vanity URL.",
            id="bounds",
        ),
        pytest.param(
            ambiguous("a", "b", window=window(("a", 1, 3))),
            f"One person joined between {START} and {END}; `a` rose by 1 to 3."
            " It was one of these two: `a` or `b`.",
            id="between two bounds",
        ),
        pytest.param(
            join(certainty=Certainty.UNKNOWN, reason=Reason.NO_PERMISSION),
            "I could not read this server's invites: I lack **Manage Server**.",
            id="no permission",
        ),
        pytest.param(
            join(certainty=Certainty.UNKNOWN, joined_at=None, met=Met.LEAVING),
            "They came before I did, so I did not see how.",
            id="was there before",
        ),
        pytest.param(
            join(certainty=Certainty.UNKNOWN, met=Met.BACKFILL),
            "They came before I did, and the platform's record does not name how.",
            id="was there before and the record does not know",
        ),
        pytest.param(
            join(certainty=Certainty.UNKNOWN),
            "I have no evidence of how they came.",
            id="nothing at all",
        ),
        pytest.param(
            join(certainty=Certainty.CONFIRMED),
            "The platform's own record names it.",
            id="confirmed",
        ),
        pytest.param(
            join(certainty=Certainty.CONFIRMED, code=None, decided_by="record"),
            "The platform's own record names an invite, and not which.",
            id="confirmed without a code",
        ),
        pytest.param(
            join(certainty=Certainty.CONFIRMED, source=Source.OTHER, code=None, raw_source=42),
            "The platform's own record names it, as number 42 of its ways.",
            id="confirmed by a way without a name",
        ),
        pytest.param(
            join(certainty=Certainty.CORRECTED, decided_by="77"),
            "<@77> said so.",
            id="corrected",
        ),
        pytest.param(
            join(certainty=Certainty.CORRECTED, decided_by="77", note="they *told* me"),
            r"<@77> said so. Why: they \*told\* me",
            id="corrected with a note",
        ),
        pytest.param(
            join(certainty=Certainty.PENDING),
            "Not decided yet, for more people may be arriving. I decide once nobody has come"
            " for a few seconds, and after two minutes at the latest.",
            id="pending",
        ),
    ],
)
def test_the_reason_is_told_in_sentences(found: JoinRecord, sentences: str) -> None:
    """The evidence of a verdict is told in plain sentences."""
    assert sentences == texts.why(found)


def test_a_short_window_is_a_moment() -> None:
    """What happened within one second happened at that second."""
    seen = window(closed_at=NOW + timedelta(milliseconds=300))

    assert f"joined at {START};" in texts.why(join(window=seen))


def test_a_long_window_is_told_with_its_days() -> None:
    """Of a window that lasted for days the dates are told, for the hours alone would mislead."""
    seen = window(closed_at=NOW + timedelta(days=2))

    assert "between <t:1795262400:f> and <t:1795435200:f>" in texts.why(join(window=seen))


def test_a_rush_is_told_as_one() -> None:
    """Who was decided because people kept coming is told that, and not of a missed part."""
    found = join(certainty=Certainty.UNKNOWN, reason=Reason.KEPT_COMING)

    assert "People kept arriving, so I decided before it was quiet." == texts.why(found)


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        (Reason.KEPT_COMING, "1 use in that time may be of people who arrived next."),
        (Reason.MORE_USES_THAN_JOINS, "1 use in that time came from nobody who joined."),
    ],
)
def test_uses_that_nobody_of_the_window_explains(reason: Reason, sentence: str) -> None:
    """Where people kept coming they may belong to the next; elsewhere they are nobody's."""
    found = ambiguous("a", "b", window=window(("a", 1, 1), unexplained=1), reason=reason)

    assert sentence in texts.why(found)


@pytest.mark.parametrize("reason", set(Reason) - {Reason.SEVERAL_EXPLANATIONS})
def test_every_reason_has_a_sentence(reason: Reason) -> None:
    """Whatever the reason for not knowing, there is a sentence for it."""
    assert texts.why(join(certainty=Certainty.UNKNOWN, reason=reason)).endswith(".")

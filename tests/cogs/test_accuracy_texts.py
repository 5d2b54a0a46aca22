"""How often counters were right, in sentences."""

import pytest

from cogs._accuracy_texts import accuracy, percentage
from data.models import Accuracy, Certainty
from tests.cogs.samples import fits

NOTHING = [
    Accuracy(certainty=each) for each in (Certainty.CERTAIN, Certainty.AMBIGUOUS, Certainty.UNKNOWN)
]


def figures(certain: tuple[int, int, int], ambiguous: tuple[int, int, int], unknown: int) -> str:
    """What is said of joins, right and wrong."""
    told = [
        Accuracy(certainty=certainty, joins=joins, right=right, wrong=wrong)
        for certainty, (joins, right, wrong) in (
            (Certainty.CERTAIN, certain),
            (Certainty.AMBIGUOUS, ambiguous),
            (Certainty.UNKNOWN, (unknown, 0, 0)),
        )
    ]
    return accuracy(told, has_record=True).description or ""


def test_each_certainty_has_its_line() -> None:
    """Of those judged it is told how many were right, and of how many nothing had been said."""
    assert figures((1200, 1198, 2), (35, 35, 0), 5) == (
        "1240 verdicts from counters can be compared with what the platform's record or a"
        " moderator said later:\n"
        "- **certain**: 1198 of 1200 right (99.8 %)\n"
        "- **ambiguous**: 35 of 35 had the truth among their candidates (100 %)\n"
        "- **unknown**: 5 said nothing"
    )


def test_what_cannot_be_judged_is_neither_right_nor_wrong() -> None:
    """A later word that names no way is counted apart, and a certainty without any is not told."""
    assert figures((3, 1, 0), (1, 0, 0), 0).splitlines()[1:] == [
        "- **certain**: 1 of 1 right (100 %)",
        "- 3 more cannot be judged: what was said later does not name the way",
    ]


def test_one_verdict_is_one() -> None:
    """A single verdict is not told as several."""
    assert figures((1, 1, 0), (0, 0, 0), 0).startswith("1 verdict from ")


def test_the_record_is_judged_by_moderators_alone() -> None:
    """How many joins the record named is told beside, and how many of them were contradicted."""
    told = [*NOTHING, Accuracy(certainty=Certainty.CONFIRMED, joins=5, right=4, wrong=1)]

    said = accuracy(told, has_record=True).description or ""

    assert said.endswith("named the way of 5 joins; moderators contradicted 1.")


def test_nothing_confirmed_yet_is_said_to_be_so() -> None:
    """Before the first word of record or moderator there is no figure, and that is said."""
    embed = accuracy(NOTHING, has_record=True)

    assert "yet, so I cannot say how often I am right." in (embed.description or "")
    assert "%" not in (embed.description or "")
    assert fits(embed)


@pytest.mark.parametrize("joins", [0, 3])
def test_without_the_record_only_moderators_can_tell(joins: int) -> None:
    """Where the record is closed, that is said, whether moderators have spoken or not."""
    told = [NOTHING[0].model_copy(update={"joins": joins, "right": joins}), *NOTHING[1:]]

    embed = accuracy(told, has_record=False)

    assert "only moderators can tell" in (embed.description or "")
    assert ("3 of 3" in (embed.description or "")) == bool(joins)


@pytest.mark.parametrize(
    ("right", "of", "text"),
    [
        (1, 1, "100 %"),
        (99_999, 100_000, "99.9 %"),
        (1, 2, "50 %"),
        (2, 3, "66.6 %"),
        (0, 4, "0 %"),
    ],
)
def test_a_share_is_never_rounded_up(right: int, of: int, text: str) -> None:
    """Whoever was wrong once is not told to be always right."""
    assert text == percentage(right, of)

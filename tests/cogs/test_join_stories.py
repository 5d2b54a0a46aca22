"""What is said about one person: every membership, and what was thought of each before."""

from typing import Any

import pytest

from cogs import _join_texts as texts
from data.models import Certainty, JoinRecord, Met, Source
from tests.cogs.samples import BIG_ID, NOW, fits, join, window

CODES = tuple(f"{number:03}{'c' * 97}" for number in range(300))
SEEN = window(*((code, 0, None) for code in CODES), joins=10_000)


def longest(**changes: Any) -> JoinRecord:
    """A join about which there is more to tell than fits."""
    facts = {
        "certainty": Certainty.AMBIGUOUS,
        "source": Source.UNKNOWN,
        "code": None,
        "credited_id": BIG_ID,
        "candidates": CODES,
        "window": SEEN,
    }
    return join(member_id=BIG_ID, **facts, **changes)


def test_a_story_tells_every_membership_newest_first() -> None:
    """Each membership has its own part, with the reason, the newest first."""
    embed = texts.story(5, [join(number=1, left_at=NOW), join(number=2, code="xyz")])

    assert "<@5> joined twice · account made <t:1420070400:f> (<t:1420070400:R>)" == (
        embed.description
    )
    assert ["2nd join", "1st join"] == [field.name for field in embed.fields]
    assert "`xyz`" in (embed.fields[0].value or "")


def test_a_story_of_many_memberships_says_how_many_it_leaves_out() -> None:
    """However often somebody came and however long the reasons, the platform takes the story."""
    embed = texts.story(BIG_ID, [longest(number=number) for number in range(1, 31)])

    assert fits(embed)
    assert "24 earlier memberships not shown." == embed.footer.text


def test_a_history_stands_below_its_membership() -> None:
    """What was thought before is told where it belongs, of the join that it is about."""
    joins = [join(id=1, number=1), join(id=2, number=2), join(id=3, number=3)]

    embed = texts.story(5, joins, {1: "first", 2: "second"})

    told = [(field.name, field.value) for field in embed.fields]
    names = ["3rd join", "2nd join", "2nd join: history", "1st join", "1st join: history"]
    assert names == [name for name, _ in told]
    assert ("second", "first") == (told[2][1], told[4][1])


def test_as_many_histories_are_told_as_fit_the_newest_first() -> None:
    """With memberships and histories at their longest there is room for the newest history."""
    many = [longest(number=number, id=number) for number in range(8_001, 10_001)]

    embed = texts.story(BIG_ID, many, dict.fromkeys(range(9_990, 9_999), "h" * 1024))

    assert fits(embed)
    told = [field.name for field in embed.fields if "history" in (field.name or "")]
    assert ["9998th join: history"] == told
    assert "1994 earlier memberships not shown." == embed.footer.text


@pytest.mark.parametrize(
    ("met", "words"),
    [
        pytest.param(Met.JOINING, "Joined {at}, through", id="seen joining"),
        pytest.param(
            Met.GAP,
            "Joined {at}, unannounced (found <t:1795262400:f>), through",
            id="found after a gap",
        ),
        pytest.param(Met.BACKFILL, "Joined {at}, before I came here, through", id="before Usher"),
    ],
)
def test_how_somebody_was_met_is_told(met: Met, words: str) -> None:
    """Whom Usher did not see joining is told so, and in the same breath when they joined."""
    embed = texts.story(5, [join(met=met, arrived_at=NOW)])

    at = "<t:1795258800:f> (<t:1795258800:R>)"
    assert words.format(at=at) in (embed.fields[0].value or "")


def test_an_early_member_is_told_as_one() -> None:
    """Of a member from before Usher, first met when leaving, no time of joining is made up."""
    embed = texts.story(5, [join(met=Met.LEAVING, joined_at=None)])

    assert (embed.fields[0].value or "").startswith("Was here before Usher, through")

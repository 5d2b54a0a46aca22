"""What is said about joins: one in a line, and a page of them."""

import pytest

from cogs import _join_texts as texts
from data.models import Certainty, JoinRecord, Met, Source
from tests.cogs.samples import BIG_ID, NOW, ambiguous, everything, fits, join

START, END = "<t:1795262400:T>", "<t:1795262403:T>"


@pytest.mark.parametrize(
    ("found", "line"),
    [
        pytest.param(
            join(campaign="partner-a"),
            "<@5> <t:1795258800:R> · through `abc123` (partner-a), **certain** · credit <@3>",
            id="certain",
        ),
        pytest.param(
            join(number=2, left_at=NOW),
            "<@5> <t:1795258800:R> · through `abc123`, **certain** · credit <@3>"
            " · 2nd join · left <t:1795262400:R>",
            id="came again and left",
        ),
        pytest.param(
            ambiguous("a", "b"),
            "<@5> <t:1795258800:R> · through `a` or `b`, **ambiguous**",
            id="ambiguous",
        ),
        pytest.param(
            ambiguous("a", "b", "c", "d", "~other"),
            "<@5> <t:1795258800:R> · through `a`, `b`, `c` or 2 more, **ambiguous**",
            id="many candidates",
        ),
        pytest.param(
            join(certainty=Certainty.PENDING, credited_id=None),
            "<@5> <t:1795258800:R> · **pending**",
            id="pending",
        ),
        pytest.param(
            join(
                joined_at=None,
                met=Met.LEAVING,
                certainty=Certainty.UNKNOWN,
                source=Source.UNKNOWN,
                credited_id=None,
                left_at=NOW,
            ),
            "<@5> was here before Usher · through what is **unknown** · left <t:1795262400:R>",
            id="was there before",
        ),
        pytest.param(
            join(source=Source.VANITY, code="harbour", credited_id=None),
            "<@5> <t:1795258800:R> · through the vanity URL `harbour`, **certain**",
            id="vanity",
        ),
        pytest.param(
            join(source=Source.BOT, code=None, actor_id=9, credited_id=None),
            "<@5> <t:1795258800:R> · through <@9>, who added this bot, **certain**",
            id="a bot",
        ),
    ],
)
def test_a_line_says_who_when_through_what_and_how_sure(found: JoinRecord, line: str) -> None:
    """Each line has the member, the time, the way, the certainty, the credit and what followed."""
    assert line == texts.line(found)


@pytest.mark.parametrize(
    ("is_member", "part"), [(True, "nothing written down of how <@5> came"), (False, "never seen")]
)
def test_somebody_never_met_is_explained(is_member: bool, part: str) -> None:
    """Where there is no membership to tell of, the sentence says why."""
    told = texts.never_met(5, is_member=is_member)

    assert part in told
    assert ("`/setup backfill`" in told) == is_member


def test_a_page_of_joins_fits_and_counts() -> None:
    """A page has the total and its number, and the platform takes it at its longest."""
    codes = tuple("c" * 97 + str(number) for number in range(100, 110))
    longest = ambiguous(*codes, campaign="*" * 300, credited_id=BIG_ID, left_at=NOW, number=99)

    embed = texts.page([longest] * 10, 31, 3, 10)

    assert fits(embed)
    assert ("Joins: 31", "Page 4 of 4 · newest first") == (embed.title, embed.footer.text)


def test_an_empty_page_of_joins_says_what_will_come() -> None:
    """Where nobody has joined yet, the list says who will be on it."""
    assert "from now on" in everything(texts.page([], 0, 0, 10))


def test_an_empty_page_of_narrowed_joins_says_how_to_see_all() -> None:
    """Where nobody fits, nobody is said to come: the list says how to see everybody."""
    shown = everything(texts.page([], 0, 0, 10, narrowed=True))

    assert "Nobody fits that. `/joins recent` without options shows everybody" in shown
    assert "from now on" not in shown

"""What is said about invites."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogs import _invite_texts as texts
from data.models import (
    Certainty,
    EndReason,
    InviteFilter,
    InviteKind,
    InviteRecord,
    InviteSort,
    InviteState,
)
from tests.cogs.samples import BIG_ID, HOUR, NOW, everything, fits, join, record

LINK = "https://discord.gg/abc123"
LATER, EARLIER = NOW + HOUR, NOW - HOUR
LIVE = InviteFilter(now=NOW)


def worst(text: str) -> InviteRecord:
    """An invite about which there is as much to say as there can be."""
    return record(
        code="c" * 100,
        channel_id=BIG_ID,
        inviter_id=BIG_ID,
        moderator_id=BIG_ID,
        behalf_id=BIG_ID,
        max_uses=100,
        uses_before=2,
        max_age=604_799,
        expires_at=LATER,
        temporary=True,
        guest=True,
        role_ids=(BIG_ID,) * 250,
        target_user_id=BIG_ID,
        target_application_id=BIG_ID,
        campaign=text,
        reason=text,
        ended_at=NOW,
        end_reason=EndReason.REVOKED,
        ended_by=BIG_ID,
        end_note=text,
    )


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        pytest.param(
            {},
            "`abc123` · **live**, never expires · 4 uses · by <@3> · <#2>",
            id="made by hand",
        ),
        pytest.param(
            {"max_uses": 10, "expires_at": LATER, "moderator_id": 6, "behalf_id": 7},
            "`abc123` · **live**, expires <t:1795266000:R> · 4 of 10 uses"
            " · by <@6> for <@7> · <#2>",
            id="limited, on behalf",
        ),
        pytest.param(
            {"campaign": "partner-a", "uses": 1},
            "`abc123` · **live**, never expires · 1 use · by <@3> · <#2> · campaign partner-a",
            id="of a campaign",
        ),
        pytest.param(
            {"expires_at": EARLIER},
            "`abc123` · **expired** <t:1795258800:R> · 4 uses · by <@3> · <#2>",
            id="expired, and nobody said so",
        ),
        pytest.param(
            {"ended_at": EARLIER, "end_reason": EndReason.EXHAUSTED, "max_uses": 4},
            "`abc123` · **used up** <t:1795258800:R> · 4 of 4 uses · by <@3> · <#2>",
            id="used up",
        ),
        pytest.param(
            {"inviter_id": None, "channel_id": None},
            "`abc123` · **live**, never expires · 4 uses · nobody is named as its maker",
            id="of a widget",
        ),
        pytest.param(
            {"kind": InviteKind.VANITY, "inviter_id": None, "channel_id": None},
            "`abc123` · **live**, never expires · 4 uses · vanity URL",
            id="the vanity URL",
        ),
    ],
)
def test_a_line_says_state_uses_maker_and_campaign(changes: dict[str, Any], line: str) -> None:
    """Each line of a list has the code, its state, uses, who made it for whom and the campaign."""
    assert line == texts.line(record(**changes), NOW)


@pytest.mark.parametrize("reason", list(EndReason))
def test_every_ending_has_words(reason: EndReason) -> None:
    """However an invite ended, its state says so and never "live"."""
    ended = record(ended_at=NOW, end_reason=reason)

    assert texts.state(ended, NOW) not in {"", "live"}


def test_a_page_says_how_many_there_are_and_where_it_stands() -> None:
    """A page has the total, its number, the number of pages and the order."""
    embed = texts.page([record()] * 10, 23, LIVE, 1, 10)

    assert "Live invites: 23" == embed.title
    assert "Page 2 of 3 · newest first" == embed.footer.text


@pytest.mark.parametrize(
    ("which", "advice"),
    [
        (LIVE, "/invite create"),
        (LIVE.model_copy(update={"channel_id": 5}), "fewer options"),
        (LIVE.model_copy(update={"campaign": "x"}), "Ask without `campaign`"),
        (LIVE.model_copy(update={"state": InviteState.ENDED}), "seen none"),
    ],
)
def test_an_empty_list_says_what_to_do(which: InviteFilter, advice: str) -> None:
    """Where there is nothing to list, the list says what to do next."""
    assert advice in everything(texts.page([], 0, which, 0, 10))


@pytest.mark.parametrize(
    ("wanted", "there", "said"),
    [
        pytest.param("Sprng", ["spring fair"], "Did you mean spring fair?", id="mistyped"),
        pytest.param("FAIR", ["spring fair"], "Did you mean spring fair?", id="a part"),
        pytest.param("GRÜN", ["grün"], "Did you mean grün?", id="capitals beyond ASCII"),
        pytest.param("fair", ["fair a", "fair b"], "Did you mean fair a or fair b?", id="two"),
        pytest.param("x", ["autumn"], "no campaign x. Ask without `campaign`", id="nothing near"),
        pytest.param("x", [], "no campaign x. Ask without `campaign`", id="none at all"),
        pytest.param("Autumn", ["autumn"], "fewer options", id="there is one, without invites"),
    ],
)
def test_a_campaign_that_there_is_not_is_said_to_be_none(
    wanted: str, there: list[str], said: str
) -> None:
    """An empty list of a campaign says whether there is such a one, and which are near."""
    which = LIVE.model_copy(update={"campaign": wanted})

    assert said in everything(texts.page([], 0, which, 0, 10, there))


def test_every_order_has_words() -> None:
    """A page names its order, whichever it is."""
    orders = {
        texts.page([record()], 1, LIVE.model_copy(update={"sort": sort}), 0, 10).footer.text
        for sort in InviteSort
    }

    assert len(InviteSort) == len(orders)


def test_a_card_tells_everything() -> None:
    """A card has the uses before Usher and those left, all the people and every word written."""
    shown = everything(texts.card(worst("some words"), LINK, NOW))

    for part in (
        "2 before Usher saw it",
        "at least 4 of 100",
        "Inviter",
        "Moderator",
        "On behalf of",
    ):
        assert part in shown
    for part in ("Credit", "Campaign", "Reason", "Why it was revoked", "some words", "Temporary"):
        assert part in shown
    assert "6 days 23 hours 59 minutes 59 seconds" in shown


def test_a_card_names_who_came_through_it_with_certainty() -> None:
    """A card lists the latest joins, how sure each is, and how many there are in all."""
    joins = [join(), join(member_id=8, certainty=Certainty.CONFIRMED, left_at=NOW)]

    shown = everything(texts.card(record(), LINK, NOW, texts.Through(joins, 12)))

    assert "Who joined through it: 12" in shown
    assert "<@5> <t:1795258800:R>, certain" in shown
    assert "<@8> <t:1795258800:R>, left <t:1795262400:R>, confirmed" in shown


@pytest.mark.parametrize(
    ("through", "said"),
    [
        (texts.Through((join(),), 1, 3), "3 more may have come through it: `/joins recent` with"),
        (texts.Through(possible=1), "1 may have come through it: `/joins recent` with"),
    ],
)
def test_a_card_counts_those_who_may_have_come_through_it(
    through: texts.Through, said: str
) -> None:
    """Joins that the invite may explain are counted apart, and the card says how to see them."""
    shown = everything(texts.card(record(), LINK, NOW, through))

    assert f"{said} `code: abc123` shows them." in shown


def test_a_card_of_the_vanity_url_says_so() -> None:
    """A vanity URL is called one, and has neither an age nor a maker."""
    vanity = record(
        kind=InviteKind.VANITY, code="harbour", created_at=None, channel_id=None, inviter_id=None
    )

    shown = everything(texts.card(vanity, LINK, NOW))

    assert "Vanity URL harbour" in shown
    assert "Expires" not in shown


@pytest.mark.parametrize(
    ("changes", "joined", "told"),
    [
        ({}, 4, "4"),
        ({}, 5, "at least 5"),
        ({"max_uses": 10}, 4, "4 of 10, 6 left"),
        ({"max_uses": 10}, 5, "at least 5 of 10"),
        ({"end_reason": EndReason.REVOKED}, 0, "at least 4"),
        ({"end_reason": EndReason.CHANNEL_DELETED}, 5, "at least 5"),
        ({"end_reason": EndReason.REVOKED, "uses": 0}, 0, "none known"),
        ({"end_reason": EndReason.REVOKED, "uses": 0, "max_uses": 10}, 0, "none known of 10"),
        ({"end_reason": EndReason.EXPIRED}, 4, "4"),
    ],
    ids=str,
)
def test_a_count_is_told_as_what_it_is(changes: dict[str, Any], joined: int, told: str) -> None:
    """Where more joined than were counted, or the last count is none of the end, it is the least
    that can be.
    """
    ended = {"ended_at": NOW} if "end_reason" in changes else {}
    shown = texts.card(record(**ended, **changes), LINK, NOW, texts.Through((), joined))

    assert told == shown.fields[0].value


@pytest.mark.parametrize(
    ("uses", "joined", "told"),
    [(0, 0, "is gone"), (4, 0, "had at least 4 uses"), (0, 1, "had at least 1 use")],
)
def test_a_revoked_invite_had_what_is_known(uses: int, joined: int, told: str) -> None:
    """No platform says how often it was used in the end, so that is told as the least."""
    shown = texts.revoked(record(uses=uses), joined)

    assert f"`abc123` {told}. Nobody can join through it any more." == shown.description


@given(st.text(max_size=400))
def test_no_card_exceeds_the_platforms_limits(text: str) -> None:
    """Whatever campaigns and reasons say, and however long, the platform takes the card."""
    joins = [join(member_id=BIG_ID, left_at=NOW)] * 10

    assert fits(texts.card(worst(text), LINK, NOW, texts.Through(joins, 10_000, 10_000)))
    assert fits(texts.question(worst(text), text[:300], NOW))
    assert fits(texts.revoked(worst(text)))
    assert fits(texts.page([worst(text)] * 10, 10_000, LIVE, 0, 10))


@pytest.mark.parametrize("note", [None, "spam", "**Reason: ** `x` <@1>"])
def test_a_question_keeps_the_reason_word_for_word(note: str | None) -> None:
    """What the moderator gave as reason can be read back from the question."""
    assert note == texts.note_in([texts.question(record(), note, NOW)])


def test_a_question_without_embeds_keeps_nothing() -> None:
    """A message whose embed was taken away has no reason, which is no error."""
    assert texts.note_in([]) is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"ended_at": EARLIER, "end_reason": EndReason.REVOKED, "ended_by": 9},
            "`abc123` is already revoked, <t:1795258800:R> by <@9>.",
        ),
        ({"expires_at": EARLIER}, "`abc123` is already expired, <t:1795258800:R>."),
    ],
)
def test_an_ended_invite_says_how_it_ended(changes: dict[str, Any], sentence: str) -> None:
    """Whoever revokes what has ended learns how, when and by whom."""
    assert sentence == texts.no_longer(record(**changes), NOW)


@pytest.mark.parametrize(
    ("changes", "label"),
    [
        ({"campaign": "partner-a"}, "abc123 · partner-a · 4 uses"),
        ({"uses": 1}, "abc123 · 1 use"),
        ({"expires_at": NOW - timedelta(seconds=1)}, "abc123 · 4 uses · expired"),
    ],
)
def test_a_choice_helps_to_recognise_the_invite(changes: dict[str, Any], label: str) -> None:
    """A choice has the code, the campaign, the uses and, if it has ended, how."""
    assert label == texts.choice(record(**changes), NOW)


def test_a_choice_is_short_enough_for_the_platform() -> None:
    """A choice never exceeds a hundred characters."""
    assert len(texts.choice(worst("x" * 400), NOW)) <= 100

"""What is said about figures, and what is handed over to be drawn."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from bot.charts import NoChartError, NotInstalledError
from bot.reports import Beginning, Timeline
from cogs._report_texts import no_chart, picture, timeline
from data.models import Certainty, Source

LAST = date(2026, 11, 21)
DAYS = [LAST - timedelta(days=2), LAST - timedelta(days=1), LAST]
QUIET = Timeline(
    days=DAYS,
    known={},
    open={},
    left=(0, 0, 0),
    proofs={},
    backfilled=0,
    beginning=Beginning(date(2026, 1, 1)),
)
KNOWN: Mapping[str, Any] = {
    "known": {Source.INVITE: (1, 0, 7), Source.VANITY: (0, 3, 0), Source.BOT: (0, 0, 1)},
    "proofs": {Certainty.CONFIRMED: 9, Certainty.CORRECTED: 3},
}
OPEN: Mapping[str, Any] = {"open": {Certainty.AMBIGUOUS: (2, 0, 0), Certainty.PENDING: (0, 0, 1)}}
LATE: Mapping[str, Any] = {"beginning": Beginning(DAYS[1]), "backfilled": 4}


def said(**figures: Any) -> list[str]:
    return timeline(QUIET._replace(**figures)).splitlines()


BEFORE = (
    "I came on 2026-11-20. Of before that I know only who was still here then, as far as the"
    " platform's record showed me: 4 joins."
)


def test_all_that_there_is_to_say() -> None:
    """How many in which days, through what, how sure, what is not known, and what is missing."""
    assert said(**KNOWN, **OPEN, **LATE, left=(0, 5, 0)) == [
        "**15 joins** in the last 3 days, 2026-11-19 to 2026-11-21 (in UTC, today so far). 5 left.",
        "Through: invite 8, vanity URL 3 and bot 1.",
        "How sure that is: confirmed 9 and corrected 3.",
        "Through what is not known of 3: ambiguous 2 and pending 1.",
        BEFORE,
    ]


def test_what_is_not_there_is_not_said() -> None:
    """No sentence about nothing: all known, nobody gone, and Usher there all the time."""
    assert said(**KNOWN)[0].endswith("Nobody left.")
    assert [line.split()[0] for line in said(**KNOWN)[1:]] == ["Through:", "How"]


def test_nothing_is_said_to_be_known_that_is_not() -> None:
    """If no source is proved, none is named, although some of them may be invites."""
    assert said(**OPEN)[1:] == ["Through what is not known of 3: ambiguous 2 and pending 1."]


def test_nobody_is_a_sentence() -> None:
    """A time without joins is told in words, with who left and with what is missing."""
    when = "2026-11-19 to 2026-11-21 (in UTC, today so far)"
    nobody = f"Nobody joined in the last 3 days, {when}, as far as I know. 2 left."
    assert said(left=(2, 0, 0)) == [nobody]
    assert said(**LATE)[1] == BEFORE


def test_invites_that_could_not_be_read() -> None:
    """It is said so, whoever came, and who can do something; Usher may have been there before."""
    unread = "This server's invites could not be read so far: `/setup check` says what is missing."
    before = BEFORE.replace("I came", "What I know begins")

    late = {**OPEN, **LATE, "beginning": Beginning(DAYS[1], read=False)}
    assert said(**late)[2:] == [unread, before]
    assert said(beginning=Beginning(DAYS[0], read=False))[1:] == [unread]


def test_a_single_day_has_one_date() -> None:
    """Today is told as what it is: not over, and a day in UTC."""
    [first, *_] = said(days=DAYS[2:], **OPEN)

    assert first == "**3 joins** on 2026-11-21 (in UTC, so far). Nobody left."


def test_a_way_without_an_invite_is_told_in_words() -> None:
    """The bare word "other" would not say other than what."""
    told = said(known={Source.OTHER: (0, 0, 2)}, proofs={Certainty.CERTAIN: 2})

    assert told[1] == "Through: another way than an invite 2."


def test_the_picture_has_what_the_words_have() -> None:
    """Proved sources first, those without a colour of their own together, the rest by why."""
    known = {**KNOWN["known"], Source.OAUTH: (4, 0, 1)}
    figures = QUIET._replace(known=known, **OPEN, **LATE, left=(0, 5, 0))

    drawn = picture(figures)

    assert list(drawn.days) == ["2026-11-19", "2026-11-20", "2026-11-21"]
    assert [(name, list(counts)) for name, counts in drawn.bars] == [
        ("invite", [1, 0, 7]),
        ("vanity URL", [0, 3, 0]),
        ("discovery", [0, 0, 0]),
        ("other ways", [4, 0, 2]),
        ("ambiguous", [2, 0, 0]),
        ("pending", [0, 0, 1]),
    ]
    assert (list(drawn.left), drawn.unseen) == ([0, 5, 0], 1)
    assert sum(sum(counts) for _, counts in drawn.bars) == figures.joins


def test_every_bar_can_be_drawn() -> None:
    """Whatever source or certainty there is, the worker knows how it looks."""
    from bot.drawing import LOOKS  # noqa: PLC0415 - it loads what draws

    known = dict.fromkeys(Source, (1, 0, 0))
    names = [name for name, _ in picture(QUIET._replace(known=known, **OPEN)).bars]

    assert set(names) < set(LOOKS)
    assert {certainty.value for certainty in Certainty} & set(LOOKS) == {
        "ambiguous",
        "unknown",
        "pending",
    }


def test_why_there_is_no_chart() -> None:
    """Where something has to be installed it is said who can do that, else to try again."""
    assert "`make charts`" in no_chart(NotInstalledError())
    assert "try again" in no_chart(NoChartError())
    assert "make" not in no_chart(NoChartError())

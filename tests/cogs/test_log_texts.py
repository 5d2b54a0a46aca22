"""What is said in a log channel: each alone, drawn together, and always within the limit."""

import random
import re
from datetime import timedelta
from typing import Any

import discord
import pytest

from cogs import _log_texts as texts
from data.models import Certainty, LogKind, LogLine, LogSetting, Met, Source
from tests.cogs.samples import BIG_ID, HOUR, NOW, join

AT = "<t:1795262400:T>"
LIMIT = 2000
"""Characters in a message (the platform's limit)."""
DAY = timedelta(days=1)


def account(age: timedelta) -> int:
    """An account that was that old at `NOW`."""
    return discord.utils.time_snowflake(NOW - age)


def line(kind: LogKind = LogKind.JOIN, number: int = 1, **changes: Any) -> LogLine:
    facts = {"member_id": account(400 * DAY), "joined_at": NOW, "arrived_at": NOW}
    return LogLine(id=number, kind=kind, join=join(**{**facts, **changes}))


def left(**changes: Any) -> LogLine:
    return line(LogKind.LEAVE, **{"joined_at": NOW - 3 * DAY, "left_at": NOW, **changes})


def ambiguous(count: int, **changes: Any) -> dict[str, Any]:
    facts = {
        "certainty": Certainty.AMBIGUOUS,
        "source": Source.UNKNOWN,
        "code": None,
        "credited_id": None,
        "candidates": tuple(f"code{number}" for number in range(count)),
    }
    return {**facts, **changes}


WHO = f"<@{account(400 * DAY)}>"


@pytest.mark.parametrize(
    ("told", "text"),
    [
        pytest.param(
            line(campaign="spring", number=1),
            f"{AT} {WHO} joined · through `abc123` (spring), certain · credit <@3>"
            " · account 1 year old",
            id="certain",
        ),
        pytest.param(
            line(certainty=Certainty.PENDING, source=Source.UNKNOWN, code=None, credited_id=None),
            f"{AT} {WHO} joined · pending · account 1 year old",
            id="pending",
        ),
        pytest.param(
            line(certainty=Certainty.UNKNOWN, source=Source.UNKNOWN, code=None, credited_id=None),
            f"{AT} {WHO} joined · through what is unknown · account 1 year old",
            id="unknown",
        ),
        pytest.param(
            line(**ambiguous(5)),
            f"{AT} {WHO} joined · through `code0`, `code1`, `code2` or 2 more, ambiguous"
            " · account 1 year old",
            id="ambiguous, of many candidates three",
        ),
        pytest.param(
            line(member_id=account(3 * DAY)),
            f"{AT} <@{account(3 * DAY)}> joined · through `abc123`, certain · credit <@3>"
            " · **account 3 days old**",
            id="a fresh account",
        ),
        pytest.param(
            line(met=Met.GAP, joined_at=NOW - 5 * HOUR),
            f"<t:1795244400:f> {WHO} joined unannounced · through `abc123`, certain"
            " · credit <@3> · account 1 year old",
            id="joined in a gap, with the date",
        ),
        pytest.param(
            line(is_bot=True, source=Source.BOT, actor_id=7, code=None, credited_id=None),
            f"{AT} {WHO} joined · through <@7>, who added this bot, certain",
            id="a bot, whose age tells nothing",
        ),
        pytest.param(
            left(),
            f"{AT} {WHO} left · after 3 days · had come through `abc123`, certain · credit <@3>",
            id="left",
        ),
        pytest.param(
            left(met=Met.LEAVING, joined_at=None, certainty=Certainty.UNKNOWN, credited_id=None),
            f"{AT} {WHO} left · was here before me",
            id="left, and was there before",
        ),
    ],
)
def test_lines(told: LogLine, text: str) -> None:
    """A line says who, through what, whose credit, how certain, and how old the account is."""
    assert text == texts.render([told])


def test_which_time() -> None:
    """Whoever came before is told to have."""
    again = line().join.model_copy(update={"number": 2})

    told = texts.render([LogLine(id=1, kind=LogKind.JOIN, join=again)])

    assert told.endswith(" · 2nd time")


@pytest.mark.parametrize(
    ("age", "said"),
    [
        (timedelta(seconds=-5), "**account less than a minute old**"),
        (timedelta(seconds=59), "**account less than a minute old**"),
        (timedelta(minutes=1), "**account 1 minute old**"),
        (timedelta(hours=23), "**account 23 hours old**"),
        (6 * DAY, "**account 6 days old**"),
        (7 * DAY, "account 7 days old"),
        (45 * DAY, "account 1 month old"),
        (800 * DAY, "account 2 years old"),
    ],
)
def test_the_age_of_accounts(age: timedelta, said: str) -> None:
    """It is that at the join, in the largest unit, and bold below a week."""
    assert texts.render([line(member_id=account(age))]).endswith(f" · {said}")


def test_a_campaign_breaks_nothing() -> None:
    """What a moderator typed neither formats nor mentions."""
    told = texts.render([line(campaign="**@everyone** `x`")])

    assert r"(\*\*\@everyone\*\* \`x\`)" in told


def test_many_are_drawn_together() -> None:
    """A raid in one message: times, counts, and names by what is said of them."""
    fresh, old = account(2 * DAY), account(400 * DAY)
    lines = [line(member_id=fresh + number) for number in range(12)]
    lines += [line(member_id=old + number, **ambiguous(2)) for number in range(6)]
    lines += [left(member_id=old + 99)]

    heading, *rows = texts.render(lines).splitlines()

    counts = "18 joined, 1 left · 12 accounts younger than 7 days, in bold"
    assert f"{AT}: {counts}" == heading
    named = " ".join(f"**<@{fresh + number}>**" for number in range(12))
    others = " ".join(f"<@{old + number}>" for number in range(6))
    assert [
        f"12 through `abc123`, certain · credit <@3>: {named}",
        f"6 through `code0` or `code1`, ambiguous: {others}",
        f"1 left: <@{old + 99}>",
    ] == rows


def test_where_all_are_alike_nobody_stands_out() -> None:
    """Bold tells fresh accounts from others; where all are fresh a word says so."""
    lines = [line(member_id=account(DAY) + number) for number in range(20)]

    told = texts.render([*lines, left(member_id=account(2 * DAY))])

    assert told.startswith(f"{AT}: 20 joined, 1 left · all accounts younger than 7 days\n")
    assert "**" not in told


def test_too_many_to_be_named_are_counted() -> None:
    """Of five hundred as many are named as fit, the others counted; nobody is forgotten."""
    lines = [line(member_id=account(400 * DAY) + number) for number in range(500)]

    told = texts.render(lines)

    more = re.search(r" … and (\d+) more$", told)
    assert more is not None
    named = len(re.findall("<@", told)) - 1
    assert named > 60
    assert 500 == named + int(more[1])


def test_a_group_of_few_leaves_its_room_to_others() -> None:
    """Two who came otherwise are named, and as many of the rest as then fit."""
    lines = [line(member_id=account(400 * DAY) + number) for number in range(300)]
    lines += [line(member_id=number, **ambiguous(3)) for number in (1, 2)]

    told = texts.render(lines)

    assert told.endswith("ambiguous: <@1> <@2>")
    assert len(told) > 1800


@pytest.mark.parametrize("count", [1, 2, 15, 16, 40, 60, 200, 500])
@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_said_fits(count: int, seed: int) -> None:
    """However long codes and campaigns are and however many groups there are, it is one message."""
    dice = random.Random(seed)

    told = texts.render([_longest(dice) for _ in range(count)])

    assert 0 < len(told) <= LIMIT


@pytest.mark.parametrize("count", [2, 15, 16, 40, 60, 500])
def test_the_opening_outlasts_verdicts(count: int) -> None:
    """What a message begins with is the same before and after its joins are decided."""
    undecided: dict[str, Any] = {
        "certainty": Certainty.PENDING,
        "source": Source.UNKNOWN,
        "credited_id": None,
    }
    before = [line(member_id=number + 1, **undecided) for number in range(count)]
    after = [line(member_id=number + 1) for number in range(count)]

    opening = texts.opening(before)

    assert texts.opening(after) == opening
    assert texts.render(before).startswith(opening)
    assert texts.render(after).startswith(opening) or count == 15
    assert not texts.render([left(member_id=1), *after[1:]]).startswith(opening)


@pytest.mark.parametrize(
    ("waiting", "taken"), [(1, 1), (10, 10), (16, 16), (61, 60), (200, 60), (201, 201), (500, 500)]
)
def test_how_many_go_into_one_message(waiting: int, taken: int) -> None:
    """Few in full, more drawn together, and very many only counted."""
    assert taken == texts.room([line() for _ in range(waiting)])


def test_full_lines_that_do_not_fit_wait() -> None:
    """Fifteen long lines are more than one message: those that fit go first."""
    lines = [line(campaign="c" * 32, number=2, **ambiguous(3)) for _ in range(15)]

    taken = texts.room(lines)

    assert 1 < taken < 15
    assert taken == texts.render(lines[:taken]).count("joined")
    assert "1 year" in texts.render(lines[:taken])


@pytest.mark.parametrize("seed", range(10))
def test_the_longest_line_fits_alone(seed: int) -> None:
    """There is always at least one that goes."""
    assert 1 == texts.room([_longest(random.Random(seed))])


def test_what_is_not_told_is_counted() -> None:
    """The sentence for what waited too long."""
    assert texts.untold(1).startswith("… and one join or leave that I could not tell")
    assert texts.untold(37).startswith("… and 37 joins and leaves that I could not tell")


def test_what_is_wrong_with_the_channel_is_told() -> None:
    """What is missing comes before what failed; nothing is bold within bold, or formatted."""
    setting = LogSetting(guild_id=1, channel_id=2, since=NOW, moderator_id=3)

    fine = texts.state(setting, "")
    missing = texts.state(setting, "**View Channel** in <#2>", "refused")
    failed = texts.state(setting, "", "**refused**")

    assert "\n" not in fine
    assert f"{fine}\nI cannot speak there: I need **View Channel** in <#2>. When" in missing
    assert "refused" not in missing
    assert f"{fine}\nThe last time I tried to say something it failed (" in failed
    assert r"(\*\*refused\*\*). I try again" in failed


def _longest(dice: random.Random) -> LogLine:
    """A line as long as it may become."""
    facts: dict[str, Any] = {
        "member_id": BIG_ID - dice.randrange(1000),
        "credited_id": BIG_ID - dice.randrange(1000),
        "campaign": "*" * 32,
        "code": "c" * 90 + str(dice.randrange(1000)),
    }
    if dice.random() < 0.4:
        names = tuple(f"{'x' * 90}{dice.randrange(1000)}" for _ in range(5))
        facts |= {**ambiguous(0, credited_id=BIG_ID), "candidates": names}
    told = left(**facts) if dice.random() < 0.3 else line(**facts)
    again = told.join.model_copy(update={"number": dice.choice([1, 12345])})
    return told.model_copy(update={"join": again})

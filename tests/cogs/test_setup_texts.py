"""What is said about a backfill."""

from datetime import timedelta
from typing import Any

import pytest

from bot.backfill import Problem, Progress
from cogs import _setup_texts as texts
from data.models import Backfill, Source
from tests.cogs.samples import BIG_ID, HOUR, NOW, everything, fits


def backfill(**changes: Any) -> Backfill:
    facts = {
        "guild_id": 1,
        "moderator_id": 3,
        "begun_at": NOW - HOUR,
        "mark": None,
        "members": 0,
        "named": 0,
        "total": None,
        "finished_at": None,
    }
    return Backfill.model_validate(facts | changes)


def going_on(progress: Progress, members: int | None = 25, *, more: bool = True) -> str:
    embed = texts.going_on(progress, members, NOW, more=more)
    assert fits(embed)
    return everything(embed)


def test_the_records_own_total_is_told_once_it_is_known() -> None:
    """Until the record says how many it has, the server's own count stands in."""
    assert "Backfill: 0 of 25 members read" in going_on(Progress(backfill()))
    read = backfill(members=1000, named=990, total=2500)
    assert "Backfill: 1,000 of 2,500 members read" in going_on(Progress(read))
    assert "Backfill: 0 members read" in going_on(Progress(backfill()), None)
    assert "Backfill: 1 member read" in going_on(Progress(backfill(members=1)), None)
    assert "Backfill: 1 of 2 members read" in going_on(Progress(backfill(members=1, total=2)))


def test_what_the_record_names_is_counted() -> None:
    """Named and unnamed add up to what was read; before that, nothing is claimed."""
    text = going_on(Progress(backfill(members=1000, named=990, total=2500)))

    assert "Of the 1,000 read, the record names a way for 990, and none for 10." in text
    assert "names a way for" not in going_on(Progress(backfill())).replace("names a way.", "")


def test_a_time_is_told_only_from_a_pace() -> None:
    """Without a pace there is no estimate, and none while it waits."""
    read = backfill(members=1000, total=2500)
    ends = f"At this pace it ends <t:{int((NOW + timedelta(seconds=90)).timestamp())}:R>."

    assert "pace" not in going_on(Progress(read))
    assert ends in going_on(Progress(read, seconds_left=90))
    problem = Problem("no answer", refused=False, again_at=NOW)
    assert "pace" not in going_on(Progress(read, problem, 90))


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        (True, "**The platform refuses me its record** (why \\*so\\*). I try again"),
        (False, "**It waits** (why \\*so\\*). I go on"),
    ],
)
def test_why_it_waits_and_until_when(refused: bool, words: str) -> None:
    """The platform's words are told as they are, and nothing in them formats."""
    problem = Problem("why *so*", refused, NOW + HOUR)

    text = going_on(Progress(backfill(), problem))

    assert f"{words} <t:{int((NOW + HOUR).timestamp())}:R>" in text
    assert "hat has been read is kept" in text


def test_whether_the_message_still_changes() -> None:
    """The last change says that it was the last, and each how to see more."""
    assert "This message changes while it goes on." in going_on(Progress(backfill()))
    last = going_on(Progress(backfill()), more=False)
    assert "I no longer change this message. Use /setup backfill again" in last


def test_the_result_counts_sources() -> None:
    """Who began it, when it ended, and what all joins came through; what is none is left out."""
    done = backfill(members=2500, named=2412, total=2503, finished_at=NOW)
    joins = {Source.INVITE: 1900, Source.VANITY: 512, Source.HUB: 0, Source.UNKNOWN: 88}

    embed = texts.finished(Progress(done), joins)

    text = everything(embed)
    assert fits(embed)
    assert "Backfill: finished, 2,500 members read" in text
    assert "the record names a way for 2,412, and none for 88." in text
    assert f"by <@3>, finished <t:{int(NOW.timestamp())}:f>" in text
    assert "invite: 1,900\nvanity URL: 512\nnot known: 88" in text
    assert "hub" not in text


def test_the_longest_fits() -> None:
    """Whatever the numbers, the platform takes it."""
    most = backfill(members=BIG_ID, named=BIG_ID, total=BIG_ID, finished_at=NOW)

    embed = texts.finished(Progress(most), dict.fromkeys(Source, BIG_ID))

    assert fits(embed)
    assert fits(texts.finished(Progress(backfill(finished_at=NOW)), {}))
    going_on(Progress(most, Problem("x" * 5000, True, NOW)))


def test_what_is_missing_comes_first() -> None:
    """What does not work is counted and heads the list; what works follows in its order."""
    works = [texts.Finding(True, "one"), texts.Finding(True, "three")]

    embed = texts.checked([works[0], texts.Finding(False, "two"), works[1]])

    assert "1 thing to look at" == embed.title
    assert ["two", "one", "three"] == [line[2:] for line in (embed.description or "").splitlines()]
    assert "Everything works" == texts.checked(works).title


def test_a_permission_that_is_there_reads_as_no_fault() -> None:
    """What a permission is for is said so that it reads right behind a check mark, and a cross."""
    there = texts.in_channels("view_channel", [])
    missing = texts.in_channels("view_channel", [5])

    purpose = "without it invites to a channel are hidden from me"
    assert texts.Finding(True, f"**View Channel**: {purpose}") == there
    assert texts.Finding(False, f"**View Channel** is missing in <#5>: {purpose}") == missing


def test_a_permission_that_is_missing_in_many_channels_fits() -> None:
    """Of many channels the first ones are named, and how many more there are."""
    names = ("view_channel", "manage_channels", "create_instant_invite")
    channels = range(BIG_ID - 500, BIG_ID)
    findings = [texts.in_channels(name, channels) for name in names]

    embed = texts.checked([*findings, texts.no_answer(texts.NO_LIST, "*" * 5000)])

    assert fits(embed)
    assert "and 492 more: " in everything(embed)
    assert "4 things to look at" == embed.title

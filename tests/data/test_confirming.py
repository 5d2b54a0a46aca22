import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from data.errors import LedgerRefusedError
from data.export import json_line
from data.ledger import Ledger
from data.models import (
    Certainty,
    Confirmation,
    Creation,
    JoinFact,
    JoinRecord,
    Source,
    VerdictRecord,
    from_ms,
)
from data.settling import AT_ONCE
from tests.data.samples import (
    GUILD,
    INVITER,
    MODERATOR,
    NOON,
    at,
    confirmation_of,
    correction_of,
    invite_of,
    join_of,
    latest,
    settlement_of,
    verdict_of,
    window_of,
)

FACT = join_of(1)


async def only(ledger: Ledger, member_id: int = 1) -> JoinRecord:
    [join] = await ledger.joins_of(GUILD, member_id)
    return join


async def history(ledger: Ledger, member_id: int = 1) -> list[VerdictRecord]:
    return await ledger.verdicts((await only(ledger, member_id)).id)


async def confirm(
    ledger: Ledger, code: str | None = "abc", seconds: float = 20, **options: Any
) -> int:
    """Let the record say something of the first join."""
    return await ledger.confirm(GUILD, [confirmation_of(FACT, code, **options)], at(seconds))


@pytest.fixture
async def joined(ledger: Ledger) -> Ledger:
    """Member 1 joined, the invite `abc` is known, and nothing is decided."""
    await ledger.record_join(FACT)
    await ledger.record_invite(
        invite_of("abc"), NOON, creation=Creation(moderator_id=MODERATOR, campaign="spring")
    )
    return ledger


async def test_the_record_names_a_join(joined: Ledger) -> None:
    """A confirmed join has the invite that the record names, with its inviter and its credit."""
    assert await confirm(joined, raw_source=5, inviter_id=1) == 1

    join = await only(joined)
    assert (join.certainty, join.source, join.code) == (Certainty.CONFIRMED, Source.INVITE, "abc")
    assert (join.decided_at, join.decided_by, join.raw_source) == (at(20), "record", 5)
    assert (join.inviter_id, join.credited_id, join.campaign) == (INVITER, MODERATOR, "spring")
    joins, total = await joined.joins_through((await latest(joined, "abc")).id)
    assert (joins, total) == ([join], 1)


async def test_the_record_outranks_counters_visibly(joined: Ledger) -> None:
    """What counters said before stays in the history with its evidence."""
    await joined.settle(
        settlement_of(5, verdicts=(verdict_of(FACT, "xyz"),), window=window_of(seconds=5))
    )

    assert await confirm(joined) == 1

    first, second = await history(joined)
    assert (first.certainty, first.code, first.decided_by) == (Certainty.CERTAIN, "xyz", "counters")
    assert first.window is not None
    assert (second.certainty, second.code, second.window) == (Certainty.CONFIRMED, "abc", None)
    assert (await only(joined)).code == "abc"


async def test_a_code_nobody_wrote_down_is_kept_with_its_inviter(joined: Ledger) -> None:
    """The inviter and the credit of an invite that the ledger never saw come from the record."""
    await confirm(joined, "ghost", inviter_id=77)

    join = await only(joined)
    assert (join.code, join.inviter_id, join.credited_id) == ("ghost", 77, 77)
    assert [entry.inviter_id for entry in await history(joined)] == [77]


async def test_a_known_invite_without_an_inviter_gets_the_records(joined: Ledger) -> None:
    """Where the invite names no inviter the record's stands in, and who asked has the credit."""
    await joined.record_invite(
        invite_of("anon", inviter_id=None), NOON, creation=Creation(moderator_id=MODERATOR)
    )

    await confirm(joined, "anon", inviter_id=77)

    join = await only(joined)
    assert (join.inviter_id, join.credited_id) == (77, MODERATOR)


async def test_a_confirmed_code_means_the_invite_that_was_there(ledger: Ledger) -> None:
    """Of invites with one code a join came through the latest that existed when it joined."""
    for seconds in (-90, -50, 50):
        invite = invite_of("abc", created_at=at(seconds), inviter_id=100 + seconds)
        await ledger.record_invite(invite, at(seconds))
    early, late = join_of(1, 0), join_of(2, 60)
    for fact in (early, late):
        await ledger.record_join(fact)

    await ledger.confirm(
        GUILD, [confirmation_of(early, "abc"), confirmation_of(late, "abc")], at(70)
    )

    assert [(await only(ledger, member)).inviter_id for member in (1, 2)] == [50, 150]


async def test_a_source_unknown_to_us_is_kept_as_it_came(joined: Ledger) -> None:
    """The platform's own number stays with the verdict."""
    await confirm(joined, None, source=Source.OTHER, raw_source=99)

    assert [entry.raw_source for entry in await history(joined)] == [99]
    assert (await only(joined)).source is Source.OTHER


@pytest.mark.parametrize(
    ("source", "actor_id"),
    [
        pytest.param(Source.BOT, MODERATOR, id="still a bot"),
        pytest.param(Source.DISCOVERY, None, id="no longer one"),
    ],
)
async def test_who_added_a_bot_outlasts_the_record(
    joined: Ledger, source: Source, actor_id: int | None
) -> None:
    """The record does not know who added a bot, and does not make it forgotten."""
    said = verdict_of(FACT, None, source=Source.BOT, actor_id=MODERATOR)
    await joined.settle(settlement_of(verdicts=(said,)))

    await confirm(joined, None, source=source)

    assert (await only(joined)).actor_id == actor_id


async def test_said_again_nothing_is_added(joined: Ledger) -> None:
    """A record that is read again, or names a membership twice in a breath, is one verdict."""
    said = confirmation_of(FACT, "abc", inviter_id=7, raw_source=5)

    assert await joined.confirm(GUILD, [said, said], at(20)) == 1
    assert await joined.confirm(GUILD, [said], at(30)) == 0
    assert len(await history(joined)) == 1


@pytest.mark.parametrize(
    ("change", "new"),
    [
        pytest.param({"source": Source.VANITY}, 1, id="source"),
        pytest.param({"code": "xyz"}, 1, id="code"),
        pytest.param({"inviter_id": 8}, 1, id="inviter"),
        pytest.param({"raw_source": 6}, 1, id="number"),
        pytest.param({"code": None}, 0, id="no code"),
        pytest.param({"inviter_id": None}, 0, id="no inviter"),
        pytest.param({"raw_source": None}, 0, id="no number"),
    ],
)
async def test_a_later_record_replaces_an_earlier_one(
    joined: Ledger, change: dict[str, object], new: int
) -> None:
    """A record that contradicts an earlier one stands from then on; silence contradicts nothing."""
    said = confirmation_of(FACT, "abc", inviter_id=7, raw_source=5)
    await joined.confirm(GUILD, [said], at(20))

    later = said.model_copy(update=change)
    assert await joined.confirm(GUILD, [later], at(30)) == new

    assert len(await history(joined)) == 1 + new
    assert (await only(joined)).decided_at == at(30 if new else 20)


@pytest.mark.parametrize(
    "fuller",
    [
        pytest.param({"code": "abc"}, id="code"),
        pytest.param({"inviter_id": 7}, id="inviter"),
        pytest.param({"raw_source": 5}, id="number"),
    ],
)
async def test_a_record_that_says_more_replaces_one_that_said_less(
    joined: Ledger, fuller: dict[str, object]
) -> None:
    """What an earlier record left out is added by a later one."""
    said = confirmation_of(FACT, None)
    await joined.confirm(GUILD, [said], at(20))

    assert await joined.confirm(GUILD, [said.model_copy(update=fuller)], at(30)) == 1


async def test_of_two_words_in_one_breath_the_last_counts(joined: Ledger) -> None:
    """A record that contradicts itself in one answer leaves one verdict, the last."""
    words = [confirmation_of(FACT, code) for code in ("xyz", "abc")]

    assert await joined.confirm(GUILD, words, at(20)) == 1
    assert (await only(joined)).code == "abc"


async def test_a_moderator_outranks_the_record(joined: Ledger) -> None:
    """A corrected join stays as the moderator left it, whatever the record says."""
    await joined.correct(GUILD, correction_of("xyz"))

    assert await confirm(joined) == 0
    assert ((await only(joined)).code, len(await history(joined))) == ("xyz", 1)


@pytest.mark.parametrize(
    "stranger",
    [
        pytest.param(FACT._replace(joined_at=FACT.joined_at + 1), id="a millisecond later"),
        pytest.param(FACT._replace(joined_at=FACT.joined_at - 1), id="a millisecond earlier"),
        pytest.param(FACT._replace(member_id=2), id="somebody else"),
    ],
)
async def test_the_record_binds_to_one_membership(joined: Ledger, stranger: JoinFact) -> None:
    """Another membership than the one that the record names is not touched."""
    assert await joined.confirm(GUILD, [confirmation_of(stranger, "abc")], at(20)) == 0
    assert await joined.confirm(GUILD + 1, [confirmation_of(FACT, "abc")], at(20)) == 0

    assert await joined.pending(GUILD) == [FACT]


async def test_only_the_named_join_of_a_member_is_confirmed(joined: Ledger) -> None:
    """Of somebody who joined twice the record tells of one membership."""
    await joined.record_join(join_of(1, 9))

    await confirm(joined)

    assert [join.certainty for join in await joined.joins_of(GUILD, 1)] == [
        Certainty.CONFIRMED,
        Certainty.PENDING,
    ]


async def test_a_raid_is_confirmed_at_once(ledger: Ledger) -> None:
    """More confirmations than one statement takes are all written, each once."""
    facts = [join_of(member_id) for member_id in range(1, 2 * AT_ONCE + 2)]
    await asyncio.gather(*map(ledger.record_join, facts))

    new = await ledger.confirm(GUILD, [confirmation_of(fact, "abc") for fact in facts], NOON)

    assert new == len(facts)
    assert await ledger.confirm(GUILD, [], NOON) == 0
    assert len(facts) == (await ledger.joins(GUILD, certainty=Certainty.CONFIRMED))[1]


async def test_a_confirmed_join_makes_its_neighbours_certain(joined: Ledger) -> None:
    """A window that is solved again changes who is not confirmed yet, and counts nothing twice."""
    neighbour = join_of(2)
    await joined.record_join(neighbour)
    open_ = {"certainty": Certainty.AMBIGUOUS, "candidates": ("abc", "xyz")}
    window = window_of(seconds=5, joins=2)
    baseline = {"baseline": None, "appeared": (invite_of("xyz", uses=1),)}
    first = tuple(verdict_of(fact, None, **open_) for fact in (FACT, neighbour))
    await joined.settle(settlement_of(5, verdicts=first, window=window, **baseline))
    await confirm(joined)

    again = (verdict_of(FACT, None, **open_), verdict_of(neighbour, "xyz"))
    for _ in range(2):
        await joined.settle(settlement_of(25, verdicts=again, window=window, **baseline))

    assert [entry.certainty for entry in await history(joined, 1)] == ["ambiguous", "confirmed"]
    assert [entry.certainty for entry in await history(joined, 2)] == ["ambiguous", "certain"]
    assert (await only(joined, 2)).window == window
    assert (await latest(joined, "xyz")).invite.uses == 1


async def test_a_confirmation_that_cannot_be_written_leaves_nothing(joined: Ledger) -> None:
    """All of a batch is written or none of it."""
    words = [confirmation_of(FACT, "abc")]

    with pytest.raises(LedgerRefusedError):
        await joined.confirm(2**63, words, at(20))

    assert await joined.pending(GUILD) == [FACT]


@pytest.mark.parametrize(
    "field",
    [
        pytest.param({"raw_source": 2**63}, id="number"),
        pytest.param({"member_id": -1}, id="member"),
        pytest.param({"inviter_id": 2**63}, id="inviter"),
        pytest.param({"code": "a b"}, id="code"),
    ],
)
def test_what_the_ledger_could_not_keep_is_no_confirmation(field: dict[str, object]) -> None:
    """A value that would make the ledger refuse a whole batch is refused alone, before."""
    with pytest.raises(ValidationError):
        Confirmation.model_validate(confirmation_of(FACT, "abc").model_dump() | field)


async def test_an_export_names_the_record(joined: Ledger) -> None:
    """A confirmed join is exported as what the record says, decided by it."""
    await confirm(joined, "ghost", inviter_id=77)

    [line] = [json_line(join) async for join in joined.export(GUILD)]

    assert '"code": "ghost", "inviter_id": "77", "credited_id": "77"' in line
    assert '"certainty": "confirmed"' in line
    assert '"decided_by": "record"' in line


async def unconfirmed(ledger: Ledger, seconds: float = 0, limit: int = 25) -> list[int]:
    facts = await ledger.unconfirmed(GUILD, at(seconds), limit)
    return [fact.member_id for fact in facts]


@pytest.fixture
async def crowd(ledger: Ledger) -> Ledger:
    """1 is certain, 2 pending, 3 confirmed, 4 corrected, 5 left, 6 a bot, 7 unknown, 8 was here."""
    facts = {member: join_of(member, member) for member in range(1, 8)}
    facts[6] = facts[6]._replace(is_bot=True)
    for member in (3, 2, 1, 4, 7, 6, 5):
        await ledger.record_join(facts[member])
    for member in (5, 8):
        await ledger.record_leave(GUILD, member, at(50))
    await ledger.settle(
        settlement_of(
            verdicts=(
                verdict_of(facts[1], "abc"),
                verdict_of(facts[7], None, certainty=Certainty.UNKNOWN, source=Source.UNKNOWN),
            )
        )
    )
    await ledger.confirm(GUILD, [confirmation_of(facts[3], "abc")], at(20))
    await ledger.correct(GUILD, correction_of("abc", join_id=4))
    return ledger


async def test_whom_to_ask_the_record_about(crowd: Ledger) -> None:
    """People who are there and neither confirmed nor corrected, newest first, and no more."""
    assert await unconfirmed(crowd) == [7, 2, 1]
    assert await unconfirmed(crowd, limit=2) == [7, 2]
    assert await unconfirmed(crowd, 2) == [7, 2]
    assert await unconfirmed(crowd, 2.001) == [7]
    assert await crowd.unconfirmed(GUILD, at(7), 1) == [join_of(7, 7)]
    assert await crowd.unconfirmed(GUILD, from_ms(0), 25) == await crowd.unconfirmed(GUILD, NOON, 9)


async def test_joins_of_one_instant_are_asked_about_in_an_order(ledger: Ledger) -> None:
    """Of joins in the same millisecond the one written last comes first."""
    for member in (5, 3, 4):
        await ledger.record_join(join_of(member))

    assert await unconfirmed(ledger) == [4, 3, 5]


async def test_which_guilds_to_ask_the_record_about(crowd: Ledger) -> None:
    """Guilds with somebody to ask about since then, and none where all is settled."""
    await crowd.record_join(join_of(1, 30, guild_id=GUILD + 1))
    bot = join_of(1, 30, guild_id=GUILD + 2)._replace(is_bot=True)
    await crowd.record_join(bot)
    await crowd.record_join(join_of(1, 30, guild_id=GUILD + 3))
    await crowd.record_leave(GUILD + 3, 1, at(31))
    for guild_id in (GUILD + 4, GUILD + 5):
        await crowd.record_join(join_of(1, 30, guild_id=guild_id))
    await crowd.confirm(GUILD + 4, [confirmation_of(join_of(1, 30), "abc")], at(40))
    [join] = await crowd.joins_of(GUILD + 5, 1)
    await crowd.correct(GUILD + 5, correction_of("abc", join_id=join.id))

    assert await crowd.guilds_unconfirmed(NOON) == [GUILD, GUILD + 1]
    assert await crowd.guilds_unconfirmed(at(30)) == [GUILD + 1]
    assert await crowd.guilds_unconfirmed(at(30.001)) == []

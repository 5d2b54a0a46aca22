import asyncio
import sqlite3
from pathlib import Path

import pytest

from data.errors import LedgerRefusedError
from data.ledger import Ledger
from data.models import JoinFact, LogKind, LogLine, LogMessage, LogSetting, Met, to_ms
from tests.data.samples import (
    GUILD,
    MODERATOR,
    NOON,
    at,
    confirmation_of,
    correction_of,
    invite_of,
    join_of,
    settlement_of,
    verdict_of,
)

CHANNEL = 5100
JOIN, LEAVE = LogKind.JOIN, LogKind.LEAVE


@pytest.fixture
async def telling(ledger: Ledger) -> Ledger:
    """A ledger of a guild with a log channel."""
    await ledger.set_log(GUILD, CHANNEL, MODERATOR, NOON)
    return ledger


def said_of(lines: list[LogLine] | tuple[LogLine, ...]) -> list[tuple[LogKind, int]]:
    return [(line.kind, line.join.member_id) for line in lines]


async def unsaid(ledger: Ledger, guild_id: int = GUILD) -> list[tuple[LogKind, int]]:
    return said_of(await ledger.unsaid(guild_id, 1000))


async def claim(ledger: Ledger, seconds: float = 1) -> LogMessage:
    """Draw all that is unsaid together."""
    lines = await ledger.unsaid(GUILD, 1000)
    return await ledger.claim(GUILD, [line.id for line in lines], CHANNEL, at(seconds))


async def say(ledger: Ledger, message_id: int = 9001) -> LogMessage:
    """Draw all that is unsaid together, and send it."""
    message = await claim(ledger)
    await ledger.sent(message.id, message_id, message.version)
    return message


async def stale(ledger: Ledger) -> list[tuple[int, int]]:
    return [(message.id, message.version) for message in await ledger.stale(GUILD, 100)]


async def confirm(ledger: Ledger, member_id: int = 1, code: str = "abc") -> None:
    await ledger.confirm(GUILD, [confirmation_of(join_of(member_id), code)], at(20))


async def test_a_log_channel_is_chosen(ledger: Ledger) -> None:
    """The channel chosen last is the one, since it was chosen; said again it is the same."""
    assert await ledger.log_setting(GUILD) is None
    await ledger.set_log(GUILD, 1, MODERATOR, at(0))
    for seconds in (1, 2):
        await ledger.set_log(GUILD, CHANNEL, MODERATOR + 1, at(seconds))

    assert await ledger.log_setting(GUILD) == LogSetting(
        guild_id=GUILD, channel_id=CHANNEL, since=at(1), moderator_id=MODERATOR + 1
    )
    assert await ledger.log_setting(GUILD + 1) is None


async def test_a_join_and_a_leave_are_a_line_each(telling: Ledger) -> None:
    """Who comes and who goes is told once, with the join as it stands, oldest first."""
    for _ in range(2):
        await telling.record_join(join_of(2, 5))
        await telling.record_join(join_of(1, 0))
        await telling.record_leave(GUILD, 1, at(9))

    assert await unsaid(telling) == [(JOIN, 1), (JOIN, 2), (LEAVE, 1)]
    [line] = await telling.unsaid(GUILD, 1)
    assert [line.join] == await telling.joins_of(GUILD, 1)


async def test_without_a_log_channel_nothing_is_told(ledger: Ledger) -> None:
    """A guild that has none is told nothing, also when another has one."""
    await ledger.set_log(GUILD + 1, CHANNEL, MODERATOR, NOON)
    await ledger.record_join(join_of(1))
    await confirm(ledger)
    await ledger.record_leave(GUILD, 1, at(9))
    await ledger.record_leave(GUILD, 2, at(9))

    assert await unsaid(ledger) == []
    assert await ledger.guilds_to_tell() == []


async def test_who_was_there_before_leaves_with_a_line(telling: Ledger) -> None:
    """The leave of a member who was never seen joining is told once."""
    for _ in range(2):
        await telling.record_leave(GUILD, 1, at(5))

    assert await unsaid(telling) == [(LEAVE, 1)]


async def test_a_membership_from_before_the_log_channel_ends_with_a_line(ledger: Ledger) -> None:
    """The leave is told although the join never was."""
    await ledger.record_join(join_of(1))
    await ledger.set_log(GUILD, CHANNEL, MODERATOR, NOON)
    await ledger.record_leave(GUILD, 1, at(5))

    assert await unsaid(ledger) == [(LEAVE, 1)]


@pytest.mark.parametrize(
    ("met", "expected"),
    [
        pytest.param(Met.GAP, [(JOIN, 1)], id="found after a gap"),
        pytest.param(Met.BACKFILL, [], id="found in the record"),
    ],
)
async def test_who_was_found_afterwards(
    telling: Ledger, met: Met, expected: list[tuple[LogKind, int]]
) -> None:
    """Who came in a gap is told; who was there before Usher did not come now."""
    await telling.record_join(join_of(1)._replace(met=met))

    assert await unsaid(telling) == expected


async def test_who_comes_again_has_left_with_a_line(telling: Ledger) -> None:
    """A leave that nobody announced is told with the join that shows it, before it."""
    await telling.record_join(join_of(1, 0))
    await telling.record_join(join_of(1, 5))

    assert await unsaid(telling) == [(JOIN, 1), (LEAVE, 1), (JOIN, 1)]
    lines = await telling.unsaid(GUILD, 10)
    assert [line.join.joined_at for line in lines] == [at(0), at(0), at(5)]


async def test_everybody_who_left_unseen_is_told(telling: Ledger) -> None:
    """Each member found missing after a gap is a line."""
    for member in (1, 2, 3):
        await telling.record_join(join_of(member, member))
    await say(telling)

    missing = {member: join_of(member, member).joined_at for member in (1, 3)}
    await telling.record_absences(GUILD, missing, at(60))

    assert await unsaid(telling) == [(LEAVE, 1), (LEAVE, 3)]


async def test_a_leave_before_its_join_is_told_once(telling: Ledger) -> None:
    """Announced the wrong way round, a membership has one line for each, in their order."""
    await telling.record_leave(GUILD, 1, at(5))
    await telling.record_join(join_of(1))

    assert await unsaid(telling) == [(JOIN, 1), (LEAVE, 1)]


async def test_a_leave_that_was_said_before_its_join_is_not_said_again(telling: Ledger) -> None:
    """The line goes over to the membership whose leave it was, and is to be edited."""
    await telling.record_leave(GUILD, 1, at(5))
    message = await say(telling)
    await telling.record_join(join_of(1))

    assert await unsaid(telling) == [(JOIN, 1)]
    [edit] = await telling.stale(GUILD, 10)
    assert (edit.id, edit.version) == (message.id, message.version + 1)
    assert [line.join.joined_at for line in edit.lines] == [at(0)]


async def test_a_leave_of_which_nothing_was_told_stays_untold(ledger: Ledger) -> None:
    """A leave from before the log channel is no news when its join arrives."""
    await ledger.record_leave(GUILD, 1, at(5))
    await ledger.set_log(GUILD, CHANNEL, MODERATOR, at(6))
    await ledger.record_join(join_of(1))

    assert await unsaid(ledger) == [(JOIN, 1)]


async def test_a_leave_finds_its_join_among_others(telling: Ledger) -> None:
    """Who came back before the first join was written down has two memberships, told once each."""
    await telling.record_leave(GUILD, 1, at(5))
    await telling.record_join(join_of(1, 9))
    await telling.record_join(join_of(1, 0))

    memberships = await telling.joins_of(GUILD, 1)
    assert [join.left_at for join in memberships] == [at(5), None]
    assert await unsaid(telling) == [(JOIN, 1), (LEAVE, 1), (JOIN, 1)]


async def test_lines_are_drawn_together(telling: Ledger) -> None:
    """A message is claimed before it is sent: it has its lines, and they are unsaid no more."""
    for member in (1, 2, 3):
        await telling.record_join(join_of(member, member))
    lines = await telling.unsaid(GUILD, 2)

    message = await telling.claim(GUILD, [line.id for line in lines], CHANNEL, at(9))

    assert message == LogMessage(
        id=1,
        guild_id=GUILD,
        channel_id=CHANNEL,
        message_id=None,
        claimed_at=at(9),
        version=1,
        lines=tuple(lines),
    )
    assert await unsaid(telling) == [(JOIN, 3)]
    assert await telling.unsent(GUILD) == [message]
    assert (await telling.unsent(GUILD + 1), await stale(telling)) == ([], [])


async def test_unsent_messages_come_back_in_their_order(telling: Ledger) -> None:
    """After a crash in between, what may have been sent is known, each with its own lines."""
    for member in (1, 2, 3):
        await telling.record_join(join_of(member, -member))
        if member != 2:
            await claim(telling)

    found = await telling.unsent(GUILD)

    assert [said_of(message.lines) for message in found] == [[(JOIN, 1)], [(JOIN, 3), (JOIN, 2)]]


async def test_lines_are_claimed_once(telling: Ledger) -> None:
    """Claimed again, lines are in the message they were in; new ones make a message of theirs."""
    await telling.record_join(join_of(1))
    first = await claim(telling)
    [old] = first.lines
    assert await telling.claim(GUILD, [old.id], CHANNEL, at(5)) == first

    await telling.record_join(join_of(2))
    [new] = await telling.unsaid(GUILD, 10)
    second = await telling.claim(GUILD, [old.id, new.id], CHANNEL, at(6))

    assert (second.id, said_of(second.lines)) == (first.id + 1, [(JOIN, 2)])
    await telling.sent(first.id, 9001, 1)
    for ids in ([old.id], [4711], []):
        with pytest.raises(LedgerRefusedError, match="None of these lines"):
            await telling.claim(GUILD, ids, CHANNEL, at(7))
    assert await telling.unsent(GUILD) == [second]


async def test_a_line_of_another_guild_is_not_claimed(telling: Ledger) -> None:
    """Nobody's lines get into another guild's message, nor another guild's message back."""
    await telling.record_join(join_of(1))
    [line] = await telling.unsaid(GUILD, 10)
    await telling.set_log(GUILD + 1, CHANNEL, MODERATOR, NOON)

    for _ in range(2):
        with pytest.raises(LedgerRefusedError):
            await telling.claim(GUILD + 1, [line.id], CHANNEL, at(1))
        if await unsaid(telling):
            await claim(telling)


async def test_a_sent_message_is_done(telling: Ledger) -> None:
    """Once it is known to be sent, nothing of it is to be told until something changes."""
    await telling.record_join(join_of(1))
    assert await telling.guilds_to_tell() == [GUILD]
    message = await claim(telling)
    assert await telling.guilds_to_tell() == [GUILD]

    for _ in range(2):
        await telling.sent(message.id, 9001, 1)

    assert await telling.guilds_to_tell() == []
    assert (await telling.unsent(GUILD), await stale(telling)) == ([], [])


async def test_a_verdict_makes_its_messages_stale(telling: Ledger) -> None:
    """Each new verdict on a join changes the messages that tell of it, and no others."""
    await telling.record_join(join_of(1))
    joined = await say(telling, 9001)
    await telling.record_join(join_of(2))
    await say(telling, 9002)
    await telling.record_leave(GUILD, 1, at(9))
    left = await say(telling, 9003)

    await telling.settle(settlement_of(verdicts=(verdict_of(join_of(1), "abc"),)))
    await confirm(telling)

    assert await stale(telling) == [(left.id, 3), (joined.id, 3)]
    assert await telling.unsent(GUILD) == []
    [newest] = await telling.stale(GUILD, 1)
    assert (newest.message_id, newest.lines[0].join.certainty) == (9003, "confirmed")
    assert await telling.guilds_to_tell() == [GUILD]
    await confirm(telling)
    assert await stale(telling) == [(left.id, 3), (joined.id, 3)]


async def test_a_correction_and_its_undoing_make_a_message_stale(telling: Ledger) -> None:
    """A moderator's word is a verdict like any other."""
    await telling.record_join(join_of(1))
    message = await say(telling)

    await telling.correct(GUILD, correction_of("abc"))
    await telling.undo(GUILD, 1, MODERATOR, at(90))

    assert await stale(telling) == [(message.id, 3)]


async def test_an_edited_message_is_done(telling: Ledger) -> None:
    """Edited to what it should say it is no longer stale; edited to less it still is."""
    await telling.record_join(join_of(1))
    message = await say(telling)
    await confirm(telling)
    await confirm(telling, code="xyz")

    await telling.edited(message.id, 2)
    assert await stale(telling) == [(message.id, 3)]
    for version in (3, 2):
        await telling.edited(message.id, version)
    await telling.sent(message.id, 9001, message.version)

    assert await telling.guilds_to_tell() == []


async def test_a_verdict_between_claiming_and_sending(telling: Ledger) -> None:
    """A message that was sent as it was claimed is stale if something changed meanwhile."""
    await telling.record_join(join_of(1))
    message = await claim(telling)
    await confirm(telling)
    [unsent] = await telling.unsent(GUILD)
    assert (unsent.version, await stale(telling)) == (2, [])

    await telling.edited(message.id, 2)
    assert await telling.unsent(GUILD) == [unsent]
    await telling.sent(message.id, 9001, message.version)

    assert await stale(telling) == [(message.id, 2)]


@pytest.mark.parametrize("was_sent", [True, False])
async def test_a_dropped_message_is_never_mentioned_again(telling: Ledger, was_sent: bool) -> None:
    """Given up, a message is neither sent nor edited, and its lines are not said elsewhere."""
    await telling.record_join(join_of(1))
    message = await (say(telling) if was_sent else claim(telling))

    for _ in range(2):
        await telling.drop_message(message.id)
    await telling.sent(message.id, 9001, 1)
    await confirm(telling)
    await telling.edited(message.id, 1)

    assert await telling.guilds_to_tell() == []
    assert await unsaid(telling) == []
    with pytest.raises(LedgerRefusedError):
        await telling.claim(GUILD, [line.id for line in message.lines], CHANNEL, at(9))


async def test_a_released_message_leaves_its_lines_to_others(telling: Ledger) -> None:
    """What was claimed for one channel is unsaid again, once, and is claimed for another."""
    for member in (1, 2):
        await telling.record_join(join_of(member, member))
    first = await claim(telling)
    await telling.release(first.id)
    assert await telling.unsent(GUILD) == []
    assert await unsaid(telling) == [(JOIN, 1), (JOIN, 2)]

    lines = await telling.unsaid(GUILD, 10)
    second = await telling.claim(GUILD, [line.id for line in lines], CHANNEL + 1, at(9))
    await telling.release(first.id)
    await telling.sent(first.id, 9001, first.version)

    assert second.id != first.id
    assert await telling.unsent(GUILD) == [second]
    assert await stale(telling) == []


@pytest.mark.parametrize("how", ["sent", "dropped", "switched off"])
async def test_what_was_sent_or_given_up_is_not_released(telling: Ledger, how: str) -> None:
    """Lines are told at most once: only a message that is still to be sent lets go of its own."""
    await telling.record_join(join_of(1))
    message = await (say(telling) if how == "sent" else claim(telling))
    if how == "dropped":
        await telling.drop_message(message.id)
    elif how == "switched off":
        await telling.set_log(GUILD, None, MODERATOR, at(9))

    await telling.release(message.id)

    assert await unsaid(telling) == []
    await confirm(telling)
    assert await stale(telling) == ([(message.id, 2)] if how == "sent" else [])


async def test_old_lines_are_given_up(telling: Ledger) -> None:
    """Unsaid lines of what happened before some time go, counted; those that were said stay."""
    await telling.record_join(join_of(9, 0))
    await claim(telling)
    for member in (1, 2, 3):
        await telling.record_join(join_of(member, member))
    await telling.record_leave(GUILD, 2, at(2.5))

    assert await telling.drop_unsaid(GUILD + 1, at(60)) == 0
    assert await telling.drop_unsaid(GUILD, at(2.5)) == 2
    assert await telling.drop_unsaid(GUILD, at(2.5)) == 0

    assert await unsaid(telling) == [(LEAVE, 2), (JOIN, 3)]
    assert len(await telling.unsent(GUILD)) == 1


async def test_who_was_found_late_is_news(telling: Ledger) -> None:
    """Whoever joined long ago and was only found now is told, not given up as old."""
    await telling.record_join(join_of(1)._replace(arrived_at=to_ms(at(7200)), met=Met.GAP))

    assert await telling.drop_unsaid(GUILD, at(3600)) == 0
    assert await unsaid(telling) == [(JOIN, 1)]


async def test_switched_off_nothing_remains_to_be_told(telling: Ledger) -> None:
    """Without a log channel lines, unsent and stale messages are given up for good."""
    await telling.set_log(GUILD + 1, CHANNEL, MODERATOR, NOON)
    await telling.record_join(join_of(1, guild_id=GUILD + 1))
    for member in (1, 4):
        await telling.record_join(join_of(member))
        await say(telling, 9000 + member)
    await telling.record_join(join_of(2))
    unsent = await claim(telling)
    await telling.record_join(join_of(3))
    await confirm(telling)

    for _ in range(2):
        await telling.set_log(GUILD, None, MODERATOR, at(9))
    await telling.sent(unsent.id, 9002, 1)
    await telling.record_leave(GUILD, 2, at(10))
    for member in (2, 4):
        await confirm(telling, member)

    assert await telling.log_setting(GUILD) is None
    assert await telling.guilds_to_tell() == [GUILD + 1]
    await telling.set_log(GUILD, CHANNEL, MODERATOR, at(11))
    assert await telling.guilds_to_tell() == [GUILD + 1]
    for member in (1, 2, 4):
        await confirm(telling, member, "xyz")
    assert [said_of(message.lines) for message in await telling.stale(GUILD, 9)] == [[(JOIN, 4)]]


async def test_a_sent_message_is_edited_after_the_channel_changed(telling: Ledger) -> None:
    """What was said in the old channel is mended there; what is unsaid goes to the new one."""
    await telling.record_join(join_of(1))
    await say(telling)
    await telling.set_log(GUILD, CHANNEL + 1, MODERATOR, at(9))
    await confirm(telling)
    await telling.record_join(join_of(2))

    [old] = await telling.stale(GUILD, 10)
    assert old.channel_id == CHANNEL
    assert await unsaid(telling) == [(JOIN, 2)]


async def test_whom_to_tell_something(telling: Ledger) -> None:
    """Each guild with something unsaid, unsent or stale is named once, in order."""
    unsent, sent, unsaid_ones = (GUILD, GUILD + 1), GUILD + 3, (GUILD + 5, GUILD + 6, GUILD + 9)
    for guild_id in (*unsaid_ones, *unsent, sent):
        await telling.set_log(guild_id, CHANNEL, MODERATOR, NOON)
        await telling.record_join(join_of(1, guild_id=guild_id))
    for guild_id in (*unsent, sent):
        [line] = await telling.unsaid(guild_id, 1)
        message = await telling.claim(guild_id, [line.id], CHANNEL, at(1))
    await telling.sent(message.id, 9001, 1)
    await telling.record_join(join_of(2))

    assert await telling.guilds_to_tell() == [*unsent, *unsaid_ones]
    await telling.confirm(sent, [confirmation_of(join_of(1), "abc")], at(20))
    assert await telling.guilds_to_tell() == [*unsent, sent, *unsaid_ones]


async def test_a_leave_is_told_once_whatever_becomes_of_it(telling: Ledger, path: Path) -> None:
    """A membership's end that is mended or taken back makes no second line, dropped or not."""
    for member in (1, 2):
        await telling.record_join(join_of(member))
        await telling.record_leave(GUILD, member, at(member))
    await telling.drop_unsaid(GUILD, at(2))

    other = sqlite3.connect(path)
    other.execute("UPDATE joins SET left_at = left_at + 1")
    other.execute("UPDATE joins SET left_at = NULL WHERE member_id = 2")
    other.execute("UPDATE joins SET left_at = joined_at WHERE member_id = 2")
    other.commit()
    other.close()

    assert await unsaid(telling) == [(LEAVE, 2)]


async def test_lines_are_as_durable_as_what_they_tell(telling: Ledger, path: Path) -> None:
    """A line is in the file together with its join, and absent if the join was refused."""
    bad = join_of(2)._replace(member_id=-1)
    await asyncio.gather(
        *(telling.record_join(fact) for fact in (join_of(1), bad, join_of(3))),
        return_exceptions=True,
    )

    other = sqlite3.connect(path)
    rows = other.execute("SELECT member_id FROM log_lines JOIN joins ON joins.id = join_id")
    assert sorted(rows) == [(1,), (3,)]
    other.close()


async def test_a_raid_is_claimed_in_parts(telling: Ledger) -> None:
    """Thousands of lines are said in the order of joining, each in exactly one message."""
    facts = [JoinFact(GUILD, member, to_ms(at(member)), 0) for member in range(1000)]
    await asyncio.gather(*map(telling.record_join, facts))
    await telling.record_invite(invite_of("abc"), NOON)

    said = []
    while lines := await telling.unsaid(GUILD, 300):
        message = await telling.claim(GUILD, [line.id for line in lines], CHANNEL, at(1))
        said += [line.join.member_id for line in message.lines]

    assert said == list(range(1000))

"""Members from before Usher, told of by the platform's own record: on the sandbox, for real."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest

from bot.backfill import Progress
from bot.client import Usher
from bot.record_pages import MARGIN
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.guild import Guild
from bot.sandbox.rest import Exchange
from data.ledger import Ledger
from data.models import (
    Backfill,
    Baseline,
    Certainty,
    JoinRecord,
    Met,
    Reason,
    Source,
)
from tests.harness import PATIENCE, connected, decided, first_reading, on_both, until

SEARCH = "/guilds/{guild_id}/members-search"
ANY_GUILD = "/guilds/*/members-search"
FAST = PATIENCE._replace(page=0.02, backfill=(0.05, 0.1), told=0.02)
DAY = 86_400.0
MODERATOR = 7


class Pages(NamedTuple):
    """Members in the first answer of the record, and new ones in each further one."""

    first: int
    further: int

    def members(self, count: float) -> int:
        """So many answers full, or a part of one more."""
        return int(count * self.first)


PAGES = {"discord": Pages(1000, 1000), "fluxer": Pages(100, 99)}
"""Fluxer goes on with the second in which the last answer ended, and so repeats its last member."""


@pytest.fixture
def pages(sandbox: Sandbox) -> Pages:
    return PAGES[sandbox.platform]


async def primed(sandbox: Sandbox, guilds: int = 1) -> None:
    """Where a record begins only when it is asked for, it has been: whoever asks from here on is
    the backfill.
    """

    async def ask() -> bool:
        return sandbox.platform == "discord" or sandbox.count("POST", SEARCH) >= guilds

    await until(ask)


def crowd(sandbox: Sandbox, guild: Guild, count: int, **came: Any) -> list[int]:
    """So many members who came first of all, a second after each other."""
    members = guild.populate(count, joined_at=sandbox.now() - 3 * DAY, every=1, **came)
    return [member.id for member in members]


def a_guild(sandbox: Sandbox, name: str) -> Guild:
    """One in which Usher's own join is neither before nor after its first reading by chance."""
    guild = sandbox.add_guild(name)
    assert guild.me is not None
    guild.me.joined_at = sandbox.now() - DAY
    return guild


def early(sandbox: Sandbox, guild: Guild) -> set[int]:
    """Whoever was there before anything began, the owner among them."""
    until = sandbox.now() - MARGIN.total_seconds()
    return {member.id for member in guild.members.values() if member.joined_at < until}


async def begin(bot: Usher, sandbox: Sandbox, guild: Guild) -> Progress:
    at = datetime.fromtimestamp(sandbox.now(), UTC)
    return await bot.backfiller.begin(guild.id, MODERATOR, at)


async def told(bot: Usher, guild: Guild, fits: Callable[[Progress], object]) -> Progress:
    """How far the backfill is, once that fits."""

    async def ask() -> Progress | None:
        progress = await bot.backfiller.progress(guild.id)
        return progress if progress is not None and fits(progress) else None

    return await until(ask)


async def finished(bot: Usher, guild: Guild) -> Backfill:
    progress = await told(bot, guild, lambda progress: progress.backfill.finished_at)
    return progress.backfill


async def backfilled(ledger: Ledger, guild: Guild) -> list[JoinRecord]:
    joins, _ = await ledger.joins(guild.id, limit=10_000)
    return [join for join in joins if join.met is Met.BACKFILL]


class Searches:
    """Every question to the record, as it was answered, but those that only begin it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.answered: list[Exchange] = []
        self.then: Callable[[int], object] = lambda _: None
        sandbox.exchanges.append(self._note)

    def _note(self, exchange: Exchange) -> None:
        if exchange.template == SEARCH and (exchange.request or {}).get("limit") != 1:
            self.answered.append(exchange)
            self.then(len(self.answered))

    @property
    def pages(self) -> list[tuple[int, int | None]]:
        """Members of each page, and the member after whom it begins."""
        good = [one for one in self.answered if one.status == 200]
        return [(len(one.response["members"]), self._after(one)) for one in good]

    @property
    def guilds(self) -> list[int]:
        return [_guild(one) for one in self.answered]

    def _after(self, exchange: Exchange) -> int | None:
        """Discord is told a member, Fluxer the second in which one joined, alone in a crowd."""
        after = exchange.request.get("after")
        since = exchange.request.get("joined_at_gte")
        if since is None:
            return None if after is None else int(after["user_id"])
        members = self._sandbox.guilds[_guild(exchange)].members.values()
        return next(one.id for one in members if int(one.joined_at) == since)


def _guild(exchange: Exchange) -> int:
    return int(exchange.path.split("/")[-2])


def _indexing(exchange: Exchange) -> bool:
    """Whether the answer is that the record is being made."""
    return exchange.status == 202 or exchange.response.get("indexing") is True


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    return a_guild(sandbox, "Harbour")


@pytest.fixture
def searches(sandbox: Sandbox) -> Searches:
    return Searches(sandbox)


@on_both
class TestBackfill:
    async def test_everybody_from_before_is_told_of(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """2,500 members in four requests (on Fluxer 250): each written once, and named where the
        record does.
        """
        code = guild.add_invite(guild.channel("general"), by=guild.owner).code
        by_code = crowd(sandbox, guild, pages.members(1.5), code=code)
        found = crowd(sandbox, guild, pages.members(0.6), source="discovery")
        unnamed = crowd(sandbox, guild, pages.members(0.4))

        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            backfill = await finished(bot, guild)

        assert 4 == len(searches.pages)
        joins = {join.member_id: join for join in await backfilled(ledger, guild)}
        assert early(sandbox, guild) == joins.keys()
        named = [join for join in joins.values() if join.certainty is Certainty.CONFIRMED]
        assert (len(joins), len(named)) == (backfill.members, backfill.named)
        ways = {(joins[one].certainty, joins[one].code) for one in by_code}
        assert {(Certainty.CONFIRMED, code)} == ways
        assert {Source.DISCOVERY} == {joins[one].source for one in found}
        assert {(Certainty.UNKNOWN, Source.UNKNOWN)} == {
            (joins[one].certainty, joins[one].source) for one in unnamed
        }
        assert [] == await ledger.pending(guild.id)

    async def test_nothing_is_asked_once_it_is_finished(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches
    ) -> None:
        """A finished backfill stays finished, after a restart too."""
        crowd(sandbox, guild, 3)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            backfill = await finished(bot, guild)
            asked = len(searches.answered)
            await asyncio.sleep(0.2)

        async with connected(ledger, sandbox, patience=FAST) as bot:
            await asyncio.sleep(0.2)
            progress = await bot.backfiller.progress(guild.id)

        assert (Progress(backfill), asked) == (progress, len(searches.answered))

    async def test_a_restart_goes_on_where_the_last_page_ended(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """Stopped after a page, the next run asks for what follows it, and only that."""
        ids = crowd(sandbox, guild, pages.members(2.5), source="discovery")

        def fail(answered: int) -> None:
            if answered == 1:
                sandbox.fail("POST", ANY_GUILD, status=503, times=None)

        searches.then = fail
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            await told(bot, guild, lambda progress: progress.problem)
        sandbox.clear_faults()

        async with connected(ledger, sandbox, patience=FAST) as bot:
            backfill = await finished(bot, guild)

        assert 4 == len(searches.pages)
        last = pages.first - 1
        marks = [None, ids[last], ids[last + pages.further]]
        assert marks == [after for _, after in searches.pages[:3]]
        there = early(sandbox, guild)
        assert len(there) == backfill.members
        assert there == {join.member_id for join in await backfilled(ledger, guild)}

    async def test_what_is_known_already_stays(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Somebody who was seen joining stays so, and is confirmed if they were not."""
        code = guild.add_invite(guild.channel("general"), by=guild.owner).code
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await first_reading(ledger, guild)
            member = await sandbox.join(code)
            [join] = await decided(ledger, guild, 1)
            assert Certainty.CERTAIN is join.certainty

            sandbox.advance(2 * MARGIN.total_seconds())
            await sandbox.join(code)
            await decided(ledger, guild, 2)
            await begin(bot, sandbox, guild)
            await finished(bot, guild)

        joins, _ = await ledger.joins(guild.id)
        assert 2 == sum(join.met is Met.JOINING for join in joins)
        assert guild.owner.id in {join.member_id for join in joins if join.met is Met.BACKFILL}
        [join] = await ledger.joins_of(guild.id, member.id)
        assert (Certainty.CONFIRMED, code) == (join.certainty, join.code)

    async def test_who_is_about_to_be_announced_is_left_to_their_event(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """A join whose event comes after the backfill is counted in its window as any other."""
        code = guild.add_invite(guild.channel("general"), by=guild.owner).code
        crowd(sandbox, guild, 3)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await first_reading(ledger, guild)
            sandbox.delay_events("GUILD_MEMBER_ADD", 0.4)
            member = await sandbox.join(code)
            await begin(bot, sandbox, guild)
            await finished(bot, guild)
            assert [] == await ledger.joins_of(guild.id, member.id)

            [join] = await decided_of(ledger, guild, member.id)

        assert (Met.JOINING, code) == (join.met, join.code)

    async def test_who_was_missed_is_left_to_the_search_for_them(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Somebody who joined while Usher was away belongs to that gap, however late it is."""
        code = guild.add_invite(guild.channel("general"), by=guild.owner).code
        crowd(sandbox, guild, 3)
        async with connected(ledger, sandbox, patience=FAST):
            await first_reading(ledger, guild)
        sandbox.advance(10)
        member = await sandbox.join(code)
        sandbox.advance(2 * MARGIN.total_seconds())
        sandbox.fail("GET", "/guilds/*/members", status=503, times=None)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            await finished(bot, guild)
            assert [] == await ledger.joins_of(guild.id, member.id)

            sandbox.clear_faults()
            [join] = await until(lambda: ledger.joins_of(guild.id, member.id))

        assert Met.GAP is join.met

    async def test_who_joined_in_the_minute_before_usher(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Nobody else would ever find them, however soon the backfill is."""
        late = guild.add_member("late", joined_at=sandbox.now() - 5)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await first_reading(ledger, guild)
            await begin(bot, sandbox, guild)
            await finished(bot, guild)

        [join] = await ledger.joins_of(guild.id, late.id)
        assert Met.BACKFILL is join.met

    async def test_who_was_missed_was_not_there_before_usher(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Somebody whose event was lost is found by a backfill, and it is not said of them that
        they came before Usher; without a name nothing is known of them.
        """
        guild.add_invite(guild.channel("general"), by=guild.owner)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await first_reading(ledger, guild)
            sandbox.lose_event("GUILD_MEMBER_ADD", 2)
            hidden = await sandbox.enter(guild)
            named = await sandbox.enter(guild)
            sandbox.misrecord(hidden, source="unknown")
            sandbox.advance(2 * MARGIN.total_seconds())
            baseline = await ledger.baseline(guild.id)
            await sandbox.enter(guild)
            await until(lambda: _moved_on(ledger, guild, baseline))
            sandbox.advance(2 * MARGIN.total_seconds())
            await begin(bot, sandbox, guild)
            await finished(bot, guild)

        [join] = await ledger.joins_of(guild.id, named.id)
        assert (Met.GAP, Certainty.CONFIRMED) == (join.met, join.certainty)
        [join] = await ledger.joins_of(guild.id, hidden.id)
        assert (Met.GAP, Certainty.UNKNOWN, Reason.GAP) == (join.met, join.certainty, join.reason)

    async def test_bots_are_told_apart(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """A bot from before Usher is written down as one."""
        robot = guild.add_member(user=sandbox.add_user("robot", bot=True))
        sandbox.advance(2 * MARGIN.total_seconds())

        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            await finished(bot, guild)

        assert {robot.id, sandbox.application.user.id} == {
            join.member_id for join in await backfilled(ledger, guild) if join.is_bot
        }

    async def test_again_only_when_asked(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches
    ) -> None:
        """A finished backfill that is begun once more reads everything anew, and writes no more."""
        crowd(sandbox, guild, 3)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            await finished(bot, guild)
            once = len(searches.pages)

            await begin(bot, sandbox, guild)
            await finished(bot, guild)

        assert 2 * once == len(searches.pages)
        there = early(sandbox, guild)
        assert there == {join.member_id for join in await backfilled(ledger, guild)}

    async def test_beginning_twice_is_beginning_once(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """Whoever asks while it is under way starts no second one."""
        crowd(sandbox, guild, pages.members(1.5))
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await asyncio.gather(*(begin(bot, sandbox, guild) for _ in range(5)))
            await begin(bot, sandbox, guild)
            await finished(bot, guild)

        assert 3 == len(searches.pages)


async def _moved_on(ledger: Ledger, guild: Guild, before: Baseline | None) -> bool:
    return await ledger.baseline(guild.id) != before


async def decided_of(ledger: Ledger, guild: Guild, member_id: int) -> list[JoinRecord]:
    async def ask() -> list[JoinRecord]:
        joins = await ledger.joins_of(guild.id, member_id)
        return [join for join in joins if join.certainty is not Certainty.PENDING]

    return await until(ask)


@on_both
class TestNoAnswer:
    async def test_indexing_is_waited_for(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches
    ) -> None:
        """A guild that is still being indexed is asked again until it answers."""
        crowd(sandbox, guild, 3)
        sandbox.index_delay = 0.3
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            progress = await told(bot, guild, lambda progress: progress.problem)
            assert progress.problem is not None
            assert not progress.problem.refused

            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members

        assert [True, False] == sorted({*map(_indexing, searches.answered)}, reverse=True)

    async def test_an_empty_record_is_not_the_end_of_it(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """A guild has a member at least, so an answer without any is none."""
        nobody = '{"guild_id": "1", "members": [], "total_result_count": 0}'
        sandbox.fail("POST", ANY_GUILD, status=200, body=nobody, times=2)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)

            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members > 0

    async def test_a_record_that_repeats_the_last_one_comes_to_its_end(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches
    ) -> None:
        """A page that brings only whom the one before ended with is the last."""

        def repeat(answered: int) -> None:
            if answered == 1:
                told = searches.answered[0].response
                body = json.dumps(told | {"members": told["members"][-1:]})
                sandbox.fail("POST", ANY_GUILD, status=200, body=body)

        searches.then = repeat
        guild.indexed_at = sandbox.now()
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await primed(sandbox)
            await begin(bot, sandbox, guild)
            backfill = await finished(bot, guild)

        assert (len(early(sandbox, guild)), 2) == (backfill.members, len(searches.answered))

    async def test_failures_are_asked_again_ever_more_rarely(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches
    ) -> None:
        """The waits grow, and an answer ends them."""
        crowd(sandbox, guild, 3)
        sandbox.index_delay = 1000
        slow = FAST._replace(backfill=(0.05, 60))
        async with connected(ledger, sandbox, patience=slow) as bot:
            await begin(bot, sandbox, guild)
            soon = datetime.now(UTC) + timedelta(seconds=30)
            progress = await told(
                bot, guild, lambda progress: progress.problem and progress.problem.again_at > soon
            )
            assert progress.problem is not None
            assert 2 == len(searches.answered)

            guild.indexed_at = sandbox.now()
            assert (await begin(bot, sandbox, guild)).problem is not None
            backfill = await finished(bot, guild)

        assert len(early(sandbox, guild)) == backfill.members

    async def test_an_answer_ends_the_waiting(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """What kept it waiting is forgotten with the next page, and so is how long it waited."""
        crowd(sandbox, guild, pages.members(2.5))
        guild.indexed_at = sandbox.now()

        def fail_again(answered: int) -> None:
            if answered == 3:
                sandbox.fail("POST", ANY_GUILD, status=503, times=1)

        searches.then = fail_again
        slow = FAST._replace(page=0.5, backfill=(0.05, 60))
        async with connected(ledger, sandbox, patience=slow) as bot:
            await primed(sandbox)
            sandbox.fail("POST", ANY_GUILD, status=503, times=1)
            await begin(bot, sandbox, guild)
            await told(bot, guild, lambda progress: progress.problem)
            await told(
                bot,
                guild,
                lambda progress: (
                    progress.backfill.mark
                    and (progress.problem, progress.backfill.finished_at) == (None, None)
                ),
            )
            waits = await told(
                bot, guild, lambda progress: progress.backfill.members and progress.problem
            )
            assert waits.seconds_left is None, "waiting is no pace"
            await finished(bot, guild)

    @pytest.mark.parametrize(
        "refuse",
        [
            pytest.param(
                lambda box: setattr(box, "record_absent", True),
                id="absent",
                marks=pytest.mark.on_discord,  # Fluxer answers that it is empty: no refusal
            ),
            pytest.param(
                lambda box: box.fail("POST", ANY_GUILD, status=403, code=50013, times=None),
                id="refused",
            ),
        ],
    )
    async def test_a_refusal_is_asked_again_only_when_somebody_wants(
        self,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        searches: Searches,
        refuse: Callable[[Sandbox], None],
    ) -> None:
        """Refused for good, it waits for an hour, or for the next who asks."""
        crowd(sandbox, guild, 3)
        guild.indexed_at = sandbox.now()
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await primed(sandbox)
            refuse(sandbox)
            await begin(bot, sandbox, guild)
            progress = await told(bot, guild, lambda progress: progress.problem)
            assert progress.problem is not None
            assert progress.problem.refused
            await asyncio.sleep(0.3)
            assert 1 == len(searches.answered)

            sandbox.clear_faults()
            sandbox.record_absent = False
            await begin(bot, sandbox, guild)
            backfill = await finished(bot, guild)

        assert len(early(sandbox, guild)) == backfill.members

    async def test_without_the_permission_nothing_is_asked(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """A permission that was taken away is seen before asking, and it goes on with it."""
        assert guild.me is not None
        crowd(sandbox, guild, 3)
        role = guild.roles_by_id[guild.me.roles[0]]
        guild.change_role(role, permissions=LEAST & ~Permission.MANAGE_GUILD)
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            progress = await told(bot, guild, lambda progress: progress.problem)
            assert progress.problem is not None
            assert "Manage Server is missing" == progress.problem.detail
            assert progress.problem.refused
            assert 0 == sandbox.count("POST", SEARCH)

            guild.change_role(role, permissions=LEAST)
            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members


async def waits_quietly(bot: Usher, guild: Guild) -> None:
    """It is not even tried."""
    progress = await bot.backfiller.progress(guild.id)
    assert progress is not None
    assert (None, None) == (progress.problem, progress.backfill.finished_at)


@on_both
class TestGuilds:
    async def test_two_guilds_take_turns(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """A large guild does not keep another waiting until it is through."""
        other = a_guild(sandbox, "Bay")
        for one in (guild, other):
            crowd(sandbox, one, pages.members(3.5))
        async with connected(ledger, sandbox, patience=FAST) as bot:
            for one in (guild, other):
                await begin(bot, sandbox, one)
            for one in (guild, other):
                assert len(early(sandbox, one)) == (await finished(bot, one)).members

        assert {guild.id, other.id} == {*searches.guilds[:4]}

    async def test_few_requests_are_in_flight(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Of many guilds at once, two are asked about at the same moment."""
        guilds = [guild, *(a_guild(sandbox, f"Bay {number}") for number in range(4))]
        for one in guilds:
            one.indexed_at = sandbox.now()
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await primed(sandbox, len(guilds))
            before = sandbox.count("POST", SEARCH)
            sandbox.fail("POST", ANY_GUILD, hang=True, times=None)
            for one in guilds:
                await begin(bot, sandbox, one)

            async def asked() -> bool:
                return sandbox.count("POST", SEARCH) - before >= 2

            await until(asked)
            await asyncio.sleep(0.2)

            assert 2 == sandbox.count("POST", SEARCH) - before

    async def test_a_guild_that_usher_left_is_left_alone(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """Removed in the middle, nothing is asked; added again, it goes on where it was."""
        ids = crowd(sandbox, guild, pages.members(1.5))
        searches.then = lambda answered: guild.remove_bot() if answered == 1 else None
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await first_reading(ledger, guild)
            await begin(bot, sandbox, guild)
            await told(bot, guild, lambda progress: progress.backfill.members)
            await asyncio.sleep(0.3)
            await waits_quietly(bot, guild)
            assert 1 == len(searches.answered)

            guild.welcome_bot()
            backfill = await finished(bot, guild)

        assert len(early(sandbox, guild)) == backfill.members
        assert [None, ids[pages.first - 1]] == [after for _, after in searches.pages][:2]

    async def test_an_outage_is_waited_for(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches, pages: Pages
    ) -> None:
        """A guild that is gone for a while is not asked about meanwhile."""
        crowd(sandbox, guild, pages.members(1.5))
        searches.then = lambda answered: guild.outage() if answered == 1 else None
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            await told(bot, guild, lambda progress: progress.backfill.members)
            await asyncio.sleep(0.3)
            await waits_quietly(bot, guild)
            assert 1 == len(searches.answered)

            guild.recover()
            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members

    async def test_a_guild_that_comes_back_is_asked_at_once(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Whatever it waited for, a guild that was gone may answer now."""
        sandbox.record_absent = True
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            await told(bot, guild, lambda progress: progress.problem)
            sandbox.record_absent = False
            guild.outage()
            guild.recover()

            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members

    async def test_a_start_without_the_guild_asks_nothing(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, searches: Searches
    ) -> None:
        """An unfinished backfill of a guild that is not there yet waits for it."""
        crowd(sandbox, guild, 3)
        await ledger.begin_backfill(guild.id, MODERATOR, datetime.fromtimestamp(sandbox.now(), UTC))
        sandbox.add_guild("Bay")
        guild.outage()
        async with connected(ledger, sandbox, patience=FAST) as bot:
            await asyncio.sleep(0.2)
            await waits_quietly(bot, guild)
            assert [] == searches.answered

            guild.recover()
            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members


@on_both
class TestFollow:
    async def test_whoever_follows_hears_until_it_is_finished(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, pages: Pages
    ) -> None:
        """What is told grows page by page, with an estimate once there is a pace."""
        crowd(sandbox, guild, pages.members(4.5))
        heard: list[tuple[Progress, bool]] = []

        async def tell(progress: Progress, more: bool) -> None:
            heard.append((progress, more))

        patience = FAST._replace(page=0.1, told=0.01)
        async with connected(ledger, sandbox, patience=patience) as bot:
            await begin(bot, sandbox, guild)
            bot.backfiller.follow(guild.id, MODERATOR, tell)
            await finished(bot, guild)

            async def last() -> bool:
                return heard[-1][0].backfill.finished_at is not None

            await until(last)

        members = [progress.backfill.members for progress, _ in heard]
        assert sorted(members) == members
        assert (0, len(early(sandbox, guild))) == (members[0], members[-1])
        assert {True} == {more for _, more in heard}
        left = {p.backfill.members: p.seconds_left for p, _ in heard if p.seconds_left is not None}
        assert min(left) >= pages.first + pages.further, "one page is no pace"

    async def test_it_ends_after_a_while(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """The last thing told is that no more will be, while the backfill goes on."""
        sandbox.index_delay = 1000
        heard: list[bool] = []

        async def tell(_: Progress, more: bool) -> None:
            heard.append(more)

        patience = FAST._replace(followed=0.3)
        async with connected(ledger, sandbox, patience=patience) as bot:
            await begin(bot, sandbox, guild)
            bot.backfiller.follow(guild.id, MODERATOR, tell)

            async def last() -> bool:
                return heard[-1:] == [False]

            await until(last)
            told_by_then = len(heard)
            await asyncio.sleep(0.2)

        assert 1 == heard.count(False)
        assert told_by_then == len(heard)

    async def test_nothing_new_is_not_told(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """While it waits, the message is left as it is."""
        sandbox.index_delay = 1000
        heard: list[Progress] = []

        async def tell(progress: Progress, _: bool) -> None:
            heard.append(progress)

        async with connected(ledger, sandbox, patience=FAST._replace(backfill=(60,))) as bot:
            await begin(bot, sandbox, guild)
            bot.backfiller.follow(guild.id, MODERATOR, tell)

            async def waits() -> object:
                return heard and heard[-1].problem

            await until(waits)
            await asyncio.sleep(0.3)

        assert len(heard) <= 2

    async def test_only_the_latest_message_of_somebody_is_changed(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Asking often does not make many messages change; what others asked for still does."""
        sandbox.index_delay = 1000
        heard: list[str] = []

        def teller(name: str) -> Callable[[Progress, bool], Any]:
            async def tell(_: Progress, __: bool) -> None:
                heard.append(name)

            return tell

        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            for who, name in ((1, "old"), (2, "other"), (1, "new")):
                bot.backfiller.follow(guild.id, who, teller(name))

            async def often() -> bool:
                return heard.count("new") > 3 and heard.count("other") > 3

            await until(often)

        assert heard.count("old") <= 1

    async def test_a_message_that_is_gone_harms_nothing(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Whoever closed the message is told nothing more, and the backfill goes on."""
        crowd(sandbox, guild, 1500)
        tries: list[Progress] = []

        async def tell(progress: Progress, _: bool) -> None:
            tries.append(progress)
            raise ConnectionError

        async with connected(ledger, sandbox, patience=FAST) as bot:
            await begin(bot, sandbox, guild)
            bot.backfiller.follow(guild.id, MODERATOR, tell)
            assert len(early(sandbox, guild)) == (await finished(bot, guild)).members

        assert 1 == len(tries)

    async def test_nothing_to_follow(self, usher: Usher, guild: Guild) -> None:
        """Where nothing goes on there is nothing to be told."""

        async def tell(_: Progress, __: bool) -> None:
            raise AssertionError

        usher.backfiller.follow(guild.id, MODERATOR, tell)

        assert await usher.backfiller.progress(guild.id) is None

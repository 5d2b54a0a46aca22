"""Joins, leaves and invites as they really happen: on the sandbox, through the real discord.py."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.attribution import Lags
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason, InviteRecord, JoinRecord, Met, Reason, Source
from tests.bot.admitted import Said, admitted
from tests.harness import connected, decided, first_reading, on_both, until

pytestmark = on_both

LIST = "/guilds/{guild_id}/invites"

CERTAIN, AMBIGUOUS, UNKNOWN = Certainty.CERTAIN, Certainty.AMBIGUOUS, Certainty.UNKNOWN


def said(join: JoinRecord) -> Said:
    """The certainty, and the code, ~source, candidates or reason that goes with it."""
    match join.certainty:
        case Certainty.CERTAIN:
            plain = join.source is Source.INVITE
            return join.certainty, join.code if plain else join.source.candidate
        case Certainty.AMBIGUOUS:
            return join.certainty, set(join.candidates)
        case _:
            return join.certainty, join.reason


async def ended(ledger: Ledger, guild: Guild, code: str, reason: EndReason) -> InviteRecord:
    async def ask() -> InviteRecord | None:
        record = await ledger.invite(guild.id, code)
        return record if record is not None and record.end_reason is reason else None

    return await until(ask)


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with three invites from before Usher, the last of them for one use."""
    guild = sandbox.add_guild("Harbour")
    general, inviter = guild.channel("general"), guild.owner
    guild.add_invite(general, by=inviter, uses=3)
    guild.add_invite(general, by=inviter, uses=41)
    guild.add_invite(general, by=inviter, max_uses=1)
    return guild


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


@pytest.mark.usefixtures("usher")
class TestJoins:
    """What explains a join while everything works."""

    async def test_alone(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """One person and one counter that rose by one: certain, and credited to the inviter."""
        await first_reading(ledger, guild)

        member = await sandbox.join(codes[0])

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, codes[0]) == said(join)
        assert (member.id, guild.owner.id) == (join.member_id, join.credited_id)

    async def test_alone_costs_one_list(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A join alone is explained by one list request."""
        await first_reading(ledger, guild)
        before = sandbox.count("GET", LIST)

        await sandbox.join(codes[0])
        await decided(ledger, guild, 1)

        assert before + 1 == sandbox.count("GET", LIST)

    async def test_burst_shares_the_lists(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A hundred people on one code at once are all certain, for a handful of requests."""
        await first_reading(ledger, guild)
        before = sandbox.count("GET", LIST)

        for _ in range(100):
            await sandbox.join(codes[0])

        joins = await decided(ledger, guild, 100)
        assert [(CERTAIN, codes[0])] * 100 == [said(join) for join in joins]
        assert sandbox.count("GET", LIST) - before <= 5

    async def test_two_codes_at_once(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Two people on two codes in one breath: it was one of these two, and no guess is made."""
        await first_reading(ledger, guild)

        for code in codes[:2]:
            await sandbox.join(code)

        joins = await decided(ledger, guild, 2)
        assert [(AMBIGUOUS, set(codes[:2]))] * 2 == [said(join) for join in joins]

    @pytest.mark.parametrize("order", ["delete first", "join first"])
    async def test_last_use(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], order: str
    ) -> None:
        """The use that ends an invite is certain, whichever event comes first."""
        sandbox.exhaustion_order = order
        await first_reading(ledger, guild)

        await sandbox.join(codes[2])

        [join] = await decided(ledger, guild, 1)
        assert admitted(sandbox, (CERTAIN, codes[2]), codes) == said(join)
        record = await ended(ledger, guild, codes[2], EndReason.EXHAUSTED)
        assert 1 == record.invite.uses

    async def test_created_and_used_up_before_any_list(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """An invite that no list ever showed explains its join all the same."""
        await first_reading(ledger, guild)
        await asyncio.sleep(1.1)  # the platform tells its time in whole seconds

        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1)
        await sandbox.join(invite.code)

        [join] = await decided(ledger, guild, 1)
        assert admitted(sandbox, (CERTAIN, invite.code), codes) == said(join)

    async def test_other_sources(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Somebody whom no counter saw came some other way."""
        await first_reading(ledger, guild)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert admitted(sandbox, (CERTAIN, "~other"), codes) == said(join)

    async def test_a_bot_is_not_a_use(self, sandbox: Sandbox, guild: Guild, ledger: Ledger) -> None:
        """A bot was added by somebody, whom the audit log names; no list is read for it."""
        await first_reading(ledger, guild)
        before = sandbox.count("GET", LIST)

        await sandbox.add_bot(guild, by=guild.owner)

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, "~bot") == said(join)
        assert guild.owner.id == join.actor_id
        assert before == sandbox.count("GET", LIST)

    async def test_announced_twice(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """The same join announced twice is one; joining again is another."""
        await first_reading(ledger, guild)

        member = await sandbox.join(codes[0])
        sandbox.announce_twice(member)
        await decided(ledger, guild, 1)
        await sandbox.leave(member)
        await sandbox.rejoin(member.user, codes[0])

        joins = await decided(ledger, guild, 2)
        assert [1, 2] == [join.number for join in joins]
        assert [(CERTAIN, codes[0])] * 2 == [said(join) for join in joins]
        assert [True, False] == [join.left_at is not None for join in joins]

    @pytest.mark.counts_every_use  # elsewhere whatever stood still may explain them: no wait
    async def test_late_counter_is_waited_for(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """While lists explain fewer joins than happened, they are read again before deciding."""
        await first_reading(ledger, guild)
        sandbox.counter_lag = 0.25  # longer than the lag that the test's settings admit

        await sandbox.join(codes[0])

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, codes[0]) == said(join)

    async def test_what_was_used_before_usher_is_kept_apart(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Uses from before the first reading are nobody's join."""
        await first_reading(ledger, guild)

        await sandbox.join(codes[1])
        await decided(ledger, guild, 1)

        record = await ledger.invite(guild.id, codes[1])
        assert record is not None
        assert (41, 42) == (record.uses_before, record.invite.uses)


@pytest.mark.usefixtures("usher")
class TestVanity:
    @pytest.fixture
    def guild(self, sandbox: Sandbox) -> Guild:
        return sandbox.add_guild("Harbour", features=("VANITY_URL",), vanity="harbour")

    async def test_vanity(self, sandbox: Sandbox, guild: Guild, ledger: Ledger) -> None:
        """The vanity URL has a counter of its own."""
        await first_reading(ledger, guild)

        await sandbox.join("harbour")

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, "~vanity") == said(join)
        assert "harbour" == join.code

    async def test_discovery_in_a_vanity_guild(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Nothing moved is not the vanity URL: its counter did not move either."""
        await first_reading(ledger, guild)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert admitted(sandbox, (CERTAIN, "~other"), ["~vanity"]) == said(join)

    async def test_vanity_without_an_answer(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """A vanity counter that does not answer may have moved, and says nothing of the list."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/vanity-url", status=403, code=50001, times=None)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert (AMBIGUOUS, {"~vanity", "~other"}) == said(join)


@pytest.mark.usefixtures("usher")
class TestNoAnswer:
    """A platform that refuses, fails or answers nonsense changes no baseline."""

    async def test_failed_lists_are_not_empty_lists(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """After a failed list the next one decides, against the old baseline."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/invites", status=503, times=1)

        await sandbox.join(codes[0])

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, codes[0]) == said(join)

    @pytest.mark.parametrize(
        "fault",
        [
            pytest.param({"status": 503}, id="server fault"),
            pytest.param({"status": 200, "body": "<html>", "content_type": "text/html"}, id="html"),
            pytest.param({"status": 200, "body": '{"message": "hm"}'}, id="no list"),
            pytest.param({"status": 200, "body": '[{"uses": "many"}]'}, id="garbage in the list"),
            pytest.param({"drop": True}, id="dropped connection"),
        ],
    )
    async def test_unknown_until_there_is_an_answer(
        self,
        sandbox: Sandbox,
        guild: Guild,
        ledger: Ledger,
        codes: list[str],
        fault: dict[str, object],
    ) -> None:
        """Moderators read "no answer" meanwhile; the first good list decides after all."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/invites", times=None, **fault)

        await sandbox.join(codes[0])
        [join] = await decided(ledger, guild, 1)
        assert (UNKNOWN, Reason.NO_ANSWER) == said(join)
        sandbox.clear_faults()

        async def settled() -> JoinRecord | None:
            [join] = await decided(ledger, guild, 1)
            return join if join.certainty is CERTAIN else None

        assert codes[0] == (await until(settled)).code

    async def test_counters_withheld(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A list without uses is no reading: not zero, and not a new baseline."""
        await first_reading(ledger, guild)
        body = f'[{{"code": "{codes[0]}", "type": 0}}]'
        sandbox.fail("GET", "/guilds/*/invites", status=200, body=body)

        await sandbox.join(codes[0])

        [join] = await decided(ledger, guild, 1)
        assert (UNKNOWN, Reason.NO_PERMISSION) == said(join)
        baseline = await ledger.baseline(guild.id)
        assert baseline is not None
        assert 3 == baseline.counters[codes[0]].uses

    async def test_the_audit_log_does_not_answer(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """If a revocation cannot be ruled out, a vanished invite is a candidate and no more."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/audit-logs", status=403, times=None)

        await sandbox.join(codes[2])

        [join] = await decided(ledger, guild, 1)
        assert admitted(sandbox, (AMBIGUOUS, {codes[2], "~other"}), codes) == said(join)


@pytest.mark.usefixtures("usher")
class TestInvites:
    """Created and ended by anybody."""

    async def test_revoked_by_somebody(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Who revoked an invite is known from the audit log, and its last use is not assumed."""
        moderator = guild.add_member("moderator")
        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1)
        await first_reading(ledger, guild)

        guild.revoke_invite(invite.code, by=moderator)
        record = await ended(ledger, guild, invite.code, EndReason.REVOKED)
        await asyncio.sleep(0.3)  # longer than the lag of events: nobody can still be on the way
        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert moderator.id == record.ended_by
        assert admitted(sandbox, (CERTAIN, "~other"), codes) == said(join)

    async def test_revocation_found_in_the_audit_log(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A revocation whose event was lost is looked up before an invite counts as used up."""
        moderator = guild.add_member("moderator")
        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1)
        await first_reading(ledger, guild)
        sandbox.lose_event("GUILD_AUDIT_LOG_ENTRY_CREATE")
        if sandbox.platform == "fluxer":  # where an invite's own event says that it was revoked
            sandbox.lose_event("INVITE_DELETE")

        guild.revoke_invite(invite.code, by=moderator)
        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        record = await ended(ledger, guild, invite.code, EndReason.REVOKED)
        assert admitted(sandbox, (AMBIGUOUS, {invite.code, "~other"}), codes) == said(join)
        assert moderator.id == record.ended_by

    async def test_expired_without_a_word(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Expiry sends no event and is noticed all the same."""
        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_age=60)
        await first_reading(ledger, guild)

        sandbox.advance(120)
        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        await ended(ledger, guild, invite.code, EndReason.EXPIRED)
        assert admitted(sandbox, (AMBIGUOUS, {invite.code, "~other"}), codes) == said(join)

    async def test_gone_with_its_channel(self, guild: Guild, ledger: Ledger) -> None:
        """A deleted channel takes its invites along."""
        channel = guild.add_channel("partners")
        invite = guild.create_invite(channel, by=guild.owner)
        await until(lambda: ledger.invite(guild.id, invite.code))

        guild.delete_channel(channel)

        await ended(ledger, guild, invite.code, EndReason.CHANNEL_DELETED)

    async def test_leaving_of_somebody_from_before(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """A member who was there before Usher is written down when leaving."""
        member = guild.add_member("old hand")

        await sandbox.leave(member)

        async def gone() -> list[JoinRecord] | None:
            return await ledger.joins_of(guild.id, member.id) or None

        [join] = await until(gone)
        assert join.joined_at is None
        assert join.left_at is not None


class TestGaps:
    """What Usher did not see, it does not know."""

    async def test_no_permission(self, ledger: Ledger, sandbox: Sandbox) -> None:
        """Without Manage Server the joins are unknown, nothing is asked, and nothing is guessed."""
        guild = sandbox.add_guild("Island", bot_permissions=Permission.VIEW_CHANNEL)
        async with connected(ledger, sandbox):
            await sandbox.enter(guild)

            [join] = await decided(ledger, guild, 1)

        assert (UNKNOWN, Reason.NO_PERMISSION) == said(join)
        assert 0 == sandbox.count("GET", LIST)

    async def test_before_the_first_reading(self, ledger: Ledger, sandbox: Sandbox) -> None:
        """Somebody who came before the first list can only be unknown."""
        guild = sandbox.add_guild("Harbour")
        invite = guild.add_invite(guild.channel("general"), by=guild.owner)
        sandbox.fail("GET", "/guilds/*/invites", delay=0.3)
        async with connected(ledger, sandbox):
            await sandbox.join(invite.code)

            [join] = await decided(ledger, guild, 1)

        assert (UNKNOWN, Reason.NO_BASELINE) == said(join)

    async def test_pending_joins_survive_a_restart(
        self, ledger: Ledger, codes: list[str], sandbox: Sandbox, guild: Guild
    ) -> None:
        """A join that was undecided when Usher stopped is decided after the next start."""
        invite = guild.add_invite(guild.channel("general"), by=guild.owner)
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        async with connected(ledger, sandbox, Lags(event=60, counter=60)):
            await sandbox.join(invite.code)
            await until(lambda: ledger.pending(guild.id))

        async with connected(ledger, sandbox):
            [join] = await decided(ledger, guild, 1)

        assert admitted(sandbox, (AMBIGUOUS, {invite.code, "~other", "~unknown"}), codes) == said(
            join
        )

    async def test_uses_while_down_are_not_the_next_persons(
        self, ledger: Ledger, codes: list[str], sandbox: Sandbox, guild: Guild
    ) -> None:
        """Uses of people who came while Usher was down are carried over to nobody."""
        invite = guild.add_invite(guild.channel("general"), by=guild.owner)
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        await sandbox.join(invite.code)

        async with connected(ledger, sandbox):

            async def read() -> bool:
                baseline = await ledger.baseline(guild.id)
                return baseline is not None and baseline.counters[invite.code].uses == 1

            await until(read)
            await sandbox.enter(guild, source="discovery")
            _, join = await decided(ledger, guild, 2)

        assert admitted(sandbox, (CERTAIN, "~other"), [*codes, invite.code]) == said(join)

    @pytest.mark.usefixtures("usher")
    async def test_resumed_connection(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """Events replayed after a broken connection are late, and decide nothing wrongly."""
        await first_reading(ledger, guild)

        sandbox.drop_gateway()
        await sandbox.join(codes[0])

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, codes[0]) == said(join)

    @pytest.mark.usefixtures("usher")
    async def test_lost_session(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """After a session that could not be resumed, the guild is read again, with a gap."""
        await first_reading(ledger, guild)
        lists = sandbox.count("GET", LIST)
        sandbox.refuse_resume()

        sandbox.drop_gateway()
        await sandbox.join(codes[0])  # no event will ever tell

        async def read_again() -> bool:
            baseline = await ledger.baseline(guild.id)
            known = baseline is not None and baseline.counters[codes[0]].uses == 4
            return known and sandbox.count("GET", LIST) > lists

        await until(read_again, limit=20)
        await sandbox.enter(guild, source="discovery")
        found, later = await decided(ledger, guild, 2)
        assert Met.GAP is found.met
        assert admitted(sandbox, (CERTAIN, "~other"), codes) == said(later)

    async def test_permission_granted_later(self, ledger: Ledger, sandbox: Sandbox) -> None:
        """As soon as Usher may read the list it does, without waiting for somebody to join."""
        guild = sandbox.add_guild("Island", bot_permissions=Permission.VIEW_CHANNEL)
        invite = guild.add_invite(guild.channel("general"), by=guild.owner)
        assert guild.me is not None
        own = next(role for role in guild.roles if role.id in guild.me.roles)
        async with connected(ledger, sandbox):
            guild.change_role(own, permissions=int(LEAST))
            await first_reading(ledger, guild)

            await sandbox.join(invite.code)
            [join] = await decided(ledger, guild, 1)

        assert (CERTAIN, invite.code) == said(join)

    @pytest.mark.usefixtures("usher")
    async def test_outage_of_the_guild(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """After an outage the list is read again; who came meanwhile is not the next person."""
        await first_reading(ledger, guild)
        lists = sandbox.count("GET", LIST)
        guild.outage()
        guild.recover()

        async def read_again() -> bool:
            return sandbox.count("GET", LIST) > lists

        await until(read_again)
        await asyncio.sleep(0.3)  # until that reading is the baseline
        await sandbox.join(codes[0])

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, codes[0]) == said(join)

    async def test_a_start_without_an_answer_is_tried_again(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """A first reading that fails is asked for again, though nobody joins."""
        sandbox.fail("GET", "/guilds/*/invites", status=503, times=2)

        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)

    async def test_removed_and_added_again(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A guild that Usher was removed from is forgotten in memory, not in the ledger."""
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
            await sandbox.join(codes[0])
            await decided(ledger, guild, 1)

            guild.remove_bot()

            joins, total = await ledger.joins(guild.id)

        assert (1, codes[0]) == (total, joins[0].code)


@pytest.mark.usefixtures("usher")
class TestLedgerFaults:
    """What happened is written down as soon as it can be."""

    async def test_locked_ledger(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], tmp_path: Path
    ) -> None:
        """Joins that cannot be written down while another program holds the file are not lost."""
        await first_reading(ledger, guild)
        other = sqlite3.connect(
            tmp_path / "usher.db", isolation_level=None, check_same_thread=False
        )
        with closing(other):
            # In a thread: the writer needs the event loop to finish what it holds the lock for.
            await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
            await sandbox.join(codes[0])
            await asyncio.sleep(0.3)
            other.execute("ROLLBACK")

        [join] = await decided(ledger, guild, 1)
        assert (CERTAIN, codes[0]) == said(join)

"""Events that never came: no verdict is certain because of one that was lost."""

import asyncio

import pytest

from bot.platforms import trail
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Channel, Invite
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason, InviteRecord, JoinRecord, Reason
from tests.harness import connected, decided, first_reading, until

AUDIT_LOG = "/guilds/{guild_id}/audit-logs"
CHANNELS = "/guilds/{guild_id}/channels"


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with a plain invite, and with one for a single use alone in another channel."""
    guild = sandbox.add_guild("Harbour")
    guild.add_invite(guild.channel("general"), by=guild.owner)
    guild.add_invite(guild.add_channel("side"), by=guild.owner, max_uses=1)
    return guild


@pytest.fixture
def side(guild: Guild) -> Channel:
    return guild.channel("side")


@pytest.fixture
def plain(guild: Guild) -> Invite:
    return next(iter(guild.invites.values()))


@pytest.fixture
def single(guild: Guild) -> Invite:
    *_, single = guild.invites.values()
    return single


async def ended(ledger: Ledger, guild: Guild, code: str) -> InviteRecord:
    async def ask() -> InviteRecord | None:
        record = await ledger.invite(guild.id, code)
        return record if record is not None and record.end_reason is not None else None

    return await until(ask)


def may_be(join: JoinRecord, *candidates: str) -> bool:
    return join.certainty is Certainty.AMBIGUOUS and set(candidates) == set(join.candidates)


@pytest.mark.usefixtures("usher")
class TestUsedUp:
    """An invite that vanished has run out only if nothing else can have ended it."""

    async def test_the_channel_went_unheard(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel, single: Invite
    ) -> None:
        """Its channel is looked for; without it nothing says that somebody used the invite."""
        await first_reading(ledger, guild)
        sandbox.lose_event("CHANNEL_DELETE")
        guild.delete_channel(side)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, single.code, "~other")
        assert EndReason.CHANNEL_DELETED is (await ended(ledger, guild, single.code)).end_reason

    async def test_the_channel_was_never_heard_of(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Likewise of a channel that came and went with an invite that no list showed."""
        await first_reading(ledger, guild)
        await asyncio.sleep(1.1)  # the platform tells its time in whole seconds
        sandbox.lose_event("CHANNEL_CREATE")
        fresh = guild.add_channel("fresh")
        code = guild.create_invite(fresh, by=guild.owner, max_uses=1).code
        guild.delete_channel(fresh)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, "~other")

    async def test_several_went_at_once(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel, single: Invite
    ) -> None:
        """All invites of the channel ended with it, whatever their limit."""
        await first_reading(ledger, guild)
        plain = guild.create_invite(side, by=guild.owner)
        sandbox.lose_event("CHANNEL_DELETE")
        guild.delete_channel(side)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, single.code, plain.code, "~other")
        assert EndReason.CHANNEL_DELETED is (await ended(ledger, guild, plain.code)).end_reason

    async def test_the_channel_is_there(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, single: Invite
    ) -> None:
        """The last use is certain, and costs one look at the channels."""
        await first_reading(ledger, guild)

        await sandbox.join(single.code)

        [join] = await decided(ledger, guild, 1)
        assert (Certainty.CERTAIN, single.code) == (join.certainty, join.code)
        assert 1 == sandbox.count("GET", CHANNELS)

    async def test_a_neighbour_shows_the_channel(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel, single: Invite
    ) -> None:
        """Where the list still shows an invite of the same channel nothing is asked."""
        await first_reading(ledger, guild)
        guild.create_invite(side, by=guild.owner)

        await sandbox.join(single.code)

        [join] = await decided(ledger, guild, 1)
        assert (Certainty.CERTAIN, single.code) == (join.certainty, join.code)
        assert 0 == sandbox.count("GET", CHANNELS)

    async def test_no_answer(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, single: Invite
    ) -> None:
        """If it cannot be looked for it may be gone."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/channels", status=403, times=None)

        await sandbox.join(single.code)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, single.code, "~other")
        assert EndReason.UNKNOWN is (await ended(ledger, guild, single.code)).end_reason

    async def test_more_revocations_than_a_page(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel
    ) -> None:
        """Whatever the audit log's first page lacks stands on the next."""
        await first_reading(ledger, guild)
        codes = {
            guild.create_invite(side, by=guild.owner, max_uses=1).code
            for _ in range(trail.PAGE + 1)
        }
        sandbox.delay_events("GUILD_AUDIT_LOG_ENTRY_CREATE", 30)
        for code in codes:
            guild.revoke_invite(code, by=guild.owner)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, *codes, "~other")

    async def test_a_log_that_is_too_long(
        self,
        sandbox: Sandbox,
        guild: Guild,
        ledger: Ledger,
        single: Invite,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """What may stand further back in the audit log than it is read may have happened."""
        monkeypatch.setattr(trail, "MOST_PAGES", 1)
        await first_reading(ledger, guild)
        sandbox.delay_events("GUILD_AUDIT_LOG_ENTRY_CREATE", 30)
        sandbox.lose_event("INVITE_DELETE")  # or it is known to have ended before somebody came
        guild.revoke_invite(single.code, by=guild.owner)
        for _ in range(trail.PAGE):
            more = guild.create_invite(guild.channel("general"), by=guild.owner)
            guild.revoke_invite(more.code, by=guild.owner)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert Certainty.AMBIGUOUS is join.certainty
        assert {single.code, "~other"} <= set(join.candidates)


@pytest.mark.usefixtures("usher")
class TestUnseen:
    """Before somebody came some other way, invites that nobody told of are looked for."""

    async def used(self, sandbox: Sandbox, guild: Guild) -> str:
        code = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1).code
        await sandbox.join(code)
        return code

    async def test_neither_made_nor_used_up(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """An invite of which neither event came is a candidate: the audit log has it."""
        await first_reading(ledger, guild)
        for name in ("INVITE_CREATE", "INVITE_DELETE"):
            sandbox.lose_event(name)

        code = await self.used(sandbox, guild)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, "~other")

    async def test_the_permission_went_unheard(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Likewise where invites are not announced any more and that was not, either."""
        await first_reading(ledger, guild)
        assert guild.me is not None
        own = next(role for role in guild.roles if role.bot_id is not None)
        sandbox.lose_event("GUILD_ROLE_UPDATE")
        guild.change_role(own, permissions=int(own.permissions & ~Permission.MANAGE_CHANNELS))

        code = await self.used(sandbox, guild)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, "~other")

    async def test_beside_a_use(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """Of two people one may have come by it, also if the other's use is known."""
        await first_reading(ledger, guild)
        for name in ("INVITE_CREATE", "INVITE_DELETE"):
            sandbox.lose_event(name)

        code = await self.used(sandbox, guild)
        await sandbox.join(plain.code)

        joins = await decided(ledger, guild, 2)
        assert all(may_be(join, code, plain.code, "~other") for join in joins)

    async def test_beside_one_that_is_gone(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """It is a candidate also if another that is gone may explain the join."""
        await first_reading(ledger, guild)
        for name in ("INVITE_CREATE", "INVITE_DELETE"):
            sandbox.lose_event(name)

        code = await self.used(sandbox, guild)
        guild.revoke_invite(plain.code, by=guild.owner)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, plain.code, "~other")

    async def test_all_that_was_made_is_known(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Invites whose events came leave it certain, whether they live or are gone."""
        await first_reading(ledger, guild)
        await self.used(sandbox, guild)
        await decided(ledger, guild, 1)
        asked = sandbox.count("GET", AUDIT_LOG)
        guild.create_invite(guild.channel("general"), by=guild.owner)

        await sandbox.enter(guild, source="discovery")

        _, join = await decided(ledger, guild, 2)
        assert (Certainty.CERTAIN, "~other") == (join.certainty, join.source.candidate)
        assert asked + 1 == sandbox.count("GET", AUDIT_LOG)

    async def test_made_before_the_window(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """An invite that was over before the window began explains nobody in it."""
        await first_reading(ledger, guild)
        for name in ("INVITE_CREATE", "INVITE_DELETE"):
            sandbox.lose_event(name)
        await self.used(sandbox, guild)
        await decided(ledger, guild, 1)
        sandbox.advance(10)
        await sandbox.join(plain.code)
        await decided(ledger, guild, 2)
        sandbox.advance(10)

        await sandbox.enter(guild, source="discovery")

        *_, join = await decided(ledger, guild, 3)
        assert (Certainty.CERTAIN, "~other") == (join.certainty, join.source.candidate)

    async def test_no_answer(self, sandbox: Sandbox, guild: Guild, ledger: Ledger) -> None:
        """If the audit log fails an invite may have been hidden."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/audit-logs", status=200, body="[]", times=None)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert (Certainty.UNKNOWN, Reason.HIDDEN_INVITES) == (join.certainty, join.reason)

    async def test_an_ordinary_join_asks_nothing(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """Where the counters explain everybody there is no question but for them."""
        await first_reading(ledger, guild)

        await sandbox.join(plain.code)

        await decided(ledger, guild, 1)
        assert 0 == sandbox.count("GET", AUDIT_LOG) + sandbox.count("GET", CHANNELS)


async def test_without_the_audit_log_events_have_to_do(ledger: Ledger, sandbox: Sandbox) -> None:
    """Where it may not be read nobody asks, and who came some other way is certain as ever."""
    may = LEAST & ~Permission.VIEW_AUDIT_LOG
    guild = sandbox.add_guild("Island", bot_permissions=may)
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)

    assert (Certainty.CERTAIN, "~other") == (join.certainty, join.source.candidate)
    assert 0 == sandbox.count("GET", AUDIT_LOG)


class TestAway:
    """What happened while Usher was away is looked up when it is back."""

    async def test_revoked_while_away(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, plain: Invite, single: Invite
    ) -> None:
        """Who revoked which invite is known though nobody joins, for one request."""
        moderator = guild.add_member("moderator")
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        for code in (plain.code, single.code):
            guild.revoke_invite(code, by=moderator)

        async with connected(ledger, sandbox):
            records = [await ended(ledger, guild, code) for code in (plain.code, single.code)]

        known = {(record.end_reason, record.ended_by) for record in records}
        assert {(EndReason.REVOKED, moderator.id)} == known
        assert 1 == sandbox.count("GET", AUDIT_LOG)

    async def test_nothing_vanished(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, plain: Invite
    ) -> None:
        """Where every invite is still there, or its time is over, the audit log is left alone."""
        brief = guild.add_invite(guild.channel("general"), by=guild.owner, max_age=60)
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        sandbox.advance(120)

        async with connected(ledger, sandbox):
            await ended(ledger, guild, brief.code)
            await sandbox.join(plain.code)
            await decided(ledger, guild, 1)

        assert 0 == sandbox.count("GET", AUDIT_LOG)

    async def test_a_bot_that_was_added_while_away(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild
    ) -> None:
        """Who added it is known."""
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        bot = await sandbox.add_bot(guild, by=guild.owner)

        async with connected(ledger, sandbox):
            [join] = await decided(ledger, guild, 1)

        assert (bot.id, guild.owner.id) == (join.member_id, join.actor_id)

"""Ends of invites that were never told: nobody is certain because of one.

On Discord only, but for what was missed while Usher was away: where uses may be lost nobody is
certain of an invite that is gone.
"""

import asyncio

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.platforms import trail
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Invite
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason, InviteRecord, JoinRecord
from tests.harness import connected, decided, first_reading, on_both, until

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


@pytest.fixture
async def read(usher: Usher, ledger: Ledger, guild: Guild) -> None:
    """Usher is connected, and has read the guild."""
    assert usher.is_ready()
    await first_reading(ledger, guild)


def may_be(join: JoinRecord, *candidates: str) -> bool:
    return join.certainty is Certainty.AMBIGUOUS and set(candidates) == set(join.candidates)


async def test_more_revocations_than_a_page(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel
) -> None:
    """Whatever the audit log's first page lacks stands on the next."""
    lags = Lags(event=2.0, counter=0.05)  # in which a busy machine hears a hundred events
    async with connected(ledger, sandbox, lags):
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


@pytest.mark.usefixtures("read")
class TestUsedUp:
    """An invite that vanished has run out only if nothing else can have ended it."""

    async def test_the_channel_went_unheard(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel, single: Invite
    ) -> None:
        """Its channel is looked for; without it nothing says that somebody used the invite."""
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
        await sandbox.join(single.code)

        [join] = await decided(ledger, guild, 1)
        assert (Certainty.CERTAIN, single.code) == (join.certainty, join.code)
        assert 1 == sandbox.count("GET", CHANNELS)

    async def test_a_neighbour_shows_the_channel(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, side: Channel, single: Invite
    ) -> None:
        """Where the list still shows an invite of the same channel nothing is asked."""
        guild.create_invite(side, by=guild.owner)

        await sandbox.join(single.code)

        [join] = await decided(ledger, guild, 1)
        assert (Certainty.CERTAIN, single.code) == (join.certainty, join.code)
        assert 0 == sandbox.count("GET", CHANNELS)

    async def test_no_answer(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, single: Invite
    ) -> None:
        """If it cannot be looked for it may be gone."""
        sandbox.fail("GET", "/guilds/*/channels", status=403, times=None)

        await sandbox.join(single.code)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, single.code, "~other")
        assert EndReason.UNKNOWN is (await ended(ledger, guild, single.code)).end_reason

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


@on_both
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

"""Invites and bots that nobody told of: nobody is certain because of one, and they are found.

Mostly on Discord: where uses may be lost somebody may always have come some other way.
"""

import pytest

from bot.client import Usher
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Invite
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, JoinRecord, Reason
from tests.harness import connected, decided, first_reading, on_both

AUDIT_LOG = "/guilds/{guild_id}/audit-logs"
CHANNELS = "/guilds/{guild_id}/channels"


@pytest.fixture
def plain(guild: Guild) -> Invite:
    """An invite from before Usher."""
    return guild.add_invite(guild.channel("general"), by=guild.owner)


@pytest.fixture
async def read(plain: Invite, usher: Usher, ledger: Ledger, guild: Guild) -> None:
    """Usher is connected, and has read the guild with that invite."""
    assert usher.is_ready()
    await first_reading(ledger, guild)
    baseline = await ledger.baseline(guild.id)
    assert baseline is not None
    assert {plain.code} == baseline.counters.keys()


async def used(sandbox: Sandbox, guild: Guild) -> str:
    """The code of an invite that was made and used up."""
    code = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1).code
    await sandbox.join(code)
    return code


async def used_unheard(sandbox: Sandbox, guild: Guild) -> str:
    """Likewise, and neither was told."""
    for name in ("INVITE_CREATE", "INVITE_DELETE"):
        sandbox.lose_event(name)
    return await used(sandbox, guild)


def may_be(join: JoinRecord, *candidates: str) -> bool:
    return join.certainty is Certainty.AMBIGUOUS and set(candidates) == set(join.candidates)


@pytest.mark.usefixtures("read")
class TestUnseen:
    """Before somebody came some other way, invites that nobody told of are looked for."""

    async def test_neither_made_nor_used_up(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """An invite of which neither event came is a candidate: the audit log has it."""
        code = await used_unheard(sandbox, guild)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, "~other")

    async def test_the_permission_went_unheard(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Likewise where invites are not announced any more and that was not, either."""
        assert guild.me is not None
        own = next(role for role in guild.roles if role.bot_id is not None)
        sandbox.lose_event("GUILD_ROLE_UPDATE")
        guild.change_role(own, permissions=int(own.permissions & ~Permission.MANAGE_CHANNELS))

        code = await used(sandbox, guild)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, "~other")

    @on_both
    async def test_beside_a_use(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """Of two people one may have come by it, also if the other's use is known."""
        code = await used_unheard(sandbox, guild)
        await sandbox.join(plain.code)

        joins = await decided(ledger, guild, 2)
        assert all(may_be(join, code, plain.code, "~other") for join in joins)

    @on_both
    async def test_beside_one_that_is_gone(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """It is a candidate also if another that is gone may explain the join."""
        code = await used_unheard(sandbox, guild)
        guild.revoke_invite(plain.code, by=guild.owner)

        [join] = await decided(ledger, guild, 1)
        assert may_be(join, code, plain.code, "~other")

    async def test_all_that_was_made_is_known(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """Invites whose events came leave it certain, whether they live or are gone."""
        await used(sandbox, guild)
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
        await used_unheard(sandbox, guild)
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
        sandbox.fail("GET", "/guilds/*/audit-logs", status=200, body="[]", times=None)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert (Certainty.UNKNOWN, Reason.HIDDEN_INVITES) == (join.certainty, join.reason)

    async def test_an_ordinary_join_asks_nothing(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, plain: Invite
    ) -> None:
        """Where the counters explain everybody there is no question but for them."""
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


@on_both
async def test_a_bot_that_was_added_while_away(
    ledger: Ledger, sandbox: Sandbox, guild: Guild
) -> None:
    """Who added it is known."""
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
    bot = await sandbox.add_bot(guild, by=guild.owner)

    async with connected(ledger, sandbox):
        [join] = await decided(ledger, guild, 1)

    assert (bot.id, guild.owner.id) == (join.member_id, join.actor_id)

"""What happens between a window's last look at who has joined and its verdicts."""

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty
from tests.harness import decided, first_reading, on_both, until

pytestmark = on_both

AUDIT_LOG = "/guilds/{guild_id}/audit-logs"


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with a plain invite and one for a single use."""
    guild = sandbox.add_guild("Harbour")
    for most in (0, 1):
        guild.add_invite(guild.channel("general"), by=guild.owner, max_uses=most)
    return guild


@pytest.mark.usefixtures("usher")
@pytest.mark.counts_every_use
async def test_whoever_joins_while_a_window_is_decided_belongs_to_the_next(
    sandbox: Sandbox, guild: Guild, ledger: Ledger
) -> None:
    """A join during the request for the audit log is explained by a later reading of its own."""
    plain, last_use = guild.invites
    await first_reading(ledger, guild)
    sandbox.fail("GET", "/guilds/*/audit-logs", delay=0.3)

    async def asked() -> bool:
        return sandbox.count("GET", AUDIT_LOG) > 0

    await sandbox.join(last_use)
    await until(asked)
    await sandbox.join(plain)

    joins = await decided(ledger, guild, 2)
    assert [(Certainty.CERTAIN, last_use), (Certainty.CERTAIN, plain)] == [
        (join.certainty, join.code) for join in joins
    ]


@pytest.mark.usefixtures("usher")
async def test_a_raid_is_decided_like_any_other_window(
    sandbox: Sandbox, guild: Guild, ledger: Ledger
) -> None:
    """More joins than are decided in one go get the same verdict as a few would."""
    plain, _ = guild.invites
    await first_reading(ledger, guild)

    for _ in range(300):
        await sandbox.join(plain)

    joins = await decided(ledger, guild, 300)
    assert {(Certainty.CERTAIN, plain)} == {(join.certainty, join.code) for join in joins}

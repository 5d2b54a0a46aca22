import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import to_ms
from tests.harness import decided, first_reading, on_both, until

pytestmark = on_both


@pytest.mark.usefixtures("usher")
async def test_a_join_keeps_the_platforms_time(
    sandbox: Sandbox, guild: Guild, ledger: Ledger
) -> None:
    """`joined_at` is the platform's, to the millisecond; the arrival is on our clock."""
    await first_reading(ledger, guild)

    member = await sandbox.enter(guild)

    [join] = await decided(ledger, guild, 1)
    assert join.joined_at is not None
    assert int(member.joined_at * 1000) == to_ms(join.joined_at)
    assert abs((join.arrived_at - join.joined_at).total_seconds()) < 5


@pytest.mark.usefixtures("usher")
async def test_invites_made_by_hand_are_known_at_once(
    sandbox: Sandbox, guild: Guild, ledger: Ledger
) -> None:
    """An invite that a member makes in the client is in the ledger before any list is read."""
    await first_reading(ledger, guild)
    lists = sandbox.count("GET", "/guilds/{guild_id}/invites")
    member = guild.add_member("somebody")

    invite = guild.create_invite(guild.channel("general"), by=member, max_uses=3)

    record = await until(lambda: ledger.invite(guild.id, invite.code))
    assert (member.id, 3) == (record.invite.inviter_id, record.invite.max_uses)
    assert lists == sandbox.count("GET", "/guilds/{guild_id}/invites")

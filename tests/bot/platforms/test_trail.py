"""What else a platform is asked of its past and present: the audit log, and the channels."""

import pytest

from bot.client import Usher
from bot.errors import NoAnswerError
from bot.platforms import trail
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.models import EndReason
from tests.harness import on_both

pytestmark = on_both

AUDIT_LOG = "/guilds/{guild_id}/audit-logs"
LATER = 60


def revoked(guild: Guild, count: int) -> list[str]:
    """Codes, in the order in which they were revoked."""
    found = [guild.create_invite(guild.channel("general"), guild.owner).code for _ in range(count)]
    for code in found:
        guild.revoke_invite(code, guild.owner)
    return found


async def test_more_than_a_page(usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
    """All revocations are found, however many pages they fill."""
    codes = revoked(guild, trail.PAGE + 1)

    found = await usher.platform.revocations(guild.id, 0)

    assert set(codes) == found.keys()
    assert {EndReason.REVOKED} == {ending.reason for ending in found.values()}
    assert 2 == sandbox.count("GET", AUDIT_LOG)


async def test_no_further_back_than_it_matters(
    usher: Usher, sandbox: Sandbox, guild: Guild
) -> None:
    """Pages of entries that are too old are not asked for, and none of them is told."""
    revoked(guild, 2 * trail.PAGE)
    sandbox.advance(LATER)
    since = int(sandbox.now() * 1000)
    codes = revoked(guild, 3)

    found = await usher.platform.revocations(guild.id, since)

    assert set(codes) == found.keys()
    assert 1 == sandbox.count("GET", AUDIT_LOG)


async def test_a_log_without_an_end(
    usher: Usher, sandbox: Sandbox, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there is more than is read nothing is told: what is missing may be behind."""
    monkeypatch.setattr(trail, "MOST_PAGES", 2)
    revoked(guild, 2 * trail.PAGE)

    with pytest.raises(NoAnswerError):
        await usher.platform.revocations(guild.id, 0)

    assert 2 == sandbox.count("GET", AUDIT_LOG)


async def test_creations(usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
    """Which invites were made, and when, also of those that are gone."""
    before = int(sandbox.now() * 1000) - 1
    [code] = revoked(guild, 1)

    found = await usher.platform.creations(guild.id, 0)

    assert {code} == found.keys()
    assert before <= found[code] <= sandbox.now() * 1000


@pytest.mark.on_discord
async def test_who_added_a_bot(usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
    """The audit log names who added each bot."""
    bot = await sandbox.add_bot(guild, by=guild.owner)

    assert {bot.id: guild.owner.id} == await usher.platform.adders(guild.id, 0)


async def test_channels_as_they_are(usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
    """The platform itself is asked: what it told us last may be out of date."""
    general, side = guild.channel("general"), guild.add_channel("side")
    sandbox.lose_event("CHANNEL_DELETE")
    guild.delete_channel(side)

    found = await usher.platform.channels(guild.id)

    assert general.id in found
    assert side.id not in found


@pytest.mark.parametrize("body", ["{}", '{"message": "hm"}', '[{"name": "x"}]', '[{"id": "x"}]'])
async def test_garbled_channels(usher: Usher, sandbox: Sandbox, guild: Guild, body: str) -> None:
    """A list of channels that cannot be read is "no answer", not "no channels"."""
    sandbox.fail("GET", "/guilds/*/channels", status=200, body=body)

    with pytest.raises(NoAnswerError):
        await usher.platform.channels(guild.id)

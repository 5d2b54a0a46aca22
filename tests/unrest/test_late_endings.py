"""An invite for one use that is gone, by a join or by somebody's hand, and told of late.

To the second, by each platform's own lags.
"""

import asyncio

import pytest

from bot.attribution import Lags
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import EndReason
from tests.harness import on_both

from .moments import JUST_INSIDE, LONG, open_between, said, told_late

pytestmark = pytest.mark.usefixtures("usher")


@on_both
@pytest.mark.parametrize("late", [False, True])
async def test_used_up(
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    lags: Lags,
    *,
    late: bool,
) -> None:
    """Whoever used it up is certain, and it is exhausted, whatever is told first."""
    member = await told_late(sandbox, codes[2], lags.event - JUST_INSIDE if late else 0.0)
    await asyncio.sleep(LONG)

    record = await ledger.invite(guild.id, codes[2])
    assert record is not None
    assert (EndReason.EXHAUSTED, 1) == (record.end_reason, record.invite.uses)
    exact = sandbox.platform == "discord"
    expected = f"certain {codes[2]}" if exact else open_between(sandbox, codes)
    assert [expected] == await said(ledger, member)


@on_both
@pytest.mark.parametrize("last", ["INVITE_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE"])
async def test_revoked(
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    lags: Lags,
    last: str,
) -> None:
    """Whoever joins just then may or may not have used it; in whatever order its two events
    arrive, it was revoked, and by whom, though the audit log cannot be asked.
    """
    sandbox.fail("GET", "/guilds/*/audit-logs", status=403, times=None)
    sandbox.delay_events(last, lags.event - JUST_INSIDE)
    found = await sandbox.enter(guild, source="discovery")
    guild.revoke_invite(codes[2], by=guild.owner)
    await asyncio.sleep(LONG)

    record = await ledger.invite(guild.id, codes[2])
    assert record is not None
    assert (EndReason.REVOKED, guild.owner.id) == (record.end_reason, record.ended_by)
    assert [open_between(sandbox, codes, codes[2], "~other")] == await said(ledger, found)


@on_both
async def test_revoked_before(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """Nobody came by an invite whose end was told before anybody who came could be counted,
    though who ended it is found in the audit log only afterwards.
    """
    sandbox.lose_event("GUILD_AUDIT_LOG_ENTRY_CREATE")
    guild.revoke_invite(codes[2], by=guild.owner)
    await asyncio.sleep(lags.event + JUST_INSIDE)
    found = await sandbox.enter(guild, source="discovery")
    await asyncio.sleep(LONG)

    exact = sandbox.platform == "discord"
    expected = "certain ~other" if exact else open_between(sandbox, codes[:2])
    assert [expected] == await said(ledger, found)


@on_both
async def test_revoked_and_never_told(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
) -> None:
    """An end that only the audit log tells of was when that says, not when it was looked for."""
    for name in ("INVITE_DELETE", "GUILD_AUDIT_LOG_ENTRY_CREATE"):
        sandbox.lose_event(name)
    revoked_at = sandbox.now()
    guild.revoke_invite(codes[2], by=guild.owner)
    await asyncio.sleep(3600)
    await sandbox.join(codes[0])
    await asyncio.sleep(LONG)

    record = await ledger.invite(guild.id, codes[2])
    assert record is not None
    assert (EndReason.REVOKED, guild.owner.id) == (record.end_reason, record.ended_by)
    assert record.ended_at is not None
    assert pytest.approx(revoked_at, abs=1) == record.ended_at.timestamp()


@on_both
async def test_told_of_an_end_and_of_nothing_else(
    sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], lags: Lags
) -> None:
    """Where invites otherwise end in silence, an end that is told is somebody's doing, as late
    as it comes and though the audit log is closed to us; elsewhere it may be anything.
    """
    sandbox.fail("GET", "/guilds/*/audit-logs", status=403, times=None)
    sandbox.lose_event("GUILD_AUDIT_LOG_ENTRY_CREATE")
    sandbox.delay_events("INVITE_DELETE", lags.event - JUST_INSIDE)
    found = await sandbox.enter(guild, source="discovery")
    guild.revoke_invite(codes[2], by=guild.owner)
    await asyncio.sleep(LONG)

    record = await ledger.invite(guild.id, codes[2])
    assert record is not None
    silent_else = sandbox.platform == "fluxer"
    known = EndReason.REVOKED if silent_else else EndReason.UNKNOWN
    assert (known, None) == (record.end_reason, record.ended_by)
    assert [open_between(sandbox, codes, codes[2], "~other")] == await said(ledger, found)


@pytest.mark.parametrize(
    ("platform", "last"),
    [
        ("discord", "INVITE_DELETE"),
        ("discord", "CHANNEL_DELETE"),
        ("fluxer", "CHANNEL_DELETE"),
    ],
    indirect=["platform"],
)
async def test_gone_with_its_channel(
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    lags: Lags,
    last: str,
) -> None:
    """Nobody used up an invite that went with its channel, also if its own end is told,
    before or after; on Fluxer it is not told.
    """
    channel = guild.add_channel("partners")
    code = guild.create_invite(channel, by=guild.owner, max_uses=1).code
    await asyncio.sleep(60)
    sandbox.delay_events(last, lags.event - JUST_INSIDE)
    guild.delete_channel(channel)
    if sandbox.platform == "discord":
        where = {"guild_id": str(guild.id), "channel_id": str(channel.id)}
        guild.emit("INVITE_DELETE", {**where, "code": code})
    found = await sandbox.enter(guild, source="discovery")
    await asyncio.sleep(LONG)

    record = await ledger.invite(guild.id, code)
    assert record is not None
    assert EndReason.CHANNEL_DELETED is record.end_reason
    assert [open_between(sandbox, [*codes, code], code, "~other")] == await said(ledger, found)

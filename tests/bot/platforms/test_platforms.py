"""What each platform is asked, and what its answers become: through the real discord.py."""

import asyncio
from functools import partial

import pytest

from bot.client import Usher
from bot.errors import NoAnswerError
from bot.sandbox import Permission, Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import EndReason, Reason, Vanity
from tests.harness import connected, on_both


@on_both
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("abc123", "abc123"),
        ("  abc123 ", "abc123"),
        ("https://discord.gg/abc123", "abc123"),
        ("discord.gg/abc123", "abc123"),
        ("<https://discord.gg/abc123>", "abc123"),
        ("https://discord.com/invite/abc123", "abc123"),
        ("http://www.discord.com/invite/abc123/", "abc123"),
        ("https://discordapp.com/invite/abc-123?event=7", "abc-123"),
        ("https://discord.gg/invite/abc123", "abc123"),
        ("https://discord.com/channels/1/2", None),
        ("https://example.org/abc123", None),
        ("https://discord.gg.example.org/abc123", None),
        ("abc 123", None),
        ("", None),
        ("../../guilds", None),
        ("a", None),
    ],
)
async def test_codes_as_people_type_them(usher: Usher, typed: str, code: str | None) -> None:
    """A bare code and every form of link name the code; nothing else does."""
    assert code == usher.platform.code(typed)


@on_both
async def test_a_listing(usher: Usher, guild: Guild) -> None:
    """A reading has the counters, its own moments, and the platform's time."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner, uses=4, max_age=3600)
    now = asyncio.get_running_loop().time()

    reading, invites = await usher.platform.list_invites(guild.id)

    assert now <= reading.asked <= reading.answered
    assert 4 == reading.counters[invite.code].uses
    assert Vanity(None, 0) == reading.vanity
    assert reading.platform_ms is not None
    assert reading.platform_ms % 1000 == 0
    created = reading.counters[invite.code].created_at
    assert created is not None
    assert abs(reading.platform_ms - created) < 5_000
    assert invites[invite.code].inviter_id == guild.owner.id


@on_both
async def test_each_listing_has_its_own_time(usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
    """The platform's time is that of this answer, not of one before it."""
    first = (await usher.platform.list_invites(guild.id)).reading.platform_ms
    sandbox.advance(100)

    second = (await usher.platform.list_invites(guild.id)).reading.platform_ms

    assert first is not None
    assert second is not None
    assert 99_000 <= second - first <= 105_000


@on_both
@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"status": 403, "code": 50013}, Reason.NO_PERMISSION),
        ({"status": 404, "code": 10004}, Reason.NO_ANSWER),
        ({"status": 503}, Reason.NO_ANSWER),
        ({"status": 200, "body": "null"}, Reason.NO_ANSWER),
        ({"drop": True}, Reason.NO_ANSWER),
    ],
    ids=str,
)
async def test_no_answer_is_no_listing(
    usher: Usher, sandbox: Sandbox, guild: Guild, fault: dict[str, object], reason: Reason
) -> None:
    """A refusal says what is missing; everything else is "no answer"; nothing is "empty"."""
    sandbox.fail("GET", "/guilds/*/invites", times=None, **fault)

    with pytest.raises(NoAnswerError) as told:
        await usher.platform.list_invites(guild.id)

    assert reason is told.value.reason


@on_both
async def test_silence_has_a_limit(
    usher: Usher, sandbox: Sandbox, guild: Guild, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A platform that never answers is "no answer" after the limit (shortened for the test)."""
    monkeypatch.setattr("bot.platforms.common.ANSWER_LIMIT", 0.2)
    sandbox.fail("GET", "/guilds/*/invites", hang=True, times=None)

    with pytest.raises(NoAnswerError):
        await usher.platform.list_invites(guild.id)


@on_both
async def test_a_guild_that_is_not_there(usher: Usher) -> None:
    """A guild that Usher cannot see has no answer, and nobody is asked."""
    with pytest.raises(NoAnswerError) as told:
        await usher.platform.list_invites(1)

    assert Reason.NO_ANSWER is told.value.reason


@on_both
async def test_revocations(usher: Usher, guild: Guild) -> None:
    """The audit log tells who deleted which code."""
    moderator = guild.add_member("moderator")
    invite = guild.create_invite(guild.channel("general"), by=guild.owner)
    guild.revoke_invite(invite.code, by=moderator)

    endings = await usher.platform.revocations(guild.id, 0)

    assert (EndReason.REVOKED, moderator.id) == (
        endings[invite.code].reason,
        endings[invite.code].by,
    )


@on_both
@pytest.mark.parametrize("body", ["[]", '{"audit_log_entries": [{"id": "x"}]}'])
async def test_a_garbled_audit_log(usher: Usher, sandbox: Sandbox, guild: Guild, body: str) -> None:
    """An audit log that cannot be read is "no answer": nothing can be ruled out by it."""
    sandbox.fail("GET", "/guilds/*/audit-logs", status=200, body=body)

    with pytest.raises(NoAnswerError):
        await usher.platform.revocations(guild.id, 0)


@on_both
async def test_permissions_are_looked_at_before_asking(ledger: Ledger, sandbox: Sandbox) -> None:
    """What Usher may not do it does not try: refusals in number ban an address."""
    guild = sandbox.add_guild("Island", bot_permissions=Permission.VIEW_CHANNEL)
    async with connected(ledger, sandbox) as usher:
        asked = usher.platform
        for ask in (
            asked.list_invites,
            partial(asked.revocations, since=0),
            partial(asked.creations, since=0),
            partial(asked.adders, since=0),
        ):
            with pytest.raises(NoAnswerError) as told:
                await ask(guild.id)
            assert Reason.NO_PERMISSION is told.value.reason

        assert not usher.platform.sees_invites(guild.id)
    assert 0 == sandbox.count("GET", "/guilds/{guild_id}/invites")
    assert 0 == sandbox.count("GET", "/guilds/{guild_id}/audit-logs")


@on_both
async def test_one_closed_channel_hides_invites(usher: Usher, guild: Guild) -> None:
    """Invites of a channel that Usher may not manage are not announced to it."""
    assert usher.platform.sees_invites(guild.id)

    assert guild.me is not None
    guild.overwrite(guild.channel("general"), guild.me, deny=int(Permission.MANAGE_CHANNELS))
    await asyncio.sleep(0.2)

    assert not usher.platform.sees_invites(guild.id)


@on_both
@pytest.mark.parametrize(
    "body",
    [
        '{"uses": 3}',
        '{"code": "x", "uses": null}',
        '{"code": "x", "uses": 9223372036854775808}',
        '{"code": 7, "uses": 1}',
        "[]",
    ],
)
async def test_a_garbled_vanity(ledger: Ledger, sandbox: Sandbox, body: str) -> None:
    """A vanity counter that cannot be read is no answer of the vanity, and of nothing else."""
    guild = sandbox.add_guild("Harbour", features=("VANITY_URL",), vanity="harbour")
    async with connected(ledger, sandbox) as usher:
        sandbox.fail("GET", "/guilds/*/vanity-url", status=200, body=body, times=None)

        listing = await usher.platform.list_invites(guild.id)

    assert listing.reading.vanity is None


@on_both
async def test_a_guild_that_could_have_a_vanity_and_has_none(
    ledger: Ledger, sandbox: Sandbox
) -> None:
    """The feature alone is no vanity URL."""
    guild = sandbox.add_guild("Harbour", features=("VANITY_URL",))
    async with connected(ledger, sandbox) as usher:
        listing = await usher.platform.list_invites(guild.id)

    assert Vanity(None, 0) == listing.reading.vanity


@on_both
async def test_the_members_of_a_guild(usher: Usher, sandbox: Sandbox, guild: Guild) -> None:
    """Everybody who is there now, by id, from behind the one who was told last."""
    await sandbox.add_bot(guild, by=guild.owner)

    everybody = await usher.platform.members(guild.id)
    rest = await usher.platform.members(guild.id, after=everybody[0].member_id)

    assert sorted(guild.members) == [member.member_id for member in everybody]
    assert everybody[1:] == rest
    assert {True, False} == {member.is_bot for member in everybody}


@on_both
@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 200, "body": '[{"user": {}}]'}])
async def test_members_that_are_not_told(
    usher: Usher, sandbox: Sandbox, guild: Guild, fault: dict[str, object]
) -> None:
    """A failed or garbled list is no list of nobody."""
    sandbox.fail("GET", "/guilds/*/members", times=None, **fault)

    with pytest.raises(NoAnswerError):
        await usher.platform.members(guild.id)

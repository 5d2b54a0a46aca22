"""`/settings log`: choosing the channel that joins and leaves are told in."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.client import Usher
from bot.patience import Pace, Patience
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.errors import NotOffered
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.cogs.conftest import log_channel
from tests.harness import PATIENCE, on_both, until
from tests.moderators import slash_only, use

PATIENT = PATIENCE._replace(pace=Pace(look=0.02, say=0.05, edit=0.05, again=(60.0,)))
"""Who cannot speak tries again after the test, unless something was set right."""

pytestmark = [pytest.mark.usefixtures("usher"), on_both]


@pytest.fixture
def patience() -> Patience:
    return PATIENT


@pytest.fixture
def log(guild: Guild) -> Channel:
    return guild.add_channel("log")


async def test_a_channel_is_chosen_and_told_in(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    log: Channel,
) -> None:
    """From then on who joins is told there, and not in the channel of the command."""
    reply = await use(sandbox, moderator, general, "settings log", channel=log)
    newcomer = await sandbox.enter(guild)

    async def told() -> bool:
        return any(newcomer.mention in each.content for each in sandbox.messages(log))

    await until(told)
    assert f"From now on I tell joins and leaves in <#{log.id}>." in reply.text
    assert reply.ephemeral
    assert log.id == await log_channel(ledger, guild)
    assert [] == [each for each in sandbox.messages(general) if each.author is not moderator.user]


@pytest.mark.parametrize("public", [True, False])
async def test_a_channel_that_everybody_can_read_is_said_to_be_one(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, log: Channel, public: bool
) -> None:
    """Whoever tells everybody who came through what should know it."""
    if not public:
        guild.overwrite(log, guild.everyone, deny=Permission.VIEW_CHANNEL)
        for member in (moderator, guild.me):
            assert member is not None
            guild.overwrite(log, member, allow=Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES)

    reply = await use(sandbox, moderator, general, "settings log", channel=log)

    assert public == ("Everybody in this server can read that channel." in reply.text)


async def test_the_state_is_shown(
    sandbox: Sandbox, moderator: Member, general: Channel, log: Channel
) -> None:
    """Without options it says where joins are told, since when, and who chose that."""
    nowhere = await use(sandbox, moderator, general, "settings log")
    await use(sandbox, moderator, general, "settings log", channel=log)

    reply = await use(sandbox, moderator, general, "settings log")

    assert nowhere.text.startswith("Joins and leaves are told in no channel.")
    told = f"I tell joins and leaves in <#{log.id}>. {moderator.mention} chose it <t:"
    assert reply.text.startswith(told)
    assert "cannot" not in reply.text
    assert not reply.pings


async def test_what_is_missing_is_shown(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, log: Channel
) -> None:
    """A permission that was taken away since is named."""
    await use(sandbox, moderator, general, "settings log", channel=log)
    assert guild.me is not None
    guild.overwrite(log, guild.me, deny=Permission.SEND_MESSAGES)

    reply = await use(sandbox, moderator, general, "settings log")

    assert f"I need **Send Messages** in <#{log.id}>" in reply.text


async def test_what_failed_last_is_shown(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel, log: Channel
) -> None:
    """A refusal that no permission explains is told with its reason, until another is chosen."""
    await use(sandbox, moderator, general, "settings log", channel=log)
    sandbox.fail("POST", "/channels/{channel_id}/messages", status=403, code=50013)
    await sandbox.enter(guild)

    async def failed() -> bool:
        return usher.log_channels.trouble(guild.id) is not None

    await until(failed)
    refused = await use(sandbox, moderator, general, "settings log")
    await use(sandbox, moderator, general, "settings log", channel=general)
    after = await use(sandbox, moderator, general, "settings log")

    assert "The last time I tried to say something it failed (" in refused.text
    assert "injected fault" in refused.text
    assert "failed" not in after.text


async def test_a_channel_that_is_gone_is_said_to_be(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, log: Channel
) -> None:
    """A deleted channel is no reason for silence about it."""
    await use(sandbox, moderator, general, "settings log", channel=log)
    guild.delete_channel(log)

    reply = await use(sandbox, moderator, general, "settings log")

    assert "is gone" in reply.text


async def test_switching_off(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    log: Channel,
) -> None:
    """Off is off, said once; where nothing was on, that is said."""
    await use(sandbox, moderator, general, "settings log", channel=log)

    reply = await use(sandbox, moderator, general, "settings log", off=True)
    again = await use(sandbox, moderator, general, "settings log", off=True)

    assert "no more" in reply.text
    assert again.text.startswith("Joins and leaves are told in no channel.")
    assert await log_channel(ledger, guild) is None


@pytest.mark.parametrize(
    ("lacking", "names"),
    [
        (Permission.SEND_MESSAGES, ["Send Messages"]),
        (Permission.VIEW_CHANNEL, ["View Channel", "Send Messages"]),
    ],
)
async def test_usher_must_be_able_to_speak_there(
    sandbox: Sandbox, guild: Guild, moderator: Member, log: Channel, lacking: int, names: list[str]
) -> None:
    """A channel that Usher cannot speak in is refused, naming every missing permission."""
    assert guild.me is not None
    guild.overwrite(log, guild.me, deny=lacking)
    general = guild.channel("general")

    reply = await use(sandbox, moderator, general, "settings log", channel=log)
    after = await use(sandbox, moderator, general, "settings log")

    assert f"I need {' and '.join(f'**{name}** in <#{log.id}>' for name in names)}." == reply.text
    assert after.text.startswith("Joins and leaves are told in no channel.")


async def test_nobody_tells_in_a_channel_that_they_cannot_see(
    sandbox: Sandbox, usher: Usher, ledger: Ledger, guild: Guild, general: Channel, log: Channel
) -> None:
    """Through Usher, too, a moderator reaches only the channels they see."""
    del usher
    role = guild.add_role("Moderator", permissions=Permission.MANAGE_GUILD)
    moderator = guild.add_member("moderator", roles=[role])
    guild.overwrite(log, moderator, deny=Permission.VIEW_CHANNEL)

    reply = await use(sandbox, moderator, general, "settings log", channel=log)

    assert "see" in reply.text
    assert await log_channel(ledger, guild) is None


async def test_one_thing_at_a_time(
    sandbox: Sandbox, moderator: Member, general: Channel, log: Channel
) -> None:
    """A channel and off together mean nothing."""
    reply = await use(sandbox, moderator, general, "settings log", channel=log, off=True)

    assert "Either a `channel` or `off`, not both." == reply.text


@pytest.mark.parametrize("kind", ["voice", "category", "forum", "stage"])
@slash_only
async def test_only_channels_for_text_are_offered(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, kind: str
) -> None:
    """Where no log can be read none is told."""
    place = guild.add_channel("place", kind=kind)

    with pytest.raises(NotOffered):
        await use(sandbox, moderator, general, "settings log", channel=place)


async def test_settings_need_manage_server(
    sandbox: Sandbox, ledger: Ledger, stranger: Member, general: Channel, log: Channel
) -> None:
    """Whoever administrators let use the command still needs the permission for what it does."""
    replies = [
        await use(sandbox, stranger, general, "settings log", **options)
        for options in ({}, {"channel": log}, {"off": True})
    ]

    assert ["You need **Manage Server**."] * 3 == [reply.text for reply in replies]
    assert await ledger.log_setting(stranger.guild_id) is None


async def test_another_channel_is_told_in_at_once(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, log: Channel
) -> None:
    """What waited because of a missing permission is told where it can be, without delay."""
    await use(sandbox, moderator, general, "settings log", channel=log)
    assert guild.me is not None
    guild.overwrite(log, guild.me, deny=Permission.SEND_MESSAGES)
    leaving = guild.add_member()
    await sandbox.leave(leaving)
    await asyncio.sleep(0.3)  # it has seen by now that it cannot speak

    await use(sandbox, moderator, general, "settings log", channel=general)

    async def told() -> bool:
        return any(leaving.mention in each.content for each in sandbox.messages(general))

    await until(told)


async def test_without_its_cog_nothing_is_said(
    sandbox: Sandbox, usher: Usher, ledger: Ledger, guild: Guild, log: Channel
) -> None:
    """What loading the cog begins, unloading it ends, and loading it again begins again."""
    await usher.unload_extension("cogs.settings")
    await ledger.set_log(guild.id, log.id, guild.owner.id, datetime.now(UTC))
    await sandbox.leave(guild.add_member())
    await until(ledger.guilds_to_tell)
    await asyncio.sleep(0.3)
    assert [] == sandbox.messages(log)

    await usher.load_extension("cogs.settings")

    async def told() -> bool:
        return bool(sandbox.messages(log))

    await until(told)

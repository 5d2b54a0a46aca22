"""`/setup backfill` and `/setup check`."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.client import Usher
from bot.patience import Patience
from bot.platforms import internals
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Met
from tests.cogs.backfills import DAY, FAST, crowd, said, title
from tests.cogs.conftest import Ask
from tests.harness import connected, on_both, until
from tests.moderators import named, slash_only, use

pytestmark = on_both

SEARCH = "/guilds/{guild_id}/members-search"
ANY_GUILD = "/guilds/*/members-search"
CROSS = "\N{CROSS MARK}"


@pytest.fixture
def patience() -> Patience:
    return FAST


@pytest.fixture
def code(guild: Guild, general: Channel) -> str:
    return guild.add_invite(general, by=guild.owner).code


@pytest.mark.usefixtures("usher")
async def test_it_is_told_what_is_done_and_how_far_it_is(
    ask: Ask, sandbox: Sandbox, guild: Guild, moderator: Member, code: str
) -> None:
    """The private answer says what is read, then changes until everybody is told of."""
    crowd(sandbox, guild, 300)
    guild.populate(1200, joined_at=sandbox.now() - DAY, every=1, code=code)

    reply = await ask("setup backfill")

    assert reply.ephemeral
    assert "oldest first, and write down how each of them came" in reply.text
    assert "This message changes while it goes on." in reply.text
    last = await title(reply, "Backfill: finished, 1,500 members read")
    assert "the record names a way for 1,200, and none for 300." in last.text
    assert f"by {moderator.mention}, finished <t:" in last.text
    assert "invite: 1,200\nnot known: 300" in last.text
    assert not last.pings


@pytest.mark.usefixtures("usher")
async def test_before_the_first_page_the_members_of_the_server_are_counted(
    ask: Ask, sandbox: Sandbox, guild: Guild
) -> None:
    """How many there are to read is said at once."""
    sandbox.index_delay = 1000

    reply = await ask("setup backfill", by=guild.owner)

    assert "Backfill: 0 of 2 members read" == reply.embeds[0]["title"]


@pytest.mark.usefixtures("usher")
async def test_a_finished_one_is_told_and_read_anew_only_when_wanted(
    ask: Ask, sandbox: Sandbox, guild: Guild
) -> None:
    """The result stays to be read; `again` is what begins anew."""
    crowd(sandbox, guild, 3)
    await title(await ask("setup backfill"), "Backfill: finished")
    asked = sandbox.count("POST", SEARCH)

    shown = await ask("setup backfill")
    assert shown.embeds[0]["title"].startswith("Backfill: finished, 3 members read")
    assert asked == sandbox.count("POST", SEARCH)

    anew = await ask("setup backfill", again=True)
    assert not anew.embeds[0]["title"].startswith("Backfill: finished")
    await title(anew, "Backfill: finished, 3 members read")
    assert asked < sandbox.count("POST", SEARCH)


async def test_a_message_changes_only_for_a_while(
    ask: Ask, ledger: Ledger, sandbox: Sandbox, guild: Guild
) -> None:
    """Before the platform lets go of a message, it says how to see more."""
    del guild
    sandbox.index_delay = 1000
    async with connected(ledger, sandbox, patience=FAST._replace(followed=0.2)):
        reply = await ask("setup backfill")

        told = await said(reply, "I no longer change this message")

    again = named(sandbox, "setup backfill").strip("`")
    assert f"Use {again} again to see how far it is." in told.text


async def test_it_needs_manage_server(
    ask: Ask, usher: Usher, guild: Guild, stranger: Member
) -> None:
    """Whoever may not see the server's invites begins nothing."""
    reply = await ask("setup backfill", by=stranger)

    assert "You need **Manage Server**." == reply.text
    assert await usher.backfiller.progress(guild.id) is None


async def test_usher_needs_it_too(ask: Ask, sandbox: Sandbox, usher: Usher, guild: Guild) -> None:
    """What Usher lacks is said before anything is begun."""
    assert guild.me is not None
    role = guild.roles_by_id[guild.me.roles[0]]
    guild.change_role(role, permissions=LEAST & ~Permission.MANAGE_GUILD)
    asked = sandbox.count("POST", SEARCH)

    reply = await ask("setup backfill")

    assert "I need **Manage Server**." == reply.text
    assert await usher.backfiller.progress(guild.id) is None
    assert asked == sandbox.count("POST", SEARCH)


async def test_the_platforms_clock_decides_who_was_there(platform: str, ledger: Ledger) -> None:
    """However far our clock is ahead, whoever joins now is left to their event."""
    async with Sandbox(platform=platform, clock=lambda: time.time() - 3600) as sandbox:
        internals.use_endpoints(sandbox.api_base, sandbox.gateway_url)
        guild = sandbox.add_guild("Harbour")
        general = guild.channel("general")
        code = guild.add_invite(general, by=guild.owner).code
        crowd(sandbox, guild, 3)
        # Without a baseline only the clock tells who was there before.
        sandbox.fail("GET", "/guilds/*/invites", status=503, times=None)
        async with connected(ledger, sandbox, patience=FAST):
            sandbox.delay_events("GUILD_MEMBER_ADD", 0.5)
            newcomer = await sandbox.join(code)

            reply = await use(sandbox, guild.owner, general, "setup backfill")
            await title(reply, "Backfill: finished, 3 members read")

            assert [] == await ledger.joins_of(guild.id, newcomer.id)
            [join] = await until(lambda: ledger.joins_of(guild.id, newcomer.id))

    assert Met.JOINING is join.met


@pytest.mark.usefixtures("usher")
class TestCheck:
    @pytest.mark.usefixtures("code")
    async def test_everything_works(self, ask: Ask) -> None:
        """With the least permissions nothing is missing, and three questions are asked once."""
        reply = await ask("setup check")

        assert reply.ephemeral
        assert "Everything works" == reply.embeds[0]["title"]
        assert CROSS not in reply.text
        assert "The list of invites answers with counters: 1 invite." in reply.text
        assert "The list of members answers" in reply.text
        assert "own record answers: it knows 3 members." in reply.text

    async def test_missing_permissions_are_named_with_what_they_are_for(
        self, ask: Ask, guild: Guild
    ) -> None:
        """In the server and in each channel that can have invites, and first of all."""
        assert guild.me is not None
        voice = guild.add_channel("voice", "voice")
        category = guild.add_channel("all", "category")
        role = guild.roles_by_id[guild.me.roles[0]]
        for channel in (voice, category):
            guild.overwrite(channel, guild.me, deny=Permission.MANAGE_CHANNELS)
        guild.change_role(role, permissions=LEAST & ~Permission.VIEW_AUDIT_LOG)

        reply = await ask("setup check")

        assert "2 things to look at" == reply.embeds[0]["title"]
        audit, manage, *others = reply.embeds[0]["description"].splitlines()
        assert audit.startswith(f"{CROSS} **View Audit Log** is missing: who revoked")
        assert manage.startswith(f"{CROSS} **Manage Channels** is missing in {voice.mention}: ")
        assert [] == [line for line in others if CROSS in line]

    async def test_what_answers_take_in_the_place_of_the_command(
        self, ask: Ask, sandbox: Sandbox, guild: Guild, general: Channel
    ) -> None:
        """Where commands are messages four permissions more are named, elsewhere none."""
        assert guild.me is not None
        lost = Permission.EMBED_LINKS | Permission.ADD_REACTIONS
        guild.overwrite(general, guild.me, deny=lost)

        reply = await ask("setup check")

        lines = reply.embeds[0]["description"].splitlines()
        named = [
            line.split("**")[1] for line in lines if f"is missing in {general.mention}" in line
        ]
        typed = sandbox.platform == "fluxer"
        assert (["Embed Links", "Add Reactions"] if typed else []) == named
        assert typed == ("**Send Messages**: to say here" in reply.text)
        assert typed == ("**Read Message History**: to" in reply.text)

    async def test_what_does_not_answer_is_told(self, ask: Ask, sandbox: Sandbox) -> None:
        """Each question that gets no answer says what goes without it."""
        sandbox.record_absent = True
        sandbox.fail("GET", "/guilds/*/invites", status=403, code=50013, times=None)
        sandbox.fail("GET", "/guilds/*/members", status=403, code=50001, times=None)

        reply = await ask("setup check")

        assert "3 things to look at" == reply.embeds[0]["title"]
        assert "**The list of invites does not answer**" in reply.text
        assert "**The list of members does not answer**" in reply.text
        intent = "Is the **Server Members Intent** switched on" in reply.text
        assert intent == (sandbox.platform == "discord")
        assert "**The platform's own record does not answer**" in reply.text

    async def test_a_record_that_is_left_alone(
        self, ask: Ask, ledger: Ledger, guild: Guild
    ) -> None:
        """Refused before, it may answer by now; until when it is not asked all the same is told."""
        until_then = datetime.now(UTC) + timedelta(minutes=50)
        await ledger.close_record(guild.id, until_then)

        reply = await ask("setup check")

        assert "1 thing to look at" == reply.embeds[0]["title"]
        assert f"{CROSS} The platform's own record answers" in reply.text
        assert f"until I ask it again <t:{int(until_then.timestamp())}:R>" in reply.text

    @slash_only
    async def test_a_record_that_is_being_indexed(self, ask: Ask, sandbox: Sandbox) -> None:
        """Why it does not answer yet is told."""
        sandbox.index_delay = 60

        reply = await ask("setup check")

        assert "does not answer**" in reply.text
        assert "(the record is still being indexed)" in reply.text

    async def test_a_vanity_url_without_its_counter(
        self, ask: Ask, sandbox: Sandbox, guild: Guild
    ) -> None:
        """The list may answer while the vanity URL's counter does not."""
        guild.set_vanity("harbour")
        sandbox.fail("GET", "/guilds/*/vanity-url", status=403, code=50013, times=None)

        reply = await ask("setup check")

        assert f"{CROSS} The list of invites answers (0 invites), **the vanity URL" in reply.text

    async def test_the_log_channel_is_looked_at_too(
        self,
        ask: Ask,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        moderator: Member,
        general: Channel,
    ) -> None:
        """Where one is chosen, whether Usher can speak there, and whether it is there at all."""
        assert guild.me is not None
        await ledger.set_log(guild.id, general.id, moderator.id, datetime.now(UTC))
        told = [(await ask("setup check")).text]
        guild.overwrite(general, guild.me, deny=Permission.SEND_MESSAGES)
        told.append((await ask("setup check")).text)
        other = guild.add_channel("other")
        guild.delete_channel(general)
        told.append((await use(sandbox, moderator, other, "setup check")).text)

        assert f"I can speak in the log channel {general.mention}." in told[0]
        assert f"{CROSS} I cannot speak in the log channel: I need **Send Messages** in" in told[1]
        assert "**View Channel** in" not in told[1]
        assert f"{CROSS} **The log channel is gone.**" in told[2]

    async def test_it_needs_manage_server(self, ask: Ask, stranger: Member) -> None:
        """Whoever does not manage the server is told nothing of it."""
        reply = await ask("setup check", by=stranger)

        assert "You need **Manage Server**." == reply.text

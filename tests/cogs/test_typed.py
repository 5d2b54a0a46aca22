"""Commands as text: what is understood, what is refused and where, and who may."""

from collections.abc import Awaitable, Callable

import pytest

from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member, Message
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from bot.text_commands import HEARD, WAIT
from data.ledger import Ledger
from tests.cogs.conftest import Ask, Seen, log_channel, only
from tests.harness import until
from tests.moderators import say

pytestmark = [
    pytest.mark.usefixtures("usher"),
    pytest.mark.parametrize("platform", ["fluxer"], indirect=True),
]

Write = Callable[[str], Awaitable[Reply]]


@pytest.fixture
def write(sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel) -> Write:
    """The moderator types that in #general, and comes back with the answer."""
    del usher

    async def say_it(text: str) -> Reply:
        return await say(sandbox, moderator, general, text)

    return say_it


@pytest.fixture
def hall(guild: Guild) -> Channel:
    return guild.add_channel("hall")


def public(sandbox: Sandbox, channel: Channel) -> list[Message]:
    """What Usher said where everybody can read it."""
    return [each for each in sandbox.messages(channel) if each.author.bot]


@pytest.mark.parametrize(
    "text",
    [
        "!invite create max_age: 7d max_uses: 10",
        "!Invite CREATE MAX_AGE:7d max_uses:10",
        "! invite create max_age: 1 week max_uses: 10",
        "{me} invite create max_uses: 10 max_age: 7 days",
        "{me}   invite create max_uses: 10\nmax_age: 7 days",
    ],
)
async def test_a_prefix_or_a_mention_begins_a_command(
    write: Write, usher: Usher, guild: Guild, text: str
) -> None:
    """Either will do, in any case and with any blanks, and options have the names they have."""
    assert usher.user is not None

    reply = await write(text.format(me=usher.user.mention))

    assert (604_800, 10) == (only(guild).terms.max_age, only(guild).terms.max_uses)
    assert reply.private
    assert only(guild).code in reply.text


async def test_an_answer_is_announced_where_it_was_asked_for(
    write: Write, sandbox: Sandbox, general: Channel
) -> None:
    """Everybody sees that the command was heard; what it is answered nobody but the moderator."""
    await write("!invite list")
    [asked] = sandbox.messages(general)

    async def marked() -> bool:
        return HEARD in asked.reactions

    await until(marked)
    assert [] == public(sandbox, general)


async def test_a_long_command_first_says_that_it_was_heard(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel
) -> None:
    """Before anything is changed the direct message is there, and it becomes the answer."""
    sandbox.fail("POST", "/channels/*/invites", delay=0.5)  # so that the first is seen

    first = await sandbox.command(moderator, general, "!invite create")

    answer = await sandbox.edited(first)

    assert WAIT == first.text
    assert answer.message is first.message
    assert all(code in answer.text for code in guild.invites)
    assert 1 == len(sandbox.messages(sandbox.dm(moderator)))


REFUSED = [
    pytest.param("invite create 7d", "I do not know what `7d` is for", id="leftover"),
    pytest.param("invite create maxuses: 3", "Did you mean `max_uses`?", id="a near name"),
    pytest.param("invite create colour: red", "There are `channel`, `max_age`", id="no name"),
    pytest.param("invite create max_uses: 3 max_uses: 4", "twice", id="repeated"),
    pytest.param("invite create max_uses: 101", "from 0 to 100, not `101`", id="bounds"),
    pytest.param(
        "invite create max_uses: many",
        "`many` does not fit `max_uses`, which is a number from 0 to 100.",
        id="words",
    ),
    pytest.param("invite create unique: maybe", "`unique` is `yes` or `no`", id="neither"),
    pytest.param("invite create max_age: soon", "`soon` is not a duration", id="age"),
    pytest.param("invite create max_age: 2 weeks", "7 days at most", id="too long"),
    pytest.param("invite create channel: nowhere", "I see no channel `nowhere`", id="channel"),
    pytest.param("invite create on_behalf: nobody", "called `nobody`", id="member"),
    pytest.param("invite create on_behalf: 123456789012345678", "not a member", id="id"),
    pytest.param("invite create roles: Mod", "has no invites that give roles", id="roles"),
    pytest.param("invite create target_application: 1", "streams or activities", id="target"),
    pytest.param("invite list state: dead", "`live`, `ended` or `all`, not `dead`", id="choice"),
    pytest.param("invite show", "Something is missing: `code`", id="nothing said"),
    pytest.param("invite revoke reason: spam", "Something is missing: `code`", id="not the first"),
    pytest.param("invite show nobodyknows", "I know no invite `nobodyknows`", id="unknown code"),
    pytest.param("invite show abc code: abc", "You gave `code` twice", id="by both ways"),
    pytest.param("joins recent 5", "I do not know what `5` is for", id="leftover of a list"),
    pytest.param("joins who", "Something is missing: `member`", id="whom"),
    pytest.param("joins correct {who} source: bot", "or `unknown`, not `bot`", id="source"),
    pytest.param("joins correct {who} join: 0", "from 1 to 9999, not `0`", id="join"),
    pytest.param("joins correct **nobody**", "called `**nobody**`", id="formatting"),
    pytest.param("joins who @everyone", "called `everyone`", id="everybody"),
    pytest.param("joins undo {who} colour: 1", "There is no option `colour`", id="of undo"),
    pytest.param("joins accuracy now", "That command takes no options.", id="no options"),
    pytest.param("setup check now", "That command takes no options.", id="none of setup either"),
    pytest.param("settings log nowhere", "I see no channel `nowhere`", id="no channel's name"),
    pytest.param("invite create role: Mod", "no option `role`. There are", id="near to none here"),
    pytest.param("invite create target_user: nobody", "streams or activities", id="nobody's"),
    pytest.param("joins correct {who} source: hub", "or `unknown`, not `hub`", id="elsewhere"),
    pytest.param("joins recent source: oauth", "or `unknown`, not `oauth`", id="of a list"),
    pytest.param(
        f"invite create campaign: {'a' * 33}", "has at most 32 characters", id="long campaign"
    ),
    pytest.param("settings log channel: #x off: yes", "I see no channel", id="no such channel"),
    pytest.param("setup backfill soon", "I do not know what `soon` is for", id="of setup"),
    pytest.param("invite crate", "Did you mean `!invite create`?", id="a near command"),
    pytest.param("invite sing", "There is no command `invite sing`", id="no command"),
]


@pytest.mark.parametrize(("text", "sentence"), REFUSED)
async def test_a_slip_is_refused_where_it_was_typed(
    sandbox: Sandbox,
    guild: Guild,
    moderator: Member,
    general: Channel,
    text: str,
    sentence: str,
) -> None:
    """Nothing typed is ignored or becomes another command; what is wrong is said in reply."""
    reply = await say(sandbox, moderator, general, "!" + text.format(who=guild.owner.id))

    assert sentence in reply.text
    assert not reply.private
    assert not reply.pings
    assert reply.message is not None
    assert sandbox.messages(general)[0].id == reply.message.reply_to
    assert not guild.invites
    assert [] == sandbox.messages(sandbox.dm(moderator))


async def test_what_nobody_wrote_for_usher_is_left_alone(
    write: Write, sandbox: Sandbox, moderator: Member, general: Channel
) -> None:
    """Other bots have the same prefix: what is no command of ours, nor near one, is silence."""
    for text in ("!play a song", "!", "!!", "! ", "invite list", "hello @everyone"):
        await sandbox.say(moderator, general, text)

    reply = await write("!invit list")

    assert "Did you mean `!invite`?" in reply.text
    assert 1 == len(public(sandbox, general))


class TestPeople:
    """Whom a word means, where no client offers anybody."""

    @pytest.fixture
    async def invite(self, guild: Guild, general: Channel, seen: Seen) -> str:
        code = guild.create_invite(general, by=guild.owner).code
        await seen(1)
        return code

    @pytest.mark.parametrize(
        "written",
        ["<@{id}>", "<@!{id}>", "{id}", "Jane Doe", "jane doe", "@Jane Doe", "member: {id}"],
    )
    async def test_a_member(self, write: Write, guild: Guild, written: str) -> None:
        """A mention, an id or a name, in any case; the option's name may be left out."""
        jane = guild.add_member("Jane Doe")

        reply = await write(f"!joins who {written.format(id=jane.id)}")

        assert f"how {jane.mention} came" in reply.text
        assert reply.private

    async def test_several_of_one_name(self, write: Write, guild: Guild) -> None:
        """Nobody is picked by chance."""
        guild.add_member("Jane")
        guild.add_member("Jane")

        reply = await write("!joins who Jane")

        assert "Several people here are called `Jane`" in reply.text

    async def test_somebody_who_left(
        self, write: Write, sandbox: Sandbox, ledger: Ledger, guild: Guild, invite: str
    ) -> None:
        """Who is no member any more is found by their id."""
        newcomer = await sandbox.join(invite)
        await sandbox.leave(newcomer)

        async def gone() -> bool:
            joins = await ledger.joins_of(guild.id, newcomer.id)
            return bool(joins and joins[0].left_at)

        await until(gone)
        reply = await write(f"!joins who {newcomer.id}")

        assert f"{newcomer.mention} joined once" in reply.text

    @pytest.mark.parametrize("written", ["{mention}", "{id}", "hall", "#hall"])
    async def test_a_channel(self, write: Write, guild: Guild, hall: Channel, written: str) -> None:
        """A mention, an id or a name, with or without its sign."""
        named = written.format(mention=hall.mention, id=hall.id)

        await write(f"!invite create channel: {named}")

        assert hall.id == only(guild).channel_id

    @pytest.mark.parametrize("written", ["{mention}", "{id}", "hall", "#hall"])
    async def test_a_channel_without_the_options_name(
        self, write: Write, ledger: Ledger, guild: Guild, hall: Channel, written: str
    ) -> None:
        """What follows `settings log` is the channel."""
        named = written.format(mention=hall.mention, id=hall.id)

        await write(f"!settings log {named}")

        assert hall.id == await log_channel(ledger, guild)


class TestOff:
    """`settings log off` switches the log off, and a channel of that name can still be meant."""

    @pytest.fixture
    async def off(self, write: Write, guild: Guild) -> Channel:
        await write("!settings log #general")
        return guild.add_channel("off")

    @pytest.mark.parametrize("written", ["off", "OFF", "off: yes"])
    @pytest.mark.usefixtures("off")
    async def test_off(self, write: Write, ledger: Ledger, guild: Guild, written: str) -> None:
        """The word by itself is the option."""
        reply = await write(f"!settings log {written}")

        assert "no more" in reply.text
        assert await log_channel(ledger, guild) is None

    @pytest.mark.parametrize("written", ["#off", "channel: off"])
    async def test_a_channel_called_off(
        self, write: Write, ledger: Ledger, guild: Guild, off: Channel, written: str
    ) -> None:
        """With its sign or the option's name it is the channel."""
        await write(f"!settings log {written}")

        assert off.id == await log_channel(ledger, guild)


class TestVanityOff:
    """Whoever wants none and says `off` is told how."""

    @pytest.mark.parametrize("word", ["off", "remove"])
    async def test_the_question_says_how(self, write: Write, guild: Guild, word: str) -> None:
        """It still asks about the code, for it may be meant."""
        guild.set_vanity("harbour")

        reply = await write(f"!invite vanity {word}")

        assert f"`{word}` takes the place of `harbour`" in reply.text
        assert "To have none at all, say `!invite vanity remove: yes`." in reply.text


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("!invite create 7d", ("roles", "target_user", "target_application")),
        ("!joins correct 1 source: soon", ("oauth", "hub", "integration", "lobby")),
        ("!help joins correct", ("oauth", "hub", "integration", "lobby")),
        ("!help joins recent", ("oauth", "hub", "integration", "lobby")),
    ],
)
async def test_what_the_platform_does_not_have_is_not_offered(
    write: Write, text: str, absent: tuple[str, ...]
) -> None:
    """Neither by a refusal nor by the help."""
    reply = await write(text)

    assert "`reason`" in reply.text or "`discovery`" in reply.text
    assert [] == [name for name in absent if name in reply.text]


class TestPermissions:
    """Those of the person, by their roles and the channel's overwrites, at that moment."""

    async def test_an_ordinary_member(self, ask: Ask, guild: Guild) -> None:
        """Nothing hides the commands here, and the permission is asked for all the same."""
        reply = await ask("invite list", by=guild.add_member("somebody"))

        assert "You need **Manage Server**." == reply.text
        assert not reply.private

    async def test_the_owner(self, ask: Ask, guild: Guild) -> None:
        """Whose server it is may do all, without a role."""
        assert "Live invites" in (await ask("invite list", by=guild.owner)).text

    async def test_an_administrator(self, sandbox: Sandbox, guild: Guild, hall: Channel) -> None:
        """Has every permission, whatever a channel denies."""
        role = guild.add_role("Admin", permissions=Permission.ADMINISTRATOR)
        admin = guild.add_member("admin", roles=[role])
        guild.overwrite(hall, admin, deny=Permission.CREATE_INSTANT_INVITE)

        reply = await say(sandbox, admin, hall, "!invite create")

        assert "Invite created" in reply.text

    async def test_an_overwrite(
        self, write: Write, guild: Guild, moderator: Member, general: Channel
    ) -> None:
        """What a channel denies to somebody's role they may not do there through Usher."""
        role = guild.roles_by_id[moderator.roles[0]]
        guild.overwrite(general, role, deny=Permission.CREATE_INSTANT_INVITE)

        reply = await write("!invite create")

        assert f"You need **Create Invite** in <#{general.id}>." == reply.text
        assert not guild.invites

    async def test_a_role_taken_away(self, ask: Ask, guild: Guild, moderator: Member) -> None:
        """From the next command on."""
        before = await ask("invite list")
        guild.set_roles(moderator, [])

        after = await ask("invite list")

        assert "Live invites" in before.text
        assert "You need **Manage Server**." == after.text

    async def test_a_role_that_lost_its_permission(
        self, ask: Ask, guild: Guild, moderator: Member
    ) -> None:
        """Likewise."""
        guild.change_role(guild.roles_by_id[moderator.roles[0]], permissions=0)

        reply = await ask("invite list")

        assert "You need **Manage Server**." == reply.text


async def test_in_a_direct_message_there_is_no_server(sandbox: Sandbox, moderator: Member) -> None:
    """Commands are about servers: elsewhere that is what is said."""
    reply = await sandbox.command(moderator, sandbox.dm(moderator), "!invite list")

    assert "This works only in a server." == reply.text


async def test_where_usher_may_not_speak_it_answers_directly(
    write: Write, guild: Guild, general: Channel
) -> None:
    """A refusal that cannot be said in the place of the command reaches the person all the same."""
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=Permission.SEND_MESSAGES)

    reply = await write("!invite create 7d")

    assert "I do not know what `7d` is for" in reply.text
    assert reply.private


async def test_where_embeds_vanish_it_answers_directly(
    write: Write, guild: Guild, general: Channel
) -> None:
    """Without Embed Links nothing is left of help; it comes by direct message, and the command
    is marked.
    """
    assert guild.me is not None
    guild.overwrite(general, guild.me, allow=Permission.ADD_REACTIONS, deny=Permission.EMBED_LINKS)

    for text, title in (("!help", "What I can do"), ("!invite", "!invite")):
        reply = await write(text)
        assert reply.private
        assert title == reply.embeds[0]["title"]

    async def marked() -> bool:
        return all(HEARD in one.reactions for one in general.messages.values())

    await until(marked)


async def test_where_embeds_vanish_and_there_is_no_other_way(
    write: Write, guild: Guild, general: Channel, moderator: Member
) -> None:
    """Who takes no direct messages either is told which of the two to change."""
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=Permission.EMBED_LINKS)
    moderator.user.accepts_dms = False

    reply = await write("!help")

    assert not reply.private
    assert "Give me **Embed Links** here, or allow direct messages" in reply.text


async def test_a_word_where_a_number_belongs(write: Write) -> None:
    """The bounds are said, as for a number that is out of them."""
    reply = await write("!invite create max_uses: ten")

    assert "`ten` does not fit `max_uses`, which is a number from 0 to 100." == reply.text


@pytest.mark.parametrize("around", ["`{}`", "||{}||", "||`{}`||", "<{}>"])
async def test_a_code_with_something_around_it(
    write: Write, guild: Guild, general: Channel, seen: Seen, around: str
) -> None:
    """A code that was shown as code, or hidden, is still that code."""
    code = guild.create_invite(general, by=guild.owner).code
    await seen(1)

    for command in ("show", "revoke"):
        reply = await write(f"!invite {command} {around.format(code)}")
        assert code in reply.text
        assert reply.private

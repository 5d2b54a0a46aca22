"""`/joins recent`, `/joins who` and "How did they join?"."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from cogs._join_list import JoinPage, Query
from data.ledger import Ledger
from data.models import Certainty, Source
from tests.cogs.samples import BIG_ID
from tests.harness import connected, decided, first_reading

MENU = "How did they join?"


@pytest.fixture
async def codes(ledger: Ledger, usher: Usher, guild: Guild, general: Channel) -> tuple[str, str]:
    """Two invites, read once, so that joins through them can be told."""
    del usher
    await first_reading(ledger, guild)
    one = guild.create_invite(general, by=guild.owner)
    two = guild.create_invite(general, by=guild.owner)
    return one.code, two.code


async def test_recent_joins_are_told_with_certainty_and_credit(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """A join alone is certain, and its line has the code, the credit and the certainty."""
    newcomer = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)

    reply = await sandbox.slash(moderator, general, "joins recent")

    line = reply.embeds[0]["description"]
    assert line.startswith(f"{newcomer.mention} <t:")
    assert f"through `{codes[0]}`, **certain** · credit {guild.owner.mention}" in line
    assert reply.ephemeral


async def test_coming_again_and_leaving_are_told(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """The second join of somebody is numbered, and who left has left."""
    newcomer = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)
    await sandbox.leave(newcomer)
    await sandbox.rejoin(newcomer, codes[1])
    await decided(ledger, guild, 2)

    reply = await sandbox.slash(moderator, general, "joins recent")

    second, first = reply.embeds[0]["description"].splitlines()
    assert "2nd join" in second
    assert "left <t:" in first


async def test_two_at_once_are_told_as_one_of_two(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """Nobody can tell which of two codes each of two people used, and Usher says just that."""
    one = await sandbox.join(codes[0])
    await sandbox.join(codes[1])
    await decided(ledger, guild, 2)

    reply = await sandbox.slash(moderator, general, "joins who", member=one)

    first, second = sorted(codes)
    assert "Two people joined " in reply.text
    assert f"`{first}` rose by 1 and `{second}` by 1." in reply.text
    assert f"It was one of these two: `{first}` or `{second}`." in reply.text


async def test_the_menu_tells_the_same_as_the_command(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """The menu on a member and the command give one answer, in private."""
    newcomer = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)

    told = await sandbox.slash(moderator, general, "joins who", member=newcomer)
    shown = await sandbox.context_menu(moderator, MENU, newcomer, general)

    assert told.text == shown.text
    assert shown.ephemeral


async def test_who_left_can_still_be_asked_about(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """Somebody who is no member any more is found by their id."""
    newcomer = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)
    await sandbox.leave(newcomer)

    reply = await sandbox.slash(moderator, general, "joins who", member=newcomer.user)

    assert f"through `{codes[0]}`" in reply.text


async def test_a_member_from_before_usher_is_said_to_be_one(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Of a member who was there before, there is nothing to tell but that."""
    del usher

    reply = await sandbox.slash(moderator, general, "joins who", member=moderator)

    assert f"{moderator.mention} was here before I came" in reply.text
    assert not reply.pings


async def test_a_stranger_to_the_ledger_is_said_to_be_one(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Of somebody who never was here, that is what is said."""
    del usher
    nobody = sandbox.add_user("nobody")

    reply = await sandbox.slash(moderator, general, "joins who", member=nobody)

    assert f"I have never seen {nobody.mention} join or leave" in reply.text


async def test_nobody_has_joined_yet(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Before the first join, the list says who will be on it."""
    del usher

    assert "from now on" in (await sandbox.slash(moderator, general, "joins recent")).text


async def test_recent_joins_can_be_filtered(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """Only the joins of one certainty, or of one source."""
    await sandbox.join(codes[0])
    await decided(ledger, guild, 1)

    certain = await sandbox.slash(moderator, general, "joins recent", certainty="certain")
    vanity = await sandbox.slash(moderator, general, "joins recent", source="vanity")

    assert ("Joins: 1", "Joins: 0") == (certain.embeds[0]["title"], vanity.embeds[0]["title"])


async def test_pages_of_joins_turn_even_after_a_restart(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel
) -> None:
    """A page sent before a restart turns after it, and back."""
    code = guild.add_invite(general, by=guild.owner).code
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
        for _ in range(12):
            await sandbox.join(code)
        await decided(ledger, guild, 12)
        first = await sandbox.slash(moderator, general, "joins recent")

    async with connected(ledger, sandbox):
        second = await sandbox.press(moderator, first, "Next")
        again = await sandbox.press(moderator, second, "Previous")

    assert "Page 2 of 2" in second.text
    assert first.text == again.text


@pytest.fixture
async def two_pages(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> Reply:
    """The first of two pages."""
    for _ in range(11):
        await sandbox.join(codes[0])
    await decided(ledger, guild, 11)
    return await sandbox.slash(moderator, general, "joins recent")


async def test_a_page_obeys_only_its_owner(
    sandbox: Sandbox, guild: Guild, two_pages: Reply
) -> None:
    """Even where others see a list, only who asked for it can turn its pages."""
    assert two_pages.message is not None
    two_pages.message.ephemeral = False

    reply = await sandbox.press(guild.owner, two_pages, "Next")

    assert "belongs to whoever used the command" in reply.text
    assert reply.ephemeral


async def test_the_permission_is_checked_at_every_press(
    sandbox: Sandbox, guild: Guild, moderator: Member, two_pages: Reply
) -> None:
    """Whoever lost Manage Server turns no more pages."""
    guild.set_roles(moderator, [])

    reply = await sandbox.press(moderator, two_pages, "Next")

    assert "You need **Manage Server**." == reply.text


async def test_a_page_that_is_gone_leads_to_the_first(
    sandbox: Sandbox, moderator: Member, two_pages: Reply
) -> None:
    """When there are fewer pages than there were, the first one is shown."""
    assert two_pages.message is not None
    gone = JoinPage(Query(moderator.id, 9, None, None).encode(), "Next").custom_id
    two_pages.message.body["components"][0]["components"][0]["custom_id"] = gone

    reply = await sandbox.press(moderator, two_pages, "Next")

    assert "Page 1 of 2" in reply.text


async def test_a_stale_page_says_so(sandbox: Sandbox, moderator: Member, two_pages: Reply) -> None:
    """A button of another version of Usher tells to use the command again."""
    assert two_pages.message is not None
    two_pages.message.body["components"][0]["components"][0]["custom_id"] = "jl:of-old"

    reply = await sandbox.press(moderator, two_pages, "Next")

    assert "from an older Usher. Use `/joins recent` again." in reply.text


@pytest.mark.parametrize("command", ["joins recent", "joins who"])
async def test_joins_need_manage_server(
    sandbox: Sandbox, usher: Usher, stranger: Member, general: Channel, command: str
) -> None:
    """Whoever may not see the server's invites learns nothing about joins."""
    del usher
    options = {"member": stranger} if command == "joins who" else {}

    reply = await sandbox.slash(stranger, general, command, **options)

    assert "You need **Manage Server**." == reply.text


async def test_the_menu_needs_manage_server(
    sandbox: Sandbox, usher: Usher, stranger: Member, general: Channel
) -> None:
    """The menu asks for the same permission as the command."""
    del usher

    reply = await sandbox.context_menu(stranger, MENU, stranger, general)

    assert "You need **Manage Server**." == reply.text
    assert reply.ephemeral


async def test_the_menu_goes_with_its_cog(usher: Usher) -> None:
    """What loading the cog adds, unloading it takes away, so that it can be loaded again."""
    await usher.unload_extension("cogs.joins")
    names = {command.name for command in usher.tree.walk_commands()}

    await usher.load_extension("cogs.joins")

    assert MENU not in names


@given(
    st.integers(0, BIG_ID),
    st.integers(0, 99_999),
    st.none() | st.sampled_from(Certainty),
    st.none() | st.sampled_from(Source),
)
def test_a_query_survives_its_button(
    owner: int, page: int, certainty: Certainty | None, source: Source | None
) -> None:
    """Whatever was asked for fits into a button's id and comes back from it unchanged."""
    query = Query(owner, page, certainty, source)
    button = JoinPage(query.encode(), "Next")

    assert len(button.custom_id) <= 100
    assert query == Query.decode(button.query)


@pytest.mark.parametrize("text", ["", "1:0", "1:0:sure:", "1:0::by-luck", "1:0::magic"])
def test_another_id_is_stale(text: str) -> None:
    """An id that this Usher would not write is no query."""
    assert Query.decode(text) is None

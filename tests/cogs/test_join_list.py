"""`/joins recent`: narrowed lists, their pages and the buttons under them."""

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from cogs._join_list import JoinPage, Query
from data.ledger import Ledger
from tests.cogs.conftest import Seen
from tests.harness import connected, decided, first_reading, on_both
from tests.moderators import named, press, slash_only, use

pytestmark = on_both


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

    certain = await use(sandbox, moderator, general, "joins recent", certainty="certain")
    vanity = await use(sandbox, moderator, general, "joins recent", source="vanity")

    assert ("Joins: 1", "Joins: 0") == (certain.embeds[0]["title"], vanity.embeds[0]["title"])
    assert "Nobody fits that." in vanity.text


async def test_recent_joins_can_be_narrowed_to_an_invite(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """Of an invite there are those who came through it and those who may have."""
    other = guild.create_invite(general, by=guild.owner).code
    sure = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)
    unsure = [await sandbox.join(code) for code in codes]
    await decided(ledger, guild, 3)
    await sandbox.join(other)
    await decided(ledger, guild, 4)

    first = await use(sandbox, moderator, general, "joins recent", code=codes[0])
    link = f"https://discord.gg/{codes[1]}"
    second = await use(sandbox, moderator, general, "joins recent", code=link)
    card = await use(sandbox, moderator, general, "invite show", code=codes[0])

    assert ("Joins: 3", "Joins: 2") == (first.embeds[0]["title"], second.embeds[0]["title"])
    for member in (sure, *unsure):
        assert member.mention in first.text
    assert "Who joined through it: 1" in card.text
    shows = f"{named(sandbox, 'joins recent')} with `code: {codes[0]}`"
    assert f"2 more may have come through it: {shows}" in card.text


@slash_only
async def test_codes_complete_where_joins_are_narrowed(
    sandbox: Sandbox, moderator: Member, general: Channel, codes: tuple[str, str], seen: Seen
) -> None:
    """The invites that there are can be picked."""
    await seen(2)

    found = await sandbox.autocomplete(moderator, general, "joins recent", "code", "")

    assert sorted(codes) == sorted(choice["value"] for choice in found)


async def test_joins_cannot_be_narrowed_to_an_invite_that_there_is_not(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """A code that nobody knows is said to be one, instead of an empty list."""
    del usher

    reply = await use(sandbox, moderator, general, "joins recent", code="nobodyknows")

    assert "I know no invite `nobodyknows` in this server" in reply.text


async def test_narrowed_pages_stay_narrowed_after_a_restart(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel
) -> None:
    """The pages of one invite have nobody of another, also when turned after a restart."""
    code, other = (guild.add_invite(general, by=guild.owner).code for _ in range(2))
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
        for _ in range(21):
            await sandbox.join(code)
        await decided(ledger, guild, 21)
        await sandbox.join(other)
        await decided(ledger, guild, 22)
        first = await use(sandbox, moderator, general, "joins recent", code=code)

    async with connected(ledger, sandbox):
        last = await press(sandbox, moderator, first, "Last")

    assert "Joins: 21" in last.text
    assert "Page 3 of 3" in last.text


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
        first = await use(sandbox, moderator, general, "joins recent")

    async with connected(ledger, sandbox):
        second = await press(sandbox, moderator, first, "Next")
        again = await press(sandbox, moderator, second, "Previous")

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
    return await use(sandbox, moderator, general, "joins recent")


@slash_only
async def test_a_page_obeys_only_its_owner(
    sandbox: Sandbox, guild: Guild, two_pages: Reply
) -> None:
    """Even where others see a list, only who asked for it can turn its pages."""
    assert two_pages.message is not None
    two_pages.message.ephemeral = False

    reply = await press(sandbox, guild.owner, two_pages, "Next")

    assert "belongs to whoever used the command" in reply.text
    assert reply.ephemeral


async def test_the_permission_is_checked_at_every_press(
    sandbox: Sandbox, guild: Guild, moderator: Member, two_pages: Reply
) -> None:
    """Whoever lost Manage Server turns no more pages."""
    guild.set_roles(moderator, [])

    reply = await press(sandbox, moderator, two_pages, "Next")

    assert reply.text.startswith("You need **Manage Server**.")


@slash_only
async def test_a_page_that_is_gone_leads_to_the_first(
    sandbox: Sandbox, moderator: Member, two_pages: Reply
) -> None:
    """When there are fewer pages than there were, the first one is shown."""
    assert two_pages.message is not None
    gone = JoinPage(Query(moderator.id, 9, None, None).encode(), "Next").custom_id
    two_pages.message.body["components"][0]["components"][0]["custom_id"] = gone

    reply = await press(sandbox, moderator, two_pages, "Next")

    assert "Page 1 of 2" in reply.text


@slash_only
async def test_a_stale_page_says_so(sandbox: Sandbox, moderator: Member, two_pages: Reply) -> None:
    """A button of another version of Usher tells to use the command again."""
    assert two_pages.message is not None
    two_pages.message.body["components"][0]["components"][0]["custom_id"] = "jl:of-old"

    reply = await press(sandbox, moderator, two_pages, "Next")

    assert "from an older Usher. Use `/joins recent` again." in reply.text

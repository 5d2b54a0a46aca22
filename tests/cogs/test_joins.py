"""`/joins recent`, `/joins who` and "How did they join?"."""

import pytest

from bot.attribution import Lags
from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Confirmation, Correction, Source, to_ms
from tests.harness import connected, decided, on_both, until
from tests.moderators import slash_only, use

pytestmark = on_both

MENU = "How did they join?"


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

    reply = await use(sandbox, moderator, general, "joins recent")

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

    reply = await use(sandbox, moderator, general, "joins recent")

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

    reply = await use(sandbox, moderator, general, "joins who", member=one)

    first, second = sorted(codes)
    assert "Two people joined " in reply.text
    least = "" if sandbox.platform == "discord" else "at least "
    assert f"`{first}` rose by {least}1 and `{second}` by {least}1." in reply.text
    assert f"It was one of these two: `{first}` or `{second}`." in reply.text


async def test_the_record_is_named_as_what_it_is(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """A join that the platform's record tells of is confirmed, and why is said."""
    newcomer = await sandbox.join(codes[0])
    [join] = await decided(ledger, guild, 1)
    assert join.joined_at is not None
    said = Confirmation(
        member_id=newcomer.id,
        joined_at=to_ms(join.joined_at),
        source=Source.INVITE,
        code=codes[0],
    )
    await ledger.confirm(guild.id, [said], join.joined_at)

    reply = await use(sandbox, moderator, general, "joins who", member=newcomer)

    assert f"through `{codes[0]}`, **confirmed**" in reply.text
    assert "The platform's own record names it." in reply.text


async def test_a_correction_is_told_with_who_made_it_and_why(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    general: Channel,
    codes: tuple[str, str],
) -> None:
    """A corrected join names the moderator whose word stands, and their reason."""
    newcomer = await sandbox.join(codes[0])
    [join] = await decided(ledger, guild, 1)
    said = Correction(
        join_id=join.id,
        moderator_id=moderator.id,
        source=Source.INVITE,
        code=codes[1],
        note="they told me",
        at=join.arrived_at,
    )
    await ledger.correct(guild.id, said)

    reply = await use(sandbox, moderator, general, "joins who", member=newcomer)

    assert f"through `{codes[1]}`, **corrected**" in reply.text
    assert f"{moderator.mention} said so. Why: they told me" in reply.text


async def test_a_pending_join_says_when_it_will_be_decided(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel
) -> None:
    """While others may still come, nobody is promised a verdict in a moment."""
    code = guild.add_invite(general, by=guild.owner).code
    async with connected(ledger, sandbox, Lags(event=60, counter=60)):
        newcomer = await sandbox.join(code)
        await until(lambda: ledger.pending(guild.id))

        reply = await use(sandbox, moderator, general, "joins who", member=newcomer)

    assert "**pending**" in reply.text
    assert "after two minutes at the latest" in reply.text


@slash_only
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

    told = await use(sandbox, moderator, general, "joins who", member=newcomer)
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

    reply = await use(sandbox, moderator, general, "joins who", member=newcomer.user)

    assert f"through `{codes[0]}`" in reply.text


async def test_a_member_from_before_usher_is_said_to_be_one(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Of a member who was there before, there is nothing to tell but that."""
    del usher

    reply = await use(sandbox, moderator, general, "joins who", member=moderator)

    assert f"nothing written down of how {moderator.mention} came" in reply.text
    assert not reply.pings


async def test_usher_knows_itself(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel
) -> None:
    """Asked how it came itself, it does not speak of somebody else."""
    del usher

    reply = await use(sandbox, moderator, general, "joins who", member=guild.me)

    assert reply.text.startswith("That is me.")


async def test_a_stranger_to_the_ledger_is_said_to_be_one(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Of somebody who never was here, that is what is said."""
    del usher
    nobody = sandbox.add_user("nobody")

    reply = await use(sandbox, moderator, general, "joins who", member=nobody)

    assert f"I have never seen {nobody.mention} join or leave" in reply.text


async def test_nobody_has_joined_yet(
    sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
) -> None:
    """Before the first join, the list says who will be on it."""
    del usher

    assert "from now on" in (await use(sandbox, moderator, general, "joins recent")).text


@pytest.mark.parametrize("command", ["joins recent", "joins who"])
async def test_joins_need_manage_server(
    sandbox: Sandbox, usher: Usher, stranger: Member, general: Channel, command: str
) -> None:
    """Whoever may not see the server's invites learns nothing about joins."""
    del usher
    options = {"member": stranger} if command == "joins who" else {}

    reply = await use(sandbox, stranger, general, command, **options)

    assert "You need **Manage Server**." == reply.text


@slash_only
async def test_the_menu_needs_manage_server(
    sandbox: Sandbox, usher: Usher, stranger: Member, general: Channel
) -> None:
    """The menu asks for the same permission as the command."""
    del usher

    reply = await sandbox.context_menu(stranger, MENU, stranger, general)

    assert "You need **Manage Server**." == reply.text
    assert reply.ephemeral


@slash_only
async def test_the_menu_goes_with_its_cog(usher: Usher) -> None:
    """What loading the cog adds, unloading it takes away, so that it can be loaded again."""
    await usher.unload_extension("cogs.joins")
    names = {command.name for command in usher.tree.walk_commands()}

    await usher.load_extension("cogs.joins")

    assert MENU not in names

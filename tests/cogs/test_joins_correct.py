"""`/joins correct`: a moderator's word, and everything that it cannot be."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, Ending, EndReason, Invite, JoinRecord, Source
from tests.cogs.conftest import Ask, Seen
from tests.harness import connected, decided, first_reading, on_both
from tests.moderators import labels, named, said_in_place, slash_only, use

pytestmark = on_both

CORRECT = "joins correct"


async def only(ledger: Ledger, member: Member) -> JoinRecord:
    [join] = await ledger.joins_of(member.guild_id, member.id)
    return join


async def end_before(member: Member, ledger: Ledger, code: str, seconds: int) -> None:
    """As far as is known, an invite ended so long before somebody joined."""
    joined_at = (await only(ledger, member)).joined_at
    assert joined_at is not None
    ending = Ending(at=joined_at - timedelta(seconds=seconds), reason=EndReason.REVOKED)
    await ledger.record_ending(member.guild_id, code, ending)


async def test_a_moderators_word_stands(
    ask: Ask, ledger: Ledger, moderator: Member, newcomer: Member, codes: tuple[str, str]
) -> None:
    """A code is enough; the answer has the old verdict and the new one, and nobody is pinged."""
    reply = await ask(CORRECT, member=newcomer, code=codes[1], note="<@1> **said** so")
    join = await only(ledger, newcomer)

    assert (join.certainty, join.source, join.code) == (
        Certainty.CORRECTED,
        Source.INVITE,
        codes[1],
    )
    assert (join.decided_by, join.note) == (str(moderator.id), "<@1> **said** so")
    assert f"the 1st join of {newcomer.mention}" in reply.text
    assert (
        f"**certain** through `{codes[0]}` → **corrected** through `{codes[1]}`"
        f" ({moderator.mention})"
    ) in reply.text
    assert r"Why: \<\@1\> \*\*said\*\* so" in reply.text
    assert reply.ephemeral
    assert not reply.pings


@pytest.mark.parametrize("source", ["discovery", "vanity", "manual", "unknown"])
async def test_another_source_needs_no_code(
    ask: Ask, ledger: Ledger, newcomer: Member, source: str
) -> None:
    """Whatever way has no invite is said by its name."""
    await ask(CORRECT, member=newcomer, source=source)
    join = await only(ledger, newcomer)

    assert (join.certainty, join.source, join.code) == (Certainty.CORRECTED, Source(source), None)


async def test_a_link_of_an_ended_invite_can_be_named(
    ask: Ask,
    ledger: Ledger,
    guild: Guild,
    newcomer: Member,
    codes: tuple[str, str],
    seen: Seen,
) -> None:
    """What somebody came through may be gone by now, and a link is as good as its code."""
    guild.revoke_invite(codes[1], by=guild.owner)
    await seen(1)

    await ask(CORRECT, member=newcomer, code=f"https://discord.gg/{codes[1]}")

    assert codes[1] == (await only(ledger, newcomer)).code


async def test_an_invite_that_ended_just_before(
    ask: Ask, ledger: Ledger, newcomer: Member, codes: tuple[str, str]
) -> None:
    """By another clock it may have been there when they joined."""
    await end_before(newcomer, ledger, codes[1], seconds=30)

    await ask(CORRECT, member=newcomer, code=codes[1])

    assert codes[1] == (await only(ledger, newcomer)).code


@slash_only
async def test_ended_invites_are_offered(
    sandbox: Sandbox, guild: Guild, general: Channel, newcomer: Member, codes: tuple[str, str]
) -> None:
    """While somebody types a code, those that have ended are offered too."""
    guild.revoke_invite(codes[1], by=guild.owner)

    offered = await sandbox.autocomplete(
        guild.owner, general, CORRECT, "code", codes[1], member=newcomer
    )

    assert [codes[1]] == [choice["value"] for choice in offered]


async def test_the_vanity_code_means_the_vanity_url(sandbox: Sandbox, ledger: Ledger) -> None:
    """Naming the vanity URL's code says by itself which way that is."""
    harbour = sandbox.add_guild("Harbour", vanity="harbour")
    general = harbour.channel("general")
    async with connected(ledger, sandbox):
        await first_reading(ledger, harbour)
        code = harbour.create_invite(general, by=harbour.owner).code
        newcomer = await sandbox.join(code)
        await decided(ledger, harbour, 1)

        await use(sandbox, harbour.owner, general, CORRECT, member=newcomer, code="harbour")

    join = await only(ledger, newcomer)
    assert (join.source, join.code) == (Source.VANITY, "harbour")


async def test_the_vanity_url_means_its_code(sandbox: Sandbox, ledger: Ledger) -> None:
    """Who is said to have come by the vanity URL is found by the code that it has."""
    harbour = sandbox.add_guild("Harbour", vanity="harbour")
    general = harbour.channel("general")
    async with connected(ledger, sandbox):
        await first_reading(ledger, harbour)
        code = harbour.create_invite(general, by=harbour.owner).code
        newcomer = await sandbox.join(code)
        await decided(ledger, harbour, 1)

        await use(sandbox, harbour.owner, general, CORRECT, member=newcomer, source="vanity")

    join = await only(ledger, newcomer)
    assert (join.source, join.code) == (Source.VANITY, "harbour")


async def test_saying_the_same_again_changes_nothing(
    ask: Ask, ledger: Ledger, newcomer: Member, codes: tuple[str, str]
) -> None:
    """The second time is told as such, and the history does not grow."""
    said: dict[str, Any] = {"member": newcomer, "code": codes[1], "note": "once"}
    await ask(CORRECT, **said)

    again = await ask(CORRECT, **said)

    assert again.text.startswith(f"You said so already: the 1st join of {newcomer.mention} is")
    assert not labels(again)
    assert 2 == len(await ledger.verdicts((await only(ledger, newcomer)).id))


async def test_one_of_several_joins_can_be_meant(
    ask: Ask,
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    newcomer: Member,
    codes: tuple[str, str],
) -> None:
    """Unsaid it is the newest; a number means that one, also of somebody who has left."""
    await sandbox.leave(newcomer)
    again = await sandbox.rejoin(newcomer, codes[0])
    await decided(ledger, guild, 2)
    await sandbox.leave(again)

    await ask(CORRECT, member=newcomer.user, source="manual", join=1)
    newest = await ask(CORRECT, member=newcomer.user, source="discovery")
    missing = await ask(CORRECT, member=newcomer.user, source="discovery", join=3)

    sources = [join.source for join in await ledger.joins_of(guild.id, newcomer.id)]
    assert [Source.MANUAL, Source.DISCOVERY] == sources
    assert f"the 2nd join of {newcomer.mention}" in newest.text
    assert f"{newcomer.mention} joined twice, so there is no 3rd join." in missing.text


async def test_neighbours_are_decided_again(
    ask: Ask, sandbox: Sandbox, ledger: Ledger, guild: Guild, codes: tuple[str, str]
) -> None:
    """Of two who came at once by two links, a word on one makes the other certain."""
    one, two = await sandbox.join(codes[0]), await sandbox.join(codes[1])
    await decided(ledger, guild, 2)
    assert (await only(ledger, two)).certainty is Certainty.AMBIGUOUS

    await ask(CORRECT, member=one, code=codes[0])

    other = await only(ledger, two)
    assert (other.certainty, other.code) == (Certainty.CERTAIN, codes[1])


class TestRefusals:
    """Each has its own sentence, and nothing is written."""

    @pytest.fixture(autouse=True)
    async def _nothing_changes(self, ledger: Ledger, newcomer: Member) -> AsyncIterator[None]:
        yield
        assert (await only(ledger, newcomer)).certainty is Certainty.CERTAIN

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            pytest.param({}, "Say how they came", id="nothing"),
            pytest.param({"source": "invite"}, "through which invite", id="an invite, not which"),
            pytest.param({"code": "nobodyknows"}, "I know no invite", id="unknown code"),
            pytest.param({"code": "no code"}, "neither a code nor a link", id="no code"),
        ],
    )
    async def test_what_says_nothing(
        self,
        ask: Ask,
        sandbox: Sandbox,
        newcomer: Member,
        options: dict[str, Any],
        sentence: str,
    ) -> None:
        """Without a way that is known there is nothing to write."""
        reply = await ask(CORRECT, member=newcomer, **options)

        assert sentence in reply.text
        assert said_in_place(sandbox, reply)

    async def test_a_code_with_a_way_that_has_none(
        self, ask: Ask, newcomer: Member, codes: tuple[str, str]
    ) -> None:
        """Nobody is discovered through an invite."""
        reply = await ask(CORRECT, member=newcomer, code=codes[1], source="discovery")

        assert reply.text.startswith("Who came by `discovery` used no invite.")

    async def test_an_invite_made_later(
        self, ask: Ask, ledger: Ledger, general: Channel, newcomer: Member
    ) -> None:
        """Nobody came through an invite that was not there yet."""
        joined_at = (await only(ledger, newcomer)).joined_at
        assert joined_at is not None
        later = Invite(
            guild_id=newcomer.guild_id,
            code="later",
            channel_id=general.id,
            inviter_id=None,
            created_at=joined_at + timedelta(minutes=1),
            expires_at=None,
        )
        await ledger.record_invite(later, joined_at + timedelta(minutes=1))

        reply = await ask(CORRECT, member=newcomer, code="later")

        assert reply.text.startswith("`later` was made <t:")
        assert f"{newcomer.mention} joined before, <t:" in reply.text

    async def test_an_invite_that_had_ended(
        self, ask: Ask, ledger: Ledger, newcomer: Member, codes: tuple[str, str]
    ) -> None:
        """Nobody came through an invite that had ended well before."""
        await end_before(newcomer, ledger, codes[1], seconds=90)

        reply = await ask(CORRECT, member=newcomer, code=codes[1])

        assert reply.text.startswith(f"`{codes[1]}` had ended <t:")

    async def test_a_code_of_another_guild(
        self, ask: Ask, sandbox: Sandbox, ledger: Ledger, newcomer: Member
    ) -> None:
        """A code of another guild is as unknown as any."""
        other = sandbox.add_guild("Elsewhere")
        invite = other.add_invite(other.channel("general"), by=other.owner)
        await first_reading(ledger, other)

        reply = await ask(CORRECT, member=newcomer, code=invite.code)

        assert f"I know no invite `{invite.code}`" in reply.text

    async def test_a_bot(self, ask: Ask, sandbox: Sandbox, ledger: Ledger, guild: Guild) -> None:
        """Nobody says through which invite a bot came."""
        machine = await sandbox.add_bot(guild, by=guild.owner)
        await decided(ledger, guild, 2)

        reply = await ask(CORRECT, member=machine, source="discovery")

        assert "Bots are added by somebody" in reply.text

    async def test_somebody_never_met(self, ask: Ask, sandbox: Sandbox, moderator: Member) -> None:
        """Of whom no join is known, none is corrected: a stranger, or a member from before."""
        nobody = sandbox.add_user("nobody")

        stranger = await ask(CORRECT, member=nobody, source="discovery")
        early = await ask(CORRECT, member=moderator, source="discovery")

        assert f"I have never seen {nobody.mention}" in stranger.text
        assert named(sandbox, "setup backfill") in early.text
        assert stranger.ephemeral
        assert early.ephemeral

    @pytest.mark.parametrize("command", ["joins correct", "joins undo", "joins accuracy"])
    async def test_without_manage_server(
        self, ask: Ask, sandbox: Sandbox, stranger: Member, newcomer: Member, command: str
    ) -> None:
        """Whoever is let in by an administrator still needs what the command needs."""
        options: dict[str, Any] = {} if command == "joins accuracy" else {"member": newcomer}

        reply = await ask(command, by=stranger, **options)

        assert "You need **Manage Server**." == reply.text
        assert said_in_place(sandbox, reply)

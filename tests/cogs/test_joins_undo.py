"""`/joins undo` and the button under a correction."""

import asyncio

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from cogs._correcting import Undo
from data.ledger import Ledger
from data.models import Certainty, JoinRecord, Source
from tests.cogs.conftest import Ask
from tests.harness import connected, decided, on_both
from tests.moderators import labels, press, slash_only

pytestmark = on_both

CORRECT, UNDO = "joins correct", "joins undo"


async def newest(ledger: Ledger, member: Member) -> JoinRecord:
    return (await ledger.joins_of(member.guild_id, member.id))[-1]


async def test_corrections_are_taken_back_one_after_the_other(
    ask: Ask,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    newcomer: Member,
    codes: tuple[str, str],
) -> None:
    """First the second word goes, also another moderator's, then the first, then there is none."""
    await ask(CORRECT, member=newcomer, source="discovery")
    await ask(CORRECT, by=guild.owner, member=newcomer, code=codes[1])

    first = await ask(UNDO, member=newcomer)
    assert Source.DISCOVERY is (await newest(ledger, newcomer)).source
    second = await ask(UNDO, member=newcomer)
    third = await ask(UNDO, member=newcomer)

    join = await newest(ledger, newcomer)
    assert (join.certainty, join.code) == (Certainty.CERTAIN, codes[0])
    assert (
        f"**corrected** through `{codes[1]}` ({guild.owner.mention})"
        f" → **corrected** through server discovery ({moderator.mention})"
    ) in first.text
    assert "joins undo` takes that back too." in first.text
    assert f"→ **certain** through `{codes[0]}`" in second.text
    assert f"Nobody has corrected how {newcomer.mention} came" in third.text
    assert first.ephemeral
    assert not first.pings


async def test_what_nobody_corrected_is_not_undone(
    ask: Ask, ledger: Ledger, moderator: Member, newcomer: Member
) -> None:
    """Where no moderator has said anything there is nothing to take back, of one join as of all."""
    whole = await ask(UNDO, member=newcomer)
    one = await ask(UNDO, member=newcomer, join=1)
    missing = await ask(UNDO, member=newcomer, join=2)
    early = await ask(UNDO, member=moderator)

    assert f"Nobody has corrected how {newcomer.mention} came" in whole.text
    assert f"Nobody has corrected the 1st join of {newcomer.mention}" in one.text
    assert "joined once, so there is no 2nd join" in missing.text
    assert f"nothing written down of how {moderator.mention} came" in early.text
    assert 1 == len(await ledger.verdicts((await newest(ledger, newcomer)).id))


@slash_only
async def test_said_twice_at_once_takes_one_back(
    ask: Ask, ledger: Ledger, newcomer: Member
) -> None:
    """Of two commands in one breath the second does not take the earlier correction back."""
    await ask(CORRECT, member=newcomer, source="discovery")
    await ask(CORRECT, member=newcomer, source="manual")

    answers = await asyncio.gather(*(ask(UNDO, member=newcomer) for _ in range(2)))

    assert Source.DISCOVERY is (await newest(ledger, newcomer)).source
    assert 1 == sum("Correction taken back" in answer.text for answer in answers)


async def test_of_several_joins_the_one_corrected_last_is_meant(
    ask: Ask,
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    newcomer: Member,
    codes: tuple[str, str],
) -> None:
    """Unsaid it is the join that was corrected last, also of somebody who left; or the named."""
    await sandbox.leave(newcomer)
    again = await sandbox.rejoin(newcomer, codes[0])
    await decided(ledger, guild, 2)
    await sandbox.leave(again)
    user = newcomer.user
    for number in (2, 1):
        await ask(CORRECT, member=user, source="discovery", join=number)

    last = await ask(UNDO, member=user)
    named = await ask(UNDO, member=user, join=2)

    assert f"the 1st join of {newcomer.mention}" in last.text
    assert f"the 2nd join of {newcomer.mention}" in named.text


class TestTheButton:
    """Under the answer to a correction."""

    async def test_takes_that_correction_back(
        self, ask: Ask, sandbox: Sandbox, ledger: Ledger, moderator: Member, newcomer: Member
    ) -> None:
        """The answer becomes what stands now, and has no button any more."""
        said = await ask(CORRECT, member=newcomer, source="discovery")

        answer = await press(sandbox, moderator, said, "Undo")

        assert Certainty.CERTAIN is (await newest(ledger, newcomer)).certainty
        assert "Correction taken back" in answer.text
        assert answer.message is said.message
        assert not labels(answer)

    async def test_outlives_a_restart(
        self,
        ask: Ask,
        sandbox: Sandbox,
        ledger: Ledger,
        guild: Guild,
        moderator: Member,
        general: Channel,
    ) -> None:
        """What was corrected before a restart can be taken back after it."""
        invite = guild.add_invite(general, by=guild.owner)
        async with connected(ledger, sandbox):
            newcomer = await sandbox.join(invite.code)
            await decided(ledger, guild, 1)
            said = await ask(CORRECT, member=newcomer, source="discovery")

        async with connected(ledger, sandbox):
            await press(sandbox, moderator, said, "Undo")

        assert Certainty.CORRECTED is not (await newest(ledger, newcomer)).certainty

    async def test_leaves_a_later_correction_alone(
        self,
        ask: Ask,
        sandbox: Sandbox,
        ledger: Ledger,
        guild: Guild,
        moderator: Member,
        newcomer: Member,
    ) -> None:
        """When somebody has said something else since, the button refuses with a sentence."""
        said = await ask(CORRECT, member=newcomer, source="discovery")
        await ask(CORRECT, by=guild.owner, member=newcomer, source="manual")

        answer = await press(sandbox, moderator, said, "Undo")

        assert "That correction does not stand any more." in answer.text
        assert answer.ephemeral
        assert Source.MANUAL is (await newest(ledger, newcomer)).source

    @slash_only
    async def test_pressed_twice_at_once_takes_one_back(
        self, ask: Ask, sandbox: Sandbox, ledger: Ledger, moderator: Member, newcomer: Member
    ) -> None:
        """Of two presses in one breath the second does not take the earlier correction back."""
        await ask(CORRECT, member=newcomer, source="discovery")
        said = await ask(CORRECT, member=newcomer, source="manual")

        answers = await asyncio.gather(*(press(sandbox, moderator, said, "Undo") for _ in range(2)))

        assert Source.DISCOVERY is (await newest(ledger, newcomer)).source
        assert "my fault" not in "\n".join(answer.text for answer in answers)

    @slash_only
    async def test_waits_for_no_second_press(
        self, ask: Ask, sandbox: Sandbox, ledger: Ledger, moderator: Member, newcomer: Member
    ) -> None:
        """While a correction is being taken back, pressing again does nothing."""
        said = await ask(CORRECT, member=newcomer, source="discovery")
        entry = (await ledger.verdicts((await newest(ledger, newcomer)).id))[-1]
        Undo.under_way.add(entry.id)

        early = await press(sandbox, moderator, said, "Undo")
        Undo.under_way.discard(entry.id)
        await press(sandbox, moderator, said, "Undo")

        assert early.text == "That is being taken back already."
        assert Certainty.CERTAIN is (await newest(ledger, newcomer)).certainty
        assert not Undo.under_way

    @slash_only
    async def test_obeys_only_its_owner(
        self,
        ask: Ask,
        sandbox: Sandbox,
        ledger: Ledger,
        guild: Guild,
        newcomer: Member,
    ) -> None:
        """Even where others see it, only the moderator who corrected can press it."""
        said = await ask(CORRECT, member=newcomer, source="discovery")
        assert said.message is not None
        said.message.ephemeral = False

        answer = await press(sandbox, guild.owner, said, "Undo")

        assert "belongs to whoever used the command" in answer.text
        assert Source.DISCOVERY is (await newest(ledger, newcomer)).source

    async def test_checks_the_permission_again(
        self,
        ask: Ask,
        sandbox: Sandbox,
        ledger: Ledger,
        guild: Guild,
        moderator: Member,
        newcomer: Member,
    ) -> None:
        """Who lost the permission since takes nothing back."""
        said = await ask(CORRECT, member=newcomer, source="discovery")
        guild.set_roles(moderator, [])

        answer = await press(sandbox, moderator, said, "Undo")

        assert answer.text.startswith("You need **Manage Server**.")
        assert Source.DISCOVERY is (await newest(ledger, newcomer)).source

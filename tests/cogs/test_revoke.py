"""`/invite revoke`: the question, the answer, and everybody who may not."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Invite, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from data.ledger import Ledger
from data.models import EndReason
from tests.cogs.conftest import Seen
from tests.harness import WITH_RECORD, connected, first_reading, on_both, until
from tests.moderators import labels, press, slash_only, use

pytestmark = on_both

DELETE = ("DELETE", "/invites/*")


@pytest.fixture
async def invite(usher: Usher, guild: Guild, general: Channel, seen: Seen) -> Invite:
    """An invite that somebody made by hand."""
    del usher
    invite = guild.create_invite(general, by=guild.owner, max_uses=7)
    await seen(1)
    return invite


@pytest.fixture
async def question(sandbox: Sandbox, moderator: Member, general: Channel, invite: Invite) -> Reply:
    """What the moderator is asked, with a reason that tries to break out."""
    return await use(
        sandbox, moderator, general, "invite revoke", code=invite.code, reason="**spam** `x` <@1>"
    )


async def test_nothing_goes_before_the_answer(
    guild: Guild, invite: Invite, question: Reply
) -> None:
    """The question shows what would go, in private, and nothing has gone yet."""
    assert f"Revoke {invite.code}?" in question.text
    assert "0 of 7 uses" in question.text
    assert question.ephemeral
    assert invite.code in guild.invites


async def test_yes_revokes_and_everybody_knows_why(
    sandbox: Sandbox,
    ledger: Ledger,
    guild: Guild,
    moderator: Member,
    invite: Invite,
    question: Reply,
) -> None:
    """The invite is gone; ledger and audit log name the moderator and the reason word for word."""
    answer = await press(sandbox, moderator, question, "Revoke")
    record = await ledger.invite(guild.id, invite.code)

    assert invite.code not in guild.invites
    assert f"Revoked for {moderator.id}: **spam** `x` <@1>" == guild.audit_log[-1].reason
    assert record is not None
    assert (EndReason.REVOKED, moderator.id, "**spam** `x` <@1>") == (
        record.end_reason,
        record.ended_by,
        record.end_note,
    )
    assert "Invite revoked" in answer.text
    assert r"\*\*spam\*\* \`x\` \<\@1\>" in answer.text


async def test_uses_that_nobody_has_counted_are_not_told(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel
) -> None:
    """Whoever came just before is no use that was counted, and is known of all the same."""
    invite = guild.create_invite(general, by=guild.owner)
    sandbox.counter_lag = 3600
    async with connected(ledger, sandbox, patience=WITH_RECORD):
        await first_reading(ledger, guild)
        for _ in range(3):
            await sandbox.join(invite.code)
        await until(lambda: _named(ledger, guild, invite, 3))

        asked = await use(sandbox, moderator, general, "invite revoke", code=invite.code)
        answer = await press(sandbox, moderator, asked, "Revoke")
        card = await use(sandbox, moderator, general, "invite show", code=invite.code)

    assert f"`{invite.code}` had at least 3 uses. Nobody" in answer.text
    assert "at least 3" == {one["name"]: one["value"] for one in card.embeds[0]["fields"]}["Uses"]


async def _named(ledger: Ledger, guild: Guild, invite: Invite, count: int) -> bool:
    """Whether so many are known to have come through it."""
    record = await ledger.invite(guild.id, invite.code)
    return record is not None and (await ledger.joins_through(record.id, 0))[1] == count


async def test_the_question_becomes_the_answer(
    sandbox: Sandbox, moderator: Member, question: Reply
) -> None:
    """After the answer there is no button any more, so that nobody presses it twice."""
    answer = await press(sandbox, moderator, question, "Revoke")

    assert answer.message is question.message
    assert not labels(answer)


async def test_pressing_twice_at_once_revokes_once(
    sandbox: Sandbox, guild: Guild, moderator: Member, invite: Invite, question: Reply
) -> None:
    """Of two presses in one breath one revokes, and the other hears that it is gone."""
    presses = (press(sandbox, moderator, question, "Revoke") for _ in range(2))

    answers = await asyncio.gather(*presses)

    assert invite.code not in guild.invites
    told = "\n".join(answer.text for answer in answers)
    assert "Invite revoked" in told
    assert "my fault" not in told


async def test_pressing_late_says_that_it_is_gone(
    sandbox: Sandbox, guild: Guild, moderator: Member, invite: Invite, question: Reply, seen: Seen
) -> None:
    """When somebody else was faster, the answer says how the invite ended, and by whom."""
    guild.revoke_invite(invite.code, by=guild.owner)
    await seen(0)

    answer = await press(sandbox, moderator, question, "Revoke")

    assert f"`{invite.code}` is already revoked" in answer.text
    assert answer.ephemeral


async def test_two_questions_revoke_once(
    sandbox: Sandbox,
    guild: Guild,
    moderator: Member,
    general: Channel,
    invite: Invite,
    question: Reply,
) -> None:
    """The second of two questions about one invite finds it revoked already."""
    again = await use(sandbox, moderator, general, "invite revoke", code=invite.code)
    await press(sandbox, moderator, question, "Revoke")

    answer = await press(sandbox, moderator, again, "Revoke")

    assert "is already revoked, <t:" in answer.text
    assert moderator.mention in answer.text
    assert invite.code not in guild.invites


async def test_the_question_outlives_a_restart(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel, seen: Seen
) -> None:
    """A question asked before a restart is answered after it, with the reason given before."""
    async with connected(ledger, sandbox):
        invite = guild.create_invite(general, by=guild.owner)
        await seen(1)
        question = await use(
            sandbox, moderator, general, "invite revoke", code=invite.code, reason="old"
        )

    async with connected(ledger, sandbox):
        await press(sandbox, moderator, question, "Revoke")

    assert f"Revoked for {moderator.id}: old" == guild.audit_log[-1].reason
    assert invite.code not in guild.invites


@slash_only
async def test_a_button_obeys_only_its_owner(
    sandbox: Sandbox, guild: Guild, invite: Invite, question: Reply
) -> None:
    """Even where others see a question, only the moderator who was asked can answer it."""
    other = guild.owner
    assert question.message is not None
    question.message.ephemeral = False

    answer = await press(sandbox, other, question, "Revoke")

    assert "belongs to whoever used the command" in answer.text
    assert answer.ephemeral
    assert invite.code in guild.invites


@slash_only
async def test_a_card_obeys_only_its_owner(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, invite: Invite
) -> None:
    """Even where others see a card, its button answers only who asked for the card."""
    card = await use(sandbox, moderator, general, "invite show", code=invite.code)
    assert card.message is not None
    card.message.ephemeral = False

    answer = await press(sandbox, guild.owner, card, "Revoke")

    assert "belongs to whoever used the command" in answer.text


async def test_a_card_asks_before_it_revokes(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel, invite: Invite
) -> None:
    """The button of a card leads to the same question, and that one revokes."""
    card = await use(sandbox, moderator, general, "invite show", code=invite.code)
    question = await press(sandbox, moderator, card, "Revoke")
    assert invite.code in guild.invites

    await press(sandbox, moderator, question, "Revoke")

    assert f"Revoke {invite.code}?" in question.text
    assert question.ephemeral
    assert invite.code not in guild.invites


class TestWhatCannotBeRevoked:
    """Each has its own sentence."""

    async def test_unknown(
        self, sandbox: Sandbox, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """A code that this guild never had is unknown."""
        del usher

        reply = await use(sandbox, moderator, general, "invite revoke", code="nobodyknows")

        assert "I know no invite `nobodyknows`" in reply.text

    async def test_of_another_guild(
        self, sandbox: Sandbox, ledger: Ledger, usher: Usher, moderator: Member, general: Channel
    ) -> None:
        """A code of another guild is as unknown as any, and stays."""
        del usher
        other = sandbox.add_guild("Elsewhere")
        invite = other.add_invite(other.channel("general"), by=other.owner)
        await first_reading(ledger, other)

        reply = await use(sandbox, moderator, general, "invite revoke", code=invite.code)

        assert f"I know no invite `{invite.code}`" in reply.text
        assert invite.code in other.invites

    async def test_expired(
        self,
        sandbox: Sandbox,
        ledger: Ledger,
        guild: Guild,
        usher: Usher,
        moderator: Member,
        general: Channel,
    ) -> None:
        """An expired invite is said to have expired."""
        del usher
        await use(sandbox, moderator, general, "invite create", max_age="1s")
        [code] = guild.invites

        async def over() -> bool:
            record = await ledger.invite(guild.id, code)
            return record is not None and record.ended(datetime.now(UTC))

        await until(over)
        reply = await use(sandbox, moderator, general, "invite revoke", code=code)

        assert f"`{code}` is already expired" in reply.text

    async def test_the_vanity_url(self, sandbox: Sandbox, ledger: Ledger) -> None:
        """The vanity URL belongs to the server's settings."""
        harbour = sandbox.add_guild("Harbour", vanity="harbour")
        async with connected(ledger, sandbox):
            await first_reading(ledger, harbour)
            reply = await use(
                sandbox, harbour.owner, harbour.channel("general"), "invite revoke", code="harbour"
            )

        assert "The vanity URL cannot be revoked." in reply.text


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        pytest.param({"status": 404, "code": 10006}, "knows no such invite", id="404"),
        pytest.param({"status": 403, "code": 50013}, "lack a permission", id="403"),
        pytest.param({"status": 503}, "do not know whether it was done", id="503"),
        pytest.param({"status": 429, "retry_after": 300.0}, "slow down", id="429"),
    ],
)
async def test_every_refusal_has_a_sentence_and_nothing_is_written_down(
    sandbox: Sandbox,
    ledger: Ledger,
    moderator: Member,
    question: Reply,
    fault: dict[str, Any],
    sentence: str,
) -> None:
    """What the platform did not do is told, and the ledger still has the invite as live."""
    sandbox.fail(*DELETE, times=None, **fault)

    reply = await press(sandbox, moderator, question, "Revoke")
    [record], _ = await ledger.invites(moderator.guild_id)

    assert sentence in reply.text
    assert reply.ephemeral
    assert record.ended_at is None


async def test_it_can_be_pressed_again_after_a_fault(
    sandbox: Sandbox, guild: Guild, moderator: Member, invite: Invite, question: Reply
) -> None:
    """A fault leaves the question where it was, and the next press revokes."""
    sandbox.fail(*DELETE, status=503)
    await press(sandbox, moderator, question, "Revoke")
    if sandbox.platform == "fluxer":  # to take a reaction back is no press
        assert question.message is not None
        await sandbox.unreact(moderator, question.message, "\N{WHITE HEAVY CHECK MARK}")

    await press(sandbox, moderator, question.latest, "Revoke")

    assert invite.code not in guild.invites

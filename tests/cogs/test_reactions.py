"""Reactions that stand for buttons: whose they are, when they count, and what they remember."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from data.ledger import Ledger
from tests.cogs.conftest import Seen
from tests.harness import connected, until
from tests.moderators import labels, press, use

pytestmark = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)

NEXT, PREVIOUS, YES = "▶️", "◀️", "✅"


@pytest.fixture
async def page(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel, seen: Seen
) -> Reply:
    """The first of three pages."""
    del usher
    for _ in range(21):
        guild.create_invite(general, by=guild.owner)
    await seen(21)
    return await use(sandbox, moderator, general, "invite list")


@pytest.fixture
async def question(
    sandbox: Sandbox, usher: Usher, guild: Guild, moderator: Member, general: Channel, seen: Seen
) -> Reply:
    """Whether an invite shall be revoked."""
    del usher
    code = guild.create_invite(general, by=guild.owner).code
    await seen(1)
    return await use(sandbox, moderator, general, "invite revoke", code=code, reason="spam")


async def shows(reply: Reply, words: str) -> Reply:
    """The message, once it says that."""

    async def ask() -> Reply | None:
        return reply.latest if words in reply.latest.text else None

    return await until(ask)


async def test_the_message_says_which_reaction_does_what(page: Reply) -> None:
    """In one line, with the reactions below it in the order of the pages."""
    assert "React with ▶️ Next · ⏭️ Last" in page.content
    assert page.message is not None

    async def whole() -> bool:
        return page.message is not None and ["⏮️", "◀️", "▶️", "⏭️"] == list(page.message.reactions)

    await until(whole)


async def test_taking_a_reaction_back_turns_the_page_too(
    sandbox: Sandbox, moderator: Member, page: Reply
) -> None:
    """In a direct message nobody takes a person's reaction away, so each click is a press."""
    second = await press(sandbox, moderator, page, "Next")
    third = await press(sandbox, moderator, second, "Next")

    assert page.message is not None
    assert moderator.id not in page.message.reactions[NEXT]
    assert "Page 3 of 3" in third.text


async def test_taking_a_confirmation_back_confirms_nothing(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel, seen: Seen
) -> None:
    """Who took back what they had said while Usher was away is not taken at their word; who says
    it again is.
    """
    async with connected(ledger, sandbox):
        code = guild.create_invite(general, by=guild.owner).code
        await seen(1)
        asked = await use(sandbox, moderator, general, "invite revoke", code=code)
    assert asked.message is not None
    await sandbox.react(moderator, asked.message, YES)

    async with connected(ledger, sandbox):
        await sandbox.unreact(moderator, asked.message, YES)
        page = await use(sandbox, moderator, general, "invite list")
        assert [code] == list(guild.invites)
        assert "Live invites: 1" in page.text
        answer = await press(sandbox, moderator, asked, "Revoke")

    assert "Invite revoked" in answer.text


async def test_a_refused_confirmation_that_is_taken_back(
    sandbox: Sandbox, guild: Guild, moderator: Member, question: Reply
) -> None:
    """Though whoever was refused may now, to take it back is not to ask for it."""
    roles = list(moderator.roles)
    guild.set_roles(moderator, [])
    refused = await press(sandbox, moderator, question, "Revoke")
    assert "You need **Manage Server**" in refused.text
    guild.grant(moderator, *(guild.roles_by_id[role] for role in roles))

    assert question.message is not None
    await sandbox.unreact(moderator, question.message, YES)
    await asyncio.sleep(0.3)

    assert 1 == len(guild.invites)
    assert "Invite revoked" in (await press(sandbox, moderator, question, "Revoke")).text


async def test_two_quick_presses_are_two_pages(
    sandbox: Sandbox, moderator: Member, page: Reply
) -> None:
    """The second reaction finds what the first has made of the message."""
    assert page.message is not None
    await sandbox.react(moderator, page.message, NEXT)
    await sandbox.unreact(moderator, page.message, NEXT)

    third = await shows(page, "Page 3 of 3")

    assert ["First", "Previous"] == labels(third)


async def test_a_reaction_that_leads_nowhere_does_nothing(
    sandbox: Sandbox, moderator: Member, page: Reply
) -> None:
    """All four are there from the start; what means nothing on this page is no press."""
    assert page.message is not None
    await sandbox.react(moderator, page.message, PREVIOUS)
    await sandbox.react(moderator, page.message, "🎉")

    second = await press(sandbox, moderator, page, "Next")

    assert "Page 2 of 3" in second.text


async def test_clients_may_leave_out_the_mark_of_a_picture(
    sandbox: Sandbox, moderator: Member, page: Reply
) -> None:
    """The same emoji without its invisible end is the same reaction."""
    assert page.message is not None
    await sandbox.react(moderator, page.message, NEXT.removesuffix("\N{VARIATION SELECTOR-16}"))

    await shows(page, "Page 2 of 3")


async def test_only_who_was_asked_answers(
    sandbox: Sandbox, usher: Usher, guild: Guild, question: Reply
) -> None:
    """A reaction of somebody else, wherever it comes from, does nothing."""
    del usher
    assert question.message is not None
    sandbox.emit(
        "MESSAGE_REACTION_ADD",
        {
            "channel_id": str(question.message.channel_id),
            "message_id": str(question.message.id),
            "user_id": str(guild.owner.id),
            "emoji": {"name": YES},
        },
    )
    await asyncio.sleep(0.3)

    assert 1 == len(guild.invites)


async def test_ushers_own_reactions_are_no_answer(guild: Guild, question: Reply) -> None:
    """To put a reaction up is not to press it."""
    await asyncio.sleep(0.3)

    assert question.message is not None
    assert YES in question.message.reactions
    assert 1 == len(guild.invites)


async def test_an_answer_keeps_its_reason_over_a_restart(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel, seen: Seen
) -> None:
    """What was asked before a restart is answered after it, with the words of then."""
    async with connected(ledger, sandbox):
        code = guild.create_invite(general, by=guild.owner).code
        await seen(1)
        asked = await use(sandbox, moderator, general, "invite revoke", code=code, reason="old")

    async with connected(ledger, sandbox):
        answer = await press(sandbox, moderator, asked, "Revoke")

    assert "Invite revoked" in answer.text
    assert f"Revoked for {moderator.id}: old" == guild.audit_log[-1].reason


async def test_after_the_answer_the_question_is_closed(
    sandbox: Sandbox, ledger: Ledger, moderator: Member, question: Reply
) -> None:
    """Nothing is offered any more, and our reaction is gone."""
    answer = await press(sandbox, moderator, question, "Revoke")
    message = answer.message
    assert message is not None

    async def closed() -> bool:
        return [moderator.id] == message.reactions.get(YES)

    await until(closed)
    assert [] == labels(answer)
    assert await ledger.choice(message.id, YES, datetime.now(UTC)) is None


class TestPermissions:
    """The event names no roles, so the platform is asked for the member at each reaction."""

    async def test_a_role_taken_away_since(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, question: Reply
    ) -> None:
        """Who lost the permission since revokes nothing."""
        guild.set_roles(moderator, [])

        reply = await press(sandbox, moderator, question, "Revoke")

        assert "You need **Manage Server**" in reply.text
        assert reply.text.endswith("\nIn **Harbour**")
        assert reply.private
        assert 1 == len(guild.invites)

    async def test_somebody_who_left_since(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, question: Reply
    ) -> None:
        """Who is no member any more does nothing in the server."""
        await sandbox.leave(moderator)

        reply = await press(sandbox, moderator, question, "Revoke")

        assert "You are not a member of that server any more.\nIn **Harbour**" == reply.text
        assert 1 == len(guild.invites)

    async def test_a_server_out_of_sight(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, question: Reply
    ) -> None:
        """While Usher does not see the server, that is said."""
        guild.outage()

        reply = await press(sandbox, moderator, question, "Revoke")

        assert "I cannot see that server at the moment" in reply.text

    async def test_the_platform_does_not_answer(
        self, sandbox: Sandbox, guild: Guild, moderator: Member, question: Reply
    ) -> None:
        """Nobody is taken for a moderator without having been looked up."""
        sandbox.fail("GET", "/guilds/*/members/*", status=503, times=None)

        reply = await press(sandbox, moderator, question, "Revoke")

        assert "my fault" not in reply.text
        assert "Try again" in reply.text
        assert 1 == len(guild.invites)


@pytest.mark.usefixtures("usher")
async def test_who_takes_no_messages_any_more(
    sandbox: Sandbox,
    guild: Guild,
    moderator: Member,
    general: Channel,
    seen: Seen,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What a reaction asks for cannot be answered; that is no fault of ours."""
    caplog.set_level("INFO")
    code = guild.create_invite(general, by=guild.owner).code
    await seen(1)
    card = await use(sandbox, moderator, general, "invite show", code=code)
    moderator.user.accepts_dms = False
    assert card.message is not None
    await sandbox.react(moderator, card.message, "🗑")

    async def logged() -> bool:
        return "a reaction stays without an answer" in caplog.text

    await until(logged)
    assert "a command failed" not in caplog.text
    assert "Traceback" not in caplog.text


async def test_old_reactions_do_nothing(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, question: Reply
) -> None:
    """What was withdrawn meanwhile is silence, not a fault."""
    assert question.message is not None
    await ledger.withdraw_offer(question.message.id)

    await sandbox.react(moderator, question.message, YES)
    await asyncio.sleep(0.3)

    assert 1 == len(guild.invites)

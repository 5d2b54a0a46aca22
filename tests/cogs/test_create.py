"""`/invite create`, through the real discord.py on the embedded platform."""

from typing import Any

import pytest

from bot.client import Usher
from bot.sandbox import NotOffered, Sandbox
from bot.sandbox.entities import Channel, Member, Terms
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.cogs.conftest import Ask, only
from tests.harness import on_both
from tests.moderators import said_in_place, slash_only, use

pytestmark = [pytest.mark.usefixtures("usher"), on_both]

APPLICATION = 880218394199220334


async def test_an_invite_without_options_lasts_for_ever_where_it_was_asked_for(
    ask: Ask, usher: Usher, guild: Guild, general: Channel
) -> None:
    """Without options the invite leads to the current channel, never ends and has no limit."""
    reply = await ask("invite create")

    assert Terms() == only(guild).terms
    assert general.id == only(guild).channel_id
    assert usher.platform.link(only(guild).code) in reply.text


@slash_only
async def test_every_option_reaches_the_platform(ask: Ask, guild: Guild, manager: Member) -> None:
    """What a moderator asks for is exactly what the platform makes."""
    lounge = guild.add_channel("lounge", "voice")
    helper = guild.add_role("Helper", position=5)

    await ask(
        "invite create",
        by=manager,
        channel=lounge,
        max_age="1 day 12 hours",
        max_uses=10,
        temporary=True,
        roles=helper.mention,
        target_application=str(APPLICATION),
    )

    assert lounge.id == only(guild).channel_id
    assert only(guild).terms == Terms(
        max_age=129_600,
        max_uses=10,
        temporary=True,
        role_ids=(helper.id,),
        target_type=2,
        target_application_id=APPLICATION,
    )


@slash_only
async def test_an_invite_may_lead_to_a_stream(
    ask: Ask, sandbox: Sandbox, guild: Guild, moderator: Member
) -> None:
    """`target_user` in a voice channel makes an invite to that member's stream."""
    lounge = guild.add_channel("lounge", "voice")
    sandbox.stream(moderator, lounge)

    await ask("invite create", channel=lounge, target_user=moderator)

    assert (1, moderator.id) == (only(guild).terms.target_type, only(guild).terms.target_user_id)


async def test_the_ledger_remembers_for_whom_and_why(
    ask: Ask, guild: Guild, moderator: Member, ledger: Ledger
) -> None:
    """The moderator, the member it counts for, the campaign and the reason are written down."""
    partner = guild.add_member("partner")

    await ask(
        "invite create",
        on_behalf=partner,
        campaign="  partner   a ",
        reason="for the fair",
    )
    record = await ledger.invite(guild.id, only(guild).code)

    assert record is not None
    assert (moderator.id, partner.id, "partner a", "for the fair") == (
        record.moderator_id,
        record.behalf_id,
        record.campaign,
        record.reason,
    )
    assert partner.id == record.credited_id


async def test_the_platforms_audit_log_names_the_moderator(
    ask: Ask, guild: Guild, moderator: Member
) -> None:
    """The audit log, which would only name Usher, says for whom it was made and why."""
    await ask("invite create", reason="for the fair")

    assert f"Created for {moderator.id}: for the fair" == guild.audit_log[-1].reason


async def test_the_answer_is_private_and_pings_nobody(ask: Ask, guild: Guild) -> None:
    """Only the moderator sees the answer, and nobody named in it is notified."""
    partner = guild.add_member("partner")

    reply = await ask("invite create", on_behalf=partner, reason="@everyone <@1>")

    assert reply.ephemeral
    assert not reply.pings
    assert r"\@everyone \<\@1\>" in reply.text


async def test_an_existing_invite_may_be_reused(ask: Ask, guild: Guild) -> None:
    """With `unique` off the platform may give an invite that fits, and the answer says so."""
    await ask("invite create", unique=False, campaign="first")

    reply = await ask("invite create", unique=False, campaign="two")

    assert only(guild).code in reply.text
    assert "was there already" in reply.text
    assert "first" in reply.text


@pytest.mark.parametrize("kind", ["text", "voice"])
async def test_every_kind_of_channel_that_can_have_invites_is_offered(
    ask: Ask, guild: Guild, kind: str
) -> None:
    """Text and voice channels can be chosen."""
    channel = guild.add_channel("place", kind)

    await ask("invite create", channel=channel)

    assert channel.id == only(guild).channel_id


@pytest.mark.parametrize("kind", ["category", "thread"])
@slash_only
async def test_channels_that_cannot_have_invites_are_not_offered(
    ask: Ask, guild: Guild, general: Channel, kind: str
) -> None:
    """Categories and threads cannot be chosen."""
    parent = general if kind == "thread" else None
    channel = guild.add_channel("place", kind, parent=parent)

    with pytest.raises(NotOffered):
        await ask("invite create", channel=channel)


@slash_only
@pytest.mark.parametrize("kind", ["announcement", "stage", "forum"])
async def test_and_those_that_only_discord_has(ask: Ask, guild: Guild, kind: str) -> None:
    """Announcement, stage and forum channels can be chosen where there are any."""
    channel = guild.add_channel("place", kind)

    await ask("invite create", channel=channel)

    assert channel.id == only(guild).channel_id


@slash_only
async def test_inside_a_thread_a_channel_has_to_be_named(
    sandbox: Sandbox, guild: Guild, moderator: Member, general: Channel
) -> None:
    """A thread cannot have invites, so the current channel will not do there."""
    thread = guild.add_channel("thread", "thread", parent=general)

    reply = await use(sandbox, moderator, thread, "invite create")

    assert "Threads and categories have no invites. Name a channel" in reply.text


@pytest.mark.parametrize(
    "options", [{"max_uses": 101}, {"max_uses": -1}, {"reason": "x" * 301}, {"campaign": "x" * 33}]
)
@slash_only
async def test_the_client_does_not_take_what_is_out_of_bounds(
    ask: Ask, options: dict[str, Any]
) -> None:
    """Numbers and lengths out of bounds cannot even be sent."""
    with pytest.raises(NotOffered):
        await ask("invite create", **options)


REFUSED = [
    pytest.param({"max_age": "90"}, "A number needs a unit", id="age without a unit"),
    pytest.param({"max_age": "soon"}, "`soon` is not a duration", id="age of nonsense"),
    pytest.param({"max_age": "-1d"}, "is not a duration", id="negative age"),
    pytest.param({"max_age": "0d"}, "write `never`", id="no age at all"),
    pytest.param({"max_age": "2 weeks"}, "7 days at most", id="age out of bounds"),
    pytest.param({"max_age": "`@everyone`"}, "`ˋ@everyoneˋ`", id="age with backticks"),  # noqa: RUF001
    pytest.param({"campaign": "\u0958" * 32}, "32 characters at most", id="grown campaign"),
    pytest.param({"campaign": " \u200b"}, "name cannot be empty", id="campaign of nothing"),
]


@pytest.mark.parametrize(("options", "sentence"), REFUSED)
async def test_nonsense_is_refused_and_nothing_is_created(
    ask: Ask,
    sandbox: Sandbox,
    guild: Guild,
    manager: Member,
    options: dict[str, Any],
    sentence: str,
) -> None:
    """Each option that cannot be is refused in private with a sentence, before anything is made."""
    reply = await ask("invite create", by=manager, **options)

    assert sentence in reply.text
    assert said_in_place(sandbox, reply)
    assert not guild.invites


@slash_only
async def test_an_invite_has_one_target(ask: Ask, guild: Guild, moderator: Member) -> None:
    """A stream and an activity at once are refused."""
    lounge = guild.add_channel("lounge", "voice")

    reply = await ask(
        "invite create",
        channel=lounge,
        target_user=moderator,
        target_application=str(APPLICATION),
    )

    assert "has one target" in reply.text


async def test_a_member_option_takes_members_only(ask: Ask, sandbox: Sandbox, guild: Guild) -> None:
    """An invite cannot be made on behalf of somebody who is not here, and the answer says so."""
    outsider = sandbox.add_user("outsider")

    reply = await ask("invite create", on_behalf=outsider)

    assert said_in_place(sandbox, reply)
    assert not guild.invites


ON_DISCORD = [
    pytest.param({"roles": "Nobody"}, "no role called `Nobody`", id="unknown role"),
    pytest.param({"roles": "123456789012345678"}, "no role with the id", id="unknown role id"),
    pytest.param({"roles": " , "}, "Name the roles", id="no roles"),
    pytest.param({"target_application": "chess"}, "not the id of an application", id="application"),
    pytest.param(
        {"target_application": str(APPLICATION)}, "Streams and activities", id="not a voice channel"
    ),
]


@slash_only
@pytest.mark.parametrize(("options", "sentence"), ON_DISCORD)
async def test_nonsense_about_roles_and_targets_is_refused(
    ask: Ask,
    sandbox: Sandbox,
    guild: Guild,
    manager: Member,
    options: dict[str, Any],
    sentence: str,
) -> None:
    """What only Discord's invites have is refused alike, before anything is made."""
    reply = await ask("invite create", by=manager, **options)

    assert sentence in reply.text
    assert said_in_place(sandbox, reply)
    assert not guild.invites

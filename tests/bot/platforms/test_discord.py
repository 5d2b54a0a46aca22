"""What only Discord is asked, and what its answers become: through the real discord.py."""

import pytest

from bot.client import Usher
from bot.errors import NoAnswerError, RefusedError
from bot.platforms.platform import InviteOrder
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.models import Source


async def test_every_field_of_an_order(usher: Usher, guild: Guild) -> None:
    """What was ordered is what the platform made."""
    role = guild.add_role("Crew", position=0)
    order = InviteOrder(
        channel_id=guild.channel("general").id,
        max_age=3600,
        max_uses=7,
        temporary=True,
        role_ids=(role.id,),
    )

    invite = await usher.platform.create_invite(order, "because")

    assert (3600, 7, True, (role.id,)) == (
        invite.max_age,
        invite.max_uses,
        invite.temporary,
        invite.role_ids,
    )
    assert guild.id == invite.guild_id


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"status": 200, "body": "{}"}, "cannot read"),
        ({"status": 403, "code": 50013}, "lack a permission"),
        ({"status": 400, "code": 30016}, "1000 invites"),
        ({"status": 503}, "fault of its own"),
        ({"drop": True}, "did not answer"),
    ],
    ids=str,
)
async def test_refused_orders(
    usher: Usher, sandbox: Sandbox, guild: Guild, fault: dict[str, object], said: str
) -> None:
    """An order that fails says why, to the moderator."""
    sandbox.fail("POST", "/channels/*/invites", times=None, **fault)

    with pytest.raises(RefusedError, match=said):
        await usher.platform.create_invite(
            InviteOrder(channel_id=guild.channel("general").id), "because"
        )


async def test_the_record_names_how_somebody_came(
    usher: Usher, sandbox: Sandbox, guild: Guild
) -> None:
    """The newest members with their source, their code and who invited them."""
    invite = guild.add_invite(guild.channel("general"), by=guild.owner)
    member = await sandbox.join(invite.code)

    page = await usher.platform.record(guild.id, 10)

    newest = page.members[0]
    assert (member.user.id, False) == (newest.membership.member_id, newest.membership.is_bot)
    assert newest.confirmation is not None
    assert (Source.INVITE, invite.code) == (newest.confirmation.source, newest.confirmation.code)
    assert guild.owner.id == newest.confirmation.inviter_id


@pytest.mark.parametrize("oldest_first", [False, True])
async def test_the_record_has_pages(
    usher: Usher, sandbox: Sandbox, guild: Guild, oldest_first: bool
) -> None:
    """One page after the other tells of everybody once, in the order that was asked for."""
    for _ in range(5):
        await sandbox.enter(guild)
    told: list[int] = []
    mark = None

    while True:
        page = await usher.platform.record(guild.id, 3, after=mark, oldest_first=oldest_first)
        assert len(guild.members) == page.total
        if page.mark is None:
            break
        mark = page.mark
        told += [member.membership.member_id for member in page.members]

    by_age = sorted(guild.members.values(), key=lambda one: (one.joined_at, one.id))
    expected = [one.id for one in by_age]
    assert (expected if oldest_first else expected[::-1]) == told


@pytest.mark.parametrize(
    ("fault", "again"),
    [
        ({"status": 403, "code": 50013}, True),
        ({"status": 404}, True),
        ({"status": 503}, False),
        ({"status": 202, "body": '{"code": 110000, "retry_after": 3}'}, False),
        ({"status": 200, "body": '{"members": [{}]}'}, False),
    ],
    ids=str,
)
async def test_a_record_that_does_not_answer(
    usher: Usher, sandbox: Sandbox, guild: Guild, fault: dict[str, object], again: bool
) -> None:
    """A refusal is remembered for a good while; anything else is asked again soon."""
    sandbox.fail("POST", "/guilds/*/members-search", times=None, **fault)

    with pytest.raises(NoAnswerError) as told:
        await usher.platform.record(guild.id, 10)

    assert again is (told.value.retry_after is not None)

import pytest

from bot.client import Usher
from bot.errors import RefusedError, UserError
from bot.platforms.platform import InviteOrder
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.models import Creation, EndReason


@pytest.fixture
def order(guild: Guild) -> InviteOrder:
    return InviteOrder(channel_id=guild.channel("general").id)


async def test_created_invites_know_their_moderator(
    usher: Usher, guild: Guild, order: InviteOrder
) -> None:
    """Who asked, for whom and why is written down with the invite; the platform knows Usher."""
    creation = Creation(moderator_id=5, behalf_id=6, campaign="launch", reason="because")

    made = await usher.orders.create(order, creation)

    record = made.record
    assert guild.me is not None
    assert (5, 6, "launch", "because") == (
        record.moderator_id,
        record.behalf_id,
        record.campaign,
        record.reason,
    )
    assert (guild.me.user.id, 6) == (record.invite.inviter_id, record.credited_id)
    assert not made.reused
    assert record.invite.code in guild.invites


async def test_an_invite_that_fits_is_reused(usher: Usher, order: InviteOrder) -> None:
    """With `unique` false the platform may answer with an invite that has a moderator already."""
    again = order.model_copy(update={"unique": False})
    first = await usher.orders.create(again, Creation(moderator_id=5))

    second = await usher.orders.create(again, Creation(moderator_id=7))

    assert second.reused
    assert (first.record.invite.code, 5) == (second.record.invite.code, second.record.moderator_id)


async def test_refused_creation_leaves_nothing(
    usher: Usher, sandbox: Sandbox, guild: Guild, order: InviteOrder
) -> None:
    """An answer without an invite is a refusal, and nothing is written down."""
    sandbox.refuse_creation()

    with pytest.raises(RefusedError):
        await usher.orders.create(order, Creation(moderator_id=5))

    assert ([], 0) == await usher.ledger.invites(guild.id)


async def test_revoking_names_the_moderator(usher: Usher, guild: Guild, order: InviteOrder) -> None:
    """The ledger has the moderator and the reason, the platform's audit log too."""
    code = (await usher.orders.create(order, Creation(moderator_id=5))).record.invite.code

    record = await usher.orders.revoke(guild.id, code, 5, "spam")

    assert (EndReason.REVOKED, 5, "spam") == (record.end_reason, record.ended_by, record.end_note)
    assert code not in guild.invites
    assert any("5: spam" in (entry.reason or "") for entry in guild.audit_log)


async def test_a_code_of_another_guild_is_unknown(
    usher: Usher, sandbox: Sandbox, guild: Guild
) -> None:
    """Nobody can revoke, or learn of, an invite of a guild that is not theirs."""
    other = sandbox.add_guild("Island")
    invite = other.create_invite(other.channel("general"), by=other.owner)

    with pytest.raises(UserError, match="no invite"):
        await usher.orders.revoke(guild.id, invite.code, 5, None)

    assert invite.code in other.invites

"""Group DMs: a few people, perhaps the bot, and invites for more of them."""

from collections.abc import Iterable
from typing import Any

from bot.sandbox.entities import Channel, Invite, Terms, User
from bot.sandbox.fluxer import invites, payloads
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.invites import alike
from bot.sandbox.world import World

JSON = dict[str, Any]


def add(world: World, owner: User, others: Iterable[User], name: str = "") -> Channel:
    """A group that the owner made with others."""
    group = Channel(world.ids.next(), None, name, "group_dm", owner_id=owner.id)
    group.recipients = list(dict.fromkeys([owner, *others]))
    world.channels[group.id] = group
    tell(world, "CHANNEL_CREATE", group, payloads.private_channel(group, world.application.user))
    return group


def tell(world: World, name: str, group: Channel, data: JSON) -> None:
    """Tell the bot, if it is in the group."""
    if world.application.user in group.recipients:
        world.emit(name, data)


def find(world: World, code: str) -> tuple[Channel, Invite] | None:
    """The group and the invite that a code leads to."""
    for channel in world.channels.values():
        if (invite := channel.invites.get(code)) is not None:
            return None if invite.expired(world.now()) else (channel, invite)
    return None


def listed(world: World, group: Channel) -> list[JSON]:
    """Its invites as its owner sees them, newest first."""
    live = [one for one in group.invites.values() if not one.expired(world.now())]
    return [invites.group_with_counters(group, one) for one in live[::-1]]


def create_invite(world: World, group: Channel, terms: Terms, by: User, *, unique: bool) -> Invite:
    """Anybody in the group may; all in it are told."""
    if not unique:
        same = alike(group.invites.values(), group, terms, by)
        if same is not None:
            return same
    invite = Invite(world.next_code(), 0, group.id, by, terms, world.now(), kind="group_dm")
    group.invites[invite.code] = invite
    tell(world, "INVITE_CREATE", group, invites.group_with_counters(group, invite))
    return invite


def revoke(world: World, group: Channel, invite: Invite, by: User) -> None:
    """Only its owner may, and only who is in it learns that there is such an invite."""
    if by not in group.recipients:
        raise refused("UNKNOWN_INVITE")
    if group.owner_id != by.id:
        raise refused("MISSING_PERMISSIONS")
    del group.invites[invite.code]
    tell(world, "INVITE_DELETE", group, {"code": invite.code, "channel_id": str(group.id)})

"""Channels of a guild: opened, changed, deleted with all that is in them."""

from typing import TYPE_CHECKING

from bot.sandbox.entities import Channel
from bot.sandbox.errors import NotOffered

if TYPE_CHECKING:  # a guild keeps its channels by these rules
    from bot.sandbox.guild import Guild


def create(guild: "Guild", name: str, kind: str, parent: Channel | None) -> Channel:
    if kind not in guild.ground.dialect.kinds:
        raise NotOffered(f"there are no channels of kind {kind!r} here")
    parent_id = None if parent is None else parent.id
    position = len(guild.channels_by_id)
    channel = Channel(guild.ground.ids.next(), guild.id, name, kind, position, parent_id)
    guild.channels_by_id[channel.id] = guild.ground.channels[channel.id] = channel
    tell(guild, "CREATE", channel)
    return channel


def delete(guild: "Guild", channel: Channel) -> None:
    """Its invites, messages and threads go with it, without events of their own."""
    tell(guild, "DELETE", channel)
    _forget(guild, channel)
    for thread in guild.channels:
        if thread.kind == "thread" and thread.parent_id == channel.id:
            _forget(guild, thread)
    for invite in list(guild.live_invites.values()):
        if invite.channel_id == channel.id:
            del guild.live_invites[invite.code]


def _forget(guild: "Guild", channel: Channel) -> None:
    del guild.channels_by_id[channel.id], guild.ground.channels[channel.id]
    for message in channel.messages.values():
        message.deleted = True
    channel.messages.clear()


def tell(guild: "Guild", verb: str, channel: Channel) -> None:
    """Bots are told of channels that they cannot see, too."""
    kind = "THREAD" if channel.kind == "thread" else "CHANNEL"
    shown = guild.channel_payload(channel)
    if (kind, verb) == ("THREAD", "CREATE"):
        shown["newly_created"] = True
    guild.emit(f"{kind}_{verb}", shown)

"""Messages on Fluxer: without components, with replies, reactions and direct messages."""

from typing import Any

from bot.sandbox import messages
from bot.sandbox.entities import Channel, Message, User
from bot.sandbox.fluxer import payloads
from bot.sandbox.fluxer.errors import BAD_FORMAT, bad_form, refused
from bot.sandbox.messages import Files
from bot.sandbox.permissions import Permission
from bot.sandbox.world import World

JSON = dict[str, Any]
FIELDS = ("content", "embeds", "attachments", "allowed_mentions", "flags", "nonce", "tts")
"""What is kept of a body; all else, components too, is dropped without a word."""
MOST_REACTIONS = 20
"""Different ones on one message."""


def compose(world: World, channel: Channel, author: User, body: JSON, files: Files) -> Message:
    """A message that is not anywhere yet; where it cannot be delivered it is refused."""
    if channel.kind == "dm" and channel.recipient is not author:
        _deliverable(channel.recipient)
    if not isinstance(body.get("nonce"), str | None):
        raise bad_form(("nonce", *BAD_FORMAT))
    kept = {key: body[key] for key in FIELDS if body.get(key) is not None}
    message = messages.compose(world, channel, author, kept, files)
    message.reply_to = _replied(channel, body.get("message_reference"))
    return message


def _deliverable(who: User | None) -> None:
    if who is not None and not who.accepts_dms:
        raise refused("CANNOT_SEND_MESSAGES_TO_USER")


def _replied(channel: Channel, reference: JSON | None) -> int | None:
    if reference is None:
        return None
    message_id = int(reference["message_id"])
    if message_id not in channel.messages:
        raise refused("UNKNOWN_MESSAGE")
    return message_id


def edit(world: World, message: Message, body: JSON, files: Files) -> None:
    """Replace the fields that are given."""
    kept = {key: value for key, value in body.items() if key in FIELDS}
    messages.edit(world, message, kept, files)


def shown(world: World, message: Message, viewer: User | None = None) -> JSON:
    """As REST answers it; whoever looks sees which reactions are their own."""
    data = payloads.message(message, viewer or world.application.user)
    mentioned = (world.users.get(user_id) for user_id in message.pings.users)
    data["mentions"] = [payloads.user(who) for who in mentioned if who is not None]
    if message.reply_to is not None:
        replied = world.channels[message.channel_id].messages.get(message.reply_to)
        data["referenced_message"] = None if replied is None else _plain(world, replied)
    return data


def _plain(world: World, message: Message) -> JSON:
    data = shown(world, message)
    data.pop("referenced_message", None)
    return data


def event(world: World, _name: str, message: Message) -> JSON | None:
    """MESSAGE_CREATE or MESSAGE_UPDATE; of channels that the bot does not see it hears nothing."""
    channel = world.channels[message.channel_id]
    data = shown(world, message) | {"channel_type": channel.type}
    if message.guild_id is None:
        return data if channel.kind == "dm" or _in_group(world, channel) else None
    guild = world.guilds[message.guild_id]
    if not guild.bot_may(Permission.VIEW_CHANNEL, channel):
        return None
    data["guild_id"] = str(guild.id)
    if (member := guild.members.get(message.author.id)) is not None:
        about = payloads.member(member) | {"guild_id": str(guild.id)}
        del about["user"]
        data["member"] = about
    return data


def _in_group(world: World, channel: Channel) -> bool:
    return world.application.user in channel.recipients


def react(world: World, channel: Channel, message: Message, who: User, emoji: str) -> None:
    """Somebody's reaction; a second like it changes nothing."""
    people = message.reactions.get(emoji, [])
    if who.id in people:
        return
    if not people and len(message.reactions) >= MOST_REACTIONS:
        raise refused("MAX_REACTIONS")
    message.reactions[emoji] = [*people, who.id]
    _tell_reaction(world, "ADD", channel, message, who, emoji)


def unreact(world: World, channel: Channel, message: Message, who: User, emoji: str) -> None:
    """Take a reaction back, if it is there."""
    people = message.reactions.get(emoji, [])
    if who.id not in people:
        return
    message.reactions[emoji] = [one for one in people if one != who.id]
    if not message.reactions[emoji]:
        del message.reactions[emoji]
    _tell_reaction(world, "REMOVE", channel, message, who, emoji)


def clear_reactions(
    world: World, channel: Channel, message: Message, emoji: str | None = None
) -> None:
    """Take all reactions away, or all of one emoji."""
    about = _about(channel, message)
    if emoji is None:
        message.reactions.clear()
        _tell(world, channel, "MESSAGE_REACTION_REMOVE_ALL", about)
    elif message.reactions.pop(emoji, None) is not None:
        _tell(world, channel, "MESSAGE_REACTION_REMOVE_EMOJI", about | {"emoji": {"name": emoji}})


def _tell_reaction(
    world: World, verb: str, channel: Channel, message: Message, who: User, emoji: str
) -> None:
    data = _about(channel, message) | {"user_id": str(who.id), "emoji": {"name": emoji}}
    guild = world.guilds.get(channel.guild_id or 0)
    if verb == "ADD" and guild is not None and who.id in guild.members:
        data["member"] = payloads.member(guild.members[who.id]) | {"guild_id": str(guild.id)}
    _tell(world, channel, f"MESSAGE_REACTION_{verb}", data)


def _about(channel: Channel, message: Message) -> JSON:
    about = {"channel_id": str(channel.id), "message_id": str(message.id)}
    return about if channel.guild_id is None else about | {"guild_id": str(channel.guild_id)}


def _tell(world: World, channel: Channel, name: str, data: JSON) -> None:
    guild = world.guilds.get(channel.guild_id or 0)
    if guild is None:
        world.emit(name, data)
    elif guild.bot_may(Permission.VIEW_CHANNEL, channel):
        guild.emit(name, data)

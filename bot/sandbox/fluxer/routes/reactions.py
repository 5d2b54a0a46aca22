"""Reactions to messages."""

from bot.sandbox.calls import NOTHING, Answer, Table
from bot.sandbox.entities import Channel, Message
from bot.sandbox.fluxer import messages, payloads
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.fluxer.routes.messages import manage
from bot.sandbox.permissions import Permission
from bot.sandbox.routes.messages import message_of, place_of

table = Table()
OF_MESSAGE = "/channels/{channel_id}/messages/{message_id}/reactions"
ONE = OF_MESSAGE + "/{emoji}"


def _reacted(call: FluxerCall, needed: int = 0) -> tuple[Channel, Message]:
    channel = place_of(call, Permission.READ_MESSAGE_HISTORY | needed)
    return channel, message_of(call, channel)


@table.route("PUT", ONE + "/@me")
def add_reaction(call: FluxerCall) -> Answer:
    """A new emoji needs ADD_REACTIONS, joining in does not."""
    channel, message = _reacted(call)
    emoji = call.params["emoji"]
    if emoji not in message.reactions:
        _reacted(call, Permission.ADD_REACTIONS)
    messages.react(call.world, channel, message, call.who, emoji)
    return NOTHING


@table.route("DELETE", ONE + "/@me")
def remove_reaction(call: FluxerCall) -> Answer:
    channel, message = _reacted(call)
    messages.unreact(call.world, channel, message, call.who, call.params["emoji"])
    return NOTHING


@table.route("DELETE", ONE + "/{user_id}")
def remove_anybodys(call: FluxerCall) -> Answer:
    channel, message = _reacted(call)
    who = call.world.users.get(call.id("user_id"))
    if who is None:
        raise refused("UNKNOWN_USER")
    if who is not call.who:
        manage(call)
    messages.unreact(call.world, channel, message, who, call.params["emoji"])
    return NOTHING


@table.route("GET", ONE)
def list_reactions(call: FluxerCall) -> Answer:
    _, message = _reacted(call)
    ids = message.reactions.get(call.params["emoji"], [])
    return Answer(200, [payloads.user(call.world.users[user_id]) for user_id in ids])


@table.route("DELETE", ONE)
def remove_emoji(call: FluxerCall) -> Answer:
    channel, message = _reacted(call)
    manage(call)
    messages.clear_reactions(call.world, channel, message, call.params["emoji"])
    return NOTHING


@table.route("DELETE", OF_MESSAGE)
def remove_all(call: FluxerCall) -> Answer:
    channel, message = _reacted(call)
    manage(call)
    messages.clear_reactions(call.world, channel, message)
    return NOTHING

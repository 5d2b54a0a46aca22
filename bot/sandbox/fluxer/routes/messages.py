"""Messages in channels and in direct messages."""

from typing import Any

from bot.sandbox import message_rules
from bot.sandbox.calls import NOTHING, Answer, Table
from bot.sandbox.entities import Channel
from bot.sandbox.fluxer import messages
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.messages import delete, post
from bot.sandbox.permissions import Permission
from bot.sandbox.routes.messages import message_of, page, place_of

JSON = dict[str, Any]
table = Table()


@table.route("GET", "/channels/{channel_id}/messages")
def list_messages(call: FluxerCall) -> Answer:
    """The newest come first; who may not read what was said is shown nothing."""
    channel = place_of(call)
    found = page(call, list(channel.messages.values()))
    guild = call.world.guilds.get(channel.guild_id or 0)
    if guild is not None and not call.allowed(guild, Permission.READ_MESSAGE_HISTORY, channel):
        return Answer(200, [])
    return Answer(200, [messages.shown(call.world, one, call.who) for one in reversed(found)])


@table.route("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: FluxerCall) -> Answer:
    channel = place_of(call, Permission.READ_MESSAGE_HISTORY)
    return Answer(200, messages.shown(call.world, message_of(call, channel), call.who))


@table.route("POST", "/channels/{channel_id}/messages")
def create_message(call: FluxerCall) -> Answer:
    channel = place_of(call)
    place_of(call, message_rules.to_write_in(channel))
    body = _permitted(call, channel)
    message = messages.compose(call.world, channel, call.who, body, call.files)
    post(call.world, channel, message)
    return Answer(200, messages.shown(call.world, message, call.who))


def _permitted(call: FluxerCall, channel: Channel) -> JSON:
    """Without EMBED_LINKS embeds vanish; files are refused."""
    body = dict(call.fields)
    guild = call.world.guilds.get(channel.guild_id or 0)
    if guild is None:
        return body
    if body.get("embeds") and not call.allowed(guild, Permission.EMBED_LINKS, channel):
        body["embeds"] = []
    if call.files:
        call.need(guild, Permission.ATTACH_FILES, channel)
    return body


@table.route("PATCH", "/channels/{channel_id}/messages/{message_id}")
def edit_message(call: FluxerCall) -> Answer:
    channel = place_of(call)
    message = message_of(call, channel)
    if message.author is not call.who:
        raise refused("CANNOT_EDIT_OTHER_USER_MESSAGE")
    messages.edit(call.world, message, _permitted(call, channel), call.files)
    return Answer(200, messages.shown(call.world, message, call.who))


@table.route("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: FluxerCall) -> Answer:
    message = message_of(call, place_of(call))
    if message.author is not call.who:
        manage(call)
    delete(call.world, message)
    return NOTHING


def manage(call: FluxerCall) -> None:
    """Other people's messages and reactions are for those who manage messages, in guilds."""
    if place_of(call, Permission.MANAGE_MESSAGES).guild_id is None:
        raise refused("MISSING_PERMISSIONS")

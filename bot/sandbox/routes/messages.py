"""Messages in channels."""

from bot.sandbox import messages
from bot.sandbox.calls import NOTHING, Answer, Call, Table
from bot.sandbox.entities import Channel, Message
from bot.sandbox.errors import Refused
from bot.sandbox.permissions import Permission

table = Table()

BODY = "content tts embeds components attachments allowed_mentions flags nonce enforce_nonce"
PAGE = 50


def _place(call: Call, needed: int = 0) -> Channel:
    """The channel in the path, where the bot needs permissions unless it is a DM."""
    if call.any_channel.guild_id is None:
        return call.any_channel
    guild, channel = call.channel
    call.need(guild, needed, channel)
    return channel


def _message(call: Call, channel: Channel) -> Message:
    message = channel.messages.get(call.id("message_id"))
    if message is None:
        raise Refused(404, 10008)
    return message


@table.route("GET", "/channels/{channel_id}/messages", query="limit before after around")
def list_messages(call: Call) -> Answer:
    channel = _place(call, Permission.READ_MESSAGE_HISTORY)
    before = int(call.query.get("before", 1 << 63))
    after = int(call.query.get("after", 0))
    found = [one for one in channel.messages.values() if after < one.id < before]
    limit = int(call.query.get("limit", PAGE))
    page = found[:limit] if "after" in call.query else found[-limit:]
    return Answer(200, [messages.shown(call.world, one) for one in reversed(page)])


@table.route("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Answer:
    channel = _place(call, Permission.READ_MESSAGE_HISTORY)
    return Answer(200, messages.shown(call.world, _message(call, channel)))


@table.route("POST", "/channels/{channel_id}/messages", fields=BODY + " message_reference")
def create_message(call: Call) -> Answer:
    channel = _place(call, Permission.SEND_MESSAGES)
    body = _permitted(call, channel)
    author = call.world.application.user
    message = messages.compose(call.world, channel, author, body, call.files)
    messages.post(call.world, channel, message)
    return Answer(200, messages.shown(call.world, message))


def _permitted(call: Call, channel: Channel) -> dict[str, object]:
    """Without EMBED_LINKS embeds vanish without a word; files are refused."""
    body = dict(call.body)
    guild = call.world.guilds.get(channel.guild_id or 0)
    if guild is None:
        return body
    if not guild.bot_may(Permission.EMBED_LINKS, channel):
        body["embeds"] = []
    if call.files:
        call.need(guild, Permission.ATTACH_FILES, channel)
    return body


@table.route("PATCH", "/channels/{channel_id}/messages/{message_id}", fields=BODY)
def edit_message(call: Call) -> Answer:
    message = _message(call, _place(call))
    if message.author is not call.world.application.user:
        raise Refused(403, 50005)
    messages.edit(call.world, message, call.body, call.files)
    return Answer(200, messages.shown(call.world, message))


@table.route("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> Answer:
    message = _message(call, _place(call))
    if message.author is not call.world.application.user:
        _place(call, Permission.MANAGE_MESSAGES)
    messages.delete(call.world, message)
    return NOTHING

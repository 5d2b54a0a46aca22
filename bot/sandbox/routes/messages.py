"""Messages in channels."""

from typing import Any

from bot.sandbox import message_rules, messages
from bot.sandbox.calls import HIGHEST_ID, NOTHING, Answer, Call, Table
from bot.sandbox.entities import Channel, Message
from bot.sandbox.errors import Refused, bad_form
from bot.sandbox.payloads import COMPONENTS_V2
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]
table = Table()

BODY = "content tts embeds components attachments allowed_mentions flags sticker_ids"
PAGE, PAGE_LIMIT = 50, 100
SUPPRESS_EMBEDS, SILENT = 1 << 2, 1 << 12
FLAGS = SUPPRESS_EMBEDS | SILENT | COMPONENTS_V2
"""What a bot may set on its messages."""
SPOKEN = ("voice", "stage")


def place_of(call: Call, needed: int = 0) -> Channel:
    """The channel in the path, where the caller needs permissions unless it is private."""
    if call.any_channel.guild_id is None:
        return call.any_channel
    guild, channel = call.channel
    call.need(guild, needed, channel)
    return channel


def _readable(call: Call) -> Channel:
    """The channel in the path, if its messages can be asked for: where people talk, who may in."""
    channel = call.any_channel
    if channel.kind in SPOKEN:
        guild, _ = call.channel
        call.need(guild, Permission.CONNECT, channel, code=50001)
    return place_of(call)


def message_of(call: Call, channel: Channel) -> Message:
    message = channel.messages.get(call.id("message_id"))
    if message is None:
        raise Refused(404, 10008)
    return message


@table.route("GET", "/channels/{channel_id}/messages", query="limit before after around")
def list_messages(call: Call) -> Answer:
    """The newest come first; without the permission to read what was said there is nothing."""
    channel = _readable(call)
    found = page(call, list(channel.messages.values()))
    guild = call.world.guilds.get(channel.guild_id or 0)
    if guild is not None and not guild.bot_may(Permission.READ_MESSAGE_HISTORY, channel):
        return Answer(200, [])
    return Answer(200, [messages.shown(call.world, one) for one in reversed(found)])


def page(call: Call, written: list[Message]) -> list[Message]:
    """The part asked for of messages from old to new, in the same order."""
    limit = call.number("limit", 1, PAGE_LIMIT, default=PAGE)
    cursors = call.query.keys() & {"before", "after", "around"}
    if len(cursors) > 1:
        message = "Only one of before, after and around is possible."
        raise bad_form(max(cursors), "BASE_TYPE_BAD", message)
    if not cursors:
        return _newest(written, limit)
    (cursor,) = cursors
    place = call.number(cursor, 0, HIGHEST_ID, default=0)
    older = [one for one in written if one.id < place]
    newer = [one for one in written if one.id > place or (one.id == place and cursor == "around")]
    if cursor == "before":
        return _newest(older, limit)
    behind = 0 if cursor == "after" else limit // 2
    return _newest(older, behind) + newer[: limit - behind]


def _newest(written: list[Message], count: int) -> list[Message]:
    return written[max(len(written) - count, 0) :]


@table.route("GET", "/channels/{channel_id}/messages/{message_id}")
def get_message(call: Call) -> Answer:
    _readable(call)
    channel = place_of(call, Permission.READ_MESSAGE_HISTORY)
    return Answer(200, messages.shown(call.world, message_of(call, channel)))


@table.route("POST", "/channels/{channel_id}/messages", fields=BODY + " nonce enforce_nonce")
def create_message(call: Call) -> Answer:
    channel = place_of(call)
    place_of(call, message_rules.to_write_in(channel))
    body = _permitted(call, channel)
    author = call.world.application.user
    message = messages.compose(call.world, channel, author, body, call.files)
    if (first := messages.already(call.world, message)) is not None:
        return Answer(200, messages.created(call.world, first))
    messages.post(call.world, channel, message)
    return Answer(200, messages.created(call.world, message))


def _permitted(call: Call, channel: Channel) -> JSON:
    """Without EMBED_LINKS embeds vanish without a word; files and speech are refused."""
    body: JSON = dict(call.body)
    _note_unknown(call, body)
    guild = call.world.guilds.get(channel.guild_id or 0)
    if guild is None:
        return body
    if "embeds" in body and not guild.bot_may(Permission.EMBED_LINKS, channel):
        body["embeds"] = []
    if call.files:
        call.need(guild, Permission.ATTACH_FILES, channel)
    if body.get("tts"):
        call.need(guild, Permission.SEND_TTS_MESSAGES, channel)
    return body


def _note_unknown(call: Call, body: JSON) -> None:
    if strange := int(body.get("flags") or 0) & ~FLAGS:
        call.unknown.append(f"flags {strange:#x}")
    if body.get("sticker_ids"):
        call.unknown.append("stickers")


@table.route("PATCH", "/channels/{channel_id}/messages/{message_id}", fields=BODY)
def edit_message(call: Call) -> Answer:
    channel = place_of(call)
    message = message_of(call, channel)
    if message.author is not call.world.application.user:
        raise Refused(403, 50005)
    messages.edit(call.world, message, _permitted(call, channel), call.files)
    return Answer(200, messages.shown(call.world, message))


@table.route("DELETE", "/channels/{channel_id}/messages/{message_id}")
def delete_message(call: Call) -> Answer:
    message = message_of(call, place_of(call))
    if message.author is not call.world.application.user:
        place_of(call, Permission.MANAGE_MESSAGES)
    messages.delete(call.world, message)
    return NOTHING

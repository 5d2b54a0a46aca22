"""Messages: posted, edited, deleted, and told to those who may see them."""

from typing import Any

from bot.sandbox import message_rules, payloads
from bot.sandbox.entities import Channel, Member, Message, User
from bot.sandbox.message_rules import BUTTON, SELECTS, walk
from bot.sandbox.pings import pings
from bot.sandbox.world import World

JSON = dict[str, Any]
Files = dict[str, tuple[str, bytes]]

SECRET = {"content": "", "embeds": [], "attachments": [], "components": []}
"""What a bot without the message content intent sees of other people's messages."""

CONTAINER, SEPARATOR = 17, 14
DEFAULTS: dict[int, JSON] = {
    BUTTON: {"disabled": False},
    CONTAINER: {"accent_color": None, "spoiler": False},
    SEPARATOR: {"spacing": 1, "divider": True},
    **{kind: {"min_values": 1, "max_values": 1} for kind in SELECTS},
}
"""What the platform adds to components that leave it out."""


def compose(world: World, channel: Channel, author: User, body: JSON, files: Files) -> Message:
    """A message that is not anywhere yet."""
    message_rules.check(body, has_files=bool(files))
    message = Message(
        world.ids.next(), channel.id, channel.guild_id, author, dict(body), world.now()
    )
    _fill(world, message, files)
    return message


def post(world: World, channel: Channel, message: Message) -> None:
    channel.messages[message.id] = message
    if (nonce := message.body.get("nonce")) is not None:
        world.nonces[message.author_id, nonce] = message
    _emit(world, "MESSAGE_CREATE", message)
    _watched(world, message)


def already(world: World, message: Message) -> Message | None:
    """The message that its author made with the same nonce a while ago, if that is enforced.

    One that was deleted since is not found: what the platform does then is not known.
    """
    body = message.body
    if not body.get("enforce_nonce") or body.get("nonce") is None:
        return None
    first = world.nonces.get((message.author_id, body["nonce"]))
    if first is None or first.deleted or world.now() - first.created_at >= world.nonce_life:
        return None
    return first


def created(world: World, message: Message) -> JSON:
    """As its author sees it at once, and as events carry it: later the nonce is not told."""
    nonce = message.body.get("nonce")
    return shown(world, message) | ({} if nonce is None else {"nonce": nonce})


def edit(world: World, message: Message, body: JSON, files: Files) -> None:
    """Replace the fields that are given; the others stay."""
    changed = message.body | body
    message_rules.check(changed, has_files=bool(files))
    message.body = changed
    message.edits += not message.loading
    message.loading = False
    message.edited_at = world.now()
    _fill(world, message, files)
    if not message.ephemeral:
        _emit(world, "MESSAGE_UPDATE", message)
    _watched(world, message)


def delete(world: World, message: Message) -> None:
    message.deleted = True
    channel = world.channels.get(message.channel_id)
    if channel is None or channel.messages.pop(message.id, None) is None:
        return
    data = {"id": str(message.id), "channel_id": str(message.channel_id)}
    if message.guild_id is None:
        world.emit("MESSAGE_DELETE", data)
    else:
        data["guild_id"] = str(message.guild_id)
        world.guilds[message.guild_id].emit("MESSAGE_DELETE", data)
    _watched(world, message)


def _watched(world: World, message: Message) -> None:
    for watcher in list(world.watchers):
        watcher(message)


def shown(world: World, message: Message) -> JSON:
    data = payloads.message(message)
    data["mentions"] = [
        payloads.user(world.users[user_id])
        for user_id in message.pings.users
        if user_id in world.users
    ]
    data["mention_roles"] = [str(role_id) for role_id in message.pings.roles]
    data["mention_everyone"] = message.pings.everyone
    return data


def event(world: World, name: str, message: Message) -> JSON:
    """MESSAGE_CREATE or MESSAGE_UPDATE."""
    data = created(world, message) if name == "MESSAGE_CREATE" else shown(world, message)
    if message.guild_id is not None:
        data["guild_id"] = str(message.guild_id)
        data |= _author_member(world.guilds[message.guild_id].members.get(message.author.id))
    return data


def _emit(world: World, name: str, message: Message) -> None:
    if message.guild_id is not None:
        guild = world.guilds[message.guild_id]
        if guild.me is None or not guild.available:
            return
    data = world.dialect.message_event(world, name, message)
    if data is None:
        return
    bot = world.application.user
    open_to_all = message.author is bot or message.guild_id is None or bot.id in message.pings.users
    veiled = None if open_to_all else data | SECRET
    world.emit(name, data, message.guild_id, veiled=veiled)


def _author_member(member: Member | None) -> JSON:
    if member is None:
        return {}
    shown_member = payloads.member(member)
    del shown_member["user"]
    return {"member": shown_member}


def _fill(world: World, message: Message, files: Files) -> None:
    """Add what the platform adds: ids, kinds, addresses."""
    message.pings = pings(message.body, by_bot=message.author.bot)
    for embed in message.body.get("embeds") or []:
        embed.setdefault("type", "rich")
        for field in embed.get("fields") or []:
            field.setdefault("inline", False)
    for number, (_, component) in enumerate(walk(message.body.get("components") or []), 1):
        component.setdefault("id", number)
        for key, value in DEFAULTS.get(component["type"], {}).items():
            component.setdefault(key, value)
    if files or "attachments" in message.body:
        _attach(world, message, files)


def _attach(world: World, message: Message, files: Files) -> None:
    """Keep the attachments named by id, add the files sent along."""
    named = {str(one["id"]): one for one in message.body.get("attachments") or []}
    kept = {key: one for key, one in message.attached.items() if key in named}
    message.files = {one["filename"]: message.files[one["filename"]] for one in kept.values()}
    for field, (filename, content) in files.items():
        number = field.removeprefix("files[").removesuffix("]")
        message.files[filename] = content
        added = _attachment(world, filename, content, named.get(number, {}))
        kept[added["id"]] = added
    message.attached = kept
    message.body["attachments"] = list(kept.values())


def _attachment(world: World, filename: str, content: bytes, named: JSON) -> JSON:
    file_id = str(world.ids.next())
    url = f"https://cdn.example/{file_id}/{filename}"
    shown_file = {
        "id": file_id,
        "filename": filename,
        "size": len(content),
        "url": url,
        "proxy_url": url,
    }
    if named.get("description"):
        shown_file["description"] = named["description"]
    return shown_file

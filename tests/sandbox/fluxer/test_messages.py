"""Messages on Fluxer: in channels and in private, without components, with replies and files."""

import json
from typing import Any

import aiohttp
import pytest

from bot.sandbox import LEAST, Permission, Refused, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.sandbox.fluxer.talking import Ask, Socket


@pytest.fixture
def path(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


async def test_components_are_dropped(
    sandbox: Sandbox, ask: Ask, path: str, channel: Channel
) -> None:
    """With all else that is not known, and without a word."""
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"}
    body = {"content": "hello", "components": [{"type": 1, "components": [button]}], "poll": 1}
    made = await ask("POST", path, body)
    (message,) = sandbox.messages(channel)

    assert (200, "hello") == (made.status, made.body["content"])
    assert "components" not in made.body
    assert [] == message.components


async def test_one_message_is_for_who_may_read_what_was_said(
    ask: Ask, path: str, guild: Guild, channel: Channel
) -> None:
    """Others are refused; where there is none, that is said."""
    made = (await ask("POST", path, {"content": "hello"})).body
    assert guild.me is not None
    read = (await ask("GET", f"{path}/{made['id']}")).body
    missing = await ask("GET", f"{path}/1")
    guild.overwrite(channel, guild.me, deny=Permission.READ_MESSAGE_HISTORY)
    refused = await ask("GET", f"{path}/{made['id']}")

    assert "hello" == read["content"]
    assert (404, "UNKNOWN_MESSAGE") == missing.refusal
    assert (403, "MISSING_PERMISSIONS") == refused.refusal


@pytest.mark.parametrize("body", [{}, {"components": [{"type": 1}]}, {"content": ""}])
async def test_nothing_is_no_message(ask: Ask, path: str, body: dict[str, Any]) -> None:
    """What is empty, or only components, is refused."""
    assert (400, "CANNOT_SEND_EMPTY_MESSAGE") == (await ask("POST", path, body)).refusal


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"content": "x", "nonce": 5}, "nonce"),
        ({"embeds": [{"title": "x" * 257}]}, "embeds.0.title"),
    ],
)
async def test_what_is_too_long_is_refused(
    ask: Ask, path: str, body: dict[str, Any], field: str
) -> None:
    """Mistakes come as a list, each with its path."""
    answer = await ask("POST", path, body)

    assert (400, "INVALID_FORM_BODY") == answer.refusal
    assert [field] == [one["path"] for one in answer.body["errors"]]


async def test_embeds_have_every_key(ask: Ask, path: str) -> None:
    """What was not given is null; fields and footers are kept."""
    given = {
        "title": "t",
        "fields": [{"name": "a", "value": "b"}],
        "footer": {"text": "f"},
        "author": {"name": "n"},
        "image": {"url": "attachment://x.png"},
        "type": "rich",
    }
    (shown,) = (await ask("POST", path, {"embeds": [given]})).body["embeds"]

    assert [{"name": "a", "value": "b", "inline": False}] == shown["fields"]
    assert ("f", "n") == (shown["footer"]["text"], shown["author"]["name"])
    assert (None, 0) == (shown["video"], shown["color"])


async def test_a_message_is_told_edited_and_deleted(
    sandbox: Sandbox, ask: Ask, socket: Socket, path: str, channel: Channel
) -> None:
    """Each step is an event; empty lists are null, the channel's type is told."""
    made = (await ask("POST", path, {"content": "one"})).body
    edited = (await ask("PATCH", f"{path}/{made['id']}", {"content": "two"})).body
    (message,) = sandbox.messages(channel)
    deleted = await ask("DELETE", f"{path}/{made['id']}")
    await socket.quiet()

    (created,) = socket.told["MESSAGE_CREATE"]
    assert (0, None, None) == (
        created["channel_type"],
        created["embeds"],
        created["attachments"],
    )
    assert "two" == edited["content"] == socket.told["MESSAGE_UPDATE"][0]["content"]
    assert edited["edited_timestamp"]
    assert (204, True, 1) == (deleted.status, message.deleted, message.edits)
    assert [made["id"]] == [one["id"] for one in socket.told["MESSAGE_DELETE"]]
    assert (404, "UNKNOWN_MESSAGE") == (await ask("GET", f"{path}/{made['id']}")).refusal


async def test_replies_name_what_they_answer(
    sandbox: Sandbox, ask: Ask, path: str, channel: Channel, member: Member
) -> None:
    """Type 19 with a reference and the message itself; one that is not there is refused."""
    question = await sandbox.say(member, channel, "?")
    reference = {"message_id": str(question.id), "channel_id": str(channel.id)}
    shown = (await ask("POST", path, {"content": "!", "message_reference": reference})).body
    missing = await ask("POST", path, {"content": "!", "message_reference": {"message_id": "1"}})

    assert (19, "?") == (shown["type"], shown["referenced_message"]["content"])
    assert reference.items() <= shown["message_reference"].items()
    assert question.id == sandbox.messages(channel)[-1].reply_to
    assert (404, "UNKNOWN_MESSAGE") == missing.refusal


async def test_files_are_kept(sandbox: Sandbox, channel: Channel, guild: Guild) -> None:
    """A message sent in parts carries its files."""
    form = aiohttp.FormData()
    about = {"content": "x", "attachments": [{"id": 0, "filename": "a.csv", "description": "d"}]}
    form.add_field("payload_json", json.dumps(about), content_type="application/json")
    form.add_field("files[0]", b"1,2", filename="a.csv", content_type="text/csv")
    url = f"{sandbox.api_base}/channels/{channel.id}/messages"
    headers = {"Authorization": f"Bot {sandbox.token}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(url, data=form) as answer,
    ):
        (shown,) = (await answer.json())["attachments"]

    assert ("a.csv", 3, "d") == (shown["filename"], shown["size"], shown["description"])
    assert {"a.csv": b"1,2"} == sandbox.messages(channel)[0].files
    assert guild.name


async def test_what_people_say_reaches_the_bot(
    sandbox: Sandbox, socket: Socket, guild: Guild, channel: Channel, member: Member
) -> None:
    """With whom they mention, and their membership."""
    guild.grant(member, guild.add_role("Helper"))
    await sandbox.say(member, channel, "list", mentions=[guild.me])
    told = await socket.heard("MESSAGE_CREATE")

    assert f"<@{sandbox.application.id}> list" == told["content"]
    assert [str(sandbox.application.id)] == [one["id"] for one in told["mentions"]]
    assert [True] == [one["bot"] for one in told["mentions"]]
    assert "bot" not in told["author"]
    assert [str(member.roles[0])] == told["member"]["roles"]
    assert {"guild_id": str(guild.id)}.items() <= told.items()


async def test_people_write_where_they_may(
    sandbox: Sandbox, guild: Guild, channel: Channel, member: Member
) -> None:
    """Not in a channel where they may not, nor in other people's messages."""
    guild.overwrite(channel, member, deny=Permission.SEND_MESSAGES)
    for place in (channel, sandbox.dm(guild.owner)):
        with pytest.raises(Refused):
            await sandbox.say(member, place, "hello")


async def test_the_bot_does_not_hear_what_it_cannot_see(
    sandbox: Sandbox, socket: Socket, guild: Guild, member: Member, ask: Ask
) -> None:
    """A channel hidden from it is silent, and refused."""
    hidden = guild.add_channel("hidden")
    assert guild.me is not None
    guild.overwrite(hidden, guild.me, deny=Permission.VIEW_CHANNEL)
    await sandbox.say(member, hidden, "psst")
    await socket.quiet()

    assert [] == socket.told["MESSAGE_CREATE"]
    refused = await ask("POST", f"/channels/{hidden.id}/messages", {"content": "x"})
    assert (403, "MISSING_PERMISSIONS") == refused.refusal


@pytest.mark.parametrize(
    ("lost", "body", "status", "embeds"),
    [
        (Permission.SEND_MESSAGES, {"content": "x"}, 403, None),
        (Permission.EMBED_LINKS, {"content": "x", "embeds": [{"title": "t"}]}, 200, None),
        (0, {"content": "x", "embeds": [{"title": "t"}]}, 200, 1),
    ],
)
async def test_what_the_bot_may_write(
    sandbox: Sandbox,
    ask: Ask,
    lost: int,
    body: dict[str, Any],
    status: int,
    embeds: int | None,
) -> None:
    """Without a permission to write it is refused, without one for embeds they are lost."""
    guild = sandbox.add_guild("Lighthouse", bot_permissions=LEAST & ~lost)
    guild.change_role(guild.everyone, permissions=Permission.VIEW_CHANNEL)
    answer = await ask("POST", f"/channels/{guild.channel('general').id}/messages", body)

    assert status == answer.status
    assert embeds == (answer.body.get("embeds") and len(answer.body["embeds"]))


async def test_direct_messages(sandbox: Sandbox, ask: Ask, socket: Socket, member: Member) -> None:
    """A channel for the two, opened once; what is said in it is told without a guild."""
    opened = [
        (await ask("POST", "/users/@me/channels", {"recipient_id": str(member.id)})).body
        for _ in range(2)
    ]
    dm = sandbox.dm(member)
    await sandbox.say(member, dm, "hello")
    told = await socket.heard("MESSAGE_CREATE")
    answer = await ask("POST", f"/channels/{dm.id}/messages", {"content": "hi"})

    assert [str(dm.id)] * 2 == [one["id"] for one in opened]
    assert (1, [str(member.id)]) == (
        opened[0]["type"],
        [one["id"] for one in opened[0]["recipients"]],
    )
    assert (1, "hello") == (told["channel_type"], told["content"])
    assert not {"guild_id", "member"} & told.keys()
    assert 200 == answer.status
    assert ["hello", "hi"] == [one.content for one in sandbox.messages(dm)]


async def test_who_takes_no_direct_messages(sandbox: Sandbox, ask: Ask, member: Member) -> None:
    """Neither is a channel opened with them, nor a message delivered in an old one."""
    dm = sandbox.dm(member)
    member.user.accepts_dms = False
    opened = await ask("POST", "/users/@me/channels", {"recipient_id": str(member.id)})
    written = await ask("POST", f"/channels/{dm.id}/messages", {"content": "hi"})

    assert (400, "CANNOT_SEND_MESSAGES_TO_USER") == opened.refusal == written.refusal
    assert [] == sandbox.messages(dm)


async def test_private_channels_are_private(sandbox: Sandbox, ask: Ask, guild: Guild) -> None:
    """For others they do not exist."""
    dm = sandbox.dm(guild.owner)
    stranger = sandbox.own_key(sandbox.add_user())

    assert 200 == (await ask("GET", f"/channels/{dm.id}")).status
    assert (404, "UNKNOWN_CHANNEL") == (await ask("GET", f"/channels/{dm.id}", by=stranger)).refusal


async def test_pages_of_messages(
    sandbox: Sandbox, ask: Ask, path: str, channel: Channel, member: Member
) -> None:
    """Newest first, a part at a time; without the permission to read on there are none."""
    said = [await sandbox.say(member, channel, str(number)) for number in range(4)]
    newest = (await ask("GET", f"{path}?limit=2")).body
    older = (await ask("GET", f"{path}?before={said[2].id}")).body
    one = await ask("GET", f"{path}/{said[0].id}")

    assert ["3", "2"] == [one["content"] for one in newest]
    assert ["1", "0"] == [one["content"] for one in older]
    assert "0" == one.body["content"]


async def test_other_peoples_messages(
    sandbox: Sandbox, ask: Ask, guild: Guild, path: str, channel: Channel, member: Member
) -> None:
    """Are not edited, and deleted only by who manages messages."""
    said = await sandbox.say(member, channel, "hello")
    edited = await ask("PATCH", f"{path}/{said.id}", {"content": "x"})
    refused = await ask("DELETE", f"{path}/{said.id}")
    assert guild.me is not None
    guild.overwrite(channel, guild.me, allow=Permission.MANAGE_MESSAGES)

    assert (403, "CANNOT_EDIT_OTHER_USER_MESSAGE") == edited.refusal
    assert (403, "MISSING_PERMISSIONS") == refused.refusal
    assert 204 == (await ask("DELETE", f"{path}/{said.id}")).status

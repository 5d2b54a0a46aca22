"""Messages in channels: who sees them, what is accepted, whom they notify."""

import io
from typing import Any

import discord
import pytest

from bot.sandbox import LEAST, Permission, Refused, Sandbox, messages
from bot.sandbox.guild import Guild
from bot.sandbox.pings import Pings
from tests.sandbox.clients import Connect, Recorder, Rest, intents

P = Permission


async def test_bot_writes_edits_and_deletes(sandbox: Sandbox, connect: Connect) -> None:
    """The bot's own messages are posted, read back, changed and deleted."""
    guild = sandbox.add_guild("Harbour")
    async with connect() as client:
        channel = client.guilds[0].text_channels[0]

        sent = await channel.send("hello", file=discord.File(io.BytesIO(b"x"), "a.txt"))
        assert "hello" == (await channel.fetch_message(sent.id)).content
        edited = await sent.edit(content="changed", attachments=sent.attachments)
        assert ["changed"] == [one.content async for one in channel.history()]
        assert ["a.txt"] == [one.filename for one in edited.attachments]
        assert 1 == len([one async for one in channel.history(after=discord.Object(1))])
        await sent.delete()
        await client.heard("message_delete")

    assert {} == guild.channel("general").messages


async def test_people_are_heard_without_their_words(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """Without the message content intent only messages that mention the bot can be read."""
    general = guild.channel("general")

    await sandbox.say(guild.owner, general, "secret")
    await sandbox.say(guild.owner, general, f"<@{sandbox.application.id}> hello")
    await client.heard("message", 2)

    first, second = (told[0] for told in client.told["message"])
    assert ("", guild.owner_id) == (first.content, first.author.id)
    assert "hello" in second.content


async def test_content_intent(sandbox: Sandbox, guild: Guild, connect: Connect) -> None:
    """With the message content intent granted and asked for, everything can be read."""
    sandbox.application.privileged.add("message_content")
    wanted = intents("guilds", "guild_messages", "message_content")
    async with connect(intents=wanted) as client:
        await sandbox.say(guild.owner, guild.channel("general"), "open")

        assert "open" == (await client.heard("message")).content


async def test_silenced_member(sandbox: Sandbox, guild: Guild) -> None:
    """Who may not write in a channel cannot."""
    general = guild.channel("general")
    guild.overwrite(general, guild.everyone, deny=P.SEND_MESSAGES)

    with pytest.raises(Refused) as refused:
        await sandbox.say(guild.add_member(), general, "hello")

    assert 403 == refused.value.status


@pytest.mark.parametrize(
    ("deny", "body", "expected"),
    [
        pytest.param(P.SEND_MESSAGES, {"content": "x"}, (403, 50013), id="may not write"),
        pytest.param(P.VIEW_CHANNEL, {"content": "x"}, (403, 50001), id="cannot see"),
        pytest.param(P.EMBED_LINKS, {"embeds": [{"title": "x"}]}, (400, 50006), id="no embeds"),
    ],
)
async def test_bot_needs_permission(
    rest: Rest, guild: Guild, deny: int, body: dict[str, Any], expected: tuple[int, int]
) -> None:
    """What the channel does not allow the bot is refused, or silently left out."""
    general = guild.channel("general")
    assert guild.me is not None
    guild.overwrite(general, guild.me, deny=deny)

    answer = await rest("POST", f"/channels/{general.id}/messages", json=body)

    assert expected == answer.refusal


async def test_files_need_permission(client: Recorder, guild: Guild) -> None:
    """Files are refused where the bot may not attach any."""
    guild.overwrite(guild.channel("general"), guild.everyone, deny=P.ATTACH_FILES)
    with pytest.raises(discord.Forbidden):
        await client.guilds[0].text_channels[0].send(file=discord.File(io.BytesIO(b"x"), "a.txt"))


async def test_other_peoples_messages(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """The bot cannot change what others wrote, and deletes it only with permission."""
    general = guild.channel("general")
    message = await sandbox.say(guild.owner, general, "mine")
    path = f"/channels/{general.id}/messages/{message.id}"

    assert (403, 50005) == (await rest("PATCH", path, json={"content": "yours"})).refusal
    assert (403, 50013) == (await rest("DELETE", path)).refusal
    guild.change_role(guild.role("usher"), permissions=LEAST | P.MANAGE_MESSAGES)
    assert 204 == (await rest("DELETE", path)).status


def _row(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(parts)}


def _button(label: str = "x", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": label, "custom_id": label, **more}


V2 = 1 << 15
LONG_FIELDS = [{"name": "x", "value": "y" * 1024}] * 6
OPTIONS = [{"label": str(number), "value": str(number)} for number in range(26)]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        pytest.param({"content": "x" * 2001}, "content", id="content"),
        pytest.param({"embeds": [{"title": "x" * 257}]}, "embeds.0.title", id="title"),
        pytest.param({"embeds": [{"title": "x"}] * 11}, "embeds", id="embeds"),
        pytest.param({"embeds": [{"fields": LONG_FIELDS}]}, "embeds", id="total"),
        pytest.param(
            {"embeds": [{"description": "x" * 4097}]}, "embeds.0.description", id="description"
        ),
        pytest.param(
            {"embeds": [{"footer": {"text": "x" * 2049}}]}, "embeds.0.footer.text", id="footer"
        ),
        pytest.param(
            {"embeds": [{"author": {"name": "x" * 257}}]}, "embeds.0.author.name", id="author"
        ),
        pytest.param(
            {"embeds": [{"fields": [{"name": "x", "value": "y"}] * 26}]},
            "embeds.0.fields",
            id="fields",
        ),
        pytest.param(
            {"embeds": [{"fields": [{"name": "x" * 257, "value": "y"}]}]},
            "embeds.0.fields.0.name",
            id="field name",
        ),
        pytest.param(
            {"embeds": [{"fields": [{"name": "x", "value": ""}]}]},
            "embeds.0.fields.0.value",
            id="empty field",
        ),
        pytest.param({"components": [_row(_button())] * 6}, "components", id="rows"),
        pytest.param({"components": [_button()]}, "components.0.type", id="button without row"),
        pytest.param(
            {"components": [_row(*[_button()] * 6)]}, "components.0.components", id="wide row"
        ),
        pytest.param(
            {"components": [_row(_button("x" * 81))]},
            "components.0.components.0.label",
            id="label",
        ),
        pytest.param(
            {"components": [_row({"type": 3, "custom_id": "x", "options": OPTIONS})]},
            "components.0.components.0.options",
            id="options",
        ),
        pytest.param(
            {"flags": V2, "content": "x", "components": [{"type": 10, "content": "x"}]},
            "content",
            id="content in the second kind",
        ),
        pytest.param(
            {"flags": V2, "components": [{"type": 10, "content": "x" * 4001}]},
            "components",
            id="text of the second kind",
        ),
        pytest.param(
            {"flags": V2, "components": [{"type": 10, "content": "x"}] * 41},
            "components",
            id="parts of the second kind",
        ),
    ],
)
async def test_bounds(rest: Rest, guild: Guild, body: dict[str, Any], place: str) -> None:
    """Whatever is too long or too many is refused with its place."""
    path = f"/channels/{guild.channel('general').id}/messages"

    answer = await rest("POST", path, json=body)

    assert (400, 50035) == answer.refusal
    errors = answer.body["errors"]
    for step in place.split("."):
        errors = errors[step]
    assert errors["_errors"]


async def test_empty_message(rest: Rest, guild: Guild) -> None:
    """A message with nothing in it is refused."""
    path = f"/channels/{guild.channel('general').id}/messages"

    assert (400, 50006) == (await rest("POST", path, json={"content": ""})).refusal


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        pytest.param(None, Pings((7, 8), (9,), everyone=True), id="everything by default"),
        pytest.param({"parse": []}, Pings(), id="nothing"),
        pytest.param({"parse": ["users"]}, Pings((7, 8)), id="users"),
        pytest.param({"parse": [], "users": ["8"]}, Pings((8,)), id="one user"),
        pytest.param({"parse": ["everyone"]}, Pings(everyone=True), id="everyone"),
    ],
)
async def test_pings(
    sandbox: Sandbox, rest: Rest, guild: Guild, allowed: Any, expected: Pings
) -> None:
    """A message notifies whom it mentions, as far as its author allows."""
    general = guild.channel("general")
    body: dict[str, Any] = {"content": "<@7> <@!8> <@&9> @everyone"}
    if allowed is not None:
        body["allowed_mentions"] = allowed

    await rest("POST", f"/channels/{general.id}/messages", json=body)

    (message,) = general.messages.values()
    assert expected == message.pings
    assert bool(expected) == bool(message.pings)
    assert sandbox.application.user is message.author


async def test_mentions_of_the_second_kind(rest: Rest, guild: Guild) -> None:
    """Texts of components can mention too."""
    general = guild.channel("general")
    text = {"type": 10, "content": f"<@{guild.owner_id}>"}
    body = {"flags": V2, "components": [{"type": 17, "components": [text]}]}

    answer = await rest("POST", f"/channels/{general.id}/messages", json=body)

    assert [str(guild.owner_id)] == [one["id"] for one in answer.body["mentions"]]


async def test_deleted_and_left(sandbox: Sandbox, guild: Guild, client: Recorder) -> None:
    """What somebody wrote who has left can still be deleted; what is gone stays gone."""
    general = guild.channel("general")
    writer = guild.add_member()
    message = await sandbox.say(writer, general, "bye")
    await sandbox.leave(writer)
    edited = messages.compose(sandbox, general, writer.user, {"content": "by nobody"}, {})
    messages.post(sandbox, general, edited)

    messages.delete(sandbox, message)
    messages.delete(sandbox, message)
    await client.heard("raw_message_delete")
    await client.quiet()

    assert 1 == len(client.told["raw_message_delete"])
    assert [edited] == list(general.messages.values())


async def test_unheard_without_the_bot(sandbox: Sandbox, guild: Guild, client: Recorder) -> None:
    """In a guild that the bot left people write unheard."""
    guild.remove_bot()

    await sandbox.say(guild.owner, guild.channel("general"), "alone")
    await client.quiet()

    assert [] == client.told["message"]


async def test_files_have_descriptions(client: Recorder, guild: Guild) -> None:
    """A file may be sent with a description; in a DM it arrives like anywhere."""
    file = discord.File(io.BytesIO(b"x"), "a.txt", description="a letter")
    user = await client.fetch_user(guild.owner_id)

    sent = await user.send(file=file)
    await sent.delete()

    assert "a letter" == sent.attachments[0].description


@pytest.mark.parametrize("thing", ["member", "role", "channel"])
def test_mentions(guild: Guild, thing: str) -> None:
    """People, roles and channels know how they are mentioned."""
    member, role, channel = guild.owner, guild.role("usher"), guild.channel("general")
    mentions = {
        "member": (member.mention, f"<@{member.id}>"),
        "role": (role.mention, f"<@&{role.id}>"),
        "channel": (channel.mention, f"<#{channel.id}>"),
    }

    written, expected = mentions[thing]

    assert expected == written
    assert "owner" == member.name

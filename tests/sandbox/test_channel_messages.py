"""Messages in channels as a bot that writes a log meets them: once, read again, changed, gone."""

from typing import Any

import discord
import pytest

from bot.sandbox import LEAST, Permission, Refused, Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import MESSAGES, Recorder, Rest

P = Permission


async def test_seen_as_they_are_now(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """A test sees the messages of a channel, oldest first, with what became of them."""
    general = guild.channel("general")
    place = client.guilds[0].text_channels[0]
    written = [await place.send(text) for text in ("one", "two")]

    await written[0].edit(content="ONE", embed=discord.Embed(title="new"))
    await written[0].edit(content="First")

    first, second = sandbox.messages(general)
    assert ("First", ["new"], 2) == (first.content, [one["title"] for one in first.embeds], 2)
    assert ("two", [], 0, None) == (second.content, second.embeds, second.edits, second.edited_at)
    assert sandbox.application.id == first.author_id
    assert sandbox.now() == first.created_at == first.edited_at
    assert [] == first.components
    assert not first.pings


async def test_deleted_by_hand(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Whoever manages messages deletes any, others only their own; the bot may be told."""
    general = guild.channel("general")
    sent = await client.guilds[0].text_channels[0].send("log")
    (message,) = sandbox.messages(general)
    writer = guild.add_member()
    own = await sandbox.say(writer, general, "mine")

    with pytest.raises(Refused) as refused:
        sandbox.delete_message(message, by=writer)
    sandbox.delete_message(own, by=writer)
    sandbox.delete_message(message, by=guild.owner)
    with pytest.raises(Refused):
        sandbox.delete_message(message, by=guild.owner)

    assert (403, 50013) == (refused.value.status, refused.value.code)
    assert message.deleted
    assert [] == sandbox.messages(general)
    await client.heard("raw_message_delete", 2)
    with pytest.raises(discord.NotFound) as caught:
        await sent.edit(content="too late")
    assert 10008 == caught.value.code


async def test_gone_with_their_channel(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Messages are deleted with their channel, whose name nobody knows any more."""
    place = guild.add_channel("log")
    await client.heard("guild_channel_create")
    sent = await client.guilds[0].text_channels[-1].send("log")
    (message,) = sandbox.messages(place)

    guild.delete_channel(place)

    assert message.deleted
    assert [] == sandbox.messages(place)
    with pytest.raises(discord.NotFound) as caught:
        await sent.edit(content="too late")
    assert 10003 == caught.value.code
    with pytest.raises(Refused):
        sandbox.delete_message(message, by=guild.owner)


async def test_nobody_is_told_of_deletions_without_the_bot(
    sandbox: Sandbox, client: Recorder, guild: Guild
) -> None:
    """Where the bot is no longer, it hears nothing of messages that are deleted."""
    message = await sandbox.say(guild.owner, guild.channel("general"), "mine")
    guild.remove_bot()

    sandbox.delete_message(message, by=guild.owner)
    await client.quiet()

    assert [] == client.told["raw_message_delete"]


class TestNonce:
    async def test_the_same_nonce_makes_one_message(
        self, sandbox: Sandbox, client: Recorder, guild: Guild
    ) -> None:
        """The real client sends twice with one nonce, and there is one message."""
        place = client.guilds[0].text_channels[0]

        first = await place.send("log", nonce=7)
        again = await place.send("log, once more", nonce="7")
        other = await place.send("other", nonce=8)

        assert first.id == again.id != other.id
        assert "log" == again.content
        assert ["7", "8"] == [first.nonce, other.nonce]
        assert ["log", "other"] == [one.content for one in sandbox.messages(guild.channels[0])]
        await client.quiet()
        assert 2 == len(client.told["message"])

    @pytest.mark.parametrize(
        ("later", "made"),
        [pytest.param(179.9, 1, id="remembered"), pytest.param(180.0, 2, id="forgotten")],
    )
    async def test_it_is_remembered_for_a_while(
        self, sandbox: Sandbox, rest: Rest, guild: Guild, path: str, later: float, made: int
    ) -> None:
        """After some minutes the same nonce makes a new message."""
        body = {"content": "x", "nonce": "n", "enforce_nonce": True}

        await rest("POST", path, json=body)
        sandbox.advance(later)
        await rest("POST", path, json=body)

        assert made == len(sandbox.messages(guild.channel("general")))

    async def test_how_long_is_a_switch(self, sandbox: Sandbox, rest: Rest, path: str) -> None:
        """A test says for how long a nonce is remembered."""
        sandbox.nonce_life = 0.0
        body = {"content": "x", "nonce": "n", "enforce_nonce": True}

        first, second = [(await rest("POST", path, json=body)).body["id"] for _ in range(2)]

        assert first != second

    async def test_only_if_enforced(
        self, sandbox: Sandbox, rest: Rest, guild: Guild, path: str
    ) -> None:
        """A nonce alone is only repeated in the answer."""
        answers = [await rest("POST", path, json={"content": "x", "nonce": 5}) for _ in range(2)]
        unread = await rest("GET", path)

        assert [5, 5] == [answer.body["nonce"] for answer in answers]
        assert 2 == len(sandbox.messages(guild.channel("general")))
        assert all("nonce" not in one for one in unread.body)

    async def test_what_was_deleted_is_made_anew(
        self, sandbox: Sandbox, rest: Rest, guild: Guild, path: str
    ) -> None:
        """A message that somebody deleted does not stand in for a new one."""
        body = {"content": "x", "nonce": "n", "enforce_nonce": True}
        await rest("POST", path, json=body)
        (first,) = sandbox.messages(guild.channel("general"))
        sandbox.delete_message(first, by=guild.owner)

        answer = await rest("POST", path, json=body)

        assert str(first.id) != answer.body["id"]

    @pytest.mark.parametrize("nonce", ["x" * 26, True, 1.5, ["x"], 1 << 63])
    async def test_bad_nonce(self, rest: Rest, path: str, nonce: Any) -> None:
        """A nonce is a short text or a number of 64 bits."""
        answer = await rest("POST", path, json={"content": "x", "nonce": nonce})

        assert (400, 50035) == answer.refusal
        assert ["nonce"] == list(answer.body["errors"])

    @pytest.mark.parametrize("nonce", ["x" * 25, (1 << 63) - 1, -(1 << 63)])
    async def test_longest_nonce(self, rest: Rest, path: str, nonce: Any) -> None:
        """Twenty-five characters fit, and every number of 64 bits."""
        answer = await rest("POST", path, json={"content": "x", "nonce": nonce})

        assert nonce == answer.body["nonce"]


class TestPlaces:
    @pytest.mark.parametrize("kind", ["text", "announcement", "voice", "stage", "thread"])
    async def test_written_and_read(self, rest: Rest, guild: Guild, kind: str) -> None:
        """Messages can be in channels of these kinds."""
        place = guild.add_channel("log", kind, parent=guild.channel("general"))

        written = await rest("POST", f"/channels/{place.id}/messages", json={"content": "x"})
        read = await rest("GET", f"/channels/{place.id}/messages")

        assert 200 == written.status
        assert [written.body["id"]] == [one["id"] for one in read.body]

    @pytest.mark.parametrize("kind", ["forum", "category"])
    async def test_no_place_for_messages(
        self, sandbox: Sandbox, rest: Rest, guild: Guild, kind: str
    ) -> None:
        """In channels of these kinds nobody can write, and nothing is read."""
        place = guild.add_channel("log", kind)

        written = await rest("POST", f"/channels/{place.id}/messages", json={"content": "x"})
        read = await rest("GET", f"/channels/{place.id}/messages")
        with pytest.raises(Refused):
            await sandbox.say(guild.owner, place, "hello")

        assert (400, 50008) == written.refusal
        assert (200, []) == (read.status, read.body)

    @pytest.mark.parametrize(
        ("denied", "status"),
        [
            pytest.param(P.SEND_MESSAGES, 200, id="of channels"),
            pytest.param(P.SEND_MESSAGES_IN_THREADS, 403, id="of threads"),
        ],
    )
    async def test_threads_have_a_permission_of_their_own(
        self, rest: Rest, guild: Guild, denied: int, status: int
    ) -> None:
        """Whoever may not write in a channel may still write in its threads, and the reverse."""
        general = guild.channel("general")
        guild.overwrite(general, guild.everyone, deny=denied)
        guild.overwrite(general, guild.role("usher"), deny=denied)
        thread = guild.add_channel("log", "thread", parent=general)

        answer = await rest("POST", f"/channels/{thread.id}/messages", json={"content": "x"})

        assert status == answer.status

    async def test_unknown_channel_and_message(self, rest: Rest, path: str) -> None:
        """What is not there is said to be unknown."""
        answers = [
            await rest("POST", "/channels/5/messages", json={"content": "x"}),
            await rest("GET", "/channels/5/messages"),
            await rest("GET", f"{path}/5"),
            await rest("PATCH", f"{path}/5", json={"content": "x"}),
            await rest("DELETE", f"{path}/5"),
        ]

        assert [(404, 10003)] * 2 + [(404, 10008)] * 3 == [one.refusal for one in answers]


class TestPermissions:
    @pytest.mark.parametrize(
        ("denied", "listed", "fetched"),
        [
            pytest.param(P.READ_MESSAGE_HISTORY, (200, []), (403, 50013), id="history"),
            pytest.param(P.VIEW_CHANNEL, (403, 50001), (403, 50001), id="channel"),
        ],
    )
    async def test_reading(
        self, rest: Rest, guild: Guild, path: str, denied: int, listed: Any, fetched: Any
    ) -> None:
        """Without the history there is nothing to list, and nothing may be fetched."""
        sent = await rest("POST", path, json={"content": "x"})
        assert guild.me is not None
        guild.overwrite(guild.channel("general"), guild.me, deny=denied)

        every = await rest("GET", path)
        single = await rest("GET", f"{path}/{sent.body['id']}")

        assert listed == (every.refusal if every.status == 403 else (every.status, every.body))
        assert fetched == single.refusal

    async def test_reading_where_people_talk(self, rest: Rest, guild: Guild) -> None:
        """Messages of a voice channel are read only by who may come in."""
        place = guild.add_channel("lounge", "voice")
        guild.overwrite(place, guild.everyone, deny=P.CONNECT)

        every = await rest("GET", f"/channels/{place.id}/messages")
        single = await rest("GET", f"/channels/{place.id}/messages/5")

        assert [(403, 50001)] * 2 == [every.refusal, single.refusal]

    async def test_edits_lose_embeds_too(
        self, sandbox: Sandbox, rest: Rest, guild: Guild, path: str
    ) -> None:
        """Where links may not be embedded, an edit's embeds vanish; what is there stays."""
        embeds = [{"title": "x"}]
        sent = await rest("POST", path, json={"content": "x", "embeds": embeds})
        assert guild.me is not None
        guild.overwrite(guild.channel("general"), guild.me, deny=P.EMBED_LINKS)
        (message,) = sandbox.messages(guild.channel("general"))
        one = f"{path}/{sent.body['id']}"

        await rest("PATCH", one, json={"content": "y"})
        kept = [embed["title"] for embed in message.embeds]
        await rest("PATCH", one, json={"embeds": embeds})

        assert ["x"] == kept
        assert ("y", []) == (message.content, message.embeds)

    async def test_editing_needs_only_sight(self, rest: Rest, guild: Guild, path: str) -> None:
        """One's own message can be changed and deleted where one may no longer write."""
        sent = await rest("POST", path, json={"content": "x"})
        assert guild.me is not None
        guild.overwrite(guild.channel("general"), guild.me, deny=P.SEND_MESSAGES)
        one = f"{path}/{sent.body['id']}"

        assert 200 == (await rest("PATCH", one, json={"content": "y"})).status
        assert 204 == (await rest("DELETE", one)).status

    async def test_speech(self, rest: Rest, guild: Guild, path: str) -> None:
        """Text to be read aloud needs a permission of its own."""
        body = {"content": "x", "tts": True}

        refused = await rest("POST", path, json=body)
        guild.change_role(guild.role("usher"), permissions=LEAST | P.SEND_TTS_MESSAGES)
        spoken = await rest("POST", path, json=body)

        assert (403, 50013) == refused.refusal
        assert spoken.body["tts"] is True


@pytest.mark.parametrize(
    ("body", "met"),
    [
        pytest.param({"content": "x", "flags": 1 << 6}, "flags 0x40", id="flag"),
        pytest.param({"content": "x", "sticker_ids": ["5"]}, "stickers", id="stickers"),
        pytest.param(
            {"content": "x", "message_reference": {"message_id": "5"}},
            "field message_reference",
            id="answer to another",
        ),
        pytest.param({"content": "x", "poll": {}}, "field poll", id="poll"),
    ],
)
async def test_what_is_not_imitated_is_loud(
    sandbox: Sandbox, rest: Rest, path: str, body: dict[str, Any], met: str
) -> None:
    """What the sandbox does not imitate of messages is remembered."""
    sandbox.exchanges.clear()

    await rest("POST", path, json=body)

    assert [f"POST {MESSAGES}: {met}"] == sandbox.unknown
    sandbox.unknown.clear()


async def test_silent_message(client: Recorder, guild: Guild, sandbox: Sandbox) -> None:
    """The flags that a bot may set are kept."""
    sent = await client.guilds[0].text_channels[0].send("x", silent=True, suppress_embeds=True)

    assert sent.flags.suppress_notifications
    assert sent.flags.suppress_embeds
    assert 1 == len(sandbox.messages(guild.channel("general")))

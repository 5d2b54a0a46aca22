"""Every payload that a real Fluxer server sent, through the real discord.py."""

import asyncio
import copy
import json
from typing import Any

import discord
import pytest

from bot.client import intents
from bot.platforms import fluxer_edge, fluxer_payloads, internals
from tests import reference

Json = dict[str, Any]
RECORDED = reference.FOLDER / "fluxer-recorded"
GUILD = 1573615722045640704
GENERAL = 1573615722045640707
OWN = 1573615722758672384
GATEWAY = "ws://127.0.0.1:1/gateway"


def recorded(name: str) -> Any:
    if not (RECORDED / name).exists():
        pytest.skip(reference.ABSENT)
    return json.loads((RECORDED / name).read_text())


def event(name: str, number: int = 0) -> Json:
    data: Json = recorded("gateway.json")["events"][name][number]["d"]
    return data


def answer(name: str) -> Any:
    return next(one for one in recorded("rest.json") if one["name"] == name)["response"]["body"]


class Listening(discord.AutoShardedClient):
    """The library without a connection: what its parsers make of the events."""

    def __init__(self) -> None:
        super().__init__(
            intents=intents(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=0.01,
        )
        self.heard: dict[str, list[Any]] = {}

    def dispatch(self, event: str, /, *told: Any, **_: Any) -> None:
        self.heard.setdefault(event, []).append(told)

    def feed(self, name: str, data: Json) -> None:
        before = copy.deepcopy(data)
        self._connection.parsers[name](data)
        assert before == data, "a translation changes nothing"


@pytest.fixture
async def client() -> Listening:
    """In the recorded guild, as if it had just connected."""
    client = Listening()
    client._ready = asyncio.Event()  # logging in makes it
    client._connection.shard_ids = [0]
    client._connection.shard_count = client.shard_count = 1
    fluxer_edge.attach(client)
    client.feed("READY", fluxer_payloads.ready(event("READY"), GATEWAY, ()))
    client.feed("GUILD_CREATE", event("GUILD_CREATE"))
    return client


def guild(client: discord.Client) -> discord.Guild:
    found = client.get_guild(GUILD)
    assert found is not None
    return found


async def _ready(client: Listening) -> None:
    async with asyncio.timeout(5):
        while "ready" not in client.heard:  # noqa: ASYNC110 - the library's own event
            await asyncio.sleep(0)


def test_every_recorded_event_is_heard() -> None:
    """Nothing that the server sent is overlooked."""
    heard = {*fluxer_edge.HEARD, "GUILD_CREATE"}

    assert set() == set(recorded("gateway.json")["events"]) - heard


async def test_every_recorded_event_is_read(
    client: Listening, caplog: pytest.LogCaptureFixture
) -> None:
    """The library takes in every recorded event; none is left out."""
    for name, events in recorded("gateway.json")["events"].items():
        if name != "READY":
            for one in events:
                client.feed(name, one["d"])

    assert [] == [record for record in caplog.records if "left out" in record.message]
    heard = {name: len(times) for name, times in client.heard.items()}
    assert 3 == heard["member_join"]
    assert 3 == heard["message"]
    assert 2 == heard["raw_member_remove"]
    assert 3 == heard["invite_create"]
    assert 1 == heard["invite_delete"]
    assert 3 == heard["audit_log_entry_create"]


class TestGuild:
    async def test_is_whole(self, client: Listening) -> None:
        """Name, owner, channels, roles and our own permissions are what the event says."""
        found = guild(client)

        assert "Recorded guild" == found.name
        assert 1573615719554224128 == found.owner_id
        assert {"general", "General", "Text Channels", "Voice Channels"} == {
            channel.name for channel in found.channels
        }
        assert found.me.guild_permissions.administrator
        assert found.default_role.name == "@everyone"

    async def test_comes_first_as_available(self, client: Listening) -> None:
        """The first GUILD_CREATE after READY is no joining of a guild."""
        await _ready(client)

        assert 1 == len(client.heard["guild_available"])
        assert "guild_join" not in client.heard

    async def test_comes_back_as_available(self, client: Listening) -> None:
        """A guild that the library knows was not joined, even long after READY."""
        await _ready(client)
        client.heard.clear()
        client.feed("GUILD_DELETE", {"id": str(GUILD), "unavailable": True})
        client.feed("GUILD_CREATE", event("GUILD_CREATE"))

        assert {"guild_unavailable", "guild_available"} == set(client.heard)

    async def test_a_new_one_is_joined(self, client: Listening) -> None:
        """A guild that nobody knew is one that Usher was added to."""
        await _ready(client)
        client.heard.clear()
        data = event("GUILD_CREATE")
        data["id"] = data["properties"]["id"] = "1573615722045699999"
        client.feed("GUILD_CREATE", data)

        assert ["guild_join"] == list(client.heard)

    async def test_unavailable_from_the_start(self, client: Listening) -> None:
        """Of an unavailable guild only the id is told, and nothing is made of it."""
        client.heard.clear()
        client.feed("GUILD_CREATE", {"id": "1573615722045699999", "unavailable": True})

        assert {} == client.heard

    async def test_keeps_its_roles(self, client: Listening) -> None:
        """GUILD_UPDATE tells no roles: permissions are still known after it."""
        client.feed("GUILD_UPDATE", event("GUILD_UPDATE"))

        assert guild(client).me.guild_permissions.administrator
        assert "VANITY_URL" in guild(client).features
        assert 4 == len(guild(client).channels)

    async def test_with_members_of_whom_only_the_id_is_told(self, client: Listening) -> None:
        """A newer server sends the burst after READY so."""
        data = event("GUILD_CREATE")
        data["members"][0]["user"] = {"id": str(OWN)}
        client.feed("GUILD_CREATE", data)

        assert guild(client).me.guild_permissions.administrator

    async def test_roles_that_change_together(self, client: Listening) -> None:
        """A bulk of roles is as many changes of one."""
        roles = [{**one, "permissions": "1024"} for one in event("GUILD_CREATE")["roles"]]
        client.feed("GUILD_ROLE_UPDATE_BULK", {"guild_id": str(GUILD), "roles": roles})

        assert 2 == len(client.heard["guild_role_update"])
        assert not guild(client).me.guild_permissions.administrator

    async def test_channels_that_change_together(self, client: Listening) -> None:
        """A bulk of channels is as many changes of one."""
        channels = [{**one, "name": "new"} for one in event("GUILD_CREATE")["channels"]]
        client.feed("CHANNEL_UPDATE_BULK", {"guild_id": str(GUILD), "channels": channels})

        assert {"new"} == {channel.name for channel in guild(client).channels}


class TestSession:
    async def test_can_be_resumed(self) -> None:
        """READY has no address to resume at: it is where we are."""
        told = fluxer_payloads.ready(event("READY"), GATEWAY, ())

        assert GATEWAY == told["resume_gateway_url"]
        assert [0, 1] == told["shard"]

    async def test_what_was_known_waits_for_its_guild_create(self, client: Listening) -> None:
        """After a lost session a guild is unavailable until it is told again, on its own shard."""
        told = fluxer_payloads.ready(
            {**event("READY"), "shard": [1, 2]}, GATEWAY, [4 << 22, 5 << 22]
        )
        assert [{"id": str(5 << 22), "unavailable": True}] == told["guilds"]

        client.feed("READY", fluxer_payloads.ready(event("READY"), GATEWAY, [GUILD]))
        assert guild(client).unavailable
        client.feed("GUILD_CREATE", event("GUILD_CREATE"))
        assert not guild(client).unavailable
        assert guild(client).me.guild_permissions.administrator


class TestPeople:
    async def test_a_join_has_its_time(self, client: Listening) -> None:
        """To the millisecond, as the event tells it."""
        client.feed("GUILD_MEMBER_ADD", event("GUILD_MEMBER_ADD"))

        ((member,),) = client.heard["member_join"]
        assert 1573615720208535552 == member.id
        assert "2026-11-21T08:27:08.425000+00:00" == member.joined_at.isoformat()
        assert not member.bot

    async def test_a_leave_names_whom(self, client: Listening) -> None:
        """Only the id is told, and it is enough."""
        client.feed("GUILD_MEMBER_REMOVE", event("GUILD_MEMBER_REMOVE"))

        ((left,),) = client.heard["raw_member_remove"]
        assert (GUILD, 1573615720820903936) == (left.guild_id, left.user.id)

    async def test_members_that_were_asked_for(self, client: Listening) -> None:
        """They come without flags, like everybody."""
        members = [event("GUILD_MEMBER_ADD")]
        asked: Json = {"guild_id": str(GUILD), "members": members, "chunk_index": 0}
        client.feed("GUILD_MEMBERS_CHUNK", {**asked, "chunk_count": 1})

    async def test_our_own_roles(self, client: Listening) -> None:
        """A change of our own roles changes our permissions."""
        me = {**event("GUILD_CREATE")["members"][0], "roles": []}
        client.feed("GUILD_MEMBER_UPDATE", me)

        assert not guild(client).me.guild_permissions.administrator
        assert 1 == len(client.heard["member_update"])


class TestMessages:
    async def test_nulls_are_nothing(self, client: Listening) -> None:
        """A message without files, embeds and reactions has none."""
        client.feed("MESSAGE_CREATE", event("MESSAGE_CREATE"))

        ((message,),) = client.heard["message"]
        assert "bob204" == message.author.name
        assert isinstance(message.author, discord.Member)
        assert ([], [], []) == (message.attachments, message.embeds, message.reactions)
        assert GENERAL == message.channel.id

    async def test_with_everything(self, client: Listening) -> None:
        """Files, embeds, reactions, an answered message: all are read."""
        first = event("MESSAGE_CREATE")
        reaction = {"emoji": {"id": None, "name": "✅"}, "count": 2, "me": None}
        file = {
            "id": "1",
            "filename": "a.csv",
            "size": 3,
            "url": None,
            "proxy_url": None,
            "flags": 0,
        }
        whole = {
            **first,
            "type": 19,
            "content": "look",
            "embeds": answer("send_message")["embeds"],
            "attachments": [file],
            "reactions": [reaction],
            "mentions": [first["author"]],
            "message_reference": {
                "channel_id": str(GENERAL),
                "message_id": first["id"],
                "guild_id": None,
                "type": 0,
            },
            "referenced_message": first,
            "stickers": [{"id": "1", "name": "s", "animated": False}],
            "message_snapshots": [{"content": "x"}],
        }
        client.feed("MESSAGE_CREATE", whole)

        ((message,),) = client.heard["message"]
        assert "t" == message.embeds[0].title
        assert [] == message.embeds[0].fields
        assert "a.csv" == message.attachments[0].filename
        assert ("✅", 2) == (message.reactions[0].emoji, message.reactions[0].count)
        assert message.reference.resolved.author.name == "bob204"
        assert ["bob204"] == [user.name for user in message.mentions]

    async def test_in_a_direct_message(self, client: Listening) -> None:
        """There it has neither guild nor member."""
        told = event("MESSAGE_CREATE")
        del told["guild_id"], told["member"]
        client.feed("MESSAGE_CREATE", {**told, "channel_type": 1, "channel_id": "77"})

        ((message,),) = client.heard["message"]
        assert message.guild is None
        assert 77 == message.channel.id

    async def test_reactions(self, client: Listening) -> None:
        """Added and taken back, with and without a member."""
        told: Json = {
            "channel_id": str(GENERAL),
            "message_id": "5",
            "user_id": "6",
            "guild_id": str(GUILD),
            "emoji": {"id": None, "name": "✅"},
        }
        client.feed("MESSAGE_REACTION_ADD", {**told, "member": event("GUILD_MEMBER_ADD")})
        client.feed("MESSAGE_REACTION_REMOVE", told)

        ((added,),), ((removed,),) = (
            client.heard["raw_reaction_add"],
            client.heard["raw_reaction_remove"],
        )
        assert "✅" == str(added.emoji) == str(removed.emoji)
        assert 1573615720208535552 == added.member.id


class TestInvites:
    async def test_an_event_has_the_channel(self, client: Listening) -> None:
        """The library finds the channel and the guild where Discord has them."""
        client.feed("INVITE_CREATE", event("INVITE_CREATE"))

        ((invite,),) = client.heard["invite_create"]
        assert ("CWabQEp5", GENERAL, GUILD) == (invite.code, invite.channel.id, invite.guild.id)

    @pytest.mark.parametrize(
        "name", ["create_invite", "get_invite_anonymous", "accept_vanity", "create_invite_one_use"]
    )
    async def test_an_answer_is_an_invite(self, client: Listening, name: str) -> None:
        """With and without counters and inviter."""
        told = fluxer_payloads.invite(answer(name))
        invite = discord.Invite.from_incomplete(state=client._connection, data=told)  # type: ignore[arg-type]

        assert answer(name)["code"] == invite.code
        assert answer(name)["member_count"] == invite.approximate_member_count

    async def test_a_deleted_one_is_answered_with_nothing(self, client: Listening) -> None:
        """The library makes an invite of the answer to a deletion."""
        told = fluxer_edge.translated(
            "DELETE", "/invites/{invite_id}", "http://x/v1/invites/CWabQEp5", ""
        )
        invite = discord.Invite.from_incomplete(state=client._connection, data=told)

        assert "CWabQEp5" == invite.code

    @pytest.mark.parametrize("action", [40, 41, 42])
    async def test_an_entry_of_the_audit_log_has_a_code(
        self, client: Listening, action: int
    ) -> None:
        """Its target is a code, where the library wants a number."""
        told = {**event("GUILD_AUDIT_LOG_ENTRY_CREATE"), "action_type": action, "changes": None}
        client.feed("GUILD_AUDIT_LOG_ENTRY_CREATE", told)

        ((entry,),) = client.heard["audit_log_entry_create"]
        changed = entry.after if action == 40 else entry.before
        assert "CWabQEp5" == changed.code

    async def test_the_audit_log(self, client: Listening) -> None:
        """Every recorded entry is read."""
        told = fluxer_payloads.audit_log(answer("audit_log"))
        users = {int(one["id"]): client._connection.create_user(one) for one in told["users"]}
        entries = [
            discord.AuditLogEntry(
                users=users,
                integrations={},
                app_commands={},
                automod_rules={},
                webhooks={},
                data=one,
                guild=guild(client),
            )
            for one in told["audit_log_entries"]
        ]

        assert [1, 40, 40, 25, 30, 28] == [entry.action.value for entry in entries]
        assert {"KeNODpYT", "CWabQEp5"} == {entry.after.code for entry in entries[1:3]}


class TestAnswers:
    async def test_the_application(self, client: Listening) -> None:
        """Logging in reads it."""
        told = fluxer_payloads.application(answer("application_me"))
        application = discord.AppInfo(state=client._connection, data=told)  # type: ignore[arg-type]

        assert (OWN, "owner784768") == (application.id, application.owner.name)

    async def test_a_message_that_was_sent(self, client: Listening) -> None:
        told = fluxer_edge.translated(
            "POST", "/channels/{channel_id}/messages", "", answer("send_message")
        )
        channel = client.get_channel(GENERAL)
        message = discord.Message(state=client._connection, channel=channel, data=told)  # type: ignore[arg-type]

        assert "hello" == message.content

    async def test_the_guild(self, client: Listening) -> None:
        found = discord.Guild(state=client._connection, data=answer("guild"))

        assert "Recorded guild" == found.name

    @pytest.mark.parametrize(
        "fault",
        [
            one
            for one in (recorded("rest.json") if RECORDED.exists() else ())
            if "errors" in (one["response"]["body"] or ())
        ],
        ids=lambda one: str(one["name"]),
    )
    def test_faults_of_a_form(self, fault: Json) -> None:
        """The library says what is wrong with which field."""
        body = fault["response"]["body"]
        error = discord.HTTPException(_Response(), fluxer_payloads.errors(body))

        assert "INVALID_FORM_BODY" == str(error.code)
        for one in body["errors"]:
            assert f"{one['path']}: {one['message']}" in error.text.replace("In ", "")

    def test_two_faults_of_one_field(self) -> None:
        faults = [{"path": "code", "message": "short"}, {"path": "code", "message": "taken"}]
        told = fluxer_payloads.errors({"code": "X", "message": "m", "errors": faults})

        assert ["short", "taken"] == [one["message"] for one in told["errors"]["code"]["_errors"]]


class _Response:
    status, reason = 400, "Bad Request"


@pytest.mark.parametrize(
    ("meant", "stored"),
    [
        ("Created for 42: plain (ASCII) 100%", "Created for 42: plain (ASCII) 100%"),
        (
            "Zo\u00eb\u2019s \u201cGr\u00f6\u00dfe\u201d \u2014 na\u00efve\u2026",
            'Zoe\'s "Grosse" - naive...',
        ),
        ("日本", "??"),
        ("one\r\nX-Evil: two\ttabs", "one X-Evil: two tabs"),
        ("a\x00b\x7f", "ab"),
        ("x" * 600, "x" * 512),
        ("  ", ""),
    ],
)
def test_a_reason_reads_as_it_was_meant(meant: str, stored: str) -> None:
    """Fluxer stores the header as it came: nothing is encoded, nothing can break out of it."""
    assert stored == fluxer_payloads.audit_reason(meant)


class TestWhatCannotBeRead:
    async def test_is_left_out(self, client: Listening, caplog: pytest.LogCaptureFixture) -> None:
        """It does not end the connection; the log names the event and quotes nothing of it."""
        client.feed("GUILD_MEMBER_ADD", {"guild_id": str(GUILD), "user": {"id": "a secret"}})
        client.feed("GUILD_MEMBER_ADD", event("GUILD_MEMBER_ADD"))

        assert 1 == len(client.heard["member_join"])
        assert "GUILD_MEMBER_ADD" in caplog.text
        assert "secret" not in caplog.text

    async def test_unknown_events_are_nobodys(self, client: Listening) -> None:
        """Fluxer sends every event, whatever the intents: most have no listener."""
        assert "TYPING_START" not in client._connection.parsers
        assert "PRESENCE_UPDATE" not in client._connection.parsers

    def test_an_event_the_library_has_no_parser_for(self) -> None:
        """A renamed event is a clear error at the start, not silence for ever."""
        with pytest.raises(LookupError, match="GUILD_NONSENSE"):
            internals.hear_only(Listening(), {"GUILD_NONSENSE": fluxer_edge.HEARD["READY"]})

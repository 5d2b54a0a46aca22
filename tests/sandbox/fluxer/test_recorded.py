"""Everything that was recorded of a running server, done again with the sandbox."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from tests import fluxer_reference, reference, shapes
from tests.sandbox.clients import Reply
from tests.sandbox.fluxer.talking import Ask, Socket, asking, listening

pytestmark = pytest.mark.skipif(not reference.FOLDER.exists(), reason=reference.ABSENT)

BEFORE = {
    "vanity_url_set": "VANITY_URL",
}
"""What the guild was given by hand before a request, so that it is answered as it was."""


@dataclass
class Replay:
    """The recorded requests with our own ids in them, and what was answered to them."""

    sandbox: Sandbox
    guild: Guild
    channel: Channel
    ask: Ask
    socket: Socket
    codes: dict[str, str] = field(default_factory=dict)
    answers: dict[str, Reply] = field(default_factory=dict)

    async def all(self) -> None:
        people = {"accept_as_user_one_use": "bob", "accept_as_user": "carol"}
        for one in fluxer_reference.exchanges():
            asked, name = one["request"], one["name"]
            if name in BEFORE:
                self.guild.features.add(BEFORE[name])
            if name == "create_invite_rate_limited":
                await self._exhaust()
            by = {"bot": None, "user": self._key(people.get(name, "owner")), None: ""}
            if name == "accept_vanity":
                by["user"] = self._key("dave")
            path = self._path(asked["path"])
            answer = await self.ask(asked["method"], path, asked["body"], by=by[asked["auth"]])
            self.answers[name] = answer
            self._learn(one["response"]["body"], answer.body)
        await self.socket.quiet()

    async def _exhaust(self) -> None:
        while self.sandbox.limited == 0:
            body = {"unique": True}
            await self.ask("POST", f"/channels/{self.channel.id}/invites", body)

    def _key(self, name: str) -> str:
        users = self.sandbox.users.values()
        who = next((one for one in users if one.name == name), None)
        return self.sandbox.own_key(who or self.sandbox.add_user(name))

    def _path(self, path: str) -> str:
        for theirs, ours in self.codes.items():
            path = path.replace(theirs, ours)
        return path

    def _learn(self, theirs: Any, ours: Any) -> None:
        """Which of our ids and codes stand for which of theirs."""
        if isinstance(theirs, dict) and isinstance(ours, dict):
            for key in ("id", "code"):
                if isinstance(theirs.get(key), str) and isinstance(ours.get(key), str):
                    self.codes.setdefault(theirs[key], ours[key])


@pytest.fixture
async def replay() -> AsyncIterator[Replay]:
    """A world like the recorded one, after all of the recorded requests."""
    async with Sandbox(platform="fluxer") as sandbox:
        guild = sandbox.add_guild("Recorded guild", bot_permissions=Permission.ADMINISTRATOR)
        category = guild.add_channel("Text Channels", kind="category")
        guild.add_channel("General", kind="voice", parent=category)
        channel = guild.system_channel = guild.channel("general")
        channel.parent_id = category.id
        async with asking(sandbox) as ask, listening(sandbox) as socket:
            await socket.identify(sandbox.token)
            await socket.heard("GUILD_CREATE")
            it = Replay(sandbox, guild, channel, ask, socket)
            first = fluxer_reference.exchanges()
            theirs = next(one for one in first if one["name"] == "guild")["response"]["body"]
            it.codes |= {theirs["id"]: str(guild.id)}
            it.codes |= {theirs["system_channel_id"]: str(channel.id)}
            await it.all()
            await sandbox.leave(guild.members[max(guild.members)])
            await socket.heard("GUILD_MEMBER_REMOVE")
            yield it


async def test_each_answer_is_put_as_recorded(replay: Replay) -> None:
    """Status, keys and types of every answer are those of the recorded answer itself."""
    found = {}
    for one in fluxer_reference.exchanges():
        theirs, ours = one["response"], replay.answers[one["name"]]
        if theirs["status"] != ours.status:
            found[one["name"]] = [f"{ours.status} {ours.body}"]
            continue
        nullable = fluxer_reference.nullable()
        found[one["name"]] = shapes.differences(ours.body, [theirs["body"]], nullable)

    assert {} == {name: texts for name, texts in found.items() if texts}


async def test_each_answer_is_valid(replay: Replay) -> None:
    """Every answer also fits the platform's own description of its routes."""
    for one in fluxer_reference.exchanges():
        ours = replay.answers[one["name"]]
        asked = (one["request"]["method"], replay._path(one["request"]["path"].partition("?")[0]))
        assert [] == fluxer_reference.mistakes_in_answer(*asked, ours.status, ours.body)


async def test_each_refusal_says_the_same(replay: Replay) -> None:
    """Codes, sentences and paths of refusals are the recorded ones."""
    for one in fluxer_reference.exchanges():
        theirs, ours = one["response"]["body"], replay.answers[one["name"]].body
        if one["response"]["status"] == 429:
            theirs, ours = theirs | {"retry_after": 0}, ours | {"retry_after": 0}
        if one["response"]["status"] >= 400:
            assert theirs == ours, one["name"]


async def test_each_answer_has_the_recorded_headers(replay: Replay) -> None:
    """Rate limits are told to the bot when it was not refused, and with a 429; with its limit."""
    for one in fluxer_reference.exchanges():
        told, name = one["response"]["headers"], one["name"]
        ours = replay.answers[name].headers
        limits = {key for key in told if key.startswith("x-ratelimit") or key == "retry-after"}
        found = {key.lower() for key in ours if key.lower().startswith(("x-rate", "retry", "via"))}
        assert limits == found, name
        assert told["content-type"] == ours["Content-Type"], name
        assert told.get("x-ratelimit-limit") == ours.get("X-RateLimit-Limit"), name


async def test_buckets_are_told_apart_as_recorded(replay: Replay) -> None:
    """Requests share a bucket's name exactly where they did on the server."""
    names = [one["name"] for one in fluxer_reference.exchanges()]
    told = {one["name"]: one["response"]["headers"] for one in fluxer_reference.exchanges()}
    named = [name for name in names if "x-ratelimit-bucket" in told[name]]
    theirs = [told[name]["x-ratelimit-bucket"] for name in named]
    ours = [replay.answers[name].headers["X-RateLimit-Bucket"] for name in named]

    assert [theirs.index(one) for one in theirs] == [ours.index(one) for one in ours]


async def test_each_event_is_put_as_recorded(replay: Replay) -> None:
    """Keys and types of every event are those of the recorded events of its name."""
    recorded = fluxer_reference.events()
    assert recorded.keys() <= replay.socket.told.keys()

    found = {
        name: [
            text
            for one in replay.socket.told[name]
            for text in fluxer_reference.mistakes_in_event(name, one)
        ]
        for name in recorded
    }

    assert {} == {name: texts for name, texts in found.items() if texts}


async def test_events_come_in_the_recorded_order(replay: Replay) -> None:
    """Entries of the log come before what they tell of; joins before the message about them."""
    expected = [
        "READY",
        "GUILD_CREATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "INVITE_CREATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "INVITE_CREATE",
        "GUILD_MEMBER_ADD",
        "MESSAGE_CREATE",
        "GUILD_MEMBER_ADD",
        "MESSAGE_CREATE",
        "GUILD_UPDATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "GUILD_MEMBER_ADD",
        "MESSAGE_CREATE",
        "GUILD_AUDIT_LOG_ENTRY_CREATE",
        "INVITE_DELETE",
        "MESSAGE_CREATE",
    ]

    assert expected == replay.socket.order[: len(expected)]

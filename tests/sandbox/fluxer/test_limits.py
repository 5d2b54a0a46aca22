"""Fluxer's rate limits: how much fits, what headers say of it, and what waiting is needed."""

import asyncio
import time

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.fluxer.limits import Bucket, Limit
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Reply
from tests.sandbox.fluxer.talking import Ask

INVITES = "/channels/{channel_id}/invites"


@pytest.mark.parametrize(
    ("route", "limit", "seconds"),
    [
        ("GET /invites/{code}", 100, 10),
        ("DELETE /invites/nothing", 20, 10),
        ("POST /channels/{channel}/invites", 20, 60),
        ("GET /channels/{channel}/invites", 40, 10),
        ("GET /guilds/{guild}/invites", 40, 10),
        ("GET /guilds/{guild}/vanity-url", 100, 10),
        ("PATCH /guilds/{guild}/vanity-url", 10, 60),
        ("POST /guilds/{guild}/members-search", 40, 10),
        ("POST /channels/{channel}/messages", 20, 10),
        ("GET /users/@me", 40, 10),
        ("GET /gateway/bot", 60, 60),
        ("GET /guilds/{guild}/audit-logs", 20, 10),
    ],
)
async def test_how_much_fits(
    ask: Ask, guild: Guild, channel: Channel, route: str, limit: int, seconds: int
) -> None:
    """So many requests fit, of whatever outcome; the next waits for no more than one to leak."""
    code = guild.add_invite(channel, by=guild.owner).code
    for name, value in {"guild": guild.id, "channel": channel.id, "code": code}.items():
        route = route.replace("{" + name + "}", str(value))
    method, path = route.split()
    answers: list[Reply] = []
    began = time.monotonic()
    while not answers or answers[-1].status != 429:
        answers.append(await ask(method, path, {}))
    slow = answers[-1]

    leaked = (time.monotonic() - began) * limit / seconds

    assert limit <= len(answers) - 1 <= limit + leaked + 1
    assert str(limit) == slow.headers["X-RateLimit-Limit"]
    assert 0 < slow.body["retry_after"] <= seconds / limit
    assert float(slow.headers["X-RateLimit-Reset-After"]) > seconds * (1 - 2 / limit)


@pytest.mark.parametrize("who", ["person", "stranger"])
async def test_accepting_is_limited_whatever_the_code(sandbox: Sandbox, ask: Ask, who: str) -> None:
    """Ten in ten seconds to each account, over all codes together; strangers share one bucket."""
    key = sandbox.own_key(sandbox.add_user()) if who == "person" else ""
    answers = [await ask("POST", f"/invites/code{number}", by=key) for number in range(11)]

    assert 429 == answers[-1].status
    assert 404 == (await ask("POST", "/invites/x", by=sandbox.own_key(sandbox.add_user()))).status


async def test_a_429_says_how_long(sandbox: Sandbox, ask: Ask, channel: Channel) -> None:
    """Its body and headers, whole seconds rounded up, and nothing of a proxy."""
    sandbox.rate_limit(INVITES, 2, 5.0)
    path = f"/channels/{channel.id}/invites"
    first, _, slow = [await ask("POST", path, {}) for _ in range(3)]

    assert {"code", "message", "global", "retry_after"} == slow.body.keys()
    assert ("RATE_LIMITED", False) == (slow.body["code"], slow.body["global"])
    assert 2.0 < slow.body["retry_after"] <= 2.5
    assert ("3", "user") == (slow.headers["Retry-After"], slow.headers["X-RateLimit-Scope"])
    assert "Via" not in slow.headers
    assert ("2", "1", "2.5") == (
        first.headers["X-RateLimit-Limit"],
        first.headers["X-RateLimit-Remaining"],
        first.headers["X-RateLimit-Reset-After"],
    )
    assert first.headers["X-RateLimit-Bucket"] == slow.headers["X-RateLimit-Bucket"]
    assert 1 == sandbox.limited


async def test_waiting_as_told_is_enough(sandbox: Sandbox, ask: Ask, channel: Channel) -> None:
    """After `retry_after` one more fits, long before the bucket is empty."""
    sandbox.rate_limit(INVITES, 2, 0.4)
    path = f"/channels/{channel.id}/invites"
    *_, slow = [await ask("POST", path, {}) for _ in range(3)]
    began = time.monotonic()
    await asyncio.sleep(slow.body["retry_after"] + 0.01)
    again = await ask("POST", path, {})

    assert 200 == again.status
    assert time.monotonic() - began < float(slow.headers["X-RateLimit-Reset-After"])


def test_a_bucket_leaks_evenly() -> None:
    """One fits again as soon as one has leaked, and it is empty when all have."""
    bucket = Bucket("x", Limit(20, 60.0))
    assert all(bucket.take(100.0) for _ in range(20))
    assert (60.0, 3.0) == (bucket.drained_in, bucket.room_in)
    assert not bucket.take(102.9)
    assert bucket.take(103.0)
    assert bucket.take(200.0)
    assert 3.0 == bucket.drained_in


async def test_buckets_belong_to_accounts_and_places(
    sandbox: Sandbox, ask: Ask, guild: Guild, channel: Channel, member: Member
) -> None:
    """Another channel and another account have room where the first has none."""
    sandbox.rate_limit(INVITES, 1, 60.0)
    side = guild.add_channel("side")
    used = [await ask("POST", f"/channels/{channel.id}/invites", {}) for _ in range(2)]
    elsewhere = await ask("POST", f"/channels/{side.id}/invites", {})
    key = sandbox.own_key(member)
    another = await ask("POST", f"/channels/{channel.id}/invites", {}, by=key)

    assert [200, 429] == [one.status for one in used]
    assert (200, 200) == (elsewhere.status, another.status)
    assert used[0].headers["X-RateLimit-Bucket"] == elsewhere.headers["X-RateLimit-Bucket"]
    assert not any(name.startswith("X-RateLimit") for name in another.headers)


async def test_a_limit_over_everything(sandbox: Sandbox, ask: Ask) -> None:
    """Told as global, without figures."""
    sandbox.global_limit = 1
    answers = [await ask("GET", "/users/@me") for _ in range(2)]

    assert (429, True) == (answers[1].status, answers[1].body["global"])
    assert "global" == answers[1].headers["X-RateLimit-Scope"]
    assert "true" == answers[1].headers["X-RateLimit-Global"]
    assert "X-RateLimit-Limit" not in answers[1].headers


async def test_messages_of_one_channel_share_a_bucket(
    sandbox: Sandbox, ask: Ask, channel: Channel, guild: Guild
) -> None:
    """Which message is edited does not matter."""
    sandbox.rate_limit("/channels/{channel_id}/messages/{message_id}", 1, 60.0)
    path = f"/channels/{channel.id}/messages"
    ids = [(await ask("POST", path, {"content": "x"})).body["id"] for _ in range(2)]
    answers = [await ask("PATCH", f"{path}/{one}", {"content": "y"}) for one in ids]

    assert [200, 429] == [one.status for one in answers]
    assert guild.name

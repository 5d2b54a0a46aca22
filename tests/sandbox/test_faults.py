"""What goes wrong because a test says so, and how the real client meets it."""

import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import discord
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Clock, Recorder, Rest, until


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param({"status": 403, "code": 50001}, discord.Forbidden, id="forbidden"),
        pytest.param({"status": 404, "code": 10004}, discord.NotFound, id="not found"),
        pytest.param({"status": 503}, discord.DiscordServerError, id="server error"),
        pytest.param({"drop": True, "times": 2}, aiohttp.ServerDisconnectedError, id="dropped"),
    ],
)
async def test_injected_failure(
    sandbox: Sandbox, client: Recorder, fault: dict[str, Any], error: type[Exception]
) -> None:
    """A fault meets as many requests as it was made for; then all is well."""
    sandbox.fail("GET", "/guilds/*/invites", **fault)

    with pytest.raises(error):
        await client.guilds[0].invites()

    assert [] == await client.guilds[0].invites()


async def test_failure_has_code_and_message(sandbox: Sandbox, client: Recorder) -> None:
    """The status, code and sentence of a fault are the ones asked for."""
    sandbox.fail("GET", "/guilds/{guild_id}/invites", status=400, code=30016, message="too many")

    with pytest.raises(discord.HTTPException, match="too many") as caught:
        await client.guilds[0].invites()

    assert (400, 30016) == (caught.value.status, caught.value.code)


async def test_garbage(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A fault may answer anything at all, of any content type."""
    path = f"/guilds/{guild.id}/invites"
    sandbox.fail("GET", path, status=200, body="<html>", content_type="text/html")
    sandbox.fail("*", path, status=200, body=b"\xff{", content_type="text/plain; charset=latin-1")

    first, second = await rest("GET", path), await rest("GET", path)

    assert ("<html>", "text/html") == (first.body, first.headers["Content-Type"])
    assert "ÿ{" == second.body


async def test_faults_last_until_cleared(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A fault without a number of times lasts, and only for its method and path."""
    sandbox.fail("GET", "/guilds/*/invites", status=500, times=None)
    path = f"/guilds/{guild.id}"

    broken = [(await rest("GET", f"{path}/invites")).status for _ in range(3)]
    other = (await rest("GET", path)).status
    sandbox.clear_faults()

    assert [500, 500, 500] == broken
    assert 200 == other == (await rest("GET", f"{path}/invites")).status


async def test_slow_answer(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A delay alone makes the true answer late."""
    sandbox.fail("GET", "/guilds/*", delay=0.1)

    started = time.monotonic()
    answer = await rest("GET", f"/guilds/{guild.id}")

    assert time.monotonic() - started >= 0.1
    assert "Harbour" == answer.body["name"]


async def test_no_answer_at_all(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A request may hang for ever, and the sandbox still closes."""
    sandbox.fail("GET", "/guilds/*", hang=True)

    with pytest.raises(TimeoutError):
        await rest("GET", f"/guilds/{guild.id}", timeout=aiohttp.ClientTimeout(0.05))


async def test_injected_429_is_waited_out(sandbox: Sandbox, client: Recorder) -> None:
    """The real client takes an injected 429 for a rate limit and asks again."""
    sandbox.fail("GET", "/guilds/*/invites", status=429, retry_after=0.05)

    assert [] == await client.guilds[0].invites()
    assert 2 == sandbox.count("GET", "/guilds/{guild_id}/invites")


async def test_full_bucket_is_429(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """Asking more often than a bucket allows is a 429 that says how long to wait."""
    sandbox.rate_limit("/guilds/{guild_id}/invites", 2, 0.2)
    path = f"/guilds/{guild.id}/invites"

    answers = [await rest("GET", path) for _ in range(3)]
    other = await rest("GET", f"/guilds/{sandbox.add_guild('Other').id}/invites")

    assert [200, 200, 429] == [answer.status for answer in answers]
    assert ["1", "0", "0"] == [answer.headers["X-RateLimit-Remaining"] for answer in answers]
    assert 0 < answers[2].body["retry_after"] <= 0.2
    assert answers[2].headers["Via"]
    assert ("user", False) == (
        answers[2].headers["X-RateLimit-Scope"],
        answers[2].body["global"],
    )
    assert 200 == other.status


async def test_client_heeds_the_headers(sandbox: Sandbox, client: Recorder) -> None:
    """Told honestly, the real client never meets the limit."""
    sandbox.rate_limit("/guilds/{guild_id}/invites", 3, 0.1)

    for _ in range(8):
        await client.guilds[0].invites()

    assert 8 == sandbox.count("GET", "/guilds/{guild_id}/invites")


async def test_global_limit(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """Over all routes there may be a limit of its own."""
    assert sandbox.global_limit is None
    sandbox.global_limit = 2

    answers = [await rest("GET", f"/guilds/{guild.id}{end}") for end in ("", "/roles", "/channels")]

    assert [200, 200, 429] == [answer.status for answer in answers]
    assert answers[2].body["global"]
    assert "global" == answers[2].headers["X-RateLimit-Scope"]


async def test_answers_are_dated_by_the_platform(rest: Rest, guild: Guild, clock: Clock) -> None:
    """Every answer carries the platform's time in whole seconds, and plain JSON."""
    answers = [await rest("GET", f"/guilds/{guild.id}"), await rest("GET", "/guilds/5")]

    for answer in answers:
        assert int(clock.time) == parsedate_to_datetime(answer.headers["Date"]).timestamp()
        assert "application/json" == answer.headers["Content-Type"]


async def test_unknown_route(sandbox: Sandbox, rest: Rest) -> None:
    """A route that is not imitated is 501 and remembered."""
    answer = await rest("GET", "/guilds/5/widgets")

    assert 501 == answer.status
    assert ["GET /guilds/5/widgets"] == sandbox.unknown
    sandbox.unknown.clear()


async def test_unknown_parameter(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A query parameter that is not imitated is remembered."""
    await rest("GET", f"/guilds/{guild.id}", params={"with_cake": "1"})

    assert ["GET /guilds/{guild_id}: parameter with_cake"] == sandbox.unknown
    sandbox.unknown.clear()


async def test_crash_is_loud(
    sandbox: Sandbox, rest: Rest, caplog: pytest.LogCaptureFixture
) -> None:
    """A mistake in the sandbox itself is 500, logged, and fails the test that met it."""
    answer = await rest("GET", "/users/@me/guilds", params={"limit": "x"})

    assert 500 == answer.status
    assert ["GET /users/@me/guilds: crashed, see the log"] == sandbox.unknown
    assert "ValueError" in caplog.text
    sandbox.unknown.clear()


async def test_wrong_token_is_401(rest: Rest, guild: Guild) -> None:
    """A request with another token is refused."""
    headers = {"Authorization": "Bot other"}

    assert (401, 0) == (await rest("GET", f"/guilds/{guild.id}", headers=headers)).refusal


async def test_broken_json(rest: Rest, guild: Guild) -> None:
    """A body that is not JSON is refused."""
    path = f"/channels/{guild.channel('general').id}/invites"

    assert (400, 50109) == (await rest("POST", path, data=b"{")).refusal


async def test_reason_is_bounded(rest: Rest, guild: Guild) -> None:
    """A reason for the audit log has at most 512 characters, decoded."""
    path = f"/channels/{guild.channel('general').id}/invites"

    fits = await rest("POST", path, json={}, headers={"X-Audit-Log-Reason": "%C3%BC" * 512})
    long = await rest("POST", path, json={}, headers={"X-Audit-Log-Reason": "x" * 513})

    assert 200 == fits.status
    assert (400, 50035) == long.refusal
    assert "ü" * 512 == guild.audit_log[0].reason


async def test_lost_event(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """An event may be lost on its way; the next one arrives."""
    sandbox.lose_event("GUILD_MEMBER_ADD")

    await sandbox.enter(guild, "lost")
    await sandbox.enter(guild, "heard")

    assert "heard" == (await client.heard("member_join")).name


async def test_doubled_event(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """An event may come twice; the next one comes once."""
    sandbox.duplicate_event("INVITE_CREATE")

    for _ in range(2):
        guild.create_invite(guild.channel("general"), by=guild.owner)

    await client.heard("invite_create", 3)
    await client.quiet()
    assert 3 == len(client.told["invite_create"])


async def test_delayed_events(sandbox: Sandbox, client: Recorder, guild: Guild) -> None:
    """Events of one name may lag behind the others, in their own order."""
    sandbox.delay_events("GUILD_MEMBER_ADD", 0.05)

    await sandbox.enter(guild, "first")
    await sandbox.enter(guild, "second")
    guild.create_invite(guild.channel("general"), by=guild.owner)
    await client.heard("invite_create")
    assert [] == client.told["member_join"]
    sandbox.delay_events("GUILD_MEMBER_ADD", 0)
    await client.heard("member_join", 2)

    assert ["first", "second"] == [told[0].name for told in client.told["member_join"]]


async def test_observers_see_everything(
    sandbox: Sandbox, rest: Rest, client: Recorder, guild: Guild
) -> None:
    """Each exchange and each event is shown to who watches."""
    exchanges: list[Any] = []
    events: list[Any] = []
    sandbox.exchanges.append(exchanges.append)
    sandbox.events.append(events.append)

    path = f"/channels/{guild.channel('general').id}/invites"
    await rest("POST", path, json={"max_uses": 3}, headers={"X-Audit-Log-Reason": "why"})
    await client.heard("audit_log_entry_create")

    (seen,) = exchanges
    assert ("POST", "/channels/{channel_id}/invites", path) == (
        seen.method,
        seen.template,
        seen.path,
    )
    assert (200, {"max_uses": 3}, "why") == (seen.status, seen.request, seen.reason)
    assert ["INVITE_CREATE", "GUILD_AUDIT_LOG_ENTRY_CREATE"] == [event.name for event in events]
    assert seen.response["code"] == events[0].data["code"]


async def test_time_can_be_moved(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """The platform's clock can be put forward from outside."""
    before = sandbox.now()

    sandbox.advance(3600)

    answer = await rest("GET", f"/guilds/{guild.id}")
    moved = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    assert int(before + 3600) == moved


async def test_sandbox_can_be_left_with_clients_in_it(guild: Guild, client: Recorder) -> None:
    """Closing the sandbox while a client is connected leaves nothing open."""
    assert client.get_guild(guild.id) is not None


async def test_two_sandboxes_are_apart(sandbox: Sandbox) -> None:
    """Two sandboxes in one process share neither port nor state."""
    async with Sandbox() as other:
        other.add_guild("Elsewhere")

        assert other.port != sandbox.port
        assert other.token != sandbox.token
        assert {} == sandbox.guilds


async def test_wait_helper_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for what never happens is a failure, not a hang."""
    monkeypatch.setattr("tests.sandbox.clients.LIMIT", 0.01)
    never: Callable[[], object] = bool

    with pytest.raises(TimeoutError):
        await until(never)

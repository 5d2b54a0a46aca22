"""Speaking in channels, and what failures mean: through the real discord.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.client import Usher
from bot.errors import LostError, NotSaidError, SilencedError
from bot.log_channel import Said
from bot.platforms.speech import Speech
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from tests.harness import until

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"


@pytest.fixture
def speech(usher: Usher) -> Speech:
    return Speech(usher)


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.channel("general")


def long_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


async def test_said_and_changed(sandbox: Sandbox, speech: Speech, channel: Channel) -> None:
    """A message is posted and edited, and asks both times that nobody be pinged."""
    allowed: list[Any] = []
    sandbox.exchanges.append(lambda exchange: allowed.append(exchange.request["allowed_mentions"]))
    said = await speech.post(channel.id, "@everyone", "1-a")
    [message] = sandbox.messages(channel)
    assert Said(message.id, "@everyone") == said
    assert not message.pings

    await speech.edit(channel.id, said.message_id, "@here")

    assert "@here" == message.content
    assert not message.pings
    assert [{"parse": []}] * 2 == allowed


async def test_the_same_nonce_is_said_once(
    sandbox: Sandbox, speech: Speech, channel: Channel
) -> None:
    """Said again with the same nonce, the first message is what is answered."""
    first = await speech.post(channel.id, "one", "1-a")

    assert first == await speech.post(channel.id, "two", "1-a")
    assert ["one"] == [message.content for message in sandbox.messages(channel)]


async def test_our_own_messages_are_found(
    sandbox: Sandbox, speech: Speech, guild: Guild, channel: Channel
) -> None:
    """What we said since then, and nothing of anybody else."""
    said = await speech.post(channel.id, "ours", "1-a")
    await sandbox.say(guild.owner, channel, "not ours")

    assert [said] == await speech.own(channel.id, long_ago())
    assert [] == await speech.own(channel.id, datetime.now(UTC) + timedelta(hours=1))


@pytest.mark.parametrize("refused", [True, False])
async def test_history_that_may_not_be_read_is_empty(
    sandbox: Sandbox, speech: Speech, guild: Guild, channel: Channel, refused: bool
) -> None:
    """Without the permission nothing is found, whether the platform refuses or shows nothing."""
    await speech.post(channel.id, "ours", "1-a")
    guild.overwrite(channel, guild.everyone, deny=Permission.READ_MESSAGE_HISTORY)
    if refused:
        sandbox.fail("GET", MESSAGES, status=403, code=50013)

    assert [] == await speech.own(channel.id, long_ago())


@pytest.mark.parametrize(
    ("fault", "meaning"),
    [
        ({"status": 404, "code": 10003}, SilencedError),
        ({"status": 403, "code": 50001}, SilencedError),
        ({"status": 403, "code": 50013}, SilencedError),
        ({"status": 404, "code": 10008}, LostError),
        ({"status": 403, "code": 50005}, LostError),
        ({"status": 400, "code": 50035}, LostError),
        ({"status": 401}, NotSaidError),
        ({"status": 503}, NotSaidError),
        ({"drop": True}, NotSaidError),
        ({"status": 200, "body": "null"}, NotSaidError),
        ({"status": 200, "body": '{"id": "x"}'}, NotSaidError),
        ({"status": 200, "body": "{broken"}, NotSaidError),
    ],
)
async def test_what_failures_mean(
    sandbox: Sandbox,
    speech: Speech,
    channel: Channel,
    fault: dict[str, Any],
    meaning: type[NotSaidError],
) -> None:
    """Gone for good, closed to us, or worth another try: nothing else gets through."""
    sandbox.fail("POST", MESSAGES, times=None, **fault)

    with pytest.raises(NotSaidError) as failure:
        await speech.post(channel.id, "text", "1-a")

    assert meaning is type(failure.value)


async def test_no_answer_in_time(
    sandbox: Sandbox, speech: Speech, channel: Channel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request that hangs is ended."""
    monkeypatch.setattr("bot.platforms.speech.ANSWER_LIMIT", 0.2)
    sandbox.fail("PATCH", MESSAGE, hang=True)
    said = await speech.post(channel.id, "text", "1-a")

    with pytest.raises(NotSaidError):
        await speech.edit(channel.id, said.message_id, "other")


async def test_a_long_rate_limit_says_when_to_try_again(
    sandbox: Sandbox, speech: Speech, channel: Channel
) -> None:
    """The library waits for short ones; a long one is an answer of its own."""
    sandbox.fail("POST", MESSAGES, status=429, retry_after=100.0, times=None)

    with pytest.raises(NotSaidError) as failure:
        await speech.post(channel.id, "text", "1-a")

    assert 90 < failure.value.retry_after <= 100


async def test_a_deleted_message_is_lost(
    sandbox: Sandbox, speech: Speech, guild: Guild, channel: Channel
) -> None:
    """Somebody deleted it: there is nothing to change any more."""
    said = await speech.post(channel.id, "text", "1-a")
    [message] = sandbox.messages(channel)
    sandbox.delete_message(message, by=guild.owner)

    with pytest.raises(LostError):
        await speech.edit(channel.id, said.message_id, "other")


@pytest.mark.parametrize("lacking", [Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES])
async def test_where_we_may_speak(
    speech: Speech, guild: Guild, channel: Channel, lacking: int
) -> None:
    """Known without asking: both permissions are needed, and what changes is noticed."""
    assert speech.open(guild.id, channel.id)
    assert guild.me is not None
    guild.overwrite(channel, guild.me, deny=lacking)

    async def closed() -> bool:
        return not speech.open(guild.id, channel.id)

    await until(closed)


async def test_where_nobody_can_speak(speech: Speech, guild: Guild, channel: Channel) -> None:
    """Neither in a guild that is not there, nor in a channel that is not."""
    assert not speech.open(guild.id, 1)
    assert not speech.open(1, channel.id)
    guild.outage()

    async def closed() -> bool:
        return not speech.open(guild.id, channel.id)

    await until(closed)

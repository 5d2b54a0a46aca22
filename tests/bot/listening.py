"""What can be read in a log channel, and how tests wait for it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.patience import Pace
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member, Message
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Confirmation, LogMessage, Source, to_ms
from tests.harness import PATIENCE, until

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"

QUICK = PATIENCE._replace(pace=Pace(look=0.02, verdict=5.0, say=0.05, edit=0.05, again=(0.1, 0.1)))
"""Waits longer for a verdict than any in these tests needs."""

MODERATOR = 1
"""Who chose the channel."""


async def said(
    sandbox: Sandbox, channel: Channel, fits: Callable[[list[str]], bool]
) -> list[Message]:
    """The messages of a channel, once what they say fits."""

    async def ask() -> list[Message] | None:
        messages = sandbox.messages(channel)
        return messages if fits([message.content for message in messages]) else None

    return await until(ask)


async def quiet(ledger: Ledger, guild: Guild) -> None:
    """Nothing is left to be told or changed."""

    async def ask() -> bool:
        return guild.id not in await ledger.guilds_to_tell()

    await until(ask)


def mentioned(messages: list[Message]) -> list[int]:
    """Whom the messages tell of, each as often as they do."""
    return [int(one) for each in messages for one in re.findall(r"<@(\d+)>", each.content)]


async def claimed_by_an_earlier_run(
    ledger: Ledger, guild: Guild, channel: Channel, age: timedelta = timedelta(0)
) -> LogMessage:
    """Drawn together and perhaps said, when the process ended."""

    async def ask() -> LogMessage | None:
        lines = await ledger.unsaid(guild.id, 10)
        at = datetime.now(UTC) - age
        ids = [line.id for line in lines]
        return await ledger.claim(guild.id, ids, channel.id, at) if lines else None

    return await until(ask)


async def until_asked(sandbox: Sandbox, channel: Channel) -> None:
    path = f"/channels/{channel.id}/messages"

    async def ask() -> bool:
        return any(one[2] == path for one in sandbox.requests)

    await until(ask)


async def confirm(
    ledger: Ledger, guild: Guild, member: Member, source: Source = Source.DISCOVERY
) -> None:
    """The platform's record says how somebody came."""

    async def ask() -> bool:
        [join] = await ledger.joins_of(guild.id, member.id)
        assert join.joined_at is not None
        at = to_ms(join.joined_at)
        word = Confirmation(member_id=member.id, joined_at=at, source=source)
        return await ledger.confirm(guild.id, [word], datetime.now(UTC)) > 0

    await until(ask)

"""What `/setup check` looks at: everything that Usher's work in a server rests on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar, get_args

import discord

from bot.client import Usher
from bot.errors import NoAnswerError
from cogs import _setup_texts as texts
from cogs._asking import Invitable, lacking, need
from cogs._setup_texts import Finding

T = TypeVar("T")

_INVITABLE = get_args(Invitable)
_IN_SERVER = ("manage_guild", "view_audit_log")
_IN_CHANNELS = ("view_channel", "manage_channels", "create_instant_invite")
_TO_SPEAK = ("view_channel", "send_messages")


async def findings(bot: Usher, guild: discord.Guild) -> list[Finding]:
    """Permissions as the platform told them, and three questions asked as Usher asks them."""
    platform = bot.platform
    no_members = texts.WITHOUT_INTENT if platform.capabilities.slash_commands else texts.NO_MEMBERS
    rests = (await bot.ledger.closed_records(datetime.now(UTC))).get(guild.id)
    answers = await asyncio.gather(
        _asked(platform.list_invites(guild.id), texts.list_answers, texts.NO_LIST),
        _asked(platform.members(guild.id), texts.members_answer, no_members),
        _asked(platform.record(guild.id, 1), partial(texts.record_answers, rests), texts.NO_RECORD),
    )
    return [*_permissions(guild), *answers, *await _log_channel(bot, guild)]


def _permissions(guild: discord.Guild) -> list[Finding]:
    ours = guild.me.guild_permissions
    channels = [channel for channel in guild.channels if isinstance(channel, _INVITABLE)]
    return [texts.in_server(name, there=getattr(ours, name)) for name in _IN_SERVER] + [
        texts.in_channels(
            name, [one.id for one in channels if not getattr(one.permissions_for(guild.me), name)]
        )
        for name in _IN_CHANNELS
    ]


async def _asked(question: Awaitable[T], answered: Callable[[T], Finding], without: str) -> Finding:
    try:
        return answered(await question)
    except NoAnswerError as error:
        return texts.no_answer(without, str(error))


async def _log_channel(bot: Usher, guild: discord.Guild) -> list[Finding]:
    """Nothing to say where none was chosen."""
    setting = await bot.ledger.log_setting(guild.id)
    if setting is None:
        return []
    channel = guild.get_channel(setting.channel_id)
    ours = discord.Permissions.none() if channel is None else channel.permissions_for(guild.me)
    missing = lacking(*(need(ours, name, setting.channel_id) for name in _TO_SPEAK))
    return [texts.log_channel(setting.channel_id, there=channel is not None, lacking=missing)]

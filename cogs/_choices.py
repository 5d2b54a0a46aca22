"""What autocomplete offers: from the ledger only, and only to somebody who may see invites."""

from datetime import UTC, datetime

import discord
from discord import app_commands

from bot.client import Usher
from cogs import _durations as durations
from cogs._invite_texts import choice
from cogs._texts import CAMPAIGN_LIMIT, clean

Choices = list[app_commands.Choice[str]]

_MOST = 25
"""The platform shows no more."""


async def codes(interaction: discord.Interaction[Usher], typed: str, *, live_only: bool) -> Choices:
    guild_id = _visible_guild(interaction)
    if guild_id is None:
        return []
    bot, now = interaction.client, datetime.now(UTC)
    wanted = bot.platform.code(typed) or typed.strip()
    records = await bot.ledger.codes(guild_id, wanted, _MOST, live_only=live_only)
    return [
        app_commands.Choice(name=choice(record, now), value=record.invite.code)
        for record in records
        if not (live_only and record.ended(now))
    ]


async def campaigns(interaction: discord.Interaction[Usher], typed: str) -> Choices:
    guild_id = _visible_guild(interaction)
    if guild_id is None:
        return []
    names = await interaction.client.ledger.campaigns(guild_id, clean(typed), _MOST)
    short = (name for name in names if len(name) <= CAMPAIGN_LIMIT)
    return [app_commands.Choice(name=name, value=name) for name in short]


async def max_ages(_: discord.Interaction[Usher], typed: str) -> Choices:
    return [app_commands.Choice(name=each, value=each) for each in durations.suggestions(typed)]


def _visible_guild(interaction: discord.Interaction[Usher]) -> int | None:
    return interaction.guild_id if interaction.permissions.manage_guild else None

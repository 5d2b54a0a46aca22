"""Answers with files: as private as any."""

from io import BytesIO
from typing import Any

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from cogs._reply import defer, reply
from tests.harness import on_both
from tests.moderators import use

pytestmark = on_both

TABLE = b"member,code\n1,abc\n"


async def answer(asked: Any, *, deferred: bool) -> None:
    if deferred:
        await defer(asked)
    await reply(asked, "Here it is.", files=[discord.File(BytesIO(TABLE), "joins.csv")])


@pytest.fixture
async def table(usher: Usher) -> None:
    """A command that answers with a file: there is none yet."""

    async def typed(ctx: commands.Context[Any], now: str = "") -> None:
        await answer(ctx, deferred=not now)

    async def slash(interaction: discord.Interaction[Any], now: str = "") -> None:
        await answer(interaction, deferred=not now)

    if usher.platform.capabilities.slash_commands:
        command: Any = app_commands.command(name="table", description="A table")(slash)
        usher.tree.add_command(command)
        await usher.tree.sync()
    else:
        usher.add_command(commands.command(name="table")(typed))


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("options", [{}, {"now": "now"}], ids=["after a while", "at once"])
async def test_a_file_comes_with_the_answer(
    sandbox: Sandbox, moderator: Member, general: Channel, options: dict[str, str]
) -> None:
    """Whole, under its name, and nowhere but where the answer is."""
    told = await use(sandbox, moderator, general, "table", **options)

    assert told.content.startswith("Here it is.")
    assert {"joins.csv": TABLE} == told.files
    assert told.ephemeral

"""A platform that tells again and again what nobody can read."""

import asyncio

import pytest

from bot.keeper import DOUBTED_FOR
from bot.missed import COUNTED_LATELY
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.bot.test_unreadable_events import tell
from tests.harness import on_both

from .moments import LISTS, LONG

MEMBERS = "/guilds/{guild_id}/members"


@on_both
@pytest.mark.usefixtures("usher")
async def test_looked_into_now_and_then(sandbox: Sandbox, guild: Guild) -> None:
    """The lists are read at once and then every ten minutes, however much of it there is; of
    invites a few times, until it is clear that it goes on.
    """
    await asyncio.sleep(LONG)
    lists = sandbox.count("GET", LISTS)

    for _ in range(int(2 * COUNTED_LATELY + LONG)):
        tell(sandbox, "GUILD_MEMBER_ADD", {"guild_id": str(guild.id), "user": "nobody"})
        await asyncio.sleep(1)

    assert 3 == sandbox.count("GET", MEMBERS)
    assert 0 < sandbox.count("GET", LISTS) - lists < 3 * DOUBTED_FOR

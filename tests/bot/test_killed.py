"""Usher killed and started again, many times, while people join."""

import asyncio
import random
from collections import Counter
from pathlib import Path

from bot.sandbox import Sandbox
from bot.sandbox.entities import Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, JoinRecord, Source
from tests.bot.test_main import at, usher
from tests.harness import on_both, until

KILLS = 6


async def joins(path: Path, guild: Guild) -> list[JoinRecord]:
    async with Ledger.read_only(path) as reader:
        return [join async for join in reader.export(guild.id)]


async def ready(sandbox: Sandbox, lists: int) -> None:
    """Connected, and the guild was read since this start."""

    async def ask() -> bool:
        return sandbox.count("GET", "/guilds/{guild_id}/invites") > lists

    await until(ask, limit=20)


async def people(sandbox: Sandbox, codes: list[str], luck: random.Random) -> list[Member]:
    came = []
    for _ in range(luck.randrange(1, 12)):
        came.append(await sandbox.join(luck.choice(codes)))
        await asyncio.sleep(luck.choice([0, 0, 0.01, 0.05]))
    return came


def right(join: JoinRecord, truth: str) -> bool:
    if join.certainty in {Certainty.CERTAIN, Certainty.CONFIRMED}:
        return join.source is Source.INVITE and join.code == truth
    return join.certainty is not Certainty.AMBIGUOUS or truth in join.candidates


@on_both
async def test_killed_many_times(tmp_path: Path, sandbox: Sandbox, guild: Guild) -> None:
    """No join that was told of is lost or counted twice, and no verdict is wrong."""
    luck = random.Random(7)
    codes = [guild.add_invite(guild.channel("general"), by=guild.owner).code for _ in range(2)]
    path = tmp_path / "usher.db"
    settings = at(sandbox, USHER_EVENT_LAG="0.1", USHER_COUNTER_LAG="0.05")
    truth: dict[int, str] = {}
    for _ in range(KILLS):
        lists = sandbox.count("GET", "/guilds/{guild_id}/invites")
        async with usher("run", cwd=tmp_path, settings=settings) as process:
            await ready(sandbox, lists)
            came = await people(sandbox, codes, luck)
            truth |= {member.user.id: member.code or "" for member in came}
            await asyncio.sleep(luck.uniform(0, 0.5))
            process.kill()
            await process.wait()

    lists = sandbox.count("GET", "/guilds/{guild_id}/invites")
    async with usher("run", cwd=tmp_path, settings=settings):
        await ready(sandbox, lists)

        async def all_decided() -> bool:
            found = await joins(path, guild)
            pending = any(join.certainty is Certainty.PENDING for join in found)
            return not pending and {join.member_id for join in found} >= truth.keys()

        await until(all_decided)
        found = await joins(path, guild)

    assert {1} == set(Counter(join.member_id for join in found).values())
    assert {join.member_id for join in found} == truth.keys()
    assert [] == [join for join in found if not right(join, truth[join.member_id])]

"""However Usher ends, the process that draws for it ends, too: both as processes of their own.

On one platform: they do not differ in how a process ends.
"""

import asyncio
from asyncio.subprocess import Process
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from bot.sandbox import Permission, Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import JoinFact, to_ms
from tests.bot.test_main import at, usher
from tests.harness import until
from tests.moderators import use


@pytest.fixture
async def path(tmp_path: Path, guild: Guild) -> Path:
    """A ledger in which somebody has just joined."""
    now = to_ms(datetime.now(UTC))
    async with Ledger.open(tmp_path / "usher.db") as ledger:
        await ledger.record_join(JoinFact(guild.id, 101, now, now))
    return tmp_path


async def drawing(sandbox: Sandbox, guild: Guild, process: Process) -> psutil.Process:
    """The process that a chart was drawn in."""
    assert guild.me is not None
    await until(lambda: _there(sandbox))
    role = guild.add_role("Moderator", permissions=Permission.MANAGE_GUILD)
    moderator = guild.add_member("moderator", roles=[role])
    reply = await use(sandbox, moderator, guild.channel("general"), "report timeline")
    assert 1 == len(reply.files)
    [worker] = psutil.Process(process.pid).children()
    return worker


async def _there(sandbox: Sandbox) -> bool:
    """Whether Usher has come so far that it reads invites: by then it hears commands."""
    return sandbox.count("GET", "/guilds/{guild_id}/invites") > 0


async def _gone(worker: psutil.Process) -> bool:
    return not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE


async def test_told_to_stop(path: Path, sandbox: Sandbox, guild: Guild) -> None:
    """Usher ends with 0 and without a word of complaint, and by then its worker has ended."""
    async with usher("run", cwd=path, settings=at(sandbox)) as process:
        worker = await drawing(sandbox, guild, process)
        process.terminate()
        async with asyncio.timeout(30):
            _, err = await process.communicate()
        gone = await _gone(worker)

    assert 0 == process.returncode
    assert gone
    assert b"WARNING" not in err
    assert b"Traceback" not in err


async def test_killed(path: Path, sandbox: Sandbox, guild: Guild) -> None:
    """Nobody is left to end the worker, so it ends with its input."""
    async with usher("run", cwd=path, settings=at(sandbox)) as process:
        worker = await drawing(sandbox, guild, process)
        process.kill()
        await process.wait()

        assert await until(lambda: _gone(worker))

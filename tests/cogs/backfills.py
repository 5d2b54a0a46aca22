"""A backfill as tests watch it."""

from bot.sandbox import Reply, Sandbox
from bot.sandbox.guild import Guild
from tests.harness import PATIENCE, until

FAST = PATIENCE._replace(page=0.02, backfill=(0.05, 0.1), told=0.02)
DAY = 86_400.0


def crowd(sandbox: Sandbox, guild: Guild, count: int, code: str | None = None) -> None:
    """So many members who came first of all; nobody else came before Usher, nor is about to."""
    for member in guild.members.values():
        member.joined_at = sandbox.now() + 30
    guild.populate(count, joined_at=sandbox.now() - 3 * DAY, every=1, code=code)


async def title(reply: Reply, beginning: str) -> Reply:
    """The message, once it is headed so."""

    async def ask() -> Reply | None:
        latest = reply.latest
        return latest if latest.embeds[0]["title"].startswith(beginning) else None

    return await until(ask)


async def said(reply: Reply, words: str) -> Reply:
    """The message, once it says that."""

    async def ask() -> Reply | None:
        return reply.latest if words in reply.latest.text else None

    return await until(ask)

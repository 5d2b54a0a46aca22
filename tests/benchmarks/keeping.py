"""How much memory a guild costs beyond what bare discord.py keeps of it."""

from typing import NamedTuple

from .client_process import BARE, usher
from .flood import connect
from .ledger_file import Watcher
from .platform_process import PlatformProcess
from .remote import CLIENT_CORE, OTHER_CORE, Make, Remote
from .table import Row, Section

PER_GUILD = 4096
PER_INVITE = 512


class Sizes(NamedTuple):
    """Two numbers of guilds: what both have in common is no guild's."""

    few: int
    many: int


def keeping(*, quick: bool) -> Section:
    sizes = Sizes(100, 600) if quick else Sizes(100, 2100)
    bare = _slope(sizes, 0, bare=True)
    rows = [Row("bare discord.py", f"{bare:,.0f} bytes per guild")]
    for invites in (0, 50):
        beyond = _slope(sizes, invites, bare=False) - bare
        most = PER_GUILD + PER_INVITE * invites
        rows.append(
            Row(
                f"Usher beyond it, {invites} invites a guild",
                f"{beyond:,.0f} bytes per guild",
                f"<= {most:,}",
                beyond <= most,
            )
        )
    return Section(f"Memory, from {sizes.few} guilds to {sizes.many}, each read and settled", rows)


def _slope(sizes: Sizes, invites: int, *, bare: bool) -> float:
    """Bytes for each guild more."""
    few, many = (_memory(guilds, invites, bare=bare) for guilds in sizes)
    return (many - few) / (sizes.many - sizes.few)


def _memory(guilds: int, invites: int, *, bare: bool) -> int:
    with Watcher.temporary() as ledger, Remote(PlatformProcess.open, OTHER_CORE) as platform:
        make: Make = BARE if bare else usher(ledger.path)
        platform.begin("build", guilds=guilds, invites=invites)
        with Remote(make, CLIENT_CORE) as client:
            platform.answer()
            connect(client, platform, guilds)
            if not bare:
                ledger.until_read(guilds)
            return int(client.call("memory"))

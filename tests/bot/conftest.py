"""A guild with a log channel, and tests that not every platform can pass.

`@pytest.mark.counts_every_use` is on what is claimed of exact counters; where uses may be lost,
fluxer/test_bounds.py has what is claimed instead.
"""

from datetime import UTC, datetime

import pytest

from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.bot.listening import MODERATOR


def pytest_configure(config: pytest.Config) -> None:
    for name, what in (
        ("counts_every_use", "claims something of counters that lose no use"),
        ("on_discord", "claims something that only Discord has"),
    ):
        config.addinivalue_line("markers", f"{name}: {what}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out on Fluxer what is claimed of Discord, or of exact counters."""
    left_out = [item for item in items if _of_discord(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def _of_discord(item: pytest.Item) -> bool:
    claims = {mark.name for mark in item.iter_markers()}
    where = getattr(item, "callspec", None)
    fluxer = where is not None and where.params.get("platform") == "fluxer"
    return fluxer and bool(claims & {"counts_every_use", "on_discord"})


@pytest.fixture
def channel(guild: Guild) -> Channel:
    return guild.add_channel("log")


@pytest.fixture
def code(guild: Guild) -> str:
    return guild.add_invite(guild.channel("general"), by=guild.owner).code


@pytest.fixture
async def chosen(ledger: Ledger, guild: Guild, channel: Channel) -> None:
    """The channel was chosen before."""
    await ledger.set_log(guild.id, channel.id, MODERATOR, datetime.now(UTC))

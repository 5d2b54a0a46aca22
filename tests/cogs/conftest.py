"""A guild with people in it who may do different things."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import pytest

from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Invite, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from data.ledger import Ledger
from tests.harness import decided, first_reading, until
from tests.moderators import use

BOT_POSITION = 50
MODERATOR_POSITION = 20


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """Usher's role stands above all others."""
    guild = sandbox.add_guild("Harbour")
    assert guild.me is not None
    guild.roles_by_id[guild.me.roles[0]].position = BOT_POSITION
    return guild


@pytest.fixture
def general(guild: Guild) -> Channel:
    return guild.channel("general")


@pytest.fixture
def moderator(guild: Guild) -> Member:
    """Manages the server, but no roles and no channels."""
    role = guild.add_role(
        "Moderator", permissions=Permission.MANAGE_GUILD, position=MODERATOR_POSITION
    )
    return guild.add_member("moderator", roles=[role])


@pytest.fixture
def manager(guild: Guild, moderator: Member) -> Member:
    """A moderator who manages roles too."""
    guild.grant(moderator, guild.add_role("Roles", Permission.MANAGE_ROLES, position=4))
    return moderator


@pytest.fixture
def stranger(sandbox: Sandbox, guild: Guild) -> Member:
    """Whom administrators let use the commands without any permission of a moderator."""
    member = guild.add_member("stranger")
    if sandbox.platform == "discord":
        for command in ("invite", "joins", "setup", "settings", "How did they join?"):
            guild.allow_command(command, member)
    return member


@pytest.fixture
def slash_commands() -> None:
    """Whoever needs them is not asked elsewhere."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where there are no slash commands, what is about them is no test."""
    items[:] = [item for item in items if not _pointless(item)]


def _pointless(item: pytest.Item) -> bool:
    called = getattr(item, "callspec", None)
    platform = None if called is None else called.params.get("platform")
    return platform == "fluxer" and "slash_commands" in getattr(item, "fixturenames", ())


def only(guild: Guild) -> Invite:
    """The one invite there is."""
    [invite] = guild.invites.values()
    return invite


async def log_channel(ledger: Ledger, guild: Guild) -> int | None:
    """Where joins are told, if they are."""
    setting = await ledger.log_setting(guild.id)
    return None if setting is None else setting.channel_id


Seen = Callable[[int], Awaitable[object]]


@pytest.fixture
async def seen(ledger: Ledger, guild: Guild) -> Seen:
    """Wait until so many live invites are written down."""

    async def wait(count: int) -> object:
        async def there() -> bool:
            return (await ledger.invites(guild.id))[1] == count

        return await until(there)

    return wait


@pytest.fixture
async def codes(ledger: Ledger, usher: Usher, guild: Guild, general: Channel) -> tuple[str, str]:
    """Two invites, read once, so that joins through them can be told."""
    del usher
    await first_reading(ledger, guild)
    one = guild.create_invite(general, by=guild.owner)
    two = guild.create_invite(general, by=guild.owner)
    return one.code, two.code


@pytest.fixture
async def newcomer(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, codes: tuple[str, str]
) -> Member:
    """Somebody who certainly came through the first of two invites."""
    newcomer = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)
    return newcomer


class Ask(Protocol):
    """Give a command as the moderator, or as somebody else."""

    async def __call__(
        self, command: str, /, *, by: Member | None = None, **options: Any
    ) -> Reply: ...


@pytest.fixture
def ask(sandbox: Sandbox, moderator: Member, general: Channel) -> Ask:
    async def send(command: str, /, *, by: Member | None = None, **options: Any) -> Reply:
        return await use(sandbox, by or moderator, general, command, **options)

    return send

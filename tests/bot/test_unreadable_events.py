"""Events that nobody can read: what they told is looked for, and the connection goes on."""

import json
from typing import Any

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Met
from tests.harness import decided, first_reading, on_both, until

pytestmark = on_both

MEMBERS = "/guilds/{guild_id}/members"
INVITES = "/guilds/{guild_id}/invites"


def tell(sandbox: Sandbox, event: str, payload: dict[str, Any]) -> None:
    """What the platform would never say as we know it."""
    for session in sandbox.sessions:
        session.push(event, json.dumps(payload))


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    """Two invites from before Usher."""
    channel = guild.channel("general")
    return [guild.add_invite(channel, by=guild.owner).code for _ in range(2)]


async def test_a_join(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Somebody was announced in a way that nobody understands: they are found, and who comes next
    is heard as ever.
    """
    assert usher.is_ready()
    await first_reading(ledger, guild)
    sandbox.advance(5)
    sandbox.lose_event("GUILD_MEMBER_ADD")
    lost = await sandbox.join(codes[0])
    tell(sandbox, "GUILD_MEMBER_ADD", {"guild_id": str(guild.id), "user": "somebody"})
    [join] = await decided(ledger, guild, 1)
    assert (lost.id, Met.GAP) == (join.member_id, join.met)

    heard = await sandbox.join(codes[1])

    [_, join] = await decided(ledger, guild, 2)
    assert (heard.id, Met.JOINING) == (join.member_id, join.met)


async def test_a_leave(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """Whoever left in such a way is found to be gone."""
    assert usher.is_ready()
    await first_reading(ledger, guild)
    member = await sandbox.join(codes[0])
    await decided(ledger, guild, 1)
    sandbox.lose_event("GUILD_MEMBER_REMOVE")
    await sandbox.leave(member)
    tell(sandbox, "GUILD_MEMBER_REMOVE", {"guild_id": str(guild.id)})

    async def gone() -> bool:
        [join] = await ledger.joins_of(guild.id, member.id)
        return join.left_at is not None

    await until(gone)


@pytest.mark.parametrize("event", ["INVITE_CREATE", "INVITE_DELETE"])
async def test_an_invite(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, event: str
) -> None:
    """What became of an invite is not known: the list is read again."""
    assert usher.is_ready()
    await first_reading(ledger, guild)
    before = sandbox.count("GET", INVITES)
    tell(sandbox, event, {"guild_id": str(guild.id), "code": 5})

    async def read_again() -> bool:
        return sandbox.count("GET", INVITES) > before

    await until(read_again)


@pytest.mark.parametrize("where", [None, 5, "x", "\u00b2", "1"])
async def test_nowhere(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    where: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Where it names no guild of ours nobody is asked, and nothing breaks."""
    await first_reading(ledger, guild)
    for event in ("GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "INVITE_CREATE", "INVITE_DELETE"):
        tell(sandbox, event, {"guild_id": where})
    member = await sandbox.enter(guild)

    [join] = await decided(ledger, guild, 1)

    assert (member.id, Met.JOINING) == (join.member_id, join.met)
    assert 0 == sandbox.count("GET", MEMBERS)
    assert [guild.id] == usher.tracker.guilds()
    assert "Ignoring exception" not in caplog.text


async def test_not_too_often(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
) -> None:
    """If a platform changes how it tells of joins, members are not listed for each of them."""
    assert usher.is_ready()
    await first_reading(ledger, guild)
    before = sandbox.count("GET", INVITES)
    for _ in range(20):
        tell(sandbox, "GUILD_MEMBER_ADD", {"guild_id": str(guild.id), "user": "somebody"})
    sandbox.advance(5)
    await sandbox.join(codes[0])
    await decided(ledger, guild, 1)

    assert 1 == sandbox.count("GET", MEMBERS)
    assert sandbox.count("GET", INVITES) - before < 5

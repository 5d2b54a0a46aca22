"""Events that nobody can read: what they told is looked for, and the connection goes on."""

import asyncio
import json
import re
from typing import Any

import pytest

from bot import __main__ as command_line
from bot.client import Usher
from bot.errors import StartupError
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from cogs import EXTENSIONS
from data.ledger import Ledger
from data.models import Certainty, Met, Reason
from tests.harness import LAGS, PATIENCE, decided, first_reading, on_both, until

pytestmark = on_both

MEMBERS = "/guilds/{guild_id}/members"
INVITES = "/guilds/{guild_id}/invites"


def tell(sandbox: Sandbox, event: str, payload: Any) -> None:
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


@pytest.mark.parametrize(
    "payload", [{}, None, [5], {"id": "9" * 5000}, {"guild_id": "x"}], ids=repr
)
async def test_of_every_kind(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    payload: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whatever event it is, it ends no session: who comes next is heard in the same one."""
    assert usher.is_ready()
    await first_reading(ledger, guild)
    [session] = sandbox.sessions
    for event in sorted(usher._connection.parsers.keys() - {"READY", "RESUMED"}):
        tell(sandbox, event, payload)
    member = await sandbox.enter(guild)

    [join] = await decided(ledger, guild, 1)

    assert (member.id, Met.JOINING) == (join.member_id, join.met)
    assert [session] == sandbox.sessions
    assert "Ignoring exception" not in caplog.text


async def test_what_the_log_says(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whose event it was, if that can be read, what failed and where, and no word of the event."""
    assert usher.is_ready()
    for payload in ({"guild_id": str(guild.id), "id": "a secret"}, {"guild_id": "a secret"}):
        tell(sandbox, "CHANNEL_UPDATE", payload)
    await sandbox.enter(guild)
    await decided(ledger, guild, 1)

    first, second = (line for line in caplog.messages if "CHANNEL_UPDATE that" in line)
    said = r"left out an event CHANNEL_UPDATE that cannot be read: \w+Error in state\.py, line \d+"
    assert re.fullmatch(f"guild {guild.id}: {said}", first)
    assert re.fullmatch(said, second)
    assert "secret" not in caplog.text


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        pytest.param("READY", {}, id="READY, not even a session"),
        pytest.param(
            "READY", {"session_id": "a secret", "resume_gateway_url": "ws://x"}, id="READY"
        ),
        pytest.param("RESUMED", None, id="RESUMED"),
    ],
)
async def test_what_no_session_goes_on_without(
    ledger: Ledger, sandbox: Sandbox, guild: Guild, event: str, payload: object
) -> None:
    """Usher ends with a sentence and with the exit code of what may pass: whoever watches over it
    starts it again, and it does not live on without hearing anything.
    """
    assert guild.me
    bot = Usher(
        ledger,
        extension_names=EXTENSIONS,
        platform=sandbox.platform,
        lags=LAGS,
        patience=PATIENCE,
        guild_ready_timeout=0.05,
    )
    async with bot:
        running = asyncio.get_running_loop().create_task(
            command_line.connect(bot, sandbox.token, sandbox.platform)
        )
        await bot.wait_for("ready")
        tell(sandbox, event, payload)
        with pytest.raises(StartupError, match=r"cannot be read.*\(\w+Error in ") as ended:
            async with asyncio.timeout(10):
                await running

    assert 1 == ended.value.exit_code
    assert "secret" not in str(ended.value)


@pytest.mark.parametrize(
    "event",
    [
        "GUILD_UPDATE",
        "GUILD_MEMBER_UPDATE",
        "GUILD_ROLE_CREATE",
        "GUILD_ROLE_UPDATE",
        "GUILD_ROLE_DELETE",
        "CHANNEL_CREATE",
        "CHANNEL_UPDATE",
        "CHANNEL_DELETE",
    ],
)
@pytest.mark.usefixtures("usher")
async def test_what_may_be_hidden(
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    codes: list[str],
    event: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """After an event that may have taken a permission nobody came through nothing for certain: an
    invite may have been made and used up unannounced.
    """
    await first_reading(ledger, guild)
    named = str(guild.id) if event == "GUILD_UPDATE" else "none"
    tell(sandbox, event, {"guild_id": str(guild.id), "id": named, "roles": 5})
    await sandbox.enter(guild, source="discovery")

    [join] = await decided(ledger, guild, 1)

    if sandbox.platform == "discord":
        assert (Certainty.UNKNOWN, Reason.HIDDEN_INVITES) == (join.certainty, join.reason)
    else:  # nothing new: uses may be lost there in any case
        assert (Certainty.AMBIGUOUS, {*codes, "~other", "~unknown"}) == (
            join.certainty,
            {*join.candidates},
        )
    assert f"guild {guild.id}: what it shows to us may have changed" in caplog.text


@pytest.mark.parametrize("own", [True, False])
async def test_whose_permissions(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    own: bool,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """What a member may do matters if that is Usher itself; what others may do hides nothing."""
    await first_reading(ledger, guild)
    assert guild.me
    member = guild.me if own else guild.owner
    payload = {"guild_id": str(guild.id), "user": {"id": str(member.id)}}
    usher.dispatch("unreadable", "GUILD_MEMBER_UPDATE", payload)
    await sandbox.enter(guild)
    await decided(ledger, guild, 1)

    assert own == ("may have changed" in caplog.text)


async def test_a_server(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One that cannot be read is named in the log, and one that is known keeps its roles."""
    assert usher.is_ready()
    await first_reading(ledger, guild)
    known = usher.get_guild(guild.id)
    assert known is not None
    before = list(known.roles)
    tell(sandbox, "GUILD_CREATE", {"id": "77", "roles": 5})
    tell(sandbox, "GUILD_UPDATE", {"id": str(guild.id), "roles": 5})
    await sandbox.enter(guild)
    await decided(ledger, guild, 1)

    assert before == list(known.roles)
    assert len(before) > 1
    assert "guild 77: what it is like cannot be read" in caplog.text

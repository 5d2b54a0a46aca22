"""Moments at which something happens in between: each of these once gave a wrong verdict."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.attribution import Lags
from bot.sandbox import Permission, Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, EndReason, InviteRecord, JoinRecord, Reason
from tests.bot.admitted import Said, admitted
from tests.harness import connected, decided, first_reading, on_both, until

pytestmark = on_both

LIST = "/guilds/{guild_id}/invites"
CERTAIN, AMBIGUOUS, UNKNOWN = Certainty.CERTAIN, Certainty.AMBIGUOUS, Certainty.UNKNOWN


@pytest.fixture
def guild(sandbox: Sandbox) -> Guild:
    """A guild with two plain invites from before Usher."""
    guild = sandbox.add_guild("Harbour")
    for uses in (3, 41):
        guild.add_invite(guild.channel("general"), by=guild.owner, uses=uses)
    return guild


@pytest.fixture
def codes(guild: Guild) -> list[str]:
    return list(guild.invites)


def said(join: JoinRecord) -> Said:
    match join.certainty:
        case Certainty.CERTAIN:
            return join.certainty, join.code or join.source.candidate
        case Certainty.AMBIGUOUS:
            return join.certainty, set(join.candidates)
        case _:
            return join.certainty, join.reason


async def ended(ledger: Ledger, guild: Guild, code: str) -> InviteRecord:
    async def ask() -> InviteRecord | None:
        record = await ledger.invite(guild.id, code)
        return record if record is not None and record.ended_at is not None else None

    return await until(ask)


async def counted(ledger: Ledger, guild: Guild, code: str, uses: int) -> None:
    async def ask() -> bool:
        baseline = await ledger.baseline(guild.id)
        return baseline is not None and baseline.counters[code].uses == uses

    await until(ask)


@asynccontextmanager
async def locked(path: Path) -> AsyncIterator[None]:
    """Another program holds the ledger; what is written waits."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    with closing(other):
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


class TestGaps:
    async def test_session_lost_after_the_closing_reading(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A gap that begins after a reading was asked does not end with it."""
        async with connected(ledger, sandbox, Lags(event=0.6, counter=0.05)):
            await first_reading(ledger, guild)
            lists = sandbox.count("GET", LIST)
            await sandbox.join(codes[1])

            async def read() -> bool:
                return sandbox.count("GET", LIST) > lists

            await until(read)
            sandbox.refuse_resume()
            sandbox.drop_gateway()
            await sandbox.join(codes[0])  # no event will ever tell
            await counted(ledger, guild, codes[0], 4)
            await sandbox.enter(guild, source="discovery")

            joins = await decided(ledger, guild, 3)

        assert admitted(sandbox, (CERTAIN, "~other"), codes) == said(joins[2])
        assert (CERTAIN, codes[1]) != said(joins[0])  # a gap overlaps its window

    async def test_outage_while_the_ledger_is_locked(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str], tmp_path: Path
    ) -> None:
        """A guild that recovers while its window is being written is read again."""
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
            await asyncio.sleep(0.3)
            await sandbox.join(codes[1])
            await asyncio.sleep(0.03)
            async with locked(tmp_path / "usher.db"):
                await asyncio.sleep(0.3)
                guild.outage()
                await sandbox.join(codes[0])  # no event will ever tell
                guild.recover()
                await asyncio.sleep(0.3)
            await counted(ledger, guild, codes[0], 4)
            await sandbox.enter(guild, source="discovery")

            joins = await decided(ledger, guild, 3)

        assert admitted(sandbox, (CERTAIN, "~other"), codes) == said(joins[2])

    async def test_removed_and_added_again(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """A window that was open when Usher was removed is decided once, behind a gap."""
        async with connected(ledger, sandbox, Lags(event=0.3, counter=0.3)):
            await first_reading(ledger, guild)
            await asyncio.sleep(0.6)
            sandbox.advance(5)
            await sandbox.enter(guild, source="discovery")
            await until(lambda: ledger.pending(guild.id))
            guild.remove_bot()
            await sandbox.join(codes[0])  # while Usher is away
            guild.welcome_bot()

            [join] = await decided(ledger, guild, 1)
            await asyncio.sleep(1)

        assert [AMBIGUOUS] == [verdict.certainty for verdict in await ledger.verdicts(join.id)]

    async def test_removed_and_added_again_while_the_ledger_is_locked(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str], tmp_path: Path
    ) -> None:
        """A join that could not be written down before Usher was removed is decided after."""
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
            async with locked(tmp_path / "usher.db"):
                await sandbox.join(codes[0])
                await asyncio.sleep(0.1)
                lists = sandbox.count("GET", LIST)
                guild.remove_bot()
                guild.welcome_bot()
                await until(lambda: asked(sandbox, lists))

            [join] = await decided(ledger, guild, 1)

        assert AMBIGUOUS is join.certainty
        assert {codes[0], "~other"} <= set(join.candidates)

    @pytest.mark.usefixtures("usher")
    async def test_announced_again_though_from_before(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """A member from before Usher who is announced again has not come now."""
        old = guild.add_member("old hand")
        sandbox.advance(3600)
        await first_reading(ledger, guild)
        await sandbox.join(next(iter(guild.invites)))
        await decided(ledger, guild, 1)  # the baseline is younger than the old hand by now

        sandbox.announce_twice(old)

        joins = await decided(ledger, guild, 2)
        said_of = {join.member_id: said(join) for join in joins}
        assert (UNKNOWN, Reason.NO_BASELINE) == said_of[old.user.id]

    async def test_invites_of_an_earlier_run(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, codes: list[str]
    ) -> None:
        """An invite made and used up before a restart may explain who was undecided then."""
        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)
        async with connected(ledger, sandbox, Lags(event=60, counter=60)):
            fresh = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1)
            await sandbox.join(fresh.code)
            await until(lambda: ledger.pending(guild.id))

        async with connected(ledger, sandbox):
            [join] = await decided(ledger, guild, 1)

        assert admitted(sandbox, (AMBIGUOUS, {fresh.code, "~other", "~unknown"}), codes) == said(
            join
        )


async def asked(sandbox: Sandbox, lists: int) -> bool:
    """Whether invites were read again."""
    return sandbox.count("GET", LIST) > lists


class TestFailingReadings:
    @pytest.mark.usefixtures("usher")
    async def test_many_reasons_to_read(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """A guild that gives no answer is asked no more often for every reason there is."""
        await first_reading(ledger, guild)
        sandbox.fail("GET", "/guilds/*/invites", status=503, times=None)
        assert guild.me is not None
        for number in range(50):
            role = guild.add_role(f"Keeper {number}")
            guild.grant(guild.me, role)
            guild.change_role(role, permissions=Permission.ADMINISTRATOR)
        await asyncio.sleep(0.3)

        lists = sandbox.count("GET", LIST)
        await asyncio.sleep(1)

        assert 1 <= sandbox.count("GET", LIST) - lists <= 15

    async def test_of_a_guild_that_usher_was_removed_from(
        self,
        ledger: Ledger,
        sandbox: Sandbox,
        guild: Guild,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        """It is not read again: nothing is left to do, and nothing to say."""
        sandbox.fail("GET", "/guilds/*/invites", status=503, times=None)
        async with connected(ledger, sandbox):
            await until(lambda: asked(sandbox, 1))
            guild.remove_bot()
            await asyncio.sleep(0.5)
            caplog.clear()
            await asyncio.sleep(0.5)

        assert [] == [one for one in caplog.messages if "no reading" in one]


@pytest.mark.usefixtures("usher")
class TestEndings:
    async def test_channel_deleted_at_once(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """An invite that went with its channel was not used up, however fast it went."""
        channel = guild.add_channel("partners")
        await first_reading(ledger, guild)
        await asyncio.sleep(1.1)

        invite = guild.create_invite(channel, by=guild.owner, max_uses=1)
        guild.delete_channel(channel)
        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        record = await ended(ledger, guild, invite.code)
        assert admitted(sandbox, (AMBIGUOUS, {invite.code, "~other"}), codes) == said(join)
        assert (EndReason.CHANNEL_DELETED, 0) == (record.end_reason, record.invite.uses)

    async def test_channel_deleted_while_the_ledger_is_locked(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str], tmp_path: Path
    ) -> None:
        """All invites of a deleted channel end at once, whenever that can be written down."""
        channel = guild.add_channel("partners")
        made = [guild.create_invite(channel, by=guild.owner, max_uses=1).code for _ in range(2)]
        await until(lambda: ledger.invite(guild.id, made[1]))
        await first_reading(ledger, guild)
        await sandbox.enter(guild, source="discovery")
        await decided(ledger, guild, 1)
        await asyncio.sleep(0.3)

        await sandbox.enter(guild, source="discovery")
        await asyncio.sleep(0.02)
        async with locked(tmp_path / "usher.db"):
            guild.delete_channel(channel)
            await asyncio.sleep(0.5)

        joins = await decided(ledger, guild, 2)
        assert admitted(sandbox, (AMBIGUOUS, {*made, "~other"}), codes) == said(joins[1])
        reasons = {(await ended(ledger, guild, code)).end_reason for code in made}
        assert {EndReason.CHANNEL_DELETED} == reasons

    async def test_expired_between_two_attempts(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """The time of a reading is that of its answer, not of a failed attempt before it."""
        invite = guild.create_invite(
            guild.channel("general"), by=guild.owner, max_uses=1, max_age=60
        )
        await first_reading(ledger, guild)
        await asyncio.sleep(0.3)
        sandbox.advance(58)
        sandbox.fail("GET", "/guilds/*/invites", status=502, times=2)

        await sandbox.enter(guild, source="discovery")

        [join] = await decided(ledger, guild, 1)
        assert admitted(sandbox, (AMBIGUOUS, {invite.code, "~other"}), codes) == said(join)

    async def test_hidden_for_a_moment(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """While a channel is hidden invites may come and go unannounced, if only for a moment."""
        channel = guild.add_channel("partners")
        await first_reading(ledger, guild)
        await asyncio.sleep(0.3)
        assert guild.me is not None
        guild.overwrite(channel, guild.me, deny=int(Permission.MANAGE_CHANNELS))
        invite = guild.create_invite(channel, by=guild.owner, max_uses=1)
        await sandbox.join(invite.code)
        guild.overwrite(channel, guild.me, allow=0, deny=0)

        [join] = await decided(ledger, guild, 1)

        possible = {*codes, "~other", "~unknown"}  # nothing new: there all are, in any case
        exact = sandbox.platform == "discord"
        expected = (UNKNOWN, Reason.HIDDEN_INVITES) if exact else (AMBIGUOUS, possible)
        assert expected == said(join)

    async def test_creation_told_again(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A creation announced again after its invite was used up is no new use."""
        told: list[dict[str, object]] = []
        sandbox.events.append(lambda d: told.append(d.data) if d.name == "INVITE_CREATE" else None)
        await first_reading(ledger, guild)
        await asyncio.sleep(1.1)
        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1)
        await sandbox.join(invite.code)
        await decided(ledger, guild, 1)
        await asyncio.sleep(1.1)
        await sandbox.enter(guild, source="discovery")
        await decided(ledger, guild, 2)  # the baseline is younger than the invite by a second now

        guild.emit("INVITE_CREATE", told[0])
        await sandbox.enter(guild, source="discovery")

        joins = await decided(ledger, guild, 3)
        assert admitted(sandbox, (CERTAIN, "~other"), codes) == said(joins[2])

    async def test_totals_of_invites_that_no_settled_reading_showed(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger
    ) -> None:
        """An invite created and used up between two lists was used as often as it allowed."""
        await first_reading(ledger, guild)
        await asyncio.sleep(1.1)

        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=2)
        for _ in range(2):
            await sandbox.join(invite.code)

        await decided(ledger, guild, 2)
        record = await ended(ledger, guild, invite.code)
        assert (EndReason.EXHAUSTED, 2) == (record.end_reason, record.invite.uses)


class TestBrokenAnswers:
    @pytest.mark.parametrize("body", ["[{", b"\xff\xfe"], ids=["cut off", "no text"])
    async def test_at_the_start(
        self, ledger: Ledger, sandbox: Sandbox, guild: Guild, body: str | bytes
    ) -> None:
        """A first answer that is broken is asked for again."""
        sandbox.fail("GET", "/guilds/*/invites", status=200, body=body, times=1)

        async with connected(ledger, sandbox):
            await first_reading(ledger, guild)

    @pytest.mark.usefixtures("usher")
    async def test_of_the_audit_log(
        self, sandbox: Sandbox, guild: Guild, ledger: Ledger, codes: list[str]
    ) -> None:
        """A broken audit log rules nothing out, and keeps nobody waiting."""
        await first_reading(ledger, guild)
        await asyncio.sleep(1.1)
        invite = guild.create_invite(guild.channel("general"), by=guild.owner, max_uses=1)
        sandbox.fail("GET", "/guilds/*/audit-logs", status=200, body="[{", times=None)

        await sandbox.join(invite.code)

        [join] = await decided(ledger, guild, 1)
        possible = {invite.code, "~other", "~unknown"}
        assert admitted(sandbox, (AMBIGUOUS, possible), codes) == said(join)


async def test_people_keep_coming(
    sandbox: Sandbox,
    guild: Guild,
    ledger: Ledger,
    codes: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A raid that never pauses is decided after a while (shortened here), and says why."""
    monkeypatch.setattr("bot.windows.LONGEST_WINDOW", 1.0)
    async with connected(ledger, sandbox, Lags(event=0.5, counter=0.05)):
        await first_reading(ledger, guild)

        for _ in range(50):
            await sandbox.join(codes[0])
            await asyncio.sleep(0.04)

        joins = await decided(ledger, guild, 50)
    reasons = {join.reason for join in joins if join.certainty is AMBIGUOUS}
    assert {Reason.KEPT_COMING} == reasons
    named = [join for join in joins if join.certainty is not UNKNOWN]
    assert all(codes[0] in join.candidates or join.code == codes[0] for join in named)

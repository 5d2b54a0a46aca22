"""The command line as an operator meets it: a process of its own."""

import asyncio
import json
import os
import re
import signal
import sqlite3
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot import __main__ as command_line
from bot.sandbox import Sandbox
from bot.sandbox.gateway import Session
from bot.sandbox.guild import Guild
from data.errors import LedgerError
from data.ledger import Ledger
from data.models import JoinFact, Lag, LagSample
from data.reader import Reader
from tests.harness import PLATFORMS, on_both, until

LIMIT = 50


def environment(**settings: str) -> dict[str, str]:
    """Only what is asked for: a developer's own settings must not decide a test."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("USHER_")}
    return {**kept, "PYTHONWARNINGS": "error,ignore:'audioop':DeprecationWarning", **settings}


@asynccontextmanager
async def usher(
    *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """Ended at the latest with the test."""
    root = str(Path(__file__).parents[2])
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        *arguments,
        cwd=cwd,
        env=environment(PYTHONPATH=root, **settings or {}),
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ran(
    *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None
) -> tuple[int | None, str, str]:
    async with usher(*arguments, cwd=cwd, settings=settings) as process, asyncio.timeout(LIMIT):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


def at(sandbox: Sandbox, **settings: str) -> dict[str, str]:
    """On Fluxer the instance says where the rest is."""
    if sandbox.platform == "fluxer":
        place = {"USHER_PLATFORM": "fluxer", "USHER_API_BASE": sandbox.base}
        return {"USHER_TOKEN": sandbox.token, **place, **settings}
    return {
        "USHER_API_BASE": sandbox.api_base,
        "USHER_GATEWAY_URL": sandbox.gateway_url,
        "USHER_TOKEN": sandbox.token,
        **settings,
    }


class TestRun:
    @pytest.mark.parametrize("settings", [{}, {"USHER_TOKEN": ""}, {"USHER_TOKEN": "  "}], ids=str)
    @pytest.mark.parametrize("name", PLATFORMS)
    async def test_no_token(self, tmp_path: Path, settings: dict[str, str], name: str) -> None:
        """Without a token it says in one sentence how to get one, and exits 2."""
        code, _, err = await ran("run", cwd=tmp_path, settings={**settings, "USHER_PLATFORM": name})

        assert 2 == code
        assert err.startswith(f"usher: Set USHER_TOKEN to your bot's token ({name.capitalize()}'s ")
        assert 1 == err.count("\n")

    @on_both
    async def test_wrong_token(self, tmp_path: Path, sandbox: Sandbox) -> None:
        """A token that the platform refuses is told in one sentence, never shown, and exits 2.

        It is tried once: a wrong token in a loop gets the address banned.
        """
        code, out, err = await ran(
            "run", cwd=tmp_path, settings=at(sandbox, USHER_TOKEN="not.the.token")
        )

        assert 2 == code
        name = sandbox.platform.capitalize()
        assert f"usher: {name} does not accept USHER_TOKEN. Make a new one ({name}'s " in err
        assert "Traceback" not in err
        assert "not.the.token" not in out + err
        assert 1 == sandbox.count("GET", "/users/@me")
        discovery = sandbox.count("GET", "/.well-known/fluxer")
        assert 1 + discovery == len(sandbox.requests)

    @pytest.mark.parametrize("platform", ["fluxer"], indirect=True)
    async def test_a_token_that_is_taken_away(
        self, tmp_path: Path, sandbox: Sandbox, guild: Guild
    ) -> None:
        """The first refusal while it runs ends it like one at the start; nothing more is sent."""
        refused: list[int] = []
        async with usher("run", cwd=tmp_path, settings=at(sandbox)) as process:
            await until(lambda: _baseline(tmp_path / "usher.db", guild), limit=20)
            sandbox.exchanges.append(
                lambda one: refused.append(one.status) if one.status == 401 else None
            )
            sandbox._rest.token = "another"
            await sandbox.enter(guild)
            async with asyncio.timeout(30):
                _, err = await process.communicate()

        assert 2 == process.returncode
        assert b"usher: Fluxer does not accept USHER_TOKEN" in err
        assert [401] == refused

    @on_both
    async def test_a_session_that_cannot_be_read(
        self, tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It does not live on without one: a sentence says where it failed, not what was told, and
        the exit code is that of what may pass.
        """
        push = Session.push

        def unreadable(session: Session, name: str, text: str) -> None:
            push(session, name, '{"user": "a secret"}' if name == "READY" else text)

        monkeypatch.setattr(Session, "push", unreadable)
        code, out, err = await ran("run", cwd=tmp_path, settings=at(sandbox))

        assert 1 == code
        said = (
            r"usher: The platform's gateway said something that cannot be read, .* \(\w+Error in "
        )
        assert re.search(rf"^{said}\w+\.py, line \d+\)\.", err, re.MULTILINE), err
        assert "Traceback" not in err
        assert "a secret" not in out + err

    async def test_missing_intent(self, tmp_path: Path, sandbox: Sandbox) -> None:
        """A privileged intent that is switched off is told in one sentence, and exits 2."""
        sandbox.application.privileged = set()

        code, _, err = await ran("run", cwd=tmp_path, settings=at(sandbox))

        assert 2 == code
        assert "SERVER MEMBERS INTENT" in err
        assert "Traceback" not in err

    @pytest.mark.parametrize("name", PLATFORMS)
    async def test_platform_out_of_reach(self, tmp_path: Path, name: str) -> None:
        """A platform that nobody answers for is told in one sentence; exit 1 says: try again."""
        place = {"USHER_PLATFORM": name, "USHER_API_BASE": "http://127.0.0.1:1/api/v10"}

        code, _, err = await ran("run", cwd=tmp_path, settings={"USHER_TOKEN": "x", **place})

        assert 1 == code
        assert err.count("cannot be reached") == 1
        assert "Traceback" not in err

    async def test_no_instance(self, tmp_path: Path, sandbox: Sandbox) -> None:
        """An address at which there is no Fluxer is told, and gets no token; exit 2."""
        code, _, err = await ran("run", cwd=tmp_path, settings=at(sandbox, USHER_PLATFORM="fluxer"))

        assert 2 == code
        assert "does not say that it is an instance of Fluxer" in err
        assert {"/.well-known/fluxer"} == {path for _, _, path in sandbox.requests}
        sandbox.unknown.clear()

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("USHER_EVENT_LAG", "soon"),
            ("USHER_EVENT_LAG", "0"),
            ("USHER_PLATFORM", "irc"),
            ("USHER_GATEWAY_URL", "ws://127.0.0.1:99999/x"),
            ("USHER_GATEWAY_URL", "foo"),
            ("USHER_API_BASE", "ftp://127.0.0.1/"),
            ("USHER_TOKEN", "two words"),
        ],
    )
    async def test_bad_setting(self, tmp_path: Path, setting: str, value: str) -> None:
        """A setting that cannot be used is named, and exits 2."""
        code, _, err = await ran("run", cwd=tmp_path, settings={setting: value})

        assert 2 == code
        assert f"usher: A setting cannot be used: {setting}" in err
        assert "two words" not in err

    @on_both
    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda s: s.name)
    async def test_told_to_stop(
        self, tmp_path: Path, sandbox: Sandbox, guild: Guild, number: signal.Signals
    ) -> None:
        """SIGTERM and Ctrl-C end it with exit 0, nothing left open, and the ledger closed."""
        async with usher("run", cwd=tmp_path, settings=at(sandbox)) as process:
            await until(lambda: _baseline(tmp_path / "usher.db", guild), limit=20)
            process.send_signal(number)
            async with asyncio.timeout(10):
                _, err = await process.communicate()

        assert 0 == process.returncode
        assert b"Traceback" not in err
        assert b"Warning" not in err
        assert not (tmp_path / "usher.db-wal").exists()
        assert not sandbox.sessions

    async def test_second_bot_on_one_ledger(
        self, tmp_path: Path, sandbox: Sandbox, guild: Guild
    ) -> None:
        """A second bot on the same ledger is refused with a sentence and exit 2."""
        async with usher("run", cwd=tmp_path, settings=at(sandbox)):
            await until(lambda: _baseline(tmp_path / "usher.db", guild), limit=20)

            code, _, err = await ran("run", cwd=tmp_path, settings=at(sandbox))

        assert 2 == code
        assert err.startswith("usher: ")
        assert "usher.db" in err


class TestLedgerAtStart:
    """A ledger that cannot be worked with ends the start with a sentence, and stays as it is."""

    async def refused(self, path: Path, sandbox: Sandbox) -> str:
        before = path.read_bytes()

        code, _, err = await ran("run", cwd=path.parent, settings=at(sandbox))

        assert 2 == code
        assert err.startswith("usher: ")
        assert "Traceback" not in err
        assert before == path.read_bytes()
        return err

    async def test_not_a_ledger(self, tmp_path: Path, sandbox: Sandbox) -> None:
        """A file that is something else is refused."""
        path = tmp_path / "usher.db"
        path.write_bytes(b"no database at all" * 100)

        assert "usher.db" in await self.refused(path, sandbox)

    async def test_newer(self, tmp_path: Path, sandbox: Sandbox) -> None:
        """A ledger that a newer Usher wrote is refused."""
        path = tmp_path / "usher.db"
        async with Ledger.open(path):
            pass
        with closing(sqlite3.connect(path)) as db:
            db.execute("PRAGMA user_version = 99")

        assert "newer" in await self.refused(path, sandbox)


async def _baseline(path: Path, guild: Guild) -> bool:
    try:
        async with Reader.read_only(path) as reader:
            return await reader.baseline(guild.id) is not None
    except LedgerError:  # it is being made
        return False


class TestDemo:
    async def test_on_each_platform(self, tmp_path: Path) -> None:
        """The demo tells its story to the end, a second time too, in plain text when piped."""
        for platform, asked in (("discord", "  /invite create"), ("fluxer", "  !invite create")):
            code, out, err = await ran("demo", "--platform", platform, cwd=tmp_path)

            assert (0, "") == (code, err)
            assert asked in out
            assert "\x1b" not in out
            assert (tmp_path / "demo-ledger.db").exists()
            assert "The platform's own record names it." in out
            told = re.findall(r"^(\S.*) ─+$", out, re.MULTILINE)
            assert 7 == len(told)
            assert "ambiguous" in out
            assert "You need Manage Server" in out

    async def test_somebody_elses_ledger(self, tmp_path: Path) -> None:
        """A ledger that no demo made is refused with exit 2, and not a byte of it changes."""
        path = tmp_path / "demo-ledger.db"
        async with Ledger.open(path) as ledger:
            await ledger.set_meta("a", "b")
        before = path.read_bytes()

        code, _, err = await ran("demo", cwd=tmp_path)

        assert 2 == code
        assert err.startswith("usher: demo-ledger.db was not made by this demo")
        assert before == path.read_bytes()

    async def test_ledger_in_use(self, tmp_path: Path) -> None:
        """A ledger that somebody has open stays, even a demo's own; exit 2."""
        path = tmp_path / "demo-ledger.db"
        async with Ledger.open(path) as ledger:
            await ledger.set_meta("made by", "usher demo")

            code, _, err = await ran("demo", cwd=tmp_path)

            assert 2 == code
            assert "in use by another Usher" in err
            assert path.exists()

    async def test_no_other_ledger(self, tmp_path: Path) -> None:
        """The demo cannot be pointed at a file."""
        (tmp_path / "mine.db").write_text("precious")

        code, _, err = await ran("demo", "--ledger", "mine.db", cwd=tmp_path)

        assert 2 == code
        assert "--ledger" in err
        assert "precious" == (tmp_path / "mine.db").read_text()


async def test_told_to_stop_until_it_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library swallows a cancellation while it reconnects: it is said again."""
    monkeypatch.setattr(command_line, "UNHEARD", 0.05)
    heard: list[str] = []

    async def deaf() -> None:
        command_line.stop_on_signals(lambda: len(heard) > 1)
        for _ in range(2):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                heard.append("cancelled")

    async with asyncio.TaskGroup() as group:
        group.create_task(deaf())
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().remove_signal_handler(number)

    assert ["cancelled"] * 2 == heard


class TestLags:
    async def test_beside_a_running_bot(self, tmp_path: Path) -> None:
        """What confirmed joins have shown is told, next to the settings."""
        async with Ledger.open(tmp_path / "usher.db") as ledger:
            await ledger.count_lags([LagSample(Lag.EVENT, 0.1), LagSample(Lag.COUNTER, 1.5)])

            code, out, _ = await ran("lags", cwd=tmp_path)

        assert 0 == code
        assert [
            "  Nothing seen contradicts it.",
            "  1 of them was later than that, or nearly: raise the setting.",
        ] == [line for line in out.splitlines() if "contradicts" in line or "setting" in line]


class TestExport:
    async def test_beside_a_running_bot(self, tmp_path: Path) -> None:
        """Joins are exported as JSON lines while the ledger is open elsewhere."""
        async with Ledger.open(tmp_path / "usher.db") as ledger:
            await ledger.record_join(JoinFact(1, 2, 1_700_000_000_000, 1_700_000_000_500))

            code, out, _ = await ran("export", "joins", "--guild", "1", cwd=tmp_path)

        assert 0 == code
        [line] = [json.loads(line) for line in out.splitlines()]
        assert ("1", "2", "2023-11-14T22:13:20.000Z") == (
            line["guild_id"],
            line["member_id"],
            line["joined_at"],
        )
        assert "pending" == line["certainty"]

    async def test_since(self, tmp_path: Path) -> None:
        """Only joins since the given moment are written; CSV begins with the columns."""
        async with Ledger.open(tmp_path / "usher.db") as ledger:
            for day in (1, 2, 3):
                await ledger.record_join(JoinFact(1, day, day * 86_400_000, 0))

        code, out, _ = await ran(
            *("export", "joins", "--guild", "1", "--since", "1970-01-03", "--format", "csv"),
            cwd=tmp_path,
        )

        assert 0 == code
        assert ["guild_id", "1", "1"] == [line.split(",")[0] for line in out.splitlines()]

    async def test_whoever_reads_may_stop_early(self, tmp_path: Path) -> None:
        """A pipe that is closed early ends an export without a word."""
        async with Ledger.open(tmp_path / "usher.db") as ledger:
            facts = [JoinFact(1, member_id, 1_000, 0) for member_id in range(1, 2_000)]
            await asyncio.gather(*map(ledger.record_join, facts))
        root = Path(__file__).parents[2]
        export = f"{sys.executable} -m bot export joins --guild 1 | head -1"
        process = await asyncio.create_subprocess_shell(
            f"set -o pipefail; {export}",
            executable="/bin/bash",
            cwd=tmp_path,
            env=environment(PYTHONPATH=str(root)),
            stdout=PIPE,
            stderr=PIPE,
        )

        out, err = await process.communicate()

        assert (0, 1, b"") == (process.returncode, out.count(b"\n"), err)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--guild", "x"), "'x' is not the id of a server"),
            (("--guild", "0"), "'0' is not the id of a server"),
            (("--guild", "9" * 30), "is not the id of a server"),
            (("--guild", "1", "--since", "yesterday"), "'yesterday' is not a time like"),
            (("--guild", "1", "--format", "xml"), "jsonl"),
        ],
    )
    async def test_bad_arguments(
        self, tmp_path: Path, arguments: tuple[str, ...], said: str
    ) -> None:
        """What cannot be meant is refused with what it takes."""
        code, _, err = await ran("export", "joins", *arguments, cwd=tmp_path)

        assert 2 == code
        assert said in err

    async def test_no_ledger(self, tmp_path: Path) -> None:
        """A ledger that is not there is told in one sentence, and none is made."""
        code, _, err = await ran("export", "joins", "--guild", "1", cwd=tmp_path)

        assert 2 == code
        assert "usher.db" in err
        assert not (tmp_path / "usher.db").exists()

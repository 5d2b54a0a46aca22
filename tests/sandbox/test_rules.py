"""The pure parts: permissions, ids, codes, faults' patterns."""

import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from pathlib import Path
from subprocess import run

import aiohttp
import pytest

import bot.sandbox
from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.errors import Form, Refused
from bot.sandbox.faults import Fault
from bot.sandbox.permissions import ALL, EVERYONE, Overwrite, in_channel, in_guild
from bot.sandbox.snowflakes import EPOCH_MS, Snowflakes, invite_code, iso

P = Permission
ROLE, OTHER, EVERY, ME = 1, 2, 3, 4


def _overwrites(**given: tuple[int, int]) -> dict[int, Overwrite]:
    ids = {"role": ROLE, "other": OTHER, "everyone": EVERY, "me": ME}
    return {ids[name]: Overwrite(ids[name], name == "me", *bits) for name, bits in given.items()}


@pytest.mark.parametrize(
    ("overwrites", "expected"),
    [
        pytest.param({}, True, id="none"),
        pytest.param({"everyone": (0, P.SEND_MESSAGES)}, False, id="everyone denied"),
        pytest.param(
            {"everyone": (0, P.SEND_MESSAGES), "role": (P.SEND_MESSAGES, 0)}, True, id="role wins"
        ),
        pytest.param(
            {"role": (0, P.SEND_MESSAGES), "other": (P.SEND_MESSAGES, 0)}, True, id="one allows"
        ),
        pytest.param(
            {"role": (P.SEND_MESSAGES, 0), "me": (0, P.SEND_MESSAGES)}, False, id="member wins"
        ),
        pytest.param({"everyone": (0, P.VIEW_CHANNEL)}, False, id="hidden channel"),
    ],
)
def test_overwrites(overwrites: dict[str, tuple[int, int]], expected: bool) -> None:
    """Overwrites apply to everyone, then roles together, then the member."""
    held = in_channel(EVERYONE, _overwrites(**overwrites), [EVERY], [ROLE, OTHER], [ME])

    assert expected == bool(held & P.SEND_MESSAGES)


def test_administrators_may_everything() -> None:
    """No overwrite binds an administrator."""
    granted = in_guild([0, P.ADMINISTRATOR])

    assert ALL == granted
    assert ALL == in_channel(granted, _overwrites(me=(0, P.VIEW_CHANNEL)), [ME])


def test_roles_add_up() -> None:
    """A member may what any of their roles may."""
    assert P.MANAGE_GUILD | P.KICK_MEMBERS == in_guild([P.MANAGE_GUILD, P.KICK_MEMBERS])
    assert LEAST == in_guild([LEAST])


def test_ids_only_count_up() -> None:
    """Ids rise even when the clock stands or goes back, and say when they were made."""
    times = iter([EPOCH_MS / 1000 + 1, EPOCH_MS / 1000 + 1, 0.0, EPOCH_MS / 1000 + 2])
    ids = Snowflakes(lambda: next(times))

    made = [ids.next() for _ in range(4)]

    assert sorted(set(made)) == made
    assert [1000, 1000, 1000, 2000] == [one >> 22 for one in made]


def test_guild_ids_spread_over_shards() -> None:
    """Guilds made in one moment do not all fall on one shard."""
    ids = Snowflakes(lambda: EPOCH_MS / 1000)

    shards = [(ids.next_spaced() >> 22) % 4 for _ in range(8)]

    assert {0: 2, 1: 2, 2: 2, 3: 2} == {shard: shards.count(shard) for shard in range(4)}


def test_codes_do_not_repeat() -> None:
    """Invite codes look random, are of one length and differ."""
    codes = [invite_code(number) for number in range(1, 2000)]

    assert 1999 == len(set(codes))
    assert {8} == {len(code) for code in codes}


def test_times_have_microseconds() -> None:
    """Times are written with microseconds even when there are none."""
    assert "1970-01-01T00:00:00.000000+00:00" == iso(0)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/guilds/*/invites", "/guilds/5/invites", True),
        ("/guilds/*/invites", "/guilds/5/6/invites", False),
        ("/guilds/*", "/guilds/5/invites", False),
        ("/guilds/{guild_id}/invites", "/guilds/5/invites", True),
        ("/guilds/5/invites", "/guilds/5/invites", True),
    ],
)
def test_fault_patterns(pattern: str, path: str, expected: bool) -> None:
    """A star stands for one part of a path; templates and whole paths work too."""
    assert expected == Fault("GET", pattern).matches("GET", path, "/guilds/{guild_id}/invites")
    assert not Fault("PUT", pattern).matches("GET", path, "/guilds/{guild_id}/invites")


def test_forms_collect_mistakes() -> None:
    """A form names all its mistakes, nested by their place; a clean one passes."""
    form = Form()
    form.close()
    form.reject("a.b", "ONE", "first")
    form.at_most("a.c", "xyz", 2)

    with pytest.raises(Refused) as refused:
        form.close()

    errors = refused.value.body["errors"]
    assert "ONE" == errors["a"]["b"]["_errors"][0]["code"]
    assert "BASE_TYPE_MAX_LENGTH" == errors["a"]["c"]["_errors"][0]["code"]


def test_it_stands_alone() -> None:
    """The sandbox loads neither discord nor anything of ours outside itself."""
    code = (
        "import sys, bot.sandbox\n"
        "ours = {'bot', 'cogs', 'data', 'discord'}\n"
        "loaded = {name for name in sys.modules if name.split('.')[0] in ours}\n"
        "print(*(name for name in loaded if not name.startswith('bot.sandbox') and name != 'bot'))"
    )

    done = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "" == done.stdout.strip()


def test_its_summary_names_what_there_is() -> None:
    """Every public name of the sandbox and of a guild is in the package's summary."""
    summary = bot.sandbox.__doc__ or ""
    inner = {"host", "port", "users", "ids", "emit", "dms", "channels", "code_guilds", "guilds"}
    inner |= {"interactions", "nonces", "refused_creations", "dialect", "watchers"}
    names = {name for name in vars(Sandbox()) if not name.startswith("_")} - inner

    assert [] == sorted(name for name in names if name not in summary)


async def test_it_runs_in_a_process_of_its_own() -> None:
    """A sandbox can serve from another process."""
    code = (
        "import asyncio, sys\n"
        "from bot.sandbox import Sandbox\n"
        "async def main():\n"
        "    async with Sandbox() as sandbox:\n"
        "        print(sandbox.api_base, flush=True)\n"
        "        await asyncio.to_thread(sys.stdin.read)\n"
        "asyncio.run(main())"
    )
    process = await create_subprocess_exec(sys.executable, "-c", code, stdin=PIPE, stdout=PIPE)
    assert process.stdout is not None
    base = (await process.stdout.readline()).decode().strip()
    async with aiohttp.ClientSession() as session, session.get(f"{base}/gateway") as answer:
        assert (await answer.json())["url"].startswith("ws://")
    await process.communicate(b"")

    assert 0 == process.returncode


def test_files_are_small() -> None:
    """No file of the sandbox grows past what one can keep in mind."""
    folder = Path(bot.sandbox.__file__).parent

    assert all(len(file.read_text().splitlines()) <= 350 for file in folder.rglob("*.py"))

"""Invites of packs, asked for with a person's own key, on the real protocol."""

import asyncio
import json
import logging
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import SecretStr, ValidationError

from bot.errors import NoAnswerError, RefusedError
from bot.packs import NO_KEY, PackOrder, Packs, write_creation, write_listing
from bot.sandbox import Sandbox
from bot.sandbox.entities import Pack, User
from data.ledger import Ledger
from data.models import (
    NO_GUILD,
    EndReason,
    InviteFilter,
    InviteKind,
    InviteRecord,
    InviteState,
)


class Scene(NamedTuple):
    sandbox: Sandbox
    maker: User
    pack: Pack
    packs: Packs


@pytest.fixture
async def fluxer() -> AsyncIterator[Sandbox]:
    async with Sandbox(platform="fluxer") as sandbox:
        yield sandbox


@pytest.fixture
def scene(fluxer: Sandbox) -> Scene:
    maker = fluxer.add_user("maker")
    pack = fluxer.add_pack(maker, "Owls")
    return Scene(fluxer, maker, pack, client(fluxer, fluxer.own_key(maker)))


def client(sandbox: Sandbox, key: str, patience: float = 10.0) -> Packs:
    return Packs(SecretStr(key), sandbox.api_base, patience)


async def test_a_pack_and_its_invites(scene: Scene) -> None:
    """What is created is in the list, with its limits, its kind and who made it."""
    order = PackOrder(pack_id=scene.pack.id, max_uses=50, max_age=302_400)
    made = await scene.packs.create_invite(order)
    told = await scene.packs.list_invites(scene.pack.id)

    assert [made] == told.invites
    assert (InviteKind.EMOJI_PACK, scene.pack.id) == (made.kind, made.pack_id)
    assert (50, scene.maker.id, NO_GUILD) == (made.max_uses, made.inviter_id, made.guild_id)
    assert made.created_at is not None
    assert made.expires_at is not None
    assert 302_400 == (made.expires_at - made.created_at).total_seconds()
    assert [(scene.pack.id, "Owls", InviteKind.EMOJI_PACK)] == await scene.packs.packs()


async def test_a_sticker_pack_is_one(scene: Scene) -> None:
    """Its invites are of the other kind."""
    pack = scene.sandbox.add_pack(scene.maker, "Foxes", kind="sticker")

    made = await scene.packs.create_invite(PackOrder(pack_id=pack.id))

    assert (InviteKind.STICKER_PACK, 0, None) == (made.kind, made.max_uses, made.expires_at)


async def test_unique_or_one_that_fits(scene: Scene) -> None:
    """A unique invite is always new; another is the one that exists and fits."""
    order = PackOrder(pack_id=scene.pack.id, max_uses=3)
    first, second = [await scene.packs.create_invite(order) for _ in range(2)]
    again = await scene.packs.create_invite(order.model_copy(update={"unique": False}))

    assert first.code != second.code
    assert again.code in (first.code, second.code)


@pytest.mark.parametrize(
    ("field", "value"), [("max_uses", 101), ("max_uses", -1), ("max_age", 604_801), ("max_age", -1)]
)
async def test_bounds(scene: Scene, field: str, value: int) -> None:
    """Both bounds are Fluxer's; what lies beyond is no order, and Fluxer would refuse it too."""
    bound = {"max_uses": 100, "max_age": 604_800}[field]
    for fits in (0, bound):
        await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id, **{field: fits}))

    with pytest.raises(ValidationError):
        PackOrder(pack_id=scene.pack.id, **{field: value})
    beyond = PackOrder(pack_id=scene.pack.id).model_copy(update={field: value})
    with pytest.raises(RefusedError, match=rf"Fluxer refused that: {field}: "):
        await scene.packs.create_invite(beyond)


async def test_only_the_maker_and_no_bot(scene: Scene) -> None:
    """Somebody else, a bot's token and a key that is none are refused, each with a sentence."""
    other = client(scene.sandbox, scene.sandbox.own_key(scene.sandbox.add_user("other")))
    for packs, said in (
        (other, "only the person who made a pack"),
        (client(scene.sandbox, f"Bot {scene.sandbox.token}"), "and no bot"),
        (client(scene.sandbox, "flx_none"), "does not accept USHER_FLUXER_USER_KEY"),
    ):
        with pytest.raises(RefusedError, match=said):
            await packs.list_invites(scene.pack.id)
        with pytest.raises(RefusedError, match=said):
            await packs.create_invite(PackOrder(pack_id=scene.pack.id))
    assert [] == await other.packs()
    assert [] == (await scene.packs.list_invites(scene.pack.id)).invites


async def test_a_pack_that_is_not_there(scene: Scene) -> None:
    """An unknown id has its own sentence."""
    with pytest.raises(RefusedError, match="no pack with that id"):
        await scene.packs.list_invites(1)


async def test_it_waits_for_its_turn(scene: Scene) -> None:
    """Told to slow down it waits as long as it was told, and is not told twice."""
    limited = '{"code": "RATE_LIMITED", "message": "…", "global": false, "retry_after": 0.3}'
    scene.sandbox.fail("POST", "/packs/*/invites", status=429, body=limited, times=1)
    loop = asyncio.get_running_loop()
    begun = loop.time()

    await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id))

    assert 0.3 <= loop.time() - begun < 3
    assert 1 == len((await scene.packs.list_invites(scene.pack.id)).invites)


async def test_a_turn_that_comes_too_late(scene: Scene) -> None:
    """Longer than its patience it does not wait, and says when to come again: nothing was done."""
    limited = '{"code": "RATE_LIMITED", "message": "…", "global": false, "retry_after": 99.6}'
    scene.sandbox.fail("POST", "/packs/*/invites", status=429, body=limited, times=None)

    with pytest.raises(NoAnswerError, match="in 100 seconds") as told:
        await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id))

    assert 99.6 == told.value.retry_after


@pytest.mark.parametrize("body", ["{}", "slow down", '{"retry_after": null}', "[]"])
async def test_a_garbled_refusal_of_a_turn(scene: Scene, body: str) -> None:
    """A 429 that does not say how long is waited for, for a second."""
    scene.sandbox.fail("GET", "/packs/*/invites", status=429, body=body, times=1)

    assert [] == (await scene.packs.list_invites(scene.pack.id)).invites


@pytest.mark.parametrize(
    "fault",
    [{"status": 503}, {"drop": True}, {"hang": True}, {"status": 200, "body": "<html>"}],
    ids=str,
)
async def test_no_answer(scene: Scene, fault: dict[str, object]) -> None:
    """A list without an answer may be asked for again; of an invite it is not known if it was made.

    Nothing waits for ever.
    """
    packs = client(scene.sandbox, scene.sandbox.own_key(scene.maker), patience=0.5)
    scene.sandbox.fail("*", "/packs/*/invites", times=None, **fault)

    with pytest.raises(NoAnswerError):
        await packs.list_invites(scene.pack.id)
    with pytest.raises(RefusedError, match="look at the pack's list"):
        await packs.create_invite(PackOrder(pack_id=scene.pack.id))


@pytest.mark.parametrize("body", ["{}", "[]", '{"emoji": {}, "sticker": {}}'])
async def test_packs_that_cannot_be_read(scene: Scene, body: str) -> None:
    """An answer that is no list of packs is not "none"."""
    scene.sandbox.fail("GET", "/packs", status=200, body=body)

    with pytest.raises(NoAnswerError, match="cannot be read"):
        await scene.packs.packs()


@pytest.mark.parametrize("body", ["[]", '"no"', '{"errors": []}', "{}"])
async def test_a_refusal_without_a_reason(scene: Scene, body: str) -> None:
    """It is said that there is none."""
    scene.sandbox.fail("GET", "/packs", status=400, body=body)

    with pytest.raises(RefusedError, match=r"Fluxer refused that: it gave no reason\."):
        await scene.packs.packs()


async def test_a_redirection_is_not_followed(scene: Scene) -> None:
    """The key is for one address, and no answer can send it to another."""
    scene.sandbox.fail("GET", "/packs", status=302, body="{}")

    with pytest.raises(RefusedError):
        await scene.packs.packs()


async def test_one_bad_entry(scene: Scene) -> None:
    """An invite that cannot be read hides no other, and is counted."""
    made = await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id))
    entries = [{"code": "ab c", "type": 2}, {"code": made.code, "type": 2}, {"no": "code"}]
    scene.sandbox.fail("GET", "/packs/*/invites", status=200, body=json.dumps(entries))

    told = await scene.packs.list_invites(scene.pack.id)

    assert ([made.code], 2) == ([invite.code for invite in told.invites], told.unreadable)


async def test_nothing_says_the_key(scene: Scene, caplog: pytest.LogCaptureFixture) -> None:
    """Neither an error, nor what it came from, nor any log line has the key in it."""
    key = scene.sandbox.own_key(scene.maker)
    caplog.set_level(logging.DEBUG)
    echo = json.dumps({"code": "X", "message": f"no such key: {key}"})
    scene.sandbox.fail("GET", "/packs", status=400, body=echo)
    said = [repr(scene.packs), repr(vars(scene.packs))]
    for ask in (scene.packs.packs(), Packs(SecretStr(key), "http://127.0.0.1:1").packs()):
        with pytest.raises((RefusedError, NoAnswerError)) as told:
            await ask
        said += [repr(told.value), repr(told.value.__cause__), str(told.value)]

    assert all(key not in one for one in (*said, caplog.text))


# The ledger


async def known(ledger: Ledger) -> dict[str, InviteRecord]:
    found, _ = await ledger.invites(NO_GUILD, InviteFilter(state=InviteState.ALL))
    return {record.invite.code: record for record in found}


async def test_what_is_listed_is_written_down(scene: Scene, ledger: Ledger) -> None:
    """Created and listed it stands in the ledger as what it is; gone it has ended, in no guild."""
    first = await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id, max_age=60))
    await write_creation(ledger, first, 8)
    second = await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id))
    await write_listing(ledger, scene.pack.id, await scene.packs.list_invites(scene.pack.id))
    elsewhere = scene.sandbox.add_pack(scene.maker, "Foxes", kind="sticker")
    await write_listing(ledger, elsewhere.id, await scene.packs.list_invites(elsewhere.id))

    records = await known(ledger)
    assert {first.code: first, second.code: second} == {c: r.invite for c, r in records.items()}
    assert [8, None] == [records[one.code].moderator_id for one in (first, second)]
    assert [None, None] == [records[one.code].end_reason for one in (first, second)]

    scene.pack.invites.clear()
    told = await scene.packs.list_invites(scene.pack.id)
    await write_listing(ledger, scene.pack.id, told._replace(unreadable=1))
    assert {None} == {record.end_reason for record in (await known(ledger)).values()}
    await write_listing(ledger, scene.pack.id, told)
    assert {EndReason.UNKNOWN} == {r.end_reason for r in (await known(ledger)).values()}


async def test_one_whose_time_is_over_has_expired(scene: Scene, ledger: Ledger) -> None:
    """What a list lacks and should no longer have ended by its own time."""
    made = await scene.packs.create_invite(PackOrder(pack_id=scene.pack.id))
    past = datetime(2026, 1, 1, tzinfo=UTC)
    await write_creation(ledger, made.model_copy(update={"expires_at": past}), None)
    scene.pack.invites.clear()

    await write_listing(ledger, scene.pack.id, await scene.packs.list_invites(scene.pack.id))

    [record] = (await known(ledger)).values()
    assert (EndReason.EXPIRED, past) == (record.end_reason, record.ended_at)


# The command line


class Ended(NamedTuple):
    code: int
    out: str
    err: str


async def usher(scene: Scene, folder: Path, *arguments: str, key: str | None = None) -> Ended:
    """`usher packs …` as a process of its own."""
    settings = {
        "USHER_PLATFORM": "fluxer",
        "USHER_API_BASE": scene.sandbox.base,
        "USHER_LEDGER": str(folder / "usher.db"),
        "USHER_FLUXER_USER_KEY": scene.sandbox.own_key(scene.maker) if key is None else key,
    }
    inherited = {name: one for name, one in os.environ.items() if not name.startswith("USHER_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "packs", *arguments),
        env=inherited | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    assert scene.sandbox.own_key(scene.maker) not in (out + err).decode()
    return Ended(process.returncode or 0, out.decode(), err.decode())


async def test_the_command_line(scene: Scene, tmp_path: Path) -> None:
    """It lists packs, creates an invite with its limits, lists it, and keeps it in the ledger."""
    pack = str(scene.pack.id)
    assert (0, f"{pack}\temoji pack\tOwls\n", "") == await usher(scene, tmp_path, "list")

    made = await usher(scene, tmp_path, "create", pack, "--max-uses", "5", "--max-age", "7d")
    listed = await usher(scene, tmp_path, "list", pack)

    assert (0, "") == (made.code, made.err)
    assert made == listed
    [(code, invite)] = scene.pack.invites.items()
    assert made.out.startswith(f"{code}\temoji pack {pack}\tuses 0 of 5\texpires 20")
    assert 604_800 == invite.terms.max_age
    async with Ledger.open(tmp_path / "usher.db") as ledger:
        [record] = (await known(ledger)).values()
    assert (code, InviteKind.EMOJI_PACK) == (record.invite.code, record.invite.kind)


async def test_one_more_that_cannot_be_read(scene: Scene, tmp_path: Path) -> None:
    """The command line lists the others, and says how many are missing."""
    pack = str(scene.pack.id)
    made = await usher(scene, tmp_path, "create", pack, "--max-age", "never", "--no-unique")
    entry = f'{{"code": "{made.out.split()[0]}", "type": 2, "pack": {{"id": "{pack}"}}, "uses": 0}}'
    scene.sandbox.fail("GET", "/packs/*/invites", status=200, body=f"[{entry}, 7]")

    listed = await usher(scene, tmp_path, "list", pack)

    assert made.out == listed.out
    assert "expires never" in made.out
    assert "usher: 1 more cannot be read." in listed.err


async def test_beside_a_running_usher(scene: Scene, tmp_path: Path) -> None:
    """One process writes to a ledger: beside it the command works, and says what it leaves out."""
    async with Ledger.open(tmp_path / "usher.db") as ledger:
        made = await usher(scene, tmp_path, "create", str(scene.pack.id))
        listed = await usher(scene, tmp_path, "list", str(scene.pack.id))

        assert {} == await known(ledger)
    assert (0, 0) == (made.code, listed.code)
    assert made.out == listed.out
    assert made.out.split("\t")[0] in scene.pack.invites
    assert "shown and not written down" in made.err
    assert "shown and not written down" in listed.err


@pytest.mark.parametrize(
    ("arguments", "key", "said"),
    [
        (("list",), "", NO_KEY),
        (("create", "5"), " ", NO_KEY),
        (("list", "5"), "flx_none", "does not accept"),
        (("create", "5"), None, "no pack with that id"),
        (("create", "5", "--max-uses", "101"), None, "'101' is not a number from 0 to 100"),
        (("create", "5", "--max-age", "604801"), None, "'604801' is not a time like"),
        (("create", "5", "--max-age", "soon"), None, "'soon' is not a time like"),
        (("list", "owls"), None, "'owls' is not the id of a pack"),
        (("create",), None, "PACK_ID"),
    ],
    ids=str,
)
async def test_why_not(
    scene: Scene, tmp_path: Path, arguments: tuple[str, ...], key: str | None, said: str
) -> None:
    """Without a key, with a wrong one, or with what cannot be, a sentence says what to do."""
    ended = await usher(scene, tmp_path, *arguments, key=key)

    assert (2, "") == (ended.code, ended.out)
    assert said in ended.err
    assert "Traceback" not in ended.err


async def test_a_platform_that_is_silent(scene: Scene, tmp_path: Path) -> None:
    """Then the exit code says that trying again may help."""
    scene.sandbox.fail("GET", "/packs", drop=True, times=None)

    ended = await usher(scene, tmp_path, "list")

    assert (1, "usher: Fluxer did not answer. Try again.\n") == (ended.code, ended.err)

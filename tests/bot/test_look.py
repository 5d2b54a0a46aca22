"""`usher look`: what an invite leads to, as everybody may see it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from bot.look import described
from bot.platforms import direct
from bot.platforms.payloads import DISCORD, FLUXER
from bot.sandbox import Sandbox
from bot.sandbox.entities import Invite
from bot.sandbox.guild import Guild
from tests.harness import on_both


class Ended(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def told(self) -> dict[str, str]:
        return dict(line.split("\t") for line in self.out.splitlines())


@pytest.fixture
async def sandbox(platform: str) -> AsyncIterator[Sandbox]:
    async with Sandbox(platform=platform) as sandbox:
        yield sandbox


@pytest.fixture
def invite(guild: Guild) -> Invite:
    return guild.create_invite(guild.channel("general"), by=guild.owner, max_age=3600)


async def look(sandbox: Sandbox, *arguments: str) -> Ended:
    """`usher look …` as a process of its own, without a token."""
    base = sandbox.api_base if sandbox.platform == "discord" else sandbox.base
    inherited = {name: one for name, one in os.environ.items() if not name.startswith("USHER_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "look", *arguments),
        env=inherited | {"USHER_PLATFORM": sandbox.platform, "USHER_API_BASE": base},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 30)
    return Ended(process.returncode or 0, out.decode(), err.decode())


@on_both
async def test_what_an_invite_leads_to(sandbox: Sandbox, guild: Guild, invite: Invite) -> None:
    """Guild, channel, maker, how many are there and until when, for any form of link."""
    for typed in (invite.code, f"https://discord.gg/{invite.code}", f"fluxer.gg/{invite.code}?x=1"):
        told = (await look(sandbox, typed)).told

        assert (invite.code, "guild") == (told["code"], told["kind"])
        assert f"{guild.id} Harbour" == told["guild"]
        assert told["channel"].endswith(" general")
        assert told["inviter"].startswith(f"{guild.owner.id} ")
        assert "2" == told["members"]
        assert told["expires"].endswith(" UTC")


@on_both
async def test_in_brief(sandbox: Sandbox, invite: Invite) -> None:
    """Counts and expiration are asked for unless one wants less; Fluxer tells counts anyway."""
    asked: list[dict[str, str]] = []
    sandbox.exchanges.append(lambda exchange: asked.append(exchange.query))

    brief = (await look(sandbox, invite.code, "--brief")).told
    full = (await look(sandbox, invite.code)).told

    assert ("members" in brief) == (sandbox.platform == "fluxer")
    assert {"members", "online", "expires"} <= full.keys()
    more = {"with_counts": "true", "with_expiration": "true"}
    assert [{}, more] == [query for query in asked if "code" not in query][-2:]


@pytest.mark.parametrize("platform", ["fluxer"], indirect=True)
async def test_groups_and_packs(sandbox: Sandbox) -> None:
    """Where an invite leads to no guild it says to what; an instance has links of its own."""
    maker = sandbox.add_user("maker")
    pack = sandbox.add_pack(maker, "Owls", kind="sticker")
    group = sandbox.add_group_dm(maker, [sandbox.add_user("friend")])
    found = []
    for place in (f"/packs/{pack.id}", f"/channels/{group.id}"):
        made = await made_by_hand(sandbox, f"{place}/invites", sandbox.own_key(maker))
        found.append((await look(sandbox, f"{own_links(sandbox)}/{made}")).told)

    assert ["sticker pack", "group dm"] == [told["kind"] for told in found]
    assert f"{pack.id} Owls" == found[0]["pack"]
    assert found[1]["channel"].startswith(str(group.id))
    assert str(len(group.recipients)) == found[1]["members"]


def own_links(sandbox: Sandbox) -> str:
    return f"{sandbox.base}/invite"


async def made_by_hand(sandbox: Sandbox, path: str, key: str) -> str:
    """Make an invite as somebody, by hand."""
    url = f"{sandbox.api_base}{path}"
    told = await direct.ask("Fluxer", "POST", url, headers={"Authorization": key}, body={})
    assert told.granted, told
    return str(told.body["code"])


@on_both
@pytest.mark.parametrize(
    ("typed", "fault", "code", "said"),
    [
        ("nosuchcode", {}, 2, "knows no invite nosuchcode"),
        ("https://example.org/abc", {}, 2, "neither a code nor a link"),
        ("abc", {"status": 503}, 1, "has a fault of its own"),
        ("abc", {"drop": True}, 1, "did not answer. Try again"),
        ("abc", {"status": 200, "body": "[]"}, 1, "cannot be read"),
        ("abc", {"status": 400, "body": '{"message": "no"}'}, 2, "refused that: no"),
    ],
    ids=str,
)
async def test_why_not(
    sandbox: Sandbox, typed: str, fault: dict[str, object], code: int, said: str
) -> None:
    """What cannot be told has a sentence, and an exit code that says if trying again may help."""
    if fault:
        sandbox.fail("GET", "/invites/*", times=None, **fault)

    ended = await look(sandbox, typed)

    assert (code, "") == (ended.code, ended.out)
    assert said in ended.err
    assert "Traceback" not in ended.err


def test_what_is_told_of_kinds_without_a_guild() -> None:
    """A friend's invite has friends, and a kind of tomorrow has its number."""
    friend = {"code": "abc", "type": 2, "inviter": {"id": "5"}, "friends_count": 3, "uses": 0}

    assert {
        "code": "abc",
        "kind": "friend",
        "inviter": "5",
        "friends": "3",
        "uses": "0",
    } == dict(described(DISCORD.one(friend)))
    assert ("kind", "other 9") in list(described(FLUXER.one({"code": "abc", "type": 9})))


def test_a_name_commands_no_terminal() -> None:
    """Names are other people's words: what would move the cursor is left out."""
    told = {"code": "abc", "type": 0, "guild": {"id": "7", "name": "\x1b[2JHar\nbour"}}

    assert ("guild", "7 [2JHarbour") in list(described(FLUXER.one(told)))

"""INVITE_CREATE in every shape, from the gateway to the ledger, through the real discord.py."""

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.client import Usher
from bot.platforms import direct, internals
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import (
    NO_GUILD,
    Certainty,
    EndReason,
    InviteFilter,
    InviteKind,
    InviteRecord,
    InviteState,
)
from tests import seeds
from tests.bot.platforms.test_payload_shapes import shapes_of_the_event
from tests.harness import decided, first_reading, on_both, until

FLUXER = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)


@pytest.fixture
async def sandbox(platform: str) -> AsyncIterator[Sandbox]:
    """Not held against the platform's description: here it sends what is in none."""
    async with Sandbox(platform=platform) as sandbox:
        internals.use_endpoints(sandbox.api_base, sandbox.gateway_url)
        yield sandbox


async def told(ledger: Ledger, guild_id: int, code: str) -> InviteRecord:
    async def ask() -> InviteRecord | None:
        return await ledger.invite(guild_id, code)

    return await until(ask)


@on_both
@pytest.mark.usefixtures("usher")
async def test_of_a_guild(ledger: Ledger, guild: Guild) -> None:
    """It is written down with its guild, channel, maker and limits."""
    general = guild.channel("general")
    made = guild.create_invite(general, by=guild.owner, max_uses=5, max_age=3600)

    record = await told(ledger, guild.id, made.code)

    invite = record.invite
    assert (InviteKind.GUILD, guild.id, general.id) == (
        invite.kind,
        invite.guild_id,
        invite.channel_id,
    )
    assert (guild.owner.id, 5, 3600) == (invite.inviter_id, invite.max_uses, invite.max_age)


@FLUXER
async def test_of_a_group_dm(usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild) -> None:
    """It is written down as what it is and ends when it is revoked; no guild ever sees it, and
    nobody's join is explained by it.
    """
    maker = sandbox.add_user("maker")
    group = sandbox.add_group_dm(maker, [sandbox.application.user])
    code = await made_in(sandbox, f"/channels/{group.id}/invites", sandbox.own_key(maker))

    record = await told(ledger, NO_GUILD, code)
    assert (InviteKind.GROUP_DM, group.id) == (record.invite.kind, record.invite.channel_id)
    assert maker.id == record.invite.inviter_id

    await asked(sandbox, "DELETE", f"/invites/{code}", sandbox.own_key(maker))
    await until(lambda: ended(ledger, code))
    everything = InviteFilter(state=InviteState.ALL)
    assert ([], 0) == await ledger.invites(guild.id, everything)
    assert NO_GUILD not in usher.tracker.guilds()


async def ended(ledger: Ledger, code: str) -> bool:
    record = await ledger.invite(NO_GUILD, code)
    return record is not None and record.end_reason is EndReason.REVOKED


async def made_in(sandbox: Sandbox, path: str, key: str) -> str:
    return str((await asked(sandbox, "POST", path, key))["code"])


async def asked(sandbox: Sandbox, method: str, path: str, key: str) -> Any:
    """A request of a person's, by hand."""
    headers = {"Authorization": key}
    url = f"{sandbox.api_base}{path}"
    answer = await direct.ask("Fluxer", method, url, headers=headers, body={})
    assert answer.granted, answer
    return answer.body


@FLUXER
@pytest.mark.skipif(not seeds.there(), reason=seeds.ABSENT)
@pytest.mark.usefixtures("usher")
async def test_every_documented_shape(ledger: Ledger, sandbox: Sandbox) -> None:
    """The event as the document describes it, packs too, which send none in practice."""
    kinds = {}
    for number, _, payload in shapes_of_the_event():
        code = f"shape{number}"
        sandbox.emit("INVITE_CREATE", payload | {"code": code, "type": number})
        home = NO_GUILD if number else int(payload["guild"]["id"])
        record = await told(ledger, home, code)
        kinds[number] = record.invite.kind
        if number in (2, 3):
            assert int(payload["pack"]["id"]) == record.invite.pack_id

    assert {
        0: InviteKind.GUILD,
        1: InviteKind.GROUP_DM,
        2: InviteKind.EMOJI_PACK,
        3: InviteKind.STICKER_PACK,
    } == kinds


@on_both
async def test_a_kind_of_tomorrow(
    usher: Usher, ledger: Ledger, sandbox: Sandbox, guild: Guild
) -> None:
    """It is kept with its number, in its guild or in none, and Usher goes on."""
    channel = {"id": str(guild.channel("general").id), "type": 0, "name": "general"}
    for code, home in (("abc", guild.id), ("abd", NO_GUILD)):
        place = {"guild_id": str(home)} if home else {}
        sandbox.emit("INVITE_CREATE", {"code": code, "type": 9, "channel": channel, **place})

        record = await told(ledger, home, code)

        assert (InviteKind.OTHER, 9) == (record.invite.kind, record.invite.raw_kind)
    assert not usher.is_closed()


@on_both
async def test_what_cannot_be_read(
    usher: Usher,
    ledger: Ledger,
    sandbox: Sandbox,
    guild: Guild,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is noted and harms nothing: who joins next is explained."""
    caplog.set_level(logging.WARNING)
    await first_reading(ledger, guild)
    for broken in ({"code": 7}, {}, {"code": "abc", "type": 0}):
        sandbox.emit("INVITE_CREATE", broken)
    invite = guild.create_invite(guild.channel("general"), by=guild.owner)
    await told(ledger, guild.id, invite.code)
    await asyncio.sleep(0.1)

    await sandbox.join(invite.code)

    [join] = await decided(ledger, guild, 1)
    assert join.code == invite.code or sandbox.platform == "fluxer"
    assert join.certainty is not Certainty.PENDING
    assert not usher.is_closed()
    assert "an invite was announced that cannot be read" in caplog.text

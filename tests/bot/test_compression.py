"""Compression of the gateway that the library may ask for."""

import discord
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from tests.harness import connected, decided, first_reading, on_both


class Unread:
    """In place of the library's own, which it chooses when it is imported, by what is installed.

    Whatever would have to be decompressed by it is a mistake here.
    """

    COMPRESSION_TYPE = "zstd-stream"

    def decompress(self, data: bytes, /) -> str | None:
        raise AssertionError(data)


@on_both
async def test_a_library_that_would_have_zstd(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, ledger: Ledger, guild: Guild
) -> None:
    """Where `zstandard` or Python 3.14 is installed Usher connects and hears all the same."""
    monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", Unread)
    code = guild.add_invite(guild.channel("general")).code
    async with connected(ledger, sandbox):
        await first_reading(ledger, guild)
        newcomer = await sandbox.join(code)

        [join] = await decided(ledger, guild, 1)

    assert (newcomer.id, code) == (join.member_id, join.code)

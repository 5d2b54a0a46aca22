"""The table of the seed documents is what there is, and has all that is in the documents."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import discord
import pytest

from bot.client import Usher
from bot.platforms import internals
from bot.platforms.payloads import DISCORD, FLUXER, InvitePayload
from bot.platforms.payloads.discord_invites import DiscordGuildInvite
from bot.platforms.payloads.fluxer_invites import FluxerGuildInvite
from bot.platforms.refusals import refusal
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests import seeds
from tests.harness import on_both

ROOT = Path(__file__).parents[1]
TABLE = (ROOT / "docs" / "seeds.md").read_text("utf-8")
DOCUMENTS = pytest.mark.skipif(not seeds.there(), reason=seeds.ABSENT)


class Row(NamedTuple):
    document: str
    rule: str
    where: str
    tests: str


def rows() -> Iterator[Row]:
    """Each row of the table, with the document that its part is about."""
    document = ""
    for line in TABLE.splitlines():
        if line.startswith("## "):
            document = line.removeprefix("## ")
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if line.startswith("| ") and len(cells) == 3 and cells[0] != "endpoint or rule":
            yield Row(document, *cells)


ROWS = list(rows())


@functools.cache
def defined(path: Path) -> set[str]:
    """Every function and class of a file."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    tree = ast.parse(path.read_text("utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@functools.cache
def names(path: Path) -> set[str]:
    """Everything that a file names, in code and in texts."""
    return set(re.findall(r"[\w-]+", path.read_text("utf-8")))


def test_the_table_has_rows() -> None:
    """It is read as a table, with a part for each document and nothing that is no row."""
    assert list(seeds.NAMES) == sorted({row.document for row in ROWS})
    lines = [line for line in TABLE.splitlines() if line.startswith("|")]
    assert len(lines) == len(ROWS) + 2 * len(seeds.NAMES)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.document}: {row.rule[:40]}")
def test_every_place_and_test_exists(row: Row) -> None:
    """Each row names at least one test, and every file, name and test in it is there."""
    tests = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row.tests)
    assert tests, row
    assert len(tests) == row.tests.count("`") // 2, row
    for file, name in tests:
        assert name in defined(ROOT / file), f"{file} has no {name}"
    for file, after in re.findall(
        r"`((?:bot|cogs|data)/[\w/]+\.py)`(?:: ((?:`[\w]+`(?:, )?)*))?", row.where
    ):
        assert (ROOT / file).is_file(), f"there is no {file}"
        for name in re.findall(r"`(\w+)`", after):
            assert name in names(ROOT / file), f"{file} has no {name}"


@DOCUMENTS
def test_every_endpoint_of_the_documents_is_in_the_table() -> None:
    """What they name as `METHOD /path` has a row."""
    told = {rule for row in ROWS for rule in re.findall(r"`([A-Z]+ /[^`]+)`", row.rule)}

    assert seeds.endpoints() <= told
    assert 9 == len(seeds.endpoints())


@DOCUMENTS
def test_every_document_is_known() -> None:
    """A document more than those in the table would be one without a place."""
    assert set(seeds.NAMES) == {path.stem for path in seeds.DOCUMENTS.glob("*.txt")}


@DOCUMENTS
@pytest.mark.parametrize("name", ["CreateGroupDMInviteRequest", "CreateGuildInviteRequest"])
def test_every_field_of_a_request_is_in_the_table(name: str) -> None:
    """Each field of Discord's bodies has a row about it."""
    part = " ".join(row.rule for row in ROWS if row.document == "discord-create-channel-invite")

    for member in seeds.interfaces()[name].members:
        assert f"`{member.name}`" in part, member.name


@DOCUMENTS
def test_every_answer_is_in_the_table() -> None:
    """Each answer of Discord's, and each kind of status, has a row about it."""
    part = " ".join(row.rule for row in ROWS if row.document == "discord-create-channel-invite")
    said = seeds.text("discord-create-channel-invite")

    for name in re.findall(r"^(\w+) application/json$", said, re.MULTILINE):
        assert name in part
    answers = [name for name in seeds.interfaces() if name.endswith("InviteResponse")]
    assert 3 == len(answers)
    assert all(name in part for name in answers)


# What only this table asks for


@pytest.mark.parametrize("platform", ["fluxer"], indirect=True)
async def test_a_bot_that_accepts_is_refused_with_a_sentence(usher: Usher, guild: Guild) -> None:
    """Only people accept invites: what the platform says to a bot is put into words."""
    invite = guild.create_invite(guild.channel("general"), by=guild.owner)

    with pytest.raises(discord.Forbidden) as refused:
        await internals.request(usher, "POST", "/invites/{code}", code=invite.code, payload={})

    assert "Fluxer does not let me do that" in refusal(refused.value, "Fluxer")
    assert "bots may not do it at all" in refusal(refused.value, "Fluxer")
    assert 0 == invite.uses


@on_both
async def test_answers_are_read_by_their_described_shape(
    usher: Usher, sandbox: Sandbox, guild: Guild
) -> None:
    """What the platform answers to creating, listing and looking fits the documents' shapes."""
    on_discord = sandbox.platform == "discord"
    reader = DISCORD if on_discord else FLUXER
    shape: type[InvitePayload] = DiscordGuildInvite if on_discord else FluxerGuildInvite
    general = guild.channel("general").id
    path = "/channels/{channel_id}/invites"
    made: Any = await internals.request(usher, "POST", path, channel_id=general, payload={})
    listed = await usher.http.invites_from(guild.id)
    here = await usher.http.invites_from_channel(general)
    looked = await usher.http.get_invite(made["code"], with_counts=True)

    for answer in (made, *listed, *here, looked):
        assert isinstance(reader.one(answer), shape)

"""Commands registered, changed and refused."""

from typing import Any

import discord
import pytest

from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Recorder, Rest


async def test_commands_are_managed_one_by_one(client: Recorder, guild: Guild) -> None:
    """Commands are added, changed, fetched and deleted singly, globally and in a guild."""
    tree = client.tree
    scope = discord.Object(guild.id)

    @tree.command(description="Everywhere")
    async def ping(_: discord.Interaction) -> None: ...

    @tree.command(name="ping", description="Here", guild=scope)
    async def ping_here(_: discord.Interaction) -> None: ...

    (everywhere,) = await tree.sync()
    (here,) = await tree.sync(guild=scope)
    (again,) = await tree.sync()
    assert (everywhere.id, guild.id) == (again.id, here.guild_id)
    changed = await here.edit(description="Changed", default_member_permissions=None)
    assert "Changed" == (await tree.fetch_command(here.id, guild=scope)).description
    await changed.delete()
    assert [] == await tree.fetch_commands(guild=scope)
    assert ["ping"] == [one.name for one in await tree.fetch_commands()]


async def test_command_is_upserted(sandbox: Sandbox, rest: Rest, guild: Guild) -> None:
    """A single command is added, or replaces the one of its name."""
    path = f"/applications/{sandbox.application.id}/guilds/{guild.id}/commands"
    body = {"name": "ping", "description": "Answers"}

    added = await rest("POST", path, json=body)
    replaced = await rest("POST", path, json=body | {"description": "Answers too"})

    assert (201, 200) == (added.status, replaced.status)
    assert added.body["id"] == replaced.body["id"]
    assert added.body["version"] != replaced.body["version"]
    assert (404, 10063) == (await rest("GET", f"{path}/5")).refusal


def _option(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": 3, "description": "x", **more}


CHOICES = [{"name": str(number), "value": str(number)} for number in range(26)]


@pytest.mark.parametrize(
    ("commands", "place"),
    [
        pytest.param([{"name": "Ping"}], "0.name", id="capital letter"),
        pytest.param([{"name": "p" * 33}], "0.name", id="name too long"),
        pytest.param([{"description": ""}], "0.description", id="no description"),
        pytest.param([{}, {}], "1.name", id="twice the same"),
        pytest.param([{"name": f"c{number}"} for number in range(101)], "_commands", id="many"),
        pytest.param([{"type": 2, "name": "x" * 33}], "0.name", id="long menu"),
        pytest.param(
            [{"options": [_option(f"o{number}") for number in range(26)]}],
            "0.options",
            id="too many options",
        ),
        pytest.param(
            [{"options": [_option("a"), _option("b", required=True)]}],
            "0.options",
            id="required after optional",
        ),
        pytest.param(
            [{"options": [_option("a"), _option("a")]}], "0.options", id="same option twice"
        ),
        pytest.param([{"options": [_option("A b")]}], "0.options.0.name", id="bad option"),
        pytest.param(
            [{"options": [_option("a", choices=CHOICES)]}],
            "0.options.0.choices",
            id="too many choices",
        ),
        pytest.param(
            [{"options": [_option("a", choices=CHOICES[:1], autocomplete=True)]}],
            "0.options.0.choices",
            id="choices and completion",
        ),
    ],
)
async def test_bad_commands(
    sandbox: Sandbox, rest: Rest, commands: list[dict[str, Any]], place: str
) -> None:
    """A mistake in one command refuses them all and names its place."""
    path = f"/applications/{sandbox.application.id}/commands"
    bodies = [{"name": "ping", "description": "Answers"} | command for command in commands]

    answer = await rest("PUT", path, json=bodies)

    assert (400, 50035) == answer.refusal
    errors = answer.body["errors"]
    for step in place.split("."):
        errors = errors[step]
    assert errors["_errors"]
    assert {} == sandbox.application.commands


async def test_foreign_application(rest: Rest) -> None:
    """Commands of another application are not the bot's to read."""
    assert (403, 20012) == (await rest("GET", "/applications/5/commands")).refusal

"""What is registered with the platform."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.client import Usher
from bot.sandbox import NotOffered, Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild

MANAGE_SERVER = 1 << 5


def options(described: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Subcommands and options, at every depth."""
    for option in described.get("options", ()):
        yield option
        yield from options(option)


async def test_everything_that_can_be_chosen_is_described(usher: Usher) -> None:
    """No command and no option shows up without a description."""
    for command in usher.tree.get_commands():
        described = command.to_dict(usher.tree)
        parts = list(options(described))
        bare = [part["name"] for part in parts if part["description"] in {"", "…"}]
        assert [] == bare


async def test_commands_are_for_servers_and_at_first_for_their_managers(usher: Usher) -> None:
    """Nothing is offered in direct messages, nor by default to who does not manage the server."""
    for command in usher.tree.get_commands():
        described = command.to_dict(usher.tree)
        assert not described["dm_permission"]
        assert MANAGE_SERVER == described["default_member_permissions"]


async def test_the_commands_are_those_of_the_design(usher: Usher) -> None:
    """Their names, as people type them."""
    names = {command.qualified_name for command in usher.tree.walk_commands()}

    assert names == {
        "invite",
        "invite create",
        "invite list",
        "invite show",
        "invite revoke",
        "invite vanity",
        "joins",
        "joins recent",
        "joins who",
        "settings",
        "settings log",
        "setup",
        "setup backfill",
        "setup check",
        "joins correct",
        "joins undo",
        "joins accuracy",
        "report",
        "report export",
        "report timeline",
    }


async def test_members_are_not_offered_them(
    sandbox: Sandbox, usher: Usher, guild: Guild, general: Channel
) -> None:
    """An ordinary member does not even see the commands."""
    del usher

    with pytest.raises(NotOffered):
        await sandbox.slash(guild.add_member("somebody"), general, "invite list")

"""What the documents say is what there is."""

import tomllib
from pathlib import Path

import discord
import pytest

from bot.client import Usher, intents
from bot.config import Settings
from cogs import EXTENSIONS
from cogs._verdict_texts import why
from data.export import COLUMNS
from data.ledger import Ledger
from data.models import Certainty, Reason
from tests.cogs.samples import join

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    """Whoever reads the README knows every setting and its default."""
    assert f"| `USHER_{name.upper()}` |" in README


async def test_every_command_is_documented(ledger: Ledger) -> None:
    """Whoever reads the README knows every command and what it does."""
    bot = Usher(ledger, extension_names=EXTENSIONS)
    async with bot:
        for name in EXTENSIONS:
            await bot.load_extension(name)
        for command in bot.tree.walk_commands():
            if not isinstance(command, discord.app_commands.Group):
                row = f"| `/{command.qualified_name}` | {command.description} |"
                assert row in README
                assert all(
                    f"`{p.display_name}`" in README
                    for p in command.parameters
                    if command.name == "create"
                )
        for menu in bot.tree.get_commands(type=discord.AppCommandType.user):
            assert f"`{menu.name}`" in README


def test_every_intent_is_documented() -> None:
    """Whoever reads the README knows every intent and why it is used."""
    for name, used in intents():
        # The library lists moderation under its older name too.
        assert not used or f"| {name}" in README or name == "bans"


def test_the_permission_integer_is_what_the_table_says() -> None:
    """The address in the README asks for the permissions of its table, and no more."""
    least = discord.Permissions(
        view_channel=True,
        create_instant_invite=True,
        manage_channels=True,
        manage_guild=True,
        view_audit_log=True,
    )

    assert f"permissions={least.value}\n" in README
    with_log = discord.Permissions(least.value | discord.Permissions(send_messages=True).value)
    assert f"use {with_log.value} in the address" in README
    with_roles = discord.Permissions(least.value | discord.Permissions(manage_roles=True).value)
    assert f"use {with_roles.value} in the address" in README


@pytest.mark.parametrize(
    "permission",
    [
        "view_channel",
        "create_instant_invite",
        "manage_channels",
        "manage_guild",
        "view_audit_log",
        "send_messages",
        "read_message_history",
        "manage_roles",
    ],
)
def test_every_permission_has_its_value(permission: str) -> None:
    """The table of permissions has a row with the value of each that Usher can use."""
    value = discord.Permissions(**{permission: True}).value

    assert f" | {value} | " in README


@pytest.mark.parametrize(
    "reason",
    [
        Reason.NO_PERMISSION,
        Reason.NO_ANSWER,
        Reason.GAP,
        Reason.CONTRADICTED,
        Reason.HIDDEN_INVITES,
    ],
)
def test_reasons_are_quoted_as_they_are_said(reason: Reason) -> None:
    """Whoever looks for the words of an answer finds them in the document for operators."""
    said = why(join(certainty=Certainty.UNKNOWN, reason=reason))

    assert f'"{said}"' in (ROOT / "docs" / "operating.md").read_text("utf-8")


def test_the_export_columns_are_documented() -> None:
    """The README names the columns of an export in their order."""
    assert ", ".join(COLUMNS) in README


def test_the_changelog_begins_with_this_version() -> None:
    """The newest heading of the changelog is the version of the project."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    changelog = (ROOT / "docs" / "changelog.md").read_text("utf-8")
    newest = next(line for line in changelog.splitlines() if line.startswith("## "))

    assert newest.startswith(f"## {project['version']}")


@pytest.mark.parametrize("document", ["README.md", "docs/attribution.md", "docs/operating.md"])
def test_links_lead_somewhere(document: str) -> None:
    """Every document that a document points to exists."""
    text = (ROOT / document).read_text("utf-8")
    targets = [part.split(")")[0] for part in text.split("](")[1:]]

    assert all((ROOT / document).parent.joinpath(target).exists() for target in targets)

import logging

import discord
import pytest
from discord import app_commands
from discord.ext import commands

from bot.answers import cause, explain, names
from bot.errors import NoAnswerError, RefusedError, UserError
from data.errors import LedgerUnavailableError
from data.models import Reason


@pytest.mark.parametrize(
    ("error", "said"),
    [
        pytest.param(UserError("Do that."), "Do that.", id="person"),
        pytest.param(RefusedError("It said no."), "It said no.", id="platform"),
        pytest.param(LedgerUnavailableError("Full."), "Full.", id="ledger"),
        pytest.param(NoAnswerError(Reason.NO_ANSWER, "503"), "503", id="no answer"),
        pytest.param(
            app_commands.MissingPermissions(["manage_guild"]), "**Manage Server**", id="permission"
        ),
        pytest.param(
            commands.BotMissingPermissions(["create_instant_invite"]),
            "I need **Create Invite**",
            id="ours",
        ),
        pytest.param(commands.NoPrivateMessage(), "in a server only", id="direct message"),
        pytest.param(commands.BadArgument("Not like that."), "Not like that.", id="argument"),
        pytest.param(commands.TooManyArguments(), "takes no options", id="left-over text"),
        pytest.param(
            app_commands.CommandNotFound("old", []), "has changed", id="a command of yesterday"
        ),
    ],
)
def test_everybody_hears_what_concerns_them(error: BaseException, said: str) -> None:
    """Each kind of failure has its own sentence for the person who asked."""
    assert said in explain(error)


def test_wrapped_errors_are_unwrapped() -> None:
    """The library wraps an error up to three times; the person hears the innermost."""
    inner = UserError("Do that.")
    wrapped = commands.HybridCommandError(commands.CommandInvokeError(inner))  # type: ignore[arg-type]

    assert inner is cause(wrapped)


def test_a_bug_has_a_reference(caplog: pytest.LogCaptureFixture) -> None:
    """A person gets a reference; the log has it too, with the traceback and without a secret."""
    with caplog.at_level(logging.ERROR):
        said = explain(ZeroDivisionError("x"))

    [record] = caplog.records
    assert "my fault" in said
    assert record.getMessage().rsplit(" ", 1)[1] in said
    assert record.exc_info is not None


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (discord.AppCommandOptionType.user, "not a member"),
        (discord.AppCommandOptionType.channel, "cannot see that channel"),
        (discord.AppCommandOptionType.number, "not what this option takes"),
    ],
)
def test_values_that_are_gone(kind: discord.AppCommandOptionType, said: str) -> None:
    """A member, role or channel that is gone since it was chosen is told as that."""
    error = app_commands.TransformerError("x", kind, app_commands.Transformer())

    assert said in explain(error)


def test_names_of_permissions() -> None:
    """Permissions are called as in the platform's own settings."""
    assert "**Manage Server** and **View Audit Log**" == names(["manage_guild", "view_audit_log"])

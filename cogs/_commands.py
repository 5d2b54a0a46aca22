"""How our commands are declared: alike in everything, and with types that mypy can follow.

The library describes a callback as a union of callables, which mypy cannot solve; hence the two
`Any`.
"""

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

from discord import app_commands
from discord.ext import commands
from discord.utils import MISSING

Callback: TypeAlias = Callable[..., Coroutine[Any, Any, None]]
Group: TypeAlias = commands.HybridGroup[Any, ..., None]
Command: TypeAlias = commands.HybridCommand[Any, ..., None]


def group(callback: Callback) -> Group:
    """A command with subcommands, in servers only and shown to those who manage them.

    That is a default which administrators can change, and only whole groups have it: every
    subcommand checks again.
    """
    declare: Any = commands.hybrid_group(case_insensitive=True)
    shown: Any = app_commands.default_permissions(manage_guild=True)
    declared: Group = declare(commands.guild_only()(shown(callback)))
    return declared


def subcommand(of: Group, name: str = MISSING) -> Callable[[Callback], Command]:
    """A command of a group; a typed one is refused if it leaves text over."""
    declare: Any = of.command(name=name, ignore_extra=False)
    declared: Callable[[Callback], Command] = declare
    return declared


def text_only(of: Group) -> Callable[[Callback], Command]:
    """A command for what people try and cannot have: it is typed, and in no list of commands."""
    declare: Any = of.command(with_app_command=False, hidden=True)
    declared: Callable[[Callback], Command] = declare
    return declared

"""What is said about the commands themselves, where no client shows them. Pure."""

import difflib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import discord

from bot.wording import command, typed
from cogs._texts import EMBED_DESCRIPTION, code, fitting, joined

EXAMPLES = {
    "invite create": "max_age: 7d max_uses: 10 campaign: spring fair",
    "invite list": "sort: most used",
    "invite show": "abc123",
    "invite revoke": "abc123 reason: posted in the wrong place",
    "joins recent": "certainty: ambiguous",
    "joins who": "@somebody",
    "joins correct": "@somebody code: abc123 note: told me so",
    "joins undo": "@somebody",
    "settings log": "channel: #arrivals",
    "setup backfill": "again: yes",
    "report export": "since: 2026-11-01",
    "report timeline": "days: 90",
}
"""What may follow a command."""

_QUOTES = "Text with a colon in it goes in quotes. You can mention me instead of the sign in front."


class Option(NamedTuple):
    """Something that can be said after a command."""

    name: str
    meaning: str
    choices: Sequence[str] = ()
    required: bool = False
    bare: bool = False
    """Whether its name may be left out, if it comes first."""


class Described(NamedTuple):
    """A command: its whole name, what it does, and what can be said after it."""

    name: str
    does: str
    options: Sequence[Option] = ()


def overview(groups: Sequence[tuple[Described, Sequence[Described]]]) -> discord.Embed:
    """Every command in a line, by groups."""
    lines = [
        "I answer in a direct message, for what I know is for moderators only.",
        f"{command('help invite create')} tells more about one command, and so for each.",
    ]
    for group, members in groups:
        lines += ["", f"**{group.does}**", *map(_line, members)]
    return discord.Embed(title="What I can do", description=fitting(lines, EMBED_DESCRIPTION))


def group(described: Described, members: Sequence[Described]) -> discord.Embed:
    """The commands of a group."""
    lines = [described.does, "", *map(_line, members)]
    embed = discord.Embed(title=typed(described.name))
    embed.description = fitting(lines, EMBED_DESCRIPTION)
    first = members[0].name if members else described.name
    return embed.set_footer(text=f"{typed(f'help {first}')} tells what can be said after it.")


def one(described: Described) -> discord.Embed:
    """A command, everything that can be said after it, and an example."""
    lines = [described.does]
    if described.options:
        lines += ["", *map(_option, described.options)]
    if (example := EXAMPLES.get(described.name)) is not None:
        lines += ["", f"For example: {command(f'{described.name} {example}')}"]
    embed = discord.Embed(title=typed(described.name))
    embed.description = fitting(lines, EMBED_DESCRIPTION)
    return embed.set_footer(text=_QUOTES) if described.options else embed


def nothing_called(name: str, names: Iterable[str]) -> str:
    """That there is no such command, and which may be meant."""
    near = difflib.get_close_matches(name.casefold(), list(names), n=1)
    meant = f" Did you mean {command(near[0])}?" if near else ""
    return f"There is no command {code(name, 60)}.{meant} {command('help')} lists all."


def _line(described: Described) -> str:
    return f"{command(described.name)} {described.does}"


def _option(option: Option) -> str:
    name = f"`{option.name}:`"
    if option.required:
        name += " (needed; its name can be left out)" if option.bare else " (needed)"
    choices = f": {joined([code(each) for each in option.choices], 'or', 20)}"
    return f"{name} {option.meaning}{choices if option.choices else ''}"


GREETING = "I keep track of invites and of who came through which."


def greeting() -> str:
    """What a bare mention is answered with."""
    return f"{GREETING} {command('help')} lists what I can do."

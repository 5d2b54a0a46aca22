"""Options of commands, and what typed commands may not do: leave text over or repeat themselves."""

import difflib
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, Self

from discord.ext import commands

from cogs._texts import code, joined

_NAMED = re.compile(r'"[^"]*"|(?:(?<=\s)|^)(?P<name>[A-Za-z]\w*):(?!//)')
"""A name with its colon at the start of a word; not in quotes, and not the start of a link."""


class _Given(NamedTuple):
    name: str
    value: str


class Options(commands.FlagConverter, case_insensitive=True):
    """Options of a hybrid command.

    A typed command is refused if anything in it would be ignored: with `create 7d` or
    `create maxuses: 3` somebody would get an invite that nobody asked for.
    Text with a colon in it goes in quotes.
    What may be left out has its type as `converter`: of `X | None` the library does not say which
    option did not fit.
    """

    @classmethod
    def parse_flags(
        cls,
        argument: str,
        *,
        ignore_extra: bool = True,  # noqa: ARG003 - asked for by the library, never granted
    ) -> dict[str, list[str]]:
        """The value of each option that was typed."""
        values: dict[str, list[str]] = {}
        for given in _given(argument):
            name = given.name.casefold()
            _refuse(name, given.value, list(cls.get_flags()), known=values)
            values[name] = [given.value]
        return values

    @classmethod
    async def convert(cls, ctx: commands.Context[Any], argument: str) -> Self:
        try:
            return await super().convert(ctx, argument)
        except commands.BadFlagArgument as error:
            raise commands.BadArgument(_unfit(error)) from error


def _given(argument: str) -> Iterator[_Given]:
    """Split typed text at the names in it; text before the first has the empty name."""
    found = [match for match in _NAMED.finditer(argument) if match["name"]]
    ends = [*(match.start() for match in found), len(argument)]
    before = argument[: ends[0]].strip()
    if before:
        yield _Given("", before)
    for match, end in zip(found, ends[1:], strict=True):
        yield _Given(match["name"], _unquoted(argument[match.end() : end].strip()))


def _unquoted(value: str) -> str:
    quoted = re.fullmatch(r'"([^"]*)"', value)
    return quoted[1] if quoted else value


def _refuse(name: str, value: str, names: list[str], known: dict[str, list[str]]) -> None:
    """Raise `BadArgument` with a sentence if this cannot stand."""
    options = joined([code(each) for each in names], most=20)
    if not name:
        raise commands.BadArgument(
            f"I do not know what {code(value, 40)} is for. Name an option before it: {options}."
        )
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f" Did you mean {code(close[0])}?" if close else f" There are {options}."
        raise commands.BadArgument(
            f"There is no option {code(name, 40)}.{hint} Text with a colon goes in quotes."
        )
    if name in known:
        raise commands.BadArgument(f"You gave {code(name)} twice. Once is enough.")
    if not value:
        raise commands.BadArgument(f"You named {code(name)} without saying what it should be.")


def _unfit(error: commands.BadFlagArgument) -> str:
    """What is wrong with a value; the library's own sentences name Python classes."""
    name, value = code(error.flag.name), code(error.argument, 40)
    match error.original:
        case commands.RangeError() as bounds:
            return f"{name} goes from {bounds.minimum} to {bounds.maximum}, not {value}."
        case commands.BadLiteralArgument() as choices:
            known = joined([code(str(each)) for each in choices.literals], "or", 20)
            return f"{name} is {known}, not {value}."
        case _:
            return f"{value} does not fit {name}."

"""Options of commands, and what typed commands may not do: leave text over or repeat themselves."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, Self, get_args, get_origin

from discord.ext import commands

from bot.platforms.platform import Capabilities, Platform
from cogs._people import NobodyError
from cogs._texts import code, joined
from data.models import Source

_QUOTED = r'"[^"]*"|[\u201c-\u201f][^\u201c-\u201f]*[\u201c-\u201f]|«[^«»]*»|»[^«»]*«'
"""Text in straight, curly or angled quotation marks; phones turn the first into the second."""

_SINGLE = (
    r"['\u2018-\u201b\u2039]"
    r"(?:[^'\u2018-\u201b\u2039\u203a]|(?<=\w)['\u2019](?=\w))+"
    r"['\u2018\u2019\u203a]"
)
"""Text in single ones, in which the same mark is an apostrophe only within a word."""

_NAME = r"[A-Za-z]\w*:(?!//)"
_NAMED = re.compile(
    rf"{_QUOTED}|(?:(?<=\s)|^)(?P<name>{_NAME})(?:\s*{_SINGLE}(?=\s*\Z|\s+{_NAME}))?"
)
"""A name with its colon at the start of a word; not in quotes, and not the start of a link.

Of single quotes only such that are around a whole value count: else they are apostrophes.
"""


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
    def unoffered(cls, platform: Platform) -> Mapping[str, str]:  # noqa: ARG003 - for subclasses
        """Options that this platform does not have, each with the sentence that refuses it."""
        return {}

    @classmethod
    def parse_flags(
        cls,
        argument: str,
        *,
        ignore_extra: bool = True,  # noqa: ARG003 - asked for by the library, never granted
    ) -> dict[str, list[str]]:
        """The value of each option that was typed."""
        return cls.values(argument, unoffered={})

    @classmethod
    def values(cls, argument: str, unoffered: Mapping[str, str]) -> dict[str, list[str]]:
        """Likewise, and `BadArgument` for what is not to be had."""
        values: dict[str, list[str]] = {}
        flags = cls.get_flags()
        names = [name for name in flags if name not in unoffered]
        for given in _given(argument):
            name = given.name.casefold() or _first(flags)
            if name in unoffered:
                raise commands.BadArgument(unoffered[name])
            _refuse(name, given.value, names, known=values)
            values[name] = [_offered(flags[name], given.value)]
        return values

    @classmethod
    async def convert(cls, ctx: commands.Context[Any], argument: str) -> Self:
        platform: Platform = ctx.bot.platform
        for name, [value] in cls.values(argument, cls.unoffered(platform)).items():
            _require_choice(cls.get_flags()[name], value, platform.capabilities)
        try:
            return await super().convert(ctx, argument)
        except commands.BadFlagArgument as error:
            raise commands.BadArgument(_unfit(error)) from error
        except commands.MissingRequiredFlag as error:
            raise commands.BadArgument(f"Something is missing: {code(error.flag.name)}.") from error


def choices(flag: commands.Flag, capabilities: Capabilities) -> Sequence[str]:
    """The words of which an option takes one, if it takes no others."""
    if get_origin(flag.annotation) is not Literal:
        return ()
    known = get_args(flag.annotation)
    is_source = flag.name == "source"
    return [each for each in known if not is_source or Source(each) in capabilities.sources]


def _require_choice(flag: commands.Flag, value: str, capabilities: Capabilities) -> None:
    offered = choices(flag, capabilities)
    if offered and value not in offered:
        known = joined([code(each) for each in offered], "or", 20)
        raise commands.BadArgument(f"{code(flag.name)} is {known}, not {code(value, 40)}.")


def _first(flags: Mapping[str, commands.Flag]) -> str:
    """The option whose name may be left out, if it comes first; empty if there is none."""
    return next((name for name, flag in flags.items() if flag.positional is True), "")


def _offered(flag: commands.Flag, value: str) -> str:
    """A word of those that are offered, however it is written; anything else as it is."""
    known = get_args(flag.annotation) if get_origin(flag.annotation) is Literal else ()
    return next((each for each in known if each.casefold() == value.casefold()), value)


def _given(argument: str) -> Iterator[_Given]:
    """Split typed text at the names in it; text before the first has the empty name."""
    found = [match for match in _NAMED.finditer(argument) if match["name"]]
    ends = [*(match.start() for match in found), len(argument)]
    before = argument[: ends[0]].strip()
    if before:
        yield _Given("", _unquoted(before))
    for match, end in zip(found, ends[1:], strict=True):
        value = argument[match.end("name") : end].strip()
        yield _Given(match["name"].removesuffix(":"), _unquoted(value))


def _unquoted(value: str) -> str:
    """What is in the quotes, if they are around all of it."""
    quoted = re.fullmatch(f"{_QUOTED}|{_SINGLE}", value)
    return value[1:-1].strip() if quoted else value


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
        raise commands.BadArgument(
            f"You named {code(name)} without saying what it should be. Text with a colon in it goes"
            " in quotes."
        )


def _unfit(error: commands.BadFlagArgument) -> str:
    """What is wrong with a value; the library's own sentences name Python classes."""
    name, value = code(error.flag.name), code(error.argument, 40)
    match error.original:
        case commands.RangeError(value=str(text)) as bounds:
            return f"{name} has at most {bounds.maximum} characters, and {value} has {len(text)}."
        case commands.RangeError() as bounds:
            return f"{name} goes from {bounds.minimum} to {bounds.maximum}, not {value}."
        case commands.BadBoolArgument():
            return f"{name} is `yes` or `no`, not {value}."
        case commands.ChannelNotFound():
            return f"I see no channel {value} that fits {name}. Mention it, or give its id."
        case NobodyError() as nobody:
            return f"{name}: {nobody}"
        case _:
            return f"{value} does not fit {name}{_bounds(error.flag)}."


def _bounds(flag: commands.Flag) -> str:
    """What fits a number's option; nothing if it has no bounds."""
    low, high = (getattr(flag.annotation, end, None) for end in ("min", "max"))
    return "" if low is None or high is None else f", which is a number from {low} to {high}"

"""Prints what moderators see, coloured on a terminal and plain when piped."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.text import Text

from bot.sandbox import Reply

WIDTH = 96
INDENT = "    "

_MARKUP = re.compile(
    r"\*\*(?P<bold>.+?)\*\*"
    r"|`(?P<code>[^`]+)`"
    r"|~~(?P<struck>.+?)~~"
    r"|(?<![\w*])\*(?P<slanted>(?! )[^*\n]+)\*"
    r"|<t:(?P<time>-?\d+)(?::(?P<style>[tTdDfFR]))?>"
    r"|<(?P<kind>@&|@!?|#)(?P<id>\d+)>"
    r"|\\(?P<escaped>[^\w\s])"
)
"""What the platform's clients show otherwise than it is written."""

_STYLES = {"bold": "bold", "code": "cyan", "struck": "strike", "slanted": "italic"}


class Transcript:
    """`name` tells how a client shows a mention: `<@1>` as `@moderator`, `<#2>` as `#general`;
    `private` what marks an answer that nobody else can see.
    """

    def __init__(
        self, console: Console, name: Callable[[str, int], str], private: str = ""
    ) -> None:
        self._console = console
        self._name = name
        self._private = private

    def title(self, text: str) -> None:
        self._console.print()
        self._console.rule(Text(text, "bold"), align="left", characters="─")

    def plain(self, text: str) -> None:
        self._console.print(text, soft_wrap=True, markup=False)

    def tell(self, text: str) -> None:
        """What happens in the guild."""
        self._console.print()
        self._console.print(Text(text, "italic"))

    def command(self, who: str, text: str) -> None:
        """What somebody typed."""
        self._console.print()
        self._console.print(Text.assemble((who, "bold green"), "  ", (text, "bold")))

    def reply(self, reply: Reply) -> None:
        """What that person sees."""
        private = f" · {self._private}" if reply.ephemeral else ""
        self._console.print(Text.assemble(("Usher", "bold magenta"), (private, "dim")))
        self._indented(self._lines(reply))

    def _indented(self, lines: Sequence[Text]) -> None:
        for line in lines:
            for wrapped in line.wrap(self._console, self._console.width - len(INDENT)):
                wrapped.rstrip()
                self._console.print(Text(INDENT) + wrapped if wrapped else "")

    def message(self, channel: str, content: str) -> None:
        """A message in a channel."""
        self._console.print()
        self._console.print(Text.assemble(("Usher", "bold magenta"), (f" · in {channel}", "dim")))
        self._indented([self.shown(content)])

    def _lines(self, reply: Reply) -> list[Text]:
        lines = [self.shown(reply.content)] if reply.content else []
        for embed in reply.embeds:
            lines += self._embed(embed)
        labels = [f"[{button.label}]" for button in reply.buttons if not button.disabled]
        return [*lines, Text(" ".join(labels), "blue")] if labels else lines

    def _embed(self, embed: dict[str, Any]) -> list[Text]:
        lines = [Text(embed["title"], "bold underline")] if embed.get("title") else []
        if embed.get("description"):
            lines.append(self.shown(embed["description"]))
        for field in embed.get("fields") or []:
            name = Text(f"{field['name']}: ", "bold")
            value = self.shown(field["value"])
            lines.append(name + (Text("\n") + value if "\n" in field["value"] else value))
        footer = (embed.get("footer") or {}).get("text")
        return [*lines, Text(footer, "dim")] if footer else lines

    def shown(self, text: str) -> Text:
        """Markdown, mentions and timestamps as a client would show them."""
        shown, end = Text(), 0
        for found in _MARKUP.finditer(text):
            shown.append(text[end : found.start()])
            shown.append_text(self._part(found))
            end = found.end()
        return shown.append(text[end:])

    def _part(self, found: re.Match[str]) -> Text:
        groups = found.groupdict()
        for name, style in _STYLES.items():
            if groups[name]:
                inner = Text(groups[name]) if name == "code" else self.shown(groups[name])
                inner.stylize(style)
                return inner
        if groups["time"]:
            return Text(moment(int(groups["time"]), groups["style"], datetime.now(UTC)), "yellow")
        if groups["kind"]:
            return Text(self._name(groups["kind"][0], int(groups["id"])), "blue")
        return Text(groups["escaped"])


def moment(seconds: int, style: str | None, now: datetime) -> str:
    """A platform timestamp as a client shows it, in UTC."""
    at = datetime.fromtimestamp(seconds, UTC)
    match style:
        case "R":
            return _relative(round((at - now).total_seconds()))
        case "t" | "T":
            return at.strftime("%H:%M:%S" if style == "T" else "%H:%M")
        case "d" | "D":
            return at.strftime("%Y-%m-%d")
        case _:
            return at.strftime("%Y-%m-%d %H:%M")


def _relative(seconds: int) -> str:
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second")):
        count = abs(seconds) // size
        if count:
            some = f"{count} {unit}{'' if count == 1 else 's'}"
            return f"in {some}" if seconds > 0 else f"{some} ago"
    return "now"

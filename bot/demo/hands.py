"""How people of the demo give commands: as the platform's clients let them."""

import re
from collections.abc import Mapping
from typing import Any, Protocol

from bot.sandbox import Reply, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.text_commands import WAIT

Options = Mapping[str, Any]

_OFFERED = re.compile(r"React with (.+)$", re.MULTILINE)


class Hands(Protocol):
    """One way of giving commands, and of choosing what an answer offers."""

    private: str
    """How an answer is marked that nobody else can see."""

    def typed(self, command: str, options: Options) -> str:
        """What stands on the screen."""

    async def give(
        self, member: Member, channel: Channel, command: str, options: Options
    ) -> Reply: ...

    def pressing(self, reply: Reply, label: str) -> str:
        """What the person does."""

    async def press(self, member: Member, reply: Reply, label: str) -> Reply: ...


class Slash:
    """Slash commands and buttons."""

    private = "only you can see this"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def typed(self, command: str, options: Options) -> str:
        return _line(f"/{command}", options)

    async def give(self, member: Member, channel: Channel, command: str, options: Options) -> Reply:
        return await self._sandbox.slash(member, channel, command, **options)

    def pressing(self, _: Reply, label: str) -> str:
        return f"presses [{label}]"

    async def press(self, member: Member, reply: Reply, label: str) -> Reply:
        return await self._sandbox.press(member, reply, label)


class Text:
    """Messages and reactions."""

    private = "in a direct message"

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def typed(self, command: str, options: Options) -> str:
        return _line(f"!{command}", options)

    async def give(self, member: Member, channel: Channel, command: str, options: Options) -> Reply:
        mentions = {name: _mention(value) for name, value in options.items()}
        return await self.say(member, channel, _line(f"!{command}", mentions))

    async def say(self, member: Member, channel: Channel, text: str) -> Reply:
        """A promise of an answer is none yet, and another message may take its place."""
        sandbox = self._sandbox
        places = (channel, sandbox.dm(member))
        before = {each.id for place in places for each in sandbox.messages(place)}
        reply = await sandbox.command(member, channel, text)
        if reply.content == WAIT:
            reply = await sandbox.edited(reply)
        if reply.deleted:
            new = (each for place in places for each in sandbox.messages(place) if each.author.bot)
            reply = Reply(None, next(each for each in new if each.id not in before), {})
        return reply

    def pressing(self, reply: Reply, label: str) -> str:
        return f"reacts with {choices(reply)[label]}"

    async def press(self, member: Member, reply: Reply, label: str) -> Reply:
        return await self._sandbox.tap(member, reply, choices(reply)[label])


def choices(reply: Reply) -> dict[str, str]:
    """Label → emoji, as the answer itself says."""
    offered = _OFFERED.search(reply.content)
    pairs = (each.split(" ", 1) for each in offered[1].split(" · ")) if offered else ()
    return {label: emoji for emoji, label in pairs}


def _line(command: str, options: Options) -> str:
    return " ".join([command, *(f"{name}: {_shown(value)}" for name, value in options.items())])


def _shown(value: object) -> str:
    match value:
        case Channel():
            return f"#{value.name}"
        case Member():
            return f"@{value.name}"
        case _:
            return str(value)


def _mention(value: object) -> object:
    return value.mention if isinstance(value, Channel | Member) else value

"""Moderators on either platform: a slash command or a typed one, a button or a reaction."""

import asyncio
from typing import Any

import pytest

from bot.demo.hands import Text, choices
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member, Role, User
from bot.sandbox.replies import Reply

PREFIX = "!"

slash_only = pytest.mark.usefixtures("slash_commands")
"""Of a test on both platforms that is about what only slash commands have."""


async def use(
    sandbox: Sandbox, member: Member, channel: Channel, command: str, /, **options: Any
) -> Reply:
    """Give a command, and come back with what it is finally answered."""
    if sandbox.platform == "discord":
        return await sandbox.slash(member, channel, command, **options)
    return await say(sandbox, member, channel, typed(command, **options))


async def say(sandbox: Sandbox, member: Member, channel: Channel, text: str) -> Reply:
    """Type a command, and come back with an answer that is there."""
    return await _whole(sandbox, await Text(sandbox).say(member, channel, text))


async def _whole(sandbox: Sandbox, reply: Reply) -> Reply:
    """An answer with all the reactions that it offers, which come one after the other."""
    assert reply.message is not None
    async with asyncio.timeout(sandbox.patience):
        while not set(choices(reply).values()) <= set(reply.message.reactions):  # noqa: ASYNC110 - people look
            await asyncio.sleep(0.01)
    return reply


def typed(command: str, **options: Any) -> str:
    """A command as a moderator types it."""
    return " ".join(
        [f"{PREFIX}{command}", *(f"{name}: {_written(options[name])}" for name in options)]
    )


def _written(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case Member() | User() | Channel() | Role():
            return value.mention
        case str() if ":" in value:
            return f'"{value}"'
        case _:
            return str(value)


async def press(sandbox: Sandbox, member: Member, reply: Reply, label: str) -> Reply:
    """Press the button of that name, or react with what stands for it."""
    if sandbox.platform == "discord":
        return await sandbox.press(member, reply, label)
    return await sandbox.tap(member, reply, choices(reply)[label])


def labels(reply: Reply) -> list[str]:
    """What can be pressed, in its order."""
    return [button.label for button in reply.buttons] or list(choices(reply))


def named(sandbox: Sandbox, command: str) -> str:
    """How a sentence names a command."""
    return f"`{'/' if sandbox.platform == 'discord' else PREFIX}{command}`"


def said_in_place(sandbox: Sandbox, reply: Reply) -> bool:
    """Whether a refusal stands where it belongs: in private, or where the command was typed."""
    return reply.ephemeral == (sandbox.platform == "discord")

"""Revoking an invite: who may, the question before it, and the buttons that ask and do."""

import re
from datetime import UTC, datetime
from typing import ClassVar, Self

import discord

from bot.client import Usher
from bot.errors import PrivateError, UserError
from bot.wording import command
from cogs import _invite_texts as texts
from cogs import _typed as typed
from cogs._asking import Asker, asker
from cogs._buttons import Pressable, answered, require_owner
from cogs._reply import Asked, Pressed, acknowledge, reply, update
from data.models import InviteKind, InviteRecord

_BUTTON = "(?P<owner>[0-9a-f]{1,16}):(?P<code>.+)"
"""What the ids of both buttons say: who may press, and which invite it is about."""


async def ask(asked: Asked, bot: Usher, text: str, note: str | None) -> None:
    """Show what will go, and a button that does it."""
    asking = asker(asked)
    record = await revocable(asking, bot, text)
    view = discord.ui.View(timeout=None)
    view.add_item(Revoke(asking.member.id, record.invite.code))
    await reply(asked, embed=texts.question(record, note, datetime.now(UTC)), view=view)


async def revocable(asking: Asker, bot: Usher, text: str) -> InviteRecord:
    """The invite that somebody means, if it is live and both they and Usher may revoke it."""
    find = typed.invite_called if asking.permissions.manage_guild else _in_their_channel
    record = await find(bot, asking, text)
    now = datetime.now(UTC)
    if record.invite.kind is InviteKind.VANITY:
        raise UserError(
            f"The vanity URL cannot be revoked. {command('invite vanity')} changes or removes it."
        )
    if record.ended(now):
        raise PrivateError(texts.no_longer(record, now))
    _require_mine(asking.guild, record)
    return record


async def _in_their_channel(bot: Usher, asking: Asker, text: str) -> InviteRecord:
    """Of invites elsewhere they learn nothing, not even whether the code exists."""
    found = bot.platform.code(text)
    record = await bot.ledger.invite(asking.guild.id, found) if found else None
    if record is None or not _manages(asking.member, record):
        raise UserError(
            "You need **Manage Server**, or **Manage Channels** in the invite's channel."
        )
    return record


def _require_mine(guild: discord.Guild, record: InviteRecord) -> None:
    if not guild.me.guild_permissions.manage_guild and not _manages(guild.me, record):
        raise UserError("I need **Manage Server**, or **Manage Channels** in the invite's channel.")


def _manages(member: discord.Member, record: InviteRecord) -> bool:
    channel = member.guild.get_channel(record.invite.channel_id or 0)
    return channel is not None and channel.permissions_for(member).manage_channels


class _RevokeButton(Pressable, template=_BUTTON):
    """A red button about one invite, for one person."""

    prefix: ClassVar[str]

    def __init__(self, owner_id: int, code: str) -> None:
        custom_id = f"{self.prefix}:{owner_id:x}:{code}"
        style = discord.ButtonStyle.danger
        super().__init__(discord.ui.Button(label="Revoke", style=style, custom_id=custom_id))
        self.owner_id = owner_id
        self.code = code

    @classmethod
    def read(cls, match: re.Match[str], _label: str | None) -> Self:
        return cls(int(match["owner"], 16), match["code"])


class AskToRevoke(_RevokeButton, template=f"ra:{_BUTTON}"):
    """On a card: asks before it revokes."""

    prefix = "ra"
    emoji = "\N{WASTEBASKET}\N{VARIATION SELECTOR-16}"

    @answered
    async def callback(self, pressed: Pressed) -> None:
        require_owner(pressed, self.owner_id)
        await ask(pressed, pressed.client, self.code, None)


class Revoke(_RevokeButton, template=f"rd:{_BUTTON}"):
    """Under the question: revokes, for the reason that the question kept."""

    prefix = "rd"
    emoji = "\N{WHITE HEAVY CHECK MARK}"

    @answered
    async def callback(self, pressed: Pressed) -> None:
        require_owner(pressed, self.owner_id)
        asking, bot = asker(pressed), pressed.client
        await revocable(asking, bot, self.code)
        await acknowledge(pressed)
        note = texts.note_in(pressed.message.embeds if pressed.message else ())
        record = await bot.orders.revoke(asking.guild.id, self.code, asking.member.id, note)
        await update(pressed, texts.revoked(record), None)


def card_buttons(asking: Asker, record: InviteRecord, now: datetime) -> discord.ui.View:
    """What can be done with an invite that a card shows."""
    view = discord.ui.View(timeout=None)
    if record.invite.kind is InviteKind.GUILD and not record.ended(now):
        view.add_item(AskToRevoke(asking.member.id, record.invite.code))
    return view

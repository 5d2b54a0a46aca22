"""A moderator's word on how somebody came: what may be said, and how it is taken back."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, Literal, NamedTuple, Self

import discord
from discord.ext import commands

from bot.client import Usher
from bot.errors import PrivateError, UserError
from cogs import _correction_texts as texts
from cogs import _history_texts as histories
from cogs import _join_texts as join_texts
from cogs import _typed as typed
from cogs._asking import Asker, require_manage_server
from cogs._buttons import Pressable, answered, require_owner
from cogs._options import Options
from cogs._people import AnyPerson, Person
from cogs._reply import Asked, Pressed, acknowledge, defer, reply, update
from cogs._texts import REASON_LIMIT
from data.models import Certainty, Correction, InviteKind, InviteRecord, JoinRecord, Source

_CLOCK_STEP = timedelta(seconds=1)
"""Some platforms tell when somebody joined in whole seconds, rounded down."""

_CLOCKS_APART = timedelta(minutes=1)
"""An end is as late as we heard of it, by our clock: only what ended well before is refused."""

_Source = Literal[
    "invite", "vanity", "discovery", "oauth", "hub", "integration", "manual", "lobby", "other",
    "unknown",
]  # fmt: skip
"""Not `bot`, for bots are not corrected, and not `creator`, whom everybody knows."""

_Number = commands.Range[int, 1, 9999]


def whom() -> Any:
    """The option that says about whom a command is."""
    return commands.flag(
        converter=AnyPerson, positional=True, description="Who; for somebody who left, their id"
    )


class CorrectOptions(Options):
    member: Person = whom()
    source: _Source | None = commands.flag(
        default=None,
        converter=_Source,
        description="How they came; with an invite's code it can be left out",
    )
    code: str | None = commands.flag(
        default=None, converter=str, description="The invite they came through: its code or link"
    )
    note: str | None = commands.flag(
        default=None,
        converter=commands.Range[str, 1, REASON_LIMIT],
        description="Why; it stays in the history",
    )
    join: int | None = commands.flag(
        default=None,
        converter=_Number,
        description="Which of their joins: 1 is the first; if unsaid, the newest",
    )


class UndoOptions(Options):
    member: Person = whom()
    join: int | None = commands.flag(
        default=None,
        converter=_Number,
        description="Which of their joins: 1 is the first; if unsaid, the one corrected last",
    )


class Way(NamedTuple):
    """How a moderator says that somebody came."""

    source: Source
    invite: InviteRecord | None = None

    @property
    def code(self) -> str | None:
        return self.invite.invite.code if self.invite else None


class WhoOptions(Options):
    member: Person = whom()


async def correct(asked: Asked, bot: Usher, options: CorrectOptions) -> None:
    asking = require_manage_server(asked)
    joins = await _joins_of(bot, asking, options.member)
    before = _numbered(joins, options.join)
    said = await _way(bot, asking, options)
    require_possible(before, said)
    await defer(asked)
    correction = Correction(
        join_id=before.id,
        moderator_id=asking.member.id,
        source=said.source,
        code=said.code,
        note=typed.reason(options.note),
        at=datetime.now(UTC),
    )
    after = await bot.corrections.correct(asking.guild.id, correction)
    assert after is not None, "a join that is written down stays"
    if after.decided_at == before.decided_at:
        await reply(asked, texts.said_already(after))
        return
    view = discord.ui.View(timeout=None)
    view.add_item(Undo(asking.member.id, after.id, await _correction_of(bot, after)))
    await reply(asked, embed=texts.corrected(before, after), view=view)


async def undo(asked: Asked, bot: Usher, options: UndoOptions) -> None:
    asking = require_manage_server(asked)
    joins = await _joins_of(bot, asking, options.member)
    before = _numbered(joins, options.join) if options.join else _corrected_last(joins)
    entry = await _correction_of(bot, before)
    if not entry:
        raise PrivateError(texts.nothing_to_undo(before.member_id, before))
    await defer(asked)
    await reply(asked, embed=await _taken_back(bot, asking, before.id, entry))


async def _joins_of(bot: Usher, asking: Asker, person: Person) -> list[JoinRecord]:
    """Every membership of somebody, oldest first; who has none is explained."""
    joins = await bot.ledger.joins_of(asking.guild.id, person.id)
    if not joins:
        is_member = isinstance(person, discord.Member)
        is_me = person == asking.guild.me
        raise PrivateError(join_texts.never_met(person.id, is_member=is_member, is_me=is_me))
    return joins


def _numbered(joins: Sequence[JoinRecord], number: int | None) -> JoinRecord:
    """The membership of that number, or the newest."""
    if number is None:
        return joins[-1]
    for join in joins:
        if join.number == number:
            return join
    raise PrivateError(texts.no_such_join(joins[0].member_id, number, len(joins)))


def _corrected_last(joins: Sequence[JoinRecord]) -> JoinRecord:
    corrected = [join for join in joins if join.certainty is Certainty.CORRECTED]
    if not corrected:
        raise PrivateError(texts.nothing_to_undo(joins[0].member_id))
    return max(corrected, key=lambda join: join.decided_at or join.arrived_at)


async def _way(bot: Usher, asking: Asker, options: CorrectOptions) -> Way:
    source = Source(options.source) if options.source else None
    if options.code:
        return way(source, await typed.invite_called(bot, asking, options.code))
    return way(source, await _vanity(bot, asking.guild) if source is Source.VANITY else None)


async def _vanity(bot: Usher, guild: discord.Guild) -> InviteRecord | None:
    """The vanity URL of now, if it is written down: who came by it is found by its code."""
    code = guild.vanity_url_code
    found = await bot.ledger.invite(guild.id, code) if code else None
    return found if found and found.invite.kind is InviteKind.VANITY else None


def way(source: Source | None, invite: InviteRecord | None) -> Way:
    """What a source and an invite say together; `UserError` if that is nothing or contradicts."""
    if invite is None:
        if source in (None, Source.INVITE):
            raise UserError(texts.WHICH_INVITE if source else texts.NOTHING_SAID)
        return Way(source)
    kind = Source.VANITY if invite.invite.kind is InviteKind.VANITY else Source.INVITE
    if source not in (None, kind):
        raise PrivateError(texts.contradiction(source, invite))
    return Way(kind, invite)


def require_possible(join: JoinRecord, said: Way) -> None:
    """Refuse what no word makes true: bots have no invite, and none works before it is made, or
    once it has ended.
    """
    if join.is_bot:
        raise UserError(texts.A_BOT)
    made = said.invite.invite.created_at if said.invite else None
    if said.invite and made and join.joined_at and made >= join.joined_at + _CLOCK_STEP:
        raise PrivateError(texts.too_early(join, said.invite))
    ended = said.invite.ending if said.invite else None
    if said.invite and ended and join.joined_at and ended.at + _CLOCKS_APART <= join.joined_at:
        raise PrivateError(texts.too_late(join, said.invite))


async def _taken_back(bot: Usher, asking: Asker, join_id: int, entry_id: int) -> discord.Embed:
    """Take back that correction, and none that was made before or later."""
    with _alone(entry_id):
        before = await bot.ledger.join(asking.guild.id, join_id)
        if before is None or await _correction_of(bot, before) != entry_id:
            raise PrivateError(texts.not_the_latest())
        after = await bot.corrections.undo(asking.guild.id, join_id, asking.member.id)
    if after is None:
        raise PrivateError(texts.nothing_to_undo(before.member_id, before))
    return texts.undone(before, after)


@contextmanager
def _alone(entry_id: int) -> Iterator[None]:
    """A second press in the same breath would take an earlier correction back."""
    if entry_id in Undo.under_way:
        raise UserError(texts.UNDER_WAY)
    Undo.under_way.add(entry_id)
    try:
        yield
    finally:
        Undo.under_way.discard(entry_id)


async def _correction_of(bot: Usher, join: JoinRecord) -> int:
    """The entry of the correction that stands; 0 if none does."""
    return histories.correction_in(await bot.ledger.verdicts(join.id)) or 0


class Undo(
    Pressable,
    template="ju:(?P<owner>[0-9a-f]{1,16}):(?P<join>[0-9]+):(?P<entry>[0-9]+)",
):
    """Under the answer to a correction: takes back that one, and none that was made later."""

    emoji = "\N{LEFTWARDS ARROW WITH HOOK}\N{VARIATION SELECTOR-16}"
    under_way: ClassVar[set[int]] = set()
    """Entries that are being taken back."""

    def __init__(self, owner_id: int, join_id: int, entry_id: int) -> None:
        custom_id = f"ju:{owner_id:x}:{join_id}:{entry_id}"
        super().__init__(discord.ui.Button(label="Undo", custom_id=custom_id))
        self.owner_id = owner_id
        self.join_id = join_id
        self.entry_id = entry_id

    @classmethod
    def read(cls, match: re.Match[str], _label: str | None) -> Self:
        return cls(int(match["owner"], 16), int(match["join"]), int(match["entry"]))

    @answered
    async def callback(self, pressed: Pressed) -> None:
        require_owner(pressed, self.owner_id)
        asking, bot = require_manage_server(pressed), pressed.client
        await acknowledge(pressed)
        embed = await _taken_back(bot, asking, self.join_id, self.entry_id)
        await update(pressed, embed, None)

"""The paged list of joins. A button holds the whole query, so it needs no memory of ours."""

import re
from typing import Literal, NamedTuple, Self

import discord
from discord.ext import commands

from bot.client import Usher
from cogs import _join_texts as texts
from cogs import _typed as typed
from cogs._asking import Asker, require_manage_server
from cogs._buttons import PageButton, answered, pager, require_owner, stale
from cogs._options import Options
from cogs._reply import Pressed, update
from data.models import Certainty, Source

PAGE = 10

_ENCODED = re.compile(
    r"(?P<owner>[0-9a-f]{1,16}):(?P<page>[0-9]{1,6})"
    r":(?P<certainty>[a-z]{3})?:(?P<source>[a-z]{3})?:(?P<code>\S*)"
)
_CERTAINTIES = {certainty[:3]: certainty for certainty in Certainty}
_SOURCES = {source[:3]: source for source in Source}
"""By their beginnings, which differ: the id of a button is short."""

_Certainty = Literal["pending", "confirmed", "certain", "ambiguous", "unknown", "corrected"]
_Source = Literal[
    "invite", "vanity", "discovery", "bot", "oauth", "hub", "integration", "manual", "lobby",
    "other", "unknown",
]  # fmt: skip


class RecentOptions(Options):
    certainty: _Certainty | None = commands.flag(
        default=None, converter=_Certainty, description="Only those of which we are this sure"
    )
    source: _Source | None = commands.flag(
        default=None, converter=_Source, description="Only those that came this way"
    )
    code: str | None = commands.flag(
        default=None,
        converter=str,
        description="Only those that came through this invite, or may have: its code or link",
    )


class Query(NamedTuple):
    """Which page of which list, and who may turn it."""

    owner_id: int
    page: int
    certainty: Certainty | None
    source: Source | None
    code: str | None = None
    """Of those that came through it, or may have."""

    @property
    def narrowed(self) -> bool:
        return bool(self.certainty or self.source or self.code)

    def encode(self) -> str:
        """At most 97 characters with the longest ids and code; the platform allows 100."""
        certainty, source = (self.certainty or "")[:3], (self.source or "")[:3]
        return f"{self.owner_id:x}:{self.page}:{certainty}:{source}:{self.code or ''}"

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """None for what some other version of Usher wrote."""
        match = _ENCODED.fullmatch(text)
        if match is None:
            return None
        try:
            certainty = _CERTAINTIES[match["certainty"]] if match["certainty"] else None
            source = _SOURCES[match["source"]] if match["source"] else None
        except KeyError:
            return None
        owner_id, page, code = int(match["owner"], 16), int(match["page"]), match["code"]
        return cls(owner_id, page, certainty, source, code or None)


class JoinPage(PageButton, template="jl:(.*)"):
    """Turns to another page of a list of joins."""

    prefix = "jl"

    @answered
    async def callback(self, pressed: Pressed) -> None:
        query = Query.decode(self.query)
        if query is None:
            raise stale("joins recent")
        require_owner(pressed, query.owner_id)
        asking = require_manage_server(pressed)
        await update(pressed, *await listed(pressed.client, asking.guild.id, query))


async def listed(bot: Usher, guild_id: int, query: Query) -> tuple[discord.Embed, discord.ui.View]:
    """A page of a guild's joins, or the first one if there is no such page any more."""
    page = query.page
    joins, total = await bot.ledger.joins(
        guild_id,
        limit=PAGE,
        offset=page * PAGE,
        certainty=query.certainty,
        source=query.source,
        code=query.code,
    )
    if page and not joins:
        return await listed(bot, guild_id, query._replace(page=0))
    embed = texts.page(joins, total, page, PAGE, narrowed=query.narrowed)

    def turn(number: int, label: str) -> JoinPage:
        return JoinPage(query._replace(page=number).encode(), label)

    return embed, pager(turn, page, total, PAGE)


async def query(bot: Usher, asking: Asker, options: RecentOptions) -> Query:
    certainty = Certainty(options.certainty) if options.certainty else None
    source = Source(options.source) if options.source else None
    code = None
    if options.code:
        code = (await typed.invite_called(bot, asking, options.code)).invite.code
    return Query(asking.member.id, 0, certainty, source, code)

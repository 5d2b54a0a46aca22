"""The paged list of invites. A button holds the whole query, so it needs no memory of ours."""

import re
from datetime import UTC, datetime
from typing import Literal, NamedTuple, Self

import discord
from discord.ext import commands

from bot.client import Usher
from cogs import _invite_texts as texts
from cogs import _typed as typed
from cogs._asking import Invitable, require_manage_server
from cogs._buttons import PageButton, answered, pager, require_owner, stale
from cogs._channels import SeenInvitable
from cogs._options import Options
from cogs._people import AnyPerson, Person
from cogs._reply import Pressed, update
from cogs._texts import CAMPAIGN_LIMIT
from data.models import Certainty, InviteFilter, InviteRecord, InviteSort, InviteState

PAGE = 10
"""Invites; as many lines as fit into an embed, however long."""

_SORTS = {
    "newest": InviteSort.NEWEST,
    "most used": InviteSort.USES,
    "expiring soonest": InviteSort.EXPIRY,
    "least used": InviteSort.LEAST,
    "oldest": InviteSort.OLDEST,
}
_LATEST_JOINS = 10
"""As many as a card shows."""
_CAMPAIGNS = 1000
"""As many are looked through for one that somebody may have meant."""
_STATE_BY_LETTER = {state[0]: state for state in InviteState}
_SORT_BY_LETTER = {sort[0]: sort for sort in InviteSort}
_ENCODED = re.compile(
    r"(?P<owner>[0-9a-f]{1,16}):(?P<page>[0-9]{1,5}):(?P<state>[lea])(?P<sort>[nuelo])"
    r":(?P<inviter>[0-9a-f]{0,16}):(?P<channel>[0-9a-f]{0,16}):(?P<campaign>.*)",
    re.DOTALL,
)


class ListOptions(Options):
    state: Literal["live", "ended", "all"] = commands.flag(
        default="live", description="Live ones (if unsaid), ended ones or all"
    )
    campaign: str | None = commands.flag(
        default=None,
        converter=commands.Range[str, 1, CAMPAIGN_LIMIT],
        description="Only those of this campaign",
    )
    inviter: Person | None = commands.flag(
        default=None,
        converter=AnyPerson,
        description="Only those that this person made, or that were made for them",
    )
    channel: Invitable | None = commands.flag(
        default=None, converter=SeenInvitable, description="Only those that lead to this channel"
    )
    sort: Literal["newest", "most used", "expiring soonest", "least used", "oldest"] = (
        commands.flag(default="newest", description="What comes first")
    )


class Query(NamedTuple):
    """Which page of which list, and who may turn it."""

    owner_id: int
    page: int
    which: InviteFilter

    def encode(self) -> str:
        """At most 97 characters with the longest ids and campaign; the platform allows 100."""
        which = self.which
        inviter, channel = _hex(which.inviter_id), _hex(which.channel_id)
        kind = f"{which.state[0]}{which.sort[0]}"
        return f"{self.owner_id:x}:{self.page}:{kind}:{inviter}:{channel}:{which.campaign or ''}"

    @classmethod
    def decode(cls, text: str) -> Self | None:
        """None for what some other version of Usher wrote."""
        match = _ENCODED.fullmatch(text)
        if match is None:
            return None
        which = InviteFilter(
            state=_STATE_BY_LETTER[match["state"]],
            sort=_SORT_BY_LETTER[match["sort"]],
            inviter_id=_unhex(match["inviter"]),
            channel_id=_unhex(match["channel"]),
            campaign=match["campaign"] or None,
        )
        return cls(int(match["owner"], 16), int(match["page"]), which)


class InvitePage(PageButton, template="il:(.*)"):
    """Turns to another page of a list of invites."""

    prefix = "il"

    @answered
    async def callback(self, pressed: Pressed) -> None:
        query = Query.decode(self.query)
        if query is None:
            raise stale("invite list")
        require_owner(pressed, query.owner_id)
        asking = require_manage_server(pressed)
        await update(pressed, *await listed(pressed.client, asking.guild.id, query))


async def listed(bot: Usher, guild_id: int, query: Query) -> tuple[discord.Embed, discord.ui.View]:
    """A page of a guild's invites, or the first one if there is no such page any more."""
    which = query.which.model_copy(update={"now": datetime.now(UTC)})
    page = query.page
    records, total = await bot.ledger.invites(guild_id, which, limit=PAGE, offset=page * PAGE)
    if page and not records:
        return await listed(bot, guild_id, query._replace(page=0))
    campaigns: list[str] = []
    if which.campaign and not records:
        campaigns = await bot.ledger.campaigns(guild_id, "", _CAMPAIGNS)
    embed = texts.page(records, total, which, page, PAGE, campaigns)

    def turn(number: int, label: str) -> InvitePage:
        return InvitePage(query._replace(page=number).encode(), label)

    return embed, pager(turn, page, total, PAGE)


async def joined_through(bot: Usher, record: InviteRecord) -> texts.Through:
    """Who came through an invite, and how many more may have."""
    guild_id, code = record.invite.guild_id, record.invite.code
    latest, total = await bot.ledger.joins_through(record.id, _LATEST_JOINS)
    _, possible = await bot.ledger.joins(
        guild_id, limit=0, certainty=Certainty.AMBIGUOUS, code=code
    )
    return texts.Through(latest, total, possible)


def query(owner_id: int, options: ListOptions) -> Query:
    which = InviteFilter(
        state=InviteState(options.state),
        sort=_SORTS[options.sort],
        campaign=typed.campaign(options.campaign),
        inviter_id=options.inviter.id if options.inviter else None,
        channel_id=options.channel.id if options.channel else None,
    )
    return Query(owner_id, 0, which)


def _hex(number: int | None) -> str:
    return "" if number is None else f"{number:x}"


def _unhex(text: str) -> int | None:
    return int(text, 16) if text else None

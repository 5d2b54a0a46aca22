"""Fluxer's answers to what Usher asks, through discord.py and the translation at its edge."""

from typing import Any, Final

import discord
from pydantic import ValidationError

from bot.attribution import Lags
from bot.errors import NoAnswerError
from bot.platforms.common import GuildPlatform
from bot.platforms.fluxer_record import (
    AT_ONCE,
    JOIN_SOURCES,
    Found,
    Recorded,
    beyond,
    goes_on,
    require_answer,
    search,
)
from bot.platforms.links import base
from bot.platforms.links import code as code_in
from bot.platforms.payloads import FLUXER
from bot.platforms.platform import Capabilities, RecordPage
from data.models import Reason, RecordMark, Source, Vanity

LAGS = Lags(event=2.0, counter=5.0)
"""A use is counted after its join was announced, and under load much later."""

INVITES: Final = "https://fluxer.gg"
"""What stands before `/CODE` in a link, unless an instance has an address of its own."""

MOST_OF_A_SECOND: Final = 50
"""Answers that are put together to get past one second in which very many joined."""


class Fluxer(GuildPlatform):
    """The platform as Usher asks it; see `bot.platforms.platform.Platform`."""

    name = "Fluxer"
    capabilities = Capabilities(
        slash_commands=False,
        components=False,
        ephemeral_replies=False,
        exact_counters=False,
        role_invites=False,
        target_users=False,
        vanity=True,
        record_first=True,
        record_precision_ms=1000,
        silent_endings=True,
        sources=frozenset({*JOIN_SOURCES.values(), Source.OTHER, Source.UNKNOWN}),
        channel_revokes=False,
        packs=True,
    )
    reader = FLUXER

    def __init__(
        self, client: discord.Client, lags: Lags = LAGS, *, links: str | None = None
    ) -> None:
        """`links` is what stands before a code in the instance's links, as it names it itself."""
        super().__init__(client, lags)
        self._links = (links or INVITES).rstrip("/")
        self._totals: dict[int, int] = {}
        """Members of each guild as its record told them last: a later page counts only the rest."""

    def link(self, code: str) -> str:
        return f"{self._links}/{code}"

    def code(self, text: str) -> str | None:
        return code_in(text, {base(self._links)})

    async def record(
        self,
        guild_id: int,
        limit: int,
        *,
        after: RecordMark | None = None,
        oldest_first: bool = False,
    ) -> RecordPage:
        """The first question about a guild makes the platform begin its record."""
        guild = self._guild_we_may_list(guild_id)
        members: list[Recorded] = []
        for part in range(MOST_OF_A_SECOND):
            asked = search(limit, after, part * AT_ONCE, oldest_first=oldest_first)
            found = await self._search(guild_id, asked)
            require_answer(found, after)
            members.extend(found.members)
            if not goes_on(found, after):
                break
        told = [one.member() for one in beyond(members, after)]
        mark = RecordMark(*told[-1].membership[:2]) if told else None
        if after is None:
            self._totals[guild_id] = found.total_result_count
        total = max(self._totals.get(guild_id, guild.member_count or 0), found.total_result_count)
        return RecordPage(told, total, mark)

    async def _search(self, guild_id: int, asked: dict[str, Any]) -> Found:
        answer = await self._search_members(guild_id, asked)
        try:
            return Found.model_validate(answer)
        except ValidationError as error:
            raise NoAnswerError(Reason.NO_ANSWER, "the record cannot be read") from error

    async def _vanity(self, guild: discord.Guild) -> Vanity | None:
        """Asked only where the guild can have one; the list is without it."""
        if guild.vanity_url_code is None and "VANITY_URL" not in guild.features:
            return Vanity(None, 0)
        try:
            return await self._vanity_answer(guild)
        except NoAnswerError:
            return None

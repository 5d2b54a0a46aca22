"""Discord's answers to what Usher asks, through discord.py and its rate limiter."""

from typing import Any

import discord

from bot.attribution import Lags
from bot.errors import NoAnswerError
from bot.platforms import links
from bot.platforms.common import GuildPlatform
from bot.platforms.payloads import DISCORD, RecordAnswer
from bot.platforms.platform import MEMBERS_AT_ONCE, Capabilities, InviteOrder, RecordPage
from data.models import Reason, RecordMark, Source, Vanity

LAGS = Lags(event=2.0, counter=1.0)
"""Conservative (attribution.md); the record will show whether they hold."""

NEWEST_FIRST, OLDEST_FIRST = 1, 2
"""How members-search sorts."""

_NO_VANITY = 50020
"""The error code of a guild that may have a vanity URL and has none."""


class Discord(GuildPlatform):
    """The platform as Usher asks it; see `bot.platforms.platform.Platform`."""

    name = "Discord"
    capabilities = Capabilities(
        slash_commands=True,
        components=True,
        ephemeral_replies=True,
        exact_counters=True,
        role_invites=True,
        target_users=True,
        vanity=True,
        record_first=False,
        record_precision_ms=1,
        silent_endings=False,
        sources=frozenset(Source),
        channel_revokes=True,
        packs=False,
    )
    reader = DISCORD

    def __init__(self, client: discord.Client, lags: Lags = LAGS) -> None:
        super().__init__(client, lags)

    def link(self, code: str) -> str:
        return f"https://discord.gg/{code}"

    def code(self, text: str) -> str | None:
        return links.code(text)

    async def record(
        self,
        guild_id: int,
        limit: int,
        *,
        after: RecordMark | None = None,
        oldest_first: bool = False,
    ) -> RecordPage:
        """Undocumented, so any refusal only means that nothing is told, for a good while."""
        self._guild_we_may_list(guild_id)
        search: dict[str, Any] = {
            "limit": min(limit, MEMBERS_AT_ONCE),
            "sort": OLDEST_FIRST if oldest_first else NEWEST_FIRST,
        }
        if after is not None:
            search["after"] = {
                "user_id": str(after.member_id),
                "guild_joined_at": after.joined_at,
            }
        return _page(await self._search_members(guild_id, search))

    async def _vanity(self, guild: discord.Guild) -> Vanity | None:
        """Asked only where the guild can have one."""
        if "VANITY_URL" not in guild.features:
            return Vanity(None, 0)
        try:
            return await self._vanity_answer(guild)
        except NoAnswerError as error:
            refused = error.__cause__
            none_set = isinstance(refused, discord.HTTPException) and refused.code == _NO_VANITY
            return Vanity(None, 0) if none_set else None

    def _body(self, order: InviteOrder) -> dict[str, Any]:
        """Roles and targets only where they were asked for."""
        body = super()._body(order)
        if order.role_ids:
            body["role_ids"] = [str(role_id) for role_id in order.role_ids]
        if order.target_user_id is not None:
            body |= {"target_type": 1, "target_user_id": str(order.target_user_id)}
        if order.target_application_id is not None:
            application = str(order.target_application_id)
            body |= {"target_type": 2, "target_application_id": application}
        return body


def _page(answer: Any) -> RecordPage:
    """A guild that is being indexed answers 202 with `retry_after` and no members."""
    try:
        return RecordAnswer.model_validate(answer).page()
    except ValueError as error:
        indexing = isinstance(answer, dict) and "retry_after" in answer
        said = "the record is still being indexed" if indexing else "the record cannot be read"
        raise NoAnswerError(Reason.NO_ANSWER, said) from error

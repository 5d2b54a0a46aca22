"""What the platforms have in common: how a guild is asked, and how a question or an order fails."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any, Literal

import aiohttp
import discord
from pydantic import ValidationError

from bot.attribution import Lags
from bot.errors import NoAnswerError, RefusedError
from bot.platforms import internals, trail
from bot.platforms.payloads import (
    BOT_ADD,
    INVITE_CREATE,
    INVITE_DELETE,
    AuditEntry,
    InviteReader,
    VanityPayload,
    channel_ids,
    has_counters,
    memberships,
)
from bot.platforms.platform import (
    MEMBERS_AT_ONCE,
    Capabilities,
    InviteOrder,
    Listing,
    Membership,
    Shown,
)
from bot.platforms.refusals import ANSWER_LIMIT, FAILURES, refusal
from bot.wording import command
from data.models import Ending, Invite, Reading, Reason, Vanity, to_ms

PROBE_AGAIN = 3600.0
"""Seconds until a record that was refused or is absent is asked for again."""

REFUSED = frozenset({400, 403, 404, 405})
"""Statuses that the same question would meet again."""

_dates: ContextVar[list[str]] = ContextVar("dates")
"""Where the `Date` headers of the requests made in this context go."""


def date_trace() -> aiohttp.TraceConfig:
    """For the client's `http_trace`: it tells us the platform's own time of its answers."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_note_date)
    return trace


async def _note_date(
    _: aiohttp.ClientSession, __: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    dates = _dates.get(None)
    if dates is not None and (date := params.response.headers.get("Date")):
        dates.append(date)


class GuildPlatform:
    """Asks and orders through discord.py; see `bot.platforms.platform.Platform`.

    What the platforms do differently stands in the classes made of this one.
    """

    name: str
    capabilities: Capabilities
    reader: InviteReader

    def __init__(self, client: discord.Client, lags: Lags) -> None:
        self._client = client
        self.lags = lags

    @property
    def own_id(self) -> int | None:
        return self._client.user.id if self._client.user else None

    @property
    def exact_counters(self) -> bool:
        return self.capabilities.exact_counters

    def announced(self, payload: object) -> Invite | None:
        return self.reader.announced(payload)

    def sees_invites(self, guild_id: int) -> bool:
        """INVITE_CREATE and INVITE_DELETE come only for channels that we may manage."""
        guild = self._client.get_guild(guild_id)
        if guild is None:
            return False
        return all(
            channel.permissions_for(guild.me).manage_channels
            for channel in guild.channels
            if not isinstance(channel, discord.CategoryChannel)  # these have no invites
        )

    async def list_invites(self, guild_id: int) -> Listing:
        guild = self._guild_we_may_list(guild_id)
        dates: list[str] = []
        _dates.set(dates)
        clock = asyncio.get_running_loop().time
        asked = clock()
        async with self._question():
            payload = await self._client.http.invites_from(guild_id)
        platform_ms = _platform_ms(dates)
        invites = self._invites(payload, guild_id)
        vanity = await self._vanity(guild)
        counters = {invite.code: invite.counter() for invite in invites}
        reading = Reading(asked, clock(), counters, vanity, platform_ms)
        return Listing(reading, {invite.code: invite for invite in invites})

    async def channel_invites(self, guild_id: int, channel_id: int) -> Shown:
        async with self._question():
            answer = await self._client.http.invites_from_channel(channel_id)
        try:
            return self.reader.shown(answer, guild_id)
        except ValidationError as error:
            raise NoAnswerError(Reason.NO_ANSWER, "the list cannot be read") from error

    async def revocations(self, guild_id: int, since: int) -> Mapping[str, Ending]:
        return {
            code: entry.revocation(discord.utils.snowflake_time(entry.id), self.own_id)
            for entry in await self._entries(guild_id, INVITE_DELETE, since)
            if (code := entry.deleted_code()) is not None
        }

    async def creations(self, guild_id: int, since: int) -> Mapping[str, int]:
        return {
            code: trail.written(entry)
            for entry in await self._entries(guild_id, INVITE_CREATE, since)
            if (code := entry.created_code()) is not None
        }

    async def adders(self, guild_id: int, since: int) -> Mapping[int, int]:
        found = await self._entries(guild_id, BOT_ADD, since)
        return dict(added for entry in found if (added := entry.added_bot()) is not None)

    async def _entries(
        self, guild_id: int, action: Literal[28, 40, 42], since: int
    ) -> Sequence[AuditEntry]:
        guild = self._client.get_guild(guild_id)
        if guild is None or not guild.me.guild_permissions.view_audit_log:
            raise NoAnswerError(Reason.NO_PERMISSION, "View Audit Log is missing")

        async def page(before: int | None) -> Any:
            async with self._question():
                return await self._client.http.get_audit_logs(
                    guild_id, limit=trail.PAGE, before=before, action_type=action
                )

        return await trail.entries(page, since)

    async def channels(self, guild_id: int) -> Collection[int]:
        self._guild(guild_id)
        async with self._question():
            answer = await self._client.http.get_all_guild_channels(guild_id)
        try:
            return channel_ids(answer)
        except ValidationError as error:
            raise NoAnswerError(Reason.NO_ANSWER, "the channels cannot be read") from error

    async def members(self, guild_id: int, after: int = 0) -> Sequence[Membership]:
        """Needs at most a privileged intent, which we cannot run without."""
        self._guild(guild_id)
        async with self._question():
            answer = await self._client.http.get_members(guild_id, MEMBERS_AT_ONCE, after)
        try:
            return memberships(answer)
        except ValidationError as error:
            raise NoAnswerError(Reason.NO_ANSWER, "the members cannot be read") from error

    async def create_invite(self, order: InviteOrder, audit_reason: str) -> Invite:
        async with self._order():
            answer = await internals.request(
                self._client,
                "POST",
                "/channels/{channel_id}/invites",
                channel_id=order.channel_id,
                payload=self._body(order),
                reason=audit_reason,
            )
        if answer in ("", None):  # 204 without a body is in the specification
            raise RefusedError(f"{self.name} refused to create the invite and gave no reason.")
        try:
            invite = self.reader.one(answer)
        except ValidationError as error:
            raise RefusedError(
                f"{self.name} gave an answer that I cannot read. The invite may exist all the "
                f"same: look at {command('invite list')} in a moment."
            ) from error
        return invite.invite(invite.home or self._guild_of(order.channel_id))

    async def revoke_invite(self, guild_id: int, code: str, audit_reason: str) -> None:
        del guild_id  # a platform's codes are unique over all guilds
        async with self._order():
            await self._client.http.delete_invite(code, reason=audit_reason)

    async def operated_by(self, user_id: int) -> bool:
        """The application's owner; of a team's each who may change it, as the library has it."""
        async with self._question():
            application = await self._client.application_info()
        if application.team is None:
            return user_id == application.owner.id
        may = (discord.TeamMemberRole.admin, discord.TeamMemberRole.developer)
        return any(user_id == one.id and one.role in may for one in application.team.members) or (
            user_id == application.team.owner_id
        )

    async def vanity(self, guild_id: int) -> Vanity:
        vanity = await self._vanity(self._guild_we_may_list(guild_id))
        if vanity is None:
            raise NoAnswerError(Reason.NO_ANSWER, "the vanity URL cannot be read")
        return vanity

    async def set_vanity(self, guild_id: int, code: str | None, audit_reason: str) -> str | None:
        async with self._order():
            answer = await internals.request(
                self._client,
                "PATCH",
                "/guilds/{guild_id}/vanity-url",
                guild_id=guild_id,
                payload={"code": code},
                reason=audit_reason,
            )
        try:
            return VanityPayload.model_validate(answer).code
        except ValidationError as error:
            raise RefusedError(
                f"{self.name} gave an answer that I cannot read. The vanity URL may have changed "
                f"all the same: look at {command('invite vanity')}."
            ) from error

    async def _vanity(self, guild: discord.Guild) -> Vanity | None:
        """None if the counter gave no answer; that says nothing about the list."""
        raise NotImplementedError

    async def _search_members(self, guild_id: int, search: dict[str, Any]) -> Any:
        """The record's answer, as it came; the library has no method for it."""
        async with self._question():
            return await internals.request(
                self._client,
                "POST",
                "/guilds/{guild_id}/members-search",
                guild_id=guild_id,
                payload=search,
            )

    async def _vanity_answer(self, guild: discord.Guild) -> Vanity | None:
        """As `_vanity`; raises `NoAnswerError` where the question was refused."""
        async with self._question():
            answer: Any = await self._client.http.get_vanity_code(guild.id)
        try:
            told = VanityPayload.model_validate(answer)
        except ValidationError:
            return None
        is_whole = told.uses is not None and "code" in told.model_fields_set
        return Vanity(told.code, told.uses or 0) if is_whole else None

    def _body(self, order: InviteOrder) -> dict[str, Any]:
        """Every plain field explicit, because the platforms' defaults differ."""
        return {
            "max_age": order.max_age,
            "max_uses": order.max_uses,
            "temporary": order.temporary,
            "unique": order.unique,
        }

    def _invites(self, payload: object, guild_id: int) -> list[Invite]:
        try:
            found = self.reader.all(payload)
            if not has_counters(found):
                raise NoAnswerError(Reason.NO_PERMISSION, "the list came without uses")
            return [invite.invite(guild_id) for invite in found]
        except ValidationError as error:
            raise NoAnswerError(Reason.NO_ANSWER, "the list cannot be read") from error

    def _guild_we_may_list(self, guild_id: int) -> discord.Guild:
        """Look before asking: ten thousand refusals in ten minutes ban the address."""
        guild = self._guild(guild_id)
        if not guild.me.guild_permissions.manage_guild:
            raise NoAnswerError(Reason.NO_PERMISSION, "Manage Server is missing")
        return guild

    def _guild(self, guild_id: int) -> discord.Guild:
        guild = self._client.get_guild(guild_id)
        if guild is None or guild.unavailable or self._client.is_closed():
            raise NoAnswerError(Reason.NO_ANSWER, "the server is not available")
        return guild

    def _guild_of(self, channel_id: int) -> int:
        channel = self._client.get_channel(channel_id)
        if not isinstance(channel, discord.abc.GuildChannel):
            said = f"{self.name} created an invite, but not in a channel of this server."
            raise RefusedError(said)
        return channel.guild.id

    @asynccontextmanager
    async def _question(self) -> AsyncIterator[None]:
        """Map every way in which a request fails to "no answer", in one place."""
        try:
            async with asyncio.timeout(ANSWER_LIMIT):
                yield
        except FAILURES as error:
            forbidden = isinstance(error, discord.Forbidden)
            reason = Reason.NO_PERMISSION if forbidden else Reason.NO_ANSWER
            refused = isinstance(error, discord.HTTPException) and error.status in REFUSED
            said = str(error) or type(error).__name__
            raise NoAnswerError(reason, said, PROBE_AGAIN if refused else None) from error

    @asynccontextmanager
    async def _order(self) -> AsyncIterator[None]:
        """Map every way in which a request fails to a sentence for the moderator."""
        try:
            async with asyncio.timeout(ANSWER_LIMIT):
                yield
        except FAILURES as error:
            raise RefusedError(refusal(error, self.name)) from error


def _platform_ms(dates: list[str]) -> int | None:
    """Of the last answer: those before it were failures that the library asked again for."""
    try:
        return to_ms(_aware(parsedate_to_datetime(dates[-1])))
    except (IndexError, ValueError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()

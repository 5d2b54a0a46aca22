"""Discord's answers to what Usher asks, through discord.py and its rate limiter."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import datetime
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any

import aiohttp
import discord
from pydantic import ValidationError

from bot.attribution import Lags
from bot.errors import NoAnswerError, RefusedError
from bot.platforms import internals
from bot.platforms.payloads import (
    INVITE_DELETE,
    AuditEntry,
    InvitePayload,
    RecordAnswer,
    has_counters,
    invite_list,
    memberships,
)
from bot.platforms.platform import (
    MEMBERS_AT_ONCE,
    Capabilities,
    InviteOrder,
    Listing,
    Membership,
    RecordPage,
)
from bot.platforms.refusals import ANSWER_LIMIT, FAILURES, refusal
from data.models import Ending, Invite, Reading, Reason, RecordMark, Vanity, to_ms

LAGS = Lags(event=2.0, counter=1.0)
"""Conservative (attribution.md); the record will show whether they hold."""

_LINK = re.compile(
    r"(?:https?://)?(?:www\.)?"
    r"(?:discord\.gg/(?:invite/)?|discord(?:app)?\.com/invite/)"
    r"(?P<code>[A-Za-z0-9-]{2,100})/?(?:\?\S*)?",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Za-z0-9-]{2,100}")

NEWEST_FIRST, OLDEST_FIRST = 1, 2
"""How members-search sorts."""

PROBE_AGAIN = 3600.0
"""Seconds until a record that was refused or is absent is asked for again."""

REFUSED = frozenset({400, 403, 404, 405})
"""Statuses that the same question would meet again."""

_NO_VANITY = 50020
"""The error code of a guild that may have a vanity URL and has none."""

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


class Discord:
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
    )

    def __init__(self, client: discord.Client, lags: Lags = LAGS) -> None:
        self._client = client
        self.lags = lags

    @property
    def own_id(self) -> int | None:
        return self._client.user.id if self._client.user else None

    def link(self, code: str) -> str:
        return f"https://discord.gg/{code}"

    def code(self, text: str) -> str | None:
        text = text.strip().strip("<>")
        link = _LINK.fullmatch(text)
        if link is not None:
            return link["code"]
        return text if _CODE.fullmatch(text) else None

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
        async with _question():
            payload = await self._client.http.invites_from(guild_id)
        platform_ms = _platform_ms(dates)
        invites = _invites(payload, guild_id)
        vanity = await self._vanity(guild)
        counters = {invite.code: invite.counter() for invite in invites}
        reading = Reading(asked, clock(), counters, vanity, platform_ms)
        return Listing(reading, {invite.code: invite for invite in invites})

    async def revocations(self, guild_id: int) -> Mapping[str, Ending]:
        guild = self._client.get_guild(guild_id)
        if guild is None or not guild.me.guild_permissions.view_audit_log:
            raise NoAnswerError(Reason.NO_PERMISSION, "View Audit Log is missing")
        async with _question():
            answer = await self._client.http.get_audit_logs(
                guild_id, limit=100, action_type=INVITE_DELETE
            )
        return dict(_revocations(answer, self.own_id))

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
        async with _question():
            answer = await internals.request(
                self._client,
                "POST",
                "/guilds/{guild_id}/members-search",
                guild_id=guild_id,
                payload=search,
            )
        return _page(answer)

    async def members(self, guild_id: int, after: int = 0) -> Sequence[Membership]:
        """Needs the privileged intent only, which we cannot run without."""
        self._guild(guild_id)
        async with _question():
            answer = await self._client.http.get_members(guild_id, MEMBERS_AT_ONCE, after)
        try:
            return memberships(answer)
        except ValidationError as error:
            raise NoAnswerError(Reason.NO_ANSWER, "the members cannot be read") from error

    async def create_invite(self, order: InviteOrder, audit_reason: str) -> Invite:
        async with _order():
            answer = await internals.request(
                self._client,
                "POST",
                "/channels/{channel_id}/invites",
                channel_id=order.channel_id,
                payload=_body(order),
                reason=audit_reason,
            )
        if answer in ("", None):  # 204 without a body is in the specification
            raise RefusedError("Discord refused to create the invite and gave no reason.")
        try:
            invite = InvitePayload.model_validate(answer)
        except ValidationError as error:
            raise RefusedError(
                "Discord gave an answer that I cannot read. The invite may exist all the same: "
                "look at `/invite list` in a moment."
            ) from error
        guild_id = invite.guild_id or (invite.guild.id if invite.guild else None)
        return invite.invite(guild_id or self._guild_of(order.channel_id))

    async def revoke_invite(self, guild_id: int, code: str, audit_reason: str) -> None:
        del guild_id  # Discord's codes are unique over all guilds
        async with _order():
            await self._client.http.delete_invite(code, reason=audit_reason)

    async def _vanity(self, guild: discord.Guild) -> Vanity | None:
        """None if the counter gave no answer; that says nothing about the list."""
        if "VANITY_URL" not in guild.features:
            return Vanity(None, 0)
        try:
            async with _question():
                answer: Any = await self._client.http.get_vanity_code(guild.id)
            return Vanity(answer["code"], int(answer["uses"]))
        except NoAnswerError as error:
            refused = error.__cause__
            none_set = isinstance(refused, discord.HTTPException) and refused.code == _NO_VANITY
            return Vanity(None, 0) if none_set else None
        except (KeyError, TypeError, ValueError):
            return None

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
            raise RefusedError("Discord created an invite, but not in a channel of this server.")
        return channel.guild.id


def _invites(payload: object, guild_id: int) -> list[Invite]:
    try:
        found = invite_list(payload)
        if not has_counters(found):
            raise NoAnswerError(Reason.NO_PERMISSION, "the list came without uses")
        return [invite.invite(guild_id) for invite in found]
    except ValidationError as error:
        raise NoAnswerError(Reason.NO_ANSWER, "the list cannot be read") from error


def _revocations(answer: Any, own_id: int | None) -> Iterator[tuple[str, Ending]]:
    try:
        entries = [AuditEntry.model_validate(entry) for entry in answer["audit_log_entries"]]
    except (KeyError, TypeError, ValidationError) as error:
        raise NoAnswerError(Reason.NO_ANSWER, "the audit log cannot be read") from error
    for entry in entries:
        if (code := entry.deleted_code()) is not None:
            yield code, entry.revocation(discord.utils.snowflake_time(entry.id), own_id)


def _page(answer: Any) -> RecordPage:
    """A guild that is being indexed answers 202 with `retry_after` and no members."""
    try:
        return RecordAnswer.model_validate(answer).page()
    except ValueError as error:
        raise NoAnswerError(Reason.NO_ANSWER, "the record does not answer yet") from error


def _platform_ms(dates: list[str]) -> int | None:
    """Of the last answer: those before it were failures that the library asked again for."""
    try:
        return to_ms(_aware(parsedate_to_datetime(dates[-1])))
    except (IndexError, ValueError):
        return None


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.astimezone()


def _body(order: InviteOrder) -> dict[str, Any]:
    """Every plain field explicit; the others only where they were asked for."""
    body: dict[str, Any] = {
        "max_age": order.max_age,
        "max_uses": order.max_uses,
        "temporary": order.temporary,
        "unique": order.unique,
    }
    if order.role_ids:
        body["role_ids"] = [str(role_id) for role_id in order.role_ids]
    if order.target_user_id is not None:
        body |= {"target_type": 1, "target_user_id": str(order.target_user_id)}
    if order.target_application_id is not None:
        body |= {"target_type": 2, "target_application_id": str(order.target_application_id)}
    return body


@asynccontextmanager
async def _question() -> AsyncIterator[None]:
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
async def _order() -> AsyncIterator[None]:
    """Map every way in which a request fails to a sentence for the moderator."""
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            yield
    except FAILURES as error:
        raise RefusedError(refusal(error)) from error

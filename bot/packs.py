"""Invites of emoji and sticker packs, asked for with a person's own key: no bot is let near them.

Nothing here says the key: not an error, not a log line, not the ledger.
"""

from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, Protocol

from pydantic import Field, SecretStr, ValidationError

from bot.errors import NoAnswerError, RefusedError
from bot.platforms import direct
from bot.platforms.payloads import FLUXER, PacksPayload
from bot.platforms.platform import MAX_AGE_LIMIT, MAX_USES_LIMIT, Shown
from data.models import (
    NO_GUILD,
    Creation,
    Ending,
    EndReason,
    Invite,
    InviteFilter,
    InviteKind,
    InviteRecord,
    Reason,
    Snowflake,
    Value,
)

NO_KEY: Final = (
    "Invites of packs are not for bots: Fluxer gives them to the person who made the pack, and to"
    " nobody else. Set USHER_FLUXER_USER_KEY to that person's own key, in the environment or in"
    " .env, and start again."
)

_UNSURE: Final = "Whether the invite was made I do not know: look at the pack's list before you ask"
_SHOWN_AT_ONCE: Final = 1000

_REFUSALS: Final = {
    401: "Fluxer does not accept USHER_FLUXER_USER_KEY. Set it to a person's own key, a valid one.",
    403: (
        "Fluxer lets only the person who made a pack have its invites, and no bot."
        " USHER_FLUXER_USER_KEY has to be that person's own key."
    ),
    404: "Fluxer knows no pack with that id.",
}


class PackOrder(Value):
    """An invite of a pack to be created, every field explicit."""

    pack_id: Snowflake
    max_uses: int = Field(default=0, ge=0, le=MAX_USES_LIMIT)
    """0 = unlimited."""
    max_age: int = Field(default=0, ge=0, le=MAX_AGE_LIMIT)
    """Seconds; 0 = never expires."""
    unique: bool = True


class Pack(NamedTuple):
    id: int
    name: str
    kind: InviteKind


class PackLedger(Protocol):
    async def record_invite(
        self,
        invite: Invite,
        seen_at: datetime,
        *,
        uses_before: int = 0,
        creation: Creation | None = None,
    ) -> None: ...
    async def record_ending(self, guild_id: int, code: str, ending: Ending) -> None: ...
    async def invites(
        self, guild_id: int, which: InviteFilter, *, limit: int
    ) -> tuple[list[InviteRecord], int]: ...


class Packs:
    """Asks Fluxer for one person. Raises `RefusedError`, or `NoAnswerError` if it may pass."""

    def __init__(self, key: SecretStr, api_base: str, patience: float = direct.PATIENCE) -> None:
        self._key = key
        self._base = api_base.rstrip("/")
        self._patience = patience

    async def packs(self) -> list[Pack]:
        """Those that the person made: only they have invites for them."""
        answer = await self._ask("GET", "/packs")
        try:
            told = PacksPayload.model_validate(answer)
        except ValidationError as error:
            raise _unreadable() from error
        kinds = ((InviteKind.EMOJI_PACK, told.emoji), (InviteKind.STICKER_PACK, told.sticker))
        return [
            Pack(one.id, str((one.model_extra or {}).get("name", "")), kind)
            for kind, packs in kinds
            for one in packs.created
        ]

    async def list_invites(self, pack_id: int) -> Shown:
        answer = await self._ask("GET", f"/packs/{pack_id}/invites")
        try:
            return FLUXER.shown(answer, NO_GUILD)
        except ValidationError as error:
            raise _unreadable() from error

    async def create_invite(self, order: PackOrder) -> Invite:
        body = order.model_dump(exclude={"pack_id"})
        try:
            answer = await self._ask("POST", f"/packs/{order.pack_id}/invites", body)
        except NoAnswerError as error:
            if error.retry_after is not None:  # it was not our turn: nothing was done
                raise
            raise RefusedError(f"{error} {_UNSURE} again.") from error
        try:
            return FLUXER.one(answer).invite(NO_GUILD)
        except ValidationError as error:
            raise RefusedError(f"Fluxer's answer cannot be read. {_UNSURE} again.") from error

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """The answer to one question that was not refused."""
        key = self._key.get_secret_value().strip()
        told = await direct.ask(
            "Fluxer",
            method,
            f"{self._base}{path}",
            headers={"Authorization": key},
            body=body,
            patience=self._patience,
        )
        if told.granted:
            return told.body
        if told.status in _REFUSALS:
            raise RefusedError(_REFUSALS[told.status])
        said = direct.said(told.body).replace(key, "…")
        raise RefusedError(f"Fluxer refused that: {said}"[:500])


def _unreadable() -> NoAnswerError:
    return NoAnswerError(Reason.NO_ANSWER, "Fluxer's answer cannot be read.")


async def write_listing(ledger: PackLedger, pack_id: int, told: Shown) -> None:
    """Write down what a pack has; what it has no more has expired, or nobody knows how it ended."""
    now = datetime.now(UTC)
    for invite in told.invites:
        await ledger.record_invite(invite, now, uses_before=invite.uses)
    if told.unreadable:
        return  # it may be among those that cannot be read
    listed = {invite.code for invite in told.invites}
    known, _ = await ledger.invites(NO_GUILD, InviteFilter(), limit=_SHOWN_AT_ONCE)
    for record in known:
        if record.invite.pack_id == pack_id and record.invite.code not in listed:
            await ledger.record_ending(NO_GUILD, record.invite.code, _ending(record.invite, now))


def _ending(invite: Invite, now: datetime) -> Ending:
    if invite.expires_at is not None and invite.expires_at <= now:
        return Ending(at=invite.expires_at, reason=EndReason.EXPIRED)
    return Ending(at=now, reason=EndReason.UNKNOWN)


async def write_creation(ledger: PackLedger, invite: Invite, moderator_id: int | None) -> None:
    """Write an invite down that was made, or found to be there when it need not be a new one."""
    creation = None if moderator_id is None else Creation(moderator_id=moderator_id)
    now = datetime.now(UTC)
    await ledger.record_invite(invite, now, uses_before=invite.uses, creation=creation)

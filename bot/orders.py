"""What a moderator orders of the platform, and the order of its effects: platform, then ledger."""

from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from bot.errors import UserError
from bot.platforms.platform import InviteOrder, Platform
from data.models import Creation, Ending, EndReason, Invite, InviteRecord


class InviteLedger(Protocol):
    async def invite(self, guild_id: int, code: str) -> InviteRecord | None: ...
    async def record_invite(
        self,
        invite: Invite,
        seen_at: datetime,
        *,
        uses_before: int = 0,
        creation: Creation | None = None,
    ) -> None: ...


class Watcher(Protocol):
    async def invite_ended(self, guild_id: int, code: str, ending: Ending) -> None: ...
    def sight_changed(self, guild_id: int) -> None:
        """Have its invites read again."""


class Created(NamedTuple):
    record: InviteRecord
    reused: bool
    """Whether the platform answered with an invite that was there already (`unique` false)."""


class Orders:
    """Creates and revokes for a moderator; the platform's audit log names the moderator too."""

    def __init__(self, platform: Platform, ledger: InviteLedger, watcher: Watcher) -> None:
        self._platform = platform
        self._ledger = ledger
        self._watcher = watcher

    async def create(self, order: InviteOrder, creation: Creation) -> Created:
        """Create an invite and write down who asked for it; raises `RefusedError`."""
        note = _audit("Created", creation.moderator_id, creation.reason)
        invite = await self._platform.create_invite(order, note)
        known = await self._ledger.invite(invite.guild_id, invite.code)
        reused = known is not None and known.moderator_id is not None
        await self._ledger.record_invite(
            invite,
            datetime.now(UTC),
            uses_before=invite.uses,
            creation=None if reused else creation,
        )
        return Created(await self._known(invite.guild_id, invite.code), reused)

    async def revoke(
        self, guild_id: int, code: str, moderator_id: int, note: str | None
    ) -> InviteRecord:
        """Revoke an invite of this guild; raises `RefusedError`, or `UserError` if it is not."""
        await self._known(guild_id, code)
        await self._platform.revoke_invite(guild_id, code, _audit("Revoked", moderator_id, note))
        ending = Ending(at=datetime.now(UTC), reason=EndReason.REVOKED, by=moderator_id, note=note)
        await self._watcher.invite_ended(guild_id, code, ending)
        return await self._known(guild_id, code)

    async def change_vanity(self, guild_id: int, code: str | None, moderator_id: int) -> str | None:
        """Set the vanity URL, or remove it (null); the platform's answer is what it is now.

        The ledger has it from the next reading, which knows its counter too: it is asked for at
        once, also where nobody knows whether it was done.
        """
        note = _audit("Vanity URL changed", moderator_id, None)
        try:
            return await self._platform.set_vanity(guild_id, code, note)
        finally:
            self._watcher.sight_changed(guild_id)

    async def _known(self, guild_id: int, code: str) -> InviteRecord:
        record = await self._ledger.invite(guild_id, code)
        if record is None:
            raise UserError("I know no invite with that code in this server.")
        return record


def _audit(verb: str, moderator_id: int, reason: str | None) -> str:
    """The line in the platform's audit log, which itself would only name the bot (512 at most)."""
    said = f": {reason}" if reason else ""
    return f"{verb} for {moderator_id}{said}"[:512]

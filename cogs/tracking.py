"""What happens in a guild, handed to the tracker."""

import logging
from datetime import UTC, datetime
from typing import Any

import discord
from discord.ext import commands
from pydantic import ValidationError

from bot.client import Usher
from bot.platforms.payloads import AuditEntry, InvitePayload
from bot.platforms.unreadable import guild_of, member_of
from data.models import Ending, EndReason, JoinFact, to_ms

log = logging.getLogger(__name__)

Json = dict[str, Any]


TRACKED = {"GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "INVITE_CREATE", "INVITE_DELETE"}
"""Events of which none may be missing without a look at what it told."""

PERMITTING = {
    "GUILD_UPDATE",
    "GUILD_MEMBER_UPDATE",
    "GUILD_ROLE_CREATE",
    "GUILD_ROLE_UPDATE",
    "GUILD_ROLE_UPDATE_BULK",
    "GUILD_ROLE_DELETE",
    "CHANNEL_CREATE",
    "CHANNEL_UPDATE",
    "CHANNEL_UPDATE_BULK",
    "CHANNEL_DELETE",
}
"""Events that may tell that we see less from now on, or saw less until now."""


class Tracking(commands.Cog):
    """Joins, leaves, invites, and the state of our connection."""

    def __init__(self, bot: Usher) -> None:
        self.bot = bot
        self.tracker = bot.tracker

    @commands.Cog.listener()
    async def on_member_join(self, member: discord.Member) -> None:
        await self.tracker.joined(join_fact(member, datetime.now(UTC)))

    @commands.Cog.listener()
    async def on_raw_member_remove(self, event: discord.RawMemberRemoveEvent) -> None:
        await self.tracker.left(event.guild_id, event.user.id)

    @commands.Cog.listener()
    async def on_raw_invite_create(self, payload: Json) -> None:
        invite = self.bot.platform.announced(payload)
        if invite is None:
            log.warning("an invite was announced that cannot be read")
            await self.on_unreadable("INVITE_CREATE", payload)
        else:
            await self.tracker.invite_created(invite)

    @commands.Cog.listener()
    async def on_raw_invite_delete(self, payload: Json) -> None:
        try:
            invite = InvitePayload.model_validate(payload)
        except ValidationError:
            log.warning("the end of an invite was told that cannot be read")
            await self.on_unreadable("INVITE_DELETE", payload)
            return
        silent = self.bot.platform.capabilities.silent_endings
        reason = EndReason.REVOKED if silent else EndReason.UNKNOWN
        ending = Ending(at=datetime.now(UTC), reason=reason)
        await self.tracker.invite_ended(invite.home, invite.code, ending)

    @commands.Cog.listener()
    async def on_raw_guild_audit_log_entry_create(self, payload: Json) -> None:
        try:
            entry = AuditEntry.model_validate(payload)
        except ValidationError:
            return  # an entry of a kind that we do not use, in a shape we do not know
        if entry.guild_id is None:
            return
        if (code := entry.deleted_code()) is not None:
            ending = entry.revocation(datetime.now(UTC), self.bot.platform.own_id)
            await self.tracker.invite_ended(entry.guild_id, code, ending)
        elif (added := entry.added_bot()) is not None:
            self.tracker.bot_added(entry.guild_id, *added)

    @commands.Cog.listener()
    async def on_unreadable(self, event: str, payload: Any) -> None:
        """What it told is not told again; if it does not say where, nobody can look."""
        guild_id = guild_of(event, payload)
        if event == "GUILD_CREATE":
            log.warning("guild %d: what it is like cannot be read, and so it is missing", guild_id)
        if self.bot.get_guild(guild_id) is None:
            return
        if event in TRACKED:
            log.warning("guild %d: what a lost %s told is looked for", guild_id, event)
            self.tracker.event_lost(guild_id)
        elif event in PERMITTING and member_of(payload) in (0, self.bot.platform.own_id):
            log.warning(
                "guild %d: what it shows to us may have changed by a lost %s", guild_id, event
            )
            self.tracker.permissions_changed(guild_id, seen_before=False)

    @commands.Cog.listener()
    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await self.tracker.channel_deleted(channel.guild.id, channel.id)

    @commands.Cog.listener()
    async def on_guild_available(self, guild: discord.Guild) -> None:
        self.available(guild.id)

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        log.info("guild %d: added to it", guild.id)
        self.available(guild.id)

    @commands.Cog.listener()
    async def on_guild_unavailable(self, guild: discord.Guild) -> None:
        self.tracker.connection_broken([guild.id])

    @commands.Cog.listener()
    async def on_guild_remove(self, guild: discord.Guild) -> None:
        log.info("guild %d: removed from it", guild.id)
        self.removed(guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        self.tracker.permissions_changed(channel.guild.id)

    @commands.Cog.listener()
    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        # `after` is the channel as it is by now: of two changes at once only `before` tells.
        seen = before.permissions_for(before.guild.me).manage_channels
        self.tracker.permissions_changed(after.guild.id, seen_before=seen)

    @commands.Cog.listener()
    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """What we may see has changed: so has what we may have missed."""
        if before.permissions != after.permissions and after in after.guild.me.roles:
            self.sight_changed(after.guild.id)

    @commands.Cog.listener()
    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        if after == after.guild.me and before.guild_permissions != after.guild_permissions:
            self.sight_changed(after.guild.id)

    @commands.Cog.listener()
    async def on_shard_disconnect(self, shard_id: int) -> None:
        self.tracker.connection_broken(self.guilds_of(shard_id))

    @commands.Cog.listener()
    async def on_shard_ready(self, shard_id: int) -> None:
        """Guilds that are missing after a lost session were left meanwhile."""
        count = self.bot.shard_count or 1
        for guild_id in self.tracker.guilds():
            if (guild_id >> 22) % count == shard_id and self.bot.get_guild(guild_id) is None:
                self.removed(guild_id)

    @commands.Cog.listener()
    async def on_shard_resumed(self, shard_id: int) -> None:
        self.tracker.connection_resumed(self.guilds_of(shard_id))

    def available(self, guild_id: int) -> None:
        self.tracker.guild_available(guild_id)
        self.bot.confirmer.guild_available(guild_id)

    def removed(self, guild_id: int) -> None:
        self.tracker.guild_removed(guild_id)
        self.bot.confirmer.guild_removed(guild_id)

    def sight_changed(self, guild_id: int) -> None:
        """We may be allowed to ask for the record only now."""
        self.tracker.sight_changed(guild_id)
        self.bot.confirmer.sight_changed(guild_id)

    def guilds_of(self, shard_id: int) -> list[int]:
        return [guild.id for guild in self.bot.guilds if guild.shard_id == shard_id]


def join_fact(member: discord.Member, arrived_at: datetime) -> JoinFact:
    """The join as the ledger writes it; a join without a time gets that of its arrival."""
    return JoinFact(
        guild_id=member.guild.id,
        member_id=member.id,
        joined_at=to_ms(member.joined_at or arrived_at),
        arrived_at=to_ms(arrived_at),
        is_bot=member.bot,
    )


async def setup(bot: Usher) -> None:
    await bot.add_cog(Tracking(bot))

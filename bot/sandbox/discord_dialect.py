"""Discord: what the rest of the package does unless a dialect says otherwise."""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from bot.sandbox import guild_payloads, invites, members, messages, payloads
from bot.sandbox.dialect import Inviting
from bot.sandbox.entities import (
    CHANNEL_TYPES,
    SOURCES,
    AuditEntry,
    Channel,
    Invite,
    Member,
    Message,
    Role,
    User,
    Vanity,
)
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import EVERYONE
from bot.sandbox.rest import Rest
from bot.sandbox.sockets import Connection
from bot.sandbox.world import World

JSON = dict[str, Any]


class Discord:
    """See dialect.Dialect."""

    name = "discord"
    commands = True
    sources: Mapping[str, int | None] = SOURCES
    owner_source = "unknown"
    kinds: Collection[str] = CHANNEL_TYPES.keys() - {"dm", "group_dm"}
    everyone = EVERYONE
    rest: type[Rest] = Rest
    connection: type[Connection] = Connection
    inviting: Inviting = invites

    def token(self, _application_id: int, /) -> str:
        return secrets.token_urlsafe(32)

    def departed(self, who: User) -> JSON:
        return payloads.gateway_user(who)

    def member(self, one: Member) -> JSON:
        shown = payloads.member(one)
        del shown["user"]["flags"]
        return shown

    def role(self, one: Role) -> JSON:
        return payloads.role(one)

    def channel(self, guild: Guild, channel: Channel) -> JSON:
        if channel.kind == "thread":
            return payloads.thread(channel, guild.owner_id)
        return payloads.channel(channel)

    def guild_update(self, guild: Guild) -> JSON:
        return guild_payloads.gateway_guild(guild)

    def guild_create(self, guild: Guild, *, known: bool = True) -> JSON:
        return guild_payloads.guild_create(guild, known=known)

    def audit_event(self, guild: Guild, entry: AuditEntry) -> JSON:
        return payloads.audit_entry(entry) | {"guild_id": str(guild.id)}

    def message_event(self, world: World, name: str, message: Message) -> JSON | None:
        return messages.event(world, name, message)

    def joined(self, _guild: Guild, _member: Member, /) -> None:
        """Nothing follows."""

    def find(self, world: World, code: str) -> tuple[Guild, Invite | Vanity]:
        return world.find_code(code)

    async def accept(
        self, _world: World, guild: Guild, way: Invite | Vanity, who: User, /
    ) -> Member:
        if isinstance(way, Invite):
            member = members.accept(guild, way, who)
        else:
            member = members.accept_vanity(guild, way, who)
        await asyncio.sleep(0)
        return member

    async def go_offline(self, guild: Guild, member: Member) -> None:
        """A temporary member without a role is put out."""
        if member.temporary and not member.roles:
            members.leave(guild, member)
        await asyncio.sleep(0)

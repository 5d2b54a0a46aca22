"""Fluxer in one object; see bot.sandbox.dialect."""

import asyncio
import secrets
from collections.abc import Collection, Mapping
from typing import Any

from bot.sandbox import members
from bot.sandbox.dialect import Inviting
from bot.sandbox.entities import (
    AuditEntry,
    Channel,
    Invite,
    Member,
    Message,
    Role,
    User,
    Vanity,
)
from bot.sandbox.fluxer import accepting, guild_payloads, invites, messages, payloads, record
from bot.sandbox.fluxer.rest import FluxerRest
from bot.sandbox.fluxer.routes.guilds import audit_event
from bot.sandbox.fluxer.sockets import FluxerConnection
from bot.sandbox.guild import Guild
from bot.sandbox.messages import post
from bot.sandbox.permissions import EVERYONE, Permission
from bot.sandbox.rest import Rest
from bot.sandbox.sockets import Connection
from bot.sandbox.world import World

JSON = dict[str, Any]


class Fluxer:
    """Holds no state: what there is, is in the world."""

    name = "fluxer"
    commands = False
    sources: Mapping[str, int | None] = record.SOURCES
    owner_source = "creator"
    kinds: Collection[str] = ("text", "voice", "category")
    everyone = EVERYONE | Permission.ADD_REACTIONS
    rest: type[Rest] = FluxerRest
    connection: type[Connection] = FluxerConnection
    inviting: Inviting = invites

    def token(self, application_id: int, /) -> str:
        return f"{application_id}.{secrets.token_urlsafe(32)}"

    def departed(self, who: User) -> JSON:
        """Only the id."""
        return {"id": str(who.id)}

    def member(self, one: Member) -> JSON:
        return payloads.member(one) | {"guild_id": str(one.guild_id)}

    def role(self, one: Role) -> JSON:
        return payloads.role(one)

    def channel(self, _guild: Guild, channel: Channel, /) -> JSON:
        return payloads.channel(channel)

    def guild_update(self, guild: Guild) -> JSON:
        return guild_payloads.guild_update(guild)

    def guild_create(self, guild: Guild, *, known: bool = True) -> JSON:  # noqa: ARG002 - is told alike
        return guild_payloads.guild_create(guild)

    def audit_event(self, guild: Guild, entry: AuditEntry) -> JSON:
        return audit_event(guild, entry)

    def message_event(self, world: World, name: str, message: Message) -> JSON | None:
        return messages.event(world, name, message)

    def joined(self, guild: Guild, member: Member, /) -> None:
        """A message in the system channel says so, if the guild has one."""
        channel, world = guild.system_channel, guild.ground
        if channel is None:
            return
        assert isinstance(world, World), "guilds stand on a whole world"
        moment = world.now()
        said = Message(world.ids.next(), channel.id, guild.id, member.user, {}, moment)
        said.tells_of_join = True
        post(world, channel, said)

    def find(self, world: World, code: str) -> tuple[Guild, Invite | Vanity]:
        return accepting.find(world, code)

    async def accept(
        self, world: World, guild: Guild, way: Invite | Vanity, who: User, /
    ) -> Member:
        return await accepting.accept(world, guild, way, who)

    async def go_offline(self, guild: Guild, member: Member) -> None:
        """A temporary member without a role is put out a while later, like anybody who leaves."""

        def put_out() -> None:
            if member.temporary and not member.roles and guild.members.get(member.id) is member:
                members.leave(guild, member)

        asyncio.get_running_loop().call_later(guild.ground.temporary_grace, put_out)
        await asyncio.sleep(0)

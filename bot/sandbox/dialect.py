"""What differs between the platforms that the sandbox can be; each is one object of its own."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # dialects speak of all that there is
    from bot.sandbox.entities import (
        AuditEntry,
        Channel,
        Invite,
        Member,
        Message,
        Role,
        Terms,
        User,
        Vanity,
    )
    from bot.sandbox.guild import Guild
    from bot.sandbox.rest import Rest
    from bot.sandbox.sockets import Connection
    from bot.sandbox.world import World

JSON = dict[str, Any]


class Inviting(Protocol):
    """How invites are made and revoked; a module can be one."""

    def create(
        self,
        guild: "Guild",
        channel: "Channel",
        terms: "Terms",
        by: "User | None",
        *,
        unique: bool,
        reason: str | None = None,
    ) -> "Invite": ...

    def revoke(
        self, guild: "Guild", invite: "Invite", by: "User", reason: str | None = None
    ) -> None: ...


class Dialect(Protocol):
    """How one platform puts things, and the few things that happen differently there."""

    name: str
    commands: bool
    """Whether there are slash commands, components and all that goes with them."""
    sources: Mapping[str, int | None]
    """Ways in, with the platform's own numbers for them in its record."""
    owner_source: str
    kinds: Collection[str]
    """Kinds of channel that a guild may have."""
    everyone: int
    """What everybody may do in a new guild."""
    rest: "type[Rest]"
    connection: "type[Connection]"
    inviting: Inviting

    def token(self, application_id: int, /) -> str:
        """A new token for the bot."""

    def departed(self, who: "User") -> JSON:
        """What GUILD_MEMBER_REMOVE tells of somebody."""

    def member(self, one: "Member") -> JSON:
        """As events carry it, without the guild's id."""

    def role(self, one: "Role") -> JSON: ...

    def channel(self, guild: "Guild", channel: "Channel", /) -> JSON: ...

    def guild_update(self, guild: "Guild") -> JSON: ...

    def guild_create(self, guild: "Guild", *, known: bool = True) -> JSON: ...

    def audit_event(self, guild: "Guild", entry: "AuditEntry") -> JSON: ...

    def message_event(self, world: "World", name: str, message: "Message") -> JSON | None:
        """The event of that name, or None when the bot may not have it."""

    def joined(self, guild: "Guild", member: "Member", /) -> None:
        """What the platform does right after it told that somebody joined."""

    def find(self, world: "World", code: str) -> "tuple[Guild, Invite | Vanity]":
        """The guild and the way in that a code leads to; Refused when there is none."""

    async def accept(
        self, world: "World", guild: "Guild", way: "Invite | Vanity", who: "User", /
    ) -> "Member":
        """Somebody comes in by an invite or the vanity; Refused when they may not."""

    async def go_offline(self, guild: "Guild", member: "Member") -> None: ...

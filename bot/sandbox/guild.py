"""A guild: channels, roles, members and what an administrator does to them by hand."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from bot.sandbox import channels, invites, members, permissions
from bot.sandbox.entities import (
    AuditEntry,
    Channel,
    Counter,
    Invite,
    Member,
    Role,
    Terms,
    User,
    Vanity,
)
from bot.sandbox.ground import Ground
from bot.sandbox.permissions import LEAST, Overwrite, Permission

JSON = dict[str, Any]
BOT_POSITION = 10


class Guild:
    """Every change is a method that tells the gateway.

    `roles_by_id[self.id]` is @everyone; the owner and the bot are always members, the bot
    until it is removed; `live_invites` may hold expired ones until somebody looks.
    """

    def __init__(self, ground: Ground, name: str, features: Iterable[str] = ()) -> None:
        self.ground = ground
        self.id = ground.ids.next_spaced()
        self.name = name
        self.features = set(features)
        self.vanity: Vanity | None = None
        self.available = True
        self.invites_paused_until: float | None = None
        self.dms_paused_until: float | None = None
        self.roles_by_id: dict[int, Role] = {
            self.id: Role(self.id, self.id, "@everyone", ground.dialect.everyone, 0)
        }
        self.channels_by_id: dict[int, Channel] = {}
        self.members: dict[int, Member] = {}
        self.live_invites: dict[str, Invite] = {}
        self.bans: set[int] = set()
        self.former: set[int] = set()
        self.audit_log: list[AuditEntry] = []
        self.overrides: dict[tuple[str, int], bool] = {}
        self.streams: dict[int, int] = {}
        self.indexed_at: float | None = None
        self.bot_id: int | None = None
        self.system_channel: Channel | None = None
        self.owner_id = self.add_member("owner", source=ground.dialect.owner_source).id
        self.add_channel("general")

    @property
    def owner(self) -> Member:
        return self.members[self.owner_id]

    @property
    def me(self) -> Member | None:
        """The bot's own member, unless it was removed."""
        return None if self.bot_id is None else self.members[self.bot_id]

    @cached_property
    def integration_id(self) -> int:
        """The one integration that lets its subscribers in."""
        return self.ground.ids.next()

    @cached_property
    def lobby_application_id(self) -> int:
        """The application whose lobbies are linked to the guild."""
        return self.ground.ids.next()

    @property
    def everyone(self) -> Role:
        return self.roles_by_id[self.id]

    @property
    def roles(self) -> list[Role]:
        return list(self.roles_by_id.values())

    @property
    def channels(self) -> list[Channel]:
        return list(self.channels_by_id.values())

    @property
    def invites(self) -> dict[str, Invite]:
        """Invites that still work."""
        invites.forget_expired(self)
        return self.live_invites

    def live_invite(self, code: str) -> Invite | None:
        invite = self.live_invites.get(code)
        return None if invite is None or invite.expired(self.ground.now()) else invite

    @property
    def invites_paused(self) -> bool:
        until = self.invites_paused_until
        timed = until is not None and until > self.ground.now()
        return timed or "INVITES_DISABLED" in self.features

    def channel(self, name: str) -> Channel:
        return next(channel for channel in self.channels if channel.name == name)

    def role(self, name: str) -> Role:
        return next(role for role in self.roles if role.name == name)

    def emit(self, name: str, data: JSON) -> None:
        """Tell the bot, if it is here to hear it."""
        if self.bot_id is not None and self.available:
            self.ground.emit(name, data, self.id)

    def permissions(self, member: Member, channel: Channel | None = None) -> int:
        if member.id == self.owner_id:
            return permissions.ALL
        roles = (self.roles_by_id[role_id] for role_id in (self.id, *member.roles))
        granted = permissions.in_guild(role.permissions for role in roles)
        if channel is None:
            return granted
        place = self.place_of(channel)
        layers = ([self.id], member.roles, [member.id])
        return permissions.in_channel(granted, place.overwrites, *layers)

    def may(self, member: Member, needed: int, channel: Channel | None = None) -> bool:
        return self.permissions(member, channel) & needed == needed

    def bot_may(self, needed: int, channel: Channel | None = None) -> bool:
        return self.me is not None and self.may(self.me, needed, channel)

    def top_position(self, member: Member) -> int:
        if member.id == self.owner_id:
            return 1 << 30
        return max((self.roles_by_id[role_id].position for role_id in member.roles), default=0)

    def place_of(self, channel: Channel) -> Channel:
        """Whose overwrites count: a thread's are its parent's."""
        if channel.kind == "thread" and channel.parent_id is not None:
            return self.channels_by_id[channel.parent_id]
        return channel

    def add_channel(
        self, name: str, kind: str = "text", *, parent: Channel | None = None
    ) -> Channel:
        return channels.create(self, name, kind, parent)

    def delete_channel(self, channel: Channel) -> None:
        """Its invites, messages and threads go with it, without events of their own."""
        channels.delete(self, channel)

    def overwrite(
        self, channel: Channel, target: Role | Member, *, allow: int = 0, deny: int = 0
    ) -> None:
        is_member = isinstance(target, Member)
        channel.overwrites[target.id] = Overwrite(target.id, is_member, allow, deny)
        channels.tell(self, "UPDATE", channel)

    def channel_payload(self, channel: Channel) -> JSON:
        return self.ground.dialect.channel(self, channel)

    def add_role(
        self, name: str, permissions: int = 0, position: int = 1, *, bot_id: int | None = None
    ) -> Role:
        role = Role(self.ground.ids.next(), self.id, name, permissions, position, bot_id)
        self.roles_by_id[role.id] = role
        self._tell_role("CREATE", role)
        return role

    def change_role(self, role: Role, *, permissions: int) -> None:
        role.permissions = permissions
        self._tell_role("UPDATE", role)

    def _tell_role(self, verb: str, role: Role) -> None:
        shown = self.ground.dialect.role(role)
        self.emit(f"GUILD_ROLE_{verb}", {"guild_id": str(self.id), "role": shown})

    def delete_role(self, role: Role) -> None:
        del self.roles_by_id[role.id]
        for member in self.members.values():
            if role.id in member.roles:
                member.roles.remove(role.id)
        self.emit("GUILD_ROLE_DELETE", {"guild_id": str(self.id), "role_id": str(role.id)})

    def add_member(
        self,
        name: str | None = None,
        *,
        roles: Iterable[Role] = (),
        user: User | None = None,
        **came: Any,
    ) -> Member:
        """Somebody who was here before the bot looked: no event.

        How they `came`: source, code, inviter and joined_at (a day ago), as of members.Arrival.
        """
        who = user or self.ground.add_user(name)
        return members.settle(self, who, members.Arrival(**came), [role.id for role in roles])

    def populate(
        self, count: int, *, joined_at: float | None = None, every: float = 1.0, **came: Any
    ) -> list[Member]:
        """As many members who were here before, in the order they came; no events, no counters.

        The first came at `joined_at` (seconds; None: so that the last came more than a day
        ago), the others `every` seconds after each other; how they `came` is as for add_member.
        """
        began = self.ground.now() - members.A_DAY - count * every
        first = began if joined_at is None else joined_at
        arrivals = (
            members.Arrival(joined_at=first + number * every, **came) for number in range(count)
        )
        return [members.settle(self, self.ground.add_user(), one) for one in arrivals]

    def grant(self, member: Member, *roles: Role) -> None:
        self.set_roles(member, [*member.roles, *(role.id for role in roles)])

    def set_roles(self, member: Member, role_ids: Iterable[int]) -> None:
        member.roles = list(dict.fromkeys(role_ids))
        self.emit("GUILD_MEMBER_UPDATE", self.member_event(member))

    def member_payload(self, member: Member) -> JSON:
        """As events carry it."""
        return self.ground.dialect.member(member)

    def member_event(self, member: Member) -> JSON:
        return self.member_payload(member) | {"guild_id": str(self.id)}

    def ban(self, user: User) -> None:
        self.bans.add(user.id)

    def rename(self, name: str) -> None:
        self.name = name
        self.changed()

    def pause_invites(self, paused: bool = True) -> None:
        """Joining through invites is refused while paused; creating them is not."""
        paused_features = {"INVITES_DISABLED"}
        kept = self.features - paused_features
        self.set_features(kept | paused_features if paused else kept)

    def set_incidents(self, invites_until: float | None, dms_until: float | None) -> None:
        """Pause invites, direct messages or both for a while; None ends it."""
        self.invites_paused_until = invites_until
        self.dms_paused_until = dms_until
        self.changed()

    @property
    def has_incidents(self) -> bool:
        return self.invites_paused_until is not None or self.dms_paused_until is not None

    def set_features(self, features: Iterable[str]) -> None:
        self.features = set(features)
        self.changed()

    def set_vanity(self, code: str | None) -> None:
        self.vanity = None if code is None else Vanity(code)
        self.features.add("VANITY_URL")
        if code is not None:
            self.ground.code_guilds[code] = self.id
        self.changed()

    def changed(self) -> None:
        self.emit("GUILD_UPDATE", self.ground.dialect.guild_update(self))

    def allow_command(
        self, name: str, target: Role | Member | Channel, *, allowed: bool = True
    ) -> None:
        """Override in the server settings who may use a command, or where."""
        self.overrides[name, target.id] = allowed

    def welcome_bot(self, permissions: int = LEAST) -> None:
        """The bot comes; its managed role stands above those added without a position."""
        bot = self.ground.application.user
        role_id = self.ground.ids.next()
        role = Role(role_id, self.id, bot.name, permissions, BOT_POSITION, bot.id)
        self.roles_by_id[role.id] = role
        self.add_member(user=bot, roles=[role], joined_at=self.ground.moment())
        self.bot_id = bot.id
        self.emit("GUILD_CREATE", self.ground.dialect.guild_create(self, known=False))

    def remove_bot(self) -> None:
        self.emit("GUILD_DELETE", {"id": str(self.id)})
        if self.bot_id is not None:
            gone = self.members.pop(self.bot_id)
            for role_id in gone.roles:
                if self.roles_by_id[role_id].bot_id is not None:
                    del self.roles_by_id[role_id]
        self.bot_id = None

    def outage(self) -> None:
        """The guild is gone for the bot, for now."""
        self.emit("GUILD_DELETE", {"id": str(self.id), "unavailable": True})
        self.available = False

    def recover(self) -> None:
        self.available = True
        self.emit("GUILD_CREATE", self.ground.dialect.guild_create(self))

    def create_invite(
        self, channel: Channel, by: Member | None = None, *, unique: bool = True, **terms: Any
    ) -> Invite:
        """Somebody makes an invite by hand in their client; nobody: the server's widget."""
        who = None if by is None else by.user
        inviting = self.ground.dialect.inviting
        return inviting.create(self, channel, Terms(**terms), who, unique=unique)

    def add_invite(
        self, channel: Channel, by: Member | None = None, *, uses: int = 0, **terms: Any
    ) -> Invite:
        """An invite that was there before the bot looked: no event."""
        invite = invites.new(self, channel, Terms(**terms), by.user if by else None)
        invite.counter = Counter(uses)
        invites.keep(self, invite)
        return invite

    def revoke_invite(self, code: str, by: Member) -> None:
        self.ground.dialect.inviting.revoke(self, self.invites[code], by.user)

    def log(
        self,
        action: int,
        by: User | None,
        target_id: int | str | None,
        changes: list[JSON],
        reason: str | None = None,
        options: JSON | None = None,
    ) -> None:
        by_id = None if by is None else by.id
        entry = AuditEntry(self.ground.ids.next(), action, by_id, target_id, changes, reason)
        entry.options = options or {}
        self.audit_log.append(entry)
        if self.bot_may(Permission.VIEW_AUDIT_LOG):
            data = self.ground.dialect.audit_event(self, entry)
            self.emit("GUILD_AUDIT_LOG_ENTRY_CREATE", data)

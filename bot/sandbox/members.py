"""How people come into a guild and leave it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.sandbox import audit, invites
from bot.sandbox.entities import Invite, Member, Origin, User, Vanity
from bot.sandbox.errors import Refused

if TYPE_CHECKING:
    from bot.sandbox.guild import Guild

DID_REJOIN = 1 << 0
IS_GUEST = 1 << 4
GUEST_INVITE = 1 << 0
A_DAY = 86_400.0
"""Seconds."""
SCREENING = "MEMBER_VERIFICATION_GATE_ENABLED"


def accept(guild: "Guild", invite: Invite, who: User) -> Member:
    """Somebody accepts an invite: counted, and gone with its last use."""
    _let_in(guild, who)
    if (already := guild.members.get(who.id)) is not None:
        return _take_roles(guild, invite, already)
    newcomer = newcomer_by(guild, who, "invite", list(invite.terms.role_ids))
    newcomer.code = invite.code
    newcomer.inviter_id = None if invite.inviter is None else invite.inviter.id
    newcomer.temporary = invite.temporary
    newcomer.flags |= IS_GUEST if invite.terms.flags & GUEST_INVITE else 0
    invite.counter.times.append(guild.ground.now())
    _announce_use(guild, invite, newcomer)
    return newcomer


def _announce_use(guild: "Guild", invite: Invite, newcomer: Member) -> None:
    if not invite.used_up:
        announce(guild, newcomer)
    elif guild.ground.exhaustion_order == "delete first":
        invites.remove(guild, invite)
        announce(guild, newcomer)
    else:
        announce(guild, newcomer)
        invites.remove(guild, invite)


def _take_roles(guild: "Guild", invite: Invite, member: Member) -> Member:
    """A role invite works for members too and counts, though nobody joins."""
    if invite.terms.role_ids:
        invite.counter.times.append(guild.ground.now())
        guild.set_roles(member, [*member.roles, *invite.terms.role_ids])
        if invite.used_up:
            invites.remove(guild, invite)
    return member


def accept_vanity(guild: "Guild", vanity: Vanity, who: User) -> Member:
    _let_in(guild, who)
    if (already := guild.members.get(who.id)) is not None:
        return already
    newcomer = newcomer_by(guild, who, "vanity", [])
    newcomer.code = vanity.code
    vanity.counter.times.append(guild.ground.now())
    announce(guild, newcomer)
    return newcomer


def enter(guild: "Guild", who: User, source: str, inviter_id: int | None = None) -> Member:
    """Come in some way that no counter sees."""
    check_source(guild, source)
    newcomer = newcomer_by(guild, who, source, [])
    newcomer.inviter_id = inviter_id
    announce(guild, newcomer)
    return newcomer


def check_source(guild: "Guild", source: str) -> None:
    sources = guild.ground.dialect.sources
    if source not in sources:
        raise ValueError(f"no source {source!r}; there are {sorted(sources)}")


@dataclass(slots=True, frozen=True)
class Arrival:
    """How somebody came who was here before anybody looked; nothing given: not known.

    A code alone says enough: what it leads to is the source, whose invite it is the inviter.
    `joined_at` is in seconds of the platform's clock, None for a day ago, long before anybody who
    comes now; several people may have come at one moment.
    """

    source: str | None = None
    code: str | None = None
    inviter: Member | User | None = None
    joined_at: float | None = None

    def origin(self, guild: "Guild", who: User) -> Origin:
        vanity = guild.vanity is not None and guild.vanity.code == self.code
        by_code = "vanity" if vanity else "invite"
        by_nature = "bot" if who.bot else "unknown"
        source = self.source or (by_nature if self.code is None else by_code)
        check_source(guild, source)
        invite = guild.live_invites.get(self.code or "")
        inviter = self.inviter or (None if invite is None else invite.inviter)
        return Origin(source, self.code, None if inviter is None else inviter.id)


def settle(guild: "Guild", who: User, arrival: Arrival, role_ids: Iterable[int] = ()) -> Member:
    """Make somebody a member who came in the past: nobody is told, nothing is counted."""
    origin = arrival.origin(guild, who)
    a_day_ago = guild.ground.moment() - A_DAY
    joined_at = a_day_ago if arrival.joined_at is None else arrival.joined_at
    member = Member(who, guild.id, joined_at, list(role_ids), source=origin.source)
    member.code, member.inviter_id = origin.code, origin.inviter_id
    guild.members[who.id] = member
    return member


def _let_in(guild: "Guild", who: User) -> None:
    if guild.invites_paused:
        raise Refused(403, 40006, "Invites are currently paused for this server.")
    if who.id in guild.bans:
        raise Refused(403, 40007)


def newcomer_by(guild: "Guild", who: User, source: str, role_ids: list[int]) -> Member:
    newcomer = Member(who, guild.id, guild.ground.moment(), role_ids, source=source)
    newcomer.flags = DID_REJOIN if who.id in guild.former else 0
    newcomer.pending = SCREENING in guild.features and not who.bot
    guild.members[who.id] = newcomer
    return newcomer


def announce(guild: "Guild", newcomer: Member) -> None:
    guild.emit("GUILD_MEMBER_ADD", guild.member_event(newcomer))
    guild.ground.dialect.joined(guild, newcomer)


def leave(guild: "Guild", member: Member) -> None:
    del guild.members[member.id]
    guild.streams.pop(member.id, None)
    guild.former.add(member.id)
    data = {"guild_id": str(guild.id), "user": guild.ground.dialect.departed(member.user)}
    guild.emit("GUILD_MEMBER_REMOVE", data)


def kick(guild: "Guild", member: Member, by: User, reason: str | None = None) -> None:
    leave(guild, member)
    guild.log(audit.MEMBER_KICK, by, member.id, [], reason)

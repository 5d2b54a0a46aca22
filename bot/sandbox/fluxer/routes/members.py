"""Members of a guild, and the record of how they came."""

from bisect import bisect_right

from bot.sandbox import members
from bot.sandbox.calls import NOTHING, Answer, Table
from bot.sandbox.entities import Member, Role
from bot.sandbox.fluxer import payloads, record
from bot.sandbox.fluxer.calls import HIGHEST_ID, FluxerCall
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission

table = Table()
PAGE_LIMIT = 1000


@table.route("GET", "/guilds/{guild_id}/members")
def list_members(call: FluxerCall) -> Answer:
    """Everybody by user id."""
    guild = call.guild
    limit = call.number("limit", 1, PAGE_LIMIT, default=1)
    after = call.number("after", 0, HIGHEST_ID, default=0)
    ids = sorted(guild.members)
    first = bisect_right(ids, after)
    page = (guild.members[user_id] for user_id in ids[first : first + limit])
    return Answer(200, [payloads.member(one) for one in page])


@table.route("POST", "/guilds/{guild_id}/members-search")
def search_members(call: FluxerCall) -> Answer:
    """Only who manages the guild sees, and filters by, how somebody came."""
    guild = call.guild
    manages = call.allowed(guild, Permission.MANAGE_GUILD)
    if not manages and any(call.fields.get(name) for name in record.INVITE_FILTERS):
        raise refused("MISSING_PERMISSIONS")
    return Answer(200, record.search(guild, call.fields, manages=manages))


@table.route("GET", "/guilds/{guild_id}/members/@me")
def get_me(call: FluxerCall) -> Answer:
    return Answer(200, payloads.member(call.guild.members[call.who.id]))


@table.route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: FluxerCall) -> Answer:
    return Answer(200, payloads.member(_member(call, call.guild)))


def _member(call: FluxerCall, guild: Guild) -> Member:
    member = guild.members.get(call.id("user_id"))
    if member is None:
        raise refused("UNKNOWN_MEMBER")
    return member


@table.route("DELETE", "/guilds/{guild_id}/members/{user_id}")
def kick_member(call: FluxerCall) -> Answer:
    guild = call.guild
    me = call.need(guild, Permission.KICK_MEMBERS)
    member = _member(call, guild)
    if guild.top_position(member) >= guild.top_position(me):
        raise refused("MISSING_PERMISSIONS")
    members.kick(guild, member, me.user, call.reason)
    return NOTHING


@table.route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def add_role(call: FluxerCall) -> Answer:
    guild = call.guild
    role = _grantable(call, guild)
    member = _member(call, guild)
    guild.set_roles(member, [*member.roles, role.id])
    return NOTHING


@table.route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def remove_role(call: FluxerCall) -> Answer:
    guild = call.guild
    role = _grantable(call, guild)
    member = _member(call, guild)
    guild.set_roles(member, [one for one in member.roles if one != role.id])
    return NOTHING


def _grantable(call: FluxerCall, guild: Guild) -> Role:
    """A role below the caller's own."""
    me = call.need(guild, Permission.MANAGE_ROLES)
    role = guild.roles_by_id.get(call.id("role_id"))
    if role is None:
        raise refused("UNKNOWN_ROLE")
    if role.id == guild.id or role.position >= guild.top_position(me):
        raise refused("MISSING_PERMISSIONS")
    return role

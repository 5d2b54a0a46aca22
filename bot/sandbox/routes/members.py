"""Members of a guild."""

from bisect import bisect_right

from bot.sandbox import members, payloads
from bot.sandbox.calls import HIGHEST_ID, NOTHING, Answer, Call, Table
from bot.sandbox.entities import Member, Role
from bot.sandbox.errors import Refused
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission

table = Table()
PAGE_LIMIT = 1000


def member_of(call: Call, guild: Guild) -> Member:
    member = guild.members.get(call.id("user_id"))
    if member is None:
        raise Refused(404, 10007)
    return member


@table.route("GET", "/guilds/{guild_id}/members", query="limit after")
def list_members(call: Call) -> Answer:
    """Everybody by user id: only for applications that were granted the members intent."""
    guild = call.guild
    call.need_intent("members")
    return Answer(200, [payloads.member(one) for one in page(call, guild)])


def page(call: Call, guild: Guild) -> list[Member]:
    """The part asked for of everybody by user id."""
    limit = call.number("limit", 1, PAGE_LIMIT, default=1)
    after = call.number("after", 0, HIGHEST_ID, default=0)
    ids = sorted(guild.members)
    first = bisect_right(ids, after)
    return [guild.members[user_id] for user_id in ids[first : first + limit]]


@table.route("GET", "/guilds/{guild_id}/members/{user_id}")
def get_member(call: Call) -> Answer:
    return Answer(200, payloads.member(member_of(call, call.guild)))


@table.route("DELETE", "/guilds/{guild_id}/members/{user_id}")
def kick_member(call: Call) -> Answer:
    guild = call.guild
    me = call.need(guild, Permission.KICK_MEMBERS)
    member = member_of(call, guild)
    if guild.top_position(member) >= guild.top_position(me):
        raise Refused(403, 50013)
    members.kick(guild, member, me.user, call.reason)
    return NOTHING


@table.route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def add_role(call: Call) -> Answer:
    guild = call.guild
    role = grantable(call, guild, call.id("role_id"))
    member = member_of(call, guild)
    guild.set_roles(member, [*member.roles, role.id])
    return NOTHING


@table.route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def remove_role(call: Call) -> Answer:
    guild = call.guild
    role = grantable(call, guild, call.id("role_id"))
    member = member_of(call, guild)
    guild.set_roles(member, [one for one in member.roles if one != role.id])
    return NOTHING


def grantable(call: Call, guild: Guild, role_id: int) -> Role:
    """A role that the bot may hand out: not managed, and below its own."""
    me = call.need(guild, Permission.MANAGE_ROLES)
    role = guild.roles_by_id.get(role_id)
    if role is None:
        raise Refused(404, 10011)
    if role.bot_id is not None or role.id == guild.id:
        raise Refused(400, 50028)
    if role.position >= guild.top_position(me):
        raise Refused(403, 50013)
    return role

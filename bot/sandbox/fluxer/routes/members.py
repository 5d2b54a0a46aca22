"""Members of a guild, and the record of how they came."""

from bot.sandbox.calls import NOTHING, Answer, Table
from bot.sandbox.entities import Role
from bot.sandbox.fluxer import payloads, record
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission
from bot.sandbox.routes.members import kick_member, member_of, page

table = Table()
# The rule is no other here; who is refused hears it in Fluxer's words.
table.route("DELETE", "/guilds/{guild_id}/members/{user_id}")(kick_member)


@table.route("GET", "/guilds/{guild_id}/members")
def list_members(call: FluxerCall) -> Answer:
    return Answer(200, [payloads.member(one) for one in page(call, call.guild)])


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
    return Answer(200, payloads.member(member_of(call, call.guild)))


@table.route("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def add_role(call: FluxerCall) -> Answer:
    guild = call.guild
    role = _grantable(call, guild)
    member = member_of(call, guild)
    guild.set_roles(member, [*member.roles, role.id])
    return NOTHING


@table.route("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}")
def remove_role(call: FluxerCall) -> Answer:
    guild = call.guild
    role = _grantable(call, guild)
    member = member_of(call, guild)
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

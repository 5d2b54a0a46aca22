"""Invites: made, resolved, accepted, listed, revoked."""

from typing import Any

from bot.sandbox.calls import NOTHING, Answer, Table
from bot.sandbox.entities import Channel, Invite, Terms, Vanity
from bot.sandbox.fluxer import accepting, groups, invites, packs
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.fluxer.forms import Form
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]
table = Table()

MAX_USES, MAX_AGE = 100, 604_800


@table.route("GET", "/guilds/{guild_id}/invites")
def guild_invites(call: FluxerCall) -> Answer:
    """Newest first, without the vanity."""
    guild = call.guild
    call.need(guild, Permission.MANAGE_GUILD)
    return Answer(200, [invites.with_counters(guild, one) for one in invites.listed(guild)])


@table.route("GET", "/channels/{channel_id}/invites")
def channel_invites(call: FluxerCall) -> Answer:
    """A guild's channel asks for MANAGE_CHANNELS, a group DM for its owner."""
    place = call.any_channel
    if place.kind == "group_dm":
        if place.owner_id != call.who.id:
            raise refused("MISSING_PERMISSIONS")
        return Answer(200, groups.listed(call.world, place))
    guild, channel = call.channel
    call.need(guild, Permission.MANAGE_CHANNELS, channel)
    found = [one for one in invites.listed(guild) if one.channel_id == channel.id]
    return Answer(200, [invites.with_counters(guild, one) for one in found])


@table.route("POST", "/channels/{channel_id}/invites")
def create_invite(call: FluxerCall) -> Answer:
    terms, unique = terms_of(call, call.world.longest_invite)
    place = call.any_channel
    if place.kind == "group_dm":
        return Answer(200, _into_group(call, place, terms, unique=unique))
    guild, channel = call.channel
    me = call.need(guild, Permission.CREATE_INSTANT_INVITE, channel)
    if call.world.refused_creations > 0:
        call.world.refused_creations -= 1
        raise refused("FEATURE_TEMPORARILY_DISABLED")
    made = invites.create(guild, channel, terms, me.user, unique=unique, reason=call.reason)
    return Answer(200, invites.with_counters(guild, made))


def _into_group(call: FluxerCall, group: Channel, terms: Terms, *, unique: bool) -> JSON:
    made = groups.create_invite(call.world, group, terms, call.who, unique=unique)
    return invites.group_with_counters(group, made)


def terms_of(call: FluxerCall, longest: int = MAX_AGE) -> tuple[Terms, bool]:
    """What a body asks for, and whether it must be a new one; never ends unless it says so."""
    form = Form(call.body)
    terms = Terms(
        form.number("max_age", 0, longest, 0),
        form.number("max_uses", 0, MAX_USES, 0),
        form.boolean("temporary"),
    )
    unique = form.boolean("unique")
    form.close()
    return terms, unique


@table.route("GET", "/invites/{code}", authorised=False)
def get_invite(call: FluxerCall) -> Answer:
    """The parameters `with_counts` and `with_expiration` change nothing: both are always there."""
    code = call.params["code"]
    if (group := groups.find(call.world, code)) is not None:
        return Answer(200, invites.group_shown(*group))
    if (pack := packs.find(call.world, code)) is not None:
        return Answer(200, packs.shown(*pack))
    return Answer(200, invites.shown(*accepting.find(call.world, code)))


@table.route("POST", "/invites/{code}")
async def accept_invite(call: FluxerCall) -> Answer:
    """For people only; the answer comes when the use is counted."""
    who, code = call.need_person(), call.params["code"]
    if (group := groups.find(call.world, code)) is not None:
        await accepting.enter_group(call.world, *group, who)
        return Answer(200, invites.group_shown(*group))
    if (pack := packs.find(call.world, code)) is not None:
        return Answer(200, packs.shown(*pack))
    guild, way = accepting.find(call.world, code)
    await accepting.accept(call.world, guild, way, who)
    return Answer(200, invites.shown(guild, way))


@table.route("DELETE", "/invites/{code}")
def delete_invite(call: FluxerCall) -> Answer:
    """By who made it or who manages the guild; a vanity is no invite here."""
    code = call.params["code"]
    if (group := groups.find(call.world, code)) is not None:
        groups.revoke(call.world, *group, call.who)
        return NOTHING
    if (pack := packs.find(call.world, code)) is not None:
        packs.revoke(*pack, call.who)
        return NOTHING
    guild, way = accepting.find(call.world, code)
    if isinstance(way, Vanity):
        raise refused("UNKNOWN_INVITE")
    if not _made_by(way, call):
        call.need(guild, Permission.MANAGE_GUILD)
    invites.revoke(guild, way, call.who, call.reason)
    return NOTHING


def _made_by(invite: Invite, call: FluxerCall) -> bool:
    return invite.inviter is call.who

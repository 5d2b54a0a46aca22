"""Packs and their invites: for people with their own key, a bot is turned away."""

from bot.sandbox.calls import Answer, Table
from bot.sandbox.entities import Pack
from bot.sandbox.fluxer import packs
from bot.sandbox.fluxer.calls import FluxerCall
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.fluxer.forms import Form
from bot.sandbox.fluxer.routes.invites import terms_of

table = Table()
NAME, DESCRIPTION = 64, 256


@table.route("GET", "/packs")
def list_packs(call: FluxerCall) -> Answer:
    return Answer(200, packs.owned(call.world, call.need_person()))


@table.route("POST", "/packs/{kind}")
def create_pack(call: FluxerCall) -> Answer:
    who, kind = call.need_person(), call.params["kind"]
    if kind not in packs.KINDS:
        raise refused("NOT_FOUND")
    form = Form(call.body)
    name, about = form.text("name", NAME), form.text("description", DESCRIPTION)
    if not name:
        form.wrong("name")
    form.close()
    return Answer(200, packs.payload(packs.add(call.world, who, str(name), kind, about)))


@table.route("GET", "/packs/{pack_id}/invites")
def pack_invites(call: FluxerCall) -> Answer:
    pack = _pack(call)
    found = packs.live_invites(call.world, pack)
    return Answer(200, [packs.with_counters(pack, one) for one in found])


@table.route("POST", "/packs/{pack_id}/invites")
def create_pack_invite(call: FluxerCall) -> Answer:
    pack = _pack(call)
    terms, unique = terms_of(call)
    made = packs.create_invite(call.world, pack, terms, call.who, unique=unique)
    return Answer(200, packs.with_counters(pack, made))


def _pack(call: FluxerCall) -> Pack:
    """The pack in the path, which only its creator works with."""
    who = call.need_person()
    pack = call.world.packs.get(call.id("pack_id"))
    if pack is None:
        raise refused("UNKNOWN_PACK")
    if pack.creator is not who:
        raise refused("PACK_ACCESS_DENIED")
    return pack

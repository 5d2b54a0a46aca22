"""Packs of emojis or stickers, which people make and invite others to install."""

from typing import Any

from bot.sandbox.entities import Invite, Pack, Terms, User
from bot.sandbox.errors import NotOffered
from bot.sandbox.fluxer import invites, payloads
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.world import World

JSON = dict[str, Any]
KINDS = {"emoji": 2, "sticker": 3}
"""Kinds of pack, with the type of their invites."""
MOST = 50


def add(world: World, creator: User, name: str, kind: str, description: str | None = None) -> Pack:
    if kind not in KINDS:
        raise NotOffered(f"there are packs of kind {sorted(KINDS)}, not {kind!r}")
    pack = Pack(world.ids.next(), name, kind, creator, world.now(), description)
    world.packs[pack.id] = pack
    return pack


def create_invite(world: World, pack: Pack, terms: Terms, by: User, *, unique: bool) -> Invite:
    """Make one, or give back one like it; nobody is told."""
    if not unique:
        for one in live_invites(world, pack):
            if (one.inviter, one.terms) == (by, terms):
                return one
    invite = Invite(world.next_code(), 0, 0, by, terms, world.now(), kind=pack.kind)
    invite.pack_id = pack.id
    pack.invites[invite.code] = invite
    return invite


def live_invites(world: World, pack: Pack) -> list[Invite]:
    """Those that still work, newest first."""
    now = world.now()
    return [one for one in pack.invites.values() if not one.expired(now)][::-1]


def payload(pack: Pack) -> JSON:
    made_at = payloads.iso(pack.created_at)
    return {
        "id": str(pack.id),
        "name": pack.name,
        "description": pack.description,
        "type": pack.kind,
        "creator_id": str(pack.creator.id),
        "created_at": made_at,
        "updated_at": made_at,
    }


def shown(pack: Pack, invite: Invite) -> JSON:
    """A pack's invite as anybody sees it."""
    return {
        "code": invite.code,
        "type": KINDS[pack.kind],
        "pack": payload(pack) | {"creator": payloads.user(pack.creator)},
        "inviter": None if invite.inviter is None else payloads.user(invite.inviter),
        "expires_at": payloads.iso_or_none(invite.expires_at),
        "temporary": False,
    }


def with_counters(pack: Pack, invite: Invite) -> JSON:
    """As its creator sees it; there is no `max_age` in it."""
    return shown(pack, invite) | invites.counters(invite, invite.uses)


def owned(world: World, who: User) -> JSON:
    """The packs that somebody made, as GET /packs lists them."""
    made = [pack for pack in world.packs.values() if pack.creator is who]
    return {
        kind: {
            "installed_limit": MOST,
            "created_limit": MOST,
            "installed": [],
            "created": [payload(pack) for pack in made if pack.kind == kind],
        }
        for kind in KINDS
    }


def find(world: World, code: str) -> tuple[Pack, Invite] | None:
    """The pack and the invite that a code leads to."""
    for pack in world.packs.values():
        if (invite := pack.invites.get(code)) is not None:
            return None if invite.expired(world.now()) else (pack, invite)
    return None


def revoke(pack: Pack, invite: Invite, by: User) -> None:
    if pack.creator is not by:
        raise refused("MISSING_PERMISSIONS")
    del pack.invites[invite.code]

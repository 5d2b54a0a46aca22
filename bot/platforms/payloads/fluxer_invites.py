"""Fluxer's invites, packs and vanity URL as its description has them, every field.

What may be absent is null here: to us that is the same. Whoever only looks at an invite or
accepts it is not told when it was made, nor its uses and limits (the metadata).
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Discriminator, Tag, TypeAdapter

from bot.platforms.payloads.base import KEPT, Count, Kept, KindNumber, Thing
from bot.platforms.payloads.invites import OTHER_SHAPE, InvitePayload, InviteReader, tagged
from data.models import InviteKind, Snowflake


class FluxerUser(Thing):
    username: str
    discriminator: str
    flags: int
    global_name: str | None = None
    avatar: str | None = None
    avatar_color: int | None = None
    bot: bool | None = None
    system: bool | None = None
    mention_flags: int | None = None


class Recipient(Kept):
    username: str


class FluxerChannel(Thing):
    type: Count
    name: str | None = None
    recipients: tuple[Recipient, ...] | None = None


class FluxerGuild(Thing):
    name: str
    splash_card_alignment: Literal[0, 1, 2]
    features: tuple[str, ...]
    icon: str | None = None
    banner: str | None = None
    banner_width: int | None = None
    banner_height: int | None = None
    splash: str | None = None
    splash_width: int | None = None
    splash_height: int | None = None
    embed_splash: str | None = None
    embed_splash_width: int | None = None
    embed_splash_height: int | None = None


class FluxerPack(Thing):
    name: str
    type: Literal["emoji", "sticker"]
    creator_id: Snowflake
    created_at: AwareDatetime
    updated_at: AwareDatetime
    creator: FluxerUser
    description: str | None = None


class FluxerInvite(InvitePayload):
    """What is needed of any invite of Fluxer."""

    kinds: ClassVar = {
        0: InviteKind.GUILD,
        1: InviteKind.GROUP_DM,
        2: InviteKind.EMOJI_PACK,
        3: InviteKind.STICKER_PACK,
    }


class FluxerOther(FluxerInvite):
    """One that fits no description, with all that is told of it."""

    model_config = KEPT

    channel: Thing | None = None
    guild: Thing | None = None
    pack: Thing | None = None
    inviter: Thing | None = None


class _Described(FluxerOther):
    temporary: bool
    inviter: FluxerUser | None = None
    uses: Count | None = None
    max_uses: Count | None = None
    max_age: Count | None = None
    """Only invites of guilds have it."""


class FluxerGuildInvite(_Described):
    type: Literal[0]
    guild: FluxerGuild
    channel: FluxerChannel
    member_count: Count
    presence_count: Count


class FluxerGroupInvite(_Described):
    type: Literal[1]
    channel: FluxerChannel
    member_count: Count


class FluxerPackInvite(_Described):
    type: Literal[2, 3]
    pack: FluxerPack


class _OldUser(Thing):
    username: str
    discriminator: int | str
    avatar_hash: str | None = None


class _OldGuild(Thing):
    name: str
    features: tuple[str, ...]
    icon_hash: str | None = None
    banner_hash: str | None = None
    splash_hash: str | None = None


class FluxerOldInvite(FluxerOther):
    """An invite as Fluxer's older document has it, with ids beside the things and a version.

    The version is "for optimistic concurrency control"; it is always 1 and nothing compares it.
    """

    type: KindNumber
    created_at: AwareDatetime
    version: int
    guild: _OldGuild | None = None
    channel: FluxerChannel | None = None
    inviter: _OldUser | None = None
    uses: Count = 0
    max_uses: Count = 0
    max_age: Count = 0
    temporary: bool = False
    approximate_member_count: Count | None = None
    approximate_presence_count: Count | None = None


_OLD_SHAPE = "old"
_by_number = tagged(FluxerInvite.kinds)


def _shape(payload: Any) -> str:
    old = isinstance(payload, dict) and "version" in payload
    return _OLD_SHAPE if old else _by_number(payload)


FLUXER = InviteReader(
    TypeAdapter(
        Annotated[
            Annotated[FluxerGuildInvite, Tag("0")]
            | Annotated[FluxerGroupInvite, Tag("1")]
            | Annotated[FluxerPackInvite, Tag("2")]
            | Annotated[FluxerPackInvite, Tag("3")]
            | Annotated[FluxerOldInvite, Tag(_OLD_SHAPE)]
            | Annotated[FluxerOther, Tag(OTHER_SHAPE)],
            Discriminator(_shape),
        ]
    ),
    FluxerOther,
    FluxerInvite,
)


class VanityPayload(Kept):
    """The vanity URL of a guild, and how often it was used; an answer to a change has no uses."""

    code: str | None = None
    uses: Count | None = None


class InstalledPacks(Kept):
    """Packs of one kind, those that somebody made and those that they use."""

    installed_limit: Count
    created_limit: Count
    installed: tuple[Thing, ...]
    created: tuple[Thing, ...]


class PacksPayload(Kept):
    emoji: InstalledPacks
    sticker: InstalledPacks

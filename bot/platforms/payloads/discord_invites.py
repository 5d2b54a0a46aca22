"""Discord's invites as its description has them (create_channel_invite), every field.

What may be absent is null here: to us that is the same.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, Discriminator, Tag, TypeAdapter

from bot.platforms.payloads.base import KEPT, Kept, Thing
from bot.platforms.payloads.invites import OTHER_SHAPE, InvitePayload, InviteReader, tagged
from data.models import InviteKind, Snowflake

Json = dict[str, Any]

STREAM, EMBEDDED_APPLICATION = 1, 2
"""What `target_type` can be when an invite is created."""


class DiscordUser(Thing):
    username: str
    discriminator: str
    public_flags: int
    flags: int
    avatar: str | None = None
    bot: bool | None = None
    system: bool | None = None
    banner: str | None = None
    accent_color: int | None = None
    global_name: str | None = None
    avatar_decoration_data: Json | None = None
    collectibles: Json | None = None
    primary_guild: Json | None = None


class Recipient(Kept):
    username: str


class DiscordChannel(Thing):
    type: int
    name: str | None = None
    icon: str | None = None
    recipients: tuple[Recipient, ...] | None = None


class DiscordGuild(Thing):
    name: str
    features: tuple[str, ...]
    premium_subscription_count: int
    splash: str | None = None
    banner: str | None = None
    description: str | None = None
    icon: str | None = None
    verification_level: int | None = None
    vanity_url_code: str | None = None
    nsfw_level: int | None = None
    nsfw: bool | None = None


class DiscordApplication(Thing):
    name: str
    description: str
    verify_key: str
    flags: int
    icon: str | None = None
    type: int | None = None
    cover_image: str | None = None
    primary_sku_id: Snowflake | None = None
    bot: DiscordUser | None = None
    slug: str | None = None
    guild_id: Snowflake | None = None
    rpc_origins: tuple[str | None, ...] | None = None
    bot_public: bool | None = None
    bot_require_code_grant: bool | None = None
    terms_of_service_url: str | None = None
    privacy_policy_url: str | None = None
    custom_install_url: str | None = None
    install_params: Json | None = None
    integration_types_config: Json | None = None
    max_participants: int | None = None
    tags: tuple[str, ...] | None = None


class DiscordEvent(Thing):
    """A scheduled event that an invite leads to."""

    guild_id: Snowflake
    name: str
    scheduled_start_time: AwareDatetime
    status: int
    entity_type: int
    privacy_level: int
    description: str | None = None
    channel_id: Snowflake | None = None
    creator_id: Snowflake | None = None
    creator: DiscordUser | None = None
    image: str | None = None
    scheduled_end_time: AwareDatetime | None = None
    entity_id: Snowflake | None = None
    user_count: int | None = None
    user_rsvp: Json | None = None


class DiscordInvite(InvitePayload):
    """What is needed of any invite of Discord."""

    kinds: ClassVar = {
        0: InviteKind.GUILD,
        1: InviteKind.GROUP_DM,
        2: InviteKind.FRIEND,
    }


class DiscordOther(DiscordInvite):
    """One that fits no description, with all that is told of it."""

    model_config = KEPT

    channel: Thing | None = None
    guild: Thing | None = None
    inviter: Thing | None = None


class DiscordGuildInvite(DiscordOther):
    type: Literal[0]
    guild: DiscordGuild
    guild_id: Snowflake
    channel: DiscordChannel
    inviter: DiscordUser | None = None
    is_contact: bool | None = None
    target_type: Literal[1, 2, 3] | None = None
    target_user: DiscordUser | None = None
    target_application: DiscordApplication | None = None
    guild_scheduled_event: DiscordEvent | None = None
    approximate_member_count: int | None = None
    approximate_presence_count: int | None = None
    is_nickname_changeable: bool | None = None


class DiscordGroupInvite(DiscordOther):
    type: Literal[1]
    channel: DiscordChannel
    inviter: DiscordUser | None = None
    approximate_member_count: int | None = None


class DiscordFriendInvite(DiscordOther):
    type: Literal[2]
    channel: DiscordChannel | None = None
    inviter: DiscordUser | None = None
    friends_count: int | None = None
    is_contact: bool | None = None


DISCORD = InviteReader(
    TypeAdapter(
        Annotated[
            Annotated[DiscordGuildInvite, Tag("0")]
            | Annotated[DiscordGroupInvite, Tag("1")]
            | Annotated[DiscordFriendInvite, Tag("2")]
            | Annotated[DiscordOther, Tag(OTHER_SHAPE)],
            Discriminator(tagged(DiscordInvite.kinds)),
        ]
    ),
    DiscordOther,
    DiscordInvite,
)

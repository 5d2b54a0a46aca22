"""The platforms' JSON as our values. Pure; unknown fields and kinds are kept, never an error.

base             what all payloads share
invites          what is needed of every invite, and how a list is read
discord_invites  Discord's invites by their kind, every field of its description
fluxer_invites   Fluxer's, and its packs and vanity URLs
audit            the audit log
channels         the channels of a guild
record           members, and the record of how they came
"""

from bot.platforms.payloads.audit import BOT_ADD, INVITE_CREATE, INVITE_DELETE, AuditEntry
from bot.platforms.payloads.channels import channel_ids
from bot.platforms.payloads.discord_invites import DISCORD
from bot.platforms.payloads.fluxer_invites import FLUXER, PacksPayload, VanityPayload
from bot.platforms.payloads.invites import (
    GUEST_FLAG,
    OF_NO_GUILD,
    InvitePayload,
    InviteReader,
    has_counters,
)
from bot.platforms.payloads.record import (
    JOIN_SOURCES,
    RecordAnswer,
    RecordEntry,
    memberships,
)

__all__ = [
    "BOT_ADD",
    "DISCORD",
    "FLUXER",
    "GUEST_FLAG",
    "INVITE_CREATE",
    "INVITE_DELETE",
    "JOIN_SOURCES",
    "OF_NO_GUILD",
    "AuditEntry",
    "InvitePayload",
    "InviteReader",
    "PacksPayload",
    "RecordAnswer",
    "RecordEntry",
    "VanityPayload",
    "channel_ids",
    "has_counters",
    "invite_list",
    "memberships",
]


def invite_list(payload: object) -> list[InvitePayload]:
    """Discord's list; raises `ValueError` (pydantic's) when the answer is not a list of invites."""
    return DISCORD.all(payload)

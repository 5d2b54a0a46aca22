"""What a member may do, computed from roles and overwrites; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


class Permission:
    """The bits the platform knows, as plain integers."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    CONNECT = 1 << 20
    MANAGE_ROLES = 1 << 28
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38
    MODERATE_MEMBERS = 1 << 40


P = Permission

LEAST = (
    P.VIEW_CHANNEL
    | P.CREATE_INSTANT_INVITE
    | P.MANAGE_CHANNELS
    | P.MANAGE_GUILD
    | P.VIEW_AUDIT_LOG
    | P.MANAGE_ROLES
    | P.SEND_MESSAGES
    | P.EMBED_LINKS
    | P.USE_APPLICATION_COMMANDS
)
"""What an invite manager needs and nothing more: the bot's role unless a test says otherwise."""

EVERYONE = (
    P.VIEW_CHANNEL
    | P.CREATE_INSTANT_INVITE
    | P.SEND_MESSAGES
    | P.EMBED_LINKS
    | P.ATTACH_FILES
    | P.READ_MESSAGE_HISTORY
    | P.STREAM
    | P.CONNECT
    | P.USE_APPLICATION_COMMANDS
    | P.SEND_MESSAGES_IN_THREADS
)
"""What @everyone may do in a new guild."""

ALL = (1 << 53) - 1


@dataclass(slots=True)
class Overwrite:
    """What a channel grants or takes from one role or member."""

    target_id: int
    is_member: bool
    allow: int
    deny: int


def in_guild(grants: Iterable[int]) -> int:
    """Permissions before any channel's overwrites, from those of the member's roles."""
    granted = 0
    for grant in grants:
        granted |= grant
    return ALL if granted & P.ADMINISTRATOR else granted


def in_channel(granted: int, overwrites: Mapping[int, Overwrite], *layers: Iterable[int]) -> int:
    """Permissions in a channel: @everyone's overwrite, then the roles', then the member's own.

    Who cannot see the channel can do nothing in it.
    """
    if granted & P.ADMINISTRATOR:
        return ALL
    for layer in layers:
        granted = _overwritten(granted, overwrites, layer)
    return granted if granted & P.VIEW_CHANNEL else 0


def _overwritten(granted: int, overwrites: Mapping[int, Overwrite], targets: Iterable[int]) -> int:
    """Deny, then allow: of several roles one that allows wins."""
    allow = deny = 0
    for target in targets:
        if (overwrite := overwrites.get(target)) is not None:
            allow |= overwrite.allow
            deny |= overwrite.deny
    return granted & ~deny | allow

"""Invites: what is needed of every one, whatever else a platform tells of it.

`DiscordInvite` and `FluxerInvite` say what the numbers of kinds mean; their described shapes stand
in discord_invites and fluxer_invites, and an `InviteReader` chooses among them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from pydantic import AwareDatetime, TypeAdapter, ValidationError

from bot.platforms.payloads.base import Identified, KindNumber, Number, Payload
from bot.platforms.platform import Shown
from data.models import NO_GUILD, Code, Invite, InviteKind, Snowflake

GUEST_FLAG = 1 << 0
"""Bit 0 of an invite's `flags` (create_channel_invite): whoever comes by it never belongs."""

OF_NO_GUILD = frozenset(
    {InviteKind.GROUP_DM, InviteKind.FRIEND, InviteKind.EMOJI_PACK, InviteKind.STICKER_PACK}
)


class InvitePayload(Payload):
    """An invite, as lists, answers and INVITE_CREATE describe it; the fields that we need."""

    kinds: ClassVar[Mapping[int, InviteKind]] = {0: InviteKind.GUILD, 1: InviteKind.GROUP_DM}
    """What `type` means; 2 is a friend's invite on Discord and an emoji pack on Fluxer."""

    code: Code
    type: KindNumber | None = None
    """Null in an event of Discord, which has none."""
    channel: Identified | None = None
    channel_id: Snowflake | None = None
    guild: Identified | None = None
    guild_id: Snowflake | None = None
    pack: Identified | None = None
    inviter: Identified | None = None
    inviter_id: Snowflake | None = None
    created_at: AwareDatetime | None = None
    expires_at: AwareDatetime | None = None
    max_age: Number | None = None
    max_uses: Number | None = None
    temporary: bool | None = None
    flags: int | None = None
    role_ids: tuple[Snowflake, ...] | None = None
    roles: tuple[Identified, ...] | None = None
    target_user: Identified | None = None
    target_application: Identified | None = None
    uses: Number | None = None

    @property
    def home(self) -> int:
        """The guild it says it belongs to, or `NO_GUILD`."""
        return self.guild_id or (self.guild.id if self.guild else NO_GUILD)

    @property
    def kind(self) -> InviteKind:
        """By its number; without one a guild's invite names the guild, and a group's does not."""
        if self.type is not None:
            return self.kinds.get(self.type, InviteKind.OTHER)
        return InviteKind.GUILD if self.home else InviteKind.GROUP_DM

    def invite(self, guild_id: int | None = None) -> Invite:
        """Our value of it, in the guild that was asked about, else in the one it names."""
        kind = self.kind
        home = self.home if guild_id is None else guild_id
        return Invite(
            guild_id=NO_GUILD if kind in OF_NO_GUILD else home,
            code=self.code,
            kind=kind,
            raw_kind=self.type if kind is InviteKind.OTHER else None,
            channel_id=self.channel.id if self.channel else self.channel_id,
            pack_id=self.pack.id if self.pack else None,
            inviter_id=self.inviter.id if self.inviter else self.inviter_id,
            created_at=self.created_at,
            expires_at=self.expires_at,
            max_age=self.max_age or 0,
            max_uses=self.max_uses or 0,
            temporary=bool(self.temporary),
            guest=bool((self.flags or 0) & GUEST_FLAG),
            role_ids=self.role_ids or tuple(role.id for role in self.roles or ()),
            target_user_id=self.target_user.id if self.target_user else None,
            target_application_id=self.target_application.id if self.target_application else None,
            uses=self.uses or 0,
        )


class InviteReader:
    """Reads a platform's invites by their kind.

    described   has a shape for each kind, with every documented field
    other       reads what fits none, a kind of tomorrow or a field that is not as documented: what
                nobody needs must not hide an invite
    needed      has the fields that we need, for whole lists
    """

    def __init__(
        self,
        described: TypeAdapter[Any],
        other: type[InvitePayload],
        needed: type[InvitePayload],
    ) -> None:
        self._described = described
        self._other = other
        self._needed: TypeAdapter[list[InvitePayload]] = TypeAdapter(list[needed])  # type: ignore[valid-type]

    def one(self, payload: object) -> InvitePayload:
        """Everything that is told of it; raises `ValueError` (pydantic's) when it is no invite."""
        try:
            read: InvitePayload = self._described.validate_python(payload)
        except ValidationError:
            return self._other.model_validate(payload)
        return read

    def all(self, payload: object) -> list[InvitePayload]:
        """What is needed of each: reading all of a thousand would stop the loop thrice as long.

        Raises `ValueError` (pydantic's) when it is no list, or one entry is no invite: a list is a
        baseline, and of half a list it is not known what the other half was.
        """
        return self._needed.validate_python(payload)

    def announced(self, payload: object) -> Invite | None:
        """What INVITE_CREATE tells of; None if that cannot be read, or not where it belongs."""
        try:
            invite = self.one(payload).invite()
        except ValidationError:
            return None
        lost = invite.kind is InviteKind.GUILD and invite.guild_id == NO_GUILD
        return None if lost else invite

    def shown(self, payload: object, guild_id: int) -> Shown:
        """For lists that are only shown: one bad entry does not hide the others.

        Raises `ValueError` (pydantic's) when it is no list.
        """
        invites, unreadable = [], 0
        for entry in _LIST.validate_python(payload):
            try:
                invites.append(self.one(entry).invite(guild_id))
            except ValidationError:
                unreadable += 1
        return Shown(invites, unreadable)


_LIST = TypeAdapter(list[Any])

OTHER_SHAPE = "other"
"""The tag of what has no described shape."""


def tagged(numbers: Iterable[int]) -> Callable[[Any], str]:
    """The tag of a payload's shape: its number, if there is a shape for that."""
    known = {number: str(number) for number in numbers}

    def tag(payload: Any) -> str:
        number = payload.get("type") if isinstance(payload, dict) else None
        # `True` is 1 to a dictionary, and no kind of invite.
        return known.get(number, OTHER_SHAPE) if type(number) is int else OTHER_SHAPE

    return tag


def has_counters(invites: Iterable[InvitePayload]) -> bool:
    """Whether the answer tells uses.

    With VIEW_AUDIT_LOG but without MANAGE_GUILD the list comes without: that is not zero.
    """
    return all(invite.uses is not None for invite in invites)

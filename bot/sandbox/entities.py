"""What exists on the platform; values with identity, no behaviour beyond what they derive."""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.permissions import Overwrite
from bot.sandbox.pings import Pings

CHANNEL_TYPES = {
    "text": 0,
    "dm": 1,
    "voice": 2,
    "group_dm": 3,
    "category": 4,
    "announcement": 5,
    "thread": 11,
    "stage": 13,
    "forum": 15,
}
INVITABLE = {"text", "voice", "announcement", "stage", "forum"}
"""Kinds of channel that can have invites."""

SOURCES = {
    "unknown": 0,
    "bot": 1,
    "oauth": 1,
    "integration": 2,
    "discovery": 3,
    "hub": 4,
    "invite": 5,
    "vanity": 6,
    "manual": 7,
    "lobby": 8,
}
"""Ways in, with the platform's own numbers for them."""


@dataclass(slots=True, eq=False)
class User:
    id: int
    name: str
    bot: bool = False
    locale: str = "en-US"
    accepts_dms: bool = True

    @property
    def mention(self) -> str:
        return f"<@{self.id}>"


@dataclass(slots=True, eq=False)
class Role:
    id: int
    guild_id: int
    name: str
    permissions: int
    position: int
    bot_id: int | None = None

    @property
    def mention(self) -> str:
        return f"<@&{self.id}>"


@dataclass(slots=True, eq=False)
class Message:
    """One message; `body` is what the author sent, in the platform's form.

    `edits` counts how often it was changed after it could be read. `reactions` holds, for each
    emoji, the ids of those who reacted, in the order in which they did.
    """

    id: int
    channel_id: int
    guild_id: int | None
    author: User
    body: dict[str, Any]
    created_at: float
    edited_at: float | None = None
    edits: int = 0
    ephemeral: bool = False
    deleted: bool = False
    loading: bool = False
    files: dict[str, bytes] = field(default_factory=dict)
    attached: dict[str, dict[str, Any]] = field(default_factory=dict)
    pings: Pings = field(default_factory=Pings)
    interaction: dict[str, Any] | None = None
    reactions: dict[str, list[int]] = field(default_factory=dict)
    reply_to: int | None = None
    tells_of_join: bool = False
    by_webhook: bool = False

    @property
    def author_id(self) -> int:
        return self.author.id

    @property
    def content(self) -> str:
        return self.body.get("content") or ""

    @property
    def embeds(self) -> list[dict[str, Any]]:
        return self.body.get("embeds") or []

    @property
    def components(self) -> list[dict[str, Any]]:
        return self.body.get("components") or []


@dataclass(slots=True, eq=False)
class Channel:
    """`owner_id`, `recipients` and `invites` are those of a group DM; the bot may be in it."""

    id: int
    guild_id: int | None
    name: str
    kind: str
    position: int = 0
    parent_id: int | None = None
    recipient: User | None = None
    overwrites: dict[int, Overwrite] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    owner_id: int | None = None
    recipients: list[User] = field(default_factory=list)
    invites: "dict[str, Invite]" = field(default_factory=dict)

    @property
    def type(self) -> int:
        return CHANNEL_TYPES[self.kind]

    @property
    def mention(self) -> str:
        return f"<#{self.id}>"


@dataclass(slots=True, frozen=True)
class Origin:
    """How somebody came in, as somebody tells it."""

    source: str
    code: str | None = None
    inviter_id: int | None = None


@dataclass(slots=True, eq=False)
class Member:
    """A user in a guild; `source`, `code` and `inviter_id` are the truth about how they came.

    `misrecorded` is what the platform's record tells instead.
    """

    user: User
    guild_id: int
    joined_at: float
    roles: list[int] = field(default_factory=list)
    pending: bool = False
    flags: int = 0
    temporary: bool = False
    nick: str | None = None
    source: str = "unknown"
    code: str | None = None
    inviter_id: int | None = None
    misrecorded: Origin | None = None

    @property
    def id(self) -> int:
        return self.user.id

    @property
    def name(self) -> str:
        return self.user.name

    @property
    def mention(self) -> str:
        return self.user.mention


@dataclass(slots=True, frozen=True)
class Terms:
    """What an invite was made with; two invites with equal terms are interchangeable."""

    max_age: int = 0
    max_uses: int = 0
    temporary: bool = False
    role_ids: tuple[int, ...] = ()
    target_type: int | None = None
    target_user_id: int | None = None
    target_application_id: int | None = None
    flags: int = 0


@dataclass(slots=True)
class Counter:
    """Uses and when each happened, so that a list may show them late."""

    before: int = 0
    times: list[float] = field(default_factory=list)

    @property
    def total(self) -> int:
        return self.before + len(self.times)

    def at(self, moment: float) -> int:
        return self.before + bisect_right(self.times, moment)

    def put(self, total: int, moment: float) -> None:
        """Set the total, which may well be lower than it was."""
        while self.total < total:
            self.times.append(moment)
        while self.times and self.total > total:
            self.times.pop()
        self.before = min(self.before, total)


@dataclass(slots=True, eq=False)
class Invite:
    """`guild_id` and `channel_id` are 0 where it leads elsewhere; `kind` says where it leads."""

    code: str
    guild_id: int
    channel_id: int
    inviter: User | None
    terms: Terms
    created_at: float
    counter: Counter = field(default_factory=Counter)
    kind: str = "guild"
    pack_id: int = 0

    @property
    def uses(self) -> int:
        return self.counter.total

    @property
    def max_uses(self) -> int:
        return self.terms.max_uses

    @property
    def max_age(self) -> int:
        return self.terms.max_age

    @property
    def temporary(self) -> bool:
        return self.terms.temporary

    @property
    def expires_at(self) -> float | None:
        return self.created_at + self.max_age if self.max_age else None

    @property
    def used_up(self) -> bool:
        return 0 < self.max_uses <= self.uses

    def expired(self, now: float) -> bool:
        return self.expires_at is not None and now >= self.expires_at


@dataclass(slots=True, eq=False)
class Vanity:
    code: str
    counter: Counter = field(default_factory=Counter)

    @property
    def uses(self) -> int:
        return self.counter.total


@dataclass(slots=True, eq=False)
class Pack:
    """Emojis or stickers that people install by invites."""

    id: int
    name: str
    kind: str
    creator: User
    created_at: float
    description: str | None = None
    invites: dict[str, Invite] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class AuditEntry:
    id: int
    action_type: int
    user_id: int | None
    target_id: int | str | None
    changes: list[dict[str, Any]]
    reason: str | None = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Command:
    """A registered command; `body` is what the application sent for it."""

    id: int
    version: int
    guild_id: int | None
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.body["name"])

    @property
    def type(self) -> int:
        return int(self.body.get("type", 1))


@dataclass(slots=True, eq=False)
class Application:
    id: int
    name: str
    owner: User
    user: User
    privileged: set[str] = field(default_factory=lambda: {"members"})
    commands: dict[int, Command] = field(default_factory=dict)

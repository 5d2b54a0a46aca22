"""One guild on the embedded platform, what people do there, and how each of them truly came."""

import asyncio
from datetime import datetime
from random import Random
from typing import Any, NamedTuple

from bot.sandbox import LEAST, Permission, Sandbox
from bot.sandbox.entities import Channel, Invite, Member
from bot.sandbox.guild import Guild
from bot.sandbox.snowflakes import iso
from data.models import to_ms

from .judging import BOT, VANITY, Truth

CALM = 6.0
STAYED = float("inf")
EVENTS = (
    "INVITE_CREATE",
    "INVITE_DELETE",
    "CHANNEL_DELETE",
    "GUILD_AUDIT_LOG_ENTRY_CREATE",
    "GUILD_MEMBER_REMOVE",
)
FAILURES: tuple[dict[str, Any], ...] = (
    {"status": 200, "body": '[{"code": "', "times": 1},
    {"drop": True, "times": 2},
    {"status": 500, "times": 5},
    {"status": 200, "body": '{"message": "not a list"}', "times": 1},
)
"""Ways in which one question for the invites fails for good: the libraries ask again by
themselves, after a drop once and after a 500 four times."""


class Pace(NamedTuple):
    burst: float
    """Seconds between two people of a burst."""
    late: tuple[float, float]
    """Every event arrives this many seconds late, at least and at most."""
    lost: float = 0.0
    """The chance that nobody is told of a join."""


class Stage:
    """Every act draws the delays of its own events first, so that acts do not disturb each other.

    `down` and `up` are set when what the client can see is interrupted, and when that is over.
    """

    def __init__(self, sandbox: Sandbox, guild: Guild, random: Random, pace: Pace) -> None:
        self.sandbox = sandbox
        self.guild = guild
        self.random = random
        self.pace = pace
        self.situation = ""
        self.codes_by_inviter: dict[int, str] = {}
        self.truths: dict[tuple[int, int, int], Truth] = {}

    # Before anybody looks

    def invites(self, count: int) -> list[str]:
        """Codes that were used before, each by an inviter of its own."""
        return [self.add(uses=self.random.randrange(20)) for _ in range(count)]

    def add(self, channel: Channel | None = None, **terms: Any) -> str:
        place, by = channel or self._channel, self.guild.add_member()
        return self._inviter(self.guild.add_invite(place, by, **terms))

    def _inviter(self, invite: Invite) -> str:
        """Each invite has an inviter of its own: who names one names the other."""
        assert invite.inviter is not None, "added or created by somebody"
        self.codes_by_inviter[invite.inviter.id] = invite.code
        return invite.code

    @property
    def _channel(self) -> Channel:
        return self.guild.channel("general")

    # Acts

    async def create(self, *, announced: bool = True, **terms: Any) -> str:
        self._draw()
        if not announced:
            self.sandbox.lose_event("INVITE_CREATE")
        invite = self.guild.create_invite(self._channel, self.guild.add_member(), **terms)
        return self._inviter(invite)

    async def join(
        self,
        code: str,
        who: Member | None = None,
        *,
        late: float | None = None,
        told: str | None = None,
    ) -> Member:
        """`told` is another code that the platform's record names: then that is the truth."""
        self._draw(late)
        self._lose()
        self.sandbox.exhaustion_order = self.random.choice(("delete first", "join first"))
        member = await self.sandbox.join(code, user=None if who is None else who.user)
        if told is not None:
            self.sandbox.misrecord(member, source="invite", code=told)
        vanity = self.guild.vanity
        came = VANITY if vanity and vanity.code == code else code
        return self._noted(member, told or came)

    async def enter(self, source: str = "discovery") -> Member:
        """Come in a way that no counter sees."""
        self._draw()
        self._lose()
        return self._noted(await self.sandbox.enter(self.guild, source=source), f"~{source}")

    async def accept(self, code: str, member: Member) -> None:
        """Somebody who is here already accepts an invite."""
        self._draw()
        await self.sandbox.join(code, user=member.user)

    async def add_bot(self) -> Member:
        self._draw()
        added = await self.sandbox.add_bot(self.guild, by=self.guild.owner)
        return self._noted(added, BOT)

    def close(self, channel: Channel) -> None:
        self._draw()
        self.guild.delete_channel(channel)

    async def leave(self, member: Member) -> None:
        self._draw()
        key = (self.guild.id, member.id, joined_ms(member))
        stayed = self.sandbox.now() - member.joined_at
        self.truths[key] = self.truths[key]._replace(stayed=stayed)
        await self.sandbox.leave(member)

    async def revoke(self, code: str) -> None:
        self._draw()
        self.guild.revoke_invite(code, self.guild.owner)

    def ghost(self, code: str) -> None:
        """A use that no join belongs to: somebody who is here already accepted it."""
        invite: Invite = self.guild.invites[code]
        invite.counter.times.append(self.sandbox.now())

    def fail_lists(self) -> None:
        """The next question for the invites gets no answer."""
        fault = self.random.choice(FAILURES)
        self.sandbox.fail("GET", f"/guilds/{self.guild.id}/invites", **fault)

    def fail_record(self, **fault: Any) -> None:
        self.sandbox.fail("POST", f"/guilds/{self.guild.id}/members-search", **fault)

    def permit(self, *, listing: bool) -> None:
        """Give or take the permission that the counters need."""
        role = next(role for role in self.guild.roles if role.bot_id is not None)
        permissions = LEAST if listing else LEAST & ~Permission.MANAGE_GUILD
        self.guild.change_role(role, permissions=permissions)

    async def next(self) -> None:
        """Until the next one of a burst."""
        if self.pace.burst:
            await asyncio.sleep(self.pace.burst)

    async def calm(self, least: float = CALM) -> None:
        """Long enough for every window to close, if nothing else is said."""
        await asyncio.sleep(least + self.random.random() * least / CALM)

    def _draw(self, late: float | None = None) -> None:
        drawn = self.random.uniform(*self.pace.late) if late is None else late
        self.sandbox.delay_events("GUILD_MEMBER_ADD", drawn)
        for event in EVENTS:
            self.sandbox.delay_events(event, self.random.uniform(*self.pace.late))

    def _lose(self) -> None:
        if self.pace.lost and self.random.random() < self.pace.lost:
            self.sandbox.lose_event("GUILD_MEMBER_ADD")

    def _noted(self, member: Member, came: str) -> Member:
        truth = Truth(
            self.guild.id,
            member.id,
            joined_ms(member),
            came,
            self.situation,
            self.pace.burst,
            STAYED,
        )
        self.truths[truth.key] = truth
        return member


def joined_ms(member: Member) -> int:
    """As the platform tells it."""
    return to_ms(datetime.fromisoformat(iso(member.joined_at)))

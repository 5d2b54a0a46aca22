"""Those that Usher is measured beside: a public tracker, and the three usual algorithms.

All ask for the invites once for each join and compare with what they remember, which that answer
replaces. Each is given what its kind knows at best: caches filled before the first join, the
vanity's counter, that an invite which vanished one use before its limit was used up, and that a
bot comes by no invite.
"""

import importlib
import importlib.util
from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import discord
from discord.ext import commands

from data.models import to_ms

from .judging import VANITY
from .virtual_time import virtual_loop

PUBLIC = "DiscordUtils"
Book = defaultdict[tuple[int, int, int], list[tuple[float, str | None]]]
"""Guild, member, `joined_at` → when what was said: a code, `@` and an inviter's id, or nothing."""


class Peer(commands.Bot):
    """Says of each join what it takes it to be, as soon as its event comes."""

    def __init__(self, book: Book) -> None:
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=discord.Intents(guilds=True, members=True, invites=True, moderation=True),
            chunk_guilds_at_startup=False,
        )
        self._book = book
        self.add_listener(self._joined, "on_member_join")

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Its failures are what is measured; the log stays readable."""

    async def _joined(self, member: discord.Member) -> None:
        assert member.joined_at is not None, "the platform tells it"
        said = self._book[member.guild.id, member.id, to_ms(member.joined_at)]
        try:
            name = None if member.bot else await self.named(member)
        except Exception:  # noqa: BLE001 - a tracker that fails says nothing
            name = None
        said.append((virtual_loop().wall(), name))

    async def named(self, member: discord.Member) -> str | None:
        raise NotImplementedError


class PublicTracker(Peer):
    """DiscordUtils 1.3.4 from the package index, used as its README says."""

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._tracker = importlib.import_module(PUBLIC).InviteTracker(self)

    async def named(self, member: discord.Member) -> str | None:
        inviter = await self._tracker.fetch_inviter(member)
        return None if inviter is None else f"@{inviter.id}"


class Count(NamedTuple):
    uses: int
    most: int
    """0: no limit."""


Moved = Mapping[str, int]
"""Code (or `~vanity`) → uses gained, in the order of the platform's list."""


class Counting(Peer):
    """Compares what the platform lists now with what it listed for the join before."""

    choose: Callable[[Moved], str | None]

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._known: dict[int, dict[str, Count]] = {}

    async def on_ready(self) -> None:
        for guild in self.guilds:
            self._known[guild.id] = await self._counts(guild)

    async def on_invite_create(self, invite: discord.Invite) -> None:
        if invite.guild is not None:
            known = self._known.setdefault(invite.guild.id, {})
            known[invite.code] = Count(invite.uses or 0, invite.max_uses or 0)

    async def named(self, member: discord.Member) -> str | None:
        now = await self._counts(member.guild)
        before = self._known.get(member.guild.id, {})
        self._known[member.guild.id] = now
        found = moved(before, now)
        return type(self).choose(found) if found else None

    async def _counts(self, guild: discord.Guild) -> dict[str, Count]:
        invites = await guild.invites()
        counts = {one.code: Count(one.uses or 0, one.max_uses or 0) for one in invites}
        if "VANITY_URL" in guild.features:
            answer: Any = await self.http.get_vanity_code(guild.id)
            counts[VANITY] = Count(answer["uses"], 0)
        return counts


def moved(before: Mapping[str, Count], now: Mapping[str, Count]) -> Moved:
    gained = {code: count.uses - before.get(code, Count(0, 0)).uses for code, count in now.items()}
    gone = {code: 1 for code, count in before.items() if code not in now and _last_use(count)}
    return {code: gain for code, gain in (gained | gone).items() if gain > 0}


def _last_use(count: Count) -> bool:
    return count.most > 0 and count.uses == count.most - 1


class FirstMoved(Counting):
    choose = staticmethod(lambda found: next(iter(found)))


class LargestDifference(Counting):
    choose = staticmethod(lambda found: max(found, key=lambda code: found[code]))


class OnlyOne(Counting):
    """Abstains unless exactly one moved."""

    choose = staticmethod(lambda found: next(iter(found)) if len(found) == 1 else None)


NAMES: dict[str, Callable[[Book], Peer]] = {
    "first counter that moved": FirstMoved,
    "largest difference": LargestDifference,
    "abstain unless one moved": OnlyOne,
}
if importlib.util.find_spec(PUBLIC) is not None:
    NAMES = {f"{PUBLIC} 1.3.4": PublicTracker, **NAMES}

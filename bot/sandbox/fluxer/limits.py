"""Fluxer's rate limits: leaky buckets to each account, and headers that mean a full drain.

A bucket takes one more request while there is room for it, and loses them evenly, `limit` in
`per` seconds. Time is the loop's: that is how clients wait, whatever the platform's clock says.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from bot.sandbox.calls import Route


class Limit(NamedTuple):
    requests: int
    seconds: float


TEN_SECONDS, MINUTE = 10.0, 60.0
USUAL = Limit(40, TEN_SECONDS)
GLOBAL = "global"
LIMITS: dict[str, Limit] = {
    "GET /gateway/bot": Limit(60, MINUTE),
    "GET /oauth2/applications/@me": Limit(60, MINUTE),
    "GET /applications/@me": Limit(60, MINUTE),
    "GET /users/{user_id}": Limit(100, TEN_SECONDS),
    "GET /guilds/{guild_id}": Limit(100, TEN_SECONDS),
    "PATCH /guilds/{guild_id}": Limit(20, TEN_SECONDS),
    "DELETE /users/@me/guilds/{guild_id}": Limit(10, TEN_SECONDS),
    "GET /guilds/{guild_id}/channels": Limit(60, TEN_SECONDS),
    "GET /guilds/{guild_id}/roles": Limit(60, TEN_SECONDS),
    "GET /guilds/{guild_id}/audit-logs": Limit(20, TEN_SECONDS),
    "GET /guilds/{guild_id}/vanity-url": Limit(100, TEN_SECONDS),
    "PATCH /guilds/{guild_id}/vanity-url": Limit(10, MINUTE),
    "DELETE /guilds/{guild_id}/members/{user_id}": Limit(20, TEN_SECONDS),
    "PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}": Limit(20, TEN_SECONDS),
    "DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}": Limit(20, TEN_SECONDS),
    "GET /invites/{code}": Limit(100, TEN_SECONDS),
    "POST /invites/{code}": Limit(10, TEN_SECONDS),
    "DELETE /invites/{code}": Limit(20, TEN_SECONDS),
    "POST /channels/{channel_id}/invites": Limit(20, MINUTE),
    "GET /channels/{channel_id}": Limit(100, TEN_SECONDS),
    "DELETE /channels/{channel_id}": Limit(20, TEN_SECONDS),
    "GET /channels/{channel_id}/messages": Limit(100, TEN_SECONDS),
    "GET /channels/{channel_id}/messages/{message_id}": Limit(100, TEN_SECONDS),
    "POST /channels/{channel_id}/messages": Limit(20, TEN_SECONDS),
    "reactions in a channel": Limit(30, TEN_SECONDS),
    "PATCH /channels/{channel_id}/messages/{message_id}": Limit(20, TEN_SECONDS),
    "DELETE /channels/{channel_id}/messages/{message_id}": Limit(20, TEN_SECONDS),
    "GET /packs/{pack_id}/invites": Limit(20, TEN_SECONDS),
    "POST /packs/{pack_id}/invites": Limit(20, TEN_SECONDS),
}
"""Requests in so many seconds; what is not named here has the usual limit."""

MEMBERS, REACTIONS = "members of a guild", "reactions in a channel"
TOGETHER = {
    "GET /guilds/{guild_id}/members": MEMBERS,
    "GET /guilds/{guild_id}/members/{user_id}": MEMBERS,
    "POST /guilds/{guild_id}/members-search": MEMBERS,
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me": REACTIONS,
    "DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me": REACTIONS,
    "DELETE /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}": REACTIONS,
    "GET /channels/{channel_id}/messages/{message_id}/reactions/{emoji}": REACTIONS,
    "DELETE /channels/{channel_id}/messages/{message_id}/reactions": REACTIONS,
}
"""Routes that fill one bucket together."""

ABOUT = ("guild_id", "channel_id", "pack_id", "code", "user_id")
"""The first of these parameters that a route has gives each value a bucket of its own."""
WHOLE = "POST /invites/{code}"
"""Whatever the code, there is one bucket for all that somebody accepts."""


@dataclass(slots=True)
class Bucket:
    """`level` is how many requests are in it, as of `asked`."""

    name: str
    limit: Limit
    level: float = 0.0
    asked: float = 0.0

    def take(self, now: float) -> bool:
        """Whether one more fits in, and then it is in."""
        leaked = (now - self.asked) * self.limit.requests / self.limit.seconds
        self.level, self.asked = max(self.level - leaked, 0.0), now
        if self.level + 1 > self.limit.requests:
            return False
        self.level += 1
        return True

    @property
    def each(self) -> float:
        """Seconds in which one request leaks out."""
        return self.limit.seconds / self.limit.requests

    @property
    def drained_in(self) -> float:
        """Seconds until it is empty: what Reset-After means here."""
        return self.level * self.each

    @property
    def room_in(self) -> float:
        """Seconds until one more fits: all that a client need wait."""
        return max(self.level + 1 - self.limit.requests, 0.0) * self.each


@dataclass(slots=True)
class Limits:
    """Buckets by route, account and what the route is about."""

    global_limit: int | None = None
    limited: int = 0
    """How many requests were too many."""
    _own: dict[str, Limit] = field(default_factory=dict)
    _buckets: dict[tuple[str, str, str], Bucket] = field(default_factory=dict)

    def limit(self, template: str, limit: int, per: float) -> None:
        """Another limit for every method of a route, from now on."""
        self._own[template] = Limit(limit, per)
        self._buckets.clear()

    def take(self, route: Route, params: Mapping[str, str], account: str) -> tuple[Bucket, bool]:
        """The bucket a request falls into, and whether it still fits."""
        now = asyncio.get_running_loop().time()
        if self.global_limit is not None:
            everything = self._bucket((GLOBAL, account, ""), Limit(self.global_limit, 1.0))
            if not everything.take(now):
                self.limited += 1
                return everything, False
        name = f"{route.method} {route.template}"
        group = TOGETHER.get(name, name)
        about = "" if name == WHOLE else next((params[key] for key in ABOUT if key in params), "")
        limit = self._own.get(route.template) or LIMITS.get(group, USUAL)
        bucket = self._bucket((group, account, about), limit)
        fits = bucket.take(now)
        self.limited += not fits
        return bucket, fits

    def _bucket(self, key: tuple[str, str, str], limit: Limit) -> Bucket:
        if key not in self._buckets:
            name = GLOBAL if key[0] == GLOBAL else sha256(key[0].encode()).hexdigest()[:16]
            self._buckets[key] = Bucket(name, limit)
        return self._buckets[key]


def headers(bucket: Bucket, clock: float) -> dict[str, str]:
    """What answers to a bot say of its bucket."""
    drained = bucket.drained_in
    return {
        "X-RateLimit-Limit": str(bucket.limit.requests),
        "X-RateLimit-Remaining": str(max(int(bucket.limit.requests - bucket.level), 0)),
        "X-RateLimit-Reset": str(int(clock + drained)),
        "X-RateLimit-Reset-After": f"{drained:.3f}".rstrip("0").rstrip("."),
        "X-RateLimit-Bucket": bucket.name,
    }

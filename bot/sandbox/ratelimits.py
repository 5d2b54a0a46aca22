"""Request buckets: the headers that tell a client to slow down, and the 429 if it does not."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import blake2s

GENEROUS = (1000, 1.0)
GLOBAL = "global"
MESSAGES = (5, 5.0)
"""Messages have a bucket to each channel, method and route that clients meet in daily life."""
STRICT = {
    "/channels/{channel_id}/messages": MESSAGES,
    "/channels/{channel_id}/messages/{message_id}": MESSAGES,
}


@dataclass(slots=True)
class Bucket:
    """A fixed window that opens with its first request."""

    name: str
    limit: int
    per: float
    ends: float = 0.0
    used: int = 0

    def take(self, now: float) -> bool:
        if now >= self.ends:
            self.ends = now + self.per
            self.used = 0
        self.used += 1
        return self.used <= self.limit

    def wait(self, now: float) -> float:
        return max(self.ends - now, 0.0)


class RateLimits:
    """Buckets per route and major parameter.

    Windows run on the machine's clock: clients wait in real time, whatever the platform's says.
    """

    def __init__(self) -> None:
        self.global_limit: int | None = None
        self.limited = 0
        """How many requests were too many."""
        self._limits: dict[str, tuple[int, float]] = dict(STRICT)
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._second = Bucket(GLOBAL, 0, 1.0)

    def limit(self, template: str, limit: int, per: float) -> None:
        self._limits[template] = (limit, per)
        self._buckets = {key: kept for key, kept in self._buckets.items() if key[0] != template}

    def take(self, method: str, template: str, major: str) -> tuple[Bucket, bool]:
        """The bucket a request falls into, and whether it still fits."""
        now = time.monotonic()
        if self.global_limit is not None:
            self._second.limit = self.global_limit
            if not self._second.take(now):
                self.limited += 1
                return self._second, False
        bucket = self._bucket(f"{method} {template}", template, major)
        fits = bucket.take(now)
        self.limited += not fits
        return bucket, fits

    def _bucket(self, name: str, template: str, major: str) -> Bucket:
        key = (template, name + major)
        if key not in self._buckets:
            limit, per = self._limits.get(template, GENEROUS)
            digest = blake2s(name.encode(), digest_size=16).hexdigest()
            self._buckets[key] = Bucket(digest, limit, per)
        return self._buckets[key]


def headers(bucket: Bucket, clock: float) -> Mapping[str, str]:
    wait = bucket.wait(time.monotonic())
    return {
        "X-RateLimit-Limit": str(bucket.limit),
        "X-RateLimit-Remaining": str(max(bucket.limit - bucket.used, 0)),
        "X-RateLimit-Reset": f"{clock + wait:.3f}",
        "X-RateLimit-Reset-After": f"{wait:.3f}",
        "X-RateLimit-Bucket": bucket.name,
    }

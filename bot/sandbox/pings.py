"""Whom a message notifies: what its text mentions, as far as its author allows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

JSON = dict[str, Any]

USER = re.compile(r"<@!?(\d+)>")
ROLE = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)\b")
TEXT_DISPLAY = 10


@dataclass(slots=True, frozen=True)
class Pings:
    users: tuple[int, ...] = ()
    roles: tuple[int, ...] = ()
    everyone: bool = False

    def __bool__(self) -> bool:
        return bool(self.users or self.roles or self.everyone)


def pings(body: JSON, *, by_bot: bool) -> Pings:
    """Without `allowed_mentions` everything in the text notifies."""
    text = "\n".join([str(body.get("content") or ""), *displayed(body.get("components") or [])])
    allowed = body.get("allowed_mentions") if by_bot else None
    return Pings(
        _allowed(USER.findall(text), allowed, "users"),
        _allowed(ROLE.findall(text), allowed, "roles"),
        EVERYONE.search(text) is not None and _parsed(allowed, "everyone"),
    )


def displayed(components: Iterable[JSON]) -> list[str]:
    """Texts of components v2, however deep."""
    texts: list[str] = []
    for component in components:
        if component.get("type") == TEXT_DISPLAY:
            texts.append(str(component.get("content", "")))
        texts += displayed(component.get("components") or [])
    return texts


def _allowed(found: list[str], allowed: JSON | None, kind: str) -> tuple[int, ...]:
    ids = dict.fromkeys(int(one) for one in found)
    if not _parsed(allowed, kind):
        named = {int(one) for one in (allowed or {}).get(kind) or []}
        ids = {one: None for one in ids if one in named}
    return tuple(ids)


def _parsed(allowed: JSON | None, kind: str) -> bool:
    return allowed is None or kind in (allowed.get("parse") or [])

"""Answers that go wrong because a test says so."""

import re
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Fault:
    """What happens to requests that match, instead of or before their answer.

    With neither status, hang nor drop it only delays.
    """

    method: str
    pattern: str
    times: int | None = 1
    status: int | None = None
    code: int | str = 0
    message: str = "injected fault"
    body: str | bytes | None = None
    content_type: str = "application/json"
    delay: float = 0.0
    hang: bool = False
    drop: bool = False
    retry_after: float | None = None

    def matches(self, method: str, path: str, template: str) -> bool:
        if self.times == 0 or self.method not in ("*", method):
            return False
        wanted = re.escape(self.pattern).replace(r"\*", "[^/]+")
        return self.pattern == template or re.fullmatch(wanted, path) is not None

    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.retry_after is not None:
            body["retry_after"] = self.retry_after
        if self.status == 429:  # noqa: PLR2004 - HTTP
            body = {"retry_after": 0.05, "global": False} | body
        return body


class Faults:
    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str, path: str, template: str) -> Fault | None:
        """The oldest fault that matches, with one of its times used."""
        for fault in self._faults:
            if fault.matches(method, path, template):
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

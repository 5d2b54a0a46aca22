"""Reading a body as Fluxer does: unknown keys are ignored, null is as good as nothing."""

from collections.abc import Collection
from typing import Any

from bot.sandbox.fluxer.errors import BAD_FORMAT, bad_form

JSON = dict[str, Any]


class Form:
    """Reads fields one by one, notes what is wrong with them and refuses the whole."""

    def __init__(self, body: Any) -> None:
        self.body: JSON = body if isinstance(body, dict) else {}
        self._wrong: list[str] = [] if isinstance(body, dict | None) else [""]

    def wrong(self, path: str) -> None:
        self._wrong.append(path)

    def number(self, key: str, least: int, most: int, default: int) -> int:
        value = self.body.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            self.wrong(key)
            return default
        return value

    def boolean(self, key: str, *, default: bool = False) -> bool:
        value = self.body.get(key)
        if not isinstance(value, bool | None):
            self.wrong(key)
        return default if value is None else bool(value)

    def text(self, key: str, most: int) -> str | None:
        value = self.body.get(key)
        if not isinstance(value, str | None) or (value is not None and len(value) > most):
            self.wrong(key)
            return None
        return value

    def choice(self, key: str, known: Collection[str]) -> None:
        if self.body.get(key) is not None and self.body[key] not in known:
            self.wrong(key)

    def values(self, key: str, kind: type, most: int) -> None:
        given = self.body.get(key)
        if given is None:
            return
        if (
            not isinstance(given, list)
            or len(given) > most
            or any(isinstance(one, bool) or not isinstance(one, kind) for one in given)
        ):
            self.wrong(key)

    def close(self) -> None:
        if self._wrong:
            raise bad_form(*((path, *BAD_FORMAT) for path in dict.fromkeys(self._wrong)))

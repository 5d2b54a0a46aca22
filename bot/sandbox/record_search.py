"""A search of the record: read from a request's body, then applied to entries; pure."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.errors import Form, bad_form
from bot.sandbox.members import DID_REJOIN
from bot.sandbox.record import Entry

JSON = dict[str, Any]
Test = Callable[[Entry], bool]
Place = tuple[int, int]
"""Where an entry stands: when they joined in milliseconds (0 if sorted by id), and their id."""

PAGE = 25
PAGE_LIMIT = 1000
VALUES = 10
NEWEST, OLDEST, HIGHEST_ID, LOWEST_ID = 1, 2, 3, 4
BOOLEANS: dict[str, Test] = {
    "is_pending": lambda entry: entry.member.pending,
    "did_rejoin": lambda entry: bool(entry.member.flags & DID_REJOIN),
}
HELD: dict[str, Callable[[Entry], list[Any]]] = {
    "user_id": lambda entry: [entry.member.id],
    "role_ids": lambda entry: entry.member.roles,
    "guild_joined_at": lambda entry: [entry.joined_ms],
    "join_source_type": lambda entry: [entry.source_type],
    "source_invite_code": lambda entry: [entry.origin.code],
    "usernames": lambda entry: [entry.member.name, entry.member.nick or ""],
}
OPERATORS = {
    "user_id": {"or_query", "range"},
    "role_ids": {"or_query", "and_query"},
    "guild_joined_at": {"range"},
    "join_source_type": {"or_query"},
    "source_invite_code": {"or_query"},
    "usernames": {"or_query"},
}
CURSOR = ("guild_joined_at", "user_id")
WORDS = {"source_invite_code", "usernames"}
"""Filters whose values are text; those of the others are numbers."""


@dataclass(slots=True)
class Search:
    """Every one of `every` must hold, and one of `some` if there are any."""

    limit: int = PAGE
    sort: int = NEWEST
    every: list[Test] = field(default_factory=list)
    some: list[Test] = field(default_factory=list)
    after: Place | None = None
    before: Place | None = None

    def found(self, entries: Iterable[Entry]) -> list[Entry]:
        """All that fit, in the order asked for."""
        fitting = [entry for entry in entries if self._fits(entry)]
        return sorted(fitting, key=self._place, reverse=self._falling)

    def page(self, found: list[Entry]) -> list[Entry]:
        """Those next behind `after`, or next in front of `before`."""
        if self.before is not None:
            ahead = [one for one in found if self._precedes(self._place(one), self.before)]
            return ahead[-self.limit :]
        if self.after is not None:
            found = [one for one in found if self._precedes(self.after, self._place(one))]
        return found[: self.limit]

    def _fits(self, entry: Entry) -> bool:
        chosen = not self.some or any(test(entry) for test in self.some)
        return chosen and all(test(entry) for test in self.every)

    @property
    def _falling(self) -> bool:
        return self.sort in (NEWEST, HIGHEST_ID)

    def place(self, joined_ms: int, user_id: int) -> Place:
        return (joined_ms if self.sort in (NEWEST, OLDEST) else 0, user_id)

    def _place(self, entry: Entry) -> Place:
        return self.place(entry.joined_ms, entry.member.id)

    def _precedes(self, one: Place, other: Place) -> bool:
        return one > other if self._falling else one < other


class Reader:
    """Reads a body; mistakes go into the form, what is not imitated into `unknown`."""

    def __init__(self) -> None:
        self.form = Form()
        self.unknown: list[str] = []

    def read(self, body: Any) -> Search:
        """The search that a body asks for; a wrong one is refused."""
        if not isinstance(body, dict):
            raise bad_form("_", "DICT_TYPE_CONVERT", "Only dictionaries may be used.")
        search = Search(
            self._bounded(body, "limit", PAGE, PAGE_LIMIT),
            self._bounded(body, "sort", NEWEST, LOWEST_ID),
            list(self._tests(body, "and_query")),
            list(self._tests(body, "or_query")),
        )
        search.after = self._cursor(body, "after", search)
        search.before = self._cursor(body, "before", search)
        if search.after is not None and search.before is not None:
            self.form.reject("before", "BASE_TYPE_BAD", "Only one of before and after is possible.")
        self.form.close()
        return search

    def _bounded(self, body: JSON, key: str, default: int, most: int) -> int:
        value = self._number(key, body.get(key, default))
        if not 1 <= value <= most:
            code = "NUMBER_TYPE_MIN" if value < 1 else "NUMBER_TYPE_MAX"
            self.form.reject(key, code, f"int value should be between 1 and {most}.")
        return value

    def _cursor(self, body: JSON, key: str, search: Search) -> Place | None:
        if body.get(key) is None:
            return None
        given = self._object(key, body[key], CURSOR)
        numbers = (self._number(f"{key}.{name}", given.get(name)) for name in CURSOR)
        return search.place(*numbers)

    def _tests(self, body: JSON, key: str) -> Iterator[Test]:
        filters = self._object(key, body.get(key) or {}, HELD.keys() | BOOLEANS.keys())
        for name, asked in filters.items():
            if name in BOOLEANS:
                yield self._boolean(f"{key}.{name}", name, asked)
            else:
                yield from self._filter(f"{key}.{name}", name, asked)

    def _boolean(self, path: str, name: str, asked: Any) -> Test:
        if not isinstance(asked, bool):
            self.form.reject(path, "BASE_TYPE_CONVERT", "Must be either true or false.")
        return lambda entry: BOOLEANS[name](entry) == asked

    def _filter(self, path: str, name: str, asked: Any) -> Iterator[Test]:
        for operator, given in self._object(path, asked, OPERATORS[name]).items():
            place = f"{path}.{operator}"
            if operator == "range":
                yield self._range(place, name, given)
            else:
                values = self._values(place, name, given)
                yield _all_of(name, values) if operator == "and_query" else _one_of(name, values)

    def _range(self, path: str, name: str, given: Any) -> Test:
        """Both ends belong to it; either may be left out."""
        given = self._object(path, given, {"gte", "lte"})
        low, high = (
            None if given.get(end) is None else self._number(f"{path}.{end}", given[end])
            for end in ("gte", "lte")
        )
        return lambda entry: all(
            (low is None or low <= held) and (high is None or held <= high)
            for held in HELD[name](entry)
        )

    def _values(self, path: str, name: str, given: Any) -> list[Any]:
        if not isinstance(given, list):
            self.form.reject(path, "BASE_TYPE_CONVERT", "Only iterables may be used.")
            return []
        if len(given) > VALUES:
            message = f"Must be {VALUES} or fewer in length."
            self.form.reject(path, "BASE_TYPE_MAX_LENGTH", message)
        read = self._word if name in WORDS else self._number
        return [read(f"{path}.{index}", value) for index, value in enumerate(given)]

    def _object(self, path: str, given: Any, known: Iterable[str]) -> JSON:
        """The part of an object that is imitated."""
        if not isinstance(given, dict):
            self.form.reject(path, "DICT_TYPE_CONVERT", "Only dictionaries may be used.")
            return {}
        known = set(known)
        self.unknown += [f"{path}.{name}" for name in given if name not in known]
        return {name: value for name, value in given.items() if name in known}

    def _number(self, path: str, value: Any) -> int:
        """Numbers may come as text, as ids do."""
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        code = "BASE_TYPE_REQUIRED" if value is None else "NUMBER_TYPE_COERCE"
        self.form.reject(path, code, f'Value "{value}" is not int.')
        return 1

    def _word(self, path: str, value: Any) -> str:
        if not isinstance(value, str):
            self.form.reject(path, "STRING_TYPE_CONVERT", "Could not interpret as string.")
        return str(value)


def _one_of(name: str, values: list[Any]) -> Test:
    if name == "usernames":
        starts = tuple(value.lower() for value in values)
        return lambda entry: any(held.lower().startswith(starts) for held in HELD[name](entry))
    wanted = frozenset(values)
    return lambda entry: not wanted.isdisjoint(HELD[name](entry))


def _all_of(name: str, values: list[Any]) -> Test:
    wanted = frozenset(values)
    return lambda entry: wanted.issubset(HELD[name](entry))

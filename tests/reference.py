"""Holds what the sandbox says against the platform's published description of itself.

A Fluxer sandbox is held against Fluxer's, and against what a running server answered and sent.

checker = reference.checker() or pytest.skip(reference.ABSENT)
checker.watch(sandbox)
...
assert checker.divergences == []
"""

import functools
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

import jsonschema_rs

from tests import fluxer_reference

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "reference"
ABSENT = "the platform's reference descriptions are not here"
REST = "urn:rest"
KINDS = jsonschema_rs.ValidationErrorKind
FIXED = (KINDS.Constant, KINDS.Enum)

KNOWN: dict[str, str] = {
    r"/channel_types/\d+: ": "discord.py offers media channels, type 16, wherever it offers forums",
    r" 400: errors(/\S+)?/_errors: ": "codes of form errors are words; the description has numbers",
    r"flags: \d+ was expected": "the event schemas allow only the one documented flag, never none",
    r"resolved/channels/\d+: Additional .*owner_id": "discord.py needs more of threads than that",
    r" request: \S*id: \d+ is not of type": "discord.py sends some ids as numbers",
}
"""Divergences that are meant, by a pattern of their text, each with its reason."""


class Exchange(Protocol):
    """What the checker reads of a REST exchange."""

    method: str
    path: str
    status: int
    request: Any
    response: Any
    injected: bool


class Dispatch(Protocol):
    """What the checker reads of an event."""

    name: str
    data: dict[str, Any]


class Observed(Protocol):
    """What can be watched."""

    @property
    def exchanges(self) -> list[Any]: ...

    @property
    def events(self) -> list[Any]: ...


@dataclass
class Descriptions:
    """The OpenAPI document and the event schemas, each schema compiled when first needed."""

    document: dict[str, Any]
    registry: jsonschema_rs.Registry
    events: Path
    _compiled: dict[str, Any] = field(default_factory=dict)

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The template that fits best (fewest parameters) and its description."""
        fitting = [
            (template.count("{"), template)
            for template, methods in self.document["paths"].items()
            if method in methods and _pattern(template).fullmatch(path)
        ]
        if not fitting:
            return None
        template = min(fitting)[1]
        return template, self.document["paths"][template][method]

    def part(self, *steps: str) -> Any:
        """A validator for the schema at that place of the OpenAPI document."""
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
        if pointer not in self._compiled:
            reference = {"$ref": f"{REST}#/{quote(pointer, safe='/~@')}"}
            self._compiled[pointer] = jsonschema_rs.validator_for(reference, registry=self.registry)
        return self._compiled[pointer]

    def event(self, name: str) -> Any:
        """A validator for an event, or None when it is not described."""
        file = self.events / f"{name}.json"
        if name not in self._compiled:
            known = file.exists()
            self._compiled[name] = (
                jsonschema_rs.validator_for(json.loads(file.read_text())) if known else None
            )
        return self._compiled[name]


class Checker:
    """Collects where exchanges and events differ from the description."""

    def __init__(self, descriptions: Descriptions) -> None:
        self.descriptions = descriptions
        self.divergences: list[str] = []
        self.checked = 0

    def watch(self, sandbox: Observed) -> None:
        fluxer = getattr(sandbox, "platform", "discord") == "fluxer"
        sandbox.exchanges.append(self.fluxer_exchange if fluxer else self.exchange)
        sandbox.events.append(self.fluxer_event if fluxer else self.event)

    def fluxer_exchange(self, exchange: Exchange) -> None:
        """Requests that were refused may be anything, injected answers are not the sandbox's."""
        if exchange.injected:
            return
        self.checked += 1
        asked = (exchange.method, exchange.path)
        if 200 <= exchange.status < 300:
            self.divergences += _unknown(
                fluxer_reference.mistakes_in_request(*asked, exchange.request)
            )
        self.divergences += _unknown(
            fluxer_reference.mistakes_in_answer(*asked, exchange.status, exchange.response)
        )

    def fluxer_event(self, event: Dispatch) -> None:
        self.checked += 1
        self.divergences += _unknown(fluxer_reference.mistakes_in_event(event.name, event.data))

    def exchange(self, exchange: Exchange) -> None:
        """Injected answers are not the sandbox's own; refused bodies may be anything.

        The record of joins (members-search) works for bots but is not described: like any such
        route it passes here, and has only tests of its own.
        """
        method = exchange.method.lower()
        found = self.descriptions.operation(method, exchange.path)
        if exchange.injected or found is None:
            return
        template, operation = found
        where = f"{exchange.method} {template}"
        accepted = 200 <= exchange.status < 300
        if accepted and exchange.request is not None:
            body = ("requestBody", "content", "application/json", "schema")
            validator = self.descriptions.part("paths", template, method, *body)
            self._check(f"{where} request", validator, exchange.request)
        self._response(where, (template, method), operation, exchange)

    def event(self, event: Dispatch) -> None:
        validator = self.descriptions.event(event.name)
        if validator is not None:
            self._check(event.name, validator, event.data)

    def _response(
        self, where: str, at: tuple[str, str], operation: dict[str, Any], exchange: Exchange
    ) -> None:
        if exchange.status >= 500:
            return  # the sandbox itself tells of those
        status = _described(exchange.status, operation["responses"])
        if status is None:
            self._note(f"{where}: status {exchange.status} is not described")
            return
        answer = self._followed(["paths", *at, "responses", status])
        content = self._at(answer).get("content")
        if content is None:
            if exchange.response is not None:
                self._note(f"{where} {status}: no body is described")
            return
        validator = self.descriptions.part(*answer, "content", "application/json", "schema")
        self._check(f"{where} {exchange.status}", validator, exchange.response)

    def _followed(self, steps: list[str]) -> list[str]:
        """The place a reference leads to, or the place itself."""
        reference = self._at(steps).get("$ref")
        return steps if reference is None else reference.removeprefix("#/").split("/")

    def _at(self, steps: list[str]) -> Any:
        return functools.reduce(lambda place, step: place[step], steps, self.descriptions.document)

    def _check(self, where: str, validator: Any, value: Any) -> None:
        self.checked += 1
        for error in validator.iter_errors(value):
            self.divergences += _mistakes(where, error)

    def _note(self, text: str) -> None:
        self.divergences.append(text)


def checker() -> Checker | None:
    """A new checker, or None where the descriptions are absent."""
    return Checker(_descriptions()) if FOLDER.exists() else None


@functools.cache
def _descriptions() -> Descriptions:
    document = json.loads((FOLDER / "discord-openapi.json").read_text())
    registry = jsonschema_rs.Registry([(REST, document)])
    return Descriptions(document, registry, FOLDER / "gateway")


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))


def _described(status: int, responses: dict[str, Any]) -> str | None:
    wanted = (str(status), f"{status // 100}XX")
    return next((one for one in wanted if one in responses), None)


def _unknown(texts: list[str]) -> list[str]:
    """Those that are not known and meant."""
    return [text for text in texts if not any(re.search(pattern, text) for pattern in KNOWN)]


def _mistakes(where: str, error: Any) -> list[str]:
    """The mistakes behind one, without the known; of several alternatives, the one meant."""
    alternatives = getattr(error.kind, "context", None)
    if not alternatives:
        return _unknown([f"{where}: {_place(error)}: {error.message[:300]}"])
    branches = [
        (_strange(error, branch), [text for one in branch for text in _mistakes(where, one)])
        for branch in alternatives
    ]
    return min(branches, key=lambda branch: (branch[0], len(branch[1])))[1]


def _strange(error: Any, branch: list[Any]) -> bool:
    """Whether an alternative is for another type of value, or another `type` of object."""
    return any(
        _place(one) == _place(error)
        if isinstance(one.kind, KINDS.Type)
        else _place(one).split("/")[-1] == "type" and isinstance(one.kind, FIXED)
        for one in branch
    )


def _place(error: Any) -> str:
    return "/".join(str(step) for step in error.instance_path)

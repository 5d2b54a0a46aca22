"""Holds what a Fluxer sandbox says against Fluxer's description and against what a server said."""

import functools
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests import shapes

FOLDER = Path(__file__).parents[1] / ".." / "shared" / "reference"
DOCUMENT, RECORDED = "fluxer-openapi.json", "fluxer-recorded"

AS_TOLD_BY = {
    "MESSAGE_UPDATE": "MESSAGE_CREATE",
    "GUILD_MEMBER_UPDATE": "GUILD_MEMBER_ADD",
}
"""Events that were not recorded, and those that they look like."""
OF_GUILDS = {"guild_id", "member"}
"""What messages outside of guilds do not have."""


def template(path: str) -> str:
    """A path without what differs from request to request."""
    path = re.sub(r"\d+", "*", path.partition("?")[0])
    path = re.sub(r"/packs/(emoji|sticker)$", "/packs/*", path)
    return re.sub(r"/invites/[^/]+$", "/invites/*", path)


def exchanges() -> list[dict[str, Any]]:
    """What was asked of a running server and what it answered, in that order."""
    found: list[dict[str, Any]] = json.loads((FOLDER / RECORDED / "rest.json").read_text())
    return found


def events() -> dict[str, list[Any]]:
    """The data of what a running server sent, by event."""
    recorded = json.loads((FOLDER / RECORDED / "gateway.json").read_text())["events"]
    return {name: [frame["d"] for frame in frames] for name, frames in recorded.items()}


@functools.cache
def answers() -> dict[tuple[str, str, int], list[Any]]:
    """Bodies by method, template and status."""
    found = defaultdict(list)
    for one in exchanges():
        asked, answered = one["request"], one["response"]
        key = (asked["method"], template(asked["path"]), answered["status"])
        found[key].append(answered["body"])
    return dict(found)


@functools.cache
def told() -> dict[str, list[Any]]:
    """Samples by event, with those that follow from others."""
    found = events()
    messages = found["MESSAGE_CREATE"]
    outside = [{key: one[key] for key in one.keys() - OF_GUILDS} for one in messages]
    found["MESSAGE_CREATE"] = messages + outside
    (created,) = found["GUILD_CREATE"]
    found |= {f"CHANNEL_{verb}": created["channels"] for verb in ("CREATE", "UPDATE", "DELETE")}
    roles = [{"guild_id": created["id"], "role": role} for role in created["roles"]]
    found |= {f"GUILD_ROLE_{verb}": roles for verb in ("CREATE", "UPDATE")}
    return found | {name: found[other] for name, other in AS_TOLD_BY.items()}


@functools.cache
def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / DOCUMENT).read_text())
    return found


@functools.cache
def nullable() -> frozenset[str]:
    """Names of properties that are somewhere described as possibly null."""
    return frozenset(_nullable(document()["components"]["schemas"]))


def _nullable(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for one in schema:
            yield from _nullable(one)
    if not isinstance(schema, dict):
        return
    for name, about in schema.get("properties", {}).items():
        if _may_be_null(about):
            yield name
    for one in schema.values():
        yield from _nullable(one)


def _may_be_null(schema: Any) -> bool:
    choices = schema.get("anyOf", []) + schema.get("oneOf", [])
    return schema.get("type") == "null" or any(_may_be_null(one) for one in choices)


@functools.cache
def validator(*steps: str) -> Any:
    """A validator for the schema at that place of the description."""
    pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in steps)
    registry = jsonschema_rs.Registry([("urn:fluxer", document())])
    quoted = pointer.replace("{", "%7B").replace("}", "%7D")
    return jsonschema_rs.validator_for({"$ref": f"urn:fluxer#/{quoted}"}, registry=registry)


def operation(method: str, path: str) -> str | None:
    """The template of the description that a path fits, if it is described."""
    for described, methods in document()["paths"].items():
        pattern = re.sub(r"\{\w+\}", "[^/]+", described)
        if method.lower() in methods and re.fullmatch(pattern, path):
            return str(described)
    return None


def mistakes_in_answer(method: str, path: str, status: int, body: Any) -> list[str]:
    """How an answer differs from the description and from what was answered elsewhere."""
    where = f"{method} {template(path)} {status}"
    found = [f"{where}: {text}" for text in _undescribed(method, path, status, body)]
    samples = answers().get((method, template(path), status), [])
    if status >= 400 and isinstance(body, dict):
        samples = [one for one in samples if one["code"] == body.get("code")]
    if samples:
        found += [f"{where}: {text}" for text in shapes.differences(body, samples, nullable())]
    return found


def _undescribed(method: str, path: str, status: int, body: Any) -> list[str]:
    described = operation(method, path)
    if status >= 500:
        return []
    if status >= 400 and status != 429:
        return _invalid(("components", "schemas", "Error"), body)
    if described is None:
        return []
    place = ("paths", described, method.lower(), "responses", str(status))
    answer = document()["paths"][described][method.lower()]["responses"].get(str(status))
    if answer is None:
        return [f"status {status} is not described"]
    if "content" not in answer:
        return [] if body is None else ["no body is described"]
    return _invalid((*place, "content", "application/json", "schema"), body)


def mistakes_in_request(method: str, path: str, body: Any) -> list[str]:
    """How a body that was accepted differs from what is described; strange keys are ignored."""
    described = operation(method, path)
    about = document()["paths"].get(described, {}).get(method.lower(), {})
    if body is None or "requestBody" not in about:
        return []
    place = ("paths", str(described), method.lower(), "requestBody")
    where = f"{method} {template(path)} request"
    found = _invalid((*place, "content", "application/json", "schema"), body)
    return [f"{where}: {text}" for text in found]


def _invalid(place: tuple[str, ...], body: Any) -> list[str]:
    errors = validator(*place).iter_errors(body)
    return [f"{'/'.join(map(str, one.instance_path))}: {one.message[:200]}" for one in errors]


def mistakes_in_event(name: str, data: dict[str, Any]) -> list[str]:
    """How an event differs from those of its name; an invite elsewhere is as it was answered."""
    if name == "INVITE_CREATE" and "guild" not in data:
        place = ("components", "schemas", "InviteMetadataResponseSchema")
        return [f"{name}: {text}" for text in _invalid(place, data)]
    outside = "guild_id" not in data
    if outside and (name == "INVITE_DELETE" or name.startswith("CHANNEL_")):
        return []
    return _unlike(name, data)


def _unlike(name: str, data: dict[str, Any]) -> list[str]:
    samples = told().get(name, [])
    return [f"{name}: {text}" for text in shapes.differences(data, samples, nullable())]

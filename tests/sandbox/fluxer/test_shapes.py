"""What holds a Fluxer sandbox against a real server's words, itself held to account."""

import copy
from typing import Any

import pytest

from bot.sandbox.gateway import Dispatch
from bot.sandbox.rest import Exchange
from tests import fluxer_reference, reference, shapes
from tests.sandbox.fluxer.talking import Ask

pytestmark = pytest.mark.skipif(not reference.FOLDER.exists(), reason=reference.ABSENT)


@pytest.mark.parametrize(
    ("value", "samples", "expected"),
    [
        (1, [2], []),
        (1, [2.5], []),
        ("1", [2], [": str, not float"]),
        (True, [2], [": bool, not float"]),
        (None, [2], [": null"]),
        (None, [2, None], []),
        (7, [None], []),
        ({"a": 1}, [{"a": 2}], []),
        ({}, [{"a": 2}], [": a is missing"]),
        ({"a": 1, "b": 1}, [{"a": 2}], [": b is not there"]),
        ({"a": "x"}, [{"a": 2}], ["/a: str, not float"]),
        ({"a": None}, [{"a": 2}], ["/a: null"]),
        ({"n": None}, [{"n": 2}], []),
        ({"a": 1, "reason": "x"}, [{"a": 2}], []),
        ([{"a": 1}, {}], [[{"a": 2}]], ["/1: a is missing"]),
        ([{"a": 1}], [[]], []),
        ({"type": 0, "a": 1}, [{"type": 4}, {"type": 0, "a": 2}], []),
        ({"type": 0}, [{"type": 4}, {"type": 0, "a": 2}], [": a is missing"]),
        ({"type": 9, "x": 1}, [{"type": 4}], []),
    ],
)
def test_shapes(value: Any, samples: list[Any], expected: list[str]) -> None:
    """Keys and types of a value are those of a sample of its kind; null where it may be."""
    assert expected == shapes.differences(value, samples, {"n"})


def _without(data: Any, path: tuple[str | int, ...]) -> Any:
    changed = copy.deepcopy(data)
    place = changed
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return changed


def _places(data: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every key of a value, however deep, in the first of several alike."""
    if isinstance(data, dict):
        own = [(*path, key) for key in data]
        return own + [one for key in data for one in _places(data[key], (*path, key))]
    if isinstance(data, list) and data:
        return _places(data[0], (*path, 0))
    return []


@pytest.mark.parametrize("name", ["READY", "GUILD_CREATE", "INVITE_CREATE", "MESSAGE_CREATE"])
def test_every_field_of_an_event_is_missed(name: str) -> None:
    """Whichever field is dropped from a recorded event, it is noted."""
    told = fluxer_reference.events()[name][0]
    places = [path for path in _places(told) if path[-1] not in shapes.OPTIONAL]
    missed = [path for path in places if "trace" not in path]

    assert [] == fluxer_reference.mistakes_in_event(name, told)
    assert len(missed) > 20
    assert [] == [
        path
        for path in missed
        if not fluxer_reference.mistakes_in_event(name, _without(told, path))
    ]


@pytest.mark.parametrize(
    "name",
    [
        "users_me",
        "guild",
        "create_invite",
        "members_search",
        "send_message",
        "pack_invites_as_user",
    ],
)
def test_every_field_of_an_answer_is_missed(name: str) -> None:
    """Whichever field is dropped from a recorded answer, it is noted."""
    one = next(each for each in fluxer_reference.exchanges() if each["name"] == name)
    asked, body = one["request"], one["response"]["body"]
    places = [path for path in _places(body) if path[-1] not in shapes.OPTIONAL]

    def mistakes(changed: Any) -> list[str]:
        return fluxer_reference.mistakes_in_answer(asked["method"], asked["path"], 200, changed)

    assert [] == mistakes(body)
    assert [] == [path for path in places if not mistakes(_without(body, path))]


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        (Exchange("GET", "", "/guilds/5/invites", 200, response=[{"code": "x"}]), "is missing"),
        (Exchange("GET", "", "/guilds/5/invites", 403, response={"code": 7}), "code"),
        (Exchange("GET", "", "/guilds/5/invites", 404, response={"message": "x"}), "code"),
        (Exchange("GET", "", "/guilds/5/invites", 429, response={}), "retry_after"),
        (Exchange("GET", "", "/guilds/5/invites", 201, response=[]), "status 201"),
        (Exchange("DELETE", "", "/invites/x", 204, response={}), "no body"),
        (
            Exchange("POST", "", "/channels/5/invites", 200, request={"max_uses": 101}),
            "request: max_uses",
        ),
    ],
)
def test_wrong_exchanges_are_noted(exchange: Exchange, expected: str) -> None:
    """Bodies, refusals, statuses and what was accepted are held against the description."""
    checker = reference.checker()
    assert checker is not None
    checker.fluxer_exchange(exchange)

    assert any(expected in text for text in checker.divergences)


@pytest.mark.parametrize(
    "exchange",
    [
        Exchange("GET", "", "/guilds/5/invites", 200, response="x", injected=True),
        Exchange("GET", "", "/guilds/5/nothing", 200, response="x"),
        Exchange(
            "POST",
            "",
            "/channels/5/invites",
            404,
            request={"max_uses": 101},
            response={"code": "UNKNOWN_CHANNEL", "message": "x"},
        ),
    ],
)
def test_what_is_not_held_against_it(exchange: Exchange) -> None:
    """Injected answers, routes that are not described, and requests that were refused."""
    checker = reference.checker()
    assert checker is not None
    checker.fluxer_exchange(exchange)

    assert [] == checker.divergences


async def test_a_sandbox_is_watched(ask: Ask) -> None:
    """Attached to a Fluxer sandbox the checker sees exchanges and events of Fluxer."""
    await ask("GET", "/users/@me")
    checker = reference.checker()
    assert checker is not None
    checker.fluxer_event(Dispatch("GUILD_MEMBER_REMOVE", {"guild_id": "1", "user": {}}, ""))

    assert ["GUILD_MEMBER_REMOVE: /user: id is missing"] == checker.divergences

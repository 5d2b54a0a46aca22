"""The checker that holds the sandbox against the reference, itself held to account."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from bot.sandbox import Sandbox
from bot.sandbox.gateway import Dispatch
from bot.sandbox.guild import Guild
from bot.sandbox.rest import Exchange
from tests import reference
from tests.sandbox.clients import Recorder, Rest


@pytest.fixture
def checker() -> reference.Checker:
    found = reference.checker()
    if found is None:
        pytest.skip(reference.ABSENT)
    return found


@dataclass
class Watched:
    exchanges: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)


@pytest.fixture
async def listing(sandbox: Sandbox, rest: Rest, guild: Guild) -> Exchange:
    """A true exchange: a list with one invite."""
    guild.add_invite(guild.channel("general"), by=guild.owner)
    seen: list[Exchange] = []
    sandbox.exchanges.append(seen.append)
    await rest("GET", f"/guilds/{guild.id}/invites")
    return seen[0]


async def test_true_exchange_passes(checker: reference.Checker, listing: Exchange) -> None:
    """What the sandbox answers is what the platform describes."""
    checker.exchange(listing)

    assert 1 == checker.checked
    assert [] == checker.divergences


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        pytest.param({"code": 7}, "code", id="wrong type"),
        pytest.param({"expires_at": ...}, "expires_at", id="missing"),
        pytest.param({"channel": {"id": "5", "type": 99, "name": "x"}}, "channel/type", id="enum"),
        pytest.param({"inviter": {"id": "5"}}, "inviter", id="nested"),
    ],
)
async def test_broken_answer_is_caught(
    checker: reference.Checker, listing: Exchange, change: dict[str, Any], expected: str
) -> None:
    """A field that is missing or of the wrong kind is named, with its place."""
    broken = {key: value for key, value in (listing.response[0] | change).items() if value != ...}

    checker.exchange(replace(listing, response=[broken]))

    assert checker.divergences
    assert all(expected in text for text in checker.divergences)
    assert checker.divergences[0].startswith("GET /guilds/{guild_id}/invites 200: 0")


@pytest.mark.parametrize(
    ("exchange", "expected"),
    [
        pytest.param(
            Exchange("POST", "", "/channels/5/invites", 204, request={"max_age": "x"}),
            "max_age",
            id="request body",
        ),
        pytest.param(
            Exchange("GET", "", "/guilds/5/invites", 204), "status 204", id="undescribed status"
        ),
        pytest.param(
            Exchange("POST", "", "/channels/5/invites", 204, response={}), "no body", id="body"
        ),
        pytest.param(
            Exchange("GET", "", "/guilds/5/invites", 403, response={"code": "x"}),
            "code",
            id="error",
        ),
        pytest.param(
            Exchange("GET", "", "/guilds/5/invites", 429, response={}), "retry_after", id="429"
        ),
    ],
)
def test_broken_exchange_is_caught(
    checker: reference.Checker, exchange: Exchange, expected: str
) -> None:
    """Bodies of requests, statuses and errors are held against the description too."""
    checker.exchange(exchange)

    assert any(expected in text for text in checker.divergences)


@pytest.mark.parametrize(
    "exchange",
    [
        pytest.param(
            Exchange("GET", "", "/guilds/5/invites", 200, response="x", injected=True), id="fault"
        ),
        pytest.param(Exchange("GET", "", "/guilds/5/nothing", 200, response="x"), id="unknown"),
        pytest.param(
            Exchange("POST", "", "/guilds/5/members-search", 202, response="x"), id="undescribed"
        ),
        pytest.param(
            Exchange(
                "POST",
                "",
                "/channels/5/invites",
                400,
                request={"max_uses": 101},
                response={"message": "x", "code": 50035},
            ),
            id="refused request",
        ),
    ],
)
def test_not_the_sandboxs_word(checker: reference.Checker, exchange: Exchange) -> None:
    """Injected answers, undescribed routes and refused bodies are not held against it."""
    checker.exchange(exchange)

    assert [] == checker.divergences


def test_broken_event_is_caught(checker: reference.Checker) -> None:
    """An event with a field too many, or one missing, is named."""
    true = {"code": "abc", "channel_id": "5", "guild_id": "6"}

    checker.event(Dispatch("INVITE_DELETE", true, ""))
    checker.event(Dispatch("NOT_DESCRIBED", {}, ""))
    assert [] == checker.divergences
    checker.event(Dispatch("INVITE_DELETE", true | {"uses": 3}, ""))
    checker.event(Dispatch("INVITE_DELETE", {"code": "abc"}, ""))

    assert ["uses", "channel_id"] == [
        next(word for word in ("uses", "channel_id") if word in text)
        for text in checker.divergences
    ]


async def test_it_watches_a_sandbox(
    checker: reference.Checker, sandbox: Sandbox, client: Recorder
) -> None:
    """Attached to a sandbox it sees exchanges and events."""
    checker.watch(sandbox)
    sandbox.add_guild("Lighthouse")
    await client.heard("guild_join")
    before = checker.checked
    await client.guilds[0].invites()

    assert 0 < before < checker.checked
    assert [] == checker.divergences


def test_known_divergences_have_reasons() -> None:
    """Each divergence that is let pass says why."""
    assert all(len(reason.split()) >= 4 for reason in reference.KNOWN.values())


def test_absent_descriptions(checker: reference.Checker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the descriptions are absent there is no checker, and no error."""
    watched = Watched()
    checker.watch(watched)
    monkeypatch.setattr(reference, "FOLDER", reference.FOLDER / "nothing")

    assert reference.checker() is None
    assert (1, 1) == (len(watched.exchanges), len(watched.events))

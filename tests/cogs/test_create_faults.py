"""A platform that does not create what was asked of it."""

from typing import Any

import pytest

from bot.platforms import common as edge
from bot.sandbox import Sandbox
from bot.sandbox.guild import Guild
from tests.cogs.conftest import Ask, only
from tests.harness import on_both
from tests.moderators import named, said_in_place, slash_only

pytestmark = [pytest.mark.usefixtures("usher"), on_both]

CREATE = ("POST", "/channels/*/invites")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        pytest.param({"status": 403, "code": 50013}, "lack a permission", id="403"),
        pytest.param({"status": 404, "code": 10003}, "does not exist any more", id="404"),
        pytest.param({"status": 400, "code": 30016}, "limit of 1000 invites", id="full"),
        pytest.param({"status": 400, "code": 50028}, "cannot be given", id="bad role"),
        pytest.param({"status": 400, "code": 40006}, "switched this feature off", id="off"),
        pytest.param({"status": 503}, "do not know whether it was done", id="503"),
        pytest.param({"status": 429, "retry_after": 300.0}, "slow down", id="429"),
        pytest.param({"status": 200, "body": "[]"}, "cannot read", id="nothing in it"),
        pytest.param({"status": 200, "body": '{"code": 3}'}, "cannot read", id="garbage"),
        pytest.param(
            {"status": 200, "body": '{"code": "abc", "uses": 9223372036854775808}'},
            "cannot read",
            id="a number beyond all bounds",
        ),
        pytest.param({"status": 200, "body": '{"code": "a b"}'}, "cannot read", id="no code"),
        pytest.param(
            {"status": 400, "code": 50035, "message": "**bad** <@1>"},
            r"\*\*bad\*\*",
            id="a form error with markdown",
        ),
    ],
)
async def test_every_refusal_has_a_sentence(
    ask: Ask, sandbox: Sandbox, fault: dict[str, Any], sentence: str
) -> None:
    """Whatever the platform answers instead of an invite, the moderator gets a sentence."""
    sandbox.fail(*CREATE, times=None, **fault)

    reply = await ask("invite create")

    assert sentence in reply.text
    assert said_in_place(sandbox, reply)


@slash_only
async def test_a_refusal_without_a_body_is_a_refusal(
    ask: Ask, sandbox: Sandbox, guild: Guild
) -> None:
    """An answer 204 means that the platform made no invite."""
    sandbox.refuse_creation()

    reply = await ask("invite create")

    assert "refused to create the invite" in reply.text
    assert not guild.invites


async def test_a_full_guild_is_told_what_to_do(ask: Ask, sandbox: Sandbox) -> None:
    """At the platform's limit of invites the moderator learns how to make room, and it works."""
    sandbox.invite_limit = 0

    reply = await ask("invite create")
    advised = await ask("invite list", sort="least used")

    assert f"{named(sandbox, 'invite list')} with `sort: least used`" in reply.text
    assert "Live invites" in advised.text


async def test_a_fault_says_that_it_may_have_been_done(ask: Ask, sandbox: Sandbox) -> None:
    """After an answer 500 nobody knows whether the invite exists, and nobody is told otherwise."""
    sandbox.fail(*CREATE, times=None, status=503)

    reply = await ask("invite create")

    look = f"Look at {named(sandbox, 'invite list')}"
    assert f"I do not know whether it was done. {look}" in reply.text
    assert "Nothing was changed" not in reply.text


async def test_no_answer_says_that_it_may_have_been_done(
    ask: Ask, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the platform does not answer, nobody knows whether the invite exists."""
    monkeypatch.setattr(edge, "ANSWER_LIMIT", 0.2)
    sandbox.fail(*CREATE, hang=True)

    reply = await ask("invite create")

    assert "I do not know whether it was done" in reply.text


@slash_only
async def test_a_slow_platform_does_not_lose_the_answer(
    ask: Ask, sandbox: Sandbox, guild: Guild
) -> None:
    """Creating may take longer than the three seconds a command has to answer in."""
    sandbox.answer_limit = 0.3
    sandbox.fail(*CREATE, delay=0.5)

    reply = await ask("invite create")

    assert only(guild).code in reply.text


async def test_invites_can_be_created_while_joining_is_paused(ask: Ask, guild: Guild) -> None:
    """A pause stops people from joining, not moderators from preparing."""
    guild.pause_invites()

    reply = await ask("invite create")

    assert 1 == len(guild.invites)
    assert "nobody can use it" in reply.text


async def test_nothing_is_said_of_a_pause_that_is_over(ask: Ask, guild: Guild) -> None:
    """Once joining is resumed, a new invite is announced without a warning."""
    guild.pause_invites()
    guild.pause_invites(paused=False)

    reply = await ask("invite create")

    assert "paused" not in reply.text

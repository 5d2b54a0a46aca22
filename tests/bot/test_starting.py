"""A start that fails is told in a sentence, by a whole Usher on each platform."""

import asyncio
import re

import aiohttp
import discord
import pytest

from bot import starting
from bot.__main__ import connect
from bot.client import Usher
from bot.errors import StartupError
from bot.sandbox import Sandbox
from cogs import EXTENSIONS
from data.ledger import Ledger
from tests.harness import on_both, until

ME = "/users/@me"
APPLICATION = "/oauth2/applications/@me"
GATEWAY = "/gateway/bot"
PAGE = {"body": "<html>\n \x1b[2J Oops</html>", "content_type": "text/html"}


async def told(ledger: Ledger, sandbox: Sandbox) -> StartupError:
    """Why Usher does not run; one of the known sentences, and in one line."""
    async with Usher(ledger, extension_names=EXTENSIONS, platform=sandbox.platform) as bot:
        with pytest.raises(StartupError) as error:
            await connect(bot, sandbox.token, sandbox.platform)
    assert str(error.value).startswith(sandbox.platform.capitalize())
    assert str(error.value).isprintable()
    return error.value


async def closed(ledger: Ledger, sandbox: Sandbox, code: int) -> StartupError:
    """Why Usher ends if its connection is closed with that code."""
    async with asyncio.TaskGroup() as group:
        ending = group.create_task(told(ledger, sandbox))
        await until(lambda: _connected(sandbox))
        sandbox.drop_gateway(code)
    return ending.result()


async def _connected(sandbox: Sandbox) -> bool:
    return bool(sandbox.sessions)


@on_both
@pytest.mark.parametrize("path", [ME, GATEWAY])
@pytest.mark.parametrize("status", [503, 521])
async def test_out_of_order(ledger: Ledger, sandbox: Sandbox, path: str, status: int) -> None:
    """A fault of the platform's is told with what was answered, and may pass."""
    sandbox.fail("GET", path, status=status, times=None, **PAGE)

    error = await told(ledger, sandbox)

    assert 1 == error.exit_code
    assert f" at the moment: it answered {status} " in str(error)
    assert "Oops" in str(error)


@on_both
@pytest.mark.parametrize("path", [ME, APPLICATION, GATEWAY])
@pytest.mark.parametrize("status", [403, 404])
async def test_not_let_in(ledger: Ledger, sandbox: Sandbox, path: str, status: int) -> None:
    """A refusal that is not about the token is told as one, and comes again every time."""
    sandbox.fail("GET", path, status=status, times=None)

    error = await told(ledger, sandbox)

    assert 2 == error.exit_code
    assert f" does not let Usher in: it answered {status} " in str(error)


@on_both
@pytest.mark.parametrize("path", [ME, APPLICATION, GATEWAY])
async def test_not_accepted(ledger: Ledger, sandbox: Sandbox, path: str) -> None:
    """Wherever the token is refused, it is the token that has to be set anew."""
    sandbox.fail("GET", path, status=401, times=None)

    error = await told(ledger, sandbox)

    assert 2 == error.exit_code
    name = sandbox.platform.capitalize()
    assert str(error).startswith(f"{name} does not accept USHER_TOKEN. Make a new one ({name}'s ")


@on_both
@pytest.mark.parametrize("path", [ME, APPLICATION, GATEWAY])
async def test_asked_to_slow_down(ledger: Ledger, sandbox: Sandbox, path: str) -> None:
    """If that takes long the sentence says how long, and trying again then will help."""
    sandbox.fail("GET", path, status=429, retry_after=3600, times=None)

    error = await told(ledger, sandbox)

    assert 1 == error.exit_code
    assert str(error).endswith(" asks Usher to slow down. Try again in 3600 seconds.")


@on_both
async def test_a_wall_in_between(ledger: Ledger, sandbox: Sandbox) -> None:
    """A 429 that does not say for how long passes, too."""
    sandbox.fail("GET", ME, status=429, times=None, **PAGE)

    error = await told(ledger, sandbox)

    assert 1 == error.exit_code


@on_both
@pytest.mark.parametrize("path", [ME, APPLICATION])
@pytest.mark.parametrize("body", ["null", "[]", "{}", '"text"', "<", "[" * 100_000])
async def test_nonsense(ledger: Ledger, sandbox: Sandbox, path: str, body: str) -> None:
    """An answer that cannot be read is told with the place, and not with its text."""
    sandbox.fail("GET", path, status=200, body=body, times=None)

    error = await told(ledger, sandbox)

    assert 1 == error.exit_code
    assert re.search(r"that cannot be read \(\w+Error in \w+\.py, line \d+\)", str(error))


@on_both
async def test_not_let_hear(ledger: Ledger, sandbox: Sandbox) -> None:
    """A connection closed for its intents is told in the platform's own terms."""
    error = await closed(ledger, sandbox, 4014)

    assert 2 == error.exit_code
    assert ("SERVER MEMBERS INTENT" in str(error)) == (sandbox.platform == "discord")


@on_both
async def test_closed_for_good(ledger: Ledger, sandbox: Sandbox) -> None:
    """Any other code that ends it is told."""
    error = await closed(ledger, sandbox, 4010)

    assert 2 == error.exit_code
    assert "closed the connection for good: " in str(error)
    assert "4010" in str(error)


@on_both
async def test_the_token_is_taken_away(ledger: Ledger, sandbox: Sandbox) -> None:
    """A connection closed for its token is told as a token that is not accepted."""
    error = await closed(ledger, sandbox, 4004)

    assert 2 == error.exit_code
    assert "does not accept USHER_TOKEN" in str(error)


@pytest.mark.parametrize("platform", ["discord", "fluxer"])
def test_nobody_answers(platform: str) -> None:
    """Neither a network nor the library's text for a gateway that it does not find names another
    platform.
    """
    no_gateway = discord.GatewayNotFound()  # type: ignore[no-untyped-call]
    for error in (OSError("no route"), aiohttp.ClientError(), no_gateway):
        failure = starting.failed(error, platform)
        assert 1 == failure.exit_code
        assert str(failure).startswith(platform.capitalize())
        assert "discord was not found" not in str(failure)

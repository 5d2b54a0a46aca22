"""Single questions beside the bot: what is sent where, and how long anybody waits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.errors import NoAnswerError
from bot.platforms import direct

KEY = {"Authorization": "flx_secret"}

Answer = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[str]:
    """A server of nothing but this answer, and its address."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_the_key_goes_to_one_address_only() -> None:
    """A redirection is an answer, and is not followed."""
    followed: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        followed.append(request.headers.get("Authorization", ""))
        return web.json_response({})

    async with serving(elsewhere) as there:

        async def away(_: web.Request) -> web.Response:
            return web.Response(status=302, headers={"Location": f"{there}/packs"})

        async with serving(away) as here:
            told = await direct.ask("Fluxer", "GET", f"{here}/packs", headers=KEY)

    assert (302, None, False) == (told.status, told.body, told.granted)
    assert [] == followed


async def test_it_waits_as_long_as_it_was_told_and_no_longer() -> None:
    """Two turns are waited for; together they may take as long as a question may."""
    loop = asyncio.get_running_loop()
    asked: list[float] = []

    async def busy(_: web.Request) -> web.Response:
        asked.append(loop.time())
        if len(asked) < 3:
            return web.json_response({"retry_after": 0.2}, status=429)
        return web.json_response({"ok": True})

    async with serving(busy) as here:
        told = await direct.ask("Fluxer", "GET", here, headers={})

        asked.clear()
        with pytest.raises(NoAnswerError, match="slow down") as late:
            await direct.ask("Fluxer", "GET", here, headers={}, patience=0.3)

    assert {"ok": True} == told.body
    assert 0.2 == late.value.retry_after
    assert 2 == len(asked)


async def test_silence_has_a_limit() -> None:
    """Nobody waits for ever, and what is not known is not said."""

    async def silent(_: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response()

    async with serving(silent) as here:
        with pytest.raises(NoAnswerError, match=r"^Fluxer did not answer\.$") as told:
            await direct.ask("Fluxer", "GET", here, headers=KEY, patience=0.1)

    assert told.value.retry_after is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"errors": [{"path": "max_age", "message": "too long"}]}, "max_age: too long"),
        ({"errors": {"max_age": {}}, "message": "Invalid form body."}, "Invalid form body."),
        ({"code": "UNKNOWN_PACK"}, "UNKNOWN_PACK"),
        ({}, "it gave no reason."),
        (None, "it gave no reason."),
        ([], "it gave no reason."),
    ],
)
def test_what_is_wrong(answer: object, said: str) -> None:
    """Each fault of a form by its field, else the platform's own sentence."""
    assert said == direct.said(answer)

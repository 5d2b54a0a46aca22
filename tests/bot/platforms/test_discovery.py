"""An instance names its own addresses; who is none is told apart."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import test_utils, web

from bot.errors import StartupError
from bot.platforms import discovery
from bot.platforms.discovery import DOCUMENT, Instance
from bot.sandbox import Sandbox

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

ENDPOINTS = {
    "api": "https://chat.example.org/api",
    "gateway": "wss://chat.example.org/gateway",
    "invite": "https://chat.example.org/invite/",
}
FOUND = Instance(
    "https://chat.example.org/api/v1",
    "wss://chat.example.org/gateway",
    "https://chat.example.org/invite",
)


@asynccontextmanager
async def serving(handler: Handler, path: str = DOCUMENT) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get(path, handler)
    async with test_utils.TestServer(app) as server:
        yield f"http://{server.host}:{server.port}"


async def document(_: web.Request) -> web.Response:
    return web.json_response({"endpoints": ENDPOINTS, "features": {}})


async def test_the_public_instance_needs_no_question() -> None:
    assert Instance("https://api.fluxer.app/v1", None, None) == await discovery.find(None)


@pytest.mark.parametrize("path", ["", "/", "/api", "/api/v1", "/?a=b"])
async def test_the_address_of_an_instance_or_of_its_api(path: str) -> None:
    """The document stands at the root, whatever part of the instance somebody names."""
    async with serving(document) as base:
        assert FOUND == await discovery.find(base + path)


async def test_below_a_path() -> None:
    """An instance that shares its host with others has the document below its own path."""
    async with serving(document, f"/chat{DOCUMENT}") as base:
        assert FOUND == await discovery.find(f"{base}/chat")


@pytest.mark.parametrize("platform", ["fluxer"], indirect=True)
async def test_the_sandbox(sandbox: Sandbox) -> None:
    found = await discovery.find(sandbox.base)

    assert (sandbox.api_base, sandbox.gateway_url) == found[:2]
    assert found.invites is not None


def test_an_api_that_names_its_version() -> None:
    """Nothing is put behind an address that has its version already."""
    api = {**ENDPOINTS, "api": "https://api.example.org/v1/"}

    assert "https://api.example.org/v1" == discovery.instance({"endpoints": api}).api


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        [],
        {},
        {"endpoints": None},
        {"endpoints": {**ENDPOINTS, "api": None}},
        {"endpoints": {**ENDPOINTS, "api": "ftp://chat.example.org"}},
        {"endpoints": {**ENDPOINTS, "gateway": "https://chat.example.org"}},
        {"endpoints": {**ENDPOINTS, "gateway": "wss://"}},
        {"endpoints": {**ENDPOINTS, "api": "https://somebody:secret@chat.example.org"}},
        {"endpoints": {**ENDPOINTS, "invite": "javascript:alert(1)"}},
    ],
    ids=str,
)
def test_what_is_no_document(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"address|endpoints"):
        discovery.instance(wrong)


async def garbage(_: web.Request) -> web.Response:
    return web.Response(text="<html>Welcome</html>", content_type="text/html")


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(64):
        await response.write(b"[" * 65536)
    return response


async def nested(_: web.Request) -> web.Response:
    return web.Response(text="[" * 100_000, content_type="application/json")


async def unknown(_: web.Request) -> web.Response:
    raise web.HTTPNotImplemented


async def round_and_round(request: web.Request) -> web.Response:
    raise web.HTTPFound(request.path)


async def missing(_: web.Request) -> web.Response:
    raise web.HTTPNotFound


@pytest.mark.parametrize("handler", [garbage, endless, nested, missing, unknown, round_and_round])
async def test_somebody_else_answers(handler: Handler) -> None:
    """Said in a sentence that names the setting; trying again would not help."""
    async with serving(handler) as base:
        with pytest.raises(StartupError, match="USHER_API_BASE") as told:
            await discovery.find(base)

    assert 2 == told.value.exit_code


@pytest.mark.parametrize("status", [429, 500, 503, 520, 521, 530])
async def test_an_instance_that_is_out_of_order(status: int) -> None:
    """That may pass, too: exit code 1, and no setting is blamed."""

    async def broken(_: web.Request) -> web.Response:
        return web.Response(status=status)

    async with serving(broken) as base:
        with pytest.raises(StartupError, match=f"out of order .* {status}") as told:
            await discovery.find(base)

    assert 1 == told.value.exit_code
    assert "USHER_API_BASE" not in str(told.value)


async def test_nobody_answers() -> None:
    """That may pass: exit code 1."""
    with pytest.raises(StartupError, match="cannot be reached") as told:
        await discovery.find("http://127.0.0.1:1")

    assert 1 == told.value.exit_code


async def test_a_password_is_not_said() -> None:
    """Whatever is wrong with an address, what stands before its host stays unsaid."""
    for handler in (garbage, round_and_round):
        async with serving(handler) as base:
            await _unsaid(base)
    await _unsaid("http://127.0.0.1:1")


async def _unsaid(address: str) -> None:
    with pytest.raises(StartupError) as told:
        await discovery.find(address.replace("//", "//somebody:secret@"))
    assert address in str(told.value)
    assert "secret" not in str(told.value)
    assert "somebody" not in str(told.value)


async def test_silence_has_a_limit() -> None:
    """An address that takes the question and says nothing."""
    stop = asyncio.Event()

    async def silent(_: web.Request) -> web.Response:
        await stop.wait()
        return web.Response()

    async with serving(silent) as base:
        with pytest.raises(StartupError, match="in time") as told:
            await discovery.find(base, limit=0.05)
        stop.set()

    assert 1 == told.value.exit_code

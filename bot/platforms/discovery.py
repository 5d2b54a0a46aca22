"""Where an instance of Fluxer has its API, its gateway and its links: it says so itself."""

import asyncio
import json
import re
from typing import Any, Final, NamedTuple

import aiohttp
import yarl

from bot.errors import StartupError

API: Final = "https://api.fluxer.app/v1"
"""Of the public instance, which needs no discovery."""
DOCUMENT: Final = "/.well-known/fluxer"
LIMIT: Final = 10.0
"""Seconds until an instance counts as out of reach."""
SMALL: Final = 1 << 20
"""Bytes of the largest document that is read."""

_VERSION: Final = re.compile(r"/v\d+$")
_NONSENSE = (
    "{address} does not say that it is an instance of Fluxer. Set USHER_API_BASE to the address "
    "at which people open it, or leave it out for fluxer.app."
)
_OUT_OF_ORDER = "{host} is out of order at the moment (status {status}). Try again later."
_NOT_REACHED = "{address} cannot be reached: {why}"
_ROUND = (
    "{address} sends whoever asks on to another address, and that on again without end. Set "
    "USHER_API_BASE to the address at which people open the instance."
)
_TOO_MANY: Final = 429
_SERVER_FAULT: Final = 500
_NEVER: Final = 501
"""Of a server that does not know what is asked for, and will not."""
_PERSON: Final = re.compile(r"(?<=://)[^/?#\s]*@")
"""Before a host: a name, and maybe a password."""


class Instance(NamedTuple):
    """The addresses of an instance; None where it has none of its own."""

    api: str = API
    gateway: str | None = None
    invites: str | None = None


async def find(address: str | None, limit: float = LIMIT) -> Instance:
    """The instance at an address, its own or that of its API; None is the public one.

    Raises `StartupError` with a sentence if nobody answers there, or somebody else.
    """
    if address is None:
        return Instance()
    try:
        async with asyncio.timeout(limit), aiohttp.ClientSession() as session:
            for place in _places(address):
                if (document := await _read(session, place)) is not None:
                    return instance(document)
    except TimeoutError:
        raise StartupError(f"{_shown(address)} did not answer in time.", 1) from None
    except aiohttp.TooManyRedirects:
        raise StartupError(_ROUND.format(address=_shown(address))) from None
    except (aiohttp.ClientError, OSError) as error:
        why = _shown(str(error)) or type(error).__name__
        raise StartupError(_NOT_REACHED.format(address=_shown(address), why=why), 1) from None
    except (ValueError, RecursionError):  # the latter for one that is nested without end
        pass
    raise StartupError(_NONSENSE.format(address=_shown(address)))


def _shown(text: str) -> str:
    """Without what may be a password in its addresses."""
    return _PERSON.sub("", text)


def instance(document: Any) -> Instance:
    """What a document says. Pure; raises `ValueError` if it is none of Fluxer's."""
    try:
        endpoints = document["endpoints"]
        api = _address(endpoints["api"], "http", "https").rstrip("/")
        gateway = _address(endpoints["gateway"], "ws", "wss")
        invites = _address(endpoints["invite"], "http", "https").rstrip("/")
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError("it names no endpoints") from error
    return Instance(api if _VERSION.search(api) else f"{api}/v1", gateway, invites)


def _places(address: str) -> list[yarl.URL]:
    """Where the document may be: under the address itself, and at its root."""
    base = yarl.URL(address).with_query(None).with_fragment(None)
    under = yarl.URL(str(base).rstrip("/") + DOCUMENT)
    return list(dict.fromkeys([under, base.origin().with_path(DOCUMENT)]))


async def _read(session: aiohttp.ClientSession, place: yarl.URL) -> Any:
    """The document; None if there is none. What will pass is no answer to that."""
    async with session.get(place) as response:
        if _passing(response.status):
            raise StartupError(_OUT_OF_ORDER.format(host=place.host, status=response.status), 1)
        if response.status != 200:  # noqa: PLR2004 - the status itself
            return None
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > SMALL:
                raise ValueError("that is no such document")
        return json.loads(body)


def _passing(status: int) -> bool:
    return status == _TOO_MANY or (status >= _SERVER_FAULT and status != _NEVER)


def _address(text: Any, *schemes: str) -> str:
    if not isinstance(text, str):
        raise TypeError("an address is a text")
    url = yarl.URL(text)
    if url.scheme not in schemes or not url.host or url.raw_authority.count("@"):
        raise ValueError("that is no address")
    return text

"""Single questions to a platform beside the bot and its connection: with a person's key, or none.

What is asked is never said: neither an error nor a log line has a header in it.
"""

import asyncio
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import aiohttp

from bot.errors import NoAnswerError
from data.models import Reason

PATIENCE: Final = 30.0
"""Seconds that a question may take, waiting for its turn included."""
NOT_OUR_TURN: Final = 429
SERVER_FAULT: Final = 500


class Told(NamedTuple):
    """An answer: its status, and its JSON, null if it is none."""

    status: int
    body: Any

    @property
    def granted(self) -> bool:
        return 200 <= self.status < 300  # noqa: PLR2004 - HTTP


async def ask(
    name: str,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: dict[str, Any] | None = None,
    patience: float = PATIENCE,
) -> Told:
    """The answer of the platform of that name; asked again if it was not our turn and there is
    time.

    Raises `NoAnswerError`; with `retry_after` nothing was done.
    """
    try:
        async with asyncio.timeout(patience) as limit:
            while True:
                told = await _request(method, url, headers, body)
                if told.status >= SERVER_FAULT:
                    said = f"{name} has a fault of its own right now."
                    raise NoAnswerError(Reason.NO_ANSWER, said)
                if told.status != NOT_OUR_TURN:
                    return told
                await _turn(name, told.body, limit.when())
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        # Its text may quote what we sent.
        raise NoAnswerError(Reason.NO_ANSWER, f"{name} did not answer.") from error


async def _request(
    method: str, url: str, headers: Mapping[str, str], body: dict[str, Any] | None
) -> Told:
    """Redirections are not followed: a key is for one address only."""
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, json=body, allow_redirects=False) as response,
    ):
        text = await response.text("utf-8", "replace")
    try:
        return Told(response.status, json.loads(text))
    except ValueError:
        return Told(response.status, None)


async def _turn(name: str, answer: Any, until: float | None) -> None:
    """Wait until it is our turn, if that comes before our patience ends."""
    try:
        wait = max(float(answer["retry_after"]), 0.0)
    except (KeyError, TypeError, ValueError):
        wait = 1.0
    now = asyncio.get_running_loop().time()
    if until is not None and now + wait >= until:
        said = f"{name} asks me to slow down. Try again in {wait:.0f} seconds."
        raise NoAnswerError(Reason.NO_ANSWER, said, wait)
    await asyncio.sleep(wait)


def said(answer: Any) -> str:
    """What a platform says is wrong, field by field where it lists that."""
    if not isinstance(answer, dict):
        return "it gave no reason."
    faults = answer.get("errors")
    if faults and isinstance(faults, list) and all(isinstance(one, dict) for one in faults):
        return "; ".join(f"{one.get('path')}: {one.get('message')}" for one in faults)
    return str(answer.get("message") or answer.get("code") or "it gave no reason.")

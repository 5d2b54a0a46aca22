"""What translating Fluxer's events costs: the same events through discord.py, with and without.

Both ways go from the text of a frame to what the library tells its listeners, in memory: on a
socket the share of the translation would only be smaller.
"""

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from itertools import cycle, islice
from typing import Any, NamedTuple

import aiohttp
import discord
from discord.gateway import DiscordWebSocket

from bot.__main__ import collect_rarely
from bot.client import SPOKEN
from bot.platforms import fluxer_edge, fluxer_payloads, fluxer_wire

from .table import Row, Section

Json = dict[str, Any]
Event = tuple[str, Json]

MOST = 0.10
"""Of the throughput."""
GUILD, CHANNEL, OWN, BASE = 1 << 60, (1 << 60) + 1, (1 << 60) + 2, 1 << 61
LISTS = ("attachments", "embeds", "mention_channels", "message_snapshots", "reactions", "stickers")
NOTHING = (*LISTS, "call", "edited_timestamp", "message_reference", "nonce", "webhook_id")
"""Fields of most messages that are null."""
MOMENT = "2026-11-21T08:27:08.425Z"


class Fed:
    """The end of a connection that has every frame already, behind that of an open session."""

    closed = False
    close_code = None

    def __init__(self, frames: Sequence[str]) -> None:
        kind = aiohttp.WSMsgType.TEXT
        resumed = json.dumps({"op": 0, "t": "RESUMED", "s": 7, "d": {}})
        self._frames = iter([aiohttp.WSMessage(kind, one, None) for one in (resumed, *frames)])

    async def receive(self, timeout: float | None = None) -> aiohttp.WSMessage:
        del timeout
        return next(self._frames)


class Share(NamedTuple):
    """Events a second."""

    plain: float
    translated: float

    @property
    def cost(self) -> float:
        return 1 - self.translated / self.plain


def translation(*, quick: bool) -> Section:
    collect_rarely()
    count, runs = (2_000, 5) if quick else (20_000, 11)
    shares = {what: asyncio.run(_share(mix, count, runs)) for what, mix in MIXES.items()}
    title = f"Translating Fluxer's events, {count:,} of each kind (median of {runs} pairs)"
    return Section(title, [_row(what, share) for what, share in shares.items()])


def _row(what: str, share: Share) -> Row:
    said = f"{share.plain:,.0f}/s without, {share.translated:,.0f}/s with: {share.cost:+.1%}"
    if what != EVERYTHING:
        return Row(what, said)
    return Row(what, said, f"<= {MOST:.0%}", share.cost <= MOST)


async def _share(mix: Sequence[Callable[[int], Event]], count: int, runs: int) -> Share:
    """Pairs in turn, so that both ways meet the same machine."""
    events = [make(number) for number, make in enumerate(islice(cycle(mix), count))]
    told = [_frame(name, data) for name, data in events]
    ready = [_frame(name, _as_discord(name, data)) for name, data in events]
    pairs = []
    for number in range(runs + 1):
        plain = len(events) / await _seconds(ready, translate=False)
        translated = len(events) / await _seconds(told, translate=True)
        if number:  # the first warms up
            pairs.append(Share(plain, translated))
    return sorted(pairs, key=lambda pair: pair.cost)[len(pairs) // 2]


async def _seconds(frames: Sequence[str], *, translate: bool) -> float:
    client = await _client(translate=translate)
    socket: Any = Fed(frames)
    if translate:
        session: Any = aiohttp.ClientSession()
        async with session:
            wire = fluxer_wire.Session(session, list)
        socket = fluxer_wire.Socket(socket, wire, "ws://127.0.0.1/gateway")
    gateway = _gateway(client, socket)
    await gateway.poll_event()
    client.told = 0
    begun = time.process_time()
    for _ in frames:
        await gateway.poll_event()
    took = time.process_time() - begun
    assert len(frames) == client.told, "each event told one thing"
    return took


class _Client(discord.AutoShardedClient):
    """Counts what its listeners would be told."""

    told = 0

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        if event != "socket_event_type":
            self.told += 1
        super().dispatch(event, *args, **kwargs)


async def _client(*, translate: bool) -> _Client:
    """In one guild, with all that Usher sets."""
    client = _Client(
        intents=SPOKEN["fluxer"].intents,
        member_cache_flags=discord.MemberCacheFlags.none(),
        chunk_guilds_at_startup=False,
        max_messages=None,
    )
    if translate:
        fluxer_edge.attach(client)
    state = client._connection
    state.user = discord.ClientUser(state=state, data=_user(OWN))  # type: ignore[arg-type]
    state.parsers["GUILD_CREATE"](_guild() if translate else fluxer_payloads.guild(_guild()))
    assert client.get_guild(GUILD) is not None
    client.told = 0
    return client


def _gateway(client: discord.AutoShardedClient, socket: Any) -> DiscordWebSocket:
    gateway = DiscordWebSocket(socket, loop=asyncio.get_running_loop())
    gateway._discord_parsers = client._connection.parsers
    gateway._connection, gateway._dispatch = client._connection, client.dispatch
    gateway.shard_id, gateway._max_heartbeat_timeout = 0, 60.0
    return gateway


def _as_discord(name: str, data: Json) -> Json:
    """As Discord sends it, with as many fields: a list that has nothing in it is empty there."""
    if name == "MESSAGE_CREATE":
        absent = {"call", "message_reference"}
        told = {key: one for key, one in data.items() if key not in absent}
        return {**told, **{key: [] for key in LISTS}, "member": {**data["member"], "flags": 0}}
    translate = fluxer_edge.HEARD[name].translate
    return translate(data) if translate is not None else data


def _frame(name: str, data: Json) -> str:
    return json.dumps({"op": 0, "t": name, "s": 7, "d": data}, separators=(",", ":"))


def _user(number: int) -> Json:
    return {
        "id": str(number),
        "username": f"person{number}",
        "discriminator": "0001",
        "global_name": None,
        "avatar": None,
        "avatar_color": None,
        "flags": 0,
    }


def _member() -> Json:
    return {
        "accent_color": None,
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "deaf": False,
        "guild_id": str(GUILD),
        "joined_at": MOMENT,
        "mute": False,
        "nick": None,
        "roles": [],
    }


def _guild() -> Json:
    everyone = {"id": str(GUILD), "name": "@everyone", "permissions": "8", "position": 0}
    general = {
        "id": str(CHANNEL),
        "guild_id": str(GUILD),
        "name": "general",
        "type": 0,
        "position": 0,
        "permission_overwrites": [],
    }
    return {
        "id": str(GUILD),
        "properties": {"id": str(GUILD), "name": "Harbour", "owner_id": str(OWN), "features": []},
        "roles": [everyone],
        "channels": [general],
        "members": [{**_member(), "user": _user(OWN)}],
        "member_count": 2,
        "joined_at": MOMENT,
    }


def _join(number: int) -> Event:
    return "GUILD_MEMBER_ADD", {**_member(), "user": _user(BASE + number)}


def _leave(number: int) -> Event:
    return "GUILD_MEMBER_REMOVE", {"guild_id": str(GUILD), "user": {"id": str(BASE + number)}}


def _message(number: int) -> Event:
    return "MESSAGE_CREATE", {
        **dict.fromkeys(NOTHING),
        "id": str(BASE + number),
        "channel_id": str(CHANNEL),
        "channel_type": 0,
        "guild_id": str(GUILD),
        "author": _user(BASE + number),
        "member": _member(),
        "content": "is anybody there?",
        "timestamp": MOMENT,
        "type": 0,
        "flags": 0,
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
    }


def _invite(number: int) -> Event:
    return "INVITE_CREATE", {
        "code": f"code{number}",
        "type": 0,
        "channel": {"id": str(CHANNEL), "name": "general", "type": 0},
        "guild": {"id": str(GUILD), "name": "Harbour", "features": []},
        "guild_id": str(GUILD),
        "inviter": _user(BASE + number),
        "created_at": MOMENT,
        "expires_at": None,
        "max_age": 0,
        "max_uses": 0,
        "uses": 0,
        "member_count": 2,
        "presence_count": 0,
        "temporary": False,
    }


EVERYTHING = "all of these in turn"
MIXES: dict[str, Sequence[Callable[[int], Event]]] = {
    "joins": (_join,),
    "leaves": (_leave,),
    "messages": (_message,),
    "invites": (_invite,),
    EVERYTHING: (_join, _leave, _message, _invite),
}

"""A request as the routes see it, and the table that routes are entered in."""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.entities import Channel, Member
from bot.sandbox.errors import Refused, bad_form
from bot.sandbox.guild import Guild
from bot.sandbox.interactions import Interactions
from bot.sandbox.permissions import Permission
from bot.sandbox.world import World

JSON = dict[str, Any]
HIGHEST_ID = (1 << 63) - 1


@dataclass(slots=True)
class Answer:
    status: int
    body: Any = None


NOTHING = Answer(204)


@dataclass(slots=True)
class Call:
    """One request, already authorised and parsed."""

    world: World
    interactions: Interactions
    gateway_url: str
    params: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    reason: str | None = None
    unknown: list[str] = field(default_factory=list)
    """Further parts of the request that an endpoint met and does not imitate."""

    def id(self, name: str) -> int:
        return int(self.params[name])

    @property
    def guild(self) -> Guild:
        """The guild in the path, which the bot must be in."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or guild.me is None:
            raise Refused(404, 10004)
        return guild

    @property
    def channel(self) -> tuple[Guild, Channel]:
        """The guild channel in the path, which the bot must see."""
        channel = self.any_channel
        guild = self.world.guilds.get(channel.guild_id or 0)
        if guild is None:
            raise Refused(404, 10003)
        self.need(guild, Permission.VIEW_CHANNEL, channel, code=50001)
        return guild, channel

    @property
    def any_channel(self) -> Channel:
        channel = self.world.channels.get(self.id("channel_id"))
        if channel is None:
            raise Refused(404, 10003)
        return channel

    def need(
        self, guild: Guild, needed: int, channel: Channel | None = None, *, code: int = 50013
    ) -> Member:
        """The bot's member, if it may."""
        if guild.me is None:
            raise Refused(403, 50001)
        if not guild.may(guild.me, needed, channel):
            raise Refused(403, code)
        return guild.me

    def need_intent(self, name: str) -> None:
        """Some routes show what only a privileged intent may: it must be granted, not asked for."""
        if name not in self.world.application.privileged:
            raise Refused(403, 50001)

    def number(self, name: str, least: int, most: int, *, default: int) -> int:
        """A parameter of the query that is a number within bounds."""
        given = self.query.get(name, str(default))
        if not given.isdecimal():
            raise bad_form(name, "NUMBER_TYPE_COERCE", f'Value "{given}" is not int.')
        if not least <= (value := int(given)) <= most:
            code = "NUMBER_TYPE_MIN" if value < least else "NUMBER_TYPE_MAX"
            message = f"int value should be between {least} and {most}."
            raise bad_form(name, code, message)
        return value


Endpoint = Callable[[Any], Answer | Awaitable[Answer]]
"""Takes a Call, or what a dialect has in its place."""


@dataclass(slots=True, frozen=True)
class Route:
    method: str
    template: str
    endpoint: Endpoint
    fields: frozenset[str]
    query: frozenset[str]
    authorised: bool

    @property
    def pattern(self) -> re.Pattern[str]:
        """Ids are digits, so that `@me` is never taken for one."""
        ids = re.sub(r"\{(\w+_id)\}", r"(?P<\1>\\d+)", self.template)
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", ids))


class Table:
    """Routes of one subject, entered with a decorator."""

    def __init__(self) -> None:
        self.routes: list[Route] = []

    def route(
        self,
        method: str,
        template: str,
        *,
        fields: str = "",
        query: str = "",
        authorised: bool = True,
    ) -> Callable[[Endpoint], Endpoint]:
        """Enter a route with the fields and parameters it knows; others are remembered."""

        def enter(endpoint: Endpoint) -> Endpoint:
            known = (frozenset(fields.split()), frozenset(query.split()))
            self.routes.append(Route(method, template, endpoint, *known, authorised))
            return endpoint

        return enter

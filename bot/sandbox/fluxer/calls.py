"""A request to Fluxer as its routes see it: by the bot or by a person with their own key."""

from dataclasses import dataclass
from typing import Any

from bot.sandbox.calls import Call
from bot.sandbox.entities import Channel, Member, User
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]


@dataclass(slots=True)
class FluxerCall(Call):
    """`caller` is None for somebody without a key, whom few routes answer."""

    caller: User | None = None

    @property
    def who(self) -> User:
        assert self.caller is not None, "routes that ask are closed to strangers"
        return self.caller

    @property
    def fields(self) -> JSON:
        """The body, if it is an object."""
        return self.body if isinstance(self.body, dict) else {}

    def need_person(self) -> User:
        """Some routes are for people only."""
        if self.who.bot:
            raise refused("ACCESS_DENIED")
        return self.who

    @property
    def guild(self) -> Guild:
        """The guild in the path, which the caller must be in."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None or self.who.id not in guild.members:
            raise refused("UNKNOWN_GUILD")
        return guild

    @property
    def any_channel(self) -> Channel:
        """The channel in the path: a private one exists only for those who are in it."""
        channel = self.world.channels.get(self.id("channel_id"))
        if channel is None or not self._reaches(channel):
            raise refused("UNKNOWN_CHANNEL")
        return channel

    def _reaches(self, channel: Channel) -> bool:
        if channel.kind == "group_dm":
            return self.who in channel.recipients
        return channel.kind != "dm" or self.who in (
            channel.recipient,
            self.world.application.user,
        )

    @property
    def channel(self) -> tuple[Guild, Channel]:
        """The guild channel in the path, which the caller must see."""
        channel = self.any_channel
        guild = self.world.guilds.get(channel.guild_id or 0)
        if guild is None or self.who.id not in guild.members:
            raise refused("UNKNOWN_CHANNEL")
        self.need(guild, Permission.VIEW_CHANNEL, channel)
        return guild, channel

    def allowed(self, guild: Guild, needed: int, channel: Channel | None = None) -> bool:
        member = guild.members.get(self.who.id)
        return member is not None and guild.may(member, needed, channel)

    def need(  # type: ignore[override]  # refusals have no choice of code here
        self, guild: Guild, needed: int, channel: Channel | None = None
    ) -> Member:
        """The caller's member, if they may."""
        if not self.allowed(guild, needed, channel):
            raise refused("MISSING_PERMISSIONS")
        return guild.members[self.who.id]

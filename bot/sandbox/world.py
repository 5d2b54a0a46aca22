"""All guilds of the platform, and what spans them."""

import time
from collections.abc import Callable, Iterable

from bot.sandbox import record
from bot.sandbox.dialect import Dialect
from bot.sandbox.entities import Channel, Invite, Member, Message, Pack, User, Vanity
from bot.sandbox.errors import Refused
from bot.sandbox.ground import Ground
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import LEAST


class World(Ground):
    """The platform's state and the rules that keep it."""

    def __init__(self, dialect: Dialect, clock: Callable[[], float] = time.time) -> None:
        super().__init__(dialect, clock)
        self.guilds: dict[int, Guild] = {}
        self.dms: dict[int, Channel] = {}
        self.nonces: dict[tuple[int, str | int], Message] = {}
        """The last message by author and nonce."""
        self.packs: dict[int, Pack] = {}
        self.keys: dict[str, int] = {}
        """People's own keys, and whose they are."""
        self.watchers: list[Callable[[Message], None]] = []
        """Called with each message that is posted, edited or deleted."""

    def add_guild(
        self,
        name: str,
        *,
        features: Iterable[str] = (),
        vanity: str | None = None,
        bot_permissions: int = LEAST,
    ) -> Guild:
        """A guild that the bot is already a member of."""
        guild = Guild(self, name, features)
        self.guilds[guild.id] = guild
        if vanity is not None:
            guild.set_vanity(vanity)
        guild.welcome_bot(bot_permissions)
        return guild

    def bots_guilds(self) -> list[Guild]:
        """Guilds the bot is in."""
        return [guild for guild in self.guilds.values() if guild.me is not None]

    def find_code(self, code: str) -> tuple[Guild, Invite | Vanity]:
        """The guild and the invite or vanity that a code leads to."""
        guild = self.guilds.get(self.code_guilds.get(code, 0))
        if guild is None:
            raise Refused(404, 10006)
        if guild.vanity is not None and guild.vanity.code == code:
            return guild, guild.vanity
        if (invite := guild.live_invite(code)) is None:
            raise Refused(404, 10006)
        return guild, invite

    def misrecord(self, member: Member, *, source: str, code: str | None = None) -> None:
        """Let the record of joins contradict the truth about this membership."""
        member.misrecorded = record.told(self.guilds[member.guild_id], source, code)

    def dm_with(self, who: User) -> Channel:
        if who.id not in self.dms:
            channel = Channel(self.ids.next(), None, "", "dm", recipient=who)
            self.dms[who.id] = self.channels[channel.id] = channel
        return self.dms[who.id]

"""How often somebody may have Usher do what spends of the platform's patience with it."""

import math
import time

from discord.ext import commands

from bot.errors import UserError
from cogs._asking import Asker

MOST, SECONDS = 3, 60
"""So many of the twenty invites that Fluxer lets Usher make in a minute, in all servers."""


class Cooldown:
    """Of invites that people make who do not manage the server, each for themselves."""

    def __init__(self) -> None:
        self._made: commands.CooldownMapping[tuple[int, int]] = (
            commands.CooldownMapping.from_cooldown(MOST, SECONDS, lambda who: who)
        )

    def require(self, asking: Asker) -> None:
        """Count one more, or refuse it."""
        if asking.permissions.manage_guild:
            return
        if wait := self.wait(asking.guild.id, asking.member.id, time.monotonic()):
            raise UserError(
                f"Without **Manage Server** you can make {MOST} invites a minute. Try again in"
                f" {wait} s."
            )

    def wait(self, guild_id: int, member_id: int, now: float) -> int:
        """Seconds until there may be one more; 0 if there may be, and then it is counted."""
        left = self._made.update_rate_limit((guild_id, member_id), now)
        return math.ceil(left or 0)

"""Coming in on Fluxer: first the member, then the event, then the counter, and that not safely.

How often an invite was used is read when somebody came in by it and set a while later: those who
come at once lose uses, and more of them get in than the invite was made for.
"""

import asyncio
from collections.abc import Callable

from bot.sandbox import members
from bot.sandbox.entities import Channel, Invite, Member, User, Vanity
from bot.sandbox.fluxer.errors import refused
from bot.sandbox.guild import Guild
from bot.sandbox.world import World

PAUSED = "INVITES_DISABLED"


def find(world: World, code: str) -> tuple[Guild, Invite | Vanity]:
    """The guild and the way in; codes that are used up are ended by who asks for them."""
    for written in (code, code.lower()):
        guild = world.guilds.get(world.code_guilds.get(written, 0))
        if guild is None:
            continue
        if guild.vanity is not None and guild.vanity.code == written:
            return guild, guild.vanity
        if (invite := guild.live_invite(written)) is not None:
            return guild, invite
    raise refused("UNKNOWN_INVITE")


async def accept(world: World, guild: Guild, way: Invite | Vanity, who: User) -> Member:
    """Let somebody in; done when the use is counted, as for the person who waits for an answer."""
    if isinstance(way, Invite) and way.used_up:
        forget(guild, way)
        raise refused("UNKNOWN_INVITE")
    if PAUSED in guild.features:
        raise refused(PAUSED)
    if (already := guild.members.get(who.id)) is not None:
        return already
    if who.id in guild.bans:
        raise refused("USER_BANNED_FROM_GUILD")
    newcomer = _let_in(guild, way, who)
    await count(world, way, lambda: forget(guild, way))
    return newcomer


def _let_in(guild: Guild, way: Invite | Vanity, who: User) -> Member:
    newcomer = members.newcomer_by(guild, who, "vanity", [])
    newcomer.code = way.code
    if isinstance(way, Invite):
        newcomer.source = "invite"
        newcomer.inviter_id = None if way.inviter is None else way.inviter.id
        newcomer.temporary = way.temporary
    members.announce(guild, newcomer)
    return newcomer


async def count(world: World, way: Invite | Vanity, end: Callable[[], None]) -> None:
    """Set the uses to one more than they were a while ago, and end what is then used up."""
    seen = way.uses
    least, most = world.counting
    if most > 0:
        await asyncio.sleep(world.random.uniform(least, most))
    way.counter.put(seen + 1, world.now())
    if isinstance(way, Invite) and way.used_up:
        end()
    await asyncio.sleep(0)


def forget(guild: Guild, way: Invite | Vanity) -> None:
    """Silently: nobody is told that an invite was used up."""
    guild.live_invites.pop(way.code, None)


async def enter_group(world: World, channel: Channel, invite: Invite, who: User) -> None:
    """Join a group DM by its invite."""
    if invite.used_up or invite.expired(world.now()):
        channel.invites.pop(invite.code, None)
        raise refused("UNKNOWN_INVITE")
    if who in channel.recipients:
        return
    channel.recipients.append(who)

    def forget_it() -> None:
        channel.invites.pop(invite.code, None)

    await count(world, invite, forget_it)

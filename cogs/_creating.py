"""From the options of `/invite create` to an order: what is allowed and what fits together."""

from collections.abc import Mapping

import discord
from discord.ext import commands

from bot.errors import UserError
from bot.platforms.platform import MAX_USES_LIMIT, InviteOrder, Platform
from cogs import _durations as durations
from cogs import _roles as roles
from cogs import _typed as typed
from cogs._asking import Asker, Invitable, Need, lacking, need, require
from cogs._channels import SeenInvitable
from cogs._options import Options
from cogs._people import OneMember
from cogs._texts import CAMPAIGN_LIMIT, REASON_LIMIT, code, joined
from data.models import Creation


class CreateOptions(Options):
    channel: Invitable | None = commands.flag(
        default=None,
        converter=SeenInvitable,
        description="Where people arrive; this channel, if you name none",
    )
    max_age: str | None = commands.flag(
        default=None,
        description="How long it lasts: 30m, 12h, 7d, 1 day 12 hours, never (if unsaid)",
    )
    max_uses: int = commands.flag(
        default=0,
        converter=commands.Range[int, 0, MAX_USES_LIMIT],
        description="How many people may join through it; 0 is without limit (if unsaid)",
    )
    temporary: bool = commands.flag(
        default=False, description="Whoever gets no role is out again when going offline"
    )
    unique: bool = commands.flag(
        default=True, description="Always a new code (if unsaid), or one that exists and fits"
    )
    campaign: str | None = commands.flag(
        default=None,
        converter=commands.Range[str, 1, CAMPAIGN_LIMIT],
        description="The purpose it belongs to, to count joins by; needs Manage Server",
    )
    roles: str | None = commands.flag(
        default=None,
        converter=str,
        description="Roles that whoever joins gets: mentions, or names with commas",
    )
    target_user: discord.Member | None = commands.flag(
        default=None,
        converter=OneMember,
        description="Who streams in the voice channel that it leads to",
    )
    target_application: str | None = commands.flag(
        default=None,
        converter=str,
        description="The id of the activity to open in the voice channel",
    )
    on_behalf: discord.Member | None = commands.flag(
        default=None,
        converter=OneMember,
        description="The member whom its joins count for, instead of you; needs Manage Server",
    )
    reason: str | None = commands.flag(
        default=None,
        converter=commands.Range[str, 1, REASON_LIMIT],
        description="Why; it is written into the audit log too",
    )

    @classmethod
    def unoffered(cls, platform: Platform) -> Mapping[str, str]:
        has, refusal = platform.capabilities, f"{platform.name} has no invites"
        no_roles = {} if has.role_invites else {"roles": f"{refusal} that give roles."}
        targets = () if has.target_users else ("target_user", "target_application")
        return no_roles | dict.fromkeys(targets, f"{refusal} to streams or activities.")


def order(
    asking: Asker, here: object, options: CreateOptions, platform: Platform
) -> tuple[InviteOrder, Creation]:
    """What to ask of the platform and what to write down; `UserError` for what cannot be."""
    where = _invitable(options.channel or here)
    _require_offered(options, platform)
    granted = roles.meant(options.roles, asking.guild.roles) if options.roles else ()
    _require_allowed(asking, where, options)
    roles.require_grantable(granted, asking.member, asking.guild.me)
    target_user, target_application = _target(options, where)
    ordered = InviteOrder(
        channel_id=where.id,
        max_age=durations.chosen(options.max_age),
        max_uses=options.max_uses,
        temporary=options.temporary,
        unique=options.unique,
        role_ids=tuple(each.id for each in granted),
        target_user_id=target_user,
        target_application_id=target_application,
    )
    return ordered, _creation(asking, options)


def _invitable(where: object) -> Invitable:
    if not isinstance(where, Invitable):
        raise UserError(
            "Threads and categories have no invites. Name a channel with the option `channel`."
        )
    return where


def _require_allowed(asking: Asker, where: Invitable, options: CreateOptions) -> None:
    """What the platform would demand of the moderator, and what it will demand of Usher."""
    theirs = where.permissions_for(asking.member)
    mine = where.permissions_for(asking.guild.me)
    create = "create_instant_invite"
    yours = [need(theirs, create, where.id)]
    ours = [need(mine, "view_channel", where.id), need(mine, create, where.id)]
    if options.roles:
        # In a channel the same bit means something else, so the server's is what counts.
        yours.append(need(asking.member.guild_permissions, "manage_roles"))
        ours.append(need(asking.guild.me.guild_permissions, "manage_roles"))
    _require_yours(yours, need(asking.permissions, "manage_guild"), _counted(asking, options))
    require("I", *ours)


def _counted(asking: Asker, options: CreateOptions) -> list[str]:
    """The options that enter the moderators' figures, or somebody else's credit."""
    others = options.on_behalf is not None and options.on_behalf.id != asking.member.id
    there = {"campaign": options.campaign is not None, "on_behalf": others}
    return [code(name) for name, is_there in there.items() if is_there]


def _require_yours(needs: list[Need], server: Need, counted: list[str]) -> None:
    """Refuse by naming all that the moderator lacks, and how to do without Manage Server."""
    if not counted:
        require("You", *needs)
    elif missing := lacking(*needs, server):
        without = "" if server.there else f" Without Manage Server leave out {joined(counted)}."
        raise UserError(f"You need {missing}.{without}")


def _require_offered(options: CreateOptions, platform: Platform) -> None:
    """Refuse what this platform does not have; of what was typed that was refused already."""
    for name, sentence in options.unoffered(platform).items():
        if getattr(options, name) is not None:
            raise UserError(sentence)


def _target(options: CreateOptions, where: Invitable) -> tuple[int | None, int | None]:
    """The member who streams, or the activity; both only exist in voice channels."""
    user = options.target_user.id if options.target_user else None
    application = typed.application_id(options.target_application)
    if user and application:
        raise UserError("An invite has one target: name `target_user` or `target_application`.")
    if (user or application) and not isinstance(where, discord.VoiceChannel):
        raise UserError(
            "Streams and activities are in voice channels. Name one with the option `channel`."
        )
    return user, application


def _creation(asking: Asker, options: CreateOptions) -> Creation:
    return Creation(
        moderator_id=asking.member.id,
        behalf_id=options.on_behalf.id if options.on_behalf else None,
        campaign=typed.campaign(options.campaign),
        reason=typed.reason(options.reason),
    )

"""Roles that somebody typed: who they mean, and whether an invite may give them."""

import re
from collections.abc import Sequence

import discord

from bot.errors import UserError
from cogs._texts import code, role

_IDS = re.compile(r"(?:\s*(?:<@&)?([0-9]{15,20})>?\s*)+")
_ID = re.compile(r"[0-9]{15,20}")


def meant(text: str, roles: Sequence[discord.Role]) -> tuple[discord.Role, ...]:
    """The roles in a text of mentions, ids and names; names are separated by commas."""
    found: dict[int, discord.Role] = {}
    for piece in filter(None, map(str.strip, text.split(","))):
        named = _by_id(piece, roles) if _IDS.fullmatch(piece) else [_by_name(piece, roles)]
        found |= {each.id: each for each in named}
    if not found:
        raise UserError("Name the roles: mention them, or write their names with commas between.")
    return tuple(found.values())


def require_grantable(
    roles: Sequence[discord.Role], member: discord.Member, me: discord.Member
) -> None:
    """Refuse roles that the platform would not let this member, or Usher, give anybody."""
    for each in roles:
        if each.is_default():
            raise UserError("Everybody has `@everyone` already, so an invite cannot give it.")
        if each.managed:
            raise UserError(f"{role(each.id)} belongs to an integration, so nobody can give it.")
        if each >= me.top_role:
            raise UserError(f"{role(each.id)} is not below my highest role, so I cannot give it.")
        if each >= member.top_role and member.id != member.guild.owner_id:
            raise UserError(
                f"{role(each.id)} is not below your highest role, so you cannot give it."
            )


def _by_id(text: str, roles: Sequence[discord.Role]) -> list[discord.Role]:
    by_id = {each.id: each for each in roles}
    found = []
    for digits in _ID.findall(text):
        if int(digits) not in by_id:
            raise UserError(f"This server has no role with the id {code(digits)}.")
        found.append(by_id[int(digits)])
    return found


def _by_name(text: str, roles: Sequence[discord.Role]) -> discord.Role:
    wanted = text.removeprefix("@").casefold()
    found = [each for each in roles if each.name.removeprefix("@").casefold() == wanted]
    if not found:
        raise UserError(f"This server has no role called {code(text, 50)}.")
    if len(found) > 1:
        raise UserError(f"Several roles are called {code(text, 50)}. Mention the one you mean.")
    return found[0]

"""What a person's client offers of the registered commands, and what it sends when used."""

from collections.abc import Mapping
from typing import Any

from bot.sandbox import payloads
from bot.sandbox.entities import CHANNEL_TYPES, Application, Channel, Command, Member, Role, User
from bot.sandbox.errors import NotOffered
from bot.sandbox.guild import Guild
from bot.sandbox.permissions import ALL, Permission

JSON = dict[str, Any]

CHAT_INPUT, ON_USER = 1, 2
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER = 6, 7, 8, 9, 10
STRING_LENGTH = 6000

KINDS: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (Member, User),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (Member, User, Role),
    NUMBER: (int, float),
}


def find(application: Application, guild: Guild, name: str, kind: int) -> Command:
    """The command of that name in the guild; its own hides the global one."""
    named = [
        command
        for command in application.commands.values()
        if (command.name, command.type) == (name, kind) and command.guild_id in (None, guild.id)
    ]
    if not named:
        raise NotOffered(f"no command {name!r}")
    return max(named, key=lambda command: command.guild_id is not None)


def require(guild: Guild, member: Member, channel: Channel, command: Command) -> None:
    """Refuse unless this member's client shows this command here."""
    if not guild.may(member, Permission.VIEW_CHANNEL, channel):
        raise NotOffered(f"{member.name} cannot see #{channel.name}")
    if not guild.may(member, Permission.USE_APPLICATION_COMMANDS, channel):
        raise NotOffered(f"{member.name} may not use commands in #{channel.name}")
    if not _granted(guild, member, channel, command):
        raise NotOffered(f"{member.name} is not offered {command.name!r}")


def _granted(guild: Guild, member: Member, channel: Channel, command: Command) -> bool:
    held = guild.permissions(member, channel)
    if held == ALL:
        return True
    if guild.overrides.get((command.name, channel.id)) is False:
        return False
    targets = (member.id, *member.roles, guild.id)
    said = [guild.overrides.get((command.name, target)) for target in targets]
    if said[0] is not None:
        return said[0]
    if True in said or False in said:
        return True in said
    needed = command.body.get("default_member_permissions")
    return needed is None or (int(needed) != 0 and held & int(needed) == int(needed))


def leaf(command: Command, path: list[str]) -> list[JSON]:
    """The chain of options that a path such as `invite create` names."""
    chain: list[JSON] = []
    options = command.body.get("options") or []
    for name in path:
        step = next((one for one in options if one["name"] == name), None)
        if step is None or step["type"] not in (SUBCOMMAND, GROUP):
            raise NotOffered(f"no subcommand {name!r} of {command.name!r}")
        chain.append(step)
        options = step.get("options") or []
    if any(one["type"] in (SUBCOMMAND, GROUP) for one in options):
        raise NotOffered(f"{command.name!r} needs a subcommand")
    return chain


def options_of(command: Command, chain: list[JSON]) -> list[JSON]:
    holder = chain[-1] if chain else command.body
    return holder.get("options") or []


def filled(options: list[JSON], values: Mapping[str, Any]) -> list[JSON]:
    """Values as the client sends them, after refusing what it would not let pass."""
    offered = {option["name"]: option for option in options}
    for name in values:
        if name not in offered:
            raise NotOffered(f"no option {name!r}")
    for name, option in offered.items():
        if option.get("required") and name not in values:
            raise NotOffered(f"option {name!r} is required")
    return [_fill(offered[name], value) for name, value in values.items()]


def _fill(option: JSON, value: Any) -> JSON:
    name, kind = option["name"], option["type"]
    wrong_bool = isinstance(value, bool) and kind != BOOLEAN
    if not isinstance(value, KINDS.get(kind, ())) or wrong_bool:
        raise NotOffered(f"option {name!r} does not take {value!r}")
    choices = option.get("choices") or []
    if choices:
        value = _chosen(name, choices, value)
    _bounds(option, value)
    if isinstance(value, Channel) and not _fits(option, value):
        raise NotOffered(f"option {name!r} does not offer #{value.name}")
    sent = value if kind in (STRING, INTEGER, BOOLEAN, NUMBER) else str(value.id)
    return {"name": name, "type": kind, "value": sent}


def _chosen(name: str, choices: list[JSON], value: Any) -> Any:
    for choice in choices:
        if value in (choice["name"], choice["value"]):
            return choice["value"]
    raise NotOffered(f"option {name!r} has no choice {value!r}")


def _bounds(option: JSON, value: Any) -> None:
    if isinstance(value, str):
        low, high = option.get("min_length", 0), option.get("max_length", STRING_LENGTH)
        size: float = len(value)
    elif isinstance(value, int | float):
        low, high = option.get("min_value", -(1 << 53)), option.get("max_value", 1 << 53)
        size = value
    else:
        return
    if not low <= size <= high:
        raise NotOffered(f"option {option['name']!r} must be between {low} and {high}")


def _fits(option: JSON, channel: Channel) -> bool:
    types = option.get("channel_types") or list(CHANNEL_TYPES.values())
    return channel.type in types


def nested(chain: list[JSON], options: list[JSON]) -> list[JSON]:
    """Options inside their subcommand inside its group."""
    for step in reversed(chain):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    return options


def resolved(guild: Guild, values: list[Any]) -> JSON:
    """The objects that were picked, whole, by kind and id."""
    found: JSON = {}
    for value in values:
        match value:
            case Member():
                _resolve_user(guild, found, value.user)
            case User():
                _resolve_user(guild, found, value)
            case Role():
                found.setdefault("roles", {})[str(value.id)] = payloads.role(value)
            case Channel():
                found.setdefault("channels", {})[str(value.id)] = _short_channel(guild, value)
            case _:
                continue
    return found


def _resolve_user(guild: Guild, found: JSON, who: User) -> None:
    found.setdefault("users", {})[str(who.id)] = payloads.gateway_user(who)
    if (member := guild.members.get(who.id)) is not None:
        shown = payloads.member(member) | {"permissions": str(guild.permissions(member))}
        for key in ("user", "deaf", "mute"):
            del shown[key]
        found.setdefault("members", {})[str(who.id)] = shown


def _short_channel(guild: Guild, channel: Channel) -> JSON:
    """Threads come with all that is known of them, other channels in short."""
    if channel.kind == "thread":
        return guild.channel_payload(channel) | {"permissions": str(ALL)}
    return {
        "id": str(channel.id),
        "type": channel.type,
        "name": channel.name,
        "permissions": str(ALL),
    }

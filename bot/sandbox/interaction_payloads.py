"""INTERACTION_CREATE, and what a client puts into it."""

from typing import Any

from bot.sandbox import messages
from bot.sandbox.entities import Command
from bot.sandbox.errors import NotOffered
from bot.sandbox.interactions import Interaction
from bot.sandbox.message_rules import BUTTON, SELECTS, STRING_SELECT, TEXT_INPUT, walk
from bot.sandbox.world import World

JSON = dict[str, Any]

LABEL = 18
UPLOAD_LIMIT = 10 * 1024 * 1024


def created(world: World, one: Interaction) -> JSON:
    guild, me = one.guild, one.guild.me
    shown: JSON = {
        "id": str(one.id),
        "application_id": str(world.application.id),
        "type": one.type,
        "token": one.token,
        "version": 1,
        "guild_id": str(guild.id),
        "guild": {
            "id": str(guild.id),
            "locale": "en-US",
            "features": sorted(guild.features),
        },
        "guild_locale": "en-US",
        "locale": one.member.user.locale,
        "channel_id": str(one.channel.id),
        "channel": _channel(one),
        "member": _member(one),
        "app_permissions": str(0 if me is None else guild.permissions(me, one.channel)),
        "entitlements": [],
        "authorizing_integration_owners": {"0": str(guild.id)},
        "context": 0,
        "attachment_size_limit": UPLOAD_LIMIT,
        "data": one.data,
    }
    if one.message is not None:
        shown["message"] = messages.shown(world, one.message)
    return shown


def _channel(one: Interaction) -> JSON:
    return one.guild.channel_payload(one.channel)


def _member(one: Interaction) -> JSON:
    shown = one.guild.member_payload(one.member)
    return shown | {"permissions": str(one.guild.permissions(one.member, one.channel))}


def command(one: Command, options: list[JSON]) -> JSON:
    data: JSON = {"id": str(one.id), "name": one.name, "type": one.type}
    if options:
        data["options"] = options
    if one.guild_id is not None:
        data["guild_id"] = str(one.guild_id)
    return data


def find_button(components: list[JSON], wanted: str) -> JSON:
    """A button that can be pressed now."""
    for _, part in walk(components):
        if part["type"] == BUTTON and wanted in _names(part):
            return _usable(part, wanted)
    raise NotOffered(f"no button {wanted!r}")


def find_select(components: list[JSON], wanted: str) -> JSON:
    for _, part in walk(components):
        if part["type"] in SELECTS and wanted in (part.get("placeholder"), part["custom_id"]):
            return _usable(part, wanted)
    raise NotOffered(f"no select {wanted!r}")


def _names(part: JSON) -> tuple[Any, ...]:
    return (part.get("label"), part.get("custom_id"), (part.get("emoji") or {}).get("name"))


def _usable(part: JSON, wanted: str) -> JSON:
    if part.get("disabled"):
        raise NotOffered(f"{wanted!r} is disabled")
    if "custom_id" not in part:
        raise NotOffered(f"{wanted!r} is a link")
    return part


def selection(part: JSON, chosen: list[Any], resolved: JSON) -> JSON:
    low, high = part.get("min_values", 1), part.get("max_values", 1)
    if not low <= len(chosen) <= high:
        raise NotOffered(f"between {low} and {high} may be chosen")
    if part["type"] == STRING_SELECT:
        values = [_option(part, one) for one in chosen]
    else:
        values = [str(one.id) for one in chosen]
    data = {
        "custom_id": part["custom_id"],
        "component_type": part["type"],
        "values": values,
    }
    return data | ({"resolved": resolved} if resolved else {})


def _option(part: JSON, wanted: str) -> str:
    for option in part["options"]:
        if wanted in (option["label"], option["value"]):
            return str(option["value"])
    raise NotOffered(f"no option {wanted!r}")


def submission(modal: JSON, fields: dict[str, Any]) -> JSON:
    """A filled-in modal; fields left out keep what was in them."""
    left = dict(fields)
    components = [_submitted(row, left) for row in modal.get("components") or []]
    if left:
        raise NotOffered(f"no field {next(iter(left))!r}")
    return {"custom_id": modal["custom_id"], "components": components}


def _submitted(holder: JSON, left: dict[str, Any]) -> JSON:
    """A row of inputs, or a label around one, in the form it is sent back."""
    base = {"type": holder["type"], "id": holder.get("id", 0)}
    if holder["type"] == LABEL:
        part = holder["component"]
        return base | {"component": _input(part, holder.get("label"), left)}
    parts = holder.get("components") or []
    return base | {"components": [_input(part, part.get("label"), left) for part in parts]}


def _input(part: JSON, label: str | None, left: dict[str, Any]) -> JSON:
    spoken = label or ""
    value = part.get("value", "")
    for name in (part["custom_id"], spoken, spoken.lower().replace(" ", "_")):
        value = left.pop(name, value)
    sent = {"type": part["type"], "custom_id": part["custom_id"], "id": part.get("id", 0)}
    if part["type"] != TEXT_INPUT:
        return sent | {"values": value if isinstance(value, list) else [value]}
    low, high = part.get("min_length", 0), part.get("max_length", 4000)
    if (part.get("required", True) and not value) or not low <= len(value) <= high:
        raise NotOffered(f"field {label!r} takes {low} to {high} characters")
    return sent | {"value": value}

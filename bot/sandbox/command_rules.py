"""What the platform accepts as commands."""

import re
from typing import Any

from bot.sandbox.errors import Form

JSON = dict[str, Any]

CHAT_INPUT = 1
NAME = re.compile(r"[-_'\w]{1,32}")
OPTIONS, CHOICES = 25, 25
COMMANDS = {1: 100, 2: 15, 3: 15}
SUBCOMMANDS = (1, 2)
CHOICE_KINDS = {3, 4, 10}


def check(bodies: list[JSON]) -> None:
    """Refuse a set of commands as a whole, naming each mistake."""
    form = Form()
    for kind, limit in COMMANDS.items():
        if sum(body.get("type", 1) == kind for body in bodies) > limit:
            message = f"Maximum number of application commands reached ({limit})."
            form.reject("_commands", "APPLICATION_COMMAND_TOO_MANY", message)
    seen: set[tuple[str, int]] = set()
    for index, body in enumerate(bodies):
        _command(form, str(index), body, seen)
    form.close()


def _command(form: Form, path: str, body: JSON, seen: set[tuple[str, int]]) -> None:
    kind = body.get("type", CHAT_INPUT)
    key = (body.get("name", ""), kind)
    if key in seen:
        code = "APPLICATION_COMMANDS_DUPLICATE_NAME"
        form.reject(f"{path}.name", code, "Application command names must be unique")
    seen.add(key)
    if kind == CHAT_INPUT:
        _named(form, path, body)
        _options(form, path, body.get("options") or [])
    elif not 1 <= len(body.get("name", "")) <= 32:  # noqa: PLR2004 - as in NAME
        form.reject(f"{path}.name", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 32 in length.")


def _named(form: Form, path: str, body: JSON) -> None:
    name, description = body.get("name") or "", body.get("description") or ""
    if not NAME.fullmatch(name) or name != name.lower():
        code = "APPLICATION_COMMAND_INVALID_NAME"
        form.reject(f"{path}.name", code, "Command name is invalid")
    if not 1 <= len(description) <= 100:  # noqa: PLR2004 - the documented bound
        message = "Must be between 1 and 100 in length."
        form.reject(f"{path}.description", "BASE_TYPE_BAD_LENGTH", message)


def _options(form: Form, path: str, options: list[JSON]) -> None:
    if len(options) > OPTIONS:
        message = f"Must be {OPTIONS} or fewer in length."
        form.reject(f"{path}.options", "BASE_TYPE_MAX_LENGTH", message)
    _order(form, path, options)
    for index, option in enumerate(options):
        here = f"{path}.options.{index}"
        _named(form, here, option)
        _choices(form, here, option)
        _options(form, here, option.get("options") or [])


def _order(form: Form, path: str, options: list[JSON]) -> None:
    """Required options come first, and no name comes twice."""
    needed = [bool(option.get("required")) for option in options]
    if needed != sorted(needed, reverse=True):
        message = "Required options must be placed before non-required options"
        form.reject(f"{path}.options", "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", message)
    if len({option["name"] for option in options}) < len(options):
        code = "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS"
        form.reject(f"{path}.options", code, "Option names must be unique")


def _choices(form: Form, path: str, option: JSON) -> None:
    choices = option.get("choices") or []
    if len(choices) > CHOICES:
        message = f"Must be {CHOICES} or fewer in length."
        form.reject(f"{path}.choices", "BASE_TYPE_MAX_LENGTH", message)
    if choices and (option["type"] not in CHOICE_KINDS or option.get("autocomplete")):
        code = "APPLICATION_COMMAND_OPTIONS_CHOICES_NOT_ALLOWED"
        form.reject(f"{path}.choices", code, "This option cannot have choices")

"""How people here give commands, so that every sentence names them as they are typed.

The words are set once, when Usher starts, and whatever it starts then inherits them.
"""

from contextvars import ContextVar
from typing import NamedTuple


class Wording(NamedTuple):
    """What stands before a command, and what is pressed under an answer."""

    prefix: str = "/"
    press: str = "button"


SLASH = Wording()
"""Where the platform has slash commands and buttons."""

_WORDING: ContextVar[Wording] = ContextVar("wording", default=SLASH)


def speak(wording: Wording) -> None:
    """Word it so from here on, in this task and in those that it starts."""
    _WORDING.set(wording)


def with_prefix(prefix: str) -> Wording:
    """Where commands are text and reactions take the place of buttons."""
    return Wording(prefix, "reaction")


def typed(name: str) -> str:
    """A command as it is typed, where nothing formats: `/invite list`."""
    return f"{_WORDING.get().prefix}{name}"


def command(name: str) -> str:
    """A command as it is typed, in a code span."""
    return f"`{typed(name)}`"


def press() -> str:
    """What is pressed under an answer: a button or a reaction."""
    return _WORDING.get().press

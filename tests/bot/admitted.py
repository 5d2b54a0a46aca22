"""What the same evidence admits on each platform."""

from collections.abc import Iterable

from bot.sandbox import Sandbox
from data.models import Certainty, Reason

Said = tuple[Certainty, str | set[str] | Reason | None]
"""A certainty, and the code, ~source, candidates or reason that goes with it."""


def admitted(sandbox: Sandbox, said: Said, there: Iterable[str]) -> Said:
    """What is said where every use is counted, or what is left of it on Fluxer.

    There a counter that stood still, or is gone, may have been used by anybody: every code that
    was there is a candidate, and so is some other way.
    """
    if sandbox.platform == "discord":
        return said
    _, what = said
    possible = what if isinstance(what, set) else {str(what)}
    return Certainty.AMBIGUOUS, {*possible, *there, "~other"}

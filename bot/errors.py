"""What can go wrong, and who hears of it.

UserError            a person asked for something impossible: told to that person, in private if
│                    the platform has private answers, else where the command stands
├─ PrivateError      … and the sentence tells what only moderators may know
├─ RefusedError      … because the platform said no
StartupError         the operator must act: one sentence on stderr, exit code 2 (1: try again)
NoAnswerError        the platform gave no usable answer to a question; never the same as "empty"
NotSaidError         a message was not said or changed, as far as we know; later it may work
├─ SilencedError     … because a channel is gone, or a permission in it
└─ LostError         … and never can be: it was deleted, or the platform does not take it

Anything else is a bug: logged with a reference, and the person gets the reference.
Errors of the ledger stand in data/errors.py.
"""

from data.models import Reason


class UserError(Exception):
    """A sentence that says what to do instead."""


class PrivateError(UserError):
    """A sentence that tells something of the ledger: nobody but who asked may read it."""


class RefusedError(UserError):
    """The platform refused what was asked of it, or did not answer."""


class StartupError(Exception):
    """A sentence that says what to set or to change; with exit code 1 trying again may help."""

    def __init__(self, sentence: str, exit_code: int = 2) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code


class NoAnswerError(Exception):
    """The platform did not answer a question; `reason` says why.

    `retry_after` is in seconds, where the platform or the kind of refusal says when to ask again.
    """

    def __init__(self, reason: Reason, detail: str, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.reason = reason
        self.retry_after = retry_after


class NotSaidError(Exception):
    """A message was not said or changed, as far as we know; trying again may help.

    `retry_after` is in seconds, where the platform says when.
    """

    def __init__(self, detail: str, retry_after: float = 0.0) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class SilencedError(NotSaidError):
    """The channel is gone, or we may not see it or speak in it."""


class LostError(NotSaidError):
    """The message was deleted, or is one that the platform does not take."""

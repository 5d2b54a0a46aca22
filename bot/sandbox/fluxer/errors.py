"""Refusals in Fluxer's form: an HTTP status, a code that is a word, a sentence."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.errors import Refused

JSON = dict[str, Any]

FORM = "INVALID_FORM_BODY"
BAD_FORMAT = ("INVALID_FORMAT", "The provided value is in an invalid format.")
RATE_LIMITED = "RATE_LIMITED"

ANSWERS: dict[str, tuple[int, str]] = {
    FORM: (400, "Invalid form body."),
    "MAX_INVITES": (400, "This community has reached its limit of {limit} invites."),
    "MAX_REACTIONS": (400, "This message has reached its limit of reactions."),
    "CANNOT_SEND_EMPTY_MESSAGE": (400, "An empty message cannot be sent."),
    "CANNOT_SEND_MESSAGES_TO_USER": (400, "You can't send messages to this user."),
    "CANNOT_SEND_MESSAGES_IN_NON_TEXT_CHANNEL": (400, "Messages cannot be sent in this channel."),
    "UNAUTHORIZED": (401, "Unauthorized."),
    "ACCESS_DENIED": (403, "You don't have access to this resource or feature."),
    "CANNOT_EDIT_OTHER_USER_MESSAGE": (403, "You can't edit somebody else's message."),
    "FEATURE_TEMPORARILY_DISABLED": (403, "This feature is temporarily disabled."),
    "INVITES_DISABLED": (403, "Invites are disabled in this community."),
    "MISSING_PERMISSIONS": (403, "You don't have permission to do that."),
    "PACK_ACCESS_DENIED": (403, "You don't have access to this pack."),
    "USER_BANNED_FROM_GUILD": (403, "You're banned from this community."),
    "NOT_FOUND": (404, "Not found."),
    "UNKNOWN_CHANNEL": (404, "Channel wasn't found."),
    "UNKNOWN_GUILD": (404, "Guild wasn't found."),
    "UNKNOWN_INVITE": (404, "Invite wasn't found or is no longer valid."),
    "UNKNOWN_MEMBER": (404, "Member wasn't found."),
    "UNKNOWN_MESSAGE": (404, "Message wasn't found."),
    "UNKNOWN_PACK": (404, "Pack wasn't found."),
    "UNKNOWN_ROLE": (404, "Role wasn't found."),
    "UNKNOWN_USER": (404, "User wasn't found."),
    "INTERNAL_SERVER_ERROR": (500, "Internal server error."),
}
"""Status and sentence of each code."""

GENERAL = "GENERAL_ERROR"
BY_STATUS = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "MISSING_PERMISSIONS",
    404: "NOT_FOUND",
    429: RATE_LIMITED,
    500: "INTERNAL_SERVER_ERROR",
    502: "BAD_GATEWAY",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}
"""What an answer that goes wrong on purpose says, unless it is told what to say."""

WORDS: dict[int | str, str] = {
    10003: "UNKNOWN_CHANNEL",
    10004: "UNKNOWN_GUILD",
    10006: "UNKNOWN_INVITE",
    10007: "UNKNOWN_MEMBER",
    10008: "UNKNOWN_MESSAGE",
    10011: "UNKNOWN_ROLE",
    10013: "UNKNOWN_USER",
    40007: "USER_BANNED_FROM_GUILD",
    50001: "ACCESS_DENIED",
    50005: "CANNOT_EDIT_OTHER_USER_MESSAGE",
    50006: "CANNOT_SEND_EMPTY_MESSAGE",
    50008: "CANNOT_SEND_MESSAGES_IN_NON_TEXT_CHANNEL",
    50013: "MISSING_PERMISSIONS",
    50035: FORM,
    50109: FORM,
}
"""What the rules that both platforms share say, in Fluxer's words."""


def refused(code: str, **about: Any) -> Refused:
    """What refuses a request for one reason."""
    status, message = ANSWERS[code]
    return Refused(status, code, message.format(**about))


def bad_form(*mistakes: tuple[str, str, str]) -> Refused:
    """What refuses a body for its fields: path, code and sentence of each mistake."""
    status, message = ANSWERS[FORM]
    listed = [{"path": path, "message": said, "code": code} for path, code, said in mistakes]
    return Refused(status, FORM, message, listed)


def translated(refusal: Refused) -> Refused:
    """A refusal by a rule that both platforms share, as Fluxer puts it."""
    word = WORDS.get(refusal.code)
    if word is None:
        return refusal
    if word == FORM:
        paths = dict.fromkeys(_paths(refusal.errors or {}))
        return bad_form(*((path, *BAD_FORMAT) for path in paths))
    return refused(word)


def _paths(errors: Any, path: str = "") -> Iterator[str]:
    for key, inner in errors.items():
        if key == "_errors":
            yield path
        else:
            yield from _paths(inner, f"{path}.{key}".lstrip("."))

"""Refusals in the platform's own form: an HTTP status, a JSON error code, a sentence."""

from typing import Any

MESSAGES = {
    10003: "Unknown Channel",
    10004: "Unknown Guild",
    10006: "Unknown Invite",
    10007: "Unknown Member",
    10008: "Unknown Message",
    10011: "Unknown Role",
    10013: "Unknown User",
    10015: "Unknown Webhook",
    10062: "Unknown interaction",
    10063: "Unknown application command",
    30016: "Maximum number of invites reached (1000)",
    40006: "This feature has been temporarily disabled server-side",
    40007: "The user is banned from this guild.",
    40060: "Interaction has already been acknowledged.",
    50001: "Missing Access",
    50005: "Cannot edit a message authored by another user",
    50006: "Cannot send an empty message",
    50008: "Cannot send messages in a non-text channel",
    50013: "Missing Permissions",
    50020: "Invite code is either invalid or taken",
    50027: "Invalid Webhook Token",
    50028: "Invalid role",
    50035: "Invalid Form Body",
    50109: "The request body contains invalid JSON.",
}


class Refused(Exception):  # noqa: N818 - what the platform says, to people too
    """What the platform answers instead of doing what was asked; codes are numbers or words."""

    def __init__(
        self, status: int, code: int | str, message: str = "", errors: Any | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.message = message or MESSAGES[int(code)]
        self.errors = errors
        super().__init__(f"{status} {code}: {self.message}")

    @property
    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"message": self.message, "code": self.code}
        if self.errors is not None:
            body["errors"] = self.errors
        return body


class NotOffered(Exception):  # noqa: N818 - a person cannot do that, nothing went wrong
    """A person's client does not offer this: no such command, option, choice or button."""


class NoAnswer(TimeoutError):  # noqa: N818 - reads as what a person experiences
    """The bot did not answer an interaction within the person's patience."""


class Form:
    """Collects what is wrong with a request body, then refuses it as a whole."""

    def __init__(self) -> None:
        self.errors: dict[str, Any] = {}

    def reject(self, path: str, code: str, message: str) -> None:
        """Note a mistake at a dotted path such as `embeds.0.title`."""
        place = self.errors
        for part in path.split("."):
            place = place.setdefault(part, {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def at_most(self, path: str, text: Any, limit: int) -> None:
        if isinstance(text, str) and len(text) > limit:
            self.reject(path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length.")

    def close(self) -> None:
        if self.errors:
            raise Refused(400, 50035, errors=self.errors)


def bad_form(path: str, code: str, message: str) -> Refused:
    """What refuses a body for one field."""
    form = Form()
    form.reject(path, code, message)
    return Refused(400, 50035, errors=form.errors)

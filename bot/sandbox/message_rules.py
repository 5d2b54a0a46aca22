"""What the platform accepts as a message."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.entities import Channel
from bot.sandbox.errors import Form, Refused
from bot.sandbox.payloads import COMPONENTS_V2
from bot.sandbox.permissions import Permission

JSON = dict[str, Any]

ACTION_ROW, BUTTON, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY = 1, 2, 3, 4, 10
LINK_STYLE = 5
SELECTS = (3, 5, 6, 7, 8)
CONTENT, EMBEDS, EMBED_TOTAL, ROWS, ROW_WIDTH = 2000, 10, 6000, 5, 5
V2_COMPONENTS, V2_TEXT = 40, 4000
EMBED_TEXTS = {"title": 256, "description": 4096}
FIELDS = 25
COMPONENT_TEXTS = {"custom_id": 100, "label": 80, "placeholder": 150}
OPTIONS = 25
NONCE, NONCE_BITS = 25, 63
WRITABLE = {"text", "announcement", "voice", "stage", "thread", "dm"}
"""Kinds of channel that messages can be in."""


def check(body: JSON, *, has_files: bool = False) -> None:
    """Refuse what the platform would refuse."""
    form = Form()
    _text(form, body)
    _nonce(form, body.get("nonce"))
    for index, embed in enumerate(body.get("embeds") or []):
        _embed(form, f"embeds.{index}", embed)
    if int(body.get("flags") or 0) & COMPONENTS_V2:
        _components_v2(form, body)
    else:
        _rows(form, body.get("components") or [])
    for path, component in walk(body.get("components") or []):
        _component(form, path, component)
    form.close()
    if not has_files and _empty(body):
        raise Refused(400, 50006)


def walk(components: list[JSON], path: str = "components") -> Iterator[tuple[str, JSON]]:
    """Every component with its path, accessories and nested ones too."""
    for index, component in enumerate(components):
        here = f"{path}.{index}"
        yield here, component
        yield from walk(component.get("components") or [], f"{here}.components")
        for single in ("accessory", "component"):
            if isinstance(component.get(single), dict):
                yield f"{here}.{single}", component[single]


def embed_length(embed: JSON) -> int:
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    for field in embed.get("fields") or []:
        texts += [field.get("name"), field.get("value")]
    return sum(len(text) for text in texts if text)


def _empty(body: JSON) -> bool:
    kinds = ("content", "embeds", "components", "attachments", "sticker_ids", "poll")
    return not any(body.get(kind) for kind in kinds)


def to_write_in(channel: Channel) -> int:
    """The permission to write there; where nobody can, that is refused."""
    if channel.kind not in WRITABLE:
        raise Refused(400, 50008)
    in_thread = channel.kind == "thread"
    return Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES


def _nonce(form: Form, nonce: Any) -> None:
    """A short text or a number of 64 bits."""
    form.at_most("nonce", nonce, NONCE)
    if isinstance(nonce, bool) or not isinstance(nonce, str | int | None):
        form.reject("nonce", "NONCE_TYPE_INVALID", "Must be a string or an integer.")
    elif isinstance(nonce, int) and not -(1 << NONCE_BITS) <= nonce < 1 << NONCE_BITS:
        form.reject("nonce", "NUMBER_TYPE_MAX", "int value should be of 64 bits.")


def _text(form: Form, body: JSON) -> None:
    form.at_most("content", body.get("content"), CONTENT)
    embeds = body.get("embeds") or []
    if len(embeds) > EMBEDS:
        form.reject("embeds", "BASE_TYPE_MAX_LENGTH", f"Must be {EMBEDS} or fewer in length.")
    if sum(map(embed_length, embeds)) > EMBED_TOTAL:
        message = f"Embed size exceeds maximum size of {EMBED_TOTAL}"
        form.reject("embeds", "MAX_EMBED_SIZE_EXCEEDED", message)


def _embed(form: Form, path: str, embed: JSON) -> None:
    for key, limit in EMBED_TEXTS.items():
        form.at_most(f"{path}.{key}", embed.get(key), limit)
    form.at_most(f"{path}.footer.text", (embed.get("footer") or {}).get("text"), 2048)
    form.at_most(f"{path}.author.name", (embed.get("author") or {}).get("name"), 256)
    fields = embed.get("fields") or []
    if len(fields) > FIELDS:
        message = f"Must be {FIELDS} or fewer in length."
        form.reject(f"{path}.fields", "BASE_TYPE_MAX_LENGTH", message)
    for index, field in enumerate(fields):
        for key, limit in (("name", 256), ("value", 1024)):
            at = f"{path}.fields.{index}.{key}"
            if not field.get(key):
                form.reject(at, "BASE_TYPE_REQUIRED", "This field is required")
            form.at_most(at, field.get(key), limit)


def _rows(form: Form, rows: list[JSON]) -> None:
    if len(rows) > ROWS:
        message = f"Must be between 1 and {ROWS} in length."
        form.reject("components", "BASE_TYPE_BAD_LENGTH", message)
    for index, row in enumerate(rows):
        if row.get("type") != ACTION_ROW:
            path = f"components.{index}.type"
            form.reject(path, "UNION_TYPE_CHOICES", "Value of field must be one of (1,).")


def _components_v2(form: Form, body: JSON) -> None:
    for key in ("content", "embeds"):
        if body.get(key):
            code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
            message = f"The '{key}' field cannot be used when using components v2"
            form.reject(key, code, message)
    parts = list(walk(body.get("components") or []))
    if len(parts) > V2_COMPONENTS:
        code, limit = "COMPONENT_LIMIT_EXCEEDED", V2_COMPONENTS
        form.reject("components", code, f"Must be {limit} or fewer components.")
    texts = [part for _, part in parts if part.get("type") == TEXT_DISPLAY]
    if sum(len(part.get("content", "")) for part in texts) > V2_TEXT:
        code = "COMPONENT_MAX_TOTAL_TEXT_LENGTH"
        form.reject("components", code, f"Text must be {V2_TEXT} or fewer in length.")


def _component(form: Form, path: str, component: JSON) -> None:
    for key, limit in COMPONENT_TEXTS.items():
        form.at_most(f"{path}.{key}", component.get(key), limit)
    width = len(component.get("components") or [])
    if component.get("type") == ACTION_ROW and not 1 <= width <= ROW_WIDTH:
        message = f"Must be between 1 and {ROW_WIDTH} in length."
        form.reject(f"{path}.components", "BASE_TYPE_BAD_LENGTH", message)
    if len(component.get("options") or []) > OPTIONS:
        message = f"Must be between 1 and {OPTIONS} in length."
        form.reject(f"{path}.options", "BASE_TYPE_BAD_LENGTH", message)

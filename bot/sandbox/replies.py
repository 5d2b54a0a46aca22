"""What a person sees of the bot's answer."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from bot.sandbox.entities import Message
from bot.sandbox.errors import NotOffered
from bot.sandbox.interactions import Interaction
from bot.sandbox.message_rules import BUTTON, LINK_STYLE, TEXT_DISPLAY, walk

JSON = dict[str, Any]


@dataclass(slots=True, frozen=True)
class Button:
    label: str
    custom_id: str | None
    url: str | None
    disabled: bool

    def __str__(self) -> str:
        return f"[{self.label}]"


class Reply:
    """A message, or a modal, as it was when the person looked; `latest` looks again."""

    def __init__(
        self, interaction: Interaction | None, message: Message | None, modal: JSON
    ) -> None:
        self._interaction = interaction
        self.message = message
        self.body: JSON = deepcopy(modal if message is None else message.body)
        self.files: dict[str, bytes] = {} if message is None else dict(message.files)
        self.deleted = message is not None and message.deleted

    @property
    def interaction(self) -> Interaction:
        """What it answers, if that was not said in words."""
        if self._interaction is None:
            raise NotOffered("there are no commands, buttons or forms here")
        return self._interaction

    @property
    def content(self) -> str:
        return self.body.get("content") or ""

    @property
    def embeds(self) -> list[JSON]:
        return self.body.get("embeds") or []

    @property
    def components(self) -> list[JSON]:
        return self.body.get("components") or []

    @property
    def ephemeral(self) -> bool:
        """Whether only the one who asked sees it."""
        return self.private or (self.message is not None and self.message.ephemeral)

    @property
    def private(self) -> bool:
        """Whether it came as a direct message."""
        return self.message is not None and self.message.guild_id is None

    @property
    def is_modal(self) -> bool:
        return self.message is None

    @property
    def title(self) -> str:
        return self.body.get("title") or ""

    @property
    def custom_id(self) -> str:
        return self.body.get("custom_id") or ""

    @property
    def fields(self) -> list[JSON]:
        """A modal's inputs."""
        return [part for _, part in walk(self.components) if "custom_id" in part]

    @property
    def buttons(self) -> list[Button]:
        return [_button(part) for _, part in walk(self.components) if part["type"] == BUTTON]

    @property
    def pings(self) -> Any:
        """Whom the message notified: .users, .roles, .everyone; falsy when nobody."""
        return None if self.message is None else self.message.pings

    @property
    def text(self) -> str:
        """All that can be read, top to bottom."""
        return "\n".join(part for part in _texts(self.body) if part)

    @property
    def latest(self) -> "Reply":
        return Reply(self._interaction, self.message, self.body)

    @property
    def followups(self) -> list["Reply"]:
        """Further messages of the same interaction."""
        if self._interaction is None:
            return []
        return [Reply(self.interaction, one, {}) for one in self.interaction.followups]

    def __repr__(self) -> str:
        return f"<Reply {self.text!r}>"


def _button(part: JSON) -> Button:
    emoji = (part.get("emoji") or {}).get("name") or ""
    label = part.get("label") or emoji
    url = part.get("url") if part.get("style") == LINK_STYLE else None
    return Button(label, part.get("custom_id"), url, bool(part.get("disabled")))


def _texts(body: JSON) -> Iterator[str]:
    yield body.get("title") or ""
    yield body.get("content") or ""
    for embed in body.get("embeds") or []:
        yield from _embed_texts(embed)
    for _, part in walk(body.get("components") or []):
        yield _component_text(part)


def _embed_texts(embed: JSON) -> Iterator[str]:
    yield (embed.get("author") or {}).get("name") or ""
    yield embed.get("title") or ""
    yield embed.get("description") or ""
    for field in embed.get("fields") or []:
        yield field["name"]
        yield field["value"]
    yield (embed.get("footer") or {}).get("text") or ""


def _component_text(part: JSON) -> str:
    if part["type"] == TEXT_DISPLAY:
        return str(part["content"])
    if part["type"] == BUTTON:
        return str(_button(part))
    return str(part.get("placeholder") or part.get("label") or "")

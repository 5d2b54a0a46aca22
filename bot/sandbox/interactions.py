"""Interactions: what a person set off, and what the bot answers to it."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox import messages, payloads
from bot.sandbox.entities import Channel, Member, Message
from bot.sandbox.errors import Refused, bad_form
from bot.sandbox.guild import Guild
from bot.sandbox.messages import Files
from bot.sandbox.payloads import EPHEMERAL
from bot.sandbox.world import World

JSON = dict[str, Any]

COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5
MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, MODAL = 4, 5, 6, 7, 8, 9
CHOICE_LIMIT = 25


@dataclass(slots=True, eq=False)
class Interaction:
    """`seen` is done when the person has something to look at: message, modal or choices.

    `acknowledged` is the type of the first answer, None until there is one; `original` is the
    message that `@original` means.
    """

    id: int
    type: int
    guild: Guild
    channel: Channel
    member: Member
    created_at: float
    data: JSON
    message: Message | None = None
    trigger: "Interaction | None" = None
    token: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    acknowledged: int | None = None
    original: Message | None = None
    followups: list[Message] = field(default_factory=list)
    seen: asyncio.Future[Any] = field(default_factory=asyncio.Future)

    def show(self, what: Any) -> None:
        if not self.seen.done():
            self.seen.set_result(what)

    @property
    def metadata(self) -> JSON:
        """How a message tells what it answers."""
        told: JSON = {
            "id": str(self.id),
            "type": self.type,
            "user": payloads.user(self.member.user),
            "authorizing_integration_owners": {"0": str(self.guild.id)},
        }
        if self.type == COMPONENT and self.message is not None:
            told["interacted_message_id"] = str(self.message.id)
        if self.type == MODAL_SUBMIT and self.trigger is not None:
            told["triggering_interaction_metadata"] = self.trigger.metadata
        return told


class Interactions:
    """All interactions by token, with the platform's time limits."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.answer_limit = 3.0
        """Seconds until a first answer comes too late."""
        self.token_life = 900.0
        self._by_token: dict[str, Interaction] = {}
        self.ephemeral: dict[int, Message] = {}

    def begin(self, kind: int, member: Member, channel: Channel, data: JSON) -> Interaction:
        guild = self.world.guilds[member.guild_id]
        now = self.world.now()
        started = Interaction(self.world.ids.next(), kind, guild, channel, member, now, data)
        self._by_token[started.token] = started
        return started

    @property
    def pending(self) -> list[Interaction]:
        """Those without any answer, oldest first."""
        return [one for one in self._by_token.values() if one.acknowledged is None]

    def waiting(self, interaction_id: int, token: str) -> Interaction:
        """An interaction that may still be answered for the first time."""
        found = self._by_token.get(token)
        if found is None or found.id != interaction_id:
            raise Refused(404, 10062)
        if found.acknowledged is not None:
            raise Refused(400, 40060)
        if self.world.now() - found.created_at > self.answer_limit:
            raise Refused(404, 10062)
        return found

    def answered(self, token: str) -> Interaction:
        """An interaction whose token serves as a webhook's."""
        found = self._by_token.get(token)
        if found is None or found.acknowledged is None:
            raise Refused(404, 10015)
        if self.world.now() - found.created_at > self.token_life:
            raise Refused(401, 50027)
        return found

    def answer(self, interaction: Interaction, kind: int, data: JSON, files: Files) -> None:
        """The first answer."""
        match kind:
            case 4:
                self._original(interaction, data, files)
                interaction.show(interaction.original)
            case 5:
                self._thinking(interaction, data)
            case 6:
                interaction.original = interaction.message
            case 7:
                self._update(interaction, data, files)
            case 8:
                interaction.show((data.get("choices") or [])[:CHOICE_LIMIT])
            case 9:
                interaction.show(data)
        interaction.acknowledged = kind

    def follow_up(self, interaction: Interaction, body: JSON, files: Files) -> Message:
        """A further message; the first after a deferral takes the place of "thinking"."""
        original = interaction.original
        if original is not None and original.loading:
            self.edit(interaction, original, body, files)
            return original
        message = self._say(interaction, body, files)
        interaction.followups.append(message)
        interaction.show(message)
        return message

    def edit(self, interaction: Interaction, message: Message, body: JSON, files: Files) -> None:
        messages.edit(self.world, message, body, files)
        interaction.show(message)

    def delete(self, interaction: Interaction, message: Message) -> None:
        messages.delete(self.world, message)
        interaction.show(message)

    def find(self, interaction: Interaction, message_id: str) -> Message:
        known = [*interaction.followups, *filter(None, [interaction.original])]
        for message in known:
            wanted = message is interaction.original and message_id == "@original"
            if (wanted or str(message.id) == message_id) and not message.deleted:
                return message
        raise Refused(404, 10008)

    def _original(self, interaction: Interaction, data: JSON, files: Files) -> None:
        interaction.original = self._say(interaction, data, files)

    def _say(self, interaction: Interaction, body: JSON, files: Files) -> Message:
        world = self.world
        author = world.application.user
        message = messages.compose(world, interaction.channel, author, body, files)
        return self._place(interaction, message)

    def _place(self, interaction: Interaction, message: Message) -> Message:
        message.interaction = interaction.metadata
        message.ephemeral = bool(int(message.body.get("flags") or 0) & EPHEMERAL)
        if message.ephemeral:
            self.ephemeral[message.id] = message
        else:
            messages.post(self.world, interaction.channel, message)
        return message

    def _thinking(self, interaction: Interaction, data: JSON) -> None:
        message = Message(
            self.world.ids.next(),
            interaction.channel.id,
            interaction.guild.id,
            self.world.application.user,
            {"flags": data.get("flags", 0)},
            self.world.now(),
            loading=True,
        )
        interaction.original = self._place(interaction, message)

    def _update(self, interaction: Interaction, data: JSON, files: Files) -> None:
        if interaction.message is None:
            raise bad_form("type", "INTERACTION_INVALID_RESPONSE_TYPE", "There is no message.")
        interaction.original = interaction.message
        self.edit(interaction, interaction.message, data, files)


def callback_answer(interaction: Interaction, world: World) -> JSON:
    """What `with_response` brings back."""
    about: JSON = {"id": str(interaction.id), "type": interaction.type}
    answer: JSON = {"interaction": about}
    kind, message = interaction.acknowledged, interaction.original
    if message is not None:
        about |= {
            "response_message_id": str(message.id),
            "response_message_loading": message.loading,
            "response_message_ephemeral": message.ephemeral,
        }
    if kind in (MESSAGE, UPDATE) and message is not None:
        answer["resource"] = {"type": kind, "message": messages.shown(world, message)}
    return answer

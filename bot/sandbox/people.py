"""What people do: come, go, talk, and work the bot as their clients let them."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bot.sandbox import (
    audit,
    interaction_payloads,
    members,
    messages,
    offers,
)
from bot.sandbox.dialect import Dialect
from bot.sandbox.entities import Channel, Command, Member, Message, User
from bot.sandbox.errors import NoAnswer, NotOffered, Refused
from bot.sandbox.guild import Guild
from bot.sandbox.interactions import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    MODAL_SUBMIT,
    Interaction,
    Interactions,
)
from bot.sandbox.permissions import Permission
from bot.sandbox.replies import Reply
from bot.sandbox.talk import GLANCE, Talk, user_of

JSON = dict[str, Any]


class People(Talk):
    """The world with people in it, who can do only what a person could."""

    def __init__(self, dialect: Dialect, clock: Callable[[], float] = time.time) -> None:
        super().__init__(dialect, clock)
        self.interactions = Interactions(self)

    async def join(self, code: str, name: str | None = None, user: User | None = None) -> Member:
        """Accept an invite or a vanity code, as somebody new unless a user is given."""
        guild, way = self.dialect.find(self, code)
        who = user or self.add_user(name)
        return await self.dialect.accept(self, guild, way, who)

    async def rejoin(self, who: User | Member, code: str) -> Member:
        return await self.join(code, user=user_of(who))

    async def enter(
        self, guild: Guild, name: str | None = None, *, source: str = "discovery"
    ) -> Member:
        """Come in some way that no counter sees."""
        member = members.enter(guild, self.add_user(name), source)
        await asyncio.sleep(0)
        return member

    async def add_bot(self, guild: Guild, *, by: Member, name: str | None = None) -> Member:
        added = members.enter(guild, self.add_user(name, bot=True), "bot", by.id)
        guild.log(audit.BOT_ADD, by.user, added.id, [], options={"temporary": False})
        await asyncio.sleep(0)
        return added

    async def leave(self, member: Member) -> None:
        members.leave(self.guilds[member.guild_id], member)
        await asyncio.sleep(0)

    async def kick(self, member: Member, *, by: Member) -> None:
        guild = self.guilds[member.guild_id]
        if not guild.may(by, Permission.KICK_MEMBERS):
            raise Refused(403, 50013)
        members.kick(guild, member, by.user)
        await asyncio.sleep(0)

    async def go_offline(self, member: Member) -> None:
        """A temporary member without a role is put out: on Fluxer a minute later."""
        await self.dialect.go_offline(self.guilds[member.guild_id], member)

    async def accept_rules(self, member: Member) -> None:
        guild = self.guilds[member.guild_id]
        member.pending = False
        guild.emit("GUILD_MEMBER_UPDATE", guild.member_event(member))
        await asyncio.sleep(0)

    def stream(self, member: Member, channel: Channel) -> None:
        """Go live in a voice channel, so that an invite may lead to the stream."""
        self.guilds[member.guild_id].streams[member.id] = channel.id

    def announce_twice(self, member: Member) -> None:
        """The platform tells once more that somebody joined."""
        members.announce(self.guilds[member.guild_id], member)

    def messages(self, channel: Channel) -> list[Message]:
        """What can be read in a channel, oldest first; each changes as it is edited."""
        return list(channel.messages.values())

    def delete_message(self, message: Message, *, by: Member) -> None:
        """Somebody deletes a message by hand: their own, or any if they manage messages."""
        place = self.channels.get(message.channel_id)
        if place is None or message.deleted:
            raise Refused(404, 10008)
        manages = self.guilds[by.guild_id].may(by, Permission.MANAGE_MESSAGES, place)
        if message.author is not by.user and not manages:
            raise Refused(403, 50013)
        messages.delete(self, message)

    async def slash(self, member: Member, channel: Channel, name: str, /, **values: Any) -> Reply:
        """Send a slash command such as "invite create" and wait for what the bot says."""
        guild, command, chain = self._offered(member, channel, name)
        options = offers.filled(offers.options_of(command, chain), values)
        data = interaction_payloads.command(command, offers.nested(chain, options))
        if found := offers.resolved(guild, list(values.values())):
            data["resolved"] = found
        return await self._reply(self.interactions.begin(COMMAND, member, channel, data))

    async def context_menu(
        self, member: Member, name: str, target: Member | User, channel: Channel | None = None
    ) -> Reply:
        self._only_with_commands()
        guild = self.guilds[member.guild_id]
        place = channel or guild.channels[0]
        command = offers.find(self.application, guild, name, offers.ON_USER)
        offers.require(guild, member, place, command)
        data = interaction_payloads.command(command, [])
        data |= {"target_id": str(target.id), "resolved": offers.resolved(guild, [target])}
        return await self._reply(self.interactions.begin(COMMAND, member, place, data))

    async def autocomplete(
        self, member: Member, channel: Channel, name: str, option: str, typed: str, /, **values: Any
    ) -> list[JSON]:
        """What the bot offers while somebody types into an option."""
        _, command, chain = self._offered(member, channel, name)
        options = {one["name"]: one for one in offers.options_of(command, chain)}
        if not options.get(option, {}).get("autocomplete"):
            raise NotOffered(f"option {option!r} does not complete")
        sent = offers.filled([options[other] | {"required": False} for other in values], values)
        focused = {"name": option, "type": options[option]["type"], "value": typed, "focused": True}
        data = interaction_payloads.command(command, offers.nested(chain, [*sent, focused]))
        started = self.interactions.begin(AUTOCOMPLETE, member, channel, data)
        choices: list[JSON] = await self._answer(started)
        return choices

    async def press(self, member: Member, reply: Reply, button: str) -> Reply:
        """Press a button by its label or custom id; see a new message or the changed one."""
        part = interaction_payloads.find_button(self._on_screen(member, reply), button)
        data = {"custom_id": part["custom_id"], "component_type": part["type"]}
        return await self._touch(member, reply, data)

    async def select(
        self, member: Member, reply: Reply, which: str, values: list[Any] | Any
    ) -> Reply:
        """Choose in a select menu, by placeholder or custom id; options by label or value."""
        chosen = values if isinstance(values, list) else [values]
        part = interaction_payloads.find_select(self._on_screen(member, reply), which)
        guild = self.guilds[member.guild_id]
        data = interaction_payloads.selection(part, chosen, offers.resolved(guild, chosen))
        return await self._touch(member, reply, data)

    async def submit(self, member: Member, modal: Reply, /, **fields: Any) -> Reply:
        """Fill in a modal's fields, by custom id or label, and send it."""
        if not modal.is_modal:
            raise NotOffered("that is not a modal")
        data = interaction_payloads.submission(modal.body, fields)
        asked = modal.interaction
        started = self.interactions.begin(MODAL_SUBMIT, member, asked.channel, data)
        started.message = asked.message
        started.trigger = asked
        return await self._reply(started)

    async def edited(self, reply: Reply) -> Reply:
        """Wait for the next change of a message."""
        message = reply.message
        if message is None:
            raise NotOffered("a modal does not change")
        try:
            async with asyncio.timeout(self.patience):
                while reply.body == message.body and not message.deleted:  # noqa: ASYNC110 - people look
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            raise NoAnswer("the message did not change") from None
        return reply.latest

    def _only_with_commands(self) -> None:
        if not self.dialect.commands:
            raise NotOffered("there are no commands, buttons or forms here")

    def _offered(
        self, member: Member, channel: Channel, name: str
    ) -> tuple[Guild, Command, list[JSON]]:
        self._only_with_commands()
        guild = self.guilds[member.guild_id]
        top, *path = name.split()
        command = offers.find(self.application, guild, top, offers.CHAT_INPUT)
        offers.require(guild, member, channel, command)
        return guild, command, offers.leaf(command, path)

    def _on_screen(self, member: Member, reply: Reply) -> list[JSON]:
        """Components as they are now, if this person can see them."""
        self._only_with_commands()
        message = reply.message
        if message is None or message.deleted:
            raise NotOffered("the message is gone")
        if message.ephemeral and reply.interaction.member is not member:
            raise NotOffered("only the one who asked sees that message")
        components: list[JSON] = message.body.get("components") or []
        return components

    async def _touch(self, member: Member, reply: Reply, data: JSON) -> Reply:
        started = self.interactions.begin(COMPONENT, member, reply.interaction.channel, data)
        started.message = reply.message
        return await self._reply(started)

    async def _reply(self, started: Interaction) -> Reply:
        seen = await self._answer(started)
        if isinstance(seen, Message):
            return Reply(started, seen, {})
        return Reply(started, None, seen)

    async def _answer(self, started: Interaction) -> Any:
        """Send it off and wait for what there is to see."""
        event = interaction_payloads.created(self, started)
        self.emit("INTERACTION_CREATE", event, started.guild.id)
        try:
            async with asyncio.timeout(self.patience):
                seen = await started.seen
        except TimeoutError:
            raise NoAnswer(f"no answer within {self.patience} s") from None
        # Nobody presses a button before the bot knows that its message arrived.
        await asyncio.sleep(GLANCE)
        return seen

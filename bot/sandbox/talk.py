"""What people say, react to and are answered where there are no commands but words."""

import asyncio
import secrets
from collections.abc import Iterable
from typing import Any, Self

from bot.sandbox import message_rules, messages
from bot.sandbox.entities import Channel, Invite, Member, Message, Pack, Terms, User
from bot.sandbox.errors import NoAnswer, NotOffered, Refused
from bot.sandbox.fluxer import groups, packs
from bot.sandbox.fluxer import messages as fluxer_messages
from bot.sandbox.permissions import Permission
from bot.sandbox.replies import Reply
from bot.sandbox.world import World

GLANCE = 0.01
"""Seconds between two looks at a message that is about to change."""


class Talk(World):
    """The world with people in it who talk; what only Fluxer has is NotOffered elsewhere."""

    patience = 10.0
    """Seconds a person waits for the bot's answer."""

    async def say(
        self,
        who: Member | User,
        channel: Channel,
        text: str,
        *,
        mentions: Iterable[Member | User | None] = (),
        reply_to: Message | None = None,
    ) -> Message:
        """Say something where one may, to those mentioned first."""
        self._may_talk(who, channel)
        named = [one.mention for one in mentions if one is not None]
        body: dict[str, Any] = {"content": " ".join([*named, text])}
        message = messages.compose(self, channel, user_of(who), body, {})
        message.reply_to = None if reply_to is None else reply_to.id
        messages.post(self, channel, message)
        await asyncio.sleep(0)
        return message

    async def post_by_webhook(self, channel: Channel, text: str) -> Message:
        """What a webhook says: its author is nobody's account, and not marked as a bot."""
        author = User(self.ids.next(), "hook")
        message = messages.compose(self, channel, author, {"content": text}, {})
        message.by_webhook = True
        messages.post(self, channel, message)
        await asyncio.sleep(0)
        return message

    def _may_talk(self, who: Member | User, channel: Channel) -> None:
        needed = message_rules.to_write_in(channel)
        if not self._may(who, channel, needed):
            raise Refused(403, 50013)

    def _may(self, who: Member | User, channel: Channel, needed: int) -> bool:
        """In private everything, in a guild what one is permitted."""
        if channel.guild_id is None:
            return user_of(who) in (channel.recipient, *channel.recipients)
        guild = self.guilds[channel.guild_id]
        member = guild.members.get(who.id)
        return member is not None and guild.may(member, needed, channel)

    def dm(self, who: Member | User) -> Channel:
        """The direct messages between somebody and the bot."""
        return self.dm_with(user_of(who))

    async def react(self, who: Member | User, message: Message, emoji: str) -> None:
        """Add a reaction: a new one needs a permission, to join in does not."""
        channel = self._seen(who, message)
        is_new = emoji not in message.reactions
        if is_new and not self._may(who, channel, Permission.ADD_REACTIONS):
            raise Refused(403, 50013)
        fluxer_messages.react(self, channel, message, user_of(who), emoji)
        await asyncio.sleep(0)

    async def unreact(self, who: Member | User, message: Message, emoji: str) -> None:
        """Take one's own reaction back."""
        channel = self._seen(who, message)
        fluxer_messages.unreact(self, channel, message, user_of(who), emoji)
        await asyncio.sleep(0)

    def _seen(self, who: Member | User, message: Message) -> Channel:
        """Where a message is, if it can be seen."""
        self._only_fluxer("reactions")
        channel = self.channels.get(message.channel_id)
        if message.deleted or channel is None:
            raise NotOffered("the message is gone")
        seeing = Permission.VIEW_CHANNEL | Permission.READ_MESSAGE_HISTORY
        if not self._may(who, channel, seeing):
            raise NotOffered("that message cannot be seen")
        return channel

    async def command(self, member: Member | User, channel: Channel, text: str) -> Reply:
        """Say something and wait for what the bot says then, there or in a direct message."""
        self._only_fluxer("commands in words")
        with Waiting(self, (channel, self.dm(member))) as waiting:
            await self.say(member, channel, text)
            message = await waiting.answer()
        return Reply(None, message, {})

    async def tap(self, member: Member | User, reply: Reply, emoji: str) -> Reply:
        """React as the bot offers it; see the message changed, or another that the bot says.

        Who taps what they tapped before takes their reaction back, as a click does.
        """
        self._only_fluxer("reactions")
        message = reply.message
        assert message is not None, "there are no modals where people talk"
        channel = self._seen(member, message)
        await self._offered_emoji(message, emoji)
        with Waiting(self, (channel, self.dm(member)), message) as waiting:
            if member.id in message.reactions.get(emoji, []):
                await self.unreact(member, message, emoji)
            else:
                await self.react(member, message, emoji)
            seen = await waiting.answer()
        return Reply(None, seen, {})

    async def _offered_emoji(self, message: Message, emoji: str) -> None:
        """Wait until the bot has reacted so itself."""
        bot = self.application.user.id
        try:
            async with asyncio.timeout(self.patience):
                while bot not in message.reactions.get(emoji, []):  # noqa: ASYNC110 - people look
                    await asyncio.sleep(GLANCE)
        except TimeoutError:
            offered = [one for one, people in message.reactions.items() if bot in people]
            raise NotOffered(f"no reaction {emoji}; there are {offered}") from None

    def own_key(self, who: Member | User) -> str:
        """A person's own key, which they send as it is, without "Bot"."""
        self._only_fluxer("people's own keys")
        for key, user_id in self.keys.items():
            if user_id == who.id:
                return key
        key = f"flx_{secrets.token_urlsafe(32)}"
        self.keys[key] = who.id
        return key

    def add_pack(self, who: Member | User, name: str, kind: str = "emoji") -> Pack:
        """A pack that somebody made: of emojis or of stickers."""
        self._only_fluxer("packs")
        return packs.add(self, user_of(who), name, kind)

    def add_group_dm(
        self, owner: Member | User, others: Iterable[Member | User] = (), name: str = ""
    ) -> Channel:
        """A group with the bot in it."""
        self._only_fluxer("group DMs with bots")
        people = [self.application.user, *map(user_of, others)]
        return groups.add(self, user_of(owner), people, name)

    def create_group_invite(
        self, group: Channel, by: Member | User, *, unique: bool = True, **terms: Any
    ) -> Invite:
        """Somebody in a group makes an invite into it by hand."""
        return groups.create_invite(self, group, Terms(**terms), user_of(by), unique=unique)

    def _only_fluxer(self, what: str) -> None:
        if self.dialect.commands:
            raise NotOffered(f"{what} are imitated of Fluxer only")


class Waiting:
    """Waits for the bot to say something in some channels, or to change a message."""

    def __init__(
        self, world: Talk, channels: Iterable[Channel], changed: Message | None = None
    ) -> None:
        self._world = world
        self._places = {channel.id for channel in channels}
        self._changed = changed
        self._answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

    def __enter__(self) -> Self:
        self._world.watchers.append(self._look)
        return self

    def __exit__(self, *exc: object) -> None:
        self._world.watchers.remove(self._look)

    def _look(self, message: Message) -> None:
        by_bot = message.author is self._world.application.user
        new = message.edited_at is None and not message.deleted
        meant = message is self._changed or (new and message.channel_id in self._places)
        if by_bot and meant and not self._answer.done():
            self._answer.set_result(message)

    async def answer(self) -> Message:
        try:
            async with asyncio.timeout(self._world.patience):
                message = await self._answer
        except TimeoutError:
            raise NoAnswer(f"no answer within {self._world.patience} s") from None
        # Nobody reacts before the bot knows that its message arrived.
        await asyncio.sleep(GLANCE)
        return message


def user_of(who: User | Member) -> User:
    return who.user if isinstance(who, Member) else who

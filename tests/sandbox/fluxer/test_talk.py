"""Reactions, and people who work a bot by words and taps; the bot here is a few bare requests."""

import asyncio
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from bot.sandbox import NoAnswer, NotOffered, Permission, Refused, Reply, Sandbox
from bot.sandbox.entities import Channel, Member, Message
from bot.sandbox.guild import Guild
from tests.sandbox.clients import until
from tests.sandbox.fluxer.talking import Ask, Socket

YES, NO = "✅", "❌"


@pytest.fixture
async def message(sandbox: Sandbox, channel: Channel, member: Member) -> Message:
    return await sandbox.say(member, channel, "hello")


def reactions(message: Message, emoji: str, who: str = "@me") -> str:
    of_message = f"/channels/{message.channel_id}/messages/{message.id}/reactions"
    return f"{of_message}/{quote(emoji)}/{who}"


async def test_the_bot_reacts(ask: Ask, socket: Socket, guild: Guild, message: Message) -> None:
    """Put and taken away, twice as well as once; each change is told once."""
    assert guild.me is not None
    added = [(await ask("PUT", reactions(message, YES))).status for _ in range(2)]
    held = dict(message.reactions)
    path = f"/channels/{message.channel_id}/messages/{message.id}"
    shown = (await ask("GET", path)).body["reactions"]
    removed = [(await ask("DELETE", reactions(message, YES))).status for _ in range(2)]
    await socket.quiet()

    assert ([204, 204], [204, 204]) == (added, removed)
    assert ({YES: [guild.me.id]}, {}) == (held, message.reactions)
    assert [{"emoji": {"id": None, "name": YES, "animated": None}, "count": 1, "me": True}] == shown
    (told,) = socket.told["MESSAGE_REACTION_ADD"]
    about = {
        "channel_id": str(message.channel_id),
        "message_id": str(message.id),
        "guild_id": str(guild.id),
        "user_id": str(guild.me.id),
        "emoji": {"name": YES},
    }
    assert about == {key: told[key] for key in told.keys() - {"member"}}
    assert about["user_id"] == told["member"]["user"]["id"]
    assert [about] == socket.told["MESSAGE_REACTION_REMOVE"]


async def test_people_react_in_order(
    sandbox: Sandbox, socket: Socket, guild: Guild, message: Message, member: Member
) -> None:
    """Ids are kept in the order in which people reacted; a second like it changes nothing."""
    for who in (member, guild.owner, member):
        await sandbox.react(who, message, YES)
    await sandbox.unreact(member, message, YES)
    await socket.quiet()

    assert {YES: [guild.owner.id]} == message.reactions
    told = [one["user_id"] for one in socket.told["MESSAGE_REACTION_ADD"]]
    assert [str(member.id), str(guild.owner.id)] == told
    assert [str(member.id)] == [one["user_id"] for one in socket.told["MESSAGE_REACTION_REMOVE"]]


async def test_reactions_in_private(sandbox: Sandbox, socket: Socket, member: Member) -> None:
    """Are told without a guild."""
    said = await sandbox.say(member, sandbox.dm(member), "hello")
    await sandbox.react(member, said, YES)

    assert not {"guild_id", "member"} & (await socket.heard("MESSAGE_REACTION_ADD")).keys()


async def test_new_reactions_need_a_permission(
    sandbox: Sandbox, ask: Ask, guild: Guild, message: Message, member: Member
) -> None:
    """To join in does not."""
    guild.change_role(
        guild.everyone, permissions=guild.everyone.permissions & ~Permission.ADD_REACTIONS
    )
    refused = await ask("PUT", reactions(message, YES))
    with pytest.raises(Refused):
        await sandbox.react(member, message, YES)
    await sandbox.react(guild.owner, message, YES)

    assert (403, "MISSING_PERMISSIONS") == refused.refusal
    assert 204 == (await ask("PUT", reactions(message, YES))).status
    await sandbox.react(member, message, YES)


async def test_other_peoples_reactions(
    sandbox: Sandbox, ask: Ask, socket: Socket, guild: Guild, message: Message, member: Member
) -> None:
    """Are taken away only by who manages messages: one, all of an emoji, or all."""
    for emoji in (YES, NO, "⏩"):
        await sandbox.react(member, message, emoji)
    refused = await ask("DELETE", reactions(message, YES, str(member.id)))
    assert guild.me is not None
    guild.overwrite(guild.channel("general"), guild.me, allow=Permission.MANAGE_MESSAGES)
    one_emoji = reactions(message, NO).removesuffix("/@me")
    listed = await ask("GET", one_emoji)
    for path in (reactions(message, YES, str(member.id)), one_emoji):
        assert 204 == (await ask("DELETE", path)).status
    held = dict(message.reactions)
    await ask("DELETE", one_emoji.rpartition("/")[0])
    await socket.quiet()

    assert (403, "MISSING_PERMISSIONS") == refused.refusal
    assert [str(member.id)] == [one["id"] for one in listed.body]
    assert ({"⏩": [member.id]}, {}) == (held, message.reactions)
    assert ["REMOVE", "REMOVE_EMOJI", "REMOVE_ALL"] == [
        name.removeprefix("MESSAGE_REACTION_") for name in socket.order if "_REMOVE" in name
    ]


class Bot:
    """Says "pong" to "!ping" and offers a tap; answers "!secret" in private."""

    def __init__(self, ask: Ask, socket: Socket) -> None:
        self.ask = ask
        self.socket = socket
        self.taps = 0

    async def run(self) -> None:
        seen = tapped = 0
        while True:
            await until(lambda: True)
            for told in self.socket.told["MESSAGE_CREATE"][seen:]:
                seen += 1
                await self.hear(told)
            changes = [name for name in self.socket.order if name.startswith("MESSAGE_REACTION")]
            for number in range(tapped, len(changes)):
                tapped = number + 1
                await self.change()
            await asyncio.sleep(0.005)

    async def hear(self, told: dict[str, object]) -> None:
        path = f"/channels/{told['channel_id']}/messages"
        if told["content"] == "!ping":
            made = (await self.ask("POST", path, {"content": "pong"})).body
            await self.ask("PUT", f"{path}/{made['id']}/reactions/{quote(YES)}/@me")
        elif told["content"] == "!secret":
            author = told["author"]
            assert isinstance(author, dict)
            opened = await self.ask("POST", "/users/@me/channels", {"recipient_id": author["id"]})
            await self.ask("POST", f"/channels/{opened.body['id']}/messages", {"content": "psst"})

    async def change(self) -> None:
        last = [
            one
            for name in ("ADD", "REMOVE")
            for one in self.socket.told[f"MESSAGE_REACTION_{name}"]
        ]
        by_others = [one for one in last if one["user_id"] != one_self(self.socket)]
        if len(by_others) <= self.taps:
            return
        self.taps = len(by_others)
        about = by_others[-1]
        path = f"/channels/{about['channel_id']}/messages/{about['message_id']}"
        await self.ask("PATCH", path, {"content": f"tapped {self.taps}"})


def one_self(socket: Socket) -> str:
    return str(socket.told["READY"][0]["user"]["id"])


@pytest.fixture
async def bot(ask: Ask, socket: Socket) -> AsyncIterator[Bot]:
    bot = Bot(ask, socket)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(bot.run())
        yield bot
        running.cancel()


async def test_a_command_in_words(
    sandbox: Sandbox, bot: Bot, channel: Channel, member: Member
) -> None:
    """Is answered by the first message of the bot in that channel."""
    reply = await sandbox.command(member, channel, "!ping")

    assert bot.taps == 0
    assert ("pong", False, False) == (reply.text, reply.private, reply.ephemeral)
    assert [] == reply.followups


async def test_a_private_answer(
    sandbox: Sandbox, bot: Bot, channel: Channel, member: Member
) -> None:
    """Comes as a direct message, which only the one who asked sees."""
    reply = await sandbox.command(member, channel, "!secret")

    assert bot.taps == 0
    assert ("psst", True, True) == (reply.content, reply.private, reply.ephemeral)
    assert reply.message is sandbox.messages(sandbox.dm(member))[-1]


async def test_a_tap_changes_the_message(
    sandbox: Sandbox, bot: Bot, channel: Channel, member: Member
) -> None:
    """The change is waited for; who taps again takes their reaction back."""
    reply = await sandbox.command(member, channel, "!ping")
    once = await sandbox.tap(member, reply, YES)
    held = list((reply.message or once.message).reactions[YES])  # type: ignore[union-attr]
    twice = await sandbox.tap(member, once, YES)

    assert ("pong", "tapped 1", "tapped 2") == (reply.text, once.text, twice.text)
    assert reply.message is not None
    assert member.id in held
    assert member.id not in reply.message.reactions[YES]
    assert "tapped 2" == reply.latest.text
    assert 2 == bot.taps


async def test_only_what_is_offered_is_tapped(
    sandbox: Sandbox, bot: Bot, channel: Channel, member: Member
) -> None:
    """A reaction that the bot did not make itself is NotOffered."""
    reply = await sandbox.command(member, channel, "!ping")
    sandbox.patience = 0.05
    with pytest.raises(NotOffered, match=NO):
        await sandbox.tap(member, reply, NO)
    assert 0 == bot.taps


async def test_no_answer(
    sandbox: Sandbox, socket: Socket, channel: Channel, member: Member
) -> None:
    """A bot that says nothing within a person's patience is NoAnswer."""
    sandbox.patience = 0.05
    with pytest.raises(NoAnswer):
        await sandbox.command(member, channel, "!ping")
    assert [] == sandbox.watchers
    assert await socket.heard("MESSAGE_CREATE")


async def test_there_are_no_commands_of_discord(
    sandbox: Sandbox, ask: Ask, channel: Channel, member: Member, message: Message
) -> None:
    """Neither for people nor on the wire."""
    reply = Reply(None, message, {})
    for attempt in (
        sandbox.slash(member, channel, "invite list"),
        sandbox.context_menu(member, "How did they join?", member, channel),
        sandbox.autocomplete(member, channel, "invite show", "code", "a"),
        sandbox.press(member, reply, "Go"),
        sandbox.select(member, reply, "Go", "a"),
        sandbox.submit(member, Reply(None, None, {}), reason="x"),
    ):
        with pytest.raises(NotOffered):
            await attempt
    path = f"/applications/{sandbox.application.id}/commands"
    for method in ("GET", "PUT"):
        assert (404, "NOT_FOUND") == (await ask(method, path, [])).refusal


async def test_what_is_of_fluxer_only_is_not_offered_elsewhere() -> None:
    """On Discord people press buttons instead."""
    async with Sandbox() as discord:
        guild = discord.add_guild("Harbour")
        said = await discord.say(guild.owner, guild.channel("general"), "hello")
        with pytest.raises(NotOffered):
            await discord.react(guild.owner, said, YES)
        with pytest.raises(NotOffered):
            await discord.command(guild.owner, guild.channel("general"), "!ping")
        for attempt in (discord.own_key, discord.add_group_dm):
            with pytest.raises(NotOffered):
                attempt(guild.owner)
        with pytest.raises(NotOffered):
            discord.add_pack(guild.owner, "Knots")

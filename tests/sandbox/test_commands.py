"""Commands registered by the real client and used as people use them."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import discord
import pytest
from discord import app_commands

from bot.sandbox import NoAnswer, NotOffered, Permission, Reply, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from tests.sandbox.clients import Clock, Connect, Recorder, Rest, until

Interaction = discord.Interaction[Recorder]


class Question(discord.ui.Modal, title="Why?"):
    reason: discord.ui.TextInput["Question"] = discord.ui.TextInput(label="The reason")

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        await interaction.response.send_message(f"because {self.reason.value}", ephemeral=True)


class Form(discord.ui.Modal, title="More"):
    note: discord.ui.Label["Form"] = discord.ui.Label(
        text="A note", component=discord.ui.TextInput(required=False, default="nothing")
    )
    size: discord.ui.Label["Form"] = discord.ui.Label(
        text="Size",
        component=discord.ui.Select(options=[discord.SelectOption(label="Small", value="s")]),
    )

    async def on_submit(self, interaction: discord.Interaction, /) -> None:
        assert isinstance(self.note.component, discord.ui.TextInput)
        assert isinstance(self.size.component, discord.ui.Select)
        told = f"{self.note.component.value} {self.size.component.values[0]}"
        await interaction.response.edit_message(content=told)


class Buttons(discord.ui.View):
    @discord.ui.button(label="Revoke")
    async def revoke(self, interaction: Interaction, button: discord.ui.Button["Buttons"]) -> None:
        button.disabled = True
        await interaction.response.edit_message(content="revoked", view=self)

    @discord.ui.button(label="Ask", custom_id="ask")
    async def ask(self, interaction: Interaction, _: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.send_modal(Question())

    @discord.ui.button(label="Answer")
    async def answer(self, interaction: Interaction, _: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.send_message("a new message")

    @discord.ui.button(label="More")
    async def more(self, interaction: Interaction, _: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.send_modal(Form())

    @discord.ui.button(label="Later")
    async def later(self, interaction: Interaction, _: discord.ui.Button["Buttons"]) -> None:
        await interaction.response.defer()
        await interaction.edit_original_response(content="edited later")

    @discord.ui.select(
        placeholder="Colour",
        options=[discord.SelectOption(label="Red", value="r"), discord.SelectOption(label="Blue")],
    )
    async def colour(self, interaction: Interaction, select: discord.ui.Select["Buttons"]) -> None:
        await interaction.response.edit_message(content=select.values[0])

    @discord.ui.select(cls=discord.ui.RoleSelect, custom_id="roles", max_values=2)
    async def roles(
        self, interaction: Interaction, select: discord.ui.RoleSelect["Buttons"]
    ) -> None:
        await interaction.response.edit_message(content=select.values[0].name)


group = app_commands.Group(
    name="invite",
    description="Invites",
    guild_only=True,
    default_permissions=discord.Permissions(manage_guild=True),
)


@group.command(description="Say what was given")
async def create(  # noqa: PLR0913, PLR0917 - one of each kind
    interaction: Interaction,
    channel: discord.TextChannel,
    uses: app_commands.Range[int, 0, 100] = 0,
    reason: app_commands.Range[str, 0, 20] = "",
    temporary: bool = False,
    member: discord.Member | None = None,
    role: discord.Role | None = None,
    ratio: float = 0.5,
) -> None:
    told = (channel.name, uses, reason, temporary, member and member.id, role and role.id, ratio)
    await interaction.response.send_message(str(told), ephemeral=True)


@group.command(description="Show an invite")
@app_commands.choices(how=[app_commands.Choice(name="In short", value="short")])
async def show(interaction: Interaction, code: str, how: str = "long") -> None:
    await interaction.response.defer(ephemeral=True)
    embed = discord.Embed(title=code, description=how).set_footer(text="the end")
    await interaction.followup.send(embed=embed.add_field(name="Uses", value="3"), view=Buttons())


@show.autocomplete("code")
async def complete(_: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    if typed == "never":
        await asyncio.sleep(1)
    return [app_commands.Choice(name=f"{typed}c", value="abc")]


@group.command(description="Public, with a file")
async def export(interaction: Interaction) -> None:
    file = discord.File(io.BytesIO(b"a,b\n"), "joins.csv")
    await interaction.response.send_message("here you are @everyone", file=file)
    await interaction.followup.send("and more", ephemeral=True)


@group.command(description="Components of the second kind")
async def card(interaction: Interaction) -> None:
    view: discord.ui.LayoutView = discord.ui.LayoutView()
    container: discord.ui.Container[Any] = discord.ui.Container()
    container.add_item(discord.ui.TextDisplay("# A card"))
    press: discord.ui.Button[Any] = discord.ui.Button(label="Press", custom_id="press")
    container.add_item(discord.ui.Section("A section", accessory=press))
    container.add_item(
        discord.ui.ActionRow(discord.ui.Button(label="Site", url="https://a.example"))
    )
    view.add_item(container)
    await interaction.response.send_message(view=view)


@group.command(description="Whom and where")
async def whom(
    interaction: Interaction, who: discord.User | discord.Role, where: discord.Thread | None = None
) -> None:
    await interaction.response.send_message(f"{who.name} {where}")


@group.command(description="Slow, or never")
async def slow(interaction: Interaction, mode: str) -> None:
    match mode:
        case "edit":
            await interaction.response.defer(thinking=True)
            await interaction.edit_original_response(content="edited")
        case "delete":
            await interaction.response.defer(thinking=True)
            await interaction.delete_original_response()
        case "change":
            await interaction.response.send_message("first")
            await asyncio.sleep(0.1)
            await interaction.edit_original_response(content="second")


@app_commands.context_menu(name="How did they join?")
async def how_joined(interaction: Interaction, member: discord.Member) -> None:
    await interaction.response.send_message(f"{member.name}: unknown", ephemeral=True)


@pytest.fixture
async def bot(sandbox: Sandbox, guild: Guild, connect: Connect) -> AsyncIterator[Recorder]:
    """A client whose commands are registered."""
    assert guild.id in sandbox.guilds
    async with connect() as client:
        client.tree.add_command(group)
        client.tree.add_command(how_joined)
        await client.tree.sync()
        yield client


@pytest.fixture
def general(guild: Guild) -> Channel:
    return guild.channel("general")


@pytest.fixture
def moderator(guild: Guild) -> Member:
    return guild.add_member("moderator", roles=[guild.add_role("Mod", Permission.MANAGE_GUILD)])


pytestmark = pytest.mark.usefixtures("bot")


async def test_every_kind_of_option_arrives(
    sandbox: Sandbox, guild: Guild, general: Channel, moderator: Member
) -> None:
    """Values of each kind reach the command as the person gave them."""
    role = guild.role("Mod")

    reply = await sandbox.slash(
        moderator,
        general,
        "invite create",
        channel=general,
        uses=7,
        reason="because",
        temporary=True,
        member=moderator,
        role=role,
        ratio=0.25,
    )

    told = ("general", 7, "because", True, moderator.id, role.id, 0.25)
    assert str(told) == reply.content
    assert reply.ephemeral


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({}, id="required option missing"),
        pytest.param({"colour": "red"}, id="no such option"),
        pytest.param({"uses": 101}, id="number out of range"),
        pytest.param({"uses": "seven"}, id="text for a number"),
        pytest.param({"uses": True}, id="boolean for a number"),
        pytest.param({"reason": "x" * 21}, id="text too long"),
        pytest.param({"temporary": "yes"}, id="text for a boolean"),
        pytest.param({"role": "Mod"}, id="text for a role"),
        pytest.param({"ratio": True}, id="boolean for a ratio"),
    ],
)
async def test_what_a_client_does_not_offer(
    sandbox: Sandbox, general: Channel, moderator: Member, given: dict[str, Any]
) -> None:
    """A client sends nothing that the command's options do not allow."""
    if given:
        given = {"channel": general} | given

    with pytest.raises(NotOffered):
        await sandbox.slash(moderator, general, "invite create", **given)


async def test_channel_kinds_are_honoured(
    sandbox: Sandbox, guild: Guild, general: Channel, moderator: Member
) -> None:
    """A channel of another kind than asked for is not offered."""
    category = guild.add_channel("Ashore", "category")

    with pytest.raises(NotOffered, match="#Ashore"):
        await sandbox.slash(moderator, general, "invite create", channel=category)


async def test_users_roles_and_threads(
    sandbox: Sandbox, guild: Guild, general: Channel, moderator: Member
) -> None:
    """Somebody who is no member can be picked, and a role, and a thread."""
    thread = guild.add_channel("aside", "thread", parent=general)
    stranger = sandbox.add_user("stranger")

    first = await sandbox.slash(moderator, general, "invite whom", who=stranger, where=thread)
    second = await sandbox.slash(moderator, general, "invite whom", who=guild.role("Mod"))

    assert ("stranger aside", "Mod None") == (first.content, second.content)


@pytest.mark.parametrize(
    "name", ["nothing", "invite", "invite nothing", "invite create more", "How did they join?"]
)
async def test_unknown_commands(
    sandbox: Sandbox, general: Channel, moderator: Member, name: str
) -> None:
    """Only registered commands, down to the subcommand, can be sent."""
    with pytest.raises(NotOffered):
        await sandbox.slash(moderator, general, name)


async def test_default_permissions_are_honoured(
    sandbox: Sandbox, guild: Guild, general: Channel
) -> None:
    """Without the permission that the command asks for it is not offered."""
    with pytest.raises(NotOffered, match="not offered"):
        await sandbox.slash(guild.add_member(), general, "invite export")


async def test_administrators_overrides(sandbox: Sandbox, guild: Guild, general: Channel) -> None:
    """An administrator may open a command to a role, close it to a member or in a channel."""
    role = guild.add_role("Helper")
    helper, other = guild.add_member(roles=[role]), guild.add_member(roles=[role])
    closed = guild.add_channel("closed")
    guild.allow_command("invite", role)
    guild.allow_command("invite", other, allowed=False)
    guild.allow_command("invite", closed, allowed=False)

    await sandbox.slash(helper, general, "invite export")
    for person, place in ((other, general), (helper, closed)):
        with pytest.raises(NotOffered):
            await sandbox.slash(person, place, "invite export")


@pytest.mark.parametrize("deny", [Permission.VIEW_CHANNEL, Permission.USE_APPLICATION_COMMANDS])
async def test_channel_must_allow_commands(
    sandbox: Sandbox, guild: Guild, general: Channel, moderator: Member, deny: int
) -> None:
    """Commands are used where a person sees the channel and may use commands."""
    guild.overwrite(general, guild.everyone, deny=deny)

    with pytest.raises(NotOffered):
        await sandbox.slash(moderator, general, "invite export")


async def test_choices_are_the_only_ones(
    sandbox: Sandbox, general: Channel, moderator: Member
) -> None:
    """Where there are choices nothing else can be given."""
    with pytest.raises(NotOffered, match="no choice"):
        await sandbox.slash(moderator, general, "invite show", code="abc", how="At length")


async def test_owner_is_offered_everything(
    sandbox: Sandbox, guild: Guild, general: Channel
) -> None:
    """The owner may use every command, whatever it asks for."""
    assert (await sandbox.slash(guild.owner, general, "invite export")).content


async def test_guild_command_hides_the_global_one(
    sandbox: Sandbox, guild: Guild, general: Channel, rest: Rest
) -> None:
    """Of two commands of one name the guild's own is sent."""
    path = f"/applications/{sandbox.application.id}/guilds/{guild.id}/commands"
    body = {"name": "invite", "description": "Here", "options": []}
    made = await rest("POST", path, json=body)
    sandbox.patience = 0.05

    with pytest.raises(NoAnswer):
        await sandbox.slash(guild.owner, general, "invite")

    assert made.body["id"] == sandbox.interactions.pending[-1].data["id"]


async def test_deferred_answer_is_followed(
    sandbox: Sandbox, general: Channel, moderator: Member
) -> None:
    """After "thinking" the follow-up is what the person sees, as private as was announced."""
    reply = await sandbox.slash(moderator, general, "invite show", code="abc", how="In short")

    assert ["abc", "short", "Uses", "3", "the end"] == reply.text.split("\n")[:5]
    assert "[Revoke]" in reply.text
    assert "Colour" in reply.text
    assert reply.ephemeral
    assert "abc" == reply.embeds[0]["title"]
    assert {} == general.messages


@pytest.mark.parametrize(("mode", "content"), [("edit", "edited"), ("delete", "")])
async def test_deferral_ends_in_edit_or_deletion(
    sandbox: Sandbox, general: Channel, moderator: Member, mode: str, content: str
) -> None:
    """A deferred answer may be edited into its message, or taken away."""
    reply = await sandbox.slash(moderator, general, "invite slow", mode=mode)

    assert content == reply.content
    assert (mode == "delete") == reply.deleted


@pytest.mark.parametrize(("mode", "edits"), [("edit", 0), ("change", 1)])
async def test_edits_are_counted(
    sandbox: Sandbox, general: Channel, moderator: Member, mode: str, edits: int
) -> None:
    """What takes the place of "thinking" is no edit; changing what could be read is one."""
    await sandbox.slash(moderator, general, "invite slow", mode=mode)
    (message,) = sandbox.messages(general)
    await until(lambda: message.content != "first")

    assert edits == message.edits


async def test_later_edit_is_seen(sandbox: Sandbox, general: Channel, moderator: Member) -> None:
    """A reply stays as it was seen; the change can be waited for."""
    first = await sandbox.slash(moderator, general, "invite slow", mode="change")
    second = await sandbox.edited(first)

    assert ["first", "second"] == [first.content, second.content]
    sandbox.patience = 0.05
    with pytest.raises(NoAnswer):
        await sandbox.edited(second)


async def test_no_answer(sandbox: Sandbox, general: Channel, moderator: Member) -> None:
    """A bot that does not answer is noticed within the person's patience."""
    sandbox.patience = 0.05

    with pytest.raises(NoAnswer):
        await sandbox.slash(moderator, general, "invite slow", mode="never")


async def test_public_answer_with_file(
    sandbox: Sandbox, general: Channel, moderator: Member
) -> None:
    """A public answer is a message of the channel, with its file and whom it pings."""
    reply = await sandbox.slash(moderator, general, "invite export")
    await until(lambda: reply.followups)

    assert {"joins.csv": b"a,b\n"} == reply.files
    assert not reply.ephemeral
    assert reply.pings.everyone
    assert [("and more", True)] == [(one.content, one.ephemeral) for one in reply.followups]
    assert 1 == len(general.messages)


async def test_second_kind_of_components(
    sandbox: Sandbox, general: Channel, moderator: Member
) -> None:
    """Texts and buttons inside containers are read and found."""
    reply = await sandbox.slash(moderator, general, "invite card")

    assert "# A card\nA section\n[Press]\n[Site]" == reply.text
    with pytest.raises(NotOffered, match="link"):
        await sandbox.press(moderator, reply, "Site")


async def test_autocomplete(sandbox: Sandbox, general: Channel, moderator: Member) -> None:
    """What the bot offers while somebody types comes back as it was sent."""
    offered = await sandbox.autocomplete(
        moderator, general, "invite show", "code", "ab", how="In short"
    )

    assert [{"name": "abc", "value": "abc"}] == offered
    with pytest.raises(NotOffered):
        await sandbox.autocomplete(moderator, general, "invite show", "how", "x")
    sandbox.patience = 0.05
    with pytest.raises(NoAnswer):
        await sandbox.autocomplete(moderator, general, "invite show", "code", "never")


async def test_context_menu(sandbox: Sandbox, guild: Guild, moderator: Member) -> None:
    """A command on a member gets that member."""
    target = guild.add_member("newcomer")

    reply = await sandbox.context_menu(moderator, "How did they join?", target)

    assert "newcomer: unknown" == reply.content


@pytest.fixture
async def shown(sandbox: Sandbox, general: Channel, moderator: Member) -> Reply:
    return await sandbox.slash(moderator, general, "invite show", code="abc")


async def test_button_changes_the_message(
    sandbox: Sandbox, moderator: Member, shown: Reply
) -> None:
    """A button that edits its message shows the changed message; disabled, it is dead."""
    changed = await sandbox.press(moderator, shown, "Revoke")

    assert "revoked" == changed.content
    assert changed.buttons[0].disabled
    with pytest.raises(NotOffered, match="disabled"):
        await sandbox.press(moderator, shown, "Revoke")
    assert shown.latest.body == changed.body


async def test_button_answers_with_a_message(
    sandbox: Sandbox, moderator: Member, shown: Reply
) -> None:
    """A button may be answered by a new message, or by a later edit."""
    answered = await sandbox.press(moderator, shown, "Answer")
    edited = await sandbox.press(moderator, shown, "Later")

    assert "a new message" == answered.content
    assert "edited later" == edited.content
    assert edited.message is shown.message


async def test_modal(sandbox: Sandbox, moderator: Member, shown: Reply) -> None:
    """A button may open a modal, whose fields are filled in and sent."""
    modal = await sandbox.press(moderator, shown, "ask")

    assert modal.is_modal
    assert "Why?" == modal.title
    assert ["The reason"] == [field["label"] for field in modal.fields]
    with pytest.raises(NotOffered, match="characters"):
        await sandbox.submit(moderator, modal)
    with pytest.raises(NotOffered, match="colour"):
        await sandbox.submit(moderator, modal, the_reason="x", colour="red")
    reply = await sandbox.submit(moderator, modal, the_reason="it rained")
    assert "because it rained" == reply.content


async def test_modal_with_labels(sandbox: Sandbox, moderator: Member, shown: Reply) -> None:
    """Fields inside labels are filled in by the label; what is left out stays."""
    modal = await sandbox.press(moderator, shown, "More")

    changed = await sandbox.submit(moderator, modal, size="s")

    assert "nothing s" == changed.content
    assert changed.message is shown.message
    assert modal.custom_id


async def test_modal_is_no_message(sandbox: Sandbox, moderator: Member, shown: Reply) -> None:
    """Only a modal can be sent, and only a message has buttons or changes."""
    modal = await sandbox.press(moderator, shown, "ask")

    with pytest.raises(NotOffered):
        await sandbox.submit(moderator, shown)
    with pytest.raises(NotOffered):
        await sandbox.press(moderator, modal, "ask")
    with pytest.raises(NotOffered):
        await sandbox.edited(modal)


async def test_selects(sandbox: Sandbox, guild: Guild, moderator: Member, shown: Reply) -> None:
    """Options are chosen by label or value, roles by themselves, no more than allowed."""
    by_label = await sandbox.select(moderator, shown, "Colour", "Red")
    by_role = await sandbox.select(moderator, shown, "roles", [guild.role("Mod")])

    assert ("r", "Mod") == (by_label.content, by_role.content)
    for which, values in (("Colour", "Green"), ("Colour", ["Red", "Blue"]), ("Size", "S")):
        with pytest.raises(NotOffered):
            await sandbox.select(moderator, shown, which, values)


async def test_private_messages_are_private(sandbox: Sandbox, guild: Guild, shown: Reply) -> None:
    """Nobody else can press a button of an ephemeral message, nor one that is not there."""
    with pytest.raises(NotOffered, match="only the one"):
        await sandbox.press(guild.owner, shown, "Revoke")
    with pytest.raises(NotOffered, match="no button"):
        await sandbox.press(shown.interaction.member, shown, "Explode")


async def test_answer_in_time(
    sandbox: Sandbox, clock: Clock, rest: Rest, general: Channel, moderator: Member
) -> None:
    """A first answer is refused when it comes late, comes twice, or comes to nothing."""
    sandbox.patience = 0.05
    with pytest.raises(NoAnswer):
        await sandbox.slash(moderator, general, "invite slow", mode="never")
    told = sandbox.interactions.pending[-1]
    path = f"/interactions/{told.id}/{told.token}/callback"
    answer = {"type": 4, "data": {"content": "here"}}

    clock.time += sandbox.answer_limit + 0.1
    late = await rest("POST", path, json=answer)
    clock.time -= 1
    assert 204 == (await rest("POST", path, json=answer)).status
    twice = await rest("POST", path, json=answer)
    nothing = await rest("POST", "/interactions/5/token/callback", json=answer)

    assert (404, 10062) == late.refusal == nothing.refusal
    assert (400, 40060) == twice.refusal


async def test_answer_must_suit(
    sandbox: Sandbox, rest: Rest, general: Channel, moderator: Member
) -> None:
    """A command cannot be answered with choices or by changing a message."""
    sandbox.patience = 0.05
    with pytest.raises(NoAnswer):
        await sandbox.slash(moderator, general, "invite slow", mode="never")
    told = sandbox.interactions.pending[-1]
    path = f"/interactions/{told.id}/{told.token}/callback"

    refusals = [
        (await rest("POST", path, json={"type": kind, "data": {"choices": []}})).refusal
        for kind in (7, 8)
    ]

    assert [(400, 50035)] * 2 == refusals


async def test_tokens_serve_for_a_while(
    sandbox: Sandbox, clock: Clock, rest: Rest, shown: Reply
) -> None:
    """Follow-ups need an answered interaction of this application, not too old a one."""
    hook = f"/webhooks/{sandbox.application.id}/{shown.interaction.token}"
    body = {"content": "more"}

    assert 200 == (await rest("POST", hook, params={"wait": "true"}, json=body)).status
    assert 204 == (await rest("POST", hook, json=body)).status
    assert 200 == (await rest("GET", f"{hook}/messages/@original")).status
    assert (404, 10008) == (await rest("GET", f"{hook}/messages/5")).refusal
    elsewhere = f"/webhooks/5/{shown.interaction.token}"
    assert (404, 10015) == (await rest("POST", elsewhere, json=body)).refusal
    unknown = f"/webhooks/{sandbox.application.id}/token"
    assert (404, 10015) == (await rest("POST", unknown, json=body)).refusal
    clock.time += sandbox.token_life + 1
    assert (401, 50027) == (await rest("POST", hook, json=body)).refusal


async def test_settings_of_time(sandbox: Sandbox) -> None:
    """The platform's time limits can be set."""
    sandbox.answer_limit, sandbox.token_life = 1.0, 2.0

    assert (1.0, 2.0) == (sandbox.interactions.answer_limit, sandbox.interactions.token_life)


async def test_follow_ups_are_edited_and_deleted(
    sandbox: Sandbox, rest: Rest, shown: Reply
) -> None:
    """A further message can be changed and taken back by its id."""
    hook = f"/webhooks/{sandbox.application.id}/{shown.interaction.token}"
    made = await rest("POST", hook, params={"wait": "true"}, json={"content": "more"})
    path = f"{hook}/messages/{made.body['id']}"

    edited = await rest("PATCH", path, json={"content": "less"})
    deleted = await rest("DELETE", path)

    assert "less" == edited.body["content"]
    assert 204 == deleted.status
    assert (404, 10008) == (await rest("GET", path)).refusal
    assert shown.followups[0].deleted

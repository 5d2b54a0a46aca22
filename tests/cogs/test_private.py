"""What is private stays private where answers are not hidden: by direct message, or not at all."""

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from data.errors import LedgerUnavailableError
from data.ledger import Ledger
from data.models import Certainty
from tests.cogs.conftest import Ask
from tests.harness import decided, until
from tests.moderators import press, say

pytestmark = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)

CLOSED = "I answer this only in private, and I cannot write to you."

ASKING = [
    "invite list",
    "invite show {code}",
    "invite revoke {code} reason: none",
    "joins recent",
    "joins who {who}",
    "joins accuracy",
    "settings log",
    "setup check",
]
CHANGING = [
    "invite create max_age: 1d",
    "joins correct {who} source: discovery",
    "joins undo {who}",
    "settings log channel: general",
    "settings log off: yes",
    "setup backfill",
]
TELLING = [
    "joins who {nobody}",
    "joins correct {nobody} source: discovery",
    "joins correct {who} source: discovery join: 7",
    "joins undo {nobody}",
    "invite revoke {ended}",
]
"""Refusals that tell something of the ledger."""


@pytest.fixture
async def ended(guild: Guild, general: Channel, ledger: Ledger, codes: tuple[str, str]) -> str:
    """The code of an invite that somebody revoked."""
    code = guild.create_invite(general, by=guild.owner).code
    guild.revoke_invite(code, by=guild.owner)
    del codes
    while (record := await ledger.invite(guild.id, code)) is None or record.ended_at is None:
        pass
    return code


class Scene:
    """A moderator in a public channel, and what is said there."""

    def __init__(
        self, sandbox: Sandbox, moderator: Member, channel: Channel, words: dict[str, object]
    ) -> None:
        self.sandbox = sandbox
        self.moderator = moderator
        self.channel = channel
        self.words = words

    async def say(self, command: str) -> Reply:
        text = f"!{command.format(**self.words)}"
        return await say(self.sandbox, self.moderator, self.channel, text)

    @property
    def public(self) -> list[str]:
        """Everything that Usher said in the channel, as anybody there reads it."""
        said = self.sandbox.messages(self.channel)
        return [Reply(None, each, {}).text for each in said if each.author.bot]


@pytest.fixture
async def scene(
    sandbox: Sandbox,
    moderator: Member,
    general: Channel,
    newcomer: Member,
    codes: tuple[str, str],
    ended: str,
) -> Scene:
    words: dict[str, object] = {
        "code": codes[0],
        "who": newcomer.id,
        "nobody": sandbox.add_user("nobody").id,
        "ended": ended,
    }
    return Scene(sandbox, moderator, general, words)


@pytest.mark.parametrize("command", [*ASKING, *CHANGING])
async def test_nothing_of_an_answer_is_said_in_public(scene: Scene, command: str) -> None:
    """Whatever is answered, it comes by direct message and the channel has no word of it."""
    reply = await scene.say(command)

    assert reply.private or command == "joins undo {who}"
    assert [] == [said for said in scene.public if "Nobody has corrected" not in said]


@pytest.mark.parametrize("command", TELLING)
async def test_a_refusal_that_tells_something_is_private_too(scene: Scene, command: str) -> None:
    """Who was here, and what became of an invite, is not told to everybody in a refusal."""
    reply = await scene.say(command)

    assert reply.private
    assert [] == scene.public


@pytest.mark.parametrize("command", [*ASKING, *CHANGING, *TELLING])
async def test_who_takes_no_messages_is_told_why_there_is_no_answer(
    scene: Scene, command: str
) -> None:
    """Without a private way the command is refused in the channel, with what to do about it."""
    scene.moderator.user.accepts_dms = False

    reply = await scene.say(command)

    assert reply.text.startswith(CLOSED)
    assert [reply.text] == scene.public
    assert [] == scene.sandbox.messages(scene.sandbox.dm(scene.moderator))


@pytest.mark.parametrize("command", CHANGING)
async def test_and_nothing_is_done_for_them(
    scene: Scene, guild: Guild, usher: Usher, ledger: Ledger, newcomer: Member, command: str
) -> None:
    """What nobody could be told of is not begun: no invite, no correction, no setting."""
    scene.moderator.user.accepts_dms = False
    invites = set(guild.invites)

    await scene.say(command)

    [join] = await ledger.joins_of(guild.id, newcomer.id)
    assert invites == set(guild.invites)
    assert Certainty.CERTAIN is join.certainty
    assert await ledger.log_setting(guild.id) is None
    assert await usher.backfiller.progress(guild.id) is None


async def test_who_closes_the_door_before_the_answer_is_told_so(scene: Scene) -> None:
    """The platform refuses the message itself, though the channel was opened before."""
    await scene.say("invite list")
    scene.moderator.user.accepts_dms = False

    reply = await scene.say("invite list")

    assert reply.text.startswith(CLOSED)


async def test_a_fault_of_the_platform_is_not_blamed_on_the_person(
    scene: Scene, guild: Guild
) -> None:
    """When a direct message fails for another reason, nothing is done, and trying again advised."""
    before = set(guild.invites)
    scene.sandbox.fail("POST", "/users/@me/channels", status=503, times=None)

    reply = await scene.say("invite create")

    assert "the platform did not let me write to you just now" in reply.text
    assert before == set(guild.invites)


async def test_an_answer_that_cannot_take_its_place_comes_beside_it(
    scene: Scene, guild: Guild
) -> None:
    """When the promise of an answer cannot be changed, the answer is sent by itself."""
    before = set(guild.invites)
    message = "/channels/{channel_id}/messages/{message_id}"
    scene.sandbox.fail("PATCH", message, status=503, times=None)

    reply = await scene.say("invite create")

    [code] = set(guild.invites) - before
    assert code in reply.text
    assert reply.private
    assert 1 == len(scene.sandbox.messages(scene.sandbox.dm(scene.moderator)))


async def test_an_answer_stays_though_its_reactions_cannot_be_kept(
    scene: Scene,
    ledger: Ledger,
    usher: Usher,
    newcomer: Member,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A correction that was made is told, also if the ledger fails right after it."""

    async def full(*_: object) -> None:
        raise LedgerUnavailableError("The ledger has no room.")

    # A disk that is full between two writes cannot be had here.
    monkeypatch.setattr(usher.ledger, "offer", full)
    text = f"!joins correct {newcomer.id} source: discovery"
    await scene.sandbox.command(scene.moderator, scene.channel, text)

    async def told() -> bool:
        return any("The ledger has no room." in said for said in scene.public)

    await until(told)
    [join] = await ledger.joins_of(newcomer.guild_id, newcomer.id)
    [answer] = scene.sandbox.messages(scene.sandbox.dm(scene.moderator))
    assert Certainty.CORRECTED is join.certainty
    assert "Corrected" in Reply(None, answer, {}).text


async def test_a_card_and_the_question_behind_it_stay_private(
    scene: Scene, guild: Guild, codes: tuple[str, str]
) -> None:
    """From a card over the question to the end of an invite nobody else reads a word."""
    card = await scene.say("invite show {code}")
    question = await press(scene.sandbox, scene.moderator, card, "Revoke")

    answer = await press(scene.sandbox, scene.moderator, question, "Revoke")

    assert codes[0] not in guild.invites
    assert (question.private, answer.private) == (True, True)
    assert [] == scene.public


async def test_a_correction_and_its_undoing_stay_private(
    scene: Scene, ask: Ask, ledger: Ledger, guild: Guild, newcomer: Member
) -> None:
    """What a moderator says of somebody is between the two of them."""
    del ask
    said = await scene.say("joins correct {who} source: discovery note: their own word")

    answer = await press(scene.sandbox, scene.moderator, said, "Undo")

    [join] = await decided(ledger, guild, 1)
    assert (newcomer.id, Certainty.CERTAIN) == (join.member_id, join.certainty)
    assert "Correction taken back" in answer.text
    assert [] == scene.public

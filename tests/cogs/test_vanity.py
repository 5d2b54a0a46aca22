"""`/invite vanity`: what it is, the question, the change, and everybody who may not."""

import pytest

from bot.client import Usher
from bot.sandbox import Permission, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from bot.sandbox.replies import Reply
from data.ledger import Ledger
from data.models import InviteKind, InviteRecord
from tests.harness import connected, first_reading, on_both, until
from tests.moderators import labels, press, slash_only, use

pytestmark = on_both

SET = ("PATCH", "/guilds/{guild_id}/vanity-url")


@pytest.fixture
def harbour(guild: Guild) -> Guild:
    """It has the feature and a code."""
    guild.set_vanity("harbour")
    return guild


@pytest.mark.usefixtures("harbour")
async def test_what_it_is(
    usher: Usher, sandbox: Sandbox, moderator: Member, general: Channel
) -> None:
    """The code, its link and how often it was used are told, in private."""
    await sandbox.join("harbour")

    reply = await use(sandbox, moderator, general, "invite vanity")

    assert "`harbour`" in reply.text
    assert usher.platform.link("harbour") in reply.text
    assert "1 use" in reply.text
    assert reply.ephemeral
    assert [] == labels(reply)


def code_of(guild: Guild) -> str | None:
    """What the platform has."""
    return None if guild.vanity is None else guild.vanity.code


async def test_a_server_that_has_none_yet(
    usher: Usher, sandbox: Sandbox, harbour: Guild, moderator: Member, general: Channel
) -> None:
    """With the feature and without a code it says how to set one, and then does it."""
    del usher
    harbour.set_vanity(None)

    none = await use(sandbox, moderator, general, "invite vanity")
    question = await use(sandbox, moderator, general, "invite vanity", code="Port-2")

    assert "This server has none" in none.text
    assert "It will be `port-2`. There is none now." in question.text
    assert code_of(harbour) is None
    await press(sandbox, moderator, question, "Change")
    assert "port-2" == code_of(harbour)


@pytest.fixture
async def question(
    usher: Usher, sandbox: Sandbox, harbour: Guild, moderator: Member, general: Channel
) -> Reply:
    del usher
    assert "harbour" == code_of(harbour)
    return await use(sandbox, moderator, general, "invite vanity", code="port")


async def test_nothing_changes_before_the_answer(harbour: Guild, question: Reply) -> None:
    """The question says what takes the place of what, and that the old link dies."""
    assert "`port` takes the place of `harbour`, which has 0 uses" in question.text
    assert "The old link stops working at once" in question.text
    assert question.ephemeral
    assert "harbour" == code_of(harbour)


async def test_yes_changes_it(
    usher: Usher, sandbox: Sandbox, harbour: Guild, moderator: Member, question: Reply
) -> None:
    """The platform has the new code, and the answer has its link and no button any more."""
    answer = await press(sandbox, moderator, question, "Change")

    assert "port" == code_of(harbour)
    assert "Vanity URL changed" in answer.text
    assert usher.platform.link("port") in answer.text
    assert [] == labels(answer)


async def test_removing_it(
    usher: Usher, sandbox: Sandbox, harbour: Guild, moderator: Member, general: Channel
) -> None:
    """Asked for, and answered with yes, there is none any more."""
    del usher
    question = await use(sandbox, moderator, general, "invite vanity", remove=True)
    assert "Nothing takes the place of `harbour`" in question.text
    assert "harbour" == code_of(harbour)

    answer = await press(sandbox, moderator, question, "Remove")

    assert "Vanity URL removed" in answer.text
    assert code_of(harbour) is None


@pytest.mark.parametrize("meanwhile", ["somebody-elses", None])
@pytest.mark.parametrize("options", [{"remove": True}, {"code": "port"}], ids=str)
@pytest.mark.usefixtures("usher")
async def test_a_question_about_another_one(
    sandbox: Sandbox,
    harbour: Guild,
    moderator: Member,
    general: Channel,
    options: dict[str, object],
    meanwhile: str | None,
) -> None:
    """What was changed by hand since the question is left as it is: it was never shown."""
    question = await use(sandbox, moderator, general, "invite vanity", **options)
    harbour.set_vanity(meanwhile)

    answer = await press(sandbox, moderator, question, labels(question)[0])

    is_now = "is `somebody-elses` now" if meanwhile else "is gone by now"
    assert f"Since I asked, the vanity URL was changed: it {is_now}." in answer.text
    assert meanwhile == code_of(harbour)
    assert 0 == sandbox.count(*SET)


@pytest.mark.usefixtures("usher")
async def test_a_question_from_when_there_was_none(
    sandbox: Sandbox, harbour: Guild, moderator: Member, general: Channel
) -> None:
    """One that came since is not replaced without a word."""
    harbour.set_vanity(None)
    question = await use(sandbox, moderator, general, "invite vanity", code="port")
    harbour.set_vanity("somebody-elses")

    answer = await press(sandbox, moderator, question, "Change")

    assert "it is `somebody-elses` now" in answer.text
    assert "somebody-elses" == code_of(harbour)


@slash_only
async def test_a_question_of_an_older_usher(
    sandbox: Sandbox, harbour: Guild, moderator: Member, question: Reply
) -> None:
    """One that does not say what it is about changes nothing."""
    assert question.message is not None
    of_old = f"vs:{moderator.id:x}:port"
    question.message.body["components"][0]["components"][0]["custom_id"] = of_old

    answer = await press(sandbox, moderator, question, "Change")

    assert "from an older Usher. Use `/invite vanity` again." in answer.text
    assert "harbour" == code_of(harbour)


@pytest.mark.parametrize("options", [{"code": "port"}, {"remove": True}], ids=str)
async def test_the_ledger_has_it_though_nobody_joins(
    ledger: Ledger,
    sandbox: Sandbox,
    harbour: Guild,
    moderator: Member,
    general: Channel,
    options: dict[str, object],
) -> None:
    """Whoever looks at the old one is told that it has ended, and finds the new one."""

    async def over() -> bool:
        old = await ledger.invite(harbour.id, "harbour")
        return old is not None and old.ended_at is not None

    async with connected(ledger, sandbox):
        await first_reading(ledger, harbour)
        question = await use(sandbox, moderator, general, "invite vanity", **options)
        await press(sandbox, moderator, question, labels(question)[0])
        await until(over)

    new = await ledger.invite(harbour.id, "port")
    assert ("code" in options) == (new is not None and new.ended_at is None)


async def test_the_ledger_has_it_from_the_next_reading(
    ledger: Ledger, sandbox: Sandbox, harbour: Guild, moderator: Member, general: Channel
) -> None:
    """The old one has ended there, and the new one is an invite of its own."""
    async with connected(ledger, sandbox):
        await first_reading(ledger, harbour)
        question = await use(sandbox, moderator, general, "invite vanity", code="port")
        await press(sandbox, moderator, question, "Change")
        await sandbox.join("port")

        async def there() -> InviteRecord | None:
            return await ledger.invite(harbour.id, "port")

        new, old = await until(there), await ledger.invite(harbour.id, "harbour")
    assert InviteKind.VANITY is new.invite.kind
    assert old is not None
    assert old.ended_at is not None


async def test_a_refusal_is_told(
    sandbox: Sandbox, harbour: Guild, moderator: Member, question: Reply
) -> None:
    """A code that another server took meanwhile stays theirs, and the answer says so."""
    sandbox.add_guild("Other").set_vanity("port")

    answer = await press(sandbox, moderator, question, "Change")

    assert "taken" in answer.text
    assert "harbour" == code_of(harbour)


async def test_silence_is_not_taken_for_yes(
    sandbox: Sandbox, moderator: Member, question: Reply
) -> None:
    """Without an answer nobody says that it was done."""
    sandbox.fail("PATCH", "/guilds/*/vanity-url", status=200, body='{"code": 7}')

    answer = await press(sandbox, moderator, question, "Change")

    assert "may have changed all the same" in answer.text


async def test_rights_that_were_lost_meanwhile(
    sandbox: Sandbox, harbour: Guild, moderator: Member, question: Reply
) -> None:
    """Who may not any more when they answer changes nothing."""
    harbour.set_roles(moderator, [])

    answer = await press(sandbox, moderator, question, "Change")

    assert "You need **Manage Server**" in answer.text
    assert 0 == sandbox.count(*SET)


async def test_who_may_not(
    usher: Usher, sandbox: Sandbox, harbour: Guild, stranger: Member, general: Channel
) -> None:
    """Who does not manage the server learns nothing, and nobody is asked."""
    del usher
    reply = await use(sandbox, stranger, general, "invite vanity", code="port")

    assert "You need **Manage Server**" in reply.text
    assert "harbour" not in reply.text
    assert "harbour" == code_of(harbour)
    assert 0 == sandbox.count(*SET)


async def test_usher_may_not(
    ledger: Ledger, sandbox: Sandbox, moderator: Member, general: Channel, harbour: Guild
) -> None:
    """Without Manage Server it says so before it asks."""
    assert harbour.me is not None
    least = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.READ_MESSAGE_HISTORY
    harbour.roles_by_id[harbour.me.roles[0]].permissions = int(least)
    async with connected(ledger, sandbox):
        reply = await use(sandbox, moderator, general, "invite vanity", code="port")

    assert "I need **Manage Server**" in reply.text
    assert 0 == sandbox.count(*SET)


async def test_a_server_that_may_have_none(
    usher: Usher, sandbox: Sandbox, moderator: Member, general: Channel
) -> None:
    """Without the platform's feature nobody is asked."""
    reply = await use(sandbox, moderator, general, "invite vanity", code="port")

    assert f"{usher.platform.name} does not let this server have a vanity URL" in reply.text
    assert 0 == sandbox.count(*SET)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"code": "port", "remove": True}, "not both"),
        ({"code": "harbour"}, "already"),
        ({"code": "x"}, "cannot be a vanity URL"),
        ({"code": "NOT VALID!"}, "cannot be a vanity URL"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("harbour", "usher")
async def test_what_cannot_be(
    sandbox: Sandbox, moderator: Member, general: Channel, options: dict[str, object], said: str
) -> None:
    """It is answered with a sentence, and there is nothing to press."""
    reply = await use(sandbox, moderator, general, "invite vanity", **options)

    assert said in reply.text
    assert [] == labels(reply)

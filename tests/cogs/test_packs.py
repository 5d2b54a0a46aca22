"""`packs list` and `packs create`: the operator's packs, and nobody else's business."""

import pytest
from pydantic import SecretStr

from bot.client import Usher
from bot.errors import UserError
from bot.packs import NO_KEY, Packs
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member, Pack
from bot.sandbox.guild import Guild
from cogs._pack_texts import pack_id
from data.ledger import Ledger
from data.models import NO_GUILD, InviteKind
from tests.harness import on_both
from tests.moderators import use

FLUXER = pytest.mark.parametrize("platform", ["fluxer"], indirect=True)


@pytest.fixture
def operator(sandbox: Sandbox, guild: Guild) -> Member:
    """Whoever owns the application, without any permission in the server."""
    return guild.add_member(user=sandbox.application.owner)


@pytest.fixture
def pack(sandbox: Sandbox, operator: Member) -> Pack:
    return sandbox.add_pack(operator.user, "Owls*")


@pytest.fixture
def key(sandbox: Sandbox, usher: Usher, operator: Member) -> str:
    """The operator's own, which Usher is given."""
    key = sandbox.own_key(operator.user)
    usher.packs = Packs(SecretStr(key), sandbox.api_base)
    return key


@FLUXER
@pytest.mark.usefixtures("key")
async def test_an_invite_is_created_and_listed(
    sandbox: Sandbox, ledger: Ledger, operator: Member, general: Channel, pack: Pack
) -> None:
    """It has the limits that were asked for, stands in the ledger, and is told in private."""
    made = await use(
        sandbox, operator, general, "packs create", pack=pack.id, max_uses=5, max_age="7d"
    )
    listed = await use(sandbox, operator, general, "packs list", pack=pack.id)

    [(code, invite)] = pack.invites.items()
    assert (5, 604_800) == (invite.terms.max_uses, invite.terms.max_age)
    for reply in (made, listed):
        assert f"`{code}` · https://fluxer.gg/{code} · 0 of 5 uses · expires" in reply.text
        assert reply.ephemeral
    record = await ledger.invite(NO_GUILD, code)
    assert record is not None
    assert (InviteKind.EMOJI_PACK, operator.id) == (record.invite.kind, record.moderator_id)


@FLUXER
@pytest.mark.usefixtures("key")
async def test_the_packs_there_are(
    sandbox: Sandbox, operator: Member, general: Channel, pack: Pack
) -> None:
    """Without a pack the operator's own are listed; nothing in a name formats."""
    reply = await use(sandbox, operator, general, "packs list")

    assert f"`{pack.id}` · emoji pack · Owls\\*" in reply.text


@FLUXER
@pytest.mark.usefixtures("key")
async def test_one_more_that_cannot_be_read(
    sandbox: Sandbox, operator: Member, general: Channel, pack: Pack
) -> None:
    """The list says how many are missing, and is not empty for that."""
    body = f'[{{"code": "abc", "type": 2, "pack": {{"id": "{pack.id}"}}}}, 7]'
    sandbox.fail("GET", "/packs/*/invites", status=200, body=body)

    reply = await use(sandbox, operator, general, "packs list", pack=pack.id)

    assert "`abc`" in reply.text
    assert "1 more invite cannot be read." in reply.text


@FLUXER
@pytest.mark.usefixtures("usher")
async def test_the_group_by_itself(sandbox: Sandbox, operator: Member, general: Channel) -> None:
    """It says which commands there are."""
    reply = await sandbox.command(operator, general, "!packs")

    assert "packs list" in reply.text
    assert "packs create" in reply.text


@FLUXER
async def test_nobody_else(
    sandbox: Sandbox, guild: Guild, general: Channel, pack: Pack, key: str
) -> None:
    """Not even the server's owner may, or learns anything: packs are a person's."""
    for command in ("packs list", "packs create"):
        reply = await use(sandbox, guild.owner, general, command, pack=pack.id)

        assert "Only whoever operates me" in reply.text
        assert key not in reply.text
    assert {} == pack.invites
    assert 0 == sandbox.count("GET", "/packs/{pack_id}/invites")


@FLUXER
async def test_without_a_key(
    usher: Usher, sandbox: Sandbox, operator: Member, general: Channel, pack: Pack
) -> None:
    """The operator is told why not and what to set; somebody else is not."""
    del usher
    reply = await use(sandbox, operator, general, "packs list", pack=pack.id)

    assert NO_KEY in reply.text


@FLUXER
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"pack": "owls"}, "`owls` is not the id of a pack"),
        ({"pack": 1}, "no pack with that id"),
        ({"pack": 1, "max_uses": 101}, "`max_uses` goes from 0 to 100"),
        ({"pack": 1, "max_age": "8d"}, "7 days at most"),
        ({}, "`pack`"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("key")
async def test_what_cannot_be(
    sandbox: Sandbox, operator: Member, general: Channel, options: dict[str, object], said: str
) -> None:
    """It is answered with a sentence, and nothing is made."""
    reply = await use(sandbox, operator, general, "packs create", **options)

    assert said in reply.text


@FLUXER
async def test_an_operator_who_cannot_be_known(
    sandbox: Sandbox, operator: Member, general: Channel, pack: Pack, key: str
) -> None:
    """Where the platform does not say who operates Usher, nobody does."""
    sandbox.fail("GET", "/oauth2/applications/@me", status=503, times=None)

    reply = await use(sandbox, operator, general, "packs list", pack=pack.id)

    assert "The platform gave me no answer" in reply.text
    assert key not in reply.text


@on_both
async def test_only_where_there_are_packs(usher: Usher, sandbox: Sandbox) -> None:
    """On a platform without packs there is no such command, typed or not."""
    there = usher.get_command("packs") is not None

    assert there == (sandbox.platform == "fluxer")


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "9223372036854775808", "²", "١٢"])
def test_what_is_no_id(text: str) -> None:
    """Only a number that an id can be is one."""
    with pytest.raises(UserError, match="not the id of a pack"):
        pack_id(text)


def test_an_id() -> None:
    """Blanks around it do not matter."""
    assert 1573615756866752512 == pack_id(" 1573615756866752512 ")

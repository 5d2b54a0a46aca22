"""Bounds and defaults of create_channel_invite, at the edge and beyond it, on both platforms."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.client import Usher
from bot.errors import RefusedError
from bot.platforms import internals
from bot.platforms.platform import InviteOrder
from bot.sandbox import NotOffered, Sandbox
from bot.sandbox.entities import Channel
from bot.sandbox.guild import Guild
from tests.cogs.conftest import Ask, only
from tests.harness import on_both

pytestmark = on_both

CREATED = ("POST", "/channels/{channel_id}/invites")


EDGES: list[tuple[dict[str, Any], int, int]] = [
    ({}, 0, 0),
    ({"max_uses": 0}, 0, 0),
    ({"max_uses": 1}, 1, 0),
    ({"max_uses": 100}, 100, 0),
    ({"max_age": "never"}, 0, 0),
    ({"max_age": "1s"}, 0, 1),
    ({"max_age": "7d"}, 0, 604_800),
    ({"max_age": "6d 23h 59m 60s"}, 0, 604_800),
    ({"max_uses": 100, "max_age": "7d"}, 100, 604_800),
]
"""Options, and the uses and seconds that they mean."""


@pytest.mark.usefixtures("usher")
async def test_at_the_edge(ask: Ask, guild: Guild) -> None:
    """What the command takes, the platform makes; what is not said is without limit."""
    made = []
    for options, _, _ in EDGES:
        await ask("invite create", **options)
        made.append(list(guild.invites.values())[-1].terms)

    assert [(one.max_uses, one.max_age) for one in made] == [edge[1:] for edge in EDGES]
    assert not any(one.temporary for one in made)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"max_uses": 101}, "`max_uses` goes from 0 to 100, not `101`."),
        ({"max_uses": -1}, "`max_uses` goes from 0 to 100, not `-1`."),
        ({"max_age": "604801s"}, "7 days at most"),
        ({"max_age": "7d 1s"}, "7 days at most"),
        ({"max_age": "0s"}, "no time at all"),
    ],
    ids=str,
)
@pytest.mark.usefixtures("usher")
async def test_beyond_the_edge(
    ask: Ask, sandbox: Sandbox, options: dict[str, Any], said: str
) -> None:
    """The client of a slash command does not take it, a typed one is answered; nobody is asked."""
    try:
        reply = await ask("invite create", **options)
    except NotOffered:
        assert "max_uses" in options
        assert "discord" == sandbox.platform
    else:
        assert said in reply.text
    assert 0 == sandbox.count(*CREATED)


@pytest.mark.parametrize(
    ("field", "value"), [("max_uses", 101), ("max_uses", -1), ("max_age", 604_801), ("max_age", -1)]
)
async def test_the_platform_has_the_same_bounds(
    usher: Usher, guild: Guild, general: Channel, field: str, value: int
) -> None:
    """No order can be beyond them, and the platform would refuse it by the field's name."""
    with pytest.raises(ValidationError):
        InviteOrder(channel_id=general.id, **{field: value})
    beyond = InviteOrder(channel_id=general.id).model_copy(update={field: value})

    with pytest.raises(RefusedError, match="refused that: ") as told:
        await usher.platform.create_invite(beyond, "")

    assert f"In {field}: ".replace("_", r"\_") in str(told.value)
    assert {} == guild.invites


async def test_defaults_are_never_left_to_the_platform(
    ask: Ask, usher: Usher, sandbox: Sandbox, guild: Guild, general: Channel
) -> None:
    """Their own differ, a day and for ever, and so do their documents: every field is sent."""
    path = "/channels/{channel_id}/invites"
    await internals.request(usher, "POST", path, channel_id=general.id, payload={})
    assert {"discord": 86_400, "fluxer": 0}[sandbox.platform] == only(guild).terms.max_age
    asked: list[Any] = []
    sandbox.exchanges.append(lambda exchange: asked.append(exchange.request))

    await ask("invite create")

    plain = {"max_age": 0, "max_uses": 0, "temporary": False, "unique": True}
    assert plain in asked


@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.usefixtures("usher")
async def test_unique_or_one_that_fits(ask: Ask, guild: Guild, *, unique: bool) -> None:
    """Twice the same order makes two invites, or gives the one that is there."""
    for _ in range(2):
        await ask("invite create", max_age="1d", unique=unique)

    assert (2 if unique else 1) == len(guild.invites)


@pytest.mark.usefixtures("usher")
async def test_temporary(ask: Ask, guild: Guild) -> None:
    """Asked for, the platform makes a temporary one."""
    await ask("invite create", temporary=True)

    assert only(guild).terms.temporary

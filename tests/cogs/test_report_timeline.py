"""`/report timeline`: who came and who went, as a chart with the figures beside it."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from bot.charts import Charts
from bot.client import Usher
from bot.sandbox import NotOffered, Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, JoinFact, Settlement, Source, Verdict, from_ms, to_ms
from tests.cogs.conftest import Ask
from tests.harness import first_reading, on_both
from tests.moderators import use

pytestmark = [on_both, pytest.mark.usefixtures("usher")]

TIMELINE = "report timeline"
PNG = b"\x89PNG\r\n\x1a\n"
FIGURES = [
    "Through: invite 1 and vanity URL 1.",
    "How sure that is: certain 2.",
    "Through what is not known of 2: ambiguous 1 and pending 1.",
]


@pytest.fixture
async def joined(usher: Usher, ledger: Ledger, guild: Guild) -> None:
    """Four who came ten days ago and left a day later, and one of long ago who left with them."""
    del usher
    await first_reading(ledger, guild)
    came = to_ms(datetime.now(UTC) - timedelta(days=10))
    left = from_ms(came) + timedelta(days=1)
    facts = [JoinFact(guild.id, member_id, came, came) for member_id in (101, 102, 103, 104)]
    for fact in [*facts, JoinFact(guild.id, 105, came - 40 * 86_400_000, came)]:
        await ledger.record_join(fact)
        await ledger.record_leave(guild.id, fact.member_id, left)
    said = [
        ("abc", Certainty.CERTAIN, Source.INVITE),
        ("harbour", Certainty.CERTAIN, Source.VANITY),
        (None, Certainty.AMBIGUOUS, Source.INVITE),
    ]
    verdicts = [
        Verdict(
            member_id=fact.member_id, joined_at=came, code=code, certainty=certainty, source=source
        )
        for fact, (code, certainty, source) in zip(facts, said, strict=False)
    ]
    await ledger.settle(
        Settlement(guild_id=guild.id, decided_at=from_ms(came), verdicts=tuple(verdicts))
    )


@pytest.mark.usefixtures("joined")
async def test_a_chart_with_its_figures(guild: Guild, ask: Ask) -> None:
    """A picture whose file says what it is, and in words what is drawn; nobody else sees it."""
    reply = await ask(TIMELINE)

    [(name, picture)] = reply.files.items()
    assert name.startswith(f"timeline-{guild.id}-")
    assert name.endswith(".png")
    assert picture.startswith(PNG)
    [first, *lines] = reply.content.splitlines()
    assert first.startswith("**4 joins** in the last 30 days, ")
    assert first.endswith(" (in UTC, today so far). 5 left.")
    assert FIGURES == lines[:3]
    assert lines[3].endswith("as far as the platform's record showed me: 0 joins.")
    assert reply.ephemeral


@pytest.mark.usefixtures("joined")
async def test_other_days(ask: Ask) -> None:
    """Of fewer days there is nobody, which is a sentence and no picture; of more there are more."""
    none = await ask(TIMELINE, days=5)
    more = await ask(TIMELINE, days=365)

    assert none.content.startswith("Nobody joined in the last 5 days, ")
    assert {} == none.files
    assert more.content.startswith("**5 joins** in the last 365 days, ")
    assert 1 == len(more.files)


@pytest.mark.parametrize("days", [0, 366])
async def test_beyond_the_bounds(sandbox: Sandbox, ask: Ask, days: int) -> None:
    """The client of a slash command does not take it, a typed one is answered with the bounds."""
    try:
        reply = await ask(TIMELINE, days=days)
    except NotOffered:
        assert "discord" == sandbox.platform
    else:
        assert f"`days` goes from 1 to 365, not `{days}`." in reply.text
        assert {} == reply.files


@pytest.mark.usefixtures("joined")
async def test_another_server_has_its_own(sandbox: Sandbox, moderator: Member) -> None:
    """Who manages two servers is told of the one they ask in."""
    elsewhere = sandbox.add_guild("Lagoon")
    there = elsewhere.add_member(
        user=moderator.user, roles=[elsewhere.add_role("All", permissions=32)]
    )

    reply = await use(sandbox, there, elsewhere.channel("general"), TIMELINE)

    assert reply.content.startswith("Nobody joined")


async def test_a_server_whose_invites_were_never_read(
    sandbox: Sandbox, ledger: Ledger, moderator: Member
) -> None:
    """What is known of it begins with the first who came, and it is said why it is no more."""
    sandbox.fail("GET", "/guilds/*/invites", status=502, times=100)
    elsewhere = sandbox.add_guild("Lagoon")
    there = elsewhere.add_member(
        user=moderator.user, roles=[elsewhere.add_role("All", permissions=32)]
    )
    came = to_ms(datetime.now(UTC) - timedelta(days=4))
    await ledger.record_join(JoinFact(elsewhere.id, 101, came, came))

    reply = await use(sandbox, there, elsewhere.channel("general"), TIMELINE)

    [why, before] = reply.content.splitlines()[2:4]
    assert why.startswith("This server's invites could not be read so far: `")
    assert before.startswith(f"What I know begins on {from_ms(came).date()}. Of before that I know")
    assert 1 == len(reply.files)


@pytest.mark.usefixtures("joined")
async def test_without_what_draws(usher: Usher, ask: Ask) -> None:
    """The figures are told all the same, and what whoever runs Usher can do for a chart."""
    async with Charts(needed="a_library_that_nobody_has") as usher.charts:
        reply = await ask(TIMELINE)

    assert set(FIGURES) < set(reply.content.splitlines())
    assert "whoever runs me can do that with `make charts`." in reply.content
    assert {} == reply.files


@pytest.mark.usefixtures("joined")
async def test_when_drawing_fails(usher: Usher, ask: Ask) -> None:
    """The figures are told all the same, and the next chart is drawn as if nothing had been."""
    working = usher.charts
    async with Charts([sys.executable, "-c", "raise SystemExit(3)"]) as usher.charts:
        failed = await ask(TIMELINE)
    usher.charts = working
    drawn = await ask(TIMELINE)

    assert set(FIGURES) < set(failed.content.splitlines())
    assert "could not be drawn this time" in failed.content
    assert {} == failed.files
    assert 1 == len(drawn.files)


@pytest.mark.usefixtures("joined")
async def test_only_who_manages_the_server(
    sandbox: Sandbox, guild: Guild, stranger: Member, general: Channel
) -> None:
    """Others learn nothing, wherever they ask."""
    if sandbox.platform == "discord":
        guild.allow_command("report", stranger)

    reply = await use(sandbox, stranger, general, TIMELINE)

    assert "You need **Manage Server**" in reply.text
    assert {} == reply.files

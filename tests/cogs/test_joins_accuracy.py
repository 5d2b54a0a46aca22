"""`/joins accuracy`, and the history in `/joins who`."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.client import Usher
from bot.sandbox import Sandbox
from bot.sandbox.entities import Channel, Member
from bot.sandbox.guild import Guild
from data.ledger import Ledger
from data.models import Certainty, Confirmation, JoinFact, Met, Source, to_ms
from tests.cogs.conftest import Ask
from tests.harness import WITH_RECORD, connected, first_reading, on_both, until
from tests.moderators import use

pytestmark = on_both

ACCURACY, WHO = "joins accuracy", "joins who"


async def test_nothing_can_be_said_at_first(ask: Ask, usher: Usher) -> None:
    """Before anything was confirmed or corrected there is no figure, and that is said."""
    del usher

    reply = await ask(ACCURACY)

    assert "I cannot say how often I am right" in reply.text
    assert "closed to me" not in reply.text
    assert reply.ephemeral


async def test_a_correction_counts(ask: Ask, newcomer: Member, codes: tuple[str, str]) -> None:
    """What counters said wrong counts against them, until the correction is taken back."""
    await ask("joins correct", member=newcomer, code=codes[1])
    wrong = await ask(ACCURACY)
    await ask("joins undo", member=newcomer)
    await ask("joins correct", member=newcomer, code=codes[0])
    right = await ask(ACCURACY)

    assert "**certain**: 0 of 1 right (0 %)" in wrong.text
    assert "**certain**: 1 of 1 right (100 %)" in right.text


async def test_a_closed_record_is_said_to_be(ask: Ask, ledger: Ledger, newcomer: Member) -> None:
    """Where the platform refuses its record, that is why so little is known; elsewhere not."""
    later = datetime.now(UTC) + timedelta(hours=1)
    await ledger.close_record(newcomer.guild_id, later)
    closed = await ask(ACCURACY)
    await ledger.close_record(newcomer.guild_id, None)
    await ledger.close_record(newcomer.guild_id + 1, later)
    opened = await ask(ACCURACY)

    assert "The platform's record is closed to me in this server" in closed.text
    assert "closed to me" not in opened.text


async def test_a_wrong_verdict_and_the_record_against_it_can_be_read(
    sandbox: Sandbox, ledger: Ledger, guild: Guild, moderator: Member, general: Channel
) -> None:
    """When the record contradicts the counters, both are told, with their times and who spoke."""
    sandbox.record_lag = 1.0
    async with connected(ledger, sandbox, patience=WITH_RECORD):
        await first_reading(ledger, guild)
        codes = [guild.create_invite(general, by=guild.owner).code for _ in range(2)]
        newcomer = await sandbox.join(codes[0])
        sandbox.misrecord(newcomer, source="invite", code=codes[1])

        async def confirmed() -> bool:
            joins = await ledger.joins_of(guild.id, newcomer.id)
            return any(join.certainty is Certainty.CONFIRMED for join in joins)

        await until(confirmed)
        reply = await use(sandbox, moderator, general, WHO, member=newcomer)
        accuracy = await use(sandbox, moderator, general, ACCURACY)

    [_, history] = reply.embeds[0]["fields"]
    first, second = history["value"].splitlines()
    assert history["name"] == "1st join: history"
    assert first.endswith(f"**certain** through `{codes[0]}` (counters)")
    assert second.startswith("→ <t:")
    assert second.endswith(f"**confirmed** through `{codes[1]}` (record)")
    assert "**certain**: 0 of 1 right (0 %)" in accuracy.text


async def test_the_trail_of_a_correction_can_be_read(
    ask: Ask, moderator: Member, newcomer: Member, codes: tuple[str, str]
) -> None:
    """What was corrected and taken back stays readable, with who did both."""
    before = await ask(WHO, member=newcomer)
    await ask("joins correct", member=newcomer, code=codes[1], note="told me")
    await ask("joins undo", member=newcomer)

    after = await ask(WHO, member=newcomer)

    assert "history" not in before.text
    lines = after.embeds[0]["fields"][1]["value"].splitlines()
    assert [line.split("> ", 1)[1] for line in lines] == [
        f"**certain** through `{codes[0]}` (counters)",
        f"**corrected** through `{codes[1]}` ({moderator.mention}: told me) · undone",
        f"undone by {moderator.mention}: **certain** through `{codes[0]}` (counters)",
    ]


@pytest.mark.parametrize(
    ("met", "words"),
    [
        pytest.param(Met.GAP, ", unannounced (found <t:", id="after a gap"),
        pytest.param(Met.BACKFILL, ", before I came here, through `old`", id="before Usher"),
    ],
)
async def test_whom_usher_did_not_see_joining_is_told_so(
    ask: Ask, ledger: Ledger, guild: Guild, usher: Usher, met: Met, words: str
) -> None:
    """Of members found later it is told that they were, and the record names how they came."""
    del usher
    someone = guild.add_member("someone")
    joined_at = to_ms(datetime.now(UTC) - timedelta(days=3))
    await ledger.record_join(
        JoinFact(guild.id, someone.id, joined_at, to_ms(datetime.now(UTC)), met=met)
    )
    said = Confirmation(member_id=someone.id, joined_at=joined_at, source=Source.INVITE, code="old")
    await ledger.confirm(guild.id, [said], datetime.now(UTC))

    reply = await ask(WHO, member=someone)

    assert words in reply.text
    assert "The platform's own record names it." in reply.text
    assert f"{someone.mention} joined once · account made <t:" in reply.text

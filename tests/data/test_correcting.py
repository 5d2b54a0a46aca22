import pytest
from pydantic import ValidationError

from data.errors import LedgerRefusedError
from data.export import json_line
from data.ledger import Ledger
from data.models import Certainty, Creation, JoinRecord, Met, Reason, Source, VerdictRecord
from tests.data.samples import (
    GUILD,
    INVITER,
    MODERATOR,
    NOON,
    at,
    confirmation_of,
    correction_of,
    invite_of,
    join_of,
    latest,
    settlement_of,
    verdict_of,
    window_of,
)

FACT = join_of(1)
OTHER = MODERATOR + 1
UNSURE = verdict_of(
    FACT,
    None,
    certainty=Certainty.AMBIGUOUS,
    source=Source.UNKNOWN,
    candidates=("abc", "~other"),
    reason=Reason.GAP,
)
WINDOW = window_of(seconds=5)


async def only(ledger: Ledger) -> JoinRecord:
    [join] = await ledger.joins_of(GUILD, 1)
    return join


async def trail(ledger: Ledger) -> list[tuple[str, str | None, int | None]]:
    """Of each entry who said it, through which code, and who took a correction back with it."""
    return [(entry.decided_by, entry.code, entry.undoer_id) for entry in await ledger.verdicts(1)]


async def undo(ledger: Ledger, seconds: float, by: int = MODERATOR) -> JoinRecord | None:
    return await ledger.undo(GUILD, 1, by, at(seconds))


@pytest.fixture
async def joined(ledger: Ledger) -> Ledger:
    """Member 1 joined, it is join 1, the invite `abc` is known, and nothing is decided."""
    await ledger.record_join(FACT)
    await ledger.record_invite(invite_of("abc"), NOON, creation=Creation(moderator_id=OTHER))
    return ledger


@pytest.fixture
async def unsure(joined: Ledger) -> Ledger:
    """Counters have left it open how member 1 came."""
    await joined.settle(settlement_of(5, verdicts=(UNSURE,), window=WINDOW))
    return joined


def content(entry: VerdictRecord) -> dict[str, object]:
    """What an entry says of the join, without when and how it came to be said."""
    return entry.model_dump(exclude={"id", "decided_at", "undoes", "undoer_id"})


async def test_a_moderator_says_how_somebody_came(unsure: Ledger) -> None:
    """A corrected join has the moderator's invite, with its inviter and credit, and the note."""
    join = await unsure.correct(GUILD, correction_of("abc", 60, note="Told me so"))

    assert join is not None
    assert join == await only(unsure)
    assert (join.certainty, join.source, join.code) == (Certainty.CORRECTED, Source.INVITE, "abc")
    assert (join.decided_at, join.decided_by, join.note) == (at(60), str(MODERATOR), "Told me so")
    assert (join.inviter_id, join.credited_id, join.candidates) == (INVITER, OTHER, ())
    joins, total = await unsure.joins_through((await latest(unsure, "abc")).id)
    assert (joins, total) == ([join], 1)


async def test_a_correction_leaves_the_old_verdict_in_the_history(unsure: Ledger) -> None:
    """What was thought before, who changed it, when and why, all remain in their order."""
    await unsure.correct(GUILD, correction_of("abc", note="Told me so"))

    first, second = await unsure.verdicts(1)
    assert (first.candidates, first.window, first.note) == (("abc", "~other"), WINDOW, None)
    assert (second.decided_by, second.note) == (str(MODERATOR), "Told me so")
    assert (second.undoes, second.undoer_id) == (None, None)


async def test_a_moderator_outranks_the_record_and_counters(joined: Ledger) -> None:
    """A correction replaces a confirmed verdict, and no machine replaces a correction."""
    record = [confirmation_of(FACT, "abc")]
    await joined.confirm(GUILD, record, at(20))

    await joined.correct(GUILD, correction_of("xyz"))
    assert await joined.confirm(GUILD, record, at(70)) == 0
    await joined.settle(settlement_of(80, verdicts=(UNSURE,)))

    assert await trail(joined) == [("record", "abc", None), (str(MODERATOR), "xyz", None)]


async def test_a_corrected_code_means_the_invite_that_was_there(ledger: Ledger) -> None:
    """Of invites with one code the latest that existed at the join is meant."""
    for seconds in (-90, -50, 50):
        invite = invite_of("abc", created_at=at(seconds), inviter_id=100 + seconds)
        await ledger.record_invite(invite, at(seconds))
    await ledger.record_join(FACT)

    join = await ledger.correct(GUILD, correction_of("abc"))

    assert join is not None
    assert join.inviter_id == 50


@pytest.mark.parametrize(
    ("code", "inviter_id"),
    [
        pytest.param("ghost", 77, id="the record's code"),
        pytest.param("other", None, id="another code"),
        pytest.param(None, None, id="no code"),
    ],
)
async def test_what_the_record_knew_of_a_code_is_not_forgotten(
    joined: Ledger, code: str | None, inviter_id: int | None
) -> None:
    """Whom the record named as inviter stays with the code for which it did, and no other."""
    await joined.confirm(GUILD, [confirmation_of(FACT, "ghost", inviter_id=77)], at(20))

    join = await joined.correct(GUILD, correction_of(code))

    assert join is not None
    assert (join.code, join.inviter_id) == (code, inviter_id)


@pytest.mark.parametrize(
    ("source", "actor_id"),
    [
        pytest.param(Source.BOT, 5, id="still a bot"),
        pytest.param(Source.OAUTH, None, id="no longer one"),
    ],
)
async def test_who_added_a_bot_outlasts_a_correction(
    joined: Ledger, source: Source, actor_id: int | None
) -> None:
    """Who added a bot stays known as long as it is a bot that was added."""
    said = verdict_of(FACT, None, source=Source.BOT, actor_id=5)
    await joined.settle(settlement_of(verdicts=(said,)))

    join = await joined.correct(GUILD, correction_of(None, source=source))

    assert join is not None
    assert join.actor_id == actor_id


@pytest.mark.parametrize(
    ("guild_id", "join_id"),
    [
        pytest.param(GUILD, 404, id="no such join"),
        pytest.param(GUILD + 1, 1, id="a join of another guild"),
    ],
)
async def test_a_join_that_is_not_the_guilds_is_not_touched(
    joined: Ledger, guild_id: int, join_id: int
) -> None:
    """Neither a correction nor its undoing reaches a join of another guild, or none."""
    assert await joined.correct(guild_id, correction_of("abc", join_id=join_id)) is None
    assert await joined.verdicts(1) == []
    await joined.correct(GUILD, correction_of("abc"))

    assert await joined.undo(guild_id, join_id, MODERATOR, at(90)) is None
    assert (await only(joined)).certainty is Certainty.CORRECTED


async def test_the_same_correction_twice_is_one(joined: Ledger) -> None:
    """A moderator who says the same again adds nothing, and is answered with what stands."""
    first = await joined.correct(GUILD, correction_of("abc", 60))
    again = await joined.correct(GUILD, correction_of("abc", 61))

    assert first is not None
    assert (again, len(await joined.verdicts(1))) == (first, 1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"moderator_id": OTHER}, id="moderator"),
        pytest.param({"source": Source.VANITY}, id="source"),
        pytest.param({"code": "xyz"}, id="code"),
        pytest.param({"code": None}, id="no code"),
        pytest.param({"note": "No, that one"}, id="note"),
        pytest.param({"note": None}, id="no note"),
    ],
)
async def test_another_correction_is_another_entry(
    joined: Ledger, change: dict[str, object]
) -> None:
    """A correction that differs from the one before in any respect is appended and stands."""
    await joined.correct(GUILD, correction_of("abc", 60, note="That one"))

    later = correction_of("abc", 61, note="That one").model_copy(update=change)
    join = await joined.correct(GUILD, later)

    assert join is not None
    assert (join.decided_at, len(await joined.verdicts(1))) == (at(61), 2)


async def test_undoing_restates_what_stood_before(unsure: Ledger) -> None:
    """What stood before a correction stands again, whole; the trail says who undid it and when."""
    await unsure.correct(GUILD, correction_of("abc", 60, note="Told me so"))

    join = await undo(unsure, 90, OTHER)

    before, correction, after = await unsure.verdicts(1)
    assert content(after) == content(before)
    assert (after.undoer_id, after.undoes, after.decided_at) == (OTHER, correction.id, at(90))
    assert join == await only(unsure)
    assert (join.certainty, join.candidates, join.window, join.decided_by, join.note) == (
        Certainty.AMBIGUOUS,
        ("abc", "~other"),
        WINDOW,
        "counters",
        None,
    )


async def test_undoing_restates_what_the_record_said(joined: Ledger) -> None:
    """A confirmed verdict comes back with its invite, and with all that the record named."""
    for code in ("abc", "ghost"):
        said = confirmation_of(FACT, code, inviter_id=77, raw_source=5)
        await joined.confirm(GUILD, [said], at(20))
        confirmed = await only(joined)
        await joined.correct(GUILD, correction_of(None, source=Source.HUB))

        join = await undo(joined, 90 if code == "abc" else 91)

        assert join is not None
        assert join.model_dump(exclude={"decided_at"}) == confirmed.model_dump(
            exclude={"decided_at"}
        )


async def test_undoing_restates_who_added_a_bot(joined: Ledger) -> None:
    """The bot's verdict comes back with who added it."""
    said = verdict_of(FACT, None, source=Source.BOT, actor_id=5)
    await joined.settle(settlement_of(verdicts=(said,)))
    await joined.correct(GUILD, correction_of("abc"))

    join = await undo(joined, 90)

    assert join is not None
    assert join.actor_id == 5


async def test_corrections_are_taken_back_one_by_one(unsure: Ledger) -> None:
    """Each undoing goes one correction further back, down to what machines said, and no further."""
    x, y, z = (str(MODERATOR), "x", None), (str(MODERATOR), "y", None), (str(MODERATOR), "z", None)
    for seconds, code in ((60, "x"), (61, "y")):
        await unsure.correct(GUILD, correction_of(code, seconds, note=f"It was {code}"))

    second = await undo(unsure, 70)
    await unsure.correct(GUILD, correction_of("z", 71))
    undone = [await undo(unsure, seconds) for seconds in (72, 73, 74)]

    assert second is not None
    assert (second.code, second.note) == ("x", "It was x")
    assert [join and join.code for join in undone] == ["x", None, None]
    assert undone[2] is None
    counters = ("counters", None, None)
    assert await trail(unsure) == [
        counters,
        x,
        y,
        (*x[:2], MODERATOR),
        z,
        (*x[:2], MODERATOR),
        (*counters[:2], MODERATOR),
    ]


async def test_without_a_correction_there_is_nothing_to_undo(unsure: Ledger) -> None:
    """What machines said is not a moderator's to take back."""
    assert await undo(unsure, 90) is None
    await unsure.confirm(GUILD, [confirmation_of(FACT, "abc")], at(91))
    assert await undo(unsure, 92) is None

    assert await trail(unsure) == [("counters", None, None), ("record", "abc", None)]


async def test_one_undoing_told_twice_takes_one_correction_back(unsure: Ledger) -> None:
    """Repeated because nobody heard that it was written, an undoing changes nothing more."""
    for seconds, code in ((60, "x"), (61, "y")):
        await unsure.correct(GUILD, correction_of(code, seconds))

    first, again = [await undo(unsure, 70) for _ in range(2)]
    by_another = await undo(unsure, 70, OTHER)

    assert first is not None
    assert (first, first.code) == (again, "x")
    assert by_another is not None
    assert by_another.certainty is Certainty.AMBIGUOUS
    assert await undo(unsure, 70, OTHER + 1) is None


async def test_undoing_reaches_one_join(joined: Ledger) -> None:
    """Corrections of other joins, before and after, are neither taken back nor restated."""
    others = [join_of(2), join_of(3)]
    for fact in others:
        await joined.record_join(fact)
    await joined.settle(settlement_of(5, verdicts=(verdict_of(others[0], "abc"),)))
    for join_id in (1, 2):
        await joined.correct(GUILD, correction_of("xyz", join_id=join_id))

    join = await undo(joined, 90)

    assert join is not None
    assert (join.member_id, join.certainty) == (1, Certainty.PENDING)
    assert await joined.undo(GUILD, 3, MODERATOR, at(90)) is None
    [other] = await joined.joins_of(GUILD, 2)
    assert (other.certainty, other.code) == (Certainty.CORRECTED, "xyz")


async def test_undoing_on_a_pending_join_leaves_it_pending(joined: Ledger) -> None:
    """A join that nobody had decided is as undecided as before, and the trail says why."""
    before = await only(joined)
    await joined.correct(GUILD, correction_of("abc", 60))
    assert await joined.pending(GUILD) == []

    assert await undo(joined, 90) == before

    assert await joined.pending(GUILD) == [FACT]
    entry = (await joined.verdicts(1))[-1]
    assert (entry.certainty, entry.undoer_id) == (Certainty.PENDING, MODERATOR)


async def test_an_undone_join_can_be_corrected_and_undone_again(joined: Ledger) -> None:
    """A pending join comes back pending however often it is corrected and undone."""
    for seconds in (60, 70):
        await joined.correct(GUILD, correction_of("abc", seconds))
        join = await undo(joined, seconds + 1)
        assert join is not None
        assert (join.certainty, join.decided_by) == (Certainty.PENDING, None)

    assert await undo(joined, 80) is None


async def test_a_membership_from_before_usher_is_undone_to_unknown(ledger: Ledger) -> None:
    """How somebody from before Usher came is unknown again, and their late join still arrives."""
    await ledger.record_leave(GUILD, 1, at(5))
    await ledger.correct(GUILD, correction_of("abc"))

    join = await undo(ledger, 90)
    assert await ledger.record_join(FACT)

    assert join is not None
    assert (join.met, join.certainty, join.source) == (
        Met.LEAVING,
        Certainty.UNKNOWN,
        Source.UNKNOWN,
    )


@pytest.mark.parametrize(
    "decided", [pytest.param(True, id="decided"), pytest.param(False, id="pending")]
)
async def test_machines_decide_again_after_an_undoing(joined: Ledger, *, decided: bool) -> None:
    """Once a correction is taken back, counters and then the record have the word again."""
    if decided:
        await joined.settle(settlement_of(5, verdicts=(UNSURE,)))
    await joined.correct(GUILD, correction_of("xyz"))
    await undo(joined, 90)

    await joined.settle(settlement_of(91, verdicts=(verdict_of(FACT, "abc"),)))
    assert (await only(joined)).certainty is Certainty.CERTAIN
    assert [one.member_id for one in await joined.unconfirmed(GUILD, NOON, 25)] == [1]
    assert await joined.confirm(GUILD, [confirmation_of(FACT, "abc")], at(92)) == 1

    assert (await only(joined)).certainty is Certainty.CONFIRMED


async def test_counters_that_say_the_same_after_an_undoing_add_nothing(unsure: Ledger) -> None:
    """A restated verdict is the counters' own: said again, it is not another."""
    await unsure.correct(GUILD, correction_of("abc"))
    await undo(unsure, 90)

    await unsure.settle(settlement_of(91, verdicts=(UNSURE,), window=WINDOW))

    assert len(await unsure.verdicts(1)) == 3


async def test_a_correction_that_cannot_be_kept_is_refused(joined: Ledger) -> None:
    """A code with a space is no code, and a number beyond the ledger's leaves nothing."""
    with pytest.raises(ValidationError):
        correction_of("a b")
    with pytest.raises(LedgerRefusedError):
        await joined.undo(GUILD, 2**63, MODERATOR, at(90))

    assert await joined.verdicts(1) == []


async def test_an_export_names_the_moderator(unsure: Ledger) -> None:
    """A corrected join is exported with the moderator's id, and an undone one as it was."""
    [before] = [json_line(join) async for join in unsure.export(GUILD)]
    await unsure.correct(GUILD, correction_of("abc"))
    [line] = [json_line(join) async for join in unsure.export(GUILD)]
    await undo(unsure, 5)  # at the moment at which the counters had decided
    [after] = [json_line(join) async for join in unsure.export(GUILD)]

    assert '"certainty": "corrected", "candidates": []' in line
    assert f'"decided_by": "{MODERATOR}", "reason": null' in line
    assert after == before

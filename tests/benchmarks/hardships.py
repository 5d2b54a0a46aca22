"""What can happen besides: interruptions, a difficult record, and what breaks what is assumed.

In the parts that situations.py describes.
"""

from .situations import ONE_USE, Parts, Situation
from .stage import Stage

INDEXED_IN = 120.0
"""Seconds after the guild was made; its record answers 202 until then."""


# While the client cannot see


async def in_gap(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    await stage.join(one)
    await stage.calm(stage.random.choice((0, 1, 6)))
    yield
    await stage.join(two)
    yield
    await stage.calm(stage.random.choice((0, 6)))
    await stage.join(one)


async def gone_in_gap(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    yield
    gone = await stage.join(one)
    await stage.next()
    await stage.leave(gone)
    yield
    await stage.next()
    await stage.join(two)
    await stage.calm()
    await stage.join(two)


async def gone_in_gap_then_discovered(stage: Stage) -> Parts:
    """The use of somebody nobody saw must not name whoever comes next."""
    code, _ = stage.invites(2)
    yield
    yield
    await stage.leave(await stage.join(code))
    yield
    await stage.next()
    await stage.enter()


async def used_up_in_gap(stage: Stage) -> Parts:
    stage.invites(1)
    used, revoked = (stage.add(**ONE_USE) for _ in range(2))
    yield
    yield
    await stage.join(used)
    await stage.next()
    await stage.revoke(revoked)
    await stage.enter()
    yield
    await stage.calm()
    await stage.enter()


async def before_gap(stage: Stage) -> Parts:
    """The event arrives, and then nothing more is heard before the window closes."""
    one, two, _ = stage.invites(3)
    yield
    await stage.join(one, late=0.0)
    await stage.next()
    await stage.join(two, late=0.0)
    yield
    await stage.enter()
    yield
    await stage.join(two)


# What the platform's record may do


async def record_failing(stage: Stage) -> Parts:
    codes = stage.invites(3)
    stage.fail_record(status=500, times=10)
    yield
    for code in codes:
        await stage.join(code)
        await stage.next()


async def record_garbled(stage: Stage) -> Parts:
    codes = stage.invites(3)
    stage.fail_record(status=200, body='{"members": [{"member": {}}]}', times=2)
    yield
    for code in codes:
        await stage.join(code)
        await stage.next()


async def record_indexing(stage: Stage) -> Parts:
    codes = stage.invites(3)
    stage.guild.indexed_at = stage.sandbox.now() + INDEXED_IN
    yield
    for code in codes:
        await stage.join(code)
        await stage.next()


async def record_refused(stage: Stage) -> Parts:
    codes = stage.invites(3)
    stage.fail_record(status=403, code=50013, times=None)
    yield
    for code in codes:
        await stage.join(code)
        await stage.next()


# Against what is assumed


async def accepted_again(stage: Stage) -> Parts:
    """A member uses a plain invite once more while somebody is discovered."""
    code, _ = stage.invites(2)
    yield
    stage.ghost(code)
    await stage.next()
    await stage.enter()


async def contradicted(stage: Stage) -> Parts:
    """The record names another invite than the one whose counter rose."""
    one, two = stage.invites(2)
    yield
    await stage.join(one, told=two)


IN_GAPS = (
    Situation("join across a gap", in_gap),
    Situation("came and left in a gap", gone_in_gap),
    Situation("the same, then discovery", gone_in_gap_then_discovered),
    Situation("used up or revoked in a gap", used_up_in_gap),
    Situation("undecided when the gap begins", before_gap),
)
RECORD = (
    Situation("record failing", record_failing),
    Situation("record garbled", record_garbled),
    Situation("record indexing", record_indexing),
    Situation("record refused", record_refused),
)
BROKEN = (
    Situation("accepted again during a discovery", accepted_again),
    Situation("the record contradicts", contradicted),
)

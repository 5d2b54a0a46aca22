"""What can happen in a guild, one function for each situation.

Each is an asynchronous generator in up to four parts, with a bare `yield` between them:

1. what is there before anybody looks;
2. what people do while the client watches;
3. what they do while it cannot see (only in hardships.py);
4. what they do once it sees again.
"""

from collections.abc import AsyncIterator, Callable
from typing import Any, NamedTuple

from .stage import Stage

Parts = AsyncIterator[None]

ONE_USE: dict[str, Any] = {"max_uses": 1}
SOON = 3
"""Seconds until an invite expires."""

MOMENT = 0.002
"""Seconds: two joins of one member in one millisecond are one, as far as anybody can tell."""


class Situation(NamedTuple):
    name: str
    play: Callable[[Stage], Parts]
    vanity: bool = False
    """Whether it needs a guild that has a vanity URL."""
    mixes: bool = True
    """Whether it may overlap with others: not if two together break what is assumed."""


async def plain(stage: Stage) -> Parts:
    _, code, _ = stage.invites(3)
    yield
    await stage.join(code)


async def first_use(stage: Stage) -> Parts:
    stage.invites(2)
    yield
    code = await stage.create()
    await stage.next()
    await stage.join(code)


async def one_use(stage: Stage) -> Parts:
    stage.invites(2)
    code = stage.add(**ONE_USE)
    yield
    await stage.join(code)


async def last_of_two(stage: Stage) -> Parts:
    stage.invites(2)
    code = stage.add(max_uses=2, uses=1)
    yield
    await stage.join(code)


async def two_codes(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    await stage.join(one)
    await stage.next()
    await stage.join(two)


async def one_code_twice(stage: Stage) -> Parts:
    code, _ = stage.invites(2)
    yield
    await stage.join(code)
    await stage.next()
    await stage.join(code)


async def ten_on_one(stage: Stage) -> Parts:
    code, *_ = stage.invites(3)
    yield
    for _ in range(10):
        await stage.join(code)
        await stage.next()


async def ten_on_three(stage: Stage) -> Parts:
    codes = stage.invites(3)
    yield
    for _ in range(10):
        await stage.join(stage.random.choice(codes))
        await stage.next()


async def two_one_use(stage: Stage) -> Parts:
    stage.invites(1)
    codes = [stage.add(**ONE_USE) for _ in range(2)]
    yield
    for code in codes:
        await stage.join(code)
        await stage.next()


async def vanity(stage: Stage) -> Parts:
    stage.invites(2)
    yield
    await stage.join(_vanity(stage))


async def discovered(stage: Stage) -> Parts:
    stage.invites(2)
    yield
    await stage.enter()


async def discovered_after_revoked(stage: Stage) -> Parts:
    stage.invites(1)
    code = stage.add(**ONE_USE)
    yield
    await stage.revoke(code)
    await stage.next()
    await stage.enter()


async def vanity_after_expiry(stage: Stage) -> Parts:
    stage.invites(1)
    yield
    await stage.create(max_uses=1, max_age=SOON)
    await stage.calm()
    await stage.join(_vanity(stage))


async def missed_creation(stage: Stage) -> Parts:
    stage.invites(2)
    yield
    code = await stage.create(announced=False)
    await stage.next()
    await stage.join(code)


async def missed_creation_of_one_use(stage: Stage) -> Parts:
    stage.invites(2)
    yield
    code = await stage.create(announced=False, max_uses=1)
    await stage.next()
    await stage.join(code)


async def failed_list(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    stage.fail_lists()
    await stage.join(one)
    await stage.calm(stage.random.choice((0, 6)))
    await stage.join(two)


async def late_counter(stage: Stage) -> Parts:
    """The list may not show the first use when the second happens, nor the second's when asked."""
    one, two, _ = stage.invites(3)
    yield
    await stage.join(one)
    await stage.calm(stage.random.uniform(0, 4))
    await stage.join(two)


async def no_permission(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    stage.permit(listing=False)
    await stage.next()
    await stage.join(one)
    await stage.calm()
    stage.permit(listing=True)
    await stage.calm(0)
    await stage.join(two)


async def created_meanwhile(stage: Stage) -> Parts:
    """An invite is made between a use of another and the event that tells of it."""
    code, _ = stage.invites(2)
    yield
    await stage.join(code, late=stage.pace.late[1])
    await stage.next()
    new = await stage.create()
    await stage.next()
    if stage.random.random() < 0.5:
        await stage.join(new)


async def real_after_revoked(stage: Stage) -> Parts:
    code, _ = stage.invites(2)
    revoked = stage.add(**ONE_USE)
    yield
    await stage.revoke(revoked)
    await stage.next()
    await stage.join(code)


async def uses_without_join(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    stage.ghost(one)
    await stage.next()
    stage.ghost(one)
    await stage.calm(stage.random.choice((0, 6)))
    await stage.join(two)
    await stage.calm()
    await stage.join(one)


async def coming_back(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    member = await stage.join(one)
    await stage.next()
    await stage.leave(member)
    await stage.calm(MOMENT)
    await stage.join(two, member)


async def told_twice(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    if stage.random.random() < 0.5:
        stage.sandbox.duplicate_event("GUILD_MEMBER_ADD")
        await stage.join(one)
    else:
        member = await stage.join(one)
        await stage.calm(stage.random.choice((0, 6)))
        stage.sandbox.announce_twice(member)
    await stage.next()
    await stage.join(two)


async def revoked_after_use(stage: Stage) -> Parts:
    one, two, _ = stage.invites(3)
    yield
    await stage.join(one)
    await stage.next()
    await stage.revoke(one)
    await stage.next()
    await stage.join(two)


async def gone_with_channel(stage: Stage) -> Parts:
    one, _ = stage.invites(2)
    there = stage.guild.add_channel("lobby")
    two, last = stage.add(there), stage.add(there, **ONE_USE)
    yield
    await stage.join(two)
    if stage.random.random() < 0.5:
        await stage.join(last)
    await stage.next()
    stage.close(there)
    await stage.next()
    await stage.join(one)


async def role_taken(stage: Stage) -> Parts:
    """An invite that grants a role is counted though a member takes it, while somebody joins."""
    one, _ = stage.invites(2)
    role = stage.guild.add_role("Helper")
    code = stage.add(role_ids=(role.id,))
    members = [stage.guild.add_member() for _ in range(2)]
    yield
    for member in members:
        await stage.accept(code, member)
        await stage.next()
        await stage.join(stage.random.choice((one, code)))


async def bot_added(stage: Stage) -> Parts:
    code, _ = stage.invites(2)
    yield
    await stage.add_bot()
    await stage.next()
    await stage.join(code)


async def raid(stage: Stage) -> Parts:
    """A thousand people on five codes."""
    codes = stage.invites(5)
    yield
    for _ in range(1000):
        await stage.join(stage.random.choice(codes))
        await stage.next()


def _vanity(stage: Stage) -> str:
    assert stage.guild.vanity is not None, "these guilds have one"
    return stage.guild.vanity.code


PLAIN = Situation("plain", plain)
ALONE = (
    PLAIN,
    Situation("first use", first_use),
    Situation("one-use", one_use),
    Situation("last of two", last_of_two),
    Situation("two codes at once", two_codes),
    Situation("one code twice", one_code_twice),
    Situation("ten on one", ten_on_one),
    Situation("ten on three", ten_on_three),
    Situation("two one-use at once", two_one_use),
    Situation("vanity", vanity, vanity=True),
    Situation("discovery in a vanity guild", discovered, vanity=True),
    Situation("discovery after a revoked one-use", discovered_after_revoked),
    Situation("vanity after a silent expiry", vanity_after_expiry, vanity=True),
    Situation("missed create event", missed_creation),
    Situation("missed create event, one-use", missed_creation_of_one_use),
    Situation("one failed list, then a join", failed_list),
    Situation("a late counter, then a join", late_counter),
    Situation("no permission", no_permission),
    Situation("created between use and event", created_meanwhile),
    Situation("real join after a revoked one-use", real_after_revoked),
    Situation("uses without a join, then joins", uses_without_join, mixes=False),
    Situation("joining, leaving, joining", coming_back),
    Situation("the same event twice", told_twice),
    Situation("used, then revoked", revoked_after_use),
    Situation("used, then gone with its channel", gone_with_channel),
    Situation("a member takes a role invite", role_taken),
    Situation("a bot is added", bot_added),
)
RAID = Situation("a thousand on five codes", raid, mixes=False)
LATE = tuple(one for one in ALONE if one.play in {ten_on_three, two_codes, plain, discovered})

"""What is said in a log channel: a line each, or drawn together when many come at once. Pure."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import accumulate
from typing import NamedTuple

import discord

from bot.log_lines import MANY
from bot.wording import command
from cogs._join_texts import credit
from cogs._texts import ago, channel, clock, counted, date, member, ordinal, plain
from cogs._verdict_texts import through
from data.models import Certainty, JoinRecord, LogKind, LogLine, LogSetting, Met

LIMIT = 1900
"""Characters; the platform takes 2000, and we do not rely on how it counts them."""

_MOST_IN_FULL = 15
_MOST_NAMED = 60
"""Lines of which each member is named, usually: a mention has 22 characters."""

_WAYS_ROOM = 1000
"""Characters for what groups of people came through; the rest is for names."""
_MORE = len(" … and 9999 more")
_OTHERWISE = "in other ways"

_TROUBLE_LIMIT = 200

FRESH = timedelta(days=7)
"""Accounts younger than this are worth a look: they are written in bold."""

_UNITS = (
    (timedelta(days=365), "year"),
    (timedelta(days=30), "month"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
)


class _Group(NamedTuple):
    """People of whom the same is to be said."""

    what: str
    names: list[str]


def room(lines: Sequence[LogLine], /) -> int:
    """How many of the lines that wait go into one message."""
    if len(lines) > MANY:
        return len(lines)
    if len(lines) > _MOST_IN_FULL:
        return min(len(lines), _MOST_NAMED)
    ends = accumulate(len(_full(line)) + 1 for line in lines)
    return sum(end <= LIMIT for end in ends)


def render(lines: Sequence[LogLine], /) -> str:
    """A message that fits, also when verdicts have made its lines longer than they were."""
    if len(lines) <= _MOST_IN_FULL:
        full = "\n".join(map(_full, lines))
        if len(full) <= LIMIT:
            return full
    return _drawn_together(lines)


def opening(lines: Sequence[LogLine], /) -> str:
    """How `render` begins, up to where verdicts show."""
    return _event(lines[0]) if len(lines) <= _MOST_IN_FULL else _heading(lines)


def untold(count: int, /) -> str:
    """What stands in place of lines that waited too long."""
    what = "one join or leave" if count == 1 else f"{count} joins and leaves"
    known = f"{command('joins recent')} knows who joined."
    return f"… and {what} that I could not tell here in time. {known}"


def none_chosen() -> str:
    return (
        f"Joins and leaves are told in no channel. {command('settings log')} with the option"
        " `channel` chooses one."
    )


def chosen(channel_id: int, *, public: bool) -> str:
    told = f"From now on I tell joins and leaves in {channel(channel_id)}."
    return f"{told} Everybody in this server can read that channel." if public else told


def switched_off(channel_id: int) -> str:
    return (
        f"I tell joins and leaves in {channel(channel_id)} no more. What I told there stays, and"
        " is not changed any more."
    )


def gone(setting: LogSetting) -> str:
    return (
        "The channel that I told joins and leaves in is gone"
        f" ({member(setting.moderator_id)} chose it {ago(setting.since)}). Choose another with the"
        " option `channel`: what happened in the last hour is told there."
    )


def state(setting: LogSetting, lacking: str, trouble: str | None = None) -> str:
    """Where they are told; `lacking` names what is missing there, `trouble` what failed last."""
    told = (
        f"I tell joins and leaves in {channel(setting.channel_id)}."
        f" {member(setting.moderator_id)} chose it {ago(setting.since)}."
    )
    if lacking:
        return (
            f"{told}\nI cannot speak there: I need {lacking}."
            " When I have that, I tell what happened in the hour before."
        )
    if trouble:
        return (
            f"{told}\nThe last time I tried to say something it failed"
            f" ({plain(trouble, _TROUBLE_LIMIT)}). I try again; what waits for more than an hour"
            " is only counted."
        )
    return told


def _full(line: LogLine) -> str:
    join = line.join
    parts = [_event(line)]
    if line.kind is LogKind.LEAVE:
        parts += [*_stay(join), *_had_come(join), *credit(join)]
    else:
        parts += [_way(join), *credit(join), *_account(join)]
    if join.number > 1:
        parts.append(f"{ordinal(join.number)} time")
    return " · ".join(parts)


def _event(line: LogLine) -> str:
    """Who did what and when; no verdict changes it."""
    join = line.join
    if line.kind is LogKind.LEAVE:
        did = "left"
    else:
        did = "joined unannounced" if join.met is Met.GAP else "joined"
    return f"{_written(line)} {member(join.member_id)} {did}"


def _written(line: LogLine) -> str:
    """The time of day; with the date, if it is told much later."""
    moment = _moment(line)
    late = line.join.arrived_at - moment > timedelta(hours=1)
    return date(moment) if late else clock(moment)


def _moment(line: LogLine) -> datetime:
    join = line.join
    if line.kind is LogKind.LEAVE and join.left_at:
        return join.left_at
    return join.joined_at or join.arrived_at


def _way(join: JoinRecord) -> str:
    match join.certainty:
        case Certainty.PENDING:
            return "pending"
        case Certainty.UNKNOWN:
            return "through what is unknown"
        case _:
            return f"through {through(join)}{_campaign(join)}, {join.certainty}"


def _had_come(join: JoinRecord) -> list[str]:
    if join.certainty in (Certainty.PENDING, Certainty.UNKNOWN):
        return []
    return [f"had come through {through(join)}{_campaign(join)}, {join.certainty}"]


def _campaign(join: JoinRecord) -> str:
    return f" ({plain(join.campaign, 40)})" if join.campaign else ""


def _account(join: JoinRecord) -> list[str]:
    """How old the account was then. How old a bot is tells nothing."""
    if join.is_bot:
        return []
    age = f"account {_span(_age(join))} old"
    return [f"**{age}**" if _is_fresh(join) else age]


def _age(join: JoinRecord) -> timedelta:
    made = discord.utils.snowflake_time(join.member_id)
    return (join.joined_at or join.arrived_at) - made


def _is_fresh(join: JoinRecord) -> bool:
    return not join.is_bot and _age(join) < FRESH


def _stay(join: JoinRecord) -> list[str]:
    if join.joined_at is None:
        return ["was here before me"]
    return [f"after {_span(join.left_at - join.joined_at)}"] if join.left_at else []


def _span(time: timedelta) -> str:
    for unit, name in _UNITS:
        if time >= unit:
            return counted(time // unit, name)
    return "less than a minute"


def _drawn_together(lines: Sequence[LogLine]) -> str:
    """How many came through what, and as many of their names as there is room for."""
    joins = [line.join for line in lines if line.kind is LogKind.JOIN]
    heading = _heading(lines)
    groups = [*_few(_came(joins)), *_left(lines)]
    names = LIMIT - len(heading) - sum(len(_label(group)) + _MORE + 1 for group in groups)
    return "\n".join([heading, *_rows(groups, names)])


def _heading(lines: Sequence[LogLine]) -> str:
    """From when to when, how many came and went; no verdict changes it."""
    joins = [line.join for line in lines if line.kind is LogKind.JOIN]
    leaves = len(lines) - len(joins)
    counts = [f"{len(joins)} joined"] if joins else []
    counts += [f"{leaves} left"] if leaves else []
    times = _times([_moment(line) for line in lines])
    return " · ".join([f"{times}: {', '.join(counts)}", *_ages(joins)])


def _ages(joins: Sequence[JoinRecord]) -> list[str]:
    fresh = sum(map(_is_fresh, joins))
    if fresh and fresh == len(joins):
        return ["all accounts younger than 7 days"]
    return [f"{counted(fresh, 'account')} younger than 7 days, in bold"] if fresh else []


def _times(moments: Sequence[datetime]) -> str:
    first, last = min(moments), max(moments)
    written = clock if last - first < timedelta(hours=12) else date
    start, end = written(first), written(last)
    return start if start == end else f"{start} to {end}"


def _came(joins: Sequence[JoinRecord]) -> list[_Group]:
    """Who joined, by what is to be said of them, the largest group first."""
    alike = all(map(_is_fresh, joins))
    names: dict[str, list[str]] = defaultdict(list)
    for join in joins:
        bold = _is_fresh(join) and not alike
        names[" · ".join([_way(join), *credit(join)])].append(_name(join, bold=bold))
    return sorted((_Group(*each) for each in names.items()), key=lambda group: -len(group.names))


def _left(lines: Sequence[LogLine]) -> list[_Group]:
    names = [_name(line.join) for line in lines if line.kind is LogKind.LEAVE]
    return [_Group("left", names)] if names else []


def _few(groups: list[_Group]) -> list[_Group]:
    """As many groups as leave room for names, the rest as one."""
    ends = accumulate(len(_label(group)) + _MORE + 1 for group in groups)
    kept = sum(end <= _WAYS_ROOM for end in ends)
    if kept == len(groups):
        return groups
    rest = [name for group in groups[kept:] for name in group.names]
    return [*groups[:kept], _Group(_OTHERWISE, rest)]


def _label(group: _Group) -> str:
    return f"{len(group.names)} {group.what}: "


def _rows(groups: Sequence[_Group], characters: int) -> Iterator[str]:
    """Every group in a line; small ones leave to large ones what they do not need."""
    shares: dict[str, int] = {}
    for left, group in enumerate(sorted(groups, key=lambda group: len(group.names))):
        share = characters // (len(groups) - left)
        shares[group.what] = min(share, len(" ".join(group.names)))
        characters -= shares[group.what]
    for group in groups:
        yield _label(group) + _named(group.names, shares[group.what])


def _named(names: Sequence[str], characters: int) -> str:
    ends = accumulate(len(name) + 1 for name in names)
    kept = sum(end <= characters + 1 for end in ends)
    more = f" … and {len(names) - kept} more" if kept < len(names) else ""
    return " ".join(names[:kept]) + more


def _name(join: JoinRecord, *, bold: bool = False) -> str:
    """Mentioned; bold stands out only where it tells some from others."""
    who = f"**{member(join.member_id)}**" if bold else member(join.member_id)
    return f"{who} ({ordinal(join.number)} time)" if join.number > 1 else who

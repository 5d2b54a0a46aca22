"""How often verdicts were right, in plain sentences. Pure."""

from collections.abc import Sequence

import discord

from bot.wording import command
from cogs._texts import counted
from data.models import Accuracy, Certainty

_NOTHING_YET = (
    "Nothing that I found out from counters has been confirmed by the platform's record or"
    " corrected by a moderator yet, so I cannot say how often I am right."
)


def accuracy(figures: Sequence[Accuracy], *, has_record: bool) -> discord.Embed:
    """Of those whose way became known later, how many had been told right, per certainty."""
    found_out = [each for each in figures if each.certainty is not Certainty.CONFIRMED]
    total = sum(each.joins for each in found_out)
    embed = discord.Embed(title="How often I was right", description=_NOTHING_YET)
    if total:
        known = (
            f"{counted(total, 'verdict').capitalize()} from counters can be compared with what"
            " the platform's record or a moderator said later:"
        )
        lines = [line for each in found_out if (line := _line(each))]
        embed.description = "\n".join([known, *lines, *_unjudged(found_out)])
    embed.description = "\n\n".join([embed.description or "", *_confirmed(figures)])
    if not has_record:
        embed.description = (
            f"{embed.description}\n\nThe platform's record is closed to me in this server, so only"
            f" moderators can tell whether I was right: {command('joins correct')}."
        )
    return embed


def percentage(right: int, of: int) -> str:
    """With one decimal, rounded down: what was wrong once is never 100 %."""
    whole, tenth = divmod(right * 1000 // of, 10)
    return f"{whole}.{tenth} %" if tenth else f"{whole} %"


def _line(figure: Accuracy) -> str:
    """Empty if there is nothing to say."""
    judged = figure.right + figure.wrong
    match figure.certainty:
        case Certainty.UNKNOWN:
            return f"- **unknown**: {figure.joins} said nothing" if figure.joins else ""
        case Certainty.AMBIGUOUS:
            what = "had the truth among their candidates"
        case _:
            what = "right"
    if not judged:
        return ""
    share = percentage(figure.right, judged)
    return f"- **{figure.certainty}**: {figure.right} of {judged} {what} ({share})"


def _confirmed(figures: Sequence[Accuracy]) -> list[str]:
    """Nobody judges the record but moderators: whom they did not contradict was named right."""
    return [
        f"The platform's record named the way of {counted(each.joins, 'join')};"
        f" moderators contradicted {each.wrong}."
        for each in figures
        if each.certainty is Certainty.CONFIRMED and each.joins
    ]


def _unjudged(figures: Sequence[Accuracy]) -> list[str]:
    """What is neither right nor wrong; of `unknown` that is told in its own line."""
    count = sum(
        each.joins - each.right - each.wrong
        for each in figures
        if each.certainty is not Certainty.UNKNOWN
    )
    if not count:
        return []
    return [f"- {count} more cannot be judged: what was said later does not name the way"]

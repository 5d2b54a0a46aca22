"""Figures of a guild: what happened on each day, in UTC."""

from datetime import date
from typing import NamedTuple

from data.models.joins import Certainty, Source


class JoinsOfDay(NamedTuple):
    """How many joined on a day and are thought of alike."""

    day: date
    certainty: Certainty
    source: Source
    joins: int
    backfilled: int
    """Of these, how many were there before Usher: whoever had left by then is in no ledger."""


class LeavesOfDay(NamedTuple):
    day: date
    leaves: int

"""The log channel: what is said in it, and what has been said."""

from enum import StrEnum

from pydantic import AwareDatetime, PositiveInt

from data.models.base import Snowflake, Value
from data.models.joins import JoinRecord


class LogKind(StrEnum):
    """What a log line tells of a membership."""

    JOIN = "join"
    LEAVE = "leave"


class LogSetting(Value):
    """Where a guild's joins and leaves are told."""

    guild_id: Snowflake
    channel_id: Snowflake
    since: AwareDatetime
    moderator_id: Snowflake
    """Who chose the channel."""


class LogLine(Value):
    """One line of the log channel."""

    id: int
    kind: LogKind
    join: JoinRecord


class LogMessage(Value):
    """A message of the log channel, with the lines drawn together in it, oldest first."""

    id: int
    """Ours."""
    guild_id: Snowflake
    channel_id: Snowflake
    message_id: Snowflake | None
    """The platform's; None: it is not known to have been sent."""
    claimed_at: AwareDatetime
    version: PositiveInt
    """Rises whenever something that its lines say has changed."""
    lines: tuple[LogLine, ...]

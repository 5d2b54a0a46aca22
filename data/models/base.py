"""What every value is made of: ids, codes, and moments as milliseconds."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

Snowflake = Annotated[int, Field(ge=0, lt=2**63)]
NO_GUILD: Final = 0
"""The guild of invites that belong to none; no guild has that id."""
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\s~]+$")]


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def to_ms(moment: datetime) -> int:
    """UTC milliseconds of an aware datetime, rounded down; a naive one raises TypeError."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=ms)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

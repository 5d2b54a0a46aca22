"""Reactions that stand for buttons, where the platform has none."""

from collections.abc import Mapping
from typing import NamedTuple

from data.models.base import Snowflake, Value


class Offer(Value):
    """What reactions on one of our messages do."""

    guild_id: Snowflake
    """The guild that it is about; the message itself is a direct one."""
    channel_id: Snowflake
    message_id: Snowflake
    owner_id: Snowflake
    """Who alone may choose."""
    choices: Mapping[str, str]
    """Emoji → the id that the button in its place would have."""


class Choice(NamedTuple):
    """What one of them does."""

    guild_id: int
    channel_id: int
    owner_id: int
    custom_id: str

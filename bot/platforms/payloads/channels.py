"""The channels of a guild."""

from pydantic import TypeAdapter

from bot.platforms.payloads.base import Payload
from data.models import Snowflake


class _Channel(Payload):
    id: Snowflake


_CHANNELS = TypeAdapter(list[_Channel])


def channel_ids(payload: object) -> set[int]:
    """Raises `ValueError` (pydantic's) when these are not channels."""
    return {channel.id for channel in _CHANNELS.validate_python(payload)}

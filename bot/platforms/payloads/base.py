"""What all payloads share: what nobody asked of them is no error."""

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from data.models import Snowflake

MOST: Final = 2_147_483_647
"""The upper bound that Fluxer documents for every count."""

Count = Annotated[int, Field(ge=0, le=MOST)]

_EXACT: Final = 2**53
"""JSON's numbers are exact up to here; what is larger no platform means, and no ledger holds."""

Number = Annotated[int, Field(ge=0, lt=_EXACT)]
"""A count beyond what is documented, which is kept all the same."""

KindNumber = Annotated[int, Field(strict=True, gt=-_EXACT, lt=_EXACT)]
"""What a platform calls a kind; `true` is none."""


class Payload(BaseModel):
    """Some JSON of a platform; fields that it does not have are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore")


KEPT: Final = ConfigDict(frozen=True, extra="allow")
"""Of JSON of which everything is kept, also what nobody has described yet."""


class Kept(Payload):
    model_config = KEPT


class Identified(Payload):
    """Anything that has an id: all that is needed of most."""

    id: Snowflake


class Thing(Identified):
    """The same with all that a platform tells of it."""

    model_config = KEPT

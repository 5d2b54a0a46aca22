"""What somebody typed, checked, and as it is kept."""

import re

from bot.client import Usher
from bot.errors import UserError
from bot.wording import command
from cogs._asking import Asker
from cogs._texts import CAMPAIGN_LIMIT, REASON_LIMIT, clean, code
from data.models import InviteRecord

CODE_LIMIT = 64
"""Characters; a code has to fit into the id of a button, and no real one is near that."""


async def invite_called(bot: Usher, asking: Asker, text: str) -> InviteRecord:
    """The invite of this guild that somebody means; a code of another guild is unknown here."""
    found = bot.platform.code(text)
    if found is None or len(found) > CODE_LIMIT:
        raise UserError(
            f"{code(text, 60)} is neither a code nor a link of an invite."
            " A code is the last part of the link."
        )
    record = await bot.ledger.invite(asking.guild.id, found)
    if record is None:
        raise UserError(
            f"I know no invite {code(found)} in this server. {command('invite list')} shows those"
            " I know; capital and small letters differ."
        )
    return record


def campaign(text: str | None) -> str | None:
    """A campaign's name: on one line, and short enough for a button."""
    if text is None:
        return None
    name = clean(text)
    if not name:
        raise UserError("A campaign's name cannot be empty.")
    _require_length("campaign's name", name, CAMPAIGN_LIMIT)
    return name


def reason(text: str | None) -> str | None:
    """A moderator's words; nothing visible is no reason."""
    words = clean(text or "")
    _require_length("reason", words, REASON_LIMIT)
    return words or None


def application_id(text: str | None) -> int | None:
    if text is None:
        return None
    digits = text.strip()
    if not re.fullmatch("[0-9]{15,18}|[0-8][0-9]{18}", digits):
        raise UserError(
            f"{code(text, 40)} is not the id of an application. That is a long number,"
            " which the developer portal shows."
        )
    return int(digits)


def _require_length(what: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise UserError(f"A {what} has {limit} characters at most, and this one {len(text)}.")

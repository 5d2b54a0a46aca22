"""Where an invite was that vanished, and since when the audit log matters."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import pytest

from bot.attribution import Arrival, Lags
from bot.inquiry import Inquiry, began
from bot.windows import CLOCKS_APART, OpenWindow
from data.models import Counter, Ending, EndReason, Invite, InviteRecord, Reading, Vanity, to_ms

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SINGLE = Counter(0, 1, 0, None)
HOME, ELSEWHERE = 8, 9


def reading(at: float, *codes: str, platform_ms: int | None = None) -> Reading:
    return Reading(at, at + 0.1, dict.fromkeys(codes, SINGLE), Vanity(None, 0), platform_ms)


def single(code: str) -> Invite:
    return Invite(
        guild_id=7,
        code=code,
        channel_id=HOME,
        inviter_id=9,
        created_at=NOW,
        expires_at=None,
        uses=0,
        max_uses=1,
    )


class Answers:
    """A platform whose audit log is empty, and a ledger that knows no invite."""

    def __init__(self, *channels: int) -> None:
        self._channels = channels

    async def revocations(self, guild_id: int, since: int) -> Mapping[str, Ending]:
        del guild_id, since
        return {}

    async def creations(self, guild_id: int, since: int) -> Mapping[str, int]:
        raise NotImplementedError

    async def adders(self, guild_id: int, since: int) -> Mapping[int, int]:
        raise NotImplementedError

    async def channels(self, guild_id: int) -> Collection[int]:
        del guild_id
        return self._channels

    async def invite(self, guild_id: int, code: str) -> InviteRecord | None:
        del guild_id, code
        return None


@pytest.fixture
def window() -> OpenWindow:
    """Somebody has come since the baseline."""
    window = OpenWindow(7, Lags(event=2.0, counter=1.0), reading(0))
    window.joins[1, 1] = Arrival(1, 1, 10)
    return window


@pytest.mark.parametrize(("there", "gone"), [(HOME, False), (ELSEWHERE, True)])
async def test_an_invite_that_only_this_window_showed(
    window: OpenWindow, there: int, *, gone: bool
) -> None:
    """Its channel is remembered as long as the window is open."""
    window.take(reading(11, "a"), {"a": single("a")})
    window.take(reading(12), {})
    asked = Inquiry(Answers(there), Answers())

    evidence = await asked.endings(window, window.evidence())

    assert evidence.sees_revocations
    assert gone is ("a" in evidence.ends)
    assert all(end.ending.reason is EndReason.CHANNEL_DELETED for end in evidence.ends.values())
    window.forget(evidence, NOW)
    assert {} == window.homes


async def test_nobody_knows_where_it_was(window: OpenWindow) -> None:
    """Then its channel may be gone, and nothing says that the invite was used up."""
    window.baseline = reading(0, "a")
    window.take(reading(12), {})
    asked = Inquiry(Answers(HOME), Answers())

    evidence = await asked.endings(window, window.evidence())

    assert not evidence.sees_revocations
    assert {} == evidence.ends


def test_since_when_the_audit_log_matters(window: OpenWindow) -> None:
    """The platform's own time of the baseline, else ours with a margin, else always."""
    assert 0 == began(window, window.evidence())

    window.baseline_at = NOW
    assert to_ms(NOW - CLOCKS_APART) == began(window, window.evidence())

    window.baseline = reading(0, platform_ms=5000)
    assert 5000 == began(window, window.evidence())

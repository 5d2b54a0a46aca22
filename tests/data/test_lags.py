import pytest

from data.ledger import Ledger
from data.models import Lag, LagCount, LagSample


async def test_lags_are_counted_by_size(ledger: Ledger) -> None:
    """Joins are counted under the smallest size that holds their lag, per kind of lag."""
    assert await ledger.lags() == []
    samples = [LagSample(Lag.EVENT, seconds) for seconds in (0.05, 0.1, 0.11)]
    await ledger.count_lags([*samples, LagSample(Lag.COUNTER, 0.05)])
    await ledger.count_lags(samples[:1])
    await ledger.count_lags([])

    assert await ledger.lags() == [
        LagCount(lag=Lag.EVENT, seconds=0.1, joins=3),
        LagCount(lag=Lag.EVENT, seconds=0.2, joins=1),
        LagCount(lag=Lag.COUNTER, seconds=0.1, joins=1),
    ]


@pytest.mark.parametrize(
    ("seconds", "size"),
    [
        pytest.param(-1, 0, id="less than nothing"),
        pytest.param(0, 0, id="none shown"),
        pytest.param(0.0001, 0.1, id="the least"),
        pytest.param(2.5, 3, id="between two sizes"),
        pytest.param(60, 60, id="the last size with a bound"),
        pytest.param(60.001, 3600, id="beyond"),
        pytest.param(7200, 3600, id="beyond everything"),
    ],
)
async def test_the_size_of_a_lag(ledger: Ledger, seconds: float, size: float) -> None:
    """A lag is never counted under a size smaller than itself, but for what is beyond all."""
    await ledger.count_lags([LagSample(Lag.EVENT, seconds)])

    assert await ledger.lags() == [LagCount(lag=Lag.EVENT, seconds=size, joins=1)]

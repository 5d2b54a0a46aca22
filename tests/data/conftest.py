from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from data.ledger import Ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
async def ledger(path: Path) -> AsyncIterator[Ledger]:
    """An empty ledger that does not wait long for a lock."""
    async with Ledger.open(path, patience=0.05) as ledger:
        yield ledger

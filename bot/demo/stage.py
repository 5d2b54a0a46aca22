"""The demo's own ledger: made anew for each telling, and never in place of somebody else's."""

from pathlib import Path

from bot.errors import StartupError
from data.errors import LedgerError, LedgerInUseError
from data.opening import claimed
from data.reader import Reader

LEDGER = Path("demo-ledger.db")

MADE_BY = "made by"
DEMO = "usher demo"
"""What the ledger's own notes say of who made it."""


async def cleared(path: Path) -> None:
    """Remove what an earlier demo left; raises `StartupError` if it is not a demo's."""
    try:
        with claimed(path):  # whoever has it open keeps it
            if path.stat().st_size and not await _ours(path):
                raise StartupError(
                    f"{path} was not made by this demo, and was left as it is. Move it away, or "
                    "start the demo in another folder."
                )
            for suffix in ("", "-wal", "-shm"):
                path.with_name(f"{path.name}{suffix}").unlink(missing_ok=True)
    except LedgerInUseError:
        raise StartupError(
            f"{path} is in use by another Usher. Wait until it has ended, or start the demo in "
            "another folder."
        ) from None


async def _ours(path: Path) -> bool:
    """No for what cannot be read too: it may be of another version, or of another program."""
    try:
        async with Reader.read_only(path) as reader:
            return await reader.meta(MADE_BY) == DEMO
    except LedgerError:
        return False

"""What can go wrong with a ledger, each with a sentence that says what to do.

LedgerError
├── LedgerInUseError        another Usher works on this file
├── LedgerTooNewError       a newer Usher wrote this file
├── LedgerDamagedError      the file is not a ledger, or no longer a whole one
├── LedgerUnavailableError  it cannot be read or written now: locked, read-only, full, closed, …
└── LedgerRefusedError      a write contradicts what the ledger holds or may hold
"""


class LedgerError(Exception):
    """The ledger cannot do what was asked of it."""


class LedgerInUseError(LedgerError):
    """Another process has the ledger open for writing."""


class LedgerTooNewError(LedgerError):
    """The ledger was written by a newer build than this one."""


class LedgerDamagedError(LedgerError):
    """The file is not a ledger, or no longer a whole one."""


class LedgerUnavailableError(LedgerError):
    """The ledger cannot be read or written at the moment; nothing of the attempt remains."""


class LedgerRefusedError(LedgerError):
    """The write contradicts what the ledger holds or may hold; nothing of it remains."""

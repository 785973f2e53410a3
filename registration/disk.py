"""What the disk holds of the database, and when."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

_WAIT_NO_MORE = {"sqlite": "PRAGMA synchronous = NORMAL", "postgresql": "SET synchronous_commit = off"}
_WAIT_AGAIN = {"sqlite": "PRAGMA synchronous = FULL", "postgresql": "RESET synchronous_commit"}


def wipe() -> None:
    """Empty SQLite's write-ahead log, which else holds what was erased until something is written over it. In the file
    itself, `secure_delete` has done so (`settings`). Call it when the transaction is over.

    PostgreSQL's own vacuum frees what was deleted.
    """
    if connection.vendor == "sqlite":
        _execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def not_waited_for() -> Iterator[None]:
    """Commits here do not wait until the disk has them. A killed process loses none of them; a machine whose power
    fails may lose the last ones, and nothing from before."""
    if connection.in_atomic_block:  # what is waited for is its end
        yield
        return
    _execute(_WAIT_NO_MORE[connection.vendor])
    try:
        yield
    finally:
        _execute(_WAIT_AGAIN[connection.vendor])


def _execute(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)

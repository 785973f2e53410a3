"""What the disk holds of the database, and when."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from django.db import connection

_WAIT_NO_MORE = {"sqlite": "PRAGMA synchronous = NORMAL", "postgresql": "SET synchronous_commit = off"}
_WAIT_AGAIN = {"sqlite": "PRAGMA synchronous = FULL", "postgresql": "RESET synchronous_commit"}


_waiting = Event()


def wipe() -> None:
    """Empty SQLite's write-ahead log, which else holds what was erased until something is written over it. In the file
    itself, `secure_delete` has done so (`settings`). Call it when the transaction is over.

    It does not wait for those who read, because writers would wait with it; the worker tries again (`wipe_again`).
    PostgreSQL's own vacuum frees what was deleted.
    """
    if connection.vendor != "sqlite":
        return
    _execute("PRAGMA busy_timeout = 0")
    try:
        with connection.cursor() as cursor:
            [is_busy, _pages, _moved] = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        _execute(f"PRAGMA busy_timeout = {1000 * connection.settings_dict['OPTIONS']['timeout']}")
    (_waiting.set if is_busy else _waiting.clear)()


def wipe_again() -> None:
    """Wipe what could not be wiped when it was due."""
    if _waiting.is_set():
        wipe()


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

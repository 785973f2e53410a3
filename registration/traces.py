"""What a database keeps of what was deleted."""

from django.db import connection


def wipe() -> None:
    """Empty SQLite's write-ahead log, which else holds what was erased until something is written over it. In the file
    itself, `secure_delete` has done so (`settings`). Call it when the transaction is over.

    PostgreSQL's own vacuum frees what was deleted.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

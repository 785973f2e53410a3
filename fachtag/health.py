"""Whether the site can do its work: read its database, and store in it."""

from datetime import datetime, timedelta
from threading import Lock

from django.contrib.sessions.models import Session
from django.db import Error, connection

PAUSE = timedelta(seconds=5)


class Health:
    """A full disk still reads, so storing is tried by storing: at most every five seconds in each process, by one
    request at a time, because anybody may ask and SQLite has one writer."""

    def __init__(self) -> None:
        self.trying = Lock()
        self.tried: datetime | None = None
        self.stores = True

    def is_good(self, now: datetime) -> bool:
        due = self.tried is None or not self.tried <= now < self.tried + PAUSE
        if due and self.trying.acquire(blocking=False):
            try:
                self.stores = stores(now)
                self.tried = now
            finally:
                self.trying.release()
        return self.stores and reads()


def reads() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return False
    return True


def stores(now: datetime) -> bool:
    """Store a session of nobody that is over already."""
    try:
        Session.objects.update_or_create(session_key="healthz", defaults={"session_data": "", "expire_date": now})
    except Error:
        return False
    return True

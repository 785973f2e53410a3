"""What /healthz says of a database, and how seldom it asks."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from fachtag import views
from fachtag.health import PAUSE, Health


@pytest.fixture(autouse=True)
def _never_asked(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "health", Health())


@contextmanager
def read_only() -> Iterator[None]:
    sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON" if sqlite else "SET LOCAL transaction_read_only = ON")
        try:
            yield
        finally:
            if sqlite:
                cursor.execute("PRAGMA query_only = OFF")


def test_a_database_that_stores_is_healthy(client: Client) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_a_database_that_only_reads_is_not_healthy(client: Client) -> None:
    with read_only():
        assert client.get("/healthz").status_code == 503


def test_asking_often_stores_once_in_five_seconds() -> None:
    health, now = Health(), timezone.now()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert all(health.is_good(now + PAUSE * second / 100) for second in range(100))
        assert health.is_good(now + PAUSE)
    writes = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE"))]
    assert len(writes) == 2


def test_a_clock_that_was_put_back_does_not_keep_the_answer() -> None:
    health, now = Health(), timezone.now()
    assert health.is_good(now)
    with read_only():
        assert not health.is_good(now - timedelta(days=1))


def test_what_is_stored_for_it_is_no_login(client: Client) -> None:
    client.get("/healthz")
    assert Session.objects.count() == 1
    client.cookies["sessionid"] = "healthz"
    assert client.get("/admin/").status_code == 302

"""What a guest's way asks of the database: literal numbers, whatever the size of the event."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from registration import booking, consents
from registration.forms import FormNumber
from tests import factories

URL = "/fachtag-demo/anmeldung/"


def large(event: Event, times: int) -> Event:
    """The event with so many rounds, workshops in each, and registrations beside the first."""
    for number in range(1, times):
        slot = factories.another_round(event, 3 * number)
        for more in range(2 * times):
            title, serial = f"Workshop {number}.{more}", 10 * number + more
            slot.workshops.create(event=event, number=serial, title=title, capacity=25)
    for number in range(times):
        factories.registered(event, factories.guest(number))
    return event


def form(event: Event, **changes: Any) -> dict[str, str]:
    """A valid form with the first workshop in each round."""
    number = FormNumber(uuid4(), timezone.now() - timedelta(seconds=10), consents.shown_at_form(event))
    rounds = {f"round_{found.slot_id}": str(found.pk) for found in event.workshops.order_by("-number")}
    valid = {"first_name": "Charlie", "last_name": "Öztürk", "email": "charlie@example.org", "attendance": "place"}
    return valid | {"recording_consent": "on", "form_number": number.signed()} | rounds | changes


def statements(queries: CaptureQueriesContext) -> list[str]:
    """What was asked; the transaction around a verb is none of it."""
    return [query["sql"] for query in queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


@pytest.fixture(params=[1, 3])
def grown(request: pytest.FixtureRequest, event: Event, client: Client) -> Event:
    found = large(event, request.param)
    client.post(URL, form(found, email="erste@example.org"))  # the first one counts attempts and stores wordings
    return found


def test_form(client: Client, grown: Event) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(URL).status_code == 200
    assert len(statements(queries)) == 5  # event, workshops, seats, consents, questions


def test_form_of_an_event_with_seats(client: Client, grown: Event) -> None:
    Event.objects.update(capacity=100)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(URL).status_code == 200
    assert len(statements(queries)) == 5


def test_post(client: Client, grown: Event) -> None:
    data = form(grown)
    with CaptureQueriesContext(connection) as queries:
        assert client.post(URL, data).status_code == 302
    # Before the lock: event, workshops, consents, questions, attempts. Under it: event, the person and the form,
    # workshops, seats, registration, places, wordings, consents, mail.
    assert len(statements(queries)) == 14


def test_own_page(client: Client, grown: Event) -> None:
    own_page = client.post(URL, form(grown)).headers["Location"]
    with CaptureQueriesContext(connection) as queries:
        assert client.get(own_page).status_code == 200
    # Registration and event, places, slots, decisions, consents, answers, questions put later.
    assert len(statements(queries)) == 7


def test_change(client: Client, grown: Event) -> None:
    own_page = client.post(URL, form(grown)).headers["Location"]
    data = form(grown, organisation="Amt")
    with CaptureQueriesContext(connection) as queries:
        assert client.get(f"{own_page}aendern/").status_code == 200
    assert len(statements(queries)) == 8
    with CaptureQueriesContext(connection) as queries:
        assert client.post(f"{own_page}aendern/", data).status_code == 302
    assert len(statements(queries)) == 23


def test_cancelling(client: Client, grown: Event) -> None:
    own_page = client.post(URL, form(grown)).headers["Location"]
    with CaptureQueriesContext(connection) as queries:
        assert client.post(f"{own_page}absagen/").status_code == 302
    assert len(statements(queries)) == 16


@pytest.mark.parametrize("count", [1, 20])
def test_moving_up(event: Event, count: int) -> None:
    """Each guest costs a mail, and a note of what it tells; the rest is asked and stored once a portion."""
    factories.workshop(event, 1, capacity=0)
    for number in range(count):
        factories.registered(event, factories.guest(number), 1, waiting=True)
    event.workshops.filter(number=1).update(capacity=count)
    with CaptureQueriesContext(connection) as queries:
        assert not booking.promote(event, timezone.now())
    assert Counter(sql.lstrip("(").split()[0] for sql in statements(queries)) == {
        "SELECT": 14,
        "UPDATE": 2 + count,
        "INSERT": count,
    }

"""No statement of a guest's way reads a table from end to end that grows with the guests."""

import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event
from registration import booking, notices
from registration.booking import Guest
from registration.models import (
    Answer,
    Attempts,
    ConsentRecord,
    FollowUp,
    LinkRequest,
    OutgoingMail,
    Place,
    Registration,
)
from tests import factories
from tests.registration.test_cost import URL, form, large

GROWING = {
    model._meta.db_table for model in (Answer, Attempts, ConsentRecord, FollowUp, OutgoingMail, Place, Registration)
}
CROWD = 3000
_OF_ONE_EVENT = re.compile(r"^SEARCH \w+ USING INDEX \w+ \(event_id=\?\)$")


@pytest.fixture
def crowded(event: Event) -> Event:
    """An event with two rounds and seats of its own, beside one with a crowd that the planner takes seriously."""
    crowd(large(factories.an_open_event("nebenan"), 2))
    Event.objects.update(address_confirmed_within=24)
    event.refresh_from_db()
    large(event, 2)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    return event


def crowd(event: Event) -> None:
    now = timezone.now()
    texts = list(event.consent_texts.all())
    workshops = {workshop.slot_id: workshop for workshop in event.workshops.select_related("slot")}
    guests = Registration.objects.bulk_create(
        Registration(
            event=event,
            state=Registration.State.WAITING if number % 7 == 0 else Registration.State.CONFIRMED,
            queued_at=now if number % 7 == 0 else None,
            first_name=f"Gast {number}",
            last_name="Menge",
            email=f"menge{number}@example.org",
            person=f"{number:064}",
            registered_at=now,
            changed_at=now,
        )
        for number in range(CROWD)
    )
    places = [
        Place(registration=guest, round=found.slot, workshop=found, queued_at=now if number % 5 == 0 else None)
        for number, guest in enumerate(guests)
        for found in workshops.values()
    ]
    Place.objects.bulk_create(places)
    given = {"decision": ConsentRecord.Decision.GIVEN, "at": now, "channel": "web"}
    ConsentRecord.objects.bulk_create(
        ConsentRecord(registration=guest, text=text, **given) for guest in guests for text in texts
    )
    Answer.objects.bulk_create(
        Answer(registration=guest, question=question, value="Ein Platz vorn")
        for guest in guests
        for question in event.questions.all()
    )
    FollowUp.objects.bulk_create(
        FollowUp(registration=guest, question=question, put_at=now, mailed_at=now)
        for guest in guests
        for question in event.questions.all()
    )
    mails = {"kind": "confirmed", "created_at": now, "next_try_at": now, "sent_at": now}
    OutgoingMail.objects.bulk_create(
        OutgoingMail(registration=guest, recipient=guest.email, **mails) for guest in guests
    )
    Attempts.objects.bulk_create(Attempts(key=f"{number:064}", until=now) for number in range(CROWD))


def scans(statement: str) -> list[str]:
    """The growing tables that the plan of this statement reads from end to end."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [row[3] for row in cursor.fetchall()]
            # By the event alone means all of its guests.
            found = [step.split()[1] for step in steps if step.startswith("SCAN") or _OF_ONE_EVENT.search(step)]
        else:
            cursor.execute(f"EXPLAIN {statement}")
            steps = [row[0] for row in cursor.fetchall()]
            found = [name for step in steps for name in re.findall(r"Seq Scan on (\w+)", step)]
    return [f"{name}: {steps}" for name in found if name in GROWING]


def way(client: Client, event: Event, attendance: str) -> Iterator[tuple[str, int]]:
    """Each step of a guest, with the status of its answer."""
    mine = {"email": "weg@example.org", "attendance": attendance}
    yield "form", client.get(URL).status_code
    yield "post", client.post(URL, form(event, **mine)).status_code
    yield "once more", client.post(URL, form(event, **mine)).status_code
    [registration] = booking.registrations_of(event, Guest("Charlie", "Öztürk", mine["email"]))
    own_page = registration.get_absolute_url()
    yield "own page", client.get(own_page).status_code
    yield "confirm", client.post(f"{own_page}bestaetigen/").status_code
    yield "calendar", client.get(f"{own_page}kalender.ics").status_code
    yield "data", client.get(f"{own_page}daten.json").status_code
    yield "consents", client.get(f"{own_page}einwilligung/").status_code
    yield "change form", client.get(f"{own_page}aendern/").status_code
    second = event.workshops.get(number=3)
    changed = form(event, **mine, organisation="Amt") | {f"round_{second.slot_id}": str(second.pk)}
    yield "change", client.post(f"{own_page}aendern/", changed).status_code
    yield "cancel", client.post(f"{own_page}absagen/").status_code


@pytest.mark.parametrize(("attendance", "capacity"), [("place", 10_000), ("place-waiting", 2)])
def test_nothing_that_grows_is_read_from_end_to_end(
    client: Client, crowded: Event, attendance: str, capacity: int
) -> None:
    Event.objects.filter(pk=crowded.pk).update(capacity=capacity)
    answers: dict[str, int] = {}
    statements: set[str] = set()
    steps = way(client, crowded, attendance)
    while True:
        with CaptureQueriesContext(connection) as queries:
            step = next(steps, None)
        if step is None:
            break
        answers[step[0]] = step[1]
        statements |= {query["sql"] for query in queries if query["sql"].startswith(("SELECT", "UPDATE", "DELETE"))}
    assert list(answers.values()) == [200, 302, 302, 200, 302, 200, 200, 200, 200, 302, 302]
    assert len(statements) > 30
    assert [found for statement in sorted(statements) for found in scans(statement)] == []


def test_a_lost_link_is_looked_up_in_an_index(crowded: Event) -> None:
    LinkRequest.objects.create(email="Menge7@example.org", asked_at=timezone.now())
    with CaptureQueriesContext(connection) as queries:
        assert notices.send_links(timezone.now())
    assert OutgoingMail.objects.get(kind="link").recipient == "menge7@example.org"
    statements = {query["sql"] for query in queries if query["sql"].startswith("SELECT")}
    assert len(statements) > 3
    assert [found for statement in sorted(statements) for found in scans(statement)] == []

"""Many changes at the very same moment, each in a thread and a connection of its own."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from events.models import Event, Workshop
from registration import booking
from registration.booking import Choice, Guest, Pick
from registration.models import OutgoingMail, Registration
from tests import factories

GUESTS, SEATS, CHANGES, RUNS = 90, 25, 200, 5

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="SQLite has one writer; tests/test_rush.py asks it through the server"
)


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("run", range(RUNS))
def test_two_hundred_changes_among_three_full_workshops(run: int) -> None:
    event = factories.an_open_event()
    workshops = [factories.workshop(event, number, capacity=SEATS) for number in (1, 2, 3)]
    now = timezone.now()
    registrations = [
        factories.registered(event, factories.guest(number), number % 3 + 1, waiting=True, now=now)
        for number in range(GUESTS)
    ]
    found = booking.stock(event).seats
    assert {found[workshop.pk].left for workshop in workshops} == {0}
    choose = random.Random(run)  # noqa: S311 - not for secrets
    start = Barrier(CHANGES)

    def change(number: int, workshop: int, cancels: bool) -> str:
        registration = Registration.objects.get(pk=registrations[number % GUESTS].pk)
        guest = Guest(registration.first_name, registration.last_name, registration.email, f"Amt {number}")
        start.wait(timeout=60)
        try:
            if cancels:
                booking.cancel(registration, now + timedelta(seconds=1))
            else:
                booking.change(registration, guest, Choice.of(workshops[workshop], waiting=True), now)
        except booking.Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    orders = [(number, choose.randrange(3), choose.random() < 0.15) for number in range(CHANGES)]
    with ThreadPoolExecutor(CHANGES) as pool:
        answers = list(pool.map(lambda order: change(*order), orders))

    assert set(answers) <= {"done", "AlreadyCancelled"}  # no deadlock, no error
    rows = list(event.registrations.all())
    assert len(rows) == GUESTS  # nobody lost, nobody doubled
    cancelled = {number % GUESTS for number, _workshop, cancels in orders if cancels}
    assert {row.email for row in rows if not row.is_live} == {f"gast{number}@example.org" for number in cancelled}
    found = booking.stock(event).seats
    for workshop in workshops:
        assert found[workshop.pk].taken <= SEATS
        assert not (found[workshop.pk].left and found[workshop.pk].waiting), "a free seat while somebody waits"
    for row in rows:
        assert OutgoingMail.objects.filter(registration=row).count() == 1 + row.sequence


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("run", range(2))
def test_two_hundred_changes_across_two_rounds_of_a_full_event(run: int) -> None:
    event = factories.an_open_event(capacity=60)
    later = factories.another_round(event, 3)
    for number in (4, 5):
        later.workshops.create(event=event, number=number, title=f"Workshop {number}", capacity=SEATS)
    first = [factories.workshop(event, number, capacity=SEATS) for number in (1, 2, 3)]
    second = list(later.workshops.all())
    now = timezone.now()

    def choice(morning: int, afternoon: int) -> Choice:
        return Choice((Pick(first[morning], waiting=True), Pick(second[afternoon], waiting=True)), waiting=True)

    registrations = [
        booking.register(event, factories.guest(number), choice(number % 3, number % 2), now, agreed=["recording"])
        for number in range(GUESTS)
    ]
    choose = random.Random(run)  # noqa: S311 - not for secrets
    start = Barrier(CHANGES)

    def change(number: int, morning: int, afternoon: int, cancels: bool) -> str:
        registration = Registration.objects.get(pk=registrations[number % GUESTS].registration.pk)
        guest = Guest(registration.first_name, registration.last_name, registration.email, f"Amt {number}")
        start.wait(timeout=60)
        try:
            if cancels:
                booking.cancel(registration, now + timedelta(seconds=1))
            else:
                booking.change(registration, guest, choice(morning, afternoon), now)
        except booking.Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    orders = [(n, choose.randrange(3), choose.randrange(2), choose.random() < 0.15) for n in range(CHANGES)]
    with ThreadPoolExecutor(CHANGES) as pool:
        answers = list(pool.map(lambda order: change(*order), orders))

    assert set(answers) <= {"done", "AlreadyCancelled"}  # no deadlock, no error
    rows = list(event.registrations.all())
    assert len(rows) == GUESTS  # nobody lost, nobody doubled
    cancelled = {number % GUESTS for number, *_choice, cancels in orders if cancels}
    assert {row.email for row in rows if not row.is_live} == {f"gast{number}@example.org" for number in cancelled}
    for found in booking.stock(event).seats.values():
        assert found.capacity is None or found.taken <= found.capacity
        assert not (found.left and found.waiting), "a free seat while somebody waits"
    for row in rows:
        assert not row.held or row.queued_at is None, "a seat in a workshop without one of the event"
        assert OutgoingMail.objects.filter(registration=row).count() == 1 + row.sequence


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
@pytest.mark.parametrize("run", range(2))
def test_seats_become_fewer_and_more_while_guests_change(run: int) -> None:
    """An organiser saves another number of seats again and again, of the event and of its workshops."""
    event = factories.an_open_event(capacity=60)
    workshops = [factories.workshop(event, number, capacity=SEATS) for number in (1, 2, 3)]
    now = timezone.now()
    registrations = [
        factories.registered(event, factories.guest(number), number % 3 + 1, waiting=True, now=now)
        for number in range(GUESTS)
    ]
    choose = random.Random(run)  # noqa: S311 - not for secrets
    start = Barrier(CHANGES)

    def change(number: int, workshop: int, seats: int) -> str:
        start.wait(timeout=60)
        try:
            if number % 10 == 0:
                found = Workshop.objects.get(pk=workshops[workshop].pk)
                found.capacity = seats
                found.save()
            elif number % 10 == 1:
                Event.objects.filter(pk=event.pk).update(capacity=2 * seats)
            else:
                registration = Registration.objects.get(pk=registrations[number % GUESTS].pk)
                guest = Guest(registration.first_name, registration.last_name, registration.email, f"Amt {number}")
                choice = Choice((Pick(workshops[workshop], waiting=True),), waiting=True)
                booking.change(registration, guest, choice, now)
        except booking.Refused as refusal:
            return type(refusal).__name__
        finally:
            connection.close()
        return "done"

    orders = [(number, choose.randrange(3), choose.randrange(15, 36)) for number in range(CHANGES)]
    with ThreadPoolExecutor(CHANGES) as pool:
        answers = list(pool.map(lambda order: change(*order), orders))

    assert set(answers) == {"done"}  # no deadlock, no error, and nobody is put out for a seat that is no more
    assert event.registrations.live().count() == GUESTS
    while booking.move_up(now):
        pass
    event.refresh_from_db()
    of_event, *of_workshops = booking.stock(event).seats.values()
    for found in of_workshops:
        assert not (found.left and found.waiting and of_event.left), "a free seat while somebody waits"
    for row in event.registrations.all():
        assert not row.held or row.queued_at is None, "a seat in a workshop without one of the event"

"""What the worker does when there is nothing to do: a few questions a second, whatever has been."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event, Slot, Workshop
from registration import booking, outbox
from registration.jobs import JOBS
from registration.models import Place, Registration
from tests import factories

NOW = timezone.now() + timedelta(hours=1)


def past_events(like: Event, count: int) -> None:
    """Over, some called off and told so, each with guests: one with a seat, one in line for a free seat, one who has
    not confirmed the address, and one who cancelled before the time was changed."""
    day = NOW - timedelta(days=30)
    kept = {"organiser": like.organiser, "venue": like.venue, "needs_kept_days": 14, "data_kept_days": 180}
    times = {"starts_at": day, "ends_at": day + timedelta(hours=8), "registration_closes_at": day, "sequence": 2}
    events = Event.objects.bulk_create(
        Event(
            title="Früher",
            slug=f"frueher-{number}",
            uid=uuid.uuid4(),
            status="cancelled" if number % 3 == 0 else "published",
            rescheduled_at=day - timedelta(days=9),
            address_confirmed_within=2,
            **kept,
            **times,
        )
        for number in range(count)
    )
    slots = Slot.objects.bulk_create(
        Slot(event=event, kind="workshops", starts_at=day, ends_at=event.ends_at) for event in events
    )
    workshops = Workshop.objects.bulk_create(
        Workshop(event=slot.event, slot=slot, number=1, title="Ein Workshop", capacity=9) for slot in slots
    )
    told: dict[str, object] = {"told_sequence": 2, "registered_at": day, "changed_at": day}
    rows = []
    for event in events:
        states: list[dict[str, object]] = [
            {"state": "confirmed"},
            {"state": "waiting"},
            {"state": "waiting", "to_confirm": "address", "confirm_by": day},
            {"state": "cancelled", "told_sequence": 0},
        ]
        rows += [
            Registration(event=event, first_name=f"{number}", person=f"{number}", **told | state)
            for number, state in enumerate(states)
        ]
    Registration.objects.bulk_create(rows)
    of = {workshop.event_id: workshop for workshop in workshops}
    Place.objects.bulk_create(
        Place(
            registration=row,
            workshop=of[row.event_id],
            round=of[row.event_id].slot,
            queued_at=None if row.state == "confirmed" else day,
        )
        for row in Registration.objects.filter(event__in=events).exclude(state="cancelled")
    )


@pytest.mark.parametrize("count", [3, 200])
def test_an_idle_pass(event: Event, bob: Registration, count: int) -> None:
    past_events(event, count)
    while outbox.deliver(NOW):
        pass
    with CaptureQueriesContext(connection) as queries:
        assert [job(NOW) for job in JOBS.values()] == [False] * len(JOBS)
    statements = [query["sql"].split()[0] for query in queries]
    assert statements == ["SELECT"] * 15


def test_nobody_is_called_to_what_is_over(event: Event) -> None:
    """Though there is a seat, and somebody in line; asking does not even take the lock."""
    factories.fill(event, 2)
    factories.registered(event, waiting=True)
    factories.workshop(event, 3)  # stored, so that other queues have moved up
    Event.objects.update(registration_closes_at=NOW - timedelta(days=1))
    Event.objects.update(starts_at=NOW - timedelta(days=1), ends_at=NOW - timedelta(hours=9))
    Workshop.objects.filter(number=2).update(capacity=9)
    event.refresh_from_db()
    with CaptureQueriesContext(connection) as queries:
        booking.move_up(NOW)
        booking.promote(event, NOW)
    assert [query["sql"].split()[0] for query in queries] == ["SELECT"]

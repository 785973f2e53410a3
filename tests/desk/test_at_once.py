"""Two organisers at the same moment, on a database that lets both write."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from events.models import Event, Venue
from registration.desk.beginning import copy_of
from registration.models import Membership
from tests import factories
from tests.desk.test_programme import sent

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
ROUNDS = 5


@pytest.fixture
def two() -> tuple[Event, Event]:
    """Events of one office at one place."""
    first, second = factories.an_open_event(), factories.an_open_event("fachtag-zwei")
    second.venue, second.organiser = first.venue, first.organiser
    second.save()
    return first, second


def lead(event: Event, name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True)
    Membership.objects.create(user=user, organiser=event.organiser, role="lead")
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    start = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        start.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [done.result() for done in [pool.submit(run, call) for call in calls]]


def posted(client: Client, page: str, form: dict[str, Any]) -> Callable[[], Any]:
    return lambda: client.post(page, form)


def test_one_venue_from_two_events(two: tuple[Event, Event]) -> None:
    """One of them is told, or both are kept; never is one lost."""
    clients = [lead(event, name) for event, name in zip(two, "ab", strict=True)]
    pages = [f"/admin/fachtag/{event.slug}/angaben/ort/adresse/" for event in two]
    for number in range(ROUNDS):
        forms = [
            sent(client, page, **{name: f"Weg {number}"})
            for client, page, name in zip(clients, pages, ("street", "arrival"), strict=True)
        ]
        first, second = at_once(*map(posted, clients, pages, forms))
        venue = Venue.objects.get()
        assert {first.status_code, second.status_code} <= {302, 409}
        assert first.status_code != 302 or venue.street == f"Weg {number}"
        assert second.status_code != 302 or venue.arrival == f"Weg {number}"


def test_two_drafts_of_one_title(two: tuple[Event, Event]) -> None:
    clients = [lead(two[0], name) for name in "ab"]
    for number in range(ROUNDS):
        day = (timezone.localdate() + timedelta(days=500 + number)).isoformat()
        form = {"title": f"Neuer Tag {number}", "slug": "", "day": day, "begins": "9", "last_day": "", "ends": "16"}
        answers = at_once(*map(posted, clients, ["/admin/fachtag/neu/"] * 2, [form, form | {"ends": "17"}]))
        assert [answer.status_code for answer in answers] == [302, 302], answers[0].content[:3000]
        assert Event.objects.filter(title=f"Neuer Tag {number}").count() == 2


def test_two_copies_that_want_one_address(two: tuple[Event, Event]) -> None:
    year = two[0].first_day.year
    for number in range(ROUNDS):
        for event, slug in zip(two, (f"tag-{number}", f"tag-{number}-{year}"), strict=True):
            Event.objects.filter(pk=event.pk).update(slug=slug, title=slug)
            event.refresh_from_db()
        day = date(year + 5, 1, 1 + number)
        made = at_once(*(partial(copy_of, event, day) for event in two))
        assert {copy.slug for copy in made} == {f"tag-{number}-{year + 5}", f"tag-{number}-{year + 5}-2"}

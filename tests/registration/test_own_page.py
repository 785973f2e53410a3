from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of


def page(client: Client, registration: Registration) -> str:
    return words_of(client.get(registration.get_absolute_url()).content.decode())


def test_it_works(client: Client, bob: Registration) -> None:
    text = page(client, bob)
    assert "Sie sind angemeldet. Ihr Platz im Workshop „2. Darf es etwas mehr als Folklore sein?“" in text
    assert "Name Bob Müller" in text
    assert "Organisation Treibhaus e.V." in text
    assert factories.RECORDING in text
    assert "Aufnahmen: erteilt" in text


def test_waiting(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    text = page(client, factories.registered(event, waiting=True))
    assert "Sie stehen auf der Warteliste." in text
    assert "Kalender eintragen" not in text


def test_the_place_in_the_queue(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    now = timezone.now()
    first = factories.registered(event, factories.CHARLIE, waiting=True, now=now)
    bob = factories.registered(event, waiting=True, now=now)
    assert "Sie stehen an Stelle 2 der Warteliste für den Workshop „2. Darf es" in page(client, bob)
    assert "an Stelle 2 der Warteliste" in factories.read(OutgoingMail.objects.get(registration=bob))
    booking.cancel(first, now)
    assert "Sie stehen an Stelle 1 der Warteliste" in page(client, bob)


def test_nobody_erased_is_ahead_in_the_queue(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    first = factories.registered(event, factories.CHARLIE, waiting=True)
    bob = factories.registered(event, waiting=True)
    Registration.objects.filter(pk=first.pk).update(erased_at=timezone.now())  # as it is once the event has ended
    assert "Sie stehen an Stelle 1 der Warteliste" in page(client, bob)


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("cancelled", "Sie waren angemeldet."),
        ("postponed", "Sie sind angemeldet."),
        ("published", "Sie sind angemeldet."),
    ],
)
def test_it_promises_no_seat_at_an_event_that_is_off(
    client: Client, event: Event, bob: Registration, status: str, says: str
) -> None:
    Event.objects.update(status=status)
    text = page(client, bob)
    assert says in text
    assert ("ist reserviert." in text) == (status == "published")


def test_after_the_event(client: Client, event: Event, bob: Registration) -> None:
    Event.objects.update(
        starts_at="2020-01-01T08:00Z", ends_at="2020-01-01T16:00Z", registration_closes_at="2019-12-24T08:00Z"
    )
    assert "Sie waren angemeldet." in page(client, bob)


def test_cancelled(client: Client, bob: Registration) -> None:
    booking.cancel(bob, timezone.now())
    text = page(client, bob)
    assert "Sie sind nicht mehr angemeldet." in text
    assert "Kalender eintragen" not in text


def test_a_wrong_key_opens_nothing(client: Client, bob: Registration) -> None:
    assert client.get(f"/anmeldung/{uuid4()}/").status_code == 404
    assert client.get(f"/anmeldung/{bob.pk}/").status_code == 404


@pytest.mark.parametrize("ending", ["", "kalender.ics"])
def test_it_is_for_nobodys_cache_index_or_referrer(client: Client, bob: Registration, ending: str) -> None:
    response = client.get(bob.get_absolute_url() + ending)
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["X-Robots-Tag"] == "noindex, nofollow"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response.cookies == {}


def test_reading_changes_nothing(client: Client, bob: Registration) -> None:
    before = Registration.objects.values().get()
    page(client, bob)
    assert client.post(bob.get_absolute_url()).status_code == 405
    assert Registration.objects.values().get() == before

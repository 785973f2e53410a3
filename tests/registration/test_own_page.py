import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from events.wording import moment
from registration import booking
from registration.booking import Guest
from registration.models import ConsentRecord, ConsentText, OutgoingMail, Registration
from registration.owndata import own_data
from tests import factories
from tests.events.test_facts import words_of

DORA = Guest("Dora", "Dietrich", "dora@example.org")
DAY = timedelta(days=1)


def page(client: Client, registration: Registration) -> str:
    return words_of(client.get(registration.get_absolute_url()).content.decode())


def test_it_works(client: Client, bob: Registration) -> None:
    text = page(client, bob)
    assert "Sie sind angemeldet. Ihr Platz ist reserviert." in text
    assert "Ihr Workshop 2. Darf es etwas mehr als Folklore sein? 13:15 – 15:00 Uhr" in text
    assert "Name Bob Müller" in text
    assert "Organisation Treibhaus e.V." in text
    assert factories.RECORDING in text
    assert "Aufnahmen: erteilt" in text


def test_waiting(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    text = page(client, factories.registered(event, waiting=True))
    assert "Sie stehen auf der Warteliste." in text
    assert "In den Kalender" not in text


def test_the_place_in_the_queue(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    now = timezone.now()
    first = factories.registered(event, factories.CHARLIE, waiting=True, now=now)
    bob = factories.registered(event, waiting=True, now=now)
    assert "Folklore sein?“ sind Sie Nummer 2." in page(client, bob)
    assert "Folklore sein?“ sind Sie Nummer 2." in factories.read(OutgoingMail.objects.get(registration=bob))
    booking.cancel(first, now)
    assert "Folklore sein?“ sind Sie Nummer 1." in page(client, bob)


def test_nobody_erased_is_ahead_in_the_queue(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    first = factories.registered(event, factories.CHARLIE, waiting=True)
    bob = factories.registered(event, waiting=True)
    Registration.objects.filter(pk=first.pk).update(erased_at=timezone.now())  # as it is once the event has ended
    assert "Folklore sein?“ sind Sie Nummer 1." in page(client, bob)


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
    assert "In den Kalender" not in text


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


def facts_of(data: Any) -> Iterator[Any]:
    """Every single value in what is stored about somebody."""
    for value in data.values() if isinstance(data, dict) else data:
        yield from facts_of(value) if isinstance(value, dict | list) else [value]


SAID = dict(
    [
        *Registration.State.choices,
        *Registration.Channel.choices,
        *ConsentText.Kind.choices,
        *ConsentText.Purpose.choices,
        *ConsentRecord.Decision.choices,
        *OutgoingMail.Kind.choices,
        ("de", "Deutsch"),
    ]
)


def without_spaces(text: str) -> str:
    return "".join(text.split())


def in_words(fact: Any) -> str:
    if isinstance(fact, bool):
        return "ja"
    return moment(fact) if isinstance(fact, datetime) else str(SAID.get(fact, fact))


def test_the_page_about_the_own_data_says_all_that_the_file_holds(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    seated = factories.registered(event, number=3, answered={"needs": "Eine Rampe"})
    booking.withdraw_consent(seated, "recording", timezone.now())
    others = [factories.registered(event, factories.CHARLIE, waiting=True), factories.watching(event, DORA)]
    for guest in (seated, *others):
        found = Registration.objects.with_everything().get(pk=guest.pk)
        facts = [fact for fact in facts_of(own_data(found)) if fact not in {None, "", False}]
        assert len(facts) >= 20
        shown = words_of(client.get(f"{guest.get_absolute_url()}daten/").content.decode())
        assert [fact for fact in map(in_words, facts) if without_spaces(fact) not in without_spaces(shown)] == []


CHIPS = {
    "confirmed": "Vor Ort",
    "livestream": "Im Livestream",
    "waiting": "Warteliste",
    "unconfirmed": "Bitte bestätigen",
    "invited": "Bitte zusagen",
    "cancelled": "Abgemeldet",
    "postponed": "Verschoben",
    "called off": "Fällt aus",
    "past": "Vorbei",
}


def in_state(event: Event, state: str) -> Registration:
    now = timezone.now()
    if state == "livestream":
        return factories.watching(event)
    if state == "waiting":
        factories.fill(event, 2)
        return factories.registered(event, waiting=True)
    if state == "unconfirmed":
        event.address_confirmed_within = 24
        event.save()
    guest = factories.registered(event)
    match state:
        case "invited":
            return booking.hand_over(guest, factories.CHARLIE, now)
        case "cancelled":
            booking.cancel(guest, now)
        case "postponed":
            Event.objects.update(status="postponed")
        case "called off":
            Event.objects.update(status="cancelled")
        case "past":
            Event.objects.update(starts_at=now - DAY, ends_at=now - DAY / 2, registration_closes_at=now - DAY)
    return guest


@pytest.mark.parametrize("state", CHIPS)
def test_the_ticket_says_how_things_stand(client: Client, event: Event, state: str) -> None:
    html = client.get(in_state(event, state).get_absolute_url()).content.decode()
    assert re.findall(r'<p class="chip">(.*?)</p>', html) == [CHIPS[state]]
    assert (' class="ticket off"' in html) == (state in {"cancelled", "called off", "past"})
    assert ("In den Kalender" in html) == (state in {"confirmed", "livestream"})
    assert ("Noch einmal anmelden" in html) == (state == "cancelled")


def test_an_old_address_says_nothing_of_a_change(client: Client, bob: Registration) -> None:
    address = f"{bob.get_absolute_url()}?gespeichert"
    assert "Ihre Änderung ist gespeichert." in words_of(client.get(address).content.decode())
    Registration.objects.update(changed_at=timezone.now() - timedelta(minutes=6))
    assert "Ihre Änderung ist gespeichert." not in words_of(client.get(address).content.decode())

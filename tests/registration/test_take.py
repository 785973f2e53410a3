"""Free seats that somebody who waits for others can take with one tap."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event, Workshop
from registration import booking, consents
from registration.booking import Choice, Pick
from registration.models import Change, OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of
from tests.registration.test_booking import kinds, states


@pytest.fixture
def charlie(event: Event) -> Registration:
    """Charlie waits for workshop 2, whose only seat Frida has; 1 and 3 are free."""
    factories.fill(event, 2)
    return factories.registered(event, factories.CHARLIE, waiting=True)


def take(client: Client, registration: Registration, workshop: Workshop | str) -> tuple[int, str]:
    """The status of the answer, and its words, or those of the own page where it leads there."""
    value = workshop if isinstance(workshop, str) else workshop.pk
    response = client.post(f"{registration.get_absolute_url()}nehmen/", {"workshop": value}, follow=True)
    status = 302 if response.redirect_chain else response.status_code
    return status, words_of(response.content.decode())


def test_it_works(client: Client, event: Event, charlie: Registration) -> None:
    page = words_of(client.get(charlie.get_absolute_url()).content.decode())
    offered = page[page.index("Hier sind noch Plätze frei") : page.index("Wir senden das")]
    assert [number for number in "123" if f" {number}. " in offered] == ["1", "3"]
    status, page = take(client, charlie, event.workshops.get(number=3))
    assert status == 302
    assert "Ihr Workshop 3." in page
    assert "Hier sind noch Plätze frei" not in page
    assert states(event) == [("Frida", "confirmed", 2, None), ("Charlie", "confirmed", 3, None)]
    assert kinds("Charlie") == ["waiting", "changed"]


def test_taking_it_twice_is_once(client: Client, event: Event, charlie: Registration) -> None:
    for _tap in range(2):
        take(client, charlie, event.workshops.get(number=3))
    assert kinds("Charlie") == ["waiting", "changed"]


def test_a_get_takes_nothing(client: Client, event: Event, charlie: Registration) -> None:
    response = client.get(f"{charlie.get_absolute_url()}nehmen/?workshop={event.workshops.get(number=3).pk}")
    assert response["Location"] == charlie.get_absolute_url()
    assert states(event)[1] == ("Charlie", "waiting", None, 2)


def test_who_has_a_seat_is_offered_none(client: Client, event: Event, bob: Registration) -> None:
    assert "Hier sind noch Plätze frei" not in words_of(client.get(bob.get_absolute_url()).content.decode())


def test_a_seat_held_meanwhile_goes_to_the_next(client: Client, event: Event, bob: Registration) -> None:
    factories.fill(event, 1)
    booking.change(bob, factories.BOB, Choice.of(event.workshops.get(number=1), waiting=True), timezone.now())
    factories.workshop(event, 2, capacity=1)
    factories.registered(event, factories.CHARLIE, 2, waiting=True)
    take(client, bob, event.workshops.get(number=3))
    assert states(event)[0] == ("Bob", "confirmed", 3, None)
    assert states(event)[2] == ("Charlie", "confirmed", 2, None)


def _filled(event: Event, _charlie: Registration) -> None:
    factories.fill(event, 3)


def _gone(event: Event, _charlie: Registration) -> None:
    event.workshops.get(number=3).delete()


def _event_full(event: Event, charlie: Registration) -> None:
    Event.objects.filter(pk=event.pk).update(capacity=1)
    Registration.objects.filter(pk=charlie.pk).update(queued_at=timezone.now())


def _consent(event: Event, charlie: Registration) -> None:
    Registration.objects.filter(pk=charlie.pk).update(livestream=True, state="confirmed")
    charlie.consents.all().delete()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (_filled, "Dieser Platz wurde gerade vergeben."),
        (_event_full, "Dieser Platz wurde gerade vergeben."),
        (_gone, "Dieser Workshop wird nicht mehr angeboten."),
        (_consent, "Wer vor Ort teilnimmt, willigt in Aufnahmen ein."),
    ],
)
def test_a_refusal_says_why_and_changes_nothing(
    client: Client, event: Event, charlie: Registration, change: Callable[[Event, Registration], None], says: str
) -> None:
    wanted = event.workshops.get(number=3)
    change(event, charlie)
    before = list(event.registrations.values()), list(charlie.places.values())
    status, page = take(client, charlie, str(wanted.pk))
    assert status == 422
    assert says in page
    assert (list(event.registrations.values()), list(charlie.places.values())) == before
    assert kinds("Charlie") == ["waiting"]


@pytest.mark.parametrize("value", ["", "x", "0", "-1", "9" * 30, "٢"])
def test_what_is_no_workshop_of_the_event_is_refused(client: Client, charlie: Registration, value: str) -> None:
    status, page = take(client, charlie, value)
    assert status == 422
    assert "Dieser Workshop wird nicht mehr angeboten." in page


def test_a_workshop_of_another_event_is_refused(client: Client, charlie: Registration) -> None:
    other = factories.an_open_event("anders").workshops.get(number=3)
    assert take(client, charlie, other)[0] == 422
    assert kinds("Charlie") == ["waiting"]


def test_after_the_deadline_for_changes_nothing_is_offered_or_taken(
    client: Client, event: Event, charlie: Registration
) -> None:
    Event.objects.filter(pk=event.pk).update(changes_close_at=timezone.now() - timedelta(hours=1))
    status, page = take(client, charlie, event.workshops.get(number=3))
    assert status == 302
    assert "Hier sind noch Plätze frei" not in page
    assert states(event)[1] == ("Charlie", "waiting", None, 2)


def test_who_has_cancelled_takes_nothing(client: Client, event: Event, charlie: Registration) -> None:
    booking.cancel(charlie, timezone.now())
    status, page = take(client, charlie, event.workshops.get(number=3))
    assert status == 302
    assert "Sie sind nicht mehr angemeldet." in page


def test_a_wrong_key_takes_nothing(client: Client, event: Event, charlie: Registration) -> None:
    wrong = Registration(token=event.uid)
    assert client.post(f"{wrong.get_absolute_url()}nehmen/", {"workshop": "3"}).status_code == 404


def test_a_guest_of_the_livestream_is_led_to_the_consents(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    lena = factories.watching(event, factories.CHARLIE)
    choice = Choice.of(event.workshops.get(number=2), waiting=True)
    booking.change(lena, factories.CHARLIE, choice, timezone.now(), agreed=["recording"])
    html = client.get(lena.get_absolute_url()).content.decode()
    assert f'action="{lena.get_absolute_url()}nehmen/"' in html  # she has agreed to all there is
    event.consent_requests.create(purpose="publicity", wording="Fotos von mir dürfen erscheinen.")
    html = client.get(lena.get_absolute_url()).content.decode()
    assert f'action="{lena.get_absolute_url()}nehmen/"' not in html
    assert html.count(">Wählen<") == 2


def test_each_line_has_its_own_seats(client: Client, db: None) -> None:
    event = factories.a_two_day_event()
    for number in (2, 5):
        factories.workshop(event, number, capacity=1)
    factories.registered(event, factories.BOB, 2)  # and the 5, the only one of its round
    picks = tuple(Pick(event.workshops.get(number=number), waiting=True) for number in (2, 5))
    charlie = booking.register(event, factories.CHARLIE, Choice(picks), timezone.now(), agreed=["recording"])
    status, page = take(client, charlie.registration, event.workshops.get(number=4))
    assert status == 302
    assert "Ihr Workshop 4. Sprache im Betrieb" in page
    assert "Auf der Warteliste für den Workshop „2. Darf es etwas mehr als Folklore sein?“ sind Sie Nummer 1." in page
    offered = page[page.index("Hier sind noch Plätze frei") : page.index("Wir senden das")]
    assert [number for number in "123456" if f" {number}. " in offered] == ["1", "3"]


def test_the_mail_says_what_is_true_then(client: Client, event: Event, charlie: Registration) -> None:
    take(client, charlie, event.workshops.get(number=3))
    text = factories.read(OutgoingMail.objects.filter(registration=charlie).latest("pk"))
    assert "Ihr Platz im Workshop „3." in text
    assert "Warteliste" not in text


def test_what_an_organiser_takes_for_a_guest_is_recorded(alice: Client, event: Event, charlie: Registration) -> None:
    take(alice, charlie, event.workshops.get(number=3))
    assert list(Change.objects.values_list("registration", "actor_name", "what")) == [(charlie.pk, "admin", "Geändert")]
    charlie.refresh_from_db()
    assert (charlie.state, charlie.address_known) == ("confirmed", False)


def test_nobody_comes_from_the_livestream_past_a_round_in_which_everybody_chooses(client: Client, event: Event) -> None:
    """With a consent given already, a seat at dinner, which nobody offered, would be all there is to it."""
    dinner = factories.an_evening(event, capacity=5)
    lena = factories.watching(event, factories.CHARLIE)
    recording = consents.asked(event)[0]
    booking.give_consent(lena, recording.purpose, recording.sha256, timezone.now())
    assert take(client, lena, dinner)[0] == 422
    assert states(event) == [("Charlie", "confirmed", None, None)]
    lena.refresh_from_db()
    assert lena.livestream

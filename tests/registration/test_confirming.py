"""Where an event asks for it, the mail address is confirmed first."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.conftest import Payload
from tests.events.test_facts import words_of
from tests.registration.test_booking import kinds, states

FORM = "/fachtag-demo/anmeldung/"


@pytest.fixture
def careful(event: Event) -> Event:
    """An event that holds a seat for two hours."""
    event.address_confirmed_within = 2
    event.save()
    return event


def test_it_works(client: Client, careful: Event, payload: Payload) -> None:
    response = client.post(FORM, payload(), follow=True)
    assert response.redirect_chain == [("/fachtag-demo/anmeldung/bestaetigen/", 302)]
    assert "Ihre Anmeldung wird 2 Stunden lang freigehalten." in words_of(response.content.decode())
    charlie = Registration.objects.get()
    assert states(careful) == [("Charlie", "confirmed", 2, None)]  # the seat is held
    page = words_of(client.get(charlie.get_absolute_url()).content.decode())
    assert "Bitte bestätigen Sie Ihre Adresse." in page
    assert "Sie sind angemeldet." not in page
    assert client.post(f"/anmeldung/{charlie.token}/bestaetigen/")["Location"] == charlie.get_absolute_url()
    assert "Sie sind angemeldet." in words_of(client.get(charlie.get_absolute_url()).content.decode())
    client.post(f"/anmeldung/{charlie.token}/bestaetigen/")
    assert kinds("Charlie") == ["unconfirmed", "confirmed"]


def test_only_the_mail_tells_the_key(client: Client, careful: Event, payload: Payload) -> None:
    """Not even the same form sent again, before or after somebody else has confirmed."""
    form = payload()
    client.post(FORM, form)
    charlie = Registration.objects.get()
    for _time in range(2):
        response = client.post(FORM, form, follow=True)
        assert str(charlie.token) not in response.content.decode() + str(response.redirect_chain)
        booking.confirm_address(charlie, timezone.now())
    mail = OutgoingMail.objects.filter(kind="unconfirmed")[0]
    assert str(charlie.token) in factories.read(mail)


def test_opening_the_link_confirms_nothing(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload())
    charlie = Registration.objects.get()
    client.get(charlie.get_absolute_url())
    client.get(f"/anmeldung/{charlie.token}/bestaetigen/")
    charlie.refresh_from_db()
    assert charlie.confirm_by is not None


def test_a_stranger_reads_nothing_of_ours_but_the_name(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload(organisation="Kauft bei uns", needs="Besucht uns"))
    mail = OutgoingMail.objects.get()
    assert mail.subject == f"Bitte bestätigen: {careful.title}"
    text = factories.read(mail)
    assert "Charlie Öztürk" in text
    assert "Kauft bei uns" not in text
    assert "Besucht uns" not in text
    assert b"text/calendar" not in bytes(mail.mime)


@pytest.mark.parametrize(
    "name", ["http://spam.example", "Geld auf www.spam.example", "HTTPS://x", "a@b.example", "=?utf-8?q?x?="]
)
def test_a_name_is_no_web_address(client: Client, event: Event, payload: Payload, name: str) -> None:
    response = client.post(FORM, payload(first_name=name))
    assert response.status_code == 422
    assert "Bitte geben Sie hier einen Namen ein, keine Internetadresse." in response.content.decode()


def test_what_is_not_confirmed_goes_to_the_queue(client: Client, careful: Event, payload: Payload) -> None:
    factories.workshop(careful, 2, capacity=1)
    client.post(FORM, payload())
    bob = factories.registered(careful, waiting=True)
    booking.confirm_address(bob, timezone.now())
    booking.move_up(timezone.now() + timedelta(minutes=119))
    assert states(careful)[0] == ("Charlie", "confirmed", 2, None)
    for _time in range(2):
        booking.move_up(timezone.now() + timedelta(minutes=121))
    assert states(careful) == [("Charlie", "cancelled", None, None), ("Bob", "confirmed", 2, None)]
    assert kinds("Charlie") == ["unconfirmed", "released"]
    assert kinds("Bob") == ["unconfirmed", "waiting", "moved_up"]


def test_who_never_confirmed_has_no_entry_to_take_back(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload())
    booking.move_up(timezone.now() + timedelta(hours=3))
    assert b"text/calendar" not in bytes(OutgoingMail.objects.get(kind="released").mime)


def test_moving_up_asks_an_unconfirmed_guest_once_more(careful: Event) -> None:
    frida = factories.fill(careful, 2).seats.get()
    bob = factories.registered(careful, waiting=True)
    later = timezone.now() + timedelta(minutes=100)
    booking.cancel(frida, later)
    bob.refresh_from_db()
    assert (bob.state, bob.confirm_by) == ("confirmed", later + timedelta(hours=2))
    assert kinds("Bob") == ["unconfirmed", "unconfirmed"]


def test_nobody_is_released_from_an_event_that_is_off(careful: Event) -> None:
    factories.registered(careful)
    Event.objects.update(status="cancelled")
    booking.move_up(timezone.now() + timedelta(hours=3))
    assert kinds("Bob") == ["unconfirmed"]


def test_when_nobody_asks_any_more_everybody_is_registered(careful: Event) -> None:
    factories.registered(careful)
    Event.objects.update(address_confirmed_within=None)
    for _time in range(2):
        booking.move_up(timezone.now() + timedelta(hours=3))
    assert (states(careful), kinds("Bob")) == ([("Bob", "confirmed", 2, None)], ["unconfirmed", "confirmed"])


def test_nobody_is_sent_out_of_the_room(careful: Event) -> None:
    """The address was corrected an hour before the beginning."""
    bob = factories.registered(careful)
    now = timezone.now()
    Event.objects.update(registration_closes_at=now)
    Event.objects.update(starts_at=now + timedelta(hours=1), ends_at=now + timedelta(hours=8))
    booking.correct(bob, replace(factories.BOB, email="bob@example.com"), now)
    booking.move_up(now + timedelta(hours=3))
    assert states(careful) == [("Bob", "confirmed", 2, None)]


def test_another_spelling_of_the_address_is_the_same(careful: Event) -> None:
    bob = factories.registered(careful)
    booking.confirm_address(bob, timezone.now())
    token = bob.token
    booking.correct(bob, replace(factories.BOB, email="Bob@Example.org"), timezone.now())
    bob.refresh_from_db()
    assert (bob.confirm_by, bob.token) == (None, token)


def test_who_is_called_up_while_others_are_released_stays(careful: Event) -> None:
    factories.workshop(careful, 2, capacity=1)
    factories.registered(careful, factories.CHARLIE)
    factories.registered(careful, factories.BOB, waiting=True)
    booking.move_up(timezone.now() + timedelta(hours=3))
    assert states(careful) == [("Charlie", "cancelled", None, None), ("Bob", "confirmed", 2, None)]
    assert kinds("Bob") == ["unconfirmed", "unconfirmed"]


def test_a_released_guest_is_asked_for_nothing(client: Client, careful: Event) -> None:
    bob = factories.registered(careful)
    booking.move_up(timezone.now() + timedelta(hours=3))
    page = client.get(bob.get_absolute_url()).content.decode()
    assert "<title>Ihre Anmeldung: abgesagt" in page
    booking.correct(bob, replace(factories.BOB, email="bob@example.com"), timezone.now())
    bob.refresh_from_db()
    assert (bob.confirm_by, kinds("Bob")[-1]) == (None, "link")


def test_it_does_not_tell_who_is_registered(client: Client, careful: Event, payload: Payload) -> None:
    answers = [client.post(FORM, payload()) for _time in range(2)]
    assert answers[0]["Location"] == answers[1]["Location"]


def test_too_late_to_confirm(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload())
    charlie = Registration.objects.get()
    booking.move_up(timezone.now() + timedelta(hours=3))
    response = client.post(f"/anmeldung/{charlie.token}/bestaetigen/", follow=True)
    assert "Sie sind nicht mehr angemeldet." in words_of(response.content.decode())
    with pytest.raises(booking.AlreadyCancelled):
        booking.confirm_address(charlie, timezone.now())


def test_the_organiser_needs_no_confirmation(careful: Event) -> None:
    outcome = booking.register_by_hand(
        careful,
        factories.BOB,
        booking.Choice(careful.workshops.get(number=1)),
        timezone.now(),
        channel=Registration.Channel.PHONE,
        actor="alice",
        agreed=["recording"],
    )
    assert outcome.registration.confirm_by is None


def test_where_nobody_asks(client: Client, event: Event, payload: Payload) -> None:
    assert client.get("/fachtag-demo/anmeldung/bestaetigen/").status_code == 404
    client.post(FORM, payload())
    assert kinds("Charlie") == ["confirmed"]

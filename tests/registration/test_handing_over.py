"""Somebody else comes: the seat goes to a colleague, who is asked."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking, erasing
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.registration.test_booking import kinds, states
from tests.registration.test_change import payload as change_payload
from tests.registration.test_consents import decisions

CHARLIE = {"first_name": "Charlie", "last_name": "Öztürk", "email": "charlie@example.org", "organisation": "Amt"}


def page(registration: Registration) -> str:
    return f"/anmeldung/{registration.token}/weitergeben/"


def send_charlie(bob: Registration) -> Registration:
    return booking.hand_over(bob, factories.CHARLIE, timezone.now())


def says_yes(client: Client, charlie: Registration, **values: str) -> int:
    address = f"/anmeldung/{charlie.token}/aendern/"
    shown = client.get(address).context["form"]
    names = {"first_name": "Charlie", "last_name": "Öztürk", "wording": shown["wording"].initial}
    return client.post(address, change_payload(**(names | values))).status_code


def test_it_works(client: Client, event: Event, bob: Registration) -> None:
    assert 'value="Treibhaus e.V."' in client.get(page(bob)).content.decode()
    response = client.post(page(bob), CHARLIE)
    assert response["Location"] == bob.get_absolute_url()
    assert states(event) == [("Bob", "cancelled", None, None), ("Charlie", "confirmed", 2, None)]
    charlie = event.registrations.get(first_name="Charlie")
    assert (kinds("Bob"), kinds("Charlie")) == (["confirmed", "handed_over"], ["invited"])
    assert charlie.token != bob.token
    own = client.get(charlie.get_absolute_url()).content.decode()
    assert "Ein Platz ist für Sie frei. Kommen Sie?" in own
    assert f"/anmeldung/{charlie.token}/aendern/" in own


def test_the_colleague_agrees_and_comes(client: Client, event: Event, bob: Registration) -> None:
    charlie = send_charlie(bob)
    assert decisions(charlie) == []
    assert says_yes(client, charlie) == 422  # without the consent
    assert says_yes(client, charlie, recording_consent="on") == 302
    charlie.refresh_from_db()
    assert (charlie.confirm_by, charlie.address_known) == (None, True)
    assert decisions(charlie) == [("privacy", "informed"), ("recording", "given")]
    assert kinds("Charlie") == ["invited", "confirmed"]


def test_the_consents_of_who_stays_away_end(event: Event, bob: Registration) -> None:
    send_charlie(bob)
    assert decisions(bob)[-1] == ("recording", "withdrawn")


def test_a_button_alone_is_no_yes(client: Client, bob: Registration) -> None:
    charlie = send_charlie(bob)
    response = client.post(f"/anmeldung/{charlie.token}/bestaetigen/")
    assert response["Location"] == f"/anmeldung/{charlie.token}/aendern/"
    assert not booking.confirm(charlie, timezone.now())
    charlie.refresh_from_db()
    assert charlie.is_invited


def test_who_says_no_frees_the_seat(client: Client, event: Event) -> None:
    factories.workshop(event, 2, capacity=1)
    bob = factories.registered(event)
    factories.registered(event, factories.guest(1), waiting=True)
    charlie = send_charlie(bob)
    assert kinds("Gast 1") == ["waiting"]
    client.post(f"/anmeldung/{charlie.token}/absagen/")
    assert kinds("Gast 1") == ["waiting", "moved_up"]


def test_who_says_nothing_frees_the_seat_after_two_days(event: Event) -> None:
    factories.workshop(event, 2, capacity=1)
    bob = factories.registered(event)
    factories.registered(event, factories.guest(1), waiting=True)
    send_charlie(bob)
    booking.move_up(timezone.now() + timedelta(hours=47))
    assert kinds("Charlie") == ["invited"]
    booking.move_up(timezone.now() + timedelta(hours=49))
    assert (kinds("Charlie"), kinds("Gast 1")) == (["invited", "released"], ["waiting", "moved_up"])


def test_the_place_in_a_line_goes_along(event: Event) -> None:
    factories.fill(event, 3)
    bob = factories.registered(event)
    booking.change(bob, factories.BOB, booking.Choice.of(event.workshops.get(number=3), waiting=True), timezone.now())
    since = Registration.objects.get(pk=bob.pk).queues[0].queued_at
    charlie = send_charlie(bob)
    assert states(event)[-1] == ("Charlie", "confirmed", 2, 3)
    assert charlie.queues[0].queued_at == since


def test_nobody_comes_twice(client: Client, event: Event, bob: Registration) -> None:
    factories.registered(event, factories.CHARLIE, 1)
    response = client.post(page(bob), CHARLIE)
    assert response.status_code == 422
    assert "Jemand mit diesem Namen und dieser Adresse ist schon angemeldet." in response.content.decode()
    assert 'value="Charlie"' in response.content.decode()
    assert states(event)[0] == ("Bob", "confirmed", 2, None)


def test_not_after_the_time_to_change_is_over(client: Client, event: Event, bob: Registration) -> None:
    Event.objects.update(changes_close_at=timezone.now() - timedelta(hours=1))
    assert client.post(page(bob), CHARLIE)["Location"] == bob.get_absolute_url()
    assert kinds("Bob") == ["confirmed"]


def test_the_mail_greets_nobody_and_names_nobody(event: Event, bob: Registration) -> None:
    mail = factories.read(OutgoingMail.objects.get(registration=send_charlie(bob)))
    assert not {name for name in ("Charlie", "Öztürk", "Bob", "Müller") if name in mail}


def test_pages_say_who_comes(client: Client, bob: Registration) -> None:
    charlie = send_charlie(bob)
    assert "Sie haben Ihren Platz weitergegeben." in client.get(bob.get_absolute_url()).content.decode()
    cancel = f"/anmeldung/{charlie.token}/absagen/"
    assert "Sie kommen nicht?" in client.get(cancel).content.decode()
    client.post(cancel)
    page = client.get(charlie.get_absolute_url()).content.decode()
    assert "Danke für Ihre Antwort. Der Platz geht an jemand anderen." in page


def test_who_sent_a_colleague_that_is_erased_hears_that_nobody_comes(event: Event, bob: Registration) -> None:
    charlie = send_charlie(bob)
    erasing.erase(charlie, timezone.now())
    assert kinds("Bob") == ["confirmed", "handed_over", "declined"]


def test_nobody_hears_that_a_colleague_is_erased_who_had_said_yes(
    client: Client, event: Event, bob: Registration
) -> None:
    charlie = send_charlie(bob)
    says_yes(client, charlie, recording_consent="on")
    charlie.refresh_from_db()
    assert not charlie.is_invited
    erasing.erase(charlie, timezone.now())
    assert kinds("Bob") == ["confirmed", "handed_over"]

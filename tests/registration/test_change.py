from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.booking import Guest
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.events.test_calendar import values as calendar_values
from tests.events.test_facts import words_of
from tests.registration.test_booking import kinds, states


def payload(**changes: str) -> dict[str, str]:
    valid = {"first_name": "Bob", "last_name": "Müller", "organisation": "Treibhaus e.V.", "workshop": "2"} | changes
    return factories.sent(valid)


def url(registration: Registration) -> str:
    return f"/anmeldung/{registration.token}/aendern/"


def test_it_works(client: Client, bob: Registration) -> None:
    before = client.get(f"/anmeldung/{bob.token}/kalender.ics").content
    response = client.post(url(bob), payload(first_name="Robert", workshop="3", question_needs="Eine Rampe"))
    assert response["Location"] == f"{bob.get_absolute_url()}?gespeichert"
    assert "Ihre Änderung ist gespeichert." in words_of(client.get(response["Location"]).content.decode())
    bob.refresh_from_db()
    assert (bob.first_name, bob.answers.get().value, factories.seat(bob).number) == ("Robert", "Eine Rampe", 3)
    assert list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True)) == ["confirmed", "changed"]
    assert OutgoingMail.objects.order_by("pk")[1].subject.startswith("Geändert: ")
    after = client.get(f"/anmeldung/{bob.token}/kalender.ics").content
    assert calendar_values(before, "UID") == calendar_values(after, "UID")
    assert (calendar_values(before, "SEQUENCE"), calendar_values(after, "SEQUENCE")) == (["0"], ["1"])


def test_the_form_shows_what_is_stored(client: Client, bob: Registration) -> None:
    html = client.get(url(bob)).content.decode()
    assert 'value="Müller"' in html
    assert f'value="{factories.option("2")}" id="id_{factories.round_name()}_1" checked' in html
    assert "Ihr Platz" in html
    assert 'name="email"' not in html


def test_nothing_changed_is_no_mail(client: Client, bob: Registration) -> None:
    client.post(url(bob), payload())
    bob.refresh_from_db()
    assert (bob.sequence, OutgoingMail.objects.count()) == (0, 1)


def test_a_full_workshop_keeps_what_was_typed(client: Client, event: Event, bob: Registration) -> None:
    factories.fill(event, 3)
    response = client.post(url(bob), payload(workshop="3", organisation="Amt"))
    assert response.status_code == 422
    assert "ist inzwischen ausgebucht" in response.content.decode()
    assert 'value="Amt"' in response.content.decode()
    assert states(event)[0] == ("Bob", "confirmed", 2, None)


def test_waiting_with_a_seat_and_moving_up_frees_it_as_far_as_the_chain_goes(client: Client, event: Event) -> None:
    frida = factories.fill(event, 3).places.get().registration
    factories.workshop(event, 2, capacity=1)
    bob = factories.registered(event, factories.BOB, 2)
    charlie = factories.registered(event, factories.CHARLIE, 2, waiting=True)
    client.post(url(bob), payload(workshop="3-waiting"))
    assert states(event)[1:] == [("Bob", "confirmed", 2, 3), ("Charlie", "waiting", None, 2)]
    client.post(f"/anmeldung/{frida.token}/absagen/")
    assert states(event)[1:] == [("Bob", "confirmed", 3, None), ("Charlie", "confirmed", 2, None)]
    charlie.refresh_from_db()
    assert (kinds("Bob"), kinds("Charlie")) == (["confirmed", "changed", "moved_up"], ["waiting", "moved_up"])


def test_rather_the_seat_than_the_queue(client: Client, event: Event, bob: Registration) -> None:
    factories.fill(event, 3)
    client.post(url(bob), payload(workshop="3-waiting"))
    client.post(url(bob), payload(workshop="2"))
    assert states(event)[0] == ("Bob", "confirmed", 2, None)


def test_a_place_in_the_queue_is_not_lost_by_saving(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    bob = factories.registered(event, waiting=True)
    since = bob.queues[0].queued_at
    client.post(url(bob), payload(workshop="2-waiting", organisation="Amt"))
    bob = Registration.objects.get(pk=bob.pk)
    assert (bob.queues[0].queued_at, bob.organisation) == (since, "Amt")


def test_ones_own_queue_is_what_the_form_shows(client: Client, event: Event) -> None:
    """Also where a seat is free that waits for the organiser."""
    event.queue_moves_up = False
    event.save()
    frida = factories.fill(event, 2).places.get().registration
    bob = factories.registered(event, waiting=True)
    booking.cancel(frida, timezone.now())
    html = client.get(url(bob)).content.decode()
    assert f'value="{factories.option("2-waiting")}" id="id_{factories.round_name()}_1" checked' in html
    assert "Sie stehen auf der Warteliste" in html


def test_a_consent_alone_is_a_change(client: Client, event: Event) -> None:
    event.consent_requests.create(purpose="publicity", wording="Fotos für die Zeitung")
    bob = factories.watching(event)
    shown = client.get(url(bob)).context["form"].initial["wording"]
    client.post(url(bob), payload(workshop="livestream", wording=shown))
    assert bob.consents.count() == 1
    factories.fill(event, 2)
    for agreed in ({}, {"publicity_consent": "on"}):
        client.post(url(bob), payload(workshop="2-waiting", wording=shown, recording_consent="on", **agreed))
    assert list(bob.consents.values_list("text__purpose", "decision"))[1:] == [
        ("recording", "given"),
        ("publicity", "refused"),
        ("publicity", "given"),
    ]


def test_an_earlier_moment_can_be_set(client: Client, event: Event, bob: Registration) -> None:
    event.changes_close_at = timezone.now() + timedelta(hours=1)
    event.save()
    assert "Ändern und absagen können Sie bis" in words_of(client.get(bob.get_absolute_url()).content.decode())
    Event.objects.update(changes_close_at=timezone.now() - timedelta(seconds=1))
    assert client.post(f"/anmeldung/{bob.token}/absagen/").status_code == 302
    assert states(event) == [("Bob", "confirmed", 2, None)]
    with pytest.raises(booking.TooLate):
        booking.cancel(bob, timezone.now())


def test_a_postponed_event_may_be_left_after_its_old_day(client: Client, event: Event, bob: Registration) -> None:
    past = timezone.now() - timedelta(days=2)
    Event.objects.update(registration_closes_at=past - timedelta(days=9), status="postponed")
    Event.objects.update(starts_at=past, ends_at=past + timedelta(hours=8))
    page = words_of(client.get(bob.get_absolute_url()).content.decode())
    assert "Ihre Anmeldung bleibt, wie sie ist. Diese Veranstaltung ist verschoben." in page
    client.post(f"/anmeldung/{bob.token}/absagen/")
    assert states(event) == [("Bob", "cancelled", None, None)]


def test_nobody_becomes_somebody_else(client: Client, event: Event, bob: Registration) -> None:
    factories.registered(event, Guest("Dora", "Müller", "bob@example.org"))
    response = client.post(url(bob), payload(first_name="Dora"))
    assert response.status_code == 422
    assert "ist schon angemeldet" in response.content.decode()


@pytest.mark.parametrize("page", ["aendern", "absagen"])
def test_once_the_event_has_begun_it_is_the_organisers(client: Client, event: Event, page: str) -> None:
    bob = factories.registered(event)
    now = timezone.now()
    Event.objects.update(starts_at=now - timedelta(hours=1), registration_closes_at=now - timedelta(days=1))
    address = f"/anmeldung/{bob.token}/{page}/"
    assert client.get(address)["Location"] == bob.get_absolute_url()
    assert client.post(address, payload(workshop="3"))["Location"] == bob.get_absolute_url()
    assert states(event) == [("Bob", "confirmed", 2, None)]
    assert "/aendern/" not in client.get(bob.get_absolute_url()).content.decode()


def test_cancelling_asks_first(client: Client, event: Event, bob: Registration) -> None:
    address = f"/anmeldung/{bob.token}/absagen/"
    page = client.get(address)
    assert "Anmeldung absagen?" in words_of(page.content.decode())
    assert states(event) == [("Bob", "confirmed", 2, None)]
    assert client.post(address)["Location"] == bob.get_absolute_url()
    assert client.post(address)["Location"] == bob.get_absolute_url()
    assert states(event) == [("Bob", "cancelled", None, None)]
    assert kinds("Bob") == ["confirmed", "cancelled"]


def test_own_data(client: Client, bob: Registration) -> None:
    response = client.get(f"/anmeldung/{bob.token}/daten.json")
    data = response.json()
    assert (data["first_name"], data["email"], data["state"]) == ("Bob", "bob@example.org", "confirmed")
    assert data["consents"][1]["wording"] == factories.RECORDING
    assert data["mails"][0]["recipient"] == "bob@example.org"
    assert str(bob.token) not in response.content.decode()


@pytest.mark.parametrize("page", ["aendern/", "absagen/", "daten.json"])
def test_own_pages_are_for_nobodys_cache(client: Client, bob: Registration, page: str) -> None:
    response = client.get(f"/anmeldung/{bob.token}/{page}")
    assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert response.cookies == {}


@pytest.mark.parametrize("page", ["aendern", "absagen"])
def test_a_browser_that_hides_where_it_comes_from_may_post(bob: Registration, page: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"origin": "null"})
    assert client.post(f"/anmeldung/{bob.token}/{page}/", payload(workshop="3")).status_code == 302
    bob.refresh_from_db()
    assert bob.sequence == 1

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.booking import EVENT, Choice, Guest, Pick
from registration.calendar import own_entry
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.conftest import Payload
from tests.events.test_facts import words_of
from tests.registration.test_booking import kinds
from tests.registration.test_booking import number as number_of
from tests.registration.test_change import payload as change_payload
from tests.registration.test_consents import decisions

FORM = "/fachtag-demo/anmeldung/"
STREAM = "https://stream.example.org/fachtag"
NOW = timezone.now()


def state(registration: Registration) -> tuple[str, bool, int | None, int | None]:
    found = Registration.objects.get(pk=registration.pk)
    return found.state, found.livestream, number_of(found.held), number_of(found.queues)


def change(client: Client, registration: Registration, **values: str) -> int:
    """Change the own registration as the form shows it."""
    address = f"/anmeldung/{registration.token}/aendern/"
    shown = client.get(address).context["form"]
    return client.post(address, change_payload(wording=shown.initial["wording"], **values)).status_code


def test_it_works(client: Client, payload: Payload) -> None:
    assert 'value="livestream"' in client.get(FORM).content.decode()
    response = client.post(FORM, payload(workshop="livestream", recording_consent=None))
    charlie = Registration.objects.get()
    assert state(charlie) == ("confirmed", True, None, None)
    assert decisions(charlie) == [("privacy", "informed")]  # in no picture, so nobody asks
    page = words_of(client.get(response["Location"]).content.decode())
    assert "Sie sind angemeldet." in page
    assert "im Livestream." in page


def test_a_box_ticked_for_nothing_is_no_consent(client: Client, payload: Payload) -> None:
    client.post(FORM, payload(workshop="livestream"))
    assert decisions(Registration.objects.get()) == [("privacy", "informed")]


def test_it_takes_no_seat(client: Client, event: Event, payload: Payload) -> None:
    client.post(FORM, payload(workshop="livestream"))
    assert {found.taken for found in booking.stock(event).seats.values()} == {0}


def test_where_it_is_not_offered(client: Client, event: Event, payload: Payload) -> None:
    event.livestream_offered = False
    event.save()
    assert 'value="livestream"' not in client.get(FORM).content.decode()
    assert client.post(FORM, payload(workshop="livestream")).status_code == 422
    with pytest.raises(booking.NoLivestream):
        factories.watching(event)


def test_it_is_there_when_every_workshop_is_full(client: Client, event: Event, payload: Payload) -> None:
    for number in (1, 2, 3):
        factories.workshop(event, number, capacity=0)
    assert client.post(FORM, payload(workshop="livestream")).status_code == 302


def test_from_a_workshop_to_the_livestream_frees_the_seat(client: Client, event: Event) -> None:
    frida = factories.fill(event, 2).places.get().registration
    bob = factories.registered(event, waiting=True)
    assert change(client, frida, first_name="Frida", last_name="Früh", workshop="livestream") == 302
    assert state(frida) == ("confirmed", True, None, None)
    assert state(bob) == ("confirmed", False, 2, None)
    assert kinds("Frida") == ["confirmed", "changed"]


def test_from_the_livestream_to_a_workshop_asks_for_consent(client: Client, event: Event) -> None:
    bob = factories.watching(event)
    assert factories.RECORDING in client.get(f"/anmeldung/{bob.token}/aendern/").content.decode()
    assert change(client, bob, workshop="2") == 422
    assert state(bob) == ("confirmed", True, None, None)
    assert change(client, bob, workshop="2", recording_consent="on") == 302
    assert state(bob) == ("confirmed", False, 2, None)
    assert decisions(bob) == [("privacy", "informed"), ("recording", "given")]


def test_who_was_asked_before_is_not_asked_again(client: Client, event: Event, bob: Registration) -> None:
    change(client, bob, workshop="livestream")
    assert change(client, bob, workshop="1") == 302
    assert state(bob) == ("confirmed", False, 1, None)
    assert decisions(bob) == [("privacy", "informed"), ("recording", "given")]


def test_a_full_workshop_refuses_and_the_livestream_stays(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    bob = factories.watching(event)
    assert change(client, bob, workshop="2", recording_consent="on") == 422
    assert state(bob) == ("confirmed", True, None, None)


def test_waiting_while_following_the_livestream(client: Client, event: Event) -> None:
    frida = factories.fill(event, 2).places.get().registration
    bob = factories.watching(event)
    assert change(client, bob, workshop="2-waiting") == 422  # moving up must find the consent
    assert change(client, bob, workshop="2-waiting", recording_consent="on") == 302
    assert state(bob) == ("confirmed", True, None, 2)
    booking.cancel(frida, timezone.now())
    assert state(bob) == ("confirmed", False, 2, None)
    assert kinds("Bob") == ["confirmed", "changed", "moved_up"]


def test_the_organiser_brings_nobody_before_the_camera_who_was_not_asked(alice: Client, event: Event) -> None:
    bob = factories.watching(event)
    moved = {"do": "move", "gast": bob.pk, "workshop": event.workshops.get(number=3).pk}
    response = alice.post("/admin/fachtag/fachtag-demo/gaeste/mehrere/", moved, follow=True)
    assert "Bob Müller bleibt: Gäste des Livestreams wurden nicht nach der Einwilligung gefragt" in words_of(
        response.content.decode()
    )
    assert state(bob) == ("confirmed", True, None, None)


def test_a_wording_that_changed_meanwhile_is_read_again(client: Client, event: Event) -> None:
    bob = factories.watching(event)
    address = f"/anmeldung/{bob.token}/aendern/"
    shown = client.get(address).context["form"].initial["wording"]
    event.consent_requests.update(wording="Ich willige in alles ein.")
    data = change_payload(wording=shown, workshop="2", recording_consent="on")
    response = client.post(address, data)
    assert response.status_code == 422
    assert 'name="recording_consent" aria-describedby="id_recording_consent_helptext" id' in response.content.decode()
    assert state(bob) == ("confirmed", True, None, None)


# The stream


@pytest.fixture
def stream(event: Event) -> Event:
    event.livestream_url = STREAM
    event.save()
    return event


def begin(event: Event, minutes: int) -> None:
    """Move the event so that it begins in so many minutes."""
    starts_at = timezone.now() + timedelta(minutes=minutes)
    Event.objects.filter(pk=event.pk).update(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=7),
        registration_closes_at=starts_at - timedelta(days=9),
    )


@pytest.mark.parametrize(("minutes", "is_open"), [(61, False), (59, True), (-300, True), (-421, False)])
def test_its_address_is_told_from_an_hour_before(client: Client, stream: Event, minutes: int, is_open: bool) -> None:
    bob = factories.watching(stream)
    begin(stream, minutes)
    ours = "/fachtag-demo/livestream/"
    for page in ("/fachtag-demo/", bob.get_absolute_url()):
        html = client.get(page).content.decode()
        assert (f'href="{ours}"' in html) == is_open
        assert STREAM not in html
    response = client.get(ours)
    assert response.status_code == (302 if is_open else 200)
    assert (response.headers.get("Location") == STREAM) == is_open


def test_the_hour_can_be_set(client: Client, stream: Event) -> None:
    begin(stream, 100)
    Event.objects.update(livestream_minutes=120)
    assert client.get("/fachtag-demo/livestream/")["Location"] == STREAM


def test_before_that_the_page_says_when(client: Client, stream: Event) -> None:
    page = words_of(client.get("/fachtag-demo/livestream/").content.decode())
    assert "Der Livestream öffnet hier am Donnerstag" in page or "Der Livestream öffnet hier am" in page
    assert "7:30 Uhr" in page


def test_an_address_that_is_still_missing(client: Client, event: Event) -> None:
    begin(event, 10)
    assert "Der Livestream beginnt hier gleich." in client.get("/fachtag-demo/livestream/").content.decode()


@pytest.mark.parametrize("status", ["cancelled", "postponed"])
def test_no_stream_of_an_event_that_is_off(client: Client, stream: Event, status: str) -> None:
    begin(stream, 10)
    Event.objects.update(status=status)
    assert client.get("/fachtag-demo/livestream/").status_code == 200


def test_captions_and_sign_language(client: Client, stream: Event) -> None:
    stream.livestream_captions_url = f"{STREAM}/captions"
    stream.livestream_sign_language_url = f"{STREAM}/dgs"
    stream.save()
    begin(stream, 10)
    page = client.get("/fachtag-demo/").content.decode()
    for name, target in (("untertitel", "captions"), ("gebaerdensprache", "dgs")):
        address = f"/fachtag-demo/livestream/{name}/"
        assert f'href="{address}"' in page
        assert client.get(address)["Location"] == f"{STREAM}/{target}"


def test_no_livestream_no_page(client: Client, event: Event) -> None:
    event.livestream_offered = False
    event.save()
    assert client.get("/fachtag-demo/livestream/").status_code == 404


def test_the_mail_and_the_entry_say_where(event: Event) -> None:
    bob = factories.watching(event)
    assert "Uhr hier: http://127.0.0.1:8000/fachtag-demo/livestream/" in factories.read(OutgoingMail.objects.get())
    entry = own_entry(bob).replace(b"\r\n ", b"").decode()
    assert "STATUS:CONFIRMED" in entry
    assert "Sie verfolgen die Veranstaltung im Livestream." in entry


def full_but_for_one_in_line(event: Event) -> tuple[Registration, Registration, Registration]:
    """Frida has the only seat of the second workshop; Bob, in the livestream, waits for it; then the event fills, and
    Dora waits for the event and the same workshop."""
    event.capacity = 2
    event.save()
    wanted = factories.workshop(event, 2, capacity=1)
    frida = factories.registered(event, factories.guest(1), 2, now=NOW)
    bob = factories.watching(event)
    choice = Choice.of(wanted, True)
    booking.change(bob, factories.BOB, choice, NOW + timedelta(hours=1), agreed=["recording"])
    factories.registered(event, factories.guest(2), 1, now=NOW + timedelta(hours=2))
    dora = factories.registered(event, factories.guest(3), 2, waiting=True, now=NOW + timedelta(hours=3))
    return frida, Registration.objects.with_everything().get(pk=bob.pk), dora


def test_who_waits_longer_in_the_livestream_is_not_overtaken(event: Event) -> None:
    frida, bob, dora = full_but_for_one_in_line(event)
    booking.cancel(frida, NOW + timedelta(hours=4))
    bob.refresh_from_db()
    dora.refresh_from_db()
    assert [str(place.workshop)[:2] for place in bob.held] == ["2."]
    assert (dora.state, dora.queued_at is not None) == ("waiting", True)


def test_a_new_name_costs_no_place_in_line(event: Event) -> None:
    _frida, bob, _dora = full_but_for_one_in_line(event)
    choice = Choice.of(event.workshops.get(number=2), True)
    booking.change(bob, Guest("Bob", "Müller-Lüdenscheidt", "bob@example.org"), choice, NOW + timedelta(hours=4))
    bob.refresh_from_db()
    assert (bob.queued_at, bob.queues[0].number_in_line) == (None, 1)


@pytest.mark.parametrize("capacity", [None, 50])
def test_who_comes_to_the_place_comes_though_the_evening_is_full(
    client: Client, event: Event, capacity: int | None
) -> None:
    event.slots.filter(kind="workshops").delete()
    Event.objects.update(capacity=capacity)
    event.refresh_from_db()
    dinner = factories.an_evening(event, capacity=1)
    frida = Guest("Frida", "Früh", "frida@example.org")
    booking.register(event, frida, Choice((Pick(dinner),)), timezone.now(), agreed=["recording"])
    bob = factories.watching(event)
    assert change(client, bob, attendance="place", workshop=f"{dinner.pk}-waiting", recording_consent="on") == 302
    assert state(bob) == ("confirmed", False, None, 9)
    text = factories.read(OutgoingMail.objects.filter(registration=bob).latest("pk"))
    assert "Für Sie ist ein Platz bei der Veranstaltung reserviert." in text
    assert "Livestream" not in text
    assert booking.seats(event, [])[EVENT].taken == (0 if capacity is None else 2)


def test_who_comes_from_the_livestream_takes_the_last_seat(event: Event) -> None:
    event.slots.filter(kind="workshops").delete()
    Event.objects.update(capacity=2)
    dinner = factories.an_evening(event, capacity=1)
    frida = Guest("Frida", "Früh", "frida@example.org")
    booking.register(event, frida, Choice((Pick(dinner),)), timezone.now(), agreed=["recording"])
    bob = factories.watching(event)
    choice = Choice((Pick(dinner, waiting=True),))
    booking.change(bob, factories.BOB, choice, timezone.now(), agreed=["recording"])
    with pytest.raises(booking.EventFull):
        booking.register(event, factories.CHARLIE, Choice(), timezone.now(), agreed=["recording"])


def test_a_line_that_keeps_nobody_out_any_more_is_no_way_into_a_full_event(event: Event) -> None:
    _frida, bob, _dora = full_but_for_one_in_line(event)
    event.slots.filter(kind="workshops").update(optional=True)
    line = Choice.of(event.workshops.get(number=2), waiting=True)
    booking.change(bob, factories.BOB, line, NOW + timedelta(hours=4))
    assert booking.seats(event, [])[EVENT].taken == 2
    assert Registration.objects.get(pk=bob.pk).queued_at is not None

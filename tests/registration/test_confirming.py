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
from tests.registration.test_meanwhile import in_the_middle

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
    assert "So lange halten wir Ihre Anmeldung frei: 2 Stunden." in words_of(response.content.decode())
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
        booking.confirm(charlie, timezone.now())
    mail = OutgoingMail.objects.filter(kind="unconfirmed")[0]
    assert str(charlie.token) in factories.read(mail)


def test_opening_the_link_confirms_nothing(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload())
    charlie = Registration.objects.get()
    client.get(charlie.get_absolute_url())
    client.get(f"/anmeldung/{charlie.token}/bestaetigen/")
    charlie.refresh_from_db()
    assert charlie.confirm_by is not None


def typed(kind: str) -> list[str]:
    """What of the words from a form stands in the latest mail of this kind."""
    mail = OutgoingMail.objects.filter(kind=kind).latest("pk")
    said = mail.subject + factories.mime(mail).decode() + factories.read(mail)
    return [word for word in ("Charlie", "Öztürk", "Kauft", "Besucht") if word in said]


TYPED = {"organisation": "Kauft bei uns", "question_needs": "Besucht uns"}


def test_a_stranger_reads_nothing_that_was_typed(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload(**TYPED))
    mail = OutgoingMail.objects.get()
    assert mail.subject == f"Bitte bestätigen: {careful.title}"
    assert factories.read(mail).startswith("Guten Tag,\n\nmit dieser E-Mail-Adresse")
    assert typed("unconfirmed") == []
    assert b"text/calendar" not in factories.mime(mail)
    booking.move_up(timezone.now() + timedelta(hours=3))
    assert typed("released") == []


def test_whoever_confirmed_is_greeted_by_name(client: Client, careful: Event, payload: Payload) -> None:
    client.post(FORM, payload(**TYPED))
    client.post(f"/anmeldung/{Registration.objects.get().token}/bestaetigen/")
    assert typed("confirmed") == ["Charlie", "Öztürk"]


def test_whoever_changes_with_the_key_is_greeted_by_name(careful: Event) -> None:
    bob = factories.registered(careful)
    booking.change(bob, factories.BOB, booking.Choice.of(careful.workshops.get(number=1)), timezone.now())
    assert factories.read(OutgoingMail.objects.get(kind="changed")).startswith("Guten Tag Bob Müller,")


def test_where_nobody_asks_the_key_proves_nothing(client: Client, event: Event, payload: Payload) -> None:
    """It was shown on the page, to whoever entered the address."""
    client.post(FORM, payload(**TYPED))
    own = Registration.objects.get().get_absolute_url()
    client.post(f"{own}bestaetigen/")
    client.post(f"{own}einwilligung/", {"withdraw": "recording"})
    client.post(f"{own}absagen/")
    client.post(f"{own}loeschen/")
    assert typed("erased") == []
    client.post(FORM, payload(**TYPED))
    charlie = Registration.objects.latest("pk")
    booking.change(
        charlie, replace(factories.CHARLIE), booking.Choice.of(event.workshops.get(number=1)), timezone.now()
    )
    assert factories.read(OutgoingMail.objects.get(kind="changed")).startswith("Guten Tag,\n")
    assert (typed("confirmed"), typed("changed")) == ([], [])


def test_that_nobody_asks_any_more_proves_nothing(careful: Event) -> None:
    factories.registered(careful, factories.CHARLIE)
    Event.objects.update(address_confirmed_within=None)
    booking.move_up(timezone.now())
    assert typed("confirmed") == []


def test_an_organiser_knows_the_address(event: Event, careful: Event) -> None:
    factories.by_hand(careful, factories.CHARLIE)
    assert typed("confirmed") == ["Charlie", "Öztürk"]


@pytest.mark.parametrize(("hours", "greeted"), [(None, True), (2, False)])
def test_a_corrected_address_is_known_unless_it_is_asked(event: Event, hours: int | None, greeted: bool) -> None:
    bob = factories.registered(event)
    Event.objects.update(address_confirmed_within=hours)
    booking.correct(bob, replace(factories.BOB, email="bob@example.com"), timezone.now())
    assert ("Bob Müller" in factories.read(OutgoingMail.objects.latest("pk"))) == greeted


NAMES = [
    "Dr. h. c. Anna-Lena O'Neil-Şahin",
    "J.R.R. Tolkien",
    "St. Clair",
    "Max Müller jr.",
    "Prof. Dr.-Ing. Ute Groß-Gerau",
    "Ravi s/o Kumar",
    "Núria Gal·la i Puig",
    "Nguyễn Thị Minh Khai",
    "محمد بن سلمان",
    "علی\u200cرضا",
    "李小龍",
    "フランク・ミュラー",
    "हिन्दी",
    "Ø",
    "X",
    "Karl d. Ä.",
    "Anna & Ben / Familie",
]


@pytest.mark.parametrize("name", NAMES)
def test_people_have_all_sorts_of_names(client: Client, event: Event, payload: Payload, name: str) -> None:
    assert client.post(FORM, payload(first_name=name, last_name=name)).status_code == 302
    assert Registration.objects.get().first_name == name


@pytest.mark.parametrize("field", ["first_name", "last_name", "organisation"])
@pytest.mark.parametrize(
    "name",
    [
        "Konto gesperrt: evil.com/x",
        "bit.ly/abc",
        "EVIL.COM",
        "t.co",
        "evil.рф",
        "ｅｖｉｌ．ｃｏｍ",
        "evil。com",
        "evil.\u200bcom",
        "evil\u2060.com",
        "evil.\u034fcom",
        "93.184.216.34",
        "http://spam",
        "HTTPS：／／x",
        "//spam",
        "Geld auf www.spam",
        "a@b.example",
        "a＠b",
        "=?utf-8?q?x?=",
    ],
)
def test_a_name_holds_no_address(client: Client, event: Event, payload: Payload, name: str, field: str) -> None:
    response = client.post(FORM, payload(**{field: name}))
    assert response.status_code == 422
    said = "Hier kann keine Internet- oder E-Mail-Adresse stehen."
    assert response.content.decode().count(said) == 2  # field, summary
    assert not Registration.objects.exists()


@pytest.mark.parametrize("name", ["Gewinn/hier", "x/gewinn", "gewinn/x"])
def test_a_name_holds_no_path(client: Client, event: Event, payload: Payload, name: str) -> None:
    assert client.post(FORM, payload(last_name=name)).status_code == 422


@pytest.mark.parametrize("name", ["Treibhaus e.V.", "Bündnis 90/Die Grünen", "Amt 1/2", "i.d.R. & Co. KG"])
def test_offices_have_all_sorts_of_names(client: Client, event: Event, payload: Payload, name: str) -> None:
    assert client.post(FORM, payload(organisation=name)).status_code == 302


def test_what_is_not_confirmed_goes_to_the_queue(client: Client, careful: Event, payload: Payload) -> None:
    factories.workshop(careful, 2, capacity=1)
    client.post(FORM, payload())
    bob = factories.registered(careful, waiting=True)
    booking.confirm(bob, timezone.now())
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
    assert b"text/calendar" not in factories.mime(OutgoingMail.objects.get(kind="released"))


def test_moving_up_asks_an_unconfirmed_guest_once_more(careful: Event) -> None:
    frida = factories.fill(careful, 2).places.get().registration
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


def test_who_cancels_while_others_are_registered_keeps_nobody_waiting(careful: Event) -> None:
    factories.registered(careful)
    charlie = factories.registered(careful, factories.CHARLIE, 1)
    Event.objects.update(address_confirmed_within=None)
    with in_the_middle(lambda: booking.cancel(charlie, timezone.now())):
        booking.move_up(timezone.now())
    assert states(careful) == [("Bob", "confirmed", 2, None), ("Charlie", "cancelled", None, None)]
    assert kinds("Bob") == ["unconfirmed", "confirmed"]


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
    booking.confirm(bob, timezone.now())
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
        booking.confirm(charlie, timezone.now())


def test_the_organiser_needs_no_confirmation(careful: Event) -> None:
    outcome = booking.register_by_hand(
        careful,
        factories.BOB,
        booking.Choice.of(careful.workshops.get(number=1)),
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


def statuses(client: Client, form: dict[str, str]) -> list[int]:
    """What the same form is answered for Bob, who is registered, and for somebody who is not."""
    bob = {"first_name": "Bob", "last_name": "Müller"}
    return [client.post(FORM, form | bob | {"email": f"{who}@example.org"}).status_code for who in ("bob", "nobody")]


def test_a_form_that_is_used_up_tells_nobody_who_is_registered(
    client: Client, careful: Event, bob: Registration, payload: Payload
) -> None:
    form = payload()
    for number in range(5):
        client.post(FORM, form | {"email": f"gast{number}@example.org"})
    assert statuses(client, form) == [422, 422]


def test_a_form_with_a_wording_of_before_tells_nobody_who_is_registered(
    client: Client, careful: Event, bob: Registration, payload: Payload
) -> None:
    form = payload()
    careful.consent_requests.update(wording="Ich willige in etwas anderes ein.")
    assert statuses(client, form) == [422, 422]


def test_a_full_workshop_tells_nobody_who_is_registered(
    client: Client, careful: Event, bob: Registration, payload: Payload
) -> None:
    factories.workshop(careful, 2, capacity=1)
    assert statuses(client, payload()) == [422, 422]


def test_a_full_event_tells_nobody_who_is_registered(
    client: Client, careful: Event, bob: Registration, payload: Payload
) -> None:
    Event.objects.update(capacity=1)
    assert statuses(client, payload()) == [422, 422]

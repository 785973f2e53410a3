"""What pages say of seats, whatever the shape of the event: several rounds, an evening, seats of its own, online."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.booking import Choice, Guest
from registration.models import OutgoingMail, Place, Registration
from tests import factories
from tests.conftest import Payload
from tests.events.test_facts import words_of

NOW = timezone.now()


@pytest.fixture
def two_days(db: None) -> Event:
    return factories.a_two_day_event()


def words(client: Client, url: str) -> str:
    return words_of(client.get(url).content.decode())


def fill_the_event(event: Event) -> Registration:
    """One seat in all, and Frida has it."""
    Event.objects.filter(pk=event.pk).update(capacity=1)
    event.refresh_from_db()
    return factories.registered(event, Guest("Frida", "Früh", "frida@example.org"))


def legends(client: Client, url: str) -> list[str]:
    """What stands above each choice of a form."""
    html = client.get(url).content.decode()
    return [
        words_of(f"<body {legend}") for legend in re.findall(r'<fieldset class="field".*?<legend(.*?)</legend>', html)
    ]


def test_one_full_round_of_two_is_said_by_its_name(client: Client, two_days: Event) -> None:
    two_days.workshops.filter(number__in=[4, 5]).update(capacity=0)
    page = words(client, "/zwei-tage/")
    assert "In „Vertiefung in Workshops“ ist alles ausgebucht; dort können Sie" in page
    assert "Alle Workshops sind ausgebucht" not in page
    assert "kostenfrei teils Warteliste" in page
    Event.objects.update(livestream_offered=False, changed_at=timezone.now())
    assert "Jetzt anmelden" in words(client, "/zwei-tage/")  # a seat in the other round is enough to come


def test_rounds_that_are_all_full_leave_the_waiting_list(client: Client, two_days: Event) -> None:
    two_days.workshops.filter(slot__optional=False).update(capacity=0)
    Event.objects.update(livestream_offered=False, changed_at=timezone.now())
    page = words(client, "/zwei-tage/")
    assert "kostenfrei Warteliste offen" in page
    assert "Jetzt anmelden" not in page


def test_a_full_event_is_not_said_to_have_full_workshops(client: Client, event: Event) -> None:
    fill_the_event(event)
    page = words(client, "/fachtag-demo/")
    assert "Die Veranstaltung ist ausgebucht. Sie können sich auf ihre Warteliste setzen" in page
    assert "Alle Workshops sind ausgebucht" not in page
    assert "Plätzen frei" not in page
    assert page.count("Veranstaltung ausgebucht, Warteliste offen Zur Warteliste mit Workshop") == 3


def test_nobody_is_promised_to_move_up_when_queues_have_stopped(client: Client, event: Event) -> None:
    fill_the_event(event)
    assert "rückt automatisch nach" in words(client, "/fachtag-demo/")
    Event.objects.update(queue_stops_hours=24 * 61, changed_at=timezone.now())
    assert "rückt automatisch nach" not in words(client, "/fachtag-demo/")


def test_an_evening_is_no_workshop_with_a_number(client: Client, two_days: Event) -> None:
    page = words(client, "/zwei-tage/")
    assert "„Abendessen mit Musik aus Mittelsachsen“ wählen" in page
    assert [text for text in ("Workshop 6", "6. Abendessen") if text in page] == []


def test_an_online_talk_counts_no_seats(client: Client, event: Event) -> None:
    event.slots.filter(kind="workshops").delete()
    assert "kostenfrei Plätze frei" in words(client, "/fachtag-demo/")
    Event.objects.update(venue=None, changed_at=timezone.now())
    assert "Plätze" not in words(client, "/fachtag-demo/")


def test_an_online_talk_asks_no_question_with_one_answer(client: Client, event: Event, payload: Payload) -> None:
    sent = payload(workshop=None, recording_consent=None)
    event.slots.filter(kind="workshops").delete()
    Event.objects.update(venue=None)
    assert legends(client, "/fachtag-demo/anmeldung/") == []
    form = words(client, "/fachtag-demo/anmeldung/")
    assert not {heading for heading in ("Ihre Teilnahme", "Ihre Einwilligung") if heading in form}
    own_page = client.post("/fachtag-demo/anmeldung/", sent)["Location"]
    charlie = Registration.objects.get()
    assert (charlie.state, charlie.livestream) == ("confirmed", True)
    assert legends(client, f"{own_page}aendern/") == []
    client.post(f"{own_page}aendern/", {"first_name": "Karl", "last_name": "Öztürk"})
    charlie.refresh_from_db()
    assert (charlie.first_name, charlie.livestream) == ("Karl", True)


def test_the_form_groups_by_round(client: Client, two_days: Event) -> None:
    assert [re.sub(r"\w+, \d+\.\s\w+", "TAG", legend) for legend in legends(client, "/zwei-tage/anmeldung/")] == [
        "Vor Ort oder im Livestream",
        "Workshops, TAG, 13:15 – 15:00 Uhr",
        "Abend im Ratskeller, TAG, 18:00 – 21:30 Uhr (optional)",
        "Vertiefung in Workshops, TAG, 9:15 – 10:45 Uhr",
    ]


def test_the_form_of_a_full_event_with_rounds(client: Client, two_days: Event) -> None:
    fill_the_event(two_days)
    page = words(client, "/zwei-tage/anmeldung/")
    assert "Ihre Wahl unten gilt, sobald Sie einen Platz haben." in page
    assert page.count("Warteliste der Veranstaltung") == 6
    assert "Plätzen frei" not in page


def test_the_link_of_a_full_event_chooses_its_waiting_list(client: Client, event: Event) -> None:
    fill_the_event(event)
    html = client.get("/fachtag-demo/anmeldung/?workshop=2-waiting").content.decode()
    assert f'value="{factories.option("2-waiting")}" id="id_{factories.round_name()}_1" checked' in html
    html = client.get("/fachtag-demo/anmeldung/?workshop=2").content.decode()
    assert "Die Veranstaltung ist inzwischen ausgebucht." in html
    assert " checked" not in html


def test_who_waits_for_the_event_may_wish_for_another_workshop(client: Client, event: Event) -> None:
    fill_the_event(event)
    charlie = factories.registered(event, factories.CHARLIE, 1, waiting=True)
    form = factories.sent({"first_name": "Charlie", "last_name": "Öztürk", "workshop": "3-waiting"})
    assert (
        f'value="{factories.option("3-waiting")}"'
        in client.get(f"{charlie.get_absolute_url()}aendern/").content.decode()
    )
    assert "Ihr Wunsch 2. Darf es etwas mehr als Folklore" in words(client, f"{charlie.get_absolute_url()}aendern/")
    assert client.post(f"{charlie.get_absolute_url()}aendern/", form).status_code == 302
    charlie = Registration.objects.get(pk=charlie.pk)
    assert ([place.workshop.number for place in charlie.queues], charlie.number_in_line) == ([3], 1)


def test_who_waits_reads_until_when_the_queue_moves_by_itself(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    charlie = factories.registered(event, factories.CHARLIE, waiting=True)
    until = re.compile(r"Das gilt bis \w+, \d+\. \w+ \d{4}, 8:30 Uhr\.")
    assert until.search(words(client, charlie.get_absolute_url()))
    assert until.search(factories.read(OutgoingMail.objects.get(registration=charlie)).replace("\n", " "))
    assert "Stunden zu." not in words(client, charlie.get_absolute_url())
    Event.objects.update(accept_within=24)
    assert "sagen Sie bitte innerhalb von 24 Stunden zu." in words(client, charlie.get_absolute_url())
    Event.objects.update(queue_stops_hours=24 * 61)
    page = words(client, charlie.get_absolute_url())
    assert not until.search(page)
    assert "Über freie Plätze entscheidet der Veranstalter." in page


def test_seats_of_a_workshop_and_an_evening_are_named(client: Client, two_days: Event) -> None:
    numbers = (1, 6, 4)
    picks = tuple(booking.Pick(two_days.workshops.get(number=number)) for number in numbers)
    bob = booking.register(two_days, factories.BOB, Choice(picks), NOW, agreed=["recording"]).registration
    page = words(client, bob.get_absolute_url())
    mail = factories.read(OutgoingMail.objects.get())
    assert "„Abendessen mit Musik aus Mittelsachsen“ und „4. Sprache im Betrieb“." in " ".join(mail.split())
    assert "Außerdem Abendessen mit Musik aus Mittelsachsen" in page
    assert "6. Abendessen" not in page + mail


def test_cancelling_without_a_workshop_names_the_seat_of_the_event(client: Client, event: Event) -> None:
    event.slots.filter(kind="workshops").delete()
    bob = booking.register(event, factories.BOB, Choice(), NOW, agreed=["recording"]).registration
    assert "Ihr Platz bei der Veranstaltung geht dann" in words(client, f"{bob.get_absolute_url()}absagen/")


def test_nobody_waits_for_an_event_whose_limit_fell(event: Event) -> None:
    event.capacity = 1
    event.save()
    factories.registered(event, factories.guest(1), 1)
    bob = factories.registered(event, waiting=True)
    assert bob.queued_at is not None
    event.capacity = None
    event.save()
    booking.move_up(timezone.now())
    bob.refresh_from_db()
    assert (bob.state, len(bob.held)) == ("confirmed", 1)


def test_those_who_enter_at_the_same_time_keep_their_order(event: Event) -> None:
    """Twice in one pass of the worker: an address that nobody confirmed, and then a larger event."""
    event.capacity = 1
    event.save()
    wanted = factories.workshop(event, 2, capacity=0)
    first = factories.registered(event, factories.guest(0), 1)
    guests = [factories.registered(event, factories.guest(number), 2, waiting=True) for number in range(1, 6)]
    now = timezone.now()
    booking.cancel(first, now)
    event.refresh_from_db()
    event.capacity = 10
    event.save()
    booking.promote(event, now)
    line = Place.objects.in_line().filter(workshop=wanted).values_list("registration", flat=True)
    assert list(line) == [guest.pk for guest in guests]


def test_a_line_for_the_evening_takes_no_word_from_the_seat(client: Client, event: Event) -> None:
    event.slots.filter(kind="workshops").delete()
    dinner = factories.an_evening(event, capacity=0)
    choice = Choice((booking.Pick(dinner, waiting=True),))
    bob = booking.register(event, factories.BOB, choice, NOW, agreed=["recording"]).registration
    mail = " ".join(factories.read(OutgoingMail.objects.get(registration=bob)).split())
    for text in (mail, words(client, bob.get_absolute_url())):
        assert "Auf der Warteliste für „Essen“ sind Sie Nummer 1." in text
    assert "Für Sie ist ein Platz bei der Veranstaltung reserviert." in mail
    assert "Ihr Platz ist reserviert." in words(client, bob.get_absolute_url())


def waiting_form(event: Event) -> Event:
    """An event without rounds whose only seat is taken."""
    event.slots.all().delete()
    event.capacity = 1
    event.livestream_offered = False
    event.save()
    booking.register(event, factories.guest(1), Choice(), NOW, agreed=["recording"])
    return event


def test_where_there_is_nothing_to_choose_nobody_has_to(client: Client, event: Event, payload: Payload) -> None:
    waiting_form(event)
    html = client.get("/fachtag-demo/anmeldung/").content.decode()
    assert "Mit diesem Formular kommen Sie auf die Warteliste." in html
    assert "Auf die Warteliste setzen" in html
    assert '<input type="hidden" name="attendance" value="place-waiting"' in html
    assert '<input type="radio"' not in html
    client.post("/fachtag-demo/anmeldung/", payload(attendance="place-waiting", workshop=None))
    assert Registration.objects.get(first_name="Charlie").queued_at is not None


def test_an_event_that_fills_meanwhile_says_so_once(client: Client, event: Event, payload: Payload) -> None:
    form = payload(workshop=None)
    waiting_form(event)
    response = client.post("/fachtag-demo/anmeldung/", form)
    assert response.status_code == 422
    html = response.content.decode()
    assert "Während Sie schrieben, wurde der letzte Platz vergeben" in html
    assert '<input type="hidden" name="attendance" value="place-waiting"' in html
    assert not Registration.objects.filter(first_name="Charlie").exists()


def test_a_full_event_says_which_workshops_are_full_too(client: Client, event: Event) -> None:
    fill_the_event(event)
    factories.workshop(event, 1, capacity=0)
    text = words(client, "/fachtag-demo/anmeldung/")
    assert "Warteliste der Veranstaltung, auch dieser Workshop ist ausgebucht 2." in text
    assert text.count("auch dieser Workshop ist ausgebucht") == 1

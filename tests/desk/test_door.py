"""The door: who is let in, when, by whom, and what is noted of it."""

import csv
import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, time, timedelta
from threading import Barrier
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.models import Event
from events.wording import moment
from registration import booking, door, erasing, messages, owndata
from registration.booking import Choice, Guest
from registration.door import Opening
from registration.models import Change, Registration
from tests import factories
from tests.desk.conftest import LogIn

DOOR = "/admin/fachtag/fachtag-demo/einlass/"
ONE_SHOWN = "Am Einlass gesucht (gezeigte Gäste: 1)"
LONG_AGO = timezone.now() - timedelta(days=30)


@pytest.fixture
def event(db: None) -> Event:
    """One that takes place today."""
    return factories.an_open_event(first_day=timezone.localdate())


@pytest.fixture
def bob(event: Event) -> Registration:
    return factories.registered(event, now=LONG_AGO)


@pytest.fixture
def maria(event: Event, log_in: LogIn) -> Client:
    """At the door of the event."""
    return log_in("door")


def reschedule(event: Event, days: int, **values: Any) -> None:
    """Make it take place so many days later."""
    moved = {name: getattr(event, name) + timedelta(days=days) for name in ("starts_at", "ends_at")}
    Event.objects.filter(pk=event.pk).update(**moved, **values)
    event.refresh_from_db()


def said(client: Client, address: str = DOOR, **form: Any) -> list[str]:
    """What the desk says afterwards."""
    page = client.post(address, form, follow=True).content.decode()
    return re.findall(r'<p class="note[^"]*" role="status">([^<]+)</p>', page)


def shown(client: Client, words: str = "", address: str = DOOR) -> list[str]:
    """The guests on the page."""
    page = client.get(address, {"q": words} if words else {}).content.decode()
    return re.findall(r"<h3>(?:<a[^>]+>)?([^<]+, [^<]+?)(?:</a>| <span|</h3>)", page.partition("<main")[2])


def noted() -> list[str]:
    return list(Change.objects.order_by("pk").values_list("what", flat=True))


def test_it_works(maria: Client, event: Event, bob: Registration) -> None:
    factories.registered(event, factories.CHARLIE, now=LONG_AGO)
    page = maria.get(DOOR).content.decode()
    assert "<b>0 von 2 sind da</b>" in page
    assert "Müller" not in page
    assert re.search(r'<input id="q"[^>]+autofocus>', page)
    page = maria.get(DOOR, {"q": "muell"}).content.decode()
    assert shown(maria, "muell") == ["Müller, Bob"]
    assert "Treibhaus e.V." in page
    assert event.workshops.get(number=2).name in page
    assert "Öztürk" not in page
    assert said(maria, do="in", gast=bob.pk, q="muell") == ["Bob Müller ist da."]
    bob.refresh_from_db()
    assert bob.checked_in_at is not None
    page = maria.get(DOOR).content.decode()
    assert "<b>1 von 2 sind da</b>" in page
    assert f"seit {timezone.localtime(bob.checked_in_at):%-H:%M} da" in page
    assert shown(maria) == ["Müller, Bob"]


def test_after_the_first_guest_comes_the_next(maria: Client, bob: Registration) -> None:
    response = maria.post(DOOR, {"do": "in", "gast": bob.pk, "q": "bob"})
    assert (response.status_code, response.headers["Location"]) == (302, DOOR)


def test_taken_back(maria: Client, bob: Registration) -> None:
    said(maria, do="in", gast=bob.pk)
    assert said(maria, do="out", gast=bob.pk) == ["Der Einlass von Bob Müller ist zurückgenommen."]
    said(maria, do="out", gast=bob.pk)
    bob.refresh_from_db()
    assert bob.checked_in_at is None
    assert shown(maria) == []
    assert noted() == ["Eingelassen", "Einlass zurückgenommen", ONE_SHOWN]


def test_the_second_desk_hears_since_when_and_by_whom(maria: Client, log_in: LogIn, bob: Registration) -> None:
    said(maria, do="in", gast=bob.pk)
    bob.refresh_from_db()
    since, other = bob.checked_in_at, log_in("guests")
    assert since is not None
    words = f"Bob Müller ist seit {timezone.localtime(since):%-H:%M} Uhr da, eingelassen von door-fachtag-demo."
    assert said(other, do="in", gast=bob.pk) == [words]
    bob.refresh_from_db()
    assert bob.checked_in_at == since
    assert noted() == ["Eingelassen", ONE_SHOWN]
    assert shown(other) == []  # who came last, at this desk


# Who is not let in


def test_who_has_no_seat_is_not_let_in(maria: Client, event: Event) -> None:
    factories.workshop(event, 1, capacity=0)
    waits = factories.registered(event, Guest("Willi", "Warter", "w@example.org"), 1, waiting=True, now=LONG_AGO)
    watches = factories.watching(event, Guest("Lisa", "Strom", "l@example.org"), now=LONG_AGO)
    gone = factories.registered(event, Guest("Anna", "Ab", "a@example.org"), now=LONG_AGO)
    booking.cancel_by_hand(gone, LONG_AGO)
    asked = "Bitte fragen Sie, wer die Gäste betreut."
    assert said(maria, do="in", gast=waits.pk) == [
        f"Willi Warter steht auf der Warteliste und hat keinen Platz. {asked}"
    ]
    assert said(maria, do="in", gast=watches.pk) == [
        f"Lisa Strom nimmt am Livestream teil und hat hier keinen Platz. {asked}"
    ]
    assert said(maria, do="in", gast=gone.pk) == [f"Anna Ab: Diese Anmeldung ist abgesagt. {asked}"]
    assert not Registration.objects.filter(checked_in_at__isnull=False).exists()
    assert noted() == [ONE_SHOWN] * 3
    page = "".join(maria.get(DOOR, {"q": name}).content.decode() for name in ("Warter", "Strom", "Ab"))
    assert 'value="in"' not in page
    assert [words in page for words in ("Warteliste, kein Platz", "Livestream, kein Platz", "abgesagt")] == [True] * 3


@pytest.mark.parametrize("registered", ["seat", "queue", "stream", "cancelled"])
def test_rule_and_query_agree(event: Event, registered: str) -> None:
    if registered == "queue":
        factories.workshop(event, 2, capacity=0)
    if registered == "stream":
        guest = factories.watching(event, now=LONG_AGO)
    else:
        guest = factories.registered(event, waiting=registered == "queue", now=LONG_AGO)
    if registered == "cancelled":
        booking.cancel_by_hand(guest, LONG_AGO)
    assert guest.is_expected == (registered == "seat") == (door.attendance(event).expected == 1)


def test_somebody_who_is_erased_meanwhile(maria: Client, bob: Registration, admin_user: User) -> None:
    now = timezone.now()
    erasing.erase(Registration.objects.get(pk=bob.pk), now)
    with pytest.raises(booking.Erased):
        door.check_in(bob, admin_user, now)
    assert maria.post(DOOR, {"do": "in", "gast": bob.pk}).status_code == 404


def test_who_has_yet_to_confirm_is_let_in_and_keeps_the_seat(event: Event, admin_user: User) -> None:
    Event.objects.update(address_confirmed_within=24)
    event.refresh_from_db()
    bob = factories.registered(event, now=LONG_AGO)
    morning = timezone.make_aware(datetime.combine(event.first_day, time(7)))
    door.check_in(bob, admin_user, morning)
    booking.release_unconfirmed(event, morning)
    bob.refresh_from_db()
    assert (bob.state, bob.to_confirm, bob.checked_in_at) == ("confirmed", "address", morning)


# When


@pytest.mark.parametrize(
    ("clock", "days", "status", "expected"),
    [
        (time(23, 59), -1, "published", Opening.BEFORE),
        (time(0, 0), 0, "published", Opening.OPEN),
        (time(23, 59), 0, "published", Opening.OPEN),
        (time(0, 0), 1, "published", Opening.OVER),
        (time(9, 0), 0, "draft", Opening.OFF),
        (time(9, 0), 0, "postponed", Opening.OFF),
        (time(9, 0), 0, "cancelled", Opening.OFF),
    ],
)
def test_the_door_opens_by_the_clock_of_the_place(
    event: Event, admin_user: User, clock: time, days: int, status: str, expected: Opening
) -> None:
    bob = factories.registered(event, now=LONG_AGO)
    Event.objects.update(status=status)
    event.refresh_from_db()
    now = timezone.make_aware(datetime.combine(event.first_day + timedelta(days=days), clock))
    assert door.opening(event, now) is expected
    assert door.has_opened(event, now) == (expected in {Opening.OPEN, Opening.OVER})
    if expected is Opening.OPEN:
        assert door.check_in(bob, admin_user, now)
        assert door.undo(bob, admin_user, now)
    else:
        with pytest.raises(door.DoorShut):
            door.check_in(bob, admin_user, now)
        with pytest.raises(door.DoorShut):
            door.undo(bob, admin_user, now)


def test_every_day_of_several(db: None) -> None:
    event = factories.a_two_day_event(first_day=timezone.localdate() - timedelta(days=1))
    assert door.opening(event, timezone.now()) is Opening.OPEN
    assert door.opening(event, timezone.now() + timedelta(days=1)) is Opening.OVER


@pytest.mark.parametrize(
    ("days", "status", "words"),
    [
        (3, "published", "Bis dahin sehen Sie hier keine Gäste."),
        (-3, "published", "Sie sehen hier keine Gäste mehr."),
        (0, "cancelled", "Es gibt keinen Einlass."),
    ],
)
def test_on_other_days_nobody_is_shown_and_nobody_let_in(
    maria: Client, log_in: LogIn, event: Event, bob: Registration, days: int, status: str, words: str
) -> None:
    reschedule(event, days, status=status)
    page = maria.get(DOOR, {"q": "bob"}).content.decode()
    assert words in page
    assert not re.search("Müller|Treibhaus|sind da|<input id=.q", page)
    response = maria.post(DOOR, {"do": "in", "gast": bob.pk}, follow=True).content.decode()
    assert "Eingelassen wird nur an den Tagen des Fachtags." in response
    assert "Müller" not in response
    assert noted() == []
    other = log_in("guests")  # who may see guests anyway may look
    page = other.get(DOOR, {"q": "bob"}).content.decode()
    assert shown(other, "bob") == ["Müller, Bob"]
    assert 'name="do"' not in page.partition("<main")[2]
    bob.refresh_from_db()
    assert bob.checked_in_at is None


# What becomes of it


def test_who_cancels_is_not_there_any_more(event: Event, bob: Registration, admin_user: User) -> None:
    door.check_in(bob, admin_user, timezone.now())
    booking.cancel_by_hand(bob, timezone.now())
    bob.refresh_from_db()
    assert bob.checked_in_at is None
    assert door.attendance(event) == door.Attendance(0, 0)


def test_who_changes_to_the_livestream_is_not_there_any_more(event: Event, admin_user: User) -> None:
    bob = factories.registered(event, now=LONG_AGO)
    night = timezone.make_aware(datetime.combine(event.first_day, time(1)))
    door.check_in(bob, admin_user, night)
    booking.change(bob, factories.BOB, Choice(livestream=True), night)
    bob.refresh_from_db()
    assert (bob.livestream, bob.checked_in_at) == (True, None)


def test_who_is_moved_stays_there(event: Event, bob: Registration, admin_user: User) -> None:
    now = event.starts_at
    door.check_in(bob, admin_user, now)
    booking.move(bob, event.workshops.get(number=3), now)
    bob.refresh_from_db()
    assert bob.checked_in_at == now


def test_erasing_leaves_the_number_and_no_name(event: Event, bob: Registration, admin_user: User) -> None:
    door.check_in(bob, admin_user, timezone.now())
    erasing.erase(bob, event.starts_at)
    assert door.attendance(event) == door.Attendance(1, 1)
    assert [str(change) for change in Change.objects.all()] == ["gelöscht: Eingelassen"]


@pytest.mark.parametrize("values", [{"state": "cancelled"}, {"livestream": True}])
def test_the_database_promises_it_too(bob: Registration, admin_user: User, values: dict[str, Any]) -> None:
    door.check_in(bob, admin_user, timezone.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.update(**values)


# What is noted, and what is not shown


def test_every_search_that_shows_somebody_is_noted_without_names(
    maria: Client, event: Event, bob: Registration
) -> None:
    for words in ("bob", "niemand", ""):
        maria.get(DOOR, {"q": words})
    assert noted() == ["Am Einlass gesucht (gezeigte Gäste: 1)"]
    change = Change.objects.get()
    assert (change.event, change.registration, change.actor_name) == (event, None, "door-fachtag-demo")


def test_answers_are_not_for_the_door(maria: Client, event: Event) -> None:
    factories.registered(event, answered={"needs": "Rampe"}, now=LONG_AGO)
    event.questions.update(sensitive=False)
    assert shown(maria, "rampe") == []
    assert "Rampe" not in maria.get(DOOR, {"q": "bob"}).content.decode()


def test_who_is_in_no_picture(maria: Client, event: Event, bob: Registration) -> None:
    assert "Keine Aufnahmen" not in maria.get(DOOR, {"q": "bob"}).content.decode()
    booking.withdraw_consent(bob, "recording", LONG_AGO)
    assert "Keine Aufnahmen" in maria.get(DOOR, {"q": "bob"}).content.decode()


def test_whose_names_are_alike_are_too_many(maria: Client, event: Event) -> None:
    for number in range(22):
        factories.registered(event, Guest(f"Gast {number:02}", "Alle", f"g{number}@example.org"), 3, now=LONG_AGO)
    assert shown(maria, "alle") == [f"Alle, Gast {number:02}" for number in range(20)]
    assert "Noch 2 Gäste passen dazu." in maria.get(DOOR, {"q": "alle"}).content.decode()


@pytest.mark.parametrize("guests", [1, 3])
def test_it_costs_the_same_for_many(
    log_in: LogIn, event: Event, guests: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = log_in("guests")
    for number in range(guests):
        guest = factories.registered(event, factories.guest(number), now=LONG_AGO)
        said(client, do="in", gast=guest.pk)
    with django_assert_num_queries(14):
        client.get(DOOR, {"q": "beispiel"})
    with django_assert_num_queries(10):
        client.get(DOOR)


# Bad input


@pytest.mark.parametrize("q", ["%", "'; --", "<b>", "a" * 5000, "💥"])
def test_odd_words_find_nobody(maria: Client, bob: Registration, q: str) -> None:
    response = maria.get(DOOR, {"q": q})
    assert response.status_code == 200
    assert "<b></h2>" not in response.content.decode()
    assert shown(maria, q) == []


@pytest.mark.parametrize("gast", ["", "x", "-1", "1e3", "9" * 30, "9" * 18, "\0", "²"])
@pytest.mark.parametrize("do", ["in", "out", "", "raus\0"])
def test_odd_forms_do_nothing(maria: Client, bob: Registration, gast: str, do: str) -> None:
    assert maria.post(DOOR, {"do": do, "gast": gast, "q": "\0"}).status_code in {302, 404}
    assert maria.post(DOOR).status_code == 302
    bob.refresh_from_db()
    assert bob.checked_in_at is None


def test_a_guest_of_another_event(maria: Client, event: Event) -> None:
    other = factories.an_open_event("anderer", timezone.localdate())
    theirs = factories.registered(other, now=LONG_AGO)
    assert maria.post(DOOR, {"do": "in", "gast": theirs.pk}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.checked_in_at is None


# At once


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer, and here one connection")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_desks_at_the_same_moment() -> None:
    event = factories.an_open_event(first_day=timezone.localdate())
    bob = factories.registered(event, now=LONG_AGO)
    desks = [User.objects.create_user(f"desk-{number}") for number in range(8)]
    start = Barrier(len(desks))

    def let_in(desk: User) -> bool:
        guest = Registration.objects.select_related("event").get(pk=bob.pk)
        start.wait(timeout=60)
        try:
            return door.check_in(guest, desk, timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(len(desks)) as pool:
        answers = list(pool.map(let_in, desks))
    assert sorted(answers) == [False] * 7 + [True]
    bob.refresh_from_db()
    assert noted() == ["Eingelassen"]
    assert door.let_in_by(bob) == desks[answers.index(True)].username


# Elsewhere at the desk


@pytest.fixture
def bob_of_two(event: Event, bob: Registration, admin_user: User) -> Registration:
    """Bob is there, and Charlie is not; a third follows the livestream."""
    factories.registered(event, factories.CHARLIE, now=LONG_AGO)
    factories.watching(event, factories.guest(3), now=LONG_AGO)
    booking.confirm(bob, LONG_AGO)
    door.check_in(bob, admin_user, timezone.now())
    return bob


def listed(client: Client, query: str) -> list[str]:
    page = client.get(f"/admin/fachtag/fachtag-demo/gaeste/?{query}").content.decode()
    return re.findall(r'<th role="rowheader" scope="row"><a href="[^"]+"><b>([^<]*)</b>', page)


def test_the_list_says_who_is_there(log_in: LogIn, event: Event, bob_of_two: Registration) -> None:
    client = log_in("guests")
    assert (listed(client, "zeigen=da"), listed(client, "zeigen=nicht-da")) == (["Müller"], ["Öztürk"])
    page = client.get("/admin/fachtag/fachtag-demo/gaeste/").content.decode()
    assert len(re.findall(r"seit \d+:\d\d da", page)) == 1
    reschedule(event, 1)
    assert "zeigen=nicht-da" not in client.get("/admin/fachtag/fachtag-demo/gaeste/").content.decode()


def test_the_page_of_a_guest(log_in: LogIn, event: Event, bob: Registration) -> None:
    client, address = log_in("guests"), f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/"
    assert said(client, address, do="in") == ["Bob Müller ist da."]
    page = client.get(address).content.decode()
    story = re.findall(r"<p><b>([^<]+)</b></p><p class=\"mute\">([^<]+)</p>", page)
    assert story[-1][0] == "Eingelassen"
    assert story[-1][1].endswith("Uhr · guests-fachtag-demo")
    assert 'value="in"' not in page
    assert said(client, address, do="out") == ["Der Einlass von Bob Müller ist zurückgenommen."]
    assert 'value="in"' in client.get(address).content.decode()
    reschedule(event, 1)
    assert 'value="in"' not in client.get(address).content.decode()
    assert said(client, address, do="in") == ["Bob Müller: Eingelassen wird nur an den Tagen des Fachtags."]


def test_the_overview_counts_on_the_day(log_in: LogIn, event: Event, bob_of_two: Registration) -> None:
    client, address = log_in("editor"), "/admin/fachtag/fachtag-demo/"
    assert '<a href="/admin/fachtag/fachtag-demo/gaeste/?zeigen=da">1 von 2</a>' in client.get(address).content.decode()
    reschedule(event, -1)
    assert "zeigen=da" in client.get(address).content.decode()
    Registration.objects.update(checked_in_at=None)  # an office that lets nobody in this way
    assert "zeigen=da" not in client.get(address).content.decode()


def test_who_only_checks_in_is_led_to_the_door(log_in: LogIn, event: Event) -> None:
    client, other = log_in("door"), log_in("guests")
    response = client.get("/admin/")
    assert (response.status_code, response.headers["Location"]) == (302, DOOR)
    assert f'<a class="button" href="{DOOR}">Zum Einlass</a>' in other.get("/admin/").content.decode()
    reschedule(event, 1)
    page = client.get("/admin/").content.decode()
    assert f'<a href="{DOOR}">{event.title}</a>' in page
    assert "Zum Einlass" not in page
    assert "Zum Einlass" not in other.get("/admin/").content.decode()


def test_two_doors_are_for_the_person_to_choose(log_in: LogIn, event: Event) -> None:
    factories.an_open_event("anderer", timezone.localdate())
    client = log_in("door")
    assert client.get("/admin/").content.decode().count(">Zum Einlass</a>") == 2


def test_messages_to_who_came_and_who_did_not(event: Event, bob_of_two: Registration) -> None:
    charlie = event.registrations.get(first_name="Charlie")
    booking.confirm(charlie, LONG_AGO)

    def members(now: datetime) -> dict[str, set[int]]:
        found = messages.groups(event, now, with_needs=False)
        return {group.key: set(group.members) for group in found if group.key in {"there", "not-there"}}

    assert members(timezone.now()) == {"there": {bob_of_two.pk}, "not-there": {charlie.pk}}
    assert members(timezone.now() + timedelta(days=1)) == {"there": {bob_of_two.pk}, "not-there": {charlie.pk}}
    assert members(timezone.now() - timedelta(days=1)) == {}


def test_a_message_to_who_did_not_come_leaves(log_in: LogIn, event: Event, bob_of_two: Registration) -> None:
    client = log_in("guests")
    form = {"group": "not-there", "subject": "Schade", "text": "Hallo {name}"}
    address = client.post("/admin/fachtag/fachtag-demo/nachrichten/neu/", form).headers["Location"].partition("#")[0]
    page = client.get(address).content.decode()
    assert "Gäste mit Platz, die nicht eingelassen sind" in page
    form |= dict(re.findall(r'<input type="hidden" name="(version|seen)" value="([^"]+)"', page))
    client.post(address, form | {"do": "send"})
    [recipient] = event.messages.get(confirmed_at__isnull=False).recipients.all()
    assert recipient.registration.first_name == "Charlie"


def test_the_guest_and_the_table_are_told(client: Client, log_in: LogIn, bob_of_two: Registration) -> None:
    bob_of_two.refresh_from_db()
    assert bob_of_two.checked_in_at is not None
    stored = client.get(f"{bob_of_two.get_absolute_url()}daten.json").json()["checked_in_at"]
    assert datetime.fromisoformat(stored) - bob_of_two.checked_in_at < timedelta(seconds=1)
    assert ("Eingelassen", moment(bob_of_two.checked_in_at)) in owndata.in_words(bob_of_two)[0][1]
    form = {"do": "csv", "alle": "", "ansicht": ""}
    table = log_in("guests").post("/admin/fachtag/fachtag-demo/gaeste/mehrere/", form).content.decode("utf-8-sig")
    heading, *rows = csv.reader(io.StringIO(table), delimiter=";")
    column = heading.index("Eingelassen")
    at = f"{timezone.localtime(bob_of_two.checked_in_at):%d.%m.%Y %H:%M}"
    assert {row[0]: row[column] for row in rows} == {"Müller": at, "Öztürk": "", "Beispiel": ""}


def test_a_copy_of_the_event_knows_nobody(log_in: LogIn, event: Event, bob_of_two: Registration) -> None:
    form = {"title": "Noch einmal", "slug": "noch-einmal", "first_day": timezone.localdate() + timedelta(days=300)}
    log_in("lead").post("/admin/fachtag/fachtag-demo/kopieren/", form)
    assert door.attendance(Event.objects.exclude(pk=event.pk).get()) == door.Attendance(0, 0)


def test_what_is_refused_tells_a_name_and_is_noted(maria: Client, event: Event, bob: Registration) -> None:
    maria.post(DOOR, {"do": "out", "gast": bob.pk})
    watching = factories.watching(event, factories.CHARLIE, now=LONG_AGO)
    maria.post(DOOR, {"do": "in", "gast": watching.pk})
    assert noted() == [ONE_SHOWN] * 2


@pytest.mark.parametrize("words", ["bob@example.org", "@example"])
def test_nobody_is_found_by_an_address(maria: Client, bob: Registration, words: str) -> None:
    assert "Müller" not in maria.get(DOOR, {"q": words}).content.decode()

"""Workshops at the desk, with their seats."""

import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from events.models import Event, Slot, Workshop
from registration.models import Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_programme import people, sent
from tests.pages import save
from tests.registration.test_booking import kinds

WORKSHOPS = "/admin/fachtag/fachtag-demo/workshops/"
NEW = f"{WORKSHOPS}neu/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("editor")


def page(workshop: Workshop) -> str:
    return f"{WORKSHOPS}{workshop.pk}/"


def said(response: Any) -> list[str]:
    return re.findall(r'<p class="note[^"]*" role="status">([^<]+)</p>', response.content.decode())


def test_it_works(client: Client, event: Event, bob: Registration) -> None:
    factories.workshop(event, 2, capacity=20)
    html = client.get(WORKSHOPS).content.decode()
    found = re.findall(r"<tr>\s*<th scope=.row.+?</tr>", html, re.DOTALL)
    rows = [re.sub(r"<[^>]+>|\s+", " ", row).split() for row in found]
    assert len(rows) == 3
    assert " ".join(rows[1]).startswith("2. Darf es etwas mehr als Folklore sein? 1 von 20 0")
    assert "Emiliano Chaimite" in html


def test_queries_do_not_grow(client: Client, event: Event, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(WORKSHOPS)
    slot = factories.another_round(event, 3)
    for number in range(4, 9):
        slot.workshops.create(number=number, title=f"Mehr {number}")
    with django_assert_num_queries(QUERIES):
        client.get(WORKSHOPS)


QUERIES = 10


def test_it_is_edited(client: Client, event: Event) -> None:
    workshop = factories.workshop(event, 3)
    form = sent(client, page(workshop), title="Arbeit finden", capacity="25", room="Saal 3")
    assert len([name for name in form if name not in {"version", "people_group"}]) <= 25
    assert client.post(page(workshop), form)["Location"] == WORKSHOPS
    workshop.refresh_from_db()
    assert (workshop.title, workshop.capacity, workshop.room) == ("Arbeit finden", 25, "Saal 3")
    assert [name for name, _role, _affiliation in people(workshop)] == ["Anna-Maria Kindt", "Antje Dorn"]


def test_saving_what_nobody_touched_changes_nothing(client: Client, event: Event) -> None:
    for workshop in event.workshops.all():
        before = (people(workshop), Workshop.objects.filter(pk=workshop.pk).values().get())
        assert client.post(page(workshop), sent(client, page(workshop))).status_code == 302
        assert (people(workshop), Workshop.objects.filter(pk=workshop.pk).values().get()) == before


def test_a_new_one_has_the_next_number(client: Client, event: Event) -> None:
    form = sent(client, NEW, title="Noch einer", people_name=["Eva Neu"], people_affiliation=["Amt"], next="1")
    assert (form["number"], form["people_role"]) == (4, ["lead"])
    assert client.post(NEW, form)["Location"] == NEW
    workshop = event.workshops.get(number=4)
    assert (workshop.title, workshop.key, workshop.capacity) == ("Noch einer", "noch-einer", None)
    assert people(workshop) == [("Eva Neu", "lead", "Amt")]


def test_a_key_is_made_from_the_title_and_stays(client: Client, event: Event) -> None:
    save(client, NEW, title="Straße & Öffentlichkeit")
    workshop = event.workshops.get(number=4)
    assert workshop.key == "strasse-offentlichkeit"
    save(client, page(workshop), title="Etwas anderes", key="folklore")
    workshop.refresh_from_db()
    assert (workshop.title, workshop.key) == ("Etwas anderes", "strasse-offentlichkeit")
    save(client, NEW, title="Straße & Öffentlichkeit")
    assert event.workshops.get(number=5).key == "strasse-offentlichkeit-2"
    workshop.key = "strasse-offentlichkeit-2"
    with pytest.raises(ValidationError, match="Ein anderer Workshop dieses Fachtags hat diesen Schlüssel"):
        workshop.full_clean()


def test_without_a_round_there_is_none(client: Client, event: Event) -> None:
    event.slots.filter(kind=Slot.Kind.WORKSHOPS).delete()
    for address in (WORKSHOPS, NEW):
        html = client.get(address).content.decode()
        assert "Es gibt noch keinen." in html
        assert "/programm/neu/#punkt-neu" in html


def test_fewer_seats_than_guests_is_said_with_numbers(client: Client, event: Event) -> None:
    for number in range(3):
        factories.registered(event, factories.guest(number))
    workshop = factories.workshop(event, 2)
    assert "Jetzt vergeben: 3, auf der Warteliste: 0." in client.get(page(workshop)).content.decode()
    response = client.post(page(workshop), sent(client, page(workshop), capacity="2"), follow=True)
    assert said(response)[1] == (
        "2. Darf es etwas mehr als Folklore sein?: 3 Gäste haben einen Platz, es gibt aber nur 2."
        " Niemand verliert seinen."
    )
    assert workshop.places.held().count() == 3


def test_who_waits_moves_up_where_there_are_more_seats(client: Client, event: Event) -> None:
    workshop = factories.fill(event, 2)
    waiting = factories.registered(event, waiting=True)
    assert waiting.state == Registration.State.WAITING
    client.post(page(workshop), sent(client, page(workshop), capacity="2"))
    waiting.refresh_from_db()
    assert waiting.state == Registration.State.CONFIRMED
    assert kinds("Bob") == ["waiting", "moved_up"]


@pytest.mark.parametrize(
    "changes",
    [
        {"number": "1"},
        {"number": "0"},
        {"number": "x"},
        {"number": "9" * 40},
        {"capacity": "-1"},
        {"capacity": "9" * 40},
        {"title": ""},
        {"title": "a\0b"},
        {"slot": "x"},
        {"slot": "9" * 40},
        {"slot": "\0"},
        {"people_name": [""]},
    ],
)
def test_errors_stand_where_they_arise(client: Client, event: Event, changes: dict[str, Any]) -> None:
    workshop = factories.workshop(event, 2)
    before = (people(workshop), Workshop.objects.filter(pk=workshop.pk).values().get())
    form = sent(client, page(workshop), room="Neuer Saal", people_affiliation=["Amt", "DSM"]) | changes
    html = (response := client.post(page(workshop), form)).content.decode()
    assert response.status_code == 200
    assert 'class="error"' in html
    assert 'value="Neuer Saal"' in html
    assert (people(workshop), Workshop.objects.filter(pk=workshop.pk).values().get()) == before


def test_its_round_is_one_of_the_event(client: Client, event: Event, foreign: Event) -> None:
    theirs = foreign.slots.get(kind=Slot.Kind.WORKSHOPS)
    workshop = factories.workshop(event, 2)
    assert client.post(page(workshop), sent(client, page(workshop), slot=theirs.pk)).status_code == 200
    workshop.refresh_from_db()
    assert workshop.slot_id != theirs.pk


def test_one_with_guests_stays_in_its_round(client: Client, event: Event, bob: Registration) -> None:
    other = factories.another_round(event, 3)
    workshop = factories.workshop(event, 2)
    html = client.post(page(workshop), sent(client, page(workshop), slot=other.pk)).content.decode()
    assert "bleibt" in html
    empty = factories.workshop(event, 3)
    assert client.post(page(empty), sent(client, page(empty), slot=other.pk)).status_code == 302


def test_two_editors(client: Client, event: Event) -> None:
    workshop = factories.workshop(event, 2)
    form = sent(client, page(workshop), capacity="30")
    factories.workshop(event, 2, capacity=10)
    response = client.post(page(workshop), form)
    assert response.status_code == 409
    workshop.refresh_from_db()
    assert workshop.capacity == 10


def test_deleting_asks_first(client: Client, event: Event) -> None:
    workshop = factories.workshop(event, 3)
    assert "Jetzt löschen" in client.get(f"{page(workshop)}loeschen/").content.decode()
    assert client.post(f"{page(workshop)}loeschen/")["Location"] == WORKSHOPS
    assert event.workshops.count() == 2


def test_one_with_guests_stays(client: Client, event: Event, bob: Registration) -> None:
    address = f"{page(factories.workshop(event, 2))}loeschen/"
    html = client.get(address).content.decode()
    assert "1 Gast" in html
    assert "Jetzt löschen" not in html
    assert client.post(address).status_code == 409
    assert event.workshops.count() == 3


def test_what_is_not_there(client: Client, event: Event, foreign: Event) -> None:
    theirs = foreign.workshops.all()[0]
    for address in (page(theirs), f"{page(theirs)}loeschen/", f"{WORKSHOPS}{'9' * 30}/"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert foreign.workshops.count() == 3


@pytest.mark.parametrize(("role", "shown"), [("lead", True), ("editor", False)])
def test_who_leads_is_shown_how_to_call_one_off(
    log_in: LogIn, event: Event, bob: Registration, role: str, shown: bool
) -> None:
    client, workshop = log_in(role, sees_needs=True), bob.places.get().workshop
    assert workshop is not None
    way = f'href="{page(workshop)}absagen/"'
    assert (way in client.get(WORKSHOPS).content.decode()) == shown
    assert (way in client.get(f"{page(workshop)}loeschen/").content.decode()) == shown
    Event.objects.update(status="cancelled")
    assert way not in client.get(WORKSHOPS).content.decode()

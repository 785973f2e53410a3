"""Events and workshops as organisers store them, with the guests whom that concerns."""

from datetime import timedelta
from html.parser import HTMLParser

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration.models import OutgoingMail
from tests import factories
from tests.registration.test_booking import kinds


class Fields(HTMLParser):
    """What a browser would send of a page's form that nobody touched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.data: dict[str, str] = {}
        self.select = self.text = ""
        self.feed(page)
        self.data = {name: value for name, value in self.data.items() if name and "__prefix__" not in name}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        name, kind = values.get("name", ""), values.get("type")
        if tag == "select":
            self.select = name
        elif tag == "option" and ("selected" in values or self.select not in self.data):
            self.data[self.select] = values["value"]
        elif tag == "textarea":
            self.text, self.data[name] = name, ""
        elif tag == "input" and kind not in {"submit", "file"} and (kind != "checkbox" or "checked" in values):
            self.data[name] = values.get("value", "on" if kind == "checkbox" else "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            text = self.data[self.text].removeprefix("\r\n").removeprefix("\n")
            self.data[self.text] = text.replace("\r\n", "\n").replace("\n", "\r\n")
            self.text = ""

    def handle_data(self, data: str) -> None:
        if self.text:
            self.data[self.text] += data


def save(alice: Client, address: str, **changes: str) -> None:
    """Open the page and save it with these changes."""
    response = alice.post(address, Fields(alice.get(address).content.decode()).data | changes)
    assert response.status_code == 302, response.context["errors"]


def page_of(event: Event) -> str:
    return f"/admin/events/event/{event.pk}/change/"


def test_saving_what_nobody_touched_changes_nothing(alice: Client, event: Event) -> None:
    """Also not the seconds of a deadline that is the end of a day."""
    event.changes_close_at = event.registration_closes_at
    event.registration_opens_at = event.registration_closes_at - timedelta(days=30)
    event.save()
    before = Event.objects.filter(pk=event.pk).values().get()
    slots = list(event.slots.values())
    save(alice, page_of(event))
    after = Event.objects.filter(pk=event.pk).values().get()
    assert after | {"changed_at": None} == before | {"changed_at": None}
    assert list(event.slots.values()) == slots
    assert LogEntry.objects.get().get_change_message() == "Keine Felder geändert."


def test_what_other_shapes_of_an_event_need(alice: Client, event: Event) -> None:
    entered = {"capacity": "120", "fee": "15 € bar", "price": "15", "queue_stops_hours": "48", "accept_within": "24"}
    page = Fields(alice.get(page_of(event)).content.decode()).data
    assert page.pop("listed") == "on"
    assert alice.post(page_of(event), page | entered | {"venue": ""}).status_code == 302
    stored = Event.objects.filter(pk=event.pk).values(*entered, "listed", "venue").get()
    assert {name: str(value) for name, value in stored.items()} == entered | {
        "price": "15.00",
        "listed": "False",
        "venue": "None",
    }


def test_more_seats_move_the_queue_up_at_once(alice: Client, event: Event) -> None:
    workshop = factories.fill(event, 2)
    factories.registered(event, waiting=True)
    save(alice, f"/admin/events/workshop/{workshop.pk}/change/", capacity="2")
    assert kinds("Bob") == ["waiting", "moved_up"]


def test_more_seats_in_the_events_own_page_do_so_too(alice: Client, event: Event) -> None:
    factories.fill(event, 1)
    factories.registered(event, number=1, waiting=True)
    save(alice, page_of(event), **{"workshops-0-capacity": "2"})
    assert kinds("Bob") == ["waiting", "moved_up"]


def test_moving_the_workshops_is_one_change(alice: Client, event: Event) -> None:
    factories.registered(event)
    slot = event.slots.get(kind="workshops")
    index = list(event.slots.all()).index(slot)
    start = timezone.localtime(slot.starts_at + timedelta(minutes=10)).strftime("%Y-%m-%dT%H:%M")
    save(alice, page_of(event), **{f"slots-{index}-starts_at": start})
    event.refresh_from_db()
    assert event.sequence == 1
    assert OutgoingMail.objects.count() == 1  # the worker tells it, when the quiet time is over


def test_a_key_is_made_from_the_title_and_stays(alice: Client, event: Event) -> None:
    add = "/admin/events/workshop/add/"
    slot = event.slots.get(kind="workshops")
    save(alice, add, slot=str(slot.pk), number="4", title="Straße & Öffentlichkeit")
    workshop = event.workshops.get(number=4)
    assert workshop.key == "strasse-offentlichkeit"
    save(alice, f"/admin/events/workshop/{workshop.pk}/change/", title="Etwas anderes")
    workshop.refresh_from_db()
    assert (workshop.title, workshop.key) == ("Etwas anderes", "strasse-offentlichkeit")
    save(alice, add, slot=str(slot.pk), number="5", title="Straße & Öffentlichkeit")
    assert event.workshops.get(number=5).key == "strasse-offentlichkeit-2"


def test_a_key_twice_is_refused_in_words(alice: Client, event: Event) -> None:
    address = f"/admin/events/workshop/{event.workshops.get(number=1).pk}/change/"
    response = alice.post(address, Fields(alice.get(address).content.decode()).data | {"key": "folklore"})
    assert "Ein anderer Workshop dieses Fachtags hat diesen Schlüssel." in response.content.decode()


def test_slots_taken_away_together_are_noted_in_calendars(alice: Client, db: None) -> None:
    event = factories.a_two_day_event()
    last = event.slots.latest("ends_at")
    action = {"action": "delete_selected", "_selected_action": [last.pk], "post": "yes"}
    assert alice.post("/admin/events/slot/", action).status_code == 302
    assert (event.slots.filter(pk=last.pk).exists(), Event.objects.get().sequence) == (False, 1)


def test_fewer_seats_than_guests_are_told(alice: Client, event: Event) -> None:
    for number in range(3):
        factories.registered(event, factories.guest(number))
    workshop = event.workshops.get(number=2)
    address = f"/admin/events/workshop/{workshop.pk}/change/"
    data = Fields(alice.get(address).content.decode()).data | {"capacity": "2"}
    page = alice.post(address, data, follow=True).content.decode()
    assert "3 Gäste haben einen Platz, es gibt aber nur 2. Niemand verliert seinen." in page

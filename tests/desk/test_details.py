"""What is said of an event, on short pages."""

import io
import re
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.timezone import localtime
from PIL import Image

from events.models import Event
from registration import booking, notices
from registration.booking import Choice, Pick
from registration.models import Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.pages import save
from tests.registration.test_booking import kinds

DETAILS = "/admin/fachtag/fachtag-demo/angaben/"
TIMES, PLACE, SEATS = f"{DETAILS}zeiten/", f"{DETAILS}ort/", f"{DETAILS}anmeldung/"
VENUE, OFFICE, LAW = f"{PLACE}adresse/", f"{DETAILS}veranstalter/", f"{DETAILS}rechtliches/"
ALL = (DETAILS, TIMES, PLACE, VENUE, SEATS, OFFICE, LAW)


def shown(client: Client, url: str) -> dict[str, Any]:
    """What a browser would send back of the form of this page."""
    response = client.get(url)
    form = response.context["attempt"].form
    sent: dict[str, Any] = {"version": response.context["attempt"].version}
    for bound in form:
        value = bound.value()
        if hasattr(bound.field.widget, "decompress"):
            for number, part in enumerate(bound.field.widget.decompress(value)):
                sent[f"{bound.html_name}_{number}"] = "" if part is None else str(part).removesuffix(":00")
        elif bound.field.widget.input_type == "checkbox" if hasattr(bound.field.widget, "input_type") else False:
            sent |= {bound.html_name: "on"} if value else {}
        elif bound.name not in {"image", "logo"}:
            sent[bound.html_name] = "" if value is None else str(value)
    return sent


@pytest.mark.parametrize("url", ALL)
def test_short_pages_that_store_nothing_new_as_they_are(log_in: LogIn, event: Event, url: str) -> None:
    client = log_in("lead")
    page = client.get(url).content.decode()
    assert page.count("<h1>") == 1
    names = set(re.findall(r'<(?:input|select|textarea)[^>]* name="(\w+?)(?:_[01])?"', page)) - {"csrfmiddlewaretoken"}
    assert len(names - {"version", "image-clear", "logo-clear"}) <= 12
    before: dict[str, Any] = dict(Event.objects.values().get())
    response = client.post(url, shown(client, url))
    assert (response.status_code, response.headers.get("Location")) == (302, url)
    changed = {name for name, value in Event.objects.values().get().items() if value != before[name]}
    assert changed <= {"changed_at"}


def test_the_seconds_of_a_deadline_stay_too(log_in: LogIn, event: Event) -> None:
    """The end of a day is shown without a time."""
    event.changes_close_at = event.registration_closes_at
    event.registration_opens_at = event.registration_closes_at - timedelta(days=30)
    event.save()
    assert localtime(event.registration_closes_at).second == 59
    before: dict[str, Any] = dict(Event.objects.values().get())
    slots = list(event.slots.values())
    save(log_in("editor"), TIMES)
    assert Event.objects.values().get() | {"changed_at": None} == before | {"changed_at": None}
    assert list(event.slots.values()) == slots


def test_what_other_shapes_of_an_event_need(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    entered = {"capacity": "120", "fee": "15 € bar", "price": "15", "queue_stops_hours": "48", "accept_within": "24"}
    save(client, SEATS, **entered)
    save(client, PLACE, venue="")
    save(client, DETAILS, listed=None)
    stored = Event.objects.values(*entered, "listed", "venue").get()
    assert {name: str(value) for name, value in stored.items()} == entered | {
        "price": "15.00",
        "listed": "False",
        "venue": "None",
    }


def test_texts(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    content = io.BytesIO()
    Image.new("RGB", (600, 300)).save(content, "PNG")
    picture = SimpleUploadedFile("haus.png", content.getvalue())
    sent = shown(client, DETAILS) | {"title": "Neuer Titel", "description": "**fett**", "image": picture}
    page = client.post(DETAILS, sent).content.decode()
    assert "Bitte sagen Sie in wenigen Worten, was das Bild zeigt." in page
    assert "Neuer Titel" in page
    picture.seek(0)
    client.post(DETAILS, sent | {"image_alt": "Ein Haus"})
    event.refresh_from_db()
    assert (event.title, event.image_alt, bool(event.image)) == ("Neuer Titel", "Ein Haus", True)
    page = client.get(DETAILS).content.decode()
    assert "<strong>fett</strong>" in page
    assert 'alt="Ein Haus"' in page


def test_the_address_stays_once_it_is_known(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    client.post(DETAILS, shown(client, DETAILS) | {"slug": "anders"})
    assert Event.objects.get().slug == "fachtag-demo"
    Event.objects.update(status="draft")
    response = client.post(DETAILS, shown(client, DETAILS) | {"slug": "anders"})
    assert response.headers["Location"] == "/admin/fachtag/anders/angaben/"
    refused = client.post(
        "/admin/fachtag/anders/angaben/", shown(client, response.headers["Location"]) | {"slug": "admin"}
    )
    assert "wählen Sie eine andere" in refused.content.decode()
    assert Event.objects.get().slug == "anders"


def test_the_first_day_takes_everything_along(log_in: LogIn, event: Event) -> None:
    before = [event.starts_at, event.ends_at, event.registration_closes_at]
    slots = list(event.slots.values_list("starts_at", "ends_at"))
    client = log_in("editor")
    day = event.first_day + timedelta(days=150)  # through a change of the clocks
    client.post(TIMES, shown(client, TIMES) | {"starts_at_0": day.isoformat()})
    event.refresh_from_db()
    after = [event.starts_at, event.ends_at, event.registration_closes_at]
    naive = [[localtime(one).replace(tzinfo=None) for one in moments] for moments in (before, after)]
    assert [b - a for a, b in zip(*naive, strict=True)] == [timedelta(days=150)] * 3
    moved = list(event.slots.values_list("starts_at", "ends_at"))
    assert [[localtime(one).time() for one in pair] for pair in moved] == [
        [localtime(one).time() for one in pair] for pair in slots
    ]
    assert {localtime(starts).date() for starts, _ends in moved} == {day}


def test_or_nothing_but_itself(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    slots = list(event.slots.values_list("starts_at", "ends_at"))
    sent = shown(client, TIMES) | {"starts_at_0": (event.first_day - timedelta(days=1)).isoformat()}
    del sent["takes_along"]
    assert client.post(TIMES, sent).status_code == 302
    assert list(event.slots.values_list("starts_at", "ends_at")) == slots
    ends_at = event.ends_at
    event.refresh_from_db()
    assert event.ends_at == ends_at


def test_a_date_alone_is_the_whole_day(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    day = event.first_day - timedelta(days=3)
    sent = {"registration_closes_at_0": f"{day:%d.%m.%Y}", "registration_closes_at_1": ""}
    client.post(TIMES, shown(client, TIMES) | sent | {"changes_close_at_0": str(day), "changes_close_at_1": "9"})
    event.refresh_from_db()
    assert localtime(event.registration_closes_at).strftime("%Y-%m-%d %H:%M:%S") == f"{day} 23:59:59"
    assert event.changes_close_at is not None
    assert localtime(event.changes_close_at).strftime("%Y-%m-%d %H:%M:%S") == f"{day} 09:00:00"


@pytest.mark.parametrize(
    ("sent", "field", "words"),
    [
        ({"ends_at_1": "7:00"}, "ends_at", "Der Fachtag muss nach seinem Beginn enden."),
        ({"starts_at_0": ""}, "starts_at", "Bitte"),
        ({"starts_at_1": "halb neun"}, "starts_at", "9:30"),
        ({"starts_at_0": "9999-12-31"}, "starts_at", "Bitte"),
        ({"starts_at_0": "2027-02-30"}, "starts_at", "Bitte"),
        ({"starts_at_0": "2027-03-28", "starts_at_1": "2:30"}, "starts_at", ""),
        ({"registration_closes_at_0": "2900-01-01"}, "registration_closes_at", ""),
        ({"reminder_days": "32768"}, "reminder_days", "32767"),
        ({"ends_at_0": "\x00"}, "ends_at", "Bitte"),
    ],
)
def test_wrong_times_are_said_where_they_stand(
    log_in: LogIn, event: Event, sent: dict[str, str], field: str, words: str
) -> None:
    client = log_in("editor")
    response = client.post(TIMES, shown(client, TIMES) | sent)
    errors = response.context["attempt"].form.errors
    assert (response.status_code, list(errors)) == (200, [field])
    assert words in " ".join(errors[field])
    assert Event.objects.get().starts_at == event.starts_at


def test_guests_hear_of_it_and_the_page_says_so(log_in: LogIn, event: Event, bob: Registration) -> None:
    client = log_in("editor")
    assert "1 Gast ist angemeldet." in client.get(TIMES).content.decode()
    client.post(TIMES, shown(client, TIMES) | {"starts_at_1": "7:30"})
    assert notices.announce(timezone.now() + timedelta(minutes=3))
    assert bob.mails.filter(kind="event_changed").exists()


def test_a_new_place_on_the_spot(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    refused = client.post(PLACE, shown(client, PLACE) | {"new_name": "Ratskeller"})
    assert set(refused.context["attempt"].form.errors) == {"new_street", "new_postal_code", "new_city"}
    new = {"new_name": "Ratskeller", "new_street": "Markt 1", "new_postal_code": "09599", "new_city": "Freiberg"}
    client.post(PLACE, shown(client, PLACE) | new)
    event.refresh_from_db()
    assert event.venue is not None
    assert event.venue.address == "Markt 1, 09599 Freiberg"
    client.post(VENUE, shown(client, VENUE) | {"access": "Ohne Stufen.", "latitude": "50,9266"})
    event.venue.refresh_from_db()
    assert (event.venue.access, float(event.venue.latitude or 0)) == ("Ohne Stufen.", 50.9266)


def test_online_only(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    client.post(PLACE, shown(client, PLACE) | {"venue": "", "livestream_url": "stream.example.org"})
    event.refresh_from_db()
    assert (event.venue, event.livestream_url) == (None, "https://stream.example.org")
    assert client.get(VENUE).headers["Location"] == PLACE


@pytest.mark.parametrize("key", ["0", "x", "99999999999999999999999", "\x00", "foreign"])
def test_no_place_of_another_office(log_in: LogIn, event: Event, foreign: Event, key: str) -> None:
    theirs = foreign.organiser.venues.create(name="Fremdes Haus", street="Weg 1", postal_code="1", city="Weit weg")
    Event.objects.filter(pk=foreign.pk).update(venue=theirs)
    client = log_in("editor")
    assert "Fremdes Haus" not in client.get(PLACE).content.decode()
    sent = shown(client, PLACE) | {"venue": str(theirs.pk) if key == "foreign" else key}
    assert list(client.post(PLACE, sent).context["attempt"].form.errors) == ["venue"]


def test_seats_and_fee(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    client.post(SEATS, shown(client, SEATS) | {"capacity": "80", "price": "12,50", "data_kept_days": "90"})
    event.refresh_from_db()
    assert (event.capacity, str(event.price), event.data_kept_days) == (80, "12.50", 90)
    assert "12,50" in client.get(SEATS).content.decode()
    bad = {"capacity": "-1", "price": "NaN", "data_kept_days": "99999", "fee": "\x00"}
    errors = client.post(SEATS, shown(client, SEATS) | bad).context["attempt"].form.errors
    assert set(errors) == set(bad)


def test_more_seats_move_the_queue_up_at_once(log_in: LogIn, event: Event) -> None:
    event.capacity = 1
    event.save()
    factories.fill(event, 2)
    when_full = Choice((Pick(factories.workshop(event, 2)),), waiting=True)
    booking.register(event, factories.BOB, when_full, timezone.now(), agreed=["recording"])
    save(log_in("editor"), SEATS, capacity="2")
    assert kinds("Bob") == ["waiting", "moved_up"]


def test_two_editors(log_in: LogIn, event: Event) -> None:
    client = log_in("editor")
    opened = shown(client, DETAILS)
    Event.objects.update(title="Von jemand anderem")
    response = client.post(DETAILS, opened | {"title": "Von mir"})
    assert response.status_code == 409
    page = response.content.decode()
    assert "Von jemand anderem" in page
    assert 'value="Von mir"' in page
    assert Event.objects.get().title == "Von jemand anderem"
    client.post(DETAILS, opened | {"title": "Von mir", "version": response.context["attempt"].version})
    assert Event.objects.get().title == "Von mir"


def test_who_leads_says_who_invites(log_in: LogIn, event: Event) -> None:
    client = log_in("lead")
    client.post(LAW, shown(client, LAW) | {"data_protection_email": "schutz@example.org"})
    event.organiser.refresh_from_db()
    assert event.organiser.data_protection_email == "schutz@example.org"
    refused = client.post(OFFICE, shown(client, OFFICE) | {"email": "nobody", "name": ""})
    assert set(refused.context["attempt"].form.errors) == {"email", "name"}


def test_the_look_of_the_house(log_in: LogIn, event: Event) -> None:
    client = log_in("lead")
    assert 'type="color"' in client.get(OFFICE).content.decode()
    client.post(OFFICE, shown(client, OFFICE) | {"brand_colour": "#7a1f3d"})
    event.organiser.refresh_from_db()
    assert event.organiser.brand_colour == "#7a1f3d"
    refused = client.post(OFFICE, shown(client, OFFICE) | {"brand_colour": "#ffff00"})
    assert "brand_colour" in refused.context["attempt"].form.errors


@pytest.mark.parametrize("url", ALL)
def test_a_page_costs_the_same_however_many_there_are(log_in: LogIn, event: Event, url: str) -> None:
    client = log_in("lead")
    client.get(url)
    counts = []
    for number in (1, 2):
        for guest in range(number):
            factories.registered(event, factories.guest(10 * number + guest))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(url)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14

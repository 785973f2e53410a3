"""An event without a place has none anywhere."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events import calendar
from events.models import Event
from events.templatetags.events import preview_url
from registration import mails, notices
from registration.calendar import own_entry
from registration.models import OutgoingMail
from tests import factories
from tests.events.test_calendar import SITE, values
from tests.events.test_facts import words_of
from tests.events.test_structured import SITE as RUNNING
from tests.events.test_structured import data
from tests.pages import save

PLACE = ("Brennstoffinstitut", "Halsbrücker", "OpenStreetMap", 'id="ort"', 'href="#ort"')


@pytest.fixture
def event(db: None) -> Event:
    return factories.an_open_event(venue=None)


@pytest.mark.parametrize("path", ["/", "/fachtag-demo/", "/fachtag-demo/anmeldung/", "/fachtag-demo/livestream/"])
def test_pages_say_online(client: Client, event: Event, path: str) -> None:
    page = client.get(path).content.decode()
    assert [place for place in PLACE if place in page] == []
    assert "Online" in words_of(page)
    assert "None" not in page


def test_a_card_says_online(client: Client, event: Event) -> None:
    factories.an_open_event("vorher", timezone.localdate() + timedelta(days=1))
    assert "Uhr, Online" not in (page := words_of(client.get("/").content.decode()))
    assert ", Online" in page.partition("Weitere Termine")[2]


def test_catering_is_still_said(client: Client, event: Event) -> None:
    assert "Für die Verpflegung der Teilnehmenden wird gesorgt." in client.get("/fachtag-demo/").content.decode()


def test_own_page_and_mail_name_no_place(client: Client, event: Event) -> None:
    bob = factories.registered(event)
    page, mail = client.get(bob.get_absolute_url()).content.decode(), factories.read(OutgoingMail.objects.get())
    assert [place for place in PLACE if place in page + mail] == []
    assert "Ort" not in words_of(page).split()
    assert "Ort:" not in mail


def test_the_placeholder_is_empty(event: Event) -> None:
    written = mails.preview(event, OutgoingMail.Kind.CONFIRMED, "Da", "Kommen Sie {place}!", timezone.now())
    assert written.plain.startswith("Kommen Sie!")


def test_a_place_that_is_taken_away_and_set_is_told_in_words(db: None) -> None:
    event = factories.an_open_event()
    factories.registered(event)
    venue, event.venue = event.venue, None
    address = "Deutsches Brennstoffinstitut (DBI), Halsbrücker Straße 34, 09599 Freiberg"
    for place, words in ((None, f"Ort: Online (bisher: {address})"), (venue, f"Ort: {address} (bisher: Online)")):
        event.venue = place
        event.save()
        notices.announce(timezone.now() + timedelta(hours=1))
        assert words in " ".join(factories.read(OutgoingMail.objects.latest("pk")).split())


def test_the_calendar_has_the_stream_and_no_place(event: Event) -> None:
    factories.registered(event)
    lena = factories.watching(event, factories.CHARLIE)
    for content in (calendar.entry(event, SITE), calendar.feed([event], SITE, "Fachtage"), own_entry(lena)):
        assert values(content, "LOCATION") == values(content, "GEO") == []
        assert len(values(content, "CONFERENCE")) == 1


def test_machines_read_online(client: Client, event: Event) -> None:
    found = data(client)
    assert found["eventAttendanceMode"] == "https://schema.org/OnlineEventAttendanceMode"
    stream = {"@type": "VirtualLocation", "url": f"{RUNNING}/fachtag-demo/livestream/"}
    assert found["location"] == stream
    assert [part["location"] for part in found["subEvent"]] == [stream] * 13
    event.livestream_offered = False
    event.save()
    assert data(client)["location"]["url"] == f"{RUNNING}/fachtag-demo/"


def test_the_preview_picture_says_online(client: Client, event: Event) -> None:
    with_place = factories.an_open_event("mit-ort")
    pictures = [client.get(preview_url(found)).content for found in (event, with_place)]
    assert len(set(pictures)) == 2


def test_organisers_read_online(alice: Client, event: Event) -> None:
    desk = f"/admin/fachtag/{event.slug}/"
    assert ">Online</td>" in alice.get("/admin/events/event/").content.decode()
    assert alice.get(desk).status_code == 200
    assert ">nur online<" in alice.get(f"{desk}angaben/ort/").content.decode().lower()
    save(alice, f"{desk}angaben/ort/")
    event.refresh_from_db()
    assert event.venue is None

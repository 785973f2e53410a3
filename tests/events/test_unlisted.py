"""An unlisted event is there for those who know its address, and for no search engine."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from events.templatetags.events import preview_url
from tests import factories
from tests.conftest import Payload

PAGES = ("/fachtag-demo/", "/fachtag-demo/anmeldung/", "/fachtag-demo/livestream/")
FILES = ("/fachtag-demo/vorschau.png", "/fachtag-demo/kalender.ics")


@pytest.fixture
def event(db: None) -> Event:
    return factories.an_open_event(listed=False, title="Nur für Geladene")


def robots(client: Client, address: str) -> tuple[str | None, list[str]]:
    """What the header and the page tell a search engine."""
    response = client.get(address)
    assert response.status_code == 200
    page = "" if address in FILES else response.content.decode()
    return response.get("X-Robots-Tag"), re.findall('<meta name="robots" content="(.+?)">', page)[:1]


@pytest.mark.parametrize("address", PAGES)
def test_its_pages_are_for_no_index(client: Client, event: Event, address: str) -> None:
    assert robots(client, address) == ("noindex", ["noindex"])


@pytest.mark.parametrize("address", FILES)
def test_its_files_are_for_no_index(client: Client, event: Event, address: str) -> None:
    assert robots(client, address) == ("noindex", [])
    assert preview_url(event).startswith(FILES[0])


@pytest.mark.parametrize("address", [*PAGES[:2], *FILES])
def test_a_listed_event_is_for_every_index(client: Client, db: None, address: str) -> None:
    factories.an_open_event()
    assert robots(client, address) == (None, [])


def test_what_comes_back_from_the_form_is_too(client: Client, event: Event, payload: Payload) -> None:
    refused = client.post("/fachtag-demo/anmeldung/", payload(first_name=""))
    assert (refused.status_code, refused["X-Robots-Tag"]) == (422, "noindex")
    without_cookie = Client(enforce_csrf_checks=True).post("/fachtag-demo/anmeldung/", payload())
    assert (without_cookie.status_code, without_cookie["X-Robots-Tag"]) == (422, "noindex")
    assert client.post("/fachtag-demo/anmeldung/", payload()).status_code == 302


@pytest.mark.parametrize("address", ["/", "/kalender.ics", "/sitemap.xml"])
@pytest.mark.parametrize("days", [60, -60])
def test_nothing_leads_to_it(client: Client, event: Event, address: str, days: int) -> None:
    shown = factories.an_open_event("gelistet", timezone.localdate() + timedelta(days=days), title="Für alle")
    hidden = factories.an_open_event(
        "verborgen", timezone.localdate() + timedelta(days=days), listed=False, title="Geheim"
    )
    page = client.get(address, headers={"host": "localhost"}).content.decode()
    assert [name for name in (shown.title, "gelistet") if name in page] != []
    assert [name for name in (event.title, event.slug, hidden.title, hidden.slug) if name in page] == []


@pytest.mark.parametrize(
    ("status", "listed", "published", "found"),
    [("published", True, 1, 1), ("published", False, 1, 0), ("draft", True, 0, 0), ("draft", False, 0, 0)],
)
def test_listed_and_published(db: None, status: str, listed: bool, published: int, found: int) -> None:
    factories.an_open_event(status=status, listed=listed)
    assert (Event.objects.published().count(), Event.objects.listed().count()) == (published, found)

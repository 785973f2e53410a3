"""schema.org Event as JSON-LD (J1 to J6), and what else machines read."""

import json
import re
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from tests import factories

SITE = "http://127.0.0.1:8000"


def data(client: Client, url: str = "/fachtag-demo/") -> dict[str, Any]:
    [found] = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', client.get(url).content.decode(), re.DOTALL
    )
    parsed = json.loads(found)
    assert isinstance(parsed, dict)
    return parsed


def test_it_works(client: Client, past_event: Event) -> None:
    found = data(client, "/fachtag-2021/")
    assert found["@type"] == "Event"
    assert found["name"] == "6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen"
    assert (found["startDate"], found["endDate"]) == ("2021-10-07T08:30:00+02:00", "2021-10-07T16:00:00+02:00")
    assert found["location"][0]["address"] == {
        "@type": "PostalAddress",
        "streetAddress": "Halsbrücker Straße 34",
        "postalCode": "09599",
        "addressLocality": "Freiberg",
        "addressCountry": "DE",
    }
    assert found["description"] == past_event.teaser
    assert found["organizer"]["name"] == "Landratsamt Mittelsachsen"
    assert (found["url"], found["inLanguage"]) == (f"{SITE}/fachtag-2021/", "de")
    assert "image" not in found


def test_j2_attendance(client: Client, event: Event) -> None:
    found = data(client)
    assert found["eventAttendanceMode"] == "https://schema.org/MixedEventAttendanceMode"
    assert [place["@type"] for place in found["location"]] == ["Place", "VirtualLocation"]
    assert found["location"][1]["url"] == f"{SITE}/fachtag-demo/livestream/"
    event.livestream_offered = False
    event.save()
    assert data(client)["eventAttendanceMode"] == "https://schema.org/OfflineEventAttendanceMode"


def test_j3_status(client: Client, event: Event) -> None:
    assert data(client)["eventStatus"] == "https://schema.org/EventScheduled"
    before, event.starts_at = event.starts_at, event.starts_at - timedelta(hours=1)
    event.save()
    found = data(client)
    assert found["eventStatus"] == "https://schema.org/EventRescheduled"
    assert found["previousStartDate"] == timezone.localtime(before).isoformat()
    for status, name in (("postponed", "EventPostponed"), ("cancelled", "EventCancelled")):
        event.status = Event.Status(status)
        event.save()
        assert data(client)["eventStatus"] == f"https://schema.org/{name}"


def test_j4_offers(client: Client, event: Event, past_event: Event) -> None:
    offer = data(client)["offers"]
    assert (offer["price"], offer["priceCurrency"]) == ("0", "EUR")
    assert offer["availability"] == "https://schema.org/InStock"
    assert offer["validThrough"] == timezone.localtime(event.registration_closes_at).isoformat()
    assert data(client)["isAccessibleForFree"] is True
    assert "offers" not in data(client, "/fachtag-2021/")
    for number in (1, 2, 3):
        factories.fill(event, number)
    assert data(client)["offers"]["availability"] == "https://schema.org/InStock"  # the livestream
    event.livestream_offered = False
    event.save()
    assert data(client)["offers"]["availability"] == "https://schema.org/SoldOut"


def test_j5_people_and_parts(client: Client, event: Event) -> None:
    found = data(client)
    people = {person["name"]: person for person in found["performer"]}
    assert len(people) == 11
    assert people["Annett Schrenk"] == {
        "@type": "Person",
        "name": "Annett Schrenk",
        "jobTitle": "Ausländerbeauftragte des Landkreises Mittelsachsen",
    }
    group = "Vertreterinnen und Vertreter mittelsächsischer Migrantenorganisationen"
    assert people[group]["@type"] == "PerformingGroup"
    assert len(found["subEvent"]) == 10 + 3
    assert all("T" in part["startDate"] for part in found["subEvent"])


def test_j5_days_and_parts_with_their_own_times(client: Client, db: None) -> None:
    factories.a_two_day_event(first_day=date(2094, 1, 28))
    found = data(client, "/zwei-tage/")
    assert (found["startDate"], found["endDate"]) == ("2094-01-28T08:30:00+01:00", "2094-01-29T14:00:00+01:00")
    parts = {part["name"]: (part["startDate"][:16], part["endDate"][:16]) for part in found["subEvent"]}
    assert len(found["subEvent"]) == 10 + 7 + 3 + 3
    assert parts["Was Menschen erzählen"] == ("2094-01-29T11:15", "2094-01-29T12:15")
    assert parts["Sprache im Betrieb"] == parts["Vertiefung in Workshops"] == ("2094-01-29T09:15", "2094-01-29T10:45")
    assert parts["Abendessen mit Musik aus Mittelsachsen"] == ("2094-01-28T18:00", "2094-01-28T21:30")


def test_j6_no_title_closes_the_element(client: Client, event: Event) -> None:
    event.title = "</script><script>alert(1)</script>\u2028<!--"
    event.save()
    assert data(client)["name"] == event.title
    assert "<script>alert" not in client.get("/fachtag-demo/").content.decode()


def test_open_graph_and_canonical(client: Client, event: Event) -> None:
    html = client.get("/fachtag-demo/?utm_source=x").content.decode()
    assert f'<link rel="canonical" href="{SITE}/fachtag-demo/">' in html
    assert f'<meta property="og:url" content="{SITE}/fachtag-demo/">' in html
    assert f'<meta property="og:title" content="{event.title}">' in html
    assert f'<meta property="og:image" content="{SITE}/fachtag-demo/vorschau.png?v=' in html
    assert '<link rel="alternate" type="text/calendar" href="/kalender.ics"' in html


def test_sitemap(client: Client, event: Event, past_event: Event) -> None:
    factories.an_open_event("entwurf", status="draft")
    root = ElementTree.fromstring(client.get("/sitemap.xml", headers={"host": "localhost"}).content)  # noqa: S314
    assert {element.text for element in root.iter() if element.tag.endswith("loc")} == {
        f"{SITE}{path}"
        for path in ("/", "/fachtag-demo/", "/fachtag-2021/", "/impressum/", "/datenschutz/", "/barrierefreiheit/")
    }


def test_robots_and_security(client: Client, event: Event) -> None:
    assert (
        client.get("/robots.txt").content.decode() == f"User-agent: *\nDisallow: /admin/\nSitemap: {SITE}/sitemap.xml\n"
    )
    lines = client.get("/.well-known/security.txt").content.decode().splitlines()
    assert lines[0] == "Contact: mailto:integration@landkreis-mittelsachsen.de"
    expires = timezone.datetime.fromisoformat(lines[1].removeprefix("Expires: "))  # type: ignore[attr-defined]
    assert timedelta(days=90) < expires - timezone.now() < timedelta(days=366)


def test_security_without_anybody(client: Client, db: None) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_pages_leave_compressed(client: Client, event: Event, coding: str) -> None:
    response = client.get("/fachtag-demo/", headers={"accept-encoding": coding})
    assert response.headers.get("Content-Encoding", "identity") == coding
    if coding != "identity":
        assert "Accept-Encoding" in response["Vary"]
        assert len(response.content) < 14_336
        again = client.get("/fachtag-demo/", headers={"accept-encoding": coding, "if-none-match": response["ETag"]})
        assert again.status_code == 304

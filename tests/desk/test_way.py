"""From nothing to published, page by page."""

import re

import pytest
from django.test import Client

from events.models import Event, Venue
from registration.desk.way import PAGES, STEPS
from tests.desk.conftest import LogIn
from tests.desk.test_beginning import NEW, sent
from tests.desk.test_details import shown

DRAFT = "/admin/fachtag/fachtag-ehrenamt/"
PUBLISH = f"{DRAFT}veroeffentlichen/?schritt"


def begin(lead: Client) -> Event:
    lead.post(NEW, sent())
    return Event.objects.get(slug="fachtag-ehrenamt")


def line(page: str) -> str:
    found = re.search('id="way">([^<]+)<', page)
    return found[1] if found else ""


def pressed(client: Client, url: str, **changes: str) -> str:
    """Where saving a page of details leads to."""
    location: str = client.post(url, shown(client, url) | changes).headers["Location"]
    return location


def test_saving_leads_from_page_to_page(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    assert line(lead.get(NEW).content.decode()) == "Schritt 1 von 5: Was und wann"
    url = lead.post(NEW, sent()).headers["Location"]
    lines, walked = [], []
    while not url.endswith("/veroeffentlichen/?schritt"):
        response = lead.get(url)
        page = response.content.decode()
        walked.append(url.removeprefix(DRAFT))
        lines.append(line(page))
        assert page.count('aria-current="step"') == 1
        if response.context.get("attempt"):
            assert "Speichern und weiter" in page
            url = pressed(lead, url, livestream_offered="on") if "/ort/" in url else pressed(lead, url)
        else:
            [url] = re.findall('<a class="button main" href="([^"]+)">Weiter</a>', page)
    assert [*zip(lines, walked, strict=True)] == [
        ("Schritt 1 von 5: Was und wann", "angaben/?schritt"),
        ("Schritt 2 von 5: Ort und Livestream", "angaben/ort/?schritt"),
        ("Schritt 3 von 5: Programm und Workshops", "programm/?schritt"),
        ("Schritt 4 von 5: Anmeldung und Plätze", "angaben/anmeldung/?schritt"),
        ("Schritt 4 von 5: Anmeldung und Plätze", "angaben/zeiten/?schritt"),
        ("Schritt 5 von 5: Fragen und Einwilligungen", "fragen/?schritt"),
    ]
    assert line(lead.get(url).content.decode()) == "Nach 5 Schritten: Prüfen und veröffentlichen"


def test_a_new_place_is_described_next_and_workshops_are_there_where_a_round_is(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    draft = begin(lead)
    new = {"new_name": "Rathaus", "new_street": "Markt 1", "new_postal_code": "09599", "new_city": "Freiberg"}
    url = pressed(lead, f"{DRAFT}angaben/ort/?schritt", **new)
    assert url == f"{DRAFT}angaben/ort/adresse/?schritt"
    assert line(lead.get(url).content.decode()) == "Schritt 2 von 5: Ort und Livestream"
    assert pressed(lead, url, arrival="Mit dem Bus.") == f"{DRAFT}programm/?schritt"
    assert Venue.objects.get(name="Rathaus").arrival == "Mit dem Bus."
    assert pressed(lead, f"{DRAFT}angaben/ort/?schritt") == f"{DRAFT}programm/?schritt"
    draft.slots.create(kind="workshops", title="Workshops", starts_at=draft.starts_at, ends_at=draft.ends_at)
    assert f'href="{DRAFT}workshops/?schritt">Weiter<' in lead.get(f"{DRAFT}programm/?schritt").content.decode()


def test_what_is_added_on_the_way_leads_back_to_it(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    begin(lead)
    for step, more in (("programm", "programm/neu"), ("programm", "programm/schnell"), ("fragen", "fragen/neu")):
        assert f'href="{DRAFT}{more}/?schritt' in lead.get(f"{DRAFT}{step}/?schritt").content.decode()
        assert f'href="{DRAFT}{step}/?schritt' in lead.get(f"{DRAFT}{more}/?schritt").content.decode()
    text = {"text": "9:00 Ankommen\n10:00 Workshops\n11:00 Ende"}
    page = lead.post(f"{DRAFT}programm/schnell/?schritt", text)
    stored = text | {"shown": page.context["form"].fingerprint, "store": "1"}
    assert lead.post(f"{DRAFT}programm/schnell/?schritt", stored).headers["Location"] == f"{DRAFT}programm/?schritt"


def test_who_invites_is_asked_for_by_the_check_and_leads_back_to_it(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    begin(lead)
    event.organiser.data_protection_email = ""
    event.organiser.save()
    page = lead.get(PUBLISH).content.decode()
    assert f'href="{DRAFT}angaben/rechtliches/?schritt"' in page
    office = f"{DRAFT}angaben/rechtliches/?schritt"
    assert line(lead.get(office).content.decode()) == "Nach 5 Schritten: Prüfen und veröffentlichen"
    assert pressed(lead, office, data_protection_email="dsb@example.org") == PUBLISH


def test_steps_say_what_is_done_and_what_is_missing(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    draft = begin(lead)

    def words(url: str) -> list[str]:
        found = lead.get(url).content.decode().split('<nav class="way"')[1].split("</nav>")[0]
        return re.findall("<small>([^<]+)<", found)

    assert words(f"{DRAFT}angaben/?schritt") == []
    assert words(f"{DRAFT}fragen/?schritt") == ["erledigt", "es fehlt noch etwas", "es fehlt noch etwas", "erledigt"]
    draft.livestream_offered = True
    draft.save()
    draft.slots.create(kind="talk", title="Vortrag", starts_at=draft.starts_at, ends_at=draft.ends_at)
    assert words(PUBLISH) == ["erledigt"] * len(STEPS)
    assert "es fehlt noch etwas" not in lead.get(DRAFT).content.decode()


def test_who_may_not_publish_ends_at_the_overview(log_in: LogIn, event: Event) -> None:
    begin(log_in("lead"))
    page = log_in("editor").get(f"{DRAFT}fragen/?schritt").content.decode()
    assert f'href="{DRAFT}">Weiter<' in page
    assert "veroeffentlichen" not in page


@pytest.mark.parametrize(
    "page", ["angaben/", "angaben/ort/", "programm/", "workshops/", "fragen/", "veroeffentlichen/"]
)
def test_without_the_sign_pages_are_as_always(log_in: LogIn, event: Event, page: str) -> None:
    lead = log_in("lead")
    begin(lead)
    found = lead.get(f"{DRAFT}{page}").content.decode()
    assert ("von 5" in found, "weiter</button>" in found, "?schritt" in found) == (False, False, False)
    published = lead.get(f"/admin/fachtag/fachtag-demo/{page}?schritt").content.decode()
    assert ("von 5" in published, "weiter</button>" in published, "?schritt" in published) == (False, False, False)


def test_what_is_wrong_does_not_lead_on(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    begin(lead)
    for sign in ("?schritt", "?schritt=99&schritt=x"):
        url = f"{DRAFT}angaben/{sign}"
        response = lead.post(url, shown(lead, url) | {"title": ""})
        assert (response.status_code, line(response.content.decode())) == (200, "Schritt 1 von 5: Was und wann")


def test_every_page_has_one_step() -> None:
    assert len(PAGES) == len(set(PAGES)) == 8

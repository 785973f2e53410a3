"""The desk for everybody who works at it: every page of it, light and dark, at a screen and on a phone."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from registration.desk.urls import help_pages, new_pages, own_pages, pages, team_pages
from tests import factories
from tests.browser.test_for_everybody import ALL_RULES
from tests.browser.test_registering import fill_in
from tests.desk.test_fast import PROGRAMME_TEXT
from tests.running import RunningSite

SLUG = "fachtag-demo"
# What is only for sending something, and what a factor must be there for (tests/browser/test_passkeys.py has one).
POST_ONLY = {"event_many", "account_end", "second_factor_remove", "team_invitation"}
DOWNLOADS = {"event_guest_list_blank"}

# An event with all that a page of the desk can be about.
_MAKE = """
import json
from uuid import uuid4
from django.utils import timezone
from events.models import Event
from registration import booking, messages
from registration.booking import Choice, Guest
event, now = Event.objects.get(slug="fachtag-demo"), timezone.now()
for number, name in enumerate(["Frida", "Bob", "Änne", "Charlie"]):
    guest = Guest(name, "Schmidt-Müller", f"{name.lower().replace('ä', 'ae')}@example.org", "Amt für Übergänge")
    choice = Choice.of(event.workshops.get(number=number)) if number else Choice(livestream=True)
    found = booking.register(event, guest, choice, now, agreed=["recording"], answered={"needs": "Eine Rampe"})
from django.contrib.auth.models import User
from registration import history
from registration.history import Difference
from registration.models import Inquiry
text = "Erste Zeile\\nZweite Zeile"
changes = ["Name oder Adresse berichtigt", Difference("Titel", "Alt", "Neu"), Difference("Text", text, f"{text} neu")]
for subject in (event, found.registration):
    history.record(User.objects.all()[0], subject, changes, now)
key = found.registration.pk
draft, sent = (
    event.messages.create(pk=one, group="all", subject="Neuer Raum", text="Hallo {name}, {seat}", changed_at=now)
    for one in (key, key + 1)
)
[everybody] = [group for group in messages.groups(event, now, with_needs=False) if group.key == "all"]
messages.confirm(sent, messages.seen(sent, everybody), "alice", now, with_needs=False)
messages.stop(sent, "alice", now)
inquiry = Inquiry.objects.create(
    organiser=event.organiser, email="eva@example.org", message="Parkplätze?", sent_in_at=now, form_number=uuid4()
)
emil = User.objects.create_user("emil", is_staff=True).memberships.create(organiser=event.organiser, role="editor")
print(json.dumps({
    "gaeste": key, "nachrichten": key, "anfragen": inquiry.pk, "team": emil.pk,
    "einwilligung": event.consent_requests.first().pk,
    "programm": event.slots.first().pk, "workshops": event.workshops.first().pk, "fragen": event.questions.first().pk,
}))
"""


def filled(site: RunningSite) -> dict[str, int]:
    """Make it, and give the key of one of each kind, by the part of an address before it."""
    keys: dict[str, int] = json.loads(site.manage("shell", "-v0", "-c", _MAKE))
    return keys


@pytest.fixture(scope="session")
def addresses(site: RunningSite) -> list[str]:
    """Every page of the desk that can be opened."""
    keys = filled(site)
    words = {"<slug:slug>": SLUG, "<slug:kind>": "confirmed", "<slug:what>": "gaeste", "<slug:key>": "gaeste"}
    left_out = POST_ONLY | DOWNLOADS
    listed = [*new_pages, *pages, *own_pages, *team_pages, *help_pages]
    found = [pattern for pattern, _view, name in listed if name not in left_out]
    for word, value in words.items():
        found = [pattern.replace(word, value) for pattern in found]
    found = [re.sub("([a-z]+)/<int:[a-z]+>", lambda part: f"{part[1]}/{keys[part[1]]}", pattern) for pattern in found]
    return ["", *found, f"fachtag/{SLUG}/nachrichten/{keys['nachrichten'] + 1}/"]


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    browser: Browser, site: RunningSite, addresses: list[str], scheme: Any, width: int
) -> None:
    page = at_the_desk(browser, site, color_scheme=scheme, viewport={"width": width, "height": 844})
    wrong = {}
    for address in addresses:
        answer = page.goto(f"{site.url}/admin/{address}")
        found = [
            (rule["id"], rule["nodes"][0]["html"][:120])
            for rule in Axe().run(page, options=ALL_RULES).response["violations"]
        ]
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if found or overflow > 0 or answer is None or answer.status != 200:
            wrong[address] = (answer and answer.status, found, overflow)
    assert wrong == {}


def at_the_desk(browser: Browser, site: RunningSite, **settings: Any) -> Page:
    """A page of somebody who is logged in."""
    context = browser.new_context(locale="de-DE", **settings)
    name, value = site.log_in()
    context.add_cookies([{"name": name, "value": value, "url": site.url}])
    return context.new_page()


def test_three_clicks_move_a_guest(browser: Browser, site: RunningSite, addresses: list[str]) -> None:
    page = at_the_desk(browser, site, java_script_enabled=False)
    page.goto(f"{site.url}/admin/fachtag/{SLUG}/gaeste/?q=aenne")
    page.get_by_label("Wählen: Änne Schmidt-Müller").check()
    page.get_by_role("button", name="Verlegen").click()
    page.get_by_role("button", name="Nach 3 verlegen").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Änne Schmidt-Müller ist jetzt in Workshop 3"))


@pytest.mark.parametrize("width", [1280, 390])
def test_a_list_for_paper(browser: Browser, site: RunningSite, addresses: list[str], width: int) -> None:
    page = at_the_desk(browser, site, viewport={"width": width, "height": 844})
    page.goto(f"{site.url}/admin/fachtag/{SLUG}/gaeste/")
    page.get_by_label("Gäste dieser Ansicht auswählen").check()
    page.get_by_role("button", name="Drucken").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Gästeliste")
    assert Axe().run(page, options=ALL_RULES).response["violations"] == []
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    page.emulate_media(media="print", color_scheme="dark")
    for hidden in ("header", "main nav", "main > p", ".paper h1", ".paper .act"):
        expect(page.locator(hidden).first).to_be_hidden()
    look = "element => ['display', 'breakInside', 'color'].map(name => getComputedStyle(element)[name])"
    assert page.locator("thead").evaluate(look)[0] == "table-header-group"
    assert page.locator("tbody tr").first.evaluate(look) == ["table-row", "avoid", "rgb(0, 0, 0)"]
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # As many rows as fifty guests have.
    page.evaluate(
        "() => { const rows = document.querySelector('tbody'), [row] = rows.children;"
        " rows.replaceChildren(...Array.from({length: 50}, () => row.cloneNode(true))); }"
    )
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", printed)) == 2


def test_the_head_of_a_page_is_low_on_a_phone(browser: Browser, site: RunningSite, addresses: list[str]) -> None:
    """Its rows scroll by themselves, to the page where one is, and by keyboard."""
    page = at_the_desk(browser, site, viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/admin/fachtag/{SLUG}/verlauf/")
    head, tab = page.locator("body > header"), page.locator(".event nav [aria-current]")
    assert head.evaluate("element => element.offsetHeight") <= 200
    expect(tab).to_be_in_viewport(ratio=1)
    expect(tab).to_have_text("Verlauf")
    first = page.locator(".event nav a").first
    assert first.evaluate("element => element.offsetHeight") >= 44
    expect(first).not_to_be_in_viewport()
    first.focus()
    expect(first).to_be_in_viewport(ratio=1)


def test_the_real_event_from_nothing(browser: Browser, site: RunningSite) -> None:
    """All that was announced in 2021 is entered step by step on at most twelve pages of at most 25 fields, and
    published."""
    page = at_the_desk(browser, site, java_script_enabled=False)
    first_day = date.today() + timedelta(days=60)
    fields: list[int] = []

    def fill(button: str = "Speichern und weiter", **values: str) -> None:
        """Fill in the page that is open, and send it off."""
        fields.append(page.locator("main :is(input:not([type=hidden]), select, textarea):visible").count())
        for name, value in values.items():
            field = page.locator(f"main [name={name}]")
            if value == "on":
                field.check()
            elif field.evaluate("field => field.localName") == "select":
                field.select_option(value)
            else:
                field.fill(value)
        page.get_by_role("button", name=button, exact=True).click()

    def at(step: str) -> None:
        """This is where the way has led; without a script."""
        expect(page.get_by_role("navigation", name=step, exact=True)).to_be_visible()

    def go_on() -> None:
        page.get_by_role("link", name="Weiter", exact=True).click()

    nobody_named = "from events.models import Organiser; Organiser.objects.update(data_protection_email='')"
    site.manage("shell", "-v0", "-c", nobody_named)
    page.goto(f"{site.url}/admin/")
    page.get_by_role("link", name="Neuer Fachtag").click()
    fill(
        "Entwurf anlegen",
        title="7. Fachtag: Integrationsarbeit Mittelsachsen",
        day=first_day.isoformat(),
        begins="8:30",
        ends="16:00",
    )
    at("Schritt 1 von 5: Was und wann")
    fill(
        teaser="Die Fachtagung bietet die Möglichkeit, ein Resümee zu ziehen.",
        description="Der Landkreis Mittelsachsen blickt auf fünf Jahre Integrationsarbeit zurück.",
        catering="Für die Verpflegung der Teilnehmenden wird gesorgt.",
        change_note="Änderungen des Ablaufes und der Referierenden vorbehalten.",
    )
    at("Schritt 2 von 5: Ort und Livestream")
    fill(
        new_name="Deutsches Brennstoffinstitut, Haus 2",
        new_street="Halsbrücker Straße 34",
        new_postal_code="09599",
        new_city="Freiberg",
        livestream_offered="on",
        recording="Eine Teilnahme setzt die Einwilligung zur Aufzeichnung voraus.",
    )
    fill(arrival="Mit der Stadtverkehrslinie D bis Halsbrücker Straße.")
    at("Schritt 3 von 5: Programm und Workshops")
    page.get_by_role("link", name="als Text").click()
    fill("Zeigen, was verstanden wird", text=PROGRAMME_TEXT.replace("25 Plätze\n", ""))
    page.get_by_role("button", name="So ins Programm übernehmen").click()
    go_on()
    for title in ("1. Mittelsachsen integriert", "2. Darf es etwas mehr", "3. Beschäftigung"):
        page.get_by_role("link", name=re.compile(f"^{title}")).click()
        fill("Speichern", capacity="25")
    go_on()
    at("Schritt 4 von 5: Anmeldung und Plätze")
    fill()
    fill(registration_closes_at_0=(first_day - timedelta(days=13)).isoformat())
    at("Schritt 5 von 5: Fragen und Einwilligungen")
    page.get_by_role("link", name="Einwilligung hinzufügen").click()
    fill(
        "Speichern",
        purpose="recording",
        kind="required",
        wording=factories.RECORDING,
        alternative=factories.ALTERNATIVE,
    )
    go_on()
    at("Nach 5 Schritten: Prüfen und veröffentlichen")
    page.get_by_role("link", name=re.compile("^Nachtragen")).click()
    fill(data_protection_email="datenschutz@example.org")
    page.get_by_role("button", name="Veröffentlichen …").click()
    page.get_by_role("button", name="Jetzt veröffentlichen").click()
    expect(page.get_by_role("status")).to_have_text("Der Fachtag ist veröffentlicht.")
    assert len(fields) <= 12
    assert max(fields) <= 25

    page.get_by_role("link", name="Öffentliche Seite ansehen").click()
    for words in ("Come together", "Migrantisches Leben in Mittelsachsen", "Auswertung der Workshop-Ergebnisse"):
        expect(page.get_by_role("heading", name=words)).to_be_visible()
    for name in ("Jennifer Diehl", "Emiliano Chaimite", "Antje Dorn", "Sondos Saquran"):
        expect(page.get_by_text(name).first).to_be_visible()
    expect(page.get_by_text("noch 25 von 25 Plätzen frei")).to_have_count(3)
    page.get_by_role("link", name="Jetzt anmelden").first.click()
    fill_in(page, "Erste")
    page.get_by_role("button", name="Verbindlich anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind angemeldet.")


def test_three_clicks_and_a_date_copy_a_past_event(browser: Browser, site: RunningSite) -> None:
    page = at_the_desk(browser, site, java_script_enabled=False)
    page.goto(f"{site.url}/admin/")
    page.get_by_role("article").filter(has_text="7. Oktober 2021").get_by_role("link", name="6. Fachtag").click()
    page.get_by_role("link", name="Kopieren").click()
    page.get_by_label("Erster Tag").fill((date.today() + timedelta(days=90)).isoformat())
    page.get_by_role("button", name="Jetzt kopieren").click()
    expect(page.get_by_role("status")).to_contain_text("Das ist die Kopie, ein Entwurf")
    page.get_by_role("link", name="Programm", exact=True).click()
    for words in ("Come together", "Migrantisches Leben in Mittelsachsen", "Auswertung der Workshop-Ergebnisse"):
        expect(page.get_by_role("heading", name=words).first).to_be_visible()

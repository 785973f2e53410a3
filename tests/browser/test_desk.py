"""The desk for everybody who works at it: every page of it, light and dark, at a screen and on a phone."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from registration.desk.urls import help_pages, own_pages, pages
from tests.browser.test_for_everybody import ALL_RULES
from tests.running import RunningSite

SLUG = "fachtag-demo"
# What is only for sending something, and what a factor must be there for (tests/browser/test_passkeys.py has one).
POST_ONLY = {"event_many", "account_end", "second_factor_remove"}

# An event with all that a page of the desk can be about.
_MAKE = """
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
text = "Erste Zeile\\nZweite Zeile"
changes = ["Name oder Adresse berichtigt", Difference("Titel", "Alt", "Neu"), Difference("Text", text, f"{text} neu")]
for subject in (event, found.registration):
    history.record(User.objects.all()[0], subject, changes, now)
key = found.registration.pk
draft, sent = (
    event.messages.create(pk=one, group="all", subject="Neuer Raum", text="Hallo {name}, {seat}", changed_at=now)
    for one in (key, key + 1)
)
[everybody] = [group for group in messages.groups(event, with_needs=False) if group.key == "all"]
messages.confirm(sent, messages.seen(sent, everybody), "alice", now, with_needs=False)
messages.stop(sent, "alice", now)
print(key)
"""


@pytest.fixture(scope="session")
def addresses(site: RunningSite) -> list[str]:
    """Every page of the desk that can be opened."""
    guest = site.manage("shell", "-v0", "-c", _MAKE).strip()
    found = [pattern for pattern, _view, name in [*pages, *own_pages] if name not in POST_ONLY]
    found += [pattern.replace("<slug:key>", "gaeste") for pattern, _view, _name in help_pages]
    found.append(f"fachtag/{SLUG}/nachrichten/{int(guest) + 1}/")
    return ["", *(re.sub("<int:[a-z]+>", guest, pattern.replace("<slug:slug>", SLUG)) for pattern in found)]


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

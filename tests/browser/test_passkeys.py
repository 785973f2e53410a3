"""Passkeys, with a device that Chromium plays: made, given as the second factor, and given to remove another."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import PASSWORD, RunningSite

_MAKE = """
from django.contrib.auth.models import User
User.objects.filter(username="dora").delete()
User.objects.create_user("dora", password="{}", is_staff=True)
"""

ACCOUNT = "/admin/konto/zweiter-faktor/"


@pytest.fixture
def page(browser: Browser, site: RunningSite) -> Iterator[Page]:
    """A browser with a device, at a host for which passkeys may be made; it complains of nothing."""
    context = browser.new_context(locale="de-DE", base_url=site.url.replace("127.0.0.1", "localhost"))
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options | {"automaticPresenceSimulation": True}})
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(f"{message.text} {message.location['url']}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    # The browser may ask for /favicon.ico before it has read that the icon stands elsewhere.
    assert [complaint for complaint in complaints if not complaint.endswith("/favicon.ico")] == []
    context.close()


@pytest.fixture
def dora(site: RunningSite) -> None:
    site.manage("shell", "-v0", "-c", _MAKE.format(PASSWORD))


def log_in(page: Page, *, to: str = ACCOUNT) -> None:
    page.goto(f"/admin/login/?next={to}")
    page.get_by_label("Benutzername").fill("dora")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()


def test_a_passkey(page: Page, dora: None) -> None:
    log_in(page)
    page.get_by_role("link", name="Passkey einrichten").click()
    page.get_by_label("Name").fill("Diensthandy")
    page.get_by_role("button", name="Passkey erstellen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ersatzcodes")
    page.get_by_role("button", name="Ich habe sie aufbewahrt").click()
    expect(page.get_by_text("Passkey „Diensthandy“").first).to_be_visible()
    page.get_by_role("button", name="Abmelden").click()
    log_in(page)
    expect(page).to_have_url(re.compile("/admin/login/zweiter-schritt/"))
    page.get_by_role("button", name="Passkey vorzeigen").click()
    expect(page).to_have_url(re.compile(ACCOUNT))
    page.get_by_role("link", name="Passkey hinzufügen").click()
    page.get_by_role("button", name="Passkey erstellen").click()
    expect(page.get_by_text("Es wurde kein Passkey erstellt.")).to_be_visible()  # this device has one


def test_without_a_script_a_code_does(browser: Browser, site: RunningSite, dora: None) -> None:
    context = browser.new_context(locale="de-DE", base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    log_in(page, to=f"{ACCOUNT}passkey/")
    expect(page.get_by_text("Dieser Browser kann hier keinen Passkey erstellen")).to_be_visible()
    expect(page.get_by_role("button", name="Passkey erstellen")).to_have_count(0)

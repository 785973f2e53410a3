"""The main job in a real browser: read, register, see that it worked, find the guest at the desk."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import PASSWORD, RunningSite


def fill_in(page: Page, first_name: str, workshop: int = 2) -> None:
    page.get_by_label("Vorname").fill(first_name)
    page.get_by_label("Nachname").fill("Öztürk")
    page.get_by_label("E-Mail-Adresse").fill("charlie@example.org")
    page.get_by_role("radio", name=re.compile(f"^{workshop}\\.")).check()
    page.get_by_role("checkbox", name="Ich willige in die Aufzeichnung").check()
    time.sleep(2.1)


@pytest.mark.parametrize("javascript", [True, False])
def test_from_the_event_to_registered(browser: Browser, site: RunningSite, javascript: bool) -> None:
    """Two page loads from the event page, without a script."""
    page = browser.new_context(java_script_enabled=javascript, locale="de-DE").new_page()
    page.goto(f"{site.url}/fachtag-demo/")
    page.get_by_role("link", name="Jetzt anmelden").first.click()
    fill_in(page, f"Charlie {javascript}")
    page.get_by_role("button", name="Verbindlich anmelden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind angemeldet.")
    assert "/anmeldung/" in page.url
    with page.expect_download() as download:
        page.get_by_role("link", name="In den Kalender").click()
    assert "2. Darf es etwas mehr" in download.value.path().read_text().replace("\r\n ", "").replace("\n ", "")


@pytest.mark.parametrize("javascript", [True, False])
def test_changing_and_cancelling(browser: Browser, site: RunningSite, javascript: bool) -> None:
    page = browser.new_context(java_script_enabled=javascript, locale="de-DE").new_page()
    page.goto(site.url + site.register("fachtag-demo", first_name=f"Wechsel {javascript}", workshop="1"))
    page.get_by_role("link", name="Ändern").click()
    page.get_by_role("radio", name=re.compile("^3\\.")).check()
    page.get_by_role("button", name="Änderungen speichern").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind angemeldet.")
    expect(page.get_by_role("definition").filter(has_text="3. Beschäftigung")).to_be_visible()
    page.get_by_role("link", name="Absagen").click()
    page.get_by_role("button", name="Ja, absagen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind nicht mehr angemeldet.")


@pytest.mark.parametrize("javascript", [True, False])
def test_the_livestream_and_back(browser: Browser, site: RunningSite, javascript: bool) -> None:
    page = browser.new_context(java_script_enabled=javascript, locale="de-DE").new_page()
    page.goto(f"{site.url}/fachtag-demo/anmeldung/")
    page.get_by_label("Vorname").fill(f"Strom {javascript}")
    page.get_by_label("Nachname").fill("Öztürk")
    page.get_by_label("E-Mail-Adresse").fill("strom@example.org")
    page.get_by_role("radio", name=re.compile("^Livestream")).check()
    time.sleep(2.1)
    page.get_by_role("button", name="Verbindlich anmelden").click()
    expect(page.get_by_text("im Livestream.")).to_be_visible()
    page.get_by_role("link", name="Ändern").click()
    page.get_by_role("radio", name=re.compile("^2\\.")).check()
    page.get_by_role("button", name="Änderungen speichern").click()
    expect(page.get_by_role("alert")).to_contain_text("Wer vor Ort teilnimmt, willigt hier ein.")
    expect(page.get_by_role("radio", name=re.compile("^2\\."))).to_be_checked()
    page.get_by_role("checkbox", name="Ich willige in die Aufzeichnung").check()
    page.get_by_role("button", name="Änderungen speichern").click()
    expect(page.get_by_role("definition").filter(has_text="2. Darf es etwas mehr")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False])
def test_withdrawing_and_erasing(browser: Browser, site: RunningSite, javascript: bool) -> None:
    page = browser.new_context(java_script_enabled=javascript, locale="de-DE").new_page()
    own_page = site.url + site.register("fachtag-demo", first_name=f"Wanda {javascript}", workshop="1")
    page.goto(own_page)
    page.locator("summary", has_text="Ihre Einwilligungen").click()
    page.get_by_role("button", name="Einwilligung widerrufen: Aufnahmen").click()
    expect(page.get_by_role("heading", name="Aufnahmen: widerrufen")).to_be_visible()
    page.get_by_role("link", name="Zurück zu Ihrer Anmeldung").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind angemeldet.")
    page.locator("summary", has_text="Ihre Angaben").click()
    page.get_by_role("link", name="Meine Daten löschen").click()
    page.get_by_role("button", name="Ja, endgültig löschen").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre persönlichen Daten sind gelöscht.")
    response = page.goto(own_page)
    assert response is not None
    assert response.status == 410
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre persönlichen Daten sind gelöscht.")


def test_the_lost_link_comes_by_mail(page: Page, site: RunningSite) -> None:
    own_page = site.register("fachtag-demo", first_name="Verena", email="verena@example.org")
    page.goto(f"{site.url}/fachtag-demo/")
    page.get_by_role("link", name="Schon angemeldet, aber den Link verloren?").click()
    page.get_by_label("E-Mail-Adresse").fill("verena@example.org")
    page.get_by_role("button", name="Link noch einmal senden").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bitte prüfen Sie Ihr Postfach")

    def links() -> list[str]:
        found = [mail for mail in site.mails() if mail["To"] == "verena@example.org"]
        return [str(mail.get_body(("plain",))) for mail in found if mail["Subject"].startswith("Ihr Link: ")]

    site.wait_until(lambda: len(links()) == 1)
    assert own_page in links()[0]


def test_the_organiser_previews_a_mail(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.url}/admin/fachtag/fachtag-demo/mails/reminder/")
    page.get_by_label("Benutzername").fill("organiser")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.get_by_label("Text").fill("Liebe/r {name}, bis {date}! {seat}")
    with page.expect_popup() as popup:
        page.get_by_role("button", name="Ganze Mail in neuem Fenster zeigen").click()
    expect(popup.value.get_by_text("Liebe/r Erika Mustermann, bis ")).to_be_visible()
    assert popup.value.locator("body").evaluate("body => getComputedStyle(body).padding") == "16px 8px"
    page.get_by_label("Text").fill("Liebe/r {vorname}")
    page.get_by_role("button", name="Ab jetzt so versenden").click()
    expect(page.get_by_role("alert")).to_contain_text("Der Platzhalter {vorname} ist unbekannt.")


def test_what_was_wrong_takes_the_focus(page: Page, site: RunningSite) -> None:
    page.goto(f"{site.url}/fachtag-demo/anmeldung/")
    page.get_by_label("Organisation").fill("Amt für Übergänge")
    page.get_by_role("button", name="Verbindlich anmelden").click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Fehler: "))
    expect(page.get_by_label("Organisation")).to_have_value("Amt für Übergänge")
    summary.get_by_role("link", name="Bitte geben Sie Ihren Vornamen ein.").click()
    expect(page.get_by_label("Vorname")).to_be_focused()
    summary.get_by_role("link", name="Bitte wählen Sie einen Workshop oder den Livestream.").click()
    expect(page.get_by_role("group", name="Workshop oder Livestream")).to_be_focused()


def test_the_organiser_sees_the_guest(page: Page, site: RunningSite) -> None:
    site.register("fachtag-demo", first_name="Für Alice")
    page.goto(f"{site.url}/admin/")
    page.get_by_label("Benutzername").fill("organiser")
    page.get_by_label("Passwort").fill(PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.goto(f"{site.url}/fachtag-demo/")
    page.get_by_role("link", name="Fachtag bearbeiten").click()
    expect(page.get_by_role("row", name=re.compile("^1. Mittelsachsen integriert"))).to_contain_text("25")
    page.get_by_role("link", name="Gäste", exact=True).click()
    expect(page.get_by_role("link", name="Für Alice")).to_be_visible()


def test_no_request_to_another_host(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    paths = ["/", "/fachtag-demo/", "/fachtag-2021/", "/fachtag-demo/anmeldung/", "/impressum/"]
    for path in paths:
        page.goto(site.url + path)
    assert hosts == {site.url.removeprefix("http://")}
    cookies: list[Any] = page.context.cookies()
    assert [cookie["name"] for cookie in cookies] == ["csrftoken"]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_livestream_with_a_tap_and_enter_without(browser: Browser, site: RunningSite, javascript: bool) -> None:
    page = browser.new_context(java_script_enabled=javascript, locale="de-DE").new_page()
    page.goto(f"{site.url}/fachtag-demo/anmeldung/")
    fill_in(page, f"Tippt {javascript}")
    page.get_by_role("checkbox", name="Ich willige in die Aufzeichnung").uncheck()
    page.get_by_label("Vorname").press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Wer vor Ort teilnimmt, willigt hier ein.")
    page.get_by_label("Vorname").press("Enter")  # sends the form as it is
    expect(page.get_by_role("alert")).to_contain_text("Wer vor Ort teilnimmt, willigt hier ein.")
    page.get_by_role("button", name="Stattdessen im Livestream teilnehmen").click()
    expect(page.get_by_text("Sie verfolgen die Veranstaltung im Livestream.")).to_be_visible()

"""The house's login, against a certified provider of OpenID Connect that runs beside the site under another name; the
browser minds the CSP and whose cookies are whose."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from registration import second_factor
from tests.running import ROOT, RunningSite, free_port

PROVIDER = ROOT / ".venv" / "node" / "node_modules" / "oidc-provider" / "lib" / "index.js"
PEOPLE = {
    "e-1": {"preferred_username": "erika", "email": "erika@example.org", "given_name": "Erika", "family_name": "Öz"},
    "e-2": {"preferred_username": "organiser", "email": "organiser@example.org"},
    "e-3": {"preferred_username": "emil"},
    "e-4": {"preferred_username": "anna"},
    "e-5": {"preferred_username": "otto"},
}
SECRET = "JBSWY3DPEHPK3PXP"
# Anna and Otto have come before and were given rights; Otto has an app, too.
_KNOWN = f"""
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone
from registration import second_factor
users.filter(username="organiser").update(email="organiser@example.org")
for name, sub in (("anna", "e-4"), ("otto", "e-5")):
    user = User.objects.create_user(name, is_staff=True)
    SocialAccount.objects.create(user=user, provider="haus", uid=sub)
second_factor.set_app(user, "{SECRET}", 0, timezone.now())
"""
_USERS = """
from django.contrib.auth.models import User
users = User.objects.order_by("pk")
{}
print([(user.username, user.is_staff, user.is_superuser, user.has_usable_password()) for user in users])
"""


class House:
    """The provider, which is called localhost: to the browser that is another site than 127.0.0.1."""

    def __init__(self, log: Path) -> None:
        self.log, self.port = log, free_port()
        self.url = f"http://localhost:{self.port}"

    def open(self, site: str, *exits: str) -> None:
        people = json.dumps({sub: {"sub": sub, **claims} for sub, claims in PEOPLE.items()})
        command = ["node", str(ROOT / "tests/browser/house.mjs"), str(PROVIDER), self.url, site, people, *exits]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)

    def answers(self) -> bool:
        try:
            urlopen(f"{self.url}/.well-known/openid-configuration").close()
        except URLError:
            return False
        return True

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=20)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    return House(tmp_path_factory.mktemp("house") / "log")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, house: House) -> Iterator[RunningSite]:
    names = {"OIDC_NAME": "Landkreis-Konto", "OIDC_ISSUER": house.url}
    site = RunningSite(tmp_path_factory.mktemp("house_login"), OIDC_CLIENT_ID="fachtag", OIDC_SECRET="geheim", **names)
    house.open(site.url)
    try:
        with site.running():
            site.wait_until(house.answers)
            users(site, _KNOWN)
            yield site
    finally:
        house.close()


@pytest.fixture
def page(browser: Browser, site: RunningSite) -> Page:
    context = browser.new_context(locale="de-DE", base_url=site.url)
    context.route("https://**", lambda route: route.abort())  # the provider's pages ask for a typeface
    return context.new_page()


def users(site: RunningSite, change: str = "") -> str:
    """Every login as it is stored, after a change."""
    return site.manage("shell", "-v0", "-c", _USERS.format(change))


def go(page: Page) -> None:
    page.goto("/admin/login/?next=/admin/konto/")
    page.get_by_role("button", name="Mit Landkreis-Konto anmelden").click()


def come(page: Page, who: str) -> None:
    """Give the house the password, and its leave to say who one is."""
    go(page)
    page.get_by_placeholder("Enter any login").fill(who)
    page.get_by_placeholder("and password").fill("egal")
    page.get_by_role("button", name="Sign-in").click()
    page.get_by_role("button", name="Continue").click()


def is_out(page: Page) -> None:
    page.goto("/admin/konto/")
    expect(page).to_have_url(re.compile("/admin/login/"))


def test_who_comes_first_has_no_rights_until_somebody_gives_them(page: Page, site: RunningSite) -> None:
    come(page, "e-1")
    expect(page.get_by_text("Wir kennen Sie jetzt als erika, aber")).to_be_visible()
    assert "('erika', False, False, False)" in users(site)
    is_out(page)
    assert users(site, "users.filter(username='erika').update(is_staff=True)").count("erika") == 1
    page.context.clear_cookies()
    come(page, "e-1")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    expect(page.get_by_label("Nachname")).to_have_value("Öz")
    expect(page.get_by_text("Sie melden sich über Ihr Haus an")).to_be_visible()
    assert users(site).count("erika") == 1


def test_logging_out_leaves_the_house_too(page: Page, site: RunningSite, house: House) -> None:
    come(page, "e-4")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    page.context.clear_cookies(domain="127.0.0.1")
    go(page)
    expect(page).to_have_url(f"{site.url}/admin/konto/")  # whom the house knows, it asks nothing
    page.get_by_role("button", name="Abmelden").click()
    expect(page).to_have_url(re.compile(f"^{house.url}/session/end.*id_token_hint="))
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(f"{site.url}/admin/login/")
    expect(page.get_by_role("status")).to_have_text("Sie sind abgemeldet.")
    is_out(page)
    go(page)
    expect(page.get_by_placeholder("and password")).to_be_visible()
    come(page, "e-4")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    seen = page.locator("section", has=page.get_by_role("heading", name="Wo Sie angemeldet sind")).get_by_role(
        "listitem"
    )
    expect(seen.first).to_contain_text("hier, jetzt")
    expect(seen.nth(1)).to_contain_text("beendet am")


def test_who_stays_in_the_house_is_logged_out_here_all_the_same(page: Page, site: RunningSite, house: House) -> None:
    come(page, "e-4")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    page.get_by_role("button", name="Abmelden").click()
    expect(page).to_have_url(re.compile(f"^{house.url}/session/end"))
    is_out(page)


def test_who_has_no_rights_can_log_out_too(page: Page, site: RunningSite) -> None:
    come(page, "e-3")
    expect(page.get_by_text("Wir kennen Sie jetzt als emil, aber")).to_be_visible()
    page.get_by_role("button", name="Abmelden").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page).to_have_url(f"{site.url}/admin/login/")
    expect(page.get_by_role("status")).to_have_text("Sie sind abgemeldet.")
    expect(page.get_by_text("Wir kennen Sie jetzt")).to_have_count(0)


def test_the_second_factor_is_asked_for_all_the_same(page: Page, site: RunningSite) -> None:
    come(page, "e-5")
    expect(page).to_have_url(re.compile("/admin/login/zweiter-schritt/"))
    is_out(page)
    page.goto("/admin/login/zweiter-schritt/")
    page.get_by_label("Code").fill(second_factor.code_at(SECRET, timezone.now()))
    page.get_by_role("button", name="Weiter").click()
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    page.get_by_role("button", name="Abmelden").click()
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_role("status")).to_have_text("Sie sind abgemeldet.")


def test_who_came_with_a_password_is_not_led_to_the_house(page: Page, site: RunningSite) -> None:
    page.goto("/admin/login/")
    page.get_by_label("Benutzername").fill("organiser")
    page.get_by_label("Passwort").fill(site.environment["ORGANISER_PASSWORD"])
    page.get_by_role("button", name="Anmelden", exact=True).click()
    page.get_by_role("button", name="Abmelden").click()
    expect(page).to_have_url(f"{site.url}/admin/login/")
    expect(page.get_by_role("status")).to_have_text("Sie sind abgemeldet.")


def test_nobody_becomes_somebody_by_name_or_address(page: Page, site: RunningSite) -> None:
    come(page, "e-2")
    expect(page.get_by_text("Wir kennen Sie jetzt als organiser-2, aber")).to_be_visible()
    assert "('organiser', True, True, True)" in users(site)


def test_whom_the_house_refuses(page: Page) -> None:
    go(page)
    page.get_by_role("link", name="Cancel").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("^Ihr Haus hat Sie nicht hereingelassen."))


def test_what_the_house_never_said(page: Page, site: RunningSite) -> None:
    for query in ("", "?code=x", "?code=x&state=y", "?error=x"):
        page.goto(f"/admin/oidc/haus/login/callback/{query}")
        expect(page.get_by_role("status")).to_have_text(re.compile("^Ihr Haus hat Sie nicht hereingelassen."))
    for other in ("anderes", "openid_connect"):
        assert site.get(f"/admin/oidc/{other}/login/callback/")[0] == 404
    for address in ("/admin/oidc/haus/login/", "/admin/logout/"):
        assert site.get(address)[0] == 405


def leave_alone(page: Page, site: RunningSite) -> None:
    """Log out here, and be told that the house may not know."""
    page.get_by_role("button", name="Abmelden").click()
    expect(page).to_have_url(f"{site.url}/admin/login/")
    said = page.get_by_role("status")
    expect(said).to_contain_text(["Sie sind abgemeldet.", "In Ihrem Haus sind Sie vielleicht noch angemeldet."])
    is_out(page)


def test_a_house_that_is_out_of_reach_keeps_nobody_logged_in(page: Page, site: RunningSite, house: House) -> None:
    come(page, "e-4")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    house.close()
    leave_alone(page, site)
    go(page)
    expect(page.get_by_role("status")).to_have_text(re.compile("^Ihr Haus hat Sie nicht hereingelassen."))
    house.open(site.url)
    site.wait_until(house.answers)


@pytest.mark.parametrize("where", ["", "https://anderswo.example/ende"])
def test_nor_does_one_without_an_exit_that_a_form_may_lead_to(
    page: Page, site: RunningSite, house: House, where: str
) -> None:
    house.close()
    house.open(site.url, where)
    site.wait_until(house.answers)
    come(page, "e-4")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    leave_alone(page, site)

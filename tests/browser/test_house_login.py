"""The house's login, against a provider of OpenID Connect that runs beside the site; the browser minds the CSP."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.running import RunningSite, free_port

ERIKA = {
    "sub": "e-1",
    "preferred_username": "erika",
    "email": "erika@example.org",
    "given_name": "Erika",
    "family_name": "Öz",
}
IMPOSTOR = {"sub": "e-2", "preferred_username": "organiser", "email": "organiser@example.org"}
_USERS = """
from django.contrib.auth.models import User
users = User.objects.order_by("pk")
{}
print([(user.username, user.is_staff, user.is_superuser, user.has_usable_password()) for user in users])
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    port = free_port()
    claims = [part for person in (ERIKA, IMPOSTOR) for part in ("--user-claims", json.dumps(person))]
    process = subprocess.Popen([sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *claims])
    url = f"http://127.0.0.1:{port}"
    for _time in range(300):
        try:
            urlopen(f"{url}/.well-known/openid-configuration").close()
            break
        except URLError:
            time.sleep(0.1)
    try:
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, provider: str) -> Iterator[RunningSite]:
    house = {"OIDC_NAME": "Landkreis-Konto", "OIDC_ISSUER": provider, "OIDC_CLIENT_ID": "f", "OIDC_SECRET": "geheim"}
    with RunningSite(tmp_path_factory.mktemp("house_login"), **house).running() as site:
        users(site, "users.filter(username='organiser').update(email='organiser@example.org')")
        yield site


@pytest.fixture
def page(browser: Browser, site: RunningSite) -> Page:
    return browser.new_context(locale="de-DE", base_url=site.url).new_page()


def users(site: RunningSite, change: str = "") -> str:
    """Every login as it is stored, after a change."""
    return site.manage("shell", "-v0", "-c", _USERS.format(change))


def come(page: Page, who: str) -> None:
    page.goto("/admin/login/?next=/admin/konto/")
    page.get_by_role("button", name="Mit Landkreis-Konto anmelden").click()
    page.get_by_role("button", name=who, exact=True).click()


def test_who_comes_first_has_no_rights_until_somebody_gives_them(page: Page, site: RunningSite) -> None:
    come(page, "e-1")
    expect(page.get_by_text("Wir kennen Sie jetzt als erika, aber")).to_be_visible()
    assert "('erika', False, False, False)" in users(site)
    page.goto("/admin/")
    expect(page).to_have_url(re.compile("/admin/login/"))
    users(site, "users.filter(username='erika').update(is_staff=True)")
    page.context.clear_cookies()
    come(page, "e-1")
    expect(page).to_have_url(f"{site.url}/admin/konto/")
    expect(page.get_by_label("Nachname")).to_have_value("Öz")
    expect(page.get_by_text("Sie melden sich über Ihr Haus an")).to_be_visible()
    assert users(site).count("erika") == 1
    page.get_by_role("button", name="Abmelden").click()
    page.goto("/admin/konto/")
    expect(page).to_have_url(re.compile("/admin/login/"))


def test_nobody_becomes_somebody_by_name_or_address(page: Page, site: RunningSite) -> None:
    come(page, "e-2")
    expect(page.get_by_text("Wir kennen Sie jetzt als organiser-2, aber")).to_be_visible()
    assert "('organiser', True, True, True)" in users(site)


def test_whom_the_house_refuses(page: Page) -> None:
    page.goto("/admin/login/")
    page.get_by_role("button", name="Mit Landkreis-Konto anmelden").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("^Ihr Haus hat Sie nicht hereingelassen."))


def test_what_the_house_never_said(page: Page, site: RunningSite) -> None:
    for query in ("", "?code=x", "?code=x&state=y", "?error=x"):
        page.goto(f"/admin/oidc/haus/login/callback/{query}")
        expect(page.get_by_role("status")).to_have_text(re.compile("^Ihr Haus hat Sie nicht hereingelassen."))
    for other in ("anderes", "openid_connect"):
        assert site.get(f"/admin/oidc/{other}/login/callback/")[0] == 404
    assert site.get("/admin/oidc/haus/login/")[0] == 405

"""Sweeps over every page: what must hold everywhere, and how much was swept."""

import gettext
import itertools
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from events.models import Event
from registration import booking
from registration.models import Registration
from tests import factories

ROOT = Path(__file__).parent.parent


@pytest.fixture
def pages(event: Event, past_event: Event, bob: Registration) -> list[str]:
    """The address of every public page, and of one in each state."""
    factories.fill(event, 3)
    waiting = factories.registered(event, factories.CHARLIE, 3, waiting=True)
    cancelled = factories.registered(event, factories.guest(1))
    booking.cancel(cancelled, timezone.now())
    factories.an_open_event("abgesagt", status="cancelled", title="Abgesagter Fachtag")
    factories.an_open_event("verschoben", status="postponed", title="Verschobener Fachtag")
    factories.an_open_event("online", venue=None, fee="15 €", listed=False, title="Fachtag online")
    return [
        "/",
        "/fachtag-demo/",
        "/fachtag-2021/",
        "/abgesagt/",
        "/verschoben/",
        "/online/",
        "/fachtag-demo/anmeldung/",
        "/fachtag-2021/anmeldung/",
        "/abgesagt/anmeldung/",
        *(found.get_absolute_url() for found in (bob, waiting, cancelled)),
        "/impressum/",
        "/datenschutz/",
        "/barrierefreiheit/",
        "/kontakt/",
        "/kontakt/gesendet/",
        "/gibt-es-nicht/",
    ]


def test_every_page(client: Client, pages: list[str]) -> None:
    titles = set()
    for url in pages:
        response = client.get(url)
        html = response.content.decode()
        assert response.status_code == (404 if url == "/gibt-es-nicht/" else 200), url
        assert html.startswith('<!doctype html>\n<html lang="de">'), url
        assert len(re.findall("<h1", html)) == 1, url
        html = html.replace(django_settings.STYLESHEET, "")
        levels = [int(level) for level in re.findall(r"<h([1-6])", html)]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (url, levels)
        assert not re.search(r' (style|on\w+)="', html), url
        assert re.findall(r"<script(?! type=.application/ld)", html) == [], url
        assert len(re.findall(r"<style>", html)) == 1, url  # allowed by its hash
        ids = re.findall(r' id="([^"]+)"', html)
        assert len(ids) == len(set(ids)), url
        titles.add(re.search("<title>(.+?)</title>", html)[1])  # type: ignore[index]
    assert len(pages) == 18
    assert len(titles) == 16  # the real event and its copy share two


def test_no_cookie_before_the_form_needs_one(client: Client, pages: list[str]) -> None:
    cookies = {url: set(client.get(url).cookies) for url in pages}
    assert {url for url, names in cookies.items() if names} == {"/fachtag-demo/anmeldung/", "/kontakt/"}
    assert cookies["/fachtag-demo/anmeldung/"] == {"csrftoken"}


def test_security_headers(client: Client, pages: list[str]) -> None:
    for url in [*pages, "/kalender.ics", "/healthz", "/admin/login/"]:
        response = client.get(url)
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy, url
        assert "frame-ancestors 'none'" in policy, url
        assert "unsafe" not in policy, url
        assert response["X-Content-Type-Options"] == "nosniff", url
        is_page = response["Content-Type"].startswith("text/html")
        assert ("camera=()" in response.headers.get("Permissions-Policy", "")) == is_page, url
        assert response["Referrer-Policy"] in {"same-origin", "no-referrer"}, url


def test_an_unchanged_page_is_answered_with_304(client: Client, event: Event) -> None:
    etag = client.get("/fachtag-demo/")["ETag"]
    assert client.get("/fachtag-demo/", headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize("path", ["/%00", "/../etc/passwd", "/fachtag-demo/%ff", "/anmeldung/x/", f"/{'a' * 5000}/"])
def test_strange_addresses_are_not_found(client: Client, event: Event, path: str) -> None:
    assert client.get(path).status_code in {400, 404}


def test_maintenance(client: Client, event: Event, settings: Settings) -> None:
    settings.MAINTENANCE = True
    response = client.get("/fachtag-demo/")
    assert (response.status_code, response["Retry-After"]) == (503, "600")
    assert "Wir sind gleich wieder da" in response.content.decode()
    assert client.get("/healthz").status_code == 200


# The German texts


def test_every_text_is_translated(tmp_path: Path) -> None:
    """Collect the texts anew, as `make messages` does, and find nothing new, nothing fuzzy, nothing empty."""
    copy = tmp_path / "site"
    copy.mkdir()
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    sources = [
        name
        for name in tracked
        if (ROOT / name).exists()
        and name.startswith(("events/", "registration/", "fachtag/", "templates/", "locale/", "static/"))
    ]
    assert len(sources) > 80
    for name in [*sources, "manage.py"]:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_bytes((ROOT / name).read_bytes())
    command = [
        sys.executable,
        "manage.py",
        "makemessages",
        "-l",
        "de",
        "-e",
        "html,txt,py",
        "--no-location",
        "--no-obsolete",
    ]
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "0123456789" * 6,
        "DJANGO_SETTINGS_MODULE": "fachtag.settings",
    }
    subprocess.run(command, cwd=copy, env=environment, check=True, capture_output=True)
    kept = (ROOT / "locale/de/LC_MESSAGES/django.po").read_text()
    fresh = (copy / "locale/de/LC_MESSAGES/django.po").read_text()
    assert set(texts(fresh)) == set(texts(kept))
    assert [text for text, translation in texts(fresh).items() if not translation] == []
    assert "fuzzy" not in fresh.partition("\n\n")[2]


def texts(catalogue: str) -> dict[str, str]:
    """The messages of a .po file with their translations."""
    found = {}
    for block in catalogue.split("\n\n")[1:]:
        joined = re.sub(r'"\n"', "", block)
        message = re.search(r'^msgid "(.*)"$', joined, re.MULTILINE)
        translations = re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', joined, re.MULTILINE)
        if message:
            found[message[1]] = all(translations) and " ".join(translations)
    assert len(found) > 200
    return found  # type: ignore[return-value]


def test_the_compiled_texts_are_up_to_date(tmp_path: Path) -> None:
    folder = ROOT / "locale/de/LC_MESSAGES"
    subprocess.run(["msgfmt", "-o", tmp_path / "django.mo", folder / "django.po"], check=True)

    def catalogue(path: Path) -> dict[object, object]:
        with path.open("rb") as file:
            return dict(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]

    assert catalogue(tmp_path / "django.mo") == catalogue(folder / "django.mo")

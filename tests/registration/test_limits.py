from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from events.models import Event
from registration import limits
from registration.limits import Limit
from registration.models import Attempts, LinkRequest, Registration
from tests.conftest import Payload
from tests.events.test_facts import words_of
from tests.registration.test_change import payload as change_payload
from tests.running import RunningSite

FORM = "/fachtag-demo/anmeldung/"
NOW = timezone.now().replace(minute=1)
TWO = Limit("registration", 2)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of everything."""
    for name in ("REGISTRATION", "CONTACT", "LOST_LINK", "OWN_PAGE", "WRONG_KEY"):
        monkeypatch.setattr(limits, name, Limit(name, 2))


def test_it_works(db: None) -> None:
    assert [TWO.allows("192.0.2.1", NOW) for _time in range(4)] == [True, True, False, False]
    assert TWO.allows("192.0.2.2", NOW)
    assert Limit("other", 2).allows("192.0.2.1", NOW)
    assert TWO.allows("192.0.2.1", NOW + limits.WINDOW)


def test_an_ipv6_network_is_one_visitor(db: None) -> None:
    addresses = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8:0:1::1"]
    assert [TWO.allows(address, NOW) for address in addresses] == [True, True, False, True]


def test_ipv4_visitors_of_a_dual_stack_socket_are_not_one(db: None) -> None:
    addresses = [f"::ffff:192.0.2.{host}" for host in (1, 2, 3, 1, 1)]
    assert [TWO.allows(address, NOW) for address in addresses] == [True, True, True, True, False]


def test_no_address_is_stored(db: None) -> None:
    TWO.allows("192.0.2.1", NOW)
    [stored] = Attempts.objects.values()
    assert "192.0.2" not in str(stored)
    assert stored["until"] > NOW
    assert stored["until"] - NOW <= limits.WINDOW


def test_what_is_over_its_limit_writes_nothing(db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    TWO.allows("192.0.2.1", NOW)
    with django_assert_num_queries(1):
        assert TWO.allows("192.0.2.1", NOW)
    stored = list(Attempts.objects.values())
    with django_assert_num_queries(2):
        assert not TWO.allows("192.0.2.1", NOW)
    assert list(Attempts.objects.values()) == stored


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_are_counted_one_by_one() -> None:
    def allowed(number: int) -> bool:
        try:
            return Limit("registration", 10).allows("192.0.2.1", NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(allowed, range(40))).count(True) == 10


def test_switched_off_for_load_tests(db: None, settings: Settings) -> None:
    settings.RATE_LIMITS = False
    assert all(TWO.allows("192.0.2.1", NOW) for _time in range(4))
    assert not Attempts.objects.exists()


def test_an_office_behind_one_address_is_no_attack(client: Client, payload: Payload) -> None:
    """A form sent a hundred times in ten minutes."""
    answers = [
        client.post(FORM, payload(email=f"gast{number}@example.org", workshop="livestream")).status_code
        for number in range(100)
    ]
    assert answers == [302] * 100
    assert Registration.objects.count() == 100


def test_too_many_forms_keep_what_was_typed(client: Client, few: None, payload: Payload) -> None:
    for number in range(2):
        client.post(FORM, payload(email=f"gast{number}@example.org"))
    response = client.post(FORM, payload(question_needs="Eine Rampe"))
    assert (response.status_code, response["Retry-After"]) == (429, "600")
    html = response.content.decode()
    assert "Von Ihrem Anschluss kamen gerade sehr viele Formulare." in html
    for typed in ("Charlie", "Öztürk", "charlie@example.org", "Amt für Übergänge &amp; Anfänge", "Eine Rampe"):
        assert typed in html
    assert html.count(" checked") == 2
    assert Registration.objects.count() == 2


def test_reading_is_never_too_much(client: Client, few: None, event: Event, bob: Registration) -> None:
    pages = [FORM, "/anmeldung/link/", bob.get_absolute_url(), f"{bob.get_absolute_url()}aendern/"]
    assert {client.get(page).status_code for page in pages for _time in range(4)} == {200}
    assert not Attempts.objects.exists()


def test_too_many_changes_keep_what_was_typed(client: Client, few: None, bob: Registration) -> None:
    address = f"/anmeldung/{bob.token}/aendern/"
    for workshop in ("1", "3"):
        client.post(address, change_payload(workshop=workshop))
    response = client.post(address, change_payload(workshop="2", organisation="Amt"))
    assert (response.status_code, response["Retry-After"]) == (429, "600")
    assert 'value="Amt"' in response.content.decode()
    bob.refresh_from_db()
    assert bob.held[0].workshop.number == 3


@pytest.mark.parametrize("page", ["einwilligung", "bestaetigen", "loeschen", "absagen", "nehmen"])
def test_the_other_own_pages_are_limited_together(client: Client, few: None, bob: Registration, page: str) -> None:
    for _time in range(2):
        client.post(f"/anmeldung/{bob.token}/einwilligung/", {})
    response = client.post(f"/anmeldung/{bob.token}/{page}/")
    assert response.status_code == 429
    assert '<a class="home" href="/">Landratsamt Mittelsachsen</a>' in response.content.decode()
    assert "Das wurde in den letzten Minuten zu oft versucht." in words_of(response.content.decode())
    bob.refresh_from_db()
    assert (bob.state, bob.first_name) == ("confirmed", "Bob")


def test_whoever_guesses_keys_is_stopped_and_guests_are_not(client: Client, few: None, bob: Registration) -> None:
    answers = [client.get(f"/anmeldung/{uuid4()}/").status_code for _time in range(4)]
    assert answers == [404, 404, 429, 429]
    refused = client.get(f"/anmeldung/{uuid4()}/").content.decode()
    assert '<a class="home" href="/">Landratsamt Mittelsachsen</a>' in refused
    assert client.get(bob.get_absolute_url()).status_code == 200


def test_lost_links_and_inquiries(client: Client, few: None, event: Event) -> None:
    answers = [client.post("/anmeldung/link/", {"email": "bob@example.org"}) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert 'value="bob@example.org"' in answers[2].content.decode()
    assert LinkRequest.objects.count() == 2
    for _time in range(2):
        client.post("/kontakt/", {"message": "Eine Frage"})
    response = client.post("/kontakt/", {"message": "Eine Frage"})
    assert response.status_code == 429
    assert "Eine Frage" in response.content.decode()


def test_behind_a_proxy_each_visitor_counts(client: Client, few: None, event: Event, settings: Settings) -> None:
    settings.TRUSTED_PROXY = 1
    data = {"email": "bob@example.org"}
    answers = [
        client.post("/anmeldung/link/", data, headers={"x-forwarded-for": f"192.0.2.{host}"}).status_code
        for host in (1, 1, 1, 2)
    ]
    assert answers == [302, 302, 429, 302]


def test_all_processes_count_together(tmp_path: Path) -> None:
    """Two server processes on the default database; whoever answers, the limit is one."""
    with RunningSite(tmp_path).running() as site:
        _status, page, headers = site.get("/anmeldung/link/")
        token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        cookie = headers["Set-Cookie"].partition(";")[0]
        data = {"email": "bob@example.org", "csrfmiddlewaretoken": token}
        window = timedelta(minutes=10).total_seconds()
        left = window - timezone.now().timestamp() % window
        if left < 20:  # pragma: no cover - do not straddle two windows
            import time

            time.sleep(left)
        answers = [site.post("/anmeldung/link/", data, cookie)[0] for _time in range(limits.LOST_LINK.at_most + 5)]
    assert answers == [302] * limits.LOST_LINK.at_most + [429] * 5

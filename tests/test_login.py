"""The organisers' login: a wrong password costs a wait, and never the login."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import F
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from registration import limits
from registration.limits import Slowdown
from registration.models import Attempts
from tests.events.test_facts import words_of

LOGIN = "/admin/login/"
NOW = timezone.now()


def attempt(client: Client, password: str = "wrong", name: str = "admin", **headers: str) -> int:
    return client.post(LOGIN, {"username": name, "password": password}, headers=headers).status_code


def let_pass(seconds: int) -> None:
    """As if everything had happened so much earlier."""
    Attempts.objects.update(until=F("until") - timedelta(seconds=seconds))


@pytest.fixture
def failed(client: Client, admin_user: object) -> Client:
    """Somebody who has to wait."""
    assert [attempt(client) for _time in range(5)] == [200] * 5
    return client


def test_it_works(client: Client, admin_user: object) -> None:
    assert attempt(client, "password") == 302


def test_after_five_wrong_passwords_one_waits_and_is_told_how_long(failed: Client) -> None:
    response = failed.post(LOGIN, {"username": "admin", "password": "password"})
    assert (response.status_code, response["Retry-After"]) == (429, "2")
    html = response.content.decode()
    sentence = "Bitte warten Sie 2 Sekunden und geben Sie Ihr Passwort dann noch einmal ein."
    assert sentence in words_of(html)
    assert 'name="username" value="admin"' in html


def test_the_password_is_not_looked_at_meanwhile(failed: Client, admin_user: object) -> None:
    attempt(failed, "password")
    assert get_user_model().objects.filter(last_login__isnull=False).count() == 0


def test_trying_while_one_waits_lengthens_nothing(failed: Client) -> None:
    assert {attempt(failed) for _time in range(20)} == {429}
    let_pass(2)
    assert attempt(failed, "password") == 302


def test_the_wait_doubles_up_to_half_a_minute(db: None) -> None:
    waits, now = [], NOW
    for _time in range(12):
        assert limits.LOGIN.take("x", now)
        waits.append(limits.LOGIN.seconds_to_wait("x", now))
        now += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 0, 0, 2, 4, 8, 16, 30, 30, 30, 30]


def test_success_forgets_the_failures(failed: Client) -> None:
    let_pass(2)
    assert attempt(failed, "password") == 302
    assert [attempt(failed) for _time in range(6)] == [200] * 5 + [429]


def test_a_login_of_one_s_own_is_no_way_around(client: Client, admin_user: object) -> None:
    """Its success says nothing of the other names that were tried from there."""
    get_user_model().objects.create_user("staff", password="password", is_staff=True)
    codes = []
    for number in range(30):
        codes.append(attempt(client, name=f"name{number}"))
        if number in {10, 15, 20}:
            assert attempt(client, "password", name="staff") in {302, 429}
    assert codes == [200] * 21 + [429] * 9


def test_ten_quiet_minutes_forget_the_failures(db: None) -> None:
    for _time in range(5):
        limits.LOGIN.take("x", NOW)
    later = NOW + timedelta(seconds=2) + limits.WINDOW
    assert limits.LOGIN.take("x", later)
    assert limits.LOGIN.seconds_to_wait("x", later) == 0


@pytest.mark.parametrize("name", ["Admin", "ＡＤＭＩＮ", "admin ", " admin", "admin\u2003"])
def test_another_spelling_of_the_name_is_the_same_name(failed: Client, name: str) -> None:
    assert attempt(failed, name=name) == 429


def test_a_network_of_ipv6_is_one(client: Client, admin_user: object, settings: Settings) -> None:
    settings.TRUSTED_PROXY = 1
    codes = [attempt(client, **{"x-forwarded-for": f"2001:db8::{host}"}) for host in range(1, 7)]
    assert codes == [200] * 5 + [429]
    assert attempt(client, "password", **{"x-forwarded-for": "2001:db8:0:1::1"}) == 302


def test_many_names_from_one_network_wait_too(client: Client, admin_user: object) -> None:
    codes = [attempt(client, name=f"name{number}") for number in range(25)]
    assert codes == [200] * 21 + [429] * 4
    let_pass(2)
    assert attempt(client, "password") == 302


@pytest.mark.parametrize("proxies", [1, 0])
def test_nobody_slows_down_somebody_elsewhere(
    client: Client, admin_user: object, settings: Settings, proxies: int
) -> None:
    """Behind a proxy of ours, its last word says who is asking; without one, a visitor's word counts for nothing."""
    settings.TRUSTED_PROXY = proxies
    for number in range(5):
        attempt(client, **{"x-forwarded-for": f"10.0.0.{number}, 192.0.2.1"})
    elsewhere = attempt(client, "password", **{"x-forwarded-for": "192.0.2.1, 192.0.2.2"})
    assert elsewhere == (302 if proxies else 429)


def test_load_tests_wait_for_nothing(client: Client, admin_user: object, settings: Settings) -> None:
    settings.RATE_LIMITS = False
    assert {attempt(client) for _time in range(30)} == {200}
    assert not Attempts.objects.exists()


@pytest.mark.parametrize("name", ["\U0001f600" * 300, "a" * 5000, "admin\0", ""])
def test_a_name_that_nobody_has_is_a_wrong_one(client: Client, admin_user: object, name: str) -> None:
    assert attempt(client, name=name) == 200


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_are_no_way_around() -> None:
    def take(number: int) -> bool:
        try:
            return Slowdown("login", 4).take("x", NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(40)))
    assert taken.count(True) == 5

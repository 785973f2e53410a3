import pytest
from django.test import Client
from pytest_django import Settings

LOGIN = "/admin/login/"


def attempt(client: Client, password: str = "wrong", **extra: str) -> int:
    return client.post(LOGIN, {"username": "admin", "password": password}, headers=extra).status_code


def test_it_works(client: Client, admin_user: object) -> None:
    assert attempt(client, "password") == 302


def test_after_ten_wrong_passwords_one_waits(client: Client, admin_user: object) -> None:
    assert {attempt(client) for _time in range(9)} == {200}
    attempt(client)
    response = client.post(LOGIN, {"username": "admin", "password": "password"})
    assert response.status_code == 429
    assert "<h1>Zu viele Versuche</h1>" in response.content.decode()


@pytest.mark.parametrize("trusted", [True, False])
def test_nobody_locks_out_somebody_elsewhere(
    client: Client, admin_user: object, settings: Settings, trusted: bool
) -> None:
    """Behind a proxy of ours, its last word says who is asking; without one, a visitor's word counts for nothing."""
    settings.TRUSTED_PROXY = trusted
    for number in range(11):
        attempt(client, **{"x-forwarded-for": f"10.0.0.{number}, 192.0.2.1"})
    elsewhere = attempt(client, "password", **{"x-forwarded-for": "192.0.2.1, 192.0.2.2"})
    assert elsewhere == (302 if trusted else 429)

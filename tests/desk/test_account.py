"""One's own account: who one is, the password, and where one is logged in."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import logins
from registration.desk.urls import own_pages
from registration.models import Login
from tests.desk.conftest import PASSWORD, LogIn
from tests.events.test_facts import words_of

ACCOUNT = "/admin/konto/"
NEW = "vier junge Kamele summen"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1"


def log_in(agent: str = FIREFOX) -> Client:
    client = Client(headers={"user-agent": agent})
    sent = {"username": "dora", "password": PASSWORD}
    assert client.post("/admin/login/", sent).status_code == 302
    return client


def address(pattern: str, key: int = 1) -> str:
    return "/admin/" + pattern.replace("<int:key>", str(key))


def words(client: Client, address: str = ACCOUNT) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return words_of(response.content.decode())


def test_it_works(dora: User) -> None:
    page = words(log_in())
    assert "Sie melden sich als dora an" in page
    assert "Firefox, Windows hier, jetzt" in page


@pytest.mark.parametrize("role", ["lead", "editor", "guests", "door"])
def test_everybody_has_one(log_in: LogIn, event: Event, role: str) -> None:
    client = log_in(role)
    answers = {name: client.get(address(pattern)).status_code for pattern, _view, name in own_pages}
    assert answers == {
        "account": 200,
        "account_password": 302,  # these have none
        "account_end": 405,
        "second_factor": 200,
        "second_factor_confirm": 200,
        "second_factor_app": 200,
        "second_factor_passkey": 200,
        "second_factor_codes": 302,  # nor these
        "second_factor_remove": 404,
    }


def test_nobody_without_a_login(client: Client, db: None) -> None:
    for pattern, _view, _name in own_pages:
        for send in (client.get, client.post):
            assert send(address(pattern)).headers["Location"].startswith("/admin/login/?next=")


def test_a_guest_has_none(client: Client, db: None) -> None:
    """Who has a login, but does not work at the desk."""
    client.force_login(User.objects.create_user("gast"))
    assert client.get(ACCOUNT).status_code == 302


# Name and address


def test_name(dora: User) -> None:
    client = log_in()
    sent = {"first_name": "Theodora", "last_name": "Öhler", "email": "dora@example.org", "password": ""}
    assert client.post(ACCOUNT, sent).status_code == 302
    dora.refresh_from_db()
    assert (dora.get_full_name(), dora.email) == ("Theodora Öhler", "dora@example.org")
    assert dora.check_password(PASSWORD)


@pytest.mark.parametrize(("password", "email"), [(PASSWORD, "neu@example.org"), ("falsch", "dora@example.org")])
def test_a_new_address_asks_for_the_password(dora: User, password: str, email: str) -> None:
    client = log_in()
    response = client.post(ACCOUNT, {"first_name": "Theodora", "email": "neu@example.org", "password": password})
    dora.refresh_from_db()
    assert dora.email == email
    if response.status_code == 200:
        assert "damit die Adresse geändert werden kann" in response.content.decode()
        assert 'value="neu@example.org"' in response.content.decode()
        assert "falsch" not in response.content.decode()


@pytest.mark.parametrize("email", ["kein-at", "a\0b@example.org", "x" * 300 + "@example.org"])
def test_a_wrong_address_is_answered_in_words(dora: User, email: str) -> None:
    response = log_in().post(ACCOUNT, {"first_name": "D", "email": email, "password": PASSWORD})
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    dora.refresh_from_db()
    assert dora.email == "dora@example.org"


def test_only_what_is_asked_for_is_stored(dora: User) -> None:
    sent = {"first_name": "D", "email": "dora@example.org", "is_superuser": "on", "username": "admin"}
    log_in().post(ACCOUNT, sent)
    dora.refresh_from_db()
    assert (dora.is_superuser, dora.username) == (False, "dora")


# Password


def change(client: Client, old: str = PASSWORD, new: str = NEW) -> int:
    sent = {"old_password": old, "new_password1": new, "new_password2": new}
    return client.post(f"{ACCOUNT}passwort/", sent).status_code


def test_password(dora: User) -> None:
    client, elsewhere = log_in(), log_in(SAFARI)
    assert change(client) == 302
    dora.refresh_from_db()
    assert dora.check_password(NEW)
    assert "Safari, iPhone seit" in words(client)
    assert words(client).count("hier, jetzt") == 1
    assert elsewhere.get(ACCOUNT).status_code == 302
    assert Session.objects.count() == 1


@pytest.mark.parametrize(("old", "new"), [("falsch", NEW), (PASSWORD, "kurz"), (PASSWORD, "willkommen2024")])
def test_a_password_that_cannot_be(dora: User, old: str, new: str) -> None:
    client, elsewhere = log_in(), log_in()
    assert change(client, old, new) == 200
    dora.refresh_from_db()
    assert dora.check_password(PASSWORD)
    assert elsewhere.get(ACCOUNT).status_code == 200


def test_who_has_no_password_here(dora: User) -> None:
    client = Client()
    client.force_login(dora)
    dora.set_unusable_password()
    dora.save()
    client.force_login(dora)
    assert "Passwort ändern" not in words(client)
    assert change(client) == 302
    dora.refresh_from_db()
    assert not dora.has_usable_password()


def test_the_old_address_leads_there(dora: User) -> None:
    assert log_in().get("/admin/password_change/").headers["Location"] == f"{ACCOUNT}passwort/"


# Logins


def test_another_login_is_ended(dora: User) -> None:
    client, elsewhere = log_in(), log_in(SAFARI)
    theirs = Login.objects.get(browser="Safari, iPhone")
    assert "Safari, iPhone läuft noch" in words(client)
    assert client.post(f"{ACCOUNT}beenden/", {"login": theirs.pk}).status_code == 302
    assert elsewhere.get(ACCOUNT).status_code == 302
    page = words(client)
    assert "Die Sitzung ist beendet." in page
    assert "läuft noch" not in page
    assert "beendet am" in page


def test_all_others_are_ended(dora: User) -> None:
    clients = [log_in() for _time in range(3)]
    assert clients[0].post(f"{ACCOUNT}beenden/").status_code == 302
    assert [client.get(ACCOUNT).status_code for client in clients] == [200, 302, 302]


def test_nobody_ends_somebody_elses(dora: User, alice: Client) -> None:
    client = log_in()
    theirs = Login.objects.get(user__username="admin")
    assert client.post(f"{ACCOUNT}beenden/", {"login": theirs.pk}, follow=True).status_code == 200
    client.post(f"{ACCOUNT}beenden/")
    assert alice.get(ACCOUNT).status_code == 200
    assert theirs.browser == ""


@pytest.mark.parametrize("key", ["x", "-1", "9" * 30, "²", "\0", "9" * 18])
def test_a_login_that_there_is_not(dora: User, key: str) -> None:
    client = log_in()
    assert client.post(f"{ACCOUNT}beenden/", {"login": key}, follow=True).status_code == 200
    assert client.get(ACCOUNT).status_code == 200


def test_logging_out_is_noted(dora: User) -> None:
    log_in(SAFARI).post("/admin/logout/")
    assert "beendet am" in words(log_in())


def test_one_that_ran_out(dora: User) -> None:
    log_in(SAFARI)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    page = words(log_in())
    assert page.count("abgelaufen") == 1
    assert "läuft noch" not in page


def test_they_are_forgotten(dora: User) -> None:
    log_in(SAFARI)
    Login.objects.update(began_at=timezone.now() - logins.KEPT - timedelta(days=1))
    log_in()
    assert [login.browser for login in Login.objects.all()] == ["Firefox, Windows"]


@pytest.mark.parametrize("times", [1, 3])
def test_queries(dora: User, django_assert_num_queries: object, times: int) -> None:
    clients = [log_in() for _time in range(times)]
    with django_assert_num_queries(7):  # type: ignore[operator]
        clients[0].get(ACCOUNT)  # session, who it is twice, second factor, logins, their sessions


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (FIREFOX, "Firefox, Windows"),
        (SAFARI, "Safari, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_recognised(agent: str, expected: str) -> None:
    assert logins.browser_in_words(agent) == expected

"""A forgotten password."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from registration import limits, notices, outbox
from registration.models import LinkRequest, OutgoingMail

FORGOTTEN = "/admin/passwort/"
PASSWORD = "drei rote Fahrräder"
SENT = {"new_password1": PASSWORD, "new_password2": PASSWORD}


@pytest.fixture
def emil(db: None) -> User:
    return User.objects.create_user("emil", "emil@example.org", "altes Passwort hier", is_staff=True)


def ask(client: Client, email: str = "EMIL@example.org") -> Any:
    return client.post(FORGOTTEN, {"email": email}, follow=True)


def mailed() -> str:
    while notices.send_links(timezone.now()):
        pass
    found = re.search(r"https?://[^/]+(/\S+/)", OutgoingMail.objects.get(kind="new_password").facts["opening"])
    assert found is not None
    return found[1]


def test_it_works(client: Client, emil: User) -> None:
    assert f'href="{FORGOTTEN}"' in client.get("/admin/login/").content.decode()
    assert client.get(FORGOTTEN).status_code == 200
    assert ask(client).redirect_chain == [("/admin/passwort/gesendet/", 302)]
    form = client.get(mailed(), follow=True)
    assert "Neues Passwort setzen" in form.content.decode()
    response = client.post(form.redirect_chain[-1][0], SENT, follow=True)
    assert response.redirect_chain == [("/admin/passwort/gesetzt/", 302)]
    emil.refresh_from_db()
    assert emil.check_password(PASSWORD)


def test_other_sessions_end(client: Client, emil: User) -> None:
    elsewhere = Client()
    elsewhere.force_login(emil)
    assert elsewhere.get("/admin/").status_code == 200
    ask(client)
    client.post(client.get(mailed())["Location"], SENT)
    assert elsewhere.get("/admin/").status_code == 302
    assert client.get("/admin/").status_code == 302  # whoever has the link logs in like everybody


def test_a_link_is_for_once_and_for_an_hour(client: Client, emil: User, settings: Settings) -> None:
    ask(client)
    url = mailed()
    settings.PASSWORD_RESET_TIMEOUT, hour = -1, settings.PASSWORD_RESET_TIMEOUT
    assert hour == 3600
    assert "Dieser Link gilt nicht mehr" in Client().get(url).content.decode()
    settings.PASSWORD_RESET_TIMEOUT = hour
    client.post(client.get(url)["Location"], SENT)
    assert "Dieser Link gilt nicht mehr" in Client().get(url).content.decode()


def test_an_easy_password_is_refused(client: Client, emil: User) -> None:
    ask(client)
    url = client.get(mailed())["Location"]
    response = client.post(url, {"new_password1": "Fachtag2026!!", "new_password2": "Fachtag2026!!"})
    assert "error-summary" in response.content.decode()
    emil.refresh_from_db()
    assert not emil.check_password("Fachtag2026!!")


def test_everybody_gets_the_same_answer(client: Client, emil: User, django_assert_num_queries: Any) -> None:
    client.post(FORGOTTEN, {"email": "somebody@example.org"})
    answers, captured = set(), []
    for email in ("emil@example.org", "nobody@example.org"):
        with django_assert_num_queries(2) as queries:
            answers.add(client.post(FORGOTTEN, {"email": email})["Location"])
        captured.append([query["sql"].split()[0] for query in queries.captured_queries])
    assert (len(answers), captured[0]) == (1, captured[1])
    while notices.send_links(timezone.now()):
        pass
    assert [mail.recipient for mail in OutgoingMail.objects.all()] == ["emil@example.org"]
    assert not LinkRequest.objects.exists()


@pytest.mark.parametrize("changes", [{"is_active": False}, {"password": "!"}])
def test_who_cannot_log_in_gets_nothing(client: Client, emil: User, changes: dict[str, Any]) -> None:
    User.objects.filter(pk=emil.pk).update(**changes)
    ask(client)
    notices.send_links(timezone.now())
    assert not OutgoingMail.objects.exists()


def test_the_key_is_nowhere_once_the_mail_has_left(client: Client, emil: User, mailoutbox: list[Any]) -> None:
    ask(client)
    url = mailed()
    assert outbox.deliver(timezone.now())
    assert url.split("/")[-2] in mailoutbox[0].message().as_bytes().decode().replace("=\n", "")
    mail = OutgoingMail.objects.get()
    assert (mail.facts, mail.recipient, mail.sent_at is None) == ({}, "", False)


def test_it_is_limited(client: Client, emil: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOST_PASSWORD", limits.Limit("lost password", 2))
    assert [client.post(FORGOTTEN, {"email": "emil@example.org"}).status_code for _time in range(3)] == [302, 302, 429]
    assert LinkRequest.objects.count() == 2


@pytest.mark.parametrize("email", ["", "emil", "emil\0@example.org", "e" * 5000])
def test_what_is_no_address(client: Client, db: None, email: str) -> None:
    response = client.post(FORGOTTEN, {"email": email})
    assert response.status_code == 422
    assert "error-summary" in response.content.decode()


@pytest.mark.parametrize("key", ["MQ/x", "x/x", "MQ/set-password", "%00/%00", f"{'9' * 50}/{'9' * 500}"])
def test_a_link_that_there_is_not(client: Client, db: None, key: str) -> None:
    for send in (client.get, client.post):
        response = send(f"{FORGOTTEN}{key}/")
        assert "Dieser Link gilt nicht mehr" in response.content.decode()

"""The second factor: given after the password, set up, replaced, removed, and forced by a setting."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.mail import EmailMessage
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from events.models import Event
from registration import outbox, second_factor
from registration.models import Attempts, Change, OutgoingMail, Registration
from tests.desk.conftest import PASSWORD
from tests.desk.test_account import FIREFOX, SAFARI, log_in, words
from tests.events.test_facts import words_of

FACTOR, STEP = "/admin/konto/zweiter-faktor/", "/admin/login/zweiter-schritt/"
CONFIRM = f"{FACTOR}bestaetigen/"


def code(user: User, *, later: int = 0) -> str:
    """What the app shows so many periods from now."""
    secret = decrypt(Authenticator.objects.get(user=user, type="totp").data["secret"])
    return second_factor.code_at(secret, timezone.now() + timedelta(seconds=30 * later))


def shown_secret(client: Client) -> str:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", client.get(f"{FACTOR}app/").content.decode())
    assert found
    return found[1].replace(" ", "")


def set_up(client: Client) -> list[str]:
    """As somebody does it who scans the picture; gives the recovery codes."""
    now = second_factor.code_at(shown_secret(client), timezone.now())
    page = client.post(f"{FACTOR}app/", {"code": now}, follow=True).content.decode()
    return re.findall(r"<li><code>(\d{8})</code>", page)


def forget_the_last() -> None:
    """As if a minute had passed since the last code."""
    for factor in Authenticator.objects.filter(type="totp"):
        factor.data["last_counter"] -= 2
        factor.save()


def password(agent: str = FIREFOX) -> Client:
    """Somebody who has given the password, and nothing else."""
    client = Client(headers={"user-agent": agent})
    response = client.post("/admin/login/?next=/admin/konto/", {"username": "dora", "password": PASSWORD})
    assert response.headers["Location"] == STEP
    return client


def let_pass(client: Client, seconds: int) -> None:
    """As if the session had given its factor, or the password, so much earlier."""
    session: Any = client.session
    for name in ("second_factor", "second_step"):
        if session.get(name):
            session[name] = session[name] | {"at": session[name]["at"] - seconds}
    session.save()


@pytest.fixture
def codes(dora: User) -> list[str]:
    """Dora has an app and these recovery codes."""
    found = set_up(log_in())
    forget_the_last()
    return found


def test_it_works(dora: User, codes: list[str]) -> None:
    client = password()
    assert "_auth_user_id" not in client.session
    assert client.get("/admin/").status_code == 302
    assert client.get(STEP).status_code == 200
    assert client.post(STEP, {"code": code(dora)}).headers["Location"] == "/admin/konto/"
    assert client.get("/admin/konto/").status_code == 200
    assert "Eingerichtet" in words(client)


def test_setting_up_shows_ten_codes_until_they_are_kept(dora: User) -> None:
    client = log_in()
    assert len(set_up(client)) == 10
    assert client.get(f"{FACTOR}codes/").content.decode().count("<li><code>") == 10
    assert client.post(f"{FACTOR}codes/", {"do": "kept"}).status_code == 302
    assert client.get(f"{FACTOR}codes/").content.decode().count("<li><code>") == 0
    assert "10 Codes sind übrig" in words(client, FACTOR)


def test_setting_up_ends_other_logins(dora: User) -> None:
    client, elsewhere = log_in(), log_in(SAFARI)
    set_up(client)
    assert client.get("/admin/konto/").status_code == 200
    assert elsewhere.get("/admin/konto/").status_code == 302
    assert Session.objects.count() == 1


def test_a_login_from_before_is_asked(dora: User, client: Client) -> None:
    """Of which no row says where it is."""
    client.force_login(dora)
    session: Any = client.session
    del session["second_factor"]
    session.save()
    assert client.get("/admin/konto/").status_code == 200
    set_up(log_in())
    assert client.get("/admin/konto/").headers["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/").status_code == 200


@pytest.mark.parametrize("sent", ["", "123", "abcdef", "１２３４５６", "0" * 500, "123456\0", "²²²²²²", "-12345"])
def test_a_wrong_code_is_answered_in_words(dora: User, codes: list[str], sent: str) -> None:
    client = password()
    response = client.post(STEP, {"code": sent})
    assert response.status_code == 200
    assert "error-summary" in response.content.decode()
    assert "_auth_user_id" not in client.session
    assert log_in_with(dora).post(f"{FACTOR}app/", {"code": sent}).status_code == 200


def log_in_with(user: User, agent: str = FIREFOX) -> Client:
    client = password(agent)
    assert client.post(STEP, {"code": code(user)}).status_code == 302
    return client


def test_the_right_code_with_a_space(dora: User, codes: list[str]) -> None:
    shown = code(dora)
    assert password().post(STEP, {"code": f" {shown[:3]} {shown[3:]}"}).status_code == 302


@pytest.mark.parametrize(("later", "status"), [(-2, 200), (-1, 302), (0, 302), (1, 302), (3, 200)])
def test_a_clock_may_be_half_a_minute_wrong(dora: User, codes: list[str], later: int, status: int) -> None:
    for factor in Authenticator.objects.filter(type="totp"):
        factor.data["last_counter"] = 0
        factor.save()
    assert password().post(STEP, {"code": code(dora, later=later)}).status_code == status


def test_a_code_is_taken_once(dora: User, codes: list[str]) -> None:
    shown, first, second = code(dora), password(), password()
    assert first.post(STEP, {"code": shown}).status_code == 302
    assert second.post(STEP, {"code": shown}).status_code == 200


def test_nor_is_an_older_one(dora: User, codes: list[str]) -> None:
    before, first, second = code(dora, later=-1), password(), password()
    assert first.post(STEP, {"code": code(dora)}).status_code == 302
    assert second.post(STEP, {"code": before}).status_code == 200


def test_a_recovery_code_is_taken_once(dora: User, codes: list[str]) -> None:
    first, second = password(), password()
    assert first.post(STEP, {"code": codes[3]}).headers["Location"] == FACTOR
    assert "Sie haben sich mit einem Ersatzcode angemeldet" in words(first, FACTOR)
    assert "9 Codes sind übrig" in words(first, FACTOR)
    assert second.post(STEP, {"code": codes[3]}).status_code == 200
    assert second.post(STEP, {"code": codes[4]}).status_code == 302


def test_a_recovery_code_lets_one_set_a_new_device(dora: User, codes: list[str]) -> None:
    old = code(dora)
    client = password()
    client.post(STEP, {"code": codes[0]})
    assert set_up(client) == codes[1:]
    assert Authenticator.objects.filter(user=dora, type="totp").count() == 1
    assert code(dora) != old
    forget_the_last()
    assert password().post(STEP, {"code": old}).status_code == 200
    assert password().post(STEP, {"code": code(dora)}).status_code == 302


def test_guessing_is_slow(dora: User, codes: list[str]) -> None:
    """Wherever it comes from, and with whichever session."""
    assert [password().post(STEP, {"code": "000000"}).status_code for _time in range(6)] == [200] * 5 + [429]
    response = password().post(STEP, {"code": code(dora)})
    assert (response.status_code, "Bitte warten Sie 2 Sekunden" in response.content.decode()) == (429, True)
    Attempts.objects.all().delete()
    assert password().post(STEP, {"code": code(dora)}).status_code == 302


@pytest.mark.parametrize("what", ["time", "password", "inactive", "nothing"])
def test_the_step_alone_opens_nothing(dora: User, codes: list[str], what: str) -> None:
    client = Client() if what == "nothing" else password()
    if what == "time":
        let_pass(client, 601)
    if what == "password":
        dora.set_password("ein anderes Passwort, neu")
        dora.save()
    if what == "inactive":
        User.objects.update(is_active=False)
    for send in (client.get, client.post):
        assert send(STEP, {"code": code(dora)}).headers["Location"] == "/admin/login/"
    assert "_auth_user_id" not in client.session


def test_it_leads_to_no_other_site(dora: User, codes: list[str]) -> None:
    client = Client()
    client.post("/admin/login/?next=//evil.example/", {"username": "dora", "password": PASSWORD})
    assert client.post(STEP, {"code": code(dora)}).headers["Location"] == "/admin/"


@pytest.mark.parametrize("to", ["foo", "?x"])
def test_a_word_is_an_address_too(dora: User, codes: list[str], to: str) -> None:
    """Not the name of a page, which there may be none of."""
    client = Client()
    client.post(f"/admin/login/?next={to}", {"username": "dora", "password": PASSWORD})
    assert client.post(STEP, {"code": code(dora)}).headers["Location"] == to
    forget_the_last()
    assert client.post(f"{CONFIRM}?next={to}&ohne=x", {"code": code(dora)}).headers["Location"] == to


def test_whoever_was_logged_in_there_is_not_any_more(dora: User, codes: list[str], alice: Client) -> None:
    alice.post("/admin/login/", {"username": "dora", "password": PASSWORD})
    assert alice.get("/admin/konto/").status_code == 302


# Changes


def test_a_change_asks_again_after_ten_minutes(dora: User, codes: list[str]) -> None:
    client = log_in_with(dora)
    assert client.get(f"{FACTOR}app/").status_code == 200
    let_pass(client, 601)
    for page in ("app/", "codes/"):
        for send in (client.get, client.post):
            asked = send(FACTOR + page).headers["Location"]
            assert asked == f"{CONFIRM}?next={quote(FACTOR + page, safe='')}"
    forget_the_last()
    asked = f"{CONFIRM}?next={FACTOR}app/"
    assert client.post(asked, {"code": "000000"}).status_code == 200
    assert client.post(asked, {"code": code(dora)}).headers["Location"] == f"{FACTOR}app/"
    assert client.get(f"{FACTOR}app/").status_code == 200


@pytest.mark.parametrize("then", ["//evil.example/", "https://evil.example/", "javascript:alert(1)", ""])
def test_confirming_leads_to_no_other_site(dora: User, codes: list[str], then: str) -> None:
    client = log_in_with(dora)
    forget_the_last()
    response = client.post(f"{CONFIRM}?next={then}&ohne=x", {"code": code(dora)})
    assert response.headers["Location"] == FACTOR


def test_new_recovery_codes(dora: User, codes: list[str]) -> None:
    client = log_in_with(dora)
    page = client.post(f"{FACTOR}codes/", {"do": "new"}, follow=True).content.decode()
    new = re.findall(r"<li><code>(\d{8})</code>", page)
    assert (len(new), set(new) & set(codes)) == (10, set())
    assert password().post(STEP, {"code": codes[0]}).status_code == 200
    assert password().post(STEP, {"code": new[0]}).status_code == 302


def app_of(user: User) -> Authenticator:
    found: Authenticator = Authenticator.objects.get(user=user, type="totp")
    return found


def test_removing_asks_for_another(dora: User, codes: list[str]) -> None:
    client, factor = log_in_with(dora), app_of(dora)
    remove = f"{FACTOR}{factor.pk}/entfernen/"
    forget_the_last()
    for send in (client.get, client.post):
        asked = send(remove).headers["Location"]
        assert asked.endswith(f"&ohne={factor.pk}")
    assert client.post(asked, {"code": code(dora)}).status_code == 200  # its own does not count
    assert client.post(asked, {"code": codes[0]}).headers["Location"] == remove
    assert "Das ist Ihr letzter Faktor." in words(client, remove)
    assert Authenticator.objects.filter(user=dora).count() == 2
    assert client.post(remove).status_code == 302
    assert Authenticator.objects.filter(user=dora).count() == 0
    assert client.get("/admin/konto/").status_code == 200
    log_in()
    expected = [
        "Zweiter Faktor eingerichtet: App mit Codes",
        "Ersatzcode verwendet",
        "Zweiter Faktor entfernt: App mit Codes",
    ]
    assert [(change.actor, change.key, change.what) for change in Change.objects.order_by("pk")] == [
        (dora, dora.pk, what) for what in expected
    ]
    assert told() == expected


# Mails to oneself


def told() -> list[str]:
    """What the mails about it say was done."""
    mails = OutgoingMail.objects.filter(recipient="dora@example.org", kind="second_factor_changed").order_by("pk")
    said = [re.search(r"soeben dies geschehen:\n(.+)\n", mail.facts["opening"]) for mail in mails]
    return [found[1] for found in said if found]


def test_one_mail_tells_of_all_that_is_set_up_at_first(
    dora: User, codes: list[str], mailoutbox: list[EmailMessage]
) -> None:
    assert told() == ["Zweiter Faktor eingerichtet: App mit Codes"]
    outbox.deliver(timezone.now())
    (mail,) = [message_from_bytes(found.message().as_bytes(), policy=default) for found in mailoutbox]
    assert mail["Subject"] == "Ihr zweiter Faktor für die Fachtag-Verwaltung"
    plain = mail.get_body(("plain",))
    assert plain is not None
    body = plain.get_content()
    assert "mit der Anmeldung dora ist soeben dies geschehen:\nZweiter Faktor eingerichtet: App mit Codes" in body
    assert not any(code in body for code in codes)


def test_new_codes_and_a_used_one_are_told_and_nothing_else(dora: User, codes: list[str]) -> None:
    log_in_with(dora).post(f"{FACTOR}codes/", {"do": "new"})
    assert told()[1:] == ["Neue Ersatzcodes erstellt"]  # the app that let in is no news
    new = second_factor.recovery_codes(dora)
    for wrong in (codes[0], "00000000"):
        password().post(STEP, {"code": wrong})
    assert len(told()) == 2
    password().post(STEP, {"code": new[0]})
    assert told()[2:] == ["Ersatzcode verwendet"]


def test_a_passkey_is_told_with_its_name(dora: User) -> None:
    second_factor.add_passkey(dora, "Handy", {}, timezone.now())
    assert told() == ["Zweiter Faktor eingerichtet: Passkey „Handy“"]


def test_without_an_address_nobody_is_told(dora: User) -> None:
    User.objects.update(email="")
    assert len(set_up(log_in())) == 10
    assert OutgoingMail.objects.count() == 0


# Whose is not theirs


@pytest.mark.parametrize("key", [0, 9**20, 10**30])
def test_a_factor_that_there_is_not(dora: User, codes: list[str], key: int) -> None:
    assert log_in_with(dora).get(f"{FACTOR}{key}/entfernen/").status_code == 404


def test_nobody_removes_somebody_elses(dora: User, codes: list[str], alice: Client) -> None:
    assert alice.post(f"{FACTOR}{app_of(dora).pk}/entfernen/").status_code == 404
    assert app_of(dora)


# Secrets


def test_the_database_alone_opens_nothing(dora: User) -> None:
    client = log_in()
    secret = shown_secret(client)
    assert secret not in str(client.session.items())
    set_up(client)
    assert secret not in str([factor.data for factor in Authenticator.objects.all()])
    assert shown_secret(client) != secret


def test_with_another_key_no_code_is_right_and_nothing_breaks(
    dora: User,
    codes: list[str],
    settings: Settings,
) -> None:
    shown, old = code(dora), settings.SECRET_KEY
    settings.SECRET_KEY = "another-" * 10
    for sent in (shown, codes[0], "328482"):
        assert password().post(STEP, {"code": sent}).status_code == 200
    settings.SECRET_KEY_FALLBACKS = [old]
    assert password().post(STEP, {"code": shown}).status_code == 302


def test_they_are_in_no_table_of_the_admin(alice: Client, dora: User, codes: list[str]) -> None:
    assert alice.get("/admin/mfa/authenticator/").status_code == 404
    assert alice.get("/admin/account/emailaddress/").status_code == 404


# Required


@pytest.fixture
def required(settings: Settings) -> None:
    settings.SECOND_FACTOR = "required"


def test_required_comes_before_anything_else(required: None, dora: User, event: Event) -> None:
    client = log_in()
    for page in ("/admin/", "/admin/konto/", f"/admin/fachtag/{event.slug}/", "/admin/tabellen/", "/admin/auth/user/"):
        for send in (client.get, client.post):
            assert send(page).headers["Location"] == FACTOR
    assert "Hier melden sich alle mit einem zweiten Faktor an." in words(client, FACTOR)
    assert len(set_up(client)) == 10
    assert client.get("/admin/konto/").status_code == 200
    forget_the_last()
    assert log_in_with(dora).get("/admin/").status_code == 200


def test_required_lets_one_log_out(required: None, dora: User) -> None:
    client = log_in()
    assert client.post("/admin/logout/").status_code in {200, 302}
    assert "_auth_user_id" not in client.session


def test_required_leaves_one(required: None, dora: User) -> None:
    client = log_in()
    codes = set_up(client)
    remove = f"{FACTOR}{app_of(dora).pk}/entfernen/"
    client.post(f"{CONFIRM}?ohne={app_of(dora).pk}", {"code": codes[0]})
    assert "Richten Sie zuerst einen anderen ein." in client.post(remove, follow=True).content.decode()
    assert app_of(dora)


@pytest.mark.parametrize("value", ["offered", "required"])
def test_without_one_nobody_acts_for_guests(
    alice: Client, event: Event, bob: Registration, settings: Settings, value: str
) -> None:
    """Not on the pages of the public either."""
    settings.SECOND_FACTOR = value
    Event.objects.update(status=Event.Status.DRAFT)
    assert alice.get("/fachtag-demo/").status_code == (200 if value == "offered" else 404)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_many_at_once_take_a_code_once() -> None:
    user = User.objects.create_user("dora", is_staff=True)
    now = timezone.now()
    second_factor.set_app(user, "JBSWY3DPEHPK3PXP", 0, now)
    shown = second_factor.code_at("JBSWY3DPEHPK3PXP", now)
    paper = second_factor.recovery_codes(user)[0]

    def take(sent: str) -> bool:
        try:
            return second_factor.take_code(user, sent, now) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(take, [shown] * 20)).count(True) == 1
        assert list(pool.map(take, [paper] * 20)).count(True) == 1


@pytest.mark.parametrize(
    "answer",
    ["", "{}", "[]", "null", "x", '{"id": 1}', "[" * 5000, "0" * 30000, '{"id": "AA", "rawId": "AA", "response": {}}'],
)
def test_what_is_no_passkey_is_answered_in_words(dora: User, codes: list[str], answer: str) -> None:
    """At the step, where one is asked for, and where one is made."""
    response = password().post(STEP, {"passkey": answer})
    assert response.status_code == 200
    client = log_in_with(dora)
    response = client.post(f"{FACTOR}passkey/", {"passkey": answer, "name": "<b>\0"})
    assert response.status_code == 200
    assert "Es wurde kein Passkey erstellt." in words_of(response.content.decode())
    assert not Authenticator.objects.filter(type="webauthn").exists()

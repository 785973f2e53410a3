"""What came in through the contact form, and its one answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.models import Event
from registration import erasing, inquiries
from registration.models import Change, Inquiry, OutgoingMail
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_mails import words_of
from tests.registration.test_contact import payload

INQUIRIES = "/admin/fachtag/fachtag-demo/anfragen/"


def address(inquiry: Inquiry) -> str:
    return f"{INQUIRIES}{inquiry.pk}/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


@pytest.fixture
def eva(event: Event) -> Inquiry:
    return factories.inquiry(event)


def said(client: Client, inquiry: Inquiry, **form: str) -> str:
    return words_of(client.post(address(inquiry), form, follow=True).content.decode().partition("<main")[2])


def test_it_works(client: Client, event: Event) -> None:
    Client().post("/kontakt/", payload(name="Eva", email="eva@example.org", message="Barriere am Eingang"))
    page = words_of(client.get(INQUIRIES).content.decode())
    assert "Zu beantworten: 1" in page
    assert "Barriere am Eingang" in page
    inquiry = Inquiry.objects.get()
    assert inquiry.organiser == event.organiser
    page = said(client, inquiry, do="answer", text="Guten Tag Eva,\n\nes gibt eine Rampe.")
    assert "Die Antwort geht gleich hinaus." in page
    assert "Nichts zu beantworten." in page
    assert "Erledigt: 1" in page
    mail = OutgoingMail.objects.get(kind="inquiry_answered")
    assert (mail.recipient, mail.subject[:20]) == ("eva@example.org", "Ihre Nachricht vom 2"[:20])
    assert b"Reply-To: Landratsamt Mittelsachsen <integration@landkreis-mittelsachsen.de>" in factories.mime(mail)
    body = factories.read(mail)
    assert body.startswith("Guten Tag Eva,\n\nes gibt eine Rampe.\n\nSie schrieben am ")
    assert body.endswith(":\n> Barriere am Eingang\n")


def test_the_answer_begins_with_who_asked(client: Client, eva: Inquiry) -> None:
    page = client.get(address(eva)).content.decode()
    assert "Guten Tag Eva Frage," in page
    assert "Mit freundlichen Grüßen\nLandratsamt Mittelsachsen</textarea>" in page


def test_one_answer(client: Client, log_in: LogIn, eva: Inquiry) -> None:
    client.post(address(eva), {"do": "answer", "text": "Die erste Antwort"})
    late = log_in("lead").post(address(eva), {"do": "answer", "text": "Die zweite Antwort"})
    page = words_of(late.content.decode())
    assert late.status_code == 409
    assert "Inzwischen hat schon jemand geantwortet" in page
    assert "Die zweite Antwort" in page
    assert "Die erste Antwort" in factories.read(eva.mails.get())
    assert Change.objects.count() == 1


def test_an_answer_stays_as_it_was_sent(client: Client, event: Event, eva: Inquiry) -> None:
    client.post(address(eva), {"do": "answer", "text": "{name} & <b>"})
    before = factories.mime(eva.mails.get())
    assert "{name} & <b>" in factories.read(eva.mails.get())
    Inquiry.objects.update(name="Anders", message="Anders", email="anders@example.org")
    event.organiser.name = "Anderes Amt"
    event.organiser.save()
    assert factories.mime(eva.mails.get()) == before


def test_nothing_typed_is_lost(client: Client, eva: Inquiry) -> None:
    refused = client.post(address(eva), {"do": "answer", "text": "x" * 10_001}).content.decode()
    assert "x" * 10_001 in refused
    assert 'class="error"' in refused
    assert "Bitte schreiben Sie ein paar Worte." in client.post(address(eva), {"do": "answer"}).content.decode()
    eva.refresh_from_db()
    assert (eva.done_at, eva.mails.count()) == (None, 0)


def test_done_without_an_answer_and_open_again(client: Client, eva: Inquiry) -> None:
    assert "Erledigt: 1" in said(client, eva, do="settle")
    assert "Ohne Antwort erledigt" in words_of(client.get(address(eva)).content.decode())
    assert "Zu beantworten: 1" in said(client, eva, do="reopen")
    client.post(address(eva), {"do": "settle"})
    assert "Die Antwort geht gleich hinaus." in said(client, eva, do="answer", text="Doch noch")
    logged = Change.objects.count()
    for do in ("reopen", "settle"):
        assert client.post(address(eva), {"do": do}).status_code == 200
    eva.refresh_from_db()
    assert eva.done_at is not None
    assert Change.objects.count() == logged == 4


def test_who_left_no_address(client: Client, event: Event) -> None:
    nobody = factories.inquiry(event, name="", email="")
    page = client.get(address(nobody)).content.decode()
    assert "<textarea" not in page
    assert "keine Adresse angegeben" in page
    client.post(address(nobody), {"do": "answer", "text": "Hallo"})
    assert not OutgoingMail.objects.exists()
    with pytest.raises(ValueError, match="no address"):
        inquiries.answer(nobody, event.organiser, "Hallo", timezone.now())


def test_an_answer_that_did_not_arrive(client: Client, eva: Inquiry) -> None:
    client.post(address(eva), {"do": "answer", "text": "Hallo"})
    OutgoingMail.objects.update(failed_at=timezone.now(), error="550 unbekannt")
    assert "Zu beantworten: 1 Eva Frage Antwort kam nicht an" in words_of(client.get(INQUIRIES).content.decode())
    assert "550 unbekannt" in client.get(address(eva)).content.decode()
    assert "1 Anfrage wartet auf Antwort" in client.get("/admin/").content.decode()
    assert "Die Antwort geht gleich hinaus." in said(client, eva, do="again")
    assert OutgoingMail.objects.get().failed_at is None


def test_it_is_said_once_that_somebody_waits(log_in: LogIn, event: Event, eva: Inquiry) -> None:
    later = factories.an_open_event("spaeter", timezone.localdate() + timedelta(days=90))
    Event.objects.filter(pk=later.pk).update(organiser=event.organiser)
    page = log_in("guests").get("/admin/").content.decode()
    assert page.count("1 Anfrage wartet auf Antwort") == 1
    assert 'href="/admin/fachtag/spaeter/anfragen/"' in page
    assert "Anfrage" not in log_in("editor").get("/admin/").content.decode()


def test_more_than_a_page_can_hold(client: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registration.desk.inquiries.A_PAGE", 2)
    for age in range(3):
        factories.inquiry(event, message=f"Frage {age}", sent_in_at=timezone.now() - timedelta(days=age))
    page = words_of(client.get(INQUIRIES).content.decode())
    assert "Zu beantworten: 3" in page
    assert [f"Frage {age}" in page for age in range(3)] == [False, True, True]
    assert "die übrigen folgen" in page


def test_another_office_sees_none(client: Client, event: Event, foreign: Event) -> None:
    theirs = factories.inquiry(foreign, message="Geheimes")
    assert "Geheimes" not in client.get(INQUIRIES).content.decode()
    assert client.get(address(theirs)).status_code == 404
    assert client.post(address(theirs), {"do": "settle"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.done_at is None


def test_what_went_to_no_office(client: Client, alice: Client, event: Event) -> None:
    lost = factories.inquiry(None, message="An niemanden")
    assert "An niemanden" not in client.get(INQUIRIES).content.decode()
    assert client.get(address(lost)).status_code == 404
    assert "1 Anfrage ging an keinen Veranstalter" in alice.get("/admin/").content.decode()
    assert "An niemanden" in alice.get(INQUIRIES).content.decode()
    alice.post(address(lost), {"do": "answer", "text": "Hallo"})
    assert "An niemanden" in client.get(INQUIRIES).content.decode()


def test_an_inquiry_goes_with_its_answer(client: Client, eva: Inquiry) -> None:
    client.post(address(eva), {"do": "answer", "text": "Hallo"})
    erasing.erase_due(timezone.now() + timedelta(days=180, minutes=1))
    assert not OutgoingMail.objects.exists()
    assert client.get(address(eva)).status_code == 404


def test_as_many_queries_with_one_as_with_four(
    client: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        factories.inquiry(event)
        factories.inquiry(event, done_at=timezone.now())
        if number in {0, 3}:
            with django_assert_num_queries(10):
                client.get(INQUIRIES)


@pytest.mark.parametrize("form", [{}, {"do": "x"}, {"do": "again"}, {"do": "answer", "text": "\0"}, {"do": "\0"}])
def test_what_means_nothing_does_nothing(client: Client, eva: Inquiry, form: dict[str, Any]) -> None:
    assert client.post(address(eva), form).status_code == 200
    eva.refresh_from_db()
    assert (eva.done_at, Change.objects.count()) == (None, 0)


@pytest.mark.parametrize("query", ["seite=x", "seite=-1", "seite=99999999999999999999"])
def test_pages_that_are_none(client: Client, eva: Inquiry, query: str) -> None:
    assert client.get(f"{INQUIRIES}?{query}").status_code == 200
    assert client.get(f"{INQUIRIES}{10**30}/").status_code == 404


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer")
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_ten_answers_at_the_same_moment() -> None:
    event = factories.an_open_event()
    eva, start = factories.inquiry(event), Barrier(10)

    def answer(number: int) -> bool:
        start.wait(timeout=60)
        try:
            return inquiries.answer(eva, event.organiser, f"Antwort {number}", timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(answer, range(10)))
    assert answers.count(True) == 1
    assert f"Antwort {answers.index(True)}\n" in factories.read(eva.mails.get())


def test_it_is_erased_for_whoever_asks(client: Client, event: Event, eva: Inquiry) -> None:
    client.post(address(eva), {"do": "answer", "text": "Die Antwort"})
    response = client.post(address(eva), {"do": "erase"}, follow=True)
    assert "Die Anfrage ist gelöscht." in words_of(response.content.decode())
    assert (Inquiry.objects.count(), OutgoingMail.objects.count()) == (0, 0)
    assert list(Change.objects.values_list("what", flat=True)) == ["Gelöscht", "Beantwortet"]
    assert client.post(address(eva), {"do": "erase"}).status_code == 404

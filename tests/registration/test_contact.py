from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.test import Client
from django.utils import timezone

from events.models import Event
from registration.forms import FormNumber
from registration.models import Inquiry, OutgoingMail
from tests import factories


def payload(**changes: str) -> dict[str, Any]:
    number = FormNumber(uuid4(), timezone.now() - timedelta(seconds=10), "")
    return {"message": "Der Knopf\nhat keinen Namen.", "form_number": number.signed()} | changes


def test_it_works(client: Client, event: Event) -> None:
    response = client.post("/kontakt/", payload(name="Eva", email="eva@example.org"))
    assert response["Location"] == "/kontakt/gesendet/"
    assert "Ihre Nachricht ist angekommen." in client.get("/kontakt/gesendet/").content.decode()
    assert Inquiry.objects.get().message == "Der Knopf\nhat keinen Namen."
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.recipient) == ("inquiry", "integration@landkreis-mittelsachsen.de")
    assert b"Reply-To: eva@example.org\r\n" in factories.mime(mail)


def test_nameless(client: Client, event: Event) -> None:
    assert client.post("/kontakt/", payload()).status_code == 302
    assert b"Reply-To" not in factories.mime(OutgoingMail.objects.get())


def test_twice_is_once(client: Client, event: Event) -> None:
    form = payload()
    client.post("/kontakt/", form)
    client.post("/kontakt/", form)
    assert Inquiry.objects.count() == OutgoingMail.objects.count() == 1


def test_without_words(client: Client, event: Event) -> None:
    response = client.post("/kontakt/", payload(message=" ", name="Eva"))
    assert response.status_code == 422
    assert "Bitte schreiben Sie ein paar Worte." in response.content.decode()
    assert 'value="Eva"' in response.content.decode()


def test_machines_are_told_what_to_do(client: Client, event: Event) -> None:
    assert client.post("/kontakt/", payload(homepage="x")).status_code == 422
    assert client.post("/kontakt/", payload(form_number="")).status_code == 422
    assert not Inquiry.objects.exists()


def test_a_name_is_no_address(client: Client, event: Event) -> None:
    assert client.post("/kontakt/", payload(name="evil.com")).status_code == 422
    assert not Inquiry.objects.exists()

import re
from datetime import timedelta
from html import unescape

import pytest
from django.core import mail as django_mail
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import outbox
from registration.models import ConsentRecord, OutgoingMail, Registration
from tests import factories
from tests.conftest import Payload
from tests.events.test_facts import words_of

URL = "/fachtag-demo/anmeldung/"


def text(response: object) -> str:
    return words_of(response.content.decode())  # type: ignore[attr-defined]


def test_it_works(client: Client, payload: Payload) -> None:
    response = client.post(URL, payload())
    registration = Registration.objects.get()
    assert response.status_code == 302
    assert response["Location"] == f"/anmeldung/{registration.token}/"
    assert (registration.state, factories.seat(registration).number) == ("confirmed", 2)
    assert (registration.name, registration.email) == ("Charlie Öztürk", "charlie@example.org")
    assert (registration.organisation, registration.channel) == ("Amt für Übergänge & Anfänge", "web")
    assert OutgoingMail.objects.get().recipient == "charlie@example.org"


def test_the_form(client: Client, event: Event) -> None:
    response = client.get(URL)
    assert response.status_code == 200
    assert "Organisation (optional)" in text(response)
    html = response.content.decode()
    assert " checked" not in html
    for autocomplete in ("given-name", "family-name", "email", "organization"):
        assert f'autocomplete="{autocomplete}"' in html
    assert "noch 25 von 25 Plätzen frei" in html
    assert factories.RECORDING in html
    assert factories.ALTERNATIVE in html
    assert "Verantwortlich: Landratsamt Mittelsachsen, integration@landkreis-mittelsachsen.de" in html


def test_a_link_may_choose_the_workshop(client: Client, event: Event) -> None:
    html = client.get(URL + "?workshop=2").content.decode()
    assert html.count(" checked") == 1
    assert f'value="{factories.option("2")}" id="id_{factories.round_name()}_1" checked' in html


def test_a_long_link_makes_no_long_page(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    usual = len(client.get(f"{URL}?workshop=2").content)
    # The moment within the form's number has six digits behind the point, or fewer.
    assert len(client.get(f"{URL}?workshop={'2,' * 10000}").content) == pytest.approx(usual, abs=16)
    assert len(client.get(f"{URL}?workshop=2&organisation={'x' * 10000}").content) < usual + 300


@pytest.mark.parametrize("workshop", ["", "4", "2-", "x", "%00", "٢"])
def test_a_strange_link_chooses_nothing(client: Client, event: Event, workshop: str) -> None:
    response = client.get(f"{URL}?workshop={workshop}")
    assert response.status_code == 200
    assert " checked" not in response.content.decode()


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"first_name": ""}, "first_name", "Bitte geben Sie Ihren Vornamen ein."),
        ({"last_name": " \t "}, "last_name", "Bitte geben Sie Ihren Nachnamen ein."),
        ({"email": ""}, "email", "Bitte geben Sie Ihre E-Mail-Adresse ein."),
        ({"email": "charlie@"}, "email", "Bitte geben Sie eine E-Mail-Adresse ein, etwa name@example.org."),
        ({"email": "charlie@exa mple.org"}, "email", "Bitte geben Sie eine E-Mail-Adresse ein, etwa name@example.org."),
        ({"workshop": None}, "workshop", "Bitte wählen Sie einen Workshop oder den Livestream."),
        ({"workshop": "0"}, "workshop", "Was Sie gewählt hatten, gibt es nicht mehr. Bitte wählen Sie neu."),
        (
            {"workshop": "-waiting"},
            "workshop",
            "Was Sie gewählt hatten, gibt es nicht mehr. Bitte wählen Sie neu.",
        ),
        ({"recording_consent": None}, "recording_consent", "Wer vor Ort teilnimmt, willigt hier ein."),
    ],
)
def test_what_is_missing(
    client: Client, payload: Payload, changes: dict[str, str | None], field: str, message: str
) -> None:
    response = client.post(URL, payload(**changes))
    assert response.status_code == 422
    html = response.content.decode()
    assert "<title>Fehler: " in html
    assert html.count(message) == 2  # in the summary and at the field
    field = factories.round_name() if field == "workshop" else field
    assert f'href="#id_{field}' in html
    assert "Amt für Übergänge &amp; Anfänge" in html
    assert not Registration.objects.exists()


def test_an_empty_form_is_told_everything_at_once(client: Client, event: Event, payload: Payload) -> None:
    nothing = dict.fromkeys(("first_name", "last_name", "email", "workshop", "recording_consent"))
    response = client.post(URL, payload(**nothing))
    names = [factories.round_name() if name == "workshop" else name for name in nothing]
    assert list(response.context["form"].errors) == names


def test_after_the_deadline_a_form_opened_before_is_refused_in_words(
    client: Client, event: Event, payload: Payload
) -> None:
    form = payload()
    event.registration_closes_at = timezone.now() - timedelta(seconds=1)
    event.save()
    response = client.post(URL, form)
    assert response.status_code == 422
    assert "Die Anmeldung ist geschlossen; sie war bis" in text(response)
    assert 'value="Amt für Übergänge &amp; Anfänge"' in response.content.decode()
    assert not Registration.objects.exists()


def test_a_workshop_that_filled_meanwhile_keeps_everything(client: Client, event: Event, payload: Payload) -> None:
    form = payload(question_needs="Eine Rampe")
    factories.fill(event, 2)
    response = client.post(URL, form)
    assert response.status_code == 422
    html = response.content.decode()
    assert "ist inzwischen ausgebucht" in html
    for typed in ("Charlie", "Öztürk", "charlie@example.org", "Amt für Übergänge &amp; Anfänge", "Eine Rampe"):
        assert typed in html
    assert 'name="recording_consent" aria-describedby="id_recording_consent_helptext"' in html
    assert html.count(" checked") == 1  # the consent; no workshop
    assert f'value="{factories.option("2-waiting")}" id="id_{factories.round_name()}_1">' in html
    assert Registration.objects.filter(last_name="Öztürk").count() == 0


def test_the_waiting_list(client: Client, event: Event, payload: Payload) -> None:
    factories.fill(event, 2)
    assert f'value="{factories.option("2-waiting")}"' in client.get(URL).content.decode()
    client.post(URL, payload(workshop="2-waiting"))
    charlie = Registration.objects.get(last_name="Öztürk")
    assert (charlie.state, charlie.held) == ("waiting", [])
    assert factories.queue(charlie) == event.workshops.get(number=2)
    assert OutgoingMail.objects.get(registration=charlie).kind == "waiting"


def test_who_asked_for_the_waiting_list_gets_a_seat_that_is_free(client: Client, payload: Payload) -> None:
    client.post(URL, payload(workshop="2-waiting"))
    assert Registration.objects.get().state == "confirmed"


def test_the_same_form_twice_leads_to_the_same_page(client: Client, payload: Payload) -> None:
    form = payload()
    assert client.post(URL, form)["Location"] == client.post(URL, form)["Location"]
    assert Registration.objects.count() == OutgoingMail.objects.count() == 1


def test_going_back_to_register_a_colleague(client: Client, payload: Payload) -> None:
    form = payload()
    first = client.post(URL, form)["Location"]
    assert client.post(URL, form | {"first_name": "Dora"})["Location"] != first
    assert Registration.objects.count() == 2


def test_who_chooses_something_else_is_led_to_changing(client: Client, event: Event, payload: Payload) -> None:
    client.post(URL, payload())
    response = client.post(URL, payload(workshop="3"))
    assert "Öffnen Sie den Link und wählen Sie „Ändern“." in text(response)
    assert list(OutgoingMail.objects.order_by("pk").values_list("kind", flat=True)) == ["confirmed", "link"]
    assert factories.seat(Registration.objects.get()).number == 2
    client.post(URL, payload())
    assert OutgoingMail.objects.latest("pk").kind == "confirmed"


def test_a_colleague_finds_organisation_and_workshop_filled_in(client: Client, event: Event) -> None:
    bob = factories.registered(event, factories.BOB, 3)
    page = client.get(bob.get_absolute_url()).content.decode()
    [link] = re.findall(rf'href="({URL}[^"]+)"', page)
    form = client.get(unescape(link)).content.decode()
    assert 'name="organisation" value="Treibhaus e.V."' in form
    assert f'value="{factories.option("3")}" id="id_{factories.round_name()}_2" checked' in form
    assert "Bob" not in form
    assert str(bob.token) not in link


def test_another_form_of_the_same_person_shows_no_key(client: Client, payload: Payload) -> None:
    client.post(URL, payload())
    response = client.post(URL, payload(first_name="CHARLIE", last_name="öztürk", email="Charlie@Example.org"))
    assert response.status_code == 200
    assert "Sie sind bereits angemeldet" in text(response)
    assert str(Registration.objects.get().token) not in response.content.decode()
    assert OutgoingMail.objects.count() == 2


def test_nobody_fills_a_strangers_mailbox(client: Client, payload: Payload) -> None:
    """`registration.mailboxes` sees to that."""
    for _attempt in range(15):
        client.post(URL, payload())
    while outbox.deliver(timezone.now()):
        pass
    assert len(django_mail.outbox) == 1


def test_colleagues_may_share_a_mailbox(client: Client, payload: Payload) -> None:
    client.post(URL, payload())
    client.post(URL, payload(first_name="Dora"))
    assert Registration.objects.count() == 2


def test_a_machine_is_told_what_to_do(client: Client, payload: Payload) -> None:
    """Sent at once, as a browser would that gets no answer to wait for."""
    html = client.get(URL).content.decode()
    number = html.split('name="form_number" value="')[1].split('"')[0]
    response = client.post(URL, payload(form_number=number))
    assert response.status_code == 422
    assert "Das ging sehr schnell. Bitte senden Sie noch einmal ab." in text(response)
    assert number in response.content.decode()  # the clock goes on
    assert not Registration.objects.exists()


@pytest.mark.parametrize("number", [None, "", "erfunden", "\x00", "a:b:c"])
def test_a_form_without_its_number_gets_one(client: Client, payload: Payload, number: str | None) -> None:
    response = client.post(URL, payload(form_number=number))
    assert response.status_code == 422
    assert "Das ging sehr schnell. Bitte senden Sie noch einmal ab." in text(response)
    assert len(response.content.decode().split('name="form_number" value="')[1].split('"')[0]) > 50


def test_the_trap_is_emptied_and_explained(client: Client, payload: Payload) -> None:
    response = client.post(URL, payload(homepage="https://spam.example"))
    assert response.status_code == 422
    assert "Wir haben es geleert." in text(response)
    assert "spam.example" not in response.content.decode()
    assert not Registration.objects.exists()


def test_consent_is_stored_as_version_and_record(client: Client, event: Event, payload: Payload) -> None:
    client.post(URL, payload())
    found = ConsentRecord.objects.values_list("text__purpose", "text__version", "decision", "channel", "text__wording")
    assert list(found)[1] == ("recording", 1, "given", "web", factories.RECORDING)
    assert [row[:4] for row in found] == [("privacy", 1, "informed", "web"), ("recording", 1, "given", "web")]


def test_a_new_wording_is_a_new_version_and_changes_no_record(client: Client, event: Event, payload: Payload) -> None:
    old_wording = factories.RECORDING
    client.post(URL, payload())
    event.consent_requests.update(wording="Ich willige in Fotos ein.")
    client.post(URL, payload(first_name="Dora"))
    found = ConsentRecord.objects.filter(text__purpose="recording").values_list("text__version", "text__wording")
    assert list(found) == [(1, old_wording), (2, "Ich willige in Fotos ein.")]


def test_a_wording_that_changed_meanwhile_is_read_again(client: Client, event: Event, payload: Payload) -> None:
    form = payload()
    event.consent_requests.update(wording="Ich willige in Fotos ein.")
    response = client.post(URL, form)
    assert response.status_code == 422
    html = response.content.decode()
    assert "Der Wortlaut der Einwilligung oder des Datenschutzhinweises hat sich inzwischen geändert." in html
    assert "Ich willige in Fotos ein." in html
    assert html.count(" checked") == 1  # the workshop; the consent is asked for anew
    assert not Registration.objects.exists()


def test_an_event_that_asks_for_no_consent(client: Client, event: Event, payload: Payload) -> None:
    event.consent_requests.all().delete()
    assert "recording_consent" not in client.get(URL).content.decode()
    client.post(URL, payload(recording_consent=None))
    assert [record.text.purpose for record in ConsentRecord.objects.all()] == ["privacy"]


@pytest.mark.parametrize("slug", ["fachtag-2021", "fachtag-morgen"])
def test_a_closed_event_has_no_form(client: Client, past_event: Event, slug: str) -> None:
    factories.an_open_event("fachtag-morgen", registration_opens_at=timezone.now() + timedelta(days=1))
    page = text(client.get(f"/{slug}/anmeldung/"))
    assert ("hat bereits stattgefunden" in page) == (slug == "fachtag-2021")
    assert ("Die Anmeldung öffnet am" in page) == (slug == "fachtag-morgen")
    assert "Vorname" not in page


def test_a_draft_takes_nobody(client: Client, event: Event, payload: Payload) -> None:
    form = payload()
    event.status = Event.Status.DRAFT
    event.save()
    assert client.get(URL).status_code == client.post(URL, form).status_code == 404


def test_without_the_cookie_nothing_typed_is_lost(event: Event, payload: Payload) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(URL, payload())
    assert response.status_code == 422
    assert "hat das Cookie nicht mitgeschickt" in text(response)
    assert 'value="Amt für Übergänge &amp; Anfänge"' in response.content.decode()
    assert not Registration.objects.exists()


NASTY = [
    "x" * 10_000,
    "a\x00b",
    "👩🏽‍🦽🎉" * 10,
    "שלום עולם",
    "\u202eevil\u202c",
    "<script>alert(1)</script>",
    '=HYPERLINK("http://x","y")',
    "+49 1; -1 @SUM(A1)",
    "Max\r\nBcc: evil@example.org",
    "Max\nContent-Type: text/html\n\n<b>",
    "\ud7ff\uffff\u0085\u2028",
    "%s %(name)s {{ 7|add:7 }} {% now %}",
    "",
]
FIELDS = [
    "first_name", "last_name", "email", "organisation", "workshop", "recording_consent", "question_needs",
    "form_number", "homepage",
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", NASTY, ids=lambda value: value[:12].encode("unicode_escape").decode())
def test_no_input_breaks_it(client: Client, payload: Payload, field: str, value: str) -> None:
    response = client.post(URL, payload(**{field: value}))
    assert response.status_code in {302, 422}
    if response.status_code == 422:
        assert 'class="error-summary"' in response.content.decode()
        assert not Registration.objects.exists()
        return
    registration = Registration.objects.get()
    stored = [registration.first_name, registration.last_name, registration.email, registration.organisation]
    assert [text for text in stored if set(text) & set("\r\n\x00\u202e\u202c\u0085\u2028")] == []
    mail = OutgoingMail.objects.get()
    head = factories.mime(mail).partition(b"\r\n\r\n")[0]
    assert b"\r\nbcc:" not in head.lower()
    assert head.count(b"\r\nTo: ") == 1
    assert client.get(response["Location"]).status_code == 200
    assert "<script>alert" not in client.get(response["Location"]).content.decode()


@pytest.mark.parametrize(
    "email",
    [
        "=?utf-8?q?a=0d=0aBcc=3Avictim=40x.org?=@example.org",
        "=?utf-8?q?victim=40real.example=2C?=@example.org",
        '"=?utf-8?q?x?="@example.org',
        '"a b"@example.org',
        "root@localhost",
        "root@[127.0.0.1]",
        "root@[::1]",
    ],
)
def test_no_address_becomes_another_in_a_header_or_leads_to_our_own_machines(
    client: Client, payload: Payload, email: str
) -> None:
    assert client.post(URL, payload(email=email)).status_code == 422
    assert not Registration.objects.exists()


def test_one_form_does_not_register_a_town(client: Client, payload: Payload) -> None:
    form = payload()
    answers = [client.post(URL, form | {"first_name": f"Gast {number}"}).status_code for number in range(8)]
    assert answers == [302] * 5 + [422] * 3


def test_an_umlaut_domain(client: Client, payload: Payload) -> None:
    client.post(URL, payload(email="charlie@bücher.example"))
    assert Registration.objects.get().email == "charlie@xn--bcher-kva.example"


@pytest.mark.parametrize("local", ["boſ", "bo\u212a", "bo\u0131", "bö", "bｏb", "бob", "b\u200bob", "bob\u0307"])
def test_only_ascii_stands_before_the_at(client: Client, payload: Payload, local: str) -> None:
    """ſ and the Kelvin sign are letters to a pattern that ignores case, and an encoded word to a mail header."""
    response = client.post(URL, payload(email=f"{local}@example.org"))
    assert response.status_code == 422
    assert "Vor dem @ können nur Buchstaben von a bis z, Ziffern und Zeichen stehen." in text(response)
    assert not Registration.objects.exists()


@pytest.mark.parametrize("domain", ["ex\u212aample.org", "ＥＸＫＡＭＰＬＥ．org", "exKample。org"])
def test_a_domain_is_folded_as_browsers_do(client: Client, payload: Payload, domain: str) -> None:
    client.post(URL, payload(email=f"bob@{domain}"))
    assert Registration.objects.get().email == "bob@exkample.org"


@pytest.mark.parametrize("domain", ["ex ample.org", "exa\u2024", "\u00ad.org", "a..b", "xn--.org", "ex\u2665ample.org"])
def test_a_domain_that_is_none(client: Client, payload: Payload, domain: str) -> None:
    client.post(URL, payload(email=f"bob@{domain}"))
    assert all(email.isascii() for email in Registration.objects.values_list("email", flat=True))

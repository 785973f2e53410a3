"""What is kept until when, erasing earlier, and the document for the data protection officer."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from events.models import Event, Organiser
from events.wording import day
from registration import booking, erasing, messages
from registration.desk.record import log
from registration.models import Answer, Change, Erasure, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_mails import words_of
from tests.test_house import SAID

AFTERWARDS = "/admin/fachtag/fachtag-demo/nachher/"
NEEDS, GUESTS, RECORD = f"{AFTERWARDS}loeschen/antworten/", f"{AFTERWARDS}loeschen/gaeste/", f"{AFTERWARDS}verzeichnis/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("lead")


@pytest.fixture
def cast(event: Event) -> Event:
    """An event with three guests, two of whom need something."""
    for number in range(3):
        factories.registered(event, factories.guest(number), answered={"needs": "Rampe"} if number else {})
    return event


def over(event: Event) -> Event:
    """The same, a day after it has ended."""
    ended = timezone.now() - timedelta(days=1)
    Event.objects.filter(pk=event.pk).update(
        starts_at=ended - timedelta(hours=8), ends_at=ended, registration_closes_at=ended - timedelta(hours=9)
    )
    event.refresh_from_db()
    return event


def rows(page: str, number: int) -> list[str]:
    """What stands in a column of the first table."""
    table = page.partition("<tbody")[2].partition("</tbody>")[0]
    return [words_of(row.split("<td")[number].partition(">")[2]) for row in table.split("<tr")[1:]]


def test_it_works(client: Client, cast: Event) -> None:
    factories.inquiry(cast)
    page = client.get(AFTERWARDS).content.decode()
    assert rows(page, 2)[:3] == ["2", "3", "1"]
    assert rows(page, 3)[:2] == [day(cast.needs_erased_at), day(cast.data_erased_at)]
    words = words_of(page)
    assert "14 Tage, alles Übrige 180 Tage" in words
    assert "Bisher wurde nichts gelöscht." in words


def test_before_it_is_over_there_is_nothing_to_press(client: Client, cast: Event) -> None:
    assert "loeschen/" not in client.get(AFTERWARDS).content.decode()
    assert "sobald der Fachtag vorbei ist" in client.get(AFTERWARDS).content.decode()
    assert "<button" not in client.get(GUESTS).content.decode().partition("<main")[2]
    for address, count in ((NEEDS, 2), (GUESTS, 3)):
        page = client.post(address, {"count": count}, follow=True).content.decode()
        assert "noch nicht vorbei; es wurde nichts gelöscht" in page
    assert (Answer.objects.count(), Registration.objects.filter(erased_at=None).count()) == (2, 3)
    assert not Erasure.objects.exists()


def test_a_postponed_event_has_not_taken_place(client: Client, cast: Event) -> None:
    over(cast)
    Event.objects.update(status="postponed")
    assert "loeschen/" not in client.get(AFTERWARDS).content.decode()
    client.post(GUESTS, {"count": 3})
    assert Registration.objects.filter(erased_at=None).count() == 3


def test_sensitive_answers_are_erased_earlier(client: Client, cast: Event) -> None:
    over(cast)
    assert "2 Antworten jetzt endgültig löschen" in client.get(NEEDS).content.decode()
    page = words_of(client.post(NEEDS, {"count": 2}, follow=True).content.decode())
    assert "2 sensible Antworten sind gelöscht." in page
    assert "sensible Antworten 2 früher, durch den Veranstalter lead-fachtag-demo" in page
    assert not Answer.objects.exists()
    assert Registration.objects.filter(erased_at=None).count() == 3
    assert Change.objects.get().what == "2 sensible Antworten sind gelöscht."
    assert "Es gibt nichts mehr zu löschen." in client.get(NEEDS).content.decode()


def test_everybody_is_erased_earlier(client: Client, cast: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 2)
    over(cast)
    mails = OutgoingMail.objects.count()
    page = words_of(client.post(GUESTS, {"count": 3}, follow=True).content.decode())
    assert "3 Gäste sind gelöscht." in page
    assert "Hier führt nichts mehr zu einem Gast." in page
    assert [(one.what, one.why, one.count) for one in log(cast)] == [
        ("Gäste", "früher, durch den Veranstalter", 3),
        ("sensible Antworten", "früher, durch den Veranstalter", 2),
    ]
    assert not Registration.objects.filter(erased_at=None).exists()
    assert OutgoingMail.objects.count() < mails
    assert Registration.objects.filter(state="confirmed").count() == 3


def test_the_number_that_was_confirmed(client: Client, cast: Event) -> None:
    over(cast)
    for count in ("2", "", "x", "\0", "9" * 5000):
        refused = client.post(GUESTS, {"count": count})
        assert (refused.status_code, "Die Zahl hat sich geändert" in refused.content.decode()) == (409, True)
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("what", ["alles", "1", "guests"])
def test_what_cannot_be_erased(client: Client, event: Event, what: str) -> None:
    assert client.get(f"{AFTERWARDS}loeschen/{what}/").status_code == 404
    assert client.post(f"{AFTERWARDS}loeschen/{what}/", {"count": "0"}).status_code == 404


# What is noted


def test_what_the_worker_erases_is_noted(cast: Event) -> None:
    over(cast)
    now = cast.needs_erased_at
    erasing.erase_due(now)
    erasing.erase_due(now)
    assert [(one.day, one.what, one.why, one.actor, one.count) for one in log(cast)] == [
        (day(now), "sensible Antworten", "Frist abgelaufen", "die Website von selbst", 2)
    ]
    while erasing.erase_due(cast.data_erased_at):
        pass
    assert [(one.what, one.count) for one in log(cast)] == [("Gäste", 3), ("sensible Antworten", 2)]


def test_a_wish_is_noted_with_who_did_it(client: Client, cast: Event) -> None:
    first, second, _third = Registration.objects.order_by("pk")
    Client().post(f"{first.get_absolute_url()}loeschen/")
    client.post(f"/admin/fachtag/fachtag-demo/gaeste/{second.pk}/loeschen/")
    assert [(one.why, one.actor, one.count) for one in log(cast)] == [
        ("Wunsch eines Gastes", "lead-fachtag-demo", 1),
        ("Wunsch eines Gastes", "", 1),
    ]
    assert "Gast 0" not in "".join(str(vars(one)) for one in Erasure.objects.all())


def test_what_is_noted_stays(cast: Event) -> None:
    erasing.erase(Registration.objects.earliest("pk"), timezone.now())
    noted = Erasure.objects.get()
    noted.count = 99
    with pytest.raises(TypeError):
        noted.save()


# The document


def test_the_document_says_what_is_true(client: Client, cast: Event, settings: Settings) -> None:
    for name, value in SAID.items():
        setattr(cast.organiser, name, value)
    cast.organiser.save()
    cast.questions.create(key="lunch", label="Essen Sie mit?", kind="yes_no", purpose="Um Essen zu bestellen")
    cast.questions.create(key="why", label="Warum kommen Sie?", kind="line", audience="place")
    cast.consent_requests.create(purpose="publicity", kind="voluntary", wording="Plakate mit meinem Bild.")
    booking.withdraw_consent(Registration.objects.with_everything().latest("pk"), "recording", timezone.now())
    erasing.erase(Registration.objects.earliest("pk"), timezone.now())
    page = words_of(client.get(RECORD).content.decode())
    for said in (
        "Landrätin Erika Mustermann",
        "Dora Schutz, datenschutz@example.org",
        "Datenschutzbeauftragte des Landes, Musterplatz 2, 01067 Dresden",
        "Auftragsverarbeitung nach Weisung (Art. 28): Rechenzentrum Muster GmbH, Leipzig",
        "„Essen Sie mit?“ (alle) Um Essen zu bestellen",
        "„Warum kommen Sie?“ (Gäste vor Ort) kein Zweck angegeben",
        " Leitung (1): alle Daten der Gäste Betrieb der Website (0): alles ",
        "3 Mal erteilt, 0 Mal nicht erteilt, 1 Mal widerrufen.",
        "„Plakate mit meinem Bild.“ Diesen Wortlaut hat noch niemand gesehen.",
        "3 Gäste haben ihn gelesen.",
        "Gäste 1 Wunsch eines Gastes",
        "Seiten werden unverschlüsselt übertragen.",
        "betreibt in unserem Auftrag und nach unserer Weisung (Artikel 28 DSGVO): Rechenzentrum Muster GmbH",
        day(cast.needs_erased_at),
    ):
        assert said in page, said
    assert "Gast 1" not in page
    assert "fehlt, was das Gesetz verlangt" not in page
    settings.SITE_IS_HTTPS = True
    assert "(HTTPS)" in client.get(RECORD).content.decode()


def test_the_document_says_what_is_missing(client: Client, event: Event) -> None:
    Organiser.objects.update(data_protection_email="", supervisory_authority="", processor="")
    for address in (AFTERWARDS, RECORD):
        page = words_of(client.get(address).content.decode())
        assert "In den Angaben des Veranstalters fehlt, was das Gesetz verlangt" in page
        assert "Art. 13 (1) b DSGVO" in page


def test_the_document_has_headings_in_order(client: Client, event: Event) -> None:
    page = client.get(RECORD).content.decode()
    assert page.count("<h1>") == 1
    notice = page.rpartition("<h2>9.")[2]
    assert "<h3>Wer verantwortlich ist</h3>" in notice
    assert "<h2" not in notice


def test_mails_leave_as_they_are_set_up(client: Client, event: Event, settings: Settings) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_HOST = "django.core.mail.backends.smtp.EmailBackend", "mail.example.org"
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    assert "unverschlüsselt über mail.example.org" in client.get(RECORD).content.decode()
    settings.EMAIL_USE_SSL = True
    assert "Mails gehen verschlüsselt über mail.example.org" in client.get(RECORD).content.decode()


@pytest.mark.parametrize("address", [AFTERWARDS, RECORD])
def test_as_many_queries_with_few_guests_as_with_many(client: Client, event: Event, address: str) -> None:
    counts = []
    for number in range(4):
        factories.registered(event, factories.guest(number), answered={"needs": "Rampe"})
        event.questions.create(key=f"q{number}", label="?", kind="line")
        factories.inquiry(event)
        Erasure.objects.create(event=event, at=timezone.now(), what="guests", why="wish", count=1)
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        counts.append(len(queries))
    assert counts == [counts[0]] * 4


@pytest.mark.parametrize("address", [NEEDS, GUESTS])
def test_whom_a_sensitive_message_went_to_goes_with_the_answers(client: Client, cast: Event, address: str) -> None:
    guests = list(cast.registrations.values_list("pk", flat=True))
    messages.choose(over(cast), guests, "alice", timezone.now(), sensitive=True)
    usual = messages.choose(cast, guests, "alice", timezone.now())
    client.post(address, {"count": 2 if address == NEEDS else 3})
    assert list(cast.messages.all()) == [usual]

"""Which mails an event writes, and whose words they have."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.models import Event
from registration import booking, messages
from registration.desk.mails import GROUPS
from registration.models import Change, MailText, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.events.test_facts import words_of as words_of_page


def words_of(part: str) -> str:
    return words_of_page(f"<body>{part}")


MAILS = "/admin/fachtag/fachtag-demo/mails/"
CONFIRMED = f"{MAILS}confirmed/"
OWN = {"subject": "Schön: {event}", "text": "Liebe/r {name},\n\n{seat}"}


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("editor")


def sent(client: Client, do: str = "save", **values: str) -> dict[str, Any]:
    """The form for the mail of a confirmed registration, with the version that is stored now."""
    version = client.get(CONFIRMED).context["attempt"].version
    return {"do": do, "version": version} | OWN | values


def section(page: str, kind: str) -> str:
    """What stands about one mail in the list."""
    return words_of(page.partition(f'<h3 id="{kind}">')[2].partition("</li>")[0])


def test_it_works(client: Client, event: Event, bob: Registration) -> None:
    booking.cancel(bob, timezone.now())
    OutgoingMail.objects.filter(kind="confirmed").update(sent_at=timezone.now())
    OutgoingMail.objects.filter(kind="cancelled").update(failed_at=timezone.now())
    page = client.get(MAILS).content.decode()
    assert "Bisher ging 1 hinaus." in section(page, "confirmed")
    assert "Betreff: Angemeldet: " in section(page, "confirmed")
    assert "Bisher ging keine hinaus. 1 kam nicht an" in section(page, "cancelled")
    assert page.count("Guten Tag Erika Mustermann") == len(MailText._meta.get_field("kind").choices or ()) - 2


def test_every_mail_to_guests_is_there() -> None:
    kinds = [kind for _heading, kinds in GROUPS for kind in kinds]
    assert sorted(kinds) == sorted(kind for kind, _label in MailText._meta.get_field("kind").choices or ())


def test_as_many_queries_with_own_words_and_guests(
    client: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        if number in {1, 3}:
            with django_assert_num_queries(QUERIES):
                client.get(MAILS)
        factories.registered(event, factories.guest(number))
        MailText.objects.create(event=event, kind=GROUPS[0][1][number], subject="x", text="y")


QUERIES = 13


def test_what_this_event_does_not_send(client: Client, event: Event) -> None:
    Event.objects.update(reminder_days=None, address_confirmed_within=None)
    page = client.get(MAILS).content.decode()
    assert "Geht nicht hinaus: " in section(page, "reminder")
    assert "Geht nicht hinaus: " in section(page, "unconfirmed")
    Event.objects.update(reminder_days=1, address_confirmed_within=48)
    page = client.get(MAILS).content.decode()
    assert "an alle, die teilnehmen" in section(page, "reminder")
    assert "48 Stunden" in section(page, "unconfirmed")


def test_who_sees_guests_writes_no_words(log_in: LogIn, event: Event) -> None:
    page = log_in("guests").get(MAILS).content.decode()
    assert "Guten Tag Erika Mustermann" in page
    assert CONFIRMED not in page


def test_own_words(client: Client, event: Event) -> None:
    page = client.post(CONFIRMED, sent(client), follow=True).content.decode()
    assert "Ab jetzt geht „Anmeldung bestätigt“ mit Ihren Worten hinaus." in page
    assert "Ihre eigenen Worte" in section(page, "confirmed")
    factories.by_hand(event)
    assert OutgoingMail.objects.get().subject == f"Schön: {event.title}"
    assert (Change.objects.get().what, Change.objects.get().kind) == ("Hinzugefügt", "registration.mailtext")


def test_back_to_the_words_of_the_site(client: Client, event: Event) -> None:
    client.post(CONFIRMED, sent(client))
    page = client.post(CONFIRMED, {"do": "back"}, follow=True).content.decode()
    assert "wieder so, wie die Website sie mitbringt" in page
    assert not MailText.objects.exists()
    client.post(CONFIRMED, {"do": "back"})
    assert Change.objects.count() == 2


def test_a_preview_stores_nothing(client: Client, event: Event) -> None:
    page = client.post(CONFIRMED, sent(client, "preview", text="Noch nicht, {name} <b>")).content.decode()
    assert "Noch nicht, Erika Mustermann &lt;b&gt;" in page
    assert "Noch nicht, {name} &lt;b&gt;</textarea>" in page
    assert not Registration.objects.exists()
    assert not MailText.objects.exists()


def test_the_whole_mail_as_programs_show_it(client: Client, event: Event) -> None:
    response = client.post(CONFIRMED, sent(client, "look", text="Noch nicht, {name} <b>"))
    html = response.content.decode()
    assert "Noch nicht, Erika Mustermann &lt;b&gt;" in html
    assert "style-src 'unsafe-inline'" in response["Content-Security-Policy"]
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert not MailText.objects.exists()


def test_a_wrong_placeholder_is_refused_and_kept(client: Client, event: Event) -> None:
    page = client.post(CONFIRMED, sent(client, text="Hallo {vorname}")).content.decode()
    assert "Der Platzhalter {vorname} ist unbekannt." in page
    assert "Hallo {vorname}</textarea>" in page
    assert not MailText.objects.exists()


def test_two_who_write_at_once(client: Client, log_in: LogIn, event: Event) -> None:
    opened = sent(client, subject="Von der Zweiten")
    log_in("lead").post(CONFIRMED, sent(client, subject="Von der Ersten"))
    refused = client.post(CONFIRMED, opened)
    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Von der Ersten" in page
    assert "Von der Zweiten" in page
    assert MailText.objects.get().subject == "Von der Ersten"


def test_placeholders_are_explained_with_what_holds_for_this_event(client: Client, event: Event) -> None:
    page = client.get(CONFIRMED).content.decode()
    row = words_of(page.partition("<code>{seat}</code>")[2].partition("</tr>")[0])
    assert "Ihr Platz im Workshop „1. Mittelsachsen integriert" in row
    assert "{confirm_by}" not in page
    assert re.search(r"\{confirm_by\}</code>", client.get(f"{MAILS}unconfirmed/").content.decode())


@pytest.mark.parametrize("kind", ["inquiry", "nothing", "1", "__class__"])
def test_what_is_no_mail_to_guests(client: Client, event: Event, kind: str) -> None:
    assert client.get(f"{MAILS}{kind}/").status_code == 404
    assert client.post(f"{MAILS}{kind}/", {"do": "back"}).status_code == 404


@pytest.mark.parametrize("text", ["", "\0", "{" * 5000, "x" * 100_000])
def test_whatever_is_sent_is_answered(client: Client, event: Event, text: str) -> None:
    for do in ("save", "preview", "x"):
        assert client.post(CONFIRMED, sent(client, do, subject=text, text=text)).status_code == 200
    assert client.post(CONFIRMED, {}).status_code in {200, 409}


def test_what_a_sensitive_message_led_to_is_nowhere_for_others(log_in: LogIn, event: Event, bob: Registration) -> None:
    """Whose mail did not arrive tells who needs something, if it was written to those alone."""
    now = timezone.now()
    bob.mails.all().delete()
    draft = messages.choose(event, [bob.pk], "lead", now, sensitive=True)
    draft.subject, draft.text = "Rampe", "Es gibt eine."
    draft.save()
    [group] = [one for one in messages.groups(event, now, with_needs=True, message=draft) if one.key == messages.CHOSEN]
    messages.confirm(draft, messages.seen(draft, group), "lead", now, with_needs=True)
    assert messages.send_portion(now)
    OutgoingMail.objects.update(failed_at=now, error="550 unknown")
    desk = "/admin/fachtag/fachtag-demo/"
    guest = f"{desk}gaeste/{bob.pk}/"
    told = {
        "/admin/": "1 Mail kam nicht an",
        desk: "1 Mail kam nicht an",
        f"{desk}gaeste/?zeigen=unzustellbar": f'href="{bob.pk}/"',
        f"{desk}gaeste/": "Mail kam nicht an <b>1</b>",
        guest: "Mail: Rampe",
        f"{desk}nachrichten/": "Rampe",
    }
    for role, is_told in (("lead", True), ("guests", False)):
        client = log_in(role)
        pages = {address: client.get(address).content.decode() for address in told}
        assert {address: words in pages[address] for address, words in told.items()} == dict.fromkeys(told, is_told)
        assert "Rampe" not in client.get(MAILS).content.decode()
        answer = client.post(guest, {"do": "again", "mail": bob.mails.get().pk})
        assert answer.status_code == (302 if is_told else 404)
        assert OutgoingMail.objects.filter(failed_at=None).exists() == is_told
        OutgoingMail.objects.update(failed_at=now, error="550 unknown")

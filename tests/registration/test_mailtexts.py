"""Organisers write their own mails; whatever they write, the mail leaves."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking, mails
from registration.models import MailText, OutgoingMail
from tests import factories
from tests.events.test_facts import words_of

KINDS = [kind for kind in OutgoingMail.Kind if kind not in OutgoingMail.WRITTEN_EACH_TIME]


def write(alice: Client, event: Event, do: str = "save", **values: str) -> Any:
    """Send the page of the mail that says somebody is registered, at the desk."""
    page = f"/admin/fachtag/{event.slug}/mails/confirmed/"
    words = {"subject": "Schön, dass Sie kommen: {event}", "text": "Liebe/r {name},\n\n{seat}\n\nDas Team"}
    return alice.post(page, {"do": do, "version": alice.get(page).context["attempt"].version} | words | values)


def test_it_works(alice: Client, event: Event) -> None:
    write(alice, event)
    factories.by_hand(event)
    mail = OutgoingMail.objects.get()
    assert mail.subject == f"Schön, dass Sie kommen: {event.title}"
    assert factories.read(mail).startswith(
        "Liebe/r Bob Müller,\n\nIhr Platz im Workshop „2. Darf es etwas mehr als Folklore sein?“ ist reserviert."
        "\n\nDas Team\n\nVeranstaltung: "
    )


def test_it_is_for_one_event_and_one_mail(alice: Client, event: Event) -> None:
    other = factories.an_open_event("anderer-fachtag")
    write(alice, event)
    factories.registered(other)
    booking.cancel(factories.registered(event), timezone.now())
    subjects = list(OutgoingMail.objects.order_by("pk").values_list("subject", flat=True))
    assert [subject.partition(":")[0] for subject in subjects] == [
        "Angemeldet",
        "Schön, dass Sie kommen",
        "Abgemeldet",
    ]


@pytest.mark.parametrize(
    ("field", "wrong", "named"),
    [
        ("text", "Hallo {vorname}", "{vorname}"),
        ("subject", "{Name}", "{Name}"),
        ("text", "{name.__class__}", "{name.__class__}"),
        ("text", "{0} {}", "{0}, {}"),
        ("text", "{ name }", "{ name }"),
        ("text", "{confirm_by}", "{confirm_by}"),
        ("text", "Hallo {name", "{"),
    ],
)
def test_a_wrong_placeholder_is_refused_in_words(
    alice: Client, event: Event, field: str, wrong: str, named: str
) -> None:
    response = write(alice, event, **{field: wrong})
    page = words_of(response.content.decode())
    assert f"{named} " in page
    assert "unbekannt. Diese gibt es: {name}, {event}," in page
    assert wrong in page or wrong in response.content.decode()
    assert not MailText.objects.exists()


@pytest.mark.parametrize("wrong", ["{vorname}", "{", "}", "{{name}}", "%(name)s %", "{0.__class__}", "\\1 {name", ""])
def test_a_wrong_placeholder_stops_no_mail(event: Event, wrong: str) -> None:
    """However it came into the database."""
    MailText.objects.create(event=event, kind="confirmed", subject=f"Hallo {wrong}", text=f"{wrong} {{name}}")
    bob = factories.by_hand(event)
    mail = OutgoingMail.objects.get()
    assert "Bob Müller" in factories.read(mail)
    assert str(bob.token) in factories.read(mail)  # the link stands below whatever was written


def test_a_subject_that_grows_too_long_is_cut(event: Event) -> None:
    MailText.objects.create(event=event, kind="confirmed", subject="{event} {event} {name}" * 4, text="x")
    factories.registered(event, booking.Guest("x" * 100, "y" * 100, "bob@example.org"))
    assert len(OutgoingMail.objects.get().subject) == 300


@pytest.mark.parametrize("name", ["=?utf-8?q?a=0D=0ABcc:_x@y.example?=", "=?utf-8?q?=ED=A0=80?=", "=?x"])
def test_a_name_becomes_no_header(event: Event, name: str) -> None:
    """An encoded word in a subject would be decoded to line breaks (RFC 2047)."""
    MailText.objects.create(event=event, kind="confirmed", subject="Hallo {name}", text="x")
    factories.by_hand(event, booking.Guest(name, "Müller", "bob@example.org"))
    mail = OutgoingMail.objects.get()
    head = factories.mime(mail).partition(b"\r\n\r\n")[0]
    assert b"\r\nbcc" not in head.lower()
    assert "\n" not in mail.subject
    assert mail.subject.startswith("Hallo = ?")


@pytest.mark.parametrize("around", ["({link}),", "„{link}“", '"{link}".', "{link}!"])
def test_links_end_where_they_end(event: Event, around: str) -> None:
    MailText.objects.create(event=event, kind="confirmed", subject="x", text=f"Ihre Seite: {around} Bis bald")
    bob = factories.registered(event)
    html = mails.preview(event, OutgoingMail.Kind.CONFIRMED, "x", f"Ihre Seite: {around} Bis bald", timezone.now()).html
    addresses = re.findall(r'href="([^"]*)"', html)
    assert len(addresses) == 3
    assert all(re.fullmatch(r"http://127.0.0.1:8000/anmeldung/[0-9a-f-]{36}/", address) for address in addresses)
    assert bob.token


def test_what_a_guest_typed_becomes_no_link(event: Event) -> None:
    factories.by_hand(event, booking.Guest("Gewinn unter casino.example", "boss@evil.example", "bob@example.org"))
    html = factories.mime(OutgoingMail.objects.get()).decode().partition("text/html")[2]
    assert "casino.example" in html
    assert not re.search(r'href=(3D)?"[^"]*(casino|evil)', html)
    assert 'href=3D"http://127.0.0.1:8000/anmeldung/' in html or 'href="http://127.0.0.1:8000/anmeldung/' in html


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Hallo {name},", "Hallo,"),
        ("{name}! Guten Tag", "! Guten Tag"),
        ("Liebe/r\n{name}\n\n{queue}", "Liebe/r"),
    ],
)
def test_what_is_empty_leaves_no_hole(event: Event, text: str, read: str) -> None:
    MailText.objects.create(event=event, kind="confirmed", subject=text.partition("\n")[0], text=text)
    factories.registered(event)
    assert factories.read(OutgoingMail.objects.get()).startswith(f"{read}\n\n")


def test_a_guest_named_like_a_placeholder(event: Event) -> None:
    factories.by_hand(event, booking.Guest("{link}", "{event}", "bob@example.org"))
    assert factories.read(OutgoingMail.objects.get()).startswith("Guten Tag {link} {event},")


def test_a_new_text_begins_with_the_one_that_the_site_brings_along(alice: Client, event: Event) -> None:
    form = alice.get("/admin/fachtag/fachtag-demo/mails/reminder/").context["form"]
    assert form["subject"].value() == "Erinnerung: {event}"
    assert form["text"].value().startswith("Guten Tag {name},\n\nbald ist es so weit: {date}")


@pytest.mark.parametrize("kind", KINDS)
def test_every_mail_that_the_site_brings_along(event: Event, kind: OutgoingMail.Kind) -> None:
    standard, subject = mails.standard(kind)
    assert mails.unknown_placeholders(standard + subject, kind) == []
    written = mails.preview(event, kind, subject, standard, timezone.now())
    for what in (written.subject, written.plain):
        assert not re.search(r"[{}]|None", what), (kind, what)
    assert ("Erika Mustermann" in written.plain) == (kind != OutgoingMail.Kind.UNCONFIRMED)
    assert "  " not in written.plain.replace("\n ", "\n")
    assert "<html" in written.html


def test_subjects_begin_with_the_state() -> None:
    subjects = {kind.value: mails.standard(kind)[1] for kind in KINDS}
    assert subjects == {
        "confirmed": "Angemeldet: {event}",
        "waiting": "Warteliste: {event}",
        "unconfirmed": "Bitte bestätigen: {event}",
        "moved_up": "Nachgerückt: {event}",
        "changed": "Geändert: {event}",
        "cancelled": "Abgemeldet: {event}",
        "cancelled_by_organiser": "Abgemeldet: {event}",
        "handed_over": "Platz weitergegeben: {event}",
        "declined": "Ihr Platz wird frei: {event}",
        "invited": "Ein Platz für Sie: {event}",
        "released": "Anmeldung verfallen: {event}",
        "consent_withdrawn": "Einwilligung widerrufen: {event}",
        "consent_given": "Einwilligung erteilt: {event}",
        "reminder": "Erinnerung: {event}",
        "event_changed": "Veranstaltung geändert: {event}",
        "event_cancelled": "Fällt aus: {event}",
        "workshop_cancelled": "Ein Workshop fällt aus: {event}",
        "questions": "Wir haben noch eine Frage: {event}",
        "link": "Ihr Link: {event}",
        "erased": "Daten gelöscht: {event}",
    }

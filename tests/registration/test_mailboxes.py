"""One mailbox gets only so many mails, whoever sends forms; and what is held back is not lost."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from smtplib import SMTPDataError
from typing import Any

import pytest
from django.core import mail as django_mail
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking, erasing, mailboxes, mails, outbox
from registration.booking import Choice, Guest
from registration.mailboxes import HOUR, IN_A_DAY, IN_AN_HOUR, PAUSE
from registration.models import Inquiry, OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of

NOW = timezone.now() + timedelta(hours=1)  # when all that a test writes is due
SPELLINGS = ["opfer@example.org", "OPFER@Example.org", "opfer+{}@example.org", "opfer+x.{}@EXAMPLE.org"]


def register(event: Event, addresses: Iterable[str]) -> list[Registration]:
    return [
        factories.watching(event, Guest(f"Name {number}", "Beispiel", address.format(number)))
        for number, address in enumerate(addresses)
    ]


def deliver(now: datetime) -> list[EmailMessage]:
    """What leaves by then."""
    before = len(django_mail.outbox)
    while outbox.deliver(now):
        pass
    sent = [message_from_bytes(mail.message().as_bytes(), policy=default) for mail in django_mail.outbox[before:]]
    assert all(isinstance(message, EmailMessage) for message in sent)
    return sent


def one_by_one(event: Event, addresses: Iterable[str]) -> None:
    """Each leaves before the next one registers."""
    for number, address in enumerate(addresses):
        factories.watching(event, Guest(f"Vorher {number}", "Beispiel", address.format(number)))
        deliver(NOW + timedelta(seconds=number))


def links(message: EmailMessage, kind: str = "plain") -> set[str]:
    body = message.get_body((kind,))
    assert body is not None
    return set(re.findall(r"/anmeldung/([0-9a-f-]{36})/", body.get_content()))


def tokens(registrations: Iterable[Registration]) -> set[str]:
    return {str(registration.token) for registration in registrations}


def test_a_few_leave_one_by_one(event: Event) -> None:
    guests = register(event, ["amt@example.org"] * IN_AN_HOUR)
    sent = deliver(NOW)
    assert [links(message) for message in sent] == [tokens([guest]) for guest in guests]


def test_an_office_reads_one_mail_about_thirty(event: Event) -> None:
    guests = register(event, ["amt@example.org"] * 30)
    [message] = deliver(NOW)
    assert message["To"] == "amt@example.org"
    assert message["From"] == "Landratsamt Mittelsachsen <fachtag@127.0.0.1>"
    assert message["Reply-To"] == "Landratsamt Mittelsachsen <integration@landkreis-mittelsachsen.de>"
    assert message["Subject"] == f"30 Nachrichten: {event.title}"
    assert message["Auto-Submitted"] == "auto-generated"
    assert links(message) == links(message, "html") == tokens(guests)
    entries = [part.get_content_type() for part in message.iter_attachments()]
    assert entries == ["text/calendar"] * 30
    assert not OutgoingMail.objects.filter(sent_at__isnull=True).exists()


@pytest.mark.parametrize("spelling", [*SPELLINGS, "o.pfer@googlemail.com", "o.pf.er+{}@gmail.com"])
def test_a_stranger_whatever_the_spelling(event: Event, spelling: str) -> None:
    one_by_one(event, [spelling] * IN_AN_HOUR)
    assert len(django_mail.outbox) == IN_AN_HOUR
    guests = register(event, [spelling] * 50)
    assert deliver(NOW + timedelta(minutes=1)) == []
    assert deliver(NOW + PAUSE) == []
    [message] = deliver(NOW + timedelta(seconds=IN_AN_HOUR) + PAUSE)
    assert links(message) == tokens(guests)


def test_all_spellings_are_one_mailbox(event: Event) -> None:
    one_by_one(event, SPELLINGS * 5)
    deliver(NOW + timedelta(minutes=1))
    assert len(django_mail.outbox) == IN_AN_HOUR
    addresses = ["opfer@gmail.com", "o.p.f.e.r@GoogleMail.com", "opfer+a@gmail.com", "ＯＰＦＥＲ@gmail.com"]
    assert len({mailboxes.counted_as(address) for address in addresses}) == 1


def test_who_may_be_somebody_else_reads_no_keys_of_others(event: Event) -> None:
    """Most servers tell addresses apart by their dots. They count together, but are not joined."""
    one_by_one(event, ["opfer@example.org"] * IN_AN_HOUR)
    dotted = register(event, ["op.fer@example.org", "o.pfer@example.org"])
    sent = []
    for half_hours in range(1, 4):
        sent += deliver(NOW + timedelta(minutes=1) + half_hours * PAUSE)
    assert [(message["To"], links(message)) for message in sent] == [
        ("op.fer@example.org", tokens(dotted[:1])),
        ("o.pfer@example.org", tokens(dotted[1:])),
    ]


def test_an_alias_reaches_the_mailbox_itself_where_that_is_known(event: Event) -> None:
    """A server may know no +alias."""
    register(event, ["amt+x@example.org"] * 10)
    register(event, ["amt@example.org"])
    [message] = deliver(NOW)
    assert message["To"] == "amt@example.org"


def test_a_whole_attack(event: Event) -> None:
    """Registering and changing over and over: a few mails, and every key in them."""
    guests, now = register(event, SPELLINGS * 10), NOW
    for minute in range(2 * IN_AN_HOUR):
        for guest in guests:
            name = Guest(f"Name {guest.pk} {minute}", "Beispiel", guest.email)
            booking.change(guest, name, Choice(livestream=True), now)
        now += timedelta(minutes=1)
        deliver(now)
    assert len(django_mail.outbox) == IN_AN_HOUR
    messages = deliver(now + PAUSE)
    assert len(messages) == 1
    assert links(messages[0]) == tokens(guests)
    assert not OutgoingMail.objects.filter(sent_at__isnull=True).exists()


def test_a_day_has_its_limit_too(event: Event) -> None:
    """One every seven minutes is never too much for an hour."""
    sent = []
    for number in range(IN_A_DAY + 10):
        register(event, [f"opfer+{number}@example.org"])
        sent.append(len(deliver(NOW + number * timedelta(minutes=7))))
    assert sent == [1] * IN_A_DAY + [0, 0, 0, 0, 1] * 2


def test_nobody_overtakes_who_waits(event: Event) -> None:
    one_by_one(event, ["amt@example.org"] * IN_AN_HOUR)
    first = register(event, ["amt@example.org"])
    deliver(NOW + timedelta(minutes=20))
    assert len(django_mail.outbox) == IN_AN_HOUR
    OutgoingMail.objects.filter(sent_at__isnull=False).update(sent_at=NOW - timedelta(hours=2))  # there is room again
    booking.cancel(first[0], NOW)
    assert deliver(NOW + timedelta(minutes=25)) == []
    assert [message["Subject"].partition(":")[0] for message in deliver(NOW + timedelta(hours=1))] == [
        "Angemeldet",
        "Abgemeldet",
    ]


def test_others_do_not_wait(event: Event) -> None:
    one_by_one(event, ["opfer@example.org"] * IN_AN_HOUR)
    register(event, ["opfer+{}@example.org"] * (2 * outbox.AT_ONCE))
    factories.registered(event)
    assert [message["To"] for message in deliver(NOW + timedelta(minutes=1))] == ["bob@example.org"]
    assert not outbox.deliver(NOW + timedelta(minutes=2))


def test_a_few_at_once_do_not_wait_for_the_pause(event: Event) -> None:
    """However the worker's rounds fall; several in one mail take no more room than one."""
    register(event, ["amt@example.org"] * 4)
    assert len(deliver(NOW)) == 4
    guests = register(event, ["amt@example.org"] * 8)
    [message] = deliver(NOW + timedelta(seconds=1))
    assert links(message) == tokens(guests)


def test_made_up_spellings_keep_no_guest_s_mail_back(event: Event) -> None:
    local = "vandermeulen"
    dotted = [
        f"{local[:first]}.{local[first:last]}.{local[last:]}" for first in range(1, 10) for last in range(first, 11)
    ]
    register(event, [f"{spelling}@example.org" for spelling in dotted])
    deliver(NOW)
    [guest] = register(event, [f"{local}@example.org"])
    messages = deliver(NOW + HOUR) + deliver(NOW + HOUR + PAUSE)
    assert tokens([guest]) <= set().union(*(links(message) for message in messages))


def test_who_is_erased_while_a_joined_mail_is_on_the_line(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are not sent again for it."""
    guests = register(event, ["amt@example.org"] * 12)
    really = outbox._note_sent

    def erased_meanwhile(letter: Any, now: datetime) -> None:
        OutgoingMail.objects.filter(pk=letter[0].pk).delete()
        really(letter, now)

    monkeypatch.setattr(outbox, "_note_sent", erased_meanwhile)
    assert len(deliver(NOW)) == 1
    assert deliver(NOW + 2 * outbox.LEASE) == []
    rows = OutgoingMail.objects.filter(registration__in=guests, sent_at__isnull=False)
    assert (rows.count(), rows.filter(sent_with__isnull=True).count()) == (11, 1)


def test_what_is_refused_together_goes_in_halves(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that finds a joined mail too large says nothing of each of its mails."""
    guests = register(event, ["amt@example.org"] * 12)
    sent: list[int] = []

    def too_large(letter: Any, connection: Any, now: datetime) -> None:
        sent.append(len(letter))
        if len(letter) > 3:
            outbox._note_failure(letter, SMTPDataError(552, b"too large"), now)
        else:
            outbox._note_sent(letter, now)

    monkeypatch.setattr(outbox, "_send", too_large)
    now = NOW
    for _round in range(40):
        now += PAUSE
        while outbox.deliver(now):
            pass
    assert sent[:2] == [12, 6]
    mails = OutgoingMail.objects.filter(registration__in=guests)
    assert set(mails.values_list("failed_at", flat=True)) == {None}
    assert mails.filter(sent_at__isnull=True).count() == 0


def test_what_another_worker_has_on_the_line_counts(event: Event) -> None:
    register(event, ["amt@example.org"] * IN_AN_HOUR)
    assert len(outbox._lease(NOW)) == IN_AN_HOUR
    register(event, ["amt@example.org"] * IN_AN_HOUR)
    assert [len(letter) for letter in outbox._lease(NOW)] == [IN_AN_HOUR]


def test_the_last_entry_of_each_is_attached(event: Event) -> None:
    """Also the one that takes an earlier one back."""
    guests = register(event, ["amt@example.org"] * 6)
    for guest in guests[:3]:
        booking.cancel(guest, NOW)
    register(event, ["amt@example.org"] * 3)
    [message] = deliver(NOW)
    entries = [part.get_payload(decode=True) for part in message.iter_attachments()]
    statuses = Counter(
        found[1] for entry in entries if isinstance(entry, bytes) and (found := re.search(rb"STATUS:(\w+)", entry))
    )
    assert statuses == {b"CANCELLED": 3, b"CONFIRMED": 6}
    names = [part.get_filename() for part in message.iter_attachments()]
    assert names == [f"fachtag-demo-{number}.ics" for number in range(1, 10)]


def test_which_registration_each_part_is_about(event: Event) -> None:
    """Nobody is named to an address that nobody confirmed, but a secretary must know what belongs together."""
    guests = register(event, ["amt@example.org"] * 6)
    for guest in guests:
        booking.cancel(guest, NOW)
    [message] = deliver(NOW)
    body = message.get_body(("plain",))
    assert body is not None
    about = re.findall(r"^Anmeldung (\d+) von 6, eingegangen am (.+) Uhr", body.get_content(), re.MULTILINE)
    assert [int(number) for number, _date in about] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]
    html = message.get_body(("html",))
    assert html is not None
    assert html.get_content().count("<h2") == 12
    assert "Name 1" not in body.get_content()


def test_what_says_the_same_is_said_once(event: Event, bob: Registration) -> None:
    for _time in range(IN_AN_HOUR + 1):
        mails.link(bob, NOW)
    assert [message["Subject"].partition(":")[0] for message in deliver(NOW)] == ["2 Nachrichten"]
    for _time in range(3):
        mails.link(bob, NOW)
    OutgoingMail.objects.filter(sent_at__isnull=False).update(mailbox=None)
    for _time in range(IN_AN_HOUR):
        mails.link(bob, NOW)
    assert [message["Subject"].partition(":")[0] for message in deliver(NOW + timedelta(days=2))] == ["Ihr Link"]


def test_the_outbox_shows_what_left_together(alice: Client, event: Event) -> None:
    register(event, ["amt@example.org"] * 11)
    deliver(NOW)
    head, *others = OutgoingMail.objects.order_by("pk")
    assert {mail.sent_at for mail in others} == {head.sent_at} == {NOW}
    assert {mail.sent_with for mail in others} == {head}
    page = words_of(alice.get(f"/admin/registration/outgoingmail/{others[0].pk}/change/").content.decode())
    assert "mit anderen in einer Mail gesendet" in page
    outbox.send_again(others[0], NOW + timedelta(days=2))
    [message] = deliver(NOW + timedelta(days=2))
    assert links(message) == tokens([Registration.objects.get(first_name="Name 1")])
    others[0].refresh_from_db()
    assert others[0].sent_with is None


def test_the_outbox_shows_what_waits(alice: Client, event: Event) -> None:
    one_by_one(event, ["amt@example.org"] * IN_AN_HOUR)
    register(event, ["amt@example.org"])
    deliver(NOW + timedelta(minutes=1))
    page = words_of(alice.get("/admin/registration/outgoingmail/").content.decode())
    assert page.count("wartet, weil viele Mails an dieses Postfach gingen") == 1


def test_a_joined_mail_that_is_refused(event: Event, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    register(event, ["amt@example.org"] * 11)
    assert outbox.deliver(NOW)
    assert not outbox.deliver(NOW)
    assert set(OutgoingMail.objects.values_list("attempts", "next_try_at", "sent_at", "leased_until")) == {
        (1, NOW + outbox.FIRST_WAIT, None, None)
    }


def test_a_worker_that_dies_with_a_joined_mail_repeats_it(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the same number, so that a server may know it again."""
    guests = register(event, ["amt@example.org"] * 11)

    def dies(*args: object) -> None:
        raise SystemExit

    really = outbox._note_sent
    monkeypatch.setattr(outbox, "_note_sent", dies)
    with pytest.raises(SystemExit):
        outbox.deliver(NOW)
    monkeypatch.setattr(outbox, "_note_sent", really)
    assert deliver(NOW) == []
    [again] = deliver(NOW + outbox.LEASE)
    first = message_from_bytes(django_mail.outbox[0].message().as_bytes(), policy=default)
    assert first["Message-ID"] == again["Message-ID"]
    assert links(again) == tokens(guests)
    assert deliver(NOW + 2 * outbox.LEASE) == []


def test_inquiries_say_whom_an_answer_goes_to(client: Client, event: Event) -> None:
    for number in range(11):
        inquiry = Inquiry.objects.create(
            name="Eva",
            email=f"eva{number}@example.org",
            message=f"Frage {number}\nund mehr",
            form_number=f"{number:032}",
            sent_in_at=NOW,
        )
        mails.inquiry(inquiry, event.organiser, NOW)
    [message] = deliver(NOW)
    assert message["Subject"] == "11 Nachrichten"
    assert message["Reply-To"] is None
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        text = body.get_content()
        for number in range(11):
            assert f"Frage {number}" in text
            assert f"Antworten gehen an: eva{number}@example.org" in text


def test_whoever_erases_over_and_over_is_counted_all_the_same(event: Event) -> None:
    """And the last mail of each leaves and forgets, also within another."""
    for number in range(30):
        [guest] = register(event, [f"opfer+{number}@example.org"])
        erasing.erase(guest, NOW)
        deliver(NOW)
    assert len(django_mail.outbox) == IN_AN_HOUR
    [message] = deliver(NOW + PAUSE)
    assert message["Subject"] == f"Daten gelöscht: {event.title}"  # they all say the same
    assert set(OutgoingMail.objects.values_list("recipient", "subject")) == {("", "")}


def test_a_day_later_nobody_counts_any_more(event: Event, bob: Registration) -> None:
    deliver(NOW)
    erasing.erase_due(NOW + timedelta(hours=23))
    assert OutgoingMail.objects.get().mailbox == mailboxes.counted_as("bob@example.org")
    erasing.erase_due(NOW + timedelta(hours=24))
    assert OutgoingMail.objects.get().mailbox is None


def test_no_address_is_counted_in_the_clear() -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", mailboxes.counted_as("bob@example.org"))

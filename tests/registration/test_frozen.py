"""A mail says what was true when it was stored, however late it leaves and whatever has changed meanwhile."""

import ast
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.utils import timezone

from events.models import Event, Organiser, Question, Slot, Venue, Workshop
from registration import booking, erasing, mails, notices, outbox
from registration.booking import Choice, Guest
from registration.models import (
    ConsentText,
    Inquiry,
    MailText,
    OutgoingMail,
    Place,
    Registration,
)
from tests import factories
from tests.registration.test_booking import kinds
from tests.test_direction import ROOT

NOW = timezone.now() + timedelta(hours=1)  # when all that a test writes is due
OWN = "{name} {date} {time} {place} {organiser} {link}\n\n{seat} {queue} {livestream}\n\n{entry} {cancelling}"


@pytest.fixture
def stored(event: Event) -> dict[int, bytes]:
    """Mails of many kinds, each as it would leave at once."""
    event.livestream_offered = True
    event.save()
    for kind in ("confirmed", "waiting"):
        MailText.objects.create(event=event, kind=kind, subject="{event}, {date}", text=OWN)
    factories.fill(event, 3)
    bob, dora = factories.by_hand(event), factories.registered(event, factories.guest(1), 1)
    factories.registered(event, factories.CHARLIE, 3, waiting=True)
    erasing.erase(factories.watching(event, factories.guest(2)), timezone.now())
    booking.change(bob, factories.BOB, Choice.of(event.workshops.get(number=3), waiting=True), timezone.now())
    booking.withdraw_consent(dora, "recording", timezone.now())
    Event.objects.update(starts_at=event.starts_at + timedelta(minutes=30))
    for write in (mails.event_changed, mails.reminder, mails.link, mails.event_cancelled):
        write(Registration.objects.get(pk=dora.pk), timezone.now())
    mails.questions(Registration.objects.get(pk=dora.pk), event.questions.all(), timezone.now())
    mails.message(Registration.objects.get(pk=dora.pk), ("Hallo {name}, {seat}", "{event}"), timezone.now())
    inquiry = Inquiry.objects.create(
        name="Eva", email="eva@example.org", message="Frage", form_number=f"{1:032}", sent_in_at=timezone.now()
    )
    mails.inquiry(inquiry, event.organiser, timezone.now())
    found = OutgoingMail.objects.order_by("pk")
    assert set(found.values_list("kind", flat=True)) == {
        *("confirmed", "waiting", "changed", "consent_withdrawn", "event_changed", "reminder", "link"),
        *("event_cancelled", "questions", "message", "erased", "inquiry"),
    }
    return {mail.pk: factories.mime(mail) for mail in found}


def change_everything() -> None:
    """All that mails tell, as organisers and guests might, and more."""
    later = NOW + timedelta(days=300)
    times = {"starts_at": later, "ends_at": later + timedelta(hours=1)}
    address = {"name": "Anders", "street": "Anders", "postal_code": "99999", "city": "Anders"}
    seat = {"queued_at": None, "livestream": False, "state": "cancelled"}
    Event.objects.update(title="Anders", slug="anders", status="cancelled", sequence=99, changed_at=later, **times)
    Event.objects.update(teaser="Anders", queue_moves_up=False, changes_close_at=NOW, livestream_minutes=1)
    Venue.objects.update(latitude=1, **address)
    house = {"brand_colour": "#7a1f3d", "accent_colour": "#e8d5b0"}
    Organiser.objects.update(phone="Anders", email="anders@example.org", **house, **address)
    Slot.objects.update(room="Anders", **times)
    Workshop.objects.update(title="Anders", room="Anders")
    MailText.objects.update(subject="Anders", text="Anders")
    Question.objects.update(label="Anders", purpose="Anders")
    ConsentText.objects.update(wording="Anders", alternative="Anders")
    Inquiry.objects.update(name="Anders", email="anders@example.org", message="Anders")
    Place.objects.all().delete()
    Registration.objects.update(language="en", address_known=False, sequence=99, told={}, **seat)
    Registration.objects.filter(erased_at=None).update(first_name="Anders", last_name="Anders", changed_at=later)


def delivered() -> list[bytes]:
    before = len(django_mail.outbox)
    while outbox.deliver(NOW):
        pass
    return [mail.message().as_bytes().replace(b"\n", b"\r\n") for mail in django_mail.outbox[before:]]


def test_it_works(stored: dict[int, bytes]) -> None:
    change_everything()
    assert sorted(delivered()) == sorted(stored.values())


def test_it_can_be_read_as_long_as_nobody_is_erased(stored: dict[int, bytes]) -> None:
    """Sent again, it says the same once more."""
    delivered()
    change_everything()
    for mail in OutgoingMail.objects.exclude(kind=OutgoingMail.Kind.ERASED):
        outbox.send_again(mail, NOW + timedelta(days=2))
    kept = [mail for mail in OutgoingMail.objects.order_by("pk") if mail.facts]
    assert [stored[mail.pk] for mail in kept] == [factories.mime(mail) for mail in kept]
    assert len(kept) == len(stored) - 1


def test_writing_asks_nothing(stored: dict[int, bytes], django_assert_num_queries: Any) -> None:
    found = list(OutgoingMail.objects.all())
    with django_assert_num_queries(0):
        assert len([factories.mime(mail) for mail in found]) > 10


def test_one_that_cannot_be_written_keeps_no_other(event: Event) -> None:
    for number in range(3):
        factories.watching(event, factories.guest(number))
    broken = OutgoingMail.objects.order_by("pk")[1]
    facts, broken.facts = broken.facts, {}
    broken.save()
    assert len(delivered()) == 2
    broken.refresh_from_db()
    assert (broken.attempts, broken.sent_at, broken.failed_at) == (1, None, None)
    assert (broken.error, broken.next_try_at) == ("KeyError: 'message_id'", NOW + outbox.FIRST_WAIT)
    OutgoingMail.objects.filter(pk=broken.pk).update(facts=facts)
    assert outbox.deliver(NOW + outbox.FIRST_WAIT)
    assert not OutgoingMail.objects.filter(sent_at__isnull=True).exists()


def test_one_that_cannot_be_written_keeps_none_of_its_letter(event: Event) -> None:
    for number in range(12):
        factories.watching(event, Guest(f"Name {number}", "Beispiel", "amt@example.org"))
    broken = OutgoingMail.objects.order_by("pk")[5]
    OutgoingMail.objects.filter(pk=broken.pk).update(facts={})
    [letter] = delivered()
    assert f"Subject: 11 Nachrichten: {event.title}".encode() in letter
    assert list(OutgoingMail.objects.filter(sent_at__isnull=True)) == [broken]


def test_one_that_can_never_be_written_is_given_up_and_shown(event: Event, bob: Registration) -> None:
    OutgoingMail.objects.update(facts={})
    for _attempt in range(outbox.MAX_ATTEMPTS):
        outbox.deliver(OutgoingMail.objects.get().next_try_at)
    mail = OutgoingMail.objects.get()
    assert (mail.failed_at is not None, mail.error) == (True, "KeyError: 'message_id'")


def test_what_the_facts_hold_is_plain(event: Event, bob: Registration) -> None:
    """Words and values, and no keys of rows that somebody would have to look up."""
    assert set(OutgoingMail.objects.get().facts) == {
        *("sender", "answers_to", "language", "subject", "opening", "changes", "pairs", "link", "consents", "contact"),
        *("house", "entry", "message_id"),
    }


def test_a_mail_about_the_seat_is_the_reminder(event: Event) -> None:
    """Whether the line moves by itself or an organiser seats somebody."""
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, waiting=True)
    factories.registered(event, factories.CHARLIE, 2, waiting=True)
    now = event.starts_at - timedelta(hours=25)
    booking.cancel(frida, now)
    booking.move(event.registrations.get(first_name="Charlie"), event.workshops.get(number=2), now, over_capacity=True)
    for _time in range(2):
        notices.remind(now)
    assert (kinds("Bob"), kinds("Charlie")) == (["waiting", "moved_up"], ["waiting", "moved_up"])


@pytest.mark.parametrize(
    ("field", "home"),
    [
        ("told", "registration/mails/told.py"),
        ("told_sequence", "registration/mails/told.py"),
        ("reminded_of", "registration/mails/told.py"),
        ("tell_not_before", "registration/notices.py"),
    ],
)
def test_what_guests_were_told_is_written_in_one_place(field: str, home: str) -> None:
    paths = [path for path in (ROOT / "registration").rglob("*.py") if "migrations" not in path.parts]
    assert len(paths) > 30
    writers = {str(path.relative_to(ROOT)) for path in paths if writes(path.read_text(), field)}
    assert writers - {"registration/mails/sample.py"} == {home}  # there nobody is told anything


def writes(source: str, field: str) -> bool:
    """Whether the code assigns to an attribute of this name, or updates a column."""
    nodes = list(ast.walk(ast.parse(source)))
    stored = {node.attr for node in nodes if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    calls = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    updates = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "update"]
    return field in stored | {keyword.arg for call in updates for keyword in call.keywords}

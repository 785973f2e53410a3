"""What guests are told without having done anything."""

import subprocess
import sys
from collections import Counter
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core import mail as django_mail
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from events import wording
from events.models import Event, Slot
from registration import booking, mails, notices, outbox
from registration.booking import Choice
from registration.calendar import own_entry
from registration.mails import catalogue
from registration.models import LinkRequest, OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of
from tests.registration.test_booking import kinds
from tests.running import ROOT, RunningSite

NOW = timezone.now()


def run(job: Any, now: datetime) -> None:
    for _portion in range(100):
        if not job(now):
            return
    raise AssertionError("the job never ends")


def last(kind: str) -> str:
    return factories.read(OutgoingMail.objects.filter(kind=kind).latest("pk"))


# Reminders


def test_it_works(event: Event, bob: Registration) -> None:
    run(notices.remind, event.starts_at - timedelta(days=2, seconds=1))
    assert kinds("Bob") == ["confirmed"]
    for _time in range(3):
        run(notices.remind, event.starts_at - timedelta(days=2))
    assert kinds("Bob") == ["confirmed", "reminder"]
    text = last("reminder")
    assert "Ihr Platz im Workshop „2. Darf es etwas mehr als Folklore sein?“ ist reserviert." in text
    assert "sagen Sie bitte auf Ihrer Seite ab" in text


@pytest.mark.parametrize(("days", "reminded"), [(None, 0), (2, 0), (7, 1)])
def test_when_is_for_the_event_to_say(event: Event, bob: Registration, days: int | None, reminded: int) -> None:
    Event.objects.update(reminder_days=days)
    run(notices.remind, event.starts_at - timedelta(days=6))
    assert kinds("Bob").count("reminder") == reminded


def test_only_those_who_come(event: Event) -> None:
    factories.fill(event, 2)
    factories.registered(event, factories.BOB, waiting=True)
    booking.cancel(factories.registered(event, factories.CHARLIE, 1), NOW)
    factories.watching(event, factories.guest(1))
    run(notices.remind, event.starts_at - timedelta(days=1))
    reminded = OutgoingMail.objects.filter(kind="reminder").values_list("registration__first_name", flat=True)
    assert sorted(reminded) == ["Frida", "Gast 1"]


def test_who_has_just_registered_is_not_reminded(event: Event) -> None:
    Event.objects.update(registration_closes_at=event.starts_at)
    now = event.starts_at - timedelta(days=1)
    factories.registered(event, now=now)
    run(notices.remind, now)
    assert kinds("Bob") == ["confirmed"]


@pytest.mark.parametrize("status", ["cancelled", "postponed", "draft"])
def test_nobody_is_reminded_of_what_does_not_happen(event: Event, bob: Registration, status: str) -> None:
    Event.objects.update(status=status)
    run(notices.remind, event.starts_at - timedelta(days=1))
    assert "reminder" not in kinds("Bob")


def test_another_date_is_another_reminder(event: Event, bob: Registration) -> None:
    run(notices.remind, event.starts_at - timedelta(days=1))
    Event.objects.update(starts_at=event.starts_at + timedelta(days=30), ends_at=event.ends_at + timedelta(days=30))
    run(notices.remind, event.starts_at + timedelta(days=29))
    assert kinds("Bob") == ["confirmed", "reminder", "reminder"]


def test_many_guests(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "AT_ONCE", 2)
    for number in range(5):
        factories.registered(event, factories.guest(number), 1)
    run(notices.remind, event.starts_at - timedelta(days=1))
    reminded = OutgoingMail.objects.filter(kind="reminder").values_list("registration", flat=True)
    assert sorted(Counter(reminded).values()) == [1] * 5


# The event changed


def settled() -> datetime:
    """When an organiser who mistyped has had the time to put it right."""
    return timezone.now() + notices.QUIET + timedelta(seconds=1)


def test_workshops_that_move_are_told_to_those_who_sit_in_them(event: Event, bob: Registration) -> None:
    factories.watching(event, factories.guest(1))
    factories.fill(event, 3)
    factories.registered(event, factories.CHARLIE, number=3, waiting=True)
    slot = event.slots.get(kind="workshops")
    slot.starts_at += timedelta(minutes=15)
    slot.ends_at += timedelta(minutes=15)
    slot.save()
    event.refresh_from_db()
    assert event.sequence == 1
    run(notices.announce, event.rescheduled_at)  # type: ignore[arg-type]
    assert kinds("Bob") == ["confirmed"]  # the organiser may still put it right
    for _time in range(2):
        run(notices.announce, settled())
    assert {who: kinds(who)[1:] for who in ("Bob", "Frida", "Gast 1", "Charlie")} == {
        "Bob": ["event_changed"],
        "Frida": ["event_changed"],
        "Gast 1": [],
        "Charlie": [],
    }
    text = factories.read(OutgoingMail.objects.filter(registration=bob).latest("pk"))
    day = wording.day(event.starts_at)
    assert f"Ihr Workshop beginnt: {day}, 13:30 Uhr (bisher: {day}, 13:15 Uhr)" in text
    assert f"Ihr Workshop endet: {day}, 15:15 Uhr (bisher: {day}, 15:00 Uhr)" in text
    assert "Folklore sein? (13:30 – 15:15 Uhr)" in text
    assert set(event.registrations.values_list("told_sequence", flat=True)) == {1}


def test_another_length_of_a_day_is_told(db: None) -> None:
    event = factories.a_two_day_event()
    factories.registered(event)
    first, second = (wording.day(starts_at) for starts_at, _ends_at in event.days)
    closing = event.slots.latest("ends_at")
    closing.ends_at -= timedelta(minutes=30)
    closing.save()
    run(notices.announce, settled())
    assert f"\n{second}: 9:00 – 13:30 Uhr (bisher: 9:00 – 14:00 Uhr)\n" in last("event_changed")
    assert f"\n{first}: " not in last("event_changed")


def test_a_day_whose_programme_is_taken_away_is_told(db: None) -> None:
    event = factories.a_two_day_event()
    factories.watching(event)
    second = event.days[1][0]
    for slot in event.slots.filter(starts_at__gte=second):
        slot.delete()
    run(notices.announce, settled())
    assert f"\n{wording.day(second)}: noch nicht bekannt (bisher: 9:00 – 14:00 Uhr)\n" in last("event_changed")


def test_days_of_an_event_that_moves_are_its_beginning_and_end(db: None) -> None:
    event = factories.a_two_day_event()
    factories.registered(event)
    parts: list[Event | Slot] = [event, *event.slots.all()]
    for part in parts:
        part.starts_at += timedelta(days=7)
        part.ends_at += timedelta(days=7)
        part.save()
    run(notices.announce, settled())
    lines = [line for line in last("event_changed").splitlines() if "(bisher: " in line]
    assert [line.partition(":")[0] for line in lines] == [
        "Beginn",
        "Ende",
        *["Ihr Workshop beginnt", "Ihr Workshop endet"] * 2,
    ]


@pytest.mark.parametrize("part", ["workshop", "slot"])
def test_another_room_is_told(event: Event, bob: Registration, part: str) -> None:
    factories.workshop(event, 2, room="Saal 1" if part == "workshop" else "")
    found = event.workshops.get(number=2) if part == "workshop" else event.slots.get(kind="workshops")
    for room in ("Saal 1", "Saal 2"):
        found.room = room
        found.save()
        run(notices.announce, settled())
    text = last("event_changed")
    assert "Raum: Saal 2 (bisher: Saal 1)" in text
    assert kinds("Bob") == ["confirmed", "event_changed", "event_changed"]
    entry = own_entry(Registration.objects.with_everything().get()).decode().replace("\r\n ", "")
    assert "13:15 – 15:00 Uhr\\, Raum: Saal 2" in entry
    assert "SEQUENCE:2" in entry


def test_another_room_is_told_to_nobody_else(event: Event, bob: Registration) -> None:
    factories.workshop(event, 1, room="Saal 2")
    for slot in event.slots.exclude(kind="workshops"):
        slot.room = "Foyer"
        slot.save()
    event.refresh_from_db()
    run(notices.announce, settled())
    bob.refresh_from_db()
    assert (kinds("Bob"), event.sequence, bob.told_sequence) == (["confirmed"], 1, 1)


def test_of_another_workshop_the_mail_about_the_change_has_told(event: Event, bob: Registration) -> None:
    factories.workshop(event, 3, room="Saal 3")
    booking.move(bob, event.workshops.get(number=3), NOW)
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "changed"]
    assert "(bisher: " not in last("changed")


def test_another_time_is_told_with_what_it_was(event: Event, bob: Registration) -> None:
    event.starts_at += timedelta(hours=1)
    event.save()
    run(notices.announce, timezone.now())
    assert kinds("Bob") == ["confirmed"]  # not yet: it may have been a slip
    for _time in range(2):
        run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "event_changed"]
    text = last("event_changed")
    assert "Beginn: " in text
    assert "9:30 Uhr (bisher: " in text
    assert "8:30 Uhr)" in text
    assert "Ende:" not in text
    mail = OutgoingMail.objects.latest("pk")
    assert mail.subject == f"Veranstaltung geändert: {event.title}"
    assert b"text/calendar" in factories.mime(mail)


def test_another_place(event: Event, bob: Registration) -> None:
    factories.venue(event, name="Stadthalle")
    run(notices.announce, settled())
    now, before = "Ort: Stadthalle, Halsbrücker Straße 34, 09599 Freiberg", "Deutsches Brennstoffinstitut (DBI),"
    assert f"{now} (bisher: {before}" in " ".join(last("event_changed").split())


def test_a_slip_put_right_is_told_to_nobody(event: Event, bob: Registration) -> None:
    for hours in (1, -1):
        event.starts_at += timedelta(hours=hours)
        event.save()
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed"]


def test_a_slip_that_a_mail_carried_away_is_put_right(event: Event, bob: Registration) -> None:
    """Somebody changes the registration while the wrong time stands there."""
    event.starts_at += timedelta(hours=1)
    event.save()
    guest = booking.Guest("Bob", "Müller", "bob@example.org", "Anderes Amt")
    booking.change(bob, guest, Choice.of(event.workshops.get(number=2)), timezone.now())
    assert "Was sich geändert hat:\nBeginn: " in last("changed")
    event.starts_at -= timedelta(hours=1)
    event.save()
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "changed", "event_changed"]
    assert "8:30 Uhr (bisher: " in last("event_changed")


def test_a_mail_without_an_entry_leaves_the_calendar_to_the_announcement(event: Event, bob: Registration) -> None:
    event.starts_at += timedelta(hours=1)
    event.save()
    booking.withdraw_consent(bob, "recording", timezone.now())
    assert "Was sich geändert hat:\nBeginn: " in last("consent_withdrawn")
    for _time in range(2):
        run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "consent_withdrawn", "event_changed"]
    assert "9:30 Uhr (bisher: " in last("event_changed")
    assert b"text/calendar" in factories.mime(OutgoingMail.objects.get(kind="event_changed"))


def test_a_slip_told_without_an_entry_is_put_right(event: Event, bob: Registration) -> None:
    event.starts_at += timedelta(hours=1)
    event.save()
    booking.withdraw_consent(bob, "recording", timezone.now())
    event.starts_at -= timedelta(hours=1)
    event.save()
    run(notices.announce, settled())
    assert "8:30 Uhr (bisher: " in last("event_changed")


def test_nobody_is_reminded_before_the_change_is_settled(event: Event, bob: Registration) -> None:
    event.starts_at, event.ends_at = NOW + timedelta(hours=30), NOW + timedelta(hours=38)
    event.registration_closes_at = NOW + timedelta(hours=1)
    event.save()
    Registration.objects.update(registered_at=NOW - timedelta(days=9))
    run(notices.remind, timezone.now())
    assert kinds("Bob") == ["confirmed"]
    run(notices.announce, settled())
    run(notices.remind, settled())
    assert kinds("Bob") == ["confirmed", "event_changed", "reminder"]


def test_a_cancelled_event_is_announced_once(event: Event, bob: Registration) -> None:
    event.status = Event.Status.CANCELLED
    event.save()
    run(notices.announce, settled())
    factories.venue(event, name="Stadthalle")
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "event_cancelled"]


def test_no_mail_in_between_hides_that_the_event_is_cancelled(client: Client, event: Event, bob: Registration) -> None:
    event.status = Event.Status.CANCELLED
    event.save()
    client.post(f"/anmeldung/{bob.token}/einwilligung/", {"withdraw": "recording"})
    assert "Die Veranstaltung findet nicht statt." in last("consent_withdrawn")
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "consent_withdrawn", "event_cancelled"]


def test_a_corrected_address_hears_of_the_cancellation(event: Event, bob: Registration) -> None:
    event.status = Event.Status.CANCELLED
    event.save()
    run(notices.announce, settled())
    booking.correct(bob, booking.Guest("Bob", "Müller", "bob@example.com"), timezone.now())
    mail = OutgoingMail.objects.latest("pk")
    assert (mail.kind, mail.recipient) == ("event_cancelled", "bob@example.com")


def test_a_corrected_address_hears_of_the_postponement(event: Event, bob: Registration) -> None:
    event.status = Event.Status.POSTPONED
    event.save()
    run(notices.announce, settled())
    booking.correct(bob, booking.Guest("Bob", "Müller", "bob@example.com"), timezone.now())
    assert "Die Veranstaltung wird verschoben." in last("confirmed")


@pytest.mark.parametrize("change", ["cancelled", "venue"])
def test_whoever_was_registered_by_hand_in_a_draft_is_told(event: Event, change: str) -> None:
    event.status = Event.Status.DRAFT
    event.save()
    by_hand = {"channel": Registration.Channel.PHONE, "actor": "alice", "agreed": ["recording"]}
    choice = Choice.of(event.workshops.get(number=1))
    booking.register_by_hand(event, factories.BOB, choice, timezone.now(), **by_hand)  # type: ignore[arg-type]
    if change == "venue":
        factories.venue(event, name="Stadthalle")
        event.refresh_from_db()
    event.status = Event.Status.CANCELLED if change == "cancelled" else Event.Status.PUBLISHED
    event.save()
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed", "event_cancelled" if change == "cancelled" else "event_changed"]


def test_a_draft_that_is_published_is_no_change(event: Event) -> None:
    event.status = Event.Status.DRAFT
    event.save()
    by_hand = {"channel": Registration.Channel.PHONE, "actor": "alice", "agreed": ["recording"]}
    choice = Choice.of(event.workshops.get(number=1))
    booking.register_by_hand(event, factories.BOB, choice, timezone.now(), **by_hand)  # type: ignore[arg-type]
    event.status = Event.Status.PUBLISHED
    event.save()
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed"]


def test_one_who_cannot_be_told_keeps_no_other_from_it(
    event: Event, bob: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.registered(event, factories.CHARLIE)
    really = mails.reminder

    def fails_for_bob(registration: Registration, now: datetime) -> None:
        if registration.first_name == "Bob":
            raise RuntimeError
        really(registration, now)

    now = event.starts_at - timedelta(days=1)
    monkeypatch.setattr(mails, "reminder", fails_for_bob)
    run(notices.remind, now)
    assert (kinds("Bob"), kinds("Charlie")) == (["confirmed"], ["confirmed", "reminder"])
    monkeypatch.setattr(mails, "reminder", really)
    run(notices.remind, now + notices.AGAIN)
    assert (kinds("Bob"), kinds("Charlie")) == (["confirmed", "reminder"], ["confirmed", "reminder"])


@pytest.mark.parametrize(("mail", "status"), [("event_cancelled", "cancelled"), ("event_changed", "postponed")])
def test_only_what_is_written_counts_as_told(
    event: Event, bob: Registration, monkeypatch: pytest.MonkeyPatch, mail: str, status: str
) -> None:
    """However the storing fails: before there is a mail, or after."""
    event.status = Event.Status(status)
    event.save()
    told, really = Registration.objects.values("told", "told_sequence").get(), catalogue.enqueue

    def fails(*args: object) -> None:
        really(*args)  # type: ignore[arg-type]
        raise RuntimeError

    monkeypatch.setattr(catalogue, "enqueue", fails)
    now = settled()
    for _time in range(3):
        run(notices.announce, now)
    assert kinds("Bob") == ["confirmed"]
    assert Registration.objects.values("told", "told_sequence").get() == told
    monkeypatch.setattr(catalogue, "enqueue", really)
    run(notices.announce, now + notices.AGAIN - timedelta(seconds=1))
    assert kinds("Bob") == ["confirmed"]
    for _time in range(2):
        run(notices.announce, now + notices.AGAIN)
    assert kinds("Bob") == ["confirmed", mail]


def test_who_registers_after_the_change_knows_it(event: Event) -> None:
    event.starts_at += timedelta(hours=1)
    event.save()
    factories.registered(event)
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed"]


def test_a_title_is_no_reason_to_write(event: Event, bob: Registration) -> None:
    event.title = "Ein anderer Titel"
    event.save()
    run(notices.announce, settled())
    assert kinds("Bob") == ["confirmed"]


def test_cancelled_for_everybody(event: Event, bob: Registration) -> None:
    factories.fill(event, 3)
    factories.registered(event, factories.CHARLIE, 3, waiting=True)
    booking.cancel(factories.registered(event, factories.guest(1)), NOW)
    event.status = Event.Status.CANCELLED
    event.save()
    run(notices.announce, settled())
    told = OutgoingMail.objects.filter(kind="event_cancelled")
    assert sorted(told.values_list("registration__first_name", flat=True)) == ["Bob", "Charlie", "Frida"]
    entries = {mail.registration.first_name: b"text/calendar" in factories.mime(mail) for mail in told}  # type: ignore[union-attr]
    assert entries == {"Bob": True, "Frida": True, "Charlie": False}
    assert told[0].subject == f"Fällt aus: {event.title}"


def test_postponed_and_then_dated_anew(event: Event, bob: Registration) -> None:
    event.status = Event.Status.POSTPONED
    event.save()
    run(notices.announce, settled())
    assert "Die Veranstaltung wird verschoben. Der neue Termin folgt." in last("event_changed")
    event.status, event.starts_at, event.ends_at = (
        Event.Status.PUBLISHED,
        event.starts_at + timedelta(days=30),
        event.ends_at + timedelta(days=30),
    )
    event.save()
    run(notices.announce, settled())
    assert "Die Veranstaltung findet statt." in last("event_changed")
    assert kinds("Bob") == ["confirmed", "event_changed", "event_changed"]


# The lost link

LOST = "/anmeldung/link/"


def ask(client: Client, email: str) -> Any:
    return client.post(LOST, {"email": email}, follow=True)


def test_the_link_is_sent_again(client: Client, bob: Registration) -> None:
    response = ask(client, "BOB@example.org")
    assert response.redirect_chain == [("/anmeldung/link/gesendet/", 302)]
    run(notices.send_links, timezone.now())
    assert kinds("Bob") == ["confirmed", "link"]
    assert str(bob.token) in last("link")
    assert not LinkRequest.objects.exists()


def test_everybody_gets_the_same_answer(client: Client, bob: Registration) -> None:
    answers = {ask(client, email).content for email in ("bob@example.org", "nobody@example.org")}
    assert len(answers) == 1
    run(notices.send_links, timezone.now())
    assert OutgoingMail.objects.filter(kind="link").count() == 1


def test_asking_looks_nothing_up(client: Client, bob: Registration, django_assert_num_queries: Any) -> None:
    """Or the time that it takes would tell who is registered."""
    client.post(LOST, {"email": "somebody@example.org"})
    captured = []
    for email in ("bob@example.org", "nobody@example.org"):
        with django_assert_num_queries(3) as queries:
            client.post(LOST, {"email": email})
        captured.append([query["sql"].split()[0] for query in queries.captured_queries])
    assert captured[0] == captured[1]


def test_a_link_that_cannot_be_written_keeps_no_other_back(
    client: Client, event: Event, bob: Registration, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.registered(event, booking.Guest("Dora", "Müller", "bob@example.org"))
    really = mails.link

    def fails_for_bob(registration: Registration, now: datetime) -> None:
        if registration.first_name == "Bob":
            raise RuntimeError
        really(registration, now)

    monkeypatch.setattr(mails, "link", fails_for_bob)
    ask(client, "bob@example.org")
    run(notices.send_links, timezone.now())
    assert (kinds("Bob"), kinds("Dora")) == (["confirmed"], ["confirmed", "link"])
    assert not LinkRequest.objects.exists()


def test_colleagues_who_share_a_mailbox_get_a_mail_each(client: Client, event: Event, bob: Registration) -> None:
    factories.registered(event, booking.Guest("Dora", "Müller", "bob@example.org"))
    ask(client, "bob@example.org")
    run(notices.send_links, timezone.now())
    assert (kinds("Bob"), kinds("Dora")) == (["confirmed", "link"], ["confirmed", "link"])


def test_the_link_of_somebody_unconfirmed_asks_to_confirm(client: Client, event: Event) -> None:
    event.address_confirmed_within = 2
    event.save()
    factories.registered(event)
    ask(client, "bob@example.org")
    run(notices.send_links, timezone.now())
    assert kinds("Bob") == ["unconfirmed", "unconfirmed"]


def test_the_link_of_a_cancelled_registration_says_so(client: Client, bob: Registration) -> None:
    booking.cancel(bob, timezone.now())
    ask(client, "bob@example.org")
    run(notices.send_links, timezone.now())
    assert "Ihre Anmeldung ist abgesagt." in last("link")


def test_nobody_fills_a_strangers_mailbox(client: Client, bob: Registration) -> None:
    """The rest is for `registration.mailboxes`."""
    for _time in range(15):
        ask(client, "bob@example.org")
    run(notices.send_links, timezone.now())
    run(outbox.deliver, timezone.now())
    assert len(django_mail.outbox) == 1


@pytest.mark.parametrize("email", ["", "x", "a@b\r\nBcc: c@d.example", "bob@example.org\x00"])
def test_a_wrong_address_is_said_so(client: Client, db: None, email: str) -> None:
    response = client.post(LOST, {"email": email})
    assert response.status_code == 422
    assert 'class="error-summary"' in response.content.decode()


def test_the_way_there(client: Client, event: Event) -> None:
    assert "Schon angemeldet, aber den Link verloren?" in words_of(client.get("/fachtag-demo/").content.decode())
    assert "Link noch einmal senden" in client.get(LOST).content.decode()


# Every job is a command

JOBS = ("deliver", "remind", "ask", "announce", "move_up", "send_links", "send_messages", "erase")


@pytest.mark.parametrize("command", [*JOBS])
def test_each_job_is_a_command_that_may_run_twice(event: Event, bob: Registration, command: str) -> None:
    soon = NOW + timedelta(hours=1)
    Event.objects.update(registration_closes_at=NOW)
    Event.objects.update(starts_at=soon, ends_at=soon + timedelta(hours=8))
    Registration.objects.update(registered_at=NOW - timedelta(days=9))
    counts = []
    for _time in range(2):
        call_command(command, stdout=StringIO())
        counts.append((OutgoingMail.objects.count(), OutgoingMail.objects.filter(sent_at__isnull=False).count()))
    assert counts[0] == counts[1] == {"deliver": (1, 1), "remind": (2, 0)}.get(command, (1, 0))


def test_a_job_that_fails_keeps_no_other_from_its_work(monkeypatch: pytest.MonkeyPatch, event: Event) -> None:
    from registration import jobs
    from registration.management.commands import work

    def fails(now: datetime) -> bool:
        raise RuntimeError

    command = work.Command()
    done: list[datetime] = []

    def works(now: datetime) -> bool:
        done.append(now)
        command.stop()
        return True

    monkeypatch.setattr(work, "JOBS", {"fails": fails, "works": works})
    command.handle()
    assert len(done) == 1
    assert set(jobs.JOBS) == {*JOBS}


def test_two_workers_and_two_web_processes_remind_once(tmp_path: Path) -> None:
    """The site as `make run` starts it, with a second worker beside it, on the database of this test run."""
    site = RunningSite(tmp_path, RATE_LIMITS="off")
    with site.running():
        site.manage("shell", "-v0", "-c", FORTY_GUESTS)
        site.wait_until(lambda: len(site.mails()) == 40)
        second = subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=site.environment)
        try:
            site.manage("shell", "-v0", "-c", TOMORROW)
            site.wait_until(lambda: len(site.mails()) >= 80)
            site.manage("remind")
            site.wait_until(lambda: site.manage("shell", "-v0", "-c", UNSENT).strip() == "0")
        finally:
            second.terminate()
            second.wait(timeout=20)
    reminded = Counter(str(mail["To"]) for mail in site.mails() if mail["Subject"].startswith("Erinnerung: "))
    assert reminded == {f"gast{number}@example.org": 1 for number in range(40)}
    assert "Traceback" not in site.log


FORTY_GUESTS = """
from datetime import timedelta
from django.utils import timezone
from events.models import Event
from registration import booking
from registration.booking import Choice, Guest
event = Event.objects.get(slug="fachtag-demo")
for number in range(40):
    guest = Guest(f"Gast {number}", "Beispiel", f"gast{number}@example.org")
    choice = Choice.of(event.workshops.get(number=number % 2 + 1))
    booking.register(event, guest, choice, timezone.now() - timedelta(days=9), agreed=["recording"])
"""
TOMORROW = """
from datetime import timedelta
from django.utils import timezone
from events.models import Event
tomorrow = timezone.now() + timedelta(days=1)
Event.objects.filter(slug="fachtag-demo").update(
    starts_at=tomorrow, ends_at=tomorrow + timedelta(hours=8), registration_closes_at=tomorrow
)
"""
UNSENT = """
from registration.models import OutgoingMail
print(OutgoingMail.objects.filter(sent_at=None).count())
"""

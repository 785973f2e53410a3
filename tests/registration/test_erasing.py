import json
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate

from events.models import Event
from registration import booking, erasing, history, notices, outbox
from registration.booking import Guest
from registration.limits import WRONG_KEY
from registration.models import Answer, Attempts, Change, ConsentRecord, ErasedKey, Inquiry, OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of
from tests.registration.test_booking import states
from tests.registration.test_meanwhile import in_the_middle
from tests.running import RunningSite

NOW = timezone.now()
# Words that nothing else in the database holds.
NOBODY_ELSE = Guest("Zebulon", "Quittengelee", "zq@nirgends.example", "Verein Mondlandung")
ANSWERED = {"needs": "Keine Cashewkerne"}


def url(registration: Registration) -> str:
    return f"/anmeldung/{registration.token}/loeschen/"


def everything_stored() -> str:
    """Every value of every row of every table."""
    rows = [
        {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.values()
    ]
    assert len(rows) > 50
    return json.dumps(rows, default=str, ensure_ascii=False)


def traces(registration_token: object) -> list[str]:
    stored = everything_stored()
    looked_for = [
        *NOBODY_ELSE.__dict__.values(),
        *ANSWERED.values(),
        str(registration_token),
        str(registration_token).replace("-", ""),
    ]
    return [word for word in looked_for if word in stored]


def deliver() -> None:
    while outbox.deliver(timezone.now() + timedelta(hours=1)):
        pass


def make_past(event: Event, days: int) -> None:
    ends_at = NOW - timedelta(days=days)
    Event.objects.filter(pk=event.pk).update(
        starts_at=ends_at - timedelta(hours=8), ends_at=ends_at, registration_closes_at=ends_at - timedelta(days=9)
    )


def test_it_works(client: Client, event: Event) -> None:
    guest = factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    page = words_of(client.get(url(guest)).content.decode())
    assert "Das lässt sich nicht rückgängig machen." in page
    assert "Ihre Anmeldung wird abgesagt." in page
    assert states(event) == [("Zebulon", "confirmed", 2, None)]
    response = client.post(url(guest))
    assert response["Location"] == "/anmeldung/geloescht/"
    assert "Ihre persönlichen Daten sind gelöscht." in words_of(client.get(response["Location"]).content.decode())
    assert states(event) == [("", "cancelled", None, None)]
    assert client.get(guest.get_absolute_url()).status_code == client.post(url(guest)).status_code == 410


def test_nothing_leads_to_the_person_any_more(client: Client, alice: Client, event: Event) -> None:
    guest = factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    deliver()
    moved = {"do": "move", "gast": guest.pk, "workshop": event.workshops.get(number=3).pk}
    alice.post("/admin/fachtag/fachtag-demo/gaeste/mehrere/", moved)
    assert len(traces(guest.token)) == 6  # what could be left over is there
    assert Change.objects.get().subject == "Zebulon Quittengelee"
    client.post(url(guest))
    deliver()
    assert traces(guest.token) == []
    assert "3. Beschäftigung" in Change.objects.get().what  # what was done stays on record


def test_the_old_link_says_that_the_data_are_erased(client: Client, bob: Registration) -> None:
    client.post(url(bob))
    for page in ("", "aendern/", "einwilligung/", "daten/", "daten.json"):
        response = client.get(f"{bob.get_absolute_url()}{page}")
        assert response.status_code == 410
        assert "Ihre persönlichen Daten sind gelöscht." in words_of(response.content.decode())
    assert client.get(f"/anmeldung/{uuid4()}/").status_code == 404  # that one is mistyped


def test_the_old_link_is_known_by_a_digest_alone(client: Client, event: Event, bob: Registration) -> None:
    factories.registered(event, factories.CHARLIE)
    client.post(url(bob))
    assert list(ErasedKey.objects.values()) == [
        {"digest": ErasedKey.of(bob.token), "until": localdate(NOW) + timedelta(days=365)}
    ]
    assert [field.name for field in ErasedKey._meta.get_fields() if field.is_relation] == []
    digests = {ErasedKey.of(token) for token in Registration.objects.values_list("token", flat=True)}
    assert ErasedKey.objects.get().digest not in digests  # the erased row has another key


def test_an_old_link_is_forgotten_after_a_year(client: Client, bob: Registration) -> None:
    client.post(url(bob))
    erasing.erase_due(NOW + timedelta(days=364))
    assert client.get(bob.get_absolute_url()).status_code == 410
    erasing.erase_due(NOW + timedelta(days=366))
    assert client.get(bob.get_absolute_url()).status_code == 404


def test_who_guesses_keys_learns_of_nobody_erased(client: Client, bob: Registration, settings: Any) -> None:
    settings.RATE_LIMITS = True
    client.post(url(bob))
    for _guess in range(WRONG_KEY.at_most):
        client.get(f"/anmeldung/{uuid4()}/")
    assert client.get(bob.get_absolute_url()).status_code == 429


def test_counts_and_consents_stay(client: Client, event: Event) -> None:
    guest = factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    client.post(url(guest))
    assert event.registrations.count() == 1
    assert ConsentRecord.objects.filter(registration=guest).count() == 2
    assert OutgoingMail.objects.filter(registration=guest).count() == 1  # the last; one that had not left never will


def test_the_last_mail_leaves_and_forgets(client: Client, event: Event) -> None:
    guest = factories.by_hand(event, NOBODY_ELSE)
    client.post(url(guest))
    mail = OutgoingMail.objects.get()
    assert (mail.kind, mail.recipient) == ("erased", "zq@nirgends.example")
    text = factories.read(mail)
    assert text.startswith("Guten Tag Zebulon Quittengelee,\n\nIhre persönlichen Daten sind gelöscht.")
    assert str(guest.token) not in text
    assert b"text/calendar" in factories.mime(mail)
    deliver()
    mail.refresh_from_db()
    assert (mail.recipient, mail.subject, mail.facts, mail.sent_at is not None) == ("", "", {}, True)


def test_the_last_mail_forgets_too_when_it_is_given_up(client: Client, event: Event, settings: Any) -> None:
    guest = factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    client.post(url(guest))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    now = timezone.now()
    while OutgoingMail.objects.filter(failed_at__isnull=True).exists():
        now = OutgoingMail.objects.get().next_try_at
        outbox.deliver(now)
    assert traces(guest.token) == []


def test_the_seat_goes_to_the_queue(client: Client, event: Event) -> None:
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, waiting=True)
    client.post(url(frida))
    assert states(event) == [("", "cancelled", None, None), ("Bob", "confirmed", 2, None)]


def test_after_the_event_the_seat_is_counted_on(client: Client, event: Event) -> None:
    bob, charlie = factories.registered(event), factories.registered(event, factories.CHARLIE)
    make_past(event, days=1)
    assert "Ihre Anmeldung wird abgesagt." not in client.get(url(bob)).content.decode()
    for registration in (bob, charlie):
        client.post(url(registration))
    assert states(event) == [("", "confirmed", 2, None)] * 2


def test_what_the_same_person_cancelled_before_goes_too(client: Client, event: Event) -> None:
    booking.cancel(factories.registered(event, NOBODY_ELSE, answered=ANSWERED), NOW)
    again = factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    client.post(url(again))
    deliver()
    assert traces(again.token) == []
    assert event.registrations.filter(erased_at__isnull=False).count() == 2


def test_the_old_link_erases_what_was_cancelled_and_leaves_the_new_seat(client: Client, event: Event) -> None:
    factories.workshop(event, 2, capacity=1)
    first = factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    booking.cancel(first, NOW)
    factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    client.post(url(first))
    assert sorted(states(event)) == [("", "cancelled", None, None), ("Zebulon", "confirmed", 2, None)]


def test_an_erased_guest_who_waited_keeps_no_seat_free(event: Event) -> None:
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, NOBODY_ELSE, answered=ANSWERED, waiting=True)
    dates = Event.objects.values("starts_at", "ends_at", "registration_closes_at").get()
    make_past(event, days=365)
    while erasing.erase_due(NOW):
        pass
    Event.objects.update(**dates)
    frida.places.all().delete()
    assert factories.registered(event).state == "confirmed"


def test_what_was_postponed_and_called_off_is_told_before_anything_is_erased(past: Event) -> None:
    past.status = Event.Status.POSTPONED
    past.save()
    notices.announce(timezone.now() + timedelta(minutes=3))
    make_past(past, days=365)
    past.refresh_from_db()
    past.status = Event.Status.CANCELLED
    past.save()
    later = timezone.now() + timedelta(days=2)
    assert not erasing.erase_when_settled(later)
    notices.announce(later)
    told = OutgoingMail.objects.filter(registration__first_name="Zebulon").order_by("pk")
    assert list(told.values_list("kind", flat=True)) == ["confirmed", "event_changed", "event_cancelled"]
    assert erasing.erase_when_settled(later + timedelta(days=180))


def test_of_a_postponed_event_the_seat_comes_free(client: Client, event: Event, bob: Registration) -> None:
    make_past(event, days=1)
    Event.objects.update(status="postponed")
    client.post(url(bob))
    assert states(event) == [("", "cancelled", None, None)]


def test_somebody_erased_is_nobody_to_act_upon(event: Event) -> None:
    bob = factories.registered(event)
    erasing.erase(bob, NOW)
    third = event.workshops.get(number=3)
    verbs: list[Callable[[], object]] = [
        partial(booking.correct, bob, factories.BOB, NOW),
        partial(booking.move, bob, third, NOW),
        partial(booking.cancel_by_hand, bob, NOW),
        partial(booking.confirm, bob, NOW),
        partial(booking.withdraw_consent, bob, "recording", NOW),
    ]
    for verb in verbs:
        with pytest.raises(booking.Erased):
            verb()
    assert OutgoingMail.objects.count() == 1


def test_who_waits_when_the_event_has_begun_leaves_the_queue(client: Client, event: Event) -> None:
    factories.fill(event, 2)
    bob = factories.registered(event, waiting=True)
    Event.objects.update(registration_closes_at=NOW - timedelta(hours=2))
    Event.objects.update(starts_at=NOW - timedelta(hours=1), ends_at=NOW + timedelta(hours=7))
    client.post(url(bob))
    assert states(event)[1] == ("", "cancelled", None, None)


def test_an_inquiry_leaves_nothing_behind(client: Client, alice: Client, event: Event) -> None:
    from registration.forms import FormNumber

    number = FormNumber(uuid4(), timezone.now() - timedelta(seconds=10), "").signed()
    client.post("/kontakt/", {"message": "Zebulon hat Epilepsie", "form_number": number, "homepage": ""})
    inquiry = Inquiry.objects.get()
    assert "Zebulon" in everything_stored()
    alice.post(f"/admin/fachtag/{event.slug}/anfragen/{inquiry.pk}/", {"do": "erase"})
    assert "Zebulon" not in everything_stored()


def test_twice_is_harmless(event: Event) -> None:
    bob = factories.registered(event)
    erasing.erase(bob, NOW)
    before = Registration.objects.values().get()
    erasing.erase(bob, NOW)
    assert Registration.objects.values().get() == before
    assert OutgoingMail.objects.count() == 1


def test_who_was_erased_may_register_again(client: Client, event: Event, bob: Registration) -> None:
    client.post(url(bob))
    assert factories.registered(event).pk != bob.pk


def test_every_page_still_works(client: Client, alice: Client, event: Event, bob: Registration) -> None:
    charlie = factories.registered(event, factories.CHARLIE)
    client.post(url(bob))
    deliver()
    record, mail = ConsentRecord.objects.all()[0], OutgoingMail.objects.filter(registration=bob).latest("pk")
    tables, guests = "/admin/registration/", f"/admin/fachtag/{event.slug}/gaeste/"
    pages = [
        guests,
        f"{guests}{charlie.pk}/",
        f"{tables}registration/",
        f"{tables}registration/{bob.pk}/change/",
        f"{tables}consentrecord/",
        f"{tables}consentrecord/{record.pk}/change/",
        f"{tables}outgoingmail/",
        f"{tables}outgoingmail/{mail.pk}/change/",
        "/fachtag-demo/",
        "/fachtag-demo/anmeldung/",
    ]
    assert [alice.get(page).status_code for page in pages] == [200] * 10
    assert "gelöscht" in alice.get(f"{tables}registration/{bob.pk}/change/").content.decode()
    outbox.send_again(mail, timezone.now())
    assert not outbox.deliver(timezone.now())  # there is nobody to send it to
    assert alice.get(f"{guests}{bob.pk}/").status_code == 404
    for do in ("cancel", "move", "message", "xlsx"):
        chosen = {"do": do, "gast": bob.pk, "confirmed": "", "workshop": event.workshops.get(number=3).pk}
        assert "niemanden ausgewählt" in alice.post(f"{guests}mehrere/", chosen, follow=True).content.decode()


# By schedule


@pytest.fixture
def past(event: Event) -> Event:
    factories.registered(event, NOBODY_ELSE, answered=ANSWERED)
    booking.cancel(factories.registered(event, factories.CHARLIE), NOW)
    return event


@pytest.mark.parametrize(("days", "needs", "known"), [(13, True, 2), (15, False, 2), (179, False, 2), (181, False, 0)])
def test_the_schedule(past: Event, days: int, needs: bool, known: int) -> None:
    make_past(past, days)
    while erasing.erase_due(NOW):
        pass
    assert Answer.objects.exists() == needs
    assert past.registrations.filter(erased_at__isnull=True).count() == known
    assert past.registrations.count() == 2
    if not known:
        assert [word for word in traces("") if word] == []
        assert sorted(states(past)) == [("", "cancelled", None, None), ("", "confirmed", 2, None)]


def test_the_periods_can_be_set(past: Event) -> None:
    Event.objects.update(needs_kept_days=1, data_kept_days=5)
    make_past(past, days=6)
    while erasing.erase_due(NOW):
        pass
    assert not past.registrations.filter(erased_at__isnull=True).exists()


def test_the_worker_waits_until_the_event_has_settled(past: Event) -> None:
    """A year mistyped in the admin must not cost anybody's data within a second."""
    make_past(past, days=365)
    assert not erasing.erase_when_settled(timezone.now())
    assert erasing.erase_when_settled(timezone.now() + erasing.PATIENCE)


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": NOW + timedelta(days=9), "ends_at": NOW + timedelta(days=10)},
        {"status": "postponed"},
        {"needs_kept_days": 90},
        {"changed_at": NOW + timedelta(hours=12)},
    ],
)
def test_an_event_that_is_changed_while_the_worker_looks_is_left_alone(past: Event, changes: dict[str, Any]) -> None:
    make_past(past, days=15)
    with in_the_middle(lambda: Event.objects.filter(pk=past.pk).update(**changes)):
        erasing.erase_when_settled(timezone.now() + erasing.PATIENCE)
    assert Answer.objects.exists()


def test_a_postponed_event_keeps_its_guests(past: Event) -> None:
    make_past(past, days=365)
    Event.objects.update(status="postponed")
    assert not erasing.erase_due(NOW)
    assert past.registrations.filter(erased_at__isnull=True).count() == 2


def test_calling_off_what_has_taken_place_postpones_nothing(past: Event) -> None:
    make_past(past, days=181)
    past.refresh_from_db()
    past.status = Event.Status.CANCELLED
    past.save()
    assert past.called_off_at is None
    assert erasing.erase_due(NOW)


@pytest.mark.parametrize("status", ["published", "cancelled"])
def test_another_spelling_of_the_place_postpones_nothing(past: Event, status: str) -> None:
    past.status = Event.Status(status)
    past.save()
    make_past(past, days=181)
    Event.objects.update(called_off_at=NOW - timedelta(days=190))
    factories.venue(past, city="Freiberg in Sachsen")
    assert erasing.erase_due(NOW)


def test_a_whole_town(past: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(erasing, "AT_ONCE", 1)
    make_past(past, days=365)
    portions = 0
    while erasing.erase_due(NOW):
        portions += 1
    assert portions == 2


def test_the_command_can_be_tried_first(past: Event) -> None:
    make_past(past, days=365)
    out = StringIO()
    call_command("erase", dry_run=True, stdout=out)
    assert out.getvalue() == "sensitive answers: 1\nregistrations: 2\ninquiries: 0\n"
    assert past.registrations.filter(erased_at__isnull=True).count() == 2
    call_command("erase", stdout=StringIO())
    call_command("erase", stdout=out)
    assert out.getvalue().endswith("sensitive answers: 0\nregistrations: 0\ninquiries: 0\n")


def test_inquiries_and_counts_do_not_stay_for_ever(client: Client, event: Event) -> None:
    for age in (179, 181):
        Inquiry.objects.create(message=f"{age}", form_number=uuid4(), sent_in_at=NOW - timedelta(days=age))
    Attempts.objects.create(key="x", until=NOW - timedelta(minutes=11))
    erasing.erase_due(NOW)
    assert list(Inquiry.objects.values_list("message", flat=True)) == ["179"]
    assert not Attempts.objects.exists()


def test_who_changed_what_is_known_for_three_years(event: Event, admin_user: User) -> None:
    for days in (3 * 365 - 1, 3 * 365):
        history.record(admin_user, event, [f"Vor {days} Tagen"], NOW - timedelta(days=days))
    erasing.erase_due(NOW)
    assert list(Change.objects.values_list("what", flat=True)) == ["Vor 1094 Tagen"]


# On the disk


def test_nothing_is_left_in_the_file(tmp_path: Path) -> None:
    """Neither in SQLite's free pages nor in its log; the site as `make run` starts it, which has both open."""
    site = RunningSite(tmp_path, DATABASE_URL=f"sqlite:///{tmp_path / 'site.sqlite3'}")

    def stored() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("site.sqlite3*"))

    with site.running():
        name = {"first_name": "Zebulon", "last_name": "Quittengelee", "email": "zq@nirgends.example"}
        own = site.register("fachtag-demo", **name, question_needs="Keine Cashewkerne")
        words = [b"Zebulon", b"Quittengelee", b"zq@nirgends.example", b"Cashewkerne"]
        assert [word for word in words if word in stored()] == words
        site.wait_until(lambda: len(site.mails()) == 1)
        assert site.post(f"{own}loeschen/", {}, "")[0] == 302
        site.wait_until(lambda: len(site.mails()) == 2)
        site.wait_until(lambda: not any(word in stored() for word in words), seconds=10)


def test_a_long_reader_keeps_nobody_waiting_and_nothing_on_the_disk(tmp_path: Path) -> None:
    """Such as a backup: what it holds in the log is wiped by the worker as soon as it is over."""
    database = tmp_path / "site.sqlite3"
    site = RunningSite(tmp_path, DATABASE_URL=f"sqlite:///{database}")

    def stored() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.glob("site.sqlite3*"))

    with site.running():
        name = {"first_name": "Zebulon", "last_name": "Quittengelee", "email": "zq@nirgends.example"}
        own = site.register("fachtag-demo", **name)
        site.wait_until(lambda: len(site.mails()) == 1)
        reader = sqlite3.connect(database, isolation_level=None)
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM registration_registration").fetchall()
        start = time.monotonic()
        assert site.post(f"{own}loeschen/", {}, "")[0] == 302
        site.register("fachtag-demo")
        assert time.monotonic() - start < 10  # two of them a person's moment at the form; waiting would be twenty
        site.wait_until(lambda: len(site.mails()) == 3)
        assert b"Quittengelee" in stored()
        reader.close()
        site.wait_until(lambda: b"Quittengelee" not in stored(), seconds=10)

"""The first page of the desk."""

from dataclasses import replace
from datetime import timedelta

from django.test import Client
from django.utils import timezone

from events.legal import ASKED
from events.models import Event, Organiser
from registration import booking
from registration.models import Answer, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn


def test_it_works(alice: Client, event: Event) -> None:
    factories.registered(event)
    factories.watching(event, factories.CHARLIE)
    page = alice.get("/admin/").content.decode()
    assert page.count("<h1>") == 1
    assert event.title in page
    assert "1 von 75" in page
    assert "Zahlen nach Tagen als Tabelle" in page


def test_nothing_to_do(log_in: LogIn, event: Event) -> None:
    event.organiser.data_protection_email = "datenschutz@example.org"
    event.organiser.save()
    page = log_in("guests").get("/admin/").content.decode()
    assert "Nichts zu tun." in page


def test_a_mail_that_did_not_arrive(log_in: LogIn, event: Event, bob: Registration) -> None:
    OutgoingMail.objects.update(failed_at=timezone.now())
    page = log_in("guests").get("/admin/").content.decode()
    assert "1 Mail kam nicht an" in page
    assert 'href="/admin/fachtag/fachtag-demo/gaeste/?zeigen=unzustellbar"' in page


def test_the_mails_that_did_not_arrive_lead_to_whom_they_went_to(log_in: LogIn, event: Event) -> None:
    """Two of one name, and one who cancelled and does not know that it came through."""
    bob = factories.registered(event)
    factories.registered(event, replace(factories.BOB, email="bob@example.com"), 1)
    booking.cancel_by_hand(bob, timezone.now())
    OutgoingMail.objects.update(failed_at=timezone.now())
    client = log_in("guests")
    page = client.get("/admin/").content.decode()
    assert ("3 Mails kamen nicht an" in page, "was gilt: Bob Müller, Bob Müller<" in page) == (True, True)
    found = client.get("/admin/fachtag/fachtag-demo/gaeste/?zeigen=unzustellbar").context["guests"]
    assert [guest.email for guest in found] == ["bob@example.org", "bob@example.com"]


def test_a_corrected_address_is_done_with(log_in: LogIn, event: Event, bob: Registration) -> None:
    """And nothing goes to the stranger any more who has the old one."""
    OutgoingMail.objects.update(failed_at=timezone.now())
    booking.correct(bob, replace(factories.BOB, email="bob@example.com"), timezone.now())
    client = log_in("guests")
    assert "Mail kam nicht an" not in client.get("/admin/").content.decode()
    assert bob.name not in client.get("/admin/fachtag/fachtag-demo/gaeste/?zeigen=unzustellbar").content.decode()
    assert 'value="again"' not in client.get(f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/").content.decode()


def test_who_writes_texts_reads_no_names(log_in: LogIn, event: Event, bob: Registration) -> None:
    OutgoingMail.objects.update(failed_at=timezone.now())
    page = log_in("editor").get("/admin/").content.decode()
    assert bob.last_name not in page
    assert "Mail kam nicht an" not in page


def test_who_is_at_the_door_reads_no_numbers(log_in: LogIn, event: Event, bob: Registration) -> None:
    page = log_in("door").get("/admin/").content.decode()
    assert event.title in page
    assert "1 von 75" not in page
    assert "Gäste" not in page.partition("<main")[2]
    assert f'href="/admin/fachtag/{event.slug}/"' not in page


def test_who_waits_beside_free_seats(log_in: LogIn, event: Event) -> None:
    factories.workshop(event, 1, capacity=1)
    factories.registered(event, factories.guest(1), 1)
    factories.registered(event, factories.guest(2), 1, waiting=True)
    page = log_in("guests").get("/admin/").content.decode()
    assert "1 Gast wartet auf „1. " in page


def test_what_is_erased_soon(log_in: LogIn, event: Event, bob: Registration) -> None:
    past = timezone.now() - timedelta(days=20)
    Event.objects.update(starts_at=past, ends_at=past + timedelta(hours=8), registration_closes_at=past)
    Event.objects.update(data_kept_days=30)
    page = log_in("lead").get("/admin/").content.decode()
    assert "1 Gast wird am" in page
    assert "Sensible Antworten" not in page


def test_as_many_are_erased_soon_as_there_are(log_in: LogIn, event: Event, bob: Registration) -> None:
    """Who cancelled goes too; and of sensitive answers those go that somebody gave."""
    factories.registered(event, factories.guest(1), 1, answered={"needs": "Rampe"})
    booking.cancel(factories.registered(event, factories.CHARLIE, 1), timezone.now())
    past = timezone.now() - timedelta(days=10)
    Event.objects.update(starts_at=past, ends_at=past + timedelta(hours=8), registration_closes_at=past)
    Event.objects.update(needs_kept_days=14, data_kept_days=20)
    lead = log_in("lead")
    page = lead.get("/admin/").content.decode()
    assert ("Sensible Antworten von 1 Gast" in page, "3 Gäste werden am" in page) == (True, True)
    Answer.objects.all().delete()
    assert "Sensible Antworten" not in lead.get("/admin/").content.decode()
    Event.objects.update(status="postponed")
    assert "3 Gäste werden am" not in lead.get("/admin/").content.decode()


def test_how_many_gave_sensitive_answers_is_for_who_may_see_them(log_in: LogIn, event: Event) -> None:
    factories.registered(event, answered={"needs": "Rampe"})
    past = timezone.now() - timedelta(days=10)
    Event.objects.update(starts_at=past, ends_at=past + timedelta(hours=8), registration_closes_at=past)
    assert "Sensible Antworten von 1 Gast" in log_in("lead").get("/admin/").content.decode()
    assert "Sensible Antworten" not in log_in("guests").get("/admin/").content.decode()


def test_the_curve_ends_at_the_deadline(alice: Client, event: Event, bob: Registration) -> None:
    Registration.objects.update(registered_at=timezone.now() - timedelta(days=3))
    Event.objects.update(registration_closes_at=timezone.now() - timedelta(days=1))
    assert "Schluss" in alice.get("/admin/").content.decode()


def test_every_past_event_can_be_found(log_in: LogIn, event: Event) -> None:
    past = timezone.now() - timedelta(days=20)
    for number in range(5):
        factories.an_open_event(f"frueher-{number}", past.date())
    page = log_in("lead").get("/admin/").content.decode()
    assert (page.count("<article"), "Frühere Fachtage: 2" in page) == (4, True)
    assert page.count(">vorbei</span>") == 3
    assert len({number for number in range(5) if f'href="/admin/fachtag/frueher-{number}/"' in page}) == 5


def test_what_the_legal_pages_lack_is_said_once(log_in: LogIn, event: Event) -> None:
    factories.an_open_event("frueher", (timezone.now() - timedelta(days=20)).date())
    client = log_in("lead")
    page = client.get("/admin/").content.decode()
    assert page.count("Auf den rechtlichen Seiten fehlen") == 1
    assert "§ 5 DDG" in page
    assert 'href="/admin/fachtag/fachtag-demo/angaben/rechtliches/"' in page
    asked = {name: "a@example.org" for fields in ASKED.values() for name in fields}
    Organiser.objects.update(**asked | {"accessibility_statement_on": timezone.localdate()})
    assert "Auf den rechtlichen Seiten" not in client.get("/admin/").content.decode()


def test_that_registration_has_closed_is_nothing_to_do(log_in: LogIn, event: Event) -> None:
    Event.objects.update(registration_closes_at=timezone.now() - timedelta(days=1))
    assert "Die Anmeldung ist schon geschlossen" not in log_in("editor").get("/admin/").content.decode()
    Event.objects.update(status="draft")
    page = log_in("lead").get("/admin/fachtag/fachtag-demo/veroeffentlichen/").content.decode()
    assert "Die Anmeldung ist schon geschlossen" in page

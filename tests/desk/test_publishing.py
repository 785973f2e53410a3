"""An event before the public, and back."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import notices
from registration.desk import publishing
from registration.models import Change, Registration
from tests.desk.conftest import LogIn

PUBLISH = "/admin/fachtag/fachtag-demo/veroeffentlichen/"


@pytest.fixture
def draft(event: Event) -> Event:
    """The demo event as a draft that lacks nothing."""
    event.organiser.data_protection_email = "schutz@example.org"
    event.organiser.save()
    event.status = Event.Status.DRAFT
    event.save()
    return event


def step(client: Client, status: str, **sent: str) -> str:
    return client.post(PUBLISH, {"status": status, **sent}, follow=True).content.decode()


def test_it_works(log_in: LogIn, client: Client, draft: Event) -> None:
    lead = log_in("lead")
    assert "Es fehlt nichts." in lead.get(PUBLISH).content.decode()
    assert client.get(draft.get_absolute_url()).status_code == 404
    asked = step(lead, "published")
    assert "Niemand bekommt eine Mail." in asked
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert "Der Fachtag ist veröffentlicht." in step(lead, "published", confirmed="on")
    assert client.get(draft.get_absolute_url()).status_code == 200
    assert f">http://127.0.0.1:8000{draft.get_absolute_url()}</a>" in lead.get(PUBLISH).content.decode()
    step(lead, "published", confirmed="on")  # twice is harmless
    assert Change.objects.count() == 1


def test_what_is_missing_is_said_and_nothing_is_published(log_in: LogIn, draft: Event) -> None:
    draft.slots.all().delete()
    lead = log_in("lead")
    page = lead.get(PUBLISH).content.decode()
    assert "Noch nicht: 1 Angabe fehlt." in page
    assert "Das Programm ist leer." in page
    assert 'value="published"' not in page
    assert "So, wie der Fachtag jetzt ist, geht das nicht." in step(lead, "published", confirmed="on")
    assert Event.objects.get().status == "draft"


def test_what_to_look_at_once_more(log_in: LogIn, draft: Event) -> None:
    draft.workshops.filter(number=1).update(room="Raum 112")
    page = log_in("lead").get(PUBLISH).content.decode()
    assert "Räume: Raum 112." in page
    assert f"Titel: {draft.title}" in page
    assert 'href="/admin/fachtag/fachtag-demo/angaben/zeiten/"' in page


def test_back_to_draft_only_while_nobody_is_registered(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    assert 'value="draft"' in lead.get(PUBLISH).content.decode()
    step(lead, "draft", confirmed="on")
    assert Event.objects.get().status == "draft"


def test_not_with_guests(log_in: LogIn, event: Event, bob: Registration) -> None:
    lead = log_in("lead")
    assert 'value="draft"' not in lead.get(PUBLISH).content.decode()
    step(lead, "draft", confirmed="on")
    assert Event.objects.get().status == "published"


@pytest.mark.parametrize(("status", "kind"), [("postponed", "event_changed"), ("cancelled", "event_cancelled")])
def test_guests_get_the_mail_that_was_promised(
    log_in: LogIn, event: Event, bob: Registration, status: str, kind: str
) -> None:
    lead = log_in("lead")
    assert "1 Gast bekommt eine Mail." in step(lead, status)
    assert Event.objects.get().status == "published"
    step(lead, status, confirmed="on")
    assert Event.objects.get().status == status
    notices.announce(timezone.now() + timedelta(minutes=3))
    assert bob.mails.filter(kind=kind).count() == 1


def test_after_all(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    step(lead, "cancelled", confirmed="on")
    step(lead, "published", confirmed="on")
    assert Event.objects.get().status == "published"


def test_what_is_over_stays(log_in: LogIn, event: Event, bob: Registration) -> None:
    past = timezone.now() - timedelta(days=9)
    Event.objects.update(starts_at=past, ends_at=past + timedelta(hours=8), registration_closes_at=past)
    assert publishing.possible(Event.objects.get(), timezone.now()) == []
    assert "bleibt er, wie er ist" in log_in("lead").get(PUBLISH).content.decode()


@pytest.mark.parametrize("status", ["", "x", "\x00", "DRAFT"])
def test_no_other_step(log_in: LogIn, event: Event, status: str) -> None:
    assert log_in("lead").post(PUBLISH, {"status": status, "confirmed": "on"}).status_code == 404


DELETE = "/admin/fachtag/fachtag-demo/loeschen/"


def test_a_draft_is_deleted(log_in: LogIn, draft: Event) -> None:
    lead = log_in("lead")
    assert f'href="{DELETE}"' in lead.get(PUBLISH).content.decode()
    assert "Niemand hat sich dafür angemeldet." in lead.get(DELETE).content.decode()
    assert Event.objects.exists()
    page = lead.post(DELETE, follow=True).content.decode()
    assert f"„{draft.title}“ ist gelöscht." in page
    assert not Event.objects.exists()
    change = Change.objects.get()
    assert (change.what, change.label, change.office) == ("Gelöscht", draft.title, draft.organiser)
    assert lead.post(DELETE).status_code == 404


def test_what_the_public_knows_stays(log_in: LogIn, event: Event) -> None:
    lead = log_in("lead")
    assert f'href="{DELETE}"' not in lead.get(PUBLISH).content.decode()
    assert lead.post(DELETE).status_code == 409
    assert Event.objects.exists()


def test_a_draft_with_guests_stays(log_in: LogIn, bob: Registration, draft: Event) -> None:
    assert log_in("lead").post(DELETE).status_code == 409
    assert Event.objects.exists()

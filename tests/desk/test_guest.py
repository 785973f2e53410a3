"""One guest: the story in order, and what is done."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.models import Change, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_entering import by_hand


def address(registration: Registration) -> str:
    return f"/admin/fachtag/{registration.event.slug}/gaeste/{registration.pk}/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


def said(client: Client, registration: Registration, **form: Any) -> list[str]:
    """What the desk says afterwards."""
    page = client.post(address(registration), form, follow=True).content.decode()
    return re.findall(r'<p class="note[^"]*" role="status">([^<]+)</p>', page)


def story(client: Client, registration: Registration) -> list[str]:
    page = client.get(address(registration)).content.decode()
    listed = page.partition('<ol class="story">')[2].partition("</ol>")[0]
    return re.findall(r"<li[^>]*><p>(?:<b>)?([^<]+)", listed)


def test_it_works(client: Client, bob: Registration) -> None:
    page = client.get(address(bob)).content.decode()
    assert "<h1>Bob Müller</h1>" in page
    assert "bob@example.org" in page
    assert "1 von 25 Plätzen vergeben" in page
    assert page.count(">jetzt hier<") == 1


def test_the_story_in_order(client: Client, event: Event) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    bob = factories.registered(event, now=long_ago)
    booking.confirm(bob, long_ago + timedelta(days=1))
    OutgoingMail.objects.filter(pk=bob.mails.earliest("pk").pk).update(created_at=long_ago, sent_at=long_ago)
    OutgoingMail.objects.filter(pk=bob.mails.latest("pk").pk).update(created_at=long_ago + timedelta(days=1))
    booking.withdraw_consent(bob, "recording", long_ago + timedelta(days=2))
    OutgoingMail.objects.filter(pk=bob.mails.latest("pk").pk).update(created_at=long_ago + timedelta(days=2))
    said(client, bob, do="move", workshop=event.workshops.get(number=1).pk)
    found = story(client, bob)
    assert found[0] == "Angemeldet (Website)"
    kinds = [words.partition(":")[0] for words in found]
    assert kinds[-2:] == ["Sensible Antworten werden gelöscht", found[-1]]
    assert kinds.index(f"Verlegt in Workshop {event.workshops.get(number=1)}, vorher") > 3
    withdrawn = [number for number, words in enumerate(found) if words.endswith("widerrufen")]
    given = [number for number, words in enumerate(found) if words.endswith("erteilt")]
    assert given < withdrawn
    assert kinds.count("Mail") == bob.mails.count() == 3


def test_move_says_what_it_did_and_by_whom(client: Client, event: Event, bob: Registration) -> None:
    target = event.workshops.get(number=3)
    assert said(client, bob, do="move", workshop=target.pk) == [f"Bob Müller ist jetzt in Workshop {target}."]
    assert factories.seat(bob) == target
    assert "guests-fachtag-demo" in client.get(address(bob)).content.decode()


def test_a_full_workshop_takes_one_more_only_when_said(client: Client, event: Event, bob: Registration) -> None:
    full = factories.fill(event, 1)
    page = client.get(address(bob)).content.decode()
    assert f'name="workshop" value="{full.pk}"' not in page
    assert f'name="beyond" value="{full.pk}"' in page
    assert said(client, bob, do="move", workshop=full.pk) == [f"Bob Müller bleibt: Workshop {full} ist voll."]
    assert said(client, bob, do="move", beyond=full.pk) == [f"Bob Müller ist jetzt in Workshop {full}."]


def test_a_guest_of_the_livestream_stays(client: Client, event: Event) -> None:
    bob = factories.watching(event)
    target = event.workshops.get(number=3)
    (words,) = said(client, bob, do="move", workshop=target.pk)
    assert words.startswith("Bob Müller bleibt: ")
    bob.refresh_from_db()
    assert bob.livestream


def test_no_workshop_of_another_event(client: Client, foreign: Event, bob: Registration) -> None:
    theirs = foreign.workshops.get(number=1)
    assert client.post(address(bob), {"do": "move", "workshop": theirs.pk}).status_code == 404


def test_cancel(client: Client, bob: Registration) -> None:
    assert said(client, bob, do="cancel") == [
        "Bob Müller ist abgesagt; wer als Nächstes an der Reihe ist, bekommt den Platz."
    ]
    assert said(client, bob, do="cancel") == ["Bob Müller war schon abgesagt."]
    page = client.get(address(bob)).content.decode()
    assert "Diese Anmeldung absagen" not in page
    assert "Abgesagt" in page
    assert Change.objects.count() == 1


def test_a_mail_is_sent_again(client: Client, bob: Registration) -> None:
    mail = bob.mails.get()
    OutgoingMail.objects.update(failed_at=timezone.now(), error="550 unbekannt")
    page = client.get(address(bob)).content.decode()
    assert "550 unbekannt</span>" in page
    assert f'name="mail" value="{mail.pk}"' in page
    assert said(client, bob, do="again", mail=mail.pk) == ["Die Mail geht gleich hinaus."]
    mail.refresh_from_db()
    assert mail.failed_at is None


def test_no_mail_of_somebody_else(client: Client, event: Event, bob: Registration) -> None:
    charlie = factories.registered(event, factories.CHARLIE)
    assert client.post(address(bob), {"do": "again", "mail": charlie.mails.get().pk}).status_code == 404


@pytest.mark.parametrize("form", [{}, {"do": "x"}, {"do": "move"}, {"do": "move", "workshop": "²"}, {"do": "again"}])
def test_what_means_nothing_does_nothing(client: Client, bob: Registration, form: dict[str, str]) -> None:
    assert said(client, bob, **form) == []


def test_sensitive_answers_are_for_those_who_may_see_them(log_in: LogIn, client: Client, event: Event) -> None:
    bob = factories.registered(event, answered={"needs": "Rollstuhl"})
    assert "Rollstuhl" not in client.get(address(bob)).content.decode()
    assert "Rollstuhl" in log_in("lead").get(address(bob)).content.decode()


def test_nobody_is_there_who_was_erased(client: Client, bob: Registration) -> None:
    Registration.objects.update(erased_at=timezone.now())
    assert client.get(address(bob)).status_code == 404


# Correcting and erasing


def test_a_name_is_corrected(client: Client, bob: Registration) -> None:
    form = {"first_name": "Robert", "last_name": "Müller", "email": "bob@example.org", "organisation": ""}
    page = client.post(f"{address(bob)}berichtigen/", form, follow=True).content.decode()
    assert "Robert Müller: Die Berichtigung ist gespeichert." in page
    bob.refresh_from_db()
    assert (bob.first_name, bob.organisation) == ("Robert", "")
    assert bob.mails.count() == 1
    assert story(client, bob)[-5:-2] == [
        "Name oder Adresse berichtigt",
        "Vorname: Bob → Robert",
        "Organisation: Treibhaus e.V. → nichts",
    ]


def test_a_new_address_gets_a_new_key(client: Client, bob: Registration) -> None:
    before = bob.token
    form = {"first_name": "Bob", "last_name": "Müller", "email": "richtig@example.org"}
    page = client.post(f"{address(bob)}berichtigen/", form, follow=True).content.decode()
    assert "Die Mail geht an richtig@example.org; der alte Link führt ins Leere." in page
    bob.refresh_from_db()
    assert bob.token != before
    assert bob.mails.get().recipient == "richtig@example.org"


def test_what_is_wrong_stays_typed(client: Client, bob: Registration) -> None:
    factories.registered(bob.event, factories.CHARLIE)
    url = f"{address(bob)}berichtigen/"
    page = client.post(url, {"first_name": "", "last_name": "Neu", "email": "kaputt"}).content.decode()
    assert 'value="Neu"' in page
    assert page.count('class="error"') == 2
    assert "<h1>Name oder Adresse berichtigen</h1>" in page
    taken = {"first_name": "Charlie", "last_name": "Öztürk", "email": "charlie@example.org"}
    assert "Jemand mit diesem Namen und dieser Adresse ist schon" in client.post(url, taken).content.decode()
    bob.refresh_from_db()
    assert bob.name == "Bob Müller"


def test_erasing_is_confirmed_first(client: Client, bob: Registration) -> None:
    page = client.get(f"{address(bob)}loeschen/").content.decode()
    assert "Daten von Bob Müller löschen" in page
    assert "Der Platz wird frei" in page
    assert Registration.objects.get().erased_at is None
    page = client.post(f"{address(bob)}loeschen/", follow=True).content.decode()
    assert "Die Daten des Gastes sind endgültig gelöscht." in page
    assert "Bob" not in page
    assert Registration.objects.get().erased_at is not None
    (change,) = Change.objects.all()
    assert (change.subject, change.what) == ("gelöscht", "Gelöscht")
    assert client.post(f"{address(bob)}loeschen/").status_code == 404


def test_entering_a_guest_by_mail(client: Client, event: Event) -> None:
    url = "/admin/fachtag/fachtag-demo/gaeste/neu/"
    page = client.get(url).content.decode()
    assert "<h1>Gast eintragen</h1>" in page
    assert 'name="channel" value="email"' in page
    assert 'name="channel" value="web"' not in page
    form = by_hand(event, channel="email")
    page = client.post(url, form, follow=True).content.decode()
    assert "Charlie Öztürk: bestätigt. Die Mail geht gleich hinaus." in page
    charlie = Registration.objects.get()
    assert (charlie.channel, charlie.address_known) == ("email", True)
    page = client.post(url, form, follow=True).content.decode()
    assert "Charlie Öztürk war schon angemeldet." in page
    assert (Registration.objects.count(), Change.objects.count()) == (1, 1)


def test_entering_keeps_what_is_typed(client: Client, event: Event) -> None:
    page = client.post("/admin/fachtag/fachtag-demo/gaeste/neu/", by_hand(event, first_name="")).content.decode()
    assert "Bitte geben Sie den Vornamen ein." in page
    assert 'value="charlie@example.org"' in page


def test_write_to_this_guest(client: Client, bob: Registration) -> None:
    assert 'name="do" value="write"' in client.get(address(bob)).content.decode()
    factories.registered(bob.event, factories.CHARLIE)
    answer = client.post(address(bob), {"do": "write"})
    draft = bob.event.messages.get()
    assert answer.headers["Location"] == f"/admin/fachtag/{bob.event.slug}/nachrichten/{draft.pk}/"
    assert [one.registration for one in draft.recipients.all()] == [bob]
    assert "Ausgewählte Gäste" in client.get(answer.headers["Location"]).content.decode()


def test_nobody_writes_to_what_may_be_a_strangers_address(client: Client, event: Event) -> None:
    Event.objects.update(address_confirmed_within=24)
    event.refresh_from_db()
    stranger = factories.registered(event)
    page = client.get(address(stranger)).content.decode()
    assert 'value="write"' not in page
    assert "sobald die Adresse bestätigt ist" in page
    [words] = said(client, stranger, do="write")
    assert "noch niemand die Adresse bestätigt" in words
    assert not event.messages.exists()


def test_nobody_is_moved_when_it_is_over(client: Client, event: Event, bob: Registration) -> None:
    past = timezone.now() - timedelta(days=1)
    Event.objects.update(
        starts_at=past - timedelta(hours=8), ends_at=past, registration_closes_at=past - timedelta(hours=9)
    )
    mails = OutgoingMail.objects.count()
    [words] = said(client, bob, do="move", workshop=factories.workshop(event, 3).pk)
    assert "ist vorbei oder abgesagt" in words
    assert (factories.seat(bob).number, OutgoingMail.objects.count()) == (2, mails)


@pytest.mark.parametrize(("sees_needs", "is_changed"), [(False, False), (True, True)])
def test_sensitive_answers_go_to_no_address_of_somebody_who_may_not_see_them(
    log_in: LogIn, event: Event, sees_needs: bool, is_changed: bool
) -> None:
    bob = factories.registered(event, answered={"needs": "Rampe"})
    client, page = log_in("guests", sees_needs=sees_needs), f"{address(bob)}berichtigen/"
    form = {"first_name": "Bob", "last_name": "Müller", "email": "anders@example.org", "organisation": ""}
    answer = client.post(page, form)
    bob.refresh_from_db()
    assert (bob.email == "anders@example.org") == is_changed
    if not is_changed:
        assert "nur, wer diese sehen darf." in answer.content.decode()
        client.post(page, form | {"email": "BOB@example.org", "first_name": "Robert"})
        bob.refresh_from_db()
        assert bob.first_name == "Robert"

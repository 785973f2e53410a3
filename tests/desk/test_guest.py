"""One guest: the story in order, and what is done."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn


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
    assert kinds.index("Verlegt in Workshop 1. Mittelsachsen integriert – Zwei Blicke nach vorn!") > 3
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
    assert LogEntry.objects.count() == 1


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

"""Questions that were added after people had registered, and how those are asked."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event, Question
from registration import booking, erasing, followups, mails, notices
from registration.booking import Choice
from registration.models import Change, FollowUp, MailText, OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of
from tests.registration.test_booking import kinds
from tests.registration.test_notices import last, run
from tests.registration.test_questions import ask as ask

Ask = Callable[..., Question]


def page(event: Event) -> str:
    return f"/admin/fachtag/{event.slug}/fragen/stellen/"


def list_of(event: Event) -> str:
    return f"/admin/fachtag/{event.slug}/fragen/"


def put(*questions: Question) -> int:
    """Put these, and let the worker mail them."""
    count = followups.put(questions[0].event, questions, timezone.now())
    run(notices.ask, timezone.now())
    return count


def asked() -> list[str]:
    found = OutgoingMail.objects.filter(kind="questions").order_by("pk")
    return list(found.values_list("registration__first_name", flat=True))


# The organiser's way


def test_it_works(alice: Client, client: Client, event: Event, ask: Ask) -> None:
    bob = factories.by_hand(event)
    question = ask("auto", "yes_no", label="Kommen Sie mit dem Auto?", purpose="Wir halten Parkplätze frei.")
    run(notices.ask, timezone.now())
    assert kinds("Bob") == ["confirmed"]  # a question is not mailed by itself
    assert "Fragen an Gäste stellen" in alice.get(list_of(event)).content.decode()
    assert "Kommen Sie mit dem Auto? (1 Gast)" in words_of(alice.get(page(event)).content.decode())
    response = alice.post(page(event), {"questions": [question.pk]}, follow=True)
    assert "1 Gast wird per Mail gefragt." in response.content.decode()
    assert Change.objects.get().what == "„Kommen Sie mit dem Auto?“ an 1 Gast gestellt"
    run(notices.ask, timezone.now())
    assert kinds("Bob") == ["confirmed", "questions"]
    mail, text = OutgoingMail.objects.latest("pk"), last("questions")
    assert mail.subject == f"Wir haben noch eine Frage: {event.title}"
    assert "Guten Tag Bob Müller," in text
    assert "\n– Kommen Sie mit dem Auto? Wir halten Parkplätze frei.\n" in text
    change = f"/anmeldung/{bob.token}/aendern/"
    assert f"Bitte antworten Sie hier: {settings.SITE_URL}{change}" in text
    assert f'href="{settings.SITE_URL}{change}"' in factories.mime(mail).decode().replace("=\r\n", "").replace(
        "=3D", "="
    )
    assert "question_auto" in client.get(change).content.decode()


def test_nothing_is_put_by_accident(alice: Client, event: Event, bob: Registration, ask: Ask) -> None:
    ask("auto")
    alice.get(page(event))
    assert alice.post(page(event)).status_code == 200
    for nothing in ("99999", "9" * 30, "x", "\0"):
        assert alice.post(page(event), {"questions": [nothing]}).status_code == 200
    assert not FollowUp.objects.exists()


def test_nobody_is_asked_twice(alice: Client, event: Event, bob: Registration, ask: Ask) -> None:
    question = ask("auto")
    for message in ("1 Gast wird per Mail gefragt.", "Es gibt keinen Gast mehr, den Sie das fragen könnten."):
        response = alice.post(page(event), {"questions": [question.pk]}, follow=True)
        assert message in response.content.decode()
        run(notices.ask, timezone.now())
    assert followups.put(event, [question], timezone.now()) == 0
    assert kinds("Bob") == ["confirmed", "questions"]


def test_where_there_is_nobody_to_ask_nothing_is_offered(alice: Client, event: Event, ask: Ask) -> None:
    ask("auto")
    assert "Fragen an Gäste stellen" not in alice.get(list_of(event)).content.decode()
    assert "Es gibt keinen Gast mehr" in alice.get(page(event)).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_for_organisers(client: Client, event: Event, ask: Ask, method: str) -> None:
    factories.registered(event)
    assert getattr(client, method)(page(event), {"questions": [ask("auto").pk]}).status_code == 302
    assert not FollowUp.objects.exists()


# Whom


@pytest.mark.parametrize(
    ("audience", "names"),
    [
        ("everybody", ["Bob", "Gast 1", "Gast 2"]),
        ("place", ["Bob", "Gast 2"]),
        ("livestream", ["Gast 1"]),
    ],
)
def test_only_those_whom_it_concerns(
    event: Event, bob: Registration, ask: Ask, audience: str, names: list[str]
) -> None:
    factories.watching(event, factories.guest(1))
    waits = factories.watching(event, factories.guest(2))
    full = factories.workshop(event, 1, capacity=0)
    booking.change(waits, factories.guest(2), Choice.of(full, waiting=True), timezone.now(), agreed=["recording"])
    assert (waits.livestream, waits.watches) == (True, False)
    OutgoingMail.objects.all().delete()
    assert put(ask("auto", audience=audience)) == len(names)
    assert sorted(asked()) == names


def test_watching_is_the_same_for_one_and_for_many(event: Event) -> None:
    factories.registered(event)
    factories.watching(event, factories.guest(1))
    waits = factories.watching(event, factories.guest(2))
    full = factories.workshop(event, 1, capacity=0)
    booking.change(waits, factories.guest(2), Choice.of(full, waiting=True), timezone.now(), agreed=["recording"])
    for_all = Registration.objects.filter(livestream=True, queued_at=None)
    assert for_all.count() == 2
    assert set(Registration.objects.watching()) == {one for one in Registration.objects.all() if one.watches}


def test_who_is_not_asked(event: Event, ask: Ask) -> None:
    question = ask("auto")
    factories.registered(event, answered={"auto": "Nein"})
    booking.cancel(factories.registered(event, factories.guest(1)), timezone.now())
    erasing.erase(factories.registered(event, factories.guest(2), 1), timezone.now())
    Event.objects.update(address_confirmed_within=24)
    factories.registered(event, factories.guest(3), 1)
    assert put(question) == 0
    Event.objects.update(address_confirmed_within=None)
    factories.registered(event, factories.guest(4), 1)
    assert put(question) == 1
    factories.registered(event, factories.guest(5), 1)
    run(notices.ask, timezone.now())
    assert asked() == ["Gast 4"]


@pytest.mark.parametrize("over", [{"status": "cancelled"}, {"changes_close_at": timezone.now()}])
def test_whoever_cannot_answer_is_not_asked(event: Event, bob: Registration, ask: Ask, over: dict[str, Any]) -> None:
    question = ask("auto")
    assert followups.put(event, [question], timezone.now()) == 1
    Event.objects.update(**over)
    run(notices.ask, timezone.now())
    assert asked() == []
    assert not FollowUp.objects.exists()
    assert put(question) == 0


def test_what_was_answered_meanwhile_is_not_mailed(event: Event, bob: Registration, ask: Ask) -> None:
    first, second = ask("auto"), ask("bahn")
    followups.put(event, [first, second], timezone.now())
    booking.change(bob, factories.BOB, Choice.of(factories.seat(bob)), timezone.now(), answered={"auto": "Ja"})
    run(notices.ask, timezone.now())
    assert ("– Frage bahn?" in last("questions"), "– Frage auto?" in last("questions")) == (True, False)
    booking.cancel(bob, timezone.now())
    run(notices.ask, timezone.now())
    assert asked() == ["Bob"]


def test_who_must_still_say_yes_is_asked_after_that(event: Event, bob: Registration, ask: Ask) -> None:
    followups.put(event, [ask("auto")], timezone.now())
    Registration.objects.update(to_confirm="seat", confirm_by=timezone.now() + timedelta(hours=1))
    run(notices.ask, timezone.now())
    assert asked() == []
    Registration.objects.update(to_confirm="", confirm_by=None)
    run(notices.ask, timezone.now())
    assert asked() == ["Bob"]


# The mail


def test_several_questions_come_in_one_mail(event: Event, bob: Registration, ask: Ask) -> None:
    assert put(ask("auto"), ask("bahn", "yes_no")) == 1
    assert kinds("Bob") == ["confirmed", "questions"]
    assert "– Frage auto?\n– Frage bahn?" in last("questions")


def test_no_mail_tells_an_answer(event: Event, ask: Ask) -> None:
    factories.registered(event, answered={"needs": "Cashewkerne"})
    put(ask("essen", "choice", sensitive=True))
    assert "– Frage essen?" in last("questions")
    assert "Cashewkerne" not in last("questions")


def test_an_organisers_own_words(event: Event, bob: Registration, ask: Ask) -> None:
    MailText.objects.create(event=event, kind="questions", subject="Kurz gefragt", text="Bitte:\n\n{questions}")
    put(ask("auto"))
    assert last("questions").startswith("Bitte:\n\n– Frage auto?\n\n")


@pytest.mark.parametrize(("is_sent", "mails"), [(False, 1), (True, 0)])
def test_questions_that_did_not_arrive_go_to_the_corrected_address(
    event: Event, ask: Ask, is_sent: bool, mails: int
) -> None:
    bob = factories.by_hand(event)
    put(ask("auto", "yes_no"))
    if is_sent:
        bob.mails.update(sent_at=timezone.now())
    booking.correct(bob, replace(factories.BOB, email="richtig@example.org"), timezone.now())
    run(notices.ask, timezone.now())
    assert bob.mails.filter(kind="questions", recipient="richtig@example.org").count() == mails


def test_many_guests_are_each_asked_once(event: Event, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "AT_ONCE", 2)
    for number in range(5):
        factories.registered(event, factories.guest(number), 1)
    assert put(ask("auto"), ask("bahn")) == 5
    assert sorted(asked()) == [f"Gast {number}" for number in range(5)]


def test_who_could_not_be_asked_is_asked_later(
    event: Event, bob: Registration, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    really, now = mails.questions, timezone.now()

    def fails(*args: Any) -> None:
        really(*args)
        raise RuntimeError

    monkeypatch.setattr(mails, "questions", fails)
    put(ask("auto"))
    assert asked() == []
    monkeypatch.setattr(mails, "questions", really)
    for _time in range(2):
        run(notices.ask, now + notices.AGAIN + timedelta(seconds=9))
    assert asked() == ["Bob"]


def test_the_idle_worker_asks_one_cheap_thing(event: Event, bob: Registration, ask: Ask) -> None:
    put(ask("auto"))
    with CaptureQueriesContext(connection) as queries:
        assert not notices.ask(timezone.now())
    assert len(queries) == 1
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {queries[0]['sql']}")
            steps = [row[3] for row in cursor.fetchall()]
        assert steps == ["SCAN registration_followup USING INDEX follow_ups_to_mail"]


# The own page


def test_the_own_page_shows_what_is_open(client: Client, event: Event, bob: Registration, ask: Ask) -> None:
    notice = "Die Veranstalter möchten noch von Ihnen wissen: Frage auto? Antworten"
    question = ask("auto")
    own_page = bob.get_absolute_url()
    assert notice not in words_of(client.get(own_page).content.decode())
    put(question)
    assert notice in words_of(client.get(own_page).content.decode())
    booking.change(bob, factories.BOB, Choice.of(factories.seat(bob)), timezone.now(), answered={"auto": "Ja"})
    assert notice not in words_of(client.get(own_page).content.decode())


def test_erasing_forgets_what_was_asked(event: Event, bob: Registration, ask: Ask) -> None:
    put(ask("auto"))
    erasing.erase(bob, timezone.now())
    assert not FollowUp.objects.exists()


def test_a_question_that_nobody_answered_may_still_go(event: Event, bob: Registration, ask: Ask) -> None:
    question = ask("auto")
    put(question)
    question.delete()
    assert not FollowUp.objects.exists()


# From the livestream to the place


@pytest.fixture
def agreed(event: Event) -> Registration:
    """A guest of the livestream who has agreed to everything, and waits for a workshop that is full."""
    guest = factories.watching(event)
    full = factories.workshop(event, 1, capacity=0)
    booking.change(guest, factories.BOB, Choice.of(full, waiting=True), timezone.now(), agreed=["recording"])
    assert guest.livestream
    return guest


@pytest.mark.parametrize("verb", [booking.move, booking.take])
def test_who_comes_to_the_place_is_asked_what_is_asked_there(
    event: Event, agreed: Registration, ask: Ask, verb: Any
) -> None:
    ask("alle", required=True)
    question = ask("auto", required=True, audience="place")
    ask("bahn", audience="place")
    second = event.workshops.get(number=2)
    with pytest.raises(booking.AnswerMissing) as refused:
        verb(agreed, second, timezone.now())
    assert refused.value.questions == [question]
    agreed.refresh_from_db()
    assert (agreed.livestream, agreed.held) == (True, [])
    agreed.answers.create(question=question, value="Ja")
    verb(agreed, second, timezone.now())
    assert factories.seat(agreed) == second


@pytest.mark.parametrize("verb", [booking.move, booking.take])
def test_who_is_there_already_is_not_held_up(event: Event, bob: Registration, ask: Ask, verb: Any) -> None:
    ask("auto", required=True, audience="place")
    third = event.workshops.get(number=3)
    verb(bob, third, timezone.now())
    assert factories.seat(bob) == third


def test_the_organiser_reads_why_somebody_stays(alice: Client, event: Event, agreed: Registration, ask: Ask) -> None:
    ask("auto", required=True, audience="place")
    second = event.workshops.get(number=2)
    sent = {"do": "move", "gast": agreed.pk, "workshop": second.pk}
    response = alice.post("/admin/fachtag/fachtag-demo/gaeste/mehrere/", sent, follow=True)
    assert "Bob Müller bleibt: Als Gast im Livestream fehlt die Antwort" in words_of(response.content.decode())
    assert not agreed.places.held().exists()


def test_the_guest_is_led_to_the_change_form(client: Client, event: Event, agreed: Registration, ask: Ask) -> None:
    own_page, second = agreed.get_absolute_url(), event.workshops.get(number=2)
    take = f'action="{own_page}nehmen/"'
    assert take in client.get(own_page).content.decode()
    ask("auto", required=True, audience="place")
    assert take not in client.get(own_page).content.decode()
    response = client.post(f"{own_page}nehmen/", {"workshop": second.pk})
    assert response.status_code == 422
    assert "Sie finden die Frage unter „Ändern“." in words_of(response.content.decode())
    assert not agreed.places.held().exists()


def test_a_draft_asks_nobody(event: Event, bob: Registration, ask: Ask) -> None:
    followups.put(event, [ask("auto")], timezone.now())
    Event.objects.update(status="draft")
    run(notices.ask, timezone.now())
    assert asked() == []
    Event.objects.update(status="published")
    run(notices.ask, timezone.now())
    assert asked() == ["Bob"]


def test_the_change_form_leads_to_what_is_open(client: Client, event: Event, bob: Registration, ask: Ask) -> None:
    question = ask("bahn")
    address = f"{bob.get_absolute_url()}aendern/"
    assert "#id_question_bahn" not in client.get(address).content.decode()
    followups.put(event, [question], timezone.now())
    assert '<a href="#id_question_bahn">Frage bahn?</a>' in client.get(address).content.decode()

"""Questions and consents at the desk."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.translation import gettext as _

from events.models import ConsentRequest, Event, Question
from registration import consents
from registration.models import Answer, Change, FollowUp, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_history import kept
from tests.desk.test_programme import sent

QUESTIONS = "/admin/fachtag/fachtag-demo/fragen/"
NEW = f"{QUESTIONS}neu/"
ASK = f"{QUESTIONS}stellen/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("editor")


@pytest.fixture
def lunch(event: Event) -> Question:
    options = [["fleisch", "mit Fleisch"], ["vegan", "vegan"]]
    return event.questions.create(key="essen", label="Was essen Sie?", kind="choice", options=options, order=5)


def page(question: Question) -> str:
    return f"{QUESTIONS}{question.pk}/"


def consent_page(event: Event) -> str:
    return f"{QUESTIONS}einwilligung/{event.consent_requests.get().pk}/"


def labels(event: Event) -> list[str]:
    return [question.label for question in event.questions.all()]


def answered(question: Question, guest: Registration, value: Any) -> None:
    Answer.objects.create(question=question, registration=guest, value=value)


def test_it_works(client: Client, event: Event, lunch: Question, bob: Registration) -> None:
    html = client.get(QUESTIONS).content.decode()
    assert re.findall(r'<h3><a href="[^"]+">([^<]+)</a>', html) == [*labels(event), "Aufnahmen"]
    assert "1 Gast hat eingewilligt" in html
    inert = html.partition("<div inert>")[2]
    assert "mit Fleisch" in inert
    assert factories.RECORDING in inert


def test_queries_do_not_grow(client: Client, event: Event, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(QUESTIONS)
    for number in range(5):
        event.questions.create(key=f"mehr-{number}", label="Mehr", kind="line", order=number)
    with django_assert_num_queries(QUERIES):
        client.get(QUESTIONS)


QUERIES = 9


def test_they_change_places(client: Client, event: Event, lunch: Question) -> None:
    before = labels(event)
    client.post(QUESTIONS, {"up": lunch.pk})
    assert labels(event) == before[::-1]
    client.post(QUESTIONS, {"down": lunch.pk})
    assert labels(event) == before
    assert [what for what, *_values in kept(kind="events.question", key=lunch.pk)] == [
        _("Moved up"),
        _("Moved down"),
    ]
    for form in ({"down": lunch.pk}, {"up": "x"}, {"up": "9" * 40}, {"up": "\0"}, {}):
        assert "nicht mehr tauschen" in client.post(QUESTIONS, form, follow=True).content.decode()
    assert labels(event) == before
    assert Change.objects.count() == 2


def test_a_new_one(client: Client, event: Event) -> None:
    form = {**sent(client, NEW), "label": "Was essen Sie?", "kind": "choice", "options": "Fleisch\nvegan = ohne Tier"}
    for key in ("was-essen-sie", "was-essen-sie-2"):
        assert client.post(NEW, form)["Location"] == QUESTIONS
        assert event.questions.last().key == key  # type: ignore[union-attr]
    question = event.questions.get(key="was-essen-sie")
    assert question.options == [["fleisch", "Fleisch"], ["vegan", "ohne Tier"]]
    assert len(form) <= 25


def test_saving_what_nobody_touched_changes_nothing(client: Client, event: Event, lunch: Question) -> None:
    for question in event.questions.all():
        before = Question.objects.filter(pk=question.pk).values().get()
        assert client.post(page(question), sent(client, page(question))).status_code == 302
        assert Question.objects.filter(pk=question.pk).values().get() == before


def test_what_guests_answered_stays(client: Client, event: Event, lunch: Question, bob: Registration) -> None:
    answered(lunch, bob, "vegan")
    assert "1 Gast hat geantwortet." in client.get(page(lunch)).content.decode()
    form = sent(client, page(lunch))
    assert "bleibt" in client.post(page(lunch), form | {"options": "fleisch = mit Fleisch"}).content.decode()
    assert "bleibt" in client.post(page(lunch), form | {"kind": "line", "options": ""}).content.decode()
    assert client.post(page(lunch), form | {"options": "vegan = rein pflanzlich"}).status_code == 302
    lunch.refresh_from_db()
    assert lunch.options == [["vegan", "rein pflanzlich"]]
    assert "1 Gast hat geantwortet" in client.get(f"{page(lunch)}loeschen/").content.decode()
    assert client.post(f"{page(lunch)}loeschen/").status_code == 409
    assert event.questions.filter(pk=lunch.pk).exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"label": ""},
        {"label": "x" * 201},
        {"label": "a\0b"},
        {"kind": "riddle"},
        {"kind": "choice", "options": ""},
        {"kind": "choice", "options": "a = A\na = B"},
        {"kind": "line", "options": "A\nB"},
        {"audience": "nobody"},
    ],
)
def test_errors_stand_where_they_arise(client: Client, event: Event, changes: dict[str, str]) -> None:
    before = labels(event)
    form = {**sent(client, NEW), "label": "Neu", "kind": "line", "help": "So getippt"} | changes
    html = client.post(NEW, form).content.decode()
    assert 'class="error"' in html
    assert 'value="So getippt"' in html
    assert labels(event) == before


def test_two_editors(client: Client, event: Event, lunch: Question) -> None:
    form = sent(client, page(lunch), label="Meine Frage")
    Question.objects.filter(pk=lunch.pk).update(label="Ihre Frage")
    assert client.post(page(lunch), form).status_code == 409
    lunch.refresh_from_db()
    assert lunch.label == "Ihre Frage"


def test_deleting_asks_first(client: Client, event: Event, lunch: Question) -> None:
    assert "Jetzt löschen" in client.get(f"{page(lunch)}loeschen/").content.decode()
    assert client.post(f"{page(lunch)}loeschen/")["Location"] == QUESTIONS
    assert not event.questions.filter(pk=lunch.pk).exists()


# Put to guests


def test_a_new_question_is_put_to_those_who_came_before(log_in: LogIn, event: Event, bob: Registration) -> None:
    lead = log_in("lead")
    form = {**sent(lead, NEW), "label": "Kommen Sie mit dem Rad?", "kind": "yes_no"}
    assert "nicht gefragt" in lead.post(NEW, form, follow=True).content.decode()
    question = event.questions.get(label="Kommen Sie mit dem Rad?")
    assert "(1 Gast)" in lead.get(ASK).content.decode()
    for nonsense in ("x", "", "9" * 40, "\0"):
        assert lead.post(ASK, {"questions": nonsense}).status_code == 200
    assert not FollowUp.objects.exists()
    assert "1 Gast wird per Mail gefragt." in lead.post(ASK, {"questions": question.pk}, follow=True).content.decode()
    assert FollowUp.objects.get().question == question
    assert Change.objects.latest("pk").what == "„Kommen Sie mit dem Rad?“ an 1 Gast gestellt"


def test_who_only_writes_texts_mails_nobody(client: Client, event: Event, bob: Registration) -> None:
    assert "fragen/stellen/" not in client.get(QUESTIONS).content.decode()
    assert client.post(ASK, {}).status_code == 403


# Consents


def test_another_wording_is_said_to_be_a_new_version(client: Client, event: Event, bob: Registration) -> None:
    html = client.get(consent_page(event)).content.decode()
    assert "1 Gast hat eingewilligt. Ein anderer Wortlaut wird eine neue Fassung" in html
    form = sent(client, consent_page(event), wording="Andere Worte.")
    assert client.post(consent_page(event), form)["Location"] == QUESTIONS
    factories.registered(event, factories.CHARLIE)
    texts = event.consent_texts.filter(purpose="recording").order_by("version")
    assert [text.wording for text in texts] == [factories.RECORDING, "Andere Worte."]
    assert consents.standing(Registration.objects.get(pk=bob.pk))[0].text.wording == factories.RECORDING


def test_a_purpose_is_asked_once(client: Client, event: Event) -> None:
    address = f"{QUESTIONS}einwilligung/neu/"
    form = {**sent(client, address), "purpose": "recording", "wording": "Noch einmal", "kind": "voluntary"}
    assert "schon um eine Einwilligung" in client.post(address, form).content.decode()
    assert client.post(address, form | {"purpose": "publicity"}).status_code == 302
    assert event.consent_requests.count() == 2
    assert "einwilligung/neu/" not in client.get(QUESTIONS).content.decode()


def test_one_without_a_choice_is_void(client: Client, event: Event) -> None:
    client.post(consent_page(event), sent(client, consent_page(event), alternative=""))
    assert "unwirksam" in client.get(QUESTIONS).content.decode()


def test_asking_no_more_keeps_the_record(client: Client, event: Event, bob: Registration) -> None:
    address = f"{consent_page(event)}loeschen/"
    assert "1 Gast hat eingewilligt; das bleibt gespeichert." in client.get(address).content.decode()
    client.post(address)
    assert not ConsentRequest.objects.filter(event=event).exists()
    assert consents.standing(Registration.objects.get(pk=bob.pk))[0].decision == "given"


def test_what_is_not_there(client: Client, event: Event, foreign: Event) -> None:
    theirs, consent = foreign.questions.create(key="x", label="X", kind="line"), foreign.consent_requests.all()[0]
    for what in (theirs.pk, f"einwilligung/{consent.pk}", "9" * 30, f"einwilligung/{'9' * 30}"):
        for address in (f"{QUESTIONS}{what}/", f"{QUESTIONS}{what}/loeschen/"):
            assert client.get(address).status_code == 404
            assert client.post(address).status_code == 404
    assert foreign.consent_requests.exists()


@pytest.mark.parametrize("sees_needs", [True, False])
def test_who_may_not_see_answers_opens_them_to_nobody(
    log_in: LogIn, event: Event, lunch: Question, bob: Registration, sees_needs: bool
) -> None:
    Question.objects.filter(pk=lunch.pk).update(sensitive=True)
    answered(lunch, bob, "vegan")
    client = log_in("editor", sees_needs=sees_needs)
    response = client.post(page(lunch), sent(client, page(lunch), sensitive=None))
    assert response.status_code == (302 if sees_needs else 200)
    lunch.refresh_from_db()
    assert lunch.sensitive is not sees_needs

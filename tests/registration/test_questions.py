"""The organiser's own questions, from the form to the list of those who prepare the place."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from events import eventfile
from events.models import Event, Question
from registration import answers, booking, consents, erasing
from registration.booking import Choice
from registration.models import Answer, Change, OutgoingMail, Registration
from tests import factories
from tests.conftest import Payload
from tests.desk.test_entering import by_hand
from tests.events.test_facts import words_of
from tests.pages import Fields, save
from tests.registration.test_change import payload as changed
from tests.registration.test_change import url

FORM = "/fachtag-demo/anmeldung/"
FOOD = [["vegan", "vegan"], ["fleisch", "mit Fleisch"]]


@pytest.fixture
def ask(event: Event) -> Callable[..., Question]:
    """Puts a further question to the guests of the demo event."""

    def ask(key: str, kind: str = "line", **values: Any) -> Question:
        options = FOOD if kind in {"choice", "choices"} else []
        defaults = {"label": f"Frage {key}?", "options": options, "order": event.questions.count()}
        return event.questions.create(key=key, kind=kind, **defaults | values)

    return ask


def answered(registration: Registration) -> dict[str, Any]:
    return {answer.question.key: answer.value for answer in answers.of(registration)}


# The form


def test_it_works(client: Client, ask: Callable[..., Question], payload: Payload) -> None:
    for kind in Question.Kind.values:
        ask(kind, kind)
    sent = {
        "question_line": " Nur  eine Zeile ",
        "question_paragraph": "Zwei\r\nZeilen",
        "question_choice": "vegan",
        "question_choices": ["vegan", "fleisch"],
        "question_yes_no": "no",
    }
    assert client.post(FORM, payload(**sent)).status_code == 302
    charlie = Registration.objects.get()
    assert answered(charlie) == {
        "line": "Nur eine Zeile",
        "paragraph": "Zwei\nZeilen",
        "choice": "vegan",
        "choices": ["vegan", "fleisch"],
        "yes_no": False,
    }
    assert [words for _question, words in answers.read(charlie)] == [
        "Nur eine Zeile",
        "Zwei\nZeilen",
        "vegan",
        "vegan; mit Fleisch",
        "nein",
    ]


def test_the_form_says_what_a_question_is_for(client: Client, ask: Callable[..., Question]) -> None:
    ask(
        "auto", "yes_no", help="Auch gemeinsam.", purpose="Wir halten Parkplätze frei.", audience="place", required=True
    )
    page = words_of(client.get(FORM).content.decode())
    assert "Frage auto? Nur für Gäste vor Ort. Auch gemeinsam. Wir halten Parkplätze frei. ja nein" in page
    assert "Was wir noch wissen möchten Was Sie brauchen, um dabei zu sein (optional)" in page


@pytest.mark.parametrize("kind", Question.Kind.values)
def test_a_required_question_must_be_answered(
    client: Client, ask: Callable[..., Question], payload: Payload, kind: str
) -> None:
    ask("frage", kind, required=True)
    response = client.post(FORM, payload())
    message = (
        "Bitte wählen Sie eine Antwort." if kind not in {"line", "paragraph"} else "Bitte beantworten Sie diese Frage."
    )
    assert (response.status_code, response.context["form"].errors) == (422, {"question_frage": [message]})
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    ("audience", "workshop", "is_asked"),
    [
        ("everybody", "2", True),
        ("everybody", "livestream", True),
        ("place", "2", True),
        ("place", "livestream", False),
        ("livestream", "2", False),
        ("livestream", "livestream", True),
    ],
)
def test_whom_a_question_is_put_to(
    client: Client, ask: Callable[..., Question], payload: Payload, audience: str, workshop: str, is_asked: bool
) -> None:
    ask("frage", required=True, audience=audience)
    assert client.post(FORM, payload(workshop=workshop, question_frage="So")).status_code == 302
    assert answered(Registration.objects.get()) == ({"frage": "So"} if is_asked else {})
    nobody = payload(workshop=workshop, first_name="Dora")
    assert client.post(FORM, nobody).status_code == (422 if is_asked else 302)


def test_who_chose_nothing_yet_is_told_everything_at_once(
    client: Client, ask: Callable[..., Question], payload: Payload
) -> None:
    ask("frage", required=True, audience="place")
    errors = client.post(FORM, payload(workshop=None)).context["form"].errors
    assert list(errors) == [factories.round_name(), "question_frage"]


def test_without_a_livestream_nobody_is_asked_about_it(
    client: Client, event: Event, ask: Callable[..., Question]
) -> None:
    ask("frage", audience="livestream")
    assert "question_frage" in client.get(FORM).content.decode()
    Event.objects.update(livestream_offered=False)
    assert "question_frage" not in client.get(FORM).content.decode()


def test_an_event_that_asks_nothing(client: Client, event: Event, payload: Payload) -> None:
    event.questions.all().delete()
    assert "Was wir noch wissen" not in client.get(FORM).content.decode()
    assert client.post(FORM, payload()).status_code == 302


@pytest.mark.parametrize("questions", [1, 9])
def test_questions_cost_one_query(
    client: Client, event: Event, ask: Callable[..., Question], django_assert_num_queries: Any, questions: int
) -> None:
    for number in range(questions):
        ask(f"frage{number}", "choices")
    with django_assert_num_queries(5):
        client.get(FORM)


# What changed while the form was open


def test_an_option_that_is_gone(client: Client, ask: Callable[..., Question], payload: Payload) -> None:
    question = ask("essen", "choice", required=True)
    form = payload(question_essen="fleisch", question_needs="Eine Rampe")
    question.options = FOOD[:1]
    question.save()
    response = client.post(FORM, form)
    gone = "Was Sie gewählt hatten, gibt es nicht mehr. Bitte wählen Sie neu."
    assert (response.status_code, response.context["form"].errors) == (422, {"question_essen": [gone]})
    assert "Eine Rampe" in response.content.decode()
    assert not Registration.objects.exists()


@pytest.mark.parametrize("changes", [{"required": True}, {"kind": "choice", "options": FOOD}])
def test_the_verb_looks_again_under_the_lock(
    event: Event, ask: Callable[..., Question], changes: dict[str, Any]
) -> None:
    question = ask("frage")
    given = {"frage": "" if "required" in changes else "Pizza"}
    Question.objects.filter(pk=question.pk).update(**changes)
    with pytest.raises(booking.AnswerMissing) as caught:
        factories.registered(event, answered=given)
    assert caught.value.questions == [question]
    assert not Registration.objects.exists()


def test_what_was_required_meanwhile_is_said_at_the_field(
    client: Client, event: Event, ask: Callable[..., Question], payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    question, register = ask("frage"), booking.register

    def changed_just_now(*args: Any, **kwargs: Any) -> Any:
        Question.objects.filter(pk=question.pk).update(required=True)
        return register(*args, **kwargs)

    monkeypatch.setattr(booking, "register", changed_just_now)
    response = client.post(FORM, payload(question_needs="Eine Rampe"))
    assert response.status_code == 422
    assert response.context["form"].errors == {"question_frage": ["Bitte beantworten Sie diese Frage."]}
    assert "Eine Rampe" in response.content.decode()


# Changing


def test_the_change_form_shows_and_changes_them(client: Client, event: Event, ask: Callable[..., Question]) -> None:
    ask("auto", "yes_no")
    ask("essen", "choices")
    bob = factories.registered(event, answered={"needs": "Rampe", "auto": True, "essen": ["vegan"]})
    form = client.get(url(bob)).context["form"]
    assert [form[f"question_{key}"].value() for key in ("needs", "auto", "essen")] == ["Rampe", "yes", ["vegan"]]
    sent: dict[str, Any] = {"question_needs": "", "question_auto": "no", "question_essen": ["vegan", "fleisch"]}
    assert client.post(url(bob), changed(**sent)).status_code == 302
    assert answered(bob) == {"auto": False, "essen": ["vegan", "fleisch"]}


def test_the_same_answers_write_nothing(event: Event, django_assert_max_num_queries: Any) -> None:
    bob = factories.registered(event, answered={"needs": "Rampe"})
    choice = Choice.of(event.workshops.get(number=2))
    assert not booking.change(bob, factories.BOB, choice, timezone.now(), answered={"needs": "Rampe"})
    assert not booking.change(bob, factories.BOB, choice, timezone.now())
    assert answered(bob) == {"needs": "Rampe"}
    assert OutgoingMail.objects.count() == 1
    assert booking.change(bob, factories.BOB, choice, timezone.now(), answered={"needs": "Zwei Rampen"})


def test_who_changes_to_the_livestream_no_longer_answers_for_the_place(
    event: Event, ask: Callable[..., Question]
) -> None:
    ask("essen", "choice", audience="place")
    bob = factories.registered(event, answered={"needs": "Untertitel", "essen": "vegan"})
    booking.change(bob, factories.BOB, Choice(livestream=True), timezone.now())
    assert answered(bob) == {"needs": "Untertitel"}


def test_who_comes_from_the_livestream_is_asked(client: Client, event: Event, ask: Callable[..., Question]) -> None:
    ask("essen", "choice", audience="place", required=True)
    bob = factories.watching(event)
    wording = consents.shown_at_form(event)
    response = client.post(url(bob), changed(recording_consent="on", wording=wording))
    assert list(response.context["form"].errors) == ["question_essen"]
    client.post(url(bob), changed(recording_consent="on", question_essen="vegan", wording=wording))
    assert answered(bob) == {"essen": "vegan"}


def test_registering_by_hand(alice: Client, event: Event, ask: Callable[..., Question]) -> None:
    ask("essen", "choice")
    response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", by_hand(event, question_essen="vegan"))
    assert response.status_code == 302
    bob = Registration.objects.get()
    assert answered(bob) == {"essen": "vegan"}
    assert "Frage essen?" in alice.get(response["Location"]).content.decode()


# The question that every event brings along


def test_a_file_that_says_nothing_asks_the_usual_question(event: Event) -> None:
    question = event.questions.get()
    assert (question.key, question.label) == ("needs", "Was Sie brauchen, um dabei zu sein")
    assert (question.kind, question.sensitive, question.required, question.audience) == (
        "paragraph",
        True,
        False,
        "everybody",
    )
    assert b"questions" not in eventfile.write(eventfile.describe(event))


def test_a_file_that_asks_nothing_says_so(event: Event) -> None:
    event.questions.all().delete()
    content = eventfile.write(eventfile.describe(event))
    assert b"\nquestions = []\n" in content
    assert eventfile.save(eventfile.parse(content)) == (event, False)
    assert not event.questions.exists()


# The pages and files


def test_own_page_and_own_data(client: Client, event: Event, ask: Callable[..., Question]) -> None:
    ask("essen", "choice")
    bob = factories.registered(event, answered={"needs": "Eine <Rampe>", "essen": "fleisch"})
    page = client.get(bob.get_absolute_url()).content.decode()
    assert "<dt>Frage essen?</dt><dd>mit Fleisch</dd>" in page
    assert "Eine &lt;Rampe&gt;" in page
    data = json.loads(client.get(f"{bob.get_absolute_url()}daten.json").content)
    assert data["answers"] == [
        {"question": "Was Sie brauchen, um dabei zu sein", "answer": "Eine <Rampe>"},
        {"question": "Frage essen?", "answer": "mit Fleisch"},
    ]


def test_no_mail_tells_an_answer(event: Event) -> None:
    bob = factories.registered(event, answered={"needs": "Cashewkerne"})
    booking.cancel(bob, timezone.now())
    mails = OutgoingMail.objects.all()
    assert [mail.kind for mail in mails if b"Cashewkerne" in factories.mime(mail)] == []
    assert mails.count() == 2


def rows(response: Any) -> list[list[str]]:
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))


def test_the_general_export_has_a_column_for_what_is_not_sensitive(
    alice: Client, event: Event, ask: Callable[..., Question]
) -> None:
    ask("essen", "choices")
    bob = factories.registered(event, answered={"needs": "Rampe", "essen": ["vegan", "fleisch"]})
    charlie = factories.registered(event, factories.CHARLIE)
    chosen = {"do": "csv", "gast": [bob.pk, charlie.pk]}
    found = rows(alice.post(f"/admin/fachtag/{event.slug}/gaeste/mehrere/", chosen))
    assert [row[13:] for row in found] == [
        ["Veranstaltung", "Frage essen?"],
        [event.title, "vegan; mit Fleisch"],
        [event.title, ""],
    ]
    assert "Rampe" not in str(found)


def test_the_list_for_those_who_prepare_the_place(alice: Client, event: Event, ask: Callable[..., Question]) -> None:
    ask("essen", "choice", sensitive=True)
    ask("auto", "yes_no")
    factories.registered(event, answered={"essen": "vegan", "auto": True})
    factories.watching(event, factories.CHARLIE)
    booking.cancel(factories.registered(event, factories.guest(1), answered={"needs": "=Rampe"}), timezone.now())
    factories.registered(event, factories.guest(2), 1, answered={"needs": "=Rampe"})
    address = f"/admin/fachtag/{event.slug}/gaeste/bedarf/"
    assert rows(alice.post(address, {"do": "csv"})) == [
        ["Nachname", "Vorname", "Status", "Workshop", "Was Sie brauchen, um dabei zu sein", "Frage essen?"],
        ["Beispiel", "Gast 2", "bestätigt", str(event.workshops.get(number=1)), "'=Rampe", ""],
        ["Müller", "Bob", "bestätigt", str(event.workshops.get(number=2)), "", "vegan"],
    ]
    assert alice.post(address, {"do": "xlsx"}).content[:2] == b"PK"
    assert alice.post(address, {"do": "pdf"})["Content-Type"].startswith("text/html")
    logged = [change.what for change in Change.objects.order_by("pk")][:2]
    assert logged == [f"Sensible Antworten als {ending} exportiert (Gäste: 2)" for ending in ("CSV", "XLSX")]
    page = words_of(alice.get(address).content.decode())
    assert "Frage essen? vegan 1 mit Fleisch 0 insgesamt beantwortet 1" in page
    assert "Müller Bob bestätigt" in page
    answered = words_of(alice.get(f"/admin/fachtag/{event.slug}/gaeste/antworten/").content.decode())
    assert "Frage auto? ja 1 nein 0 insgesamt beantwortet 1" in answered


def test_the_list_is_not_for_everybody(client: Client, event: Event) -> None:
    address = f"/admin/fachtag/{event.slug}/gaeste/bedarf/"
    assert client.get(address).status_code == client.post(address, {"do": "csv"}).status_code == 302


# Erasing


def test_only_sensitive_answers_go_early(event: Event, ask: Callable[..., Question]) -> None:
    ask("auto", "yes_no")
    bob = factories.registered(event, answered={"needs": "Rampe", "auto": False})
    now = event.ends_at + timedelta(days=15)
    assert erasing.due(now)["sensitive answers"] == 1
    assert erasing.erase_due(now)
    assert answered(bob) == {"auto": False}
    assert not erasing.erase_due(now)
    erasing.erase(bob, now)
    assert not Answer.objects.exists()


# What organisers may still change


def page_of(question: Question) -> str:
    return f"/admin/fachtag/{question.event.slug}/fragen/{question.pk}/"


def change_at_desk(alice: Client, question: Question, **changes: str) -> Any:
    data = Fields(alice.get(page_of(question)).content.decode()).data
    return alice.post(page_of(question), data | changes)


@pytest.fixture
def essen(event: Event) -> Question:
    """The only question, which Bob has answered."""
    event.questions.all().delete()
    question = event.questions.create(key="essen", label="Essen?", kind="choices", options=FOOD)
    factories.registered(event, answered={"essen": ["fleisch"]})
    return question


def test_an_organiser_words_a_question_anew(alice: Client, event: Event, essen: Question) -> None:
    options = "vegetarisch\r\nfleisch = mit Wild\r\n\r\nGroßes Menü\r\n"
    assert change_at_desk(alice, essen, label="Was essen Sie?", options=options).status_code == 302
    essen.refresh_from_db()
    assert essen.options == [["vegetarisch", "vegetarisch"], ["fleisch", "mit Wild"], ["grosses-menu", "Großes Menü"]]
    assert answers.read(Registration.objects.get()) == [("Was essen Sie?", "mit Wild")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"options": "vegan = vegan"}, "Gäste haben „mit Fleisch“ gewählt, darum bleibt es stehen"),
        ({"kind": "choice"}, "Gäste haben geantwortet, darum bleibt die Art „mehrere von mehreren Antworten“."),
        ({"options": "a = A\na = B"}, "„a“ steht vor zwei Antworten."),
        ({"options": ""}, "Bitte geben Sie an, woraus Gäste wählen."),
    ],
)
def test_nothing_that_was_answered_gets_lost(
    alice: Client, event: Event, essen: Question, changes: dict[str, str], message: str
) -> None:
    response = change_at_desk(alice, essen, **changes)
    assert response.status_code == 200
    assert message in words_of(response.content.decode())
    assert answers.read(Registration.objects.get()) == [("Essen?", "mit Fleisch")]


def test_what_was_answered_keeps_its_key_and_stays(alice: Client, event: Event, essen: Question) -> None:
    save(alice, page_of(essen), label="Was essen Sie?", key="speise")
    assert alice.post(f"{page_of(essen)}loeschen/").status_code == 409
    assert [question.key for question in event.questions.all()] == ["essen"]
    essen.key = "speise"
    with pytest.raises(ValidationError, match="darum bleibt der Schlüssel „essen“"):
        essen.full_clean()


def test_what_nobody_answered_may_change_and_go(alice: Client, event: Event, essen: Question) -> None:
    assert change_at_desk(alice, essen, options="fleisch = mit Fleisch").status_code == 302
    Answer.objects.all().delete()
    assert change_at_desk(alice, essen, kind="line", options="").status_code == 302
    assert alice.post(f"{page_of(essen)}loeschen/").status_code == 302
    assert not event.questions.exists()


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('kind = "choices"', 'kind = "choice"', "questions[0].kind: Guests have answered, so the kind stays"),
        ('{ key = "fleisch"', '{ key = "wild"', "questions[0].options: Guests have chosen “mit Fleisch”"),
    ],
)
def test_neither_does_it_by_importing_a_file(
    event: Event, essen: Question, tmp_path: Any, before: str, after: str, message: str
) -> None:
    content = eventfile.write(eventfile.describe(event)).decode()
    assert before in content
    (tmp_path / "event.toml").write_text(content.replace(before, after))
    with pytest.raises(CommandError) as caught:
        call_command("import_event", str(tmp_path / "event.toml"))
    assert str(caught.value).startswith(message)
    essen.refresh_from_db()
    assert (essen.kind, essen.options) == ("choices", FOOD)

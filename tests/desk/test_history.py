"""Who changed what: kept with the change, told as one list, and erased with the guest."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.legal import text_of
from events.models import Event, LegalPage, Question, Slot, Speaker, Workshop
from registration import booking, erasing, history, messages
from registration.desk.compared import parts
from registration.history import Difference
from registration.models import Change, Inquiry, Membership, Message, Registration
from tests import factories
from tests.conftest import Payload
from tests.desk.conftest import LogIn
from tests.desk.test_messages import LIST, draft, send, sent_to
from tests.desk.test_publishing import PUBLISH
from tests.pages import save
from tests.registration.test_erasing import NOBODY_ELSE, everything_stored
from tests.registration.test_meanwhile import in_the_middle

HISTORY = "/admin/fachtag/fachtag-demo/verlauf/"
NOW = timezone.now()


@pytest.fixture
def lead(log_in: LogIn) -> Client:
    return log_in("lead")


@pytest.fixture
def dora(db: None) -> User:
    return User.objects.create_user("dora")


def kept(**wanted: Any) -> list[tuple[str, str, str]]:
    return list(Change.objects.filter(**wanted).order_by("pk").values_list("what", "before", "after"))


def listed(client: Client, query: str = "") -> list[str]:
    """What the list says, one thing after the other."""
    page = client.get(HISTORY + query).content.decode().partition("<main")[2]
    said = re.sub(r'<span class="sr">[^<]*</span>', "", page)
    return [re.sub("<[^>]+>", "", found).strip() for found in re.findall(r"<p>(?!<b>)(.*?)</p>", said)[1:]]


# The list


def test_it_works(lead: Client, event: Event, bob: Registration, dora: User) -> None:
    history.record(dora, event, [Difference("Titel", "Alt & neu", "Neu"), Difference("Ort", "", "Freiberg")], NOW)
    lead.post(f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/", {"do": "cancel"})
    page = lead.get(HISTORY).content.decode()
    assert "<h1>Verlauf</h1>" in page
    assert listed(lead) == ["Abgesagt", "Titel: Alt &amp; neu Neu", "Ort: Freiberg"]
    assert f'<a href="/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/">Bob Müller</a>' in page
    assert re.findall(r"· ([\w-]+)</p>", page) == ["lead-fachtag-demo", "dora"]


def test_nothing_yet(lead: Client) -> None:
    assert "Hier wurde noch nichts geändert." in lead.get(HISTORY).content.decode()


def test_newest_first_and_by_day(lead: Client, event: Event, dora: User) -> None:
    for days in (3, 0, 1):
        history.record(dora, event, [f"Vor {days} Tagen"], NOW - timedelta(days=days))
    assert listed(lead) == ["Vor 0 Tagen", "Vor 1 Tagen", "Vor 3 Tagen"]
    assert lead.get(HISTORY).content.decode().count("<h2") == 3


def test_by_person_and_kind(lead: Client, event: Event, bob: Registration, dora: User) -> None:
    history.record(dora, event, ["Am Fachtag"], NOW)
    history.record(dora, bob, ["Am Gast"], NOW)
    history.record(User.objects.create_user("emil"), event.slots.all()[0], ["Am Programm"], NOW)
    assert sorted(listed(lead, "?wer=dora")) == ["Am Fachtag", "Am Gast"]
    assert sorted(listed(lead, "?was=fachtag")) == ["Am Fachtag", "Am Programm"]
    assert listed(lead, "?wer=emil&was=gaeste") == ["Hier wurde noch nichts geändert."]
    assert listed(lead, "?wer=dora&was=gaeste") == ["Am Gast"]


@pytest.mark.parametrize("query", ["?seite=²", "?seite=-1", "?seite=99999999999999999999", "?was=x"])
def test_what_means_nothing_shows_all(lead: Client, event: Event, dora: User, query: str) -> None:
    history.record(dora, event, ["Am Fachtag"], NOW)
    assert listed(lead, query) == ["Am Fachtag"]


def test_pages(lead: Client, event: Event, dora: User) -> None:
    for number in range(60):
        history.record(dora, event, [f"Nummer {number}"], NOW - timedelta(minutes=number))
    assert (listed(lead)[0], listed(lead)[-1]) == ("Nummer 0", "Nummer 49")
    assert listed(lead, "?wer=dora&seite=2")[:10] == [f"Nummer {number}" for number in range(50, 60)]
    assert "?wer=dora&amp;was=&amp;seite=2" in lead.get(f"{HISTORY}?wer=dora").content.decode()


def test_queries_do_not_grow(
    lead: Client, event: Event, dora: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(3):
        history.record(dora, factories.registered(event, factories.guest(number)), ["Getan"], NOW)
        with django_assert_num_queries(9):
            lead.get(HISTORY)


def test_nothing_of_another_office(lead: Client, alice: Client, event: Event, foreign: Event, dora: User) -> None:
    history.record(dora, foreign, ["Fremder Fachtag"], NOW)
    history.record(dora, foreign.organiser, ["Fremdes Amt"], NOW)
    history.record(dora, LegalPage.objects.all()[0], ["Ganze Website"], NOW)
    history.record(dora, event.organiser, ["Eigenes Amt"], NOW)
    assert listed(lead) == ["Eigenes Amt"]
    assert sorted(listed(alice)) == ["Eigenes Amt", "Ganze Website"]


def test_the_logins_of_who_works_there(
    lead: Client, alice: Client, event: Event, foreign: Event, dora: User, log_in: LogIn
) -> None:
    """In each office that a person belongs to, and as long as that is so."""
    emil = User.objects.create_user("emil")
    history.record(dora, dora, ["Zweiter Faktor von Dora"], NOW)
    history.record(emil, emil, ["Zweiter Faktor von Emil"], NOW)
    assert "von Emil" not in (nothing := str(listed(lead)))
    assert "von Dora" not in nothing
    for office in (event.organiser, foreign.organiser):
        Membership.objects.create(user=dora, organiser=office, role="door")
    assert listed(lead, "?was=rechte") == ["Zweiter Faktor von Dora"]
    other = log_in("lead", at=foreign).get(HISTORY.replace("fachtag-demo", foreign.slug)).content.decode()
    assert ("von Dora" in other, "von Emil" in other) == (True, False)
    assert sorted(listed(alice)) == ["Zweiter Faktor von Dora", "Zweiter Faktor von Emil"]
    dora.memberships.filter(organiser=event.organiser).delete()
    assert "von Dora" not in str(listed(lead))


def test_who_did_it_stays_known(lead: Client, event: Event, dora: User) -> None:
    history.record(dora, event, ["Getan"], NOW)
    dora.delete()
    assert Change.objects.get().actor is None
    assert listed(lead, "?wer=dora") == ["Getan"]


def test_a_deleted_event_keeps_its_history(event: Event, dora: User) -> None:
    history.deleted(dora, event, event, NOW)
    event.delete()
    change = Change.objects.get()
    assert (change.event, change.office, change.label, change.what) == (None, event.organiser, event.title, "Gelöscht")


def test_it_is_written_once(event: Event, dora: User) -> None:
    history.record(dora, event, ["Getan"], NOW)
    change = Change.objects.get()
    for spoil in (
        change.save,
        change.delete,
        Change.objects.all().delete,
        event.changes.all().delete,
        lambda: Change.objects.update(what=""),
        lambda: Change.objects.bulk_update([change], ["what"]),
    ):
        with pytest.raises(TypeError, match="written once"), transaction.atomic():
            spoil()
    assert kept() == [("Getan", "", "")]


def test_it_stands_on_the_thing_itself(lead: Client, log_in: LogIn, event: Event, dora: User) -> None:
    history.record(dora, event.slots.all()[0], ["Am Programm"], NOW)
    overview = "/admin/fachtag/fachtag-demo/"
    assert "<summary>Verlauf</summary>" not in lead.get(overview).content.decode()
    history.record(dora, event, ["Am Fachtag"], NOW)
    folded = lead.get(overview).content.decode().partition("<summary>Verlauf</summary>")[2]
    assert ("Am Fachtag" in folded, "Am Programm" in folded, "Uhr · dora" in folded) == (True, False, True)
    assert "Am Fachtag" not in log_in("editor").get(overview).content.decode()


def test_one_statement(event: Event, dora: User, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        history.record(dora, event, ["Eins", "Zwei", Difference("Drei", "a", "b")], NOW)


# What a form changes


class SlotForm(forms.ModelForm):
    class Meta:
        model = Slot
        fields = ("title", "kind", "starts_at", "number", "abstract")


def test_fields_in_words(event: Event, dora: User) -> None:
    slot = event.slots.filter(kind="talk")[0]
    begin = timezone.localtime(slot.starts_at)
    values = forms.model_to_dict(slot) | {"title": "Anders", "kind": "panel", "number": ""}
    form = SlotForm(values | {"starts_at": begin.replace(hour=7, minute=5)}, instance=slot)
    title, number = slot.title, slot.number
    assert form.is_valid(), form.errors
    history.saved(dora, event, form, NOW)
    found = {what: (before, after) for what, before, after in kept(kind="events.slot", key=slot.pk)}
    moments = found.pop("Beginn")
    assert moments[1].endswith("7:05 Uhr")
    assert found == {
        "Titel": (title, "Anders"),
        "Art": ("Vortrag", "Podium"),
        "Nummer": (str(number), ""),
    }


def test_what_is_the_same_is_no_change(event: Event, dora: User) -> None:
    slot = event.slots.all()[0]
    form = SlotForm(forms.model_to_dict(slot), instance=slot)
    assert form.is_valid()
    history.saved(dora, event, form, NOW)
    assert kept() == []


class WorkshopForm(forms.ModelForm):
    class Meta:
        model = Workshop
        fields = ("slot",)


def test_foreign_keys_by_name(event: Event) -> None:
    workshop, other = event.workshops.all()[0], factories.another_round(event, 3)
    form = WorkshopForm({"slot": other.pk}, instance=workshop)
    assert form.is_valid()
    assert history.differences(form) == [
        Difference("Programmpunkt", str(event.slots.get(kind="workshops", title__startswith="Work")), str(other))
    ]


class Login(forms.Form):
    password = forms.CharField(widget=forms.PasswordInput)
    name = forms.CharField()


def test_no_password(event: Event, dora: User) -> None:
    form = Login({"password": "geheim", "name": "neu"})
    assert form.is_valid()
    history.saved(dora, event, form, NOW)
    assert kept() == [("Name", "", "neu")]


@pytest.mark.parametrize("value", ["abc", "9" * 40, "\0", ["1", "x"]])
def test_nonsense_in_a_choice_of_rows(event: Event, value: Any) -> None:
    for asked in (
        forms.ModelChoiceField(Slot.objects.all()),
        forms.ModelMultipleChoiceField(Slot.objects.all()),
        forms.ChoiceField(choices=[("a", "A")]),
    ):
        assert isinstance(history.in_words(asked, value), str)


# On the pages themselves


def test_an_event_and_its_programme(alice: Client, event: Event) -> None:
    title, first = event.title, event.slots.all()[0]
    desk = f"/admin/fachtag/{event.slug}/"
    save(alice, f"{desk}angaben/", title="Neuer Titel")
    save(alice, f"{desk}programm/{first.pk}/", title="Ankommen")
    changes = Change.objects.filter(event=event, office=event.organiser, actor_name="admin").order_by("pk")
    assert list(changes.values_list("kind", "what", "before", "after")) == [
        ("events.event", "Titel", title, "Neuer Titel"),
        ("events.slot", "Titel", first.title, "Ankommen"),
    ]


def test_what_nobody_touched_is_no_change(alice: Client, event: Event) -> None:
    """On every page that stores something of an event."""
    desk = f"/admin/fachtag/{event.slug}/"
    pages = ["angaben", *(f"angaben/{name}" for name in ("zeiten", "ort", "ort/adresse", "anmeldung"))]
    pages += ["angaben/veranstalter", "angaben/rechtliches"]
    pages += [f"programm/{slot.pk}" for slot in event.slots.all()]
    pages += [f"workshops/{workshop.pk}" for workshop in event.workshops.all()]
    pages += [f"fragen/{question.pk}" for question in event.questions.all()]
    pages += [f"fragen/einwilligung/{consent.pk}" for consent in event.consent_requests.all()]
    for page in pages:
        save(alice, f"{desk}{page}/")
        assert kept() == [], page


def test_added_and_deleted(alice: Client, event: Event) -> None:
    alice.post("/admin/events/speaker/add/", {"name": "Dr. Neu", "organiser": event.organiser_id})
    speaker = Speaker.objects.get(name="Dr. Neu")
    save(alice, f"/admin/events/speaker/{speaker.pk}/change/", position="Leiterin", is_group="on")
    alice.post(f"/admin/events/speaker/{speaker.pk}/delete/", {"post": "yes"})
    assert not Speaker.objects.filter(pk=speaker.pk).exists()
    assert kept(kind="events.speaker", key=speaker.pk, label="Dr. Neu") == [
        ("Hinzugefügt", "", ""),
        ("Ist eine Gruppe", "nein", "ja"),
        ("Funktion", "", "Leiterin"),
        ("Gelöscht", "", ""),
    ]


def test_an_item_of_the_programme_is_deleted(alice: Client, event: Event) -> None:
    gone = event.slots.filter(kind="break")[0]
    alice.post(f"/admin/fachtag/{event.slug}/programm/{gone.pk}/loeschen/")
    change = Change.objects.get()
    assert (change.what, change.label, change.event, change.key) == ("Gelöscht", str(gone), event, gone.pk)


def test_a_right(alice: Client, event: Event, dora: User) -> None:
    save(alice, f"/admin/auth/user/{dora.pk}/change/", is_superuser="on")
    assert kept(kind="auth.user", key=dora.pk, event=None, office=None, before="nein") == [
        ("Administrator-Status", "nein", "ja")
    ]


def test_an_inquiry_without_its_sender(alice: Client, event: Event) -> None:
    """Who wrote it is nobody's business any more."""
    inquiry = factories.inquiry(event, name="Zebulon", email="z@example.org", message="Hallo")
    alice.post(f"/admin/fachtag/{event.slug}/anfragen/{inquiry.pk}/", {"do": "erase"})
    change = Change.objects.values().get()
    assert (Inquiry.objects.count(), change["what"]) == (0, "Gelöscht")
    assert [word for word in ("Zebulon", "z@example.org", "Hallo") if word in str(change)] == []


def test_a_legal_page(alice: Client, event: Event) -> None:
    page = LegalPage.objects.get(key="imprint")
    shown = str(text_of(page, event.organiser))
    alice.post(f"/admin/events/legalpage/{page.pk}/change/", {"body": "Ganz neu."})
    assert kept(kind="events.legalpage", key=page.pk) == [("Text", shown, "Ganz neu.")]


def test_what_is_asked_of_guests(alice: Client, event: Event, dora: User) -> None:
    question = Question.objects.create(event=event, key="auto", label="Auto?", kind="yes_no")
    history.added(dora, event, question, NOW)
    assert Change.objects.get().subject == "Auto?"


def test_a_guest(alice: Client, bob: Registration) -> None:
    address = f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/"
    save(alice, f"{address}berichtigen/", first_name="Robert", organisation="")
    corrected = [("Vorname", "Bob", "Robert"), ("Organisation", "Treibhaus e.V.", "")]
    assert kept(registration=bob) == [("Name oder Adresse berichtigt", "", ""), *corrected]
    alice.post(address, {"do": "cancel"})
    assert kept(registration=bob)[3:] == [("Abgesagt", "", "")]


def test_what_an_organiser_changes_on_the_guests_own_page(alice: Client, event: Event, payload: Payload) -> None:
    """Names and the seat; no answer, and nothing where it is the guest."""
    guest = factories.registered(event)
    url = f"{guest.get_absolute_url()}aendern/"
    answered = payload(first_name="Robert", last_name="Müller", organisation="", workshop="3", question_needs="Rampe")
    assert alice.post(url, answered).status_code == 302
    assert kept(registration=guest) == [
        ("Geändert", "", ""),
        ("Vorname", "Bob", "Robert"),
        ("Organisation", "Treibhaus e.V.", ""),
        ("Platz", f"„{event.workshops.get(number=2).name}“", f"„{event.workshops.get(number=3).name}“"),
    ]
    Client().post(url, payload(first_name="Rob", last_name="Müller", organisation="", workshop="1"))
    assert (Registration.objects.get().first_name, Change.objects.count()) == ("Rob", 4)


# Erasing


def a_corrected_guest(client: Client, event: Event) -> Registration:
    guest = factories.registered(event)
    form = NOBODY_ELSE.__dict__
    client.post(f"/admin/fachtag/fachtag-demo/gaeste/{guest.pk}/berichtigen/", form)
    values = list(Change.objects.order_by("pk").values_list("before", "after"))
    assert ("bob@example.org", NOBODY_ELSE.email) in values
    return Registration.objects.get(pk=guest.pk)


def nothing_is_left() -> bool:
    stored = everything_stored()
    return [word for word in (*NOBODY_ELSE.__dict__.values(), "bob@example.org") if word in stored] == []


def test_it_is_erased_with_the_guest(lead: Client, event: Event) -> None:
    guest = a_corrected_guest(lead, event)
    assert not nothing_is_left()
    erasing.erase(guest, NOW)
    guest.mails.all().delete()  # the last one goes to the guest first
    assert nothing_is_left()
    assert kept() == [("Name oder Adresse berichtigt", "", "")]
    assert "gelöscht" in lead.get(HISTORY).content.decode()


def test_it_is_erased_when_the_time_is_over(lead: Client, event: Event) -> None:
    a_corrected_guest(lead, event)
    while erasing.erase_due(event.data_erased_at + timedelta(days=1)):
        pass
    assert nothing_is_left()
    assert kept() == [("Name oder Adresse berichtigt", "", "")]


def test_somebody_elses_stays(lead: Client, event: Event, dora: User) -> None:
    guest = a_corrected_guest(lead, event)
    charlie = factories.registered(event, factories.CHARLIE)
    history.record(dora, charlie, [Difference("Vorname", "Charly", "Charlie")], NOW)
    erasing.erase(guest, NOW)
    assert kept(registration=charlie) == [("Vorname", "Charly", "Charlie")]


def test_an_erased_guest_leads_nowhere(lead: Client, bob: Registration) -> None:
    lead.post(f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/", {"do": "cancel"})
    erasing.erase(bob, NOW)
    assert f"gaeste/{bob.pk}/" not in lead.get(HISTORY).content.decode()


def test_nothing_is_kept_of_what_was_refused(lead: Client, event: Event, bob: Registration) -> None:
    full = factories.fill(event, 1)
    lead.post(f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/", {"do": "move", "workshop": full.pk})
    booking.cancel(bob, NOW)
    lead.post(f"/admin/fachtag/fachtag-demo/gaeste/{bob.pk}/", {"do": "cancel"})
    assert kept() == []


# Word by word


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "Ein kurzer Text",
            "Ein langer Text",
            [("same", "Ein "), ("gone", "kurzer "), ("new", "langer "), ("same", "Text")],
        ),
        ("", "Neu", [("new", "Neu")]),
        ("Alt", "", [("gone", "Alt")]),
        ("eins zwei", "eins zwei drei", [("same", "eins "), ("gone", "zwei"), ("new", "zwei drei")]),
    ],
)
def test_compared(before: str, after: str, expected: list[tuple[str, str]]) -> None:
    assert parts(before, after) == expected


def test_what_stayed_is_shortened() -> None:
    many = " ".join(f"w{number}" for number in range(100))
    assert parts(f"{many} alt", f"{many} neu") == [
        ("same", "… w92 w93 w94 w95 w96 w97 w98 w99 "),
        ("gone", "alt"),
        ("new", "neu"),
    ]


@pytest.mark.parametrize(("before", "after"), [("a b " * 150, "b c " * 150), ("a b " * 12_500, "b c " * 12_500)])
def test_the_longest_texts_are_told_as_wholes(before: str, after: str) -> None:
    """Comparing words that come again and again would take seconds, and all words of a long text half a minute."""
    assert [kind for kind, _text in parts(before, after)] == ["gone", "new"]


def test_a_long_text_on_the_page(lead: Client, event: Event, dora: User) -> None:
    history.record(dora, event, [Difference("Text", "<b>Alt</b>\nZeile", "<b>Neu</b>\nZeile")], NOW)
    page = lead.get(HISTORY).content.decode()
    assert "<summary>Text: Text geändert</summary>" in page
    assert '<del><span class="sr">vorher: </span>&lt;b&gt;Alt&lt;/b&gt;\n</del>' in page


# What is done and what is told of it are stored together


@pytest.fixture
def full_disk() -> Iterator[None]:
    """No line of the history can be stored any more."""

    def refuse(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith('INSERT INTO "registration_change"'):
            raise DatabaseError("no space left on device")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse):
        yield


def test_no_step_without_its_line(lead: Client, event: Event, full_disk: None) -> None:
    with pytest.raises(DatabaseError):
        lead.post(PUBLISH, {"status": "cancelled", "confirmed": ""})
    event.refresh_from_db()
    assert event.status == "published"


def test_no_message_without_its_line(log_in: LogIn, event: Event, bob: Registration, full_disk: None) -> None:
    client = log_in("guests")
    address = draft(client)
    with pytest.raises(DatabaseError):
        send(client, address)
    assert not Message.objects.filter(confirmed_at__isnull=False).exists()


def test_a_message_that_somebody_else_stopped_has_one_line(log_in: LogIn, event: Event, bob: Registration) -> None:
    client = log_in("guests")
    message = sent_to(client)
    with in_the_middle(lambda: messages.stop(message, "dora", NOW)):
        client.post(f"{LIST}{message.pk}/", {"do": "stop"})
    assert [change.what for change in Change.objects.all()] == ["Nachricht an 1 Gast gesendet: Neuer Raum"]

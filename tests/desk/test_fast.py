"""The whole programme, typed or pasted as text."""

from typing import Any

import pytest
from django.test import Client

from events.models import Contribution, Event, Slot, Speaker, Workshop
from events.wording import clock
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_history import kept
from tests.desk.test_programme import sent

FAST = "/admin/fachtag/fachtag-demo/programm/schnell/"

# The announcement of 2021, with a semicolon between people and a time at the head of each item.
ANNOUNCEMENT = """Programm
8:30 – 9:00 Uhr: Come together
9:00 – 9:15 Uhr: Begrüßung
Grußwort: Sebastian Vogel, Staatssekretär im Sächsischen Staatsministerium für Soziales und Gesellschaftlichen Zusammenhalt
9:15 – 10:15 Uhr:
1. Input-Vortrag: 5 Jahre Integrationsarbeit in Mittelsachsen – Ein Blick zurück
Referierende: Jennifer Diehl, komm. Stabsbereichsleiterin Koordination Unterbringung und Integration des Landkreises Mittelsachsen; Hartmut Fuchs, Projektleiter „Willkommen in Döbeln“ des Treibhaus e.V.
10:15 – 10:30 Uhr: Kaffeepause
10:30 – 11:30 Uhr:
2. Podiumsgespräch: Migrantisches Leben in Mittelsachsen
Moderation: Annett Schrenk, Ausländerbeauftragte des Landkreises Mittelsachsen
Gäste auf dem Podium: Emiliano Chaimite, Dachverband sächsischer Migrantenorganisationen (DSM) e.V.; Vertreterinnen und Vertreter mittelsächsischer Migrantenorganisationen (Gruppe)
11:30 – 12:30 Uhr:
3. Input-Vortrag: Zuwanderung und Arbeit: Potentiale erkennen, Chancen nutzen
Referierende: Anna-Maria Kindt, Institut für Arbeitsmarkt- und Berufsforschung der Bundesagentur für Arbeit (IAB); Antje Dorn, Beauftragte für Chancengleichheit am Arbeitsmarkt des Jobcenters Mittelsachsen
12:30 – 13:15 Uhr: Mittagspause
13:15 – 15:00 Uhr: Workshops
1. Mittelsachsen integriert – Zwei Blicke nach vorn!
Welche Bereiche charakterisieren die Integrationsarbeit im Landkreis? Wie können Projekte und Strukturen bedarfsgerecht ausgebaut und langfristig gesichert werden?
Workshop-Leitung: Jennifer Diehl (Landkreis Mittelsachsen); Hartmut Fuchs (Treibhaus e.V.); Julia Hupfer (Diakonisches Werk Rochlitz e.V.)
25 Plätze
2. Darf es etwas mehr als Folklore sein?
Wie kann Partizipation und Teilhabe von Migrantinnen und Migranten auf kommunaler Ebene sichergestellt werden?
Workshop-Leitung: Annett Schrenk (Ausländerbeauftragte); Emiliano Chaimite (DSM e.V.)
3. Beschäftigung – suchen, finden und bleiben!
Wie gelingt eine erfolgreiche Arbeitsmarktintegration in Mittelsachsen? Welche Strukturen und Prozesse sind dafür notwendig?
Workshop-Leitung: Anna-Maria Kindt (IAB); Antje Dorn (Jobcenter Mittelsachsen)
15:00 – 15:15 Uhr: Kaffeepause
15:15 – 16:00 Uhr: Auswertung der Workshop-Ergebnisse
Moderation: Steven Seiffert, Kulturbüro Sachsen e.V.; Sondos Saquran, Studentin der TU BAF
"""  # noqa: E501 - as it was printed
PROGRAMME_TEXT = ANNOUNCEMENT.partition("\n")[2]


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("editor")


@pytest.fixture
def empty(event: Event) -> Event:
    """The event before its programme is known."""
    Contribution.objects.all().delete()
    Speaker.objects.all().delete()
    Workshop.objects.all().delete()
    event.slots.all().delete()
    return event


def described(event: Event) -> list[Any]:
    """All that the text should say."""

    def people(owner: Slot | Workshop) -> list[tuple[str, str, str, bool]]:
        found = owner.contributions.select_related("speaker")
        return [(one.speaker.name, one.role, one.affiliation, one.speaker.is_group) for one in found]

    slots = [
        (clock(slot.starts_at), clock(slot.ends_at), slot.kind, slot.number, slot.format, slot.title, people(slot))
        for slot in event.slots.all()
    ]
    workshops = event.workshops.order_by("number")
    return [*slots, *((one.number, one.title, one.question, people(one)) for one in workshops)]


def entered(client: Client, text: str) -> Any:
    """The text, sent twice: to see what is understood, and to store it."""
    shown = client.post(FAST, {"text": text, "show": "1"}).context["form"].fingerprint
    return client.post(FAST, {"text": text, "shown": shown, "store": "1"}, follow=True)


def test_the_real_programme_takes_one_page(client: Client, event: Event) -> None:
    expected = described(event)
    Contribution.objects.all().delete()
    Speaker.objects.all().delete()
    Workshop.objects.all().delete()
    event.slots.all().delete()
    html = client.post(FAST, {"text": PROGRAMME_TEXT, "show": "1"}).content.decode()
    assert html.count('<p class="time">') == 10
    assert not event.slots.exists()
    assert "10 Programmpunkte sind gespeichert." in entered(client, PROGRAMME_TEXT).content.decode()
    assert kept() == [("10 Programmpunkte sind gespeichert.", "", "")]
    assert described(event) == expected
    assert [one.capacity for one in event.workshops.order_by("number")] == [25, None, None]


def test_what_is_there_stays(client: Client, empty: Event) -> None:
    entered(client, PROGRAMME_TEXT)
    before = described(empty)
    assert "Übernehmen" not in client.post(FAST, {"text": PROGRAMME_TEXT}).content.decode()
    entered(client, PROGRAMME_TEXT)
    assert described(empty) == before
    entered(client, f"{PROGRAMME_TEXT}16:00 – 17:00 Ausklang im Hof")
    assert described(empty)[10][:3] == ("16:00", "17:00", "closing")


def test_an_item_lasts_until_the_next_one(client: Client, empty: Event) -> None:
    entered(client, "9 Uhr Begrüßung\n9.30 Musik\n\n10:00: Vortrag: Was nun?")
    assert [row[:2] for row in described(empty)] == [("9:00", "9:30"), ("9:30", "10:00"), ("10:00", "16:00")]
    assert described(empty)[2][5] == "Vortrag: Was nun?"


def test_nothing_is_stored_that_was_not_shown(client: Client, empty: Event) -> None:
    shown = client.post(FAST, {"text": "9:00 Begrüßung"}).context["form"].fingerprint
    for form in ({}, {"shown": "x"}, {"shown": "\0"}, {"shown": shown}):
        html = client.post(FAST, {"text": "9:00 Etwas anderes", "store": "1"} | form).content.decode()
        assert "Etwas anderes" in html
    assert not empty.slots.exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Feld"),
        (ANNOUNCEMENT, "Zeile 1"),
        ("9:00", "Was geschieht"),
        ("25:00 Nacht", "Uhrzeit"),
        ("9:99 Nie", "Uhrzeit"),
        ("10:00 – 9:00 Rückwärts", "enden"),
        ("9:00 x" + "x" * 300, "300"),
        ("9:00 Gruß\nGrußwort: , Amt", "Namen"),
        ("9:00 Gruß\nGrußwort: " + "x" * 201, "200"),
        ("9:00 Workshops\n1. A\n1. B", "Nummer 1"),
        ("9:00 – 11:00 Workshops\n10:00 – 12:00 Workshops am Mittag", "beginnt"),
        ("9:00 Workshops\n1. A\n99999999999 Plätze", ""),
        ("9:00 Workshops\n0. A", "Nummer"),
        ("9:00 a\0b", "Null"),
        ("x" * 30_001, "30000"),
    ],
)
def test_what_it_cannot_say_is_answered_in_words(client: Client, empty: Event, text: str, said: str) -> None:
    response = client.post(FAST, {"text": text, "show": "1"})
    assert response.status_code == 200
    assert said in response.content.decode().replace("30.000", "30000")
    if said:
        assert "error-summary" in response.content.decode()
    assert not empty.slots.exists()


def test_several_days(log_in: LogIn) -> None:
    event = factories.a_two_day_event()
    event.workshops.all().delete()
    event.slots.all().delete()
    address = f"/admin/fachtag/{event.slug}/programm/schnell/"
    first = event.starts_at.strftime("%A")
    days = {"Monday": "Montag", "Tuesday": "Dienstag", "Wednesday": "Mittwoch", "Thursday": "Donnerstag"}
    days |= {"Friday": "Freitag", "Saturday": "Samstag", "Sunday": "Sonntag"}
    names = list(days.values())
    second = names[(names.index(days[first]) + 1) % 7]
    text = f"9:00 Beginn\n{second}, der zweite Tag\n9:00 – 10:00 Weiter"
    client = log_in("editor", at=event)
    shown = client.post(address, {"text": text}).context["form"].fingerprint
    client.post(address, {"text": text, "shown": shown, "store": "1"})
    assert [slot.day for slot in event.slots.all()] == [event.first_day, event.last_day]


def test_pages_of_the_real_event(client: Client, empty: Event) -> None:
    """Programme, workshops and seats, a question and a consent, each page of at most 25 fields, in at most six."""
    empty.consent_requests.all().delete()
    entered(client, PROGRAMME_TEXT)
    pages = [FAST]
    for workshop in empty.workshops.filter(capacity=None):
        pages.append(f"/admin/fachtag/fachtag-demo/workshops/{workshop.pk}/")
        assert client.post(pages[-1], sent(client, pages[-1], capacity="25")).status_code == 302
    pages.append("/admin/fachtag/fachtag-demo/fragen/einwilligung/neu/")
    wording = {"wording": factories.RECORDING, "alternative": factories.ALTERNATIVE}
    form = sent(client, pages[-1], purpose="recording", kind="required", **wording)
    assert client.post(pages[-1], form).status_code == 302
    assert len(pages) <= 6
    for page in pages:
        assert client.get(page).content.decode().count("<label") <= 25
    assert empty.consent_requests.get().wording == factories.RECORDING

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events import wording
from events.models import Contribution, Event, RegistrationWindow, Slot, Speaker
from events.programme import Cast
from events.templatetags import events as tags
from registration.models import Registration
from tests import factories
from tests.events.test_facts import words_of

NOW = timezone.now()


def text(client: Client, url: str = "/fachtag-demo/") -> str:
    return words_of(client.get(url).content.decode())


def test_it_works(client: Client, event: Event) -> None:
    response = client.get("/fachtag-demo/")
    assert response.status_code == 200
    assert "<title>6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen</title>" in response.content.decode()


def test_no_such_event(client: Client, event: Event) -> None:
    assert client.get("/anderer-fachtag/").status_code == 404


@pytest.mark.parametrize("slots", [3, 30])
def test_five_queries_whatever_the_length(
    client: Client, event: Event, django_assert_num_queries: DjangoAssertNumQueries, slots: int
) -> None:
    event.slots.exclude(kind="workshops").delete()
    for number in range(slots - 1):
        slot = Slot.objects.create(
            event=event, starts_at=event.starts_at, ends_at=event.ends_at, kind="talk", title=f"Vortrag {number}"
        )
        speaker = event.organiser.speakers.create(name=f"Person {number}", biography="Wohnt in Freiberg.")
        Contribution.objects.create(slot=slot, speaker=speaker, role="speaker")
    for number in range(slots):
        factories.registered(event, factories.guest(number), number=1 + number % 3)
    with django_assert_num_queries(5):  # the event, slots, workshops, contributions, seats
        page = client.get("/fachtag-demo/").content.decode()
    assert page.count("<h3>Vortrag ") == slots - 1
    assert page.count("<h3>Person ") == slots - 1


BOXES = [
    ({}, "open", "Sie können sich bis"),
    ({"registration_opens_at": NOW + timedelta(days=1)}, "not_yet", "Die Anmeldung öffnet am"),
    ({"registration_closes_at": NOW - timedelta(days=1)}, "closed", "Die Anmeldung ist geschlossen; sie war bis"),
    ({"status": "cancelled"}, "cancelled", "Diese Veranstaltung ist abgesagt."),
    ({"status": "postponed"}, "postponed", "Diese Veranstaltung ist verschoben."),
    (
        {
            "status": "postponed",
            "starts_at": NOW - timedelta(days=3),
            "ends_at": NOW - timedelta(days=2),
            "registration_closes_at": NOW - timedelta(days=5),
        },
        "postponed",
        "Diese Veranstaltung ist verschoben.",
    ),
    (
        {
            "starts_at": NOW - timedelta(days=3),
            "ends_at": NOW - timedelta(days=2),
            "registration_closes_at": NOW - timedelta(days=5),
        },
        "past",
        "Diese Veranstaltung hat bereits stattgefunden.",
    ),
]


@pytest.mark.parametrize(("values", "window", "words"), BOXES)
def test_the_box_says_what_is_true(client: Client, db: None, values: dict[str, Any], window: str, words: str) -> None:
    event = factories.an_open_event(**values)
    assert event.registration_window(NOW) == window
    page = text(client)
    assert words in page
    assert ("Jetzt anmelden" in page) == (window == "open")
    assert ("Plätzen frei" in page) == (window == "open")


def test_few_seats(client: Client, event: Event) -> None:
    for number in (1, 2, 3):
        factories.workshop(event, number, capacity=1)
    assert "Nur noch" not in text(client)
    factories.registered(event, number=1)
    factories.registered(event, factories.CHARLIE, number=2)
    factories.workshop(event, 3, capacity=4)
    for number in range(3):
        factories.registered(event, factories.guest(number), number=3)
    page = text(client)
    assert "Nur noch 1 Platz frei." in page
    assert "noch 1 von 4 Plätzen frei" in page
    assert "ausgebucht, Warteliste offen" in page


def test_all_full(client: Client, event: Event) -> None:
    for number in (1, 2, 3):
        factories.fill(event, number)
    factories.registered(event, number=2, waiting=True)
    page = text(client)
    assert "Alle Workshops sind ausgebucht." in page
    assert "Im Livestream können alle dabei sein." in page
    assert "Jetzt anmelden" in page
    assert "Zur Warteliste von Workshop 2" in page
    assert "ausgebucht, Warteliste mit 1 Person" in page
    Event.objects.update(livestream_offered=False, changed_at=timezone.now())
    assert "Jetzt anmelden" not in text(client)
    assert "rückt automatisch nach" in text(client)
    Event.objects.update(queue_moves_up=False, changed_at=timezone.now())
    assert "rückt automatisch nach" not in text(client)


def test_an_event_that_is_only_in_the_livestream(client: Client, event: Event) -> None:
    event.workshops.all().delete()
    assert "Jetzt anmelden" in text(client)
    assert 'value="livestream"' in client.get("/fachtag-demo/anmeldung/").content.decode()


def test_the_deadline_with_its_weekday(client: Client, event: Event) -> None:
    assert f"Anmeldung bis {wording.day(event.registration_closes_at)} Worum" in text(client)


def test_a_deadline_at_an_hour(client: Client, event: Event) -> None:
    event.registration_closes_at = event.starts_at
    event.save()
    assert f"Anmeldung bis {wording.day(event.starts_at)} 8:30 Uhr Worum" in text(client)


def test_a_draft_is_for_organisers(client: Client, alice: Client, db: None) -> None:
    factories.an_open_event(status="draft")
    assert client.get("/fachtag-demo/").status_code == 404
    assert "Entwurf: Diese Seite sehen nur die Veranstalter." in text(alice)


def test_organisers_find_the_way_to_the_admin(client: Client, alice: Client, event: Event) -> None:
    change = 'href="/admin/fachtag/fachtag-demo/"'
    assert change in alice.get("/fachtag-demo/").content.decode()
    assert "/admin/" not in client.get("/fachtag-demo/").content.decode()


def test_html_in_a_title_is_text(client: Client, event: Event) -> None:
    event.title = '<script>"&'
    event.save()
    html = client.get("/fachtag-demo/").content.decode()
    assert "<script>" not in html
    assert "&lt;script&gt;&quot;&amp;" in html


def test_names_of_guests_are_not_public(client: Client, bob: Registration) -> None:
    html = client.get("/fachtag-demo/").content.decode()
    assert [leak for leak in (bob.last_name, bob.email, str(bob.token)) if leak in html] == []


@pytest.mark.parametrize("seconds", [-1, 0, 1])
def test_the_deadline_itself_is_in_time(event: Event, seconds: int) -> None:
    window = event.registration_window(event.registration_closes_at + timedelta(seconds=seconds))
    assert window == (RegistrationWindow.CLOSED if seconds > 0 else RegistrationWindow.OPEN)


@pytest.mark.parametrize(
    ("html", "unbroken"),
    [
        ("<dd>Halsbrücker Straße 34, 09599 Freiberg</dd>", "<dd>Halsbrücker Straße 34, 09599\xa0Freiberg</dd>"),
        ("<p>Hier sind Sie Nummer 12.</p>", "<p>Hier sind Sie Nummer\xa012.</p>"),
        ("<h3>5 Jahre – ein Blick</h3>", "<h3>5 Jahre\xa0– ein Blick</h3>"),
        ("Donnerstag, 7. Oktober 2021, 8:30 Uhr", "Donnerstag, 7.\xa0Oktober\xa02021, 8:30\xa0Uhr"),
        ("Freitag, 13:15 – 15:00 Uhr", "Freitag, 13:15\xa0–\xa015:00\xa0Uhr"),
        ("145 €, ermäßigt 80 €", "145\xa0€, ermäßigt 80\xa0€"),
        ("innerhalb von 24 Stunden", "innerhalb von 24\xa0Stunden"),
        ("6. Fachtag", "6.\xa0Fachtag"),
        ("noch 12 von 25 Plätzen", "noch 12 von 25 Plätzen"),
        ('<a title="7. Oktober 2021 – hier">', '<a title="7. Oktober 2021 – hier">'),
        ('<input value="um 8:30 Uhr – spätestens">', '<input value="um 8:30 Uhr – spätestens">'),
        (
            "<textarea>\num 8:30 Uhr\n – spätestens</textarea> – so",
            "<textarea>\num 8:30 Uhr\n – spätestens</textarea>\xa0– so",
        ),
    ],
)
def test_dates_and_dashes_are_kept_together(html: str, unbroken: str) -> None:
    assert tags.unbroken(html) == unbroken


def test_what_machines_read_keeps_its_spaces(client: Client, event: Event) -> None:
    page = client.get("/fachtag-demo/").content.decode()
    data = page.partition("<script")[2].partition("</script>")[0]
    assert "Mittelsachsen integriert – Zwei Blicke nach vorn!" in data
    assert "Mittelsachsen integriert\xa0– Zwei Blicke nach vorn!" in page
    assert "\xa0" not in data + client.get("/fachtag-demo/kalender.ics").content.decode()


def people(client: Client) -> str:
    """The HTML of the part about people; empty: there is none."""
    return client.get("/fachtag-demo/").content.decode().partition('id="personen"')[2].partition("</section>")[0]


def test_nobody_is_introduced_of_whom_the_programme_says_it_all(client: Client, event: Event) -> None:
    assert people(client) == ""
    Speaker.objects.filter(name="Sebastian Vogel").update(organisation="Freistaat Sachsen")  # printed with his talk
    assert people(client) == ""


@pytest.mark.parametrize(
    "more",
    [
        {"biography": "Jurist.", "biography_html": "<p>Jurist.</p>"},
        {"portrait": "pictures/0123456789abcdef-560x560.webp", "portrait_alt": "Porträt: Sebastian Vogel"},
    ],
)
def test_with_a_face_or_a_word_more_of_one_all_are_introduced(
    client: Client, event: Event, more: dict[str, str]
) -> None:
    Speaker.objects.filter(name="Sebastian Vogel").update(**more)
    found = people(client)
    assert re.findall("<h3>(.*?)</h3>", found)[:2] == ["Sebastian Vogel", "Jennifer Diehl"]
    assert found.count("<h3>") == 11
    assert found.count("<img") == ("portrait" in more)
    assert re.findall(r"<li>\s*<div>\s*<h3>(Jennifer Diehl)</h3>", found) == ["Jennifer Diehl"]


def test_who_is_printed_without_an_office_is_introduced_with_it(client: Client, event: Event) -> None:
    Contribution.objects.filter(speaker__name="Sebastian Vogel").update(affiliation="")
    assert people(client) == ""
    Speaker.objects.filter(name="Sebastian Vogel").update(position="Staatssekretär", organisation="Freistaat Sachsen")
    assert "<p>Staatssekretär, Freistaat Sachsen</p>" in people(client)


def test_a_person_leads_to_where_they_appear(client: Client, event: Event) -> None:
    Speaker.objects.filter(name="Annett Schrenk").update(biography="Ausländerbeauftragte.")
    Contribution.objects.filter(speaker__name="Emiliano Chaimite").delete()
    page = client.get("/fachtag-demo/").content.decode()
    line = people(client).partition("<h3>Annett Schrenk</h3>")[2].partition("</ul>")[0]
    talk = event.slots.get(kind="panel").pk
    assert re.findall(r'<a href="#(.*?)">(.*?)</a>', line) == [
        (f"punkt-{talk}", "10:30, Podiumsgespräch: Moderation"),
        ("workshop-2", "Workshop 2"),
    ]
    assert [page.count(f'id="{name}"') for name in (f"punkt-{talk}", "workshop-2")] == [1, 1]
    assert "9:15, Input-Vortrag</a>" in people(client)  # who speaks, of whom a talk says so


@pytest.mark.parametrize(
    ("role", "one", "many"),
    [
        ("greeting", "Grußwort", "Grußwort"),
        ("speaker", "Es spricht", "Referierende"),
        ("moderator", "Moderation", "Moderation"),
        ("panelist", "Gast auf dem Podium", "Gäste auf dem Podium"),
        ("lead", "Workshop-Leitung", "Workshop-Leitung"),
    ],
)
def test_one_person_is_not_called_many(db: None, role: str, one: str, many: str) -> None:
    somebody, group = Speaker(name="Aylin Demir"), Speaker(name="Vertretungen der Vereine", is_group=True)
    casts = [[somebody], [somebody, somebody], [group]]
    headings = [
        tags.role_heading(Cast(Contribution.Role(role), [Contribution(speaker=speaker) for speaker in cast]))
        for cast in casts
    ]
    assert headings == [one, many, many]


PARAGRAPH = f"<p>{'Ein langer Absatz. ' * 20}</p>"


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("", ""),
        ("<p>Kurz.</p><p>Auch kurz.</p>", "<p>Kurz.</p><p>Auch kurz.</p>"),
        ("<p>Kurz.</p>" + PARAGRAPH * 3, "<p>Kurz.</p>"),
        (PARAGRAPH * 2, PARAGRAPH),
        (f"<ul><li>{PARAGRAPH}</li><li>{PARAGRAPH}</li></ul>", ""),
        (f"<p>{PARAGRAPH[3:-4] * 3}</p>", ""),
    ],
)
def test_a_long_text_goes_on_in_a_fold(html: str, shown: str) -> None:
    found = str(tags.folded(html))
    begin, fold, rest = found.partition('<details class="more"><summary>Weiterlesen</summary>')
    assert begin == shown
    assert begin + rest.removesuffix("</details>") == html
    assert bool(fold) == (shown != html)


@pytest.mark.parametrize(
    ("moment", "words"),
    [("2027-01-15 23:59:59", "bis Fr., 15. Januar"), ("2027-01-15 12:00:00", "bis Fr., 15. Januar, 12:00 Uhr")],
)
def test_a_deadline_in_short(moment: str, words: str) -> None:
    assert wording.until(timezone.make_aware(datetime.fromisoformat(moment))) == words


def test_the_way_to_the_form_says_how_many_and_until_when(client: Client, event: Event) -> None:
    call = client.get("/fachtag-demo/").content.decode().partition('<p class="call near">')[2].partition("</p>")[0]
    until = wording.until(event.registration_closes_at)
    assert words_of(f"<body {call}") == f"Noch 75 Plätze {until} Jetzt anmelden"


def test_the_place_or_the_livestream_is_a_choice_where_both_are_offered(client: Client, event: Event) -> None:
    assert "Vor Ort oder im Livestream 6. Fachtag" in text(client)
    Event.objects.update(livestream_offered=False, changed_at=timezone.now())
    assert "Vor Ort oder im Livestream" not in text(client)
    Event.objects.update(livestream_offered=True, venue=None, changed_at=timezone.now())
    assert "Vor Ort oder im Livestream" not in text(client)


def test_what_is_past_invites_nobody(client: Client, past_event: Event) -> None:
    Event.objects.update(partners="Treibhaus e.V.", change_note="Änderungen vorbehalten.")
    factories.venue(past_event, arrival="Mit dem Bus.", access="Ohne Stufen.")
    html = client.get("/fachtag-2021/").content.decode()
    page = words_of(html)
    assert "Diese Veranstaltung hat bereits stattgefunden. 6. Fachtag" in page
    assert "In Zusammenarbeit mit Treibhaus e.V." in page
    invitations = ("anmelden", "Anmeldung", "Plätze", "Warteliste", "Kalender", "Bitte", "vorbehalten", "Bus", "Stufen")
    assert [word for word in invitations if word in page] == []
    ways = ('href="#anmeldung"', "/fachtag-2021/anmeldung/", "/fachtag-2021/kalender.ics", 'class="seats"')
    assert [way for way in ways if way in html.partition("<body")[2]] == []

"""The programme at the desk: read, edited, moved."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Contribution, Event, Slot, Speaker, Workshop
from events.wording import clock
from registration.models import Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.test_history import kept

PROGRAMME = "/admin/fachtag/fachtag-demo/programm/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("editor")


def titled(event: Event, title: str) -> Slot:
    found = event.slots.filter(title__startswith=title).first()
    assert found is not None
    return found


def sent(client: Client, address: str, **changes: Any) -> dict[str, Any]:
    """What the form of the page sends as it is, with these changes; None takes a field out."""
    form = client.get(address).context["form"]
    found: dict[str, Any] = {}
    for name in form.fields:
        if name == "people":
            rows = form.rows
            found |= {"people_name": [row.name for row in rows], "people_role": [row.role for row in rows]}
            found["people_affiliation"] = [row.affiliation for row in rows]
            found["people_group"] = [str(number) for number, row in enumerate(rows) if row.is_group]
        elif (value := form[name].value()) not in (None, False):
            found[name] = form.fields[name].prepare_value(value)
            if hasattr(value, "strftime") and hasattr(value, "hour"):
                found[name] = value.strftime("%H:%M")
    found["version"] = re.findall('name="version" value="([0-9a-f]+)"', client.get(address).content.decode())[0]
    return {name: value for name, value in (found | changes).items() if value is not None}


def times(event: Event) -> list[tuple[str, str, str]]:
    return [(clock(slot.starts_at), clock(slot.ends_at), slot.title) for slot in event.slots.all()]


def people(slot: Slot | Workshop) -> list[tuple[str, str, str]]:
    found = slot.contributions.select_related("speaker")
    return [(one.speaker.name, one.role, one.affiliation) for one in found]


def page(slot: Slot) -> str:
    return f"{PROGRAMME}{slot.pk}/"


# Read


def test_it_works(client: Client, event: Event) -> None:
    html = client.get(PROGRAMME).content.decode()
    assert re.findall(r'<h3><a href="[^"]+">([^<]+)</a>', html) == [slot.title for slot in event.slots.all()]
    assert html.count("<b>Annett Schrenk</b>, Ausländerbeauftragte des Landkreises Mittelsachsen") == 1


def test_queries_do_not_grow(client: Client, event: Event, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(QUERIES):
        client.get(PROGRAMME)
    for number in range(3):
        at = event.ends_at + timedelta(hours=number)
        slot = event.slots.create(starts_at=at, ends_at=at + timedelta(hours=1), kind="talk", title=f"Mehr {number}")
        slot.contributions.create(speaker=event.organiser.speakers.create(name=f"Neu {number}"), role="speaker")
    with django_assert_num_queries(QUERIES):
        client.get(PROGRAMME)


QUERIES = 12


def test_several_days(client: Client, log_in: LogIn) -> None:
    event = factories.a_two_day_event()
    html = log_in("editor", at=event).get(f"/admin/fachtag/{event.slug}/programm/").content.decode()
    assert len(re.findall('<ol class="day">', html)) == 4  # two days, twice
    assert html.count("Läuft gleichzeitig") == 2


# Moved by buttons


def test_it_changes_places_with_its_neighbour(client: Client, event: Event) -> None:
    coffee = titled(event, "Kaffeepause")
    response = client.post(PROGRAMME, {"up": coffee.pk})
    assert (response.status_code, response["Location"]) == (302, f"{PROGRAMME}#punkt-{coffee.pk}")
    assert [row[:2] for row in times(event)][2:4] == [("9:15", "9:30"), ("9:30", "10:30")]
    assert times(event)[2][2] == "Kaffeepause"
    assert kept() == [("„Kaffeepause“ ist jetzt von 9:15 – 9:30 Uhr.", "", "")]
    client.post(PROGRAMME, {"down": coffee.pk})
    assert [row[:2] for row in times(event)][2:4] == [("9:15", "10:15"), ("10:15", "10:30")]


def test_a_pause_between_them_stays(client: Client, event: Event) -> None:
    first, second = event.slots.all()[:2]
    second.starts_at += timedelta(minutes=5)
    second.save()
    client.post(PROGRAMME, {"down": first.pk})
    assert [row[:2] for row in times(event)][:2] == [("8:30", "8:40"), ("8:45", "9:15")]


@pytest.mark.parametrize("up", ["x", "", "0", "9" * 30, "-1", "\0", "٣"])
def test_what_cannot_move_says_so(client: Client, event: Event, up: str) -> None:
    before = times(event)
    assert "nicht mehr" in client.post(PROGRAMME, {"up": up}, follow=True).content.decode()
    assert times(event) == before


def test_what_cannot_move_has_no_button(client: Client, event: Event) -> None:
    first, last = event.slots.first(), event.slots.last()
    html = client.get(PROGRAMME).content.decode()
    assert first is not None
    assert last is not None
    assert f'name="up" value="{first.pk}"' not in html
    assert f'name="down" value="{last.pk}"' not in html
    assert html.count('name="up"') == html.count('name="down"') == event.slots.count() - 1
    client.post(PROGRAMME, {"up": first.pk})
    assert event.slots.first() == first


def test_an_item_of_another_event_does_not_move(client: Client, event: Event, foreign: Event) -> None:
    before = times(foreign)
    client.post(PROGRAMME, {"down": foreign.slots.all()[1].pk})
    assert times(foreign) == before


def test_guests_hear_of_a_round_that_moves(client: Client, event: Event) -> None:
    before = event.sequence
    client.post(PROGRAMME, {"down": titled(event, "Workshops").pk})
    event.refresh_from_db()
    assert event.sequence > before


def test_moving_the_workshops_is_one_change(client: Client, event: Event, bob: Registration) -> None:
    client.post(page(slot := titled(event, "Workshops")), sent(client, page(slot), begins="13:25"))
    event.refresh_from_db()
    assert event.sequence == 1
    assert bob.mails.count() == 1  # the worker tells it, when the quiet time is over


# Edited


def test_the_form_stands_in_its_place(client: Client, event: Event) -> None:
    html = client.get(page(titled(event, "Migrantisches"))).content.decode()
    assert "Sie bearbeiten: 10:30 Uhr, Podiumsgespräch" in html
    assert len(re.findall(r"<(?:input|select|textarea)\b(?![^>]*hidden)", html)) <= 25
    assert html.index("Kaffeepause") < html.index("Sie bearbeiten") < html.index("Zuwanderung und Arbeit")


def test_saving_what_nobody_touched_changes_nothing(client: Client, event: Event) -> None:
    for slot in event.slots.all():
        before = (times(event), people(slot), event.sequence)
        assert client.post(page(slot), sent(client, page(slot))).status_code == 302
        event.refresh_from_db()
        assert (times(event), people(slot), event.sequence) == before
    assert Speaker.objects.filter(is_group=True).count() == 1


def test_times_as_people_write_them(client: Client, event: Event) -> None:
    slot = titled(event, "Begrüßung")
    response = client.post(page(slot), sent(client, page(slot), begins="9", ends="9.10 Uhr", takes_along=None))
    assert response["Location"] == f"{PROGRAMME}#punkt-{slot.pk}"
    assert [row[:2] for row in times(event)][1:3] == [("9:00", "9:10"), ("9:15", "10:15")]


def test_later_items_move_along(client: Client, event: Event) -> None:
    before = times(event)
    slot = titled(event, "Zuwanderung")
    client.post(page(slot), sent(client, page(slot), ends="12:45"))
    assert times(event)[:5] == before[:5]
    assert [row[:2] for row in times(event)][5:8] == [("11:30", "12:45"), ("12:45", "13:30"), ("13:30", "15:15")]
    first, *along = kept()
    assert first == ("Ende", "12:30", "12:45")
    told = "Mit „Zuwanderung und Arbeit: Potentiale erkennen, Chancen nutzen“ verschoben: 12:45 – 13:30 Uhr"
    assert (along[0], len(along)) == ((told, "", ""), 4)


def test_whether_others_move_is_no_change_of_the_item(client: Client, event: Event) -> None:
    slot = titled(event, "Zuwanderung")
    client.post(page(slot), sent(client, page(slot), takes_along=None, room="Aula"))
    assert [what for what, *_values in kept()] == ["Raum"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"ends": "8:00"}, "enden"),
        ({"begins": "bald"}, "Uhrzeit"),
        ({"begins": "\0"}, "Uhrzeit"),
        ({"begins": "99:99"}, "Uhrzeit"),
        ({"title": ""}, "Feld"),
        ({"title": "x" * 301}, "300"),
        ({"title": "a\0b"}, "Null"),
        ({"number": "9" * 40}, ""),
        ({"number": "-1"}, ""),
        ({"kind": "feast"}, "feast"),
        ({"kind": "workshops", "begins": "13:00", "ends": "13:30"}, "Workshops"),
        ({"people_name": [""], "people_affiliation": ["Amt"], "people_role": ["speaker"]}, "Namen"),
        ({"people_name": ["x" * 201], "people_affiliation": [""], "people_role": ["speaker"]}, "200"),
        ({"people_name": ["Eva"], "people_affiliation": ["x" * 301], "people_role": ["speaker"]}, "300"),
        ({"people_name": ["Eva"], "people_affiliation": [""], "people_role": ["boss"]}, "Person"),
        ({"people_name": ["Eva"], "people_affiliation": [], "people_role": []}, "Person"),
    ],
)
def test_errors_stand_where_they_arise(client: Client, event: Event, changes: dict[str, Any], said: str) -> None:
    slot = titled(event, "Begrüßung")
    before = (times(event), people(slot))
    response = client.post(page(slot), sent(client, page(slot), room="Neuer Saal", takes_along=None) | changes)
    html = response.content.decode()
    assert response.status_code == 200
    assert "error-summary" in html
    assert said in html
    assert 'value="Neuer Saal"' in html
    assert (times(event), people(slot)) == before


def test_two_rounds_never_overlap(client: Client, event: Event) -> None:
    later = factories.another_round_at(event, titled(event, "Workshops").ends_at)
    html = client.post(page(later), sent(client, page(later), begins="14:00")).content.decode()
    assert "beginnt" in html
    later.refresh_from_db()
    assert clock(later.starts_at) == "15:00"


def test_a_slot_with_workshops_keeps_its_kind(client: Client, event: Event) -> None:
    slot = titled(event, "Workshops")
    assert "Workshops" in client.post(page(slot), sent(client, page(slot), kind="talk")).content.decode()
    slot.refresh_from_db()
    assert slot.kind == "workshops"


def test_two_editors(client: Client, event: Event) -> None:
    slot = titled(event, "Begrüßung")
    form = sent(client, page(slot), title="Mein Titel")
    Slot.objects.filter(pk=slot.pk).update(title="Ihr Titel")
    response = client.post(page(slot), form)
    assert response.status_code == 409
    assert "Ihr Titel" in response.content.decode()
    slot.refresh_from_db()
    assert slot.title == "Ihr Titel"


def test_soon_after_midnight_is_the_same_evening(client: Client, event: Event) -> None:
    form = sent(client, f"{PROGRAMME}neu/", begins="20:00", ends="1:30", title="Tanz", kind="talk")
    client.post(f"{PROGRAMME}neu/", form)
    slot = event.slots.get(title="Tanz")
    assert slot.ends_at - slot.starts_at == timedelta(hours=5.5)
    assert sent(client, page(slot))["ends"] == "01:30"


def test_the_day_is_asked_where_there_are_several(log_in: LogIn) -> None:
    event = factories.a_two_day_event()
    client = log_in("editor", at=event)
    address = f"/admin/fachtag/{event.slug}/programm/neu/"
    form = sent(client, address, title="Vorabend", begins="17:00", ends="18:00", kind="talk")
    assert client.post(address, form | {"day": str(event.first_day)}).status_code == 302
    assert event.slots.get(title="Vorabend").day == event.first_day
    for day in ("x", "2021-02-31", "\0", str(event.first_day - timedelta(days=1))):
        assert client.post(address, form | {"day": day, "title": "Nie"}).status_code == 200
    assert not event.slots.filter(title="Nie").exists()


# New


def test_a_new_one_begins_where_the_last_one_ended(client: Client, event: Event) -> None:
    titled(event, "Auswertung").delete()
    form = sent(client, f"{PROGRAMME}neu/")
    assert (form["begins"], form["ends"]) == ("15:15", "15:45")
    response = client.post(f"{PROGRAMME}neu/", form | {"title": "Schluss", "kind": "closing", "next": "1"})
    assert response["Location"] == f"{PROGRAMME}neu/"
    assert sent(client, f"{PROGRAMME}neu/")["begins"] == "15:45"
    assert event.slots.get(title="Schluss").kind == "closing"


def test_a_new_one_makes_room(client: Client, event: Event) -> None:
    form = sent(client, f"{PROGRAMME}neu/", begins="9:15", ends="9:30", title="Musik", kind="talk")
    client.post(f"{PROGRAMME}neu/", form)
    assert [row[:2] for row in times(event)][2:5] == [("9:15", "9:30"), ("9:30", "10:30"), ("10:30", "10:45")]


def test_the_first_one_begins_with_the_event(client: Client, event: Event) -> None:
    event.workshops.all().delete()
    event.slots.all().delete()
    assert sent(client, f"{PROGRAMME}neu/")["begins"] == "08:30"
    assert "noch kein Programm" in client.get(PROGRAMME).content.decode()


# People


def test_people_are_added_and_created_on_the_spot(client: Client, event: Event) -> None:
    slot = titled(event, "Migrantisches")
    annett = Speaker.objects.get(name="Annett Schrenk")
    form = sent(client, page(slot))
    form["people_name"] = ["Annett Schrenk", " Neue   Person ", ""]
    form["people_role"] = ["moderator", "panelist", "speaker"]
    form["people_affiliation"] = ["", "Amt", ""]
    form["people_group"] = ["1"]
    assert client.post(page(slot), form).status_code == 302
    assert people(slot) == [("Annett Schrenk", "moderator", ""), ("Neue Person", "panelist", "Amt")]
    assert slot.contributions.get(role="moderator").speaker == annett
    assert Speaker.objects.get(name="Neue Person").is_group
    assert not Speaker.objects.filter(name__startswith="Vertreterinnen").exists()
    assert Speaker.objects.filter(name="Emiliano Chaimite").exists()  # leads a workshop


def test_buttons_for_people_lose_nothing_and_store_nothing(client: Client, event: Event) -> None:
    slot = titled(event, "Migrantisches")
    before = people(slot)
    form = sent(client, page(slot), title="Noch nicht fertig", begins="unklar")
    for do, names in {
        "add": ["Annett Schrenk", "Emiliano Chaimite", before[2][0], ""],
        "up-1": ["Emiliano Chaimite", "Annett Schrenk", before[2][0]],
        "down-0": ["Emiliano Chaimite", "Annett Schrenk", before[2][0]],
        "remove-1": ["Annett Schrenk", before[2][0]],
        "up-0": [name for name, _role, _affiliation in before],
        "down-2": [name for name, _role, _affiliation in before],
        "remove-x": [name for name, _role, _affiliation in before],
        "remove-999999": [name for name, _role, _affiliation in before],
        "\0": [name for name, _role, _affiliation in before],
    }.items():
        response = client.post(page(slot), form | {"do": do})
        html = response.content.decode()
        assert [row.name for row in response.context["form"].rows] == names
        assert 'value="Noch nicht fertig"' in html
        assert 'value="unklar"' in html
        assert "error-summary" not in html
    assert people(slot) == before


def test_what_was_arranged_is_stored_then(client: Client, event: Event) -> None:
    slot = titled(event, "Migrantisches")
    form = sent(client, page(slot))
    again = client.post(page(slot), form | {"do": "up-1"})
    rows = again.context["form"].rows
    form |= {"people_name": [row.name for row in rows], "people_role": [row.role for row in rows]}
    form["version"] = re.findall('name="version" value="([0-9a-f]+)"', again.content.decode())[0]
    assert client.post(page(slot), form).status_code == 302
    assert [name for name, _role, _affiliation in people(slot)][:2] == ["Emiliano Chaimite", "Annett Schrenk"]


def test_a_namesake_of_another_office_is_somebody_else(client: Client, event: Event, foreign: Event) -> None:
    theirs = foreign.organiser.speakers.create(name="Eva Fremd", biography="Fremd")
    foreign.slots.all()[0].contributions.create(speaker=theirs, role="speaker")
    slot = titled(event, "Begrüßung")
    html = client.get(page(slot)).content.decode()
    assert "Eva Fremd" not in html
    form = sent(client, page(slot), people_name=["Eva Fremd"], people_role=["speaker"], people_affiliation=[""])
    client.post(page(slot), form)
    assert slot.contributions.get().speaker != theirs


# Deleted


def test_deleting_asks_first(client: Client, event: Event) -> None:
    slot = titled(event, "Kaffeepause")
    assert "Jetzt löschen" in client.get(f"{page(slot)}loeschen/").content.decode()
    assert event.slots.filter(pk=slot.pk).exists()
    assert client.post(f"{page(slot)}loeschen/")["Location"] == PROGRAMME
    assert not event.slots.filter(pk=slot.pk).exists()


def test_what_is_deleted_is_noted_in_calendars(log_in: LogIn) -> None:
    event = factories.a_two_day_event()
    before, last = event.sequence, event.slots.latest("ends_at")
    log_in("editor", at=event).post(f"/admin/fachtag/{event.slug}/programm/{last.pk}/loeschen/")
    event.refresh_from_db()
    assert (event.slots.filter(pk=last.pk).exists(), event.sequence - before) == (False, 1)


def test_a_round_with_guests_stays(client: Client, event: Event, bob: Registration) -> None:
    slot = titled(event, "Workshops")
    html = client.get(f"{page(slot)}loeschen/").content.decode()
    assert "1 Gast" in html
    assert "Jetzt löschen" not in html
    assert client.post(f"{page(slot)}loeschen/").status_code == 409
    assert event.workshops.count() == 3


def test_what_is_not_there(client: Client, event: Event, foreign: Event) -> None:
    theirs = foreign.slots.all()[0]
    for address in (page(theirs), f"{page(theirs)}loeschen/", f"{PROGRAMME}{'9' * 30}/"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert Contribution.objects.exists()
    assert timezone.now() < foreign.starts_at


@pytest.mark.parametrize(
    ("starts_at", "minutes"),
    [
        ("2027-10-30T03:30+02:00", 60),  # before four and after
        ("2027-10-31T02:30+01:00", 45),  # the second half past two of that night
    ],
)
def test_an_item_in_the_night_stays_where_it_is(client: Client, event: Event, starts_at: str, minutes: int) -> None:
    begins = datetime.fromisoformat(starts_at)
    first = datetime.fromisoformat("2027-10-29T09:00+02:00")
    Event.objects.update(starts_at=first, ends_at=first + timedelta(days=3), registration_closes_at=first)
    ends = begins + timedelta(minutes=minutes)
    slot = event.slots.create(starts_at=begins, ends_at=ends, kind="talk", title="Nachts")
    response = client.post(page(slot), sent(client, page(slot), title="Nachts im Museum"))
    assert response.status_code == 302, response.context["form"].errors
    slot.refresh_from_db()
    assert (slot.title, slot.starts_at, slot.ends_at) == ("Nachts im Museum", begins, ends)

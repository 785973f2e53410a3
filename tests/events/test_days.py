"""Events of several days, with what goes on at the same time: how it reads, on the page and elsewhere."""

import re
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime, make_aware
from pytest_django import DjangoAssertNumQueries

from events import wording
from events.models import Event, Speaker, slots_with_tracks
from events.programme import programme_of
from registration.models import OutgoingMail
from tests import factories
from tests.events.test_facts import words_of

# A Thursday that lies ahead.
FIRST = date(2094, 1, 28)


@pytest.fixture
def two_days(db: None) -> Event:
    return factories.a_two_day_event(first_day=FIRST)


def event_from_to(starts: str, ends: str) -> Event:
    return Event(starts_at=make_aware(datetime.fromisoformat(starts)), ends_at=make_aware(datetime.fromisoformat(ends)))


@pytest.mark.parametrize(
    ("starts", "ends", "dates", "times"),
    [
        ("2021-10-07T08:30", "2021-10-07T16:00", "Donnerstag, 7. Oktober 2021", "8:30 – 16:00 Uhr"),
        ("2027-01-28T19:00", "2027-01-29T00:30", "Donnerstag, 28. Januar 2027", "19:00 – 0:30 Uhr"),
        ("2027-01-28T00:00", "2027-01-28T01:00", "Donnerstag, 28. Januar 2027", "0:00 – 1:00 Uhr"),
        (
            "2027-01-28T09:00",
            "2027-01-29T15:00",
            "Donnerstag, 28. Januar, bis Freitag, 29. Januar 2027",
            "Donnerstag ab 9:00 Uhr, Freitag bis 15:00 Uhr",
        ),
        (
            "2027-03-27T09:00",
            "2027-04-01T02:00",
            "Samstag, 27. März, bis Mittwoch, 31. März 2027",
            "Samstag ab 9:00 Uhr, Mittwoch bis 2:00 Uhr",
        ),
        (
            "2026-12-31T09:00",
            "2027-01-01T15:00",
            "Donnerstag, 31. Dezember 2026, bis Freitag, 1. Januar 2027",
            "Donnerstag ab 9:00 Uhr, Freitag bis 15:00 Uhr",
        ),
    ],
)
def test_dates_and_times_in_words(starts: str, ends: str, dates: str, times: str) -> None:
    event = event_from_to(starts, ends)
    assert (wording.dates(event), wording.times(event)) == (dates, times)
    assert wording.when(event) == (f"{dates} ({times})" if event.has_several_days else f"{dates}, {times}")


def test_a_workshop_names_its_day_where_there_are_several(two_days: Event) -> None:
    assert [wording.when_and_where(workshop, two_days) for workshop in two_days.workshops.order_by("number")] == [
        *["Donnerstag, 28. Januar, 13:15 – 15:00 Uhr"] * 3,
        "Freitag, 29. Januar, 9:15 – 10:45 Uhr, Raum: E 1",
        "Freitag, 29. Januar, 9:15 – 10:45 Uhr, Raum: E 2",
        "Donnerstag, 28. Januar, 18:00 – 21:30 Uhr, Raum: Ratskeller, Obermarkt",
    ]
    one_day = factories.an_open_event()
    assert wording.when_and_where(factories.workshop(one_day, 1), one_day) == "13:15 – 15:00 Uhr"


def test_each_day_has_a_heading(client: Client, two_days: Event) -> None:
    page = client.get("/zwei-tage/").content.decode()
    programme = page[page.index('id="programm"') : page.index('id="workshops"')]
    assert re.findall(r"<h3[^>]*>(.*?)</h3>", programme) == [
        "Donnerstag, 28.\xa0Januar",
        "Freitag, 29.\xa0Januar",
    ]
    assert programme.count('<ol class="timeline">') == 2


def test_one_day_has_none(client: Client, past_event: Event) -> None:
    page = client.get("/fachtag-2021/").content.decode()
    programme = page[page.index('id="programm"') : page.index('id="workshops"')]
    assert len(re.findall(r"<h3>", programme)) == past_event.slots.count()
    assert re.findall(r"<h4|parallel|Gleichzeitig|class=\"part\"", page[page.index("<body") :]) == []


def test_what_is_at_the_same_time_says_so(client: Client, two_days: Event) -> None:
    page = client.get("/zwei-tage/").content.decode()
    [parallel] = re.findall(r'<li class="parallel">.*?</ul>', page, re.DOTALL)
    assert words_of(f"<body>{parallel}") == (
        "11:15 – 12:15 Uhr Gleichzeitig:"
        " 11:15 – 12:15 Uhr 4. Vortrag Was Menschen erzählen Raum: Saal 1"
        " 11:15 – 12:00 Uhr 5. Vortrag Was Zahlen sagen Raum: Saal 2"
    )


def test_times_stand_once_where_all_are_the_same(client: Client, two_days: Event) -> None:
    two_days.slots.filter(title="Was Zahlen sagen").update(ends_at=two_days.slots.get(number=4, room="Saal 1").ends_at)
    page = words_of(client.get("/zwei-tage/").content.decode())
    assert "11:15 – 12:15 Uhr Gleichzeitig: 4. Vortrag Was Menschen erzählen" in page


@pytest.mark.parametrize(
    ("slots", "stretches"),
    [
        (["a 9-10", "b 10-11"], ["a", "b"]),
        (["b 9-10", "a 9-10", "c 10-11"], ["ab", "c"]),
        (["a 9-11", "b 10-12"], ["ab"]),
        (["a 9-10", "b 9-11", "c 10-12", "d 11-12"], ["ab", "cd"]),  # two rooms that change at different times
        (["a 9-17", "b 9-10", "c 10-11", "d 11-12"], ["ab", "c", "d"]),  # an exhibition
        (["b 9-12", "a 10-11", "c 10-12"], ["bac"]),
    ],
)
def test_what_is_parallel(event: Event, slots: list[str], stretches: list[str]) -> None:
    event.slots.all().delete()
    for described in slots:
        room, hours = described.split()
        starts, ends = (event.starts_at.replace(hour=int(hour)) for hour in hours.split("-"))
        event.slots.create(starts_at=starts, ends_at=ends, kind="talk", title=room, room=room)
    [day] = programme_of(event).days
    assert ["".join(item.slot.title for item in stretch.items) for stretch in day.stretches] == stretches


def test_workshops_stand_under_their_round(client: Client, two_days: Event) -> None:
    page = client.get("/zwei-tage/").content.decode()
    workshops = words_of("<body " + page[page.index('id="workshops"') : page.index('id="ort"')])
    found = re.findall(
        r"(?:Workshops|Abend im Ratskeller) (?:Donners|Frei)tag.*?Uhr|Freiwillig:|\b\d\. \w+|„?Abendessen", workshops
    )
    assert found == [
        "Workshops Donnerstag, 28. Januar, 13:15 – 15:00 Uhr",
        "1. Mittelsachsen",
        "2. Darf",
        "3. Beschäftigung",
        "Abend im Ratskeller Donnerstag, 28. Januar, 18:00 – 21:30 Uhr",
        "Freiwillig:",
        "Abendessen",
        "„Abendessen",  # the link that chooses it has no number of a workshop either
        "Workshops Freitag, 29. Januar, 9:15 – 10:45 Uhr",
        "4. Sprache",
        "5. Wohnen",
    ]


def test_two_rounds_of_one_day_have_their_times_alone(client: Client, event: Event) -> None:
    starts_at = event.ends_at - timedelta(minutes=30)
    second = event.slots.create(starts_at=starts_at, ends_at=event.ends_at, kind="workshops", title="Zweite Runde")
    second.workshops.create(number=4, title="Sprache im Betrieb")
    page = words_of(client.get("/fachtag-demo/").content.decode())
    assert "Workshops 13:15 – 15:00 Uhr 3 Workshops 1. Mittelsachsen integriert" in page
    assert "Zweite Runde 15:30 – 16:00 Uhr 4. Sprache im Betrieb" in page


def test_an_optional_round_says_so(client: Client, event: Event) -> None:
    words = "Freiwillig: Sie können sich auch ohne diesen Teil anmelden."
    assert words not in words_of(client.get("/fachtag-demo/").content.decode())
    slot = event.slots.get(kind="workshops")
    slot.optional = True
    slot.save()
    assert words_of(client.get("/fachtag-demo/").content.decode()).count(words) == 2  # programme and workshops


def test_people_appear_on_a_day(client: Client, two_days: Event) -> None:
    Speaker.objects.filter(name="Sebastian Vogel").update(biography_html="<p>Jurist.</p>", biography="Jurist.")
    assert "Donnerstag, 9:00, Begrüßung" in words_of(client.get("/zwei-tage/").content.decode())


def test_two_days_take_as_many_queries_as_one(
    client: Client, two_days: Event, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(5):
        client.get("/zwei-tage/")


DATES = "Donnerstag, 28. Januar, bis Freitag, 29. Januar 2094"
TIMES = "Donnerstag ab 8:30 Uhr, Freitag bis 14:00 Uhr"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("/", f"Wann {DATES} {TIMES} Wo"),
        ("/zwei-tage/", f"Wann {DATES} {TIMES} Wo"),
        ("/zwei-tage/anmeldung/", f"{DATES} Deutsches Brennstoffinstitut"),
        ("/zwei-tage/livestream/", f"{DATES} Deutsches Brennstoffinstitut"),
    ],
)
def test_every_page_names_both_days(client: Client, two_days: Event, url: str, words: str) -> None:
    assert words in words_of(client.get(url).content.decode())


def test_a_card_names_both_days(client: Client, two_days: Event) -> None:
    factories.an_open_event(first_day=FIRST - timedelta(days=7))
    assert f"{DATES}, Freiberg" in words_of(client.get("/").content.decode())


def test_what_machines_read_of_both_days(client: Client, two_days: Event) -> None:
    assert f'content="{two_days.title}, {DATES}, ' in client.get("/zwei-tage/").content.decode()
    assert f'name="description" content="{two_days.title}, {DATES}, Freiberg"' in (
        client.get("/zwei-tage/anmeldung/").content.decode()
    )


def test_the_preview_has_another_address_once_the_last_day_is_another(client: Client, two_days: Event) -> None:
    def address() -> list[str]:
        return re.findall(r"vorschau\.png\?v=\w+", client.get("/zwei-tage/").content.decode())

    before = address()
    two_days.ends_at += timedelta(days=1)
    two_days.save()
    assert address() != before
    assert client.get(f"/zwei-tage/{before[0]}").status_code == 200


def test_own_page_and_mail_name_days_and_day_of_the_workshop(client: Client, two_days: Event) -> None:
    bob = factories.registered(two_days, number=4, now=two_days.registration_closes_at)
    page = words_of(client.get(bob.get_absolute_url()).content.decode())
    assert f"Wann {DATES} {TIMES}" in page
    assert "4. Sprache im Betrieb Freitag, 29. Januar, 9:15 – 10:45 Uhr, Raum: E 1" in page
    assert "Sie sind angemeldet. Ihr Platz ist reserviert." in page
    mail = factories.read(OutgoingMail.objects.get(registration=bob))
    assert f"{DATES} ({TIMES})" in mail
    assert "4. Sprache im Betrieb (Freitag, 29. Januar, 9:15 – 10:45 Uhr, Raum: E 1)" in mail


@pytest.mark.parametrize(
    ("starts", "ends", "days"),
    [
        ("0:00", "1:00", 2),
        ("0:00", "3:59", 2),
        ("0:30", "4:00", 3),  # so long a night is a day of its own, for its slots as for the event
    ],
)
def test_a_night_is_no_day(two_days: Event, starts: str, ends: str, days: int) -> None:
    hours = [
        make_aware(datetime.combine(FIRST + timedelta(2), time.fromisoformat(f"{clock:0>5}")))
        for clock in (starts, ends)
    ]
    two_days.ends_at = hours[1]
    two_days.save()
    two_days.slots.create(kind="break", title="Ausklang an der Bar", starts_at=hours[0], ends_at=hours[1])
    assert len(two_days.days) == (two_days.last_day - two_days.first_day).days + 1 == days
    assert len(programme_of(two_days).days) == days
    assert two_days.days[-1][1] == two_days.ends_at


def test_what_begins_in_the_first_night_belongs_to_the_first_day(two_days: Event) -> None:
    two_days.starts_at = make_aware(datetime.combine(FIRST, time(0, 30)))
    two_days.save()
    two_days.slots.create(
        kind="break", title="Sternwarte", starts_at=two_days.starts_at, ends_at=two_days.starts_at + timedelta(hours=1)
    )
    assert [localtime(starts).date() for starts, _ends in two_days.days] == [FIRST, FIRST + timedelta(1)]


def test_slots_that_count_their_workshops_come_in_order(event: Event) -> None:
    """A query that groups forgets the order of its model."""
    with CaptureQueriesContext(connection) as queries:
        [found] = Event.objects.prefetch_related(slots_with_tracks())
    assert "GROUP BY" in queries[1]["sql"]
    assert "ORDER BY" in queries[1]["sql"]
    assert list(found.slots.all()) == sorted(
        event.slots.all(), key=lambda slot: (slot.starts_at, slot.ends_at, slot.pk)
    )

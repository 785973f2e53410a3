"""The calendar entry: RFC 5545, RFC 5546, RFC 7986, line by line (I1 to I15)."""

import ctypes
import ctypes.util
import io
import re
from base64 import b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, cast
from wsgiref.util import setup_testing_defaults
from zoneinfo import ZoneInfo

import pytest
import vobject
from django.db.models import F
from django.test import Client
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar, Timezone
from pytest_django import DjangoAssertNumQueries
from radicale import config as radicale_config
from radicale.app import Application

from events import calendar, eventfile
from events.models import Event
from registration import booking
from registration.calendar import own_entry
from registration.models import OutgoingMail, Registration
from tests import factories

SITE = "https://fachtag.example.org"
BERLIN = ZoneInfo("Europe/Berlin")


def unfolded(content: bytes) -> list[str]:
    """The content lines of a calendar (RFC 5545, 3.1)."""
    return content.replace(b"\r\n ", b"").decode().split("\r\n")


def values(content: bytes, name: str) -> list[str]:
    """What stands behind a property, with its parameters."""
    return [line[len(name) + 1 :] for line in unfolded(content) if re.match(rf"{name}[;:]", line)]


def test_it_works(client: Client, event: Event) -> None:
    response = client.get("/fachtag-demo/kalender.ics")
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="fachtag-demo.ics"'
    assert values(response.content, "SUMMARY") == ["6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen"]


def test_i1_every_line_ends_with_crlf(event: Event) -> None:
    content = calendar.entry(event, SITE)
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert content.replace(b"\r\n", b"").count(b"\n") == content.replace(b"\r\n", b"").count(b"\r") == 0


def test_i2_lines_have_75_octets_and_break_between_letters(event: Event) -> None:
    event.title = "Ä" * 200
    content = calendar.entry(event, SITE)
    lines = content.split(b"\r\n")
    assert max(len(line) for line in lines) <= 75
    assert [line.decode() for line in lines]  # no letter is cut in two
    assert values(content, "SUMMARY") == ["Ä" * 200]


def test_i3_what_a_calendar_must_have(event: Event) -> None:
    content = calendar.entry(event, SITE)
    assert values(content, "PRODID") == ["-//Fachtag//Fachtag//DE"]
    assert values(content, "VERSION") == ["2.0"]
    assert values(content, "METHOD") == ["PUBLISH"]
    assert len(values(content, "UID")) == len(values(content, "DTSTAMP")) == 1


def test_i4_the_uid_stays_and_is_the_same_everywhere(client: Client, event: Event) -> None:
    bob = factories.registered(event)
    before = values(client.get("/fachtag-demo/kalender.ics").content, "UID")
    feed = values(client.get("/kalender.ics", headers={"host": "localhost"}).content, "UID")
    own = values(own_entry(bob), "UID")
    mail = OutgoingMail.objects.get(registration=bob)
    event.slug, event.starts_at = "umgezogen", event.starts_at + timedelta(hours=1)
    event.save()
    after = values(client.get("/umgezogen/kalender.ics", headers={"host": "127.0.0.1"}).content, "UID")
    assert before == feed == after == [str(event.uid)]
    bob.refresh_from_db()
    page = values(client.get(bob.get_absolute_url() + "kalender.ics").content, "UID")
    assert own == page == values(attachment(mail), "UID") == values(own_entry(bob), "UID")


def test_i4_colleagues_who_share_a_calendar_do_not_overwrite_each_other(event: Event, bob: Registration) -> None:
    charlie = factories.registered(event, factories.CHARLIE)
    uids = {str(event.uid), *values(own_entry(bob), "UID"), *values(own_entry(charlie), "UID")}
    assert len(uids) == 3


def test_i4_what_takes_an_entry_back_has_its_uid(event: Event, bob: Registration) -> None:
    booking.cancel(bob, bob.registered_at)
    confirmed, cancelled = (attachment(mail) for mail in OutgoingMail.objects.filter(registration=bob).order_by("pk"))
    assert values(cancelled, "STATUS") == ["CANCELLED"]
    assert values(cancelled, "UID") == values(confirmed, "UID")


def test_i4_who_registers_again_has_another_entry(event: Event, bob: Registration) -> None:
    booking.cancel(bob, bob.registered_at)
    assert values(own_entry(factories.registered(event)), "UID") != values(own_entry(bob), "UID")


def test_i4_each_day_has_a_uid_that_stays(db: None) -> None:
    event = factories.a_two_day_event()
    bob = factories.registered(event)
    first, second = values(calendar.entry(event, SITE), "UID")
    mine = values(own_entry(bob), "UID")
    assert first == str(event.uid)
    assert len({first, second, *mine}) == 4
    event.slug = "umgezogen"
    event.starts_at, event.ends_at = event.starts_at + timedelta(days=7), event.ends_at + timedelta(days=7)
    for slot in event.slots.all():
        slot.starts_at, slot.ends_at = slot.starts_at + timedelta(days=7), slot.ends_at + timedelta(days=7)
        slot.save()
    event.save()
    bob.event = event
    assert values(calendar.entry(event, SITE), "UID") == [first, second]
    assert values(own_entry(bob), "UID") == mine


def test_a_day_has_an_entry_from_its_first_slot_to_its_last(db: None) -> None:
    event = factories.a_two_day_event(first_day=date(2027, 1, 28))
    content = calendar.entry(event, SITE)
    berlin = "TZID=Europe/Berlin:"
    assert values(content, "DTSTART")[2:] == [f"{berlin}20270128T083000", f"{berlin}20270129T090000"]
    assert values(content, "DTEND") == [f"{berlin}20270128T213000", f"{berlin}20270129T140000"]
    assert values(content, "SUMMARY") == [event.title] * 2


def test_a_day_ends_with_what_ends_last(db: None) -> None:
    event = factories.a_two_day_event(first_day=date(2027, 1, 28))
    exhibition = event.slots.get(kind="arrival")
    exhibition.ends_at = exhibition.starts_at.replace(hour=21)
    exhibition.save()
    assert values(calendar.entry(event, SITE), "DTEND")[0] == "TZID=Europe/Berlin:20270128T223000"


def test_a_day_without_a_programme_has_no_entry(db: None) -> None:
    event = factories.a_two_day_event(first_day=date(2027, 1, 28))
    event.slots.filter(starts_at__gte=event.starts_at + timedelta(hours=12)).update(
        starts_at=F("starts_at") + timedelta(days=1), ends_at=F("ends_at") + timedelta(days=1)
    )
    event.ends_at += timedelta(days=1)
    event.save()
    ends = values(calendar.entry(event, SITE), "DTEND")
    assert [end[-15:-7] for end in ends] == ["20270128", "20270130"]


def test_a_day_that_is_taken_away_leaves_the_feed(client: Client, db: None) -> None:
    event = factories.a_two_day_event()
    assert values(client.get("/kalender.ics").content, "UID")[0] == str(event.uid)
    for slot in event.slots.filter(starts_at__gte=event.starts_at + timedelta(hours=12)):
        slot.delete()
    assert values(client.get("/kalender.ics").content, "UID") == [str(event.uid)]


def test_days_whose_programme_is_not_known_are_taken_whole(db: None) -> None:
    event = factories.a_two_day_event(first_day=date(2027, 1, 28))
    event.slots.all().delete()
    content = calendar.entry(event, SITE)
    assert values(content, "UID") == [str(event.uid)]
    assert values(content, "DTSTART")[2:] == ["VALUE=DATE:20270128"]
    assert values(content, "DTEND") == ["VALUE=DATE:20270130"]


def test_an_evening_that_ends_in_the_night_is_one_day(event: Event) -> None:
    event.ends_at = event.starts_at + timedelta(hours=16)  # 0:30
    assert values(calendar.entry(event, SITE), "UID") == [str(event.uid)]
    assert not event.has_several_days


def test_a_cancelled_event_is_cancelled_on_all_of_its_days(db: None) -> None:
    event = factories.a_two_day_event()
    event.status = Event.Status.CANCELLED
    event.save()
    assert values(calendar.entry(event, SITE), "STATUS") == ["CANCELLED"] * 2


def test_an_entry_names_the_workshop_with_its_day_time_and_room(db: None) -> None:
    event = factories.a_two_day_event(first_day=date(2027, 1, 28))
    bob = factories.registered(event, number=4, now=event.registration_closes_at)
    both = values(own_entry(bob), "DESCRIPTION")
    notes = r"Ihr Workshop: 4. Sprache im Betrieb\n\nFreitag\, 29. Januar\, 9:15 – 10:45 Uhr\, Raum: E 1\n\n"
    assert [notes in description for description in both] == [True, True]
    assert [description.startswith("Ihr Workshop: 1. ") for description in both] == [True, True]


def test_the_feed_asks_for_all_slots_at_once(
    client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    factories.a_two_day_event()
    with django_assert_num_queries(2):  # the events, their slots
        client.get("/kalender.ics")
    factories.a_two_day_event("zwei-tage-2")
    factories.a_two_day_event("zwei-tage-3")
    with django_assert_num_queries(2):
        content = client.get("/kalender.ics", headers={"host": "localhost"}).content
    assert len(values(content, "UID")) == 6


def attachment(mail: OutgoingMail) -> bytes:
    message = message_from_bytes(factories.mime(mail), policy=default)
    [entry] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    content = entry.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def test_i5_the_stamp_is_the_last_change(event: Event) -> None:
    assert calendar.entry(event, SITE) == calendar.entry(Event.objects.get(pk=event.pk), SITE)
    stamp = event.changed_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    assert values(calendar.entry(event, SITE), "DTSTAMP") == [stamp]
    assert values(calendar.entry(event, SITE), "LAST-MODIFIED") == [stamp]


@pytest.mark.parametrize(
    ("change", "raised"),
    [
        ({"title": "Ein anderer Titel"}, 0),
        ({"teaser": "Neu"}, 0),
        ({"starts_at": datetime(2026, 12, 1, 7, tzinfo=UTC)}, 1),
        ({"ends_at": datetime(2099, 1, 1, tzinfo=UTC)}, 1),
        ({"status": "cancelled"}, 1),
        ({"status": "postponed"}, 1),
    ],
)
def test_i6_sequence_rises_with_time_and_status(event: Event, change: dict[str, Any], raised: int) -> None:
    assert event.sequence == 0
    for name, value in change.items():
        setattr(event, name, value)
    event.registration_closes_at = event.starts_at - timedelta(days=1)
    event.save()
    event.save()
    assert Event.objects.get().sequence == raised


def test_i6_sequence_rises_with_the_place(event: Event) -> None:
    factories.venue(event, arrival="Bus 5")
    assert Event.objects.get().sequence == 0
    factories.venue(event, street="Markt 1")
    factories.venue(event).save()
    assert Event.objects.get().sequence == 1


def test_i6_sequence_rises_with_the_length_of_a_day(db: None) -> None:
    event = factories.a_two_day_event()

    def raised(change: Callable[[], object]) -> int:
        before = Event.objects.get().sequence
        change()
        return Event.objects.get().sequence - before

    talk, last = event.slots.get(title="Was Zahlen sagen"), event.slots.latest("ends_at")
    talk.room, talk.starts_at = "Saal 3", talk.starts_at + timedelta(minutes=5)
    assert raised(talk.save) == 0
    last.ends_at += timedelta(hours=1)
    assert raised(last.save) == 1
    assert raised(talk.delete) == 0
    assert raised(last.delete) == 1
    new = {"starts_at": last.starts_at, "ends_at": last.ends_at, "kind": "closing", "title": "Doch ein Abschluss"}
    assert raised(lambda: event.slots.create(**new)) == 1


def test_i6_an_event_from_a_file_begins_at_0(db: None) -> None:
    two_days = factories.EXAMPLE.read_bytes().replace(b"ends_at = 16:00:00\nreg", b"ends_at = 2021-10-08T15:00:00\nreg")
    assert (eventfile.save(eventfile.parse(two_days))[0]).has_several_days
    assert Event.objects.get().sequence == 0


def test_i6_publishing_a_draft_raises_nothing(event: Event) -> None:
    draft = factories.an_open_event("entwurf")
    Event.objects.filter(pk=draft.pk).update(status="draft", sequence=0)
    draft.refresh_from_db()
    draft.status = Event.Status.PUBLISHED
    draft.save()
    assert draft.sequence == 0


def test_i7_a_cancelled_event_stays_in_the_feed(client: Client, event: Event) -> None:
    event.status = Event.Status.CANCELLED
    event.save()
    content = client.get("/kalender.ics").content
    assert values(content, "STATUS") == ["CANCELLED"]
    assert values(content, "SEQUENCE") == ["1"]
    assert values(content, "UID") == [str(event.uid)]


def test_i8_local_time_with_a_right_vtimezone(past_event: Event) -> None:
    content = calendar.entry(past_event, SITE)
    assert values(content, "DTSTART")[-1:] == ["TZID=Europe/Berlin:20211007T083000"]
    assert values(content, "DTEND") == ["TZID=Europe/Berlin:20211007T160000"]
    text = "\n".join(unfolded(content))
    daylight = text[text.index("BEGIN:DAYLIGHT") : text.index("END:DAYLIGHT")]
    standard = text[text.index("BEGIN:STANDARD") : text.index("END:STANDARD")]
    assert "T020000\n" in daylight
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in daylight
    assert "T030000\n" in standard
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in standard


@pytest.mark.parametrize("day", [date(2027, 3, 26), date(2027, 3, 30), date(2027, 10, 29), date(2027, 11, 2)])
def test_i8_the_vtimezone_agrees_with_the_tz_database(day: date) -> None:
    """A client computes with the rules of the file, not with the name of the zone."""
    component = Calendar.from_ical(calendar._BERLIN.to_ical())
    zone = cast(Timezone, component).to_tz(lookup_tzid=False)
    moment = datetime(day.year, day.month, day.day, 12)
    assert zone.utcoffset(moment) == moment.replace(tzinfo=BERLIN).utcoffset()


def test_i9_a_title_cannot_bring_properties_along(event: Event) -> None:
    event.title = "A; B, C\\D\r\nATTENDEE:mailto:x@example.org\x00\x07\nEND:VEVENT"
    content = calendar.entry(event, SITE)
    assert values(content, "SUMMARY") == [r"A\; B\, C\\D\nATTENDEE:mailto:x@example.org\nEND:VEVENT"]
    assert values(content, "ATTENDEE") == []
    assert unfolded(content).count("END:VEVENT") == 1


def test_i10_the_feed_says_when_to_come_back(client: Client, event: Event) -> None:
    response = client.get("/kalender.ics")
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert values(response.content, "REFRESH-INTERVAL") == ["VALUE=DURATION:PT6H"]
    assert values(response.content, "X-PUBLISHED-TTL") == ["PT6H"]
    assert values(response.content, "NAME") == values(response.content, "X-WR-CALNAME") == ["Fachtage"]


def test_i11_the_livestream(event: Event) -> None:
    """Our address of it, which holds whatever the organiser still decides, and tells nothing before its time."""
    event.livestream_url = "https://stream.example.org/a;b,c"
    content = calendar.entry(event, SITE)
    ours = f"{SITE}/fachtag-demo/livestream/"
    assert values(content, "CONFERENCE") == [f"FEATURE=VIDEO;LABEL=Livestream;VALUE=URI:{ours}"]
    assert f"Livestream: {ours}" in values(content, "DESCRIPTION")[0]
    assert b"stream.example.org" not in content


@pytest.mark.parametrize("address", ["/fachtag-demo/kalender.ics", "/kalender.ics"])
def test_i12_an_unchanged_calendar_is_answered_with_304(client: Client, event: Event, address: str) -> None:
    etag = client.get(address)["ETag"]
    assert client.get(address, headers={"if-none-match": etag}).status_code == 304
    Event.objects.update(changed_at=event.changed_at - timedelta(days=1))
    assert client.get(address, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("delete", [False, True])
@pytest.mark.parametrize("part", ["venue", "organiser", "slot", "workshop", "contribution", "lead", "speaker"])
def test_i5_a_change_of_any_part_is_a_change_of_the_event(event: Event, part: str, delete: bool) -> None:
    slot, workshop = event.slots.get(kind="panel"), event.workshops.get(number=1)
    found: Any = {
        "venue": event.venue,
        "organiser": event.organiser,
        "slot": slot,
        "workshop": workshop,
        "contribution": slot.contributions.all()[0],
        "lead": workshop.contributions.all()[0],
        "speaker": slot.contributions.all()[0].speaker,
    }[part]
    if delete and part in {"venue", "organiser", "speaker"}:
        pytest.skip("the database protects it")
    long_ago = event.changed_at - timedelta(days=1)
    Event.objects.update(changed_at=long_ago)
    found.delete() if delete else found.save()
    assert Event.objects.get().changed_at > long_ago


def test_i12_the_overview_offers_the_feed(client: Client, event: Event) -> None:
    page = client.get("/").content.decode()
    assert 'href="webcal://127.0.0.1:8000/kalender.ics"' in page
    assert ">http://127.0.0.1:8000/kalender.ics</a>" in page


def test_i13_nobody_gets_mail_from_a_calendar(event: Event, bob: Registration) -> None:
    for content in (calendar.entry(event, SITE), calendar.feed([event], SITE, "Fachtage"), own_entry(bob)):
        assert values(content, "ORGANIZER") == values(content, "ATTENDEE") == []
        contact = "Landratsamt Mittelsachsen, integration@landkreis-mittelsachsen.de, +49 (0) 3731 / 799 3683"
        assert values(content, "CONTACT") == [contact.replace(",", r"\,")]
        assert str(bob.token).encode() not in content
        assert "Müller" not in "".join(unfolded(content))


def test_i14_place_and_address(event: Event) -> None:
    factories.venue(event, latitude=Decimal("50.9266"), longitude=Decimal("13.3312"))
    content = calendar.entry(event, SITE)
    assert values(content, "LOCATION") == [
        r"Deutsches Brennstoffinstitut (DBI)\, Halsbrücker Straße 34\, 09599 Freiberg"
    ]
    assert values(content, "GEO") == ["50.9266;13.3312"]
    assert values(content, "URL") == ["https://fachtag.example.org/fachtag-demo/"]
    assert values(content, "CATEGORIES") == ["Fachtag"]
    assert b"VALARM" not in content


def test_i15_only_who_has_a_seat_gets_a_confirmed_entry(event: Event, bob: Registration) -> None:
    assert values(own_entry(bob), "STATUS") == ["CONFIRMED"]
    assert "2. Darf es etwas mehr als Folklore sein?" in values(own_entry(bob), "DESCRIPTION")[0]
    factories.workshop(event, 2, capacity=1)
    waiting = factories.registered(event, factories.CHARLIE, waiting=True)
    assert values(own_entry(waiting), "STATUS") == ["TENTATIVE"]
    booking.cancel(waiting, waiting.registered_at)
    waiting.refresh_from_db()
    assert values(own_entry(waiting), "STATUS") == ["CANCELLED"]
    assert values(own_entry(waiting), "SEQUENCE") == ["1"]


def test_a_draft_has_no_entry(client: Client, event: Event) -> None:
    factories.an_open_event("entwurf", status="draft")
    assert client.get("/entwurf/kalender.ics").status_code == 404
    assert values(client.get("/kalender.ics").content, "UID") == [str(event.uid)]


# It must read the same in parsers that nobody here wrote.

Reading = dict[str, Any]


def with_vobject(content: bytes) -> list[Reading]:
    parsed = vobject.readOne(content.decode())
    return [
        {
            "uid": entry.uid.value,
            "title": entry.summary.value,
            "starts": entry.dtstart.value.astimezone(UTC),
            "ends": entry.dtend.value.astimezone(UTC),
            "place": entry.location.value,
            "description": entry.description.value,
            "sequence": int(entry.sequence.value),
            "status": entry.status.value,
        }
        for entry in parsed.vevent_list
    ]


def with_ical(content: bytes) -> list[Reading]:
    parsed = IcsCalendarStream.calendar_from_ics(content.decode())
    return [
        {
            "uid": entry.uid,
            "title": entry.summary,
            "starts": cast(datetime, entry.dtstart).astimezone(UTC),
            "ends": cast(datetime, entry.dtend).astimezone(UTC),
            "place": entry.location,
            "description": entry.description,
            "sequence": entry.sequence,
            "status": entry.status and entry.status.value,
        }
        for entry in parsed.events
    ]


def with_libical(content: bytes) -> list[Reading]:
    """The C library of Evolution, KOrganizer and once Thunderbird."""
    library = ctypes.CDLL(ctypes.util.find_library("ical") or "libical.so.3")
    for name in ("icalparser_parse_string", "icalcomponent_get_first_component", "icalcomponent_get_next_component"):
        getattr(library, name).restype = ctypes.c_void_p
    for name in ("uid", "summary", "location", "description"):
        getattr(library, f"icalcomponent_get_{name}").restype = ctypes.c_char_p
    library.icaltime_as_timet_with_zone.restype = ctypes.c_long

    class Time(ctypes.Structure):
        _fields_ = [(name, ctypes.c_int) for name in ("year", "month", "day", "hour", "minute", "second", "a", "b")] + [
            ("zone", ctypes.c_void_p)
        ]

    library.icalcomponent_get_dtstart.restype = library.icalcomponent_get_dtend.restype = Time
    vevent = library.icalcomponent_string_to_kind(b"VEVENT")
    root = ctypes.c_void_p(library.icalparser_parse_string(content))
    assert library.icalcomponent_count_errors(root) == 0
    statuses = {"CONFIRMED": b"CONFIRMED", "CANCELLED": b"CANCELLED", "TENTATIVE": b"TENTATIVE"}
    library.icalproperty_enum_to_string.restype = ctypes.c_char_p

    def utc(time: Any) -> datetime:
        local = datetime(time.year, time.month, time.day, time.hour, time.minute, time.second)
        zone = ctypes.c_void_p(time.zone)
        library.icaltimezone_get_utc_offset.argtypes = [ctypes.c_void_p, ctypes.POINTER(Time), ctypes.c_void_p]
        offset = library.icaltimezone_get_utc_offset(zone, ctypes.byref(time), None)
        return (local - timedelta(seconds=offset)).replace(tzinfo=UTC)

    readings = []
    pointer = library.icalcomponent_get_first_component(root, vevent)
    while pointer:
        entry = ctypes.c_void_p(pointer)
        status = library.icalproperty_enum_to_string(library.icalcomponent_get_status(entry))
        assert status in statuses.values()
        readings.append(
            {
                "uid": library.icalcomponent_get_uid(entry).decode(),
                "title": library.icalcomponent_get_summary(entry).decode(),
                "starts": utc(library.icalcomponent_get_dtstart(entry)),
                "ends": utc(library.icalcomponent_get_dtend(entry)),
                "place": library.icalcomponent_get_location(entry).decode(),
                "description": library.icalcomponent_get_description(entry).decode(),
                "sequence": library.icalcomponent_get_sequence(entry),
                "status": status.decode(),
            }
        )
        pointer = library.icalcomponent_get_next_component(root, vevent)
    return readings


@pytest.mark.parametrize("own", [False, True])
def test_three_parsers_read_both_days(db: None, own: bool) -> None:
    event = factories.a_two_day_event()
    content = own_entry(factories.registered(event)) if own else calendar.entry(event, SITE)
    readings = with_vobject(content)
    assert readings == with_ical(content) == with_libical(content)
    assert [(reading["starts"], reading["ends"]) for reading in readings] == event.days
    assert len(readings) == 2


def test_parsers_read_days_without_times(db: None) -> None:
    event = factories.a_two_day_event()
    event.slots.all().delete()
    content = calendar.entry(event, SITE)
    [one] = vobject.readOne(content.decode()).vevent_list
    [other] = IcsCalendarStream.calendar_from_ics(content.decode()).events
    days = (event.first_day, event.last_day + timedelta(days=1))
    assert (one.dtstart.value, one.dtend.value) == days
    assert (other.dtstart, other.dtend) == days


@pytest.mark.parametrize("kind", ["entry", "feed", "own"])
def test_three_parsers_read_the_same(event: Event, bob: Registration, past_event: Event, kind: str) -> None:
    content = {
        "entry": lambda: calendar.entry(event, SITE),
        "feed": lambda: calendar.feed([event, past_event], SITE, "Fachtage"),
        "own": lambda: own_entry(bob),
    }[kind]()
    readings = with_vobject(content)
    assert len(readings) == (2 if kind == "feed" else 1)
    assert readings == with_ical(content) == with_libical(content)
    assert readings[0]["title"] == event.title
    assert readings[0]["starts"] == event.starts_at
    assert readings[0]["ends"] == event.ends_at
    assert readings[0]["place"] == "Deutsches Brennstoffinstitut (DBI), Halsbrücker Straße 34, 09599 Freiberg"


def test_a_caldav_server_takes_it(event: Event, tmp_path: Path) -> None:
    """Radicale stores the entry through PUT and gives it back."""
    settings = radicale_config.load()
    settings.update(
        {
            "storage": {"filesystem_folder": str(tmp_path)},
            "auth": {"type": "none"},
            "rights": {"type": "authenticated"},
            "logging": {"level": "critical"},
        },
        "test",
        privileged=True,
    )
    server = Application(settings)

    def ask(method: str, path: str, body: bytes = b"") -> tuple[str, bytes]:
        answers: list[str] = []
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "CONTENT_TYPE": "text/calendar",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_AUTHORIZATION": "Basic " + b64encode(b"alice:any").decode(),
            "wsgi.input": io.BytesIO(body),
            "SERVER_PROTOCOL": "HTTP/1.1",
        }
        setup_testing_defaults(environ)
        chunks = server(environ, lambda status, *_rest: answers.append(status))
        return answers[0], b"".join(chunks)

    assert ask("PROPFIND", "/alice/")[0] == "207 Multi-Status"  # makes Alice's folder
    assert ask("MKCALENDAR", "/alice/fachtag/")[0] == "201 Created"
    status, _body = ask("PUT", "/alice/fachtag/a.ics", calendar.entry(event, SITE).replace(b"METHOD:PUBLISH\r\n", b""))
    assert status == "201 Created"
    status, body = ask("GET", "/alice/fachtag/a.ics")
    assert status == "200 OK"
    assert with_vobject(body) == with_vobject(calendar.entry(event, SITE))


def test_a_mailed_entry_says_all_that_the_download_does(client: Client, event: Event) -> None:
    """What a mail freezes goes through JSON, which knows no pairs of numbers."""
    factories.venue(event, latitude="50.926600", longitude="13.331200")
    bob = factories.registered(event)
    mailed = attachment(OutgoingMail.objects.get(registration=bob))
    assert values(mailed, "GEO") == ["50.9266;13.3312"]
    assert mailed == client.get(bob.get_absolute_url() + "kalender.ics").content

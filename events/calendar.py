"""Events as iCalendar (RFC 5545, RFC 5546, RFC 7986): objects in, bytes out; no request, no settings, no clock.

The UID rule: the entry of an event has `Event.uid`, a UUID made once (RFC 7986, 5.3), the same in the download and in
the feed, so that a calendar replaces what it already has; that of a guest has one of the registration's, because two
colleagues may share a calendar. An event of several days has an entry for each: the first with that UID, each other
one with a UID made of it and of which day it is, counted from the first that has a programme. None depends on times,
slug or host. Where an event gets shorter, its last entry leaves the feed; an entry that was downloaded or mailed stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypedDict
from uuid import UUID, uuid5

from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from icalendar import Calendar, Component, vDuration, vText, vUri
from icalendar import Event as Entry

from events.models import Event
from events.plaintext import paragraphs
from events.wording import deadline, place

CONTENT_TYPE = "text/calendar; charset=utf-8"

# How often subscribed calendars may ask again.
REFRESH = timedelta(hours=6)

# icalendar generates onsets that are wrong for Berlin, so the rules of the EU since 1996 stand here as they are.
_BERLIN = Component.from_ical(
    "\r\n".join(
        (
            "BEGIN:VTIMEZONE",
            "TZID:Europe/Berlin",
            "BEGIN:DAYLIGHT",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "TZNAME:CEST",
            "DTSTART:19700329T020000",
            "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU",
            "END:DAYLIGHT",
            "BEGIN:STANDARD",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "TZNAME:CET",
            "DTSTART:19701025T030000",
            "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",
            "END:STANDARD",
            "END:VTIMEZONE",
            "",
        )
    )
)

_STATUS = {
    Event.Status.DRAFT: "TENTATIVE",
    Event.Status.PUBLISHED: "CONFIRMED",
    Event.Status.POSTPONED: "TENTATIVE",
    Event.Status.CANCELLED: "CANCELLED",
}


@dataclass(frozen=True)
class Own:
    """What a guest's own entry says besides: the UID of the registration's, the guest's STATUS (CONFIRMED, TENTATIVE,
    CANCELLED), how many changes the guest made on top of the event's, when the last one was, paragraphs to put before
    the description, and whether the guest follows the livestream and need go nowhere."""

    uid: UUID
    status: str
    sequence: int
    changed_at: datetime
    notes: list[str]
    livestream: bool = False


class Facts(TypedDict):
    """What the entry of an event says, as plain values that JSON has too; what is empty is not said."""

    days: list[tuple[str, str, str]]  # UID, and from when to when, in ISO 8601: moments, or days and the day after
    stamp: str
    sequence: int
    status: str
    summary: str
    location: str
    geo: tuple[float, float] | None
    description: str
    url: str
    contact: str
    livestream: str


def entry(event: Event, site_url: str) -> bytes:
    """One event as a calendar of its own; `site_url` has no slash at its end."""
    return written(facts(event, site_url))


def feed(events: Iterable[Event], site_url: str, name: str) -> bytes:
    """All these events as one calendar to subscribe to, under this name."""
    calendar = _calendar()
    calendar["NAME"] = calendar["X-WR-CALNAME"] = vText(paragraphs(name))
    # icalendar would leave out VALUE=DURATION, which RFC 7986, 5.7 demands.
    calendar["REFRESH-INTERVAL"] = vDuration(REFRESH)
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"
    calendar["X-PUBLISHED-TTL"] = vDuration(REFRESH)
    for event in events:
        _add(calendar, facts(event, site_url))
    return bytes(calendar.to_ical())


def written(facts: Facts) -> bytes:
    """The entry as a calendar of its own."""
    calendar = _calendar()
    _add(calendar, facts)
    return bytes(calendar.to_ical())


def facts(event: Event, site_url: str, own: Own | None = None) -> Facts:
    """What the entry says now, a guest's if `own` is given."""
    organiser = event.organiser
    contact = ", ".join(filter(None, (organiser.name, organiser.email, organiser.phone)))
    changed = max(event.changed_at, own.changed_at if own else event.changed_at)
    livestream = site_url + event.get_livestream_url() if event.has_livestream else ""
    location, geo = _where(event, site_url, own)
    return {
        "days": _days(event, own.uid if own else event.uid),
        "stamp": changed.astimezone(UTC).replace(microsecond=0).isoformat(),
        "sequence": event.sequence + (own.sequence if own else 0),
        "status": _status(event, own.status if own else None),
        "summary": paragraphs(event.title),
        "location": location,
        "geo": geo,
        "description": paragraphs("\n\n".join(filter(None, _description(event, site_url, contact, livestream, own)))),
        "url": site_url + event.get_absolute_url(),
        "contact": paragraphs(contact),
        "livestream": livestream,
    }


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", "-//Fachtag//Fachtag//DE")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add_component(_BERLIN)
    return calendar


def _days(event: Event, uid: UUID) -> list[tuple[str, str, str]]:
    """One entry for each day of the event; days whose programme is not known yet are taken whole, as one."""
    spans: list[tuple[date, date]] = [(localtime(starts_at), localtime(ends_at)) for starts_at, ends_at in event.days]
    spans = spans or [(event.first_day, event.last_day + timedelta(days=1))]
    return [
        (str(uuid5(uid, f"day {number}") if number else uid), starts.isoformat(), ends.isoformat())
        for number, (starts, ends) in enumerate(spans)
    ]


def _add(calendar: Calendar, facts: Facts) -> None:
    for uid, starts, ends in facts["days"]:
        component = _component(facts)
        component.add("UID", uid)
        component.add("DTSTART", _moment_or_day(starts))
        component.add("DTEND", _moment_or_day(ends))
        calendar.add_component(component)


def _moment_or_day(text: str) -> date:
    return localtime(datetime.fromisoformat(text)) if "T" in text else date.fromisoformat(text)


def _component(facts: Facts) -> Entry:
    stamp = datetime.fromisoformat(facts["stamp"])
    component = Entry()
    component.add("DTSTAMP", stamp)
    component.add("LAST-MODIFIED", stamp)
    component.add("SEQUENCE", facts["sequence"])
    component.add("STATUS", facts["status"])
    component.add("SUMMARY", facts["summary"])
    if facts["location"]:
        component.add("LOCATION", facts["location"])
    if facts["geo"]:
        component.add("GEO", tuple(facts["geo"]))  # what was frozen in a mail comes back from JSON as a list
    component.add("DESCRIPTION", facts["description"])
    component.add("URL", facts["url"])
    component.add("CONTACT", facts["contact"])
    component.add("CATEGORIES", ["Fachtag"])
    if facts["livestream"]:
        parameters = {"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Livestream"}
        component["CONFERENCE"] = vUri(facts["livestream"], params=parameters)
    return component


def _where(event: Event, site_url: str, own: Own | None) -> tuple[str, tuple[float, float] | None]:
    """The place, and where on earth; the livestream's address for a guest who follows it, and nothing for an event that
    has no place."""
    venue = event.venue
    if venue is None:
        return "", None
    if own is not None and own.livestream:
        return site_url + event.get_livestream_url(), None
    if venue.latitude is None or venue.longitude is None:
        return paragraphs(place(venue)), None
    return paragraphs(place(venue)), (float(venue.latitude), float(venue.longitude))


def _status(event: Event, status: str | None) -> str:
    """The guest's state, unless the event itself says that nobody should come, or not on this day."""
    if status == "CANCELLED" or (status is not None and event.status == Event.Status.PUBLISHED):
        return status
    return _STATUS[Event.Status(event.status)]


def _description(event: Event, site_url: str, contact: str, livestream: str, own: Own | None) -> Iterable[str]:
    yield from own.notes if own else []
    yield event.teaser
    if own is None:
        yield _("Register by: %(date)s") % {"date": deadline(event.registration_closes_at)}
    if livestream:
        yield _("Livestream: %(url)s") % {"url": livestream}
    yield _("Contact: %(contact)s") % {"contact": contact}
    yield site_url + event.get_absolute_url()

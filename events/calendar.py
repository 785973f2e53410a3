"""Events as iCalendar (RFC 5545, RFC 5546, RFC 7986): objects in, bytes out; no request, no settings, no clock.

The UID rule: the entry of an event has `Event.uid`, a UUID made once (RFC 7986, 5.3), the same in the download and in
the feed, so that a calendar replaces what it already has; that of a guest has one of the registration's, because two
colleagues may share a calendar. An event of several days has an entry for each: the first with that UID, each other
one with a UID made of it and of which day it is, counted from the first that has a programme. None depends on times,
slug or host. Where an event gets shorter, its last entry leaves the feed; an entry that was downloaded or mailed stays.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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


def entry(event: Event, site_url: str, own: Own | None = None) -> bytes:
    """One event as a calendar of its own, a guest's if `own` is given; `site_url` has no slash at its end."""
    calendar = _calendar()
    for component in _entries(event, site_url, own):
        calendar.add_component(component)
    return bytes(calendar.to_ical())


def feed(events: Iterable[Event], site_url: str, name: str) -> bytes:
    """All these events as one calendar to subscribe to, under this name."""
    calendar = _calendar()
    calendar["NAME"] = calendar["X-WR-CALNAME"] = vText(paragraphs(name))
    # icalendar would leave out VALUE=DURATION, which RFC 7986, 5.7 demands.
    calendar["REFRESH-INTERVAL"] = vDuration(REFRESH)
    calendar["REFRESH-INTERVAL"].params["VALUE"] = "DURATION"
    calendar["X-PUBLISHED-TTL"] = vDuration(REFRESH)
    for event in events:
        for component in _entries(event, site_url):
            calendar.add_component(component)
    return bytes(calendar.to_ical())


def _calendar() -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", "-//Fachtag//Fachtag//DE")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "PUBLISH")
    calendar.add_component(_BERLIN)
    return calendar


def _entries(event: Event, site_url: str, own: Own | None = None) -> Iterator[Entry]:
    """One for each day of the event."""
    uid = own.uid if own else event.uid
    for number, (starts, ends) in enumerate(_spans(event)):
        component = _entry(event, site_url, own)
        component.add("UID", str(uuid5(uid, f"day {number}") if number else uid))
        component.add("DTSTART", starts)
        component.add("DTEND", ends)
        yield component


def _spans(event: Event) -> list[tuple[date, date]]:
    """From when to when it is on each day; days whose programme is not known yet are taken whole, as one."""
    spans: list[tuple[date, date]] = [(localtime(starts_at), localtime(ends_at)) for starts_at, ends_at in event.days]
    return spans or [(event.first_day, event.last_day + timedelta(days=1))]


def _entry(event: Event, site_url: str, own: Own | None) -> Entry:
    url = site_url + event.get_absolute_url()
    changed = max(event.changed_at, own.changed_at if own else event.changed_at)
    stamp = changed.astimezone(UTC).replace(microsecond=0)
    venue, organiser = event.venue, event.organiser
    contact = ", ".join(filter(None, (organiser.name, organiser.email, organiser.phone)))

    component = Entry()
    component.add("DTSTAMP", stamp)
    component.add("LAST-MODIFIED", stamp)
    component.add("SEQUENCE", event.sequence + (own.sequence if own else 0))
    component.add("STATUS", _status(event, own.status if own else None))
    component.add("SUMMARY", paragraphs(event.title))
    if venue is not None and own is not None and own.livestream:
        component.add("LOCATION", site_url + event.get_livestream_url())
    elif venue is not None:
        component.add("LOCATION", paragraphs(place(venue)))
        if venue.latitude is not None and venue.longitude is not None:
            component.add("GEO", (float(venue.latitude), float(venue.longitude)))
    component.add(
        "DESCRIPTION",
        paragraphs("\n\n".join(filter(None, _description(event, site_url, contact, own)))),
    )
    component.add("URL", url)
    component.add("CONTACT", paragraphs(contact))
    component.add("CATEGORIES", ["Fachtag"])
    if event.has_livestream:
        component["CONFERENCE"] = vUri(
            site_url + event.get_livestream_url(), params={"VALUE": "URI", "FEATURE": "VIDEO", "LABEL": "Livestream"}
        )
    return component


def _status(event: Event, status: str | None) -> str:
    """The guest's state, unless the event itself says that nobody should come, or not on this day."""
    if status == "CANCELLED" or (status is not None and event.status == Event.Status.PUBLISHED):
        return status
    return _STATUS[Event.Status(event.status)]


def _description(event: Event, site_url: str, contact: str, own: Own | None) -> Iterable[str]:
    yield from own.notes if own else []
    yield event.teaser
    if own is None:
        yield _("Register by: %(date)s") % {"date": deadline(event.registration_closes_at)}
    if event.has_livestream:
        yield _("Livestream: %(url)s") % {"url": site_url + event.get_livestream_url()}
    yield _("Contact: %(contact)s") % {"contact": contact}
    yield site_url + event.get_absolute_url()

"""How dates, times, places and seats read in German. Template tags, mails, calendar and admin all ask here."""

import re
from datetime import date, datetime
from functools import lru_cache

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from events.models import Event, RegistrationWindow, Slot, Venue, Workshop

# A space around a dash between times or before any other, within a date, an hour, a sum or an address, and before a
# number that counts.
_KEPT_TOGETHER = re.compile(
    r" (?=–)|(?<=\d –) (?=\d)|(?<=\d\.) (?=[^\W\d])|(?<=[^\W\d]) (?=\d{4}\b)|(?<=\d) (?=(?:Uhr|Stunden?|Tagen?)\b|€)"
    r"|(?<=Nummer) (?=\d)|(?<=\b\d{5}) (?=[^\W\d])"
)


def kept_together(text: str) -> str:
    """The text, in which no date or time breaks within itself, and no line begins with a dash."""
    return _KEPT_TOGETHER.sub("\xa0", text)


def _written(when: date, shape: str) -> str:
    """A local day or moment in this shape of `django.utils.dateformat`; the few that an event has, a page and a mail
    name over and over."""
    return _written_in(get_language(), when, shape)


@lru_cache(maxsize=1000)
def _written_in(language: str | None, when: date, shape: str) -> str:
    return date_format(when, shape)


def day(when: datetime) -> str:
    """The date with its weekday: Donnerstag, 7. Oktober 2021."""
    return _written(localtime(when), "l, j. F Y")


def day_and_month(when: datetime) -> str:
    """The date where the year is known: Donnerstag, 7. Oktober."""
    return _written(localtime(when), "l, j. F")


def clock(when: datetime) -> str:
    """The time of day: 8:30."""
    return _written(localtime(when), "G:i")


def moment(when: datetime) -> str:
    """The date and the time of day: Donnerstag, 7. Oktober 2021, 8:30 Uhr."""
    return _("%(day)s, %(time)s h") % {"day": day(when), "time": clock(when)}


def deadline(when: datetime) -> str:
    """The last moment: the date alone if the whole day counts, else with its time."""
    return moment(when) if last_hour(when) else day(when)


def until(when: datetime) -> str:
    """The last moment where there is little room: bis Fr., 15. Januar."""
    short = _written(localtime(when), _("D, j F"))
    return _("until %(moment)s") % {"moment": ", ".join(filter(None, (short, last_hour(when))))}


def last_hour(when: datetime) -> str:
    """The time of day of a deadline: 11:30 Uhr; empty where the whole day counts."""
    if localtime(when).strftime("%H:%M:%S") == "23:59:59":
        return ""
    return _("%(time)s h") % {"time": clock(when)}


def timespan(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when: 8:30 – 16:00 Uhr."""
    return f"{clock(starts_at)} – {_('%(time)s h') % {'time': clock(ends_at)}}"


def dates(event: Event) -> str:
    """The day of an event, or its first and its last: Donnerstag, 28. Januar, bis Freitag, 29. Januar 2027."""
    if not event.has_several_days:
        return day(event.starts_at)
    same_year = event.first_day.year == event.last_day.year
    return _("%(first)s, to %(last)s") % {
        "first": _written(event.first_day, "l, j. F" if same_year else "l, j. F Y"),
        "last": _written(event.last_day, "l, j. F Y"),
    }


def times(event: Event) -> str:
    """From when to when: 8:30 – 16:00 Uhr. Of several days: Donnerstag ab 9:00 Uhr, Freitag bis 15:00 Uhr."""
    if not event.has_several_days:
        return timespan(event.starts_at, event.ends_at)
    return _("%(first)s from %(begins)s h, %(last)s until %(ends)s h") % {
        "first": _written(event.first_day, "l"),
        "begins": clock(event.starts_at),
        "last": _written(event.last_day, "l"),
        "ends": clock(event.ends_at),
    }


def when(event: Event) -> str:
    """The days of an event, and its times."""
    return f"{dates(event)} ({times(event)})" if event.has_several_days else f"{dates(event)}, {times(event)}"


def place(venue: Venue | None) -> str:
    """The venue on one line, as somebody needs it who sets out; empty: nobody has to, because it is online only."""
    return "" if venue is None else f"{venue.name}, {venue.address}"


def where(event: Event) -> str:
    """Where an event is, in short: the name and the city of its venue, or that it is online."""
    return online() if event.venue is None else f"{event.venue.name}, {event.venue.city}"


def city(event: Event) -> str:
    """Where an event is, in a word."""
    return online() if event.venue is None else event.venue.city


def online() -> str:
    """What stands where a place would."""
    return _("Online")


def fee(event: Event) -> str:
    """What taking part costs, in the organiser's words or else as a number; empty: nothing."""
    if event.price and not event.fee:
        return f"{number_format(event.price, 2)}\xa0€"
    return event.fee


def beginning(event: Event) -> str:
    """When an event is, in short: Donnerstag, 7. Oktober 2021, 8:30, or its first and its last day."""
    return dates(event) if event.has_several_days else f"{day(event.starts_at)}, {clock(event.starts_at)}"


def begin_of(slot: Slot, event: Event) -> str:
    """When a slot of the event begins, with its weekday where there are several days: Freitag, 9:15."""
    begin = clock(slot.starts_at)
    return f"{_written(localtime(slot.starts_at), 'l')}, {begin}" if event.has_several_days else begin


def time_of(slot: Slot, event: Event) -> str:
    """When a slot of the event is, with its day where there are several: Freitag, 29. Januar, 13:15 – 15:00 Uhr."""
    times = timespan(slot.starts_at, slot.ends_at)
    return f"{day_and_month(slot.starts_at)}, {times}" if event.has_several_days else times


def when_and_where(workshop: Workshop, event: Event) -> str:
    """When a workshop of the event is, and in which room if one is known: 13:15 – 15:00 Uhr, Raum: Saal 2."""
    _starts_at, _ends_at, room = workshop.when_and_where
    where = _("Room: %(room)s") % {"room": room} if room else ""
    return ", ".join(filter(None, (time_of(workshop.slot, event), where)))


def seats_left_in_words(left: int | None) -> str:
    """How many seats are left in all: noch 75 Plätze. None is without a limit."""
    if left is None:
        return _("seats available")
    return ngettext("%(left)d seat left", "%(left)d seats left", left) % {"left": left}


def seats_in_words(left: int | None, capacity: int | None, waiting: int) -> str:
    """How full it is for a newcomer: noch 12 von 25 Plätzen frei. `left` None is without a limit."""
    if left is None:
        return _("seats available")
    if left == 0:
        if not waiting:
            return _("fully booked, waiting list open")
        return ngettext(
            "fully booked, waiting list with %(count)d person",
            "fully booked, waiting list with %(count)d people",
            waiting,
        ) % {"count": waiting}
    return ngettext("%(left)d of %(capacity)d seats left", "%(left)d of %(capacity)d seats left", left) % {
        "left": left,
        "capacity": capacity,
    }


def window_in_words(event: Event, found: RegistrationWindow) -> str:
    """What a visitor finds who wants to register, as a sentence."""
    match found:
        case RegistrationWindow.NOT_YET:
            assert event.registration_opens_at is not None
            return _("Registration opens on %(date)s.") % {"date": moment(event.registration_opens_at)}
        case RegistrationWindow.OPEN:
            return _("You can register until %(date)s.") % {"date": deadline(event.registration_closes_at)}
        case RegistrationWindow.CLOSED:
            return _("Registration closed on %(date)s.") % {"date": deadline(event.registration_closes_at)}
        case RegistrationWindow.PAST:
            return _("This event has already taken place.")
        case RegistrationWindow.POSTPONED:
            return _("This event has been postponed. The new date will be announced here.")
        case RegistrationWindow.CANCELLED:
            return _("This event has been cancelled.")

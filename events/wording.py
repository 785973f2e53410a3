"""How dates, times, places and seats read in German. Template tags, mails, calendar and admin all ask here."""

from datetime import datetime

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Event, RegistrationWindow, Venue, Workshop


def day(when: datetime) -> str:
    """The date with its weekday: Donnerstag, 7. Oktober 2021."""
    return date_format(localtime(when), "l, j. F Y")


def clock(when: datetime) -> str:
    """The time of day: 8:30."""
    return date_format(localtime(when), "G:i")


def moment(when: datetime) -> str:
    """The date and the time of day: Donnerstag, 7. Oktober 2021, 8:30 Uhr."""
    return _("%(day)s, %(time)s h") % {"day": day(when), "time": clock(when)}


def deadline(when: datetime) -> str:
    """The last moment: the date alone if the whole day counts, else with its time."""
    if localtime(when).strftime("%H:%M:%S") == "23:59:59":
        return day(when)
    return moment(when)


def timespan(starts_at: datetime, ends_at: datetime) -> str:
    """From when to when: 8:30 – 16:00 Uhr."""
    return f"{clock(starts_at)} – {_('%(time)s h') % {'time': clock(ends_at)}}"


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


def when_and_where(workshop: Workshop) -> str:
    """When a workshop is, and in which room if one is known: 13:15 – 15:00 Uhr, Raum: Saal 2."""
    starts_at, ends_at, room = workshop.when_and_where
    where = _("Room: %(room)s") % {"room": room} if room else ""
    return ", ".join(filter(None, (timespan(starts_at, ends_at), where)))


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

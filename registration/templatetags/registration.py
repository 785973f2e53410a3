"""What the pages of an event show of its registration."""

import re
from dataclasses import dataclass
from datetime import datetime

from django import template
from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Event, RegistrationWindow, Workshop
from events.templatetags.events import deadline, moment
from registration import booking, mails
from registration.booking import Headcount, Seats

register = template.Library()
register.filter("queue_in_words", mails.queue_in_words)
register.filter("waiting_list", mails.waiting_list)


@register.filter
def with_our_links(text: str) -> SafeString:
    """Text as HTML in which addresses of this site are links, and nothing that somebody typed is."""
    address = re.escape(escape(settings.SITE_URL)) + r"/(?:[\w./-]*[\w/])?"
    linked = re.sub(address, lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(text))
    return mark_safe(linked)  # noqa: S308 - escaped above


@dataclass(frozen=True)
class Availability:
    """Whether one can register, and where seats are left."""

    window: RegistrationWindow
    seats: dict[int, Seats]
    livestream: bool

    @property
    def is_open(self) -> bool:
        return self.window == RegistrationWindow.OPEN and (bool(self.seats) or self.livestream)

    @property
    def left(self) -> int | None:
        """All seats together that a newcomer may have; None: without a limit."""
        counts = [seats.open_to_newcomers for seats in self.seats.values()]
        return None if None in counts else sum(filter(None, counts))

    @property
    def are_gone(self) -> bool:
        return self.left == 0

    @property
    def only_waiting(self) -> bool:
        """Whether a newcomer can do nothing but wait."""
        return self.are_gone and not self.livestream

    @property
    def are_few(self) -> bool:
        """Whether a fifth or less of all seats is left, but not nothing."""
        if not self.left:
            return False
        return self.left * 5 <= sum(seats.capacity or 0 for seats in self.seats.values())


@register.simple_tag
def availability(event: Event, workshops: list[Workshop], now: datetime, headcount: Headcount) -> Availability:
    """The registration of an event at this moment."""
    return Availability(
        event.registration_window(now), booking.seats_from(headcount, workshops), event.livestream_offered
    )


@register.filter
def seats_of(found: Availability, workshop: Workshop) -> Seats:
    return found.seats[workshop.pk]


@register.filter
def seats_in_words(seats: Seats) -> str:
    """How full a workshop is, for people: noch 12 von 25 Plätzen frei."""
    left = seats.open_to_newcomers
    if left is None:
        return _("seats available")
    if seats.are_gone:
        if not seats.waiting:
            return _("fully booked, waiting list open")
        return ngettext(
            "fully booked, waiting list with %(count)d person",
            "fully booked, waiting list with %(count)d people",
            seats.waiting,
        ) % {"count": seats.waiting}
    return ngettext("%(left)d of %(capacity)d seats left", "%(left)d of %(capacity)d seats left", left) % {
        "left": left,
        "capacity": seats.capacity,
    }


@register.simple_tag
def window_in_words(event: Event, window: RegistrationWindow) -> str:
    """What a visitor finds who wants to register, as a sentence."""
    match window:
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

"""What the pages of an event show of its registration."""

import re
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from events.models import RegistrationWindow, Workshop
from registration import consents, mails
from registration.availability import Availability
from registration.booking import Seats
from registration.models import Registration

register = template.Library()
register.filter("after_withdrawing", consents.after_withdrawing)
register.filter("lines_in_words", mails.lines_in_words)
register.filter("next_in_words", mails.next_in_words)
register.filter("seat_in_words", mails.seat_in_words)
register.filter("waiting_list", mails.waiting_list)
register.filter("workshops_in_words", mails.workshops_in_words)


@register.filter
def with_our_links(text: str) -> SafeString:
    """Text as HTML in which addresses of this site are links, and nothing that somebody typed is."""
    address = re.escape(escape(settings.SITE_URL)) + r"/(?:[\w./-]*[\w/])?"
    linked = re.sub(address, lambda found: f'<a href="{found[0]}">{found[0]}</a>', escape(text))
    return mark_safe(linked)  # noqa: S308 - escaped above


@register.filter
def for_a_colleague(registration: Registration) -> str:
    """The query that fills in a form with what colleagues have in common: the organisation, the workshops, and the
    lines for others."""
    held = [str(place.workshop.number) for place in registration.held]
    numbers = ",".join([*held, *(f"{place.workshop.number}-waiting" for place in registration.queues)])
    return urlencode({"organisation": registration.organisation, "workshop": numbers})


@register.simple_tag
def chip(registration: Registration, found: RegistrationWindow) -> str:
    """How things stand, in a word or two, or else how the guest takes part."""
    if registration.state == Registration.State.CANCELLED:
        return _("No longer registered")
    match found:
        case RegistrationWindow.PAST:
            return _("It is over")
        case RegistrationWindow.POSTPONED:
            return _("Postponed")
        case RegistrationWindow.CANCELLED:
            return _("Called off")
    if registration.confirm_by is not None:
        return _("Please confirm") if registration.must_confirm_address else _("Please say yes")
    if registration.state == Registration.State.WAITING:
        return _("Waiting list")
    if registration.event.venue is None:
        return _("Online")
    return _("In the livestream") if registration.livestream else _("At the place")


@register.filter
def seats_of(found: Availability, workshop: Workshop) -> Seats:
    return found.seats[workshop.pk]

"""What the pages of an event show of its registration."""

import re
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from events.models import Workshop
from registration import mails
from registration.availability import Availability
from registration.booking import Seats
from registration.models import Registration

register = template.Library()
register.filter("lines_in_words", mails.lines_in_words)
register.filter("next_in_words", mails.next_in_words)
register.filter("seat_in_words", mails.seat_in_words)
register.filter("waiting_list", mails.waiting_list)


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


@register.filter
def seats_of(found: Availability, workshop: Workshop) -> Seats:
    return found.seats[workshop.pk]

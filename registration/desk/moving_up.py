"""Waiting lists that no longer move by themselves: an organiser says that they may."""

import time
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from events.models import Event
from registration import booking, history
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.rights import Right


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def move_up(request: DeskRequest, event: Event) -> HttpResponse:
    """What is free and who waits, and the button that gives those their seats."""
    now = timezone.now()
    if request.method == "POST":
        return _all_up(request, event, now)
    found = booking.stock(event)
    lines = [(event.title, found.seats[booking.EVENT])]
    lines += [(workshop.name, found.seats[key]) for key, workshop in found.workshops.items()]
    lines = [(name, seats) for name, seats in lines if seats.waiting]
    can_move = any(seats.left != 0 for _name, seats in lines)
    title = _("Let waiting lists move up")
    return event_page(request, event, "move_up", title, tab="guests", lines=lines, can_move=can_move, now=now)


def _all_up(request: DeskRequest, event: Event, now: datetime) -> HttpResponse:
    """Portion by portion; others register meanwhile."""
    before = booking.in_line(event)
    while booking.promote(event, now, by_hand=True):
        time.sleep(booking.BREATH)
    count = before - booking.in_line(event)
    said = ngettext("%(count)d guest moved up.", "%(count)d guests moved up.", count) % {"count": count}
    if count:
        history.record(request.user, event, [said], now)
        messages.success(request, said)
    else:
        messages.warning(request, _("Nobody moved up: there is no free seat that somebody waits for."))
    return redirect("admin:event_guests", event.slug)

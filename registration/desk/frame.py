"""What stands around every page of the desk, and who may open one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.models import Event
from registration import booking
from registration.desk import way
from registration.rights import Right, events_of, rights_at


@dataclass(frozen=True)
class Tab:
    """A page of an event's workspace, in the order of the work."""

    name: str
    title: str | Promise
    right: Right

    def address(self, event: Event) -> str:
        return reverse(f"admin:event_{self.name}", args=[event.slug])


# One tab leads to each of these rooms; where a room has several pages, they are listed on top of each of them.
ROOMS: Sequence[Sequence[Tab]] = (
    [Tab("overview", _("Overview"), Right.LOOK)],
    [Tab("details", _("Details"), Right.TEXTS)],
    [Tab("programme", _("Programme"), Right.TEXTS)],
    [Tab("workshops", _("Workshops"), Right.TEXTS)],
    [Tab("questions", _("Questions and consents"), Right.TEXTS)],
    [Tab("guests", _("Guests"), Right.GUESTS), Tab("door", _("Check-in"), Right.DOOR)],
    [
        Tab("messages", _("Messages"), Right.GUESTS),
        Tab("mails", _("Mails"), Right.LOOK),
        Tab("inquiries", _("Inquiries"), Right.GUESTS),
    ],
    [Tab("afterwards", _("Afterwards"), Right.LEAD)],
    [Tab("history", _("History"), Right.LEAD)],
)

View = Callable[..., HttpResponse]


class DeskRequest(HttpRequest):
    """A request at the desk, of somebody who is logged in and may do these things for the event."""

    user: User
    rights: frozenset[Right]


def for_event(right: Right) -> Callable[[View], View]:
    """Give the view the event of the address, if whoever asks may know of it, and `request.rights`; refuses who may not
    do there what the page is for. An event that is deleted while the view works is not found either."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: DeskRequest, slug: str, **kwargs: Any) -> HttpResponse:
            event = events_of(request.user).with_place().filter(slug=slug).first()
            if event is None:
                raise Http404
            request.rights = rights_at(request.user, event)
            if right not in request.rights:
                raise PermissionDenied
            try:
                response = view(request, event, **kwargs)
            except booking.EventGone:
                raise Http404 from None
            return way.kept(response) if way.is_led(request, event) else response

        return answer

    return decorate


def page(request: HttpRequest, name: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the desk from `desk/<name>.html`."""
    site = {"site_header": admin.site.site_header}  # the list of all tables is for the pages that show it
    return render(request, f"desk/{name}.html", {**site, "title": title, **context}, status=status)


def event_page(
    request: DeskRequest, event: Event, name: str, title: str, *, tab: str = "", status: int = 200, **context: Any
) -> HttpResponse:
    """A page of an event's workspace; it belongs to the tab of this name, else to its own."""
    rights, current = request.rights, tab or name
    rooms = [room for every in ROOMS if (room := [found for found in every if found.right in rights])]
    here: Sequence[Tab] = next((room for room in rooms if any(found.name == current for found in room)), [])
    led = way.way(event, context.get("part", current), rights, timezone.now()) if way.is_led(request, event) else None
    frame = {
        "event": event,
        "way": led,
        "led": f"?{way.LED}" if led else "",  # what links to other pages on the way end in
        "rights": _names(rights),
        "tabs": [(room[0], room[0].address(event), room is here) for room in rooms],
        "beside": [(found, found.address(event), found.name == current) for found in here],
    }
    return page(request, name, title, status=status, **frame, **context)


def _names(rights: frozenset[Right]) -> frozenset[str]:
    """For templates: {% if "GUESTS" in rights %}."""
    return frozenset(right.name for right in rights)

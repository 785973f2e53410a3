"""What is said of an event, on short pages: texts, times, place, registration, and who invites."""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from events.models import Event
from registration.desk import way
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.saving import Build, attempt, look_at_seats
from registration.forms.details import LawForm, OfficeForm, PlaceForm, SeatsForm, TextsForm, TimesForm, VenueForm
from registration.rights import Right


@dataclass(frozen=True)
class Part:
    """One of the pages, and who may open it."""

    name: str
    title: str | Promise
    build: Build
    right: Right = Right.TEXTS


PARTS = (
    Part("details", gettext_lazy("Texts"), TextsForm),
    Part("times", gettext_lazy("Times"), TimesForm),
    Part("place", gettext_lazy("Place and livestream"), PlaceForm),
    Part("seats", gettext_lazy("Registration and seats"), SeatsForm),
    Part("office", gettext_lazy("Who invites"), OfficeForm, Right.LEAD),
    Part("law", gettext_lazy("What the law asks for"), LawForm, Right.LEAD),
)
VENUE = Part("venue", gettext_lazy("The venue"), VenueForm)


def _page(request: DeskRequest, event: Event, part: Part) -> HttpResponse:
    made = attempt(request, event, part.build)
    if made.is_saved:
        messages.success(request, _("Your changes are stored."))
        if part.build is SeatsForm:
            look_at_seats(request, made.form.instance)
        event = made.form.event  # as it is stored now
        if way.is_led(request, event):
            return redirect(way.onward(event, part.name, request.rights))
        return redirect(f"admin:event_{part.name}", event.slug)
    return event_page(
        request,
        event,
        "details",
        str(part.title),
        tab="details",
        status=made.status,
        attempt=made,
        part=part.name,
        parts=[found for found in PARTS if found.right in request.rights],
        told=event.registrations.told_of_changes().count() if event.status != Event.Status.DRAFT else 0,
        window=event.registration_window(timezone.now()),
    )


def _view(part: Part) -> Callable[..., HttpResponse]:
    @require_http_methods(["GET", "HEAD", "POST"])
    @for_event(part.right)
    def answer(request: DeskRequest, event: Event) -> HttpResponse:
        return _page(request, event, part)

    return answer


details, times, place, seats, office, law = map(_view, PARTS)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def venue(request: DeskRequest, event: Event) -> HttpResponse:
    """How to get there, and what a guest must know of the place before setting out."""
    if event.venue is None:
        messages.info(request, _("Please choose a place first, or enter a new one."))
        return redirect("admin:event_place", event.slug)
    return _page(request, event, VENUE)

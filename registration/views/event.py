"""The page that shows an event and its seats together."""

from datetime import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.models import Event, slots_with_tracks
from events.programme import programme_of
from events.public import for_everybody, found_only_if_listed
from registration import previews
from registration.availability import availability
from registration.client import organiser
from registration.rights import Right, events_of


@for_everybody
@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    user = organiser(request)
    sees_drafts = user is not None and events_of(user, Right.LOOK).filter(slug=slug).exists()
    events = Event.objects.all() if sees_drafts else Event.objects.published()
    event = get_object_or_404(events.with_place().prefetch_related(slots_with_tracks()), slug=slug)
    return found_only_if_listed(_page(request, event, now, organiser=sees_drafts), event)


@require_safe
def draft(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The page of a draft, for whoever has been given the link to it; nobody else finds it."""
    now = timezone.now()
    drafts = Event.objects.filter(status=Event.Status.DRAFT).with_place().prefetch_related(slots_with_tracks())
    event = get_object_or_404(drafts, slug=slug)
    if not previews.opens(event, key, now):
        raise Http404
    response = _page(request, event, now, is_preview=True)
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, event: Event, now: datetime, **context: bool) -> HttpResponse:
    programme = programme_of(event)
    shown = {
        "organiser": False,
        "is_preview": False,
        "event": event,
        "programme": programme,
        "found": availability(event, [item.slot for item in programme.items], programme.workshops, now),
        "site_url": settings.SITE_URL,
        "now": now,
    }
    return render(request, "registration/event.html", shown | context)

"""The page that shows an event and its seats together."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.models import Event, slots_with_tracks
from events.programme import programme_of
from events.public import for_everybody, found_only_if_listed
from registration.availability import availability
from registration.client import organiser


@for_everybody
@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    sees_drafts = organiser(request, "events.view_event", "events.change_event") is not None
    events = Event.objects.all() if sees_drafts else Event.objects.published()
    event = get_object_or_404(events.with_place().prefetch_related(slots_with_tracks()), slug=slug)
    programme = programme_of(event)
    context = {
        "event": event,
        "programme": programme,
        "found": availability(event, [item.slot for item in programme.items], programme.workshops, now),
        "organiser": sees_drafts,
        "site_url": settings.SITE_URL,
        "now": now,
    }
    return found_only_if_listed(render(request, "registration/event.html", context), event)

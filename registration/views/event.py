"""The page that shows an event and its seats together."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from events.models import Event
from events.programme import programme_of
from events.public import for_everybody
from registration.availability import availability


@for_everybody
@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    organiser = is_organiser(request)
    events = Event.objects.with_place() if organiser else Event.objects.published().with_place()
    event = get_object_or_404(events, slug=slug)
    programme = programme_of(event)
    context = {
        "event": event,
        "programme": programme,
        "found": availability(event, programme.workshops, now),
        "organiser": organiser,
        "site_url": settings.SITE_URL,
        "now": now,
    }
    return render(request, "registration/event.html", context)


def is_organiser(request: HttpRequest) -> bool:
    """Whether an organiser is logged in; asks only where there is a session, so a visitor costs no query."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_staff

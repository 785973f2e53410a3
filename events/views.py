from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import calendar
from events.legal import newest_organiser, text_of
from events.models import Event, LegalPage
from events.programme import programme_of


def is_organiser(request: HttpRequest) -> bool:
    """Whether an organiser is logged in; asks only where there is a session, so a visitor costs no query."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_staff


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    events = Event.objects.published().select_related("venue")
    feed_url = settings.SITE_URL + reverse("events:feed")
    context = {
        "upcoming": events.upcoming(now),
        "archive": events.archive(now),
        "now": now,
        "feed_url": feed_url,
        "webcal_url": "webcal:" + feed_url.partition(":")[2],
    }
    return render(request, "events/overview.html", context)


@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    organiser = is_organiser(request)
    events = Event.objects.all() if organiser else Event.objects.published()
    event = get_object_or_404(events.select_related("venue", "organiser"), slug=slug)
    context = {
        "event": event,
        "programme": programme_of(event),
        "organiser": organiser,
        "site_url": settings.SITE_URL,
        "now": timezone.now(),
    }
    return render(request, "events/event.html", context)


@require_safe
def event_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    event = get_object_or_404(Event.objects.published().select_related("venue", "organiser"), slug=slug)
    response = HttpResponse(calendar.entry(event, settings.SITE_URL), content_type=calendar.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{event.slug}.ics"'
    return response


@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    events = Event.objects.published().select_related("venue", "organiser")
    calendar_file = calendar.feed(events, settings.SITE_URL, _("Conferences"))
    response = HttpResponse(calendar_file, content_type=calendar.CONTENT_TYPE)
    response["Content-Disposition"] = 'inline; filename="kalender.ics"'
    return response


@require_safe
def legal_page(request: HttpRequest, key: LegalPage.Key) -> HttpResponse:
    page = get_object_or_404(LegalPage, key=key)
    organiser = newest_organiser()
    return render(
        request, "events/legal.html", {"page": page, "text": text_of(page, organiser), "organiser": organiser}
    )

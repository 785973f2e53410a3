from django.conf import settings
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import calendar, pictures
from events.legal import newest_organiser, text_of
from events.models import Event, LegalPage
from events.programme import programme_of
from events.templatetags.events import clock, day


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
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture that messengers show; its address changes with what it shows, so it may be kept for ever."""
    event = get_object_or_404(Event.objects.published().select_related("venue"), slug=slug)
    date = f"{day(event.starts_at)}, {clock(event.starts_at)}"
    place = f"{event.venue.name}, {event.venue.city}"
    response = HttpResponse(pictures.preview(event.title, [date, place]), content_type="image/png")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A stored picture; its name is made from its content, so it never changes."""
    if not pictures.is_name(name) or not default_storage.exists(name):
        raise Http404
    response = FileResponse(default_storage.open(name), content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
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

import hashlib
from collections.abc import Callable
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import calendar, pictures
from events.legal import newest_organiser, text_of
from events.models import Event, LegalPage
from events.programme import programme_of
from events.templatetags.events import clock, day

# An event's page is kept under all that it shows, so it is never out of date. What other apps show on it they add
# here, under the name that the template knows it by.
SHOWN_TOO: dict[str, Callable[[Event], object]] = {}
PAGE_KEPT_FOR = 3600  # seconds


def is_organiser(request: HttpRequest) -> bool:
    """Whether an organiser is logged in; asks only where there is a session, so a visitor costs no query."""
    return settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_staff


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    events = Event.objects.published().with_place()
    upcoming = list(events.upcoming(now))
    feed_url = settings.SITE_URL + reverse("events:feed")
    context = {
        "next": upcoming[0] if upcoming else None,
        "upcoming": upcoming[1:],
        "archive": events.archive(now),
        "now": now,
        "feed_url": feed_url,
        "webcal_url": "webcal:" + feed_url.partition(":")[2],
    }
    return render(request, "events/overview.html", context)


@require_safe
def event(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    if is_organiser(request):
        event = get_object_or_404(Event.objects.with_place(), slug=slug)
        return HttpResponse(_event_page(request, event, now, _shown_too(event), organiser=True))
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
    shown_too = _shown_too(event)
    states = (event.registration_window(now), event.livestream_is_open(now))
    shown = (event.pk, event.changed_at, *states, shown_too)
    key = "event-page-" + hashlib.sha256(repr(shown).encode()).hexdigest()
    html = cache.get(key)
    if html is None:
        html = _event_page(request, event, now, shown_too)
        cache.set(key, html, PAGE_KEPT_FOR)
    return HttpResponse(html)


def _shown_too(event: Event) -> dict[str, object]:
    return {name: look_up(event) for name, look_up in SHOWN_TOO.items()}


def _event_page(
    request: HttpRequest, event: Event, now: datetime, shown_too: dict[str, object], *, organiser: bool = False
) -> str:
    context = {
        **shown_too,
        "event": event,
        "programme": programme_of(event),
        "organiser": organiser,
        "site_url": settings.SITE_URL,
        "now": now,
    }
    return render_to_string("events/event.html", context, request)


@require_safe
def event_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
    return calendar_file(calendar.entry(event, settings.SITE_URL), f'attachment; filename="{event.slug}.ics"')


@require_safe
def livestream(request: HttpRequest, slug: str, stream: str) -> HttpResponse:
    """The stable address of a stream: leads there once it is open, and says until then when that will be."""
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
    now, address = timezone.now(), getattr(event, stream)
    if not event.has_livestream:
        raise Http404
    if address and event.livestream_is_open(now):
        return redirect(address)
    context = {"event": event, "window": event.registration_window(now), "is_open": event.livestream_is_open(now)}
    return render(request, "events/livestream.html", context)


@require_safe
def preview(request: HttpRequest, slug: str) -> HttpResponse:
    """The picture that messengers show; its address changes with what it shows, so it may be kept for ever."""
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
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
    events = Event.objects.published().with_place()
    return calendar_file(calendar.feed(events, settings.SITE_URL, _("Conferences")), 'inline; filename="kalender.ics"')


def calendar_file(content: bytes, disposition: str) -> HttpResponse:
    return HttpResponse(content, content_type=calendar.CONTENT_TYPE, headers={"Content-Disposition": disposition})


@require_safe
def legal_page(request: HttpRequest, key: LegalPage.Key) -> HttpResponse:
    page = get_object_or_404(LegalPage, key=key)
    organiser = newest_organiser()
    return render(
        request, "events/legal.html", {"page": page, "text": text_of(page, organiser), "organiser": organiser}
    )

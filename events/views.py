from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from events import calendar, emblem, pictures
from events.legal import html_of, newest_organiser
from events.models import Event, LegalPage, slots_with_tracks
from events.programme import moments_of
from events.public import for_everybody, of_an_event
from events.wording import beginning, kept_together, where


@for_everybody
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    events = Event.objects.listed().with_place()
    upcoming, archive = list(events.upcoming(now)), list(events.archive(now))
    prefetch_related_objects([*upcoming, *archive], slots_with_tracks())
    feed_url = settings.SITE_URL + reverse("events:feed")
    context = {
        "organiser": newest_organiser(),
        "next": upcoming[0] if upcoming else None,
        "upcoming": upcoming[1:],
        "archive": archive,
        "now": now,
        "feed_url": feed_url,
        "webcal_url": "webcal:" + feed_url.partition(":")[2],
    }
    return render(request, "events/overview.html", context)


@for_everybody
@require_safe
@of_an_event
def event_calendar(request: HttpRequest, event: Event) -> HttpResponse:
    return calendar_file(calendar.entry(event, settings.SITE_URL), f'attachment; filename="{event.slug}.ics"')


@require_safe
@of_an_event
def livestream(request: HttpRequest, event: Event, stream: str) -> HttpResponse:
    """The stable address of a stream: leads there once it is open, and says until then when that will be."""
    now, address = timezone.now(), getattr(event, stream)
    if not event.has_livestream:
        raise Http404
    if address and event.livestream_is_open(now):
        return redirect(address)
    context = {"event": event, "window": event.registration_window(now), "is_open": event.livestream_is_open(now)}
    return render(request, "events/livestream.html", context)


@for_everybody
@require_safe
@of_an_event
def preview(request: HttpRequest, event: Event) -> HttpResponse:
    """The picture that messengers show; its address changes with what it shows, so it may be kept for ever."""
    prefetch_related_objects([event], slots_with_tracks())
    figure = emblem.figure(event.uid, moments_of(event), pictures.EMBLEM_WIDTH)
    host, lines = event.organiser, (kept_together(beginning(event)), where(event))
    preview = pictures.preview(host.colours, figure, event.title, *lines, logo=pictures.content_of(host.logo))
    response = HttpResponse(preview, content_type="image/png")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@require_safe
def picture(request: HttpRequest, name: str) -> FileResponse:
    """A stored picture; its name is made from its content, so it never changes."""
    if not pictures.is_name(name) or not default_storage.exists(name):
        raise Http404
    response = FileResponse(default_storage.open(name), content_type="image/webp")
    del response["Content-Disposition"]  # nobody saves it, and its bytes count in the first view
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@for_everybody
@require_safe
def feed(request: HttpRequest) -> HttpResponse:
    events = Event.objects.listed().with_place().prefetch_related("slots")
    return calendar_file(calendar.feed(events, settings.SITE_URL, _("Conferences")), 'inline; filename="kalender.ics"')


def calendar_file(content: bytes, disposition: str) -> HttpResponse:
    return HttpResponse(content, content_type=calendar.CONTENT_TYPE, headers={"Content-Disposition": disposition})


@for_everybody
@require_safe
def legal_page(request: HttpRequest, key: LegalPage.Key) -> HttpResponse:
    page = get_object_or_404(LegalPage, key=key)
    organiser = newest_organiser()
    return render(
        request, "events/legal.html", {"page": page, "html": html_of(page, organiser), "organiser": organiser}
    )

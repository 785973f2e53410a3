"""Pages that belong to no app: health, and what a visitor sees when something is wrong."""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.sitemaps import Sitemap
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import resolve, reverse
from django.utils import timezone

from events.legal import newest_organiser
from events.models import Event, EventQuerySet
from events.public import for_everybody
from fachtag.health import Health
from registration.views.register import register_without_cookie

health = Health()


def healthz(request: HttpRequest) -> HttpResponse:
    """For a load balancer."""
    good = health.is_good(timezone.now())
    answer, status = ("ok", 200) if good else ("The database cannot be read or written.", 503)
    return HttpResponse(answer, "text/plain", status, headers={"Cache-Control": "no-store"})


def no_shortcut(request: HttpRequest, rest: str) -> HttpResponse:
    """Django's own way from the admin to the page of anything asks for no permission; a guest's page is a secret."""
    raise Http404


@for_everybody
def robots(request: HttpRequest) -> HttpResponse:
    """Own pages are not named here: a crawler that is to obey their noindex must be let in to read it."""
    lines = ["User-agent: *", "Disallow: /admin/", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return HttpResponse("\n".join(lines), content_type="text/plain")


@for_everybody
def security(request: HttpRequest) -> HttpResponse:
    """Whom to tell about a hole (RFC 9116)."""
    organiser = newest_organiser()
    if organiser is None:
        raise Http404
    expires = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=180)
    lines = [
        f"Contact: mailto:{organiser.email}",
        f"Expires: {expires.isoformat()}",
        "Preferred-Languages: de, en",
        f"Canonical: {settings.SITE_URL}{reverse('security')}",
        "",
    ]
    return HttpResponse("\n".join(lines), content_type="text/plain; charset=utf-8")


class _OfThisSite(Sitemap):
    protocol = urlsplit(settings.SITE_URL).scheme

    def get_domain(self, site: object = None) -> str:
        return urlsplit(settings.SITE_URL).netloc


class EventSitemap(_OfThisSite):
    def items(self) -> EventQuerySet:
        return Event.objects.listed()

    def lastmod(self, item: Event) -> datetime:
        return item.changed_at


class PageSitemap(_OfThisSite):
    def items(self) -> list[str]:
        return ["events:overview", "events:imprint", "events:privacy", "events:accessibility"]

    def location(self, item: str) -> str:
        return reverse(item)


SITEMAPS = {"events": EventSitemap, "pages": PageSitemap}


def not_allowed(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", {"organiser": newest_organiser()}, status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "404.html", {"organiser": newest_organiser()}, status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its cookie. Whoever fills in the registration gets it back with all that was typed."""
    match = resolve(request.path_info)
    if request.method == "POST" and match.view_name == "registration:register":
        return register_without_cookie(request, **match.kwargs)
    return render(request, "403_csrf.html", {"organiser": newest_organiser()}, status=403)

"""Pages of the public: which events it may open, which search engines may show, which read the same for everybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404

from events.models import Event

View = Callable[..., HttpResponseBase]


def for_everybody(view: View) -> View:
    """Mark a view whose page is the same for all who come without a cookie, so that one answer may serve them all.

    The view sees no query, because whatever follows the question mark leads to the same page. Browsers keep the page,
    but ask each time whether it still holds.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.GET = QueryDict()
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "no-cache")
        return response

    answer.is_for_everybody = True  # type: ignore[attr-defined]
    return answer


def of_an_event(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give the view the published event of the address."""

    @wraps(view)
    def answer(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponse:
        event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
        return found_only_if_listed(view(request, event, **kwargs), event)

    return answer


def found_only_if_listed(response: HttpResponse, event: Event) -> HttpResponse:
    """The answer about this event, which no search engine shows if the event is not listed."""
    if not event.listed:
        response.headers["X-Robots-Tag"] = "noindex"
    return response

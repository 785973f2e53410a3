"""Pages that read the same for everybody."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, QueryDict
from django.http.response import HttpResponseBase

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

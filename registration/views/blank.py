"""The form before anybody has typed anything: the same for everybody, but for its number and its CSRF token.

It is written once a second, however many open it at the hour when registration begins.
"""

import hashlib
import secrets
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone

from registration.forms import FormNumber

KEPT_FOR = 1.0  # seconds, from the moment when writing begins

# They stand in the page where each visitor's own will.
NUMBER, TOKEN = secrets.token_hex(), secrets.token_hex()


def written_once_a_second(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Give all who ask for the same address the same page, each with a number and a token of their own. The view writes
    `NUMBER` and `TOKEN` in place of them and gives the page the `wording` that its form shows."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method == "POST":
            return view(request, *args, **kwargs)
        # Addresses may be of any length, and Django warns of those that are long, with all that somebody typed.
        pages, address = caches["pages"], hashlib.sha256(request.get_full_path().encode()).hexdigest()
        page: Any = pages.get(address)
        if page is None:
            begun = time.monotonic()
            page = view(request, *args, **kwargs)
            page.own_style = getattr(request, "own_style", "")
            pages.set(address, page, KEPT_FOR - (time.monotonic() - begun))
        request.own_style = page.own_style  # type: ignore[attr-defined] # for `fachtag.headers`
        if hasattr(page, "wording"):
            number = FormNumber(uuid.uuid4(), timezone.now(), page.wording).signed()
            html = page.content.decode().replace(NUMBER, number)
            page.content = html.replace(TOKEN, get_token(request))
        answered: HttpResponse = page
        return answered

    return answer

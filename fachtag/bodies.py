"""How much a visitor may send, decided before it is read and watched while it is; and what ends a connection."""

import re
from copy import copy
from typing import Any, ClassVar
from weakref import WeakSet

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.task import WSGITask
from waitress.utilities import RequestEntityTooLarge

GUESTS = 2**20  # bytes
LARGE_AT_ONCE = 4  # larger ones than guests', in each process: they lie on the disk, and a login is only claimed
ORGANISERS = 25 * 2**20  # a picture of events.pictures.MAX_BYTES and the form around it


class TooLarge(RequestEntityTooLarge):  # type: ignore[misc]
    """The answer in words; waitress closes the connection after it."""

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        headers = [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")]
        return "413 Content Too Large", headers, render_to_string("413.html").encode()


class BoundedRequest(HTTPRequestParser):  # type: ignore[misc]
    """A request that is refused as soon as its body is too large: when it says so, or when it has become so."""

    adj: Any  # waitress's settings
    error: Any

    large: ClassVar[WeakSet["BoundedRequest"]] = WeakSet()  # of this process, as long as they are read and answered

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        is_large = self.chunked or self.content_length > GUESTS
        if is_large and self.may_bring_pictures() and len(self.large) < LARGE_AT_ONCE:
            self.large.add(self)
        else:
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = GUESTS

    def may_bring_pictures(self) -> bool:
        """Whoever claims to be logged in, in the administration; whether it is true, only a reader could say."""
        session = rf"(?:^|; *){re.escape(settings.SESSION_COOKIE_NAME)}=[0-9a-z]{{32}}(?:;|$)"
        return self.path.startswith(reverse("admin:index")) and bool(re.search(session, self.headers.get("COOKIE", "")))

    def received(self, data: bytes) -> int:
        consumed: int = super().received(data)
        if isinstance(self.error, RequestEntityTooLarge):
            self.error = TooLarge(self.error.body)
        return consumed


class Answer(WSGITask):  # type: ignore[misc]
    """Leaves the connection open behind a 304, which has no body whose end it would have to tell (RFC 9112, 6.3), and
    sends none to a HEAD, which the next one on the connection would take for its own answer."""

    def get_environment(self) -> dict[str, Any]:
        environ: dict[str, Any] = super().get_environment()
        if self.request.command == "HEAD":
            environ.pop("wsgi.file_wrapper", None)  # files of its kind leave without `write`
        return environ

    def write(self, data: bytes) -> None:
        super().write(b"" if self.request.command == "HEAD" else data)

    def set_close_on_finish(self) -> None:
        is_last = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or is_last:
            super().set_close_on_finish()


class Channel(HTTPChannel):  # type: ignore[misc]
    parser_class = BoundedRequest
    task_class = Answer

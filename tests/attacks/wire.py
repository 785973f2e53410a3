"""A request as a server hands it to the site's WSGI application, with all that no browser would send."""

import importlib
import io
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, transaction
from django.test import Client

from fachtag import wsgi

CSRF = "a" * 32
# The server's words for these headers carry no HTTP_.
BARE = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@dataclass(frozen=True)
class Request:
    """`path` is percent-encoded. Cookies of an organiser and of a form are named, not written out, so that a request
    printed by one run can be sent in another."""

    method: str
    path: str
    query: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    organiser: bool = False
    form_cookie: bool = True


class Site:
    """The application as the settings have it now, and an organiser's session."""

    def __init__(self) -> None:
        self.application: Callable[..., Any] = importlib.reload(wsgi).application
        self.session = ""

    def log_in(self) -> None:
        client = Client()
        client.force_login(get_user_model().objects.create_superuser("alice"))
        self.session = client.cookies[settings.SESSION_COOKIE_NAME].value

    def answer(self, request: Request) -> tuple[int, dict[str, str], bytes]:
        """Send a request, and leave the database as it was."""
        given: list[Any] = []
        with transaction.atomic(), connection_kept():
            response = self.application(self._environ(request), lambda *words: given.extend(words))
            content = b"".join(response)
            if hasattr(response, "close"):
                response.close()
            transaction.set_rollback(True)
        return int(given[0].split()[0]), dict(given[1]), content

    def _environ(self, request: Request) -> dict[str, Any]:
        scheme, host = urlsplit(settings.SITE_URL)[:2]
        headers = {"host": host, "content-length": str(len(request.body))}
        cookies = []
        if scheme == "https":
            headers |= {"x-forwarded-proto": "https", "referer": f"https://{host}/"}
        if request.organiser:
            cookies.append(f"{settings.SESSION_COOKIE_NAME}={self.session}")
        if request.form_cookie:
            cookies.append(f"csrftoken={CSRF}")
            headers["x-csrftoken"] = CSRF
        headers |= {"cookie": "; ".join(cookies)} | dict(request.headers)
        return {
            "REQUEST_METHOD": request.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(request.path).decode("latin-1"),
            "QUERY_STRING": request.query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(request.body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        } | {BARE.get(name, f"HTTP_{name.upper().replace('-', '_')}"): value for name, value in headers.items()}


@contextmanager
def errors() -> Iterator[list[str]]:
    """The tracebacks of what goes wrong meanwhile, in place of the log."""
    found: list[str] = []

    def note(**kwargs: Any) -> None:
        found.append(traceback.format_exc())

    got_request_exception.connect(note)
    logging.disable(logging.CRITICAL)
    try:
        yield found
    finally:
        logging.disable(logging.NOTSET)
        got_request_exception.disconnect(note)


@contextmanager
def connection_kept() -> Iterator[None]:
    """A request ends with old connections closed; a test's transaction lives in one."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in ends:
            signal.connect(close_old_connections)

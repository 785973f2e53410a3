"""Public pages from memory: the outermost layer, around the WSGI application.

A page that is for everybody (`events.public`) is written once and given to all who ask for it within a second, so no
answer is older than that, whoever changed the database. What may be kept is so by construction: a view says so itself,
the request has no cookie, and the page is written for an environment that says nothing about the visitor. Everything
else passes through untouched.
"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock
from typing import Any
from weakref import WeakValueDictionary

from django.conf import settings
from django.core.handlers.wsgi import get_path_info
from django.http.request import split_domain_port, validate_host
from django.urls import Resolver404, resolve
from django.utils.http import parse_etags

from fachtag.compression import best_coding, compressed_to_keep, is_worth_it
from fachtag.encoding import Application

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Key = tuple[str, bool]

KEPT_FOR = 1.0  # seconds, from the moment when writing begins
ROOM = 16 * 2**20  # bytes of pages in each process, before they are compressed

# What an environment says that does not depend on the visitor, but for the scheme, which is part of the key.
_OF_ANYBODY = ("wsgi.", "SERVER_", "SCRIPT_NAME", "PATH_INFO", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO")

# What an answer of our own says itself, and what a 304 leaves out (RFC 9110, 15.4.5).
_OURS = {"content-length", "etag"}
_OF_CONTENT = {"content-encoding", "content-length", "content-type", "content-disposition"}


@dataclass
class Answer:
    """A page as the site wrote it, in each coding that somebody has asked for, compressed once."""

    status: str
    headers: Headers
    body: bytes
    begun: float
    forms: dict[str, tuple[Headers, bytes]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        found = {name.lower(): value for name, value in self.headers}
        self.tag = found.get("etag", "").removeprefix("W/")
        self.is_compressible = "content-encoding" not in found and is_worth_it(
            found.get("content-type", ""), len(self.body)
        )
        self.is_for_one = "set-cookie" in found or self.status.startswith("3")  # the query is in where it leads
        self.may_be_kept = self.status.startswith("200") and not self.is_for_one

    def give(self, environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
        coding = best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")) if self.is_compressible else ""
        headers, body = self.forms.get(coding) or self._form(coding)
        if self.tag and self._is_known(environ.get("HTTP_IF_NONE_MATCH", "")):
            start_response("304 Not Modified", [pair for pair in headers if pair[0].lower() not in _OF_CONTENT])
            return []
        start_response(self.status, list(headers))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _is_known(self, known: str) -> bool:
        return bool(known) and (
            known.strip() == "*" or self.tag in (tag.removeprefix("W/") for tag in parse_etags(known))
        )

    def _form(self, coding: str) -> tuple[Headers, bytes]:
        with self.lock:
            if coding not in self.forms:
                body = compressed_to_keep(self.body, coding) if coding else self.body
                headers = [pair for pair in self.headers if pair[0].lower() not in _OURS]
                headers.append(("Content-Length", str(len(body))))
                if self.tag:  # weak, because the same page leaves in several codings (RFC 9110, 8.8.3)
                    headers.append(("ETag", f"W/{self.tag}"))
                if coding:
                    headers.append(("Content-Encoding", coding))
                self.forms[coding] = headers, body
            return self.forms[coding]


class Kept:
    """The site with its public pages in memory; `clock` counts seconds."""

    def __init__(self, site: Application, clock: Callable[[], float] = time.monotonic) -> None:
        self.site = site
        self.clock = clock
        self.answers: dict[Key, Answer] = {}  # the one written longest ago first
        self.room_taken = 0
        self.lock = Lock()
        self.being_written: WeakValueDictionary[Key, Any] = WeakValueDictionary()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or environ.get("HTTP_COOKIE"):
            return self.site(environ, start_response)
        if not _is_ours(environ.get("HTTP_HOST", "")):  # for Django to refuse
            return self.site(environ, start_response)
        arrived = self.clock()
        key = environ["PATH_INFO"], _is_https(environ)
        answer = self.answers.get(key)
        if answer is None or arrived - answer.begun > KEPT_FOR:
            answer = self._written(key, environ, arrived) if _is_for_everybody(environ) else None
        return self.site(environ, start_response) if answer is None else answer.give(environ, start_response)

    def _written(self, key: Key, environ: Environ, arrived: float) -> Answer | None:
        """The page as it is now; whoever asks while it is being written waits for it. None: it is no page to keep."""
        with self.lock:
            turn = self.being_written.setdefault(key, Lock())
        with turn:
            answer = self.answers.get(key)
            if answer is not None and arrived - answer.begun <= KEPT_FOR:
                return answer
            answer = _write(self.site, environ, self.clock())
            if answer.may_be_kept:
                self._keep(key, answer)
            return None if answer.is_for_one else answer

    def _keep(self, key: Key, answer: Answer) -> None:
        with self.lock:
            before = self.answers.pop(key, None)
            self.answers[key] = answer
            self.room_taken += len(answer.body) - (len(before.body) if before else 0)
            while self.room_taken > ROOM:
                oldest = next(iter(self.answers))
                self.room_taken -= len(self.answers.pop(oldest).body)


def _write(site: Application, environ: Environ, begun: float) -> Answer:
    """Let the site write the page for somebody of whom nothing is known but the address that was asked for."""
    anybody = {name: value for name, value in environ.items() if name.startswith(_OF_ANYBODY)}
    started: list[Any] = []

    def start_response(status: str, headers: Headers, exc_info: object = None) -> None:
        started[:] = status, headers

    response = site(anybody | {"REQUEST_METHOD": "GET", "QUERY_STRING": ""}, start_response)
    try:
        body = b"".join(response)
    finally:
        response.close()  # type: ignore[attr-defined] # WSGI's; Django ends the request there
    status, headers = started
    return Answer(status, headers, body, begun)


def _is_for_everybody(environ: Environ) -> bool:
    try:
        return hasattr(resolve(get_path_info(environ)).func, "is_for_everybody")
    except Resolver404:
        return False


def _is_https(environ: Environ) -> bool:
    """Whether the visitor came through https, as Django sees it: others may be sent there."""
    name, value = settings.SECURE_PROXY_SSL_HEADER or ("wsgi.url_scheme", "https")
    return str(environ.get(name, environ["wsgi.url_scheme"])).partition(",")[0].strip() == value


@lru_cache(maxsize=64)
def _is_ours(host: str) -> bool:
    """Whether this Host header names this site; asked here, because no page depends on how it does."""
    domain = split_domain_port(host)[0]
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)

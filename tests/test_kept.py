"""Public pages from memory, through the WSGI application with its outermost layer."""

import gzip
import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import brotli
import pytest
from django.core.wsgi import get_wsgi_application
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from events.models import Event
from fachtag import kept
from fachtag.compression import compressed_to_keep
from fachtag.kept import Kept
from registration.models import Registration
from tests.attacks.wire import connection_kept

PAGES = [
    "/",
    "/fachtag-demo/",
    "/fachtag-demo/kalender.ics",
    "/fachtag-demo/vorschau.png",
    "/kalender.ics",
    "/sitemap.xml",
    "/robots.txt",
    "/.well-known/security.txt",
    "/impressum/",
    "/datenschutz/",
    "/barrierefreiheit/",
]


class Visitor:
    """Asks the layer as a server would, without a cookie unless it is given one."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.written = 0
        site = get_wsgi_application()

        def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            self.written += 1
            return site(environ, start_response)

        self.kept = Kept(counted, lambda: self.now)

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[str, dict[str, str], bytes]:
        path, _question_mark, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "192.0.2.1",
            "HTTP_HOST": "127.0.0.1:8000",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(),
            "wsgi.errors": BytesIO(),
        } | {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        answer: list[Any] = []
        response = self.kept(environ, lambda status, headers, _info=None: answer.extend((status, headers)))
        body = b"".join(response)
        getattr(response, "close", lambda: None)()
        status, found = answer
        assert len({name.lower() for name, _value in found}) == len(found)
        return status, dict(found), body


@pytest.fixture
def visitor(event: Event, past_event: Event) -> Iterator[Visitor]:
    with connection_kept():
        yield Visitor()


@pytest.mark.parametrize("path", PAGES)
def test_it_works(visitor: Visitor, path: str, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    first = visitor.get(path)
    assert first[0] == "200 OK"
    visitor.now += 1
    with django_assert_num_queries(0):
        assert visitor.get(path) == first
        assert visitor.get(f"{path}?utm_source=x") == first
    assert visitor.written == 1
    visitor.now += 0.01
    assert visitor.get(path) == first
    assert visitor.written == 2


def test_the_same_as_without_the_layer(visitor: Visitor, client: Client) -> None:
    responses = {path: client.get(path) for path in PAGES}
    with connection_kept():  # after the client, which connects that signal again
        answers = {path: visitor.get(path) for path in PAGES}
    for path, response in responses.items():
        status, headers, body = answers[path]
        assert body == response.content
        assert status == f"{response.status_code} {response.reason_phrase}"
        weak = {"ETag": f"W/{response.headers['ETag']}", "Content-Length": str(len(body))}
        assert headers == dict(response.headers) | weak, path


def test_a_second_counts_from_when_writing_begins(visitor: Visitor, event: Event) -> None:
    """Whatever was committed before that is in it."""
    site = visitor.kept.site

    def slowly(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        visitor.now += 0.7
        return site(environ, start_response)

    visitor.kept.site = slowly
    visitor.get("/fachtag-demo/")
    visitor.now += 0.4
    visitor.get("/fachtag-demo/")
    assert visitor.written == 2


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("", None), ("gzip", "gzip"), ("gzip, deflate, br", "br"), ("br;q=0, gzip;q=0.5", "gzip"), ("zstd", None)],
)
def test_compressed_once(visitor: Visitor, accepted: str, coding: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = visitor.get("/fachtag-demo/")[2]
    done: list[str] = []

    def counted(body: bytes, coding: str) -> bytes:
        done.append(coding)
        return compressed_to_keep(body, coding)

    monkeypatch.setattr(kept, "compressed_to_keep", counted)
    for _time in range(3):
        _status, headers, body = visitor.get("/fachtag-demo/", accept_encoding=accepted)
        assert headers.get("Content-Encoding") == coding
        assert headers["Vary"] == "Accept-Encoding"
        assert int(headers["Content-Length"]) == len(body)
        decoded = {"br": brotli.decompress, "gzip": gzip.decompress}.get(coding or "", bytes)(body)
        assert decoded == plain
    assert done == ([coding] if coding else [])


def test_a_picture_is_not_compressed_again(visitor: Visitor) -> None:
    assert "Content-Encoding" not in visitor.get("/fachtag-demo/vorschau.png", accept_encoding="br")[1]


def test_who_has_the_page_is_told_so(visitor: Visitor) -> None:
    etag = visitor.get("/fachtag-demo/")[1]["ETag"]
    for known in (etag, etag.removeprefix("W/"), f'"other", {etag}', "*"):
        for coding in ("", "br", "gzip"):
            status, headers, body = visitor.get("/fachtag-demo/", if_none_match=known, accept_encoding=coding)
            assert (status, body) == ("304 Not Modified", b"")
            assert headers["ETag"] == etag
            assert headers.keys() & {"Content-Length", "Content-Type", "Content-Encoding"} == set()
    for known in ('"other"', "nonsense", ""):
        assert visitor.get("/fachtag-demo/", if_none_match=known)[0] == "200 OK"


def test_a_head_has_no_body(visitor: Visitor) -> None:
    _status, headers, body = visitor.get("/fachtag-demo/")
    status, head, nothing = visitor.get("/fachtag-demo/", "HEAD")
    assert (status, head, nothing) == ("200 OK", headers, b"")
    assert len(body) == int(head["Content-Length"])
    assert visitor.written == 1


def test_who_asks_while_it_is_written_waits_for_it(visitor: Visitor) -> None:
    """Without the database: what is written is a page that stands in for it."""
    writing, go_on = threading.Event(), threading.Event()
    written: list[str] = []

    class Page(list[bytes]):
        def close(self) -> None: ...

    def slowly(environ: dict[str, Any], start_response: Callable[..., Any]) -> Page:
        written.append(environ["PATH_INFO"])
        writing.set()
        assert go_on.wait(10)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return Page([b"page"])

    visitor.kept.site = slowly
    answers: list[Any] = []
    crowd = [threading.Thread(target=lambda: answers.append(visitor.get("/fachtag-demo/"))) for _one in range(8)]
    for one in crowd:
        one.start()
    assert writing.wait(10)
    go_on.set()
    for one in crowd:
        one.join(10)
    assert written == ["/fachtag-demo/"]
    assert [answer[2] for answer in answers] == [b"page"] * 8


def test_a_refusal_is_written_once(visitor: Visitor, settings: Settings) -> None:
    settings.MAINTENANCE = True
    assert visitor.get("/fachtag-demo/")[0] == "503 Service Unavailable"
    assert visitor.written == 1
    assert visitor.kept.answers == {}


def test_a_page_that_cannot_be_written_keeps_nobody_waiting(visitor: Visitor) -> None:
    def broken(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        raise OSError("disk")

    site, visitor.kept.site = visitor.kept.site, broken
    with pytest.raises(OSError, match="disk"):
        visitor.get("/fachtag-demo/")
    visitor.kept.site = site
    assert visitor.get("/fachtag-demo/")[0] == "200 OK"


# What is never kept


def keys(visitor: Visitor) -> list[str]:
    return [path for path, _is_https in visitor.kept.answers]


def test_no_token_no_form_no_refusal(visitor: Visitor, bob: Registration) -> None:
    own = bob.get_absolute_url()
    for path in (
        own,
        f"{own}kalender.ics",
        f"{own}daten.json",
        "/fachtag-demo/anmeldung/",
        "/kontakt/",
        "/admin/",
        "/admin/login/",
        "/healthz",
        "/gibt-es-nicht/",
        "/fachtag-demo",
        "/anmeldung/link/",
        "/media/x",
    ):
        visitor.get(path)
        visitor.get(path, "HEAD")
    assert keys(visitor) == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_for_whoever_has_a_cookie(visitor: Visitor, path: str) -> None:
    visitor.get(path, cookie="anything=1")
    assert keys(visitor) == []
    visitor.get(path)
    visitor.get(path, cookie="anything=1")
    assert visitor.written == 3


def test_no_page_of_an_organiser(visitor: Visitor, event: Event, alice: Client) -> None:
    Event.objects.filter(pk=event.pk).update(status="draft")
    cookie = f"sessionid={alice.cookies['sessionid'].value}"
    assert visitor.get("/fachtag-demo/", cookie=cookie)[0] == "200 OK"
    assert visitor.get("/fachtag-demo/")[0] == "404 Not Found"
    assert keys(visitor) == []


def test_no_other_method(visitor: Visitor) -> None:
    visitor.get("/fachtag-demo/")
    assert visitor.get("/fachtag-demo/", "OPTIONS")[0] == "405 Method Not Allowed"
    assert visitor.get("/fachtag-demo/", "POST")[0] == "403 Forbidden"  # no CSRF cookie


def test_a_view_that_sets_a_cookie_by_mistake(visitor: Visitor) -> None:
    site = visitor.kept.site

    def with_a_cookie(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        return site(environ, lambda status, headers: start_response(status, [*headers, ("Set-Cookie", "a=1")]))

    visitor.kept.site = with_a_cookie
    visitor.get("/fachtag-demo/")
    assert keys(visitor) == []


def test_nothing_of_a_visitor_reaches_what_is_kept(visitor: Visitor) -> None:
    seen: list[dict[str, Any]] = []
    site = visitor.kept.site

    def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        seen.append(dict(environ))
        return site(environ, start_response)

    visitor.kept.site = watched
    visitor.get("/fachtag-demo/?name=Bob", authorization="Bob", user_agent="Bob", referer="Bob", accept_language="Bob")
    assert "Bob" not in str(seen)
    assert "192.0.2.1" not in str(seen)
    assert len(seen) == 1


def test_another_host_is_refused_as_ever(visitor: Visitor) -> None:
    visitor.get("/fachtag-demo/")
    assert visitor.get("/fachtag-demo/", host="evil.example")[0] == "400 Bad Request"
    assert visitor.get("/fachtag-demo/", host="")[0] == "400 Bad Request"


def test_what_came_without_https_is_sent_there(visitor: Visitor, settings: Settings) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert visitor.get("/fachtag-demo/", x_forwarded_proto="https")[0] == "200 OK"
    settings.SECURE_SSL_REDIRECT = True
    visitor.kept.site = get_wsgi_application()
    status, headers, _body = visitor.get("/fachtag-demo/?a=b", x_forwarded_proto="http")
    assert (status, headers["Location"]) == ("301 Moved Permanently", "https://127.0.0.1:8000/fachtag-demo/?a=b")
    assert visitor.get("/fachtag-demo/", x_forwarded_proto="https")[0] == "200 OK"


def test_bounded_in_memory(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = {path: len(visitor.get(path)[2]) for path in PAGES}
    assert visitor.kept.room_taken == sum(sizes.values())
    visitor.now += 2
    for path in PAGES:
        visitor.get(path)
    assert visitor.kept.room_taken == sum(sizes.values())
    monkeypatch.setattr(kept, "ROOM", sizes["/"] + sizes["/fachtag-demo/"])
    visitor.now += 2
    for path in ("/fachtag-demo/", "/"):
        visitor.get(path)
    assert keys(visitor) == ["/fachtag-demo/", "/"]
    assert visitor.kept.room_taken == sizes["/"] + sizes["/fachtag-demo/"]
    assert len(visitor.kept.being_written) == 0

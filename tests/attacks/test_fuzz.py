"""Requests that no browser would send, to every address the site has: none is answered with a 5xx.

`make test` sends 5,000 and the same each time, `make nightly` 100,000 on each database. What fails is printed as a
`Request(...)`, to be pinned in test_malformed.py.
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from events.models import Event
from registration import consents
from registration.forms import FormNumber
from tests.attacks.conftest import TOKEN
from tests.attacks.wire import Request, Site, errors

AT_ONCE = 2_500
NIGHTLY_SEEDS = 20

METHODS = (*("GET", "POST") * 6, "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND", "get", "", "\xff")
KEYS = (
    *("", "0", "-1", "1", "2", "3", "١", "²", "1e5", "0x1", "1.0", "True", "None", "NaN", "add", "_", "_3A", "_ZZ"),
    *(
        "9" * 18,
        "9" * 19,
        "9" * 20,
        "9" * 6000,
        "-" + "9" * 30,
        "a" * 5000,
        "\0",
        "1\0",
        "\ud800",
        "\xff",
        "ﬀ",
        "😀" * 300,
    ),
    *(
        "..",
        "../../etc/passwd",
        "%00",
        "%ff",
        "a b",
        "'",
        '"',
        "<script>",
        "1,2",
        "1|2",
        "//evil.example",
        "\n",
        "\r\nX: y",
    ),
    *("00000000-0000-0000-0000-000000000000", str(TOKEN).upper(), "fachtag-demo", "FACHTAG-DEMO"),
)
DATES = (
    *(
        "0001-01-01",
        "0001-01-01T00:00",
        "9999-12-31",
        "9999-12-31T23:59",
        "31.12.9999 23:59",
        "01.01.0001",
        "2026-02-30",
    ),
    *(
        "10000-01-01",
        "1970-01-01",
        "2038-01-20",
        "00:00",
        "23:59:60",
        "24:00",
        "2026-03-29T02:30",
        "1",
        "9999",
        "0",
        "",
    ),
)
NUMBERS = (
    "0",
    "-1",
    "1",
    "2",
    "32767",
    "32768",
    "65536",
    "9" * 10,
    "9" * 20,
    "9" * 6000,
    "1e400",
    "NaN",
    "Infinity",
    "0.1",
)
ADDRESSES = (
    *("bob@example.org", "a@b", "boſ@example.org", "a@" + "b" * 300 + ".org", "@", "a@[", "ä@ö.example", "a\n@b.org"),
    *(
        "http://[",
        "https://xn--",
        "https://a:b@c:99999/",
        "javascript:alert(1)",
        "www.example.org",
        "//",
        "http://a\0b",
    ),
    "https://example.org/" + "a" * 500,
)
TEXTS = (
    *(
        "{name}",
        "{",
        "}",
        "{0}",
        "{name.__class__}",
        "{name!r:>9999}",
        "%s",
        "%(x)s",
        "{{ 7 }}",
        "{% x %}",
        "\u202e",
        "ﷺ",
    ),
    *("[" * 500, "(" * 500, "* " * 500, "# x", "<p>", "&#0;", "x" * 100_001, "{}", "[]", '{"a": 1}', "[[]]", '"', "'"),
    *(
        "confirmed",
        "published",
        "cancelled",
        "recording",
        "workshops",
        "2",
        "2-waiting",
        "99-waiting",
        "-waiting",
        "on",
    ),
)
VALUES = (*KEYS, *DATES, *NUMBERS, *ADDRESSES, *TEXTS)
LOOKUPS = (
    *("q", "o", "p", "e", "all", "v", "next", "workshop", "event", "kind", "subject", "text", "term", "app_label"),
    *("model_name", "field_name", "_popup", "_to_field", "_facets", "_changelist_filters", "event__id__exact"),
    *("event__id", "event", "id", "pk", "id__in", "pk__in", "state__exact", "status__exact", "livestream__exact"),
    *("registered_at__gte", "registered_at__lt", "registered_at__year", "starts_at__year", "starts_at__month"),
    *("starts_at__day", "at__year", "at__month", "at__day", "sent_in_at__year", "created_at__year", "created_at__day"),
    *("failed_at__isempty", "sent_at__isempty", "failed_at__isnull", "kind__exact", "last_name__regex", "token"),
    *("is_staff__exact", "groups__id__exact", "text__event__id__exact", "text__purpose__exact", "user__id__exact"),
)
TYPES = (
    *("application/x-www-form-urlencoded", "multipart/form-data", "multipart/form-data; boundary=", "text/plain", ""),
    *(
        "multipart/form-data; boundary=x",
        "multipart/form-data; boundary=" + "x" * 300,
        "multipart/form-data; boundary=ä",
    ),
    *("multipart/mixed; boundary=x", "application/json", "text/plain;charset=idna", "text/plain;charset=punycode"),
    *(
        "application/x-www-form-urlencoded;charset=utf-7",
        "a/b;charset=\0",
        "a/b;charset*=utf-8''x",
        "; ;=",
        "\xff/\xfe",
    ),
    *(
        "application/x-www-form-urlencoded;charset=base64",
        "application/x-www-form-urlencoded;charset=utf-16",
        "a;" * 2000,
    ),
)
HEADERS: dict[str, tuple[str, ...]] = {
    "host": ("", "evil.example", "127.0.0.1:99999", "[::1", "[::1]:80", "127.0.0.1:", "a" * 300, "\xff", "ä.example"),
    "x-forwarded-for": (
        *("garbage", "unknown", "192.0.2.1:443", "192.0.2.1, unknown, 10.0.0.1", "[2001:db8::1]:443, 10.0.0.1", ","),
        *("::ffff:192.0.2.1, 10.0.0.1", "fe80::1%eth0, 10.0.0.1", "9" * 6000 + ", 10.0.0.1", "\xff, \xff"),
    ),
    "x-forwarded-proto": ("http", "https", "https, http", "", "\xff", "HTTPS"),
    "x-forwarded-host": ("evil.example",),
    "cookie": (
        "",
        "sessionid=",
        "sessionid=\xff",
        "csrftoken=x; sessionid=" + "a" * 40,
        "=;=;",
        "a" * 9000,
        "messages=x",
    ),
    "x-csrftoken": ("", "x", "\xff", "a" * 64, "a" * 9000),
    "origin": ("null", "https://evil.example", "http://[", "https://127.0.0.1:x", "\xff"),
    "referer": ("", "http://[", "https://evil.example/", "\xff", "//"),
    "accept": ("*/*;q=x", "text/html;q=" + "9" * 6000, ";;;,,,", "\xff"),
    "accept-language": ("de", "en;q=0.x", "x" * 600, "a," * 3000, "\xff", "de-" * 200),
    "accept-encoding": ("br", "gzip", "br;q=0, gzip;q=x", "identity;q=0, *;q=0", "\xff"),
    "if-none-match": ("*", '"x"', 'W/"x", "', ",", "\xff", '"' * 3000),
    "if-match": ("*", '"x"', "x"),
    "if-modified-since": (
        "Thu, 01 Jan 0001 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 99 Xxx 2026",
        "0",
        "x",
    ),
    "if-unmodified-since": ("Thu, 01 Jan 0001 00:00:00 GMT", "Sunday, 00-Jan-00 00:00:00 GMT", "x"),
    "if-range": ('"x"', "x"),
    "range": ("bytes=0-", "bytes=-1", "bytes=9-1", "bytes=" + "9" * 6000 + "-", "bytes=0-1,2-3", "x=y", "bytes=٣-"),
    "content-length": ("", "-1", "abc", "0", "1", "9" * 12, "9" * 6000, "1,2", "²"),
    "content-type": TYPES,
    "content-encoding": ("gzip", "br", "x"),
    "transfer-encoding": ("chunked",),
    "x-requested-with": ("XMLHttpRequest",),
    "x-http-method-override": ("DELETE",),
    "authorization": ("Basic x", "Basic ====", "Bearer \xff"),
}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)
FILES = (PNG, PNG[:30], b"", b"GIF89a" + b"\xff" * 40, b"\0" * 100, b"<svg/>")
FILE_HEADS = (
    *('; filename="a.png"', "; filename=", '; filename="../\0"', "; filename*=x''y"),
    *('; filename="a"\r\nContent-Transfer-Encoding: base64', '; filename="a"\r\nContent-Type: x;charset=idna'),
)
POSTED = (
    "action",
    "_selected_action",
    "confirmed",
    "post",
    "_save",
    "_continue",
    "_addanother",
    "_saveasnew",
    "index",
    "slots-0-DELETE",
)
RAW = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"{",
    b"[" * 2000,
    b"--x\r\n",
    b"a=%",
    b"a=%ff&b=%00",
    b"&" * 6000,
    b"csrfmiddlewaretoken=x",
)


def routes(patterns: list[Any], before: str = "") -> Iterator[str]:
    """Every address of the site, with <names> where a key belongs."""
    for pattern in patterns:
        words = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", str(pattern.pattern))
        route = before + re.sub(r"<\w+:(\w+)>", r"<\1>", words).strip("^$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield "/" + route


class Fields(HTMLParser):
    """The fields of a page's forms with what they hold, and the words that its links ask with."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.lookups: set[str] = set()
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        ticked = values.get("type") in {"radio", "checkbox"}
        name, value = values.get("name", ""), values.get("value", "on" if ticked else "")
        if tag == "a":
            self.lookups |= {name for name, _value in parse_qsl(urlsplit(values.get("href", "")).query)}
        elif tag == "input" and name and ("checked" in values or not ticked):
            self.fields[name] = value
        elif tag in {"input", "button"} and name and not name.endswith("-DELETE"):
            self.fields.setdefault(name, value)
        elif tag in {"select", "textarea"} and name:
            self.open = name
            if "multiple" not in values:
                self.fields[name] = ""
        elif tag == "option" and ("selected" in values or not self.fields.get(self.open, "x")):
            self.fields[self.open] = value

    def handle_data(self, data: str) -> None:
        if self.lasttag == "textarea" and self.open:
            self.fields[self.open] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"select", "textarea"}:
            self.open = ""


@dataclass
class Known:
    """What an attacker may learn by looking: each route with its real pages, and what these ask for."""

    pages: dict[str, list[str]]
    fields: dict[str, dict[str, str]]
    lookups: dict[str, list[str]]

    @cached_property
    def routes(self) -> list[str]:
        """Those with forms five times, because there is more to be done wrong."""
        with_forms = [route for route, found in self.pages.items() if len(self.fields[found[0]]) > 2]
        return sorted([*self.pages, *with_forms * 4])


def look_around(site: Site) -> Known:
    """Every page as an organiser sees it."""
    known = Known({route: pages(route) for route in routes(get_resolver().url_patterns)}, {}, {})
    event = Event.objects.get(slug="fachtag-demo")
    number = FormNumber(uuid4(), timezone.now() - timedelta(seconds=10), consents.shown_at_form(event)).signed()
    for page in itertools.chain.from_iterable(known.pages.values()):
        found = Fields()
        found.feed(site.answer(Request("GET", page, organiser=True))[2].decode("utf-8", "replace"))
        found.fields.pop("csrfmiddlewaretoken", None)
        known.fields[page] = {name: number if name == "form_number" else value for name, value in found.fields.items()}
        known.lookups[page] = sorted({*LOOKUPS, *found.lookups})
    return known


def pages(route: str) -> list[str]:
    """The route filled with real keys, as far as there are any."""
    keys: dict[str, list[str]] = {
        "slug": ["fachtag-demo", "fachtag-2021", "entwurf", "bestaetigt"],
        "token": [str(TOKEN)],
        "app_label": ["events", "registration", "auth"],
        "event_id": [str(pk) for pk in Event.objects.values_list("pk", flat=True)],
    }
    for model in apps.get_models():
        if route.startswith(f"/admin/{model._meta.app_label}/{model._meta.model_name}/"):
            keys["object_id"] = [str(pk) for pk in model._default_manager.values_list("pk", flat=True)[:3]] or ["1"]
    found = [route]
    for name in re.findall("<(\\w+)>", route):
        found = [page.replace(f"<{name}>", key, 1) for page in found for key in keys.get(name, ["1"])]
    return found


def bent(name: str, value: str) -> st.SearchStrategy[str]:
    """Something of the kind that belongs into a field, or anything."""
    fitting: tuple[str, ...] = TEXTS
    if re.search(r"(_0|_1|_at|_by|__gte|__lt|year|month|day)$", name) or re.match(r"\d+[-.:]\d", value):
        fitting = DATES
    elif re.fullmatch(r"-?\d+", value) or re.search("(number|capacity|days|minutes|order|id|within)$", name):
        fitting = NUMBERS
    elif re.search("@|://", value) or re.search("(email|url|website)$", name):
        fitting = ADDRESSES
    return st.one_of(st.sampled_from(fitting), st.sampled_from(VALUES), st.text(max_size=20))


@st.composite
def requests(draw: st.DrawFn, known: Known) -> Request:
    route = draw(st.sampled_from(known.routes))
    path = page = draw(st.sampled_from(known.pages[route]))
    if draw(st.integers(0, 3)) == 0:
        path = route
        for name in re.findall("<(\\w+)>", route):
            key = draw(st.one_of(st.sampled_from(KEYS), st.text(max_size=20)))
            path = path.replace(f"<{name}>", quote(key, safe="/", errors="surrogatepass"), 1)
    asked = draw(st.lists(st.sampled_from(known.lookups[page]), max_size=2))
    query = [(name, draw(bent(name, ""))) for name in asked]
    headers = {}
    for name in draw(st.lists(st.sampled_from(sorted(HEADERS)), max_size=2, unique=True)):
        headers[name] = draw(st.sampled_from(HEADERS[name]))
    method = draw(st.sampled_from(METHODS))
    body = b""
    if method not in {"GET", "HEAD"}:
        kind, body = draw(bodies(known.fields[page]))
        headers = {"content-type": kind} | headers
    return Request(
        method,
        path,
        draw(
            st.sampled_from([urlencode(query, errors="surrogatepass")] * 30 + ["&" * 6000, "%", "\xff=\xfe", "a=%ff"])
        ),
        tuple(headers.items()),
        body,
        organiser=draw(st.integers(0, 7)) > 0,
        form_cookie=draw(st.integers(0, 5)) > 0,
    )


@st.composite
def bodies(draw: st.DrawFn, fields: dict[str, str]) -> tuple[str, bytes]:
    """The page's own form with a few fields bent, in one of the ways that browsers send it, or something else."""
    sent = dict(fields)
    for name in draw(st.lists(st.sampled_from([*sorted(fields), *POSTED]), max_size=3)):
        sent[name] = draw(bent(name, fields.get(name, "")))
    way = draw(st.integers(0, 9))
    if way < 6:
        return TYPES[0], urlencode(sent, errors="surrogatepass").encode()
    if way < 8:
        return "multipart/form-data; boundary=x", draw(multipart(sent))
    return draw(st.sampled_from(TYPES)), draw(st.one_of(st.sampled_from(RAW), st.binary(max_size=50)))


@st.composite
def multipart(draw: st.DrawFn, sent: dict[str, str]) -> bytes:
    odd = draw(st.sampled_from([None, None, *sorted(sent)]))
    parts = b""
    for name, value in sent.items():
        more, content = "", value.encode("utf-8", "surrogatepass")
        if name in {"image", "portrait", "logo"} or name == odd:
            more = draw(st.sampled_from(FILE_HEADS))
            content = draw(st.sampled_from(FILES))
        parts += f'--x\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode() + content + b"\r\n"
    return (parts + b"--x--\r\n")[: draw(st.sampled_from([None, None, None, -4, 100]))]


def send_many(site: Site, number: int, run: int) -> int:
    known, sent = look_around(site), 0

    @seed(run)
    @hypothesis_settings(
        max_examples=number,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(requests(known))
    def no_5xx(request: Request) -> None:
        nonlocal sent
        sent += 1
        with errors() as found:
            status, _headers, _content = site.answer(request)
        assert status < 500, f"{request!r}\n{''.join(found)}"

    no_5xx()
    return sent


def test_no_request_breaks_the_site(site: Site) -> None:
    assert send_many(site, AT_ONCE, 0) >= AT_ONCE


@pytest.mark.nightly
@pytest.mark.parametrize("run", range(1, NIGHTLY_SEEDS + 1))
def test_no_request_breaks_the_site_at_night(site: Site, run: int) -> None:
    sent = send_many(site, AT_ONCE, run)
    print(f"{sent} requests, seed {run}")
    assert sent >= AT_ONCE


def test_every_address_is_reached(site: Site) -> None:
    known = look_around(site)
    assert len(known.pages) > 100
    assert min(len(found) for found in known.pages.values()) > 0
    assert {"first_name", "form_number"} <= set(known.fields["/fachtag-demo/anmeldung/"])
    assert "starts_at__year" in known.lookups["/admin/events/event/"]

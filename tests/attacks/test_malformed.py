"""Requests that once were answered with a 500: what each is answered with."""

from collections.abc import Iterable
from itertools import product
from urllib.parse import quote, urlencode

import pytest
from django.contrib.auth.models import User

from registration.models import Registration
from tests.attacks.conftest import TOKEN
from tests.attacks.test_fuzz import Fields
from tests.attacks.wire import Request, Site, errors

FORM = (("content-type", "application/x-www-form-urlencoded"),)
NINES = "9" * 6000
TIMES = "/admin/fachtag/fachtag-demo/angaben/zeiten/"
KEYS = (NINES, "9" * 19, "9" * 40, "-1", "x", "\0", "1\0", "\xff", "_ZZ", "1e5", "1,2", "😀", "²")


def answers(site: Site, requests: Iterable[Request]) -> set[int]:
    """The codes that they are answered with; an error of the site fails the test."""
    codes = set()
    for request in requests:
        with errors() as found:
            codes.add(site.answer(request)[0])
        assert found == [], request
    return codes


def form(path: str, **fields: str) -> Request:
    return Request("POST", path, "", FORM, urlencode(fields).encode(), organiser=True)


def asked(path: str, **query: str) -> Request:
    return Request("GET", path, urlencode(query), organiser=True)


@pytest.mark.parametrize("path", ["/gibt-es/nicht", "/", "/admin/", "/fachtag-demo/anmeldung/", "/anmeldung/x/"])
def test_a_form_without_boundary(site: Site, path: str) -> None:
    types = ["multipart/form-data", "multipart/form-data; boundary=ä"]
    hosts: list[tuple[tuple[str, str], ...]] = [(), (("host", "evil.example"),), (("host", "127.0.0.1:x"),)]
    requests = [
        Request("POST", path, "", (("content-type", kind), *host), b"x", form_cookie=cookie)
        for kind, host, cookie in product(types, hosts, [True, False])
    ]
    assert answers(site, requests) == {400}


def test_a_form_that_is_too_large(site: Site) -> None:
    bodies = [b"a=1&" * 6000, b"a" * 3_000_000]
    assert answers(site, [Request("POST", "/gibt-es/nicht", "", FORM, body) for body in bodies]) == {400}


@pytest.mark.parametrize("charset", ["idna", "punycode", "base64", "hex", "utf-16", "utf-7", "nonsense", "\0"])
def test_another_encoding_is_refused(site: Site, charset: str) -> None:
    headers = (("content-type", f"application/x-www-form-urlencoded; charset={charset}"),)
    requests = [Request(method, "/", "a=%ff_", headers, b"first_name=x") for method in ("GET", "POST")]
    assert answers(site, requests) == {415}


def test_utf_8_by_any_name_is_not(site: Site) -> None:
    types = ["text/plain", "text/plain;charset=utf-8", 'text/plain; charset="UTF-8"', "text/plain; charset=utf8"]
    assert answers(site, [Request("GET", "/", "", (("content-type", kind),)) for kind in types]) == {200}


def test_a_length_that_is_no_number(site: Site) -> None:
    lengths = ["abc", "-1", "1,2", "²", NINES]
    assert answers(site, [Request("POST", "/", "", (("content-length", length),), b"x") for length in lengths]) == {400}


@pytest.mark.parametrize(
    "model", ["events/event", "events/legalpage", "registration/registration", "registration/outgoingmail", "auth/user"]
)
def test_a_key_that_nothing_has(site: Site, model: str) -> None:
    pages = [f"/admin/{model}/{quote(key)}/{page}/" for key, page in product(KEYS, ["change", "delete", "history"])]
    assert answers(site, [asked(page) for page in pages]) - {403, 404} == {302}


@pytest.mark.parametrize(
    "model", ["registration/registration", "registration/outgoingmail", "events/event", "auth/user"]
)
def test_an_action_on_a_key_that_nothing_has(site: Site, model: str) -> None:
    actions = ["cancel", "send_again", "erase", "delete_selected"]
    requests = [
        form(f"/admin/{model}/", action=action, _selected_action=key, confirmed="1")
        for key, action in product(KEYS, actions)
    ]
    assert answers(site, requests) == {400}


def test_an_action_on_a_key_that_nothing_has_any_more(site: Site) -> None:
    gone = form("/admin/registration/outgoingmail/", action="send_again", _selected_action="999999")
    assert answers(site, [gone]) == {302}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"event__id__exact": NINES}, 400),
        ({"event__id__exact": "x"}, 302),
        ({"event__id__exact": "9" * 19}, 400),
        ({"event__id__exact": "9" * 18}, 200),
        ({"event": NINES}, 400),
        ({"registered_at__gte": "0001-01-01"}, 400),
        ({"registered_at": "9999-12-31T23:59:59-12:00"}, 400),
        ({"registered_at__lt": "00010101T000000"}, 400),
        ({"last_name__exact": "\0"}, 400),
        ({"id__in": "9" * 30}, 400),
        ({"last_name__regex": "("}, 400),
        ({"_to_field": ""}, 400),
        ({"_to_field": "workshop"}, 400),
        ({"o": NINES}, 200),
        ({"p": NINES}, 200),
    ],
)
def test_a_list_filtered_by_what_cannot_be(site: Site, query: dict[str, str], code: int) -> None:
    assert answers(site, [asked("/admin/registration/registration/", **query)]) == {code}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("events/event", "starts_at"),
        ("registration/consentrecord", "at"),
        ("registration/outgoingmail", "created_at"),
    ],
)
def test_a_list_by_a_year_that_cannot_be(site: Site, model: str, name: str) -> None:
    more = [{}, {"month": "1"}, {"month": "13"}, {"month": "12", "day": "31"}, {"month": "2", "day": "30"}]
    requests = {
        year: [
            asked(f"/admin/{model}/", **{f"{name}__{part}": value for part, value in ({"year": year} | rest).items()})
            for rest in more
        ]
        for year in ("1", "9999", "10000", "-1", "x", NINES, "1900", "2026", "2999")
    }
    codes = {year: answers(site, found) for year, found in requests.items()}
    assert {year for year, found in codes.items() if found != {400}} == {"1900", "2026", "2999"}


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    ("page", "name"),
    [
        (TIMES, "starts_at_0"),
        (TIMES, "ends_at_0"),
        (TIMES, "registration_opens_at_0"),
        (TIMES, "registration_closes_at_0"),
        (TIMES, "changes_close_at_0"),
        ("/admin/fachtag/neu/", "day"),
        ("/admin/fachtag/neu/", "last_day"),
    ],
)
def test_a_date_far_from_our_time_is_refused_in_words(site: Site, page: str, name: str, date: str) -> None:
    fields = filled(site, page)
    assert name in fields
    with errors() as found:
        code, _headers, html = site.answer(form(page, **fields | {name: date}))
    assert (found, code) == ([], 200)
    assert "Bitte prüfen Sie das Jahr" in html.decode()


@pytest.mark.parametrize(
    ("page", "field"),
    [
        ("/admin/fachtag/fachtag-demo/workshops/neu/", "slot"),
        ("/admin/fachtag/fachtag-demo/workshops/neu/", "people_group"),
        ("/admin/fachtag/fachtag-demo/angaben/ort/", "venue"),
        ("/admin/fachtag/fachtag-demo/programm/", "up"),
    ],
)
def test_a_field_that_names_a_row_that_cannot_be(site: Site, page: str, field: str) -> None:
    fields = filled(site, page)
    assert field in fields
    fields.pop("do", None)  # a button beside a row
    assert answers(site, [form(page, **fields | {field: key}) for key in KEYS]) <= {200, 302}


def test_when_somebody_joined_is_nobody_s_to_say(site: Site) -> None:
    path = f"/admin/auth/user/{User.objects.earliest('pk').pk}/change/"
    fields = filled(site, path) | {"_save": "1"}
    dates = {"date_joined_0": "0001-01-01", "last_login_0": "9999-12-31"}
    assert answers(site, [form(path, **fields | dates)]) == {302}


def filled(site: Site, path: str) -> dict[str, str]:
    """The form of a page, as an organiser finds it."""
    page = Fields()
    page.feed(site.answer(asked(path))[2].decode())
    return page.fields


def test_a_name_that_nobody_has(site: Site) -> None:
    names = ["😀" * 300, "a" * 5000, "admin\0", NINES]
    assert answers(site, [form("/admin/login/", username=name, password="x") for name in names]) == {200}


def test_a_visitor_whose_address_is_none(site: Site) -> None:
    for forwarded in ("garbage", "unknown", "192.0.2.1:443", "fe80::1%eth0, 10.0.0.1", "\xff, \xff"):
        headers = (*FORM, ("x-forwarded-for", forwarded))
        requests = [
            Request("POST", "/anmeldung/link/", "", headers, b"email=a@example.org"),
            Request("POST", "/admin/login/", "", headers, b"username=a&password=x"),
            Request("GET", f"/anmeldung/{str(TOKEN)[:-1]}0/", "", headers),
        ]
        assert answers(site, requests) == {302, 200, 404}


def test_a_copy_that_no_page_offers(site: Site) -> None:
    bob = Registration.objects.latest("pk")
    path = f"/admin/registration/registration/{bob.pk}/change/"
    guest = {"first_name": "Bob", "last_name": "Beispiel", "email": "bob@example.org", "_saveasnew": "1"}
    before = Registration.objects.count()
    with errors() as found:
        status = site.answer(form(path, **guest))[0]
    assert (status, found, Registration.objects.count()) == (400, [], before)

"""Requests that once were answered with a 500: what each is answered with."""

from urllib.parse import urlencode

import pytest
from django.apps import apps

from tests.attacks.conftest import TOKEN
from tests.attacks.test_fuzz import Fields
from tests.attacks.wire import Request, Site, errors

FORM = (("content-type", "application/x-www-form-urlencoded"),)
NINES = "9" * 6000


def status(site: Site, request: Request) -> int:
    with errors() as found:
        code = site.answer(request)[0]
    assert found == []
    return code


def form(path: str, **fields: str) -> Request:
    return Request("POST", path, "", FORM, urlencode(fields).encode(), organiser=True)


@pytest.mark.parametrize(
    "path", ["/gibt-es/nicht", "/", "/admin/", "/kontakt/", "/fachtag-demo/anmeldung/", "/anmeldung/x/"]
)
@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=ä"])
@pytest.mark.parametrize("form_cookie", [True, False])
def test_a_form_without_boundary(site: Site, path: str, content_type: str, form_cookie: bool) -> None:
    headers = (("content-type", content_type),)
    assert status(site, Request("POST", path, "", headers, b"x", form_cookie=form_cookie)) == 400


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:x"])
def test_a_form_without_boundary_for_another_host(site: Site, host: str) -> None:
    headers = (("content-type", "multipart/form-data"), ("host", host))
    assert status(site, Request("POST", "/", "", headers, b"x")) == 400


@pytest.mark.parametrize("fields", [6000, 3_000_000])
def test_a_form_that_is_too_large(site: Site, fields: int) -> None:
    assert status(site, Request("POST", "/gibt-es/nicht", "", FORM, b"&" * fields)) in {400, 404}


@pytest.mark.parametrize(
    "charset", ["idna", "punycode", "base64", "hex", "utf-16", "utf-7", "nonsense", "\0", "a" * 300]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_another_encoding_is_refused(site: Site, charset: str, method: str) -> None:
    headers = (("content-type", f"application/x-www-form-urlencoded; charset={charset}"),)
    assert status(site, Request(method, "/", "a=%ff_", headers, b"first_name=x")) == 415


@pytest.mark.parametrize("length", ["abc", "-1", "1,2", "²", NINES])
def test_a_length_that_is_no_number(site: Site, length: str) -> None:
    assert status(site, Request("POST", "/", "", (("content-length", length),), b"x")) == 400


@pytest.mark.parametrize(
    "key", [NINES, "9" * 19, "9" * 40, "-1", "x", "%00", "1%00", "%ff", "_ZZ", "1e5", "%F0%9F%98%80"]
)
@pytest.mark.parametrize("where", ["change", "delete", "history"])
@pytest.mark.parametrize(
    "model", ["events/event", "events/legalpage", "registration/registration", "registration/mailtext", "auth/user"]
)
def test_a_key_that_nothing_has(site: Site, key: str, where: str, model: str) -> None:
    assert status(site, Request("GET", f"/admin/{model}/{key}/{where}/", organiser=True)) in {302, 403, 404}


@pytest.mark.parametrize("key", [NINES, "9" * 19, "-1", "x", "\0", "1,2"])
@pytest.mark.parametrize("action", ["cancel", "move", "erase", "delete_selected"])
@pytest.mark.parametrize("model", ["registration/registration", "registration/inquiry", "events/event", "auth/group"])
def test_an_action_on_a_key_that_nothing_has(site: Site, key: str, action: str, model: str) -> None:
    request = form(f"/admin/{model}/", action=action, _selected_action=key, confirmed="1")
    assert status(site, request) in {200, 302, 400}


@pytest.mark.parametrize(
    "query",
    [
        {"event__id__exact": NINES},
        {"event__id__exact": "9" * 19},
        {"event__id__exact": "x"},
        {"workshop": NINES},
        {"registered_at__gte": "0001-01-01", "registered_at__lt": "9999-12-31"},
        {"registered_at__year": "1"},
        {"registered_at__year": "9999"},
        {"registered_at__year": NINES},
        {"q": "\0"},
        {"o": NINES},
        {"p": NINES},
        {"p": "9" * 19},
        {"id__in": NINES},
        {"token": "x"},
        {"_to_field": ""},
        {"last_name__regex": "("},
    ],
)
def test_a_list_filtered_by_what_cannot_be(site: Site, query: dict[str, str]) -> None:
    request = Request("GET", "/admin/registration/registration/", urlencode(query), organiser=True)
    assert status(site, request) in {200, 302, 400}


@pytest.mark.parametrize(
    "where", ["events/event", "registration/consentrecord", "registration/inquiry", "registration/outgoingmail"]
)
@pytest.mark.parametrize("year", ["0", "1", "9999", "10000", "-1", NINES, "x"])
@pytest.mark.parametrize("more", ["", "__month=1", "__month=13", "__month=12__day=31", "__month=1__day=1"])
def test_a_list_by_a_year_that_cannot_be(site: Site, where: str, year: str, more: str) -> None:
    field = {"events/event": "starts_at", "registration/consentrecord": "at", "registration/inquiry": "sent_in_at"}
    name = field.get(where, "created_at")
    asked = {f"{name}__year": year}
    for part in more.split("__")[1:]:
        asked[f"{name}__{part.partition('=')[0]}"] = part.partition("=")[2]
    assert status(site, Request("GET", f"/admin/{where}/", urlencode(asked), organiser=True)) in {200, 302, 400}


@pytest.mark.parametrize("name", ["😀" * 300, "a" * 5000, "admin\0", NINES])
def test_a_name_that_nobody_has(site: Site, name: str) -> None:
    assert status(site, form("/admin/login/", username=name, password="x")) in {200, 302}


@pytest.mark.parametrize("forwarded", ["garbage", "unknown", "192.0.2.1:443", "fe80::1%eth0, 10.0.0.1", "\xff, \xff"])
def test_a_visitor_whose_address_is_none(site: Site, forwarded: str) -> None:
    headers = (*FORM, ("x-forwarded-for", forwarded))
    assert status(site, Request("POST", "/anmeldung/link/", "", headers, b"email=a@example.org")) == 302
    assert status(site, Request("POST", "/admin/login/", "", headers, b"username=a&password=x")) == 200
    assert status(site, Request("GET", "/anmeldung/" + str(TOKEN)[:-1] + "0/", "", headers)) == 404


@pytest.mark.parametrize("date", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    ("where", "name"),
    [
        ("events/event", "starts_at"),
        ("events/event", "ends_at"),
        ("events/event", "registration_opens_at"),
        ("events/event", "registration_closes_at_0"),
        ("events/event", "changes_close_at"),
        ("events/event", "slots-0-starts_at"),
        ("events/slot", "starts_at"),
        ("events/slot", "ends_at"),
        ("auth/user", "date_joined_0"),
        ("auth/user", "last_login_0"),
    ],
)
def test_a_date_far_from_our_time(site: Site, where: str, name: str, date: str) -> None:
    model = apps.get_model(where.replace("/", "."))
    path = f"/admin/{where}/{model._default_manager.earliest('pk').pk}/change/"
    page = Fields()
    page.feed(site.answer(Request("GET", path, organiser=True))[2].decode())
    sent = page.fields | {name: date if name.endswith("_0") else f"{date}T09:00", "_save": "1"}
    with errors() as found:
        code, _headers, html = site.answer(form(path, **sent))
    assert found == []
    assert code == (302 if where == "auth/user" else 200)
    assert ("Bitte prüfen Sie das Jahr" in html.decode()) == (where != "auth/user")

"""The blank form, which is written once a second for everybody."""

import re
import time
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

import fachtag.settings
from events.models import Event, Organiser
from fachtag.headers import hashed
from registration.forms import FormNumber
from registration.models import Registration

URL = "/fachtag-demo/anmeldung/"


@pytest.fixture(autouse=True)
def kept(settings: Any) -> Any:
    """Pages are kept as on the running site."""
    settings.CACHES = fachtag.settings.CACHES
    caches["pages"].clear()
    yield
    caches["pages"].clear()


def value(html: str, name: str) -> str:
    [tag] = re.findall(f'<input[^>]*name="{name}"[^>]*>', html)
    [found] = re.findall('value="([^"]+)"', tag)
    return str(found)


def test_everybody_gets_the_same_page(event: Event, django_assert_num_queries: Any) -> None:
    first = Client().get(URL)
    with django_assert_num_queries(0):
        second = Client().get(URL)
    assert [{**answer.headers, "ETag": "", "Content-Length": ""} for answer in (first, second)] == [
        {**first.headers, "ETag": "", "Content-Length": ""}
    ] * 2
    pages = [
        answer.content.decode()
        .replace(value(answer.content.decode(), "form_number"), "")
        .replace(value(answer.content.decode(), "csrfmiddlewaretoken"), "")
        for answer in (first, second)
    ]
    assert pages[0] == pages[1]


def test_each_has_a_number_of_its_own(event: Event) -> None:
    numbers = [FormNumber.read(value(Client().get(URL).content.decode(), "form_number")) for _visitor in range(3)]
    assert all(numbers)
    assert len({number.number for number in numbers if number}) == 3


def test_each_has_a_token_that_only_its_own_cookie_fits(event: Event) -> None:
    alice, bob = (Client(enforce_csrf_checks=True) for _visitor in range(2))
    tokens = [value(client.get(URL).content.decode(), "csrfmiddlewaretoken") for client in (alice, bob)]
    assert alice.cookies["csrftoken"].value != bob.cookies["csrftoken"].value
    answers = [alice.post(URL, {"csrfmiddlewaretoken": token}).content.decode() for token in tokens]
    assert ["Ihr Browser hat das Cookie nicht mitgeschickt" in answer for answer in answers] == [False, True]


def test_everybody_sees_the_colours_of_the_house(event: Event) -> None:
    Organiser.objects.update(brand_colour="#7a1030", accent_colour="#2ac5a5")
    first, second = (Client().get(URL) for _visitor in range(2))
    own = hashed(re.findall("<style>(.*?)</style>", second.content.decode())[1])
    assert [own in answer["Content-Security-Policy"] for answer in (first, second)] == [True, True]


def test_a_long_address_is_no_warning_with_what_somebody_typed(client: Client, event: Event) -> None:
    """Django warns, once for each, of keys of more than 250 bytes; here a warning is an error."""
    assert "ü" * 200 in client.get(URL, {"organisation": "ü" * 200}).content.decode()


def test_another_address_is_another_page(client: Client, event: Event) -> None:
    assert " checked" not in client.get(URL).content.decode()
    assert client.get(f"{URL}?workshop=2").content.decode().count(" checked") == 1


def test_what_was_sent_is_nobody_elses(client: Client, event: Event, payload: Any) -> None:
    client.get(URL)
    assert "Charlie" in client.post(URL, payload(email="")).content.decode()
    assert "Charlie" not in Client().get(URL).content.decode()


def test_no_page_is_older_than_a_second(client: Client, event: Event) -> None:
    client.get(URL)
    Event.objects.update(title="Ein anderer Titel")
    assert "Ein anderer Titel" not in client.get(URL).content.decode()
    Event.objects.update(status=Event.Status.DRAFT)
    pages: Any = caches["pages"]
    pages._expire_info = dict.fromkeys(pages._expire_info, 0.0)  # a second passes
    assert client.get(URL).status_code == 404


def test_the_guest_of_a_kept_form_is_registered(event: Event, payload: Any) -> None:
    Client().get(URL)
    client = Client(enforce_csrf_checks=True)
    page = client.get(URL).content.decode()
    token, number = value(page, "csrfmiddlewaretoken"), value(page, "form_number")
    time.sleep(2.1)  # as people need
    answer = client.post(URL, payload(csrfmiddlewaretoken=token, form_number=number))
    assert (answer.status_code, Registration.objects.count()) == (302, 1)

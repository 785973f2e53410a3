"""Answers, counted."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events.models import Event, Question
from registration import booking
from registration.models import Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.events.test_facts import words_of

PAGE = "/admin/fachtag/fachtag-demo/gaeste/antworten/"
NEEDS = "/admin/fachtag/fachtag-demo/gaeste/bedarf/"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


@pytest.fixture
def lunch(event: Event) -> Question:
    options = [["vegan", "vegan"], ["meat", "mit Fleisch"]]
    values: dict[str, Any] = {"kind": "choice", "options": options, "audience": "everybody", "order": 5}
    return event.questions.create(key="lunch", label="Was essen Sie?", **values)


@pytest.fixture
def guests(event: Event, lunch: Question) -> list[Registration]:
    eat = ["vegan", "vegan", "meat", "vegan"]
    found = [
        factories.registered(event, factories.guest(number), answered={"lunch": key}) for number, key in enumerate(eat)
    ]
    booking.cancel(found[3], found[3].registered_at)
    return found


def test_it_works(client: Client, guests: list[Registration]) -> None:
    page = client.get(PAGE).content.decode()
    assert "Was essen Sie? vegan 2 mit Fleisch 1 insgesamt beantwortet 3" in words_of(page)
    assert f'href="{PAGE.removesuffix("antworten/")}?q=mit%20Fleisch"' in page
    assert "Besondere Bedürfnisse" not in words_of(page)
    found = client.get(PAGE.removesuffix("antworten/"), {"q": "mit Fleisch"}).context["guests"]
    assert [guest.pk for guest in found] == [guests[2].pk]


def test_sensitive_ones_are_counted_where_they_are_listed(log_in: LogIn, guests: list[Registration]) -> None:
    Question.objects.filter(key="lunch").update(sensitive=True)
    assert "Was essen Sie?" not in words_of(log_in("guests").get(PAGE).content.decode())
    assert "Was essen Sie? vegan 2 mit Fleisch 1" in words_of(log_in("lead").get(NEEDS).content.decode())


@pytest.mark.parametrize("more", [0, 3])
def test_queries_do_not_grow(
    client: Client, event: Event, lunch: Question, more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1 + more):
        event.questions.create(key=f"q{number}", label="?", kind="yes_no", audience="everybody")
        factories.registered(event, factories.guest(number), answered={"lunch": "vegan", f"q{number}": True})
    with django_assert_num_queries(8):
        client.get(PAGE)


def test_nothing_asked(client: Client, event: Event) -> None:
    assert "Dieser Fachtag fragt nichts" in client.get(PAGE).content.decode()

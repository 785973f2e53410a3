import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events.models import Event
from tests import factories
from tests.events.test_facts import words_of


def test_it_works(client: Client, event: Event, past_event: Event) -> None:
    page = words_of(client.get("/").content.decode())
    assert page.index("Programm und Anmeldung") < page.index("Anmeldung bis") < page.index("Archiv")
    assert page.index("Archiv") < page.index("Diese Veranstaltung hat bereits stattgefunden.")


def test_without_events(client: Client, db: None) -> None:
    page = words_of(client.get("/").content.decode())
    assert "Zurzeit ist keine Veranstaltung geplant." in page
    assert "Archiv" not in page


def test_drafts_are_not_listed(client: Client, event: Event) -> None:
    factories.an_open_event("entwurf", status="draft", title="Geheimer Entwurf")
    assert "Geheimer Entwurf" not in client.get("/").content.decode()


@pytest.mark.parametrize("events", [1, 3])
def test_three_queries(
    client: Client, past_event: Event, events: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(events):
        factories.an_open_event(f"fachtag-{number}")
    with django_assert_num_queries(4):  # what is ahead, what is over, the slots that the emblems show, whose site it is
        client.get("/")

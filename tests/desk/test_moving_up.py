"""Waiting lists that wait for an organiser."""

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking
from registration.models import Change, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.registration.test_booking import kinds

PAGE = "/admin/fachtag/fachtag-demo/gaeste/nachruecken/"
BUTTON = "Wartelisten jetzt nachrücken lassen"


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


@pytest.fixture
def bob(event: Event) -> Registration:
    """In line for a seat that has come free, in lines that do not move by themselves."""
    event.queue_moves_up = False
    event.save()
    frida = factories.fill(event, 2).places.get().registration
    bob = factories.registered(event, waiting=True)
    booking.cancel(frida, timezone.now())
    return bob


def test_it_works(client: Client, bob: Registration) -> None:
    assert f'href="{PAGE}"' in client.get("/admin/").content.decode()
    assert f'href="{PAGE}"' in client.get("/admin/fachtag/fachtag-demo/gaeste/?zeigen=warteliste").content.decode()
    assert BUTTON in client.get(PAGE).content.decode()
    response = client.post(PAGE, follow=True)
    assert "1 Gast ist nachgerückt." in response.content.decode()
    bob.refresh_from_db()
    assert bob.state == "confirmed"
    assert kinds("Bob") == ["waiting", "moved_up"]
    assert Change.objects.get().what == "1 Gast ist nachgerückt."


def test_looking_moves_nobody(client: Client, bob: Registration) -> None:
    client.get(PAGE)
    bob.refresh_from_db()
    assert bob.state == "waiting"


def test_twice_is_harmless(client: Client, bob: Registration) -> None:
    client.post(PAGE)
    assert "Niemand ist nachgerückt" in client.post(PAGE, follow=True).content.decode()
    assert Change.objects.count() == 1


def test_without_a_free_seat_there_is_nothing_to_press(client: Client, event: Event) -> None:
    assert "Niemand wartet." in client.get(PAGE).content.decode()
    factories.fill(event, 2)
    factories.registered(event, waiting=True)
    page = client.get(PAGE).content.decode()
    assert "Es gibt keinen freien Platz." in page
    assert BUTTON not in page

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from events.models import Event
from registration.models import Membership

LogIn = Callable[..., Client]

PASSWORD = "drei-alte-Esel-lesen"


@pytest.fixture
def log_in(event: Event) -> LogIn:
    """Somebody with this role in the event's office, or in another one, logged in."""

    def somebody(role: str, *, at: Event = event, **values: Any) -> Client:
        user = User.objects.create_user(f"{role}-{at.slug}", is_staff=True)
        Membership.objects.create(user=user, organiser=at.organiser, role=role, **values)
        client = Client()
        client.force_login(user)
        return client

    return somebody


@pytest.fixture
def foreign(event: Event) -> Event:
    """An event of another office."""
    from tests import factories

    other = factories.an_open_event("fremder-fachtag")
    other.title = "Fremder Fachtag"
    other.organiser = type(other.organiser).objects.create(
        name="Fremdes Amt", email="fremd@example.org", street="Weg 1", postal_code="09599", city="Freiberg"
    )
    other.save()
    return other


@pytest.fixture
def dora(db: None) -> User:
    """Somebody at the desk without an office, who logs in with the password."""
    return User.objects.create_user("dora", "dora@example.org", PASSWORD, is_staff=True, first_name="Dora")

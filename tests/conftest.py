import os
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import consents
from registration.forms import FormNumber
from registration.models import Registration
from tests import factories

# Playwright's synchronous calls run an event loop of their own in the thread that also talks to the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

Payload = Callable[..., dict[str, Any]]


@pytest.fixture
def event(db: None) -> Event:
    return factories.an_open_event()


@pytest.fixture
def past_event(db: None) -> Event:
    return factories.the_real_event()


@pytest.fixture
def bob(event: Event) -> Registration:
    return factories.registered(event)


@pytest.fixture
def alice(admin_user: Any) -> Client:
    """The organiser, logged in."""
    client = Client()
    client.force_login(admin_user)
    return client


@pytest.fixture
def payload(event: Event) -> Payload:
    """A valid form, opened ten seconds ago, that each test bends; None takes a field out."""

    def bend(**changes: Any) -> dict[str, Any]:
        number = FormNumber(uuid4(), timezone.now() - timedelta(seconds=10), consents.shown_at_form(event))
        valid = {
            "first_name": "Charlie",
            "last_name": "Öztürk",
            "email": "charlie@example.org",
            "organisation": "Amt für Übergänge & Anfänge",
            "workshop": "2",
            "recording_consent": "on",
            "question_needs": "",
            "form_number": number.signed(),
            "homepage": "",
        }
        sent = {name: value for name, value in (valid | changes).items() if value is not None}
        return factories.sent(sent)

    return bend


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Debian's Chromium, kept from talking to its maker."""
    arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    return browser_type_launch_args | {"executable_path": "/usr/bin/chromium", "args": arguments}

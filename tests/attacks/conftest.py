from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from pytest_django import Settings

from events.models import Event, LegalPage
from registration import booking
from registration.models import Inquiry, MailText, OutgoingMail, Registration
from tests import factories
from tests.attacks.wire import Site
from tests.running import RunningSite

TOKEN = UUID("12345678-1234-4234-8234-123456789012")


@pytest.fixture
def rows(event: Event, past_event: Event, bob: Registration) -> None:
    """Something of everything, under names that are the same in each run."""
    now = timezone.now()
    Registration.objects.filter(pk=bob.pk).update(token=TOKEN)
    factories.fill(event, 3)
    factories.registered(event, factories.CHARLIE, 3, waiting=True)
    booking.cancel(factories.registered(event, factories.guest(1)), now)
    factories.an_open_event("entwurf", status="draft")
    factories.an_open_event("bestaetigt", address_confirmed_within=24)
    Inquiry.objects.create(message="Eine Frage", form_number=TOKEN, sent_in_at=now - timedelta(days=1))
    MailText.objects.create(event=event, kind=OutgoingMail.Kind.CONFIRMED, subject="Willkommen", text="Hallo {name}")
    assert LegalPage.objects.count() == 3


@pytest.fixture(params=["direct", "proxy"])
def site(request: pytest.FixtureRequest, rows: None, settings: Settings) -> Site:
    """The site as anybody reaches it, and behind two proxies that speak https."""
    settings.SITE_URL = "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "fachtag.example.org"]
    if request.param == "proxy":
        settings.SITE_URL = "https://fachtag.example.org"
        settings.CSRF_TRUSTED_ORIGINS = [settings.SITE_URL]
        settings.TRUSTED_PROXY = 2
        settings.SECURE_SSL_REDIRECT = settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.SECURE_HSTS_SECONDS = 31536000
    site = Site()
    site.log_in()
    return site


@pytest.fixture(scope="package")
def running_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("attacked")).running() as site:
        yield site

"""What an organiser sees and does who may not do everything."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration.models import Change, ConsentRecord, OutgoingMail, Registration
from tests import factories
from tests.desk.conftest import LogIn
from tests.desk.conftest import log_in as log_in
from tests.registration.test_booking import kinds, states
from tests.registration.test_change import payload, url


@pytest.fixture
def dora(log_in: LogIn) -> Client:
    """An organiser who sees to guests."""
    return log_in("guests")


NAME = "guests-fachtag-demo"  # her login


def test_nobody_ever_sees_a_guests_key(alice: Client, log_in: LogIn, event: Event, bob: Registration) -> None:
    mail = OutgoingMail.objects.get()
    desk, tables = f"/admin/fachtag/{event.slug}", "/admin/registration"
    for client, pages in (
        (log_in("guests"), [f"{desk}/gaeste/", f"{desk}/gaeste/{bob.pk}/berichtigen/", f"{desk}/nachrichten/"]),
        (log_in("editor"), [f"{desk}/", f"{desk}/mails/"]),
        (log_in("lead"), [f"{desk}/gaeste/bedarf/", f"{desk}/verlauf/"]),
        (
            alice,
            [
                f"{tables}/registration/",
                f"{tables}/registration/{bob.pk}/change/",
                f"{tables}/registration/{bob.pk}/history/",
                f"{tables}/outgoingmail/",
                f"{tables}/outgoingmail/{mail.pk}/change/",
                f"{tables}/consentrecord/",
            ],
        ),
    ):
        for page in pages:
            response = client.get(page)
            assert response.status_code == 200
            assert str(bob.token) not in response.content.decode()
    table = log_in("lead", at=event_of_another_office()).post(f"{desk}/gaeste/mehrere/", {"do": "csv", "gast": bob.pk})
    assert table.status_code == 404


def event_of_another_office() -> Event:
    event = factories.an_open_event("anderer-fachtag")
    event.organiser = type(event.organiser).objects.create(name="Amt", email="amt@example.org")
    event.save()
    return event


@pytest.mark.parametrize(("sees_needs", "is_led"), [(True, True), (False, False)])
def test_who_may_see_all_of_a_guest_is_led_to_the_own_page(
    log_in: LogIn, event: Event, bob: Registration, sees_needs: bool, is_led: bool
) -> None:
    """It shows sensitive answers too."""
    page = log_in("guests", sees_needs=sees_needs).get(f"/admin/fachtag/{event.slug}/gaeste/{bob.pk}/")
    assert (bob.get_absolute_url() in page.content.decode()) == is_led
    assert ("Darum öffnet sie nur, wer diese sehen darf." in page.content.decode()) != is_led


def test_no_shortcut_of_the_admin_leads_to_the_own_page(
    alice: Client, log_in: LogIn, event: Event, bob: Registration
) -> None:
    dora = log_in("guests")
    for row in (bob, event):
        address = f"/admin/r/{ContentType.objects.get_for_model(row).pk}/{row.pk}/"
        assert alice.get(address).status_code == dora.get(address).status_code == 404
    assert 'href="/fachtag-demo/"' in alice.get(f"/admin/events/event/{event.pk}/change/").content.decode()


@pytest.mark.parametrize("lookup", ["token__startswith", "form_number__isnull", "mails__facts__contains"])
def test_nobody_finds_out_a_key_by_filtering(alice: Client, bob: Registration, lookup: str) -> None:
    response = alice.get(f"/admin/registration/registration/?{lookup}={bob.token.hex[0]}")
    assert response.status_code == 400


def test_nor_by_filtering_mails(alice: Client, bob: Registration) -> None:
    assert alice.get("/admin/registration/outgoingmail/?facts__contains=x").status_code == 400


TABLES = ("events/event", "registration/registration", "registration/outgoingmail", "auth/user")


@pytest.mark.parametrize("table", TABLES)
def test_no_permission_of_django_opens_what_belongs_to_all_offices(
    django_user_model: Any, event: Event, table: str
) -> None:
    everything = django_user_model.objects.create_user("zoe", is_staff=True)
    everything.user_permissions.set(Permission.objects.all())
    zoe = Client()
    zoe.force_login(everything)
    assert zoe.get(f"/admin/{table}/").status_code == 403
    assert zoe.get(f"/admin/fachtag/{event.slug}/").status_code == 404


@pytest.mark.parametrize(
    ("role", "status"), [("lead", 200), ("editor", 200), ("guests", 200), ("door", 404), (None, 404)]
)
def test_drafts_are_for_those_who_work_on_them(log_in: LogIn, event: Event, role: str | None, status: int) -> None:
    Event.objects.update(status="draft")
    client = log_in(role) if role else log_in("lead", at=event_of_another_office())
    assert client.get("/fachtag-demo/").status_code == status


def test_what_an_organiser_does_on_the_own_page_is_the_organisers(
    dora: Client, event: Event, bob: Registration
) -> None:
    own = bob.get_absolute_url()
    page = re.sub(r"\s+", " ", dora.get(own).content.decode())
    assert f"Sie sind als {NAME} eingeloggt" in page
    dora.post(url(bob), payload(workshop="3"))
    dora.post(f"{own}einwilligung/", {"withdraw": "recording"})
    dora.post(f"{own}absagen/")
    assert kinds("Bob") == ["confirmed", "changed", "consent_withdrawn", "cancelled_by_organiser"]
    dora.post(f"{own}loeschen/")
    assert list(ConsentRecord.objects.values_list("decision", "actor")) == [
        ("informed", ""),
        ("given", ""),
        ("withdrawn", NAME),
    ]
    changes = Change.objects.order_by("pk")
    assert [change.what for change in changes] == [
        "Geändert",
        "Einwilligung widerrufen",
        "Abgesagt",
        "Gelöscht",
    ]
    assert {(change.actor_name, change.subject) for change in changes} == {(NAME, "gelöscht")}


def test_what_a_guest_does_is_the_guests(client: Client, event: Event, bob: Registration) -> None:
    own = bob.get_absolute_url()
    assert "Was Sie hier tun, wird unter diesem Namen vermerkt" not in client.get(own).content.decode()
    client.post(f"{own}einwilligung/", {"withdraw": "recording"})
    client.post(f"{own}absagen/")
    assert kinds("Bob") == ["confirmed", "consent_withdrawn", "cancelled"]
    assert set(ConsentRecord.objects.values_list("actor", flat=True)) == {""}
    assert not Change.objects.exists()


@pytest.mark.parametrize("role", ["editor", "door", None])
def test_who_does_not_see_to_guests_is_a_guest_here(
    log_in: LogIn, event: Event, bob: Registration, role: str | None
) -> None:
    """Colleagues have a login too, and cancel for themselves."""
    dora = log_in(role) if role else log_in("lead", at=event_of_another_office())
    own = bob.get_absolute_url()
    assert "eingeloggt" not in dora.get(own).content.decode()
    dora.post(f"{own}absagen/")
    assert kinds("Bob") == ["confirmed", "cancelled"]
    assert not Change.objects.exists()


def test_what_an_organiser_did_not_do_is_not_logged(dora: Client, event: Event, bob: Registration) -> None:
    own = bob.get_absolute_url()
    for _time in range(2):
        dora.post(f"{own}einwilligung/", {"withdraw": "recording"})
    for _time in range(2):
        dora.post(f"{own}absagen/")
    log = list(Change.objects.order_by("pk").values_list("what", flat=True))
    assert log == ["Einwilligung widerrufen", "Abgesagt"]


def test_an_organisers_press_on_the_button_makes_no_address_known(dora: Client, event: Event) -> None:
    event.address_confirmed_within = 24
    event.save()
    bob = factories.registered(event)
    dora.post(f"{bob.get_absolute_url()}bestaetigen/")
    bob.refresh_from_db()
    assert (bob.confirm_by, bob.address_known) == (None, False)


def test_an_organisers_change_confirms_no_address(dora: Client, event: Event) -> None:
    event.address_confirmed_within = 24
    event.save()
    bob = factories.registered(event)
    dora.post(url(bob), payload(workshop="3"))
    bob.refresh_from_db()
    assert states(event) == [("Bob", "confirmed", 3, None)]
    assert bob.confirm_by is not None
    assert bob.confirm_by > timezone.now()

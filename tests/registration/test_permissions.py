"""What an organiser sees and does who may not do everything."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration.models import Change, ConsentRecord, OutgoingMail, Registration
from tests import factories
from tests.registration.test_admin import LIST
from tests.registration.test_booking import kinds, states
from tests.registration.test_change import payload, url


def staff(*permissions: str) -> Client:
    """Dora, who is an organiser with these permissions, logged in."""
    dora = User.objects.create_user("dora", is_staff=True)
    dora.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = Client()
    client.force_login(dora, backend="django.contrib.auth.backends.ModelBackend")
    return client


EVERYTHING = ["view_registration", "view_outgoingmail", "view_consentrecord", "view_event", "view_mailtext"]


def test_who_may_only_view_never_sees_a_guests_key(event: Event, bob: Registration) -> None:
    dora, mail = staff(*EVERYTHING), OutgoingMail.objects.get()
    pages = [
        LIST,
        f"{LIST}?event__id__exact={event.pk}",
        f"{LIST}{bob.pk}/change/",
        f"{LIST}{bob.pk}/history/",
        f"{LIST}export.csv?event__id__exact={event.pk}",
        "/admin/registration/outgoingmail/",
        f"/admin/registration/outgoingmail/{mail.pk}/change/",
        "/admin/registration/consentrecord/",
    ]
    for page in pages:
        response = dora.get(page, follow=True)
        assert response.status_code == 200
        assert str(bob.token) not in response.content.decode()


def test_who_may_change_is_led_to_the_own_page(event: Event, bob: Registration) -> None:
    page = staff(*EVERYTHING, "change_registration").get(f"{LIST}{bob.pk}/change/").content.decode()
    assert bob.get_absolute_url() in page


def test_no_shortcut_of_the_admin_leads_to_the_own_page(alice: Client, event: Event, bob: Registration) -> None:
    for row in (bob, event):
        address = f"/admin/r/{ContentType.objects.get_for_model(row).pk}/{row.pk}/"
        assert alice.get(address).status_code == staff_named(row).get(address).status_code == 404
    assert 'href="/fachtag-demo/"' in alice.get(f"/admin/events/event/{event.pk}/change/").content.decode()


def staff_named(row: object) -> Client:
    User.objects.filter(username="dora").delete()
    return staff()


@pytest.mark.parametrize("lookup", ["token__startswith", "form_number__isnull", "mails__mime__contains"])
def test_nobody_finds_out_a_key_by_filtering(event: Event, bob: Registration, lookup: str) -> None:
    response = staff(*EVERYTHING).get(f"{LIST}?event__id__exact={event.pk}&{lookup}={bob.token.hex[0]}")
    assert response.status_code == 400


def test_nor_by_filtering_mails(bob: Registration) -> None:
    assert staff(*EVERYTHING).get("/admin/registration/outgoingmail/?mime__contains=x").status_code == 400


@pytest.mark.parametrize(
    ("permissions", "status"), [([], 404), (["view_registration"], 404), (["view_event"], 200), (["change_event"], 200)]
)
def test_drafts_are_for_those_who_may_view_events(event: Event, permissions: list[str], status: int) -> None:
    Event.objects.update(status="draft")
    assert staff(*permissions).get("/fachtag-demo/").status_code == status


def test_what_an_organiser_does_on_the_own_page_is_the_organisers(event: Event, bob: Registration) -> None:
    dora = staff(*EVERYTHING, "change_registration")
    own = bob.get_absolute_url()
    page = re.sub(r"\s+", " ", dora.get(own).content.decode())
    assert "Sie sind als dora eingeloggt" in page
    dora.post(url(bob), payload(workshop="3"))
    dora.post(f"{own}einwilligung/", {"withdraw": "recording"})
    dora.post(f"{own}absagen/")
    assert kinds("Bob") == ["confirmed", "changed", "consent_withdrawn", "cancelled_by_organiser"]
    dora.post(f"{own}loeschen/")
    assert list(ConsentRecord.objects.values_list("decision", "actor")) == [
        ("informed", ""),
        ("given", ""),
        ("withdrawn", "dora"),
    ]
    changes = Change.objects.order_by("pk")
    assert [change.what for change in changes] == [
        "Geändert",
        "Einwilligung widerrufen",
        "Abgesagt",
        "Gelöscht",
    ]
    assert {(change.actor_name, change.subject) for change in changes} == {("dora", "gelöscht")}


def test_what_a_guest_does_is_the_guests(client: Client, event: Event, bob: Registration) -> None:
    own = bob.get_absolute_url()
    assert "Was Sie hier tun, wird unter diesem Namen vermerkt" not in client.get(own).content.decode()
    client.post(f"{own}einwilligung/", {"withdraw": "recording"})
    client.post(f"{own}absagen/")
    assert kinds("Bob") == ["confirmed", "consent_withdrawn", "cancelled"]
    assert set(ConsentRecord.objects.values_list("actor", flat=True)) == {""}
    assert not Change.objects.exists()


def test_who_may_not_change_registrations_is_a_guest_here(event: Event, bob: Registration) -> None:
    """Colleagues have a login too, and cancel for themselves."""
    dora = staff("view_registration")
    own = bob.get_absolute_url()
    assert "Sie sind als dora eingeloggt" not in dora.get(own).content.decode()
    dora.post(f"{own}absagen/")
    assert kinds("Bob") == ["confirmed", "cancelled"]
    assert not Change.objects.exists()


def test_what_an_organiser_did_not_do_is_not_logged(event: Event, bob: Registration) -> None:
    dora = staff("change_registration")
    own = bob.get_absolute_url()
    for _time in range(2):
        dora.post(f"{own}einwilligung/", {"withdraw": "recording"})
    for _time in range(2):
        dora.post(f"{own}absagen/")
    log = list(Change.objects.order_by("pk").values_list("what", flat=True))
    assert log == ["Einwilligung widerrufen", "Abgesagt"]


def test_an_organisers_press_on_the_button_makes_no_address_known(event: Event) -> None:
    event.address_confirmed_within = 24
    event.save()
    bob = factories.registered(event)
    staff("change_registration").post(f"{bob.get_absolute_url()}bestaetigen/")
    bob.refresh_from_db()
    assert (bob.confirm_by, bob.address_known) == (None, False)


def test_an_organisers_change_confirms_no_address(event: Event) -> None:
    event.address_confirmed_within = 24
    event.save()
    bob = factories.registered(event)
    staff("change_registration").post(url(bob), payload(workshop="3"))
    bob.refresh_from_db()
    assert states(event) == [("Bob", "confirmed", 3, None)]
    assert bob.confirm_by is not None
    assert bob.confirm_by > timezone.now()

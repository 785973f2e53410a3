"""A lost second factor: who may reset it, what comes of it, and what stands on record."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import outbox, second_factor
from registration.models import Change, Membership, OutgoingMail
from tests.desk.conftest import LogIn
from tests.desk.test_account import log_in as with_password
from tests.desk.test_second_factor import set_up


@pytest.fixture
def membership(dora: User, event: Event) -> Membership:
    """Dora, who works for guests in the event's office, with an app."""
    found = Membership.objects.create(user=dora, organiser=event.organiser, role="guests")
    second_factor.set_app(dora, "JBSWY3DPEHPK3PXP", 0, timezone.now())
    OutgoingMail.objects.all().delete()  # that one has been set up
    return found


def address(membership: Membership) -> str:
    return f"/admin/team/{membership.pk}/zweiter-faktor/"


def test_it_works(log_in: LogIn, membership: Membership, dora: User) -> None:
    lead = log_in("lead")
    page = lead.get(address(membership)).content.decode()
    assert "dora@example.org" in page
    assert second_factor.is_set_up(dora)
    page = lead.post(address(membership), follow=True).content.decode()
    assert "Der zweite Faktor von Dora ist zurückgesetzt." in page
    assert Authenticator.objects.count() == 0
    assert with_password().get("/admin/konto/").status_code == 200
    change = Change.objects.latest("at")
    assert (change.actor_name, change.kind, change.key) == ("lead-fachtag-demo", "auth.user", dora.pk)
    assert change.what == "Zweiter Faktor zurückgesetzt"


def test_all_logins_end(log_in: LogIn, event: Event, dora: User) -> None:
    client = with_password()
    set_up(client)
    membership = Membership.objects.create(user=dora, organiser=event.organiser, role="guests")
    assert client.get("/admin/konto/").status_code == 200
    log_in("lead").post(address(membership))
    assert client.get("/admin/konto/").status_code == 302


def test_the_person_is_told(log_in: LogIn, membership: Membership, mailoutbox: list[object]) -> None:
    log_in("lead").post(address(membership))
    mail = OutgoingMail.objects.get()
    assert mail.recipient == "dora@example.org"
    assert "lead-fachtag-demo hat den zweiten Faktor der Anmeldung dora zurückgesetzt" in mail.facts["opening"]
    outbox.deliver(timezone.now())
    mail.refresh_from_db()
    assert (mail.sent_at is not None, mail.error) == (True, "")


def test_without_an_address(log_in: LogIn, membership: Membership) -> None:
    User.objects.filter(username="dora").update(email="")
    lead = log_in("lead")
    assert "keine Adresse" in lead.get(address(membership)).content.decode()
    lead.post(address(membership))
    assert (OutgoingMail.objects.count(), Authenticator.objects.count()) == (0, 0)


def test_twice_is_harmless(log_in: LogIn, membership: Membership) -> None:
    lead = log_in("lead")
    lead.post(address(membership))
    assert "hat keinen zweiten Faktor" in lead.post(address(membership), follow=True).content.decode()
    assert OutgoingMail.objects.count() == 1


@pytest.mark.parametrize("role", ["editor", "guests", "door"])
def test_who_does_not_lead_may_not(log_in: LogIn, membership: Membership, role: str) -> None:
    client = log_in(role)
    assert {client.get(address(membership)).status_code, client.post(address(membership)).status_code} == {404}
    assert Authenticator.objects.count() == 2


def test_nor_who_leads_another_office(log_in: LogIn, membership: Membership, foreign: Event) -> None:
    client = log_in("lead", at=foreign)
    assert {client.get(address(membership)).status_code, client.post(address(membership)).status_code} == {404}
    assert Authenticator.objects.count() == 2


def test_nor_a_superusers(log_in: LogIn, membership: Membership) -> None:
    User.objects.filter(username="dora").update(is_superuser=True)
    assert log_in("lead").post(address(membership)).status_code == 404


def test_nor_ones_own(log_in: LogIn, event: Event) -> None:
    client = log_in("lead")
    assert client.post(address(Membership.objects.get())).status_code == 404


@pytest.mark.parametrize("role", ["lead", "door"])
def test_nor_of_whoever_works_for_another_office_too(
    log_in: LogIn, membership: Membership, foreign: Event, role: str
) -> None:
    """A password alone would open that one."""
    also = Membership.objects.create(user=membership.user, organiser=foreign.organiser, role=role)
    lead = log_in("lead")
    for answer, status in ((lead.get(address(membership)), 200), (lead.post(address(membership)), 403)):
        page = answer.content.decode()
        assert answer.status_code == status
        assert "Dora arbeitet auch für einen Veranstalter, den Sie nicht leiten." in page
        assert ("Jetzt zurücksetzen" in page, foreign.organiser.name in page) == (False, False)
    assert Authenticator.objects.count() == 2
    Membership.objects.create(
        user=User.objects.get(username="lead-fachtag-demo"), organiser=also.organiser, role="lead"
    )
    assert lead.post(address(membership)).status_code == 302


def test_a_superuser_may_even_then(alice: Client, membership: Membership, foreign: Event) -> None:
    Membership.objects.create(user=membership.user, organiser=foreign.organiser, role="lead")
    assert alice.post(address(membership)).status_code == 302
    assert Authenticator.objects.count() == 0


def test_a_superuser_may(alice: Client, membership: Membership) -> None:
    assert alice.post(address(membership)).status_code == 302
    assert Authenticator.objects.count() == 0


def test_nobody_without_a_login(client: Client, membership: Membership) -> None:
    assert client.post(address(membership)).headers["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("key", [0, 10**30])
def test_a_membership_that_there_is_not(alice: Client, key: int) -> None:
    assert alice.get(f"/admin/team/{key}/zweiter-faktor/").status_code == 404


def test_the_operator_may(membership: Membership) -> None:
    call_command("reset_second_factor", "dora")
    assert Authenticator.objects.count() == 0
    for name in ("dora", "nobody"):
        with pytest.raises(CommandError):
            call_command("reset_second_factor", name)

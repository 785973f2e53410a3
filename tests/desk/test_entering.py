"""Whom an organiser registers by hand."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking, consents
from registration.models import ConsentRecord, OutgoingMail, Registration
from tests import factories


def by_hand(event: Event, **changes: str) -> dict[str, str]:
    return {
        "wording": consents.shown_at_form(event),
        "first_name": "Charlie",
        "last_name": "Öztürk",
        "email": "charlie@example.org",
        factories.round_name(): factories.option("2"),
        "channel": "phone",
        "recording_consent": "on",
    } | changes


def test_past_the_deadline(alice: Client, event: Event) -> None:
    event.registration_closes_at = timezone.now() - timedelta(days=1)
    event.save()
    response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", by_hand(event))
    charlie = Registration.objects.get()
    assert response["Location"] == f"/admin/fachtag/fachtag-demo/gaeste/{charlie.pk}/"
    assert (charlie.state, charlie.channel) == ("confirmed", "phone")
    assert {record.actor for record in ConsentRecord.objects.all()} == {"admin"}
    assert OutgoingMail.objects.get().kind == "confirmed"


def test_over_capacity_only_when_said(alice: Client, event: Event) -> None:
    factories.fill(event, 2)
    address = f"/admin/fachtag/{event.slug}/gaeste/neu/"
    response = alice.post(address, by_hand(event, organisation="Amt für Übergänge"))
    assert "ist inzwischen ausgebucht" in response.content.decode()
    assert 'value="Amt für Übergänge"' in response.content.decode()
    alice.post(address, by_hand(event, over_capacity="on"))
    assert Registration.objects.get(last_name="Öztürk").state == "confirmed"


def test_needs_consent_and_channel(alice: Client, event: Event) -> None:
    response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", by_hand(event, recording_consent="", channel=""))
    assert set(response.context["form"].errors) == {"recording_consent", "channel"}
    assert not Registration.objects.exists()


def test_a_wording_that_changed_meanwhile_is_read_again(alice: Client, event: Event) -> None:
    address = f"/admin/fachtag/{event.slug}/gaeste/neu/"
    form = by_hand(event)
    event.consent_requests.update(wording="Ich willige in alles ein.")
    response = alice.post(address, form)
    assert "Der Wortlaut der Einwilligung oder des Datenschutzhinweises hat sich" in response.content.decode()
    assert not Registration.objects.exists()
    assert response.context["form"]["wording"].value() == consents.shown_at_form(event)


def test_whoever_was_invited_says_yes_past_the_deadline_too(alice: Client, event: Event) -> None:
    charlie = booking.hand_over(factories.registered(event), factories.CHARLIE, timezone.now())
    Event.objects.filter(pk=event.pk).update(changes_close_at=timezone.now() - timedelta(hours=1))
    names = {"first_name": "Charlie", "last_name": "Öztürk", "email": "charlie@example.org"}
    response = alice.post("/admin/fachtag/fachtag-demo/gaeste/neu/", by_hand(event, **names))
    assert response.status_code == 302
    charlie.refresh_from_db()
    assert not charlie.is_invited

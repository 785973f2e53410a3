import hashlib
import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from events.models import ConsentRequest, Event
from registration import booking, consents
from registration.models import ConsentRecord, ConsentText, OutgoingMail, Registration
from tests import factories
from tests.conftest import Payload
from tests.events.test_facts import words_of

FORM = "/fachtag-demo/anmeldung/"
NOW = timezone.now()


@pytest.fixture
def publicity(event: Event) -> ConsentRequest:
    return event.consent_requests.create(purpose="publicity", wording="Fotos von mir dürfen in die Zeitung.")


def decisions(registration: Registration) -> list[tuple[str, str]]:
    return list(registration.consents.values_list("text__purpose", "decision"))


def url(registration: Registration) -> str:
    return f"/anmeldung/{registration.token}/einwilligung/"


def photo_flag(registration: Registration) -> str | None:
    found = consents.with_decisions(Registration.objects.all()).get(pk=registration.pk)
    decision: str | None = found.recording_decision  # type: ignore[attr-defined]
    return decision


def test_it_works(client: Client, bob: Registration) -> None:
    page = words_of(client.get(url(bob)).content.decode())
    assert "Aufnahmen: erteilt" in page
    assert factories.RECORDING in page
    assert "Fassung 1, erforderlich vor Ort" in page
    assert client.post(url(bob), {"withdraw": "recording"})["Location"] == url(bob)
    page = words_of(client.get(url(bob)).content.decode())
    assert "Aufnahmen: widerrufen" in page
    assert f"dass Sie nicht aufgenommen werden möchten. {factories.ALTERNATIVE} In den Livestream wechseln" in page


def test_withdrawing_leaves_the_registration_alone(client: Client, bob: Registration) -> None:
    before = Registration.objects.values().get()
    client.post(url(bob), {"withdraw": "recording"})
    client.post(url(bob), {"withdraw": "recording"})
    assert Registration.objects.values().get() == before
    assert decisions(bob) == [("privacy", "informed"), ("recording", "given"), ("recording", "withdrawn")]
    mail = OutgoingMail.objects.get(kind="consent_withdrawn")
    assert mail.subject == f"Einwilligung widerrufen: {bob.event.title}"


def test_withdrawing_changes_the_photo_flag(client: Client, event: Event, bob: Registration) -> None:
    watching = factories.watching(event, factories.CHARLIE)
    assert (photo_flag(bob), photo_flag(watching)) == ("given", None)
    client.post(url(bob), {"withdraw": "recording"})
    assert photo_flag(bob) == "withdrawn"


def test_one_may_agree_again(client: Client, event: Event, bob: Registration) -> None:
    client.post(url(bob), {"withdraw": "recording"})
    event.consent_requests.update(wording="Ich willige in Fotos ein.")
    [wording] = consents.asked(event)
    page = words_of(client.get(url(bob)).content.decode())
    assert "Der Wortlaut ist jetzt: Ich willige in Fotos ein." in page
    for _time in range(2):
        client.post(url(bob), {"give": "recording", "wording": wording.sha256})
    assert decisions(bob)[2:] == [("recording", "withdrawn"), ("recording", "given")]
    assert bob.consents.last().text.wording == "Ich willige in Fotos ein."  # type: ignore[union-attr]
    assert OutgoingMail.objects.filter(kind="consent_given").count() == 1


@pytest.mark.parametrize("wording", ["", "0" * 64])
def test_nobody_agrees_to_what_was_not_shown(client: Client, bob: Registration, wording: str) -> None:
    client.post(url(bob), {"withdraw": "recording"})
    response = client.post(url(bob), {"give": "recording", "wording": wording})
    assert response.status_code == 422
    assert "Der Wortlaut hat sich inzwischen geändert" in words_of(response.content.decode())
    assert decisions(bob)[-1] == ("recording", "withdrawn")


@pytest.mark.parametrize("data", [{}, {"withdraw": ""}, {"withdraw": "privacy"}, {"withdraw": "\x00"}, {"give": "x"}])
def test_nonsense_changes_nothing(client: Client, bob: Registration, data: dict[str, str]) -> None:
    assert client.post(url(bob), data).status_code in {302, 422}
    assert decisions(bob) == [("privacy", "informed"), ("recording", "given")]


def test_reading_changes_nothing(client: Client, bob: Registration) -> None:
    client.get(url(bob))
    assert decisions(bob) == [("privacy", "informed"), ("recording", "given")]


def test_withdrawing_is_possible_at_any_time(client: Client, bob: Registration) -> None:
    booking.cancel(bob, NOW)
    Event.objects.update(
        starts_at=NOW - timedelta(days=3),
        ends_at=NOW - timedelta(days=2),
        registration_closes_at=NOW - timedelta(days=4),
    )
    client.post(url(bob), {"withdraw": "recording"})
    assert decisions(bob)[-1] == ("recording", "withdrawn")


def test_the_form_asks_for_each_purpose_by_itself(client: Client, publicity: ConsentRequest, payload: Payload) -> None:
    html = client.get(FORM).content.decode()
    assert " checked" not in html
    page = words_of(html)
    assert f"{factories.RECORDING} (erforderlich vor Ort) {publicity.wording} (freiwillig)" in page.replace(
        f"{factories.ALTERNATIVE} ", ""
    )
    client.post(FORM, payload())
    client.post(FORM, payload(first_name="Dora", publicity_consent="on"))
    charlie, dora = Registration.objects.order_by("pk")
    assert decisions(charlie) == [("privacy", "informed"), ("recording", "given"), ("publicity", "refused")]
    assert decisions(dora) == [("privacy", "informed"), ("recording", "given"), ("publicity", "given")]


def test_what_is_stored_of_a_wording(client: Client, publicity: ConsentRequest, payload: Payload) -> None:
    client.post(FORM, payload())
    found = ConsentText.objects.values_list("purpose", "kind", "version", "wording", "alternative")
    assert list(found)[1:] == [
        ("publicity", "voluntary", 1, publicity.wording, ""),
        ("recording", "required", 1, factories.RECORDING, factories.ALTERNATIVE),
    ] or list(found)[1:] == [
        ("recording", "required", 1, factories.RECORDING, factories.ALTERNATIVE),
        ("publicity", "voluntary", 1, publicity.wording, ""),
    ]
    text = ConsentText.objects.get(purpose="recording")
    whole = f"required\0{factories.RECORDING}\0{factories.ALTERNATIVE}"
    assert text.sha256 == hashlib.sha256(whole.encode()).hexdigest()


@pytest.mark.parametrize("change", [{"kind": "voluntary"}, {"alternative": "Eine andere"}, {"wording": "Ein anderer"}])
def test_whatever_a_guest_reads_makes_a_version(
    client: Client, event: Event, payload: Payload, change: dict[str, str]
) -> None:
    client.post(FORM, payload())
    event.consent_requests.update(**change)
    client.post(FORM, payload(first_name="Dora"))
    assert list(ConsentText.objects.filter(purpose="recording").values_list("version", flat=True)) == [1, 2]


def test_a_voluntary_consent_keeps_nobody_out(client: Client, event: Event, payload: Payload) -> None:
    event.consent_requests.update(kind="voluntary")
    assert client.post(FORM, payload(recording_consent=None)).status_code == 302
    assert decisions(Registration.objects.get())[1] == ("recording", "refused")


def test_the_rule_holds_where_it_is_stored(event: Event) -> None:
    with pytest.raises(booking.ConsentMissing):
        booking.register(event, factories.BOB, booking.Choice.of(event.workshops.get(number=1)), NOW)
    assert not Registration.objects.exists()


def test_records_and_texts_are_written_once(bob: Registration) -> None:
    record = bob.consents.last()
    assert record is not None
    record.decision = ConsentRecord.Decision.REFUSED
    with pytest.raises(TypeError):
        record.save()
    record.text.wording = "x"
    with pytest.raises(TypeError):
        record.text.save()


def test_every_mail_leads_to_withdrawing(bob: Registration) -> None:
    link = f"Diese Einwilligung widerrufen: http://127.0.0.1:8000/anmeldung/{bob.token}/einwilligung/"
    assert link in factories.read(OutgoingMail.objects.get())


def button(response: Any) -> dict[str, str]:
    """What the button of the livestream sends beside the form, if it is there."""
    return {"instead": ""} if '<button class="button quiet" name="instead">' in response.content.decode() else {}


def test_who_would_rather_not_be_recorded_takes_the_livestream_with_a_tap(client: Client, payload: Payload) -> None:
    typed = payload(recording_consent=None, organisation="Treibhaus e.V.")
    refused = client.post(FORM, typed)
    assert "Wer vor Ort teilnimmt, willigt hier ein." in words_of(refused.content.decode())
    client.post(FORM, typed | button(refused))
    guest = Registration.objects.get()
    assert (guest.livestream, guest.organisation, decisions(guest)) == (
        True,
        "Treibhaus e.V.",
        [("privacy", "informed")],
    )


def test_the_tap_keeps_what_was_typed_where_something_else_is_wrong(client: Client, payload: Payload) -> None:
    response = client.post(FORM, payload(recording_consent=None, email="", organisation="Amt", instead=""))
    form = response.context["form"]
    assert (list(form.errors), form["organisation"].value(), form[form.participation[0]].value()) == (
        ["email"],
        "Amt",
        "livestream",
    )


def test_enter_presses_no_other_button(client: Client, payload: Payload) -> None:
    html = client.post(FORM, payload(recording_consent=None)).content.decode()
    first = re.search(r"<button[^>]*>", html.partition("<form")[2])
    assert first is not None
    assert "name=" not in first[0]


def test_without_a_livestream_nothing_is_offered_instead(client: Client, event: Event, payload: Payload) -> None:
    event.livestream_offered = False
    event.save()
    html = client.post(FORM, payload(recording_consent=None)).content.decode()
    assert "oder schreiben Sie uns, wenn Sie nicht einverstanden sind." in html
    assert 'name="instead"' not in html


def test_who_withdrew_finds_the_livestream_chosen(client: Client, bob: Registration) -> None:
    client.post(url(bob), {"withdraw": "recording"})
    address = f"/anmeldung/{bob.token}/aendern/?livestream"
    assert f'href="{address}"' in client.get(url(bob)).content.decode()
    form = client.get(address).context["form"]
    assert form[form.participation[0]].value() == "livestream"


def test_the_mail_about_withdrawing_says_what_the_page_says(client: Client, bob: Registration) -> None:
    client.post(url(bob), {"withdraw": "recording"})
    told = "Ihren Platz behalten Sie. Sagen Sie bitte vor Ort am Einlass, dass Sie nicht aufgenommen werden möchten."
    assert told in words_of(client.get(url(bob)).content.decode())
    assert told in " ".join(factories.read(OutgoingMail.objects.get(kind="consent_withdrawn")).split())


@pytest.mark.parametrize("page", ["/fachtag-demo/", FORM])
def test_one_rule_about_pictures_at_the_event_and_at_the_form(client: Client, event: Event, page: str) -> None:
    assert event.recording
    rule = f"{event.recording} Sie möchten nicht auf Bildern zu sehen sein? Dann nehmen Sie im Livestream teil."
    assert rule in words_of(client.get(page).content.decode())

"""The tables of Django's admin, which superusers read."""

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.models import Event, LegalPage
from registration import outbox
from registration.models import ConsentRecord, OutgoingMail, Registration
from tests import factories

LIST = "/admin/registration/registration/"


def test_it_works(alice: Client, bob: Registration) -> None:
    page = alice.get(LIST).content.decode()
    assert "Müller" in page
    assert "bestätigt" in page


def test_nobody_else_gets_in(client: Client, bob: Registration) -> None:
    for address in (LIST, f"{LIST}{bob.pk}/change/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("guests", [1, 3])
def test_query_count(
    alice: Client, event: Event, guests: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(guests):
        factories.registered(event, factories.guest(number), 1)
    with django_assert_num_queries(6):
        alice.get(LIST)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=müller", ["Müller"]),
        ("q=treibhaus", ["Müller"]),
        ("q=charlie@example.org", ["Öztürk"]),
        ("state=waiting", ["Öztürk"]),
        ("state=confirmed", ["Früh", "Müller"]),
        ("channel=phone", []),
        ("registered_at__gte=2000-01-01 00:00:00%2B00:00", ["Früh", "Müller", "Öztürk"]),
    ],
)
def test_filters_and_search(alice: Client, event: Event, query: str, found: list[str]) -> None:
    factories.fill(event, 2)
    factories.registered(event, factories.BOB, 1)
    factories.registered(event, factories.CHARLIE, 2, waiting=True)
    response = alice.get(f"{LIST}?{query}")
    assert sorted(row.last_name for row in response.context["cl"].queryset) == found


@pytest.mark.parametrize("value", ["²", "x", "-1", "999999"])
def test_strange_filters(alice: Client, event: Event, value: str) -> None:
    assert alice.get(f"{LIST}?event__id__exact={value}").status_code in {200, 302}


@pytest.mark.parametrize("model", ["registration", "consentrecord", "consenttext", "outgoingmail"])
def test_evidence_is_read_only(alice: Client, bob: Registration, model: str) -> None:
    record = ConsentRecord.objects.all()[0]
    pk = {
        "registration": bob.pk,
        "consentrecord": record.pk,
        "consenttext": record.text_id,
        "outgoingmail": OutgoingMail.objects.get().pk,
    }[model]
    base = f"/admin/registration/{model}/"
    assert alice.get(base).status_code == alice.get(f"{base}{pk}/change/").status_code == 200
    assert alice.post(f"{base}{pk}/change/", {"error": "x", "state": "cancelled"}).status_code == 403
    refused = alice.get(f"{base}add/")
    assert refused.status_code == 403
    assert '<a class="home" href="/">Landratsamt Mittelsachsen</a>' in refused.content.decode()
    assert alice.post(f"{base}{pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_mail_that_was_given_up_is_sent_again(alice: Client, bob: Registration) -> None:
    mail = OutgoingMail.objects.get()
    OutgoingMail.objects.update(failed_at=timezone.now(), attempts=24, error="550 no such mailbox")
    assert "nicht zustellbar" in alice.get(f"/admin/registration/outgoingmail/{mail.pk}/change/").content.decode()
    again = {"action": "send_again", "_selected_action": mail.pk}
    page = alice.post("/admin/registration/outgoingmail/", again, follow=True).content.decode()
    assert "Die Mail geht gleich hinaus." in page
    mail.refresh_from_db()
    assert (mail.failed_at, mail.attempts) == (None, 0)
    assert outbox._lease(timezone.now()) == [[mail]]


@pytest.mark.parametrize(
    "address",
    ["", "tabellen/", "events/event/", "events/speaker/", "events/speaker/add/", "events/venue/", "events/organiser/",
     "events/legalpage/", "registration/consenttext/", "auth/user/", "auth/user/add/"],
)  # fmt: skip
def test_every_table_opens(alice: Client, bob: Registration, address: str) -> None:
    assert alice.get(f"/admin/{address}").status_code == 200


def test_an_event_is_deleted_as_a_whole_and_not_written_here(alice: Client, event: Event) -> None:
    base = f"/admin/events/event/{event.pk}"
    assert alice.post(f"{base}/change/", {"title": "Anders"}).status_code == 403
    assert alice.get("/admin/events/event/add/").status_code == 403
    assert alice.post(f"{base}/delete/", {"post": "yes"}).status_code == 302
    assert not Event.objects.exists()


def test_one_with_guests_stays(alice: Client, event: Event, bob: Registration) -> None:
    alice.post(f"/admin/events/event/{event.pk}/delete/", {"post": "yes"})
    assert Event.objects.exists()


def test_saving_a_legal_page_unchanged_keeps_it_following_the_organiser(alice: Client, event: Event) -> None:
    page = LegalPage.objects.get(key="imprint")
    address = f"/admin/events/legalpage/{page.pk}/change/"
    shown = alice.get(address).context["adminform"].form.initial["body"]
    assert "Landratsamt Mittelsachsen" in shown
    alice.post(address, {"body": shown.replace("\n", "\r\n")})
    page.refresh_from_db()
    assert page.body == ""
    alice.post(address, {"body": "## Unser Impressum"})
    assert "<h2>Unser Impressum</h2>" in alice.get("/impressum/").content.decode()

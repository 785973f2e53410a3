import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from events.forms import DeadlineField
from events.models import Event, LegalPage
from registration import booking, consents, exports, outbox
from registration.models import ConsentRecord, OutgoingMail, Registration
from tests import factories
from tests.events.test_facts import words_of

LIST = "/admin/registration/registration/"


@pytest.fixture
def url(event: Event) -> str:
    return f"{LIST}?event__id__exact={event.pk}"


def test_it_works(alice: Client, bob: Registration, url: str) -> None:
    response = alice.get(url)
    page = words_of(response.content.decode())
    assert "Müller" in page
    assert "2. Darf es etwas mehr als Folklore sein? 1 25 0" in page


def test_the_list_begins_with_the_next_event(alice: Client, bob: Registration, past_event: Event, url: str) -> None:
    assert alice.get(LIST)["Location"] == url


def test_nobody_else_gets_in(client: Client, bob: Registration, url: str) -> None:
    for address in (url, f"{LIST}add/", f"{LIST}export.csv", f"{LIST}export.xlsx", f"{LIST}{bob.pk}/change/"):
        response = client.get(address)
        assert response.status_code == 302
        assert response["Location"].startswith("/admin/login/")


@pytest.mark.parametrize("guests", [1, 3])
def test_query_count(
    alice: Client, event: Event, url: str, guests: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(guests):
        factories.registered(event, factories.guest(number), 1)
    with django_assert_num_queries(12):
        alice.get(url)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=müller", ["Müller"]),
        ("q=treibhaus", ["Müller"]),
        ("q=charlie@example.org", ["Öztürk"]),
        ("state=waiting", ["Öztürk"]),
        ("state=confirmed", ["Früh", "Müller"]),
        ("workshop=WORKSHOP2", ["Früh", "Öztürk"]),
        ("channel=phone", []),
        ("registered_at__gte=2000-01-01 00:00:00%2B00:00", ["Früh", "Müller", "Öztürk"]),
    ],
)
def test_filters_and_search(alice: Client, event: Event, url: str, query: str, found: list[str]) -> None:
    second = factories.fill(event, 2)
    factories.registered(event, factories.BOB, 1)
    factories.registered(event, factories.CHARLIE, 2, waiting=True)
    response = alice.get(f"{url}&{query.replace('WORKSHOP2', str(second.pk))}")
    assert sorted(row.last_name for row in response.context["cl"].queryset) == found


def test_cancelling_asks_first_and_mails(alice: Client, bob: Registration, url: str) -> None:
    chosen = {"action": "cancel", "_selected_action": bob.pk}
    page = alice.post(url, chosen)
    bob.refresh_from_db()
    assert "Diese Anmeldungen werden abgesagt." in page.content.decode()
    assert bob.state == "confirmed"
    response = alice.post(url, chosen | {"confirmed": "1"}, follow=True)
    bob.refresh_from_db()
    assert bob.state == "cancelled"
    assert "1 Anmeldung abgesagt." in response.content.decode()
    assert OutgoingMail.objects.filter(kind="cancelled_by_organiser").count() == 1
    assert LogEntry.objects.get().get_change_message() == "Abgesagt"


@pytest.mark.parametrize(
    ("action", "says"), [("cancel", "0 Anmeldungen abgesagt."), ("erase", "0 Anmeldungen gelöscht.")]
)
def test_what_was_done_before_is_not_counted_again(
    alice: Client, event: Event, bob: Registration, url: str, action: str, says: str
) -> None:
    chosen = {"action": action, "_selected_action": bob.pk, "confirmed": "1"}
    alice.post(url, chosen)
    alice.get(url)  # reads what the first time says
    assert says in alice.post(url, chosen, follow=True).content.decode()
    assert LogEntry.objects.count() == 1


def test_letting_the_waiting_lists_move_up_by_hand(alice: Client, event: Event, url: str) -> None:
    button = "Wartelisten jetzt nachrücken lassen"
    assert button not in alice.get(url).content.decode()
    event.queue_moves_up = False
    event.save()
    frida = factories.fill(event, 2).places.get().registration
    bob = factories.registered(event, waiting=True)
    booking.cancel(frida, timezone.now())
    assert button in alice.get(url).content.decode()
    address = f"{LIST}move-up/{event.pk}/"
    assert alice.get(address).status_code == 405
    response = alice.post(address, follow=True)
    assert "1 Gast ist nachgerückt." in response.content.decode()
    bob.refresh_from_db()
    assert bob.state == "confirmed"
    assert Client().post(address).status_code == 302  # to the login
    assert LogEntry.objects.count() == 1


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


def test_by_hand_past_the_deadline(alice: Client, event: Event) -> None:
    event.registration_closes_at = timezone.now() - timedelta(days=1)
    event.save()
    response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", by_hand(event))
    charlie = Registration.objects.get()
    assert response["Location"] == f"/admin/fachtag/fachtag-demo/gaeste/{charlie.pk}/"
    assert (charlie.state, charlie.channel) == ("confirmed", "phone")
    assert {record.actor for record in ConsentRecord.objects.all()} == {"admin"}
    assert OutgoingMail.objects.get().kind == "confirmed"


def test_by_hand_over_capacity_only_when_said(alice: Client, event: Event) -> None:
    factories.fill(event, 2)
    address = f"/admin/fachtag/{event.slug}/gaeste/neu/"
    response = alice.post(address, by_hand(event, organisation="Amt für Übergänge"))
    assert "ist inzwischen ausgebucht" in response.content.decode()
    assert 'value="Amt für Übergänge"' in response.content.decode()
    alice.post(address, by_hand(event, over_capacity="on"))
    assert Registration.objects.get(last_name="Öztürk").state == "confirmed"


def test_by_hand_needs_consent_and_channel(alice: Client, event: Event) -> None:
    response = alice.post(f"/admin/fachtag/{event.slug}/gaeste/neu/", by_hand(event, recording_consent="", channel=""))
    assert set(response.context["form"].errors) == {"recording_consent", "channel"}
    assert not Registration.objects.exists()


def test_by_hand_a_wording_that_changed_meanwhile_is_read_again(alice: Client, event: Event) -> None:
    address = f"/admin/fachtag/{event.slug}/gaeste/neu/"
    form = by_hand(event)
    event.consent_requests.update(wording="Ich willige in alles ein.")
    response = alice.post(address, form)
    assert "Der Wortlaut der Einwilligung oder des Datenschutzhinweises hat sich" in response.content.decode()
    assert not Registration.objects.exists()
    assert response.context["form"]["wording"].value() == consents.shown_at_form(event)


def test_state_is_not_for_editing(alice: Client, event: Event, bob: Registration) -> None:
    change = f"{LIST}{bob.pk}/change/"
    form = {"first_name": "Robert", "last_name": "Müller", "email": "bob@example.org", "organisation": ""}
    inlines = {
        f"{prefix}-{what}_FORMS": "0" for prefix in ("places", "consents", "mails") for what in ("TOTAL", "INITIAL")
    }
    alice.post(change, form | inlines | {"state": "cancelled", "workshop": ""})
    bob.refresh_from_db()
    assert (bob.first_name, bob.state, factories.seat(bob).number) == ("Robert", "confirmed", 2)


@pytest.mark.parametrize("model", ["consentrecord", "consenttext", "outgoingmail"])
def test_evidence_is_read_only(alice: Client, bob: Registration, model: str) -> None:
    record = ConsentRecord.objects.all()[0]
    pk = {"consentrecord": record.pk, "consenttext": record.text_id, "outgoingmail": OutgoingMail.objects.get().pk}[
        model
    ]
    base = f"/admin/registration/{model}/"
    assert alice.get(base).status_code == alice.get(f"{base}{pk}/change/").status_code == 200
    assert alice.post(f"{base}{pk}/change/", {"error": "x"}).status_code == 403
    refused = alice.get(f"{base}add/")
    assert refused.status_code == 403
    assert '<a class="home" href="/">Landratsamt Mittelsachsen</a>' in refused.content.decode()
    assert alice.post(f"{base}{pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_mail_that_was_given_up_is_sent_again_with_a_button(alice: Client, bob: Registration) -> None:
    mail = OutgoingMail.objects.get()
    OutgoingMail.objects.update(failed_at=timezone.now(), attempts=24, error="550 no such mailbox")
    page = alice.get(f"/admin/registration/outgoingmail/{mail.pk}/change/").content.decode()
    assert "nicht zustellbar" in page
    assert f'action="/admin/registration/outgoingmail/{mail.pk}/again/"' in page
    assert alice.get(f"/admin/registration/outgoingmail/{mail.pk}/again/").status_code == 405
    alice.post(f"/admin/registration/outgoingmail/{mail.pk}/again/")
    mail.refresh_from_db()
    assert (mail.failed_at, mail.attempts) == (None, 0)
    assert outbox._lease(timezone.now()) == [[mail]]


Reader = Callable[[bytes], list[list[Any]]]


def read_csv(content: bytes) -> list[list[Any]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def read_xlsx(content: bytes) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    assert sheet is not None
    assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
    return [list(row) for row in sheet.iter_rows(values_only=True)]


@pytest.mark.parametrize(("ending", "read"), [("csv", read_csv), ("xlsx", read_xlsx)])
def test_export(alice: Client, event: Event, bob: Registration, url: str, ending: str, read: Reader) -> None:
    other = factories.an_open_event("anderer-fachtag")
    factories.registered(other, factories.CHARLIE)
    response = alice.get(url.replace("?", f"export.{ending}?"))
    assert response["Content-Disposition"].startswith(f'attachment; filename="fachtag-demo-{timezone.localdate()}')
    heading, row = read(response.content)
    assert heading[:4] == ["Nachname", "Vorname", "E-Mail", "Organisation"]
    assert row[:6] == ["Müller", "Bob", "bob@example.org", "Treibhaus e.V.", "bestätigt", str(factories.seat(bob))]
    assert LogEntry.objects.get().get_change_message() == f"1 Anmeldungen als {ending.upper()} exportiert"


@pytest.mark.parametrize(
    "start",
    [
        "=",
        "+",
        "-",
        "@",
        "\t=",
        "\tA",
        "＝",
        "＋",
        "－",
        "＠",
        "﹦",
        "\ufeff=",
        "\u200b\xad+",
        " \xa0@",
        "\u2060＝",
        "\ufe0f-",
    ],
)
def test_formulae_are_harmless(event: Event, start: str) -> None:
    factories.registered(event)
    bob = consents.with_decisions(event.registrations.all()).get()
    bob.organisation = f'{start}HYPERLINK("http://x";"y")'
    rows = exports.table([bob])
    assert read_csv(exports.csv_file(rows))[1][3] == f"'{bob.organisation}"
    assert read_xlsx(exports.xlsx(rows))[1][3] == bob.organisation


@pytest.mark.parametrize("name", ["Müller", "–", "a=b", "„Willkommen“", "\ufeff", ""])
def test_what_is_no_formula_stays_as_it_is(event: Event, name: str) -> None:
    factories.registered(event)
    bob = consents.with_decisions(event.registrations.all()).get()
    bob.organisation = name
    assert read_csv(exports.csv_file(exports.table([bob])))[1][3] == name


def test_the_list_and_the_export_show_who_may_be_pictured(alice: Client, event: Event, url: str) -> None:
    bob = factories.registered(event)
    factories.watching(event, factories.CHARLIE)
    booking.withdraw_consent(factories.registered(event, factories.guest(1)), "recording", timezone.now())
    flags = {row.first_name: row.recording_decision for row in alice.get(url).context["cl"].queryset}
    assert flags == {"Bob": "given", "Charlie": None, "Gast 1": "withdrawn"}
    heading, *rows = read_csv(alice.get(url.replace("?", "export.csv?")).content)
    column, stream = heading.index("Aufnahmen"), heading.index("Livestream")
    found = {row[1]: (row[stream], row[column]) for row in rows}
    assert found == {"Bob": ("", "ja"), "Charlie": ("ja", ""), "Gast 1": ("", "nein")}
    assert factories.seat(bob) is not None


def test_the_event_is_edited_in_one_place(alice: Client, event: Event) -> None:
    page = alice.get(f"/admin/events/event/{event.pk}/change/").content.decode()
    assert "Auswertung der Workshop-Ergebnisse" in page
    assert "Darf es etwas mehr als Folklore sein?" in page
    workshop = event.workshops.get(number=2)
    assert "Emiliano Chaimite" in alice.get(f"/admin/events/workshop/{workshop.pk}/change/").content.decode()


def test_a_deadline_without_a_time_is_the_whole_day(alice: Client, event: Event) -> None:
    deadline = DeadlineField().clean(["24.09.2021", ""])
    assert timezone.localtime(deadline).strftime("%d.%m.%Y %H:%M:%S") == "24.09.2021 23:59:59"
    assert timezone.localtime(DeadlineField().clean(["24.09.2021", "12:00"])).hour == 12


@pytest.mark.parametrize(
    "address",
    ["", "events/event/", "events/event/add/", "events/slot/", "events/workshop/", "events/workshop/add/",
     "events/speaker/", "events/venue/", "events/organiser/", "events/legalpage/", "registration/consenttext/"],
)  # fmt: skip
def test_every_page_of_the_admin_opens(alice: Client, bob: Registration, address: str) -> None:
    assert alice.get(f"/admin/{address}").status_code == 200


def test_seats_over_capacity_show(alice: Client, event: Event, url: str) -> None:
    choice = booking.Choice.of(factories.fill(event, 2))
    booking.register_by_hand(
        event,
        factories.BOB,
        choice,
        timezone.now(),
        channel=Registration.Channel.DESK,
        actor="a",
        agreed=["recording"],
        over_capacity=True,
    )
    assert "2. Darf es etwas mehr als Folklore sein? 2 1 0" in words_of(alice.get(url).content.decode())


def test_an_address_of_somebody_else_is_refused_in_words(alice: Client, event: Event, bob: Registration) -> None:
    charlie = factories.registered(event, factories.CHARLIE)
    form = {"first_name": "BOB", "last_name": "müller", "email": bob.email, "organisation": ""}
    inlines = {
        f"{prefix}-{what}_FORMS": "0" for prefix in ("places", "consents", "mails") for what in ("TOTAL", "INITIAL")
    }
    response = alice.post(f"{LIST}{charlie.pk}/change/", form | inlines)
    assert "Jemand mit diesem Namen und dieser Adresse ist schon angemeldet." in response.content.decode()


def test_a_workshop_number_twice_is_refused_in_words(alice: Client, event: Event) -> None:
    slot = event.slots.get(kind="workshops")
    inlines = {f"contributions-{what}_FORMS": "0" for what in ("TOTAL", "INITIAL")}
    form = {"slot": slot.pk, "number": "2", "title": "Noch einer", "capacity": "5"}
    response = alice.post("/admin/events/workshop/add/", form | inlines)
    assert "Ein anderer Workshop dieses Fachtags hat diese Nummer." in response.content.decode()


@pytest.mark.parametrize("value", ["²", "x", "-1", "999999"])
def test_strange_filters(alice: Client, event: Event, value: str) -> None:
    for address in (LIST, f"{LIST}add/", f"{LIST}export.csv"):
        assert alice.get(f"{address}?event__id__exact={value}").status_code in {200, 302}
    assert alice.get(f"{LIST}?event__id__exact={event.pk}&workshop={value}").status_code == 200


def test_an_export_is_of_one_event(alice: Client, event: Event) -> None:
    assert alice.get(f"{LIST}export.csv")["Location"] == LIST


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


def test_by_hand_whoever_was_invited_says_yes_past_the_deadline_too(alice: Client, event: Event) -> None:
    charlie = booking.hand_over(factories.registered(event), factories.CHARLIE, timezone.now())
    Event.objects.filter(pk=event.pk).update(changes_close_at=timezone.now() - timedelta(hours=1))
    names = {"first_name": "Charlie", "last_name": "Öztürk", "email": "charlie@example.org"}
    response = alice.post("/admin/fachtag/fachtag-demo/gaeste/neu/", by_hand(event, **names))
    assert response.status_code == 302
    charlie.refresh_from_db()
    assert not charlie.is_invited

"""Tables of guests, for programs that compute with them."""

import csv
import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from events.models import Event
from registration import booking, consents, exports
from registration.models import Change, Registration
from tests import factories


def taken(client: Client, event: Event, ending: str, *guests: Registration) -> Any:
    """The table of these guests, from the list at the desk."""
    chosen = {"do": ending, "gast": [guest.pk for guest in guests]}
    return client.post(f"/admin/fachtag/{event.slug}/gaeste/mehrere/", chosen)


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
def test_export(alice: Client, event: Event, bob: Registration, ending: str, read: Reader) -> None:
    other = factories.an_open_event("anderer-fachtag")
    response = taken(alice, event, ending, bob, factories.registered(other, factories.CHARLIE))
    assert response["Content-Disposition"].startswith(f'attachment; filename="fachtag-demo-{timezone.localdate()}')
    heading, row = read(response.content)
    assert heading[:4] == ["Nachname", "Vorname", "E-Mail", "Organisation"]
    assert row[:6] == ["Müller", "Bob", "bob@example.org", "Treibhaus e.V.", "bestätigt", str(factories.seat(bob))]
    assert Change.objects.get().what == f"1 Anmeldungen als {ending.upper()} exportiert"


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


def test_it_says_who_may_be_pictured(alice: Client, event: Event) -> None:
    guests = [factories.registered(event), factories.watching(event, factories.CHARLIE)]
    guests.append(factories.registered(event, factories.guest(1)))
    booking.withdraw_consent(guests[2], "recording", timezone.now())
    heading, *rows = read_csv(taken(alice, event, "csv", *guests).content)
    column, stream = heading.index("Aufnahmen"), heading.index("Livestream")
    found = {row[1]: (row[stream], row[column]) for row in rows}
    assert found == {"Bob": ("", "ja"), "Charlie": ("ja", ""), "Gast 1": ("", "nein")}

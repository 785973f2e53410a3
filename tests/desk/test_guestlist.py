"""Guests from a list: what is read of a file, what is said of each row, and what is registered."""

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from events.models import Event
from registration import booking, imports
from registration.models import Answer, Change, ConsentRecord, OutgoingMail, Registration
from tests import factories
from tests.desk import workbooks
from tests.desk.conftest import LogIn
from tests.desk.workbooks import Cell

FILES = Path(__file__).parent / "files"
LIST = "/admin/fachtag/fachtag-demo/gaeste/liste/"
HEAD = ["Vorname", "Nachname", "E-Mail", "Organisation", "Workshop", "Teilnahme", "Einwilligung: Aufnahmen"]
ULLA = ["Ülla", "Groß-Öhme", "uella@example.org", "Amt für Übergänge", "2", "", "ja"]


@pytest.fixture
def client(log_in: LogIn) -> Client:
    return log_in("guests")


def row(number: int, **changes: str) -> list[str]:
    """A guest of workshop 1, 2 or 3."""
    names = ("first", "last", "email", "organisation", "workshop", "attendance", "consent")
    values = (
        f"Jürgen {number}",
        "Weiß",
        f"weiss{number}@example.org",
        "Große Kreisstadt",
        f"{number % 3 + 1}",
        "",
        "ja",
    )
    return list((dict(zip(names, values, strict=True)) | changes).values())


def by_openpyxl(rows: Sequence[Sequence[Any]]) -> bytes:
    workbook, content = Workbook(), io.BytesIO()
    for cells in rows:
        workbook.worksheets[0].append(list(cells))
    workbook.save(content)
    return content.getvalue()


def as_csv(rows: Sequence[Sequence[Any]], encoding: str = "utf-8-sig", delimiter: str = ";") -> bytes:
    return "".join(delimiter.join(map(str, cells)) + "\r\n" for cells in rows).encode(encoding)


def send(client: Client, content: bytes, **changes: str) -> Any:
    form = {"channel": "email", "when_full": "refuse", "agreed": "on"} | changes
    return client.post(LIST, form | {"file": SimpleUploadedFile("gäste.xlsx", content)})


def confirm(client: Client, response: Any) -> Any:
    """Press the button of the preview."""
    found = re.search(r'name="list" value="([^"]+)"', response.content.decode())
    assert found, text(response)
    return client.post(LIST, {"list": found[1]})


def text(response: Any) -> str:
    main = response.content.decode().partition("<main")[2]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


def outcomes(response: Any) -> list[str]:
    """What is said of each row."""
    rows = re.findall(r'<tr role="row" id="row-\d+">(.*?)</tr>', response.content.decode(), re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", cells.rpartition("<td")[2].partition(">")[2]).split()) for cells in rows]


def registered() -> list[tuple[str, str, int]]:
    found = Registration.objects.exclude(first_name="Bob").order_by("pk")
    return [(one.name, one.email, factories.seat(one).number) for one in found]


def sorry(response: Any) -> str:
    """What is wrong with the file itself."""
    assert response.status_code == 422
    found = re.search(r'<p class="error" id="id_file_error">([^<]+)</p>', response.content.decode())
    assert found, text(response)
    return found[1]


WRITTEN: dict[str, Callable[[Sequence[Sequence[Any]]], bytes]] = {
    "excel": workbooks.by_excel,
    "libreoffice": workbooks.by_libreoffice,
    "openpyxl": by_openpyxl,
    "utf-8": as_csv,
    "cp1252": lambda rows: as_csv(rows, "cp1252"),
    "commas": lambda rows: as_csv(rows, "utf-8", ","),
    "unicode text": lambda rows: as_csv(rows, "utf-16", "\t"),
    "hint": lambda rows: b"sep=;\r\n" + as_csv(rows, "cp1252"),
}


@pytest.mark.parametrize("written", WRITTEN)
def test_it_works(client: Client, event: Event, written: str) -> None:
    response = send(client, WRITTEN[written]([HEAD, ULLA, row(1)]))
    assert (response.status_code, outcomes(response)) == (200, ["neu", "neu"])
    assert "Jetzt 2 Gäste anmelden" in text(response)
    assert (Registration.objects.count(), OutgoingMail.objects.count()) == (0, 0)
    done = confirm(client, response)
    assert outcomes(done) == ["bestätigt", "bestätigt"]
    assert registered() == [
        ("Ülla Groß-Öhme", "uella@example.org", 2),
        ("Jürgen 1 Weiß", "weiss1@example.org", 2),
    ]
    assert list(OutgoingMail.objects.values_list("kind", "recipient").order_by("pk")) == [
        ("confirmed", "uella@example.org"),
        ("confirmed", "weiss1@example.org"),
    ]


def test_who_wrote_and_what_was_agreed_to(client: Client, event: Event) -> None:
    event.consent_requests.create(purpose="publicity", kind="voluntary", wording="Fotos für die Werbung.")
    event.questions.create(key="essen", label="Essen?", kind="choices", options=[["v", "vegan"], ["k", "kalt"]])
    head = [*HEAD, "Einwilligung: Fotos für die Öffentlichkeitsarbeit", "Essen?"]
    confirm(client, send(client, by_openpyxl([head, [*ULLA, "nein", "Kalt; VEGAN"]]), channel="paper"))
    ulla = Registration.objects.get()
    assert (ulla.channel, ulla.address_known) == ("paper", True)
    records = ConsentRecord.objects.exclude(decision="informed").order_by("pk")
    assert list(records.values_list("text__purpose", "decision", "channel", "actor")) == [
        ("recording", "given", "paper", "guests-fachtag-demo"),
        ("publicity", "refused", "paper", "guests-fachtag-demo"),
    ]
    assert Answer.objects.get().value == ["k", "v"]
    assert {change.what for change in Change.objects.all()} == {
        "Von Hand angemeldet",
        "1 Gast aus einer Liste angemeldet",
    }


def test_three_hundred(client: Client, event: Event) -> None:
    """Umlauts, duplicates, wrong workshops and formulae: all is said at once, nothing is stored until it is right."""
    event.workshops.update(capacity=None)
    factories.registered(event, booking.Guest("Jürgen 7", "Weiß", "WEISS7@example.org"))
    rows: list[list[Cell]] = [list(row(number)) for number in range(300)]
    rows[20] = list(rows[10])
    rows[30] = [*rows[10][:4], "3", *rows[10][5:]]
    rows[40][4] = "9"
    rows[50][4] = ("A1+1", None)
    rows[60][1] = ('HYPERLINK("http://example.org")', "Müßig")
    rows[70][4] = ("1/0", "#DIV/0!")
    rows[80][2] = "weiss80@"
    rows[90][6] = "nein"
    response = send(client, workbooks.by_excel([HEAD, *rows]))
    assert response.status_code == 422
    said = outcomes(response)
    assert len(said) == 300
    assert said[7] == "ist schon angemeldet und bleibt, wie es ist"
    assert said[20] == "steht schon in Zeile 12 und wird ausgelassen"
    assert said[60] == "neu"
    assert {number: words for number, words in enumerate(said) if number not in {7, 20} and words != "neu"} == {
        30: "In Zeile 12 stehen derselbe Name und dieselbe E-Mail-Adresse, aber andere Angaben.",
        40: "Workshop, „9“: Diesen Workshop gibt es hier nicht. Bitte tragen Sie die Nummer ein (1, 2 oder 3).",
        50: "Workshop, „=“: Hier steht eine Formel ohne Wert. Bitte tragen Sie den Wert selbst ein.",
        70: "Workshop, „#DIV/0!“: Hier steht eine Formel, die Excel nicht berechnen konnte.",
        80: said[80],
        90: "Einwilligung: Aufnahmen, „nein“: Ohne diese Einwilligung ist keine Teilnahme vor Ort möglich.",
    }
    assert said[80].startswith("E-Mail, „weiss80@“:")
    assert "6 Zeilen sind zu berichtigen" in text(response)
    assert 'name="list"' not in response.content.decode()
    assert Registration.objects.count() == 1
    for number in (30, 40, 50, 70, 80, 90):
        rows[number] = list(row(number))
    right = send(client, workbooks.by_excel([HEAD, *rows]))
    assert "Jetzt 298 Gäste anmelden" in text(right)
    done = confirm(client, right)
    assert outcomes(done).count("bestätigt") == 298
    assert Registration.objects.count() == OutgoingMail.objects.count() == 299
    assert Registration.objects.filter(last_name="Müßig").count() == 1
    again = confirm(client, right)
    assert "In dieser Liste war niemand neu." in text(again)
    assert outcomes(again).count("ist schon angemeldet und bleibt, wie es ist") == 299
    assert Registration.objects.count() == OutgoingMail.objects.count() == 299


@pytest.mark.parametrize("ending", ["xlsx", "csv"])
def test_three_hundred_by_a_real_libreoffice(client: Client, event: Event, ending: str) -> None:
    """What it wrote into files (files/make.py): with some rows to be put right, and then without."""
    event.workshops.update(capacity=None)
    wrong, right = ((FILES / f"libreoffice-{name}.{ending}").read_bytes() for name in ("wrong", "right"))
    response = send(client, wrong)
    said = outcomes(response)
    assert (response.status_code, len(said), 'name="list"' in response.content.decode()) == (422, 300, False)
    assert said[20] == "steht schon in Zeile 12 und wird ausgelassen"
    assert said[80].startswith("E-Mail, „weiss80@“:")
    assert {number: words for number, words in enumerate(said) if number not in {20, 80} and words != "neu"} == {
        30: "In Zeile 12 stehen derselbe Name und dieselbe E-Mail-Adresse, aber andere Angaben.",
        40: "Workshop, „9“: Diesen Workshop gibt es hier nicht. Bitte tragen Sie die Nummer ein (1, 2 oder 3).",
        70: "Workshop, „#DIV/0!“: Hier steht eine Formel, die Excel nicht berechnen konnte.",
        90: "Einwilligung: Aufnahmen, „nein“: Ohne diese Einwilligung ist keine Teilnahme vor Ort möglich.",
    }
    seen = send(client, right)
    assert "Jetzt 299 Gäste anmelden" in text(seen)
    assert Registration.objects.count() == 0
    assert outcomes(confirm(client, seen)).count("bestätigt") == 299
    assert Registration.objects.count() == OutgoingMail.objects.count() == 299
    assert Registration.objects.get(last_name="Müßig").email == "weiss60@example.org"
    assert factories.seat(Registration.objects.get(first_name="Jürgen 50")).number == 2
    assert Registration.objects.get(first_name="Jürgen 110").organisation == 'Amt für „Übergänge“; "Wege"'
    assert Registration.objects.get(first_name="Jürgen 120").organisation == ""


# What Excel keeps in a cell, and what somebody reads there.
KEPT: list[tuple[Any, str]] = [
    (True, "ja"),
    (2.0, "2"),
    (0.1 + 0.2, "0,3"),
    (-1234.5, "-1234,5"),
    (37112345, "37112345"),
    (date(1980, 3, 1), "01.03.1980"),
    (datetime(1980, 3, 1, 8, 30), "01.03.1980 08:30"),
    (time(8, 30), "08:30"),
    (" \xa0Amt_x000D_\nfür ", "Amt \nfür"),
]


def test_what_stands_in_a_cell() -> None:
    [line] = imports.read(by_openpyxl([[value for value, _read in KEPT]]))
    assert line.cells == [read for _value, read in KEPT]


def test_a_formula_without_text_is_an_empty_cell(client: Client, event: Event) -> None:
    nobody: list[Cell] = [*ULLA[:3], ('IF(1,"","")', ""), *ULLA[4:]]
    confirm(client, send(client, workbooks.by_excel([HEAD, nobody])))
    assert Registration.objects.get().organisation == ""


@pytest.mark.parametrize(
    ("hidden", "open_one", "read"), [("", 1, "zweites"), ("", 0, "erstes"), ("erstes", 0, "zweites")]
)
def test_the_sheet_that_was_open(hidden: str, open_one: int, read: str) -> None:
    """Hidden ones are those that somebody has forgotten."""
    workbook, content = Workbook(), io.BytesIO()
    workbook.worksheets[0].title = "erstes"
    workbook.create_sheet("zweites")
    for sheet in workbook.worksheets:
        sheet.append([sheet.title])
        sheet.sheet_state = "hidden" if sheet.title == hidden else "visible"
    workbook.active = open_one
    workbook.save(content)
    assert [line.cells for line in imports.read(content.getvalue())] == [[read]]


def test_where_it_is_full(client: Client, event: Event) -> None:
    factories.workshop(event, 1, capacity=1)
    rows = [HEAD, *(row(number, workshop="1") for number in (1, 2))]
    refused = send(client, as_csv(rows))
    full = factories.workshop(event, 1)
    assert outcomes(refused) == ["neu", f"Für diese Zeile ist kein Platz mehr frei: „{full}“."]
    waiting = send(client, as_csv(rows), when_full="wait")
    assert outcomes(waiting) == ["neu", f"neu, auf der Warteliste: „{full}“"]
    beyond = send(client, as_csv(rows), when_full="beyond")
    assert outcomes(beyond) == ["neu", f"neu, über die Zahl der Plätze hinaus: „{full}“"]
    assert outcomes(confirm(client, waiting)) == ["bestätigt", "auf der Warteliste"]
    assert [bool(one.queues) for one in Registration.objects.order_by("pk")] == [False, True]


def test_beyond_the_seats(client: Client, event: Event) -> None:
    workshop = factories.workshop(event, 1, capacity=1)
    rows = [HEAD, *(row(number, workshop=workshop.title.upper()) for number in (1, 2))]
    confirm(client, send(client, as_csv(rows), when_full="beyond"))
    assert [number for *_who, number in registered()] == [1, 1]


def test_a_full_event(client: Client, event: Event) -> None:
    event.capacity = 1
    event.save()
    seen = send(client, as_csv([HEAD, row(1), row(2)]), when_full="wait")
    assert outcomes(seen) == ["neu", "neu, auf der Warteliste: „der Fachtag“"]
    assert outcomes(confirm(client, seen)) == ["bestätigt", "auf der Warteliste"]


def test_the_livestream(client: Client, event: Event) -> None:
    watching = row(1, workshop="", attendance="Livestream", consent="")
    both = row(2, attendance="online")
    seen = send(client, as_csv([HEAD, watching, both]))
    assert outcomes(seen) == [
        "neu, im Livestream",
        "Workshop, „3“: Wer am Livestream teilnimmt, wählt keinen Workshop.",
    ]
    confirm(client, send(client, as_csv([HEAD, watching])))
    assert [one.watches for one in Registration.objects.all()] == [True]


def test_two_rounds_and_an_evening(log_in: LogIn, event: Event) -> None:
    two_days = factories.a_two_day_event()
    client, address = log_in("guests", at=two_days), "/admin/fachtag/zwei-tage/gaeste/liste/"
    blank = load_workbook(io.BytesIO(client.get(f"{address}leer/").content)).worksheets[0]
    head = [str(cell.value) for cell in blank[1]]
    assert len(head) == len(set(head)) == 10
    values = dict(zip(head, ["Ülla", "Öhme", "u@example.org", "", "2", "", "5", "vor Ort", "", "ja"], strict=True))
    form = {"channel": "phone", "when_full": "wait", "agreed": "on"}
    file = SimpleUploadedFile("x.csv", as_csv([head, list(values.values())]))
    seen = client.post(address, form | {"file": file})
    assert outcomes(seen) == ["neu"], text(seen)
    found = re.search(r'name="list" value="([^"]+)"', seen.content.decode())
    assert found
    client.post(address, {"list": found[1]})
    assert [place.workshop.number for place in Registration.objects.get().held] == [2, 5]


def test_the_empty_list_fits(client: Client, event: Event) -> None:
    event.questions.create(key="wen", label="Organisation", kind="line")
    response = client.get(f"{LIST}leer/")
    head = [str(cell.value) for cell in load_workbook(io.BytesIO(response.content)).worksheets[0][1]]
    assert head[:6] == HEAD[:6]
    assert "Organisation (2)" in head
    assert "Unter den Überschriften steht kein Gast." in sorry(send(client, response.content))


def test_other_columns_are_named_and_left_out(client: Client, event: Event) -> None:
    seen = send(client, as_csv([[*HEAD, "Telefon"], [*ULLA, "123"]]))
    assert "werden nicht übernommen: Telefon" in text(seen)
    assert outcomes(confirm(client, seen)) == ["bestätigt"]


def test_who_had_yet_to_confirm_need_not_any_more(client: Client, event: Event) -> None:
    """Else the seat would be released, though the organiser has read that the guest is registered."""
    event.address_confirmed_within = 24
    event.save()
    bob = factories.registered(event, booking.Guest(*ULLA[:3]))
    assert bob.to_confirm
    seen = send(client, as_csv([HEAD, ULLA, ULLA, row(1)]))
    assert outcomes(seen) == [
        "ist schon angemeldet und wird damit bestätigt",
        "steht schon in Zeile 2 und wird ausgelassen",
        "neu",
    ]
    done = confirm(client, seen)
    assert outcomes(done)[::2] == ["war schon angemeldet: bestätigt", "bestätigt"]
    assert "1 Gast ist angemeldet" in text(done)
    bob.refresh_from_db()
    assert (bob.to_confirm, bob.address_known) == ("", True)


HEADLESS = {
    "no headings": ([ULLA], "es fehlt: „Vorname“, „Nachname“ und „E-Mail“."),
    "no address": ([["Vorname", "Nachname"]], "es fehlt: „E-Mail“."),
    "twice": ([[*HEAD, "Mail"]], "Zwei Spalten heißen „Mail“."),
}


@pytest.mark.parametrize("case", HEADLESS)
def test_headings(client: Client, event: Event, case: str) -> None:
    rows, words = HEADLESS[case]
    assert words in sorry(send(client, as_csv(rows)))


def laughs() -> bytes:
    levels = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{levels}]><sst><si><t>&l11;</t></si></sst>'
    return workbooks.with_part(workbooks.by_excel([HEAD, ULLA]), "xl/sharedStrings.xml", bomb.encode())


def bomb() -> bytes:
    content = workbooks.with_part(workbooks.by_excel([HEAD, ULLA]), "xl/media/x.bin", bytes(40_000_000))
    assert len(content) < 100_000
    return content


def many_cells() -> bytes:
    """Some kilobytes, for which a process would need gigabytes."""
    sheet = f"<worksheet><sheetData><row>{'<c/>' * 7_000_000}</row></sheetData></worksheet>"
    content = workbooks.with_part(workbooks.by_excel([HEAD, ULLA]), "xl/worksheets/sheet1.xml", sheet.encode())
    assert len(content) < 100_000
    return content


def only_a_zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    return content.getvalue()


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "Die Datei ist leer."),
    "blank": (lambda: b";;\r\n;;\r\n", "Die Datei ist leer."),
    "too large": (lambda: b"a" * 2_000_001, "Die Datei ist zu groß: bitte höchstens 2 MB."),
    "old": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99), "ohne Kennwort"),
    "a picture": (lambda: b"\x89PNG\r\n\x1a\n\x00\x00", "weder eine Excel- noch eine CSV-Datei"),
    "half": (lambda: workbooks.by_excel([HEAD, ULLA])[:-99], "Diese Excel-Datei ist nicht lesbar."),
    "not a workbook": (only_a_zip, "Diese Excel-Datei ist nicht lesbar."),
    "no xml": (
        lambda: workbooks.with_part(workbooks.by_excel([HEAD]), "xl/worksheets/sheet1.xml", b"<x"),
        "Diese Excel-Datei ist nicht lesbar.",
    ),
    "strict": (
        lambda: workbooks.as_strict(workbooks.by_excel([HEAD, ULLA])),
        "Bitte speichern Sie sie als „Excel-Arbeitsmappe (*.xlsx)“.",
    ),
    "laughs": (laughs, "Diese Excel-Datei ist nicht lesbar."),
    "bomb": (bomb, "Entpackt ist die Datei zu groß."),
    "many cells": (many_cells, "Entpackt ist die Datei zu groß."),
    "long": (lambda: as_csv([HEAD, *map(row, range(1001))]), "höchstens 1.000 Zeilen"),
    "wide": (lambda: as_csv([[*HEAD, *"x" * 101]]), "mehr als 100 Spalten"),
    "a quotation mark": (lambda: as_csv([HEAD, ['"Ulla', *ULLA[1:]]]), "Anführungszeichen"),
    "much text": (
        lambda: as_csv([HEAD, *([*row(n)[:3], "ü" * 1000, *row(n)[4:]] for n in range(600))]),
        "zu viel Text",
    ),
    "one long text in many cells": (
        lambda: workbooks.by_excel([HEAD, *([*row(n)[:3], "ü" * 30_000, *row(n)[4:]] for n in range(30))]),
        "zu viel Text",
    ),
    "a cell that Excel would not take": (
        lambda: workbooks.by_excel([HEAD, ["x" * 40_000, *ULLA[1:]]]),
        "zu viel Text",
    ),
    "a huge cell": (lambda: as_csv([HEAD, ["x" * 200_000, *ULLA[1:]]]), "nicht lesbar"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_no_list_is_answered_in_words(client: Client, event: Event, case: str) -> None:
    build, words = HOSTILE[case]
    assert words in sorry(send(client, build()))


CELLS = ["9" * 400, "-1", "²", "=1+1", "x" * 5000, "<b>", "\u202e", "#REF!", "2;2", "ja"]


@pytest.mark.parametrize("column", range(len(HEAD)))
def test_any_cell(client: Client, event: Event, column: int) -> None:
    rows = [[*ULLA[:column], cell, *ULLA[column + 1 :]] for cell in CELLS]
    response = send(client, as_csv([HEAD, *rows]))
    assert (response.status_code, len(outcomes(response))) == (422, len(CELLS))
    assert Registration.objects.count() == 0


def test_a_thousand_rows_are_read(client: Client, event: Event) -> None:
    event.workshops.update(capacity=None)
    assert "Jetzt 1000 Gäste anmelden" in text(send(client, by_openpyxl([HEAD, *map(row, range(1000))])))


def test_as_much_as_a_file_may_hold_fits_into_the_form(client: Client, event: Event) -> None:
    """Letters that nothing can compress."""
    letters = random.Random(1)  # noqa: S311
    rows = [row(n, organisation="".join(map(chr, letters.choices(range(0x4E00, 0x9FA5), k=190)))) for n in range(1000)]
    event.workshops.update(capacity=None)
    seen = send(client, by_openpyxl([HEAD, *rows]))
    assert "Jetzt 1000 Gäste anmelden" in text(seen)
    found = re.search(r'name="list" value="([^"]+)"', seen.content.decode())
    assert found
    assert len(found[1]) < 2_000_000


def test_what_is_missing_is_said(client: Client, event: Event) -> None:
    response = client.post(LIST, {"channel": "website"})
    assert response.status_code == 422
    assert re.findall(r'<p class="error" id="id_(\w+)_error">', response.content.decode()) == [
        "file",
        "channel",
        "when_full",
        "agreed",
    ]


def test_nothing_that_we_did_not_sign(client: Client, event: Event, foreign: Event, log_in: LogIn) -> None:
    seen = send(client, as_csv([HEAD, ULLA]))
    found = re.search(r'name="list" value="([^"]+)"', seen.content.decode())
    assert found
    for forged in ("", "x", found[1] + "x", signing.dumps([[[1, "x"]], "email", "wait", ""])):
        assert client.post(LIST, {"list": forged}).status_code == 422
    elsewhere = log_in("lead", at=foreign).post(LIST.replace("fachtag-demo", foreign.slug), {"list": found[1]})
    assert elsewhere.status_code == 422
    assert Registration.objects.count() == 0


def test_an_hour_later(client: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = send(client, as_csv([HEAD, ULLA]))
    later = timezone.now().timestamp() + 3601
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    response = confirm(client, seen)
    assert response.status_code == 422
    assert "vor mehr als einer Stunde" in text(response)
    assert Registration.objects.count() == 0


def test_what_changes_meanwhile(client: Client, event: Event) -> None:
    """Nothing is registered with a consent to another wording, or where a seat is gone by now."""
    seen = send(client, as_csv([HEAD, ULLA]))
    workshop = factories.fill(event, 2)
    response = confirm(client, seen)
    assert (response.status_code, Registration.objects.count()) == (422, 1)
    assert outcomes(response) == [f"Für diese Zeile ist kein Platz mehr frei: „{workshop}“."]
    again = send(client, as_csv([HEAD, row(3)]))
    event.consent_requests.update(wording="Etwas anderes.")
    response = confirm(client, again)
    assert (response.status_code, Registration.objects.count()) == (422, 1)
    assert "Wortlaut einer Einwilligung" in text(response)


def test_a_refusal_in_the_middle(client: Client, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody takes the last seat between the look and the verb: the others are registered, and who is not is said."""
    from registration.desk import acts

    really = acts.register

    def meanwhile(request: Any, event: Event, form: Any, now: Any) -> Any:
        if form.guest.first_name == "Jürgen 2":
            factories.workshop(event, 3, capacity=0)
        return really(request, event, form, now)

    monkeypatch.setattr(acts, "register", meanwhile)
    done = confirm(client, send(client, as_csv([HEAD, *map(row, (1, 2, 3))])))
    said = outcomes(done)
    assert (said[0], said[2]) == ("bestätigt", "bestätigt")
    assert said[1].startswith("nicht angemeldet: ")
    assert [name for name, *_rest in registered()] == ["Jürgen 1 Weiß", "Jürgen 3 Weiß"]


def test_queries_do_not_grow(client: Client, event: Event, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(11):
        send(client, as_csv([HEAD, row(1)]))
    with django_assert_num_queries(11):
        send(client, as_csv([HEAD, *map(row, range(1, 40))]))

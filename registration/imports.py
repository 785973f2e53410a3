"""Tables that people made with Excel, LibreOffice or a text editor: bytes in, rows of text out. Nothing in a file is
trusted, neither its size nor what it says of itself."""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import zip_longest
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

BYTES_AT_MOST = 2_000_000
UNPACKED_AT_MOST = 30_000_000
TAGS_AT_MOST = 400_000  # in all parts: however short one is, it takes half a kilobyte of memory while it is read
ROWS_AT_MOST = 1_000  # without the headings
COLUMNS_AT_MOST = 100
CHARACTERS_AT_MOST = 600_000  # so that all of it, signed, fits into a form
_LAST_ROW = 1_048_576  # that Excel has

_CONTROL = re.compile("_x00[01][0-9A-F]_", re.IGNORECASE)  # how Excel writes what XML does not allow, and line ends

_STRICT = b"http://purl.oclc.org/ooxml/spreadsheetml/main"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # and new ones with a password


class Unreadable(Exception):  # noqa: N818 - it is told to whoever chose the file
    """Why nothing could be read, in words."""


@dataclass(frozen=True)
class Line:
    """A row with something in it, and its number as Excel shows it."""

    number: int
    cells: list[str]


def read(content: bytes) -> list[Line]:
    """The rows of an XLSX or CSV file, first the headings; of a workbook those of the sheet that
    was open when it was saved.

    A formula is read as the value that was stored with it; where there is none, the cell reads as the formula, with its
    equals sign. Raises Unreadable.
    """
    if len(content) > BYTES_AT_MOST:
        raise Unreadable(_("The file is too large: at most 2 MB, please."))
    if content.startswith(_OLD_EXCEL):
        raise Unreadable(_("This is a file of an old Excel, or one with a password. Please save it as .xlsx."))
    rows = _of_a_workbook(content) if content.startswith(b"PK\x03\x04") else _of_a_text(content)
    lines = [Line(number, cells) for number, cells in enumerate(rows, start=1) if any(cells)]
    if not lines:
        raise Unreadable(_("The file is empty."))
    return lines


def _bounded(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    """The rows, until there are too many of them with something in it."""
    filled = characters = 0
    for row in rows:
        filled += any(row)
        characters += sum(map(len, row))
        if characters > CHARACTERS_AT_MOST:
            raise Unreadable(_("There is too much text in the file. Divide the list into several files, please."))
        if filled > ROWS_AT_MOST + 1:
            raise Unreadable(_("The list is too long: at most 1,000 rows, please. Divide it into several files."))
        if len(row) > COLUMNS_AT_MOST and any(row[COLUMNS_AT_MOST:]):
            raise Unreadable(_("The list has more than 100 columns."))
        yield row[:COLUMNS_AT_MOST]


# Workbooks


def _of_a_workbook(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # No member unpacks to more than it says.
            members = archive.infolist()
            is_large = sum(member.file_size for member in members) > UNPACKED_AT_MOST
            if is_large or sum(archive.read(member).count(b"<") for member in members) > TAGS_AT_MOST:
                raise Unreadable(_("The file is too large once it is unpacked. Please copy the list to a new file."))
            if _STRICT in archive.read("xl/workbook.xml"):
                raise Unreadable(
                    _(
                        "This is an Excel file of the rare kind “Strict Open XML”."
                        " Please save it as “Excel workbook (*.xlsx)”."
                    )
                )
        return list(_bounded(_rows(content)))
    except Unreadable:
        raise
    except Exception as error:  # whatever is wrong in a file, zipfile, expat and openpyxl each say it in their own way
        raise Unreadable(_("This is no Excel file that can be read. Please save it as .xlsx or as CSV.")) from error


def _cells(content: bytes, *, values: bool) -> Iterator[tuple[Any, ...]]:
    """The rows of the sheet that was open, with formulae or with the values that were stored with them."""
    from openpyxl import load_workbook  # 13 MB in each process, for those who bring a table

    workbook = load_workbook(io.BytesIO(content), read_only=True, data_only=values, keep_links=False)
    seen = [sheet for sheet in workbook.worksheets if sheet.sheet_state == "visible"]
    sheet = workbook.active if workbook.active in seen else seen[0]
    return sheet.iter_rows(max_row=_LAST_ROW, max_col=COLUMNS_AT_MOST + 1)


def _rows(content: bytes) -> Iterator[list[str]]:
    from openpyxl.cell.read_only import EMPTY_CELL

    missing: tuple[Any, ...] = ()
    for written, stored in zip(_cells(content, values=False), _cells(content, values=True), strict=True):
        # LibreOffice writes the very last row too, a million below; openpyxl has one tuple for all rows between.
        if written is missing or all(cell is EMPTY_CELL for cell in written):
            missing = written
            yield []
        else:
            yield _in_words(written, stored)


def _in_words(written: tuple[Any, ...], stored: tuple[Any, ...]) -> list[str]:
    from openpyxl.cell.read_only import EMPTY_CELL

    pairs = zip_longest(written, stored, fillvalue=EMPTY_CELL)
    cells = [_text("=" if _lacks_a_value(one, value) else value.value) for one, value in pairs]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _lacks_a_value(written: Any, stored: Any) -> bool:
    """Whether a program has written the formula and computed nothing; of one that gives no text, Excel stores that."""
    return written.data_type == "f" and stored.value is None and stored.data_type != "str"


_A_CELL_AT_MOST = 32_767  # characters; Excel’s own bound


def _text(value: Any) -> str:
    """As somebody reads it in the cell."""
    match value:
        case None:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return number_format(f"{value:.15g}")  # what is behind it, Excel does not show either
        case datetime() if value.hour or value.minute:
            return f"{value:%d.%m.%Y %H:%M}"
        case date():
            return f"{value:%d.%m.%Y}"
        case time():
            return f"{value:%H:%M}"
        case str() if len(value) > _A_CELL_AT_MOST:
            raise Unreadable(_("There is too much text in the file. Divide the list into several files, please."))
    return _CONTROL.sub(" ", str(value)).strip()


# Text


def _of_a_text(content: bytes) -> list[list[str]]:
    text = _decoded(content).removeprefix("\ufeff")
    if "\0" in text:
        raise Unreadable(_("This is neither an Excel file nor a CSV file."))
    if text.startswith("sep="):  # Excel's own hint
        text = text.partition("\n")[2]
    first = text.partition("\n")[0]
    # A heading may have commas in it, such as a day with its date.
    delimiter = next((mark for mark in "\t;" if mark in first), ",")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        return list(_bounded([cell.strip() for cell in row] for row in rows))
    except csv.Error as error:
        message = _("Row %(row)d cannot be read; perhaps a quotation mark is missing.")
        raise Unreadable(message % {"row": rows.line_num}) from error


def _decoded(content: bytes) -> str:
    """Excel saves as UTF-8 with a mark, as UTF-16 with one (“Unicode text”), or as Windows has always done."""
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Unreadable(_("This is neither an Excel file nor a CSV file."))

"""Registrations as tables for Excel: rows in, bytes out."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from events.models import Question
from registration import answers
from registration.models import ConsentRecord, Place, Registration

Value = str | int | datetime | None
Row = Sequence[Value]

XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV_TYPE = "text/csv; charset=utf-8"


def table(registrations: Iterable[Registration], questions: Sequence[Question] = ()) -> list[Row]:
    """The heading and a row for each registration, which must come with its event, its places, its answers and what
    its guest decided about pictures; a column for each of these questions."""
    heading: Row = (
        _("Last name"),
        _("First name"),
        _("Email"),
        _("Organisation"),
        _("State"),
        _("Workshop"),
        _("Waiting for"),
        _("Livestream"),
        _("Recordings"),
        _("Publicity"),
        _("Channel"),
        _("Registered"),
        _("Checked in"),
        _("Event"),
        *(question.label for question in questions),
    )
    return [heading, *(_row(registration, questions) for registration in registrations)]


def _row(registration: Any, questions: Sequence[Question]) -> Row:
    return (
        registration.last_name,
        registration.first_name,
        registration.email,
        registration.organisation,
        registration.standing,
        _names(registration.held),
        _names(registration.queues),
        _("yes") if registration.livestream else "",
        _decision(registration.recording_decision),
        _decision(registration.publicity_decision),
        registration.get_channel_display(),
        _moment(registration.registered_at),
        _moment(registration.checked_in_at),
        registration.event.title,
        *_answers(registration, questions),
    )


def _moment(when: datetime | None) -> datetime | None:
    """As a clock here shows it; None: it has not happened."""
    return None if when is None else localtime(when).replace(tzinfo=None, microsecond=0)


def answer_table(registrations: Iterable[Registration], questions: Sequence[Question]) -> list[Row]:
    """For those who prepare the place: the heading, and a row for each registration that answered any of these
    questions; registrations come as for `table`."""
    heading: Row = (
        _("Last name"),
        _("First name"),
        _("State"),
        _("Workshop"),
        *(question.label for question in questions),
    )
    rows: list[Row] = [heading]
    for registration in registrations:
        if any(said := _answers(registration, questions)):
            where = _("Livestream") if registration.livestream else _names(registration.held or registration.queues)
            rows.append((registration.last_name, registration.first_name, registration.standing, where, *said))
    return rows


def _answers(registration: Registration, questions: Sequence[Question]) -> list[str]:
    """One for each question; empty: not answered."""
    values = {answer.question_id: answer.value for answer in registration.answers.all()}
    return [answers.in_words(question, values[question.pk]) if question.pk in values else "" for question in questions]


def _names(places: Iterable[Place]) -> str:
    return "; ".join(str(place.workshop) for place in places)


def _decision(decision: str | None) -> str:
    """Yes or no; empty: nobody asked."""
    if decision is None:
        return ""
    return _("yes") if decision == ConsentRecord.Decision.GIVEN else _("no")


def xlsx(rows: Iterable[Row]) -> bytes:
    """An Excel file. What guests typed is text in it, unchanged and never a formula, not even when it is edited."""
    from openpyxl import Workbook  # 13 MB in each process, for those who take a table
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(_("Registrations"))
    sheet.freeze_panes = "A2"
    rows = list(rows)
    for index in range(1, len(rows[0]) + 1):
        sheet.column_dimensions[get_column_letter(index)].width = 24

    def cell(value: Value, *, is_heading: bool) -> Any:
        if not isinstance(value, str):
            return WriteOnlyCell(sheet, value=value)
        found = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
        found.data_type = "s"
        found.quotePrefix = _looks_like_a_formula(value)
        if is_heading:
            found.font = Font(bold=True)
        return found

    for number, row in enumerate(rows):
        sheet.append([cell(value, is_heading=number == 0) for value in row])
    content = io.BytesIO()
    workbook.save(content)
    return content.getvalue()


def csv_file(rows: Iterable[Row]) -> bytes:
    """A CSV file as a German Excel opens it with a double click: semicolons, and a BOM that says UTF-8.

    A value that Excel would take for a formula gets an apostrophe in front (OWASP, CSV injection).
    """
    content = io.StringIO()
    writer = csv.writer(content, delimiter=";", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
    return content.getvalue().encode("utf-8-sig")


def _harmless(value: Value) -> str:
    if isinstance(value, datetime):
        return value.strftime("%d.%m.%Y %H:%M")
    text = "" if value is None else str(value)
    return f"'{text}" if _looks_like_a_formula(text) else text


def _looks_like_a_formula(text: str) -> bool:
    """Excel takes full-width signs for signs, and leaves out what nobody sees before them."""
    visible = (letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter)[0] not in "CMZ")
    return text.startswith(("\t", "\r", "\n")) or next(visible, "") in {"=", "+", "-", "@"}

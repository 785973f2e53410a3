"""The columns of a list of guests: which ones there are for an event, and what a cell says to the form of a guest."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from events.models import Question, Slot, Workshop
from events.wording import time_of
from registration.forms import Offer
from registration.forms.fields import LIVESTREAM, PLACE, consent_field
from registration.forms.guest import round_field
from registration.forms.questions import question_field

ATTENDANCE = "attendance"

_ERRORS = {"#N/A", "#NV", "#REF!", "#BEZUG!", "#NAME?", "#VALUE!", "#WERT!", "#DIV/0!", "#NUM!", "#ZAHL!", "#NULL!"}
_YES = {"ja", "yes", "j", "y", "x", "1", "wahr", "true"}
_NO = {"nein", "no", "n", "0", "falsch", "false"}
_NUMBER = re.compile(r"(?:workshop|ws)?\s*(\d{1,5})\.?", re.ASCII | re.IGNORECASE)


class Misread(Exception):  # noqa: N818 - it is told to whoever wrote the list
    """Why a cell says nothing, in words."""


@dataclass(frozen=True)
class Column:
    """A column: the field of the form that it fills, its heading, what may stand in it, and what a cell says."""

    field: str
    label: str
    hint: str
    read: Callable[[str], list[str]]
    names: tuple[str, ...] = ()  # that it is known by too
    is_needed: bool = False

    def values(self, cell: str) -> list[str]:
        """What the form is sent for this cell. Raises Misread."""
        if cell.startswith("="):
            raise Misread(_("Here stands a formula without a value. Please type the value itself."))
        if cell in _ERRORS:
            raise Misread(_("Here stands a formula that Excel could not compute."))
        return self.read(cell)


def columns(offer: Offer) -> list[Column]:
    """The columns for this event, in the order in which its form asks."""
    needed, may_be_empty = _("must not be empty"), _("may be empty")
    livestream = offer.livestream and not offer.is_only_livestream
    wordings = [] if offer.is_only_livestream else offer.asked.wordings
    found = [
        Column("first_name", _("First name"), needed, _as_it_is, ("vorname", "firstname"), is_needed=True),
        Column(
            "last_name",
            _("Last name"),
            needed,
            _as_it_is,
            ("nachname", "familienname", "lastname"),
            is_needed=True,
        ),
        Column(
            "email",
            _("Email"),
            needed,
            _as_it_is,
            ("mail", "emailadresse", "emailaddress"),
            is_needed=True,
        ),
        Column("organisation", _("Organisation"), may_be_empty, _as_it_is, ("einrichtung", "institution")),
        *(_of_a_round(slot, workshops, is_only=len(offer.rounds) == 1) for slot, workshops in offer.rounds),
        *([_of_attendance()] if livestream else []),
        *(_of_a_question(question) for question in offer.asked.questions),
        *(
            Column(
                consent_field(wording),
                _("Consent: %(purpose)s") % {"purpose": wording.purpose.label},
                f"{_('yes or no')} ({wording.kind.label})",
                _ticked,
            )
            for wording in wordings
        ),
    ]
    return _told_apart(found)


def folded(text: str) -> str:
    """What is the same however somebody writes it: E-Mail, email, e mail."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))


def _told_apart(found: Sequence[Column]) -> list[Column]:
    """The columns, in which no two headings are alike."""
    heads: dict[str, Column] = {}
    for column in found:
        label, number = column.label, 1
        while folded(label) in heads:
            label, number = f"{column.label} ({number + 1})", number + 1
        heads[folded(label)] = Column(**{**column.__dict__, "label": label})
    return list(heads.values())


def _as_it_is(cell: str) -> list[str]:
    return [cell]


def _of_a_round(slot: Slot, workshops: Sequence[Workshop], *, is_only: bool) -> Column:
    label = _("%(round)s, %(when)s") % {"round": slot, "when": time_of(slot, slot.event)}
    hint = _("number or title: %(offered)s") % {"offered": "; ".join(map(str, workshops))}
    if slot.optional:
        hint = f"{hint} ({_('may be empty')})"

    def read(cell: str) -> list[str]:
        if not cell:
            return []
        number = _NUMBER.fullmatch(cell)
        for workshop in workshops:
            if number and workshop.number == int(number[1]):
                return [str(workshop.pk)]
            if folded(cell) in {folded(workshop.title), folded(str(workshop))}:
                return [str(workshop.pk)]
        offered = get_text_list([str(workshop.number) for workshop in workshops], _("or"))
        raise Misread(
            _("There is no such workshop here. Please write its number (%(offered)s).") % {"offered": offered}
        )

    return Column(round_field(slot), _("Workshop") if is_only else label, hint, read)


def _of_attendance() -> Column:
    place, livestream = _("at the place"), _("Livestream")

    def read(cell: str) -> list[str]:
        match folded(cell):
            case "":
                return []
            case word if word in {folded(livestream), "online", "livestream"}:
                return [LIVESTREAM]
            case word if word in {folded(place), "vorort", "präsenz", "ort"}:
                return [PLACE]
        raise Misread(_("Please write “%(place)s” or “%(livestream)s”.") % {"place": place, "livestream": livestream})

    hint = _("“%(place)s” or “%(livestream)s”") % {"place": place, "livestream": livestream}
    return Column(ATTENDANCE, pgettext("column", "Attendance"), hint, read)


def _of_a_question(question: Question) -> Column:
    kinds = Question.Kind
    options: dict[str, str] = {folded(label): key for key, label in question.options}
    offered = "; ".join(label for _key, label in question.options)

    def chosen(cell: str) -> str:
        if folded(cell) not in options:
            raise Misread(
                _("“%(said)s” is not offered. Please choose: %(offered)s.") % {"said": cell, "offered": offered}
            )
        return options[folded(cell)]

    def several(cell: str) -> list[str]:
        if folded(cell) in options:
            return [chosen(cell)]
        return [chosen(part.strip()) for part in cell.split(";") if part.strip()]

    match question.kind:
        case kinds.CHOICE:
            read, hint = (lambda cell: [chosen(cell)] if cell else []), offered
        case kinds.CHOICES:
            read, hint = several, _("%(offered)s; several with semicolons") % {"offered": offered}
        case kinds.YES_NO:
            read, hint = (lambda cell: [{True: "yes", False: "no"}[_yes(cell)]] if cell else []), _("yes or no")
        case _:
            read, hint = _as_it_is, ""
    if not question.required:
        hint = f"{hint} ({_('may be empty')})" if hint else _("may be empty")
    return Column(question_field(question), question.label, hint, read)


def _ticked(cell: str) -> list[str]:
    return ["on"] if cell and _yes(cell) else []


def _yes(cell: str) -> bool:
    word = folded(cell)
    if word in _YES | {folded(_("yes"))}:
        return True
    if word in _NO | {folded(_("no"))}:
        return False
    raise Misread(_("Please write “yes” or “no”."))


def by_heading(found: Iterable[Column], headings: Sequence[str]) -> tuple[dict[int, Column], list[str]]:
    """Which column stands where, and the headings that mean nothing. Raises Misread for one that is missing or stands
    there twice."""
    names = {name: column for column in found for name in (folded(column.label), folded(column.field), *column.names)}
    placed: dict[int, Column] = {}
    for place, heading in enumerate(headings):
        column = names.get(folded(heading))
        if column is not None and column in placed.values():
            raise Misread(_("Two columns are called “%(heading)s”.") % {"heading": heading})
        if column is not None:
            placed[place] = column
    if missing := [column.label for column in names.values() if column.is_needed and column not in placed.values()]:
        needed = get_text_list(list(dict.fromkeys(f"„{label}“" for label in missing)), _("and"))
        raise Misread(
            _("The first row must hold the headings of the columns; missing: %(missing)s.") % {"missing": needed}
        )
    unknown = [heading for place, heading in enumerate(headings) if heading and place not in placed]
    return placed, unknown

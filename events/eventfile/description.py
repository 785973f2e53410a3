"""What a file says of an event, whichever way it goes, and which names it has for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from django.db import models
from django.utils.timezone import localtime

from events import plaintext
from events.models import Question
from events.moving import moved

Values = dict[str, Any]

# What a date means where no time stands with it.
A_DATE_ALONE = {
    "registration_opens_at": time.min,
    "registration_closes_at": time(23, 59, 59),
    "changes_close_at": time(23, 59, 59),
}

# The kinds of values that a file can have.
_KINDS = (
    models.BooleanField,
    models.CharField,
    models.DateField,
    models.DecimalField,
    models.IntegerField,
    models.TextField,
)


class EventFileError(Exception):
    """Everything that is wrong with a file: pairs of the path in the file and what is wrong there, in words."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        super().__init__("\n".join(f"{path}: {message}" for path, message in errors))
        self.errors = list(errors)


@dataclass(frozen=True)
class WorkshopDescription:
    values: Values
    contributions: tuple[Values, ...] = ()


@dataclass(frozen=True)
class SlotDescription:
    values: Values
    contributions: tuple[Values, ...] = ()
    workshops: tuple[WorkshopDescription, ...] = ()


@dataclass(frozen=True)
class EventDescription:
    """All that a file says of an event, with the defaults filled in; two are equal when they say the same."""

    values: Values
    venue: Values | None
    organiser: Values
    consents: tuple[Values, ...] = ()
    questions: tuple[Values, ...] = ()
    speakers: tuple[Values, ...] = ()
    slots: tuple[SlotDescription, ...] = ()

    def starting(self, first_day: date) -> "EventDescription":
        """The same event moved as a whole, so that its first day is this one; times of day stay."""
        move = first_day - localtime(self.values["starts_at"]).date()
        return replace(
            self,
            values=_moved(self.values, move),
            slots=tuple(replace(slot, values=_moved(slot.values, move)) for slot in self.slots),
        )


def in_order(slots: Iterable[SlotDescription]) -> tuple[SlotDescription, ...]:
    """The slots by time and their workshops by number; what goes on at one time, as pages have it, by room and number,
    whichever stands first in a file or was stored first."""
    by_number = (
        replace(slot, workshops=tuple(sorted(slot.workshops, key=lambda workshop: workshop.values["number"])))
        for slot in slots
    )
    return tuple(sorted(by_number, key=_in_the_programme))


def _in_the_programme(slot: SlotDescription) -> tuple[Any, ...]:
    values = slot.values
    return values["starts_at"], values["ends_at"], values["room"], values["number"] or 0, values["title"]


def _moved(values: Values, move: timedelta) -> Values:
    return {name: moved(value, move) if isinstance(value, datetime) else value for name, value in values.items()}


@cache
def fields(model: type[models.Model]) -> dict[str, Any]:
    """The fields of a model that a file has, the name first: what organisers fill in, but for relations, pictures with
    what they show, and the order, which is that of the file."""
    left_out = {"order", "image_alt", "portrait_alt"}
    return {
        field.name: field
        for field in sorted(model._meta.fields, key=lambda field: field.name != "name")
        if isinstance(field, _KINDS) and field.editable and not field.primary_key and field.name not in left_out
    }


def stored(row: models.Model) -> Values:
    """What a file says of a row."""
    values = {name: (field, getattr(row, name)) for name, field in fields(type(row)).items()}
    return {name: tidy(field, value) if isinstance(value, str) else value for name, (field, value) in values.items()}


def stored_question(question: Question) -> Values:
    return stored(question) | {"options": [[key, plaintext.line(label)] for key, label in question.options]}


def usual_questions() -> tuple[Values, ...]:
    """What a file means that says nothing of questions; an empty array means that nothing is asked."""
    return (stored_question(Question.usual()),)


def tidy(model_field: Any, text: str) -> str:
    """The text as a file reads it and as it is compared with one, whatever was pasted into the admin."""
    return (plaintext.paragraphs if isinstance(model_field, models.TextField) else plaintext.line)(text).strip()

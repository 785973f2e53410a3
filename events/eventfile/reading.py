"""From bytes to a description."""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from itertools import chain
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.timezone import localtime, make_aware
from django.utils.translation import override

from events.bounds import is_of_our_time
from events.eventfile.description import (
    A_DATE_ALONE,
    EventDescription,
    EventFileError,
    SlotDescription,
    Values,
    WorkshopDescription,
    fields,
    in_order,
    stored,
    tidy,
    usual_questions,
)
from events.models import (
    RESERVED_SLUGS,
    ConsentRequest,
    Contribution,
    Event,
    Organiser,
    Question,
    Slot,
    Speaker,
    Venue,
    Workshop,
    overlapping_rounds,
)


def parse(content: bytes, slug: str | None = None) -> EventDescription:
    """Read a file, under another slug if one is given. Raises EventFileError with every error at once."""
    try:
        document = tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError as error:
        raise EventFileError([("file", f"byte {error.start} is not UTF-8")]) from error
    except (ValueError, RecursionError) as error:
        raise EventFileError([("file", f"this is not TOML: {error}")]) from error
    if slug is not None:
        document["slug"] = slug
    reader = _Reader(usual_questions())
    with override("en"):
        return reader.read(document)


@dataclass
class _Reader:
    """Reads one document and collects what is wrong with it."""

    usual_questions: tuple[Values, ...]
    errors: list[tuple[str, str]] = field(default_factory=list)
    day: date | None = None

    def read(self, document: dict[str, Any]) -> EventDescription:
        day = document.pop("date", None)
        if type(day) is date:
            self.day = day
        else:
            self.error("date", "is missing" if day is None else "must be a date such as 2021-10-07")
        description = EventDescription(
            values=self.values(Event, document, "", also=_PARTS),
            venue=self.table(Venue, document, "venue") if "venue" in document else None,
            organiser=self.table(Organiser, document, "organiser"),
            consents=tuple(
                self.values(ConsentRequest, table, path) for path, table in self.tables(document, "consents", "")
            ),
            questions=self.questions(document),
            speakers=tuple(self.values(Speaker, table, path) for path, table in self.tables(document, "speakers", "")),
            slots=tuple(self.slot(table, path) for path, table in self.tables(document, "slots", "")),
        )
        self.check_event(description)
        if self.errors:
            raise EventFileError(self.errors)
        return replace(description, slots=in_order(description.slots), speakers=_everybody(description))

    def questions(self, document: dict[str, Any]) -> tuple[Values, ...]:
        if "questions" not in document:
            return self.usual_questions
        return tuple(self.question(table, path) for path, table in self.tables(document, "questions", ""))

    def question(self, table: dict[str, Any], path: str) -> Values:
        """A question; the keys and labels of its options are like its own."""
        values = self.values(Question, table, path, also=("options",))
        options = [
            (option_path, self.values(Question, option, option_path, names=("key", "label")))
            for option_path, option in self.tables(table, "options", path)
        ]
        self.check_unique((f"{option_path}key", option.get("key")) for option_path, option in options)
        needs_options = values.get("kind") in {Question.Kind.CHOICE, Question.Kind.CHOICES}
        if needs_options and not options:
            self.error(f"{path}options", "are missing, each with a key and a label")
        if options and not needs_options:
            self.error(f"{path}options", 'stand only in a question of kind "choice" or "choices"')
        return values | {"options": [[option.get("key"), option.get("label")] for _path, option in options]}

    def slot(self, table: dict[str, Any], path: str) -> SlotDescription:
        slot = SlotDescription(
            values=self.values(Slot, table, path, also=("contributions", "workshops")),
            contributions=self.contributions(table, path),
            workshops=tuple(
                self.workshop(workshop, workshop_path)
                for workshop_path, workshop in self.tables(table, "workshops", path)
            ),
        )
        self.check_order(slot.values, "starts_at", "ends_at", path)
        if slot.values.get("kind") != Slot.Kind.WORKSHOPS:
            if slot.workshops:
                self.error(f"{path}workshops", 'stand only in a slot of kind "workshops"')
            if slot.values.get("optional"):
                self.error(f"{path}optional", 'can only be a slot of kind "workshops"')
        return slot

    def workshop(self, table: dict[str, Any], path: str) -> WorkshopDescription:
        values = self.values(Workshop, table, path, also=("contributions",))
        if not values.get("key") and "title" in values:
            values["key"] = Workshop.key_of(values["title"])
        return WorkshopDescription(values=values, contributions=self.contributions(table, path))

    def contributions(self, table: dict[str, Any], path: str) -> tuple[Values, ...]:
        found = []
        for contribution_path, contribution in self.tables(table, "contributions", path):
            values = self.values(Contribution, contribution, contribution_path, also=("name",))
            name = self.value(Speaker._meta.get_field("name"), contribution.get("name"), f"{contribution_path}name")
            found.append(values | {"name": name})
        return tuple(found)

    def check_event(self, description: EventDescription) -> None:
        """What only the whole event can get wrong."""
        self.check_colours(description.organiser)
        values = description.values
        self.check_order(values, "starts_at", "ends_at", "")
        opens, closes, ends = (
            values.get(name) for name in ("registration_opens_at", "registration_closes_at", "ends_at")
        )
        if closes and ends and closes > ends:
            self.error("registration_closes_at", "is after the event ends")
        if opens and closes and closes <= opens:
            self.error("registration_closes_at", "is before registration opens")
        if values.get("slug") in RESERVED_SLUGS:
            self.error("slug", f'"{values["slug"]}" is an address of the site itself')
        self.check_rounds(description.slots)
        workshops = [
            (f"slots[{i}].workshops[{j}].", workshop.values)
            for i, slot in enumerate(description.slots)
            for j, workshop in enumerate(slot.workshops)
        ]
        self.check_unique((f"{path}number", workshop.get("number")) for path, workshop in workshops)
        self.check_unique(
            ((f"{path}key", workshop.get("key")) for path, workshop in workshops),
            "is the key of two workshops; where both have the same title, give each a line: key = …",
        )
        self.check_unique(
            (f"consents[{i}].purpose", consent.get("purpose")) for i, consent in enumerate(description.consents)
        )
        self.check_unique(
            (f"questions[{i}].key", question.get("key")) for i, question in enumerate(description.questions)
        )
        speakers = [(f"speakers[{i}].name", speaker.get("name")) for i, speaker in enumerate(description.speakers)]
        self.check_unique(speakers)
        on_the_programme = set(_named(description.slots))
        for path, name in speakers:
            if name is not None and name not in on_the_programme:
                self.error(path, f"{name} appears in no slot and no workshop")

    def check_colours(self, organiser: Values) -> None:
        if {"brand_colour", "accent_colour"} <= organiser.keys():
            try:
                Organiser(**organiser).clean()
            except ValidationError as error:
                for name, messages in error.message_dict.items():
                    self.error(f"organiser.{name}", " ".join(messages))

    def check_rounds(self, descriptions: Sequence[SlotDescription]) -> None:
        complete = {"kind", "starts_at", "ends_at", "title"}
        slots = [
            (f"slots[{i}].starts_at", Slot(**description.values))
            for i, description in enumerate(descriptions)
            if complete <= description.values.keys()
        ]
        for first, second in overlapping_rounds(slot for _path, slot in slots):
            path = next(path for path, slot in slots if slot is second)
            self.error(path, f"is before the workshops “{first}” have ended; two rounds come one after the other")

    def check_order(self, values: Values, first: str, second: str, path: str) -> None:
        starts, ends = values.get(first), values.get(second)
        if starts and ends and ends <= starts:
            same_day = localtime(starts).date() == localtime(ends).date()
            when = localtime(ends).strftime("%H:%M" if same_day else "%Y-%m-%d %H:%M")
            self.error(f"{path}{second}", f"{when} is {'when' if starts == ends else 'before'} it starts")

    def check_unique(self, found: Iterable[tuple[str, Any]], advice: str = "stands here a second time") -> None:
        seen: set[Any] = set()
        for path, value in found:
            if value is not None and value in seen:
                self.error(path, f"{value} {advice}")
            seen.add(value)

    # Tables and values

    def table(self, model: type[models.Model], parent: dict[str, Any], name: str) -> Values:
        """The values of the one table of this name."""
        table = parent.get(name)
        if isinstance(table, dict):
            return self.values(model, table, f"{name}.")
        self.error(name, "is missing" if table is None else "must be a table")
        return {}

    def tables(self, parent: dict[str, Any], name: str, path: str) -> Iterable[tuple[str, dict[str, Any]]]:
        """The tables of an array with the path of each."""
        found = parent.get(name, [])
        if not isinstance(found, list):
            self.error(f"{path}{name}", "must be an array of tables")
            return
        for index, table in enumerate(found):
            if isinstance(table, dict):
                yield f"{path}{name}[{index}].", table
            else:
                self.error(f"{path}{name}[{index}]", "must be a table")

    def values(
        self,
        model: type[models.Model],
        table: dict[str, Any],
        path: str,
        *,
        names: Sequence[str] = (),
        also: Sequence[str] = (),
    ) -> Values:
        """The values of a model's fields, all or these; those that are wrong are reported and left out."""
        known = {name: field for name, field in fields(model).items() if not names or name in names}
        for name in table:
            if name not in known and name not in also:
                self.error(f"{path}{name}", "is not a name that this file knows")
        values = {name: self.value(known[name], table.get(name), f"{path}{name}") for name in known}
        return {name: value for name, value in values.items() if value is not _WRONG}

    def value(self, model_field: Any, value: Any, path: str) -> Any:
        """A value as the model wants it, checked by the model's own rules."""
        if value is None:
            if not model_field.has_default() and not model_field.blank:
                self.error(path, "is missing")
                return _WRONG
            return model_field.get_default()
        if value == "" and model_field.null:
            return None
        try:
            value = _converter(model_field)(self, model_field, value)
            return model_field.clean(value, None)
        except _NotReadableError as error:
            self.error(path, str(error))
        except ValidationError as error:
            self.error(path, " ".join(error.messages))
        return _WRONG

    def error(self, path: str, message: str) -> None:
        self.errors.append((path, message))


_WRONG: Any = object()


class _NotReadableError(Exception):
    """A value of the wrong type."""


def _text(reader: _Reader, model_field: Any, value: Any) -> str:
    if not isinstance(value, str):
        raise _NotReadableError("must be a text in quotation marks")
    return tidy(model_field, value)


def _whole_number(reader: _Reader, model_field: Any, value: Any) -> int:
    if type(value) is not int or value < 0:
        raise _NotReadableError("must be a whole number, not below 0")
    return value


def _number(reader: _Reader, model_field: Any, value: Any) -> Decimal:
    if type(value) not in (int, Decimal):
        raise _NotReadableError("must be a number")
    return Decimal(value)


def _truth(reader: _Reader, model_field: Any, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _NotReadableError("must be true or false")
    return value


def _moment(reader: _Reader, model_field: Any, value: Any) -> datetime:
    if type(value) is time and reader.day is not None:
        value = datetime.combine(reader.day, value)
    elif type(value) is date and model_field.name in A_DATE_ALONE:
        value = datetime.combine(value, A_DATE_ALONE[model_field.name])
    if type(value) is time:
        raise _NotReadableError("has a time but no date to be on")
    if not isinstance(value, datetime):
        raise _NotReadableError("must be a time such as 08:30:00 or a date and time such as 2021-10-07T08:30:00")
    if not is_of_our_time(value):
        raise _NotReadableError(f"is in the year {value.year}")
    moment = make_aware(value) if value.tzinfo is None else value
    if value.tzinfo is None and localtime(moment.astimezone(UTC)).replace(tzinfo=None) != value:
        raise _NotReadableError("falls into the hour that the clocks leave out")
    return moment


def _date(reader: _Reader, model_field: Any, value: Any) -> date:
    if type(value) is not date:
        raise _NotReadableError("must be a date such as 2021-10-07")
    return value


_CONVERTERS: dict[type[Any], Callable[[_Reader, Any, Any], Any]] = {
    models.BooleanField: _truth,
    models.CharField: _text,
    models.DateTimeField: _moment,
    models.DateField: _date,  # which a DateTimeField is too
    models.DecimalField: _number,
    models.IntegerField: _whole_number,
    models.TextField: _text,
}


def _converter(model_field: Any) -> Callable[[_Reader, Any, Any], Any]:
    return next(converter for kind, converter in _CONVERTERS.items() if isinstance(model_field, kind))


# What stands under headings of its own.
_PARTS = ("venue", "organiser", "consents", "questions", "speakers", "slots")


def _named(slots: Iterable[SlotDescription]) -> Iterable[str]:
    """The name in each contribution."""
    for slot in slots:
        for contribution in chain(slot.contributions, *(workshop.contributions for workshop in slot.workshops)):
            yield contribution["name"]


def _everybody(description: EventDescription) -> tuple[Values, ...]:
    """The speakers of the file and those whom it only names in a contribution, by name."""
    defaults = stored(Speaker())
    by_name = {name: defaults | {"name": name} for name in _named(description.slots)}
    by_name |= {speaker["name"]: speaker for speaker in description.speakers}
    return tuple(by_name[name] for name in sorted(by_name))

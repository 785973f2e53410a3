"""An event as a TOML file: bytes -> description -> rows, and rows -> description.

The file has the names of the models' fields. Times without a date are on the day `date`; a deadline may be a date
alone and then means its last second. Slots carry their workshops, and both carry their contributions; who is more than
a name stands under `speakers`. A workshop is known by its `key`, so that title and number may change; without one, the
title makes it. `events/examples/fachtag-2021.toml` shows all of it.
"""

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain, count
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.timezone import localtime, make_aware
from django.utils.translation import override

from events import plaintext
from events.markdown import MarkdownField
from events.models import (
    RESERVED_SLUGS,
    ConsentRequest,
    Contribution,
    Event,
    Organiser,
    Slot,
    Speaker,
    Venue,
    Workshop,
    showing,
)

Values = dict[str, Any]
Row = TypeVar("Row", Venue, Organiser, Speaker)

_FIELDS: dict[type[models.Model], tuple[str, ...]] = {
    Event: (
        "title",
        "slug",
        "status",
        "teaser",
        "description",
        "starts_at",
        "ends_at",
        "partners",
        "registration_opens_at",
        "registration_closes_at",
        "registration_note",
        "catering",
        "livestream",
        "livestream_offered",
        "livestream_url",
        "livestream_captions_url",
        "livestream_sign_language_url",
        "livestream_minutes",
        "recording",
        "queue_moves_up",
        "changes_close_at",
        "address_confirmed_within",
        "reminder_days",
        "needs_kept_days",
        "data_kept_days",
        "change_note",
    ),
    Venue: ("name", "street", "postal_code", "city", "latitude", "longitude", "arrival", "access"),
    Organiser: ("name", "street", "postal_code", "city", "email", "phone", "website"),
    ConsentRequest: ("purpose", "kind", "wording", "alternative"),
    Speaker: ("name", "is_group", "position", "organisation", "biography"),
    Slot: ("starts_at", "ends_at", "kind", "number", "format", "title", "abstract", "room"),
    Workshop: ("key", "number", "title", "question", "description", "capacity", "room"),
    Contribution: ("role", "affiliation"),
}


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
    venue: Values
    organiser: Values
    consents: tuple[Values, ...] = ()
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


def _moved(values: Values, move: timedelta) -> Values:
    return {
        name: make_aware(localtime(value).replace(tzinfo=None) + move) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


# From bytes to a description


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
    with override("en"):
        return _Reader().read(document)


@dataclass
class _Reader:
    """Reads one document and collects what is wrong with it."""

    errors: list[tuple[str, str]] = field(default_factory=list)
    day: date | None = None

    def read(self, document: dict[str, Any]) -> EventDescription:
        day = document.pop("date", None)
        if type(day) is date:
            self.day = day
        else:
            self.error("date", "is missing" if day is None else "must be a date such as 2021-10-07")
        description = EventDescription(
            values=self.values(Event, document, "", also=("venue", "organiser", "consents", "speakers", "slots")),
            venue=self.table(Venue, document, "venue"),
            organiser=self.table(Organiser, document, "organiser"),
            consents=tuple(
                self.values(ConsentRequest, table, path) for path, table in self.tables(document, "consents", "")
            ),
            speakers=tuple(self.values(Speaker, table, path) for path, table in self.tables(document, "speakers", "")),
            slots=tuple(self.slot(table, path) for path, table in self.tables(document, "slots", "")),
        )
        self.check_event(description)
        if self.errors:
            raise EventFileError(self.errors)
        return replace(description, slots=_in_order(description.slots), speakers=_everybody(description))

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
        if slot.workshops and slot.values.get("kind") != Slot.Kind.WORKSHOPS:
            self.error(f"{path}workshops", 'stand only in a slot of kind "workshops"')
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
        speakers = [(f"speakers[{i}].name", speaker.get("name")) for i, speaker in enumerate(description.speakers)]
        self.check_unique(speakers)
        on_the_programme = set(_named(description.slots))
        for path, name in speakers:
            if name is not None and name not in on_the_programme:
                self.error(path, f"{name} appears in no slot and no workshop")

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

    def values(self, model: type[models.Model], table: dict[str, Any], path: str, also: Sequence[str] = ()) -> Values:
        """The values of a model's fields; those that are wrong are reported and left out."""
        known = _FIELDS[model]
        for name in table:
            if name not in known and name not in also:
                self.error(f"{path}{name}", "is not a name that this file knows")
        values = {name: self.value(model._meta.get_field(name), table.get(name), f"{path}{name}") for name in known}
        return {name: value for name, value in values.items() if value is not _WRONG}

    def value(self, model_field: Any, value: Any, path: str) -> Any:
        """A value as the model wants it, checked by the model's own rules."""
        if value is None:
            if not model_field.has_default() and not model_field.blank:
                self.error(path, "is missing")
                return _WRONG
            return model_field.get_default()
        try:
            value = _CONVERTERS[type(model_field)](self, model_field, value)
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
    return plaintext.paragraphs(value.strip()) if isinstance(model_field, models.TextField) else plaintext.line(value)


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
    elif type(value) is date and model_field.name in {"registration_closes_at", "changes_close_at"}:
        value = datetime.combine(value, time(23, 59, 59))
    elif type(value) is date and model_field.name == "registration_opens_at":
        value = datetime.combine(value, time.min)
    if type(value) is time:
        raise _NotReadableError("has a time but no date to be on")
    if not isinstance(value, datetime):
        raise _NotReadableError("must be a time such as 08:30:00 or a date and time such as 2021-10-07T08:30:00")
    if not 1900 <= value.year <= 2200:
        raise _NotReadableError(f"is in the year {value.year}")
    moment = make_aware(value) if value.tzinfo is None else value
    if value.tzinfo is None and localtime(moment.astimezone(UTC)).replace(tzinfo=None) != value:
        raise _NotReadableError("falls into the hour that the clocks leave out")
    return moment


_CONVERTERS: dict[type[Any], Callable[[_Reader, Any, Any], Any]] = {
    models.BooleanField: _truth,
    models.CharField: _text,
    models.DateTimeField: _moment,
    models.DecimalField: _number,
    models.EmailField: _text,
    models.PositiveIntegerField: _whole_number,
    models.PositiveSmallIntegerField: _whole_number,
    models.SlugField: _text,
    models.TextField: _text,
    models.URLField: _text,
    MarkdownField: _text,
}


def _in_order(slots: Iterable[SlotDescription]) -> tuple[SlotDescription, ...]:
    """The slots by time and their workshops by number, as the database gives them back."""
    by_time = sorted(slots, key=lambda slot: (slot.values["starts_at"], slot.values["ends_at"]))
    return tuple(
        replace(slot, workshops=tuple(sorted(slot.workshops, key=lambda workshop: workshop.values["number"])))
        for slot in by_time
    )


def _named(slots: Iterable[SlotDescription]) -> Iterable[str]:
    """The name in each contribution."""
    for slot in slots:
        for contribution in chain(slot.contributions, *(workshop.contributions for workshop in slot.workshops)):
            yield contribution["name"]


def _everybody(description: EventDescription) -> tuple[Values, ...]:
    """The speakers of the file and those whom it only names in a contribution, by name."""
    defaults = _stored(Speaker())
    by_name = {name: defaults | {"name": name} for name in _named(description.slots)}
    by_name |= {speaker["name"]: speaker for speaker in description.speakers}
    return tuple(by_name[name] for name in sorted(by_name))


# From rows to a description


def describe(event: Event) -> EventDescription:
    """The stored event, in the words of a file."""
    slots = event.slots.prefetch_related("contributions__speaker", "workshops__contributions__speaker")
    return EventDescription(
        values=_stored(event),
        venue=_stored(event.venue),
        organiser=_stored(event.organiser),
        consents=tuple(_stored(request) for request in event.consent_requests.all()),
        speakers=tuple(sorted((_stored(speaker) for speaker in _speakers(event)), key=lambda values: values["name"])),
        slots=tuple(
            SlotDescription(
                values=_stored(slot),
                contributions=_stored_contributions(slot),
                workshops=tuple(
                    WorkshopDescription(_stored(workshop), _stored_contributions(workshop))
                    for workshop in slot.workshops.all()
                ),
            )
            for slot in slots
        ),
    )


def _speakers(event: Event) -> Iterable[Speaker]:
    """Everybody on the event's programme, once."""
    appears = models.Q(contributions__slot__event=event) | models.Q(contributions__workshop__event=event)
    return Speaker.objects.filter(appears).distinct()


def _stored(row: models.Model) -> Values:
    return {name: getattr(row, name) for name in _FIELDS[type(row)]}


def _stored_contributions(part: Slot | Workshop) -> tuple[Values, ...]:
    return tuple(
        _stored(contribution) | {"name": contribution.speaker.name} for contribution in part.contributions.all()
    )


# From a description to rows


@transaction.atomic
def save(description: EventDescription) -> tuple[Event, bool]:
    """Store the event under its slug, and say whether anything changed.

    Workshops keep their rows, and so their guests, by key. What other events show too is left as it is. Raises
    EventFileError where a workshop that has guests is no longer in the file.
    """
    event = Event.objects.filter(slug=description.values["slug"]).first() or Event()
    is_stored = event.pk is not None
    if is_stored and describe(event) == description:
        return event, False
    _assign(event, description.values)
    event.venue = _row(Venue, description.venue, event, event.venue if is_stored else None)
    event.organiser = _row(Organiser, description.organiser, event, event.organiser if is_stored else None)
    event.save()
    event.consent_requests.all().delete()
    for values in description.consents:
        event.consent_requests.create(**values)
    own = {speaker.name: speaker for speaker in _speakers(event)}
    speakers = {
        values["name"]: _row(Speaker, values, event, own.get(values["name"])) for values in description.speakers
    }
    _save_slots(event, description.slots, speakers)
    if not is_stored:  # it has been in nobody's calendar yet
        Event.objects.filter(pk=event.pk).update(sequence=0, rescheduled_at=None)
    event.refresh_from_db()
    return event, True


def _row(model: type[Row], values: Values, event: Event, own: Row | None) -> Row:
    """The row that says exactly this, whoever shows it; or else the event's own, brought up to date if no other event
    shows it; or else a new one. Who has a portrait, of which a file says nothing, is nobody else."""
    if own is not None and _stored(own) == values:
        return own
    same = values | ({"portrait": ""} if model is Speaker else {})
    if (found := model._default_manager.filter(**same).order_by("pk").first()) is not None:
        return found
    if own is None or showing(own).exclude(pk=event.pk).exists():
        own = model()
    _assign(own, values)
    own.save()
    return own


def _save_slots(event: Event, descriptions: Sequence[SlotDescription], speakers: dict[str, Speaker]) -> None:
    """Make the event's slots these. Rows are kept as far as they go, so that nothing hanging on them is lost."""
    workshops = _workshops_that_stay(event, [workshop for slot in descriptions for workshop in slot.workshops])
    old_slots = list(event.slots.all())
    for description in descriptions:
        slot = next((old for old in old_slots if old.kind == description.values["kind"]), None) or Slot(event=event)
        old_slots = [old for old in old_slots if old is not slot]
        _assign(slot, description.values)
        slot.save()
        _save_contributions(slot, description.contributions, speakers)
        for workshop_description in description.workshops:
            workshop = workshops.get(workshop_description.values["key"]) or Workshop()
            workshop.slot = slot
            _assign(workshop, workshop_description.values)
            workshop.save()
            _save_contributions(workshop, workshop_description.contributions, speakers)
    for leftover in old_slots:
        leftover.delete()


def _workshops_that_stay(event: Event, descriptions: Sequence[WorkshopDescription]) -> dict[str, Workshop]:
    """The event's workshops by key, without those that the file no longer has, and out of each other's numbers."""
    numbers = {description.values["key"]: description.values["number"] for description in descriptions}
    staying, errors = {}, []
    for workshop in event.workshops.all():
        if workshop.key in numbers:
            staying[workshop.key] = workshop
            continue
        try:
            workshop.delete()
        except ProtectedError:
            advice = f'if it has another title now, give it the line: key = "{workshop.key}"'
            errors.append(("slots", f"the workshop “{workshop.title}” has guests and is missing; {advice}"))
    if errors:
        raise EventFileError(errors)
    taken = {*numbers.values(), *(workshop.number for workshop in staying.values())}
    free = (number for number in count(1) if number not in taken)
    for key, workshop in staying.items():
        if workshop.number != numbers[key]:  # two may swap, and no number may be there twice
            event.workshops.filter(pk=workshop.pk).update(number=next(free))
    return staying


def _save_contributions(part: Slot | Workshop, descriptions: Sequence[Values], speakers: dict[str, Speaker]) -> None:
    part.contributions.all().delete()
    for order, values in enumerate(descriptions):
        part.contributions.create(
            speaker=speakers[values["name"]], role=values["role"], affiliation=values["affiliation"], order=order
        )


def _assign(row: models.Model, values: Values) -> None:
    for name, value in values.items():
        setattr(row, name, value)

"""From the rows of an event to a description, and back."""

from collections.abc import Container, Iterable, Sequence
from itertools import count
from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import ProtectedError
from django.utils.translation import override

from events import plaintext
from events.eventfile.description import (
    EventDescription,
    EventFileError,
    SlotDescription,
    Values,
    WorkshopDescription,
    in_order,
    stored,
    stored_question,
)
from events.models import Event, Organiser, Question, Slot, Speaker, Venue, Workshop, showing

Row = TypeVar("Row", Venue, Organiser, Speaker)
Keyed = TypeVar("Keyed", Workshop, Question)


# From rows to a description


def describe(event: Event) -> EventDescription:
    """The stored event, in the words of a file."""
    slots = event.slots.prefetch_related("contributions__speaker", "workshops__contributions__speaker")
    return EventDescription(
        values=stored(event),
        venue=None if event.venue is None else stored(event.venue),
        organiser=stored(event.organiser),
        consents=tuple(stored(request) for request in event.consent_requests.all()),
        questions=tuple(stored_question(question) for question in event.questions.all()),
        speakers=_stored_speakers(event),
        slots=in_order(
            SlotDescription(
                values=stored(slot),
                contributions=_stored_contributions(slot),
                workshops=tuple(
                    WorkshopDescription(stored(workshop), _stored_contributions(workshop))
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


def _stored_speakers(event: Event) -> tuple[Values, ...]:
    """By name; a file does not tell apart of whom it says the same."""
    found = sorted((stored(speaker) for speaker in _speakers(event)), key=lambda values: values["name"])
    return tuple(values for i, values in enumerate(found) if values not in found[:i])


def _stored_contributions(part: Slot | Workshop) -> tuple[Values, ...]:
    return tuple(
        stored(contribution) | {"name": plaintext.line(contribution.speaker.name)}
        for contribution in part.contributions.all()
    )


# From a description to rows


@transaction.atomic
def save(description: EventDescription) -> tuple[Event, bool]:
    """Store the event under its slug, and say whether anything changed.

    Workshops and questions keep their rows, and so their guests and answers, by key. What other events show too is left
    as it is. Raises EventFileError where a workshop that has guests or a question that has answers is no longer there,
    or where an answer would mean nothing any more.
    """
    event = Event.objects.filter(slug=description.values["slug"]).first() or Event()
    is_stored = event.pk is not None
    if is_stored and describe(event) == description:
        return event, False
    _assign(event, description.values)
    event.organiser = _row(Organiser, description.organiser, event, event.organiser if is_stored else None)
    if description.venue is None:
        event.venue = None
    else:
        event.venue = _row(Venue, description.venue, event, event.venue if is_stored else None)
    event.save()
    event.consent_requests.all().delete()
    for values in description.consents:
        event.consent_requests.create(**values)
    _save_questions(event, description.questions)
    own = {speaker.name: speaker for speaker in _speakers(event)}
    speakers = {
        values["name"]: _row(Speaker, values, event, own.get(values["name"])) for values in description.speakers
    }
    _save_slots(event, description.slots, speakers)
    if not is_stored:
        Event.objects.filter(pk=event.pk).begin()
    event.refresh_from_db()
    return event, True


def _row(model: type[Row], values: Values, event: Event, own: Row | None) -> Row:
    """The organiser's row that says exactly this, whichever event shows it; or else the event's own, brought up to date
    if no other event shows it; or else a new one. Who has a portrait, of which a file says nothing, is nobody else."""
    of = {} if model is Organiser else {"organiser": event.organiser}
    if not isinstance(own, Organiser) and own is not None and own.organiser != event.organiser:
        own = None
    if own is not None and stored(own) == values:
        return own
    same = values | of | ({"portrait": ""} if model is Speaker else {})
    if (found := model._default_manager.filter(**same).order_by("pk").first()) is not None:
        return found
    if own is None or showing(own).exclude(pk=event.pk).exists():
        own = model(**of)
    _assign(own, values)
    own.save()
    return own


def _save_slots(event: Event, descriptions: Sequence[SlotDescription], speakers: dict[str, Speaker]) -> None:
    """Make the event's slots these. Rows are kept as far as they go, so that nothing hanging on them is lost."""
    slots = _slots_that_stay(event, descriptions)
    workshops = _workshops_that_stay(event, [workshop for slot in descriptions for workshop in slot.workshops])
    staying = {slot.pk for slot in slots.values()}
    leftover = [slot for slot in event.slots.all() if slot.pk not in staying]
    for index, description in enumerate(descriptions):
        slot = slots.get(index) or Slot(event=event)
        _assign(slot, description.values)
        slot.save()
        _save_contributions(slot, description.contributions, speakers)
        for workshop_description in description.workshops:
            workshop = workshops.get(workshop_description.values["key"]) or Workshop()
            workshop.slot = slot
            _assign(workshop, workshop_description.values)
            try:
                workshop.save()
            except ValidationError as error:
                raise EventFileError([("slots", f"{workshop.title}: {' '.join(error.messages)}")]) from error
            _save_contributions(workshop, workshop_description.contributions, speakers)
    for slot in leftover:
        slot.delete()


def _slots_that_stay(event: Event, descriptions: Sequence[SlotDescription]) -> dict[int, Slot]:
    """Which stored slot each description goes on with, by index: a round with that of its workshops, so that no guest
    changes rounds; others with one that is called the same, or else with one of their kind."""
    stored, found = list(event.slots.prefetch_related("workshops")), {}
    for goes_on in (_has_its_workshops, _is_called_the_same, _is_of_its_kind):
        for index, description in enumerate(descriptions):
            slot = next((slot for slot in stored if index not in found and goes_on(slot, description)), None)
            if slot is not None:
                found[index] = slot
                stored.remove(slot)
    return found


def _has_its_workshops(slot: Slot, description: SlotDescription) -> bool:
    keys = {workshop.key for workshop in slot.workshops.all()}
    return not keys.isdisjoint(workshop.values["key"] for workshop in description.workshops)


def _is_called_the_same(slot: Slot, description: SlotDescription) -> bool:
    return _is_of_its_kind(slot, description) and slot.title == description.values["title"]


def _is_of_its_kind(slot: Slot, description: SlotDescription) -> bool:
    return bool(slot.kind == description.values["kind"])


def _workshops_that_stay(event: Event, descriptions: Sequence[WorkshopDescription]) -> dict[str, Workshop]:
    """The event's workshops by key, without those that the file no longer has, and out of each other's numbers."""
    numbers = {description.values["key"]: description.values["number"] for description in descriptions}
    has_guests = "the workshop “{0.title}” has guests and is missing; if it has another title now"
    staying = _rows_that_stay(event.workshops.all(), numbers, "slots", has_guests)
    taken = {*numbers.values(), *(workshop.number for workshop in staying.values())}
    free = (number for number in count(1) if number not in taken)
    for key, workshop in staying.items():
        if workshop.number != numbers[key]:  # two may swap, and no number may be there twice
            event.workshops.filter(pk=workshop.pk).update(number=next(free))
    return staying


def _save_questions(event: Event, descriptions: Sequence[Values]) -> None:
    keys = {values["key"] for values in descriptions}
    has_answers = "the question “{0.label}” has answers and is missing; if it is worded otherwise now"
    staying = _rows_that_stay(event.questions.all(), keys, "questions", has_answers)
    errors: list[tuple[str, str]] = []
    for order, values in enumerate(descriptions):
        question = staying.get(values["key"]) or Question(event=event)
        _assign(question, values | {"order": order})
        errors += _wrong_with(question, f"questions[{order}]")
        question.save()
    if errors:
        raise EventFileError(errors)


def _wrong_with(question: Question, path: str) -> Iterable[tuple[str, str]]:
    try:
        with override("en"):
            question.clean()
    except ValidationError as error:
        return [(f"{path}.{name}", " ".join(messages)) for name, messages in error.message_dict.items()]
    return []


def _rows_that_stay(rows: Iterable[Keyed], keys: Container[str], path: str, is_needed: str) -> dict[str, Keyed]:
    """The rows of these keys; the others are deleted, or refused in these words where somebody needs them."""
    staying, errors = {}, []
    for row in rows:
        if row.key in keys:
            staying[row.key] = row
            continue
        try:
            row.delete()
        except ProtectedError:
            errors.append((path, f'{is_needed.format(row)}, give it the line: key = "{row.key}"'))
    if errors:
        raise EventFileError(errors)
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

"""From a description to bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.timezone import localtime, make_aware

from events import toml
from events.eventfile.description import (
    A_DATE_ALONE,
    EventDescription,
    EventFileError,
    SlotDescription,
    Values,
    fields,
    stored,
    usual_questions,
)
from events.models import ConsentRequest, Contribution, Event, Organiser, Question, Slot, Speaker, Venue, Workshop


def write(description: EventDescription) -> bytes:
    """A file that says all of this, and nothing that goes without saying; read again, it is the same description.

    Raises EventFileError where two people have one name, by which alone a file knows them.
    """
    names = [speaker["name"] for speaker in description.speakers]
    if twice := {name for name in names if names.count(name) > 1}:
        raise EventFileError([("speakers", f"two people are called {name}") for name in sorted(twice)])
    writer = _Writer(localtime(description.values["starts_at"]).date())
    return toml.dumps(writer.document(description)).encode()


@dataclass
class _Writer:
    """Says what a file has to, with times on this day without their date."""

    day: date

    def document(self, description: EventDescription) -> dict[str, Any]:
        mentioned = stored(Speaker())
        speakers = [values for values in description.speakers if values != mentioned | {"name": values["name"]}]
        parts = {
            "venue": description.venue and self.said(Venue, description.venue),
            "organiser": self.said(Organiser, description.organiser),
            "consents": [self.said(ConsentRequest, values) for values in description.consents],
            "speakers": [self.said(Speaker, values) for values in speakers],
            "slots": [self.slot(slot) for slot in description.slots],
        }
        said = {"date": self.day} | self.said(Event, description.values) | self.questions(description.questions)
        return said | _some(parts)

    def questions(self, found: Sequence[Values]) -> dict[str, Any]:
        """Nothing if they are as in a new event; none is something to say."""
        if found == usual_questions():
            return {}
        return {"questions": [self.question(values) for values in found] or ()}

    def question(self, values: Values) -> dict[str, Any]:
        options = tuple({"key": key, "label": label} for key, label in values["options"])
        return self.said(Question, values) | _some({"options": options})

    def slot(self, slot: SlotDescription) -> dict[str, Any]:
        workshops = [
            self.said(Workshop, workshop.values) | self.contributions(workshop.contributions)
            for workshop in slot.workshops
        ]
        return self.said(Slot, slot.values) | self.contributions(slot.contributions) | _some({"workshops": workshops})

    def contributions(self, found: Sequence[Values]) -> dict[str, Any]:
        return _some(
            {"contributions": [{"name": values["name"]} | self.said(Contribution, values) for values in found]}
        )

    def said(self, model: type[models.Model], values: Values) -> dict[str, Any]:
        """What is not as in a new row."""
        return {
            name: self.value(name, values[name])
            for name, field in fields(model).items()
            if values[name] != field.get_default()
        }

    def value(self, name: str, value: Any) -> Any:
        if value is None:
            return ""
        if not isinstance(value, datetime):
            return value
        local = localtime(value).replace(tzinfo=None, fold=0)
        if make_aware(local) != value:  # in the second of the two hours that the clocks call the same
            return localtime(value)
        if local.time() == A_DATE_ALONE.get(name):
            return local.date()
        return local.time() if local.date() == self.day else local


def _some(parts: dict[str, Any]) -> dict[str, Any]:
    """Those that hold something."""
    return {name: part for name, part in parts.items() if part}

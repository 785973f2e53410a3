"""An event from its file, the same entered in the admin field by field, and a copy of that over its export."""

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.utils.timezone import localtime

from events import eventfile
from events.eventfile import EventDescription, describe, write
from events.models import ConsentRequest, Contribution, Event, Organiser, Question, Slot, Speaker, Venue, Workshop
from tests import factories
from tests.registration.test_event_admin import page_of, save

TWO_DAYS = factories.EXAMPLE.with_name("fachtag-zwei-tage.toml")
MODELS: tuple[type[Model], ...] = (
    *(Event, Venue, Organiser, ConsentRequest, Question, Slot, Workshop, Speaker),
    Contribution,
)
NOT_THE_SAME = {"id", "uid", "changed_at"}


@pytest.mark.parametrize("file", [TWO_DAYS, factories.EXAMPLE], ids=lambda file: file.stem)
def test_file_form_and_copy_are_the_same_rows(alice: Client, file: Path) -> None:
    description = eventfile.parse(file.read_bytes())
    from_file = eventfile.save(description)[0]
    expected = rows()
    assert len(expected["Slot"]) == len(description.slots) > 5
    forget(from_file)
    by_hand = entered(alice, description)
    assert rows() == expected
    exported = write(describe(by_hand))
    forget(by_hand)
    eventfile.save(eventfile.parse(exported))
    assert rows() == expected


def forget(event: Event) -> None:
    event.delete()
    for model in (Speaker, Venue, Organiser):
        model._default_manager.all().delete()


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that is stored of events, with a name for what a key stands for."""
    return {model.__name__: sorted(map(said, model._default_manager.all()), key=repr) for model in MODELS}


def said(row: Model) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in NOT_THE_SAME]
    found = {field.name: getattr(row, field.name) for field in fields}
    return {name: str(value) if isinstance(value, Model) else value for name, value in found.items()}


def entered(alice: Client, description: EventDescription) -> Event:
    """Fill in and store one page of the admin after the other, as an organiser would."""
    save(alice, "/admin/events/organiser/add/", **typed(description.organiser))
    whose = {"organiser": str(Organiser.objects.get().pk)}
    for values in description.speakers:
        save(alice, "/admin/events/speaker/add/", **typed(values), **whose)
    assert description.venue is not None
    save(alice, "/admin/events/venue/add/", **typed(description.venue), **whose)
    whose["venue"] = str(Venue.objects.get().pk)
    consents = inline("consent_requests", description.consents)
    programme = inline("slots", [slot.values for slot in description.slots])
    save(alice, "/admin/events/event/add/", **typed(description.values), **whose, **consents, **programme)
    event = Event.objects.get()
    ask(alice, event, description)
    for slot, told in zip(event.slots.all(), description.slots, strict=True):
        people = inline("contributions", [speaks(values) for values in told.contributions])
        save(alice, f"/admin/events/slot/{slot.pk}/change/", **typed(told.values), **people)
        for workshop in told.workshops:
            people = inline("contributions", [speaks(values) for values in workshop.contributions])
            save(alice, "/admin/events/workshop/add/", slot=str(slot.pk), **typed(workshop.values), **people)
    event.refresh_from_db()
    return event


def ask(alice: Client, event: Event, description: EventDescription) -> None:
    """Put these questions in the place of the usual one, unless it is the one that the event asks."""
    usual = event.questions.get()
    if [values["key"] for values in description.questions] == [usual.key]:
        return
    asked = [
        values | {"options": "\n".join(f"{key} = {label}" for key, label in values["options"])}
        for values in description.questions
    ]
    new = inline("questions", asked, first=1) | {"questions-0-DELETE": "on"}
    save(alice, page_of(event), **new)


def inline(prefix: str, rows: Any, first: int = 0) -> dict[str, str]:
    """What a browser sends of lines that were added on a page, below those that are there."""
    lines = {f"{prefix}-TOTAL_FORMS": str(first + len(rows))}
    for number, values in enumerate(rows):
        lines |= {
            f"{prefix}-{first + number}-{name}": value for name, value in typed({"order": number} | values).items()
        }
    return lines


def speaks(values: dict[str, Any]) -> dict[str, Any]:
    speaker = Speaker.objects.get(name=values["name"]).pk
    return {"role": values["role"], "speaker": speaker, "affiliation": values["affiliation"]}


def typed(values: dict[str, Any]) -> dict[str, str]:
    """The values as a browser sends them; what is off is not sent."""
    sent: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, datetime) and name == "registration_closes_at":
            sent |= {f"{name}_0": localtime(value).strftime("%Y-%m-%d"), f"{name}_1": ""}
        elif isinstance(value, datetime):
            sent[name] = localtime(value).strftime("%Y-%m-%dT%H:%M:%S")
        elif value is not False:
            sent[name] = "" if value is None else "on" if value is True else str(value).replace("\n", "\r\n")
    return sent

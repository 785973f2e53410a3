"""An event from its file, the same entered at the desk field by field, and a copy of that over its export."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localtime

from events import eventfile
from events.eventfile import EventDescription, describe, write
from events.models import ConsentRequest, Contribution, Event, Organiser, Question, Slot, Speaker, Venue, Workshop
from registration.forms.details import ADDRESS, DetailsForm, PlaceForm, SeatsForm, TextsForm, TimesForm
from tests import factories
from tests.pages import save

TWO_DAYS = factories.EXAMPLE.with_name("fachtag-zwei-tage.toml")
MODELS: tuple[type[Model], ...] = (
    *(Event, Venue, Organiser, ConsentRequest, Question, Slot, Workshop, Speaker),
    Contribution,
)
NOT_THE_SAME = {"id", "uid", "changed_at", "rescheduled_at", "sequence"}  # what was done until it stood there
PAGES: dict[str, type[DetailsForm]] = {
    "angaben/": TextsForm,
    "angaben/zeiten/": TimesForm,
    "angaben/ort/": PlaceForm,
    "angaben/anmeldung/": SeatsForm,
}


@pytest.mark.parametrize("file", [TWO_DAYS, factories.EXAMPLE], ids=lambda file: file.stem)
def test_file_form_and_copy_are_the_same_rows(alice: Client, file: Path) -> None:
    to_come = timezone.localdate() + timedelta(days=90)  # nobody begins an event that is over
    description = eventfile.parse(file.read_bytes()).starting(to_come)
    complete = {"data_protection_email": "datenschutz@example.org"}  # or it could not be published
    description = replace(description, organiser=description.organiser | complete)
    from_file = eventfile.save(description)[0]
    expected = rows()
    assert len(expected["Slot"]) == len(description.slots) > 5
    forget(from_file)
    by_hand = entered(alice, description)
    assert unnamed(rows()) == unnamed(expected)
    stored, exported = rows(), write(describe(by_hand))
    forget(by_hand)
    eventfile.save(eventfile.parse(exported))
    assert rows() == stored


def forget(event: Event) -> None:
    event.delete()
    for model in (Speaker, Venue, Organiser):
        model._default_manager.all().delete()


def rows() -> dict[str, list[dict[str, Any]]]:
    """All that is stored of events, with a name for what a key stands for; of a question its place, not its number."""
    found = {model.__name__: sorted(map(said, model._default_manager.all()), key=in_words) for model in MODELS}
    asked = [said(question) | {"order": place} for place, question in enumerate(Question.objects.all())]
    return found | {"Question": asked}


def said(row: Model) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if field.name not in NOT_THE_SAME]
    found = {field.name: getattr(row, field.name) for field in fields}
    return {name: str(value) if isinstance(value, Model) else value for name, value in found.items()}


def in_words(row: dict[str, Any]) -> str:
    return repr(without_key(row))


def without_key(row: dict[str, Any]) -> dict[str, Any]:
    """The same without the key that a file may choose, and the desk makes of the words."""
    return {field: value for field, value in row.items() if field != "key"}


def unnamed(found: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    return {name: [without_key(row) for row in found[name]] for name in found}


def entered(alice: Client, description: EventDescription) -> Event:
    """Fill in and store one page after the other, as an organiser would."""
    save(alice, "/admin/events/organiser/add/", **typed(description.organiser))
    for values in description.speakers:
        save(alice, "/admin/events/speaker/add/", **typed(values), organiser=str(Organiser.objects.get().pk))
    begin(alice, description)
    event = Event.objects.get()
    desk = f"/admin/fachtag/{event.slug}/"
    place(alice, desk, description)
    for page, form in PAGES.items():
        values = {name: value for name, value in description.values.items() if name in form.base_fields}
        save(alice, desk + page, **typed(values), takes_along=None)
    for values in description.consents:
        save(alice, f"{desk}fragen/einwilligung/neu/", **typed(values))
    ask(alice, event, desk, description)
    for slot in description.slots:
        programme(alice, event, desk, slot)
    if (status := description.values["status"]) != Event.Status.DRAFT:
        assert alice.post(f"{desk}veroeffentlichen/", {"status": status, "confirmed": "on"}).status_code == 302
    event.refresh_from_db()
    return event


def begin(alice: Client, description: EventDescription) -> None:
    starts, ends = (localtime(description.values[name]) for name in ("starts_at", "ends_at"))
    when = {"day": f"{starts:%Y-%m-%d}", "begins": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}"}
    last_day = {"last_day": f"{ends:%Y-%m-%d}"}
    named = {name: description.values[name] for name in ("title", "slug")}
    save(alice, "/admin/fachtag/neu/", **named, **when, **last_day)


def place(alice: Client, desk: str, description: EventDescription) -> None:
    venue = description.venue
    assert venue is not None
    save(alice, f"{desk}angaben/ort/", **{f"new_{name}": venue[name] for name in ADDRESS})
    save(alice, f"{desk}angaben/ort/adresse/", **typed(venue))


def ask(alice: Client, event: Event, desk: str, description: EventDescription) -> None:
    """Put these questions in the place of the usual one, unless it is the one that the event asks."""
    usual = event.questions.get()
    if [values["key"] for values in description.questions] == [usual.key]:
        return
    save(alice, f"{desk}fragen/{usual.pk}/loeschen/")
    for values in description.questions:
        options = "\n".join(f"{key} = {label}" for key, label in values["options"])
        save(alice, f"{desk}fragen/neu/", **typed(values | {"options": options}))


def programme(alice: Client, event: Event, desk: str, told: Any) -> None:
    starts, ends = (localtime(told.values[name]) for name in ("starts_at", "ends_at"))
    when = {"begins": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}", "day": f"{starts:%Y-%m-%d}", "takes_along": None}
    save(alice, f"{desk}programm/neu/", **typed(told.values), **when, **people(told))
    slot = event.slots.latest("pk")
    for workshop in told.workshops:
        new = f"{desk}workshops/neu/"
        save(alice, new, **typed(workshop.values), slot=str(slot.pk), **people(workshop))


def people(told: Any) -> dict[str, list[str]]:
    return {
        f"people_{column}": [values[column] for values in told.contributions]
        for column in ("name", "role", "affiliation")
    }


def typed(values: dict[str, Any]) -> dict[str, str | None]:
    """The values as a browser sends them; what is off is not sent."""
    sent: dict[str, str | None] = {}
    for name, value in values.items():
        if isinstance(value, datetime):
            moment = localtime(value)
            is_whole_day = f"{moment:%H:%M:%S}" == "23:59:59"
            sent |= {f"{name}_0": f"{moment:%Y-%m-%d}", f"{name}_1": "" if is_whole_day else f"{moment:%H:%M}"}
        elif isinstance(value, bool):
            sent[name] = "on" if value else None
        elif isinstance(value, Decimal):
            sent[name] = str(value).replace(".", ",")
        else:
            sent[name] = "" if value is None else str(value).replace("\n", "\r\n")
    return sent

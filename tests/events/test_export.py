"""The event file backwards: what is exported and imported again is the same event, whatever organisers typed."""

import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from events import eventfile
from events.eventfile import EventFileError, describe, parse, save, write
from events.models import ConsentRequest, Contribution, Event, Organiser, Question, Slot, Speaker, Venue, Workshop
from tests import factories

FILES = sorted((Path(eventfile.__file__).parent.parent / "examples").glob("*.toml"))


# The examples


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_is_the_same_after_its_export(db: None, file: Path, tmp_path: Path) -> None:
    call_command("import_event", str(file))
    exported = tmp_path / file.name
    call_command("export_event", file.stem, str(exported))
    assert parse(exported.read_bytes()) == parse(file.read_bytes())
    assert len(FILES) == 3


def test_importing_the_export_changes_nothing(event: Event, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_event", "fachtag-demo", str(tmp_path / "event.toml"))
    call_command("import_event", str(tmp_path / "event.toml"))
    assert capsys.readouterr().out == "fachtag-demo: unchanged\n"


def test_without_a_file_it_goes_to_the_screen(event: Event, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("export_event", "fachtag-demo")
    assert parse(capsys.readouterr().out.encode()) == describe(event)


def test_no_such_event(db: None) -> None:
    with pytest.raises(CommandError, match=r"^There is no event with the address nirgends\.$"):
        call_command("export_event", "nirgends")


def test_no_such_folder(event: Event, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        call_command("export_event", "fachtag-demo", str(tmp_path / "nirgends" / "event.toml"))


def test_namesakes_are_refused_in_words(event: Event) -> None:
    namesake = event.organiser.speakers.create(name="Jennifer Diehl", position="eine andere")
    Contribution.objects.create(slot=event.slots.all()[0], speaker=namesake, role="speaker")
    with pytest.raises(EventFileError) as caught:
        write(describe(event))
    assert caught.value.errors == [("speakers", "two people are called Jennifer Diehl")]


def test_somebody_stored_twice_is_one_in_the_file(event: Event) -> None:
    again = event.organiser.speakers.create(name="Jennifer Diehl")
    Contribution.objects.create(slot=event.slots.all()[0], speaker=again, role="speaker")
    assert parse(write(describe(event))) == describe(event)


def test_it_reads_well(db: None) -> None:
    event = save(parse(factories.EXAMPLE.read_bytes()))[0]
    lines = write(describe(event)).decode().splitlines()
    assert lines[:2] == ["date = 2021-10-07", 'title = "6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen"']
    for line in ("starts_at = 08:30:00", "registration_closes_at = 2021-09-24", "livestream_offered = true"):
        assert line in lines
    assert [line for line in lines if line.startswith(("image", "listed", "capacity = N", "livestream_minutes"))] == []


@pytest.mark.parametrize("hour", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"])
def test_the_hour_that_the_clocks_repeat(event: Event, hour: str) -> None:
    event.changes_close_at = datetime.fromisoformat(hour)
    event.save()
    assert parse(write(describe(event))).values["changes_close_at"] == event.changes_close_at


# Events at random

ODD = "äß„“–\u00a0\u202e\u200b\u2028\x7f\x1b\t\r\n\"'\\#[]{}=,%🎪"
TEXT = st.text(st.sampled_from(string.ascii_letters + "  " + ODD), max_size=40)
LINE = TEXT.map(lambda text: "x" + text.replace("\n", " "))
KEY = st.text(st.sampled_from(string.ascii_lowercase + string.digits + "-_"), min_size=1, max_size=20)
COUNT = st.none() | st.integers(0, 999)
MINUTES = st.integers(0, 60 * 24 * 3)
BEGIN = datetime(2026, 10, 24, 6, tzinfo=UTC)  # before the night in which the clocks go back

rows: Callable[..., st.SearchStrategy[dict[str, Any]]] = st.fixed_dictionaries

EVENT = rows(
    {
        "title": LINE,
        "status": st.sampled_from(Event.Status.values),
        "teaser": TEXT,
        "description": TEXT,
        "partners": TEXT,
        "listed": st.booleans(),
        "capacity": COUNT,
        "fee": TEXT,
        "price": st.none() | st.decimals(0, 99_999, places=2),
        "registration_opens_at": st.none() | MINUTES.map(lambda minutes: BEGIN - timedelta(days=90, minutes=minutes)),
        "registration_closes_at": MINUTES.map(lambda minutes: BEGIN - timedelta(minutes=minutes, seconds=1)),
        "changes_close_at": st.none() | MINUTES.map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
        "reminder_days": COUNT,
        "queue_stops_hours": st.integers(0, 99),
        "accept_within": st.none() | st.integers(1, 99),
        "livestream_url": st.sampled_from(["", "https://stream.example.org/?a=1&b=%22"]),
    }
)
VENUE = rows(
    {
        **dict.fromkeys(("name", "street", "city"), LINE),
        "postal_code": st.just("09599"),
        **dict.fromkeys(("arrival", "access"), TEXT),
        "latitude": st.none() | st.decimals(-90, 90, places=6),
    }
)
QUESTION = rows(
    {
        "key": KEY,
        "label": LINE,
        "help": TEXT,
        "kind": st.sampled_from(Question.Kind.values),
        "options": st.lists(st.tuples(KEY, LINE).map(list), min_size=1, max_size=3, unique_by=lambda pair: pair[0]),
        "required": st.booleans(),
        "sensitive": st.booleans(),
        "purpose": TEXT,
        "audience": st.sampled_from(Question.Audience.values),
    }
)
WORKSHOP = rows({"title": LINE, "question": TEXT, "description": TEXT, "capacity": COUNT, "room": TEXT})
SLOT = rows(
    {
        "minutes": st.integers(1, 600),
        "kind": st.sampled_from(Slot.Kind.values),
        "number": COUNT,
        "format": TEXT,
        "title": LINE,
        "abstract": TEXT,
        "room": TEXT,
        "optional": st.booleans(),
        "workshops": st.lists(WORKSHOP, max_size=3),
        "people": st.lists(st.tuples(st.integers(0, 3), st.sampled_from(Contribution.Role.values), TEXT), max_size=3),
    }
)


def stored(drawn: st.DataObject) -> Event:
    """An event with everything, as forms could store it."""
    venue = drawn.draw(st.none() | VENUE)
    organiser = Organiser.objects.create(
        name="Amt", street="Markt 1", postal_code="09599", city="Freiberg", email="amt@example.org"
    )
    event = Event.objects.create(
        slug="zufall",
        starts_at=BEGIN,
        ends_at=BEGIN + timedelta(minutes=drawn.draw(MINUTES) + 1),
        venue=None if venue is None else organiser.venues.create(**venue),
        organiser=organiser,
        **drawn.draw(EVENT),
    )
    for purpose in drawn.draw(st.sets(st.sampled_from(ConsentRequest.Purpose.values))):
        event.consent_requests.create(purpose=purpose, wording=drawn.draw(LINE), alternative=drawn.draw(TEXT))
    for order, values in enumerate(drawn.draw(st.lists(QUESTION, max_size=3, unique_by=lambda row: row["key"]))):
        has_options = values["kind"] in {"choice", "choices"}
        event.questions.create(order=order * 10, **values | ({} if has_options else {"options": []}))
    people = [
        organiser.speakers.create(name=f"Person {number}", position=drawn.draw(TEXT), biography=drawn.draw(TEXT))
        for number in range(4)
    ]
    starts_at, number = BEGIN, 1
    for values in drawn.draw(st.lists(SLOT, max_size=5)):
        workshops, contributions, is_round = values["workshops"], values["people"], values["kind"] == "workshops"
        fields = {name: value for name, value in values.items() if name not in {"minutes", "workshops", "people"}}
        ends_at = starts_at + timedelta(minutes=values["minutes"])
        fields["optional"] = fields["optional"] and is_round
        slot = event.slots.create(starts_at=starts_at, ends_at=ends_at, **fields)
        starts_at = ends_at
        for order, (person, role, affiliation) in enumerate(contributions):
            slot.contributions.create(speaker=people[person], role=role, affiliation=affiliation, order=order)
        for workshop in workshops if is_round else []:
            Workshop.objects.create(slot=slot, number=number, **workshop)
            number += 1
    event.refresh_from_db()
    return event


@pytest.mark.django_db
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_event_is_the_same_after_its_export(drawn: st.DataObject) -> None:
    for model in (Event, Venue, Speaker, Organiser):
        model._default_manager.all().delete()
    event = stored(drawn)
    content = write(describe(event))
    assert save(parse(content)) == (event, False)
    copy, _changed = save(parse(content, "kopie"))
    assert describe(copy).values.pop("slug") == "kopie"
    original, copied = describe(event), describe(copy)
    original.values["slug"] = "kopie"
    assert copied == original
    assert write(copied) == write(original)


def test_a_price_keeps_its_cents(event: Event) -> None:
    event.price = Decimal("12.50")
    assert b"\nprice = 12.50\n" in write(describe(event))

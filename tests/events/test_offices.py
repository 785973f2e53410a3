"""Two organisers may know a venue or a person of the same name; neither sees nor changes the other's."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from events import eventfile
from events.models import Contribution, Event, Speaker, Venue
from tests import factories

OTHER = factories.EXAMPLE.read_text().replace("Landratsamt Mittelsachsen", "Anderes Amt")


@pytest.fixture
def other(event: Event) -> Event:
    """The same programme at the same place, by another office."""
    return eventfile.save(eventfile.parse(OTHER.encode(), "anderes-amt"))[0]


def people(event: Event) -> set[int]:
    return set(event.organiser.speakers.values_list("pk", flat=True))


def test_it_works(event: Event, other: Event) -> None:
    assert event.organiser != other.organiser
    assert (event.venue, other.venue) == (event.organiser.venues.get(), other.organiser.venues.get())
    assert (len(people(event)), len(people(other)), people(event) & people(other)) == (11, 11, set())
    assert {speaker.name for speaker in event.organiser.speakers.all()} == {
        speaker.name for speaker in other.organiser.speakers.all()
    }


def test_what_one_office_changes_stays_with_it(event: Event, other: Event) -> None:
    changed = OTHER.replace("Jennifer Diehl", "Jennifer Neu").replace("Halsbrücker Straße", "Neue Straße")
    before = eventfile.describe(event)
    saved, _changed = eventfile.save(eventfile.parse(changed.encode(), "anderes-amt"))
    assert (saved.pk, saved.organiser) == (other.pk, other.organiser)
    assert (saved.venue and saved.venue.street) == "Neue Straße 34"
    assert not event.organiser.speakers.filter(name="Jennifer Neu").exists()
    assert saved.organiser.speakers.filter(name="Jennifer Neu").exists()
    event.refresh_from_db()
    assert (eventfile.describe(event), event.sequence) == (before, 0)


def test_an_event_that_goes_to_another_office_gets_its_people(event: Event) -> None:
    content = eventfile.write(eventfile.describe(event)).decode()
    again = factories.an_open_event("zweiter")  # so that the organiser is shared, and stays
    moved, _changed = eventfile.save(
        eventfile.parse(content.replace("Landratsamt Mittelsachsen", "Anderes Amt").encode(), event.slug)
    )
    assert moved.organiser != again.organiser
    assert moved.venue is not None
    assert moved.venue.organiser == moved.organiser
    of_programme = Contribution.objects.filter(slot__event=moved) | Contribution.objects.filter(workshop__event=moved)
    assert {one.speaker.organiser for one in of_programme} == {moved.organiser}
    assert again.organiser.speakers.count() == 11


def test_another_office_s_venue_is_refused(event: Event, other: Event) -> None:
    event.full_clean()
    event.venue = other.venue
    with pytest.raises(ValidationError) as refused:
        event.full_clean()
    assert refused.value.message_dict == {"venue": ["Dieser Ort gehört einem anderen Veranstalter."]}


def test_an_event_does_not_take_people_along(event: Event, other: Event) -> None:
    event.organiser, event.venue = other.organiser, other.venue
    with pytest.raises(ValidationError) as refused:
        event.full_clean()
    assert refused.value.message_dict == {
        "organiser": ["Im Programm stehen Personen, die einem anderen Veranstalter gehören."]
    }


@pytest.mark.parametrize("in_workshop", [False, True])
def test_another_office_s_person_is_refused(event: Event, other: Event, in_workshop: bool) -> None:
    part = {"workshop": event.workshops.all()[0]} if in_workshop else {"slot": event.slots.all()[0]}
    Contribution(speaker=event.organiser.speakers.all()[0], role="speaker", **part).full_clean()
    with pytest.raises(ValidationError) as refused:
        Contribution(speaker=other.organiser.speakers.all()[0], role="speaker", **part).full_clean()
    assert refused.value.message_dict == {"speaker": ["Diese Person gehört einem anderen Veranstalter."]}


@pytest.mark.parametrize("model", [Speaker, Venue])
def test_each_is_somebody_s(db: None, model: type[Speaker | Venue]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(name="Niemands")

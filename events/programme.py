"""An event's days as its pages show them: one dataclass that holds all the queries, whatever is made from it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import Q
from django.utils.timezone import localtime

from events.emblem import Moment
from events.models import Contribution, Event, Slot, Speaker, Workshop


@dataclass(frozen=True)
class Cast:
    """The people who appear in the same role, in the organiser's order."""

    role: Contribution.Role
    contributions: list[Contribution]

    @property
    def is_one(self) -> bool:
        """Whether it is a single person; a group without names is many."""
        return len(self.contributions) == 1 and not self.contributions[0].speaker.is_group


@dataclass(frozen=True)
class Session:
    """A workshop with its leaders."""

    workshop: Workshop
    casts: list[Cast]


@dataclass(frozen=True)
class Item:
    """A slot with its people and, where it is the slot for them, its workshops."""

    slot: Slot
    casts: list[Cast]
    sessions: list[Session]


@dataclass(frozen=True)
class Stretch:
    """What goes on at one time: an item, or several of which each has begun before another ends."""

    items: list[Item]

    @property
    def starts_at(self) -> datetime:
        return min(item.slot.starts_at for item in self.items)

    @property
    def ends_at(self) -> datetime:
        return max(item.slot.ends_at for item in self.items)

    @property
    def is_even(self) -> bool:
        """Whether all of it begins and ends together."""
        return len({(item.slot.starts_at, item.slot.ends_at) for item in self.items}) == 1


@dataclass(frozen=True)
class Day:
    """One of the days that have a programme."""

    stretches: list[Stretch]

    @property
    def starts_at(self) -> datetime:
        return self.stretches[0].starts_at


@dataclass(frozen=True)
class Person:
    """Somebody on the programme with every appearance, in the order of the event."""

    speaker: Speaker
    contributions: list[Contribution]

    @property
    def introduction(self) -> str:
        return ", ".join(filter(None, (self.speaker.position, self.speaker.organisation)))

    @property
    def has_more(self) -> bool:
        """Whether there is a face or a word that the programme does not have."""
        is_said = any(contribution.affiliation for contribution in self.contributions)
        return bool(self.speaker.portrait or self.speaker.biography or (self.introduction and not is_said))


@dataclass(frozen=True)
class Programme:
    items: list[Item]

    @property
    def days(self) -> list[Day]:
        by_day = groupby(self.items, lambda item: item.slot.day)
        return [Day(_stretches(items)) for _day, items in by_day]

    @property
    def rounds(self) -> list[Item]:
        """The slots that have workshops, in the order of the event."""
        return [item for item in self.items if item.sessions]

    @property
    def sessions(self) -> list[Session]:
        """The workshops, in the order of their numbers."""
        sessions = [session for item in self.items for session in item.sessions]
        return sorted(sessions, key=lambda session: session.workshop.number)

    @property
    def workshops(self) -> list[Workshop]:
        return [session.workshop for session in self.sessions]

    @property
    def people(self) -> list[Person]:
        """Everybody once, in the order of the first appearance."""
        people: dict[int, Person] = {}
        for item in self.items:
            for cast in item.casts + [cast for session in item.sessions for cast in session.casts]:
                for contribution in cast.contributions:
                    speaker = contribution.speaker
                    people.setdefault(speaker.pk, Person(speaker, [])).contributions.append(contribution)
        return list(people.values())

    @property
    def introduced(self) -> list[Person]:
        """Everybody, if there is more to anybody than the programme says; else nobody, because it says it all."""
        people = self.people
        return people if any(person.has_more for person in people) else []


def programme_of(event: Event) -> Programme:
    """The whole programme in three queries, whatever its length."""
    slots = list(event.slots.all())
    workshops = list(event.workshops.order_by("number"))
    contributions = list(
        Contribution.objects.filter(Q(slot__event=event) | Q(workshop__event=event)).select_related("speaker")
    )
    slots_by_key: dict[int | None, Slot] = {slot.pk: slot for slot in slots}
    workshops_by_key: dict[int | None, Workshop] = {workshop.pk: workshop for workshop in workshops}
    for contribution in contributions:
        contribution.slot = slots_by_key.get(contribution.slot_id)
        contribution.workshop = workshops_by_key.get(contribution.workshop_id)
    for workshop in workshops:
        workshop.slot = slots_by_key[workshop.slot_id]
    items = []
    for slot in slots:
        sessions = [
            Session(workshop, _casts([c for c in contributions if c.workshop_id == workshop.pk]))
            for workshop in workshops
            if workshop.slot_id == slot.pk
        ]
        items.append(Item(slot, _casts([c for c in contributions if c.slot_id == slot.pk]), sessions))
    return Programme(items)


def moments_of(event: Event) -> list[Moment]:
    """What an emblem is drawn from; the days are those of the place."""
    return [
        Moment(localtime(slot.starts_at), localtime(slot.ends_at), slot.kind, slot.tracks) for slot in event.slots.all()
    ]


def _stretches(items: Iterable[Item]) -> list[Stretch]:
    """A day's items by time. An item is parallel to those before it if it begins while all of them go on, so a long
    one, such as an exhibition, does not make everything parallel that follows in its time."""
    stretches: list[list[Item]] = []
    for item in items:
        if stretches and all(item.slot.starts_at < other.slot.ends_at for other in stretches[-1]):
            stretches[-1].append(item)
        else:
            stretches.append([item])
    return [Stretch(sorted(parallel, key=_place_among_parallel)) for parallel in stretches]


def _place_among_parallel(item: Item) -> tuple[datetime, str, int]:
    return item.slot.starts_at, item.slot.room, item.slot.number or 0


def _casts(contributions: list[Contribution]) -> list[Cast]:
    return [Cast(Contribution.Role(role), list(group)) for role, group in groupby(contributions, lambda c: c.role)]

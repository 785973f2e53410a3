"""An event's day as its pages show it: one dataclass that holds all the queries, whatever is made from it."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Q

from events.models import Contribution, Event, Slot, Speaker, Workshop


@dataclass(frozen=True)
class Cast:
    """The people who appear in the same role, in the organiser's order."""

    role: Contribution.Role
    contributions: list[Contribution]


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
class Person:
    """Somebody on the programme with every appearance, in the order of the day."""

    speaker: Speaker
    contributions: list[Contribution]


@dataclass(frozen=True)
class Programme:
    items: list[Item]

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


def programme_of(event: Event) -> Programme:
    """The whole day in three queries, whatever its length."""
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
    items = []
    for slot in slots:
        sessions = [
            Session(workshop, _casts([c for c in contributions if c.workshop_id == workshop.pk]))
            for workshop in workshops
            if workshop.slot_id == slot.pk
        ]
        items.append(Item(slot, _casts([c for c in contributions if c.slot_id == slot.pk]), sessions))
    return Programme(items)


def _casts(contributions: list[Contribution]) -> list[Cast]:
    return [Cast(Contribution.Role(role), list(group)) for role, group in groupby(contributions, lambda c: c.role)]

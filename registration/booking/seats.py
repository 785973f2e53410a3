"""How many seats there are, and how many are left."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, IntegerField, QuerySet, Value

from events.models import Event, Workshop
from events.wording import seats_in_words
from registration.models import Place

# The key of the event's own seats beside those of its workshops, which go by their primary keys.
EVENT = 0


@dataclass(frozen=True)
class Seats:
    """The seats of a workshop or an event; `capacity` None is without a limit."""

    capacity: int | None
    taken: int
    waiting: int

    @property
    def left(self) -> int | None:
        """How many are free; never below 0, even where an organiser seated more; None: without a limit."""
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def open_to_newcomers(self) -> int | None:
        """How many are free that nobody in the queue is about to get; None: without a limit."""
        return None if self.left is None else max(self.left - self.waiting, 0)

    @property
    def are_gone(self) -> bool:
        """Whether a newcomer can only wait."""
        return self.open_to_newcomers == 0

    @property
    def in_words(self) -> str:
        """How full it is, for people: noch 12 von 25 Plätzen frei."""
        return seats_in_words(self.open_to_newcomers, self.capacity, self.waiting)


def seats(event: Event, workshops: Iterable[Workshop]) -> dict[int, Seats]:
    """The seats of the event, under `EVENT`, and of these workshops of it, by primary key, in one query."""
    workshops = list(workshops)
    keys = [workshop.pk for workshop in workshops]
    counts = [
        _count(Place.objects.held().filter(workshop__in=keys).order_by(), F("workshop_id"), 0),
        _count(Place.objects.in_line().filter(workshop__in=keys).order_by(), F("workshop_id"), 1),
    ]
    if event.capacity is not None:
        guests = event.registrations.live()
        at_the_place = guests.filter(queued_at__isnull=True, livestream=False).order_by()
        counts += [
            _count(at_the_place, Value(EVENT, IntegerField()), 0),
            _count(guests.in_line().order_by(), Value(EVENT, IntegerField()), 1),
        ]
    first, *others = counts
    found = {(key, queued): number for key, queued, number in first.union(*others, all=True)}
    capacities = {EVENT: event.capacity} | {workshop.pk: workshop.capacity for workshop in workshops}
    return {
        key: Seats(capacity, found.get((key, 0), 0), found.get((key, 1), 0)) for key, capacity in capacities.items()
    }


def _count(rows: QuerySet[Any], key: Any, queued: int) -> Any:
    """How many rows there are for each key, as triples."""
    return (
        rows.values(of=key, queued=Value(queued, IntegerField()))
        .annotate(number=Count("pk"))
        .values_list("of", "queued", "number")
    )

"""How many seats there are, and how many are left."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import IntegerField, OuterRef, QuerySet, Subquery

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


@dataclass(frozen=True)
class Stock:
    """The workshops of an event in the order of their numbers, and the seats of each and, under `EVENT`, of the event
    itself, all by primary key."""

    workshops: Mapping[int, Workshop]
    seats: dict[int, Seats]


def stock(event: Event) -> Stock:
    """What an event has to give as it is now: one query, and one more where the event has seats of its own."""
    of_one = {"workshop": OuterRef("pk")}
    counted = event.workshops.select_related("slot").annotate(
        taken=_Number(Place.objects.held().filter(**of_one)), waiting=_Number(Place.objects.in_line().filter(**of_one))
    )
    workshops = {workshop.pk: workshop for workshop in counted.order_by("number")}
    seats = {key: Seats(workshop.capacity, workshop.taken, workshop.waiting) for key, workshop in workshops.items()}
    return Stock(workshops, {EVENT: _of_the_event(event)} | seats)


def _of_the_event(event: Event) -> Seats:
    if event.capacity is None:
        return Seats(None, 0, 0)
    guests = event.registrations.live()
    at_the_place = guests.filter(queued_at__isnull=True, livestream=False)
    taken, waiting = Event.objects.values_list(_Number(at_the_place), _Number(guests.in_line())).get(pk=event.pk)
    return Seats(event.capacity, taken, waiting)


class _Number(Subquery):
    """How many rows there are, counted in an index where there is one."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet[Any]) -> None:
        super().__init__(rows.order_by().values("pk"))

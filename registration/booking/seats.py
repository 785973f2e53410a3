"""How many seats there are, and how many are left."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count, F, IntegerField, QuerySet, Value

from events.models import Event, Workshop
from events.wording import seats_in_words
from registration.models import Place, Registration

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

    workshops: dict[int, Workshop]
    seats: dict[int, Seats]


def stock(event: Event) -> Stock:
    """What an event has to give as it is now."""
    workshops = {workshop.pk: workshop for workshop in event.workshops.select_related("slot").order_by("number")}
    return Stock(workshops, seats(event, workshops.values()))


def seats(event: Event, workshops: Iterable[Workshop]) -> dict[int, Seats]:
    """The seats of the event and of these workshops of it, in one query."""
    capacities = {EVENT: event.capacity} | {workshop.pk: workshop.capacity for workshop in workshops}
    taken, waiting = _counts(event, [key for key in capacities if key != EVENT])
    return {key: Seats(capacity, taken.get(key, 0), waiting.get(key, 0)) for key, capacity in capacities.items()}


def _counts(event: Event, keys: list[int]) -> tuple[dict[int, int], dict[int, int]]:
    """How many sit and how many wait, by the keys of these workshops and `EVENT`, counted in their indexes."""
    statement, parameters = _statement(len(keys), event.capacity is not None)
    actual = dict(zip(_stand_ins(len(keys)), [event.pk, *keys], strict=True))
    found: tuple[dict[int, int], dict[int, int]] = {}, {}
    with connection.cursor() as cursor:
        cursor.execute(statement, [actual.get(parameter, parameter) for parameter in parameters])
        for key, queued, number in cursor.fetchall():
            found[queued][key] = number
    return found


@lru_cache(maxsize=100)
def _statement(workshops: int, is_limited: bool) -> tuple[str, tuple[Any, ...]]:
    """What counts so many workshops and an event, with numbers that stand for their keys; put together once, because
    that takes Django ten times as long as it takes the database to answer."""
    event, *keys = _stand_ins(workshops)
    places, guests = Place.objects.filter(workshop__in=keys), Registration.objects.filter(event=event).live()
    of_the_event = Value(EVENT, IntegerField())
    counts = [
        _count(places.held(), F("workshop_id"), 0),
        _count(places.in_line(), F("workshop_id"), 1),
        _count(guests.in_line(), of_the_event, 1),  # some waited before the limit fell
    ]
    if is_limited:
        counts.append(_count(guests.filter(queued_at__isnull=True, livestream=False), of_the_event, 0))
    statement, parameters = counts[0].union(*counts[1:], all=True).query.sql_with_params()
    return statement, parameters


def _stand_ins(workshops: int) -> range:
    """No keys of rows: the first stands for an event, each other one for a workshop."""
    return range(-1, -workshops - 2, -1)


def _count(rows: QuerySet[Any], key: Any, queued: int) -> Any:
    """How many rows there are for each key, as triples."""
    counted = rows.order_by().values(of=key, queued=Value(queued, IntegerField())).annotate(number=Count("pk"))
    return counted.values_list("of", "queued", "number")

"""How an event stands, in numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import accumulate, cycle

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.utils.timezone import localdate, make_aware

from events.models import Event, Workshop
from registration import booking, door
from registration.booking import EVENT, Seats
from registration.booking.seats import Stock
from registration.door import Attendance, Opening


@dataclass(frozen=True)
class Figures:
    """Guests are all that count: seated, waiting or in the livestream."""

    guests: int
    new: int  # since the beginning of yesterday
    waiting: int
    only_waiting: int
    livestream: int
    stock: Stock
    attendance: Attendance | None = None  # None: the door is not open, and nobody was let in

    @property
    def event_seats(self) -> Seats:
        return self.stock.seats[EVENT]

    @property
    def workshops(self) -> list[tuple[Workshop, Seats]]:
        return [(workshop, self.stock.seats[key]) for key, workshop in self.stock.workshops.items()]

    @property
    def seats(self) -> Seats | None:
        """The seats of the whole: the event's own, or those of its only round; None: they cannot be summed up, or are
        without a limit."""
        if self.event_seats.capacity is not None:
            return self.event_seats
        rounds = {workshop.slot_id for workshop, _seats in self.workshops}
        found = [seats for _workshop, seats in self.workshops]
        capacities = [seats.capacity for seats in found if seats.capacity is not None]
        if len(rounds) != 1 or len(capacities) < len(found):
            return None
        return Seats(sum(capacities), sum(seats.taken for seats in found), sum(seats.waiting for seats in found))


def yesterday(now: datetime) -> datetime:
    """Its first moment here."""
    return make_aware(datetime.combine(localdate(now) - timedelta(days=1), time.min))


def figures(event: Event, now: datetime) -> Figures:
    guests = event.registrations.live().filter(erased_at__isnull=True)
    waits = Q(queued_at__isnull=False) | Q(places__queued_at__isnull=False)
    counts = guests.aggregate(
        guests=Count("pk", distinct=True),
        new=Count("pk", Q(registered_at__gte=yesterday(now)), distinct=True),
        waiting=Count("pk", waits, distinct=True),
        only_waiting=Count("pk", Q(state="waiting"), distinct=True),
        livestream=Count("pk", Q(livestream=True), distinct=True),
    )
    return Figures(**counts, stock=booking.stock(event), attendance=_attendance(event, now))


def _attendance(event: Event, now: datetime) -> Attendance | None:
    if not door.has_opened(event, now):
        return None
    found = door.attendance(event)
    return found if found.there or door.opening(event, now) is Opening.OPEN else None


@dataclass(frozen=True)
class Day:
    """One day of registering: how many came, and how many there were at its end."""

    day: date
    new: int
    total: int


def days(event: Event) -> Sequence[Day]:
    """Day by day, from the first registration that still counts to the last one."""
    guests = event.registrations.live().order_by()
    found = guests.values_list(TruncDate("registered_at")).annotate(Count("pk")).order_by("registered_at__date")
    counts: dict[date, int] = dict(found)
    if not counts:
        return []
    first, last = min(counts), max(counts)
    every = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    new = [counts.get(day, 0) for day in every]
    return [Day(*pair) for pair in zip(every, new, accumulate(new), strict=True)]


@dataclass(frozen=True)
class Curve:
    """The days as a picture: how many there were in all, up to now, and the deadline on the same line of time. Along it
    all is in per cent, heights are in pixels from the top."""

    days: Sequence[Day]
    line: str  # in a box of 100 by 80
    heights: Sequence[tuple[int, int]]  # a number, and where it stands
    now_at: float
    now_height: int
    closes: date
    closes_at: float

    @property
    def last(self) -> Day:
        return self.days[-1]

    @property
    def is_late(self) -> bool:
        """Whether there is more room before now than after it."""
        return self.now_at > 50


TOP, TALL = 14, 128  # pixels: where the picture begins, and how high it is


def curve(event: Event, found: Sequence[Day], now: datetime) -> Curve | None:
    """None: nobody has registered yet."""
    if not found:
        return None
    first, closes, today = found[0].day, localdate(event.registration_closes_at), localdate(now)
    last = max(closes, found[-1].day)
    days, top = max((last - first).days, 1), _round_up(found[-1].total)

    def along(day: date) -> float:
        return round(100 * (min(day, last) - first).days / days, 1)

    steps = "".join(f"H{along(day.day)}V{80 - 80 * day.total / top:.1f}" for day in found)
    return Curve(
        days=found,
        line=f"M0 80{steps}H{along(today)}",
        heights=[(top * part // 4, TOP + TALL - TALL * part // 4) for part in range(5)],
        now_at=along(today),
        now_height=round(TOP + TALL - TALL * found[-1].total / top),
        closes=closes,
        closes_at=along(closes),
    )


def _round_up(total: int) -> int:
    """The next number that reads well at the top of a scale of four steps: 4, 8, 20, 40, 80, 200 …"""
    size, factors = 4.0, cycle((2, 2.5, 2))
    while size < total:
        size *= next(factors)
    return int(size)

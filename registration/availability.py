"""Whether one can register for an event, and where seats are left, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.models import Event, RegistrationWindow, Slot, Workshop
from registration import booking
from registration.booking import EVENT, Seats


@dataclass(frozen=True)
class Availability:
    """Whether one can register, and where seats are left."""

    window: RegistrationWindow
    seats: dict[int, Seats]
    livestream: bool
    mandatory: Sequence[Sequence[int]]  # the workshops of each round that a newcomer chooses one in
    announces_workshops: bool  # but has none yet

    @property
    def is_open(self) -> bool:
        return self.window == RegistrationWindow.OPEN and (self.livestream or not self.announces_workshops)

    @property
    def _counts(self) -> list[tuple[int, int]]:
        """Seats for newcomers and seats in all, of the event and of each mandatory round that has a limit."""
        groups = [[self.seats[key] for key in keys] for keys in ([EVENT], *self.mandatory)]
        return [
            (sum(seats.open_to_newcomers or 0 for seats in group), sum(seats.capacity or 0 for seats in group))
            for group in groups
            if all(seats.capacity is not None for seats in group)
        ]

    @property
    def left(self) -> int | None:
        """How many newcomers can still come, at most; None: without a limit."""
        return min((left for left, _capacity in self._counts), default=None)

    @property
    def are_gone(self) -> bool:
        return self.left == 0

    @property
    def only_waiting(self) -> bool:
        """Whether a newcomer can do nothing but wait."""
        return self.are_gone and not self.livestream

    @property
    def are_few(self) -> bool:
        """Whether a fifth or less of the seats is left somewhere, but not nothing."""
        return bool(self.left) and any(left * 5 <= capacity for left, capacity in self._counts)


def availability(event: Event, slots: Sequence[Slot], workshops: Sequence[Workshop], now: datetime) -> Availability:
    """The registration of an event at this moment, with all of its slots and workshops."""
    rounds = [slot for slot in slots if slot.kind == Slot.Kind.WORKSHOPS]
    in_rounds = [
        [workshop.pk for workshop in workshops if workshop.slot_id == slot.pk] for slot in rounds if not slot.optional
    ]
    return Availability(
        window=event.registration_window(now),
        seats=booking.seats(event, workshops),
        livestream=event.livestream_offered,
        mandatory=[group for group in in_rounds if group],
        announces_workshops=bool(rounds) and not workshops,
    )

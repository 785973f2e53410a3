"""Whether one can register for an event, and where seats are left, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from events.models import Event, RegistrationWindow, Workshop
from registration import booking
from registration.booking import Seats


@dataclass(frozen=True)
class Availability:
    """Whether one can register, and where seats are left."""

    window: RegistrationWindow
    seats: dict[int, Seats]
    livestream: bool

    @property
    def is_open(self) -> bool:
        return self.window == RegistrationWindow.OPEN and (bool(self.seats) or self.livestream)

    @property
    def left(self) -> int | None:
        """All seats together that a newcomer may have; None: without a limit."""
        counts = [seats.open_to_newcomers for seats in self.seats.values()]
        return None if None in counts else sum(filter(None, counts))

    @property
    def are_gone(self) -> bool:
        return self.left == 0

    @property
    def only_waiting(self) -> bool:
        """Whether a newcomer can do nothing but wait."""
        return self.are_gone and not self.livestream

    @property
    def are_few(self) -> bool:
        """Whether a fifth or less of all seats is left, but not nothing."""
        if not self.left:
            return False
        return self.left * 5 <= sum(seats.capacity or 0 for seats in self.seats.values())


def availability(event: Event, workshops: Sequence[Workshop], now: datetime) -> Availability:
    """The registration of an event at this moment."""
    return Availability(event.registration_window(now), booking.seats(event, workshops), event.livestream_offered)

"""Whether one can register for an event, and where seats are left, as its page shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from events.models import Event, RegistrationWindow, Slot, Workshop
from events.wording import seats_left_in_words
from registration import booking
from registration.booking import EVENT, Seats
from registration.models import Place, Registration


@dataclass(frozen=True)
class Availability:
    """Whether one can register, and where seats are left."""

    window: RegistrationWindow
    seats: dict[int, Seats]
    livestream: bool
    mandatory: Sequence[tuple[Slot, Sequence[int]]]  # the rounds that a newcomer chooses in, with their workshops
    awaits_workshops: bool
    has_several_rounds: bool
    has_place: bool
    queues_move: bool  # by themselves
    is_draft: bool

    @property
    def is_open(self) -> bool:
        is_open = self.window == RegistrationWindow.OPEN and not self.is_draft
        return is_open and (self.livestream or not self.awaits_workshops)

    @property
    def _counts(self) -> list[tuple[int, int]]:
        """Seats for newcomers and seats in all, of the event and of each mandatory round that has a limit."""
        groups = [[self.seats[key] for key in keys] for keys in ([EVENT], *(keys for _slot, keys in self.mandatory))]
        return [
            (sum(seats.open_to_newcomers or 0 for seats in group), sum(seats.capacity or 0 for seats in group))
            for group in groups
            if all(seats.capacity is not None for seats in group)
        ]

    @property
    def left(self) -> int | None:
        """How many newcomers can still get a seat of the event and in each round, at most; None: without a limit."""
        return min((left for left, _capacity in self._counts), default=None)

    @property
    def is_hybrid(self) -> bool:
        """Whether one can come to the place or follow the livestream."""
        return self.has_place and self.livestream

    @property
    def in_words(self) -> str:
        """How full it is for a newcomer, in short; empty: nobody can come now, or what is online has no seats."""
        if not self.is_open or (not self.has_place and self.left is None):
            return ""
        if self.only_waiting:
            return _("waiting list open")
        if self.are_gone:
            return _("in the livestream only")
        if self.full_rounds:
            return _("in part with a waiting list")
        return seats_left_in_words(self.left)

    @property
    def event_is_full(self) -> bool:
        return self.seats[EVENT].are_gone

    @property
    def full_rounds(self) -> list[Slot]:
        """The rounds in which a newcomer can only wait."""
        return [slot for slot, keys in self.mandatory if all(self.seats[key].are_gone for key in keys)]

    @property
    def are_gone(self) -> bool:
        """Whether a newcomer at the place can do nothing but wait; a seat in one round is enough to come."""
        return self.event_is_full or 0 < len(self.mandatory) == len(self.full_rounds)

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
    mandatory = [
        (slot, [workshop.pk for workshop in workshops if workshop.slot_id == slot.pk])
        for slot in slots
        if slot.is_mandatory_round
    ]
    return Availability(
        window=event.registration_window(now),
        seats=booking.seats(event, workshops),
        livestream=event.livestream_offered,
        mandatory=[(slot, keys) for slot, keys in mandatory if keys],
        awaits_workshops=booking.awaits_workshops(slots, workshops),
        has_several_rounds=len({workshop.slot_id for workshop in workshops}) > 1,
        has_place=event.venue_id is not None,
        queues_move=event.queues_move(now),
        is_draft=event.status == Event.Status.DRAFT,
    )


@dataclass(frozen=True)
class Elsewhere:
    """Free seats in the round in which somebody waits, under the name of the workshop waited for."""

    queue: Place
    free: Sequence[tuple[Workshop, Seats]]


def free_elsewhere(registration: Registration) -> list[Elsewhere]:
    """Seats that somebody who waits for others could take at once; in no round where there is none."""
    if registration.queued_at is not None or not registration.queues:
        return []
    found = booking.stock(registration.event)
    if registration.livestream and found.seats[EVENT].are_gone:
        return []
    own = {place.workshop_id for place in registration.all_places}
    others = [(workshop, found.seats[key]) for key, workshop in found.workshops.items() if key not in own]
    in_queues = [
        Elsewhere(queue, [pair for pair in others if pair[0].slot_id == queue.round_id and not pair[1].are_gone])
        for queue in registration.queues
    ]
    return [elsewhere for elsewhere in in_queues if elsewhere.free]

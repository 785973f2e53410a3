"""Who moves up, and when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, prefetch_related_objects

from events.models import Event, RegistrationWindow
from registration import mails
from registration.booking import confirming, places
from registration.booking.lock import locked
from registration.booking.seats import EVENT, stock
from registration.models import Place, Registration, with_consents

# So many guests in one transaction, and so many seconds until the next one: those who register meanwhile must not wait
# long, and who waits to write to SQLite looks only now and then whether it is free.
PORTION = 20
BREATH = 0.1


# The plan

# Orders those who enter at the same time.
_MOMENT = timedelta(microseconds=1)


@dataclass
class Waiting:
    """Somebody who waits, with what the plan must know: for a seat of the event since `queued_at` (None: has one), and
    in each round, by its key, the workshop held and the one waited for, with since when."""

    guest: int
    queued_at: datetime | None = None
    livestream: bool = False
    held: dict[int, int] = field(default_factory=dict)
    queued: dict[int, tuple[datetime, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Move:
    """A guest gets a seat in a workshop, or of the event, `EVENT`; then the guest's wishes count since `at`, in the
    order in which the guests enter."""

    guest: int
    seat: int
    at: datetime | None = None


def plan(free: Mapping[int, int | None], waiting: Iterable[Waiting], now: datetime) -> list[Move]:
    """Who gets which seat, in this order: the seats of the event first, then those of each workshop, first come, first
    served; and again, because who moves leaves a seat, until nobody moves.

    `free` are the seats left by workshop, and of the event, `EVENT`; None: without a limit. Guests of the livestream
    need a seat of the event with that in a workshop: where there is none they are passed by, and where there is one
    they take both, before whoever has waited less long for the event.
    """
    board = _Board(dict(free), list(waiting), now)
    while board.pass_through():
        pass
    return board.moves


@dataclass
class _Board:
    """The state of a plan that is being made."""

    free: dict[int, int | None]
    waiting: list[Waiting]
    now: datetime
    moves: list[Move] = field(default_factory=list)

    def __post_init__(self) -> None:
        wishes = [since for one in self.waiting if one.queued_at is None for since, _workshop in one.queued.values()]
        self.entered = max([self.now - _MOMENT, *wishes])

    def pass_through(self) -> bool:
        """Go once through every line, and say whether anybody moved."""
        before = len(self.moves)
        for one, round_key in self._line_for_the_event():
            if not self._has(EVENT):
                break
            if round_key is None and (not one.livestream or not one.queued or self._open_wish(one)):
                self._enter(one)
            elif round_key is not None and one.livestream and self._is_next(one, round_key):
                self._seat(one, round_key, one.queued[round_key][1])
        for workshop in sorted(self.free.keys() - {EVENT}):
            for round_key, one in self._line(workshop):
                if not self._has(workshop):
                    break
                if not one.livestream or self._has(EVENT):
                    self._seat(one, round_key, workshop)
        return len(self.moves) > before

    def _line_for_the_event(self) -> list[tuple[Waiting, int | None]]:
        """Those who wait for a seat of the event, and guests of the livestream who want one with that in a round."""
        line: list[tuple[datetime, int, int, Waiting, int | None]] = []
        for one in self.waiting:
            if one.queued_at is not None:
                line.append((one.queued_at, one.guest, 0, one, None))
            elif one.livestream:
                line += [(since, one.guest, key, one, key) for key, (since, _workshop) in one.queued.items()]
        return [(one, round_key) for *_order, one, round_key in sorted(line, key=lambda entry: entry[:3])]

    def _is_next(self, one: Waiting, round_key: int) -> bool:
        """Whether there is a seat in the workshop that this guest wants in this round, and nobody is before in line."""
        workshop = one.queued[round_key][1]
        return self._has(workshop) and self._line(workshop)[0][1] is one

    def _line(self, workshop: int) -> list[tuple[int, Waiting]]:
        """Those who wait for this workshop and have a seat of the event, or may get one with it."""
        line = [
            (since, one.guest, round_key, one)
            for one in self.waiting
            for round_key, (since, wanted) in one.queued.items()
            if wanted == workshop and one.queued_at is None
        ]
        return [(round_key, one) for _since, _guest, round_key, one in sorted(line, key=lambda entry: entry[:2])]

    def _open_wish(self, one: Waiting) -> bool:
        """Whether a seat is free that nobody who is in line for it could take; a guest of the livestream has no use for
        one of the event without it."""
        left = {workshop: self.free[workshop] for _since, workshop in one.queued.values()}
        return any(seats is None or seats > len(self._line(workshop)) for workshop, seats in left.items())

    def _has(self, seat: int) -> bool:
        return self.free[seat] != 0

    def _enter(self, one: Waiting) -> None:
        self.entered += _MOMENT
        self._count(EVENT, -1)
        self.moves.append(Move(one.guest, EVENT, self.entered))
        one.queued_at, one.livestream = None, False
        one.queued = {key: (self.entered, workshop) for key, (_since, workshop) in one.queued.items()}

    def _seat(self, one: Waiting, round_key: int, workshop: int) -> None:
        if one.livestream:
            self._count(EVENT, -1)
            one.livestream = False
        self._count(workshop, -1)
        self.moves.append(Move(one.guest, workshop))
        del one.queued[round_key]
        if round_key in one.held:
            self._count(one.held[round_key], 1)
        one.held[round_key] = workshop

    def _count(self, seat: int, difference: int) -> None:
        if (left := self.free[seat]) is not None:
            self.free[seat] = left + difference


# Its application


def promote(event: Event, now: datetime, *, by_hand: bool = False) -> bool:
    """Give free seats to those who have waited for them longest, a portion of them, and say whether there may be more;
    needed where seats came without a verb of this module, such as a larger room. `by_hand` does it for an event whose
    queues wait for the organiser.

    Doing it twice is harmless; it looks before it locks, because the worker asks often.
    """
    if not _moves(event, now, by_hand=by_hand):
        return False
    with transaction.atomic():
        return fill_seats(locked(event), now, by_hand=by_hand)


def fill_seats(event: Event, now: datetime, *, by_hand: bool = False) -> bool:
    """The same with the event locked, at the end of whatever gave up a seat."""
    moves = _moves(event, now, by_hand=by_hand)
    chosen = list(dict.fromkeys(move.guest for move in moves))[:PORTION]
    # What comes after the first guest of the next portion may rest on that guest's move.
    last = next((index for index, move in enumerate(moves) if move.guest not in chosen), len(moves))
    if moves:
        _apply(event, moves[:last], now)
    return last < len(moves)


def _moves(event: Event, now: datetime, *, by_hand: bool) -> list[Move]:
    """Everybody's moves as things stand."""
    if not _moves_up(event, now, by_hand=by_hand):
        return []
    found = stock(event).seats
    if not any(line.waiting and line.left != 0 for line in found.values()):
        return []
    return plan({key: line.left for key, line in found.items()}, _waiting(event), now)


def _apply(event: Event, moves: list[Move], now: datetime) -> None:
    """Carry the moves out in a few statements, and mail each guest once."""
    everything = Registration.objects.with_everything().prefetch_related(with_consents())
    guests = everything.in_bulk({move.guest for move in moves})
    left: list[Place] = []
    for move in moves:
        guest = guests[move.guest]
        if move.at is not None:
            places.enter(guest, guest.all_places, move.at)
        else:
            left += _sit_down(guest, move.seat)
    Place.objects.filter(pk__in=[place.pk for place in left]).delete()
    Place.objects.bulk_update([place for guest in guests.values() for place in guest.all_places], ["queued_at"])
    for guest in guests.values():
        guest.event = event
        _have_moved(guest, now)
    Registration.objects.bulk_update(guests.values(), _MOVED)
    prefetch_related_objects([event], "mail_texts", "slots")  # asked once, not for each guest
    for guest in guests.values():
        mails.moved_up(guest, now)


_MOVED = ["state", "livestream", "queued_at", "to_confirm", "confirm_by", "sequence", "changed_at"]


def _sit_down(guest: Registration, workshop: int) -> list[Place]:
    """Give the seat that the guest waits for, and what is held in its round back."""
    wish = next(place for place in guest.all_places if place.workshop_id == workshop)
    left = [place for place in guest.all_places if place.round_id == wish.round_id and place is not wish]
    guest.all_places = [place for place in guest.all_places if place not in left]
    wish.queued_at = None
    return left


def _have_moved(guest: Registration, now: datetime) -> None:
    was_waiting = guest.state == Registration.State.WAITING
    guest.livestream = False
    places.settle(guest, guest.all_places)
    is_first = was_waiting and guest.state == Registration.State.CONFIRMED
    if guest.must_confirm_address:
        confirming.ask_again(guest, now)
    elif is_first and not guest.is_invited:
        confirming.ask_for_a_yes(guest, now)
    guest.sequence += 1
    guest.changed_at = now


def _moves_up(event: Event, now: datetime, *, by_hand: bool) -> bool:
    """Nobody is called to an event that is over or off, nor without an organiser's word to one that begins soon or that
    nobody sees."""
    if event.registration_window(now) in {RegistrationWindow.PAST, RegistrationWindow.CANCELLED}:
        return False
    return by_hand or event.queues_move(now)


def in_line(event: Event) -> int:
    """How many guests are in any line of the event."""
    return len(_waiting(event))


def _waiting(event: Event) -> list[Waiting]:
    """Everybody who is in a line of the event."""
    in_line = Place.objects.filter(queued_at__isnull=False, registration__event=event)
    guests = event.registrations.live().filter(
        Q(queued_at__isnull=False) | Q(pk__in=in_line.values("registration")), erased_at__isnull=True
    )
    found = {
        pk: Waiting(pk, queued_at, livestream)
        for pk, queued_at, livestream in guests.values_list("pk", "queued_at", "livestream")
    }
    theirs = Place.objects.filter(registration__in=guests.values("pk"))
    for guest, round_key, workshop, queued_at in theirs.values_list(
        "registration_id", "round_id", "workshop_id", "queued_at"
    ):
        if queued_at is None:
            found[guest].held[round_key] = workshop
        else:
            found[guest].queued[round_key] = (queued_at, workshop)
    return list(found.values())

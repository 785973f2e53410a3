"""What a guest chooses, what it comes to under the lock, and how that is stored.

`settle` is the only writer of a registration's state, seats and queues.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from events.models import Event, Slot, Workshop
from registration.booking.refusals import (
    ChoiceMissing,
    EventFull,
    NoLivestream,
    NothingToChoose,
    WorkshopFull,
    WorkshopGone,
)
from registration.booking.seats import EVENT, Seats, stock
from registration.models import Place, Registration, RegistrationQuerySet


@dataclass(frozen=True)
class Pick:
    """A workshop, or the line for it."""

    workshop: Workshop
    waiting: bool = False


@dataclass(frozen=True)
class Choice:
    """How somebody takes part: in the livestream, or at the place with a workshop in each round.

    `waiting` takes a place in the line for a seat of the event too.
    """

    picks: tuple[Pick, ...] = ()
    livestream: bool = False
    waiting: bool = False

    @classmethod
    def of(cls, workshop: Workshop, waiting: bool = False) -> "Choice":
        """The choice where there is one round."""
        return cls((Pick(workshop, waiting),), waiting=waiting)


def awaits_workshops(slots: Iterable[Slot], workshops: Iterable[Workshop]) -> bool:
    """Whether nobody new can come to the place: everybody is to choose a workshop, but there is none yet, or none any
    more. The event's `slots` are looked at only where it has no such workshop."""
    if any(workshop.slot.is_mandatory_round for workshop in workshops):
        return False
    return any(slot.is_mandatory_round for slot in slots)


def settle(registration: Registration, places: Iterable[Place]) -> None:
    """Make these the seats and queues of a registration that is live and stored or about to be, and say its state:
    confirmed is who follows the livestream or does not only wait."""
    registration.all_places = list(places)
    is_waiting = registration.only_waits and not registration.livestream
    registration.state = Registration.State.WAITING if is_waiting else Registration.State.CONFIRMED


def kept_out(event: Event) -> RegistrationQuerySet:
    """Those who have been waiting for nothing but what has become optional since."""
    lines = Place.objects.filter(queued_at__isnull=False, workshop__event=event)
    # NULL: not in line for a seat of the event.
    waiting = event.registrations.filter(state=Registration.State.WAITING, queued_at__isnull=True)
    in_vain = waiting.filter(erased_at__isnull=True, pk__in=lines.filter(round__optional=True).values("registration"))
    return in_vain.exclude(pk__in=lines.filter(round__optional=False).values("registration")).order_by("pk")


def clear(registration: Registration) -> None:
    """Give up seat and queue; who had been let in is not there any more."""
    registration.state = Registration.State.CANCELLED
    registration.livestream = False
    registration.queued_at = registration.checked_in_at = None
    registration.all_places = []


def take_over(colleague: Registration, registration: Registration) -> None:
    """Give somebody's seats and places in lines to a colleague, who is not stored yet."""
    colleague.livestream, colleague.queued_at = registration.livestream, registration.queued_at
    taken = [
        Place(registration=colleague, round=place.workshop.slot, workshop=place.workshop, queued_at=place.queued_at)
        for place in registration.all_places
    ]
    clear(registration)
    settle(colleague, taken)


def store(registration: Registration) -> None:
    """Store the registration with its seats and queues as they were settled."""
    is_new = registration.pk is None
    registration.save()
    stored = {} if is_new else {place.workshop_id: place for place in registration.places.all()}
    wanted = {place.workshop_id: place for place in registration.all_places}
    if gone := [place.pk for key, place in stored.items() if key not in wanted]:
        Place.objects.filter(pk__in=gone).delete()
    Place.objects.bulk_create([place for key, place in wanted.items() if key not in stored])
    for key, place in wanted.items():
        if key in stored and stored[key].queued_at != place.queued_at:
            Place.objects.filter(pk=stored[key].pk).update(queued_at=place.queued_at)


def choose(registration: Registration, choice: Choice, now: datetime, *, over_capacity: bool = False) -> None:
    """Make this the guest's choice: what is held or waited for stays, and its place in the line with it.

    Who asks for a line in vain, because there is a seat, gets the seat. The line for a full workshop keeps the seat
    that one holds in that round meanwhile, and the livestream where one only waits. Raises NoLivestream,
    NothingToChoose, WorkshopGone, ChoiceMissing, EventFull or WorkshopFull; then nothing has changed.
    """
    event = registration.event
    if choice.livestream:
        if not registration.livestream and not event.livestream_offered:
            raise NoLivestream
        registration.livestream, registration.queued_at, registration.checked_in_at = True, None, None
        settle(registration, [])
        return
    found = stock(event)
    is_new = registration.pk is None or registration.livestream
    if is_new and awaits_workshops(event.slots.all(), found.workshops.values()):
        raise NothingToChoose
    picks = _as_they_are(found.workshops, choice.picks)
    queued_at = None
    if not _waits_already(registration, picks):
        queued_at = _line_for_the_event(
            registration, found.seats[EVENT], now, waiting=choice.waiting, over_capacity=over_capacity
        )
    places: list[Place] = []
    full: list[Workshop] = []
    for pick in picks:
        if queued_at is not None:
            places.append(_wished(registration, pick.workshop, now))
            continue
        taken = _taken(registration, pick, found.seats[pick.workshop.pk], now, over_capacity=over_capacity)
        if taken is None:
            full.append(pick.workshop)
        else:
            places += taken
    if full:
        raise WorkshopFull(full)
    registration.queued_at, registration.all_places = queued_at, places
    registration.livestream = registration.livestream and registration.only_waits
    settle(registration, places)


def is_what_is_wanted(registration: Registration, choice: Choice) -> bool:
    """Whether this is all that somebody wants already, be it a seat or a place in the line for it, which comes before
    the seat that is held meanwhile."""
    wanted = {place.round_id: place.workshop_id for place in (*registration.held, *registration.queues)}
    chosen = {pick.workshop.slot_id: pick.workshop.pk for pick in choice.picks}
    return registration.watches == choice.livestream and wanted == chosen


def seat_in(registration: Registration, workshop: Workshop, now: datetime, *, over_capacity: bool = False) -> None:
    """Seat somebody in this workshop, and so at the event; the other rounds stay as they are.

    Raises WorkshopGone, EventFull or WorkshopFull; then nothing has changed.
    """
    found = stock(registration.event)
    if (as_it_is := found.workshops.get(workshop.pk)) is None:
        raise WorkshopGone
    _line_for_the_event(registration, found.seats[EVENT], now, waiting=False, over_capacity=over_capacity)
    taken = _taken(registration, Pick(as_it_is), found.seats[as_it_is.pk], now, over_capacity=over_capacity)
    if taken is None:
        raise WorkshopFull([as_it_is])
    others = [place for place in registration.all_places if place.round_id != as_it_is.slot_id]
    enter(registration, others, now)
    registration.livestream = False
    settle(registration, [*others, *taken])


def enter(registration: Registration, wishes: Iterable[Place], now: datetime) -> None:
    """Give a seat of the event to somebody who may have waited for it; what was wished counts from now on."""
    if registration.queued_at is not None:
        registration.queued_at = None
        for place in wishes:
            place.queued_at = now


def _as_they_are(workshops: Mapping[int, Workshop], picks: Sequence[Pick]) -> list[Pick]:
    """The picks with the workshops of now, one in each round and something in every mandatory one."""
    if any(pick.workshop.pk not in workshops for pick in picks):
        raise WorkshopGone
    found = [replace(pick, workshop=workshops[pick.workshop.pk]) for pick in picks]
    chosen = {pick.workshop.slot_id for pick in found}
    if len(chosen) < len(found):
        raise WorkshopGone
    mandatory = {workshop.slot_id: workshop.slot for workshop in workshops.values() if not workshop.slot.optional}
    if missing := [slot for key, slot in mandatory.items() if key not in chosen]:
        raise ChoiceMissing(missing)
    return found


def _line_for_the_event(
    registration: Registration, found: Seats, now: datetime, *, waiting: bool, over_capacity: bool
) -> datetime | None:
    """Since when the guest is in line for a seat of the event; None: has one, or it counts none."""
    is_in_line = registration.queued_at is not None
    has_one = registration.pk is not None and not registration.livestream and not is_in_line
    found = replace(found, waiting=found.waiting - is_in_line)  # one's own place in the line keeps nobody out
    if has_one or over_capacity or not found.are_gone:
        return None
    if not waiting:
        raise EventFull
    return registration.queued_at or now


def _waits_already(registration: Registration, picks: Sequence[Pick]) -> bool:
    """Whether a guest of the livestream wants no other seats than those waited for, with which comes one of the event;
    nobody loses a place in a line by saving a new name."""
    waits = registration.livestream and registration.queued_at is None and registration.only_waits
    return waits and bool(picks) and all(pick.waiting and _own(registration, pick.workshop) for pick in picks)


def _taken(
    registration: Registration, pick: Pick, found: Seats, now: datetime, *, over_capacity: bool
) -> list[Place] | None:
    """A seat in the workshop, or a place in its line beside the seat that is held in this round; None: it is full."""
    workshop = pick.workshop
    own = _own(registration, workshop)
    if own is not None and own.queued_at is None:
        return [own]  # rather the seat than the queue
    held = [place for place in _all(registration) if place.round_id == workshop.slot_id and place.queued_at is None]
    if registration.queued_at is not None:  # the wish did not count yet
        own = None
    if own is not None and pick.waiting:
        return [*held, own]
    found = replace(found, waiting=found.waiting - (own is not None))
    if not found.are_gone or over_capacity:
        return [_place(registration, workshop, None)]
    return [*held, _place(registration, workshop, now)] if pick.waiting else None


def _wished(registration: Registration, workshop: Workshop, now: datetime) -> Place:
    """What counts once the guest has a seat of the event."""
    return _own(registration, workshop) or _place(registration, workshop, now)


def _own(registration: Registration, workshop: Workshop) -> Place | None:
    """What the guest has of this workshop already."""
    return next((place for place in _all(registration) if place.workshop_id == workshop.pk), None)


def _all(registration: Registration) -> list[Place]:
    return [] if registration.pk is None else registration.all_places


def _place(registration: Registration, workshop: Workshop, queued_at: datetime | None) -> Place:
    return Place(registration=registration, round=workshop.slot, workshop=workshop, queued_at=queued_at)

"""A workshop that does not take place: where its guests go, so that nobody is left without an answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Max

from events.models import Workshop
from registration import mails
from registration.booking import places
from registration.booking.lock import locked
from registration.booking.queue import PORTION, fill_seats
from registration.booking.refusals import WorkshopFull, WorkshopGone
from registration.booking.verbs import clear, store_change
from registration.models import Place, Registration

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Instead:
    """What the guests get: a seat in another workshop of the round as far as there are seats, else a place in its line;
    or nothing, so that each chooses anew; or, where nothing else is left to them, the end of the registration."""

    workshop: Workshop | None = None
    over_capacity: bool = False
    cancels: bool = False


def call_off(workshop: Workshop, instead: Instead, reason: str, now: datetime) -> int:
    """Take a portion of the guests out of this workshop, first those who sit in it and then those in line, and mail
    each what is true and the `reason`; with the last of them the workshop is deleted. From the first portion on nobody
    gets a seat in it. Say how many guests that were; 0: nobody, or it is gone already, so twice is harmless.

    Whoever holds a seat elsewhere in the round, or waits for one, keeps it. Raises EventGone, or WorkshopGone if what
    they shall get instead is not in this round.
    """
    with transaction.atomic():
        event = locked(workshop.event)
        found = event.workshops.select_related("slot").filter(pk=workshop.pk).first()
        if found is None:
            return 0
        others = found.slot.workshops.exclude(pk=found.pk)
        if instead.workshop is not None and not others.filter(pk=instead.workshop.pk).exists():
            raise WorkshopGone
        if found.capacity != 0:
            found.capacity = 0
            found.save()
        portion = _portion(found)
        for guest in portion:
            guest.event = event
            _out(guest, found, instead, reason, now)
        fill_seats(event, now)
        if len(portion) < PORTION:
            found.places.all().delete()  # of people who have been erased
            found.delete()
        return len(portion)


def _portion(workshop: Workshop) -> list[Registration]:
    theirs = workshop.event.registrations.live().filter(places__workshop=workshop, erased_at__isnull=True)
    in_order = theirs.order_by(F("places__queued_at").asc(nulls_first=True), "registered_at", "pk")
    return list(in_order.with_everything()[:PORTION])


def _out(guest: Registration, workshop: Workshop, instead: Instead, reason: str, now: datetime) -> None:
    had_an_entry = guest.has_an_entry
    rest = [place for place in guest.all_places if place.workshop_id != workshop.pk]
    if instead.workshop is not None:
        rest = _with_another(guest, workshop, instead.workshop, rest, now, over_capacity=instead.over_capacity)
    if instead.cancels and not rest and not guest.livestream:
        clear(guest, now)
    else:
        places.settle(guest, rest)
        store_change(guest, now)
    mails.workshop_cancelled(guest, workshop, reason, now, with_entry=had_an_entry or guest.has_an_entry)


def _with_another(
    guest: Registration,
    workshop: Workshop,
    other: Workshop,
    rest: list[Place],
    now: datetime,
    *,
    over_capacity: bool,
) -> list[Place]:
    """The guest's places with the other workshop among them: a seat for who had one, as far as there are seats; a place
    at the end of its line for who else has nothing in this round."""
    in_round = [place for place in rest if place.round_id == workshop.slot_id]
    if any(place.workshop_id == workshop.pk for place in guest.held):
        try:
            places.seat_in(guest, other, now, over_capacity=over_capacity)
        except WorkshopFull:
            pass
        else:
            return [*guest.all_places, *(place for place in in_round if place.workshop_id != other.pk)]
    if in_round:
        return rest
    last = other.places.aggregate(last=Max("queued_at"))["last"]
    queued_at = now if last is None else max(now, last + _MOMENT)
    return [*rest, Place(registration=guest, round=workshop.slot, workshop=other, queued_at=queued_at)]

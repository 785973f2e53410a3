"""Who is let in at the door, and when; the only writer of `checked_in_at`, but for `booking`, which takes it back from
whoever gives up the seat.

Erasing leaves the moment: without a name it says of nobody where they were, and how many came stays counted."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Count, F, Q
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from events.models import Event
from registration import booking, history
from registration.models import Registration
from registration.models.registration import EXPECTED


class Opening(Enum):
    """Whether guests are let in."""

    BEFORE = "the first day is still to come"
    OPEN = "it is a day of the event"
    OVER = "the last day is over"
    OFF = "the event is no longer, or not yet, to take place on its days"


class DoorShut(booking.Refused):
    """Guests are let in on the days of the event alone."""


class OnlyWatches(booking.Refused):
    """Whoever follows the livestream has no seat at the place."""


class OnlyWaits(booking.Refused):
    """Whoever is on the waiting list has no seat; to give one is not for the door."""


@dataclass(frozen=True)
class Attendance:
    """How many have been let in, of all who have a seat or have been."""

    there: int
    expected: int


def opening(event: Event, now: datetime) -> Opening:
    """Whether guests are let in: from midnight of the first day here to the end of the last."""
    if event.status != Event.Status.PUBLISHED:
        return Opening.OFF
    today = localdate(now)
    if today < event.first_day:
        return Opening.BEFORE
    return Opening.OPEN if today <= event.last_day else Opening.OVER


def has_opened(event: Event, now: datetime) -> bool:
    """Whether anybody can have been let in."""
    return opening(event, now) in {Opening.OPEN, Opening.OVER}


def attendance(event: Event) -> Attendance:
    """Counted with those who have been erased since."""
    there = Q(checked_in_at__isnull=False)  # NULL: has not been there
    counts = event.registrations.aggregate(there=Count("pk", there), expected=Count("pk", there | EXPECTED))
    return Attendance(**counts)


@transaction.atomic
def check_in(registration: Registration, actor: User, now: datetime) -> bool:
    """Note that somebody is there; say whether that was news. What is still to be confirmed stays so.

    Raises DoorShut, AlreadyCancelled, OnlyWatches, OnlyWaits, or Erased.
    """
    _lock(registration, now)
    if registration.checked_in_at is not None:
        return False
    if not registration.is_live:
        raise booking.AlreadyCancelled
    if registration.livestream:
        raise OnlyWatches
    if not registration.is_expected:
        raise OnlyWaits
    _store(registration, now)
    history.record(actor, registration, [_("Checked in")], now)
    return True


@transaction.atomic
def undo(registration: Registration, actor: User, now: datetime) -> bool:
    """Take back that somebody is there, who was taken for somebody else; say whether that was news. Raises DoorShut or
    Erased."""
    _lock(registration, now)
    if registration.checked_in_at is None:
        return False
    _store(registration, None)
    history.record(actor, registration, [_("Check-in taken back")], now)
    return True


def let_in_by(registration: Registration) -> str:
    """The login of who checked in somebody that is there."""
    noted = registration.changes.filter(at=F("registration__checked_in_at")).order_by("pk")
    return noted.values_list("actor_name", flat=True).first() or "–"


def _lock(registration: Registration, now: datetime) -> None:
    if opening(booking.lock(registration), now) is not Opening.OPEN:
        raise DoorShut


def _store(registration: Registration, at: datetime | None) -> None:
    registration.checked_in_at = at
    registration.save(update_fields=["checked_in_at"])

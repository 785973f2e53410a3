"""Who has not confirmed an address, or said yes to a seat, and what becomes of the seat that is held meanwhile."""

from contextlib import suppress
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from events.models import Event
from registration.booking import confirming
from registration.booking.lock import locked
from registration.booking.queue import PORTION, promote
from registration.booking.refusals import AlreadyCancelled, Erased
from registration.booking.verbs import confirm, give_up, restate
from registration.models import OutgoingMail, Place, Registration, RegistrationQuerySet


def move_up(now: datetime) -> bool:
    """The job of the worker: settle what is not confirmed, whom nothing keeps out any more, and let every queue move
    up; say whether there is more."""
    in_line = Q(queued_at__isnull=False) | Q(
        pk__in=Place.objects.filter(queued_at__isnull=False).values("registration")
    )
    busy = Registration.objects.live().filter(in_line | Q(confirm_by__isnull=False), erased_at__isnull=True)
    ahead = Q(ends_at__gt=now) | Q(status=Event.Status.POSTPONED)
    more = False
    for event in Event.objects.filter(ahead, pk__in=busy.values("event")).exclude(status=Event.Status.CANCELLED):
        accept_unconfirmed(event, now)
        more |= release_unconfirmed(event, now)
        more |= restate(event, now)
        more |= promote(event, now)
    return more


def accept_unconfirmed(event: Event, now: datetime) -> None:
    """What an event no longer asks for is as good as confirmed."""
    if event.registration_window(now).is_over_or_off:
        return
    for registration in event.registrations.live().exclude(to_confirm__in=["", *confirming.asked_by(event)]):
        with suppress(AlreadyCancelled, Erased):  # whoever leaves meanwhile keeps nobody else waiting
            confirm(registration, now, with_the_key=False)


def release_unconfirmed(event: Event, now: datetime) -> bool:
    """Give the places of those to the queue who have not confirmed in time, as long as the event asks for it and takes
    place, or who did not say yes to coming instead of somebody; a portion of them, and say whether there may be more.
    Twice is harmless."""
    if not _to_release(event, now).exists():
        return False
    with transaction.atomic():
        event = locked(event)
        # One by one: the seat of one may call up the next, who then has new time to confirm.
        for _guest in range(PORTION):
            if (registration := _to_release(event, now).first()) is None:
                return False
            registration.event = event
            give_up(registration, OutgoingMail.Kind.RELEASED, now)
    return True


def _to_release(event: Event, now: datetime) -> RegistrationQuerySet:
    is_off = event.registration_window(now).is_over_or_off or event.has_begun(now)
    late = event.registrations.none() if is_off else event.registrations.unconfirmed_at(now)
    return late.filter(to_confirm__in=confirming.asked_by(event))

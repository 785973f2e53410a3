"""Each verb is one transaction that locks the event's row first, so that two of them never look at the same seat at the
same time. PostgreSQL locks with SELECT … FOR UPDATE; SQLite has one writer, and its transactions begin IMMEDIATE."""

from events.models import Event
from registration.booking.refusals import Erased, EventGone
from registration.models import Registration


def locked(event: Event) -> Event:
    """The event as it is, for us alone until the transaction ends. Raises EventGone."""
    found = Event.objects.with_place().select_for_update(of=("self",)).filter(pk=event.pk).first()
    if found is None:
        raise EventGone
    return found


def lock(registration: Registration) -> Event:
    """The registration's event under the lock, and the registration as it is then. Raises Erased."""
    event = locked(registration.event)
    registration.refresh_from_db()
    registration.event = event
    if registration.erased_at is not None:
        raise Erased
    return event

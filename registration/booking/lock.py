"""Each verb is one transaction that locks the event's row first, so that two of them never look at the same seat at the
same time. PostgreSQL locks with SELECT … FOR UPDATE; SQLite has one writer, and its transactions begin IMMEDIATE."""

from django.db.models import Exists, OuterRef

from events.models import Event
from registration.booking.refusals import Erased, EventGone
from registration.models import MailText, Registration


def locked(event: Event) -> Event:
    """The event as it is, for us alone until the transaction ends. Raises EventGone."""
    rows = Event.objects.with_place().annotate(has_own_words=_HAS_OWN_WORDS).select_for_update(of=("self",))
    found = rows.filter(pk=event.pk).first()
    if found is None:
        raise EventGone
    return found


# Most events have none, and `mails` need not ask for them.
_HAS_OWN_WORDS = Exists(MailText.objects.filter(event=OuterRef("pk")))


def lock(registration: Registration) -> Event:
    """The registration's event under the lock, and the registration as it is then. Raises Erased."""
    event = locked(registration.event)
    registration.refresh_from_db()
    registration.event = event
    if registration.erased_at is not None:
        raise Erased
    return event

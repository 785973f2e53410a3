"""A guest's own calendar entry: the event's, with the workshops in it."""

from uuid import uuid5

from django.conf import settings
from django.utils.translation import gettext as _

from events import calendar
from events.wording import when_and_where
from registration.models import Registration

_STATUS = {
    Registration.State.CONFIRMED: "CONFIRMED",
    Registration.State.WAITING: "TENTATIVE",
    Registration.State.CANCELLED: "CANCELLED",
}


def own_entry(registration: Registration) -> bytes:
    """The entry for download."""
    return calendar.written(own_facts(registration))


def own_facts(registration: Registration) -> calendar.Facts:
    """What the entry says, in download and mail alike: no name and no key, because calendars get shared."""
    own = calendar.Own(
        uid=uuid5(registration.event.uid, f"registration {registration.pk}"),
        status=_STATUS[Registration.State(registration.state)],
        sequence=registration.sequence,
        changed_at=registration.changed_at,
        notes=_notes(registration),
        livestream=registration.livestream,
    )
    return calendar.facts(registration.event, settings.SITE_URL, own)


def _notes(registration: Registration) -> list[str]:
    notes = []
    for held in registration.held:
        note = _("Also: %(workshop)s") if held.workshop.slot.optional else _("Your workshop: %(workshop)s")
        notes.append(note % {"workshop": held.workshop.name})
        notes.append(when_and_where(held.workshop, registration.event))
    if registration.livestream:
        notes.append(_("You follow the event in the livestream."))
    if registration.queued_at is not None:
        notes.append(_("You are on the waiting list of the event."))
    waits = _("You are on the waiting list of: %(workshop)s")
    return notes + [waits % {"workshop": queue.workshop.name} for queue in registration.queues]

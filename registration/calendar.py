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
    """The entry for download and mail alike. It holds no name and no key, because calendars get shared."""
    own = calendar.Own(
        uid=uuid5(registration.event.uid, f"registration {registration.pk}"),
        status=_STATUS[Registration.State(registration.state)],
        sequence=registration.sequence,
        changed_at=registration.changed_at,
        notes=_notes(registration),
        livestream=registration.livestream,
    )
    return calendar.entry(registration.event, settings.SITE_URL, own)


def _notes(registration: Registration) -> list[str]:
    held = [registration.workshop] if registration.workshop else []
    queued = [registration.waiting_for] if registration.waiting_for else []
    notes = []
    for workshop in held:
        notes.append(_("Your workshop: %(workshop)s") % {"workshop": workshop})
        notes.append(when_and_where(workshop, registration.event))
    if registration.livestream:
        notes.append(_("You follow the event in the livestream."))
    return notes + [_("You are on the waiting list of: %(workshop)s") % {"workshop": workshop} for workshop in queued]

"""What guests know of their event, from their last mail. Nobody else writes a registration's `told`, `told_sequence` or
`reminded_of`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _

from events.models import Event, Workshop
from events.wording import day, moment, online, place, timespan
from registration.models import Registration


def true_now(registration: Registration) -> dict[str, Any]:
    """What a guest must hear of when it changes; small enough to be kept with the guest's last mail."""
    event = registration.event
    held = [place.workshop for place in registration.held]
    return {
        "status": event.status,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "days": _days(event),
        "place": place(event.venue),
        "workshops": {str(workshop.pk): _when_and_where(workshop) for workshop in held},  # JSON has no other keys
    }


def _days(event: Event) -> dict[str, list[str]]:
    """From when to when each of several days is; that of a single one, the event itself says."""
    days = event.days if event.has_several_days else []
    return {f"{localtime(starts_at):%F}": [starts_at.isoformat(), ends_at.isoformat()] for starts_at, ends_at in days}


def _when_and_where(workshop: Workshop) -> dict[str, str]:
    starts_at, ends_at, room = workshop.when_and_where
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "room": room}


def note(registration: Registration, *, with_entry: bool) -> None:
    """Keep what this mail tells, and what the last entry told, which a mail without one leaves in the calendar."""
    before = registration.told, registration.told_sequence
    told = true_now(registration)
    up_to_date = with_entry or not registration.has_an_entry
    registration.told = told | {"entry": told if up_to_date else registration.told.get("entry", told)}
    if up_to_date:
        registration.told_sequence = registration.event.sequence
    may_remind = registration.reminded_of is not None
    if may_remind or (registration.told, registration.told_sequence) != before:
        registration.save(update_fields=["told", "told_sequence", "reminded_of"])


def everything(registration: Registration) -> None:
    """The first mail, which is about to be stored with the registration, tells all there is."""
    told = true_now(registration)
    registration.told, registration.told_sequence = told | {"entry": told}, registration.event.sequence


def note_reminder(registration: Registration) -> None:
    """The mail that is about to be stored reminds the guest of this date; `note` stores it with the rest."""
    registration.reminded_of = registration.event.starts_at


def nothing(registration: Registration, now: datetime) -> None:
    """No mail: that the event changed is no news to this guest, and need not be looked at again."""
    registration.told_sequence = registration.event.sequence
    registration.save(update_fields=["told_sequence"])


def nothing_yet(registration: Registration) -> None:
    """Whoever reads the mails from now on has read none of those before; to be stored with the new address."""
    registration.told = {}


def changes_in_words(registration: Registration) -> str:
    """What is different from what the guest's last mail said, or else the last entry, a line each."""
    told, true = registration.told, true_now(registration)
    return _difference(told, true) or _difference(told.get("entry", told), true)


def _difference(told: Mapping[str, Any], true: Mapping[str, Any]) -> str:
    lines = []
    status_told = told.get("status", Event.Status.PUBLISHED)
    if true["status"] != status_told:
        if true["status"] == Event.Status.CANCELLED:
            lines.append(_("The event will not take place."))
        elif true["status"] == Event.Status.POSTPONED:
            lines.append(_("The event is postponed. The new date will follow."))
        elif true["status"] == Event.Status.PUBLISHED and status_told != Event.Status.DRAFT:
            lines.append(_("The event takes place."))
    if not told:
        return "\n".join(lines)
    for name, label in (("starts_at", _("Begins")), ("ends_at", _("Ends"))):
        lines += _changed_moment(label, true[name], told[name])
    lines += _changed_days(told["days"], true["days"], has_moved=bool(lines))
    if true["place"] != told["place"]:
        lines.append(_change_in_words(_("Place"), true["place"] or online(), told["place"] or online()))
    for key, after in true["workshops"].items():
        if before := told["workshops"].get(key):  # of another workshop the guest has read in a mail of its own
            lines += _changed_workshop(before, after)
    return "\n".join(lines)


def _changed_days(before: Mapping[str, list[str]], after: Mapping[str, list[str]], *, has_moved: bool) -> list[str]:
    """A line for each day that is at another time; for one that came or went only where the event stays as it is."""
    dates = before.keys() & after.keys() if has_moved else before.keys() | after.keys()
    return [
        _change_in_words(day(make_aware(datetime.fromisoformat(date))), _span(after.get(date)), _span(before.get(date)))
        for date in sorted(dates)
        if after.get(date) != before.get(date)
    ]


def _span(moments: list[str] | None) -> str:
    return timespan(*map(datetime.fromisoformat, moments)) if moments else _("not known yet")


def _changed_workshop(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    lines = []
    for name, label in (("starts_at", _("Your workshop begins")), ("ends_at", _("Your workshop ends"))):
        lines += _changed_moment(label, after[name], before[name])
    if after["room"] != before["room"]:
        unknown = _("not known yet")
        lines.append(_change_in_words(_("Room"), after["room"] or unknown, before["room"] or unknown))
    return lines


def _changed_moment(what: str, after: str, before: str) -> list[str]:
    """The line about a moment, both as they are stored; none if it is the same one."""
    new, old = datetime.fromisoformat(after), datetime.fromisoformat(before)
    return [] if new == old else [_change_in_words(what, moment(new), moment(old))]


def _change_in_words(what: str, after: str, before: str) -> str:
    return _("%(what)s: %(after)s (before: %(before)s)") % {"what": what, "after": after, "before": before}

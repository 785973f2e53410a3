"""What an event still lacks before the public should see it, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Q
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.models import Event, Slot, Speaker, Workshop
from events.wording import clock, day, deadline, place, when

# A longer stretch without anything in the programme is rather forgotten than meant.
GAP = timedelta(minutes=30)


@dataclass(frozen=True)
class Lack:
    """What is missing or does not fit, and on which page of the workspace it is put right. Without what is necessary
    nobody can register, or the law is broken."""

    what: str
    page: str
    is_necessary: bool = True


def lacks(event: Event, now: datetime) -> list[Lack]:
    """All of it, what is necessary first."""
    slots = list(event.slots.all())
    workshops = list(event.workshops.select_related("slot").order_by("number"))
    found = [*_of_times(event, now), *_of_programme(event, slots), *_of_workshops(slots, workshops), *_of_law(event)]
    return sorted(found, key=lambda lack: not lack.is_necessary)


def _of_times(event: Event, now: datetime) -> Iterator[Lack]:
    if event.ends_at <= now:
        yield Lack(_("The event is over on the day that it stands at."), "times")
    elif event.registration_closes_at <= now and event.status == Event.Status.DRAFT:  # else that is as it was meant
        yield Lack(_("Registration has closed already."), "times")
    if event.livestream_offered and not event.livestream_url:
        yield Lack(_("The address of the livestream is missing; it may follow later."), "place", is_necessary=False)
    if event.venue is None and not event.livestream_offered:
        yield Lack(_("There is neither a venue nor a livestream."), "place")


def _of_programme(event: Event, slots: Sequence[Slot]) -> Iterator[Lack]:
    if not slots:
        yield Lack(_("The programme is empty."), "programme")
    for slot in slots:
        if slot.starts_at < event.starts_at or slot.ends_at > event.ends_at:
            values = {"slot": slot, "from": clock(slot.starts_at), "to": clock(slot.ends_at)}
            yield Lack(_("“%(slot)s” (%(from)s – %(to)s) lies outside the event’s times.") % values, "programme")
    for before, after in pairwise(slots):
        values = {"first": before, "ends": clock(before.ends_at), "second": after, "starts": clock(after.starts_at)}
        if before.room == after.room and after.starts_at < before.ends_at:
            overlap = _("“%(second)s” begins at %(starts)s, before “%(first)s” has ended (%(ends)s).")
            yield Lack(overlap % values, "programme", is_necessary=False)
    yield from (Lack(gap, "programme", is_necessary=False) for gap in _gaps(slots))


def _gaps(slots: Sequence[Slot]) -> Iterator[str]:
    """Stretches of one day in which nothing happens."""
    ends: datetime | None = None
    for slot in slots:
        if ends and localtime(ends).date() == localtime(slot.starts_at).date() and slot.starts_at - ends >= GAP:
            values = {"from": clock(ends), "to": clock(slot.starts_at)}
            yield _("Nothing is planned from %(from)s to %(to)s.") % values
        ends = max(ends or slot.ends_at, slot.ends_at)


def _of_workshops(slots: Sequence[Slot], workshops: Sequence[Workshop]) -> Iterator[Lack]:
    offered = {workshop.slot_id for workshop in workshops}
    for slot in slots:
        if slot.kind == Slot.Kind.WORKSHOPS and slot.pk not in offered:
            yield Lack(_("“%s” offers no workshop yet, so nobody can choose one.") % slot, "workshops")
    for workshop in workshops:
        if workshop.capacity is None:
            without = _("“%s” has no number of seats; it takes whoever comes.") % workshop.name
            yield Lack(without, "workshops", is_necessary=False)
        if not workshop.room and workshop.slot.event_id:
            yield Lack(_("“%s” has no room yet.") % workshop.name, "workshops", is_necessary=False)


def _of_law(event: Event) -> Iterator[Lack]:
    for request in event.consent_requests.all():
        if request.lacks_an_alternative:
            void = _("“%s” is required without an alternative, so a consent to it is void (GDPR, article 7, 4).")
            yield Lack(void % request, "questions")
    if not event.organiser.data_protection_email:
        yield Lack(_("The data protection officer’s address is missing (GDPR, article 13, 1 b)."), "law")


def look_again(event: Event) -> list[Lack]:
    """What a draft may have from an earlier event, and somebody should read once more."""
    until = _("Registration closes: %(date)s") % {"date": deadline(event.registration_closes_at)}
    found = [Lack(_("Title: %(title)s") % {"title": event.title}, "details", False), Lack(until, "times", False)]
    slots = event.slots.exclude(room="").order_by("room").values_list("room", flat=True).distinct()
    rooms = dict.fromkeys([*slots, *event.workshops.exclude(room="").values_list("room", flat=True)])
    if rooms:
        free = _("Rooms: %(rooms)s. Are they free on %(day)s?")
        found.append(Lack(free % {"rooms": ", ".join(rooms), "day": day(event.starts_at)}, "programme", False))
    people = Speaker.objects.filter(Q(contributions__slot__event=event) | Q(contributions__workshop__event=event))
    if names := ", ".join(people.distinct().values_list("name", flat=True)):
        found.append(Lack(_("Who takes part: %(names)s") % {"names": names}, "programme", False))
    for request in event.consent_requests.all():
        wording = _("Wording of the consent “%(purpose)s”: %(wording)s")
        found.append(Lack(wording % {"purpose": request, "wording": request.wording}, "questions", False))
    return found


def settled(event: Event, found: Sequence[Lack]) -> list[str]:
    """What is as it must be, in words."""
    wrong = {lack.page for lack in found if lack.is_necessary}
    slots, workshops = event.slots.count(), event.workshops.count()
    programme = ngettext("Programme with %(count)d item", "Programme with %(count)d items", slots) % {"count": slots}
    offered = ngettext("%(count)d workshop", "%(count)d workshops", workshops) % {"count": workshops}
    points = [
        ("times", when(event)),
        ("times", _("Registration until %(date)s") % {"date": deadline(event.registration_closes_at)}),
        ("place", place(event.venue) or _("Online only")),
        ("programme", programme),
        ("workshops", offered if workshops else ""),
        ("office", _("Organiser: %(name)s") % {"name": event.organiser.name}),
        ("questions", ", ".join(map(str, event.consent_requests.all()))),
    ]
    return [words for page, words in points if words and page not in wrong]

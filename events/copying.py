"""A new event from an earlier one, and the address of a new one."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any, TypeVar
from uuid import uuid4

from django.db import models, transaction
from django.utils.text import slugify

from events import plaintext
from events.models import RESERVED_SLUGS, Event, Organiser, first_free, slots_with_tracks
from events.moving import moved

Row = TypeVar("Row", bound=models.Model)

# What an event had that its copy begins without: it was about that one alone.
_OF_THE_EARLIER = {
    "status": Event.Status.DRAFT,
    "sequence": 0,
    "rescheduled_at": None,
    "called_off_at": None,
    "previous_starts_at": None,
    "preview_made_at": None,
    "livestream_url": "",
    "livestream_captions_url": "",
    "livestream_sign_language_url": "",
    "change_note": "",
}


def free_slug(wished: str) -> str:
    """An address made of these words that no other event has."""
    base = slugify(plaintext.written_out(wished))[:50].strip("-") or "fachtag"
    taken = {*RESERVED_SLUGS, *Event.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    return first_free(base, taken)


def begin_alone() -> None:
    """From here to the end of the transaction nobody else begins an event, so what is free stays free. It comes before
    the event is locked that is copied."""
    list(Organiser.objects.order_by("pk").select_for_update().values_list("pk"))


@transaction.atomic
def copied(event: Event, first_day: date) -> Event:
    """The event again as a draft that begins on this day, with everything but its guests: all moments are as many days
    later, at the same time of day. Pictures, place, office and people on the programme are the same rows."""
    by = first_day - event.first_day
    stem = event.slug.removesuffix(f"-{event.first_day.year}")
    slug = free_slug(f"{stem}-{first_day.year}")
    copy = _again(Event.objects.get(pk=event.pk), by, slug=slug, uid=uuid4(), **_OF_THE_EARLIER)
    for asked in chain[models.Model](event.consent_requests.all(), event.questions.all()):
        _again(asked, by, event=copy)
    for slot in event.slots.prefetch_related("contributions", "workshops__contributions"):
        parts: Iterable[Any] = slot.workshops.all()
        named = list(slot.contributions.all())
        new_slot = _again(slot, by, event=copy)
        _all_again(named, by, slot=new_slot)
        for workshop in parts:
            named = list(workshop.contributions.all())
            _all_again(named, by, workshop=_again(workshop, by, slot=new_slot))
    Event.objects.filter(pk=copy.pk).begin()
    return Event.objects.with_place().prefetch_related(slots_with_tracks()).get(pk=copy.pk)


def _all_again(rows: Iterable[models.Model], by: timedelta, **values: Any) -> None:
    for row in rows:
        _again(row, by, **values)


def _again(row: Row, by: timedelta, **values: Any) -> Row:
    """The row as a new one with these values, its moments moved."""
    for field in row._meta.concrete_fields:
        moment = getattr(row, field.attname)
        if isinstance(moment, datetime):
            setattr(row, field.attname, moved(moment, by))
    for name, value in values.items():
        setattr(row, name, value)
    row.pk = None
    row._state.adding = True
    row.save()
    return row

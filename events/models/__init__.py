"""What the organiser tells the public: events, their programme, people, workshops, and what they ask guests for."""

from typing import Any

from django.db import models
from django.db.models.functions import Now
from django.db.models.signals import post_delete, post_save, pre_delete

from events.models.asked import ConsentRequest, Question
from events.models.event import (
    RESERVED_SLUGS,
    Event,
    EventQuerySet,
    RegistrationWindow,
    Venue,
)
from events.models.organiser import Organiser, PostalAddress
from events.models.pages import LegalPage
from events.models.programme import (
    Contribution,
    Slot,
    Speaker,
    Workshop,
    first_free,
    overlapping_rounds,
    refuse_rounds,
    showing,
    slots_with_tracks,
)

__all__ = [
    "RESERVED_SLUGS",
    "ConsentRequest",
    "Contribution",
    "Event",
    "EventQuerySet",
    "LegalPage",
    "Organiser",
    "PostalAddress",
    "Question",
    "RegistrationWindow",
    "Slot",
    "Speaker",
    "Venue",
    "Workshop",
    "first_free",
    "overlapping_rounds",
    "refuse_rounds",
    "showing",
    "slots_with_tracks",
]


def _mark_events_as_changed(sender: type[models.Model], instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let `Event.changed_at` tell the last change of anything on its page; calendars and caches rely on it."""
    if not raw:
        showing(instance).update(changed_at=Now())


def _lock_event(sender: type[models.Model], instance: Workshop, **kwargs: Any) -> None:
    """Nobody takes a seat in a workshop while it is deleted, because whoever does locks its event first."""
    Event.objects.select_for_update().filter(pk=instance.event_id).first()


pre_delete.connect(_lock_event, sender=Workshop)

# Of these alone: a receiver for every model would run at each registration and make Django delete rows one by one.
for _part in (Venue, Organiser, Speaker, Slot, Workshop, Contribution):
    post_save.connect(_mark_events_as_changed, sender=_part)
    post_delete.connect(_mark_events_as_changed, sender=_part)

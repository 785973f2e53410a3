"""The link with which colleagues read a draft without a login, for some days."""

from datetime import datetime, timedelta

from django.core.signing import Signer
from django.db import transaction
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from events.models import Event
from registration import booking

VALID_FOR = timedelta(days=14)


def link(event: Event, now: datetime) -> str:
    """The address of the draft, without the site's; empty: there is no link, or it has run out."""
    return reverse("registration:draft", args=[event.slug, _key(event)]) if _is_valid(event, now) else ""


def opens(event: Event, key: str, now: datetime) -> bool:
    """Whether the draft may be read by whoever has this key."""
    return _is_valid(event, now) and constant_time_compare(key, _key(event))


def ends_at(event: Event) -> datetime | None:
    """When the link runs out."""
    return None if event.preview_made_at is None else event.preview_made_at + VALID_FOR


@transaction.atomic
def renew(event: Event, made_at: datetime | None) -> None:
    """Make a new link, or none; the one before leads nowhere any more. Raises EventGone."""
    event = booking.locked(event)
    if event.status == Event.Status.DRAFT:
        Event.objects.filter(pk=event.pk).update(preview_made_at=made_at)


def _is_valid(event: Event, now: datetime) -> bool:
    end = ends_at(event)
    return event.status == Event.Status.DRAFT and end is not None and now < end


def _key(event: Event) -> str:
    assert event.preview_made_at is not None
    return Signer(salt=__name__).signature(f"{event.pk}:{event.slug}:{event.preview_made_at.timestamp():.6f}")

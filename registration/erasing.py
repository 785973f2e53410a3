"""Erasing people and keeping counts (GDPR, article 17): on a guest's wish, when an event's time to keep is over, and
earlier if an organiser wants it. That it was done is kept (`Erasure`).

An erased registration keeps its row, its state and its consents; nothing in it leads to a person any more.
"""

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.timezone import localdate

from events.models import Event
from registration import booking, disk, limits, mailboxes, mails, messages, outbox
from registration.models import (
    Answer,
    Attempts,
    Change,
    ErasedKey,
    Erasure,
    Inquiry,
    Invitation,
    Message,
    OutgoingMail,
    Registration,
    RegistrationQuerySet,
)

# What was asked through the contact form, and the mail that brought it to the organiser.
INQUIRIES_KEPT = timedelta(days=180)

# What organisers mailed to themselves to see how a message reads.
TESTS_KEPT = timedelta(days=14)

# How long an old link says that its data were erased, before it counts as mistyped.
KEYS_KEPT = timedelta(days=365)

# How long an invitation that has run out stands in the list, so that it can be sent again.
INVITATIONS_KEPT = timedelta(days=30)

# How long it is known which organiser changed what; claims that it could prove run out after so long (BGB, § 195).
CHANGES_KEPT = timedelta(days=3 * 365)

# How long the worker waits after an event was changed: what is erased does not come back.
PATIENCE = timedelta(days=1)

# So many in one transaction: those who register meanwhile must not wait long.
AT_ONCE = 50

What, Why = Erasure.What, Erasure.Why


class NotOver(Exception):  # noqa: N818 - as `Erased`: an answer, not an error
    """The event is still to come, or goes on: its guests and what they need are needed."""


@transaction.atomic
def erase(registration: Registration, now: datetime, actor: str = "") -> None:
    """Erase somebody who asks for it; before the event the seat goes to the queue. A last mail says so. `actor` is the
    organiser who does it for the guest.

    Erasing twice is no error.
    """
    try:
        booking.lock(registration)
    except booking.Erased:
        return
    leaves = leaves_by_erasing(registration, now)
    had_an_entry = leaves and registration.has_an_entry
    if leaves:
        booking.leave(registration, now)
    mails.erased(registration, now, with_entry=had_an_entry)
    found = booking.registrations_of(registration.event, registration)
    others = [other for other in found if not other.is_live and other.pk != registration.pk]
    for one in (*others, registration):
        _forget(one, now)
    _note(registration.event, now, What.GUESTS, Why.WISH, len(others) + 1, actor)
    transaction.on_commit(disk.wipe, robust=True)


def leaves_by_erasing(registration: Registration, now: datetime) -> bool:
    """Whether a seat or a place in a queue comes free; who took part stays counted."""
    waits = registration.state == Registration.State.WAITING
    return registration.is_live and (waits or not registration.event.has_begun(now))


def may_erase_early(event: Event, now: datetime) -> bool:
    """Whether what is stored of guests has served its purpose; a postponed event has not taken place, even if its old
    day is over."""
    return event.ends_at <= now and event.status != Event.Status.POSTPONED


@transaction.atomic
def erase_needs_early(event: Event, now: datetime, actor: str) -> int:
    """Erase all sensitive answers before their time; say how many. Raises NotOver, EventGone."""
    event = _over(event, now)
    transaction.on_commit(disk.wipe, robust=True)
    return _erase_needs(event, now, Why.EARLY, actor)


def erase_guests_early(event: Event, now: datetime, actor: str) -> int:
    """Erase everybody before the time, without a mail; say how many. It goes on a portion at a time, so that one which
    is broken off is finished by the next. Raises NotOver, EventGone."""
    erase_needs_early(event, now, actor)
    count = 0
    while portion := _erase_some_early(event, now, actor):
        count += portion
    return count


@transaction.atomic
def _erase_some_early(event: Event, now: datetime, actor: str) -> int:
    event = _over(event, now)
    transaction.on_commit(disk.wipe, robust=True)
    return _erase_guests(event, now, Why.EARLY, actor)


def _over(event: Event, now: datetime) -> Event:
    """The event under the lock. Raises NotOver, EventGone."""
    event = booking.locked(event)
    if not may_erase_early(event, now):
        raise NotOver
    return event


def erase_when_settled(now: datetime) -> bool:
    """The worker's way of `erase_due`: an organiser who mistyped a date or a period has time to put it right."""
    disk.wipe_again()
    return erase_due(now, PATIENCE)


def erase_due(now: datetime, patience: timedelta = timedelta()) -> bool:
    """Erase a portion of what is due at events that have not changed for so long; say whether there was any."""
    events = [event for event in _with_something_due(now) if _has_settled(event, now, patience)]
    for event in events:
        _erase_a_portion(event, now, patience)
    for leftovers in _leftovers(now):
        if leftovers.exists():  # looks before it writes, because SQLite's lock is on the whole database
            leftovers.delete()
            transaction.on_commit(disk.wipe, robust=True)
    if (old := Change.objects.filter(at__lte=now - CHANGES_KEPT)).exists():
        old.expire()
    mailboxes.forget(now)
    return bool(events)


def due(now: datetime) -> dict[str, int]:
    """How many guests and inquiries `erase_due` would erase something of."""
    events = _with_something_due(now)
    return {
        "sensitive answers": sum(sensitive(event).count() for event in events if event.needs_erased_at <= now),
        "registrations": sum(known(event).count() for event in events if event.data_erased_at <= now),
        "inquiries": Inquiry.objects.filter(sent_in_at__lte=now - INQUIRIES_KEPT).count(),
    }


def was_erased(key: uuid.UUID) -> bool:
    """Whether this key opened the page of somebody who is erased."""
    return ErasedKey.objects.filter(digest=ErasedKey.of(key)).exists()


def _with_something_due(now: datetime) -> list[Event]:
    """Those at which something is due, in one query; a postponed one has not taken place, even if its day is over."""
    known = Registration.objects.filter(event=OuterRef("pk"), erased_at__isnull=True)
    past = Event.objects.filter(Exists(known), ends_at__lte=now).exclude(status=Event.Status.POSTPONED)
    sensitive = Answer.objects.filter(question__event=OuterRef("pk"), question__sensitive=True)
    by_needs = Message.objects.filter(event=OuterRef("pk"), sensitive=True)
    found = past.annotate(has_sensitive=Exists(sensitive) | Exists(by_needs))
    return [
        event
        for event in found
        if event.data_erased_at <= now or (event.has_sensitive and event.needs_erased_at <= now)
    ]


def sensitive(event: Event) -> QuerySet[Answer]:
    """The sensitive answers that are there still."""
    return Answer.objects.filter(question__event=event, question__sensitive=True)


def known(event: Event) -> RegistrationQuerySet:
    """Those of whom it is stored who they are."""
    return event.registrations.filter(erased_at__isnull=True)


def _leftovers(now: datetime) -> Iterator[QuerySet[Any]]:
    """What belongs to no event: old inquiries with their mails, tests of messages, keys of people long erased, counts
    of attempts that are over, and invitations that nobody accepted."""
    yield Inquiry.objects.filter(sent_in_at__lte=now - INQUIRIES_KEPT)
    tests = OutgoingMail.objects.filter(registration=None, inquiry=None)
    yield tests.filter(kind=OutgoingMail.Kind.MESSAGE, created_at__lte=now - TESTS_KEPT)
    yield ErasedKey.objects.filter(until__lte=localdate(now))
    yield Attempts.objects.filter(until__lte=now - limits.WINDOW)  # nobody counts in them any more
    yield Invitation.objects.filter(valid_until__lte=now - INVITATIONS_KEPT)


def _has_settled(event: Event, now: datetime, patience: timedelta) -> bool:
    return not patience or event.changed_at <= now - patience


@transaction.atomic
def _erase_a_portion(event: Event, now: datetime, patience: timedelta) -> None:
    event = booking.locked(event)
    if not may_erase_early(event, now) or not _has_settled(event, now, patience):
        return  # an organiser was faster
    if event.needs_erased_at <= now:
        _erase_needs(event, now, Why.PERIOD)
    if event.data_erased_at <= now:
        _erase_guests(event, now, Why.PERIOD)
    transaction.on_commit(disk.wipe, robust=True)


def _erase_needs(event: Event, now: datetime, why: Erasure.Why, actor: str = "") -> int:
    count, _by_model = sensitive(event).delete()
    messages.forget_needs(event)
    _note(event, now, What.NEEDS, why, count, actor)
    return count


def _erase_guests(event: Event, now: datetime, why: Erasure.Why, actor: str = "") -> int:
    """Erase some of those who are known still; say how many."""
    portion = list(known(event)[:AT_ONCE])
    for registration in portion:
        _forget(registration, now)
    _note(event, now, What.GUESTS, why, len(portion), actor)
    return len(portion)


def _note(event: Event, now: datetime, what: Erasure.What, why: Erasure.Why, count: int, actor: str) -> None:
    if count:
        Erasure.objects.create(event=event, at=now, what=what, why=why, count=count, actor=actor)


def _forget(registration: Registration, now: datetime) -> None:
    registration.first_name = registration.last_name = registration.email = ""
    registration.organisation = registration.person = ""
    registration.form_number = registration.confirm_by = None
    registration.to_confirm = ""
    ErasedKey.objects.create(digest=ErasedKey.of(registration.token), until=localdate(now + KEYS_KEPT))
    registration.token = uuid.uuid4()
    registration.erased_at = now
    registration.save()
    registration.places.filter(queued_at__isnull=False).delete()
    registration.answers.all().delete()
    registration.follow_ups.all().delete()
    registration.changes.forget()
    messages.forget(registration, now)
    outbox.forget(OutgoingMail.objects.filter(registration=registration))

"""What guests are told in the worker's time: the event comes near, it has changed, there is one more question, the link
that they asked for.

Each job writes one portion of mails in a transaction of its own and notes with each registration that it was told, so
it may be killed, repeated and run on two machines at once.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, prefetch_related_objects

from events.models import Event
from registration import booking, followups, lostpasswords, mails
from registration.models import (
    FollowUp,
    LinkRequest,
    Registration,
    RegistrationQuerySet,
    with_consents,
    with_places,
)

logger = logging.getLogger(__name__)

# So many mails in one transaction: those who register meanwhile must not wait long.
AT_ONCE = 20

# An organiser who mistyped a date has that long to put it right before every guest hears of it.
QUIET = timedelta(minutes=2)

# Who could not be told, whatever the reason, is told so much later.
AGAIN = timedelta(minutes=10)

# Nobody has more registrations than this, whatever is asked.
LINKS_AT_MOST = 20


def remind(now: datetime) -> bool:
    """Remind guests of an event that comes near, once for each date; say whether there was anybody to remind."""
    near = Event.objects.filter(status=Event.Status.PUBLISHED, starts_at__gt=now, reminder_days__isnull=False)
    return any(a_portion(_to_remind(event), _remind, now) for event in near if event.reminds(now))


def _to_remind(event: Event) -> RegistrationQuerySet:
    # Who registered after that moment has just read everything; who has not heard of a change hears of it first.
    guests = event.registrations.taking_part().filter(registered_at__lt=event.remind_at)
    return guests.filter(told_sequence=F("event__sequence")).exclude(reminded_of=event.starts_at)


def _remind(registration: Registration, now: datetime) -> None:
    mails.reminder(registration, now)


def announce(now: datetime) -> bool:
    """Tell guests that time, place or status of their event changed; say whether there was anybody to tell."""
    return a_portion(_to_tell(now), _tell, now)


def _to_tell(now: datetime) -> RegistrationQuerySet:
    changed = Registration.objects.told_of_changes().filter(
        told_sequence__lt=F("event__sequence"), event__rescheduled_at__lte=now - QUIET
    )
    # The old day of what was postponed, and then perhaps called off, may be over.
    is_news = Q(event__ends_at__gt=now) | Q(event__status__in=(Event.Status.POSTPONED, Event.Status.CANCELLED))
    return changed.filter(is_news).exclude(event__status=Event.Status.DRAFT)


def _tell(registration: Registration, now: datetime) -> None:
    event, status_told = registration.event, registration.told.get("status")
    if event.status != Event.Status.CANCELLED:
        is_news = bool(mails.changes_in_words(registration))  # empty: changed and changed back
        tell = mails.event_changed
    else:
        is_news = status_told == Event.Status.POSTPONED or (
            status_told != Event.Status.CANCELLED and now < event.ends_at
        )
        tell = mails.event_cancelled
    if is_news and registration.to_confirm:  # to think it over
        booking.ask_again(registration, now)
        registration.save(update_fields=["to_confirm", "confirm_by"])
    (tell if is_news else mails.nothing)(registration, now)


def ask(now: datetime) -> bool:
    """Mail the questions that an organiser put to guests who had registered before; say whether there was anybody."""
    if not FollowUp.objects.to_mail().exists():  # an index without entries, whoever is registered
        return False
    return a_portion(followups.to_mail(), _ask, now)


def _ask(registration: Registration, now: datetime) -> None:
    if questions := followups.note_mailed(registration, now):
        mails.questions(registration, questions, now)


def send_links(now: datetime) -> bool:
    """Mail the links that somebody asked for who lost theirs; say whether there was a request."""
    if not LinkRequest.objects.exists():  # looks before it locks, because SQLite's lock is on the whole database
        return False
    with transaction.atomic():
        request = LinkRequest.objects.select_for_update(skip_locked=True).first()
        if request is None:
            return False
        if request.of_login:
            lostpasswords.send_links(request.email, now)
        else:
            _send_links(request.email, now)
        request.delete()
    return True


def _send_links(email: str, now: datetime) -> None:
    # Those first whose address is known to be right, so that nobody hides them behind made-up ones.
    found = Registration.objects.with_everything().of_address(email)
    chosen = found.order_by(F("confirm_by").asc(nulls_first=True), "pk")[:LINKS_AT_MOST]
    # Events are locked in one order, so that two workers never wait for each other.
    for registration in sorted(chosen, key=lambda registration: (registration.event_id, registration.pk)):
        _send_link(registration, now)


def _send_link(registration: Registration, now: datetime) -> None:
    try:
        with transaction.atomic():
            booking.lock(registration)
            mails.link(registration, now)
    except booking.Erased:
        return
    except Exception:  # whatever it is about this one, the others are to have theirs
        logger.exception("The link of registration %s could not be sent.", registration.pk)


def a_portion(due: RegistrationQuerySet, tell: Callable[[Registration, datetime], None], now: datetime) -> bool:
    """Tell some guests of one event of those who are due, each exactly once, and say whether there were any."""
    # NULL: nothing has gone wrong.
    due = due.filter(Q(tell_not_before__isnull=True) | Q(tell_not_before__lte=now))
    first = due.select_related("event").order_by("event", "pk").first()
    if first is None:
        return False
    with transaction.atomic():
        event = booking.locked(first.event)
        prefetch_related_objects([event], "mail_texts", "slots")
        portion = due.filter(event=event).prefetch_related(with_places(), with_consents())[:AT_ONCE]
        for registration in portion:
            registration.event = event
            try:
                with transaction.atomic():
                    tell(registration, now)
            except Exception:  # whatever it is about this one, the others are to be told
                logger.exception("Registration %s could not be told; it will be tried again.", registration.pk)
                Registration.objects.filter(pk=registration.pk).update(tell_not_before=now + AGAIN)
    return True

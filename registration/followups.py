"""Questions that were added after guests had registered, and that an organiser puts to them."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from events.models import Event, Question
from registration import answers, booking
from registration.models import FollowUp, Registration, RegistrationQuerySet


def to_ask(question: Question, now: datetime) -> RegistrationQuerySet:
    """Those who registered before and may still answer this, but have not, and have never been asked by mail."""
    if not question.event.guests_may_change(now):
        return Registration.objects.none()
    guests = question.event.registrations.live().filter(registered_at__lt=now)
    known = guests.filter(erased_at__isnull=True, confirm_by__isnull=True)
    if not answers.is_put_to(question, livestream=False):
        known = known.watching()
    elif not answers.is_put_to(question, livestream=True):
        known = known.exclude(pk__in=guests.watching().values("pk"))
    return known.exclude(answers__question=question).exclude(follow_ups__question=question)


def offered(event: Event, now: datetime) -> list[tuple[Question, int]]:
    """The questions that can be put to somebody, each with how many guests that is."""
    counted = [(question, to_ask(question, now).count()) for question in event.questions.all()]
    return [(question, count) for question, count in counted if count]


@transaction.atomic
def put(event: Event, questions: Iterable[Question], now: datetime) -> int:
    """Have the worker mail these questions to all whom they can be put to; say how many guests that is."""
    event = booking.locked(event)
    found = [
        FollowUp(registration_id=guest, question=question, put_at=now)
        for question in event.questions.filter(pk__in=[question.pk for question in questions])
        for guest in to_ask(question, now).values_list("pk", flat=True)
    ]
    FollowUp.objects.bulk_create(found, batch_size=1000)
    return len({one.registration_id for one in found})


def to_mail() -> RegistrationQuerySet:
    """Those whom the worker has to mail something; who must first say yes to a seat or confirm the address is not yet
    among them, nor are those of an event that nobody sees."""
    waiting = FollowUp.objects.to_mail()
    guests = Registration.objects.filter(confirm_by__isnull=True, pk__in=waiting.values("registration"))
    return guests.exclude(event__status=Event.Status.DRAFT)


def note_mailed(registration: Registration, now: datetime) -> list[Question]:
    """What this guest is to be mailed now, noted as mailed; what needs no answer any more is dropped."""
    waiting = registration.follow_ups.to_mail()
    put_now = set(waiting.values_list("question", flat=True))
    may_answer = registration.is_live and registration.event.guests_may_change(now)
    questions = [question for question in unanswered(registration) if question.pk in put_now and may_answer]
    waiting.filter(question__in=questions).update(mailed_at=now)
    waiting.delete()
    return questions


def unanswered(registration: Registration) -> list[Question]:
    """What was put to this guest and still concerns the guest, but has no answer."""
    if not registration.follow_ups.exists():
        return []
    questions = Question.objects.filter(follow_ups__registration=registration)
    found = questions.exclude(answers__registration=registration)
    return [question for question in found if answers.is_put_to(question, livestream=registration.watches)]

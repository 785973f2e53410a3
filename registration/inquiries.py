"""What somebody asked through the contact form, and what an office does about it. It names no event, so it is the
office's own that it went to."""

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from events.models import Organiser
from registration import mails
from registration.models import Inquiry, OutgoingMail

_ANSWERS = OutgoingMail.objects.filter(kind=OutgoingMail.Kind.INQUIRY_ANSWERED)


def of_office(organiser: Organiser, *, with_unaddressed: bool = False) -> QuerySet[Inquiry]:
    """What went to this office, the newest first; on demand also what came in before there was any office."""
    whose = Q(organiser=organiser)
    return Inquiry.objects.filter(whose | Q(organiser__isnull=True) if with_unaddressed else whose)


def to_do(inquiries: QuerySet[Inquiry]) -> QuerySet[Inquiry]:
    """Those that wait for somebody: not done yet, or the answer did not arrive."""
    failed = _ANSWERS.filter(inquiry=OuterRef("pk"), failed_at__isnull=False)
    return inquiries.filter(Q(done_at__isnull=True) | Exists(failed))


def answer_to(inquiry: Inquiry) -> OutgoingMail | None:
    """The mail that answered it."""
    return _ANSWERS.filter(inquiry=inquiry).first()


@transaction.atomic
def answer(inquiry: Inquiry, organiser: Organiser, text: str, now: datetime) -> bool:
    """Send an answer, and be done with it. An inquiry has one answer: says whether it is this one.

    Raises Inquiry.DoesNotExist: it was erased meanwhile; ValueError: it left no address.
    """
    inquiry = _locked(inquiry)
    if not inquiry.email:
        raise ValueError("Who left no address gets no answer.")
    if answer_to(inquiry) is not None:
        return False
    inquiry.organiser, inquiry.done_at = organiser, now
    inquiry.save(update_fields=["organiser", "done_at"])
    mails.inquiry_answered(inquiry, organiser, text, now)
    return True


@transaction.atomic
def settle(inquiry: Inquiry, organiser: Organiser, now: datetime) -> bool:
    """Be done with it without an answer; says whether it was open. Raises Inquiry.DoesNotExist."""
    inquiry = _locked(inquiry)
    if inquiry.done_at is not None:
        return False
    inquiry.organiser, inquiry.done_at = organiser, now
    inquiry.save(update_fields=["organiser", "done_at"])
    return True


@transaction.atomic
def reopen(inquiry: Inquiry) -> bool:
    """It is to be done after all; what was answered stays so. Says whether it was done. Raises Inquiry.DoesNotExist."""
    inquiry = _locked(inquiry)
    if inquiry.done_at is None or answer_to(inquiry) is not None:
        return False
    inquiry.done_at = None
    inquiry.save(update_fields=["done_at"])
    return True


@transaction.atomic
def erase(inquiry: Inquiry) -> None:
    """Erase it with its mails, for whoever asks for that (GDPR, article 17). Raises Inquiry.DoesNotExist."""
    _locked(inquiry).delete()


def _locked(inquiry: Inquiry) -> Inquiry:
    return Inquiry.objects.select_for_update().get(pk=inquiry.pk)

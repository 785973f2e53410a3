"""Messages of organisers to many guests: to whom, what each reads, and how they leave a few at a time."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from urllib.parse import unquote
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from events.models import Event, Question
from registration import booking, door, mails, notices, outbox
from registration.mails import Written
from registration.models import (
    Answer,
    Message,
    MessageRecipient,
    OutgoingMail,
    Place,
    Registration,
    RegistrationQuerySet,
)
from registration.models.registration import EXPECTED

Kind = Question.Kind

# The guests that somebody ticked in the list.
CHOSEN = "chosen"

# Wherever it begins, because what stands before it may look like a part of it.
_KEY = re.compile(r"(?=([0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}))", re.IGNORECASE)


class Changed(Exception):  # noqa: N818 - a refusal, named like those of booking
    """Text or list are no longer what somebody has seen."""


class NobodyToWriteTo(Exception):  # noqa: N818
    """The group is empty, or is no longer there."""


@dataclass(frozen=True)
class Group:
    """Guests to whom one can write; the key is stored, the label stays readable when the group has changed."""

    key: str
    label: str
    members: frozenset[int]
    is_sensitive: bool = False


def reachable(event: Event) -> RegistrationQuerySet:
    """Whom one may write to, cancelled or not: an address that nobody confirmed may be somebody else's."""
    known = event.registrations.filter(erased_at__isnull=True)
    return known.exclude(to_confirm=Registration.Confirmation.ADDRESS)


def groups(event: Event, now: datetime, *, with_needs: bool, message: Message | None = None) -> list[Group]:
    """All groups that one can write to, empty ones too; those by sensitive answers only `with_needs`, those by who has
    come only once the door has opened; and the guests who were chosen for this very message."""
    rows = list(reachable(event).live().order_by().values_list("pk", "livestream", "queued_at"))
    live = frozenset(key for key, _livestream, _queued_at in rows)
    found = []
    if message is not None and message.pk and message.recipients.exists():
        chosen = reachable(event).filter(messages__message=message).values_list("pk", flat=True)
        found.append(Group(CHOSEN, _("Chosen guests"), frozenset(chosen), message.sensitive))
    found.append(Group("all", _("All guests, with waiting list and livestream"), live))
    places = Place.objects.filter(registration__event=event).order_by()
    seats = list(places.values_list("registration", "round", "workshop", "queued_at"))
    found += _by_programme(event, [seat for seat in seats if seat[0] in live])
    watching = frozenset(key for key, livestream, _queued_at in rows if livestream)
    lines = {key for key, _livestream, queued_at in rows if queued_at is not None}
    lines |= {guest for guest, _round, _workshop, queued_at in seats if queued_at is not None and guest in live}
    found.append(Group("waiting", _("Waiting list"), frozenset(lines)))
    if event.livestream_offered or watching:
        found.append(Group("livestream", _("Livestream"), watching))
    if door.has_opened(event, now):
        found += _by_attendance(event)
    found += _by_answers(event, live, with_needs=with_needs)
    return found


def _by_programme(event: Event, seats: Collection[tuple[int, int, int, datetime | None]]) -> Iterator[Group]:
    """Each round, followed by its workshops: those who have a seat."""
    workshops = list(event.workshops.select_related("slot").order_by("slot__starts_at", "slot_id", "number"))
    rounds = {workshop.slot_id: workshop.slot for workshop in workshops}
    held = [seat for seat in seats if seat[3] is None]
    for slot in rounds.values():
        sits = frozenset(guest for guest, in_round, _workshop, _queued_at in held if in_round == slot.pk)
        yield Group(f"round-{slot.pk}", _("Everybody with a seat in “%s”") % slot, sits)
        for workshop in (one for one in workshops if one.slot_id == slot.pk):
            sits = frozenset(guest for guest, _round, seat, _queued_at in held if seat == workshop.pk)
            yield Group(f"workshop-{workshop.pk}", workshop.name, sits)


def _by_attendance(event: Event) -> Iterator[Group]:
    """Who has come, and who has a seat and has not."""
    there = Q(checked_in_at__isnull=False)  # NULL: has not been there
    for key, label, meant in (
        ("there", _("Guests who have been checked in"), there),
        ("not-there", _("Guests with a seat who have not been checked in"), EXPECTED & ~there),
    ):
        yield Group(key, label, frozenset(reachable(event).filter(meant).order_by().values_list("pk", flat=True)))


def _by_answers(event: Event, live: frozenset[int], *, with_needs: bool) -> Iterator[Group]:
    """Each option of each question that has options, or yes and no."""
    asked = event.questions.filter(kind__in=(Kind.CHOICE, Kind.CHOICES, Kind.YES_NO))
    questions = list(asked if with_needs else asked.filter(sensitive=False))
    said: dict[tuple[int, str], set[int]] = {}
    given = Answer.objects.filter(question__in=questions).order_by()
    for guest, asked_by, value in given.values_list("registration", "question", "value"):
        for one in value if isinstance(value, list) else [value]:
            said.setdefault((asked_by, _option_key(one)), set()).add(guest)
    for question in questions:
        options = [(True, _("yes")), (False, _("no"))] if question.kind == Kind.YES_NO else question.options
        for key, label in options:
            members = said.get((question.pk, _option_key(key)), set())
            name = f"answer-{question.pk}-{_option_key(key)}"
            words = _("“%(question)s”: %(option)s") % {"question": question.label, "option": label}
            yield Group(name, words, live & members, question.sensitive)


def _option_key(value: str | bool) -> str:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def members(event: Event, group: Group) -> RegistrationQuerySet:
    """The guests of a group, each with what a mail names."""
    return event.registrations.filter(pk__in=group.members).with_everything()


def holds_a_key(text: str) -> bool:
    """Whether somebody's own page can be opened with what stands there; whoever reads it would be that guest."""
    keys = {UUID(found) for found in _KEY.findall(unquote(text))}
    # Of any event: a key is one wherever it is written.
    return bool(keys) and Registration.objects.filter(token__in=keys).exists()


def seen(message: Message, group: Group | None) -> str:
    """Stands for text and list, as long as both stay as they are."""
    shown = (message.subject, message.text, message.group, sorted(group.members) if group else ())
    return sha256(repr(shown).encode()).hexdigest()[:20]


def preview(message: Message, registration: Registration, now: datetime) -> Written:
    """The mail as this guest would read it now."""
    return mails.message_as_read(registration, (message.text, message.subject), now)


@transaction.atomic
def choose(event: Event, keys: Collection[int], actor: str, now: datetime, *, sensitive: bool = False) -> Message:
    """A new draft to those of these guests who can be reached; `sensitive`: their answers say who they are. Raises
    NobodyToWriteTo."""
    found = reachable(event).filter(pk__in=keys).order_by("pk").values_list("pk", flat=True)
    if not found:
        raise NobodyToWriteTo
    message = event.messages.create(group=CHOSEN, written_by=actor, changed_at=now, sensitive=sensitive)
    _list(message, found)
    return message


@transaction.atomic
def begin_again(message: Message, actor: str, now: datetime) -> Message:
    """A new draft with the same words, to those whom a stopped message has not left for, and who still get it. Raises
    NobodyToWriteTo."""
    rest = message.recipients.filter(handled_at__isnull=True).select_related("registration")
    keys = [one.registration_id for one in rest if _still_gets(one.registration, message)]
    again = choose(message.event, keys, actor, now)
    again.subject, again.text = message.subject, message.text
    again.save()
    return again


def mail_to_oneself(message: Message, recipient: str, now: datetime) -> None:
    """Mail the draft to whoever writes it, as a made-up guest would read it: no key leaves."""
    mails.message_to_oneself(message.event, recipient, (message.text, message.subject), now)


@transaction.atomic
def confirm(message: Message, was_seen: str, actor: str, now: datetime, *, with_needs: bool) -> Message:
    """Have the worker mail this to all who are in its group now. Confirming twice is no error.

    `was_seen` stands for the text and the list that the organiser read (`seen`). Raises Changed or NobodyToWriteTo.
    """
    event = booking.locked(message.event)
    draft = event.messages.filter(pk=message.pk).first()
    if draft is None:  # deleted meanwhile
        raise NobodyToWriteTo
    if draft.confirmed_at is not None:
        return draft
    offered = groups(event, now, with_needs=with_needs, message=draft)
    group = next((group for group in offered if group.key == draft.group), None)
    if group is None or not group.members:
        raise NobodyToWriteTo
    if seen(draft, group) != was_seen:
        raise Changed
    draft.recipients.all().delete()
    _list(draft, sorted(group.members))
    draft.addressed, draft.sensitive = group.label[:500], group.is_sensitive
    draft.confirmed_at, draft.confirmed_by, draft.changed_at = now, actor, now
    draft.save()
    return draft


def _list(message: Message, keys: Collection[int]) -> None:
    rows = [MessageRecipient(message=message, registration_id=key) for key in keys]
    MessageRecipient.objects.bulk_create(rows, batch_size=1000)


@transaction.atomic
def stop(message: Message, actor: str, now: datetime) -> bool:
    """Send no more of it, but for what is on the line this very moment; the rest of the list stays. Say whether it was
    not stopped yet."""
    event = booking.locked(message.event)  # the worker writes under this lock
    if not event.messages.filter(pk=message.pk, confirmed_at__isnull=False, stopped_at__isnull=True).update(
        stopped_at=now, stopped_by=actor
    ):
        return False
    outbox.take_back(OutgoingMail.objects.filter(message_recipient__message=message), now)
    return True


def send_portion(now: datetime) -> bool:
    """Put a few more mails into the outbox, for the guests whose turn it is; say whether there were any.

    It waits until the last few have left, so that whoever registers meanwhile hears of it at once.
    """
    if not MessageRecipient.objects.to_mail().exists():  # an index without entries, whoever is registered
        return False
    if OutgoingMail.objects.due(now).filter(kind=OutgoingMail.Kind.MESSAGE).exists():
        return False
    waiting = MessageRecipient.objects.to_mail().values("registration")
    return notices.a_portion(Registration.objects.filter(pk__in=waiting), _send, now)


def _send(registration: Registration, now: datetime) -> None:
    for recipient in MessageRecipient.objects.to_mail().filter(registration=registration).select_related("message"):
        message = recipient.message
        if _still_gets(registration, message):
            recipient.mail = mails.message(registration, (message.text, message.subject), now)
        recipient.handled_at = now
        recipient.save()


def _still_gets(registration: Registration, message: Message) -> bool:
    """Whoever cancels meanwhile need not hear of it, unless chosen by name."""
    if registration.erased_at is not None or registration.must_confirm_address:
        return False
    return registration.is_live or message.group == CHOSEN


# Erasing


def forget(registration: Registration, now: datetime) -> None:
    """Write no more to somebody who is erased."""
    registration.messages.filter(handled_at__isnull=True).update(handled_at=now)


def forget_needs(event: Event) -> None:
    """Forget who was written to because of a sensitive answer; it is kept no longer than the answer."""
    sensitive = event.messages.filter(sensitive=True)
    outbox.forget(OutgoingMail.objects.filter(message_recipient__message__in=sensitive))
    sensitive.delete()

"""The one door to state, seats and queues: whoever registers, moves or cancels somebody calls a verb of this module.

Each verb is one transaction that locks the event's row first, so that two of them never look at the same seat at the
same time. PostgreSQL locks with SELECT … FOR UPDATE; SQLite has one writer, and its transactions begin IMMEDIATE.
"""

import unicodedata
import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import Count

from events.models import Event, RegistrationWindow, Workshop
from registration import consents, mails
from registration.models import Registration, RegistrationQuerySet

# Going back in the browser to register a colleague is fine; sending one form for a whole town is not.
PEOPLE_A_FORM = 5

# A person's link is mailed again at most this often within this time, whoever asks.
MAIL_AGAIN_LIMIT = 3
MAIL_AGAIN_WITHIN = timedelta(hours=1)


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A rule of the house forbids it; nothing was stored."""


class RegistrationClosed(Refused):
    """One cannot register now; `window` says why."""

    def __init__(self, window: RegistrationWindow) -> None:
        super().__init__(window)
        self.window = window


class WorkshopFull(Refused):
    """Every seat of this workshop is taken."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop)
        self.workshop = workshop


class AlreadyCancelled(Refused):
    """There is no seat to move; who cancelled registers anew."""


class TooLate(Refused):
    """The event has begun, or is cancelled; what a guest wants to change now is for the organiser."""


class AlreadyRegistered(Refused):
    """Another live registration of the event has this name and address."""


class FormUsedUp(Refused):
    """One form has registered as many people as one sitting at it would."""


class WordingChanged(Refused):
    """The organiser changed the consent or the privacy notice while the form was open."""


@dataclass(frozen=True)
class Seats:
    """A workshop's seats; `capacity` None is without a limit."""

    capacity: int | None
    taken: int
    waiting: int

    @property
    def left(self) -> int | None:
        """How many are free; never below 0, even where an organiser seated more; None: without a limit."""
        return None if self.capacity is None else max(self.capacity - self.taken, 0)

    @property
    def open_to_newcomers(self) -> int | None:
        """How many are free that nobody in the queue is about to get; None: without a limit."""
        return None if self.left is None else max(self.left - self.waiting, 0)

    @property
    def are_gone(self) -> bool:
        """Whether a newcomer can only wait."""
        return self.open_to_newcomers == 0


@dataclass(frozen=True)
class Guest:
    """What somebody says of themself, as checked by a form."""

    first_name: str
    last_name: str
    email: str
    organisation: str = ""
    needs: str = ""


@dataclass(frozen=True)
class Choice:
    """A workshop, or its waiting list."""

    workshop: Workshop
    waiting: bool = False


class Finding(Enum):
    """What a call found when it registered somebody."""

    NEW = "the person was not registered"
    SAME_FORM = "this very form had come before"
    SAME_PERSON = "the person had registered with another form"


@dataclass(frozen=True)
class Outcome:
    registration: Registration
    finding: Finding


Headcount = list[tuple[int | None, int | None, int]]


def headcount(event: Event) -> Headcount:
    """How many guests of the event hold a seat in which workshop and wait for which, in one query."""
    rows = event.registrations.live().order_by("workshop_id", "waiting_for_id")
    return list(rows.values_list("workshop_id", "waiting_for_id").annotate(guests=Count("pk")))


def seats(event: Event, workshops: Iterable[Workshop]) -> dict[int, Seats]:
    """The seats of these workshops of the event, by primary key, in one query."""
    return seats_from(headcount(event), workshops)


def seats_from(counted: Headcount, workshops: Iterable[Workshop]) -> dict[int, Seats]:
    """The seats as they were when the heads were counted."""
    taken: Counter[int | None] = Counter()
    waiting: Counter[int | None] = Counter()
    for workshop_id, waiting_for_id, guests in counted:
        taken[workshop_id] += guests
        waiting[waiting_for_id] += guests
    return {workshop.pk: Seats(workshop.capacity, taken[workshop.pk], waiting[workshop.pk]) for workshop in workshops}


@transaction.atomic
def register(
    event: Event,
    guest: Guest,
    choice: Choice,
    now: datetime,
    *,
    form_number: uuid.UUID | None = None,
    wording_shown: str | None = None,
) -> Outcome:
    """Register a guest through the website.

    The same form sent again gives what it gave before. Another form of a person who is registered gives that
    registration and mails it again. `wording_shown` is `consents.shown_at_form` of the form that the guest read.
    Raises RegistrationClosed, WordingChanged, FormUsedUp or WorkshopFull.
    """
    event = _locked(event)
    if form_number is not None and (sent := _sent_before(event, guest, form_number)) is not None:
        return Outcome(sent, Finding.SAME_FORM)
    if (window := event.registration_window(now)) != RegistrationWindow.OPEN:
        raise RegistrationClosed(window)
    if (registered := _live(event, guest)) is not None:
        _mail_again(registered, now)
        return Outcome(registered, Finding.SAME_PERSON)
    if wording_shown is not None and wording_shown != consents.shown_at_form(event):
        raise WordingChanged
    if form_number is not None and event.registrations.filter(form_number=form_number).count() >= PEOPLE_A_FORM:
        raise FormUsedUp
    registration = _new(event, guest, now, Registration.Channel.WEB, form_number)
    _seat_or_queue(registration, choice, now)
    return _stored(registration, now)


@transaction.atomic
def register_by_hand(
    event: Event,
    guest: Guest,
    choice: Choice,
    now: datetime,
    *,
    channel: Registration.Channel,
    actor: str,
    over_capacity: bool = False,
) -> Outcome:
    """Register somebody who phoned or wrote; the deadline does not bind the organiser, who is the `actor`.

    With `over_capacity` a full workshop takes one more. Raises WorkshopFull without it.
    """
    event = _locked(event)
    if (registered := _live(event, guest)) is not None:
        return Outcome(registered, Finding.SAME_PERSON)
    registration = _new(event, guest, now, channel)
    _seat_or_queue(registration, choice, now, over_capacity=over_capacity)
    return _stored(registration, now, actor)


@transaction.atomic
def move(registration: Registration, workshop: Workshop, now: datetime, *, over_capacity: bool = False) -> None:
    """Seat somebody in this workshop, who held a seat in another one or was waiting; the first in line gets what
    becomes free. Being there already is no error. Raises WorkshopFull or AlreadyCancelled.
    """
    event = _locked(registration.event)
    registration.refresh_from_db()
    if registration.state == Registration.State.CANCELLED:
        raise AlreadyCancelled
    if registration.workshop_id == workshop.pk:
        return
    _take(registration, workshop, over_capacity=over_capacity)
    _change(registration, now)
    _move_up(event, now)


@transaction.atomic
def cancel(registration: Registration, now: datetime) -> None:
    """Give up seat and queue; the first in line gets the seat. Cancelling twice is no error."""
    event = _locked(registration.event)
    registration.refresh_from_db()
    if registration.state == Registration.State.CANCELLED:
        return
    held_a_seat = registration.workshop is not None
    registration.state = Registration.State.CANCELLED
    registration.workshop = registration.waiting_for = registration.waiting_since = None
    _store_change(registration, now)
    mails.cancelled(registration, now, with_entry=held_a_seat)
    _move_up(event, now)


@transaction.atomic
def change(registration: Registration, guest: Guest, choice: Choice, now: datetime) -> None:
    """What guests change of their own registration: names, organisation, needs, workshop.

    The waiting list of a full workshop keeps the seat that one holds elsewhere, until one moves up. The same change
    twice is one. Raises TooLate, AlreadyCancelled, AlreadyRegistered or WorkshopFull.
    """
    event = _locked(registration.event)
    registration.refresh_from_db()
    if registration.state == Registration.State.CANCELLED:
        raise AlreadyCancelled
    if not event.guests_may_change(now):
        raise TooLate
    if is_taken(registration, guest):
        raise AlreadyRegistered
    before = _what_a_guest_chose(registration)
    _describe(registration, guest)
    _choose(registration, choice, now)
    if _what_a_guest_chose(registration) == before:
        return
    _store_change(registration, now)
    mails.changed(registration, now)
    _move_up(event, now)


@transaction.atomic
def correct(registration: Registration, guest: Guest, now: datetime) -> None:
    """Put right what a guest or an organiser mistyped; a new address gets the mail again, which the old one never did.

    Raises AlreadyRegistered.
    """
    _locked(registration.event)
    registration.refresh_from_db()
    if is_taken(registration, guest):
        raise AlreadyRegistered
    new_address = guest.email != registration.email
    _describe(registration, guest)
    registration.changed_at = now
    registration.save()
    if new_address:
        mails.state(registration, now)


def is_taken(registration: Registration, guest: Guest) -> bool:
    """Whether these names and this address are somebody else's who is registered for the same event."""
    other = _live(registration.event, guest)
    return registration.state != Registration.State.CANCELLED and other is not None and other.pk != registration.pk


def promote(event: Event, now: datetime) -> None:
    """Give every free seat to whoever has waited for it longest; needed where seats came without a verb of this
    module, such as a larger room. Doing it twice is harmless; it looks before it locks, because the worker asks often.
    """
    if any(found.waiting and found.left != 0 for found in seats(event, event.workshops.all()).values()):
        with transaction.atomic():
            _move_up(_locked(event), now)


def _locked(event: Event) -> Event:
    return Event.objects.select_for_update(of=("self",)).select_related("venue", "organiser").get(pk=event.pk)


def _sent_before(event: Event, guest: Guest, form_number: uuid.UUID) -> Registration | None:
    """What this very form led to. Another person in it is another registration: somebody went back in the browser
    to register a colleague."""
    return _person(event.registrations.filter(form_number=form_number), guest)


def _live(event: Event, guest: Guest) -> Registration | None:
    return _person(event.registrations.live().filter(email__iexact=guest.email), guest)


def _person(registrations: RegistrationQuerySet, guest: Guest) -> Registration | None:
    """The one of this guest; compared in Python, because SQLite's LOWER knows no umlauts."""
    wanted = _identity(guest)
    return next((registration for registration in registrations if _identity(registration) == wanted), None)


def _identity(person: Guest | Registration) -> tuple[str, ...]:
    names = (person.email, person.first_name, person.last_name)
    # The dot is what folding leaves of a Turkish İ; PostgreSQL's LOWER makes a plain i of it.
    return tuple(unicodedata.normalize("NFKC", name).casefold().replace("\u0307", "") for name in names)


def _new(
    event: Event,
    guest: Guest,
    now: datetime,
    channel: Registration.Channel,
    form_number: uuid.UUID | None = None,
) -> Registration:
    return Registration(
        event=event,
        **asdict(guest),
        channel=channel,
        form_number=form_number,
        registered_at=now,
        changed_at=now,
        sequence=_next_sequence(event, guest),
    )


def _describe(registration: Registration, guest: Guest) -> None:
    for name, value in asdict(guest).items():
        setattr(registration, name, value)


def _next_sequence(event: Event, guest: Guest) -> int:
    """0, or one more than the entry that the person's calendar has from a registration that was cancelled."""
    earlier = event.registrations.filter(email__iexact=guest.email)
    return max((row.sequence + 1 for row in earlier if _identity(row) == _identity(guest)), default=0)


def _seat_or_queue(registration: Registration, choice: Choice, now: datetime, *, over_capacity: bool = False) -> None:
    """Give the seat, or a place in the queue to somebody who asked for it; who did so in vain gets the seat.

    Who holds a seat in another workshop keeps it while waiting.
    """
    try:
        _take(registration, choice.workshop, over_capacity=over_capacity)
    except WorkshopFull:
        if not choice.waiting:
            raise
        if registration.workshop is None:
            registration.state = Registration.State.WAITING
        registration.waiting_for, registration.waiting_since = choice.workshop, now


def _what_a_guest_chose(registration: Registration) -> tuple[object, ...]:
    return (
        *(getattr(registration, name) for name in Guest.__dataclass_fields__),
        registration.workshop_id,
        registration.waiting_for_id,
    )


def _choose(registration: Registration, choice: Choice, now: datetime) -> None:
    """Make this the guest's choice: what is held or waited for stays, and its place in the queue with it."""
    if registration.workshop_id == choice.workshop.pk:
        registration.waiting_for = registration.waiting_since = None  # rather the seat than the queue
    elif registration.waiting_for_id != choice.workshop.pk or not choice.waiting:
        _seat_or_queue(registration, choice, now)


def _take(registration: Registration, workshop: Workshop, *, over_capacity: bool) -> None:
    workshop = registration.event.workshops.get(pk=workshop.pk)  # the capacity as it is under the lock
    found = seats(registration.event, [workshop])[workshop.pk]
    if registration.waiting_for_id == workshop.pk:  # one's own place in the queue keeps nobody out
        found = replace(found, waiting=found.waiting - 1)
    if found.are_gone and not over_capacity:
        raise WorkshopFull(workshop)
    _seat(registration, workshop)


def _seat(registration: Registration, workshop: Workshop) -> None:
    registration.state = Registration.State.CONFIRMED
    registration.workshop = workshop
    registration.waiting_for = registration.waiting_since = None


def _stored(registration: Registration, now: datetime, actor: str = "") -> Outcome:
    registration.save()
    consents.record(registration, now, actor)
    mails.state(registration, now)
    return Outcome(registration, Finding.NEW)


def _change(registration: Registration, now: datetime) -> None:
    """Store a new state and tell the guest."""
    _store_change(registration, now)
    mails.state(registration, now)


def _store_change(registration: Registration, now: datetime) -> None:
    registration.sequence += 1
    registration.changed_at = now
    registration.save()


def _move_up(event: Event, now: datetime) -> None:
    """Seat the first in line wherever a seat is free; nobody is called to an event that is over or off."""
    if event.registration_window(now) in {RegistrationWindow.PAST, RegistrationWindow.CANCELLED}:
        return
    workshops = {workshop.pk: workshop for workshop in event.workshops.all()}
    moved = True
    while moved:  # who held a seat elsewhere leaves it to the queue there; each round shortens a queue
        moved = False
        for pk, found in seats(event, workshops.values()).items():
            free = found.waiting if found.left is None else found.left
            for first in event.registrations.waiting_in_line().filter(waiting_for=pk)[:free]:
                _seat(first, workshops[pk])
                _change(first, now)
                moved = True


def _mail_again(registration: Registration, now: datetime) -> None:
    """Send the link once more, but let nobody fill a stranger's mailbox."""
    if registration.mails.filter(created_at__gt=now - MAIL_AGAIN_WITHIN).count() < MAIL_AGAIN_LIMIT:
        mails.state(registration, now)

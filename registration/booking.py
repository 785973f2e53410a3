"""The one door to state, seats, queues and consents: whoever registers, moves or cancels somebody calls a verb here.

Each verb is one transaction that locks the event's row first, so that two of them never look at the same seat at the
same time. PostgreSQL locks with SELECT … FOR UPDATE; SQLite has one writer, and its transactions begin IMMEDIATE.
"""

import unicodedata
import uuid
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from enum import Enum

from django.db import transaction
from django.db.models import Count, Q

from events.models import Event, RegistrationWindow, Workshop
from events.wording import seats_in_words
from registration import consents, mails
from registration.consents import Wording
from registration.models import OutgoingMail, Registration, RegistrationQuerySet

Kind = OutgoingMail.Kind

# Going back in the browser to register a colleague is fine; sending one form for a whole town is not.
PEOPLE_A_FORM = 5


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """A rule of the house forbids it; nothing was stored."""


class RegistrationClosed(Refused):
    """One cannot register now; `window` says why."""

    def __init__(self, window: RegistrationWindow) -> None:
        super().__init__(window)
        self.window = window


class EventGone(Refused):
    """The public does not see this event any more: it was deleted, or is a draft again."""


class WorkshopGone(Refused):
    """This workshop was deleted; a form with the choices of now says so by itself."""


class WorkshopFull(Refused):
    """Every seat of this workshop is taken."""

    def __init__(self, workshop: Workshop) -> None:
        super().__init__(workshop)
        self.workshop = workshop


class AlreadyCancelled(Refused):
    """There is no seat to move; who cancelled registers anew."""


class TooLate(Refused):
    """The event has begun, or is cancelled; what a guest wants to change now is for the organiser."""


class Erased(Exception):  # noqa: N818 - no rule forbids it; there is nobody any more to do anything for
    """The guest has been erased."""


class NoLivestream(Refused):
    """The event does not offer the livestream, or not any more."""


class ConsentMissing(Refused):
    """Taking part at the place presupposes consents that were not given; `wordings` says which."""

    def __init__(self, wordings: Collection[Wording]) -> None:
        super().__init__(wordings)
        self.wordings = wordings


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

    @property
    def in_words(self) -> str:
        """How full the workshop is, for people: noch 12 von 25 Plätzen frei."""
        return seats_in_words(self.open_to_newcomers, self.capacity, self.waiting)


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
    """A workshop, or its waiting list; no workshop is the livestream."""

    workshop: Workshop | None
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


def seats(event: Event, workshops: Iterable[Workshop]) -> dict[int, Seats]:
    """The seats of these workshops of the event, by primary key, in one query."""
    # Nobody erased waits any more.
    counting = event.registrations.live().exclude(erased_at__isnull=False, waiting_for__isnull=False)
    rows = counting.order_by("workshop_id", "waiting_for_id").values_list("workshop_id", "waiting_for_id")
    taken: Counter[int | None] = Counter()
    waiting: Counter[int | None] = Counter()
    for workshop_id, waiting_for_id, guests in rows.annotate(guests=Count("pk")):
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
    agreed: Collection[str] = (),
    form_number: uuid.UUID | None = None,
    wording_shown: str | None = None,
) -> Outcome:
    """Register a guest through the website, who agreed to these purposes.

    The same form sent again gives what it gave before. Another form of a person who is registered gives that
    registration and mails it again. `wording_shown` is `consents.shown_at_form` of the form that the guest read.
    Raises EventGone, RegistrationClosed, WordingChanged, FormUsedUp, ConsentMissing, NoLivestream, WorkshopGone or
    WorkshopFull.
    """
    event = locked(event)
    if form_number is not None and (sent := _sent_before(event, guest, form_number)) is not None:
        return Outcome(sent, Finding.SAME_FORM)
    if event.status == Event.Status.DRAFT:
        raise EventGone
    if (window := event.registration_window(now)) != RegistrationWindow.OPEN:
        raise RegistrationClosed(window)
    if (registered := _live(event, guest)) is not None:
        mails.state(registered, now)
        return Outcome(registered, Finding.SAME_PERSON)
    _check_wording(event, wording_shown)
    if form_number is not None and event.registrations.filter(form_number=form_number).count() >= PEOPLE_A_FORM:
        raise FormUsedUp
    registration = _new(event, guest, now, Registration.Channel.WEB, form_number)
    registration.confirm_by = _confirm_by(event, now)
    _seat_or_queue(registration, choice, now)
    return _stored(registration, choice, agreed, now)


@transaction.atomic
def register_by_hand(
    event: Event,
    guest: Guest,
    choice: Choice,
    now: datetime,
    *,
    channel: Registration.Channel,
    actor: str,
    agreed: Collection[str] = (),
    wording_shown: str | None = None,
    over_capacity: bool = False,
) -> Outcome:
    """Register somebody who phoned or wrote; the deadline does not bind the organiser, who is the `actor`.

    With `over_capacity` a full workshop takes one more. Raises WorkshopFull without it, EventGone, WordingChanged,
    ConsentMissing, NoLivestream or WorkshopGone.
    """
    event = locked(event)
    if (registered := _live(event, guest)) is not None:
        confirm_address(registered, now)  # who phones or writes has an address that the organiser knows
        return Outcome(registered, Finding.SAME_PERSON)
    _check_wording(event, wording_shown)
    registration = _new(event, guest, now, channel)
    registration.address_known = True
    _seat_or_queue(registration, choice, now, over_capacity=over_capacity)
    return _stored(registration, choice, agreed, now, actor)


@transaction.atomic
def confirm_address(registration: Registration, now: datetime, *, with_the_key: bool = True) -> bool:
    """Note that the mail with the key has arrived where it should, and mail what is true; say whether that was news.

    Raises AlreadyCancelled if the time for it is over.
    """
    lock(registration)
    if not registration.is_live:
        raise AlreadyCancelled
    if registration.confirm_by is None:
        return False
    registration.confirm_by = None
    registration.address_known |= with_the_key
    registration.save()
    mails.state(registration, now)
    return True


@transaction.atomic
def move(registration: Registration, workshop: Workshop, now: datetime, *, over_capacity: bool = False) -> None:
    """Seat somebody in this workshop, who held a seat in another one, followed the livestream or was waiting; the
    first in line gets what becomes free. Being there already is no error.

    Raises AlreadyCancelled, WorkshopGone, WorkshopFull, or ConsentMissing for a guest of the livestream, who was never
    asked.
    """
    event = lock(registration)
    if not registration.is_live:
        raise AlreadyCancelled
    if registration.workshop_id == workshop.pk:
        return
    _check_consents(consents.to_ask(registration), ())
    was_waiting = registration.waiting_for_id == workshop.pk
    _take(registration, workshop, over_capacity=over_capacity)
    _store_change(registration, now)
    (mails.moved_up if was_waiting else mails.changed)(registration, now)
    _move_up(event, now)


@transaction.atomic
def cancel(registration: Registration, now: datetime, *, actor: str = "") -> bool:
    """A guest gives up seat and queue, or an organiser, the `actor`, on the guest's page; the first in line gets the
    seat. Say whether there was anything to cancel.

    Raises TooLate.
    """
    event = lock(registration)
    if not registration.is_live:
        return False
    if not event.guests_may_change(now):
        raise TooLate
    _cancel(registration, Kind.CANCELLED_BY_ORGANISER if actor else Kind.CANCELLED, now)
    return True


@transaction.atomic
def cancel_by_hand(registration: Registration, now: datetime) -> bool:
    """An organiser takes somebody off the list, whenever it is; say whether there was anything to cancel."""
    lock(registration)
    was_live = registration.is_live
    if was_live:
        _cancel(registration, Kind.CANCELLED_BY_ORGANISER, now)
    return was_live


def accept_unconfirmed(event: Event, now: datetime) -> None:
    """Where an event no longer asks to confirm addresses, those who have not are registered like everybody."""
    if event.address_confirmed_within is None and not event.registration_window(now).is_over_or_off:
        for registration in event.registrations.live().filter(confirm_by__isnull=False):
            confirm_address(registration, now, with_the_key=False)


def release_unconfirmed(event: Event, now: datetime) -> None:
    """Give the places of those to the queue who have not confirmed their address in time, as long as the event asks
    for it and takes place. Twice is harmless."""
    if not _to_release(event, now).exists():
        return
    with transaction.atomic():
        event = locked(event)
        # One by one: the seat of one may call up the next, who then has new time to confirm.
        while (registration := _to_release(event, now).first()) is not None:
            registration.event = event
            _cancel(registration, Kind.RELEASED, now)


def _to_release(event: Event, now: datetime) -> RegistrationQuerySet:
    is_off = event.registration_window(now).is_over_or_off or event.has_begun(now)
    if event.address_confirmed_within is None or is_off:
        return event.registrations.none()
    return event.registrations.unconfirmed_at(now)


@transaction.atomic
def change(
    registration: Registration,
    guest: Guest,
    choice: Choice,
    now: datetime,
    *,
    agreed: Collection[str] = (),
    wording_shown: str | None = None,
    actor: str = "",
) -> bool:
    """What guests change of their own registration, or an organiser, the `actor`, on their page: names, organisation,
    needs, and how they take part.

    The waiting list of a full workshop keeps the seat that one holds elsewhere, until one moves up; so it does with
    the livestream. Who comes from the livestream to the place is asked for consents like everybody. Says whether
    that is any change. Raises TooLate, AlreadyCancelled, AlreadyRegistered, WordingChanged, ConsentMissing,
    NoLivestream, WorkshopGone or WorkshopFull.
    """
    event = lock(registration)
    if not registration.is_live:
        raise AlreadyCancelled
    if not event.guests_may_change(now):
        raise TooLate
    if is_taken(registration, guest):
        raise AlreadyRegistered
    asked = consents.to_ask(registration) if choice.workshop is not None else []
    if asked:
        _check_wording(event, wording_shown)
    _check_consents(asked, agreed)
    before = _what_a_guest_chose(registration)
    _describe(registration, guest)
    _choose(registration, choice, now)
    if _what_a_guest_chose(registration) == before and not any(wording.purpose in agreed for wording in asked):
        return False
    if registration.confirm_by is not None and not actor:  # who else has the key has read the mail
        registration.confirm_by, registration.address_known = None, True
    consents.record(registration, asked, agreed, now, actor)
    _store_change(registration, now)
    mails.changed(registration, now)
    _move_up(event, now)
    return True


@transaction.atomic
def withdraw_consent(registration: Registration, purpose: str, now: datetime, *, actor: str = "") -> bool:
    """A guest takes back a consent, at any time; the registration stays as it is. Say whether there was one."""
    lock(registration)
    if (record := consents.withdraw(registration, purpose, now, actor)) is not None:
        mails.consent(record, now)
    return record is not None


@transaction.atomic
def give_consent(
    registration: Registration, purpose: str, wording_shown: str, now: datetime, *, actor: str = ""
) -> bool:
    """A guest agrees later, or again, to the wording with this fingerprint. Say whether that was news.

    Raises WordingChanged if the event asks for something else by now.
    """
    event = lock(registration)
    wording = next((found for found in consents.asked(event) if found.purpose == purpose), None)
    if wording is None or wording.sha256 != wording_shown:
        raise WordingChanged
    if (record := consents.give(registration, wording, now, actor)) is not None:
        mails.consent(record, now)
    return record is not None


@transaction.atomic
def correct(registration: Registration, guest: Guest, now: datetime) -> None:
    """Put right what a guest or an organiser mistyped. A new address gets the mail, and a new key with it: the old one
    went to a stranger. Raises AlreadyRegistered or Erased.
    """
    event = lock(registration)
    if is_taken(registration, guest):
        raise AlreadyRegistered
    if new_address := guest.email.casefold() != registration.email.casefold():
        registration.token = uuid.uuid4()
        mails.nothing_yet(registration)
        registration.mails.unsent().delete()
        may_confirm = registration.is_live and event.guests_may_change(now)
        if may_confirm and registration.channel == Registration.Channel.WEB:
            registration.confirm_by = _confirm_by(event, now)
        registration.address_known = registration.confirm_by is None
    _describe(registration, guest)
    registration.changed_at = now
    registration.save()
    if new_address:
        mails.state(registration, now)


def is_taken(registration: Registration, guest: Guest) -> bool:
    """Whether these names and this address are somebody else's who is registered for the same event."""
    other = _live(registration.event, guest)
    return registration.is_live and other is not None and other.pk != registration.pk


def promote(event: Event, now: datetime, *, by_hand: bool = False) -> None:
    """Give every free seat to whoever has waited for it longest; needed where seats came without a verb of this
    module, such as a larger room. `by_hand` does it for an event whose queues wait for the organiser.

    Doing it twice is harmless; it looks before it locks, because the worker asks often.
    """
    if not _moves_up(event, now, by_hand=by_hand):
        return
    if any(found.waiting and found.left != 0 for found in seats(event, event.workshops.all()).values()):
        with transaction.atomic():
            _move_up(locked(event), now, by_hand=by_hand)


def move_up(now: datetime) -> bool:
    """The job of the worker: settle what is not confirmed, and let every queue move up."""
    waiting = Q(waiting_for__isnull=False) | Q(confirm_by__isnull=False)
    busy = Registration.objects.live().filter(waiting, erased_at__isnull=True).values("event")
    ahead = Q(ends_at__gt=now) | Q(status=Event.Status.POSTPONED)
    for event in Event.objects.filter(ahead, pk__in=busy).exclude(status=Event.Status.CANCELLED):
        accept_unconfirmed(event, now)
        release_unconfirmed(event, now)
        promote(event, now)
    return False


def locked(event: Event) -> Event:
    """The event as it is, for us alone until the transaction ends. Raises EventGone."""
    found = Event.objects.with_place().select_for_update(of=("self",)).filter(pk=event.pk).first()
    if found is None:
        raise EventGone
    return found


def lock(registration: Registration) -> Event:
    """The registration's event under the lock, and the registration as it is then. Raises Erased."""
    event = locked(registration.event)
    registration.refresh_from_db()
    registration.event = event
    if registration.erased_at is not None:
        raise Erased
    return event


def _sent_before(event: Event, guest: Guest, form_number: uuid.UUID) -> Registration | None:
    """What this very form led to. Another person in it is another registration: somebody went back in the browser
    to register a colleague."""
    return _person(event.registrations.filter(form_number=form_number), guest)


def _live(event: Event, guest: Guest) -> Registration | None:
    return _person(event.registrations.live().filter(email__iexact=guest.email), guest)


def earlier(registration: Registration) -> list[Registration]:
    """What else there is of the same person at the same event: registrations that were cancelled."""
    others = registration.event.registrations.filter(
        state=Registration.State.CANCELLED, email__iexact=registration.email
    ).exclude(pk=registration.pk)
    return [other for other in others if _identity(other) == _identity(registration)]


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


def _confirm_by(event: Event, now: datetime) -> datetime | None:
    hours = event.address_confirmed_within
    return None if hours is None else now + timedelta(hours=hours)


def _describe(registration: Registration, guest: Guest) -> None:
    for name, value in asdict(guest).items():
        setattr(registration, name, value)


def _next_sequence(event: Event, guest: Guest) -> int:
    """0, or one more than the entry that the person's calendar has from a registration that was cancelled."""
    earlier = event.registrations.filter(email__iexact=guest.email)
    return max((row.sequence + 1 for row in earlier if _identity(row) == _identity(guest)), default=0)


def _seat_or_queue(registration: Registration, choice: Choice, now: datetime, *, over_capacity: bool = False) -> None:
    """Give the seat, or a place in the queue to somebody who asked for it; who did so in vain gets the seat.

    Who holds a seat in another workshop, or follows the livestream, goes on with it while waiting.
    """
    if choice.workshop is None:
        _follow_the_livestream(registration)
        return
    try:
        _take(registration, choice.workshop, over_capacity=over_capacity)
    except WorkshopFull:
        if not choice.waiting:
            raise
        if registration.workshop is None and not registration.livestream:
            registration.state = Registration.State.WAITING
        registration.waiting_for, registration.waiting_since = choice.workshop, now


def _what_a_guest_chose(registration: Registration) -> tuple[object, ...]:
    return (
        *(getattr(registration, name) for name in Guest.__dataclass_fields__),
        registration.workshop_id,
        registration.livestream,
        registration.waiting_for_id,
    )


def _choose(registration: Registration, choice: Choice, now: datetime) -> None:
    """Make this the guest's choice: what is held or waited for stays, and its place in the queue with it."""
    if choice.workshop is None:
        _follow_the_livestream(registration)
    elif registration.workshop_id == choice.workshop.pk:
        registration.waiting_for = registration.waiting_since = None  # rather the seat than the queue
    elif registration.waiting_for_id != choice.workshop.pk or not choice.waiting:
        _seat_or_queue(registration, choice, now)


def _take(registration: Registration, workshop: Workshop, *, over_capacity: bool) -> None:
    event = registration.event
    # With the capacity that it has under the lock.
    as_it_is = event.workshops.select_related("slot").filter(pk=workshop.pk).first()
    if as_it_is is None:
        raise WorkshopGone
    found = seats(event, [as_it_is])[as_it_is.pk]
    if registration.waiting_for_id == as_it_is.pk:  # one's own place in the queue keeps nobody out
        found = replace(found, waiting=found.waiting - 1)
    if found.are_gone and not over_capacity:
        raise WorkshopFull(as_it_is)
    _seat(registration, as_it_is)


def _seat(registration: Registration, workshop: Workshop) -> None:
    registration.state = Registration.State.CONFIRMED
    registration.workshop = workshop
    registration.livestream = False
    registration.waiting_for = registration.waiting_since = None


def _follow_the_livestream(registration: Registration) -> None:
    """Leave seat and queue for the livestream; who follows it already may go on when it is offered no more."""
    if not registration.livestream and not registration.event.livestream_offered:
        raise NoLivestream
    registration.state = Registration.State.CONFIRMED
    registration.livestream = True
    registration.workshop = registration.waiting_for = registration.waiting_since = None


def _check_wording(event: Event, shown: str | None) -> None:
    if shown is not None and shown != consents.shown_at_form(event):
        raise WordingChanged


def _check_consents(asked: Collection[Wording], agreed: Collection[str]) -> None:
    if missing := [wording for wording in asked if wording.is_required and wording.purpose not in agreed]:
        raise ConsentMissing(missing)


def _stored(
    registration: Registration, choice: Choice, agreed: Collection[str], now: datetime, actor: str = ""
) -> Outcome:
    """Store a new registration with what its guest was told and agreed to; who stays at home is in no picture."""
    event = registration.event
    asked = consents.asked(event) if choice.workshop is not None else []
    _check_consents(asked, agreed)
    registration.save()
    consents.inform(registration, now, actor)
    consents.record(registration, asked, agreed, now, actor)
    mails.state(registration, now)
    return Outcome(registration, Finding.NEW)


def _cancel(registration: Registration, kind: Kind, now: datetime) -> None:
    had_an_entry = registration.has_an_entry
    leave(registration, now)
    mails.cancelled(registration, now, kind, with_entry=had_an_entry)


def leave(registration: Registration, now: datetime) -> None:
    """Give up seat and queue, with the event locked; the first in line gets the seat."""
    registration.state = Registration.State.CANCELLED
    registration.workshop = registration.waiting_for = registration.waiting_since = None
    registration.livestream = False
    registration.confirm_by = None
    _store_change(registration, now)
    _move_up(registration.event, now)


def _store_change(registration: Registration, now: datetime) -> None:
    registration.sequence += 1
    registration.changed_at = now
    registration.save()


def _moves_up(event: Event, now: datetime, *, by_hand: bool) -> bool:
    """Nobody is called to an event that is over or off, nor without an organiser's word to one that has begun or that
    nobody sees."""
    if event.registration_window(now) in {RegistrationWindow.PAST, RegistrationWindow.CANCELLED}:
        return False
    waits = not event.queue_moves_up or event.has_begun(now) or event.status == Event.Status.DRAFT
    return by_hand or not waits


def _move_up(event: Event, now: datetime, *, by_hand: bool = False) -> None:
    """Seat the first in line wherever a seat is free."""
    if not _moves_up(event, now, by_hand=by_hand):
        return
    workshops = {workshop.pk: workshop for workshop in event.workshops.select_related("slot")}
    moved = True
    while moved:  # who held a seat elsewhere leaves it to the queue there; each round shortens a queue
        moved = False
        for pk, found in seats(event, workshops.values()).items():
            free = found.waiting if found.left is None else found.left
            for first in event.registrations.waiting_in_line().filter(waiting_for=pk)[:free]:
                _seat(first, workshops[pk])
                if first.confirm_by is not None:
                    first.confirm_by = _confirm_by(event, now)
                _store_change(first, now)
                mails.moved_up(first, now)
                moved = True

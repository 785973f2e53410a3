"""What guests and organisers do: each verb is one transaction under the event's lock."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import Enum
from types import MappingProxyType

from django.db import transaction

from events.models import Event, Question, RegistrationWindow, Workshop
from registration import answers, consents, mails
from registration.answers import Given
from registration.booking import confirming, places
from registration.booking.asked import Asked
from registration.booking.lock import lock, locked
from registration.booking.person import Guest, is_taken, key, known, live, registrations_of
from registration.booking.places import Choice
from registration.booking.queue import PORTION, fill_seats
from registration.booking.refusals import (
    AlreadyCancelled,
    AlreadyRegistered,
    AnswerMissing,
    ChoiceMissing,
    ConsentMissing,
    EventGone,
    FormUsedUp,
    Invited,
    RegistrationClosed,
    TooLate,
    WordingChanged,
)
from registration.consents import Wording
from registration.models import Answer, OutgoingMail, Registration

Kind = OutgoingMail.Kind

NOTHING: Given = MappingProxyType({})

# Going back in the browser to register a colleague is fine; sending one form for a whole town is not.
PEOPLE_A_FORM = 5


class Finding(Enum):
    """What a call found when it registered somebody."""

    NEW = "the person was not registered"
    SAME_FORM = "this very form had come before"
    SAME_PERSON = "the person had registered with another form"


@dataclass(frozen=True)
class Outcome:
    registration: Registration
    finding: Finding


@transaction.atomic
def register(
    event: Event,
    guest: Guest,
    choice: Choice,
    now: datetime,
    *,
    agreed: Collection[str] = (),
    answered: Given = NOTHING,
    asked: Asked | None = None,
    form_number: uuid.UUID | None = None,
    wording_shown: str | None = None,
) -> Outcome:
    """Register a guest through the website, who agreed to these purposes and gave these answers, by keys of questions.
    `asked` is what the form that was sent asks, where somebody has just read it; the guest's decisions are about that.

    The same form sent again gives what it gave before. Another form of a person who is registered gives that
    registration and mails it again, or, where the form chose something else, the link to the page that changes it.
    `wording_shown` is `consents.shown_at_form` of the form that the guest read. Raises EventGone, RegistrationClosed,
    WordingChanged, FormUsedUp, ConsentMissing, AnswerMissing, NoLivestream, NothingToChoose, WorkshopGone,
    ChoiceMissing, EventFull or WorkshopFull.
    """
    event = locked(event)
    of_the_person, of_the_form = known(event, guest, form_number)
    # Another person in the same form is another registration: somebody went back to register a colleague.
    if sent := [one for one in of_the_person if one in of_the_form]:
        return Outcome(sent[0], Finding.SAME_FORM)
    if event.status == Event.Status.DRAFT:
        raise EventGone
    if (window := event.registration_window(now)) != RegistrationWindow.OPEN:
        raise RegistrationClosed(window)
    # Refused first, so that no refusal tells who is registered where only a mail may tell it.
    asked = asked or Asked.by(event)
    _check_wording(event, asked, wording_shown)
    if len(of_the_form) >= PEOPLE_A_FORM:
        raise FormUsedUp
    registered = live(of_the_person)
    registration = _new(event, guest, now, Registration.Channel.WEB, form_number)
    if registered is None or event.address_confirmed_within is not None:
        places.choose(registration, choice, now)
    if registered is not None:
        (mails.state if places.is_what_is_wanted(registered, choice) else mails.link)(registered, now)
        return Outcome(registered, Finding.SAME_PERSON)
    confirming.ask_for_the_address(registration, now)
    return _stored(registration, choice, asked, agreed, answered, now)


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
    answered: Given = NOTHING,
    asked: Asked | None = None,
    wording_shown: str | None = None,
    over_capacity: bool = False,
) -> Outcome:
    """Register somebody who phoned or wrote; the deadline does not bind the organiser, who is the `actor`.

    With `over_capacity` full workshops and a full event take one more. Raises WorkshopFull or EventFull without it,
    EventGone, WordingChanged, ConsentMissing, AnswerMissing, NoLivestream, NothingToChoose, WorkshopGone or
    ChoiceMissing.
    """
    event = locked(event)
    asked = asked or Asked.by(event)
    if (registered := live(registrations_of(event, guest))) is not None:
        if registered.is_invited:  # and says yes
            _changed(registered, guest, choice, asked, agreed, answered, now, wording_shown, actor)
        else:
            confirm(registered, now)  # who phones or writes has an address that the organiser knows
        return Outcome(registered, Finding.SAME_PERSON)
    _check_wording(event, asked, wording_shown)
    registration = _new(event, guest, now, channel)
    registration.address_known = True
    places.choose(registration, choice, now, over_capacity=over_capacity)
    return _stored(registration, choice, asked, agreed, answered, now, actor)


@transaction.atomic
def confirm(registration: Registration, now: datetime, *, with_the_key: bool = True) -> bool:
    """Note that the mail with the key has arrived where it should, or the yes to a seat, and mail what is true; say
    whether that was news. Who comes instead of somebody is asked more, and says yes by `change`.

    Raises AlreadyCancelled if the time for it is over.
    """
    lock(registration)
    if not registration.is_live:
        raise AlreadyCancelled
    if registration.to_confirm in {"", Registration.Confirmation.INVITATION}:
        return False
    confirming.nothing(registration)
    registration.address_known |= with_the_key
    registration.save(update_fields=["to_confirm", "confirm_by", "address_known"])
    mails.state(registration, now)
    return True


@transaction.atomic
def move(registration: Registration, workshop: Workshop, now: datetime, *, over_capacity: bool = False) -> None:
    """Seat somebody in this workshop, who held a seat in another one of its round, followed the livestream or was
    waiting; the first in line gets what becomes free. Being there already is no error.

    Raises AlreadyCancelled, RegistrationClosed if the event is over or cancelled, WorkshopGone, EventFull,
    WorkshopFull, or, for a guest of the livestream, who was never asked, ConsentMissing or AnswerMissing.
    """
    event = lock(registration)
    if not registration.is_live:
        raise AlreadyCancelled
    if (window := event.registration_window(now)) in {RegistrationWindow.PAST, RegistrationWindow.CANCELLED}:
        raise RegistrationClosed(window)
    was_waiting = any(place.workshop_id == workshop.pk for place in registration.queues)
    if _sits_elsewhere(registration, workshop, now, over_capacity=over_capacity):
        store_change(registration, now)
        (mails.moved_up if was_waiting else mails.changed)(registration, now)
        fill_seats(event, now)


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
    give_up(registration, Kind.CANCELLED_BY_ORGANISER if actor else Kind.CANCELLED, now)
    return True


@transaction.atomic
def cancel_by_hand(registration: Registration, now: datetime) -> bool:
    """An organiser takes somebody off the list, whenever it is; say whether there was anything to cancel."""
    lock(registration)
    was_live = registration.is_live
    if was_live:
        give_up(registration, Kind.CANCELLED_BY_ORGANISER, now)
    return was_live


@transaction.atomic
def change(
    registration: Registration,
    guest: Guest,
    choice: Choice,
    now: datetime,
    *,
    agreed: Collection[str] = (),
    answered: Given = NOTHING,
    asked: Asked | None = None,
    wording_shown: str | None = None,
    actor: str = "",
) -> bool:
    """What guests change of their own registration, or an organiser, the `actor`, on their page: names, organisation,
    answers, and how they take part. A question that is not in `answered` keeps its answer.

    The waiting list of a full workshop keeps the seat that one holds elsewhere, until one moves up; so it does with
    the livestream. Who comes from the livestream to the place is asked for consents like everybody. Says whether
    that is any change. Raises TooLate, AlreadyCancelled, AlreadyRegistered, WordingChanged, ConsentMissing,
    AnswerMissing, NoLivestream, NothingToChoose, WorkshopGone, ChoiceMissing, EventFull or WorkshopFull.
    """
    event = _lock_to_change(registration, now)
    if is_taken(registration, guest):
        raise AlreadyRegistered
    return _changed(registration, guest, choice, asked or Asked.by(event), agreed, answered, now, wording_shown, actor)


def _changed(
    registration: Registration,
    guest: Guest,
    choice: Choice,
    asked: Asked,
    agreed: Collection[str],
    answered: Given,
    now: datetime,
    wording_shown: str | None,
    actor: str,
) -> bool:
    """The same with the event locked, whenever it is; who else has these names has been asked."""
    event = registration.event
    to_decide = [] if choice.livestream else consents.to_ask(registration, asked.wordings)
    if to_decide:
        _check_wording(event, asked, wording_shown)
    _check_consents(to_decide, agreed)
    before, was_invited = _what_a_guest_chose(registration), registration.is_invited
    _describe(registration, guest)
    places.choose(registration, choice, now)
    has_answered = _store_answers(registration, choice, asked, answered, answers.of(registration))
    says_yes = was_invited or any(wording.purpose in agreed for wording in to_decide)
    if _what_a_guest_chose(registration) == before and not has_answered and not says_yes:
        return False
    _has_the_key(registration, actor)
    if was_invited:
        confirming.nothing(registration)
    told = [consents.privacy(event)] if was_invited else []
    consents.record(registration, [*told, *to_decide], agreed, now, actor)
    store_change(registration, now)
    (mails.state if was_invited else mails.changed)(registration, now)
    fill_seats(event, now)
    return True


@transaction.atomic
def hand_over(registration: Registration, guest: Guest, now: datetime, *, actor: str = "") -> Registration:
    """Somebody else comes instead of this guest, with the same seats and the same places in lines, under a key of their
    own: asked for a yes and for the consents, while the seat is held. The guest's own consents end.

    Raises AlreadyCancelled, TooLate or AlreadyRegistered.
    """
    event = _lock_to_change(registration, now)
    if live(registrations_of(event, guest)) is not None:
        raise AlreadyRegistered
    had_an_entry = registration.has_an_entry
    colleague = _new(event, guest, now, Registration.Channel.WEB)
    colleague.substitute_for = registration
    confirming.invite(colleague, now)
    places.take_over(colleague, registration)
    consents.withdraw_all(registration, now, actor)
    confirming.nothing(registration)
    store_change(registration, now)
    places.store(colleague)
    mails.cancelled(registration, now, Kind.HANDED_OVER, with_entry=had_an_entry)
    mails.invited(colleague, now)
    return colleague


@transaction.atomic
def take(registration: Registration, workshop: Workshop, now: datetime, *, actor: str = "") -> bool:
    """A guest takes a free seat in this workshop, in place of what was held or waited for in its round; the first in
    line gets what becomes free. Say whether that was news.

    Raises TooLate, AlreadyCancelled, Invited, ChoiceMissing, ConsentMissing, AnswerMissing, WorkshopGone, EventFull or
    WorkshopFull.
    """
    event = _lock_to_change(registration, now)
    if registration.is_invited:
        raise Invited
    if registration.livestream and workshop.slot_id not in {place.round_id for place in registration.queues}:
        raise ChoiceMissing([workshop.slot])  # who comes chooses in every round, and the form asks for that
    if not _sits_elsewhere(registration, workshop, now):
        return False
    _has_the_key(registration, actor)
    store_change(registration, now)
    mails.changed(registration, now)
    fill_seats(event, now)
    return True


def restate(event: Event, now: datetime) -> bool:
    """Where an organiser made a round optional, nobody is kept out by its lines any more: who waits for nothing else is
    in. A portion of them; say whether there may be more. Twice is harmless."""
    kept_out = places.kept_out(event)
    if event.status == Event.Status.DRAFT or not kept_out.exists():
        return False
    with transaction.atomic():
        event = locked(event)
        portion = list(kept_out.with_everything()[:PORTION])
        for registration in portion:
            registration.event = event
            places.settle(registration, registration.all_places)
            store_change(registration, now)
            mails.state(registration, now)
    return len(portion) == PORTION


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
        _take_back_what_did_not_arrive(registration)
        may_confirm = registration.is_live and event.guests_may_change(now)
        if registration.is_invited:
            confirming.ask_again(registration, now)
        elif may_confirm and registration.channel == Registration.Channel.WEB:
            confirming.ask_for_the_address(registration, now)  # who says that it is right says yes to a seat too
        registration.address_known = not registration.must_confirm_address and not registration.is_invited
    _describe(registration, guest)
    registration.changed_at = now
    registration.save()
    if new_address:
        mails.state(registration, now)


def _take_back_what_did_not_arrive(registration: Registration) -> None:
    """What the wrong address has not got is not tried there any more. Messages and questions are written anew; of all
    else the mail that follows tells what is true."""
    lost = registration.mails.filter(sent_at__isnull=True)
    registration.messages.put_back(lost)
    registration.follow_ups.put_back(lost)
    lost.delete()


def _lock_to_change(registration: Registration, now: datetime) -> Event:
    """The event under the lock, for a change by the guest. Raises TooLate or AlreadyCancelled."""
    event = lock(registration)
    if not registration.is_live:
        raise AlreadyCancelled
    if not event.guests_may_change(now):
        raise TooLate
    return event


def _sits_elsewhere(
    registration: Registration, workshop: Workshop, now: datetime, *, over_capacity: bool = False
) -> bool:
    """Seat somebody in this workshop who has no seat in it yet, and has been asked for what that presupposes; say
    whether that was so."""
    if any(place.workshop_id == workshop.pk for place in registration.held):
        return False
    _check_consents(consents.to_ask(registration), ())
    _check_answers(answers.new_at_the_place(registration))
    places.seat_in(registration, workshop, now, over_capacity=over_capacity)
    return True


def _has_the_key(registration: Registration, actor: str) -> None:
    """Whoever changes something without being an organiser has the key, and so has read the mail."""
    if registration.to_confirm and not actor:
        confirming.nothing(registration)
        registration.address_known = True


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
        person=key(guest),
        channel=channel,
        form_number=form_number,
        registered_at=now,
        changed_at=now,
    )


def _describe(registration: Registration, guest: Guest) -> None:
    for name, value in asdict(guest).items():
        setattr(registration, name, value)
    registration.person = key(guest)


def _what_a_guest_chose(registration: Registration) -> tuple[object, ...]:
    return (
        *(getattr(registration, name) for name in Guest.__dataclass_fields__),
        registration.livestream,
        registration.queued_at,
        {(place.workshop_id, place.queued_at) for place in registration.all_places},
    )


def _check_wording(event: Event, asked: Asked, shown: str | None) -> None:
    if shown is not None and shown != consents.shown_at_form(event, asked.wordings):
        raise WordingChanged


def _check_consents(wordings: Collection[Wording], agreed: Collection[str]) -> None:
    if missing := [wording for wording in wordings if wording.is_required and wording.purpose not in agreed]:
        raise ConsentMissing(missing)


def _check_answers(missing: Collection[Question]) -> None:
    if missing:
        raise AnswerMissing(missing)


def _store_answers(
    registration: Registration, choice: Choice, asked: Asked, answered: Given, stored: Sequence[Answer] = ()
) -> bool:
    """Store what the guest of a registration that is stored answers; say whether that is any change."""
    # What is about to be answered may have been deleted meanwhile.
    found = list(registration.event.questions.all()) if any(map(answers.is_answer, answered.values())) else None
    questions = answers.put_to(asked.questions if found is None else found, livestream=choice.livestream)
    settled = answers.settled(questions, stored, answered)
    _check_answers(answers.missing(questions, settled))
    return answers.store(registration, stored, settled)


def _stored(
    registration: Registration,
    choice: Choice,
    asked: Asked,
    agreed: Collection[str],
    answered: Given,
    now: datetime,
    actor: str = "",
) -> Outcome:
    """Store a new registration with what its guest was told and agreed to; who stays at home is in no picture."""
    wordings = [] if choice.livestream else asked.wordings
    _check_consents(wordings, agreed)
    mails.everything(registration)
    places.store(registration)
    _store_answers(registration, choice, asked, answered)
    registration.all_consents = []
    consents.record(registration, [consents.privacy(registration.event), *wordings], agreed, now, actor)
    mails.state(registration, now)
    return Outcome(registration, Finding.NEW)


def give_up(registration: Registration, kind: Kind, now: datetime) -> None:
    """Leave, and mail the guest that it is so, unless it is the guest who was invited and says no."""
    had_an_entry, was_invited = registration.has_an_entry, registration.is_invited
    leave(registration, now)
    if not was_invited or kind != Kind.CANCELLED:
        mails.cancelled(registration, now, kind, with_entry=had_an_entry)


def leave(registration: Registration, now: datetime) -> None:
    """Give up seat and queue, with the event locked; the first in line gets the seat."""
    clear(registration, now)
    fill_seats(registration.event, now)


def clear(registration: Registration, now: datetime) -> None:
    """The same without looking who is next; of somebody who was invited and does not come hears who sent them."""
    was_invited = registration.is_invited
    places.clear(registration)
    confirming.nothing(registration)
    store_change(registration, now)
    sender = registration.substitute_for
    if was_invited and sender is not None and sender.erased_at is None:
        sender.event = registration.event
        mails.declined(sender, now)


def store_change(registration: Registration, now: datetime) -> None:
    registration.sequence += 1
    registration.changed_at = now
    places.store(registration)

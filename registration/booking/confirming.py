"""What somebody has yet to confirm, and until when; the only writer of `to_confirm` and `confirm_by`."""

from datetime import datetime, timedelta

from events.models import Event
from registration.models import Registration

Confirmation = Registration.Confirmation

# So long a seat is held for somebody who was sent by somebody else and has not said yes.
INVITED_FOR = timedelta(days=2)
AT_LEAST = timedelta(hours=1)


def ask_for_the_address(registration: Registration, now: datetime) -> None:
    """Whether the mail arrives where it should, if the event wants to know."""
    hours = registration.event.address_confirmed_within
    if hours is not None:
        _ask(registration, Confirmation.ADDRESS, now + timedelta(hours=hours))


def ask_for_a_yes(registration: Registration, now: datetime) -> None:
    """To the first seat, if the event wants it and there is time for an answer."""
    event = registration.event
    if event.accept_within is not None and event.guests_may_change(now):
        _ask(registration, Confirmation.SEAT, _in_time(event, now + timedelta(hours=event.accept_within), now))


def invite(registration: Registration, now: datetime) -> None:
    """Whether somebody will come instead of somebody."""
    _ask(registration, Confirmation.INVITATION, _in_time(registration.event, now + INVITED_FOR, now))


def ask_again(registration: Registration, now: datetime) -> None:
    """The same, with new time, of whoever has something new to think about; nothing of others."""
    match registration.to_confirm:
        case Confirmation.ADDRESS:
            ask_for_the_address(registration, now)
        case Confirmation.SEAT:
            ask_for_a_yes(registration, now)
        case Confirmation.INVITATION:
            invite(registration, now)


def nothing(registration: Registration) -> None:
    """It is confirmed, or of no use any more."""
    registration.to_confirm, registration.confirm_by = "", None


def asked_by(event: Event) -> list[str]:
    """What the event wants to have confirmed as it is set now; who is invited is asked whatever it says."""
    asked = {
        Confirmation.ADDRESS: event.address_confirmed_within is not None,
        Confirmation.SEAT: event.accept_within is not None,
        Confirmation.INVITATION: True,
    }
    return [what for what, is_asked in asked.items() if is_asked]


def _ask(registration: Registration, what: Confirmation, by: datetime) -> None:
    registration.to_confirm, registration.confirm_by = what, by


def _in_time(event: Event, by: datetime, now: datetime) -> datetime:
    """Not later than queues move and guests may say no, so that a seat does not wait for somebody into the event; but
    nobody is given less than an hour for that."""
    ends = [end for end in (event.queues_stop_at, event.last_change_at) if now + AT_LEAST <= end]
    return min([by, *ends])

"""What an organiser does to a guest's registration: a verb of `booking`, a line in the history, and what to say of it.

The line is stored with what the verb stores, under its lock: none is added to somebody who is erased meanwhile."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext as _

from events.models import Event, Workshop
from events.wording import clock, moment
from registration import booking, door, erasing, history
from registration.desk.frame import DeskRequest
from registration.forms import ByHandForm, CorrectionForm
from registration.models import Registration


@dataclass(frozen=True)
class Done:
    """What became of it, in words."""

    in_words: str
    was_done: bool = True


def move(
    request: DeskRequest, registration: Registration, workshop: Workshop, now: datetime, *, over_capacity: bool = False
) -> Done:
    """Seat a guest in this workshop, or say why the guest stays."""
    values = {"name": registration, "workshop": workshop}
    if registration.is_live and any(place.workshop_id == workshop.pk for place in registration.held):
        return Done(_("%(name)s sits in workshop %(workshop)s already.") % values, was_done=False)
    left = [place.workshop for place in registration.held if place.workshop.slot_id == workshop.slot_id]
    try:
        with transaction.atomic():
            booking.move(registration, workshop, now, over_capacity=over_capacity)
            log(request, registration, _moved(workshop, left), now)
    except (booking.Refused, booking.Erased) as refusal:
        return Done(_why(refusal) % values, was_done=False)
    return Done(_("%(name)s is now in workshop %(workshop)s.") % values)


def _moved(workshop: Workshop, left: list[Workshop]) -> str:
    if not left:
        return _("Moved to workshop %(workshop)s") % {"workshop": workshop}
    return _("Moved to workshop %(workshop)s, before: %(before)s") % {"workshop": workshop, "before": left[0]}


def _why(refusal: booking.Refused | booking.Erased) -> str:
    match refusal:
        case booking.WorkshopFull() | booking.EventFull():
            return _("%(name)s stays: workshop %(workshop)s is full.")
        case booking.RegistrationClosed():
            return _("%(name)s stays: the event is over or cancelled.")
        case booking.WorkshopGone():
            return _("%(name)s stays: workshop %(workshop)s has been deleted.")
        case booking.AnswerMissing():
            return _(
                "%(name)s stays: a guest of the livestream has not been asked what guests at the place must answer,"
                " and can change to workshop %(workshop)s on the own page."
            )
        case booking.ConsentMissing():
            return _(
                "%(name)s stays: a guest of the livestream has not been asked for the consent that the workshop"
                " presupposes, and can change to it on the own page."
            )
    return _("%(name)s stays: this registration is cancelled.")


def cancel(request: DeskRequest, registration: Registration, now: datetime) -> Done:
    """Take a guest off the list; twice is harmless."""
    try:
        with transaction.atomic():
            if was_done := booking.cancel_by_hand(registration, now):
                log(request, registration, _("Cancelled"), now)
    except booking.Erased:
        was_done = False
    if not was_done:
        return Done(_("%(name)s was cancelled already.") % {"name": registration}, was_done=False)
    return Done(_("%(name)s is cancelled; the first in line gets the seat.") % {"name": registration})


@transaction.atomic
def register(request: DeskRequest, event: Event, form: ByHandForm, now: datetime) -> booking.Outcome:
    """Register who phoned or wrote, as the valid form says. Raises what `booking.register_by_hand` does."""
    outcome = booking.register_by_hand(
        event,
        form.guest,
        form.choice,
        now,
        channel=form.cleaned_data["channel"],
        actor=request.user.get_username(),
        agreed=form.agreed,
        answered=form.answered,
        asked=form.offer.asked,
        wording_shown=form.cleaned_data["wording"],
        over_capacity=form.cleaned_data["over_capacity"],
    )
    if outcome.finding == booking.Finding.NEW:
        log(request, outcome.registration, _("Registered by hand"), now)
    return outcome


def correct(request: DeskRequest, registration: Registration, form: CorrectionForm, now: datetime) -> Done:
    """Put names and address right, as the valid form says. Raises AlreadyRegistered."""
    before = registration.email.casefold()
    try:
        with transaction.atomic():
            booking.correct(registration, form.guest, now)
            history.record(
                request.user, registration, [_("Name or address corrected"), *history.differences(form)], now
            )
    except booking.Erased:
        return Done(_("This guest has been erased meanwhile; nothing was stored."), was_done=False)
    if registration.email.casefold() == before:
        return Done(_("%(name)s: the correction is stored.") % {"name": registration})
    moved = _("%(name)s: the correction is stored. The mail goes to %(email)s; the old link leads nowhere any more.")
    return Done(moved % {"name": registration, "email": registration.email})


@transaction.atomic
def erase(request: DeskRequest, registration: Registration, now: datetime) -> Done:
    """Erase all that says who a guest is; twice is harmless, and nothing here names anybody."""
    erasing.erase(registration, now, request.user.get_username())
    log(request, registration, _("Erased"), now)
    return Done(_("The guest’s data are erased for good. A last mail says so."))


def check_in(request: DeskRequest, registration: Registration, now: datetime) -> Done:
    """Let a guest in, or say why not; who is there already is said to be, since when and by whom."""
    try:
        was_news = door.check_in(registration, request.user, now)
    except (booking.Refused, booking.Erased) as refusal:
        return Done(_not_in(refusal) % {"name": registration}, was_done=False)
    if was_news:
        return Done(_("%(name)s is there.") % {"name": registration})
    since = registration.checked_in_at or now
    values = {
        "name": registration,
        "time": _("%(time)s h") % {"time": clock(since)} if localdate(since) == localdate(now) else moment(since),
        "by": door.let_in_by(registration),
    }
    return Done(_("%(name)s has been there since %(time)s, checked in by %(by)s.") % values, was_done=False)


def undo_check_in(request: DeskRequest, registration: Registration, now: datetime) -> Done:
    """Take a check-in back; twice is harmless."""
    try:
        was_news = door.undo(registration, request.user, now)
    except (booking.Refused, booking.Erased) as refusal:
        return Done(_not_in(refusal) % {"name": registration}, was_done=False)
    return Done(_("%(name)s counts as not there.") % {"name": registration}, was_done=was_news)


def _not_in(refusal: booking.Refused | booking.Erased) -> str:
    match refusal:
        case door.DoorShut():
            return _("%(name)s: guests are checked in on the days of the event alone.")
        case door.OnlyWatches():
            return _("%(name)s takes part in the livestream and has no seat here. Please ask who sees to the guests.")
        case door.OnlyWaits():
            return _("%(name)s is on the waiting list and has no seat. Please ask who sees to the guests.")
        case booking.Erased():
            return _("This guest has been erased meanwhile; nothing was stored.")
    return _("%(name)s: this registration is cancelled. Please ask who sees to the guests.")


def log(request: DeskRequest, registration: Registration, what: str, now: datetime) -> None:
    history.record(request.user, registration, [what], now)

"""One guest: what is true, what can be done, and the story of the registration."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.bounds import is_key
from events.models import Event
from registration import answers, booking, consents, door, erasing, outbox
from registration.booking import stock
from registration.desk import acts
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.guests import everybody
from registration.desk.messages import write_to
from registration.forms import ByHandForm, CorrectionForm, offer
from registration.forms.fields import TAKEN
from registration.history import in_short
from registration.models import OutgoingMail, Registration, with_consents, with_places
from registration.rights import Right


@dataclass(frozen=True)
class Happening:
    """Something in the story of a registration; one that is to come stands after now."""

    at: datetime
    what: str
    more: str = ""
    is_bad: bool = False
    mail: int | None = None  # one that may be sent again


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def guest(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    registration, now = _known(event, key), timezone.now()
    if request.POST.get("do") == "write":
        return write_to(request, event, [registration], reverse("admin:event_guest", args=[event.slug, key]), now)
    if request.method == "POST":
        done = _act(request, event, registration, now)
        if done is not None:
            (messages.success if done.was_done else messages.error)(request, done.in_words)
        return redirect("admin:event_guest", event.slug, key)
    seats = stock(event)
    rights = request.rights
    said = [one for one in answers.of(registration) if Right.NEEDS in rights or not one.question.sensitive]
    happened = sorted(_story(registration, rights), key=lambda happening: happening.at)
    return event_page(
        request,
        event,
        "guest",
        registration.name,
        tab="guests",
        registration=registration,
        answers=[(one.question.label, answers.in_words(one.question, one.value)) for one in said],
        decisions=consents.decisions(registration),
        workshops=[(workshop, seats.seats[key]) for key, workshop in seats.workshops.items()],
        sits_in={place.workshop_id for place in registration.held},
        past=[happening for happening in happened if happening.at <= now],
        coming=[happening for happening in happened if happening.at > now],
        opening=door.opening(event, now).name,
        now=now,
    )


def _known(event: Event, key: int) -> Registration:
    found = everybody(event).prefetch_related(with_places(), with_consents())
    registration = get_object_or_404(found, pk=key)
    registration.event = event
    return registration


def _act(request: DeskRequest, event: Event, registration: Registration, now: datetime) -> acts.Done | None:
    match request.POST.get("do"):
        case "move" if is_key(key := request.POST.get("workshop") or request.POST.get("beyond", "")):
            workshop = get_object_or_404(event.workshops.select_related("slot"), pk=key)
            return acts.move(request, registration, workshop, now, over_capacity="beyond" in request.POST)
        case "cancel":
            return acts.cancel(request, registration, now)
        case "in":
            return acts.check_in(request, registration, now)
        case "out":
            return acts.undo_check_in(request, registration, now)
        case "again" if is_key(key := request.POST.get("mail", "")):
            seen = registration.mails.visible(with_needs=Right.NEEDS in request.rights)
            outbox.send_again(get_object_or_404(seen, pk=key), now)
            return acts.Done(_("The mail leaves in a moment."))
    return None


def _story(registration: Registration, rights: frozenset[Right]) -> list[Happening]:
    """What happened, and what will by itself."""
    event = registration.event
    registered = _("Registered (%(channel)s)") % {"channel": registration.get_channel_display()}
    story = [Happening(registration.registered_at, registered)]
    story += [_of_mail(mail) for mail in registration.mails.visible(with_needs=Right.NEEDS in rights)]
    for record in registration.all_consents:
        what = f"{record.text.get_purpose_display()}: {record.get_decision_display()}"
        story.append(Happening(record.at, what, record.actor))
    story += [Happening(change.at, in_short(change), change.actor_name) for change in registration.changes.all()]
    if registration.confirm_by is not None:
        story.append(Happening(registration.confirm_by, _("Time to confirm ends")))
    if event.status != Event.Status.POSTPONED:
        story.append(Happening(event.needs_erased_at, _("Sensitive answers are erased")))
        story.append(Happening(event.data_erased_at, _("Everything that says who this is is erased")))
    return story


def _of_mail(mail: OutgoingMail) -> Happening:
    what = _("Mail: %(subject)s") % {"subject": mail.subject}
    if mail.failed_at is not None:
        failed = _("could not be delivered: %(error)s") % {"error": mail.error}
        return Happening(mail.created_at, what, failed, is_bad=True, mail=mail.pk)
    return Happening(mail.created_at, what, _("sent") if mail.sent_at else _("about to leave"))


# Rarer things, each on a page of its own


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def enter(request: DeskRequest, event: Event) -> HttpResponse:
    """Register somebody who phoned or wrote."""
    form = ByHandForm(request.POST or None, offer=offer(event))
    if form.is_valid():
        try:
            outcome = acts.register(request, event, form, timezone.now())
        except booking.Refused as refusal:
            form = ByHandForm(request.POST, offer=offer(event))
            form.explain(refusal)
        else:
            registration = outcome.registration
            if outcome.finding == booking.Finding.NEW:
                said = _("%(name)s: %(state)s. The mail leaves in a moment.")
                messages.success(request, said % {"name": registration, "state": registration.standing})
            else:
                messages.warning(request, _("%(name)s was registered already.") % {"name": registration})
            return redirect("admin:event_guest", event.slug, registration.pk)
    return event_page(request, event, "enter", _("Register a guest"), tab="guests", form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def correct(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """Put right what was mistyped."""
    registration = _known(event, key)
    form = CorrectionForm(request.POST or None, instance=_known(event, key))
    form.sees_needs = Right.NEEDS in request.rights
    if form.is_valid():
        try:
            done = acts.correct(request, registration, form, timezone.now())
        except booking.AlreadyRegistered:
            form.add_error(None, TAKEN)
        else:
            (messages.success if done.was_done else messages.error)(request, done.in_words)
            return redirect("admin:event_guest", event.slug, key)
    title = _("Correct name or address")
    return event_page(request, event, "guest_correct", title, tab="guests", registration=registration, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def erase(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """Erase all that says who this is, once that is confirmed."""
    registration, now = _known(event, key), timezone.now()
    if request.method == "POST":
        messages.success(request, acts.erase(request, registration, now).in_words)
        return redirect("admin:event_guests", event.slug)
    gives_up = erasing.leaves_by_erasing(registration, now)
    title = _("Erase data")
    return event_page(request, event, "guest_erase", title, tab="guests", registration=registration, gives_up=gives_up)

"""A guest's own pages.

They are guarded by the key in the address, which another site cannot know; a CSRF token would guard nothing more. It
could not work either: with `no-referrer`, browsers send the Origin of a form as "null".
"""

from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events.legal import newest_organiser
from events.views import calendar_file
from registration import answers, booking, consents, erasing, followups, history, limits, mails, owndata
from registration.availability import free_elsewhere
from registration.calendar import own_entry
from registration.client import address, organiser
from registration.forms import TAKEN, ChangeForm, SubstituteForm, offer
from registration.forms.questions import question_field
from registration.history import Difference
from registration.models import Registration
from registration.rights import Right, rights_at
from registration.views.contact import erased_before
from registration.views.patience import is_too_often, patience

OwnView = Callable[[HttpRequest, Registration, datetime], HttpResponse]


# Leads to the page that says so; an old address says nothing of later times.
SAVED = "gespeichert"
SAID_FOR = timedelta(minutes=5)


def _organiser(request: HttpRequest, registration: Registration) -> User | None:
    """Who acts here for the guest; whoever may not do so at the desk is a guest like every other."""
    user = organiser(request)
    return user if user is not None and Right.GUESTS in rights_at(user, registration.event) else None


def _actor(request: HttpRequest, registration: Registration) -> str:
    """The name of an organiser who does something here; empty: the guest does."""
    user = _organiser(request, registration)
    return "" if user is None else user.get_username()


def _log(request: HttpRequest, registration: Registration, what: str, now: datetime, *more: Difference) -> None:
    """Keep what an organiser did here, as if it had been done at the desk."""
    if (user := _organiser(request, registration)) is not None:
        history.record(user, registration, [what, *more], now)


def own(view: OwnView) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """Opens the registration of a key; for nobody's cache, index or referrer, and not for whoever guesses keys."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, token: UUID) -> HttpResponse:
        now = timezone.now()
        registration = Registration.objects.with_everything().filter(token=token).first()
        if registration is None:
            return _without_registration(request, token, now)
        try:
            response = view(request, registration, now)
        except booking.Erased:  # while this request was on its way
            response = redirect("registration:erased")
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return answer


def _without_registration(request: HttpRequest, token: UUID, now: datetime) -> HttpResponse:
    """What an address says that opens nothing any more, or never did; not to whoever guesses."""
    if not limits.WRONG_KEY.allows(address(request), now):
        return patience(render(request, "429.html", {"organiser": newest_organiser()}, status=429))
    if erasing.was_erased(token):
        return erased_before(request)
    raise Http404


def sparingly(view: OwnView) -> OwnView:
    """Stops whoever has one registration changed all the time."""

    @wraps(view)
    def answer(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
        if request.method == "POST" and not limits.OWN_PAGE.allows(str(registration.token), now):
            return patience(render(request, "429.html", {"event": registration.event}, status=429))
        return view(request, registration, now)

    return answer


def _page(
    request: HttpRequest, registration: Registration, name: str, status: int = 200, **context: Any
) -> HttpResponse:
    """One of the guest's pages; all of them name the event."""
    context |= {"registration": registration, "event": registration.event}
    return render(request, f"registration/{name}.html", context, status=status)


@require_safe
@own
def own_page(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    return _own_page(request, registration, now)


def _own_page(request: HttpRequest, registration: Registration, now: datetime, *, refused: str = "") -> HttpResponse:
    may_change = _is_open_to_change(registration, now)
    elsewhere = free_elsewhere(registration) if may_change else []
    return _page(
        request,
        registration,
        "own_page",
        status=422 if refused else 200,
        answers=answers.read(registration),
        decisions=consents.decisions(registration),
        informed=consents.informed(registration),
        now=now,
        may_change=may_change,
        elsewhere=elsewhere,
        must_say_more=bool(elsewhere) and _must_say_more(registration),
        put_later=followups.unanswered(registration) if may_change else [],
        actor=_actor(request, registration),
        refused=refused,
        is_long=_is_long(registration) and not elsewhere,
        saved=SAVED in request.GET and now - registration.changed_at < SAID_FOR,
    )


def _must_say_more(registration: Registration) -> bool:
    """Whether a free seat is not enough to come, because something is still to be said in the form."""
    return registration.is_invited or bool(consents.to_ask(registration) or answers.new_at_the_place(registration))


def _is_long(registration: Registration) -> bool:
    """Whether there is so much on the ticket that the buttons below it would be far down."""
    shown = len(registration.held) + len(registration.queues) + registration.livestream
    return registration.confirm_by is None and shown > 1


@require_http_methods(["GET", "HEAD", "POST"])
@own
def change(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    form = _change_form(registration, request.POST if request.method == "POST" else None)
    if "livestream" in request.GET:
        form.choose_livestream()
    if is_too_often(limits.OWN_PAGE, str(registration.token), form, now):
        return patience(_change_page(request, registration, form, status=429))
    if form.is_valid():
        try:
            seat, actor = _seat(registration), _actor(request, registration)
            with transaction.atomic() if actor else nullcontext():  # no line is added to somebody erased meanwhile
                has_changed = booking.change(
                    registration,
                    form.guest,
                    form.choice,
                    now,
                    agreed=form.agreed,
                    answered=form.answered,
                    asked=form.offer.asked,
                    wording_shown=form.cleaned_data["wording"],
                    actor=actor,
                )
                if has_changed and actor:
                    _log(request, registration, _("Changed"), now, *_differences(form, seat))
            return redirect(f"{registration.get_absolute_url()}?{SAVED}" if has_changed else registration)
        except (booking.AlreadyCancelled, booking.TooLate):
            return redirect(registration)  # the own page says what is true
        except booking.Refused as refusal:
            form = _change_form(Registration.objects.with_everything().get(pk=registration.pk), request.POST)
            form.explain(refusal)
    return _change_page(request, registration, form, status=422 if form.is_bound else 200)


def _seat(registration: Registration) -> str:
    return _("Livestream") if registration.livestream else mails.workshops_in_words(registration.held)


def _differences(form: ChangeForm, seat: str) -> list[Difference]:
    """What the history keeps of a change: names and the seat, no answers."""
    after = _seat(form.registration)
    moved = [Difference(_("Seat"), seat, after)] if seat != after else []
    return [*history.differences(form, ("first_name", "last_name", "organisation")), *moved]


def _change_page(request: HttpRequest, registration: Registration, form: ChangeForm, status: int) -> HttpResponse:
    told = {"privacy": consents.privacy(registration.event).text} if registration.is_invited else {}
    put_later = [(question, question_field(question)) for question in followups.unanswered(registration)]
    return _page(request, registration, "change", status, form=form, put_later=put_later, **told)


def _change_form(registration: Registration, data: Any) -> ChangeForm:
    offered = offer(registration.event)
    kept = replace(  # what somebody has, whoever else could still get it
        offered,
        livestream=offered.livestream or registration.livestream,
        awaits_workshops=offered.awaits_workshops and registration.livestream,
    )
    return ChangeForm(data, registration=registration, offer=kept)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def take(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """A seat that is free, for somebody who waits for another one."""
    if request.method == "POST":
        workshops = {str(workshop.pk): workshop for workshop in registration.event.workshops.all()}
        workshop = workshops.get(request.POST.get("workshop", ""))
        try:
            if workshop is None:
                raise booking.WorkshopGone
            if booking.take(registration, workshop, now, actor=_actor(request, registration)):
                _log(request, registration, _("Changed"), now)
                return redirect(f"{registration.get_absolute_url()}?{SAVED}")
        except (booking.AlreadyCancelled, booking.TooLate):
            return redirect(registration)  # the own page says what is true
        except booking.Refused as refusal:
            registration = Registration.objects.with_everything().get(pk=registration.pk)
            return _own_page(request, registration, now, refused=_why_not_taken(refusal))
    return redirect(registration)


def _why_not_taken(refusal: booking.Refused) -> str:
    match refusal:
        case booking.ConsentMissing():
            return _("Taking part at the place presupposes a consent. You find it under “Change”.")
        case booking.ChoiceMissing():
            return _("Taking part at the place presupposes a choice in each round. You find them under “Change”.")
        case booking.AnswerMissing():
            return _("Guests at the place are asked something that you have not answered. You find it under “Change”.")
        case booking.Invited():
            return _("Please say first whether you will come.")
        case booking.WorkshopFull() | booking.EventFull():
            return _("Somebody else was faster: this seat is taken. Nothing has changed for you.")
    return _("This workshop is not offered any more. Nothing has changed for you.")


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def cancel(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if request.method == "POST":
        with suppress(booking.TooLate):  # the own page says what is true
            if booking.cancel(registration, now, actor=_actor(request, registration)):
                _log(request, registration, _("Cancelled"), now)
        return redirect(registration)
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    return _page(request, registration, "cancel")


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def hand_over(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """Somebody else comes."""
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    form = SubstituteForm(request.POST or None, registration=registration)
    if form.is_valid():
        try:
            booking.hand_over(registration, form.guest, now, actor=_actor(request, registration))
        except booking.AlreadyRegistered:
            form.add_error(None, TAKEN)
        except booking.Refused:
            return redirect(registration)  # the own page says what is true
        else:
            _log(request, registration, _("Seat given to somebody else"), now)
            return redirect(registration)
    return _page(request, registration, "hand_over", status=422 if form.is_bound else 200, form=form)


def _is_open_to_change(registration: Registration, now: datetime) -> bool:
    return registration.is_live and registration.event.guests_may_change(now)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def confirm(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """The mail has arrived; its link leads to the own page, and the button there leads here."""
    if registration.is_invited:
        return redirect("registration:change", registration.token)
    if request.method == "POST":
        with suppress(booking.AlreadyCancelled):  # the own page says what is true
            if booking.confirm(registration, now, with_the_key=not _actor(request, registration)):
                _log(request, registration, _("Address confirmed"), now)
    return redirect(registration)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def consent(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if request.method == "POST":
        actor = _actor(request, registration)
        if "withdraw" in request.POST:
            if booking.withdraw_consent(registration, request.POST["withdraw"], now, actor=actor):
                _log(request, registration, _("Consent withdrawn"), now)
        elif "give" in request.POST:
            wording_shown = request.POST.get("wording", "")
            try:
                is_news = booking.give_consent(registration, request.POST["give"], wording_shown, now, actor=actor)
            except booking.WordingChanged:
                return _consent_page(request, registration, now, wording_changed=True)
            if is_news:
                _log(request, registration, _("Consent given"), now)
        return redirect("registration:consent", registration.token)
    return _consent_page(request, registration, now)


def _consent_page(
    request: HttpRequest, registration: Registration, now: datetime, *, wording_changed: bool = False
) -> HttpResponse:
    return _page(
        request,
        registration,
        "consent",
        status=422 if wording_changed else 200,
        decisions=consents.decisions(registration),
        wording_changed=wording_changed,
        may_change=_is_open_to_change(registration, now),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def erase(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if request.method == "POST":
        erasing.erase(registration, now)
        _log(request, registration, _("Erased"), now)
        return redirect("registration:erased")
    return _page(request, registration, "erase", leaves=erasing.leaves_by_erasing(registration, now))


@require_safe
@own
def own_data(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """Everything that is stored about the guest, for taking along (GDPR, articles 15 and 20)."""
    response = JsonResponse(owndata.own_data(registration), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="daten.json"'
    return response


@require_safe
@own
def own_data_page(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """The same, to be read and printed."""
    return _page(request, registration, "own_data", sections=owndata.in_words(registration), now=now)


@require_safe
@own
def own_calendar(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    return calendar_file(own_entry(registration), f'attachment; filename="{registration.event.slug}.ics"')

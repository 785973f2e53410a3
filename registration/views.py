from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events import calendar
from events.legal import newest_organiser
from events.models import Event, RegistrationWindow, Workshop
from registration import booking, consents, mails
from registration.calendar import own_entry
from registration.exports import own_data as own_data_of
from registration.forms import ChangeForm, ContactForm, RegistrationForm
from registration.models import Inquiry, Registration


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    event = get_object_or_404(Event.objects.published().select_related("venue", "organiser"), slug=slug)
    if request.method == "POST":
        return _register(request, event, now)
    window = event.registration_window(now)
    workshops = list(event.workshops.order_by("number"))
    if window != RegistrationWindow.OPEN or not workshops:
        return render(request, "registration/closed.html", {"event": event, "window": window})
    chosen = {"workshop": request.GET.get("workshop", "")}
    return _form_page(request, event, _form(event, workshops, now, initial=chosen))


def _register(request: HttpRequest, event: Event, now: datetime) -> HttpResponse:
    workshops = list(event.workshops.order_by("number"))
    form = _form(event, workshops, now, request.POST)
    if not form.is_valid() or form.number_sent is None:
        return _form_page(request, event, form, status=422)
    try:
        outcome = booking.register(
            event,
            form.guest,
            form.choice,
            now,
            form_number=form.number_sent.number,
            wording_shown=form.number_sent.wording,
        )
    except booking.Refused as refusal:
        form = _form(event, workshops, now, request.POST)  # with the seats as they are now
        form.explain(refusal)
        return _form_page(request, event, form, status=422)
    if outcome.finding == booking.Finding.SAME_PERSON:
        return render(request, "registration/registered_before.html", {"event": event, "email": form.guest.email})
    return redirect(outcome.registration)


def register_without_cookie(request: HttpRequest, slug: str) -> HttpResponse:
    """The form as it was sent, for a browser that did not send the cookie along that guards it."""
    event = get_object_or_404(Event.objects.published().select_related("venue", "organiser"), slug=slug)
    form = _form(event, list(event.workshops.order_by("number")), timezone.now(), request.POST)
    message = _(
        "Your browser did not send the cookie that protects this form. Please send it again; if that does not help,"
        " allow cookies for this site or write to us."
    )
    form.add_error(None, message)
    return _form_page(request, event, form, status=422)


def _form(event: Event, workshops: list[Workshop], now: datetime, data: Any = None, **kwargs: Any) -> RegistrationForm:
    seats = booking.seats(event, workshops)
    return RegistrationForm(data, event=event, now=now, workshops=workshops, seats=seats, **kwargs)


def _form_page(request: HttpRequest, event: Event, form: RegistrationForm, status: int = 200) -> HttpResponse:
    context = {"event": event, "form": form, "privacy": consents.privacy(event).text}
    return render(request, "registration/register.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = ContactForm(request.POST if request.method == "POST" else None, now=now)
    if form.is_valid() and form.number_sent is not None:
        _send_in(form, form.number_sent.number, now)
        return redirect("registration:contact_sent")
    context = {"form": form, "organiser": newest_organiser()}
    return render(request, "registration/contact.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _send_in(form: ContactForm, number: UUID, now: datetime) -> None:
    """Store the inquiry and write its mail; the same form again is the same inquiry."""
    values = {name: form.cleaned_data[name] for name in ("name", "email", "message")}
    inquiry, is_new = Inquiry.objects.get_or_create(form_number=number, defaults=values | {"sent_in_at": now})
    if is_new and (organiser := newest_organiser()) is not None:
        mails.inquiry(inquiry, organiser, now)


@require_safe
def contact_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "registration/contact_sent.html", {"organiser": newest_organiser()})


@require_safe
def own_page(request: HttpRequest, token: UUID) -> HttpResponse:
    registration = _own(token)
    now = timezone.now()
    context = {
        "registration": registration,
        "event": registration.event,
        "consents": registration.consents.select_related("text"),
        "now": now,
        "may_change": _is_open_to_change(registration, now),
    }
    return _private(render(request, "registration/own_page.html", context))


# What follows is guarded by the key in the address, which another site cannot know; a CSRF token would guard nothing
# more. It could not work either: with `no-referrer`, browsers send the Origin of a form as "null".


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, token: UUID) -> HttpResponse:
    registration, now = _own(token), timezone.now()
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    form = _change_form(registration, request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            booking.change(registration, form.guest, form.choice, now)
            return redirect(registration)
        except (booking.AlreadyCancelled, booking.TooLate):
            return redirect(registration)  # the own page says what is true
        except booking.Refused as refusal:
            form = _change_form(_own(token), request.POST)
            form.explain(refusal)
    context = {"registration": registration, "event": registration.event, "form": form}
    status = 422 if form.is_bound else 200
    return _private(render(request, "registration/change.html", context, status=status))


def _change_form(registration: Registration, data: Any) -> ChangeForm:
    event = registration.event
    workshops = list(event.workshops.order_by("number"))
    seats = booking.seats(event, workshops)
    return ChangeForm(data, registration=registration, workshops=workshops, seats=seats, held=registration.workshop)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request: HttpRequest, token: UUID) -> HttpResponse:
    registration, now = _own(token), timezone.now()
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    if request.method == "POST":
        booking.cancel(registration, now)
        return redirect(registration)
    context = {"registration": registration, "event": registration.event}
    return _private(render(request, "registration/cancel.html", context))


def _is_open_to_change(registration: Registration, now: datetime) -> bool:
    return registration.state != Registration.State.CANCELLED and registration.event.guests_may_change(now)


@require_safe
def own_data(request: HttpRequest, token: UUID) -> HttpResponse:
    """Everything that is stored about the guest, for taking along (GDPR, articles 15 and 20)."""
    response = JsonResponse(own_data_of(_own(token)), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="daten.json"'
    return _private(response)


@require_safe
def own_calendar(request: HttpRequest, token: UUID) -> HttpResponse:
    registration = _own(token)
    response = HttpResponse(own_entry(registration), content_type=calendar.CONTENT_TYPE)
    response["Content-Disposition"] = f'attachment; filename="{registration.event.slug}.ics"'
    return _private(response)


def _own(token: UUID) -> Registration:
    registrations = Registration.objects.select_related("event__venue", "event__organiser", "workshop", "waiting_for")
    return get_object_or_404(registrations, token=token)


def _private(response: HttpResponse) -> HttpResponse:
    """What hangs on a key in the address: for nobody's cache, index or referrer."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response

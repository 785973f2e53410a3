from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from events.legal import newest_organiser
from events.models import Event, RegistrationWindow, Workshop
from events.views import calendar_file
from registration import booking, consents, erasing, limits, mails
from registration.calendar import own_entry
from registration.client import address
from registration.exports import own_data as own_data_of
from registration.forms import ChangeForm, ContactForm, LostLinkForm, RegistrationForm, choices
from registration.models import Inquiry, LinkRequest, Registration


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest, slug: str) -> HttpResponse:
    now = timezone.now()
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
    if request.method == "POST":
        return _register(request, event, now)
    window = event.registration_window(now)
    workshops = list(event.workshops.order_by("number"))
    if window != RegistrationWindow.OPEN or not (workshops or event.livestream_offered):
        return render(request, "registration/closed.html", {"event": event, "window": window})
    chosen = {"workshop": request.GET.get("workshop", "")}
    return _form_page(request, event, _form(event, workshops, now, initial=chosen))


def _register(request: HttpRequest, event: Event, now: datetime) -> HttpResponse:
    workshops = list(event.workshops.order_by("number"))
    form = _form(event, workshops, now, request.POST)
    if _is_too_often(limits.REGISTRATION, address(request), form, now):
        return _patience(_form_page(request, event, form, status=429))
    if not form.is_valid() or form.number_sent is None:
        return _form_page(request, event, form, status=422)
    try:
        outcome = booking.register(
            event,
            form.guest,
            form.choice,
            now,
            agreed=form.agreed,
            form_number=form.number_sent.number,
            wording_shown=form.number_sent.wording,
        )
    except booking.Refused as refusal:
        form = _form(event, workshops, now, request.POST)  # with the seats as they are now
        form.explain(refusal)
        return _form_page(request, event, form, status=422)
    if event.address_confirmed_within is not None:  # only the mail may tell the key, or that there is one
        return redirect("registration:unconfirmed", event.slug)
    if outcome.finding == booking.Finding.SAME_PERSON:
        return render(request, "registration/registered_before.html", {"event": event, "email": form.guest.email})
    return redirect(outcome.registration)


@require_safe
def unconfirmed(request: HttpRequest, slug: str) -> HttpResponse:
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
    if event.address_confirmed_within is None:
        raise Http404
    return render(request, "registration/unconfirmed.html", {"event": event})


def register_without_cookie(request: HttpRequest, slug: str) -> HttpResponse:
    """The form as it was sent, for a browser that did not send the cookie along that guards it."""
    event = get_object_or_404(Event.objects.published().with_place(), slug=slug)
    form = _form(event, list(event.workshops.order_by("number")), timezone.now(), request.POST)
    message = _(
        "Your browser did not send the cookie that protects this form. Please send it again; if that does not help,"
        " allow cookies for this site or write to us."
    )
    form.add_error(None, message)
    return _form_page(request, event, form, status=422)


def _form(event: Event, workshops: list[Workshop], now: datetime, data: Any = None, **kwargs: Any) -> RegistrationForm:
    return RegistrationForm(data, event=event, now=now, **choices(event, workshops), **kwargs)


def _form_page(request: HttpRequest, event: Event, form: RegistrationForm, status: int = 200) -> HttpResponse:
    context = {"event": event, "form": form, "privacy": consents.privacy(event).text}
    return render(request, "registration/register.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def contact(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    form = ContactForm(request.POST if request.method == "POST" else None, now=now)
    context = {
        "form": form,
        "organiser": newest_organiser(),
        "heading": _("Ask or report a barrier"),
        "lead": _("Something does not work, or you have a question? Write to us. You need not give a name."),
    }
    if _is_too_often(limits.CONTACT, address(request), form, now):
        return _patience(render(request, "registration/short_form.html", context, status=429))
    if form.is_valid() and form.number_sent is not None:
        _send_in(form, form.number_sent.number, now)
        return redirect("registration:contact_sent")
    return render(request, "registration/short_form.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _send_in(form: ContactForm, number: UUID, now: datetime) -> None:
    """Store the inquiry and write its mail; the same form again is the same inquiry."""
    values = {name: form.cleaned_data[name] for name in ("name", "email", "message")}
    inquiry, is_new = Inquiry.objects.get_or_create(form_number=number, defaults=values | {"sent_in_at": now})
    if is_new and (organiser := newest_organiser()) is not None:
        mails.inquiry(inquiry, organiser, now)


@require_safe
def contact_sent(request: HttpRequest) -> HttpResponse:
    lead = _("Your message has arrived. If you gave an address, we answer soon.")
    return _answer(request, _("Thank you"), lead)


def _answer(request: HttpRequest, heading: str, lead: str, advice: str = "") -> HttpResponse:
    """What is true after something was sent that leads to no page of its own."""
    context = {"heading": heading, "lead": lead, "advice": advice, "organiser": newest_organiser()}
    return render(request, "registration/answer.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def lost_link(request: HttpRequest) -> HttpResponse:
    """Everybody gets the same answer, and the worker does the rest, so its time tells nothing either."""
    now = timezone.now()
    form = LostLinkForm(request.POST if request.method == "POST" else None)
    context = {
        "form": form,
        "organiser": newest_organiser(),
        "heading": _("Send the link again"),
        "lead": _(
            "You have lost the mail with the link to your registration? Enter your address, and we send it once more."
        ),
    }
    if _is_too_often(limits.LOST_LINK, address(request), form, now):
        return _patience(render(request, "registration/short_form.html", context, status=429))
    if form.is_valid():
        LinkRequest.objects.create(email=form.cleaned_data["email"], asked_at=now)
        return redirect("registration:lost_link_sent")
    return render(request, "registration/short_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def lost_link_sent(request: HttpRequest) -> HttpResponse:
    lead = _("If somebody has registered with this address, the link is on its way there. It can take a few minutes.")
    advice = _("Nothing there? Look into the spam folder, try the other addresses that you use, or write to us.")
    return _answer(request, _("Look into your mailbox"), lead, advice)


# A guest's own pages. They are guarded by the key in the address, which another site cannot know; a CSRF token would
# guard nothing more. It could not work either: with `no-referrer`, browsers send the Origin of a form as "null".

OwnView = Callable[[HttpRequest, Registration, datetime], HttpResponse]


def own(view: OwnView) -> Callable[[HttpRequest, UUID], HttpResponse]:
    """Opens the registration of a key; for nobody's cache, index or referrer, and not for whoever guesses keys."""

    @csrf_exempt
    @wraps(view)
    def answer(request: HttpRequest, token: UUID) -> HttpResponse:
        now = timezone.now()
        registration = Registration.objects.with_everything().filter(token=token).first()
        if registration is None:
            if limits.WRONG_KEY.allows(address(request), now):
                raise Http404
            return _patience(render(request, "429.html", status=429))
        try:
            response = view(request, registration, now)
        except booking.Erased:  # while this request was on its way
            response = redirect("registration:erased")
        response["Cache-Control"] = "no-store"
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return answer


def sparingly(view: OwnView) -> OwnView:
    """Stops whoever has one registration changed all the time."""

    @wraps(view)
    def answer(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
        if request.method == "POST" and not limits.OWN_PAGE.allows(str(registration.token), now):
            return _patience(render(request, "429.html", status=429))
        return view(request, registration, now)

    return answer


@require_safe
@own
def own_page(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    event = registration.event
    context = {
        "registration": registration,
        "event": event,
        "decisions": consents.decisions(registration),
        "informed": consents.informed(registration),
        "now": now,
        "may_change": _is_open_to_change(registration, now),
    }
    return render(request, "registration/own_page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@own
def change(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    form = _change_form(registration, request.POST if request.method == "POST" else None)
    if _is_too_often(limits.OWN_PAGE, str(registration.token), form, now):
        return _patience(_change_page(request, registration, form, status=429))
    if form.is_valid():
        try:
            booking.change(
                registration,
                form.guest,
                form.choice,
                now,
                agreed=form.agreed,
                wording_shown=form.cleaned_data["wording"],
            )
            return redirect(registration)
        except (booking.AlreadyCancelled, booking.TooLate):
            return redirect(registration)  # the own page says what is true
        except booking.Refused as refusal:
            form = _change_form(Registration.objects.with_everything().get(pk=registration.pk), request.POST)
            form.explain(refusal)
    return _change_page(request, registration, form, status=422 if form.is_bound else 200)


def _change_page(request: HttpRequest, registration: Registration, form: ChangeForm, status: int) -> HttpResponse:
    context = {"registration": registration, "event": registration.event, "form": form}
    return render(request, "registration/change.html", context, status=status)


def _change_form(registration: Registration, data: Any) -> ChangeForm:
    event = registration.event
    offered = choices(event, list(event.workshops.order_by("number")))
    offered["livestream"] |= registration.livestream
    offered["asked"] = consents.to_ask(registration)
    own = {"held": registration.workshop, "queued": registration.waiting_for}
    return ChangeForm(data, registration=registration, **own, **offered)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def cancel(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if not _is_open_to_change(registration, now):
        return redirect(registration)
    if request.method == "POST":
        with suppress(booking.TooLate):  # the own page says what is true
            booking.cancel(registration, now)
        return redirect(registration)
    return render(request, "registration/cancel.html", {"registration": registration, "event": registration.event})


def _is_open_to_change(registration: Registration, now: datetime) -> bool:
    return registration.is_live and registration.event.guests_may_change(now)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def confirm(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """The mail has arrived; its link leads to the own page, and the button there leads here."""
    if request.method == "POST":
        with suppress(booking.AlreadyCancelled):  # the own page says what is true
            booking.confirm_address(registration, now)
    return redirect(registration)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def consent(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if request.method == "POST":
        if "withdraw" in request.POST:
            booking.withdraw_consent(registration, request.POST["withdraw"], now)
        elif "give" in request.POST:
            try:
                booking.give_consent(registration, request.POST["give"], request.POST.get("wording", ""), now)
            except booking.WordingChanged:
                return _consent_page(request, registration, now, wording_changed=True)
        return redirect("registration:consent", registration.token)
    return _consent_page(request, registration, now)


def _consent_page(
    request: HttpRequest, registration: Registration, now: datetime, *, wording_changed: bool = False
) -> HttpResponse:
    context = {
        "registration": registration,
        "event": registration.event,
        "decisions": consents.decisions(registration),
        "wording_changed": wording_changed,
        "may_change": _is_open_to_change(registration, now),
    }
    return render(request, "registration/consent.html", context, status=422 if wording_changed else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@own
@sparingly
def erase(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    if request.method == "POST":
        erasing.erase(registration, now)
        return redirect("registration:erased")
    context = {
        "registration": registration,
        "event": registration.event,
        "leaves": erasing.leaves_by_erasing(registration, now),
    }
    return render(request, "registration/erase.html", context)


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    lead = _("We no longer know who registered. A last mail confirms it; after that your address is gone as well.")
    return _answer(request, _("Your data have been erased"), lead)


@require_safe
@own
def own_data(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    """Everything that is stored about the guest, for taking along (GDPR, articles 15 and 20)."""
    response = JsonResponse(own_data_of(registration), json_dumps_params={"ensure_ascii": False, "indent": 2})
    response["Content-Disposition"] = 'attachment; filename="daten.json"'
    return response


@require_safe
@own
def own_calendar(request: HttpRequest, registration: Registration, now: datetime) -> HttpResponse:
    return calendar_file(own_entry(registration), f'attachment; filename="{registration.event.slug}.ics"')


def _is_too_often(limit: limits.Limit, who: str, form: Form, now: datetime) -> bool:
    """Count a form that was sent, and if it is beyond the limit, say so in it; what was typed stays."""
    if not form.is_bound or limit.allows(who, now):
        return False
    message = _(
        "A great many forms have come from your connection in the last minutes, so nothing has been stored. What you"
        " entered is still here: please wait ten minutes and send it again."
    )
    form.add_error(None, message)
    return True


def _patience(response: HttpResponse) -> HttpResponse:
    response["Retry-After"] = str(int(limits.WINDOW.total_seconds()))
    return response

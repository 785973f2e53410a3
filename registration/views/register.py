from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from events.models import Event, RegistrationWindow
from events.public import of_an_event
from registration import booking, consents, limits
from registration.client import address
from registration.forms import RegistrationForm, offer
from registration.views.blank import NUMBER, TOKEN, written_once_a_second
from registration.views.patience import is_too_often, patience


@require_http_methods(["GET", "HEAD", "POST"])
@written_once_a_second
@of_an_event
def register(request: HttpRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        return _register(request, event, now)
    window, form = event.registration_window(now), _form(event, now, initial={"form_number": NUMBER})
    if window != RegistrationWindow.OPEN or not form.offer.is_open:
        return render(request, "registration/closed.html", {"event": event, "window": window})
    form.choose(request.GET)
    page = _form_page(request, event, form, csrf_token=TOKEN)
    page.wording = form.offer.wording  # type: ignore[attr-defined]
    return page


def _register(request: HttpRequest, event: Event, now: datetime) -> HttpResponse:
    form = _form(event, now, request.POST)
    if is_too_often(limits.REGISTRATION, address(request), form, now):
        return patience(_form_page(request, event, form, status=429))
    if not form.is_valid() or form.number_sent is None:
        return _form_page(request, event, form, status=422)
    try:
        outcome = booking.register(
            event,
            form.guest,
            form.choice,
            now,
            agreed=form.agreed,
            answered=form.answered,
            asked=form.offer.asked,
            form_number=form.number_sent.number,
            wording_shown=form.number_sent.wording,
        )
    except booking.Refused as refusal:
        event = Event.objects.with_place().filter(pk=event.pk).first() or event
        form = _form(event, now, request.POST)  # with event, workshops and seats as they are now
        form.explain(refusal)
        return _form_page(request, event, form, status=422)
    if event.address_confirmed_within is not None:  # only the mail may tell the key, or that there is one
        return redirect("registration:unconfirmed", event.slug)
    if outcome.finding == booking.Finding.SAME_PERSON:
        return render(request, "registration/registered_before.html", {"event": event, "email": form.guest.email})
    return redirect(outcome.registration)


@require_safe
@of_an_event
def unconfirmed(request: HttpRequest, event: Event) -> HttpResponse:
    if event.address_confirmed_within is None:
        raise Http404
    return render(request, "registration/unconfirmed.html", {"event": event})


@of_an_event
def register_without_cookie(request: HttpRequest, event: Event) -> HttpResponse:
    """The form as it was sent, for a browser that did not send the cookie along that guards it."""
    form = _form(event, timezone.now(), request.POST)
    message = _(
        "Your browser did not send the cookie that protects this form. Please send it again; if that does not help,"
        " allow cookies for this site or write to us."
    )
    form.add_error(None, message)
    return _form_page(request, event, form, status=422)


def _form(event: Event, now: datetime, data: Any = None, **kwargs: Any) -> RegistrationForm:
    return RegistrationForm(data, offer=offer(event), now=now, **kwargs)


def _form_page(
    request: HttpRequest, event: Event, form: RegistrationForm, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {"event": event, "form": form, "privacy": consents.privacy(event).text}
    return render(request, "registration/register.html", context, status=status)

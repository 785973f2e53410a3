"""Writing to the organiser, and asking for a lost link."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from events.legal import newest_organiser
from registration import limits, mails
from registration.client import address
from registration.forms import ContactForm, LostLinkForm
from registration.models import Inquiry, LinkRequest
from registration.views.patience import is_too_often, patience


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
    if is_too_often(limits.CONTACT, address(request), form, now):
        return patience(render(request, "registration/short_form.html", context, status=429))
    if form.is_valid() and form.number_sent is not None:
        _send_in(form, form.number_sent.number, now)
        return redirect("registration:contact_sent")
    return render(request, "registration/short_form.html", context, status=422 if form.is_bound else 200)


@transaction.atomic
def _send_in(form: ContactForm, number: UUID, now: datetime) -> None:
    """Store the inquiry and write its mail; the same form again is the same inquiry."""
    values = {name: form.cleaned_data[name] for name in ("name", "email", "message")}
    organiser = newest_organiser()
    about = {"sent_in_at": now, "organiser": organiser}
    inquiry, is_new = Inquiry.objects.get_or_create(form_number=number, defaults=values | about)
    if is_new and organiser is not None:
        mails.inquiry(inquiry, organiser, now)


@require_safe
def contact_sent(request: HttpRequest) -> HttpResponse:
    lead = _("Your message has arrived. If you gave an address, we answer soon.")
    return _answer(request, _("Thank you"), lead)


def _answer(request: HttpRequest, heading: str, lead: str, advice: str = "", status: int = 200) -> HttpResponse:
    """What is true after something was sent that leads to no page of its own."""
    context = {"heading": heading, "lead": lead, "advice": advice, "organiser": newest_organiser()}
    return render(request, "registration/answer.html", context, status=status)


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
    if is_too_often(limits.LOST_LINK, address(request), form, now):
        return patience(render(request, "registration/short_form.html", context, status=429))
    if form.is_valid():
        LinkRequest.objects.create(email=form.cleaned_data["email"], asked_at=now)
        return redirect("registration:lost_link_sent")
    return render(request, "registration/short_form.html", context, status=422 if form.is_bound else 200)


@require_safe
def lost_link_sent(request: HttpRequest) -> HttpResponse:
    lead = _("If somebody has registered with this address, the link is on its way there. It can take a few minutes.")
    advice = _("Nothing there? Look into the spam folder, try the other addresses that you use, or write to us.")
    return _answer(request, _("Look into your mailbox"), lead, advice)


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    lead = _("A last mail confirms it; after that we erase your email address as well.")
    return _answer(request, _("Your personal data are erased."), lead)


def erased_before(request: HttpRequest) -> HttpResponse:
    """What an old link of somebody says who is erased."""
    lead = _("This link led to your registration. Nothing is stored there any more.")
    return _answer(request, _("Your personal data are erased."), lead, status=410)

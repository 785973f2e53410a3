"""A workshop that does not take place: one page asks where its guests go, and tells them."""

import time
from datetime import datetime

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.models import Event, RegistrationWindow, Workshop
from registration import booking, history
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.forms import CallOffForm
from registration.rights import Right


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.LEAD)
def call_off(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    now, found = timezone.now(), booking.stock(event)
    workshop = get_object_or_404(event.workshops.select_related("slot"), pk=key)
    workshop.event = event
    in_round = [one for one in found.workshops.values() if one.slot_id == workshop.slot_id and one != workshop]
    seats = found.seats[workshop.pk]
    sent = request.POST if request.method == "POST" else None
    form = CallOffForm(sent, others=[(one, found.seats[one.pk]) for one in in_round], seats=seats)
    is_over = event.registration_window(now) in {RegistrationWindow.PAST, RegistrationWindow.CANCELLED}
    if form.is_valid() and not is_over:
        try:
            return _all_out(request, workshop, form, now)
        except booking.WorkshopGone:
            form.add_error("where", form.fields["where"].error_messages["invalid_choice"])
    return event_page(
        request,
        event,
        "call_off",
        _("Call a workshop off"),
        tab="overview",
        workshop=workshop,
        seats=seats,
        form=form,
        is_over=is_over,
        status=422 if form.errors else 200,
    )


def _all_out(request: DeskRequest, workshop: Workshop, form: CallOffForm, now: datetime) -> HttpResponse:
    """Portion by portion, until the workshop is gone; others register meanwhile. Raises WorkshopGone."""
    reason = form.cleaned_data.get("reason", "")
    with transaction.atomic():
        get_object_or_404(booking.locked(workshop.event).workshops, pk=workshop.pk)
        told = portion = booking.call_off(workshop, form.instead, reason, now)
        history.record(request.user, workshop.event, [_("Workshop called off: %s") % workshop], now)
    while portion:
        time.sleep(booking.BREATH)
        portion = booking.call_off(workshop, form.instead, reason, now)
        told += portion
    done = _("“%(workshop)s” does not take place. Guests who get a mail: %(count)d.")
    messages.success(request, done % {"workshop": workshop.name, "count": told})
    return redirect("admin:event_overview", workshop.event.slug)

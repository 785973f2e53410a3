"""How an event begins: as a draft from nothing, or as the copy of an earlier one."""

from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.copying import begin_alone, copied
from events.models import Event
from events.wording import day
from registration import booking, history
from registration.desk import way
from registration.desk.frame import DeskRequest, event_page, for_event, page
from registration.forms.new import CopyForm, NewEventForm
from registration.rights import Right, offices_led_by


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: DeskRequest) -> HttpResponse:
    offices = offices_led_by(request.user)
    if not offices.exists():
        raise PermissionDenied
    form = NewEventForm(request.POST or None, offices=offices, now=timezone.now())
    if form.is_valid():
        event = form.save()
        _note(request, event, _("Created as a draft"))
        messages.success(request, _("The draft is stored. Only you and your colleagues see it until it is published."))
        return redirect(way.beginning(event))
    return page(request, "new", _("A new event"), form=form, way=way.before_it())


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.LEAD)
def copy(request: DeskRequest, event: Event) -> HttpResponse:
    """Begin with all that an earlier event had but its guests."""
    form = CopyForm(request.POST or None, now=timezone.now())
    if form.is_valid():
        made = copy_of(event, form.cleaned_data["first_day"])
        _note(request, made, _("Copied from “%(title)s”") % {"title": event.title})
        said = _("This is the copy, a draft: %(day)s. Please look at what stands below before you publish it.")
        messages.success(request, said % {"day": day(made.starts_at)})
        return redirect("admin:event_publish", made.slug)
    return event_page(request, event, "copy", _("Copy"), tab="overview", form=form)


@transaction.atomic
def copy_of(event: Event, first_day: date) -> Event:
    """A draft like this event that begins on this day, its mails' own texts too; twice is one. Raises EventGone."""
    begin_alone()
    event = booking.locked(event)
    drafts = Event.objects.filter(status=Event.Status.DRAFT, organiser=event.organiser_id, title=event.title)
    for draft in drafts.exclude(pk=event.pk):
        if draft.first_day == first_day:
            return draft
    made = copied(event, first_day)
    for text in event.mail_texts.all():
        made.mail_texts.create(kind=text.kind, subject=text.subject, text=text.text)
    return made


def _note(request: DeskRequest, event: Event, what: str) -> None:
    history.record(request.user, event, [what], timezone.now())

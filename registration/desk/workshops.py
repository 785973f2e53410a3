"""The workshops of an event by round, with their seats, and one of them as an organiser edits it."""

from typing import Any

from crispy_forms.layout import Div, Submit
from django import forms
from django.contrib import messages
from django.db import transaction
from django.db.models import Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from events.forms import Lines
from events.models import Contribution, Event, Slot, Workshop
from events.programme import programme_of
from events.wording import time_of
from registration import booking
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.people import PeopleForm, edited, store
from registration.desk.saving import Attempt, deleted, look_at_seats
from registration.forms.guarded import Included, layout
from registration.rights import Right


class RoundField(forms.ModelChoiceField):
    """One of the rounds of an event, named with its time."""

    def label_from_instance(self, obj: Slot) -> str:
        return f"{obj}, {time_of(obj, obj.event)}"


class WorkshopForm(PeopleForm):
    usual_role = Contribution.Role.LEAD
    slot = RoundField(label=gettext_lazy("Round"), queryset=Slot.objects.none(), empty_label=None)

    class Meta:
        model = Workshop
        fields = ("slot", "number", "title", "question", "description", "capacity", "room")
        labels = {
            "number": gettext_lazy("Number"),
            "title": gettext_lazy("Title"),
            "question": gettext_lazy("Guiding question"),
            "description": gettext_lazy("Description"),
            "capacity": gettext_lazy("Seats"),
            "room": gettext_lazy("Room"),
        }
        widgets = {"question": Lines(2), "description": Lines(3)}

    def __init__(self, event: Event, workshop: Workshop, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, instance=workshop)
        rounds = self.fields["slot"]
        assert isinstance(rounds, forms.ModelChoiceField)
        rounds.queryset = event.slots.filter(kind=Slot.Kind.WORKSHOPS).select_related("event")
        self.initial["people"] = self.of_stored(workshop)
        if workshop.pk is not None:
            seats = booking.seats(event, [workshop])[workshop.pk]
            taken = _("Now %(taken)d guests have a seat, and %(waiting)d wait. Empty: without a limit.")
            self.fields["capacity"].help_text = taken % {"taken": seats.taken, "waiting": seats.waiting}

    @cached_property
    def helper(self) -> Any:
        return layout(
            Included("desk/_enter.html"),
            "slot",
            Div("number", "room", css_class="line"),
            "capacity",
            "title",
            "question",
            "description",
            Included("desk/_people.html"),
            Included("desk/_version.html"),
            Submit("", _("Save")),
            Submit("next", _("Save, and enter the next one")) if self.instance.pk is None else None,
        )

    def save(self, commit: bool = True) -> Workshop:
        workshop: Workshop = super().save()
        store(workshop.event, workshop, self.cleaned_data["people"])
        return workshop


@for_event(Right.TEXTS)
def workshops(request: DeskRequest, event: Event) -> HttpResponse:
    """All of them by round, with who sits and who waits."""
    found = programme_of(event)
    rounds = [item for item in found.items if item.slot.kind == Slot.Kind.WORKSHOPS]
    seats = booking.seats(event, found.workshops)
    context: dict[str, Any] = {"rounds": rounds, "seats": seats, "sessions": found.sessions, "now": timezone.now()}
    return event_page(request, event, "workshops", _("Workshops"), **context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def workshop(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """One of them, edited; guests who wait move up where it gets more seats."""

    def build(event: Event, data: object, files: object) -> WorkshopForm:
        found = get_object_or_404(event.workshops.select_related("slot", "event"), pk=key)
        return WorkshopForm(event, found, data, files)

    return _edited(request, event, edited(request, event, build), _("Edit a workshop"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def new_workshop(request: DeskRequest, event: Event) -> HttpResponse:
    """One more, with the next number."""
    if not event.slots.filter(kind=Slot.Kind.WORKSHOPS).exists():
        return event_page(request, event, "workshop_needs_round", _("Add a workshop"), tab="workshops")

    def build(event: Event, data: object, files: object) -> WorkshopForm:
        return WorkshopForm(event, next_workshop(event), data, files)

    return _edited(request, event, edited(request, event, build), _("Add a workshop"))


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def delete_workshop(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """Delete one that nobody has a place in."""
    with transaction.atomic():
        workshops = booking.locked(event).workshops.select_related("slot")  # nobody takes a seat in it meanwhile
        found = get_object_or_404(workshops, pk=key)
        guests = found.places.values("registration").distinct().count()
        if deleted(request, event, found, called=found.title, stays=guests):
            return redirect("admin:event_workshops", event.slug)
    title = _("Delete “%(title)s”") % {"title": found.title}
    status = 409 if request.method == "POST" else 200
    context = {"workshop": found, "guests": guests}
    return event_page(request, event, "workshop_delete", title, tab="workshops", status=status, **context)


def _seen(event: Event, key: int | None) -> dict[str, Any]:
    """What guests see of one workshop as it is stored, for the page beside its form; nothing of a new one."""
    found = programme_of(event)
    sessions = [session for session in found.sessions if session.workshop.pk == key]
    return {"sessions": sessions, "seats": booking.seats(event, [session.workshop for session in sessions])}


def next_workshop(event: Event) -> Workshop:
    """One with the next number in the first round, not stored yet."""
    last = event.workshops.aggregate(last=Max("number"))["last"] or 0
    return Workshop(event=event, number=last + 1, slot=event.slots.filter(kind=Slot.Kind.WORKSHOPS).first())


def _edited(request: DeskRequest, event: Event, attempt: Attempt, title: str) -> HttpResponse:
    form = attempt.form
    assert isinstance(form, WorkshopForm)
    if not attempt.is_saved:
        context = {"attempt": attempt, "form": form, "key": form.instance.pk} | _seen(event, form.instance.pk)
        return event_page(request, event, "workshop", title, tab="workshops", status=attempt.status, **context)
    messages.success(request, _("“%(title)s” is stored.") % {"title": form.instance.title})
    look_at_seats(request, form.instance)
    return redirect("admin:event_workshop_new" if "next" in request.POST else "admin:event_workshops", event.slug)

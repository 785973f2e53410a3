"""The programme, as guests read it, and edited where one clicks."""

from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from events.bounds import is_key
from events.forms import Lines
from events.models import Event, Slot
from events.programme import Item, programme_of
from events.wording import timespan
from registration import booking, history
from registration.desk import announced
from registration.desk.check import lacks
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.people import edited
from registration.desk.saving import Attempt, deleted
from registration.desk.slots import SlotForm, neighbours, next_slot, swap
from registration.models import Place
from registration.rights import Right


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def programme(request: DeskRequest, event: Event) -> HttpResponse:
    """All days; two buttons let an item change places with its neighbour."""
    if request.method == "GET" or request.method == "HEAD":
        return _shown(request, event)
    up, down = request.POST.get("up", ""), request.POST.get("down", "")
    said = _("“%(title)s” is now from %(times)s.")
    with transaction.atomic():
        moved = swap(event, int(up or down), up=bool(up)) if is_key(up or down) else None
        if moved is not None:
            said %= {"title": moved, "times": timespan(moved.starts_at, moved.ends_at)}
            history.record(request.user, moved, [said], timezone.now(), event=event)
    if moved is None:
        messages.error(
            request, _("This item cannot change places any more. Please look at the programme as it is now.")
        )
        return redirect("admin:event_programme", event.slug)
    messages.success(request, said)
    return _back(event, moved)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def slot(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """One item, edited in its place."""

    def build(event: Event, data: object, files: object) -> SlotForm:
        return SlotForm(event, get_object_or_404(event.slots, pk=key), data, files)

    return _edited(request, event, edited(request, event, build), key)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def new_slot(request: DeskRequest, event: Event) -> HttpResponse:
    """One more item, where the last one ends."""

    def build(event: Event, data: object, files: object) -> SlotForm:
        return SlotForm(event, next_slot(event), data, files)

    return _edited(request, event, edited(request, event, build))


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def delete_slot(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """Take an item off the programme, once that is confirmed; a round with guests stays."""
    with transaction.atomic():
        found = get_object_or_404(booking.locked(event).slots, pk=key)  # nobody takes a seat in it meanwhile
        guests = Place.objects.filter(round=found).values("registration").distinct().count()
        if deleted(request, event, found, called=found, stays=guests):
            return redirect("admin:event_programme", event.slug)
    title = _("Delete “%(title)s”") % {"title": found}
    context = {"slot": found, "guests": guests, "workshops": found.workshops.order_by("number")}
    status = 409 if request.method == "POST" else 200
    return event_page(request, event, "slot_delete", title, tab="programme", status=status, **context)


class TextForm(forms.Form):
    """A programme as plain text, and the fingerprint of what was shown to be understood."""

    text = forms.CharField(label=gettext_lazy("The programme as text"), max_length=30_000, widget=Lines(16))
    shown = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, event: Event, data: Any = None) -> None:
        super().__init__(data)
        self.event, self.items = event, list[announced.Item]()

    def clean_text(self) -> str:
        text: str = self.cleaned_data["text"]
        self.items = announced.read(self.event, text)
        return text

    @property
    def fingerprint(self) -> str:
        return sha256(self.cleaned_data["text"].encode()).hexdigest()

    @property
    def is_confirmed(self) -> bool:
        """Whether exactly this was shown before."""
        return self.is_valid() and self.cleaned_data["shown"] == self.fingerprint


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def fast(request: DeskRequest, event: Event) -> HttpResponse:
    """The whole programme as text, shown as it is understood before it is stored."""
    title = _("Enter the programme as text")
    if request.method != "POST":
        return event_page(request, event, "fast", title, tab="programme", form=TextForm(event))
    with transaction.atomic():
        form = TextForm(booking.locked(event), request.POST)
        if "store" in request.POST and form.is_confirmed:
            count = announced.add(form.event, form.items)
            said = ngettext("%(count)d item is stored.", "%(count)d items are stored.", count) % {"count": count}
            if count:
                history.record(request.user, event, [said], timezone.now())
            messages.success(request, said)
            return redirect("admin:event_programme", event.slug)
    is_new = form.is_valid() and any(not item.is_there for item in form.items)
    return event_page(request, event, "fast", title, tab="programme", form=form, is_new=is_new)


def _edited(request: DeskRequest, event: Event, attempt: Attempt, key: int | None = None) -> HttpResponse:
    if not attempt.is_saved:
        return _shown(request, event, attempt, key)
    stored: Slot = attempt.form.instance
    messages.success(request, _("“%(title)s” is stored.") % {"title": stored})
    if "next" in request.POST:
        return redirect("admin:event_slot_new", event.slug)
    return _back(event, stored)


def _back(event: Event, slot: Slot) -> HttpResponse:
    response = redirect("admin:event_programme", event.slug)
    response["Location"] += f"#punkt-{slot.pk}"
    return response


def _shown(request: DeskRequest, event: Event, attempt: Attempt | None = None, key: int | None = None) -> HttpResponse:
    now = timezone.now()
    found = programme_of(event)
    return event_page(
        request,
        event,
        "programme",
        _("Programme"),
        status=attempt.status if attempt else 200,
        attempt=attempt,
        form=attempt and attempt.form,
        open=key,
        programme=found,
        neighbours=neighbours(found),
        lacks=[lack.what for lack in lacks(event, now) if lack.page == "programme"],
        seats={item.slot.pk: _seats(item) for item in found.rounds},
        guests=event.registrations.live().count() if attempt else 0,
        now=now,
    )


def _seats(item: Item) -> int | None:
    """All seats of a round; None: they are without a limit."""
    capacities = [session.workshop.capacity for session in item.sessions]
    return sum(capacity or 0 for capacity in capacities) if None not in capacities else None

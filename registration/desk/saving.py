"""What two organisers edit at the same time: nobody overwrites what nobody has seen."""

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Event, Organiser, Workshop
from registration import booking, history
from registration.desk.frame import DeskRequest
from registration.history import RECORDED, in_words

# The field of a page that says what was stored when it was opened.
VERSION = "version"

Build = Callable[[Event, Any, Any], Any]


@dataclass(frozen=True)
class Clash:
    """A field that somebody else has stored meanwhile, and that reads otherwise in what is sent now."""

    label: str
    stored: str
    sent: str


@dataclass
class Attempt:
    """A form that was opened, or sent and perhaps stored."""

    form: Any  # such as `Build` makes
    version: str
    clashes: list[Clash] = field(default_factory=list)
    is_saved: bool = False

    @property
    def status(self) -> int:
        """The HTTP status of the page that shows it (RFC 9110): 409 where somebody else was faster."""
        return 409 if self.clashes else 200


def attempt(request: DeskRequest, event: Event, build: Build) -> Attempt:
    """Store what is sent, unless it is wrong or something else has been stored since the page was opened.

    `build(event, data, files)` makes a form with `save()`, of what is stored at that moment: the event comes locked,
    and before it its office, because a venue is that of several events.
    What changes is kept in the history. Raises EventGone."""
    if request.method != "POST":
        form = build(event, None, None)
        return Attempt(form, version(form))
    with transaction.atomic():
        Organiser.objects.select_for_update().filter(pk=event.organiser_id).first()
        form = build(booking.locked(event), request.POST, request.FILES)
        made = Attempt(form, version(form))
        if request.POST.get(VERSION) != made.version:
            made.clashes = _clashes(form)
        if form.is_valid() and not made.clashes:
            _save(request, event, form)
            made.is_saved = True
    return made


def _save(request: DeskRequest, event: Event, form: Any) -> None:
    subject, now = getattr(form, "instance", event), timezone.now()
    is_new = subject.pk is None
    form.save()
    if type(subject) in RECORDED:
        if is_new:
            history.added(request.user, event, subject, now)
        else:
            history.saved(request.user, event, form, now)
    for other, what in getattr(form, "along", ()):
        history.record(request.user, other, [what], now, event=event)


def look_at_seats(request: DeskRequest, changed: Event | Workshop) -> None:
    """After its seats were stored: those who wait for new ones move up; that there are fewer than guests is said."""
    event = changed if isinstance(changed, Event) else changed.event
    booking.promote(event, timezone.now())
    found = booking.stock(event).seats
    seats = found.get(booking.EVENT if changed == event else changed.pk)
    if seats is not None and seats.capacity is not None and seats.taken > seats.capacity:
        said = _("%(what)s: %(taken)d guests have a seat, and there are %(capacity)d. Nobody loses one.")
        messages.warning(request, said % {"what": changed, "taken": seats.taken, "capacity": seats.capacity})


def deleted(request: DeskRequest, event: Event, found: Any, *, called: object, stays: bool | int) -> bool:
    """Delete it if that is confirmed and nothing depends on it; call it while what could do so is locked."""
    if request.method != "POST" or stays:
        return False
    history.deleted(request.user, event, found, timezone.now())
    found.delete()
    messages.success(request, _("“%(title)s” is deleted.") % {"title": called})
    return True


def version(form: forms.BaseForm) -> str:
    """Stands for all that a form shows of what is stored, as long as it is stored so."""
    stored = [(name, _stored(form, name)) for name in form.fields]
    return sha256(repr(stored).encode()).hexdigest()[:20]


def _stored(form: forms.BaseForm, name: str) -> str:
    return str(form.fields[name].prepare_value(form.get_initial_for_field(form.fields[name], name)))


def _clashes(form: forms.BaseForm) -> list[Clash]:
    form.full_clean()
    found = []
    for bound in form:
        if bound.name in form.changed_data and not bound.is_hidden:
            sent = form.cleaned_data.get(bound.name, bound.data)
            found.append(Clash(str(bound.label), in_words(bound.field, bound.initial), in_words(bound.field, sent)))
    return found

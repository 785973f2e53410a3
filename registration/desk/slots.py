"""One item of the programme as an organiser edits it, and what moves with it."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from crispy_forms.layout import Div, Submit
from django import forms
from django.db import transaction
from django.utils.dateparse import parse_date
from django.utils.functional import cached_property
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.forms import ClockField, Lines
from events.models import Event, Slot, overlapping_rounds, refuse_rounds
from events.models.event import NIGHT
from events.programme import Programme, programme_of
from events.wording import clock, day_and_month, time_of
from registration import booking
from registration.desk.people import PeopleForm, store
from registration.forms.guarded import Included, layout

# Where nobody says how long an item takes.
USUAL = timedelta(minutes=30)


def at(day: date, clock: time) -> datetime:
    """The moment of a day of the programme; what is before four in the morning belongs to the night after it."""
    is_night = timedelta(hours=clock.hour, minutes=clock.minute) < NIGHT
    return make_aware(datetime.combine(day + timedelta(days=is_night), clock))


def days_of(event: Event) -> list[date]:
    """From its first day to its last, at most some weeks."""
    count = min((event.last_day - event.first_day).days, 60)
    return [event.first_day + timedelta(days=number) for number in range(count + 1)]


def next_slot(event: Event) -> Slot:
    """An item that begins where the last one ends, not stored yet."""
    last = max(event.slots.all(), key=lambda slot: slot.ends_at, default=None)
    starts_at = event.starts_at if last is None else last.ends_at
    ends_at = min(starts_at + USUAL, event.ends_at) if starts_at < event.ends_at else starts_at + USUAL
    return Slot(event=event, starts_at=starts_at, ends_at=ends_at, kind=Slot.Kind.TALK)


class SlotForm(PeopleForm):
    day = forms.TypedChoiceField(label=gettext_lazy("Day"), coerce=parse_date)
    begins = ClockField(label=gettext_lazy("Begin"))
    ends = ClockField(label=gettext_lazy("End"))
    takes_along = forms.BooleanField(
        label=gettext_lazy("Move the later items of this day as well, if the end changes"), required=False, initial=True
    )

    class Meta:
        model = Slot
        fields = ("kind", "number", "format", "title", "abstract", "room", "optional")
        labels = {
            "kind": gettext_lazy("Kind"),
            "number": gettext_lazy("Number in the programme"),
            "format": gettext_lazy("Designation"),
            "title": gettext_lazy("Title"),
            "abstract": gettext_lazy("Description"),
            "room": gettext_lazy("Room"),
            "optional": gettext_lazy("Guests may do without it"),
        }
        help_texts = {
            "format": "",
            "optional": gettext_lazy("Only of workshops, such as an evening or a guided tour."),
        }
        widgets = {"abstract": Lines(3)}

    def __init__(self, event: Event, slot: Slot, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, instance=slot)
        slot.event = event
        slot.is_stored_with_others = True
        self.title_before, self.begin_before = slot.format or slot.title, clock(slot.starts_at)
        self.was, self.moved = (slot.day, slot.ends_at), list[Slot]()
        self.initial = {
            **self.initial,
            "day": str(slot.day),
            "begins": localtime(slot.starts_at).time(),
            "ends": localtime(slot.ends_at).time(),
            "people": self.of_stored(slot),
        }
        days = sorted({*days_of(event), slot.day})
        if len(days) > 1:
            field = self.fields["day"]
            assert isinstance(field, forms.TypedChoiceField)
            field.choices = [(str(day), day_and_month(at(day, time(12)))) for day in days]
        else:
            del self.fields["day"]
        if slot.pk is None:
            self.fields["takes_along"].label = _("Make room: move the later items of this day")
        elif slot.kind != Slot.Kind.WORKSHOPS:
            del self.fields["optional"]

    @cached_property
    def changed_data(self) -> list[str]:
        return [name for name in super().changed_data if name != "takes_along"]  # asked anew each time, never stored

    @cached_property
    def helper(self) -> Any:
        return layout(
            Included("desk/_enter.html"),
            Div(*(name for name in ("day", "begins", "ends", "kind") if name in self.fields), css_class="line"),
            "takes_along",
            Div("number", "format", "room", css_class="line"),
            "title",
            "abstract",
            "optional" if "optional" in self.fields else None,
            Included("desk/_people.html"),
            Included("desk/_version.html"),
            Submit("", _("Save")),
            Submit("next", _("Save, and enter the next one")) if self.instance.pk is None else None,
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        begins, ends = cleaned.get("begins"), cleaned.get("ends")
        day = cleaned.get("day") or self.instance.day
        if begins is None or ends is None:
            return cleaned
        slot = self.instance
        if slot.pk is None or not {"day", "begins", "ends"}.isdisjoint(self.changed_data):
            # Else it stays as it is: a clock does not tell which night, or which of two hours in autumn.
            slot.starts_at, slot.ends_at = at(day, begins), at(day, ends)
        if slot.ends_at <= slot.starts_at:
            self.add_error("ends", _("An item must end after it begins."))
            return cleaned
        kind = cleaned.get("kind", slot.kind)
        as_typed = Slot(pk=slot.pk, event=slot.event, kind=kind, starts_at=slot.starts_at, ends_at=slot.ends_at)
        as_typed.title = cleaned.get("title", slot.title)
        refuse_rounds(overlapping_rounds([*self._others, as_typed]))
        return cleaned

    @cached_property
    def _others(self) -> list[Slot]:
        """The other items of the event, those that move along as they will be."""
        others = list(self.instance.event.slots.exclude(pk=self.instance.pk))
        if self.cleaned_data.get("takes_along"):
            self.moved = moved_along(self.instance, self.was, others)
        return others

    @property
    def along(self) -> list[tuple[Slot, str]]:
        """What is stored with it, and what the history says of that."""
        told = _("Moved along with “%(item)s”: %(time)s")
        event = self.instance.event
        return [(one, told % {"item": self.instance, "time": time_of(one, event)}) for one in self.moved]

    def save(self, commit: bool = True) -> Slot:
        slot: Slot = super().save()
        for other in self.moved:
            other.save()
        store(slot.event, slot, self.cleaned_data["people"])
        return slot


def moved_along(slot: Slot, was: tuple[date, datetime], others: Iterable[Slot]) -> list[Slot]:
    """Those of the same day that come later, moved by as much as the end of this one was, or, if it is new, by as much
    as it needs; `was` is its day and its end before."""
    day, end = was
    if slot.day != day and slot.pk is not None:
        return []
    since = end if slot.pk else slot.starts_at
    later = [other for other in others if other.day == slot.day and other.starts_at >= since]
    if not later:
        return []
    by = slot.ends_at - end if slot.pk else max(slot.ends_at - min(one.starts_at for one in later), timedelta())
    for other in later:
        other.starts_at += by
        other.ends_at += by
    return later if by else []


# Moving by buttons


def neighbours(programme: Programme) -> dict[int, tuple[bool, bool]]:
    """By the key of each item: whether it can change places with the one before, and with the one after. What goes on
    at the same time as something else has no place in a row."""
    found: dict[int, tuple[bool, bool]] = {}
    for day in programme.days:
        alone = [len(stretch.items) == 1 for stretch in day.stretches]
        for stretch, up, here, down in zip(day.stretches, [False, *alone], alone, [*alone[1:], False], strict=False):
            for item in stretch.items:
                found[item.slot.pk] = (here and up, here and down)
    return found


@transaction.atomic
def swap(event: Event, key: int, *, up: bool) -> Slot | None:
    """Let an item change places with the one before it or after it, each as long as it was, with the same pause
    between; None if it cannot any more. Raises EventGone."""
    for day in programme_of(booking.locked(event)).days:
        for before, after in pairwise(day.stretches):
            moved = (after if up else before).items[0].slot
            if moved.pk == key and len(before.items) == len(after.items) == 1:
                _swap(before.items[0].slot, after.items[0].slot)
                return moved
    return None


def _swap(first: Slot, second: Slot) -> None:
    length, pause = first.ends_at - first.starts_at, second.starts_at - first.ends_at
    second.starts_at, second.ends_at = first.starts_at, first.starts_at + (second.ends_at - second.starts_at)
    first.starts_at = second.ends_at + pause
    first.ends_at = first.starts_at + length
    first.save()
    second.save()

"""Fields with which organisers write what happens at an event."""

import re
from datetime import datetime, time
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.utils import from_current_timezone
from django.utils.text import format_lazy
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from events import plaintext
from events.bounds import is_of_our_time
from events.models import RESERVED_SLUGS, Workshop


def of_our_time(moment: datetime) -> None:
    if not is_of_our_time(moment):
        raise ValidationError(_("Please check the year: it is too far away."))


def not_reserved(slug: str) -> None:
    if slug in RESERVED_SLUGS:
        raise ValidationError(_("The site uses this address for something else. Please choose another."))


class Lines(forms.Textarea):
    """Lines that end as they are stored; browsers send another end, and every text would count as changed."""

    def __init__(self, rows: int) -> None:
        super().__init__(attrs={"rows": rows, "class": "vLargeTextField"})

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        value = super().value_from_datadict(data, files, name)
        return value and value.replace("\r\n", "\n")


SHORT_TEXTS: dict[Any, dict[str, Any]] = {models.TextField: {"widget": Lines(3)}}
TEXTS: dict[Any, dict[str, Any]] = {models.TextField: {"widget": Lines(8)}}

# What Django 6 does by itself: www.example.org becomes https://www.example.org.
SECURE_LINKS: dict[Any, dict[str, str]] = {models.URLField: {"assume_scheme": "https"}}


class OptionsField(forms.CharField):
    """What guests choose from, one a line: “key = words”, or words alone, which make the key."""

    widget = Lines(4)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(f"{key} = {label}" for key, label in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[list[str]]:  # type: ignore[override]
        return [_option(line) for line in map(plaintext.line, (value or "").splitlines()) if line]

    def clean(self, value: Any) -> Any:
        options = self.to_python(value)
        keys = [key for key, _label in options]
        if twice := {key for key in keys if keys.count(key) > 1}:
            raise ValidationError(_("“%s” stands before two options.") % sorted(twice)[0])
        return options

    def has_changed(self, initial: Any, data: Any) -> bool:
        return self.to_python(self.prepare_value(initial)) != self.to_python(data)


def _option(line: str) -> list[str]:
    if found := re.fullmatch(r"([\w-]{1,60})\s*=\s*(.+)", line, re.ASCII):
        return [found[1], found[2]]
    return [Workshop.key_of(line), line]


class Clock(forms.TimeInput):
    """A time of day as text; with seconds where there are any, because what is not shown is lost when it is saved."""

    def __init__(self) -> None:
        super().__init__(format="%H:%M", attrs={"inputmode": "text", "size": 6, "autocomplete": "off"})

    def format_value(self, value: Any) -> str | None:
        return f"{value:%H:%M:%S}" if isinstance(value, time) and value.second else super().format_value(value)


class ClockField(forms.TimeField):
    """A time of day as people write it: 9, 9.30, 9:30 Uhr, 0930."""

    widget = Clock
    default_error_messages = {"invalid": _("Please write the time of day such as 9:30.")}  # Django's shape

    def to_python(self, value: Any) -> time | None:
        if isinstance(value, str) and value.strip():
            pattern = r"(\d{1,2}?)(?:[.:h]?(\d\d)(?::(\d\d))?)?\s*(uhr|h)?"
            found = re.fullmatch(pattern, value.strip().casefold(), re.ASCII)
            if found is None or int(found[1]) > 23 or max(int(part or 0) for part in found.group(2, 3)) > 59:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            return time(int(found[1]), int(found[2] or 0), int(found[3] or 0))
        return super().to_python(value)


class DayAndClock(forms.MultiWidget):
    """A day, and beside it a time of day as text; `alone` is the time that a day without one means."""

    use_fieldset = False

    def __init__(self, alone: time | None = None) -> None:
        super().__init__([forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), Clock()])
        self.alone = alone

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0"

    def decompress(self, value: Any) -> list[Any]:
        if value is None:
            return [None, None]
        local = localtime(value)
        return [local.date(), None if local.time() == self.alone else local.time()]


class DayAndClockField(forms.MultiValueField):
    """A moment; where `alone` says what a day without a time of day means, the time may be left out."""

    default_validators = [of_our_time]
    default_error_messages = {"incomplete": _("Please write the day and the time of day.")}

    def __init__(self, *, label: Any, alone: time | None = None, **kwargs: Any) -> None:
        self.alone = alone
        fields = (
            forms.DateField(error_messages={"invalid": _("Please write the day such as 7.10.2027.")}),
            ClockField(required=alone is None),
        )
        super().__init__(fields, label=label, widget=DayAndClock(alone), require_all_fields=False, **kwargs)
        self.widget.widgets[1].attrs["aria-label"] = format_lazy("{}: {}", label, _("time of day"))

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list:
            return None
        day, *clocks = (part for part in data_list if part is not None)
        moment: datetime = from_current_timezone(datetime.combine(day, clocks[0] if clocks else self.alone or time.min))
        return moment

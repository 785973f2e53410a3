"""What organisers say of an event, in short forms: each stores its own fields alone."""

from datetime import timedelta
from typing import Any

from crispy_forms.layout import Fieldset
from django import forms
from django.db import models
from django.forms.models import fields_for_model
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.addresses import MailAddressField
from events.eventfile.description import A_DATE_ALONE
from events.forms import SECURE_LINKS, SHORT_TEXTS, DayAndClockField, Lines, not_reserved
from events.models import Event, Organiser, Slot, Venue
from events.models.organiser import ColourField
from events.moving import moved
from registration.forms.guarded import Included, layout

_FORM_FIELDS: dict[Any, dict[str, Any]] = {
    **SECURE_LINKS,
    **SHORT_TEXTS,
    models.EmailField: {"form_class": MailAddressField},
    ColourField: {"widget": forms.ColorInput},
    # PostgreSQL's bounds; SQLite has none, and a date so many days ahead would be none.
    models.PositiveSmallIntegerField: {"max_value": 32_767},
    models.PositiveIntegerField: {"max_value": 2_147_483_647},
}


def _form_field(field: Any, **kwargs: Any) -> Any:
    return field.formfield(**_FORM_FIELDS.get(type(field), {}) | kwargs)


class DetailsForm(forms.ModelForm):
    """A part of what is said of an event."""

    def __init__(self, event: Event, data: Any = None, files: Any = None, *, instance: Any = None) -> None:
        self.event = event
        super().__init__(data, files, instance=instance or event)

    @cached_property
    def helper(self) -> Any:
        return layout(*self.groups(), Included("desk/_version.html"), Included("desk/_save.html"))

    def groups(self) -> list[Any]:
        """The fields as they stand on the page."""
        return list(self.fields)


class TextsForm(DetailsForm):
    """What it is about. The address stays once the public knows it."""

    class Meta:
        model = Event
        fields = (
            "title",
            "slug",
            "listed",
            "teaser",
            "description",
            "image",
            "image_alt",
            "partners",
            "catering",
            "change_note",
        )
        widgets = {"teaser": Lines(2), "description": Lines(12), "change_note": Lines(2)}
        formfield_callback = _form_field

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(event, *args, **kwargs)
        self.fields["slug"].validators.append(not_reserved)
        if event.status != Event.Status.DRAFT:
            del self.fields["slug"]


class TimesForm(DetailsForm):
    """When it is, and until when one registers. What moves with the first day need not be entered twice."""

    starts_at = DayAndClockField(label=gettext_lazy("Begin"))
    ends_at = DayAndClockField(label=gettext_lazy("End"))
    takes_along = forms.BooleanField(
        label=gettext_lazy("If the first day changes, move the whole programme and all dates with it"),
        help_text=gettext_lazy("By as many days, at the same time of day. Dates that you change yourself stay so."),
        required=False,
        initial=True,
    )
    registration_opens_at = DayAndClockField(
        label=gettext_lazy("Registration opens"),
        help_text=gettext_lazy("Empty: as soon as the event is published."),
        alone=A_DATE_ALONE["registration_opens_at"],
        required=False,
    )
    registration_closes_at = DayAndClockField(
        label=gettext_lazy("Registration closes"),
        help_text=gettext_lazy("Without a time, the whole day counts."),
        alone=A_DATE_ALONE["registration_closes_at"],
    )
    changes_close_at = DayAndClockField(
        label=gettext_lazy("Guests may change until"),
        help_text=gettext_lazy("Also the last moment to cancel on one's own. Empty: until the event begins."),
        alone=A_DATE_ALONE["changes_close_at"],
        required=False,
    )

    class Meta:
        model = Event
        fields = (
            "starts_at",
            "ends_at",
            "registration_opens_at",
            "registration_closes_at",
            "changes_close_at",
            "reminder_days",
        )
        formfield_callback = _form_field

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.slots: list[Slot] = []

    def groups(self) -> list[Any]:
        return [
            Fieldset(_("The event"), "starts_at", "ends_at", "takes_along"),
            Fieldset(_("Registration"), "registration_opens_at", "registration_closes_at", "changes_close_at"),
            Fieldset(_("Reminder"), "reminder_days"),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("starts_at") and cleaned.get("takes_along"):
            self._take_along(cleaned, cleaned["starts_at"].date() - self.instance.first_day)
        starts, ends = cleaned.get("starts_at"), cleaned.get("ends_at")
        opens, closes = cleaned.get("registration_opens_at"), cleaned.get("registration_closes_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("The event must end after it begins."))
        elif closes and ends and closes > ends:
            self.add_error("registration_closes_at", _("Registration must close before the event ends."))
        elif opens and closes and closes <= opens:
            self.add_error("registration_closes_at", _("Registration must close after it opens."))
        return cleaned

    def _take_along(self, cleaned: dict[str, Any], by: timedelta) -> None:
        if not by:
            return
        for name in ("ends_at", *A_DATE_ALONE):
            if cleaned.get(name) and name not in self.changed_data:
                cleaned[name] = moved(cleaned[name], by)
        self.slots = list(self.instance.slots.all())
        for slot in self.slots:
            slot.starts_at, slot.ends_at = moved(slot.starts_at, by), moved(slot.ends_at, by)

    def save(self, commit: bool = True) -> Event:
        event: Event = super().save()
        Slot.objects.bulk_update(self.slots, ["starts_at", "ends_at"])  # calendars learn of it from the event's day
        return event


# What makes a venue, and is entered where it is chosen.
ADDRESS = ("name", "street", "postal_code", "city")


class PlaceForm(DetailsForm):
    """Where it is: a venue that the office knows or a new one, and the livestream."""

    class Meta:
        model = Event
        fields = (
            "venue",
            "livestream_offered",
            "livestream_url",
            "livestream_captions_url",
            "livestream_sign_language_url",
            "livestream_minutes",
            "livestream",
            "recording",
        )
        formfield_callback = _form_field

    def __init__(self, event: Event, *args: Any, **kwargs: Any) -> None:
        super().__init__(event, *args, **kwargs)
        venue = self.fields["venue"]
        assert isinstance(venue, forms.ModelChoiceField)
        venue.queryset = event.organiser.venues.all()
        venue.empty_label = _("Online only")
        for name, field in fields_for_model(Venue, ADDRESS).items():
            field.required = False
            self.fields[f"new_{name}"] = field

    def groups(self) -> list[Any]:
        stream = [name for name in self.Meta.fields if name.startswith("livestream")]
        return [
            Fieldset(_("Place"), "venue"),
            Fieldset(_("Or a place that is not in the list yet"), *(f"new_{name}" for name in ADDRESS)),
            Fieldset(_("Livestream and recordings"), *stream, "recording"),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if any(cleaned.get(f"new_{name}") for name in ADDRESS):
            for name in ADDRESS:
                if not cleaned.get(f"new_{name}") and f"new_{name}" not in self.errors:
                    self.add_error(f"new_{name}", _("A new place needs name, street, postal code and city."))
        return cleaned

    def save(self, commit: bool = True) -> Event:
        new = {name: self.cleaned_data[f"new_{name}"] for name in ADDRESS}
        if all(new.values()):
            self.instance.venue = self.instance.organiser.venues.create(**new)
        event: Event = super().save()
        return event


class VenueForm(DetailsForm):
    """The venue of an event, as all events of the office there have it."""

    class Meta:
        model = Venue
        fields = (*ADDRESS, "arrival", "access", "latitude", "longitude")
        localized_fields = ("latitude", "longitude")
        formfield_callback = _form_field

    def __init__(self, event: Event, *args: Any) -> None:
        super().__init__(event, *args, instance=event.venue)


class SeatsForm(DetailsForm):
    """How many may come, what it costs, and how long data are kept."""

    class Meta:
        model = Event
        fields = (
            "capacity",
            "queue_moves_up",
            "queue_stops_hours",
            "accept_within",
            "address_confirmed_within",
            "registration_note",
            "fee",
            "price",
            "needs_kept_days",
            "data_kept_days",
        )
        localized_fields = ("price",)
        widgets = {"registration_note": Lines(2)}
        formfield_callback = _form_field

    def groups(self) -> list[Any]:
        return [
            Fieldset(_("Seats and waiting lists"), *self.Meta.fields[:4]),
            Fieldset(_("Registration"), *self.Meta.fields[4:6]),
            Fieldset(_("Fee"), *self.Meta.fields[6:8]),
            Fieldset(_("Privacy"), *self.Meta.fields[8:]),
        ]


class OfficeForm(DetailsForm):
    """Who invites, and what the pages, mails and pictures of the office wear; the same for all its events."""

    class Meta:
        model = Organiser
        fields = (*ADDRESS, "email", "phone", "website", "logo", "brand_colour", "accent_colour")
        formfield_callback = _form_field

    def __init__(self, event: Event, *args: Any) -> None:
        super().__init__(event, *args, instance=event.organiser)

    def groups(self) -> list[Any]:
        return [
            Fieldset(_("Who invites"), *self.Meta.fields[:7]),
            Fieldset(_("Logo and colours"), *self.Meta.fields[7:]),
        ]


class LawForm(OfficeForm):
    """What the legal pages of the office must name."""

    class Meta:
        model = Organiser
        fields = (
            "represented_by",
            "data_protection_officer",
            "data_protection_email",
            "supervisory_authority",
            "processor",
            "enforcement_body",
            "accessibility_statement_on",
        )
        widgets = {"accessibility_statement_on": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}
        formfield_callback = _form_field

    def __init__(self, event: Event, *args: Any) -> None:
        super().__init__(event, *args)
        for field in self.fields.values():
            field.is_mandatory = True  # type: ignore[attr-defined]  # the law's word, not ours: it may wait

    def groups(self) -> list[Any]:
        return list(self.Meta.fields)

"""How a new event begins: what it is called, whose it is, and when."""

from datetime import date, datetime, time, timedelta
from typing import Any

from crispy_forms.layout import Div, Fieldset, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.functional import cached_property
from django.utils.timezone import localtime, make_aware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.copying import begin_alone, free_slug
from events.forms import ClockField, not_reserved, of_our_time
from events.models import Event, Organiser, Question
from registration.forms.guarded import layout

# So long before the first day registration closes, until somebody says otherwise.
CLOSES_BEFORE = timedelta(days=7)


class DayField(forms.DateField):
    """A day, as browsers choose it."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"invalid": gettext_lazy("Please write the day such as 7.10.2027.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(validators=[of_our_time], **kwargs)


class NewEventForm(forms.ModelForm):
    day = DayField(label=gettext_lazy("First day"))
    begins = ClockField(label=gettext_lazy("Begin"))
    last_day = DayField(
        label=gettext_lazy("Last day"), help_text=gettext_lazy("Only if it takes several days."), required=False
    )
    ends = ClockField(label=gettext_lazy("End"))

    class Meta:
        model = Event
        fields = ("title", "slug", "organiser")

    def __init__(self, data: Any = None, *, offices: QuerySet[Organiser], now: datetime) -> None:
        super().__init__(data)
        self.now = now
        self.fields["slug"].required = False
        self.fields["slug"].validators.append(not_reserved)
        self.fields["slug"].help_text = _(
            "The last part of the page's address, such as fachtag-2021. Empty: made of the title."
        )
        office = self.fields["organiser"]
        assert isinstance(office, forms.ModelChoiceField)
        office.queryset, office.empty_label = offices, None
        only = list(offices[:2])
        if len(only) == 1:
            self.instance.organiser = only[0]
            del self.fields["organiser"]

    @cached_property
    def helper(self) -> Any:
        return layout(
            Fieldset(_("What"), *(name for name in self.Meta.fields if name in self.fields)),
            Fieldset(_("When"), Div("day", "begins", css_class="line"), Div("last_day", "ends", css_class="line")),
            Submit("", _("Create the draft"), css_class="main"),
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if any(cleaned.get(name) is None for name in ("day", "begins", "ends")) or "last_day" in self.errors:
            return cleaned
        event = self.instance
        event.starts_at = _at(cleaned["day"], cleaned["begins"])
        event.ends_at = _at(cleaned["last_day"] or cleaned["day"], cleaned["ends"])
        closes = _at(cleaned["day"] - CLOSES_BEFORE, time(23, 59, 59))
        event.registration_closes_at = closes if closes > self.now else event.starts_at
        if event.ends_at <= event.starts_at:
            self.add_error("ends", _("The event must end after it begins."))
        elif event.ends_at <= self.now:
            self.add_error("day", DAY_IS_OVER)
        return cleaned

    @transaction.atomic
    def save(self, commit: bool = True) -> Event:
        """Store the draft with the usual question; the same draft again is the one that is stored."""
        begin_alone()
        new = self.instance
        same = {"title": new.title, "organiser": new.organiser, "starts_at": new.starts_at, "ends_at": new.ends_at}
        if (stored := Event.objects.filter(status=Event.Status.DRAFT, **same).first()) is not None:
            return stored
        if not new.slug or Event.objects.filter(slug=new.slug).exists():  # taken since the form was checked
            new.slug = free_slug(new.slug or new.title)
        event: Event = super().save()
        event.questions.add(Question.usual(), bulk=False)
        return event


DAY_IS_OVER = gettext_lazy("This day is over. Please choose a day to come.")


def _at(day: date, clock: time) -> datetime:
    return make_aware(datetime.combine(day, clock))


class CopyForm(forms.Form):
    """When the copy begins."""

    first_day = DayField(label=gettext_lazy("First day of the new event"))

    def __init__(self, data: Any = None, *, now: datetime) -> None:
        super().__init__(data)
        self.today = localtime(now).date()
        self.helper = layout("first_day", Submit("", _("Copy now"), css_class="main"))

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if day < self.today:
            raise ValidationError(DAY_IS_OVER)
        return day

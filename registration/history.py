"""Who changed what: a row for each act and each field, in the transaction of the change, in the words that organisers
read. All of one call are one statement.

What guests do themselves their mails and consents tell; here is what organisers do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.utils.datastructures import MultiValueDict
from django.utils.formats import date_format
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import (
    ConsentRequest,
    Contribution,
    Event,
    LegalPage,
    Organiser,
    Question,
    Slot,
    Speaker,
    Venue,
    Workshop,
)
from events.wording import moment
from registration.models import Change, Inquiry, MailText, Membership, Registration

# What changes are kept of, in the groups that the list is filtered by; the key stands in the address.
GROUPS = (
    ("fachtag", gettext_lazy("Event and programme"), (Event, Slot, Workshop, Contribution, Speaker, Venue, Organiser)),
    ("gaeste", gettext_lazy("Guests"), (Registration, Inquiry)),
    ("texte", gettext_lazy("Texts and questions"), (ConsentRequest, Question, MailText, LegalPage)),
    ("rechte", gettext_lazy("Rights"), (Membership, User)),
)
RECORDED = frozenset[type[Model]](model for _key, _label, models in GROUPS for model in models)


@dataclass(frozen=True)
class Difference:
    """A field, with its value before and afterwards; empty: there was none."""

    what: str
    before: str
    after: str


def record(
    actor: User, subject: Model, changes: Iterable[Difference | str], now: datetime, *, event: Event | None = None
) -> None:
    """Keep what somebody did to something: acts as sentences, and fields. The event is the subject's own where it is
    not named."""
    found, office = _home(subject)
    event = event or found
    guest = subject if isinstance(subject, Registration) else None
    Change.objects.bulk_create(
        Change(
            at=now,
            actor=actor,
            actor_name=actor.get_username(),
            event=event,
            office_id=office if event is None else event.organiser_id,
            registration=guest,
            kind=kind_of(subject.__class__),  # not type(): whoever is logged in comes in a wrapper
            key=subject.pk,
            label=Truncator(str(subject)).chars(300) if guest is None else "",
            what=Truncator(change if isinstance(change, str) else change.what).chars(500),
            before="" if isinstance(change, str) else change.before,
            after="" if isinstance(change, str) else change.after,
        )
        for change in changes
    )


def saved(actor: User, event: Event | None, form: forms.BaseForm, now: datetime) -> None:
    """Keep what a valid form changes of something that is there already; before or after it is stored. A form that is
    not a model's changes the event."""
    record(actor, _subject(form, event), differences(form), now, event=event)


def added(actor: User, event: Event | None, subject: Model, now: datetime) -> None:
    """Keep that something new was stored."""
    record(actor, subject, [_("Added")], now, event=event)


def deleted(actor: User, event: Event | None, subject: Model, now: datetime) -> None:
    """Keep that something is deleted; before or after it is."""
    record(actor, subject, [_("Deleted")], now, event=event)


def differences(form: forms.BaseForm, names: Collection[str] | None = None) -> list[Difference]:
    """What a valid form changes, field by field, or of these fields; never a password."""
    found = []
    for name in form.changed_data:
        if names is not None and name not in names:
            continue
        bound = form[name]
        if bound.is_hidden or isinstance(bound.field.widget, forms.PasswordInput) or name not in form.cleaned_data:
            continue
        before, after = (_stored(bound.field, value) for value in (bound.initial, form.cleaned_data[name]))
        if before != after:
            found.append(Difference(capfirst(str(bound.label)), before, after))
    return found


def in_short(change: Change) -> str:
    """A change on one line."""
    if not change.has_values:
        return change.what
    before, after = (Truncator(value or _("nothing")).chars(60) for value in (change.before, change.after))
    return _("%(field)s: %(before)s → %(after)s") % {"field": change.what, "before": before, "after": after}


def kind_of(model: type[Model]) -> str:
    """What stands for a table in `Change.kind`."""
    return model._meta.label_lower


def in_words(asked: forms.Field, value: Any) -> str:
    """A value as an organiser reads it."""
    return _stored(asked, value) or _("nothing")


def _stored(asked: forms.Field, value: Any) -> str:
    """A value in words; empty: there is none."""
    if isinstance(asked, forms.FileField):
        return str(value or "")
    if isinstance(asked, forms.ModelChoiceField):
        return _rows(asked, value)
    if isinstance(asked, forms.ChoiceField) and value not in (None, "", []):
        labels: dict[Any, Any] = dict(_flat(asked.choices))
        several = value if isinstance(value, list | tuple | set) else [value]
        return ", ".join(str(labels.get(one, labels.get(str(one), one))) for one in several)
    match value:
        case None | "" | []:
            return ""
        case bool():
            return _("yes") if value else _("no")
        case datetime():
            return moment(value)
        case date():
            return date_format(value, "j. F Y")
        case time():
            return value.strftime("%H:%M")
        case MultiValueDict() | list():
            return str(asked.prepare_value(value)) if isinstance(asked, forms.CharField) else ", ".join(map(str, value))
    return str(value)


def _flat(choices: Any) -> Iterable[tuple[Any, Any]]:
    """Choices without the groups that they stand in."""
    for value, label in choices:
        yield from label if isinstance(label, list | tuple) else [(value, label)]


def _rows(asked: forms.ModelChoiceField, value: Any) -> str:
    """Rows by their names, whether the value is one of them, its key, or several of either; what is not offered, as it
    was sent."""
    if not value:
        return ""
    key = asked.prepare_value(value)
    try:
        found = asked.clean(key)
    except ValidationError:
        return str(key)
    return ", ".join(map(str, found)) if isinstance(found, QuerySet) else str(found or "")


def _subject(form: forms.BaseForm, event: Event | None) -> Model:
    subject = form.instance if isinstance(form, forms.BaseModelForm) else event
    assert subject is not None
    return subject


def _home(subject: Model) -> tuple[Event | None, int | None]:
    """The event and the office that something belongs to; a legal page or a login belongs to the whole site."""
    match subject:
        case Event():
            return subject, subject.organiser_id
        case Organiser():
            return None, subject.pk
        case Membership():
            return None, subject.organiser_id
        case Contribution():
            part = subject.slot or subject.workshop
            return (None, None) if part is None else _home(part)
    event = getattr(subject, "event", None)
    return (None, None) if event is None else (event, event.organiser_id)

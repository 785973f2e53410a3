"""The forms of one event: which fields, which choices, what shape. The rules are in `registration.booking`."""

import re
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Div, Fieldset, Layout, Submit
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from events import plaintext
from events.addresses import MailAddressField
from events.models import Event, Workshop
from events.wording import window_in_words
from registration import booking, consents, mails
from registration.booking import (
    AlreadyRegistered,
    Choice,
    ConsentMissing,
    EventGone,
    FormUsedUp,
    Guest,
    NoLivestream,
    Refused,
    RegistrationClosed,
    Seats,
    WordingChanged,
    WorkshopFull,
)
from registration.consents import Wording
from registration.models import MailText, OutgoingMail, Registration

# A form that comes back sooner was filled in by a machine.
MINIMUM_TIME = timedelta(seconds=2)


def _helper(*parts: Any) -> FormHelper:
    """How a form is laid out; what is wrong with it the server says, in words, not the browser's bubbles."""
    helper = FormHelper()
    helper.attrs = {"novalidate": True}
    helper.layout = Layout(*parts)
    return helper


LIVESTREAM = "livestream"


class LineField(forms.CharField):
    """One line of text; white space of any kind becomes one space."""

    def to_python(self, value: Any) -> str:
        return plaintext.line(super().to_python(value) or "")


# Dots are for initials and titles (J.R.R., Dr. h. c., e.V.), a slash within a name for “Ravi s/o Kumar”.
_ADDRESS = r"//|@|=\?|www\.|\S\.(?=\w\w|\d)"
_PATH = r"(?<!\b\w)(?<=\S)/\S|(?<=\S)/(?!\w\b)\S"


def _as_read(text: str) -> str:
    """What people and mail programs make of it: ｅｖｉｌ。com is evil.com, whatever invisible stands between."""
    folded = unicodedata.normalize("NFKC", text).replace("。", ".")
    return "".join(character for character in folded if unicodedata.category(character) not in {"Cf", "Mn", "Me"})


class OrganisationField(LineField):
    """The name of an office; organisers read it, so it holds no address."""

    refused = re.compile(_ADDRESS, re.IGNORECASE)

    def validate(self, value: str) -> None:
        super().validate(value)
        if self.refused.search(_as_read(value)):
            raise ValidationError(
                _(
                    "No web or mail address can stand here. If dots or slashes belong to it, please put a space after"
                    " each."
                )
            )


class NameField(OrganisationField):
    """The name of a person, which goes into mails."""

    refused = re.compile(f"{_ADDRESS}|{_PATH}", re.IGNORECASE)


class ParagraphsField(forms.CharField):
    """Some lines of text."""

    def to_python(self, value: Any) -> str:
        return plaintext.paragraphs(super().to_python(value) or "")


_CONSENT_MISSING = gettext_lazy(
    "Taking part presupposes this consent. Please tick the box, or write to us if you do not agree."
)
_WORDING_CHANGED = gettext_lazy(
    "The wording of the consent or of the privacy notice has changed meanwhile. Please read it and send the form again."
)


class ConsentField(forms.BooleanField):
    """A box of its own for one purpose, never ticked before."""

    def __init__(self, wording: Wording, *, livestream: bool) -> None:
        super().__init__(
            label=wording.text,
            # Guests of the livestream need not agree, so the form says who must.
            required=wording.is_required and not livestream,
            help_text=wording.alternative,
            error_messages={"required": _CONSENT_MISSING},
        )
        self.wording = wording


def consent_field(wording: Wording) -> str:
    """The name of the box for this purpose, such as recording_consent."""
    return f"{wording.purpose}_consent"


def _option(name: object, note: str) -> SafeString:
    return format_html("<b>{}</b> <small>{}</small>", name, note)


class WorkshopField(forms.ChoiceField):
    """One workshop, or the waiting list of a full one, or the livestream: `17`, `17-waiting` or `livestream`.

    A workshop goes by its primary key, because its number may become another's while the form is open. All are taken
    for every workshop, whatever the seats were then; what is true now is for `booking` to say.
    """

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.workshops: dict[str, Workshop] = {}
        self.offered: dict[str, Workshop] = {}
        self.offers_livestream = False

    def offer(
        self,
        workshops: Iterable[Workshop],
        seats: Mapping[int, Seats],
        *,
        held: Workshop | None = None,
        queued: Workshop | None = None,
        livestream: bool = False,
    ) -> None:
        """Show these workshops as they are now, and the livestream; a guest who holds a seat or waits keeps that."""
        self.workshops = {str(workshop.pk): workshop for workshop in workshops}
        self.offers_livestream = livestream
        self.offered = {
            f"{key}-waiting"
            if workshop == queued or (seats[workshop.pk].are_gone and workshop != held)
            else key: workshop
            for key, workshop in self.workshops.items()
        }
        own = {queued: _("you are on the waiting list"), held: _("your seat")}
        choices = [
            (value, _option(workshop, own.get(workshop) or seats[workshop.pk].in_words))
            for value, workshop in self.offered.items()
        ]
        if self.offers_livestream:
            choices.append((LIVESTREAM, _option(_("Livestream"), _("from wherever you are, without a workshop"))))
            self.label = _("Workshop or livestream")
            self.error_messages["required"] = _("Please choose one workshop or the livestream.")
        self.choices = choices

    def valid_value(self, value: Any) -> bool:
        return value == LIVESTREAM or value.removesuffix("-waiting") in self.workshops

    def clean(self, value: Any) -> Choice:
        value = super().clean(value)
        if value == LIVESTREAM:
            return Choice(None)
        return Choice(self.workshops[value.removesuffix("-waiting")], waiting=value.endswith("-waiting"))


@dataclass(frozen=True)
class FormNumber:
    """What a form carries about itself, signed: its own number, when it was opened, and which wordings it showed."""

    number: uuid.UUID
    opened_at: datetime
    wording: str

    def signed(self) -> str:
        return signing.dumps([self.number.hex, self.opened_at.timestamp(), self.wording], salt=__name__)

    @classmethod
    def read(cls, signed: str) -> "FormNumber | None":
        """The number behind what a browser sent; None if we never signed it."""
        try:
            number, opened_at, wording = signing.loads(signed, salt=__name__)
        except signing.BadSignature:
            return None
        return cls(uuid.UUID(number), datetime.fromtimestamp(opened_at, UTC), wording)


class GuestForm(forms.Form):
    """What every way of registering asks for."""

    first_name = NameField(
        label=gettext_lazy("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": gettext_lazy("Please enter your first name.")},
    )
    last_name = NameField(
        label=gettext_lazy("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": gettext_lazy("Please enter your last name.")},
    )
    email = MailAddressField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("We send your confirmation and the calendar entry here."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Please enter your email address.")},
    )
    organisation = OrganisationField(
        label=gettext_lazy("Organisation"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    workshop = WorkshopField(
        label=gettext_lazy("Workshop"),
        error_messages={
            "required": gettext_lazy("Please choose one workshop."),
            "invalid_choice": gettext_lazy("What you had chosen is not offered any more. Please choose again."),
        },
    )
    needs = ParagraphsField(
        label=gettext_lazy("What you need to take part"),
        help_text=gettext_lazy("Such as a ramp, sign language, a seat in front, or food. Only the organisers read it."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        workshops: Iterable[Workshop],
        seats: Mapping[int, Seats],
        held: Workshop | None = None,
        queued: Workshop | None = None,
        livestream: bool,
        asked: Sequence[Wording],
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.workshop_field.offer(workshops, seats, held=held, queued=queued, livestream=livestream)
        self.asked = asked
        for wording in asked:
            self.fields[consent_field(wording)] = ConsentField(wording, livestream=livestream)

    @property
    def workshop_field(self) -> WorkshopField:
        field = self.fields["workshop"]
        assert isinstance(field, WorkshopField)
        return field

    @property
    def consent_fields(self) -> list[str]:
        return [consent_field(wording) for wording in self.asked]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        choice = cleaned.get("workshop")
        if choice is None or choice.workshop is not None:  # who has chosen nothing yet is told everything at once
            for wording in self.asked:
                name = consent_field(wording)
                if wording.is_required and not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _CONSENT_MISSING)
        return cleaned

    def explain(self, refusal: Refused) -> None:
        """Say at the right place why nothing was stored, and what to do; everything else stays as it was typed."""
        self.full_clean()  # as it was sent, before a box is emptied
        if isinstance(refusal, WorkshopFull):
            self.add_error(
                "workshop",
                _(
                    "%(workshop)s filled while you were writing. Please choose again: another workshop, or its"
                    " waiting list."
                )
                % {"workshop": refusal.workshop},
            )
        elif isinstance(refusal, NoLivestream):
            self.add_error("workshop", _("The livestream is not offered any more. Please choose a workshop."))
        elif isinstance(refusal, ConsentMissing):
            for wording in refusal.wordings:
                self.add_error(consent_field(wording), _CONSENT_MISSING)
        elif isinstance(refusal, EventGone):
            self.add_error(None, _("This event is not offered any more, so nothing has been stored."))

    @property
    def guest(self) -> Guest:
        """The guest of a valid form."""
        return Guest(**{name: self.cleaned_data[name] for name in Guest.__dataclass_fields__})

    @property
    def choice(self) -> Choice:
        """The choice in a valid form."""
        choice: Choice = self.cleaned_data["workshop"]
        return choice

    @property
    def agreed(self) -> list[str]:
        """The purposes that the guest of a valid form agreed to."""
        return [wording.purpose for wording in self.asked if self.cleaned_data.get(consent_field(wording))]


def choices(event: Event) -> dict[str, Any]:
    """What somebody who registers chooses from as it is now, for a `GuestForm`."""
    workshops = list(event.workshops.order_by("number"))
    return {
        "workshops": workshops,
        "seats": booking.seats(event, workshops),
        "livestream": event.livestream_offered,
        "asked": consents.asked(event),
    }


class GuardedForm(forms.Form):
    """A form for everybody: no puzzle, but a field that only machines fill in, and a moment that people need."""

    form_number = forms.CharField(widget=forms.HiddenInput, required=False)
    homepage = forms.CharField(
        label=pgettext_lazy("honeypot", "Please leave this field empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def __init__(self, data: QueryDict | None = None, *, now: datetime, wording: str = "", **kwargs: Any) -> None:
        self.now = now
        self.number = FormNumber(uuid.uuid4(), now, wording)
        self.number_sent = FormNumber.read(data.get("form_number", "")) if data is not None else None
        self.trapped = data is not None and bool(data.get("homepage"))
        if data is not None:
            data = self._to_show_again(data)
        initial = {"form_number": self.number.signed()} | kwargs.pop("initial", {})
        super().__init__(data, initial=initial, **kwargs)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.trapped:
            raise ValidationError(
                _(
                    "A field that people cannot see was filled in, perhaps by your browser. We have emptied it."
                    " Please send the form again."
                )
            )
        too_fast = self.number_sent is None or self.now - self.number_sent.opened_at < MINIMUM_TIME
        if too_fast and not self.errors:
            raise ValidationError(
                _(
                    "That was as fast as a machine, so nothing has been stored yet. Everything you entered is still"
                    " here: please wait a moment and send the form again."
                )
            )
        return self.cleaned_data

    def _to_show_again(self, data: QueryDict) -> QueryDict:
        """What was sent, fit for a second try: the trap emptied, and a number of ours in place of none."""
        again = data.copy()
        again["homepage"] = ""
        if self.number_sent is None:
            again["form_number"] = self.number.signed()
        return again

    @staticmethod
    def guards() -> tuple[Div, str]:
        """The hidden parts, for the layout."""
        return Div("homepage", css_class="trap", inert=True), "form_number"


def _consents(form: GuestForm) -> Fieldset | None:
    """The boxes, each for one purpose; where one may follow the livestream, for whom they are."""
    if not form.asked:
        return None
    note = HTML("{% include 'registration/_for_whom.html' %}") if form.workshop_field.offers_livestream else None
    return Fieldset(_("Your consent"), note, *form.consent_fields)


class RegistrationForm(GuardedForm, GuestForm):
    """The form on the website."""

    def __init__(self, data: QueryDict | None = None, *, event: Event, now: datetime, **kwargs: Any) -> None:
        super().__init__(data, now=now, wording=consents.shown_at_form(event), **kwargs)
        self.event = event
        self.filled: Workshop | None = None
        self.helper = self._layout()

    def choose(self, wanted: str) -> None:
        """Choose what a link names by number: a workshop, or with “-waiting” the waiting list of a full one. That the
        workshop has filled is said; nobody is put on a waiting list without having asked for it."""
        for value, workshop in self.workshop_field.offered.items():
            number, full = str(workshop.number), value.endswith("-waiting")
            if wanted == (f"{number}-waiting" if full else number):
                self.initial["workshop"] = value
            elif full and wanted == number:
                self.filled = workshop

    def explain(self, refusal: Refused) -> None:
        super().explain(refusal)
        if isinstance(refusal, RegistrationClosed):
            self.add_error(None, window_in_words(self.event, refusal.window))
        elif isinstance(refusal, FormUsedUp):
            self._take_new_number()
            self.add_error(None, _("This form has registered several people already. Please send it once more."))
        elif isinstance(refusal, WordingChanged):
            self._take_new_number(*self.consent_fields)
            self.add_error(None, _WORDING_CHANGED)

    def _take_new_number(self, *forget: str) -> None:
        """Let the form count as a new one, opened now and showing the wording of now, and forget these fields."""
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        for name in forget:
            data.pop(name, None)
        data["form_number"] = self.number.signed()
        self.data = data

    def _layout(self) -> FormHelper:
        return _helper(
            Fieldset(_("About you"), "first_name", "last_name", "email", "organisation"),
            Fieldset(_("How you take part"), "workshop", "needs"),
            _consents(self),
            *self.guards(),
            HTML("{% include 'registration/_privacy_notice.html' %}"),
            Submit("", _("Register")),
        )


class WordedForm(GuestForm):
    """A form that says which wordings it showed; no secret, for whoever can send it could also read them."""

    wording = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, event: Event, **kwargs: Any) -> None:
        initial = {"wording": consents.shown_at_form(event)} | kwargs.pop("initial", {})
        super().__init__(data, initial=initial, **kwargs)

    def explain(self, refusal: Refused) -> None:
        super().explain(refusal)
        if isinstance(refusal, WordingChanged):
            assert isinstance(self.data, QueryDict)
            self.data = self.data.copy()
            for name in self.consent_fields:
                self.data.pop(name, None)
            self.data["wording"] = self.initial["wording"]
            self.add_error(None, _WORDING_CHANGED)


class ChangeForm(WordedForm):
    """What guests change of their own registration; the address stays, because the key to the page went there."""

    def __init__(self, data: QueryDict | None = None, *, registration: Registration, **kwargs: Any) -> None:
        self.registration = registration
        initial = {name: getattr(registration, name) for name in Guest.__dataclass_fields__}
        initial["workshop"] = self._chosen()
        super().__init__(data, event=registration.event, initial=initial, **kwargs)
        del self.fields["email"]
        self.helper = _helper(
            Fieldset(_("About you"), "first_name", "last_name", "organisation"),
            Fieldset(_("How you take part"), "workshop", "needs"),
            _consents(self),
            "wording",
            Submit("", _("Save the changes")),
        )
        self.helper.disable_csrf = True  # see `views.change`

    @property
    def guest(self) -> Guest:
        self.cleaned_data["email"] = self.registration.email
        return super().guest

    def explain(self, refusal: Refused) -> None:
        super().explain(refusal)
        if isinstance(refusal, AlreadyRegistered):
            self.add_error(None, _("Somebody with this name and address is registered already."))

    def _chosen(self) -> str:
        if self.registration.livestream and self.registration.waiting_for is None:
            return LIVESTREAM
        if self.registration.waiting_for is not None:
            return f"{self.registration.waiting_for_id}-waiting"
        return str(self.registration.workshop_id or "")


class ContactForm(GuardedForm):
    """A question, or a barrier that somebody met."""

    name = NameField(
        label=gettext_lazy("Your name"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = MailAddressField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("Only if you want an answer."),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    message = ParagraphsField(
        label=gettext_lazy("Your question, or what got in your way"),
        help_text=gettext_lazy("If it was a barrier: on which page, and what were you about to do?"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        error_messages={"required": gettext_lazy("Please write a few words.")},
    )

    def __init__(self, data: QueryDict | None = None, *, now: datetime) -> None:
        super().__init__(data, now=now)
        self.helper = _helper("message", "name", "email", *self.guards(), Submit("", _("Send")))


class ByHandForm(WordedForm):
    """An organiser registers somebody who phoned or wrote."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How the registration came in"),
        choices=[choice for choice in Registration.Channel.choices if choice[0] != Registration.Channel.WEB],
        widget=forms.RadioSelect,
    )
    over_capacity = forms.BooleanField(
        label=gettext_lazy("Take one more than there are seats, if the workshop is full."), required=False
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for wording in self.asked:
            field = self.fields[consent_field(wording)]
            field.label = _("The guest has agreed (%(purpose)s).") % {"purpose": wording.purpose.label}
            field.help_text = " ".join(filter(None, (wording.text, wording.alternative)))
        self.order_fields([*GuestForm.base_fields, *self.consent_fields])


class CorrectionForm(forms.ModelForm):
    """An organiser corrects what stands in a registration."""

    first_name = NameField(label=gettext_lazy("First name"), max_length=100)
    last_name = NameField(label=gettext_lazy("Last name"), max_length=100)
    email = MailAddressField(label=gettext_lazy("Email address"), max_length=254)
    organisation = OrganisationField(label=gettext_lazy("Organisation"), max_length=200, required=False)
    needs = ParagraphsField(
        label=gettext_lazy("What you need"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    @property
    def guest(self) -> Guest:
        """The guest of a valid form."""
        return Guest(**{name: self.cleaned_data[name] for name in Guest.__dataclass_fields__})

    def clean(self) -> dict[str, Any]:
        if not self.errors and booking.is_taken(self.instance, self.guest):
            raise ValidationError(_("Somebody with this name and address is registered already."))
        return self.cleaned_data


class MoveForm(forms.Form):
    """An organiser moves guests to another workshop."""

    workshop = forms.ModelChoiceField(
        label=gettext_lazy("Workshop"), queryset=Workshop.objects.none(), widget=forms.RadioSelect, empty_label=None
    )
    over_capacity = forms.BooleanField(
        label=gettext_lazy("Take more than there are seats, if the workshop is full."), required=False
    )

    def __init__(self, data: QueryDict | None = None, *, workshops: QuerySet[Workshop]) -> None:
        super().__init__(data)
        field = self.fields["workshop"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = workshops


class LostLinkForm(forms.Form):
    """Where to send the links to."""

    email = MailAddressField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("The one that you registered with."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Please enter your email address.")},
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.helper = _helper("email", Submit("", _("Send the link again")))


class MailTextForm(forms.ModelForm):
    """An organiser's own wording of a mail; what stands in braces must mean something."""

    class Meta:
        model = MailText
        fields = ("event", "kind", "subject", "text")
        widgets = {
            "subject": forms.TextInput(attrs={"size": 80}),
            "text": forms.Textarea(attrs={"rows": 16, "cols": 80}),
        }

    def clean_text(self) -> str:
        return plaintext.paragraphs(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if kind := cleaned.get("kind") or self.instance.kind:
            for name in ("subject", "text"):
                self._check_placeholders(name, cleaned.get(name, ""), OutgoingMail.Kind(kind))
        return cleaned

    def _check_placeholders(self, name: str, text: str, kind: OutgoingMail.Kind) -> None:
        unknown = mails.unknown_placeholders(text, kind)
        if not unknown:
            return
        self.add_error(
            name,
            ngettext(
                "The placeholder %(unknown)s is unknown. Choose from these: %(known)s.",
                "The placeholders %(unknown)s are unknown. Choose from these: %(known)s.",
                len(unknown),
            )
            % {
                "unknown": ", ".join(unknown),
                "known": ", ".join(f"{{{name}}}" for name in mails.placeholders(kind)),
            },
        )

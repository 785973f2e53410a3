"""The forms of organisers."""

from collections.abc import Sequence
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import plaintext
from events.addresses import MailAddressField
from events.models import Question, Workshop
from registration import booking, imports, mails
from registration.booking import Guest, Seats
from registration.forms.fields import TAKEN, NameField, OrganisationField, ParagraphsField, consent_field
from registration.forms.guarded import layout
from registration.forms.guest import Offer, WordedForm, participation
from registration.models import MailText, OutgoingMail, Registration

_BY_HAND = [choice for choice in Registration.Channel.choices if choice[0] != Registration.Channel.WEB]


class ByHandForm(WordedForm):
    """An organiser registers somebody who phoned or wrote."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How the registration came in"),
        choices=_BY_HAND,
        widget=forms.RadioSelect,
    )
    over_capacity = forms.BooleanField(
        label=gettext_lazy("Take one more than there are seats, where it is full."), required=False
    )

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["email"].help_text = _("The confirmation and the calendar entry go here.")
        for name, missing in _MISSING.items():
            self.fields[name].error_messages["required"] = missing
        for wording in self.wordings:
            field = self.fields[consent_field(wording)]
            field.label = _("The guest has agreed (%(purpose)s).") % {"purpose": wording.purpose.label}
            field.help_text = " ".join(filter(None, (wording.text, wording.alternative)))

    @cached_property
    def helper(self) -> FormHelper:
        return layout(
            Fieldset(_("Who it is"), *_MISSING, "organisation"),
            participation(self, _("How the guest takes part")),
            Fieldset(_("What the guest answers"), *self.questions) if self.questions else None,
            Fieldset(_("What the guest has agreed to"), *self.consent_fields) if self.wordings else None,
            Fieldset(_("How you know"), "channel", "over_capacity"),
            "wording",
            Submit("", _("Register and write to the guest")),
        )


class WhenFull(TextChoices):
    """What becomes of a guest of a list for whom there is no seat."""

    REFUSE = "refuse", gettext_lazy("Tell me; I put something else into the list")
    WAIT = "wait", gettext_lazy("The guest goes on the waiting list")
    BEYOND = "beyond", gettext_lazy("Take one more than there are seats")


class ListForm(forms.Form):
    """A list of people who phoned or wrote, and what is true of all of them."""

    file = forms.FileField(
        label=gettext_lazy("The list"),
        help_text=gettext_lazy("Excel (.xlsx) or CSV, at most 1,000 guests; the first row holds the headings."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv,.txt"}),
        error_messages={
            "required": gettext_lazy("Please choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How the registrations came in"),
        choices=_BY_HAND,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please say how the registrations came in.")},
    )
    when_full = forms.ChoiceField(
        label=gettext_lazy("If a workshop or the event is full"),
        choices=WhenFull,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please say what becomes of a guest then.")},
    )
    agreed = forms.BooleanField(
        label=gettext_lazy(
            "Where the list says “yes” to a consent, the guest has given it in this way after reading or hearing its"
            " wording."
        ),
        error_messages={"required": gettext_lazy("Please confirm this; otherwise a consent is no consent.")},
    )

    def __init__(self, data: QueryDict | None = None, files: Any = None, *, offer: Offer) -> None:
        super().__init__(data, files)
        self.offer = offer
        if not offer.asked.wordings or offer.is_only_livestream:
            del self.fields["agreed"]
        self.helper = layout(*self.fields, Submit("", _("Check the list")))

    def clean_file(self) -> list[imports.Line]:
        """The rows of the file."""
        try:
            return imports.read(self.cleaned_data["file"].read(imports.BYTES_AT_MOST + 1))
        except imports.Unreadable as error:
            raise ValidationError(str(error)) from error


class ListedForm(ByHandForm):
    """One row of such a list; what is wrong is said in words for somebody who reads a table."""

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for name in self.rounds:
            self.fields[name].error_messages["required"] = _("Please write which workshop.")
        for name in self.consent_fields:
            self.fields[name].error_messages["required"] = _("Nobody takes part at the place without this consent.")


_MISSING = {
    "first_name": gettext_lazy("Please enter the first name."),
    "last_name": gettext_lazy("Please enter the last name."),
    "email": gettext_lazy("Please enter the email address."),
}


class CallOffForm(forms.Form):
    """Where the guests of a workshop go that does not take place, and why it does not."""

    CHOOSE, CANCEL = "choose", "cancel"

    where = forms.ChoiceField(
        label=gettext_lazy("What becomes of the guests?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Please say where the guests go."),
            "invalid_choice": gettext_lazy("This is not offered any more. Please choose again."),
        },
    )
    over_capacity = forms.BooleanField(
        label=gettext_lazy("Move them all, beyond the number of seats if need be."), required=False
    )
    reason = ParagraphsField(
        label=gettext_lazy("Why does it not take place?"),
        help_text=gettext_lazy("One or two sentences; they go into the mail as they stand."),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, others: Sequence[tuple[Workshop, Seats]], seats: Seats
    ) -> None:
        super().__init__(data)
        self.others = {str(workshop.pk): workshop for workshop, _seats in others}
        where = self.fields["where"]
        assert isinstance(where, forms.ChoiceField)
        where.choices = [
            *((str(workshop.pk), _fits(workshop, there, seats.taken)) for workshop, there in others),
            (self.CHOOSE, _choose_anew(is_alone=not others)),
            (self.CANCEL, _("Who has nothing else left is cancelled; the others keep the rest.")),
        ]
        has_guests = seats.taken + seats.waiting > 0
        shown = ["where", "over_capacity", "reason"] if others else ["where", "reason"]
        for name in set(self.fields) - set(shown if has_guests else []):
            del self.fields[name]
        self.helper = layout(*self.fields, Submit("", _called_off(seats.taken + seats.waiting), css_class="bad"))

    @property
    def instead(self) -> booking.Instead:
        """What a valid form says; a workshop without guests has no such question."""
        where = self.cleaned_data.get("where", self.CHOOSE)
        beyond = self.cleaned_data.get("over_capacity", False)
        return booking.Instead(self.others.get(where), over_capacity=beyond, cancels=where == self.CANCEL)


def _called_off(guests: int) -> str:
    if not guests:
        return _("Call the workshop off now")
    words = ngettext(
        "Call off now, and write to %(count)d guest", "Call off now, and write to %(count)d guests", guests
    )
    return words % {"count": guests}


def _fits(workshop: Workshop, there: Seats, needed: int) -> str:
    """How many of the guests a workshop has seats for."""
    fit = needed if there.open_to_newcomers is None else min(there.open_to_newcomers, needed)
    values = {"workshop": workshop.name, "fit": fit, "needed": needed, "others": needed - fit}
    if fit == needed:
        return _("To “%(workshop)s”: all %(needed)d find a seat.") % values
    return (
        _(
            "To “%(workshop)s”: %(fit)d of %(needed)d find a seat; %(others)d go on its waiting list, and may choose"
            " something else."
        )
        % values
    )


def _choose_anew(*, is_alone: bool) -> str:
    if is_alone:
        return _("They stay registered, without a workshop in this round.")
    return _("They stay registered, and each chooses anew: the mail leads to the own page.")


class CorrectionForm(forms.ModelForm):
    """An organiser corrects what stands in a registration."""

    class Meta:
        model = Registration
        fields = ("first_name", "last_name", "email", "organisation")

    first_name = NameField(label=gettext_lazy("First name"), max_length=100)
    last_name = NameField(label=gettext_lazy("Last name"), max_length=100)
    email = MailAddressField(label=gettext_lazy("Email address"), max_length=254)
    organisation = OrganisationField(label=gettext_lazy("Organisation"), max_length=200, required=False)

    sees_needs = True  # whoever fills it in

    @property
    def guest(self) -> Guest:
        """The guest of a valid form."""
        return Guest.of(self.cleaned_data)

    def clean_email(self) -> str:
        """A new address gets the key to all answers, so that whoever may not see them sends them nowhere."""
        email: str = self.cleaned_data["email"]
        is_new = email.casefold() != self.initial["email"].casefold()
        if is_new and not self.sees_needs and self.instance.answers.filter(question__sensitive=True).exists():
            raise ValidationError(
                _(
                    "The new address would get this guest’s sensitive answers,"
                    " so only somebody who may see them changes it."
                )
            )
        return email

    def clean(self) -> dict[str, Any]:
        if not self.errors and booking.is_taken(self.instance, self.guest):
            raise ValidationError(TAKEN)
        return self.cleaned_data

    @cached_property
    def helper(self) -> FormHelper:
        return layout(*self.Meta.fields, Submit("", _("Save the correction")))


class PutQuestionsForm(forms.Form):
    """An organiser puts questions to guests who had registered before; `offered` says to how many each."""

    questions = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Questions"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("There is no guest left to ask this.")},
    )

    def __init__(self, data: QueryDict | None = None, *, offered: list[tuple[Question, int]]) -> None:
        super().__init__(data)
        field = self.fields["questions"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.choices = [(str(question.pk), _with_guests(question, count)) for question, count in offered]
        field.coerce = {str(question.pk): question for question, _count in offered}.__getitem__


def _with_guests(question: Question, count: int) -> str:
    words = ngettext("%(question)s (%(count)d guest)", "%(question)s (%(count)d guests)", count)
    return words % {"question": question, "count": count}


class OwnWordsForm(forms.ModelForm):
    """An organiser's own wording of a mail; what stands in braces must mean something."""

    class Meta:
        model = MailText
        fields = ("subject", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 16})}

    def clean_text(self) -> str:
        return plaintext.paragraphs(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_unknown_placeholders(self, OutgoingMail.Kind(self.instance.kind))
        return cleaned

    @cached_property
    def helper(self) -> FormHelper:
        """The fields alone: the page has buttons beside that for saving."""
        helper = layout("subject", "text")
        helper.form_tag = False
        return helper


def refuse_unknown_placeholders(form: forms.BaseForm, kind: OutgoingMail.Kind) -> None:
    """Say at subject and text of a cleaned form what stands in braces there and means nothing in this mail."""
    for name in ("subject", "text"):
        unknown = mails.unknown_placeholders(form.cleaned_data.get(name, ""), kind)
        if not unknown:
            continue
        form.add_error(
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


class AnswerForm(forms.Form):
    """What an organiser answers to an inquiry."""

    text = ParagraphsField(
        label=gettext_lazy("Your answer"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 14}),
        error_messages={"required": gettext_lazy("Please write a few words.")},
    )

    @cached_property
    def helper(self) -> FormHelper:
        """The field alone: the page has more than one button."""
        helper = layout("text")
        helper.form_tag = False
        return helper

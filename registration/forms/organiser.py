"""The forms of organisers."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Submit
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import plaintext
from events.addresses import MailAddressField
from events.models import Question
from registration import booking, mails
from registration.booking import Guest
from registration.forms.fields import TAKEN, NameField, OrganisationField, ParagraphsField, consent_field
from registration.forms.guarded import layout
from registration.forms.guest import WordedForm, participation
from registration.models import MailText, OutgoingMail, Registration


class ByHandForm(WordedForm):
    """An organiser registers somebody who phoned or wrote."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How the registration came in"),
        choices=[choice for choice in Registration.Channel.choices if choice[0] != Registration.Channel.WEB],
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


_MISSING = {
    "first_name": gettext_lazy("Please enter the first name."),
    "last_name": gettext_lazy("Please enter the last name."),
    "email": gettext_lazy("Please enter the email address."),
}


class CorrectionForm(forms.ModelForm):
    """An organiser corrects what stands in a registration."""

    class Meta:
        model = Registration
        fields = ("first_name", "last_name", "email", "organisation")

    first_name = NameField(label=gettext_lazy("First name"), max_length=100)
    last_name = NameField(label=gettext_lazy("Last name"), max_length=100)
    email = MailAddressField(label=gettext_lazy("Email address"), max_length=254)
    organisation = OrganisationField(label=gettext_lazy("Organisation"), max_length=200, required=False)

    @property
    def guest(self) -> Guest:
        """The guest of a valid form."""
        return Guest.of(self.cleaned_data)

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


class OwnWordsForm(MailTextForm):
    """The same for a mail that is chosen already."""

    class Meta(MailTextForm.Meta):
        fields = ("subject", "text")  # type: ignore[assignment]

    @cached_property
    def helper(self) -> FormHelper:
        """The fields alone: the page has buttons beside that for saving."""
        helper = layout("subject", "text")
        helper.form_tag = False
        return helper


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

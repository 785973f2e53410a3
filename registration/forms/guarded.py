"""Forms for everybody: guarded against machines, without a puzzle for people."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Layout, Submit
from django import forms
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from events.addresses import MailAddressField
from registration.forms.fields import NameField, ParagraphsField

# A form that comes back sooner was filled in by a machine.
MINIMUM_TIME = timedelta(seconds=2)


def layout(*parts: Any) -> FormHelper:
    """How a form is laid out; what is wrong with it the server says, in words, not the browser's bubbles."""
    helper = FormHelper()
    helper.attrs = {"novalidate": True}
    helper.layout = Layout(*parts)
    return helper


class Included:
    """A template among the parts of a layout; crispy's own HTML would compile its text anew for every form."""

    def __init__(self, template: str) -> None:
        self.template = template

    def render(self, form: forms.BaseForm, context: Any, **kwargs: Any) -> str:
        return render_to_string(self.template, context.flatten())


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
        self.helper = layout("message", "name", "email", *self.guards(), Submit("", _("Send")))


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
        self.helper = layout("email", Submit("", _("Send the link again")))

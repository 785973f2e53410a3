"""What an organiser writes to many guests."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from registration import messages
from registration.forms.fields import LineField, ParagraphsField
from registration.forms.organiser import refuse_unknown_placeholders
from registration.messages import Group
from registration.models import Message, OutgoingMail


class MessageForm(forms.ModelForm):
    """A draft: to whom, subject and text; what stands in braces must mean something."""

    class Meta:
        model = Message
        fields = ("group", "subject", "text")

    group = forms.ChoiceField(
        label=gettext_lazy("Who is to get it?"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Please choose who is to get the message."),
            "invalid_choice": gettext_lazy("This group is no longer there; please choose another one."),
        },
    )
    subject = LineField(
        label=gettext_lazy("Subject"),
        max_length=200,
        error_messages={"required": gettext_lazy("Please write what it is about.")},
    )
    text = ParagraphsField(
        label=gettext_lazy("Message"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 13}),
        error_messages={"required": gettext_lazy("Please write a few words.")},
    )

    def __init__(self, data: QueryDict | None = None, *, instance: Message, groups: Sequence[Group]) -> None:
        super().__init__(data, instance=instance)
        self.groups = groups
        field = self.fields["group"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(group.key, group.label) for group in groups]

    def clean_subject(self) -> str:
        return _without_keys(self.cleaned_data["subject"])

    def clean_text(self) -> str:
        return _without_keys(self.cleaned_data["text"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        refuse_unknown_placeholders(self, OutgoingMail.Kind.MESSAGE)
        # A list of guests who were ticked stays with the draft, whichever group is chosen.
        meant = {messages.CHOSEN, cleaned.get("group")}
        self.instance.sensitive = any(group.is_sensitive for group in self.groups if group.key in meant)
        return cleaned


def _without_keys(text: str) -> str:
    if messages.holds_a_key(text):
        raise ValidationError(
            _(
                "The address of a guest’s own page stands here. Whoever reads it could act in this guest’s name."
                " Write {link} instead: everybody gets the address of their own page."
            )
        )
    return text

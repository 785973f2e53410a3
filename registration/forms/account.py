"""What somebody who works at the desk says about themselves."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.addresses import MailAddressField
from registration.forms.fields import NameField
from registration.forms.guarded import layout


class OwnNameForm(forms.ModelForm):
    """Name and address; a new address asks for the password, because a lost one is replaced through it."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email")

    first_name = NameField(label=gettext_lazy("First name"), max_length=150, required=False)
    last_name = NameField(label=gettext_lazy("Last name"), max_length=150, required=False)
    email = MailAddressField(label=gettext_lazy("Email address"), max_length=254, required=False)
    password = forms.CharField(
        label=gettext_lazy("Your password"),
        help_text=gettext_lazy("Only if you change the address."),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.has_usable_password():
            del self.fields["password"]
        self.fields["first_name"].widget.attrs["autocomplete"] = "given-name"
        self.fields["last_name"].widget.attrs["autocomplete"] = "family-name"
        self.fields["email"].widget.attrs["autocomplete"] = "email"

    def clean(self) -> dict[str, Any]:
        is_new = "email" in self.changed_data and "email" in self.cleaned_data and "password" in self.fields
        if is_new and not self.instance.check_password(self.cleaned_data.get("password", "")):
            raise ValidationError({"password": _("Please enter your password, so that the address can be changed.")})
        return self.cleaned_data

    @cached_property
    def helper(self) -> FormHelper:
        return layout(*self.fields, Submit("", _("Save")))


class OwnPasswordForm(PasswordChangeForm):
    """A new password, which ends all other logins."""

    @cached_property
    def helper(self) -> FormHelper:
        return layout(*self.fields, Submit("", _("Change password and end all other logins")))

"""The forms of those who work at the desk: whom to invite, who may what, and a password of one's own."""

from typing import Any

from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.addresses import MailAddressField
from events.models import Organiser
from registration.forms.fields import NameField
from registration.forms.guarded import LostLinkForm, layout
from registration.models import Membership

Role = Membership.Role
ROLES = [
    (Role.LEAD, gettext_lazy("Lead: everything; publishes, cancels, erases and says who may what")),
    (Role.EDITOR, gettext_lazy("Texts and programme: writes what the public reads, and sees guests in numbers only")),
    (Role.GUESTS, gettext_lazy("Guests: sees guests and acts for them")),
    (Role.DOOR, gettext_lazy("Door: checks guests in on the day, and nothing else")),
]


class RoleForm(forms.Form):
    """What somebody is there for."""

    role = forms.ChoiceField(
        label=gettext_lazy("Role"),
        choices=ROLES,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Please choose what the person is there for.")},
    )
    sees_needs = forms.BooleanField(
        label=gettext_lazy("Sees sensitive answers, too"),
        help_text=gettext_lazy("Such as diets and what somebody needs to take part. Who leads does so anyway."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = layout("role", "sees_needs", Submit("", _("Save the role")))


class InviteForm(RoleForm):
    """Whom to invite, to which of one's offices."""

    email = MailAddressField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("The one at work. It becomes the user name."),
        max_length=150,
        error_messages={"required": gettext_lazy("Please enter the email address.")},
    )

    def __init__(self, data: QueryDict | None = None, *, offices: QuerySet[Organiser]) -> None:
        super().__init__(data)
        self.only_office = offices[0] if len(offices) == 1 else None
        asked = ["email", "role", "sees_needs"]
        if self.only_office is None:
            self.fields["office"] = forms.ModelChoiceField(
                offices, label=_("Office"), error_messages={"required": _("Please choose the office.")}
            )
            asked.insert(1, "office")
        self.helper = layout(*asked, Submit("", _("Send the invitation")))

    @property
    def office(self) -> Organiser:
        """The office of a valid form."""
        found: Organiser = self.only_office or self.cleaned_data["office"]
        return found


class LostPasswordForm(LostLinkForm):
    """Where to send the key to."""

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data)
        self.fields["email"].help_text = _("The one that you were invited with.")
        self.helper = layout("email", Submit("", _("Send me a link")))


class NewPasswordForm(SetPasswordForm):
    """A password, twice."""

    def __init__(self, user: User, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(user, data, **kwargs)
        self.fields["new_password1"].help_text = _(
            "At least 12 characters: best several words that have nothing to do with each other."
        )
        self.fields["new_password2"].help_text = ""
        self.helper = layout("new_password1", "new_password2", Submit("", _("Save the password")))


class NewLoginForm(NewPasswordForm):
    """Somebody new: a name and a password."""

    first_name = NameField(label=gettext_lazy("First name"), max_length=150)
    last_name = NameField(label=gettext_lazy("Last name"), max_length=150)

    def __init__(self, user: User, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(user, data, **kwargs)
        names = ("first_name", "last_name", "new_password1", "new_password2")
        self.helper = layout(*names, Submit("", _("Accept the invitation")))

    def clean(self) -> dict[str, Any]:
        """The password must not be like the name either."""
        self.user.first_name = self.cleaned_data.get("first_name", "")
        self.user.last_name = self.cleaned_data.get("last_name", "")
        return super().clean() or self.cleaned_data

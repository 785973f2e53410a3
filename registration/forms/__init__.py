"""The forms of one event: which fields, which choices, what shape. The rules are in `registration.booking`."""

from registration.forms.fields import TAKEN
from registration.forms.guarded import ContactForm, FormNumber, LostLinkForm
from registration.forms.guest import ChangeForm, Offer, RegistrationForm, SubstituteForm, offer
from registration.forms.organiser import ByHandForm, CorrectionForm, MailTextForm, PutQuestionsForm
from registration.forms.team import InviteForm, LostPasswordForm, NewLoginForm, NewPasswordForm, RoleForm

__all__ = [
    "TAKEN",
    "ByHandForm",
    "ChangeForm",
    "ContactForm",
    "CorrectionForm",
    "FormNumber",
    "InviteForm",
    "LostLinkForm",
    "LostPasswordForm",
    "MailTextForm",
    "NewLoginForm",
    "NewPasswordForm",
    "Offer",
    "PutQuestionsForm",
    "RegistrationForm",
    "RoleForm",
    "SubstituteForm",
    "offer",
]

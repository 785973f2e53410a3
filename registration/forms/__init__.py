"""The forms of one event: which fields, which choices, what shape. The rules are in `registration.booking`."""

from registration.forms.fields import TAKEN
from registration.forms.guarded import ContactForm, FormNumber, LostLinkForm
from registration.forms.guest import ChangeForm, Offer, RegistrationForm, SubstituteForm, offer
from registration.forms.message import MessageForm
from registration.forms.organiser import (
    AnswerForm,
    ByHandForm,
    CallOffForm,
    CorrectionForm,
    ListedForm,
    ListForm,
    OwnWordsForm,
    PutQuestionsForm,
    WhenFull,
)
from registration.forms.team import InviteForm, LostPasswordForm, NewLoginForm, NewPasswordForm, RoleForm

__all__ = [
    "TAKEN",
    "AnswerForm",
    "ByHandForm",
    "CallOffForm",
    "ChangeForm",
    "ContactForm",
    "CorrectionForm",
    "FormNumber",
    "InviteForm",
    "ListForm",
    "ListedForm",
    "LostLinkForm",
    "LostPasswordForm",
    "MessageForm",
    "NewLoginForm",
    "NewPasswordForm",
    "Offer",
    "OwnWordsForm",
    "PutQuestionsForm",
    "RegistrationForm",
    "RoleForm",
    "SubstituteForm",
    "WhenFull",
    "offer",
]

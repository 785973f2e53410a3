"""The forms of one event: which fields, which choices, what shape. The rules are in `registration.booking`."""

from registration.forms.fields import TAKEN
from registration.forms.guarded import ContactForm, FormNumber, LostLinkForm
from registration.forms.guest import ChangeForm, Offer, RegistrationForm, SubstituteForm, offer
from registration.forms.organiser import (
    ByHandForm,
    CallOffForm,
    CorrectionForm,
    ListedForm,
    ListForm,
    MailTextForm,
    PutQuestionsForm,
    WhenFull,
)

__all__ = [
    "TAKEN",
    "ByHandForm",
    "CallOffForm",
    "ChangeForm",
    "ContactForm",
    "CorrectionForm",
    "FormNumber",
    "ListForm",
    "ListedForm",
    "LostLinkForm",
    "MailTextForm",
    "Offer",
    "PutQuestionsForm",
    "RegistrationForm",
    "SubstituteForm",
    "WhenFull",
    "offer",
]

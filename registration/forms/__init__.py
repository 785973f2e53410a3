"""The forms of one event: which fields, which choices, what shape. The rules are in `registration.booking`."""

from registration.forms.fields import TAKEN
from registration.forms.guarded import ContactForm, FormNumber, LostLinkForm
from registration.forms.guest import ChangeForm, Offer, RegistrationForm, SubstituteForm, offer
from registration.forms.organiser import (
    AnswerForm,
    ByHandForm,
    CorrectionForm,
    MailTextForm,
    OwnWordsForm,
    PutQuestionsForm,
)

__all__ = [
    "TAKEN",
    "AnswerForm",
    "ByHandForm",
    "ChangeForm",
    "ContactForm",
    "CorrectionForm",
    "FormNumber",
    "LostLinkForm",
    "MailTextForm",
    "Offer",
    "OwnWordsForm",
    "PutQuestionsForm",
    "RegistrationForm",
    "SubstituteForm",
    "offer",
]

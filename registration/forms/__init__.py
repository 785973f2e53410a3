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
    MailTextForm,
    OwnWordsForm,
    PutQuestionsForm,
    WhenFull,
)

__all__ = [
    "TAKEN",
    "AnswerForm",
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
    "MessageForm",
    "Offer",
    "OwnWordsForm",
    "PutQuestionsForm",
    "RegistrationForm",
    "SubstituteForm",
    "WhenFull",
    "offer",
]

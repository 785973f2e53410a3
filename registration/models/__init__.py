"""What guests send in, and what goes back to them."""

from registration.models.change import Change
from registration.models.consent import ConsentRecord, ConsentText, with_consents
from registration.models.desk import Invitation, Login, Membership
from registration.models.erasure import Erasure
from registration.models.mail import MailText, OutgoingMail, OutgoingMailQuerySet
from registration.models.message import Message, MessageRecipient
from registration.models.registration import (
    Answer,
    FollowUp,
    Place,
    Registration,
    RegistrationQuerySet,
    with_places,
)
from registration.models.visitor import Attempts, ErasedKey, Inquiry, LinkRequest

__all__ = [
    "Answer",
    "Attempts",
    "Change",
    "ConsentRecord",
    "ConsentText",
    "ErasedKey",
    "Erasure",
    "FollowUp",
    "Inquiry",
    "Invitation",
    "LinkRequest",
    "Login",
    "MailText",
    "Membership",
    "Message",
    "MessageRecipient",
    "OutgoingMail",
    "OutgoingMailQuerySet",
    "Place",
    "Registration",
    "RegistrationQuerySet",
    "with_consents",
    "with_places",
]

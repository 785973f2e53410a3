"""What guests send in, and what goes back to them."""

from registration.models.consent import ConsentRecord, ConsentText, with_consents
from registration.models.desk import Login, Membership
from registration.models.mail import MailText, OutgoingMail, OutgoingMailQuerySet
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
    "ConsentRecord",
    "ConsentText",
    "ErasedKey",
    "FollowUp",
    "Inquiry",
    "LinkRequest",
    "Login",
    "MailText",
    "Membership",
    "OutgoingMail",
    "OutgoingMailQuerySet",
    "Place",
    "Registration",
    "RegistrationQuerySet",
    "with_consents",
    "with_places",
]

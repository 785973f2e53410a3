"""Every mail that the site writes.

`catalogue` has one function each, which stores what is true now (`facts`, `told`) in the words of the site or of the
organiser (`wording`); `writing` makes the mail of it when it leaves. A mail that is stored changes no more.
"""

from registration.mails.catalogue import (
    cancelled,
    changed,
    confirmed,
    consent,
    declined,
    erased,
    event_cancelled,
    event_changed,
    inquiry,
    inquiry_answered,
    invited,
    link,
    message,
    message_to_oneself,
    moved_up,
    new_password,
    questions,
    reminder,
    second_factor_changed,
    second_factor_reset,
    state,
    team_invitation,
    unconfirmed,
    waiting,
    workshop_cancelled,
)
from registration.mails.facts import lines_in_words, next_in_words, seat_in_words, waiting_list, workshops_in_words
from registration.mails.sample import examples, message_as_read, preview
from registration.mails.told import changes_in_words, everything, nothing, nothing_yet
from registration.mails.wording import PLACEHOLDERS, in_force, placeholders, standard, unknown_placeholders
from registration.mails.writing import Written

__all__ = [
    "PLACEHOLDERS",
    "Written",
    "cancelled",
    "changed",
    "changes_in_words",
    "confirmed",
    "consent",
    "declined",
    "erased",
    "event_cancelled",
    "event_changed",
    "everything",
    "examples",
    "in_force",
    "inquiry",
    "inquiry_answered",
    "invited",
    "lines_in_words",
    "link",
    "message",
    "message_as_read",
    "message_to_oneself",
    "moved_up",
    "new_password",
    "next_in_words",
    "nothing",
    "nothing_yet",
    "placeholders",
    "preview",
    "questions",
    "reminder",
    "seat_in_words",
    "second_factor_changed",
    "second_factor_reset",
    "standard",
    "state",
    "team_invitation",
    "unconfirmed",
    "unknown_placeholders",
    "waiting",
    "waiting_list",
    "workshop_cancelled",
    "workshops_in_words",
]

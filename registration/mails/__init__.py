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
    invited,
    link,
    moved_up,
    questions,
    reminder,
    second_factor_reset,
    state,
    unconfirmed,
    waiting,
)
from registration.mails.facts import lines_in_words, next_in_words, seat_in_words, waiting_list, workshops_in_words
from registration.mails.sample import preview
from registration.mails.told import changes_in_words, everything, nothing, nothing_yet
from registration.mails.wording import PLACEHOLDERS, placeholders, standard, unknown_placeholders

__all__ = [
    "PLACEHOLDERS",
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
    "inquiry",
    "invited",
    "lines_in_words",
    "link",
    "moved_up",
    "next_in_words",
    "nothing",
    "nothing_yet",
    "placeholders",
    "preview",
    "questions",
    "reminder",
    "seat_in_words",
    "second_factor_reset",
    "standard",
    "state",
    "unconfirmed",
    "unknown_placeholders",
    "waiting",
    "waiting_list",
    "workshops_in_words",
]

"""Who is the same person, and what somebody says of themself."""

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from events.models import Event
from registration.models import Registration


@dataclass(frozen=True)
class Guest:
    """What somebody says of themself, as checked by a form."""

    first_name: str
    last_name: str
    email: str
    organisation: str = ""


def key(person: Guest | Registration) -> str:
    """The same for everybody with the same names and address, whatever the letters are like; it tells neither."""
    names = "\n".join((person.email, person.first_name, person.last_name))
    # The dot is what folding leaves of a Turkish İ.
    folded = unicodedata.normalize("NFKC", names).casefold().replace("\u0307", "")
    return hashlib.sha256(folded.encode()).hexdigest()


def registrations_of(event: Event, person: Guest | Registration) -> Sequence[Registration]:
    """All that this person has or had at the event; the live one, of which there is at most one, comes first."""
    found = event.registrations.filter(person=key(person))
    return sorted(found, key=lambda registration: (not registration.is_live, -registration.pk))


def live(registrations: Sequence[Registration]) -> Registration | None:
    """The one among somebody's registrations that counts."""
    return next((registration for registration in registrations if registration.is_live), None)


def is_taken(registration: Registration, guest: Guest) -> bool:
    """Whether these names and this address are somebody else's who is registered for the same event."""
    other = live(registrations_of(registration.event, guest))
    return registration.is_live and other is not None and other.pk != registration.pk

"""Who is the same person, and what somebody says of themself."""

import hashlib
import unicodedata
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from events.models import Event
from registration.models import Registration


@dataclass(frozen=True)
class Guest:
    """What somebody says of themself, as checked by a form."""

    first_name: str
    last_name: str
    email: str
    organisation: str = ""

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Guest":
        """The guest whom these values describe, among others."""
        return cls(**{name: values[name] for name in cls.__dataclass_fields__})


def key(person: Guest | Registration) -> str:
    """The same for everybody with the same names and address, whatever the letters are like; it tells neither."""
    names = "\n".join((person.email, person.first_name, person.last_name))
    # The dot is what folding leaves of a Turkish İ.
    folded = unicodedata.normalize("NFKC", names).casefold().replace("\u0307", "")
    return hashlib.sha256(folded.encode()).hexdigest()


def registrations_of(event: Event, person: Guest | Registration) -> Sequence[Registration]:
    """All that this person has or had at the event; the live one, of which there is at most one, comes first."""
    return _live_first(event.registrations.filter(person=key(person)).order_by())


def registered_already(event: Event, people: Iterable[str]) -> dict[str, str]:
    """Those of these people, each by `key`, who are registered for the event, and what they have yet to confirm."""
    known = event.registrations.live().filter(erased_at__isnull=True, person__in=list(people))
    return dict(known.values_list("person", "to_confirm"))


def known(
    event: Event, guest: Guest, form_number: uuid.UUID | None
) -> tuple[Sequence[Registration], Sequence[Registration]]:
    """All that this person has or had at the event, and all that came with this form, whoever they are."""
    person = key(guest)
    same_form = Q() if form_number is None else Q(form_number=form_number)
    # Asked with the event too, SQLite would read all of its registrations.
    rows = Registration.objects.filter(Q(person=person) | same_form).order_by()
    found = _live_first(row for row in rows if row.event_id == event.pk)
    of_the_form = [one for one in found if form_number is not None and one.form_number == form_number]
    return [one for one in found if one.person == person], of_the_form


def _live_first(registrations: Iterable[Registration]) -> Sequence[Registration]:
    return sorted(registrations, key=lambda registration: (not registration.is_live, -registration.pk))


def live(registrations: Sequence[Registration]) -> Registration | None:
    """The one among somebody's registrations that counts."""
    return next((registration for registration in registrations if registration.is_live), None)


def is_taken(registration: Registration, guest: Guest) -> bool:
    """Whether these names and this address are somebody else's who is registered for the same event."""
    other = live(registrations_of(registration.event, guest))
    return registration.is_live and other is not None and other.pk != registration.pk

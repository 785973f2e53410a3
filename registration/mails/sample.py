"""A mail to nobody, for organisers who write its words."""

from copy import copy
from datetime import datetime, timedelta
from uuid import uuid4

from django.utils.functional import Promise as StrPromise
from django.utils.translation import gettext as _

from events.models import Event
from events.wording import moment
from registration.mails.facts import CANCELLING, Facts, freeze, questions_in_words, values_of
from registration.mails.told import true_now
from registration.mails.wording import placeholders
from registration.mails.writing import Written, written
from registration.models import OutgoingMail, Place, Registration

Kind = OutgoingMail.Kind


def preview(event: Event, kind: OutgoingMail.Kind, subject: str, text: str, now: datetime) -> Written:
    """The mail with this wording as a guest would read it whom this kind of mail reaches."""
    return written(facts(event, kind, (text, subject), now))


def message_as_read(registration: Registration, words: tuple[str, str], now: datetime) -> Written:
    """What an organiser writes, as this very guest would read it; but for the key of the own page, which is a made-up
    one: it opens sensitive answers, too."""
    reader = copy(registration)
    reader.token = uuid4()
    return written(freeze(reader, Kind.MESSAGE, words, {}, now, with_entry=False))


def facts(event: Event, kind: OutgoingMail.Kind, words: tuple[str, str], now: datetime) -> Facts:
    """What it says, for a guest who is made up."""
    guest, about, with_entry = _example(event, kind, now)
    return freeze(guest, kind, words, about, now, with_entry=with_entry)


def examples(event: Event, kind: OutgoingMail.Kind, now: datetime) -> list[tuple[str, StrPromise, str]]:
    """The placeholders that this mail may have: name, meaning, and what this guest would read there, which may be
    nothing."""
    guest, about, with_entry = _example(event, kind, now)
    values = {**values_of(guest, kind, now, with_entry=with_entry), **about}
    return [(name, meaning, values[name]) for name, meaning in placeholders(kind).items()]


def _example(event: Event, kind: OutgoingMail.Kind, now: datetime) -> tuple[Registration, dict[str, str], bool]:
    """A guest whom this kind of mail reaches, what the registration does not tell, and whether an entry is attached."""
    guest = Registration(event=event, first_name="Erika", last_name="Mustermann", email="erika@example.org")
    guest.address_known, guest.changed_at = kind != Kind.UNCONFIRMED, now
    first = min(event.workshops.all(), key=lambda workshop: workshop.number, default=None)
    guest.all_places = []
    if kind == Kind.DECLINED or (kind in CANCELLING and kind != Kind.EVENT_CANCELLED):
        guest.state = Registration.State.CANCELLED
    else:
        waits = kind == Kind.WAITING
        guest.state = Registration.State.WAITING if waits else Registration.State.CONFIRMED
        if first is not None:
            guest.all_places = [Place(round=first.slot, workshop=first, queued_at=now if waits else None)]
        elif waits:
            guest.queued_at = now
    if kind not in {Kind.MOVED_UP, Kind.CHANGED}:
        guest.told = true_now(guest)
    if kind == Kind.EVENT_CHANGED:
        guest.told = true_now(guest) | {"starts_at": (event.starts_at - timedelta(hours=1)).isoformat()}
    about = {
        "confirm_by": moment(now),
        "purpose": _("recordings"),
        "alternative": _("You can follow the event in the livestream."),
        "questions": questions_in_words(list(event.questions.all())[:2]),
        "workshop": first.name if first is not None else _("Workshop"),
        "reason": _("The leader is ill."),
        "choose": "",
    }
    about = {name: value for name, value in about.items() if name in placeholders(kind)}
    with_entry = (guest.has_an_entry or kind in CANCELLING) and kind != Kind.UNCONFIRMED
    return guest, about, with_entry

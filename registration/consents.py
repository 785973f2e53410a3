"""What guests agree to: which wordings an event has now, and the record of each decision."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from events.models import Event
from registration.models import ConsentRecord, ConsentText, Registration


@dataclass(frozen=True)
class Wording:
    """What a guest reads at the form for one purpose."""

    purpose: ConsentText.Purpose
    text: str
    alternative: str = ""

    @property
    def sha256(self) -> str:
        """The fingerprint of all that the guest reads: the wording and the alternative below it."""
        return hashlib.sha256(f"{self.text}\0{self.alternative}".encode()).hexdigest()


def recording(event: Event) -> Wording | None:
    """The consent to recordings that the event asks for, if it asks for one."""
    if not event.recording_consent:
        return None
    return Wording(ConsentText.Purpose.RECORDING, event.recording_consent, event.recording_alternative)


def privacy(event: Event) -> Wording:
    """The privacy notice in short, for information at the form (GDPR, article 13)."""
    text = _(
        "We use what you enter here only for this event: to reserve your seat, to write to you about it and to print"
        " the list of guests. Responsible: %(organiser)s, %(email)s. You may see, correct and have erased what we"
        " store about you."
    ) % {"organiser": event.organiser.name, "email": event.organiser.email}
    return Wording(ConsentText.Purpose.PRIVACY, text)


def shown_at_form(event: Event) -> str:
    """One fingerprint of every wording at the form; it differs as soon as one of them does."""
    wordings = filter(None, (privacy(event), recording(event)))
    return hashlib.sha256("".join(wording.sha256 for wording in wordings).encode()).hexdigest()


def record(registration: Registration, now: datetime, actor: str = "") -> None:
    """Note that this guest was informed and, where the event asks for it, agreed to recordings.

    Call it in the transaction that stores the registration, with the event locked.
    """
    event = registration.event
    decisions = [(privacy(event), ConsentRecord.Decision.INFORMED)]
    if (asked := recording(event)) is not None:
        decisions.append((asked, ConsentRecord.Decision.GIVEN))
    for wording, decision in decisions:
        registration.consents.create(
            text=_stored(event, wording), decision=decision, at=now, channel=registration.channel, actor=actor
        )


def _stored(event: Event, wording: Wording) -> ConsentText:
    """The row of this wording: one that is there, or the next version."""
    texts = event.consent_texts.filter(purpose=wording.purpose)
    found = texts.filter(sha256=wording.sha256).first()
    if found is not None:
        return found
    latest = texts.aggregate(latest=Max("version"))["latest"] or 0
    return event.consent_texts.create(
        purpose=wording.purpose,
        version=latest + 1,
        wording=wording.text,
        alternative=wording.alternative,
        sha256=wording.sha256,
    )

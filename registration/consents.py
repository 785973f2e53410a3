"""What guests are told and agree to: which wordings an event has now, and the record of each decision."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact
from django.utils.translation import gettext as _

from events.models import ConsentRequest, Event
from registration.models import ConsentRecord, ConsentText, Registration, RegistrationQuerySet

Kind = ConsentText.Kind
Purpose = ConsentText.Purpose
Decision = ConsentRecord.Decision


@dataclass(frozen=True)
class Wording:
    """What a guest reads at the form for one purpose."""

    purpose: Purpose
    kind: Kind
    text: str
    alternative: str = ""

    @property
    def sha256(self) -> str:
        """The fingerprint of all that the guest reads: wording, alternative, and whether one must agree."""
        return hashlib.sha256(f"{self.kind}\0{self.text}\0{self.alternative}".encode()).hexdigest()

    @property
    def is_required(self) -> bool:
        return self.kind == Kind.REQUIRED


def asked(event: Event) -> list[Wording]:
    """What the event asks those to agree to who come to the place."""
    return [_wording(request) for request in event.consent_requests.all()]


def _wording(request: ConsentRequest) -> Wording:
    return Wording(Purpose(request.purpose), Kind(request.kind), request.wording, request.alternative)


def privacy(event: Event) -> Wording:
    """The privacy notice in short, for information at the form (GDPR, article 13)."""
    text = _(
        "We use what you enter here only for this event: to reserve your seat, to write to you about it and to print"
        " the list of guests. Responsible: %(organiser)s, %(email)s. You may see, correct and have erased what we"
        " store about you."
    ) % {"organiser": event.organiser.name, "email": event.organiser.email}
    return Wording(Purpose.PRIVACY, Kind.INFORMATION, text)


def shown_at_form(event: Event, wordings: Iterable[Wording] | None = None) -> str:
    """One fingerprint of every wording at the form; it differs as soon as one of them does. `wordings` is what is
    `asked`, where that is known."""
    shown = (privacy(event), *(asked(event) if wordings is None else wordings))
    return hashlib.sha256("".join(wording.sha256 for wording in shown).encode()).hexdigest()


def to_ask(registration: Registration, wordings: Iterable[Wording] | None = None) -> list[Wording]:
    """What somebody must be asked who follows the livestream and now wants to come, or shall come instead of somebody:
    all that was not agreed to yet. `wordings` is what the event asks, where that is known.

    Guests who come have been asked, and whoever withdrew a consent stays registered and is not asked again.
    """
    if not registration.livestream and not registration.is_invited:
        return []
    given = {record.text.sha256 for record in standing(registration) if record.decision == Decision.GIVEN}
    wordings = asked(registration.event) if wordings is None else wordings
    return [wording for wording in wordings if wording.sha256 not in given]


def standing(registration: Registration) -> list[ConsentRecord]:
    """The guest's last decision for each purpose, each with its text; the privacy notice is no decision."""
    last = {record.text.purpose: record for record in registration.all_consents}
    return [record for purpose, record in last.items() if purpose != Purpose.PRIVACY]


def informed(registration: Registration) -> ConsentRecord | None:
    """The record of the privacy notice that the guest was shown."""
    shown = (record for record in reversed(registration.all_consents) if record.text.purpose == Purpose.PRIVACY)
    return next(shown, None)


@dataclass(frozen=True)
class Standing:
    """How things stand for one purpose: the guest's last decision, if there was any, and what one may agree to now."""

    purpose: str
    record: ConsentRecord | None
    offer: Wording | None

    @property
    def in_words(self) -> str:
        return _("not decided") if self.record is None else self.record.get_decision_display()

    @property
    def is_withdrawn(self) -> bool:
        return self.record is not None and self.record.decision == Decision.WITHDRAWN

    @property
    def is_about_recordings(self) -> bool:
        return self.record is not None and self.record.text.purpose == Purpose.RECORDING


def after_withdrawing(registration: Registration, text: ConsentText) -> str:
    """What somebody is told who took a consent back: that the seat stays, and what it means at the place."""
    stays = _("Your registration stays as it is.")
    if text.purpose == Purpose.RECORDING and registration.is_live and not registration.livestream:
        stays = _("You keep your seat. At the place, please say at the entrance that you do not want to be recorded.")
    return f"{stays} {text.alternative}".strip()


def decisions(registration: Registration) -> list[Standing]:
    """Every purpose that the guest decided about or may decide about; nobody asks guests of the livestream."""
    records = {record.text.purpose: record for record in standing(registration)}
    offers = {str(wording.purpose): wording for wording in asked(registration.event)}
    purposes = list(records) + [name for name in offers if name not in records and not registration.livestream]
    found = []
    for purpose in purposes:
        record = records.get(purpose)
        given = record is not None and record.decision == Decision.GIVEN
        found.append(Standing(str(Purpose(purpose).label), record, None if given else offers.get(purpose)))
    return found


def record(
    registration: Registration,
    wordings: Collection[Wording],
    agreed: Collection[str],
    now: datetime,
    actor: str = "",
) -> None:
    """Note what this guest decided about each of these wordings: given for the purposes in `agreed`, else refused; what
    only informs has been shown.

    Call it in the transaction that stores the registration, with the event locked.
    """
    texts = _stored(registration.event, wordings)
    decisions = [(texts[wording], _decision(wording, agreed)) for wording in wordings]
    _record(registration, decisions, now, actor)


def _decision(wording: Wording, agreed: Collection[str]) -> Decision:
    if wording.kind == Kind.INFORMATION:
        return Decision.INFORMED
    return Decision.GIVEN if wording.purpose in agreed else Decision.REFUSED


def withdraw(registration: Registration, purpose: str, now: datetime, actor: str = "") -> ConsentRecord | None:
    """Take a consent back for the future (GDPR, article 7, 3); None if there is none to take back."""
    given = next((found for found in standing(registration) if found.text.purpose == purpose), None)
    if given is None or given.decision != Decision.GIVEN:
        return None
    return _record(registration, [(given.text, Decision.WITHDRAWN)], now, actor)[0]


def withdraw_all(registration: Registration, now: datetime, actor: str = "") -> None:
    """Take back whatever was agreed to, because somebody else comes."""
    given = [found.text for found in standing(registration) if found.decision == Decision.GIVEN]
    _record(registration, [(text, Decision.WITHDRAWN) for text in given], now, actor)


def give(registration: Registration, wording: Wording, now: datetime, actor: str = "") -> ConsentRecord | None:
    """Agree to this wording; None if that is how things stand."""
    last = next((found for found in standing(registration) if found.text.purpose == wording.purpose), None)
    if last is not None and last.decision == Decision.GIVEN and last.text.sha256 == wording.sha256:
        return None
    text = _stored(registration.event, [wording])[wording]
    return _record(registration, [(text, Decision.GIVEN)], now, actor)[0]


def _record(
    registration: Registration, decisions: Iterable[tuple[ConsentText, Decision]], now: datetime, actor: str
) -> list[ConsentRecord]:
    """Without an actor it was the guest, on the website."""
    channel = registration.channel if actor else Registration.Channel.WEB
    records = ConsentRecord.objects.bulk_create(
        ConsentRecord(registration=registration, text=text, decision=decision, at=now, channel=channel, actor=actor)
        for text, decision in decisions
    )
    registration.all_consents += records
    return records


def _stored(event: Event, wordings: Iterable[Wording]) -> dict[Wording, ConsentText]:
    """The row of each wording: one that is there, or the next version."""
    texts = event.consent_texts.filter(sha256__in=[wording.sha256 for wording in wordings]).order_by()
    found = {(text.purpose, text.sha256): text for text in texts}
    return {wording: found.get((wording.purpose, wording.sha256)) or _added(event, wording) for wording in wordings}


def _added(event: Event, wording: Wording) -> ConsentText:
    latest = event.consent_texts.filter(purpose=wording.purpose).aggregate(latest=Max("version"))["latest"] or 0
    return event.consent_texts.create(
        purpose=wording.purpose,
        kind=wording.kind,
        version=latest + 1,
        wording=wording.text,
        alternative=wording.alternative,
        sha256=wording.sha256,
    )


def with_decisions(registrations: RegistrationQuerySet) -> RegistrationQuerySet:
    """Each with `recording_decision` and `publicity_decision`: what its guest decided last; None if nobody asked."""
    return registrations.annotate(
        recording_decision=_last_decision(Purpose.RECORDING), publicity_decision=_last_decision(Purpose.PUBLICITY)
    )


def has_agreed(purpose: ConsentText.Purpose) -> Q:
    """Whose last decision about this purpose was yes; not who was never asked."""
    return Q(Exact(Coalesce(_last_decision(purpose), Value("")), Value(Decision.GIVEN.value)))


def _last_decision(purpose: ConsentText.Purpose) -> Subquery:
    decided = ConsentRecord.objects.filter(registration=OuterRef("pk"), text__purpose=purpose).order_by("-pk")
    return Subquery(decided.values("decision")[:1])

"""Every mail: one function each. It stores what is true, in the transaction that makes it so."""

from collections.abc import Collection, Mapping
from datetime import datetime
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User

from events.models import Event, Organiser, Question, Workshop
from events.wording import moment
from registration import consents, mailboxes
from registration.mails import sample, told, wording
from registration.mails.facts import Facts, choose_in_words, freeze, questions_in_words
from registration.models import ConsentRecord, Inquiry, Invitation, OutgoingMail, Registration

Kind = OutgoingMail.Kind


def confirmed(registration: Registration, now: datetime) -> None:
    _store(registration, Kind.CONFIRMED, now, with_entry=True)


def waiting(registration: Registration, now: datetime) -> None:
    _store(registration, Kind.WAITING, now)


def unconfirmed(registration: Registration, now: datetime) -> None:
    """To an address that may be somebody else's."""
    assert registration.confirm_by is not None
    _store(registration, Kind.UNCONFIRMED, now, {"confirm_by": moment(registration.confirm_by)})


def moved_up(registration: Registration, now: datetime) -> None:
    """Shortly before the event it is the reminder."""
    if registration.event.reminds(now):
        told.note_reminder(registration)
    _store_or_ask_to_confirm(registration, Kind.MOVED_UP, now, with_entry=registration.has_an_entry)


def changed(registration: Registration, now: datetime) -> None:
    _store_or_ask_to_confirm(registration, Kind.CHANGED, now, with_entry=registration.has_an_entry)


def cancelled(registration: Registration, now: datetime, kind: OutgoingMail.Kind, *, with_entry: bool) -> None:
    """`kind` says by whom; `with_entry` takes back the entry of a guest who had one."""
    _store(registration, kind, now, with_entry=with_entry)


def declined(registration: Registration, now: datetime) -> None:
    """To somebody whose seat was given to somebody else, who does not come."""
    _store(registration, Kind.DECLINED, now)


def erased(registration: Registration, now: datetime, *, with_entry: bool) -> None:
    """The last mail, stored while there is still a name to write to; the outbox forgets it when it has left."""
    _store(registration, Kind.ERASED, now, with_entry=with_entry)


def invited(registration: Registration, now: datetime) -> None:
    """To somebody who shall come instead of somebody else."""
    assert registration.confirm_by is not None
    _store(registration, Kind.INVITED, now, {"confirm_by": moment(registration.confirm_by)})


def consent(record: ConsentRecord, now: datetime) -> None:
    """To somebody who withdrew a consent, or gave one later."""
    withdrawn = record.decision == ConsentRecord.Decision.WITHDRAWN
    told = consents.after_withdrawing(record.registration, record.text) if withdrawn else record.text.alternative
    about = {"purpose": record.text.get_purpose_display(), "alternative": told}
    _store(record.registration, Kind.CONSENT_WITHDRAWN if withdrawn else Kind.CONSENT_GIVEN, now, about)


def reminder(registration: Registration, now: datetime) -> None:
    told.note_reminder(registration)
    _store(registration, Kind.REMINDER, now, with_entry=True)


def event_changed(registration: Registration, now: datetime) -> None:
    """What has changed stands in every mail whose guest does not know it yet; this one has no other reason."""
    _store(registration, Kind.EVENT_CHANGED, now, with_entry=registration.has_an_entry)


def event_cancelled(registration: Registration, now: datetime) -> None:
    _store(registration, Kind.EVENT_CANCELLED, now, with_entry=registration.has_an_entry)


def workshop_cancelled(
    registration: Registration, workshop: Workshop, reason: str, now: datetime, *, with_entry: bool
) -> None:
    """To somebody who had a seat in this workshop or waited for one, with what is true now."""
    about = {"workshop": workshop.name, "reason": reason, "choose": choose_in_words(registration, workshop, now)}
    _store_or_ask_to_confirm(registration, Kind.WORKSHOP_CANCELLED, now, about, with_entry=with_entry)


def questions(registration: Registration, put: Collection[Question], now: datetime) -> None:
    """All that is put to a guest at once; the mail says what is asked and what for, and never an answer."""
    _store(registration, Kind.QUESTIONS, now, {"questions": questions_in_words(put)})


def message(registration: Registration, words: tuple[str, str], now: datetime) -> OutgoingMail:
    """What an organiser wrote, the text and the subject with their placeholders."""
    return _store(registration, Kind.MESSAGE, now, words=words)


def message_to_oneself(event: Event, recipient: str, words: tuple[str, str], now: datetime) -> None:
    """The same as a made-up guest would read it, to the organiser who writes it."""
    enqueue(None, Kind.MESSAGE, recipient, sample.facts(event, Kind.MESSAGE, words, now), now)


def link(registration: Registration, now: datetime) -> None:
    _store_or_ask_to_confirm(registration, Kind.LINK, now)


def state(registration: Registration, now: datetime) -> None:
    """The mail that says what is true for a guest."""
    if not registration.is_live:
        link(registration, now)
    elif registration.event.status == Event.Status.CANCELLED:
        event_cancelled(registration, now)
    elif registration.must_confirm_address:
        unconfirmed(registration, now)
    elif registration.is_invited:
        invited(registration, now)
    elif registration.confirm_by is not None:
        moved_up(registration, now)
    elif registration.state == Registration.State.CONFIRMED:
        confirmed(registration, now)
    elif registration.state == Registration.State.WAITING:
        waiting(registration, now)


def inquiry(inquiry: Inquiry, organiser: Organiser, now: datetime) -> None:
    """To the organiser; an answer to it goes to whoever asked."""
    text, subject = wording.from_template(Kind.INQUIRY, {"inquiry": inquiry})
    facts: Facts = {"sender": organiser.name, "answers_to": ("", inquiry.email), "subject": subject, "opening": text}
    enqueue(inquiry, Kind.INQUIRY, organiser.email, facts, now)


def inquiry_answered(inquiry: Inquiry, organiser: Organiser, text: str, now: datetime) -> None:
    """To whoever asked, in the organiser's own words, below which stands what was asked."""
    values = {"inquiry": inquiry, "text": text, "asked_at": moment(inquiry.sent_in_at)}
    opening, subject = wording.from_template(Kind.INQUIRY_ANSWERED, values)
    answers_to = organiser.name, organiser.email
    facts: Facts = {"sender": organiser.name, "answers_to": answers_to, "subject": subject, "opening": opening}
    enqueue(inquiry, Kind.INQUIRY_ANSWERED, inquiry.email, facts, now)


def team_invitation(invitation: Invitation, link: str, now: datetime) -> None:
    """To somebody who is to work at an office; an answer to it goes to that office."""
    office = invitation.organiser
    text, subject = wording.from_template(Kind.TEAM_INVITATION, {"invitation": invitation, "link": link})
    facts: Facts = {"sender": office.name, "answers_to": (office.name, office.email), "subject": subject}
    enqueue(invitation, Kind.TEAM_INVITATION, invitation.email, {**facts, "opening": text}, now)


def new_password(user: User, link: str, now: datetime) -> None:
    """To somebody at the desk who has forgotten the password."""
    text, subject = wording.from_template(Kind.NEW_PASSWORD, {"user": user, "link": link})
    facts: Facts = {"sender": "Fachtag", "answers_to": ("", ""), "subject": subject, "opening": text}
    enqueue(None, Kind.NEW_PASSWORD, user.email, facts, now)


def second_factor_reset(user: User, actor: str, now: datetime) -> None:
    """To somebody at the desk whose second factor was taken away; `actor` is who did it, in words."""
    text, subject = wording.from_template(Kind.SECOND_FACTOR_RESET, {"user": user, "actor": actor})
    facts: Facts = {"sender": "Fachtag", "answers_to": ("", ""), "subject": subject, "opening": text}
    enqueue(None, Kind.SECOND_FACTOR_RESET, user.email, facts, now)


def second_factor_changed(user: User, what: str, now: datetime) -> None:
    """To somebody at the desk who changed or used the second factor, or is to hear that somebody else did."""
    text, subject = wording.from_template(Kind.SECOND_FACTOR_CHANGED, {"user": user, "what": what})
    facts: Facts = {"sender": "Fachtag", "answers_to": ("", ""), "subject": subject, "opening": text}
    enqueue(None, Kind.SECOND_FACTOR_CHANGED, user.email, facts, now)


def _store_or_ask_to_confirm(
    registration: Registration,
    kind: OutgoingMail.Kind,
    now: datetime,
    about: Mapping[str, str] | None = None,
    *,
    with_entry: bool = False,
) -> None:
    if registration.must_confirm_address:
        unconfirmed(registration, now)
    else:
        _store(registration, kind, now, about, with_entry=with_entry)


def _store(
    registration: Registration,
    kind: OutgoingMail.Kind,
    now: datetime,
    about: Mapping[str, str] | None = None,
    *,
    words: tuple[str, str] | None = None,
    with_entry: bool = False,
) -> OutgoingMail:
    words = words or wording.in_force(registration.event, kind)
    facts = freeze(registration, kind, words, about or {}, now, with_entry=with_entry)
    mail = enqueue(registration, kind, registration.email, facts, now)
    if registration.event.status != Event.Status.CANCELLED or kind == Kind.EVENT_CANCELLED:  # that has its own mail
        told.note(registration, with_entry=with_entry)
    return mail


def enqueue(
    about: Registration | Inquiry | Invitation | None,
    kind: OutgoingMail.Kind,
    recipient: str,
    facts: Facts,
    now: datetime,
) -> OutgoingMail:
    """Put a mail into the outbox; call it in the transaction of what the mail tells."""
    return OutgoingMail.objects.create(
        registration=about if isinstance(about, Registration) else None,
        inquiry=about if isinstance(about, Inquiry) else None,
        invitation=about if isinstance(about, Invitation) else None,
        kind=kind,
        recipient=recipient,
        mailbox=mailboxes.counted_as(recipient),
        subject=facts["subject"],
        facts={**facts, "message_id": make_msgid(domain=urlsplit(settings.SITE_URL).hostname)},
        created_at=now,
        next_try_at=now,
    )

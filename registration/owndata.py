"""What is stored about one guest (GDPR, articles 15 and 20): as a file to take along, and in words to read."""

from collections.abc import Iterable
from datetime import datetime
from textwrap import wrap
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from events.wording import moment
from registration import answers
from registration.models import ConsentRecord, OutgoingMail, Registration

Pairs = list[tuple[str, str]]


def own_data(registration: Registration) -> dict[str, Any]:
    """What is stored about a guest, with the consents and the mails, but for the numbers that only we work with."""
    return {
        "event": registration.event.title,
        "first_name": registration.first_name,
        "last_name": registration.last_name,
        "email": registration.email,
        "organisation": registration.organisation,
        "answers": [{"question": question, "answer": answer} for question, answer in answers.read(registration)],
        "state": registration.state,
        "in_line_for_the_event_since": registration.queued_at,
        "workshops": [str(place.workshop) for place in registration.held],
        "waiting_for": [{"workshop": str(place.workshop), "since": place.queued_at} for place in registration.queues],
        "livestream": registration.livestream,
        "language": registration.language,
        "channel": registration.channel,
        "registered_at": registration.registered_at,
        "changed_at": registration.changed_at,
        "checked_in_at": registration.checked_in_at,
        "address_to_be_confirmed_by": registration.confirm_by,
        "consents": [
            {
                "purpose": record.text.purpose,
                "kind": record.text.kind,
                "version": record.text.version,
                "wording": record.text.wording,
                "alternative": record.text.alternative,
                "sha256": record.text.sha256,
                "decision": record.decision,
                "at": record.at,
                "channel": record.channel,
            }
            for record in registration.all_consents
        ],
        "mails": [
            {"kind": mail.kind, "subject": mail.subject, "recipient": mail.recipient, "sent_at": mail.sent_at}
            for mail in registration.mails.order_by("pk")
        ],
    }


def in_words(registration: Registration) -> list[tuple[str, Pairs]]:
    """The same for people: headings, each with pairs of a label and a value."""
    sections = [
        (_("Your registration"), _registration(registration)),
        (_("Your answers"), answers.read(registration)),
        *(
            (_("Consent: %(purpose)s") % {"purpose": record.text.get_purpose_display()}, _consent(record))
            for record in registration.all_consents
        ),
        (_("Mails to you"), _mails(registration.mails.order_by("pk"))),
    ]
    return [(heading, pairs) for heading, pairs in sections if pairs]


def _registration(registration: Registration) -> Pairs:
    pairs = [
        (_("Event"), registration.event.title),
        (_("Name"), registration.name),
        (_("Email"), registration.email),
        (_("Organisation"), registration.organisation),
        (_("State"), registration.standing),
        (_("Workshop"), "\n".join(str(place.workshop) for place in registration.held)),
        (_("Waiting list"), _lines(registration)),
        (_("Livestream"), _("yes") if registration.livestream else ""),
        (_("Language"), str(get_language_info(registration.language)["name_local"])),
        (_("Channel"), registration.get_channel_display()),
        (_("Registered"), moment(registration.registered_at)),
        (_("Changed"), moment(registration.changed_at)),
        (_("Checked in"), _moment(registration.checked_in_at)),
        (_("To be confirmed by"), _moment(registration.confirm_by)),
    ]
    return [(label, value) for label, value in pairs if value]


def _lines(registration: Registration) -> str:
    """What somebody waits for, and since when."""
    waits = {_("Event"): registration.queued_at} if registration.queued_at else {}
    waits |= {str(place.workshop): place.queued_at for place in registration.queues if place.queued_at}
    since = _("%(what)s, since %(date)s")
    return "\n".join(since % {"what": what, "date": _moment(when)} for what, when in waits.items())


def _consent(record: ConsentRecord) -> Pairs:
    version = _("Version %(version)s, %(kind)s") % {
        "version": record.text.version,
        "kind": record.text.get_kind_display(),
    }
    pairs = [
        (_("Decision"), f"{record.get_decision_display()}, {moment(record.at)}, {record.get_channel_display()}"),
        (_("Wording"), record.text.wording),
        (_("Without it"), record.text.alternative),
        (_("Version"), version),
        (_("Check sum"), " ".join(wrap(record.text.sha256, 8))),
    ]
    return [(label, value) for label, value in pairs if value]


def _mails(found: Iterable[OutgoingMail]) -> Pairs:
    return [
        (_moment(mail.sent_at) or _("not sent yet"), f"{mail.get_kind_display()}: {mail.subject}\n{mail.recipient}")
        for mail in found
    ]


def _moment(when: datetime | None) -> str:
    return "" if when is None else moment(when)

"""Several mails for one mailbox, written into one: mails in, a mail out."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.plaintext import header
from events.wording import moment
from registration.mails.writing import worn
from registration.models import OutgoingMail


@dataclass(frozen=True)
class Section:
    """One of the mails, as it reads within the other; which registration it is about where there are several, because
    no unconfirmed mail names anybody; `answers_to` where that is not the same for all."""

    subject: str
    plain: str
    html: str
    answers_to: str
    about: str = ""


def recipient(mails: Collection[OutgoingMail]) -> str:
    """Where they go: all addresses lead to one mailbox, but an +alias only where the server knows such."""
    return min((mail.recipient for mail in mails), key=lambda address: "+" in address)


def join(written: Mapping[OutgoingMail, bytes], now: datetime) -> bytes:
    """One mail that says all that these say, each thing once, with the last calendar entry of each registration."""
    mails, messages = list(written), [message_from_bytes(mime, policy=SMTP) for mime in written.values()]
    answers = {str(message["Reply-To"] or "") for message in messages}
    numbers = _numbers(mails)
    pairs = sorted(zip(mails, messages, strict=True), key=lambda pair: numbers.get(pair[0].registration_id, 0))
    about: dict[Section, str] = {}
    for mail, message in pairs:
        section, whose = _section(message, with_answers=len(answers) > 1), _about(mail, numbers)
        about[section] = whose if about.get(section, whose) == whose else ""  # what says the same of several is one
    sections = [replace(section, about=whose) for section, whose in about.items()]
    if len(sections) == 1:
        return written[mails[-1]]
    house = next((mail.facts["house"] for mail in mails if "house" in mail.facts), ())
    context = {"sections": sections, "subject": _subject(mails, len(sections)), **worn(*house)}
    joined = EmailMessage(policy=SMTP)
    senders = {str(message["From"]) for message in messages}
    joined["From"] = senders.pop() if len(senders) == 1 else settings.DEFAULT_FROM_EMAIL
    if len(answers) == 1 and (answer := answers.pop()):
        joined["Reply-To"] = answer
    joined["Subject"] = context["subject"]
    joined["To"] = recipient(mails)
    joined["Message-ID"] = _message_id(messages)
    joined["Date"] = format_datetime(localtime(now))
    joined["Auto-Submitted"] = "auto-generated"
    joined.set_content(render_to_string("joined.txt", context, using="mail"))
    joined.add_alternative(render_to_string("mail/joined.html", context, using="django"), subtype="html")
    entries = {mail.registration_id: part for mail, message in pairs for part in message.iter_attachments()}
    if entries:
        joined.make_mixed()
    for registration, entry in entries.items():
        if len(numbers) > 1:
            name, dot, ending = str(entry.get_filename()).rpartition(".")
            entry.set_param("filename", f"{name}-{numbers[registration]}{dot}{ending}", "Content-Disposition")
        joined.attach(entry)
    return joined.as_bytes()


def _numbers(mails: Sequence[OutgoingMail]) -> dict[int | None, int]:
    """The registrations that the mails are about, counted from 1 as they came in."""
    found = sorted({mail.registration_id for mail in mails if mail.registration_id is not None})
    return {registration: number for number, registration in enumerate(found, 1)}


def _about(mail: OutgoingMail, numbers: Mapping[int | None, int]) -> str:
    if mail.registration is None or len(numbers) == 1:
        return ""
    return _("Registration %(number)s of %(count)s, received %(date)s") % {
        "number": numbers[mail.registration_id],
        "count": len(numbers),
        "date": moment(mail.registration.registered_at),
    }


def _section(message: EmailMessage, *, with_answers: bool) -> Section:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    found = re.search(r"<body[^>]*>(.*)</body>", html.get_content(), re.DOTALL) if html is not None else None
    answers_to = str(message["Reply-To"] or "") if with_answers else ""
    return Section(str(message["Subject"]), plain.get_content().strip(), found[1].strip() if found else "", answers_to)


def _subject(mails: Sequence[OutgoingMail], count: int) -> str:
    titles = {mail.registration.event.title for mail in mails if mail.registration is not None}
    if len(titles) != 1:
        return ngettext("%(count)d message", "%(count)d messages", count) % {"count": count}
    about = {"count": count, "event": titles.pop()}
    return header(ngettext("%(count)d message: %(event)s", "%(count)d messages: %(event)s", count) % about)


def _message_id(messages: Sequence[EmailMessage]) -> str:
    """The same for the same mails, so that servers know a repetition."""
    contained = hashlib.sha256("".join(str(message["Message-ID"]) for message in messages).encode()).hexdigest()
    return f"<{contained[:40]}@{urlsplit(settings.SITE_URL).hostname}>"

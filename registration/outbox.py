"""The outbox: mails are written in the transaction that makes them necessary and sent later, by the worker.

A mail leaves at least once. Whoever sends it takes a lease on its row first, in a transaction of its own; a worker
that dies while it sends leaves a lease that runs out, and the mail goes once more. So `kill -9` loses nothing and
repeats at most the one mail that was on the line.
"""

import logging
import smtplib
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime, make_msgid
from urllib.parse import urlsplit

import django.core.mail
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localtime

from registration.models import OutgoingMail, OutgoingMailQuerySet, Registration

logger = logging.getLogger(__name__)

# Longer than a conversation with a mail server can last: some ten steps of settings.EMAIL_TIMEOUT each.
LEASE = timedelta(minutes=3)

# After the first failure wait a minute, then twice as long each time, at most six hours: some four days in all.
MAX_ATTEMPTS = 24
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


def enqueue(
    registration: Registration | None, kind: OutgoingMail.Kind, recipient: str, message: EmailMessage, now: datetime
) -> OutgoingMail:
    """Write a mail to the outbox; call it in the transaction of what the mail tells."""
    message["To"] = recipient
    message["Message-ID"] = make_msgid(domain=urlsplit(settings.SITE_URL).hostname)
    message["Date"] = format_datetime(localtime(now))
    message["Auto-Submitted"] = "auto-generated"
    return OutgoingMail.objects.create(
        registration=registration,
        kind=kind,
        recipient=recipient,
        subject=message["Subject"],
        mime=message.as_bytes(policy=SMTP),
        created_at=now,
        next_try_at=now,
    )


def deliver_next(now: datetime) -> bool:
    """Send the mail that has been due longest, and say whether there was one. Never raises for a mail's sake."""
    mail = _lease(now)
    if mail is None:
        return False
    try:
        django.core.mail.get_connection().send_messages([_Rendered(mail)])
    except Exception as error:
        logger.warning("Mail %s could not be sent: %s", mail.pk, type(error).__name__)
        _note_failure(mail, error, now)
    else:
        _note(mail, sent_at=now, error="", attempts=mail.attempts + 1)
    return True


def forget(mails: OutgoingMailQuerySet) -> None:
    """Erase whom these mails went to and what they said, and keep that they were; what has not left never will, but
    for the last mail, which forgets itself."""
    mails.unsent().exclude(kind=OutgoingMail.Kind.ERASED).delete()
    gone = mails.filter(Q(sent_at__isnull=False) | Q(failed_at__isnull=False))
    gone.update(**_FORGOTTEN)


_FORGOTTEN: dict[str, object] = {"recipient": "", "subject": "", "mime": b"", "error": ""}


def send_again(mail: OutgoingMail, now: datetime) -> None:
    """Put a mail that was given up, or sent, back into the queue with all its attempts before it; not an erased one."""
    OutgoingMail.objects.filter(pk=mail.pk).exclude(recipient="").update(
        sent_at=None, failed_at=None, leased_until=None, attempts=0, next_try_at=now
    )


class _Rendered(django.core.mail.EmailMessage):
    """A mail as it was written, for Django's mail backends, which want `message().as_bytes()` of it."""

    def __init__(self, mail: OutgoingMail) -> None:
        super().__init__(to=[mail.recipient])
        self.mime = bytes(mail.mime)

    def message(self, *, policy: Policy | None = None) -> "_Bytes":  # type: ignore[override]
        return _Bytes(self.mime, policy.linesep if policy else "\n")


class _Bytes:
    def __init__(self, mime: bytes, linesep: str) -> None:
        self.mime, self.linesep = mime, linesep

    def as_bytes(self, unixfrom: bool = False, linesep: str | None = None) -> bytes:
        return self.mime.replace(b"\r\n", (linesep or self.linesep).encode())


@transaction.atomic
def _take(mails: OutgoingMailQuerySet, now: datetime) -> OutgoingMail | None:
    mail = mails.select_for_update(skip_locked=True).first()
    if mail is not None:
        mail.leased_until = now + LEASE
        mail.save(update_fields=["leased_until"])
    return mail


def _lease(now: datetime) -> OutgoingMail | None:
    """The next mail, taken for us alone; looks before it locks, because SQLite's lock is on the whole database."""
    due = OutgoingMail.objects.due(now)
    return _take(due, now) if due.exists() else None


def _leased(mail: OutgoingMail) -> OutgoingMailQuerySet:
    """The row as long as the lease is ours."""
    return OutgoingMail.objects.filter(pk=mail.pk, leased_until=mail.leased_until)


def _note(mail: OutgoingMail, **values: object) -> None:
    """Give the lease back with what became of the mail; the last mail to somebody erased leaves no trace."""
    is_over = "sent_at" in values or "failed_at" in values
    forgotten = _FORGOTTEN if is_over and mail.kind == OutgoingMail.Kind.ERASED else {}
    _leased(mail).update(leased_until=None, **values | forgotten)


def _note_failure(mail: OutgoingMail, error: Exception, now: datetime) -> None:
    attempts = mail.attempts + 1
    if _is_final(error) or attempts >= MAX_ATTEMPTS:
        _note(mail, attempts=attempts, failed_at=now, error=_in_words(error))
        return
    wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
    _note(mail, attempts=attempts, next_try_at=now + wait, error=_in_words(error))


def _is_final(error: Exception) -> bool:
    """Whether the server will never take this mail (RFC 5321, 4.2.1: 5yz).

    A server that refuses us, by login or sender, may be set right and then takes every mail.
    """
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(500 <= code < 600 for code, _text in error.recipients.values())
        case smtplib.SMTPDataError():
            return 500 <= error.smtp_code < 600
    return False


def _in_words(error: Exception) -> str:
    match error:
        case smtplib.SMTPRecipientsRefused():
            answers = [f"{code} {text.decode(errors='replace')}" for code, text in error.recipients.values()]
            return "; ".join(answers)
        case smtplib.SMTPResponseException():
            text = error.smtp_error
            return f"{error.smtp_code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
    return f"{type(error).__name__}: {error}"

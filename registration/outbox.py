"""The outbox: mails are stored in the transaction that makes them necessary; the worker writes and sends them later.

A mail leaves at least once. Whoever sends some takes a lease on their rows first, in a transaction of its own, and
notes each as sent as soon as the server has it; a worker that dies leaves leases that run out, and what was not noted
goes once more. So `kill -9` loses nothing and repeats at most the one mail that was on the line.
"""

import logging
import smtplib
import time
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from email.policy import Policy

import django.core.mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.db.models import F, Q

from registration import disk, joined, mailboxes
from registration.mailboxes import Letter
from registration.mails import writing
from registration.models import MessageRecipient, OutgoingMail, OutgoingMailQuerySet

logger = logging.getLogger(__name__)

# So many over one connection, and none any more after so many seconds: other jobs wait, and somebody may want us to
# stop. Mail servers take some hundred over one connection.
AT_ONCE = 50
SECONDS = 5

# Longer than that and a conversation with a mail server can last: some ten steps of settings.EMAIL_TIMEOUT each.
LEASE = timedelta(minutes=3)

# After the first failure wait a minute, then twice as long each time, at most six hours: some four days in all.
MAX_ATTEMPTS = 24
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)


def deliver(now: datetime) -> bool:
    """Send a portion of the mails that are due, and say whether there were any. Never raises for a mail's sake."""
    if not OutgoingMail.objects.due(now).exists():  # looks before it locks, because SQLite's lock is on everything
        return False
    letters, connection = _lease(now), django.core.mail.get_connection()
    end = time.monotonic() + SECONDS
    with disk.not_waited_for():  # a mail whose mark is lost with the power goes once more
        while letters and time.monotonic() < end:
            _send(letters.pop(0), connection, now)
    _hang_up(connection)
    for letter in letters:
        _leased(letter).update(leased_until=None)
    return True


def forget(mails: OutgoingMailQuerySet) -> None:
    """Erase whom these mails went to and what they said, and keep that they were; what has not left never will, but
    for the last mail, which forgets itself."""
    mails.unsent().exclude(kind=OutgoingMail.Kind.ERASED).delete()
    gone = mails.filter(Q(sent_at__isnull=False) | Q(failed_at__isnull=False))
    gone.update(**_FORGOTTEN)


_FORGOTTEN: dict[str, object] = {"recipient": "", "subject": "", "facts": {}, "error": ""}


def send_again(mail: OutgoingMail, now: datetime) -> None:
    """Put a mail that was given up, or sent, back into the queue with all its attempts before it; not an erased one."""
    OutgoingMail.objects.filter(pk=mail.pk).exclude(recipient="").update(
        mailbox=mailboxes.counted_as(mail.recipient),
        sent_at=None,
        sent_with=None,
        failed_at=None,
        leased_until=None,
        attempts=0,
        next_try_at=now,
    )


def take_back(mails: OutgoingMailQuerySet, now: datetime) -> None:
    """Delete what has not left and is not on the line; guests to whom a message was to go with it are on its list
    again."""
    # NULL: nobody has ever taken a lease.
    at_rest = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    keys = list(mails.unsent().filter(at_rest).select_for_update(of=("self",)).values_list("pk", flat=True))
    if keys:
        MessageRecipient.objects.put_back(keys)
        OutgoingMail.objects.filter(pk__in=keys).delete()


class _Rendered(django.core.mail.EmailMessage):
    """A letter as it was written, for Django's mail backends, which want `message().as_bytes()` of it."""

    def __init__(self, written: Mapping[OutgoingMail, bytes], now: datetime) -> None:
        super().__init__(to=[joined.recipient(written)])
        self.mime = next(iter(written.values())) if len(written) == 1 else joined.join(written, now)

    def message(self, *, policy: Policy | None = None) -> "_Bytes":  # type: ignore[override]
        return _Bytes(self.mime, policy.linesep if policy else "\n")


class _Bytes:
    def __init__(self, mime: bytes, linesep: str) -> None:
        self.mime, self.linesep = mime, linesep

    def as_bytes(self, unixfrom: bool = False, linesep: str | None = None) -> bytes:
        return self.mime.replace(b"\r\n", (linesep or self.linesep).encode())


@transaction.atomic
def _lease(now: datetime) -> list[Letter]:
    """The next letters, taken for us alone; none of a message that was stopped while it was on the line, and came
    back from there."""
    take_back(OutgoingMail.objects.filter(message_recipient__message__stopped_at__isnull=False), now)
    due = OutgoingMail.objects.due(now).select_for_update(skip_locked=True)[:AT_ONCE]
    letters = mailboxes.letters(due, now)
    for mail in (mails := [mail for letter in letters for mail in letter]):
        mail.leased_until = now + LEASE
    OutgoingMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(leased_until=now + LEASE)
    return letters


def _leased(letter: Letter) -> OutgoingMailQuerySet:
    """The rows as long as the lease is ours."""
    return OutgoingMail.objects.filter(pk__in=[mail.pk for mail in letter], leased_until=letter[0].leased_until)


def _send(letter: Letter, connection: BaseEmailBackend, now: datetime) -> None:
    written = _written(letter, now)
    if not (letter := list(written)):
        return
    try:
        message = _Rendered(written, now)
        connection.open()
        connection.send_messages([message])
    except Exception as error:
        logger.warning("Mail %s could not be sent: %s", letter[0].pk, type(error).__name__)
        _hang_up(connection)  # whatever state it is in
        _note_failure(letter, error, now)
    else:
        _note_sent(letter, now)


def _written(letter: Letter, now: datetime) -> dict[OutgoingMail, bytes]:
    """Each mail of the letter as it leaves; one that cannot be written waits alone, as for a server out of reach."""
    found = {}
    for mail in letter:
        try:
            found[mail] = writing.mime(mail)
        except Exception as error:  # whatever it is about this one, the others are to leave
            logger.exception("Mail %s could not be written; it will be tried again.", mail.pk)
            _note_failure([mail], error, now)
    return found


def _hang_up(connection: BaseEmailBackend) -> None:
    with suppress(smtplib.SMTPException, OSError):
        connection.close()


@transaction.atomic
def _note_sent(letter: Letter, now: datetime) -> None:
    """Give the lease back; what left in one mail names the first of it."""
    sent = {"sent_at": now, "error": "", "attempts": F("attempts") + 1, "leased_until": None}
    first = letter[0] if len(letter) == 1 else _leased(letter).order_by("pk").first()
    if first is not None:  # whoever has been erased meanwhile has no row any more
        if len(letter) > 1:
            _leased(letter).exclude(pk=first.pk).update(**sent, sent_with=first)
        _leased([first]).update(**sent)
    _let_the_last_ones_go(letter)


@transaction.atomic
def _note_failure(letter: Letter, error: Exception, now: datetime) -> None:
    """Give the lease back; each mail is tried again as often as if it were alone. What a server will not take of a
    joined letter, its size or its contents, says nothing of each of its mails."""
    is_final = _is_final(error) and (len(letter) == 1 or not isinstance(error, smtplib.SMTPDataError))
    for mail in letter:
        attempts, rows = mail.attempts + 1, _leased([mail])
        if is_final or attempts >= MAX_ATTEMPTS:
            told = {"failed_at": now, "mailbox": None}
        else:
            told = {"next_try_at": now + min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)}
        rows.update(**told, attempts=attempts, error=_in_words(error), leased_until=None)
    _let_the_last_ones_go(letter)


def _let_the_last_ones_go(letter: Letter) -> None:
    """The last mail to somebody erased leaves no trace once it has left or been given up; nor does a key."""
    if last := [mail.pk for mail in letter if mail.kind in OutgoingMail.LEAVING_NO_TRACE]:
        mails = OutgoingMail.objects.filter(pk__in=last)
        mails.filter(Q(sent_at__isnull=False) | Q(failed_at__isnull=False)).update(**_FORGOTTEN)
        transaction.on_commit(disk.wipe, robust=True)


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

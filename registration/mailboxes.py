"""Who counts as one recipient, and how many mails one recipient gets.

Anybody can enter a stranger's address into a form. So only so many mails go to one mailbox one by one; what is above
that waits a while, and all that waits leaves in one mail (`registration.joined`).
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q
from django.utils.crypto import salted_hmac

from registration.models import OutgoingMail

# So many one by one: nobody waits who registers a few colleagues, and a stranger can bear it.
IN_AN_HOUR = 10
IN_A_DAY = 30
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# What is above waits for so long after the last mail; nobody has less than an hour to confirm an address.
PAUSE = timedelta(minutes=30)

# More would make a mail that servers refuse for its size.
JOINED_AT_MOST = 500

Letter = list[OutgoingMail]  # what leaves in one mail


def counted_as(address: str) -> str:
    """What all spellings of a mailbox have in common, whatever they are told apart by: case, dots or +alias. A keyed
    hash, so that it says nothing of somebody who has been erased meanwhile."""
    local, domain = _parts(address)
    return salted_hmac(__name__, f"{local.replace('.', '')}@{domain}", algorithm="sha256").hexdigest()


def surely(address: str) -> str:
    """What spellings have in common that lead to the same person for certain; a mail may hold keys to own pages. Most
    servers tell addresses apart by their dots."""
    local, domain = _parts(address)
    return f"{local.replace('.', '') if domain == 'gmail.com' else local}@{domain}"


def _parts(address: str) -> tuple[str, str]:
    local, _at, domain = unicodedata.normalize("NFKC", address).casefold().rpartition("@")
    return local.partition("+")[0], "gmail.com" if domain == "googlemail.com" else domain


@dataclass(frozen=True)
class _Load:
    """What went to a mailbox: how many mails one by one within an hour and a day, and when the last one; and until
    when others wait already."""

    hour: int = 0
    day: int = 0
    last: datetime | None = None
    held_until: datetime | None = None

    @property
    def left(self) -> int:
        return max(min(IN_AN_HOUR - self.hour, IN_A_DAY - self.day), 0)

    def pause(self, now: datetime) -> datetime:
        """Until when mails have to wait: `now`, or later."""
        if self.held_until is not None:  # nobody overtakes
            return self.held_until
        if self.left or self.last is None:  # a joined one takes no more of what is left than any other
            return now
        return max(self.last + PAUSE, now)


def letters(mails: Iterable[OutgoingMail], now: datetime) -> list[Letter]:
    """Which of these mails, which are due, leave now, and which of them together; the others are put off."""
    waiting: dict[str, Letter] = {}
    for mail in mails:
        waiting.setdefault(mail.mailbox or "", []).append(mail)
    loads = _loads(waiting, now)
    leaving = []
    for mailbox, due in waiting.items():
        load = loads.get(mailbox, _Load())
        if (until := load.pause(now)) > now:
            _hold(mailbox, until, now)
        elif len(due) <= load.left:
            leaving += [[mail] for mail in due]
        else:
            leaving += _joined(mailbox, load, now)
    return leaving


def _joined(mailbox: str, load: _Load, now: datetime) -> list[Letter]:
    """Everything that is due for the mailbox, in one letter for each address that may be somebody else's."""
    found: dict[str, Letter] = {}
    due = OutgoingMail.objects.due(now).filter(mailbox=mailbox).select_related("registration__event").order_by("pk")
    for mail in due.select_for_update(skip_locked=True, of=("self",))[:JOINED_AT_MOST]:
        found.setdefault(surely(mail.recipient), []).append(mail)
    letters = [letter[: max(len(letter) >> _refusals(letter), 1)] for letter in found.values()]
    return sorted(letters, key=_how_likely_made_up)[: max(load.left, 1)]


def _refusals(letter: Letter) -> int:
    """How often a server would not take it: each time, half of it goes alone."""
    return letter[0].attempts if letter[0].error.startswith("5") else 0


def _how_likely_made_up(letter: Letter) -> tuple[bool, int]:
    """Those first whose address is known to be right, then those with the fewest dots, of which an attacker needs ever
    more; else made-up spellings would keep a guest's mail back for days."""
    known = any(mail.registration is None or mail.registration.address_known for mail in letter)
    return not known, letter[0].recipient.count(".")


def _hold(mailbox: str, until: datetime, now: datetime) -> None:
    OutgoingMail.objects.due(now).filter(mailbox=mailbox).update(next_try_at=until)


def _loads(mailboxes: Iterable[str], now: datetime) -> dict[str, _Load]:
    """In one query for all; mailboxes to which nothing went are left out."""
    on_the_line = Q(leased_until__gt=now)  # other workers', which may be sent any moment
    sent = Q(sent_at__gt=now - DAY, sent_with__isnull=True) | on_the_line
    held = Q(sent_at__isnull=True, failed_at__isnull=True, next_try_at__gt=now, attempts=0)
    found = OutgoingMail.objects.filter(sent | held, mailbox__in=list(mailboxes)).order_by("mailbox").values("mailbox")
    rows = found.annotate(
        hour=Count("pk", filter=sent & (Q(sent_at__gt=now - HOUR) | on_the_line)),
        day=Count("pk", filter=sent),
        last=Max("sent_at"),
        held_until=Max("next_try_at", filter=held),
    )
    fields = rows.values_list("mailbox", "hour", "day", "last", "held_until")
    return {str(mailbox): _Load(*load) for mailbox, *load in fields}


def forget(now: datetime) -> None:
    """Drop what nobody counts any more."""
    over = OutgoingMail.objects.filter(mailbox__isnull=False, sent_at__lte=now - DAY)
    if over.exists():  # looks before it writes, because SQLite's lock is on the whole database
        over.update(mailbox=None)

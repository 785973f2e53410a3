"""How often somebody may do something: counted in the database, which every process of the site shares.

The counts hold no address, only what a keyed hash makes of it, and they are deleted when their time is over. Whoever is
over a limit writes nothing.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac

from registration.models import Attempts

WINDOW = timedelta(minutes=10)
LONGEST_PAUSE = 30  # seconds


@dataclass(frozen=True)
class Limit:
    """So many times in ten minutes."""

    name: str
    at_most: int

    def allows(self, who: str, now: datetime) -> bool:
        """Whether this visitor's attempt is within the limit; if it is, count it."""
        if not settings.RATE_LIMITS:
            return True
        window = int(now.timestamp() // WINDOW.total_seconds())
        key = _key(self.name, f"{network(who)}|{window}")
        within = Attempts.objects.filter(key=key, count__lt=self.at_most)
        if within.update(count=F("count") + 1):
            return True
        if Attempts.objects.filter(key=key).exists():
            return False
        until = datetime.fromtimestamp((window + 1) * WINDOW.total_seconds(), UTC)
        Attempts.objects.bulk_create([Attempts(key=key, until=until)], ignore_conflicts=True)
        return bool(within.update(count=F("count") + 1))


@dataclass(frozen=True)
class Slowdown:
    """So many failures are free; after them each further try waits twice as long, up to half a minute. Ten minutes
    without a try forget them all. Nobody is locked out by mistakes; who goes on guessing without a pause takes the
    turns of the others in the same network."""

    name: str
    free: int

    def seconds_to_wait(self, who: str, now: datetime) -> int:
        """In how many seconds the next try may be taken."""
        until = Attempts.objects.filter(key=_key(self.name, who)).values_list("until", flat=True).first()
        return math.ceil((until - now).total_seconds()) if settings.RATE_LIMITS and until and until > now else 0

    def take(self, who: str, now: datetime) -> bool:
        """Count a try, as failed until `forget` or `give_back`; refused if others came first and it has to wait now."""
        if not settings.RATE_LIMITS:
            return True
        key = _key(self.name, who)
        Attempts.objects.bulk_create([Attempts(key=key, until=now)], ignore_conflicts=True)
        found = Attempts.objects.filter(key=key).first()
        if found is None:  # forgotten meanwhile
            return self.take(who, now)
        if found.until > now:
            return False
        failed = 1 if found.until <= now - WINDOW else found.count + 1
        unchanged = Attempts.objects.filter(key=key, count=found.count, until=found.until)
        return bool(unchanged.update(count=failed, until=now + self._pause(failed))) or self.take(who, now)

    def forget(self, who: str) -> None:
        Attempts.objects.filter(key=_key(self.name, who)).delete()

    def give_back(self, who: str) -> None:
        """Count one try less: it was no failure, which says nothing of the others."""
        Attempts.objects.filter(key=_key(self.name, who), count__gt=0).update(count=F("count") - 1)

    def _pause(self, failed: int) -> timedelta:
        """How long after so many failures; the first pause is two seconds."""
        beyond = min(max(failed - self.free, 0), 5)  # 2^5 is more than the longest
        return timedelta(seconds=min(2**beyond, LONGEST_PAUSE) if beyond else 0)


# An office or a hotel whose guests share one address must never meet these.
REGISTRATION = Limit("registration", 300)
CONTACT = Limit("contact", 30)
LOST_LINK = Limit("lost link", 30)
LOST_PASSWORD = Limit("lost password", 10)
# Changes of one registration, and keys that open nothing.
OWN_PAGE = Limit("own page", 20)
WRONG_KEY = Limit("wrong key", 100)
# Guesses at one login from one network, and at any login from it.
LOGIN = Slowdown("login", 4)
LOGINS = Slowdown("logins", 20)
# Guesses at the second factor of one login, from anywhere: whoever makes them knows its password.
SECOND_FACTOR = Slowdown("second factor", 4)


def network(who: str) -> str:
    """An IPv6 visitor has 2^64 addresses to come from; they count as one."""
    try:
        address = ipaddress.ip_address(who)
    except ValueError:
        return who
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((int(address), 64), strict=False))


def _key(name: str, who: str) -> str:
    return salted_hmac(name, who, algorithm="sha256").hexdigest()

"""How often somebody may do something: counted in the database, which every process of the site shares.

The counts hold no address, only what a keyed hash makes of it, and they are deleted when their time is over.
"""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import F
from django.utils.crypto import salted_hmac

from registration.models import Attempts

WINDOW = timedelta(minutes=10)


@dataclass(frozen=True)
class Limit:
    """So many times in ten minutes."""

    name: str
    at_most: int

    def allows(self, who: str, now: datetime) -> bool:
        """Count an attempt of this visitor and say whether it is within the limit."""
        if not settings.RATE_LIMITS:
            return True
        window = int(now.timestamp() // WINDOW.total_seconds())
        key = salted_hmac(self.name, f"{_network(who)}|{window}", algorithm="sha256").hexdigest()
        until = datetime.fromtimestamp((window + 1) * WINDOW.total_seconds(), UTC)
        Attempts.objects.get_or_create(key=key, defaults={"until": until})
        Attempts.objects.filter(key=key).update(count=F("count") + 1)
        counted = Attempts.objects.values_list("count", flat=True).filter(key=key).first()
        return counted is None or counted <= self.at_most


# An office or a hotel whose guests share one address must never meet these.
REGISTRATION = Limit("registration", 300)
CONTACT = Limit("contact", 30)
LOST_LINK = Limit("lost link", 30)
# Changes of one registration, and keys that open nothing.
OWN_PAGE = Limit("own page", 20)
WRONG_KEY = Limit("wrong key", 100)


def _network(who: str) -> str:
    """An IPv6 visitor has 2^64 addresses to come from; they count as one."""
    try:
        address = ipaddress.ip_address(who)
    except ValueError:
        return who
    if isinstance(address, ipaddress.IPv4Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network(f"{address}/64", strict=False))

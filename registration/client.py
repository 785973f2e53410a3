"""Who is asking, where proxies of ours stand in between."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The visitor's IP address: what the first of our proxies saw, that many entries from the right of X-Forwarded-For,
    because visitors write on its left. Where that is no address, the other end of the connection."""
    connection = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    if not settings.TRUSTED_PROXY or len(forwarded) < settings.TRUSTED_PROXY:
        return connection
    entry = forwarded[-settings.TRUSTED_PROXY].strip()
    if entry.startswith("["):  # [2001:db8::1]:443
        entry = entry[1:].partition("]")[0]
    elif entry.count(":") == 1:  # 192.0.2.1:443
        entry = entry.partition(":")[0]
    try:
        return str(ipaddress.ip_address(entry))
    except ValueError:
        return connection

"""Who is asking, where proxies of ours stand in between."""

import ipaddress

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest

from registration import second_factor


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


def organiser(request: HttpRequest) -> User | None:
    """Who is logged in at the desk, with a second factor where there must be one; asks only where there is a session,
    so a visitor costs no query."""
    user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    works_here = isinstance(user, User) and user.is_active and user.is_staff
    return user if works_here and second_factor.is_enough(request) else None  # type: ignore[return-value]

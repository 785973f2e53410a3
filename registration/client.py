"""Who is asking, where a proxy of ours stands in between."""

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The visitor's IP address: the proxy's last word in X-Forwarded-For, which a visitor cannot write; without a
    trusted proxy, the other end of the connection."""
    if settings.TRUSTED_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))


def organiser(request: HttpRequest) -> User | None:
    """The organiser who is logged in; asks only where there is a session, so a visitor costs no query."""
    user = request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else None
    return user if isinstance(user, User) and user.is_staff else None

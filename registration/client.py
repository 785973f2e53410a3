"""Who is asking, where a proxy of ours stands in between."""

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The visitor's IP address: the proxy's last word in X-Forwarded-For, which a visitor cannot write; without a
    trusted proxy, the other end of the connection."""
    if settings.TRUSTED_PROXY and (forwarded := request.headers.get("X-Forwarded-For")):
        return forwarded.rpartition(",")[2].strip()
    return str(request.META.get("REMOTE_ADDR", ""))

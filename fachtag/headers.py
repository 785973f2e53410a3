"""What browsers are told about a page: what it may use, and what of its own to paint."""

import base64
import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

# What browsers offer, and no page of this site uses: whatever slips into one, the browser refuses it these.
UNUSED = (
    "accelerometer",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "usb",
)
POLICY = ", ".join(f"{feature}=()" for feature in UNUSED)


def permissions_policy(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """On pages: what is no page uses nothing, and its bytes count in the first view of one."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response["Permissions-Policy"] = POLICY
        return response

    return answer


def own_style(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Let the CSP allow the colours of the page's house, which only this page has, by their hash."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if style := getattr(request, "own_style", ""):
            response._csp_update = {"style-src": [hashed(style)]}  # type: ignore[attr-defined] # as csp_update does
        return response

    return answer


def hashed(style: str) -> str:
    """How a CSP names what may stand inside a page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()}'"

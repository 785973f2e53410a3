"""Whose address a request counts for."""

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from registration.client import address

PROXY = "192.0.2.99"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, "203.0.113.1", PROXY),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "10.0.0.1, 203.0.113.1", "203.0.113.1"),
        (2, "203.0.113.1, 10.0.0.1", "203.0.113.1"),
        (2, "198.51.100.1,203.0.113.1 ,10.0.0.1", "203.0.113.1"),
        (2, "203.0.113.1", PROXY),
        (1, "203.0.113.1:443", "203.0.113.1"),
        (1, "[2001:db8::1]:443", "2001:db8::1"),
        (1, "[2001:db8::1]", "2001:db8::1"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
        (1, "garbage", PROXY),
        (1, "unknown", PROXY),
        (1, "203.0.113.1, ", PROXY),
        (1, "203.0.113.256", PROXY),
        (1, "²", PROXY),
        (1, "[", PROXY),
        (1, "", PROXY),
    ],
)
def test_it_works(rf: RequestFactory, settings: Settings, proxies: int, forwarded: str, found: str) -> None:
    settings.TRUSTED_PROXY = proxies
    request = rf.get("/", REMOTE_ADDR=PROXY, headers={"x-forwarded-for": forwarded})
    assert address(request) == found


def test_without_the_header(rf: RequestFactory, settings: Settings) -> None:
    settings.TRUSTED_PROXY = 1
    assert address(rf.get("/", REMOTE_ADDR=PROXY)) == PROXY

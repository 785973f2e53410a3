"""Passkeys as a second factor (WebAuthn Level 2): what a browser is asked, and whether its answer is right.

allauth keeps what it asked in the session until it is answered, so an answer counts once."""

import json
from collections.abc import Callable
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.contrib.auth.models import User

LONGEST = 20_000  # characters of an answer; the longest that devices give are some thousand


def to_make(user: User) -> str:
    """What a browser is asked to make a passkey, as JSON; it refuses a device that has one already."""
    return json.dumps(auth.begin_registration(user, False), default=dict)


def made(answer: str) -> dict[str, Any] | None:
    """The passkey that a browser has made, or None."""
    found: dict[str, Any] | None = _read(answer, _made)
    return found


def to_give(user: User, *, but: int | None = None) -> str:
    """What a browser is asked to show a passkey of this login; empty where there is none but the one with the key
    `but`."""
    passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exclude(pk=but)
    return json.dumps(auth.begin_authentication(user), default=dict) if passkeys.exists() else ""


def given(user: User, answer: str, *, but: int | None = None) -> Authenticator | None:
    """The passkey of this login that was shown, or None."""
    factor: Authenticator | None = _read(answer, lambda credential: auth.complete_authentication(user, credential))
    return None if factor is None or factor.pk == but else factor


def _made(credential: dict[str, Any]) -> dict[str, Any]:
    auth.parse_registration_response(credential)
    auth.complete_registration(credential)
    return credential


def _read(answer: str, read: Callable[[dict[str, Any]], Any]) -> Any:
    """What is read in it; whatever is wrong with an answer, in JSON, CBOR, origin or signature, it is not right."""
    if len(answer) > LONGEST:
        return None
    try:
        return read(json.loads(answer))
    except Exception:
        return None

"""What allauth asks us."""

from base64 import urlsafe_b64encode
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import salted_hmac


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up: who works at the desk is invited."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps secrets encrypted with what follows from SECRET_KEY, so that the database alone opens nothing."""

    def encrypt(self, text: str) -> str:
        return str(_lock().encrypt(text.encode()).decode())

    def decrypt(self, encrypted_text: str) -> str:
        """Raises cryptography.fernet.InvalidToken where the key is another one by now."""
        return str(_lock().decrypt(encrypted_text).decode())

    def get_totp_label(self, user: User) -> str:
        return user.get_username()

    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """Names the house; by its domain a browser knows where a passkey belongs."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}


def _lock() -> MultiFernet:
    """Closes with the first key, opens with any."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key(secret)) for secret in keys])


def _key(secret: str | bytes) -> bytes:
    return urlsafe_b64encode(salted_hmac(__name__, "second factor", secret=secret, algorithm="sha256").digest())

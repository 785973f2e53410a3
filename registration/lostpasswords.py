"""A new password for somebody at the desk who has forgotten the old one: Django's keys, our outbox."""

from datetime import datetime

from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from registration import mails


def send_links(email: str, now: datetime) -> None:
    """Mail a key to everybody with this address who logs in with a password; it is valid for
    `settings.PASSWORD_RESET_TIMEOUT` seconds, and once."""
    for user in PasswordResetForm().get_users(email):
        key = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
        mails.new_password(user, str(settings.SITE_URL) + reverse("password_reset_confirm", args=key), now)

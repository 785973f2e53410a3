"""`check --deploy` with the settings of a real site behind a proxy; a warning is an error."""

import os
import secrets
import sys
import tempfile

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "fachtag.settings",
    "SECRET_KEY": secrets.token_urlsafe(50),
    "SITE_URL": "https://fachtag.example.org",
    "TRUSTED_PROXY": "on",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.org:587",
    "MAIL_FROM": "fachtag@example.org",
    "VAR_DIR": tempfile.gettempdir(),
}

from django.core.management import execute_from_command_line

execute_from_command_line([sys.argv[0], "check", "--deploy", "--fail-level", "WARNING"])

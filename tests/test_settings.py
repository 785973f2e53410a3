"""A setting that cannot be right stops the start with a sentence."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
KEY = "0123456789" * 6
OIDC = {"OIDC_NAME": "Amt", "OIDC_CLIENT_ID": "fachtag", "OIDC_SECRET": "geheim"}


SHOWN = "s.DEBUG, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.ALLOWED_HOSTS, s.DATABASES['default']['ENGINE']"


def start(tmp_path: Path, shown: str = SHOWN, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Load the settings in a process of its own and print some of them."""
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings as s; print({shown})"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "fachtag.settings", "VAR_DIR": str(tmp_path)}
        | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_works(tmp_path: Path) -> None:
    assert start(tmp_path, SECRET_KEY=KEY).stdout == (
        "False False 0 ['127.0.0.1', '127.0.0.1', 'localhost'] django.db.backends.sqlite3\n"
    )


def test_https_is_strict(tmp_path: Path) -> None:
    assert start(tmp_path, SECRET_KEY=KEY, SITE_URL="https://fachtag.example.org/").stdout == (
        "False True 31536000 ['fachtag.example.org', '127.0.0.1', 'localhost'] django.db.backends.sqlite3\n"
    )


@pytest.mark.parametrize(("value", "proxies"), [("off", 0), ("ON", 1), ("1", 1), ("2", 2), ("0", 0)])
def test_proxies_are_counted(tmp_path: Path, value: str, proxies: int) -> None:
    environment = {"SECRET_KEY": KEY, "SITE_URL": "https://fachtag.example.org", "TRUSTED_PROXY": value}
    show = "s.TRUSTED_PROXY, s.SECURE_SSL_REDIRECT, s.SECURE_PROXY_SSL_HEADER is None"
    assert start(tmp_path, show, **environment).stdout == f"{proxies} {proxies > 0} {proxies == 0}\n"


def test_an_old_locale_changes_nothing(tmp_path: Path) -> None:
    """A machine set to ASCII or Latin-1 reads our own files all the same."""
    old = {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    assert start(tmp_path, SECRET_KEY=KEY, **old).stdout == start(tmp_path, SECRET_KEY=KEY).stdout != ""


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY must be set to at least 50 random characters."),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY must be set to at least 50 random characters."),
        ({"DEBUG": "yes please"}, "DEBUG must be on or off, not 'yes please'."),
        ({"TRUSTED_PROXY": "yes"}, "TRUSTED_PROXY must be on, off or the number of proxies, not 'yes'."),
        ({"TRUSTED_PROXY": "-1"}, "TRUSTED_PROXY must be on, off or the number of proxies, not '-1'."),
        ({"TRUSTED_PROXY": "²"}, "TRUSTED_PROXY must be on, off or the number of proxies, not '²'."),
        ({"SECOND_FACTOR": "no"}, "SECOND_FACTOR must be offered or required, not 'no'."),
        ({"OIDC_NAME": "Amt"}, "With a login of the house, OIDC_ISSUER and OIDC_CLIENT_ID and OIDC_SECRET must be set"),
        (OIDC | {"OIDC_ISSUER": "http://login.example.org"}, "OIDC_ISSUER must be an address with https"),
        (OIDC | {"OIDC_ISSUER": "login.example.org"}, "OIDC_ISSUER must be an address with https"),
        ({"PORT": "eighty"}, "PORT must be a number from 1 to 65535, not 'eighty'."),
        ({"PORT": "70000"}, "PORT must be a number from 1 to 65535, not '70000'."),
        ({"SITE_URL": "fachtag.example.org"}, "SITE_URL must be the address of the site without a path"),
        ({"SITE_URL": "https://example.org/fachtag"}, "SITE_URL must be the address of the site without a path"),
        ({"SITE_URL": "https://example.org:x"}, "SITE_URL must be the address of the site without a path"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL must begin with sqlite:// or postgres://"),
        ({"EMAIL_URL": "pigeon://roof"}, "EMAIL_URL must look like smtp+tls://"),
        ({"EMAIL_URL": "smtp://mail.example.org"}, "With EMAIL_URL, MAIL_FROM must be set"),
        ({"EMAIL_URL": "smtp://", "MAIL_FROM": "a@example.org"}, "EMAIL_URL names no mail server."),
        ({"EMAIL_URL": "smtp://m", "MAIL_FROM": "Amt"}, "MAIL_FROM must be a mail address"),
    ],
)
def test_what_cannot_be_right_is_refused(tmp_path: Path, environment: dict[str, str], message: str) -> None:
    done = start(tmp_path, **{"SECRET_KEY": KEY} | environment)
    assert done.returncode == 1
    assert f"ImproperlyConfigured: {message}" in done.stderr


def test_every_setting_is_documented() -> None:
    import re

    code = (ROOT / "fachtag" / "settings.py").read_text()
    names = set(re.findall(r'(?:env\.\w+|_switch|_one_of)\(\s*"([A-Z_]+)"', code)) - {"MAKE_SECRET_KEY"}
    names |= set(re.findall(r'"(OIDC_[A-Z_]+)"', code))
    assert len(names) == 18
    for document in (".env.example", "README.md"):
        text = (ROOT / document).read_text()
        assert {name for name in names if name not in text} == set()


def test_forms_may_lead_to_the_house(tmp_path: Path) -> None:
    show = "s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']"
    environment = OIDC | {"OIDC_ISSUER": "https://login.example.org:8443/realms/amt"}
    assert start(tmp_path, show, SECRET_KEY=KEY).stdout == "[\"'self'\"]\n"
    assert start(tmp_path, show, SECRET_KEY=KEY, **environment).stdout == (
        "[\"'self'\", 'https://login.example.org:8443']\n"
    )


def test_nobody_else_reads_the_environment() -> None:
    paths = [path for app in ("fachtag", "events", "registration") for path in (ROOT / app).rglob("*.py")]
    assert len(paths) > 30
    readers = {
        path.name for path in paths if any(word in path.read_text() for word in ("os.environ", "getenv", "environ.Env"))
    }
    assert readers == {"settings.py", "wsgi.py"}  # wsgi.py only names the settings

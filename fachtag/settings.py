"""Every setting of the site, and the only reader of the environment.

Values come from the environment or from a file `.env` beside `manage.py`; the environment wins. They are listed in
`.env.example` and in the README. A value that cannot be right stops the start with a sentence that says why.
"""

import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from fachtag.headers import hashed

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")


def _switch(name: str, *, default: str) -> bool:
    """An on/off setting; anything else is refused, because a typo must not turn into "off"."""
    value: str = env.str(name, default).lower()
    if value not in {"on", "off"}:
        raise ImproperlyConfigured(f"{name} must be on or off, not {value!r}.")
    return value == "on"


def _one_of(name: str, *values: str) -> str:
    """A setting of these values, of which the first is the default."""
    value: str = env.str(name, values[0]).lower()
    if value not in values:
        raise ImproperlyConfigured(f"{name} must be {' or '.join(values)}, not {value!r}.")
    return value


def _port() -> int:
    port = env.str("PORT", "8000")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise ImproperlyConfigured(f"PORT must be a number from 1 to 65535, not {port!r}.")
    return int(port)


def _proxies() -> int:
    """How many proxies of ours stand in a row between a visitor and the site; on is one."""
    value: str = env.str("TRUSTED_PROXY", "off").lower()
    value = {"off": "0", "on": "1"}.get(value, value)
    if not re.fullmatch("[0-9]", value):
        raise ImproperlyConfigured(f"TRUSTED_PROXY must be on, off or the number of proxies, not {value!r}.")
    return int(value)


def _site_url() -> str:
    url: str = env.str("SITE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
    try:
        parts = urlsplit(url)
        host = re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*", parts.hostname or "")
        valid = parts.scheme in {"http", "https"} and host and parts.port != 0
    except ValueError:
        valid = False
    if not valid or url != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc:
        raise ImproperlyConfigured(
            "SITE_URL must be the address of the site without a path, such as https://fachtag.example.org"
            f" (umlauts as xn--…), not {url!r}."
        )
    return url


def _secret_key() -> str:
    """The key from the environment, or the one that `make run` made for this site and keeps in var/."""
    key: str = env.str("SECRET_KEY", "")
    kept = VAR / "secret_key"
    if not key and not kept.exists() and _switch("MAKE_SECRET_KEY", default="off"):
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(secrets.token_urlsafe(50))
    if not key and kept.exists():
        key = kept.read_text().strip()
    if len(key) < 50 or len(set(key)) < 5:
        raise ImproperlyConfigured(
            "SECRET_KEY must be set to at least 50 random characters. Make one with:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    return key


def _database() -> dict[str, Any]:
    try:
        config: dict[str, Any] = env.db("DATABASE_URL", f"sqlite:///{VAR / 'fachtag.sqlite3'}")
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}") from error
    engine = config.get("ENGINE", "nowhere").rsplit(".", 1)[-1]
    if engine == "sqlite3":
        # IMMEDIATE takes the write lock at BEGIN: without it, transactions that read before they write fail with
        # "database is locked" as soon as two visitors register at once, whatever the timeout.
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;",
        }
    elif engine != "postgresql":
        raise ImproperlyConfigured(f"DATABASE_URL must begin with sqlite:// or postgres://, not lead to {engine}.")
    return config | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}


def _mail() -> dict[str, Any]:
    """Where mails go: a mail server, or without one files in var/mail/ that any mail program opens."""
    url = env.str("EMAIL_URL", "")
    if not url:
        return {"EMAIL_BACKEND": "registration.mailfiles.EmailBackend", "EMAIL_FILE_PATH": str(VAR / "mail")}
    if urlsplit(url).scheme not in {"smtp", "smtp+tls", "smtp+ssl"}:
        raise ImproperlyConfigured(
            "EMAIL_URL must look like smtp+tls://user:password@mail.example.org:587 (or smtp://, smtp+ssl://)."
        )
    if not (sender := env.str("MAIL_FROM", "")):
        raise ImproperlyConfigured("With EMAIL_URL, MAIL_FROM must be set: the address that mails are sent from.")
    try:
        validate_email(sender)
    except ValidationError as error:
        raise ImproperlyConfigured(f"MAIL_FROM must be a mail address, not {sender!r}.") from error
    try:
        config: dict[str, Any] = env.email_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read: {error}") from error
    if not config["EMAIL_HOST"]:
        raise ImproperlyConfigured("EMAIL_URL names no mail server.")
    return config


def _oidc() -> dict[str, str]:
    """The house's own login, by OpenID Connect; empty without one."""
    names = ("OIDC_NAME", "OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_SECRET")
    found = {name: env.str(name, "") for name in names}
    if not any(found.values()):
        return {}
    if missing := [name for name in names if not found[name]]:
        raise ImproperlyConfigured(f"With a login of the house, {' and '.join(missing)} must be set too.")
    issuer = urlsplit(found["OIDC_ISSUER"])
    is_here = issuer.hostname in {"127.0.0.1", "localhost"}
    if not issuer.hostname or (issuer.scheme != "https" and not (is_here and issuer.scheme == "http")):
        raise ImproperlyConfigured(f"OIDC_ISSUER must be an address with https, not {found['OIDC_ISSUER']!r}.")
    return found


# The site

VAR = Path(env.str("VAR_DIR", str(BASE_DIR / "var"))).absolute()
SECRET_KEY = _secret_key()
DEBUG = _switch("DEBUG", default="off")
PORT = _port()
SITE_URL = _site_url()
SITE_IS_HTTPS = SITE_URL.startswith("https://")
TRUSTED_PROXY = _proxies()
ALLOWED_HOSTS = [host.strip() for host in env.list("ALLOWED_HOSTS", default=[])] or [
    urlsplit(SITE_URL).hostname or "",
    "127.0.0.1",
    "localhost",
]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

MAINTENANCE = _switch("MAINTENANCE", default="off")
RATE_LIMITS = _switch("RATE_LIMITS", default="on")

ROOT_URLCONF = "fachtag.urls"
WSGI_APPLICATION = "fachtag.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "registration",
    "events",
    "crispy_forms",
    "csp",
    "registration.desk.apps.DeskConfig",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "fachtag.headers.permissions_policy",
    "csp.middleware.CSPMiddleware",
    "fachtag.headers.own_style",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "fachtag.compression.CompressionMiddleware",
    "fachtag.maintenance.maintenance",
    "fachtag.encoding.forms_first",
    "fachtag.lookups.sensible",
    "django.middleware.http.ConditionalGetMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        # Django escapes .txt templates too; a mail is no HTML.
        "NAME": "mail",
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates" / "mail"],
        "OPTIONS": {"autoescape": False},
    },
]

# Data

DATABASES = {"default": _database()}

CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    "pages": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "pages",
        "TIMEOUT": 1,  # second
        "OPTIONS": {"MAX_ENTRIES": 100},
    },
}

# Mail

_mail_settings = _mail()
EMAIL_BACKEND = _mail_settings["EMAIL_BACKEND"]
EMAIL_FILE_PATH = _mail_settings["EMAIL_FILE_PATH"]
EMAIL_HOST = _mail_settings.get("EMAIL_HOST") or "localhost"
EMAIL_PORT = _mail_settings.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _mail_settings.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _mail_settings.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _mail_settings.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail_settings.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds for each step of the conversation; registration.outbox.LEASE must outlast them all
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", "") or f"fachtag@{urlsplit(SITE_URL).hostname}"

# Language and time

LANGUAGE_CODE = "de"
LANGUAGES = [("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

# Forms

DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000  # an organiser may choose every guest of a large event at once
CRISPY_ALLOWED_TEMPLATE_PACKS = "fachtag"
CRISPY_TEMPLATE_PACK = "fachtag"
CRISPY_FAIL_SILENTLY = False

# Static files

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Pictures

MEDIA_URL = "media/"
MEDIA_ROOT = VAR / "media"

# Login

ORGANISER_PASSWORD = env.str("ORGANISER_PASSWORD", "")  # of the login that `make run` makes
LOGIN_URL = "admin:login"
AUTHENTICATION_BACKENDS = ["registration.rights.Logins"]
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds
SECOND_FACTOR = _one_of("SECOND_FACTOR", "offered", "required")
# Of allauth we use what is behind a second factor and a house's login; pages, limits and rules are the desk's.
ACCOUNT_ADAPTER = "registration.desk.adapters.AccountAdapter"
ACCOUNT_EMAIL_VERIFICATION = "none"
OIDC = _oidc()
if OIDC:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.openid_connect"]
SOCIALACCOUNT_ADAPTER = "registration.desk.house.HouseAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "haus",
                "name": OIDC.get("OIDC_NAME", ""),
                "client_id": OIDC.get("OIDC_CLIENT_ID", ""),
                "secret": OIDC.get("OIDC_SECRET", ""),
                "settings": {"server_url": OIDC.get("OIDC_ISSUER", ""), "oauth_pkce_enabled": True},
            }
        ]
    }
}
MFA_ADAPTER = "registration.desk.adapters.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_TOTP_ISSUER = urlsplit(SITE_URL).hostname or ""
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "fachtag.passwords.GuessableValidator"},
]

# Security

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SITE_IS_HTTPS
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds: a working day
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "fachtag.views.csrf_failure"
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if SITE_IS_HTTPS else 0
SECURE_SSL_REDIRECT = SITE_IS_HTTPS and TRUSTED_PROXY > 0
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Whether subdomains are https too, and whether browsers ship that as a fact, is for the owner of the domain to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
# The stylesheet travels inside every page, in one round trip with it; measured in tests/benchmarks.
_stylesheet = (BASE_DIR / "static" / "css" / "fachtag.css").read_text(encoding="utf-8")
# Without what only we read.
STYLESHEET = " ".join(re.sub(r"/\*.*?\*/", "", _stylesheet, flags=re.DOTALL).split())
STYLESHEET = re.sub(r" ?([{};,>]) ?|(?<=:) ", r"\1", STYLESHEET)
# So does the icon, which costs more to be asked for than to be sent.
_icon = (BASE_DIR / "static" / "icons" / "icon.svg").read_text(encoding="utf-8").strip().replace('"', "'")
ICON = "data:image/svg+xml," + quote(_icon, safe="'=:/()")
_issuer = urlsplit(OIDC.get("OIDC_ISSUER", ""))
CONTENT_SECURITY_POLICY = {
    # Pictures, stylesheets and scripts of our own are no pages; uploads are WebP that we wrote ourselves.
    "EXCLUDE_URL_PREFIXES": ["/static/", "/media/"],
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, hashed(STYLESHEET)],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # A browser asks for the whole way that a form leads, and the login's leads to the house's.
        "form-action": [SELF, *([f"{_issuer.scheme}://{_issuer.netloc}"] if OIDC else [])],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    },
}

# What the site writes to its standard error. Guests' addresses and keys have no business there.

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "WARNING", "propagate": True},
        # Refusals are for the visitor; their addresses hold keys of own pages.
        "django.request": {"level": "ERROR"},
        "django.security.csrf": {"level": "ERROR"},
        # A request that waits for a thread is worth no line.
        "waitress.queue": {"level": "ERROR"},
    },
}

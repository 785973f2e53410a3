"""The second factor of a login: which there are, whether one was given, and codes, each of which is taken once.

What a session has been through stands in it: nothing until Django logs somebody in, then that there was none to give,
or which was given and when. A session of before that, or from elsewhere, is asked for one if its owner has one."""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils.translation import gettext as _

from registration import history, logins, mails

Type = Authenticator.Type

# What a clock may be wrong by, in periods of RFC 6238, and how long one lasts.
TOLERANCE = 1
PERIOD = 30  # seconds
# For so long a factor that was given allows changes of others.
FRESH = timedelta(minutes=10)
_GIVEN = "second_factor"


class State(Enum):
    GIVEN = "given in this session"
    NOT_NEEDED = "not asked for"
    TO_GIVE = "to be given"
    TO_SET_UP = "to be set up before anything else"


def state(request: HttpRequest) -> State:
    """How it stands with whoever is logged in; asks the database only of a session that says nothing."""
    given = request.session.get(_GIVEN)
    if given:
        return State.GIVEN
    if given is None and is_set_up(request.user):
        return State.TO_GIVE
    return State.TO_SET_UP if settings.SECOND_FACTOR == "required" else State.NOT_NEEDED


def is_enough(request: HttpRequest) -> bool:
    """Whether whoever is logged in may act as an organiser."""
    return state(request) in {State.GIVEN, State.NOT_NEEDED}


def is_set_up(user: Any) -> bool:
    return bool(factors(user).exists())


def factors(user: Any) -> Any:
    """What somebody may give, but for recovery codes, which only stand in for one."""
    return Authenticator.objects.filter(user_id=user.pk).exclude(type=Type.RECOVERY_CODES).order_by("created_at", "pk")


def note_given(request: HttpRequest, factor: Authenticator, now: datetime) -> None:
    """Note in the session of whoever is logged in that this factor was given."""
    factor.last_used_at = now
    factor.save(update_fields=["last_used_at"])
    request.session[_GIVEN] = {"by": factor.pk, "type": factor.type, "at": now.timestamp()}


def is_fresh(request: HttpRequest, now: datetime, *, but: Authenticator | None = None) -> bool:
    """Whether a factor, another one than this, was given in this session a short while ago."""
    given = request.session.get(_GIVEN) or {"by": None, "at": 0}
    return now.timestamp() - given["at"] < FRESH.total_seconds() and (but is None or given["by"] != but.pk)


def came_with_a_recovery_code(request: HttpRequest) -> bool:
    return bool((request.session.get(_GIVEN) or {}).get("type") == Type.RECOVERY_CODES)


@receiver(user_logged_in, dispatch_uid="whether there is a second factor to give")
def note_none(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    request.session.pop(_GIVEN, None)
    if not is_set_up(user):
        request.session[_GIVEN] = {}


# Codes


@transaction.atomic
def take_code(user: User, code: str, now: datetime, *, but: int | None = None) -> Authenticator | None:
    """The factor that this code is of, of an app or for recovery, other than the one with the key `but`; a code is
    taken once, by whichever process."""
    own = Authenticator.objects.select_for_update().filter(user=user).exclude(pk=but)
    try:
        for factor in own.filter(type__in=(Type.TOTP, Type.RECOVERY_CODES)):
            is_right = _take_of_app if factor.type == Type.TOTP else _take_of_paper
            if is_right(factor, code, now):
                if factor.type == Type.RECOVERY_CODES:
                    _tell(user, _("Recovery code used"), now)
                return factor
    except InvalidToken:  # the site has a new SECRET_KEY: no code can be right any more
        return None
    return None


def _take_of_app(factor: Authenticator, code: str, now: datetime) -> bool:
    """Refuses a code that is not newer than the last one that was taken."""
    counter = counter_of(decrypt(factor.data["secret"]), code, now)
    if counter is None or counter <= factor.data.get("last_counter", 0):
        return False
    factor.data["last_counter"] = counter
    factor.save(update_fields=["data"])
    return True


def _take_of_paper(factor: Authenticator, code: str, now: datetime) -> bool:
    return bool(RecoveryCodes(factor).validate_code(code))


def counter_of(secret: str, code: str, now: datetime) -> int | None:
    """The period that a code of an app belongs to, if it is one of now (RFC 6238); spaces in it count for nothing."""
    sent, present = "".join(code.split()).encode(), int(now.timestamp()) // PERIOD
    counters = range(present - TOLERANCE, present + TOLERANCE + 1)
    found = [counter for counter in counters if hmac.compare_digest(sent, _code(secret, counter))]
    return found[-1] if found else None


def _code(secret: str, counter: int) -> bytes:
    return str(format_hotp_value(hotp_value(secret, counter))).encode()


def code_at(secret: str, when: datetime) -> str:
    """What an app with this secret shows at that moment."""
    return _code(secret, int(when.timestamp()) // PERIOD).decode()


# Changes: each is on record, told by mail, and makes or leaves recovery codes as long as there is something to recover


@transaction.atomic
def set_app(user: User, secret: str, counter: int, now: datetime) -> Authenticator:
    """The app that shows codes of this secret, in place of one that there may have been. The code of that
    period has been taken."""
    _lock(user)
    Authenticator.objects.filter(user=user, type=Type.TOTP).delete()
    data = {"secret": encrypt(secret), "last_counter": counter}
    app = Authenticator.objects.create(user=user, type=Type.TOTP, data=data)
    RecoveryCodes.activate(user)
    _tell(user, _("Second factor set up: %(factor)s") % {"factor": in_words(app)}, now)
    return app


@transaction.atomic
def add_passkey(user: User, name: str, credential: dict[str, Any], now: datetime) -> Authenticator:
    _lock(user)
    data = {"name": name, "credential": credential}
    passkey = Authenticator.objects.create(user=user, type=Type.WEBAUTHN, data=data)
    RecoveryCodes.activate(user)
    _tell(user, _("Second factor set up: %(factor)s") % {"factor": in_words(passkey)}, now)
    return passkey


@transaction.atomic
def remove(factor: Authenticator, now: datetime) -> bool:
    """Take a factor away; False where it is the last one and there must be one."""
    user = factor.user
    _lock(user)
    left = factors(user).exclude(pk=factor.pk).exists()
    if settings.SECOND_FACTOR == "required" and not left:
        return False
    factor.delete()
    if not left:
        Authenticator.objects.filter(user=user).delete()
    _tell(user, _("Second factor removed: %(factor)s") % {"factor": in_words(factor)}, now)
    return True


@transaction.atomic
def reset(user: User, actor: User, now: datetime) -> bool:
    """Take everything away from somebody who has lost it, end all logins, and tell the person; False if there was
    nothing."""
    _lock(user)
    if not Authenticator.objects.filter(user=user).delete()[0]:
        return False
    logins.end_all(user, now)
    history.record(actor, user, [_("Second factor reset")], now)
    if user.email:
        mails.second_factor_reset(user, actor.get_full_name() or actor.get_username(), now)
    return True


@transaction.atomic
def new_recovery_codes(user: User, now: datetime) -> None:
    """In place of the old ones, used or not."""
    _lock(user)
    Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).delete()
    RecoveryCodes.activate(user)
    _tell(user, _("New recovery codes made"), now)


def recovery_codes(user: User) -> Sequence[str]:
    """Those that have not been used."""
    factor = Authenticator.objects.filter(user=user, type=Type.RECOVERY_CODES).first()
    try:
        return RecoveryCodes(factor).get_unused_codes() if factor else []
    except InvalidToken:
        return []


def in_words(factor: Authenticator) -> str:
    """Such as an organiser would call it."""
    return _("App with codes") if factor.type == Type.TOTP else _("Passkey “%(name)s”") % {"name": factor.data["name"]}


def _tell(user: User, what: str, now: datetime) -> None:
    """Keep what somebody did to the own factor, and say so by mail: it may have been somebody else."""
    history.record(user, user, [what], now)
    if user.email:
        mails.second_factor_changed(user, what, now)


def _lock(user: User) -> None:
    """Changes of one login's factors come one after the other."""
    User.objects.select_for_update().get(pk=user.pk)

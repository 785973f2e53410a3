"""Where somebody is logged in at the desk, and was: each login is noted when Django makes it, and ends by hand, with a
new password, or when its session runs out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from registration.models import Login

KEPT = timedelta(days=90)
SHOWN = 20

# The first that fits, because most browsers claim to be the later ones too.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome",
             "CriOS": "Chrome", "Safari": "Safari"}  # fmt: skip
_SYSTEMS = {"Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Windows": "Windows", "Mac OS": "Mac",
            "Linux": "Linux"}  # fmt: skip


@dataclass(frozen=True)
class Seen:
    """A login as its owner sees it."""

    login: Login
    is_open: bool
    is_this: bool


@receiver(user_logged_in, dispatch_uid="note a login")
def note(sender: Any, request: HttpRequest, user: User, **kwargs: Any) -> None:
    """Note a login, and forget those whose time is over."""
    now, key = timezone.now(), request.session.session_key
    Login.objects.filter(began_at__lt=now - KEPT).delete()
    browser = browser_in_words(request.META.get("HTTP_USER_AGENT", ""))
    Login.objects.create(user=user, session_key=key or "", browser=browser, began_at=now)


@receiver(user_logged_out, dispatch_uid="note a logout")
def note_end(sender: Any, request: HttpRequest, user: User | None, **kwargs: Any) -> None:
    if user is not None and request.session.session_key:
        _note_ended(user.logins.filter(session_key=request.session.session_key), timezone.now())


def seen(request: HttpRequest, user: User, now: datetime) -> Iterator[Seen]:
    """The newest logins, whoever is asking first."""
    found = list(user.logins.all()[:SHOWN])
    keys = [login.session_key for login in found if login.ended_at is None]
    alive = set(Session.objects.filter(pk__in=keys, expire_date__gt=now).values_list("pk", flat=True))
    this = request.session.session_key
    for login in sorted(found, key=lambda login: login.session_key != this):
        yield Seen(login, login.ended_at is None and login.session_key in alive, login.session_key == this)


def end(user: User, key: int, now: datetime) -> bool:
    """End one login of somebody; False if there is none that goes on."""
    return _end(user.logins.filter(pk=key, ended_at=None), now) > 0


def end_all(user: User, now: datetime, *, but: str = "") -> int:
    """End every login of somebody, except in the session of this key; says how many."""
    return _end(user.logins.filter(ended_at=None).exclude(session_key=but), now)


def moved(user: User, before: str, after: str) -> None:
    """A session has a new key, as after a new password."""
    user.logins.filter(session_key=before).update(session_key=after)


def _end(logins: Any, now: datetime) -> int:
    keys = [key for key in logins.values_list("session_key", flat=True) if key]
    ended, _of_each = Session.objects.filter(pk__in=keys, expire_date__gt=now).delete()
    _note_ended(logins.filter(session_key__in=keys), now)
    return ended


def _note_ended(logins: Any, now: datetime) -> None:
    logins.update(ended_at=now)


def browser_in_words(agent: str) -> str:
    """What somebody recognises a device by, such as “Firefox, Windows”; empty where the browser does not say."""
    browser = next((name for sign, name in _BROWSERS.items() if re.search(rf"\b{sign}", agent)), "")
    system = next((name for sign, name in _SYSTEMS.items() if sign in agent), "")
    return ", ".join(filter(None, (browser, system)))

"""A second factor that is asked for on a page: a code, or a passkey where there is one."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.http import HttpRequest

from registration.desk import passkeys
from registration.forms.second_factor import CodeForm


@dataclass(frozen=True)
class Asked:
    """What the page shows, and the factor once it was given."""

    form: CodeForm
    passkey: str  # what the browser is asked
    passkey_failed: bool
    factor: Authenticator | None


def ask(request: HttpRequest, user: User, now: datetime, *, but: int | None = None) -> Asked:
    """Take what was sent; the factor with the key `but` does not count."""
    answer = request.POST.get("passkey")
    form = CodeForm(request.POST if request.method == "POST" and answer is None else None, user=user, now=now, but=but)
    if answer is not None:
        factor = passkeys.given(user, answer, but=but)
    else:
        factor = form.factor if form.is_valid() else None
    options = "" if factor else passkeys.to_give(user, but=but)
    return Asked(form, options, answer is not None and factor is None, factor)

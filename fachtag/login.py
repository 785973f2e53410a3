"""The organisers' login: Django's, and slower after each failure."""

from collections.abc import Callable
from typing import Any
from unicodedata import normalize

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django.contrib.admin.forms import AdminAuthenticationForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from registration import limits
from registration.client import address
from registration.forms.guarded import layout

LoginView = Callable[..., HttpResponse]


class LoginForm(AdminAuthenticationForm):
    """Does not look at a password that came too soon after the last one."""

    @cached_property
    def helper(self) -> FormHelper:
        return layout("username", "password", Submit("", _("Log in")))

    def clean(self) -> dict[str, Any]:
        if seconds := getattr(self.request, "seconds_to_wait", 0):
            message = ngettext(
                "Logging in from here has failed several times. Please wait %(seconds)s second, then enter your"
                " password again.",
                "Logging in from here has failed several times. Please wait %(seconds)s seconds, then enter your"
                " password again.",
                seconds,
            )
            raise ValidationError(message % {"seconds": seconds})
        return super().clean()


def slowly(login: LoginView) -> LoginView:
    """Count each try before its password is looked at, so that many at once are no way around it."""

    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST":
            return login(request, *args, **kwargs)
        now, network = timezone.now(), limits.network(address(request))
        name = normalize("NFKC", request.POST.get("username", "")).strip().casefold()  # as the form reads it
        tries = [(limits.LOGIN, f"{network}|{name}"), (limits.LOGINS, network)]
        seconds = max(slowdown.seconds_to_wait(who, now) for slowdown, who in tries)
        if not seconds and not all(slowdown.take(who, now) for slowdown, who in tries):
            seconds = 1  # others took the last one at the same moment
        request.seconds_to_wait = seconds  # type: ignore[attr-defined]
        response = login(request, *args, **kwargs)
        if seconds:
            response.status_code = 429
            response["Retry-After"] = str(seconds)
        elif response.status_code == 302:
            limits.LOGIN.forget(f"{network}|{name}")
            limits.LOGINS.give_back(network)
        return response

    return answer

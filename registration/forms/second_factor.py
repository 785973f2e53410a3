"""Codes that somebody at the desk enters."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Submit
from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from registration import limits, second_factor
from registration.forms.guarded import layout

_AS_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autocapitalize": "off", "spellcheck": "false"}


class CodeForm(forms.Form):
    """A code of one's app or a recovery code; `factor` is what it was of. Who guesses has to wait, and each guess
    counts before it is looked at, so that many at once are no way around it."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs=_AS_CODE | {"autofocus": True}),
        error_messages={"required": gettext_lazy("Please enter a code.")},
    )
    factor: Authenticator

    def __init__(self, data: Any = None, *, user: User, now: datetime, but: int | None = None) -> None:
        super().__init__(data)
        self.user, self.now, self.but, self.seconds_to_wait = user, now, but, 0

    def clean_code(self) -> str:
        code, who = str(self.cleaned_data["code"]), str(self.user.pk)
        self.seconds_to_wait = limits.SECOND_FACTOR.seconds_to_wait(who, self.now)
        if not self.seconds_to_wait and not limits.SECOND_FACTOR.take(who, self.now):
            self.seconds_to_wait = 1  # others took the last one at the same moment
        if self.seconds_to_wait:
            message = ngettext(
                "Several codes were wrong. Please wait %(seconds)s second, then enter a code again.",
                "Several codes were wrong. Please wait %(seconds)s seconds, then enter a code again.",
                self.seconds_to_wait,
            )
            raise ValidationError(message % {"seconds": self.seconds_to_wait})
        factor = second_factor.take_code(self.user, code, self.now, but=self.but)
        if factor is None:
            raise ValidationError(
                _("This code is not right, or it has been used. Please wait for the next one that your app shows.")
            )
        limits.SECOND_FACTOR.forget(who)
        self.factor = factor
        return code

    @property
    def status(self) -> int:
        return 429 if self.seconds_to_wait else 200

    @cached_property
    def helper(self) -> FormHelper:
        return layout("code", Submit("", _("Go on")))


class FirstCodeForm(forms.Form):
    """The code that a new app shows, which says that it has the secret and a clock that goes right."""

    code = forms.CharField(
        label=gettext_lazy("Code that the app shows now"),
        max_length=20,
        widget=forms.TextInput(attrs=_AS_CODE),
        error_messages={"required": gettext_lazy("Please enter the code that the app shows.")},
    )
    counter: int

    def __init__(self, data: Any = None, *, secret: str, now: datetime) -> None:
        super().__init__(data)
        self.secret, self.now = secret, now

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        counter = second_factor.counter_of(self.secret, code, self.now)
        if counter is None:
            raise ValidationError(_("This is not the code that the app should show now. Is your device’s clock right?"))
        self.counter = counter
        return code

    @cached_property
    def helper(self) -> FormHelper:
        return layout("code", Submit("", _("Set up the app")))

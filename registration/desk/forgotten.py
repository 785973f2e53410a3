"""A password that somebody has forgotten. Setting the new one is Django's, in our look."""

from django.contrib import admin
from django.contrib.auth.views import PasswordResetConfirmView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from registration import limits
from registration.client import address
from registration.desk.frame import page
from registration.forms import LostPasswordForm, NewPasswordForm
from registration.models import LinkRequest
from registration.views.patience import is_too_often, patience


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Everybody gets the same answer, and the worker does the rest, so its time tells nothing either."""
    now, title = timezone.now(), _("Forgotten the password?")
    form = LostPasswordForm(request.POST if request.method == "POST" else None)
    if is_too_often(limits.LOST_PASSWORD, address(request), form, now):
        return patience(page(request, "password_forgotten", title, status=429, form=form))
    if form.is_valid():
        LinkRequest.objects.create(email=form.cleaned_data["email"], of_login=True, asked_at=now)
        return redirect("password_reset_done")
    return page(request, "password_forgotten", title, status=422 if form.errors else 200, form=form)


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    return page(request, "password_sent", _("Look into your mailbox"))


@require_safe
def is_set(request: HttpRequest) -> HttpResponse:
    return page(request, "password_is_set", _("The new password is set"))


class NewPasswordView(PasswordResetConfirmView):
    """Where the link of the mail leads; whoever was logged in with the old password is so no longer."""

    form_class = NewPasswordForm
    template_name = "desk/password_new.html"
    title = gettext_lazy("Set a new password")
    extra_context = {"site_header": admin.site.site_header}

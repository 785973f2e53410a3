"""One's own account: name and address, password, and where one is logged in."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from events.bounds import is_key
from registration import logins, second_factor
from registration.desk.frame import DeskRequest, page
from registration.forms.account import OwnNameForm, OwnPasswordForm


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: DeskRequest) -> HttpResponse:
    # The form writes into what it is given, and the page goes on to greet who is logged in.
    form = OwnNameForm(request.POST or None, instance=User.objects.get(pk=request.user.pk))
    if form.is_valid():
        form.save()
        messages.success(request, _("Name and address are stored."))
        return redirect("admin:account")
    seen = list(logins.seen(request, request.user, timezone.now()))
    others = sum(one.is_open and not one.is_this for one in seen)
    return page(
        request,
        "account",
        _("Your account"),
        form=form,
        has_second_factor=second_factor.is_set_up(request.user),
        logins=seen,
        others=others,
        kept=logins.KEPT.days,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def password(request: DeskRequest) -> HttpResponse:
    if not request.user.has_usable_password():
        messages.warning(request, _("You log in through your house, so there is no password here to change."))
        return redirect("admin:account")
    form = OwnPasswordForm(request.user, request.POST or None)
    if form.is_valid():
        before = request.session.session_key or ""
        update_session_auth_hash(request, form.save())
        logins.moved(request.user, before, request.session.session_key or "")
        logins.end_all(request.user, timezone.now(), but=request.session.session_key or "")
        messages.success(request, _("Your password is changed. You are logged in here alone."))
        return redirect("admin:account")
    return page(request, "account_password", _("Change password"), form=form)


@require_POST
def end(request: DeskRequest) -> HttpResponse:
    """End one login, or all but this one."""
    now, key = timezone.now(), request.POST.get("login", "")
    if is_key(key):
        done = logins.end(request.user, int(key), now)
        said = _("The login has ended.") if done else _("This login had ended already.")
    else:
        logins.end_all(request.user, now, but=request.session.session_key or "")
        said = _("You are logged in here alone.")
    messages.success(request, said)
    return redirect("admin:account")

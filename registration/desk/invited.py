"""What somebody sees who was invited to an office: a page for everybody who has its key."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from registration.desk import members
from registration.desk.frame import page
from registration.forms import NewLoginForm
from registration.models import Invitation


@sensitive_post_parameters()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: HttpRequest, key: str) -> HttpResponse:
    """Who is logged in just accepts; who is known here logs in first; everybody else makes a login of it."""
    now = timezone.now()
    invitation = members.invited_with(key, now)
    if invitation is None:
        return _gone(request)
    if isinstance(request.user, User):
        if request.method == "POST":
            return _accept(request, invitation, request.user, now)
        return page(request, "invited", _heading(invitation), invitation=invitation)
    if members.login_of(invitation) is not None:
        return page(request, "invited", _heading(invitation), invitation=invitation, is_known=True)
    user = User(username=invitation.email.lower(), email=invitation.email)
    form = NewLoginForm(user, request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _accept(request, invitation, form.save(commit=False), now)
    status = 422 if form.errors else 200
    return page(request, "invited", _heading(invitation), status=status, invitation=invitation, form=form)


def _heading(invitation: Invitation) -> str:
    return _("Invitation: %(office)s") % {"office": invitation.organiser}


def _accept(request: HttpRequest, invitation: Invitation, user: User, now: datetime) -> HttpResponse:
    try:
        members.accept(invitation, user, now)
    except members.Gone:
        return _gone(request)
    except members.IsMember:
        messages.warning(request, _("You work in this office already, so the invitation was not needed."))
        return redirect("admin:index")
    except members.IsKnown:
        messages.warning(request, _("This address has a login here meanwhile. Please log in with it, and accept then."))
        return redirect(request.path)
    if user != request.user:
        login(request, user)
    messages.success(request, _("You now work for %(office)s.") % {"office": invitation.organiser})
    return redirect("admin:index")


def _gone(request: HttpRequest) -> HttpResponse:
    return page(request, "invited_gone", _("This invitation is no longer valid"), status=410)

"""Between the password and the desk: whoever has a second factor gives it, and is not logged in before."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registration import second_factor
from registration.desk.asking import ask
from registration.desk.frame import page

TIME = timedelta(minutes=10)
_WAITING = "second_step"


def begin(request: HttpRequest, user: User, to: str, now: datetime) -> HttpResponse:
    """Log in whoever has just been recognised, or ask for the second factor first. `to` is an address of ours."""
    if not second_factor.is_set_up(user):
        login(request, user)
        return HttpResponseRedirect(to)
    logout(request)  # whoever was logged in here before
    waiting = {"user": user.pk, "backend": user.backend, "hash": user.get_session_auth_hash()}
    request.session[_WAITING] = waiting | {"to": to, "at": now.timestamp()}
    return redirect("admin:second_step")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    user = waiting(request, now)
    if user is None:
        messages.warning(request, _("Too much time has passed. Please log in again."))
        return redirect("admin:login")
    asked = ask(request, user, now)
    if asked.factor is not None:
        to = request.session[_WAITING]["to"]
        login(request, user)
        second_factor.note_given(request, asked.factor, now)
        del request.session[_WAITING]
        came_with_a_code = second_factor.came_with_a_recovery_code(request)
        return redirect("admin:second_factor") if came_with_a_code else HttpResponseRedirect(to)
    return page(request, "second_step", _("Second factor"), status=asked.form.status, **vars(asked))


def waiting(request: HttpRequest, now: datetime) -> User | None:
    """Who has given the password here a short while ago, and may still log in with it."""
    found = request.session.get(_WAITING)
    if not found or now.timestamp() - found["at"] > TIME.total_seconds():
        return None
    user = User.objects.filter(pk=found["user"], is_active=True).first()
    if user is None or not constant_time_compare(found["hash"], user.get_session_auth_hash()):
        return None
    user.backend = found["backend"]
    return user

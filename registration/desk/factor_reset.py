"""A second factor that somebody else has lost."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from registration import second_factor
from registration.desk.frame import DeskRequest, page
from registration.models import Membership
from registration.rights import offices_led_by


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: DeskRequest, key: int) -> HttpResponse:
    """Reset it, once that is confirmed; `key` is that of the person's membership in an office that one leads."""
    membership = get_object_or_404(_within_reach(request.user), pk=key)
    person = membership.user
    name = person.get_full_name() or person.get_username()
    is_allowed = request.user.is_superuser or not _works_elsewhere(person, request.user)
    if request.method == "POST" and is_allowed:
        if second_factor.reset(person, request.user, timezone.now()):
            messages.success(request, _("The second factor of %(name)s is reset.") % {"name": name})
        else:
            messages.warning(request, _("%(name)s has no second factor.") % {"name": name})
        return redirect("admin:second_factor_reset", key)
    title = _("Reset the second factor of %(name)s") % {"name": name}
    return page(
        request,
        "second_factor_reset",
        title,
        status=403 if request.method == "POST" else 200,
        person=person,
        called=name,
        is_set_up=second_factor.is_set_up(person),
        is_allowed=is_allowed,
    )


def _within_reach(user: User) -> QuerySet[Membership]:
    """Others whose second factor one may reset: all for a superuser, else the people of offices that one leads, but no
    superusers, who may more than oneself."""
    others = Membership.objects.exclude(user=user).select_related("user")
    if user.is_superuser:
        return others
    return others.filter(organiser__in=offices_led_by(user), user__is_superuser=False)


def _works_elsewhere(person: User, user: User) -> bool:
    """Whether the login opens an office that is none of this user's: a password alone would then open it, too."""
    return person.memberships.exclude(organiser__in=offices_led_by(user)).exists()

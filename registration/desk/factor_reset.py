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


@require_http_methods(["GET", "HEAD", "POST"])
def reset(request: DeskRequest, key: int) -> HttpResponse:
    """Reset it, once that is confirmed; `key` is that of the person's membership in an office that one leads."""
    membership = get_object_or_404(_within_reach(request.user), pk=key)
    person = membership.user
    name = person.get_full_name() or person.get_username()
    if request.method == "POST":
        if second_factor.reset(person, request.user, timezone.now()):
            messages.success(request, _("The second factor of %(name)s is reset.") % {"name": name})
        else:
            messages.warning(request, _("%(name)s has no second factor.") % {"name": name})
        return redirect("admin:second_factor_reset", key)
    title = _("Reset the second factor of %(name)s") % {"name": name}
    is_set_up = second_factor.is_set_up(person)
    return page(request, "second_factor_reset", title, person=person, called=name, is_set_up=is_set_up)


def _within_reach(user: User) -> QuerySet[Membership]:
    """Others whose second factor one may reset: all for a superuser, else the people of offices that one leads, but no
    superusers, who may more than oneself."""
    others = Membership.objects.exclude(user=user).select_related("user")
    if user.is_superuser:
        return others
    led = user.memberships.filter(role=Membership.Role.LEAD).values("organiser")
    return others.filter(organiser__in=led, user__is_superuser=False)

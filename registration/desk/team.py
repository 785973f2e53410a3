"""Who works in the offices that one leads, and who is invited to."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from events.models import Organiser
from registration.desk import members
from registration.desk.frame import DeskRequest, View, page
from registration.desk.history import Entry, entries
from registration.forms import InviteForm, RoleForm
from registration.history import kind_of
from registration.models import Change, Invitation, Membership, OutgoingMail
from registration.rights import offices_led_by

REFUSALS: dict[type[members.Refused], Callable[[], str]] = {
    members.IsMember: lambda: _("Whoever has this address works in this office already; change the role in the list."),
    members.IsInvited: lambda: _("This address is invited already; you can send the invitation again in the list."),
    members.LastLead: lambda: _("Nobody else leads this office. Make somebody else its lead first."),
    members.Gone: lambda: _("That has changed meanwhile; nothing was stored."),
}


def for_leads(view: View) -> View:
    """Refuse who leads no office."""

    @wraps(view)
    def answer(request: DeskRequest, **kwargs: Any) -> HttpResponse:
        if not request.user.is_superuser and not offices_led_by(request.user).exists():
            raise PermissionDenied
        return view(request, **kwargs)

    return answer


@dataclass(frozen=True)
class Office:
    """An office with everybody who works in it, or is invited to."""

    organiser: Organiser
    members: list[Membership]
    invitations: list[tuple[Invitation, str]]
    changes: list[Entry]


@require_safe
@for_leads
def team(request: DeskRequest) -> HttpResponse:
    now = timezone.now()
    return page(request, "team", _("Team"), offices=_offices(request, now), now=now)


def _offices(request: DeskRequest, now: datetime) -> list[Office]:
    people = Membership.objects.select_related("user").order_by("user__last_name", "user__username")
    mails = Prefetch("mails", OutgoingMail.objects.order_by("-pk"))
    invited = Invitation.objects.order_by("email").prefetch_related(mails)
    kinds = [kind_of(Membership), kind_of(Organiser)]
    changes = Change.objects.filter(kind__in=kinds).select_related("registration")[:20]
    found = offices_led_by(request.user).prefetch_related(
        Prefetch("memberships", people),
        Prefetch("invitations", invited),
        Prefetch("changes", changes, to_attr="latest"),
    )
    return [
        Office(
            one,
            list(one.memberships.all()),
            [(each, _state(each, now)) for each in one.invitations.all()],
            entries(one.latest),
        )
        for one in found
    ]


def _state(invitation: Invitation, now: datetime) -> str:
    """What became of the mail; empty where there is nothing to say."""
    if invitation.has_run_out(now):
        return _("has run out")
    last = next(iter(invitation.mails.all()), None)
    if last is not None and last.failed_at is not None:
        return _("could not be delivered")
    return _("about to leave") if last is not None and last.sent_at is None else ""


@require_http_methods(["GET", "HEAD", "POST"])
@for_leads
def invite(request: DeskRequest) -> HttpResponse:
    form = InviteForm(_sent(request), offices=offices_led_by(request.user))
    if form.is_valid():
        said = form.cleaned_data
        try:
            role, sees_needs = said["role"], said["sees_needs"]
            members.invite(request.user, said["email"], form.office, role, timezone.now(), sees_needs=sees_needs)
        except members.Refused as refusal:
            form.add_error("email", _why(refusal))
        else:
            messages.success(request, _("The invitation to %(email)s leaves in a moment.") % said)
            return redirect("admin:team")
    return page(request, "team_invite", _("Invite somebody"), status=422 if form.errors else 200, form=form)


@require_http_methods(["GET", "HEAD", "POST"])
@for_leads
def member(request: DeskRequest, key: int) -> HttpResponse:
    """Somebody else's place in an office; one's own is changed by others."""
    found = Membership.objects.filter(organiser__in=offices_led_by(request.user)).exclude(user=request.user)
    membership = get_object_or_404(found.select_related("user", "organiser"), pk=key)
    if request.POST.get("do") == "remove":
        return _remove(request, membership)
    form = RoleForm(_sent(request), initial={"role": membership.role, "sees_needs": membership.sees_needs})
    if form.is_valid():
        try:
            said = form.cleaned_data
            members.change(request.user, membership, said["role"], timezone.now(), sees_needs=said["sees_needs"])
        except members.Refused as refusal:
            form.add_error("role", _why(refusal))
        else:
            messages.success(request, _("%(name)s: the role is stored.") % {"name": _named(membership)})
            return redirect("admin:team")
    status, title = 422 if form.errors else 200, _named(membership)
    return page(request, "team_member", title, status=status, form=form, membership=membership)


def _remove(request: DeskRequest, membership: Membership) -> HttpResponse:
    try:
        members.remove(request.user, membership, timezone.now())
    except members.Refused as refusal:
        messages.error(request, _why(refusal))
    else:
        messages.success(request, _("%(name)s no longer works in this office.") % {"name": _named(membership)})
    return redirect("admin:team")


@require_POST
@for_leads
def invitation(request: DeskRequest, key: int) -> HttpResponse:
    """Send an invitation again, or take it back."""
    found = Invitation.objects.filter(organiser__in=offices_led_by(request.user)).select_related("organiser")
    invitation = get_object_or_404(found, pk=key)
    try:
        match request.POST.get("do"):
            case "again":
                members.invite_again(request.user, invitation, timezone.now())
                said = _("The invitation to %(email)s leaves in a moment; the link in the former mail is void.")
            case "withdraw":
                members.withdraw(request.user, invitation, timezone.now())
                said = _("The invitation to %(email)s is withdrawn.")
            case _other:
                raise Http404
    except members.Refused as refusal:
        messages.error(request, _why(refusal))
    else:
        messages.success(request, said % {"email": invitation.email})
    return redirect("admin:team")


def _sent(request: DeskRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _why(refusal: members.Refused) -> str:
    return REFUSALS[type(refusal)]()


def _named(membership: Membership) -> str:
    user = membership.user
    return user.get_full_name() or user.get_username()

"""Who works in an office: invited, let in, given another role, let go. An office always keeps somebody who leads it.

Each verb locks the office, so that two leads who take each other's role do so one after the other."""

import secrets
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from events.models import Organiser
from registration import history, mails
from registration.models import Invitation, Membership
from registration.rights import Role


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not an error
    """Nothing was stored."""


class IsMember(Refused):
    """Works in this office already."""


class IsInvited(Refused):
    """An invitation to this office has not been answered yet."""


class IsKnown(Refused):
    """Has got a login here a moment ago, by another invitation."""


class LastLead(Refused):
    """Nobody would lead the office any more."""


class Gone(Refused):
    """Accepted, withdrawn, run out, or removed meanwhile."""


@transaction.atomic
def invite(
    by: User, email: str, organiser: Organiser, role: str, now: datetime, *, sees_needs: bool = False
) -> Invitation:
    """Offer somebody a place in an office by mail. Raises IsMember, IsInvited."""
    _lock(organiser)
    if organiser.memberships.filter(_is_of(email, "user__")).exists():
        raise IsMember
    if organiser.invitations.filter(email__iexact=email).exists():
        raise IsInvited
    values = {"email": email, "organiser": organiser, "role": role, "sees_needs": sees_needs}
    invitation = Invitation(**values, invited_by=by.get_full_name() or by.get_username())
    _offer(invitation, now)
    history.record(by, organiser, [_("Invited somebody (%(role)s)") % {"role": in_words(invitation)}], now)
    return invitation


@transaction.atomic
def invite_again(by: User, invitation: Invitation, now: datetime) -> None:
    """Send a new key; the old one opens nothing any more. Raises Gone."""
    stored = _locked(invitation)
    _offer(stored, now)
    history.record(by, stored.organiser, [_("Invitation sent again (%(role)s)") % {"role": in_words(stored)}], now)


@transaction.atomic
def withdraw(by: User, invitation: Invitation, now: datetime) -> None:
    """Take an invitation back, with its mail, if that has not left. Raises Gone."""
    stored = _locked(invitation)
    history.record(by, stored.organiser, [_("Invitation withdrawn (%(role)s)") % {"role": in_words(stored)}], now)
    stored.delete()


def _offer(invitation: Invitation, now: datetime) -> None:
    key = secrets.token_urlsafe(32)
    invitation.digest, invitation.valid_until = Invitation.digest_of(key), now + Invitation.VALID_FOR
    invitation.save()
    invitation.mails.unsent().delete()
    mails.team_invitation(invitation, str(settings.SITE_URL) + reverse("admin:invitation", args=[key]), now)


def invited_with(key: str, now: datetime) -> Invitation | None:
    """The invitation that a key opens, as long as it is valid."""
    found = Invitation.objects.filter(digest=Invitation.digest_of(key), valid_until__gt=now)
    return found.select_related("organiser").first()


def login_of(invitation: Invitation) -> User | None:
    """Whoever has a login under the address that was invited."""
    return User.objects.filter(_is_of(invitation.email)).order_by("-is_active", "pk").first()


@transaction.atomic
def accept(invitation: Invitation, user: User, now: datetime) -> Membership:
    """Let somebody in, who may be new here. Raises Gone, IsMember, IsKnown."""
    stored = _locked(invitation)
    if stored.digest != invitation.digest:
        raise Gone
    if user.pk and stored.organiser.memberships.filter(user=user).exists():
        raise IsMember
    user.is_staff = True
    try:
        user.save(update_fields=["is_staff"] if user.pk else None)
    except IntegrityError as error:
        raise IsKnown from error
    membership = Membership(user=user, organiser=stored.organiser, role=stored.role, sees_needs=stored.sees_needs)
    membership.save()
    history.record(user, membership, [_("Accepted the invitation by %(by)s") % {"by": stored.invited_by}], now)
    stored.delete()
    return membership


@transaction.atomic
def change(by: User, membership: Membership, role: str, now: datetime, *, sees_needs: bool) -> None:
    """Give somebody another role. Raises LastLead, Gone."""
    stored = _to_change(membership)
    if role != Role.LEAD:
        _refuse_last_lead(stored)
    before = in_words(stored)
    stored.role, stored.sees_needs = role, sees_needs
    stored.save()
    history.record(by, stored, [history.Difference(_("Role"), before, in_words(stored))], now)


@transaction.atomic
def remove(by: User, membership: Membership, now: datetime) -> None:
    """Take somebody's place in an office. The login stays, and opens nothing of it any more. Raises LastLead, Gone."""
    stored = _to_change(membership)
    _refuse_last_lead(stored)
    history.record(by, stored, [_("Removed")], now)
    stored.delete()


def in_words(place: Membership | Invitation) -> str:
    """The role, and whether it comes with the sensitive answers."""
    role = str(place.get_role_display())
    return _("%(role)s, sees sensitive answers") % {"role": role} if place.sees_needs else role


def _lock(organiser: Organiser) -> None:
    Organiser.objects.select_for_update().get(pk=organiser.pk)


def _locked(invitation: Invitation) -> Invitation:
    stored = Invitation.objects.select_for_update().filter(pk=invitation.pk).first()
    if stored is None:
        raise Gone
    return stored


def _to_change(membership: Membership) -> Membership:
    _lock(membership.organiser)
    stored = Membership.objects.select_related("user", "organiser").filter(pk=membership.pk).first()
    if stored is None:
        raise Gone
    return stored


def _refuse_last_lead(membership: Membership) -> None:
    leads = membership.organiser.memberships.filter(role=Role.LEAD, user__is_active=True)
    if membership.role == Role.LEAD and not leads.exclude(pk=membership.pk).exists():
        raise LastLead


def _is_of(email: str, prefix: str = "") -> Q:
    """Whoever has this address, or logs in with it."""
    return Q(**{f"{prefix}email__iexact": email}) | Q(**{f"{prefix}username__iexact": email})

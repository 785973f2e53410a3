"""Who may do what at the desk: a role in the office that an event belongs to. A superuser may everything everywhere.

Whoever has no role in an event's office does not learn that there is such an event."""

from enum import Enum
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.db.models import QuerySet

from events.models import Event, Organiser
from events.models.event import EventQuerySet
from registration.models import Membership

Role = Membership.Role
SomeUser = AbstractBaseUser | AnonymousUser


class Right(Enum):
    """What is done on a page, and so who may open it."""

    LOOK = "see how things stand, in numbers"
    TEXTS = "write what the public reads"
    GUESTS = "see guests, and act for them"
    NEEDS = "see sensitive answers"
    DOOR = "check guests in on the day"
    LEAD = "publish, copy, cancel, erase, and say who may what"


_RIGHTS = {
    Role.LEAD: frozenset(Right),
    Role.EDITOR: frozenset({Right.LOOK, Right.TEXTS}),
    Role.GUESTS: frozenset({Right.LOOK, Right.GUESTS, Right.DOOR}),
    Role.DOOR: frozenset({Right.DOOR}),
}


class Logins(ModelBackend):
    """Lets in as Django does. Its permissions open nothing: they know no offices, and tables are for superusers."""

    def has_perm(self, *args: Any, **kwargs: Any) -> bool:
        return False

    def has_module_perms(self, *args: Any, **kwargs: Any) -> bool:
        return False


def events_of(user: SomeUser, right: Right | None = None) -> EventQuerySet:
    """All events that somebody may know of at the desk, in whatever role; or for which this role allows that."""
    if not isinstance(user, User) or not user.is_active:
        return Event.objects.none()
    if user.is_superuser:
        return Event.objects.all()
    roles = [role for role, rights in _RIGHTS.items() if right is None or right in rights]
    return Event.objects.filter(organiser__memberships__in=user.memberships.filter(role__in=roles))


def offices_led_by(user: SomeUser) -> QuerySet[Organiser]:
    """The offices in which somebody begins events and says who may what."""
    if not isinstance(user, User) or not user.is_active:
        return Organiser.objects.none()
    if user.is_superuser:
        return Organiser.objects.all()
    return Organiser.objects.filter(memberships__user=user, memberships__role=Role.LEAD)


def rights_at(user: SomeUser, event: Event) -> frozenset[Right]:
    """What somebody may do for this event."""
    if not isinstance(user, User) or not user.is_active:
        return frozenset()
    if user.is_superuser:
        return frozenset(Right)
    found = Membership.objects.filter(user=user, organiser=event.organiser_id).first()
    if found is None:
        return frozenset()
    return _RIGHTS[Role(found.role)] | ({Right.NEEDS} if found.sees_needs else frozenset())

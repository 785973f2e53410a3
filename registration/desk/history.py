"""The history of an event: who changed what, day by day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from events.models import Event
from registration import history as kept
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.models import Change, Registration
from registration.rights import Right

A_PAGE = 50


@dataclass(frozen=True)
class Entry:
    """All that somebody changed of one thing at one moment."""

    at: datetime
    who: str
    kind: str
    subject: str
    changes: list[Change]
    guest: Registration | None = None  # one who has a page at the desk

    @property
    def day(self) -> date:
        return localtime(self.at).date()


@for_event(Right.LEAD)
def history(request: DeskRequest, event: Event) -> HttpResponse:
    """One list, newest first, of what was done to the event, in its office and to the logins of who works there; for
    superusers, on the site too."""
    everything = _about(event, with_the_site=request.user.is_superuser)
    people = list(everything.order_by("actor_name").values_list("actor_name", flat=True).distinct())
    who, group = request.GET.get("wer", ""), request.GET.get("was", "")
    found = everything.filter(_meant(who if who in people else "", group)).select_related("registration")
    page = Paginator(found, A_PAGE).get_page(request.GET.get("seite"))
    return event_page(
        request,
        event,
        "history",
        _("History"),
        entries=entries(page.object_list),
        page=page,
        people=people,
        who=who,
        groups=[(key, label) for key, label, _models in kept.GROUPS],
        group=group,
        query=_query(who, group),
    )


def entries(changes: Iterable[Change]) -> list[Entry]:
    """Changes in order, with what belongs together in one entry."""
    return [
        _entry(list(together))
        for _key, together in groupby(changes, lambda change: (change.at, change.actor_name, change.kind, change.key))
    ]


def entries_of(subject: Model, limit: int = 20) -> list[Entry]:
    """The newest entries about one thing."""
    about = Change.objects.filter(kind=kept.kind_of(type(subject)), key=subject.pk)
    return entries(about.select_related("registration")[:limit])


def _about(event: Event, *, with_the_site: bool) -> QuerySet[Change]:
    in_the_office = Q(event__isnull=True, office=event.organiser_id)  # NULL: done to no event
    on_the_site = Q(event__isnull=True, office__isnull=True)  # NULL: done to what every office shares
    of_the_team = Q(kind=kept.kind_of(User), key__in=event.organiser.memberships.values("user"))
    meant = Q(event=event) | in_the_office | of_the_team
    return Change.objects.filter(meant | on_the_site if with_the_site else meant)


def _meant(who: str, group: str) -> Q:
    """Those of one person, and of one group; all where neither is known."""
    models = next((models for key, _label, models in kept.GROUPS if key == group), None)
    by = Q(actor_name=who) if who else Q()
    return by if models is None else by & Q(kind__in=[kept.kind_of(model) for model in models])


def _query(who: str, group: str) -> str:
    asked = QueryDict(mutable=True)
    asked.update({"wer": who, "was": group})
    return asked.urlencode()


def _entry(changes: list[Change]) -> Entry:
    first = changes[0]
    guest = first.registration
    return Entry(
        first.at,
        first.actor_name,
        _kind(first.kind),
        first.subject,
        changes,
        guest if guest is not None and guest.erased_at is None else None,
    )


def _kind(kind: str) -> Any:
    """The name of a table as an organiser reads it; one that is gone has none any more."""
    try:
        return capfirst(apps.get_model(kind)._meta.verbose_name)
    except (LookupError, ValueError):
        return ""

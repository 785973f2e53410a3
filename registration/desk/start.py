"""The first page of the desk: the events, and what is to be done."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from events.models import Event, slots_with_tracks
from registration import door
from registration.desk import figures
from registration.desk.figures import Curve, Figures
from registration.desk.frame import page
from registration.desk.tasks import Task, tasks
from registration.door import Opening
from registration.models import Inquiry
from registration.rights import Right, SomeUser, events_of, offices_led_by, rights_at

# Events that are over, beside those to come; the others are only named.
PAST = 3


@dataclass(frozen=True)
class Card:
    """An event with what counts, as far as somebody may see it."""

    event: Event
    figures: Figures | None
    curve: Curve | None
    tasks: list[Task]
    door_is_open: bool = False  # for somebody who checks guests in


def start(request: HttpRequest, now: datetime) -> HttpResponse:
    found = events_of(request.user).with_place().prefetch_related(slots_with_tracks())
    upcoming, archive = list(found.upcoming(now)), list(found.archive(now))
    unaddressed = _unaddressed(request.user)
    cards = [card(event, rights_at(request.user, event), now) for event in [*upcoming, *archive[:PAST]]]
    doors = [card.event for card in cards if card.door_is_open]
    if len(doors) == 1 and all(card.figures is None for card in cards):  # there is nothing else to do today
        return redirect("admin:event_door", doors[0].slug)
    return page(
        request,
        "start",
        _("Start"),
        cards=cards,
        to_do=sum(len(card.tasks) for card in cards) + bool(unaddressed and cards),
        unaddressed=unaddressed,
        may_begin=offices_led_by(request.user).exists(),
        earlier=archive[PAST:],
        now=now,
    )


def _unaddressed(user: SomeUser) -> int:
    """How many inquiries came in before there was any office: only who sees everything sees them."""
    if not isinstance(user, User) or not user.is_superuser:
        return 0
    return Inquiry.objects.filter(organiser__isnull=True, done_at__isnull=True).count()


def card(event: Event, rights: frozenset[Right], now: datetime) -> Card:
    door_is_open = Right.DOOR in rights and door.opening(event, now) is Opening.OPEN
    if Right.LOOK not in rights:
        return Card(event, None, None, [], door_is_open)
    found = figures.figures(event, now)
    plot = figures.curve(event, figures.days(event), now) if event.ends_at > now else None
    return Card(event, found, plot, tasks(event, found, rights, now), door_is_open)

"""The first page of an event's workspace: how it stands, what is to be done, and what comes when."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Event
from events.wording import deadline, moment
from registration.desk import start, way
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.rights import Right


@dataclass(frozen=True)
class Step:
    """Something on an event's way, and whether it is over, now or later, as the stylesheet calls it."""

    what: str
    at: str
    when: str


@for_event(Right.LOOK)
def overview(request: DeskRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    card = start.card(event, request.rights, now)
    is_draft = event.status == Event.Status.DRAFT
    led = way.way(event, "overview", request.rights, now) if is_draft and Right.TEXTS in request.rights else None
    title, when = _("Overview"), steps(event, now)
    return event_page(request, event, "overview", title, card=card, steps=when, begun=led, now=now)


def steps(event: Event, now: datetime) -> list[Step]:
    """The way from registration to the last erasing; the first one that is not over is where the event stands."""
    dated: list[tuple[str, datetime, str]] = []
    if event.registration_opens_at is not None:
        dated.append((_("Registration opens"), event.registration_opens_at, moment(event.registration_opens_at)))
    closes = event.registration_closes_at
    dated.append((_("Registration closes"), closes, deadline(closes)))
    if event.queue_moves_up:
        stops = event.queues_stop_at
        dated.append((_("Waiting lists stop moving by themselves"), stops, moment(stops)))
    if event.remind_at is not None:
        dated.append((_("Guests are reminded by mail"), event.remind_at, moment(event.remind_at)))
    dated += [
        (_("The event begins"), event.starts_at, moment(event.starts_at)),
        (_("The event ends"), event.ends_at, moment(event.ends_at)),
    ]
    if event.status != Event.Status.POSTPONED:
        dated += [
            (_("Sensitive answers are erased"), event.needs_erased_at, moment(event.needs_erased_at)),
            (_("All guests are erased"), event.data_erased_at, moment(event.data_erased_at)),
        ]
    dated.sort(key=lambda found: found[1])
    over = sum(at <= now for _what, at, _words in dated)
    return [
        Step(what, words, "over" if number < over else "now" if number == over else "later")
        for number, (what, _at, words) in enumerate(dated)
    ]

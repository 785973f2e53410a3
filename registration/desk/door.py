"""The door: a name is found, and its guest let in. What it shows is logged."""

from datetime import datetime

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.bounds import is_key
from events.models import Event
from registration import consents, history
from registration import door as rules
from registration.desk import acts
from registration.desk.alphabet import in_order, keys_in_order
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.guests import everybody
from registration.desk.search import found_by
from registration.door import Opening
from registration.models import ConsentText, Registration, RegistrationQuerySet, with_places
from registration.rights import Right

# So many are shown at once; whoever is looked for among more has more letters in the name.
A_PAGE = 20
LAST = 5

ACTS = {"in": acts.check_in, "out": acts.undo_check_in}


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.DOOR)
def door(request: DeskRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    opening = rules.opening(event, now)
    if request.method == "POST":
        return _act(request, event, opening, now)
    may_look = opening is Opening.OPEN or Right.GUESTS in request.rights
    words = request.GET.get("q", "").strip()
    keys = _keys(event, words) if may_look else []
    found = in_order(_with_all(everybody(event).filter(pk__in=keys[:A_PAGE])))
    if found:
        _note(request, event, len(found), now)
    return event_page(
        request,
        event,
        "door",
        _("Check-in"),
        opening=opening.name,
        may_look=may_look,
        words=words,
        found=found,
        more=len(keys) - len(found),
        last=_last(request, event) if may_look else [],
        attendance=rules.attendance(event),
        asks_for_photos=event.consent_requests.filter(purpose=ConsentText.Purpose.RECORDING).exists(),
    )


def _act(request: DeskRequest, event: Event, opening: Opening, now: datetime) -> HttpResponse:
    """Let somebody in, or take that back; then the next one is looked for."""
    here = reverse("admin:event_door", args=[event.slug])
    act, key = request.POST.get("do", ""), request.POST.get("gast")
    if opening is not Opening.OPEN:  # said without a name
        messages.error(request, _("Guests are checked in on the days of the event alone."))
    elif act in ACTS and key and is_key(key):
        done = ACTS[act](request, get_object_or_404(everybody(event).select_related("event"), pk=key), now)
        (messages.success if done.was_done else messages.error)(request, done.in_words)
        if not done.was_done:  # it says a name, and nothing else tells of it
            _note(request, event, 1, now)
        if not done.was_done or act == "out":
            return redirect(f"{here}?{urlencode({'q': request.POST.get('q', '')})}")
    return redirect(here)


def _note(request: DeskRequest, event: Event, shown: int, now: datetime) -> None:
    """Keep how many names somebody has been shown, not which, nor what was typed."""
    said = _("Searched at the door: %(count)d guests shown") % {"count": shown}
    history.record(request.user, event, [said], now)


def _keys(event: Event, words: str) -> list[int]:
    """Those who are meant, by last name; addresses and answers are not for the door."""
    return keys_in_order(found_by(words, everybody(event), with_needs=False, by_name=True)) if words else []


def _last(request: DeskRequest, event: Event) -> list[Registration]:
    """Whom somebody has just let in: nobody else's, so that nothing is shown that is not logged."""
    by_me = everybody(event).filter(changes__actor=request.user, changes__at=F("checked_in_at"))
    return list(_with_all(by_me).order_by("-checked_in_at", "-pk")[:LAST])


def _with_all(guests: RegistrationQuerySet) -> RegistrationQuerySet:
    return consents.with_decisions(guests).prefetch_related(with_places())

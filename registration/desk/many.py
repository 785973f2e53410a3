"""What is done with several guests at once: chosen in the list, confirmed on a page of its own, and said one by one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from events.bounds import is_key
from events.models import Event
from registration import consents, exports, history
from registration.booking import stock
from registration.desk import acts
from registration.desk.alphabet import in_order
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.guests import Shown, everybody, views
from registration.desk.messages import write_to
from registration.models import Registration, with_places
from registration.rights import Right

FORMATS = {"xlsx": (exports.XLSX_TYPE, exports.xlsx), "csv": (exports.CSV_TYPE, exports.csv_file)}


@require_POST
@for_event(Right.GUESTS)
def many(request: DeskRequest, event: Event) -> HttpResponse:
    now, back = timezone.now(), f"{reverse('admin:event_guests', args=[event.slug])}?{_query(request)}"
    shown = Shown.by(views(event, request.rights, now), QueryDict(_query(request)))
    if shown is None:
        messages.warning(request, _("This list is not there any more. Please look again whom it is about."))
        return redirect("admin:event_guests", event.slug)
    chosen = _chosen(request, event, shown)
    if not chosen:
        messages.warning(request, _("You have chosen nobody yet: tick the guests first."))
        return redirect(back)
    match request.POST.get("do"):
        case "move":
            return _move(request, event, chosen, back, now)
        case "cancel":
            return _cancel(request, event, chosen, back, now)
        case "message":
            sensitive = shown.goes_by_needs(event, request.rights)
            return write_to(request, event, chosen, back, now, sensitive=sensitive)
        case "print" | "print-each" as how:
            whom = _whom(request, event, chosen, shown)
            return _print(request, event, chosen, back, now, whom=whom, each=how == "print-each")
        case "xlsx" | "csv" as ending:
            return _export(request, event, chosen, ending, now)
    raise Http404


def _query(request: DeskRequest) -> str:
    return request.POST.get("ansicht", "")


def _chosen(request: DeskRequest, event: Event, shown: Shown) -> list[Registration]:
    """Those who are ticked, or all whom the view shows, on other pages too."""
    if "alle" in request.POST:
        keys: list[Any] = shown.of(event, request.rights)
    else:
        keys = list(filter(is_key, request.POST.getlist("gast")))
    found = consents.with_decisions(everybody(event).filter(pk__in=keys)).select_related("event")
    return in_order(found.prefetch_related(with_places(), "answers"))


def _move(request: DeskRequest, event: Event, chosen: list[Registration], back: str, now: datetime) -> HttpResponse:
    """Each workshop with its seats, and a button."""
    found = stock(event)
    workshop = found.workshops.get(int(key)) if is_key(key := request.POST.get("workshop", "")) else None
    if workshop is None:
        return event_page(
            request,
            event,
            "many_move",
            _("Move guests"),
            tab="guests",
            chosen=chosen,
            view=_query(request),
            workshops=[(workshop, found.seats[key]) for key, workshop in found.workshops.items()],
            back=back,
        )
    return _all_done(request, [acts.move(request, one, workshop, now) for one in chosen], back)


def _cancel(request: DeskRequest, event: Event, chosen: list[Registration], back: str, now: datetime) -> HttpResponse:
    if "confirmed" in request.POST:
        return _all_done(request, [acts.cancel(request, one, now) for one in chosen], back)
    title, view = _("Cancel registrations"), _query(request)
    return event_page(request, event, "many_cancel", title, tab="guests", chosen=chosen, view=view, back=back)


def _all_done(request: DeskRequest, done: list[acts.Done], back: str) -> HttpResponse:
    """Say of each what became of it."""
    for one in done:
        (messages.success if one.was_done else messages.error)(request, one.in_words)
    return redirect(back)


@dataclass(frozen=True)
class Sheet:
    """What is printed under one heading, and begins on a new sheet of paper."""

    heading: str
    guests: list[Registration]


def _print(
    request: DeskRequest, event: Event, chosen: list[Registration], back: str, now: datetime, *, whom: str, each: bool
) -> HttpResponse:
    """Exactly these, on one list or on one for `each` workshop, for a clipboard."""
    sheets = _of_each_workshop(chosen, whom) if each else [Sheet(whom, chosen)]
    words = ngettext(
        "Opened a list of %(count)d registration for printing",
        "Opened a list of %(count)d registrations for printing",
        len(chosen),
    )
    history.record(request.user, event, [words % {"count": len(chosen)}], now)
    return event_page(
        request,
        event,
        "many_print",
        _("List of guests"),
        tab="guests",
        sheets=sheets,
        chosen=chosen,
        view=_query(request),
        may_divide=not each and any(one.held for one in chosen),
        back=back,
        now=now,
    )


def _whom(request: DeskRequest, event: Event, chosen: list[Registration], shown: Shown) -> str:
    """Who they are, in words. Paper is left lying about: where sensitive answers say it, it does not tell."""
    if shown.goes_by_needs(event, request.rights):
        return _("Chosen guests")
    is_all = {one.pk for one in chosen} == set(shown.of(event, request.rights))
    return shown.in_words if is_all else _("Chosen from “%(view)s”") % {"view": shown.in_words}


def _of_each_workshop(chosen: list[Registration], whom: str) -> list[Sheet]:
    """Who sits where, and at the end who sits nowhere."""
    workshops = {place.workshop_id: place.workshop for one in chosen for place in one.held}
    found = [
        Sheet(f"{workshop.name} ({whom})", [one for one in chosen if key in {place.workshop_id for place in one.held}])
        for key, workshop in sorted(workshops.items(), key=lambda pair: pair[1].number)
    ]
    rest = [one for one in chosen if not one.held]
    return [*found, *([Sheet(f"{_('Without a workshop')} ({whom})", rest)] if rest else [])]


def _export(request: DeskRequest, event: Event, chosen: list[Registration], ending: str, now: datetime) -> HttpResponse:
    """Exactly these, as a table; that it was taken is logged (GDPR, article 5, 2)."""
    rows = exports.table(chosen, list(event.questions.filter(sensitive=False)))
    words = _("Exported %(count)d registrations as %(format)s")
    message = words % {"count": len(chosen), "format": ending.upper()}
    history.record(request.user, event, [message], now)
    return table(rows, event.slug, ending, now)


def table(rows: list[exports.Row], name: str, ending: str, now: datetime) -> HttpResponse:
    """The file that a browser stores, and nobody else."""
    content_type, build = FORMATS[ending]
    name = f"{name}-{timezone.localdate(now)}.{ending}".lower()
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(build(rows), content_type=content_type, headers=headers)

"""Who needs what: sensitive answers, for those who prepare the place. Who has looked at them is logged."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.models import Event
from registration import answers, door, exports, history
from registration.desk.alphabet import in_order
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.guests import everybody
from registration.desk.many import FORMATS, table
from registration.models import with_places
from registration.rights import Right


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.NEEDS)
def needs(request: DeskRequest, event: Event) -> HttpResponse:
    """The list as a page that prints, or as a table for Excel."""
    now = timezone.now()
    if Right.LOOK not in request.rights and door.opening(event, now) is not door.Opening.OPEN:
        return redirect("admin:event_door", event.slug)  # who is there for the day alone
    guests = in_order(everybody(event).live().prefetch_related(with_places(), "answers"))
    rows = exports.answer_table(guests, list(event.questions.filter(sensitive=True)))
    ending = request.POST.get("do", "")
    if ending in FORMATS:
        words = _("Exported sensitive answers of %(count)d guests as %(format)s")
        _log(request, event, now, words % {"count": len(rows) - 1, "format": ending.upper()})
        return table(rows, f"{event.slug}-{_('answers')}", ending, now)
    _log(request, event, now, _("Looked at sensitive answers of %(count)d guests") % {"count": len(rows) - 1})
    heading, *found = rows
    listed = [list(zip(heading, row, strict=True)) for row in found]
    counts = [count for count in answers.counts(event, sensitive=True) if count.options]
    return event_page(request, event, "needs", _("Needs"), tab="guests", heading=heading, listed=listed, counts=counts)


def _log(request: DeskRequest, event: Event, now: datetime, what: str) -> None:
    history.record(request.user, event, [what], now)

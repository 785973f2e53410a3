"""After the event: what is kept until when, erasing it earlier, and the document for the data protection officer."""

import re
from collections.abc import Callable
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from events import legal
from events.models import Event, LegalPage
from registration import erasing, history
from registration.desk import record as records
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.rights import Right


@for_event(Right.LEAD)
def afterwards(request: DeskRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    return event_page(
        request,
        event,
        "afterwards",
        _("Afterwards"),
        kept=records.kept(event, now),
        log=records.log(event),
        missing=legal.missing(event.organiser, LegalPage.Key.PRIVACY),
        needs=_count(event, "antworten"),
        guests=_count(event, "gaeste"),
        may_erase=erasing.may_erase_early(event, now),
        is_postponed=event.status == Event.Status.POSTPONED,
    )


_Verb = Callable[[Event, datetime, str], int]
_ERASING: dict[str, _Verb] = {"antworten": erasing.erase_needs_early, "gaeste": erasing.erase_guests_early}


def _count(event: Event, what: str) -> int:
    """How many answers or guests that erases."""
    return erasing.sensitive(event).count() if what == "antworten" else erasing.known(event).count()


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.LEAD)
def erase(request: DeskRequest, event: Event, what: str) -> HttpResponse:
    """Erase sensitive answers, or everybody, before the time, once the number is confirmed that the page named."""
    if what not in _ERASING:
        raise Http404
    now, count = timezone.now(), _count(event, what)
    if request.method == "POST" and request.POST.get("count") == str(count):
        try:
            done = _ERASING[what](event, now, request.user.get_username())
        except erasing.NotOver:
            messages.error(request, _("The event is not over, so nothing was erased."))
        else:
            _say(request, event, what, done)
        return redirect("admin:event_afterwards", event.slug)
    return event_page(
        request,
        event,
        "erase_early",
        _("Erase sensitive answers") if what == "antworten" else _("Erase all guests"),
        tab="afterwards",
        status=409 if request.method == "POST" else 200,
        is_changed=request.method == "POST",
        what=what,
        count=count,
        may_erase=erasing.may_erase_early(event, now),
    )


def _say(request: DeskRequest, event: Event, what: str, done: int) -> None:
    if what == "antworten":
        said = ngettext("%(count)d sensitive answer is erased.", "%(count)d sensitive answers are erased.", done)
    else:
        said = ngettext("%(count)d guest is erased.", "%(count)d guests are erased.", done)
    messages.success(request, said % {"count": done})
    history.record(request.user, event, [said % {"count": done}], timezone.now())


@for_event(Right.LEAD)
def record(request: DeskRequest, event: Event) -> HttpResponse:
    """The record of processing (GDPR, article 30), the notice to guests (article 13), the periods, and what was erased;
    as a page that prints."""
    now = timezone.now()
    page = LegalPage.objects.get(key=LegalPage.Key.PRIVACY)
    return event_page(
        request,
        event,
        "record",
        _("Record of processing"),
        tab="afterwards",
        organiser=event.organiser,
        missing=legal.missing(event.organiser, LegalPage.Key.PRIVACY),
        fields=records.fields(event),
        wordings=records.wordings(event),
        who_sees=records.who_sees(event),
        measures=records.measures(),
        kept=records.kept(event, now),
        log=records.log(event),
        notice=_one_level_down(legal.html_of(page, event.organiser)),
        now=now,
    )


def _one_level_down(html: str) -> SafeString:
    """The page's headings below one of ours."""
    lower = re.sub(r"(</?h)([2-5])\b", lambda found: f"{found[1]}{int(found[2]) + 1}", html)
    return mark_safe(lower)  # noqa: S308 - made from our own Markdown

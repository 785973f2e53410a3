"""A list of people who phoned or wrote: read, shown row by row, and registered once all of it is clear."""

import time
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from events.models import Event
from registration import booking, exports, history
from registration.desk import acts
from registration.desk.columns import Misread, columns
from registration.desk.entries import Entry, Sent, Sheet
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.forms import ListedForm, ListForm, offer
from registration.rights import Right


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def guest_list(request: DeskRequest, event: Event) -> HttpResponse:
    if "list" in request.POST:
        return _register(request, event, timezone.now())
    found = offer(event)
    form = ListForm(request.POST or None, request.FILES or None, offer=found)
    if form.is_valid():
        said = form.cleaned_data
        sent = Sent(said["file"], said["channel"], said["when_full"], found.wording)
        try:
            return _preview(request, event, Sheet(sent, found))
        except Misread as error:
            form.add_error("file", str(error))
    return _start(request, event, form)


def _start(request: DeskRequest, event: Event, form: ListForm, sorry: str = "") -> HttpResponse:
    return event_page(
        request,
        event,
        "guest_list",
        _("Register guests from a list"),
        tab="guests",
        form=form,
        columns=columns(form.offer),
        sorry=sorry,
        status=422 if form.is_bound or sorry else 200,
    )


def _preview(request: DeskRequest, event: Event, sheet: Sheet, *, sorry: str = "") -> HttpResponse:
    """Row by row what would happen; nothing is stored yet."""
    title, status = _("What is in the list"), 422 if sorry or sheet.flawed else 200
    signed = "" if sheet.flawed else sheet.sent.signed(event)
    return event_page(
        request, event, "guest_list_seen", title, tab="guests", sheet=sheet, signed=signed, sorry=sorry, status=status
    )


def _register(request: DeskRequest, event: Event, now: datetime) -> HttpResponse:
    """Register all who are new, if the list is still clear; twice is harmless."""
    found, sent = offer(event), Sent.read(request.POST["list"], event)
    if sent is None:
        sorry = _(
            "The list was checked more than an hour ago, so nothing has been stored. Please choose the file again."
        )
        return _start(request, event, ListForm(offer=found), sorry)
    try:
        sheet = Sheet(sent, found)
    except Misread as error:
        return _start(request, event, ListForm(offer=found), str(error))
    if sent.wording != found.wording:
        sorry = _(
            "The wording of a consent has changed since, so nothing has been stored. Please choose the file again."
        )
        return _start(request, event, ListForm(offer=found), sorry)
    if sheet.flawed:
        return _preview(request, event, sheet, sorry=_("Something has changed meanwhile, so nothing has been stored."))
    for number, entry in enumerate(sheet.to_do, start=1):
        _register_one(request, event, entry, now)
        if number % booking.PORTION == 0:
            time.sleep(booking.BREATH)  # others register meanwhile
    return _done(request, event, sheet)


def _register_one(request: DeskRequest, event: Event, entry: Entry, now: datetime) -> None:
    """Each guest in a transaction of their own, so what is said of a row is true whatever becomes of the next."""
    try:
        outcome = acts.register(request, event, entry.form, now)
    except booking.Refused as refusal:
        entry.is_to_do, entry.outcome = False, _("not registered: %(why)s") % {"why": _why(entry.form, refusal)}
        return
    entry.guest = outcome.registration.pk
    entry.is_to_do = outcome.finding == booking.Finding.NEW
    known = "%(state)s" if entry.is_to_do else _("was registered already: %(state)s")
    entry.outcome = known % {"state": outcome.registration.standing}


def _why(form: ListedForm, refusal: booking.Refused) -> str:
    form.explain(refusal)
    reasons = [str(error) for errors in form.errors.values() for error in errors]
    return " ".join(reasons) or _("it is not offered any more")


def _done(request: DeskRequest, event: Event, sheet: Sheet) -> HttpResponse:
    registered = [entry for entry in sheet.entries if entry.is_to_do]
    if count := len(registered):
        said = ngettext("%(count)d guest registered from a list", "%(count)d guests registered from a list", count)
        history.record(request.user, event, [said % {"count": count}], timezone.now())
    title = _("What became of the list")
    return event_page(request, event, "guest_list_done", title, tab="guests", sheet=sheet, registered=registered)


@require_safe
@for_event(Right.GUESTS)
def guest_list_blank(request: DeskRequest, event: Event) -> HttpResponse:
    """An Excel file with the headings for this event and no guest yet."""
    content = exports.xlsx([[column.label for column in columns(offer(event))]])
    headers = {
        "Content-Disposition": f'attachment; filename="{event.slug}-gaesteliste.xlsx"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(content, content_type=exports.XLSX_TYPE, headers=headers)

"""What an organiser writes to guests: drafts, their preview, the sending, and the record of it."""

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib.messages import success, warning
from django.core.paginator import Page, Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from events.bounds import is_key
from events.models import Event
from registration import history, mails, messages
from registration.desk.alphabet import in_order, keys_in_order
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.saving import Attempt, attempt
from registration.forms import MessageForm
from registration.messages import Group
from registration.models import Message, MessageRecipient, OutgoingMail, Registration
from registration.models.message import MessageQuerySet
from registration.rights import Right

A_PAGE = 100


def visible(request: DeskRequest, event: Event) -> MessageQuerySet:
    """Whose answers led to a message, only those may see who may see the answers."""
    return event.messages.all() if Right.NEEDS in request.rights else event.messages.filter(sensitive=False)


@for_event(Right.GUESTS)
def overview(request: DeskRequest, event: Event) -> HttpResponse:
    """Drafts, and what was sent."""
    found = visible(request, event)
    return event_page(
        request,
        event,
        "messages",
        _("Messages"),
        drafts=found.drafts(),
        sent=found.filter(confirmed_at__isnull=False).with_counts().order_by("-confirmed_at"),
        hidden=event.messages.count() - found.count(),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def write(request: DeskRequest, event: Event) -> HttpResponse:
    """A new draft, stored with its first preview."""
    form = _form(request, timezone.now(), None, event, request.POST or None)
    if form.is_valid():
        return redirect(_preview(event, form.save()))
    return _page(request, event, Attempt(form, ""), status=422 if form.is_bound else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def message(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    found = get_object_or_404(visible(request, event).with_counts(), pk=key)
    if found.confirmed_at is not None:
        return _sent(request, event, found)
    if request.POST.get("do") == "delete":
        event.messages.drafts().filter(pk=key).delete()
        success(request, _("The draft is deleted."))
        return redirect("admin:event_messages", event.slug)
    return _draft(request, event, key)


# Drafts


def write_to(
    request: DeskRequest, event: Event, chosen: list[Registration], back: str, now: datetime, *, sensitive: bool = False
) -> HttpResponse:
    """A draft to these guests, and words about those who cannot be written to; `sensitive`: their answers say who they
    are."""
    try:
        keys, actor = [one.pk for one in chosen], request.user.get_username()
        draft = messages.choose(event, keys, actor, now, sensitive=sensitive)
    except messages.NobodyToWriteTo:
        warning(request, _("Nobody whom you have chosen has confirmed the address yet; it may be a stranger’s."))
        return redirect(back)
    if without := len(chosen) - draft.recipients.count():
        said = ngettext(
            "%(count)d guest whom you have ticked gets no message: the address is not confirmed yet.",
            "%(count)d guests whom you have ticked get no message: their addresses are not confirmed yet.",
            without,
        )
        warning(request, said % {"count": without})
    return redirect("admin:event_message", event.slug, draft.pk)


def _form(
    request: DeskRequest, now: datetime, key: int | None, event: Event, data: Any, files: Any = None
) -> MessageForm:
    draft = Message(event=event) if key is None else event.messages.drafts().get(pk=key)
    draft.event = event
    groups = messages.groups(event, now, with_needs=Right.NEEDS in request.rights, message=draft)
    if data is not None:
        draft.written_by, draft.changed_at = request.user.get_username(), now
    return MessageForm(data, instance=draft, groups=groups)


def _draft(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    now = timezone.now()
    try:
        tried = attempt(request, event, partial(_form, request, now, key))
    except Message.DoesNotExist:  # somebody was faster and has sent or deleted it
        return redirect("admin:event_message", event.slug, key)
    if not tried.is_saved:
        return _page(request, event, tried, status=422 if tried.status == 200 and tried.form.is_bound else tried.status)
    draft: Message = tried.form.instance
    match request.POST.get("do"):
        case "send":
            return _send(request, event, draft, now)
        case "test":
            address = _oneself(request, event)
            messages.mail_to_oneself(draft, address, now)
            success(request, _("The test leaves in a moment, to %(address)s.") % {"address": address})
    return redirect(_preview(event, draft, request.POST.get("als", "")))


def _send(request: DeskRequest, event: Event, draft: Message, now: datetime) -> HttpResponse:
    seen, actor = request.POST.get("seen", ""), request.user.get_username()
    try:
        with transaction.atomic():
            sent = messages.confirm(draft, seen, actor, now, with_needs=Right.NEEDS in request.rights)
            count = sent.recipients.count()
            said = ngettext("Sent a message to %(count)d guest", "Sent a message to %(count)d guests", count)
            if sent.confirmed_at == now:  # else somebody else was faster
                _log(request, event, sent, said % {"count": count}, now)
    except messages.NobodyToWriteTo:
        warning(request, _("Nothing was sent: nobody is in this group any more."))
        return redirect(_preview(event, draft))
    except messages.Changed:
        warning(
            request,
            _("Nothing was sent yet: the text or the list has changed. Please look at the new preview, and send then."),
        )
        return redirect(_preview(event, draft))
    success(request, _("The message goes out."))
    return redirect("admin:event_message", event.slug, draft.pk)


def _preview(event: Event, draft: Message, reader: str = "") -> str:
    address = reverse("admin:event_message", args=[event.slug, draft.pk])
    return f"{address}?als={reader}#preview" if is_key(reader) else f"{address}#preview"


def _page(request: DeskRequest, event: Event, tried: Attempt, *, status: int) -> HttpResponse:
    """The form, and beside it what a guest would read, if it is whole."""
    form = tried.form
    assert isinstance(form, MessageForm)
    draft = form.instance
    group = next((group for group in form.groups if group.key == draft.group), None)
    is_whole = draft.pk and not form.is_bound and group and group.members and draft.subject and draft.text
    shown = _shown(request, event, draft, group) if is_whole and group else {}
    return event_page(
        request,
        event,
        "message",
        _("Write a message"),
        tab="messages",
        status=status,
        attempt=tried,
        form=form,
        draft=draft,
        group=group,
        chosen=form["group"].value(),
        placeholders=mails.placeholders(OutgoingMail.Kind.MESSAGE),
        **shown,
    )


def _shown(request: DeskRequest, event: Event, draft: Message, group: Group) -> dict[str, Any]:
    now = timezone.now()
    guests = in_order(event.registrations.filter(pk__in=group.members))
    asked = request.GET.get("als", "")
    key = int(asked) if is_key(asked) and int(asked) in group.members else guests[0].pk
    reader = messages.members(event, group).get(pk=key)
    return {
        "guests": guests,
        "reader": reader,
        "read": messages.preview(draft, reader, now),
        "seen": messages.seen(draft, group),
        "oneself": _oneself(request, event),
        "now": now,
    }


def _oneself(request: DeskRequest, event: Event) -> str:
    """Where a test goes; a login need not have an address."""
    return request.user.email or event.organiser.email


# What was sent


def _sent(request: DeskRequest, event: Event, sent: Message) -> HttpResponse:
    if request.method == "POST":
        return redirect("admin:event_message", event.slug, _act(request, event, sent, timezone.now()).pk)
    recipients = sent.recipients.select_related("registration", "mail")
    return event_page(
        request,
        event,
        "message_sent",
        sent.subject,
        tab="messages",
        message=sent,
        may_begin_again=_may_begin_again(sent),
        failed=recipients.filter(mail__failed_at__isnull=False).order_by("registration__last_name", "pk"),
        recipients=_of_page(request, recipients),
        now=timezone.now(),
    )


def _act(request: DeskRequest, event: Event, sent: Message, now: datetime) -> Message:
    """Do what is possible now, and give the message to look at next."""
    match request.POST.get("do"):
        case "stop" if sent.is_under_way:
            with transaction.atomic():
                if messages.stop(sent, request.user.get_username(), now):
                    _log(request, event, sent, _("Stopped a message"), now)
            success(request, _("Stopped. What had not left yet stays here."))
        case "again" if _may_begin_again(sent):
            try:
                return messages.begin_again(sent, request.user.get_username(), now)
            except messages.NobodyToWriteTo:
                warning(request, _("Nobody of them can be written to any more."))
    return sent


def _may_begin_again(sent: Message) -> bool:
    """A list that goes by sensitive answers becomes none that everybody sees."""
    return sent.stopped_at is not None and sent.waiting > 0 and not sent.sensitive


def _of_page(request: DeskRequest, recipients: Any) -> Page[Any]:
    """Some of those who got it, by last name."""
    names = recipients.order_by().values_list("registration__last_name", "registration__first_name", "pk")
    found: Page[Any] = Paginator(keys_in_order(names), A_PAGE).get_page(request.GET.get("seite"))
    rows: dict[int, MessageRecipient] = recipients.in_bulk(list(found))
    found.object_list = [rows[key] for key in found]
    return found


def _log(request: DeskRequest, event: Event, sent: Message, what: str, now: datetime) -> None:
    words = what if sent.sensitive else f"{what}: {sent.subject}"
    history.record(request.user, event, [words], now)

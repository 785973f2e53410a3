"""Inquiries: what came in through the contact form, open ones first, and answering one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from events.models import Event
from registration import history, outbox
from registration import inquiries as verbs
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.history import entries_of
from registration.forms import AnswerForm
from registration.models import Inquiry
from registration.rights import Right

A_PAGE = 50


@for_event(Right.GUESTS)
def inquiries(request: DeskRequest, event: Event) -> HttpResponse:
    found = _known(request, event)
    to_do = verbs.to_do(found)
    done = found.exclude(pk__in=to_do.values("pk"))
    return event_page(
        request,
        event,
        "inquiries",
        _("Inquiries"),
        waiting=to_do.count(),
        to_do=to_do.order_by(F("organiser").asc(nulls_first=True), "sent_in_at")[:A_PAGE],
        done=Paginator(done, A_PAGE).get_page(request.GET.get("seite")),
    )


def _known(request: DeskRequest, event: Event) -> QuerySet[Inquiry]:
    """What the office of the event may see; what went to nobody, only who sees everything."""
    return verbs.of_office(event.organiser, with_unaddressed=request.user.is_superuser)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def inquiry(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    found = get_object_or_404(_known(request, event), pk=key)
    form, not_sent = AnswerForm(initial={"text": _beginning(event, found)}), ""
    if request.method == "POST":
        form = AnswerForm(request.POST)
        try:
            done = _act(request, event, found, form)
        except Inquiry.DoesNotExist:
            raise Http404 from None
        if done:
            return redirect("admin:event_inquiries", event.slug)
        found.refresh_from_db()
        not_sent = form["text"].value() if request.POST.get("do") == "answer" else ""
    answer = verbs.answer_to(found)
    return event_page(
        request,
        event,
        "inquiry",
        str(found),
        tab="inquiries",
        status=409 if answer and not_sent else 200,
        inquiry=found,
        answer=answer,
        form=form,
        not_sent=not_sent,
        log=entries_of(found),
    )


def _act(request: DeskRequest, event: Event, inquiry: Inquiry, form: AnswerForm) -> bool:
    """Say whether something was done. Raises Inquiry.DoesNotExist."""
    now = timezone.now()
    match request.POST.get("do"):
        case "answer" if inquiry.email and form.is_valid():
            if verbs.answer(inquiry, event.organiser, form.cleaned_data["text"], now):
                return _done(request, event, inquiry, _("Answered"), _("The answer leaves in a moment."))
        case "settle" if verbs.settle(inquiry, event.organiser, now):
            return _done(request, event, inquiry, _("Done without an answer"), _("This inquiry is done."))
        case "reopen" if verbs.reopen(inquiry):
            return _done(request, event, inquiry, _("To be done again"), _("This inquiry is to be done again."))
        case "again" if (answer := verbs.answer_to(inquiry)) and answer.failed_at:
            outbox.send_again(answer, now)
            return _done(request, event, inquiry, _("Answer sent again"), _("The answer leaves in a moment."))
        case "erase":
            verbs.erase(inquiry)
            return _done(request, event, inquiry, _("Erased"), _("The inquiry is erased."))
    return False


def _done(request: DeskRequest, event: Event, inquiry: Inquiry, what: str, said: str) -> bool:
    history.record(request.user, inquiry, [what], timezone.now(), event=event)
    messages.success(request, said)
    return True


def _beginning(event: Event, inquiry: Inquiry) -> str:
    """How an answer begins and ends, for a start."""
    hello = _("Hello %(name)s,") % {"name": inquiry.name} if inquiry.name else _("Hello,")
    goodbye = _("Kind regards")
    return f"{hello}\n\n\n\n{goodbye}\n{event.organiser.name}"

"""An event before the public: what it lacks, and the steps from a draft to a page that everybody reads, and back."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from events.models import Event
from events.wording import moment, when
from registration import booking, history
from registration.desk.check import lacks, look_again, settled
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.saving import deleted
from registration.rights import Right

Status = Event.Status


@dataclass(frozen=True)
class Step:
    """A step to another status, in the words of its heading, its button, and of what is said when it is done."""

    title: str | Promise
    button: str | Promise
    done: str | Promise


STEPS = {
    Status.PUBLISHED: Step(
        gettext_lazy("Publish"), gettext_lazy("Publish now"), gettext_lazy("The event is published.")
    ),
    Status.DRAFT: Step(
        gettext_lazy("Take back to draft"),
        gettext_lazy("Take back to draft now"),
        gettext_lazy("The event is a draft again."),
    ),
    Status.POSTPONED: Step(
        gettext_lazy("Postpone"), gettext_lazy("Postpone now"), gettext_lazy("The event is postponed.")
    ),
    Status.CANCELLED: Step(
        gettext_lazy("Cancel the event"), gettext_lazy("Cancel now"), gettext_lazy("The event is cancelled.")
    ),
}


class NotPossibleError(Exception):
    """The event cannot take this step, or not any more."""


def possible(event: Event, now: datetime) -> list[Status]:
    """The statuses that the event can have next."""
    match event.status:
        case Status.DRAFT:
            return [Status.PUBLISHED] if _is_complete(event, now) else []
        case Status.POSTPONED:
            return [*([Status.PUBLISHED] if _is_complete(event, now) else []), Status.CANCELLED]
        case Status.CANCELLED:
            return [Status.PUBLISHED] if now < event.ends_at else []
    nobody = not event.registrations.live().exists()
    return [*([Status.DRAFT] if nobody else []), *([Status.POSTPONED, Status.CANCELLED] if now < event.ends_at else [])]


def _is_complete(event: Event, now: datetime) -> bool:
    return not any(lack.is_necessary for lack in lacks(event, now))


@transaction.atomic
def give_status(event: Event, status: Status, now: datetime) -> bool:
    """Take the step, and say whether it had not been taken before. Raises NotPossibleError and EventGone."""
    event = booking.locked(event)
    if event.status == status:
        return False
    if status not in possible(event, now):
        raise NotPossibleError
    event.status = status
    event.preview_made_at = None  # a link to the draft ends here, whatever becomes of it
    event.save()
    return True


def consequences(event: Event, status: Status, now: datetime) -> list[str]:
    """What the step means for the public and for guests."""
    told = event.registrations.told_of_changes().count() if event.status != Status.DRAFT else 0
    mails = _("Nobody gets a mail.")
    if told:
        mails = ngettext("%(count)d guest gets a mail.", "%(count)d guests get a mail.", told) % {"count": told}
        mails += " " + _("It leaves two minutes later; until then you can take the step back.")
    match status:
        case Status.PUBLISHED:
            opens = event.registration_opens_at
            registering = _("One can register at once.")
            if opens is not None and opens > now:
                registering = _("One can register from %(moment)s on.") % {"moment": moment(opens)}
            elif event.registration_closes_at <= now:
                registering = _("Registration stays closed.")
            shown = _("Everybody can read the page: %(when)s.") % {"when": when(event)}
            return [shown, registering, mails, _("You can go on changing everything.")]
        case Status.DRAFT:
            return [_("Nobody but organisers sees the page any more."), mails]
        case Status.POSTPONED:
            stay = _("All registrations stay; guests can cancel.")
            return [_("The page says that the event is postponed. Nobody can register meanwhile."), stay, mails]
    return [_("The page says that the event is cancelled. Nobody can register any more."), mails]


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.LEAD)
def publish(request: DeskRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    if request.method == "POST":
        return _step(request, event, now)
    found = lacks(event, now)
    again = look_again(event) if event.status == Status.DRAFT else []
    return event_page(
        request,
        event,
        "publish",
        _("Publish"),
        tab="overview",
        address=settings.SITE_URL + event.get_absolute_url(),
        missing=[lack for lack in found if lack.is_necessary],
        again=[*(lack for lack in found if not lack.is_necessary), *again],
        settled=settled(event, found),
        steps=[(status, STEPS[status], consequences(event, status, now)) for status in possible(event, now)],
    )


def _step(request: DeskRequest, event: Event, now: datetime) -> HttpResponse:
    """Ask, and then do it."""
    if request.POST.get("status") not in Status.values:
        raise Http404
    status = Status(request.POST["status"])
    step = STEPS[status]
    if "confirmed" not in request.POST and event.status != status and status in possible(event, now):
        said = consequences(event, status, now)
        title = str(step.title)
        return event_page(
            request, event, "publish_step", title, tab="overview", status_next=status, step=step, said=said
        )
    try:
        with transaction.atomic():
            if give_status(event, status, now):
                history.record(request.user, event, [str(step.done)], now)
        messages.success(request, str(step.done))
    except NotPossibleError:
        messages.error(request, _("This is not possible as the event stands now. Please look at what is missing."))
    return redirect("admin:event_publish", event.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.LEAD)
def delete(request: DeskRequest, event: Event) -> HttpResponse:
    """Delete a draft that nobody has ever registered for; every other event stays."""
    with transaction.atomic():
        stored = booking.locked(event)  # nobody publishes it meanwhile
        is_free = stored.status == Status.DRAFT and not stored.registrations.exists()
        if deleted(request, event, stored, called=event.title, stays=not is_free):
            return redirect("admin:index")
    title = _("Delete “%(title)s”") % {"title": event.title}
    status = 409 if request.method == "POST" else 200
    return event_page(request, event, "event_delete", title, tab="overview", status=status, is_free=is_free)

"""Which mails an event writes by itself: when, to whom, in whose words, and how many have left."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from csp.decorators import csp_replace
from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q, prefetch_related_objects
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from events.models import Event, slots_with_tracks
from events.wording import moment
from registration import history
from registration import mails as letters
from registration.desk import saving
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.saving import Attempt
from registration.forms import OwnWordsForm
from registration.mails.writing import Written
from registration.models import MailText, OutgoingMail
from registration.rights import Right

Kind = OutgoingMail.Kind

# Every mail to guests, in the order in which they may meet them.
GROUPS: Sequence[tuple[str | Promise, Sequence[OutgoingMail.Kind]]] = (
    (
        gettext_lazy("Registering"),
        (Kind.CONFIRMED, Kind.WAITING, Kind.UNCONFIRMED, Kind.RELEASED, Kind.MOVED_UP, Kind.LINK),
    ),
    (
        gettext_lazy("Changing and cancelling"),
        (
            Kind.CHANGED,
            Kind.CANCELLED,
            Kind.CANCELLED_BY_ORGANISER,
            Kind.HANDED_OVER,
            Kind.INVITED,
            Kind.DECLINED,
        ),
    ),
    (
        gettext_lazy("The event"),
        (Kind.REMINDER, Kind.EVENT_CHANGED, Kind.EVENT_CANCELLED, Kind.WORKSHOP_CANCELLED, Kind.QUESTIONS),
    ),
    (gettext_lazy("Consents and data"), (Kind.CONSENT_GIVEN, Kind.CONSENT_WITHDRAWN, Kind.ERASED)),
)

_OCCASIONS: dict[OutgoingMail.Kind, str | Promise] = {
    Kind.CONFIRMED: gettext_lazy("At once, to everybody who registers and has a seat or follows the livestream."),
    Kind.WAITING: gettext_lazy("At once, to everybody who registers and gets onto the waiting list."),
    Kind.MOVED_UP: gettext_lazy("As soon as a seat comes free, to the guest who moves up."),
    Kind.LINK: gettext_lazy("To whoever has lost the link and asks for it, or registers a second time."),
    Kind.CHANGED: gettext_lazy("At once, to whoever changes the registration or is moved by you."),
    Kind.CANCELLED: gettext_lazy("At once, to whoever cancels."),
    Kind.CANCELLED_BY_ORGANISER: gettext_lazy("At once, to whomever you cancel."),
    Kind.HANDED_OVER: gettext_lazy("At once, to whoever gives the seat to somebody else."),
    Kind.INVITED: gettext_lazy("At once, to whomever a guest gives the seat; it is held until they say yes or no."),
    Kind.DECLINED: gettext_lazy("To whoever has given the seat away, if the other person does not come."),
    Kind.EVENT_CHANGED: gettext_lazy("Some minutes after you change day, time, place or room, to all it concerns."),
    Kind.EVENT_CANCELLED: gettext_lazy("Some minutes after you call the event off, to all who are registered."),
    Kind.WORKSHOP_CANCELLED: gettext_lazy("When you call a workshop off, to all who sit or wait in it."),
    Kind.QUESTIONS: gettext_lazy("When you put a question afterwards, to those who have not answered it yet."),
    Kind.CONSENT_GIVEN: gettext_lazy("At once, to whoever gives a consent later, on the own page."),
    Kind.CONSENT_WITHDRAWN: gettext_lazy("At once, to whoever withdraws a consent."),
    Kind.ERASED: gettext_lazy("The last one, to whoever asks to be erased; not to those whose time to keep is over."),
}


@dataclass(frozen=True)
class Letter:
    """One kind of mail of an event: when it leaves and to whom, whether its words are the organiser's own, how many
    have left and how many could not be delivered, and how it reads now."""

    kind: OutgoingMail.Kind
    occasion: str
    is_own: bool
    sent: int
    failed: int
    reads: Written


@for_event(Right.LOOK)
def mails(request: DeskRequest, event: Event) -> HttpResponse:
    now = timezone.now()
    prefetch_related_objects([event], "mail_texts", slots_with_tracks(), "workshops__slot", "questions")
    own, counts = {text.kind for text in event.mail_texts.all()}, _counts(event)

    def letter(kind: OutgoingMail.Kind) -> Letter:
        text, subject = letters.in_force(event, kind)
        reads = letters.preview(event, kind, subject, text, now)
        return Letter(kind, occasion(event, kind), kind in own, *counts.get(kind, (0, 0)), reads)

    groups = [(heading, [letter(kind) for kind in kinds]) for heading, kinds in GROUPS]
    return event_page(request, event, "mails", _("Mails"), groups=groups)


def _counts(event: Event) -> dict[str, tuple[int, int]]:
    """How many of each kind have left, and how many could not be delivered."""
    found = OutgoingMail.objects.filter(registration__event=event).order_by().values_list("kind")
    counted = found.annotate(
        sent=Count("pk", Q(sent_at__isnull=False)),
        failed=Count("pk", Q(failed_at__isnull=False)),
    )
    return {kind: (sent, failed) for kind, sent, failed in counted}


def occasion(event: Event, kind: OutgoingMail.Kind) -> str:
    """When the mail leaves and to whom, at this event."""
    match kind:
        case Kind.REMINDER:
            if event.remind_at is None:
                return _("Does not leave: no day for it stands in the details of the event.")
            return _("%(moment)s, to all who take part and had registered before.") % {
                "moment": moment(event.remind_at)
            }
        case Kind.UNCONFIRMED:
            if (hours := event.address_confirmed_within) is None:
                return _("Does not leave: this event asks nobody to confirm the address.")
            words = ngettext(
                "At once, to everybody who registers on the website; the seat is held for %(hours)d hour.",
                "At once, to everybody who registers on the website; the seat is held for %(hours)d hours.",
                hours,
            )
            return words % {"hours": hours}
        case Kind.RELEASED:
            return _("To whoever has not confirmed the address or the seat in time.")
    return str(_OCCASIONS[kind])


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def text(request: DeskRequest, event: Event, kind: str) -> HttpResponse:
    """An organiser's own words for one mail, how it would read, and the way back to the words of the site."""
    if kind not in _WRITABLE:
        raise Http404
    chosen, now = Kind(kind), timezone.now()
    stored = event.mail_texts.filter(kind=kind)
    if request.POST.get("do") == "back":
        with transaction.atomic():
            for own in stored:
                history.deleted(request.user, event, own, now)
                own.delete()
        messages.success(request, _("“%(mail)s” reads again as the site brings it along.") % {"mail": chosen.label})
        return redirect("admin:event_mails", event.slug)
    made = _attempt(request, event, chosen)
    subject, words = made.form["subject"].value() or "", made.form["text"].value() or ""
    if request.POST.get("do") == "look":
        return _look(request, letters.preview(event, chosen, subject, words, now))
    if made.is_saved:
        messages.success(request, _("From now on “%(mail)s” leaves in your words.") % {"mail": chosen.label})
        return redirect("admin:event_mails", event.slug)
    return event_page(
        request,
        event,
        "mail",
        _("Mail: %(mail)s") % {"mail": chosen.label},
        tab="mails",
        status=made.status,
        attempt=made,
        form=made.form,
        occasion=occasion(event, chosen),
        is_own=stored.exists(),
        reads=letters.preview(event, chosen, subject, words, now),
        examples=letters.examples(event, chosen, now),
    )


def _look(request: DeskRequest, written: Written) -> HttpResponse:
    """The mail as programs for mail show it; mails carry their look in attributes."""
    shown = csp_replace({"style-src": ["'unsafe-inline'"]})(lambda _request: HttpResponse(written.html))(request)
    assert isinstance(shown, HttpResponse)
    return shown


_WRITABLE = [kind for _heading, kinds in GROUPS for kind in kinds]


def _attempt(request: DeskRequest, event: Event, kind: OutgoingMail.Kind) -> Attempt:
    """What is sent, stored unless it is only to be looked at."""

    def build(event: Event, data: Any, files: Any) -> OwnWordsForm:
        found = event.mail_texts.filter(kind=kind).first()
        if found is None:
            text, subject = letters.standard(kind)
            found = MailText(event=event, kind=kind, text=text, subject=subject)
        return OwnWordsForm(data, files, instance=found)

    if request.POST.get("do") in {"preview", "look"}:
        return Attempt(build(event, request.POST, None), request.POST.get(saving.VERSION, ""))
    return saving.attempt(request, event, build)

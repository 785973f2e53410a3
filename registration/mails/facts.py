"""What a mail says, as it is true at the moment when the mail is stored: words and plain values, so that nothing which
changes later changes a mail. The rest, which is the same for all, `writing` puts around it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypedDict

from django.conf import settings
from django.urls import reverse
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events import calendar
from events.models import Event, Question, Workshop
from events.plaintext import header, line
from events.wording import dates, deadline, fee, moment, place, times, when, when_and_where
from registration import consents
from registration.calendar import own_facts
from registration.mails.told import changes_in_words
from registration.mails.wording import PLACEHOLDERS, fill_in
from registration.models import ConsentRecord, OutgoingMail, Place, Registration

Kind = OutgoingMail.Kind

# These take the guest's entry back.
CANCELLING = {
    Kind.CANCELLED,
    Kind.CANCELLED_BY_ORGANISER,
    Kind.HANDED_OVER,
    Kind.RELEASED,
    Kind.EVENT_CANCELLED,
    Kind.ERASED,
}

_SUBJECT_AT_MOST = OutgoingMail._meta.get_field("subject").max_length


class Consent(TypedDict):
    """What somebody decided, when, about which wording; `given` as long as it may be withdrawn."""

    purpose: str
    decision: str
    at: str
    wording: str
    given: bool


class Entry(TypedDict):
    """The calendar entry: the name of the file, and what it says."""

    name: str
    says: calendar.Facts


class Facts(TypedDict, total=False):
    """As JSON has it. A mail of no event has sender, answers_to, subject and opening alone."""

    sender: str
    answers_to: tuple[str, str]  # name and address
    language: str
    subject: str
    opening: str
    changes: str
    pairs: Sequence[tuple[str, str]]  # label and value
    link: str
    consents: Sequence[Consent]
    contact: str  # the organiser, a line each
    house: tuple[str, str]  # the organiser's two colours
    entry: Entry | None


def freeze(
    registration: Registration,
    kind: OutgoingMail.Kind,
    wording: tuple[str, str],
    about: Mapping[str, str],
    now: datetime,
    *,
    with_entry: bool,
) -> Facts:
    """What a mail with this text and subject says now; `about` holds what the guest's registration does not tell."""
    text, subject = wording
    event, organiser = registration.event, registration.event.organiser
    values = {**values_of(registration, kind, now, with_entry=with_entry), **about}
    is_last = kind == Kind.ERASED
    is_about_consents = registration.pk is not None and kind not in {Kind.ERASED, Kind.MESSAGE}
    standing = consents.standing(registration) if is_about_consents else []
    return {
        "sender": organiser.name,
        "answers_to": (organiser.name, organiser.email),
        "language": registration.language,
        "subject": header(fill_in(subject, values))[:_SUBJECT_AT_MOST],
        "opening": fill_in(text, values),
        "changes": "" if kind == Kind.EVENT_CANCELLED else changes_in_words(registration),
        "pairs": _pairs(registration, values),
        "link": "" if is_last else values["link"],
        "consents": [_consent(record) for record in standing],
        "contact": "\n".join(filter(None, (organiser.name, organiser.address, organiser.email, organiser.phone))),
        "house": organiser.colours,
        "entry": {"name": f"{event.slug}.ics", "says": own_facts(registration)} if with_entry else None,
    }


def _pairs(registration: Registration, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a guest must know, as pairs of label and value; of what was typed into the form at most the name."""
    event = registration.event
    held = [
        (_("Also") if workshop.slot.optional else _("Workshop"), f"{workshop.name} ({when_and_where(workshop, event)})")
        for workshop in (place.workshop for place in registration.held)
    ]
    pairs = [
        (_("Event"), event.title),
        (_("Date"), when(event)),
        (_("Place"), "" if registration.livestream and not registration.waits else values["place"]),
        (_("Price"), fee(event)),
        *held,
        (_("Livestream"), values["livestream"]),
        (_("Waiting list"), waiting_list(registration)),
        (_("Name"), values["name"]),
    ]
    return [(label, value) for label, value in pairs if value]


def _consent(record: ConsentRecord) -> Consent:
    return {
        "purpose": record.text.get_purpose_display(),
        "decision": record.get_decision_display(),
        "at": moment(record.at),
        "wording": record.text.wording,
        "given": record.decision == ConsentRecord.Decision.GIVEN,
    }


def values_of(
    registration: Registration, kind: OutgoingMail.Kind, now: datetime, *, with_entry: bool
) -> dict[str, str]:
    """What stands in place of each placeholder."""
    event = registration.event
    return dict.fromkeys(PLACEHOLDERS, "") | {
        "name": _name(registration),
        "event": line(event.title),
        "date": dates(event),
        "time": times(event),
        "place": place(event.venue),
        "organiser": event.organiser.name,
        "link": str(settings.SITE_URL) + registration.get_absolute_url(),
        "answer_link": str(settings.SITE_URL) + reverse("registration:change", args=[registration.token]),
        "seat": seat_in_words(registration),
        "news": _news(registration),
        "queue": queue_in_words(registration, now),
        "livestream": _livestream(registration),
        "entry": _entry(registration, kind) if with_entry else "",
        "cancelling": _cancelling(registration, now),
    }


def _name(registration: Registration) -> str:
    """The name of somebody whose address is known to be right, because an organiser entered it or somebody used the key
    that only a mail had told. Until then the mail may go to a stranger, so it greets nobody and says nothing that was
    typed. Where an event does not ask to confirm addresses, the key has been shown on the page: nothing ever tells.
    """
    return registration.name if registration.address_known else ""


def _news(registration: Registration) -> str:
    """Which seats somebody has got since the last mail."""
    told = registration.told.get("workshops", {})
    new = [place for place in registration.held if str(place.workshop_id) not in told]
    if not new:
        return ""
    seats = {"workshops": workshops_in_words(new)}
    return ngettext("New for you: a seat in %(workshops)s.", "New for you: seats in %(workshops)s.", len(new)) % seats


def workshops_in_words(places: Iterable[Place]) -> str:
    """The names of what somebody has a seat in, or waits for."""
    return get_text_list([f"„{place.workshop.name}“" for place in places], _("and"))


def seat_in_words(registration: Registration) -> str:
    """Which seats somebody holds, or that there is the livestream, or nothing any more."""
    if not registration.is_live:
        return _("Your registration is cancelled.")
    if registration.livestream:
        return _("You follow the event in the livestream.")
    seats = _seats_in_words(registration)
    if registration.confirm_by is None or registration.must_confirm_address or not seats:
        return seats
    asks = _("Please say yes on your page by %(date)s; otherwise the next one in line gets it.")
    return f"{seats} {asks % {'date': moment(registration.confirm_by)}}"


def _seats_in_words(registration: Registration) -> str:
    if held := registration.held:
        names = workshops_in_words(held)
        if len(held) > 1 or held[0].workshop.slot.optional:
            return _("Reserved for you: %(workshops)s.") % {"workshops": names}
        return _("Your seat in the workshop %(workshop)s is reserved.") % {"workshop": names}
    if registration.queued_at is not None or (registration.only_waits and registration.event.capacity is None):
        return ""
    return _("A seat at the event is reserved for you.")


def queue_in_words(registration: Registration, now: datetime) -> str:
    """Where somebody stands in lines and what comes next; empty for others."""
    return " ".join(filter(None, (lines_in_words(registration), next_in_words(registration, now))))


def lines_in_words(registration: Registration) -> str:
    """Where somebody stands in each line; empty for those in none."""
    sentences = []
    if registration.queued_at is not None:
        place = {"place": registration.number_in_line}
        sentences.append(_("You are number %(place)s on the waiting list of the event.") % place)
        if registration.queues:
            wanted = {"workshops": workshops_in_words(registration.queues)}
            sentences.append(_("With a seat you also get in line for %(workshops)s, as you wished.") % wanted)
    else:
        for queue in registration.queues:
            values = {"workshop": queue.workshop.name, "place": queue.number_in_line}
            if queue.workshop.slot.optional:
                text = _("You are number %(place)s on the waiting list for “%(workshop)s”.")
            else:
                text = _("You are number %(place)s on the waiting list of the workshop “%(workshop)s”.")
            sentences.append(text % values)
    return " ".join(sentences)


def next_in_words(registration: Registration, now: datetime) -> str:
    """How somebody who waits gets a seat, until when, and what is to be done then; nothing while the date is open."""
    event = registration.event
    if not registration.waits or event.status != Event.Status.PUBLISHED:
        return ""
    if event.queues_move(now):
        moves_up = _(
            "Until %(date)s you move up by yourself when it is your turn, and a mail tells you so. After that the"
            " organiser decides who gets a free seat."
        )
        sentences = [moves_up % {"date": moment(event.queues_stop_at)}]
    else:
        sentences = [_("The organiser decides who gets a free seat, and a mail tells you if it is you.")]
    if event.accept_within is not None and registration.state == Registration.State.WAITING:
        says_yes = ngettext(
            "If you get a seat, you have %(hours)d hour to say yes to it.",
            "If you get a seat, you have %(hours)d hours to say yes to it.",
            event.accept_within,
        )
        sentences.append(says_yes % {"hours": event.accept_within})
    return " ".join(sentences)


def waiting_list(registration: Registration) -> str:
    """The queue and the place in it, in short."""
    lines = []
    if registration.queued_at is not None:
        lines.append(_("Event, place %(place)s") % {"place": registration.number_in_line})
    for queue in registration.queues:
        values = {"workshop": queue.workshop.name, "place": queue.number_in_line}
        text = _("%(workshop)s, place %(place)s") if registration.queued_at is None else "%(workshop)s"
        lines.append(text % values)
    return "; ".join(lines)


def questions_in_words(questions: Iterable[Question]) -> str:
    """What is asked, and what for, a line each."""
    return "\n".join("– " + line(" ".join(filter(None, (one.label, one.purpose)))) for one in questions)


def choose_in_words(registration: Registration, gone: Workshop, now: datetime) -> str:
    """What somebody can do who has nothing any more in the round of a workshop that does not take place."""
    has_something = any(place.round_id == gone.slot_id for place in registration.all_places)
    is_alone = not gone.slot.workshops.exclude(pk=gone.pk).exists()
    if has_something or is_alone or registration.livestream or not registration.is_live:
        return ""
    if not registration.event.guests_may_change(now):
        return _("Please reply to this mail and tell us which other workshop you would like.")
    link = str(settings.SITE_URL) + reverse("registration:change", args=[registration.token])
    if gone.slot.optional:
        return _("If you like, choose something else on your page: %(link)s") % {"link": link}
    return _("Please choose another workshop on your page: %(link)s") % {"link": link}


def _livestream(registration: Registration) -> str:
    if not registration.livestream:
        return ""
    event = registration.event
    values = {
        "date": moment(event.livestream_opens_at),
        "address": str(settings.SITE_URL) + event.get_livestream_url(),
    }
    return _("From %(date)s you find the livestream here: %(address)s") % values


def _cancelling(registration: Registration, now: datetime) -> str:
    event = registration.event
    if registration.to_confirm:
        return ""  # there is another question, with another time
    if not event.guests_may_change(now):
        return _("If you cannot take part after all, please reply to this mail.")
    if event.status == Event.Status.POSTPONED:
        return _("If you cannot take part any more, please cancel on your page.")
    date = deadline(event.last_change_at)
    if registration.livestream:
        return _("If you cannot take part after all, please cancel on your page; you can until %(date)s.") % {
            "date": date
        }
    return _(
        "If you cannot come after all, please cancel on your page, so that somebody else gets the seat; you can until"
        " %(date)s."
    ) % {"date": date}


def _entry(registration: Registration, kind: OutgoingMail.Kind) -> str:
    if kind in CANCELLING or not registration.is_live:
        return _("The attached entry takes the event out of your calendar.")
    if kind == Kind.CONFIRMED:
        return _("The calendar entry is attached.")
    return _("The calendar entry is attached; it replaces an earlier one, if you have one.")

"""Every mail that the site writes: one function each.

What a mail says stands in templates/mail/<kind>.txt, its first line the subject, or in the organiser's own `MailText`;
both hold placeholders such as {name}. What stands around it, in templates/mail/layout.txt and layout.html.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise as StrPromise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events.models import Event, Organiser, Workshop
from events.plaintext import header, line
from events.wording import dates, deadline, fee, moment, online, place, times, when, when_and_where
from registration import consents
from registration.calendar import own_entry
from registration.models import ConsentRecord, Inquiry, MailText, OutgoingMail, Place, Registration
from registration.outbox import enqueue

Kind = OutgoingMail.Kind

# What organisers may write in braces, and what a guest reads there. Some are empty for some guests.
PLACEHOLDERS = {
    "name": gettext_lazy("the guest's first and last name, if the address has been confirmed or you entered it"),
    "event": gettext_lazy("title of the event"),
    "date": gettext_lazy("day of the event"),
    "time": gettext_lazy("from when to when"),
    "place": gettext_lazy("name and address of the venue; empty where the event is online only"),
    "organiser": gettext_lazy("name of the organiser"),
    "link": gettext_lazy("address of the guest's own page"),
    "seat": gettext_lazy("a sentence: which seat the guest holds, or the livestream"),
    "queue": gettext_lazy("a sentence: for which workshop the guest waits, and at which place in the queue"),
    "livestream": gettext_lazy("a sentence for guests of the livestream: its address, and from when"),
    "entry": gettext_lazy("a sentence: what the attached calendar entry does"),
    "cancelling": gettext_lazy("a sentence: how to cancel, and until when"),
    "confirm_by": gettext_lazy("until when the address is to be confirmed"),
    "purpose": gettext_lazy("which consent it is about"),
    "alternative": gettext_lazy("what is offered to those who do not agree"),
}

# These mean something in some mails alone.
_ONLY_IN = {
    "name": set(Kind) - {Kind.UNCONFIRMED},
    "confirm_by": {Kind.UNCONFIRMED},
    "purpose": {Kind.CONSENT_WITHDRAWN, Kind.CONSENT_GIVEN},
    "alternative": {Kind.CONSENT_WITHDRAWN, Kind.CONSENT_GIVEN},
}

_PLACEHOLDER = re.compile(r"\{([^{}\n]*)\}")
_SUBJECT_AT_MOST = OutgoingMail._meta.get_field("subject").max_length

_CANCELLING = {
    Kind.CANCELLED,
    Kind.CANCELLED_BY_ORGANISER,
    Kind.RELEASED,
    Kind.EVENT_CANCELLED,
    Kind.ERASED,
}


@dataclass(frozen=True)
class Written:
    """A mail as a guest reads it, in both of its forms."""

    subject: str
    plain: str
    html: str


def confirmed(registration: Registration, now: datetime) -> None:
    _send(registration, Kind.CONFIRMED, now, with_entry=True)


def waiting(registration: Registration, now: datetime) -> None:
    _send(registration, Kind.WAITING, now)


def unconfirmed(registration: Registration, now: datetime) -> None:
    """To an address that may be somebody else's."""
    assert registration.confirm_by is not None
    _send(registration, Kind.UNCONFIRMED, now, {"confirm_by": moment(registration.confirm_by)})


def moved_up(registration: Registration, now: datetime) -> None:
    _send_or_ask_to_confirm(registration, Kind.MOVED_UP, now, with_entry=registration.has_an_entry)


def changed(registration: Registration, now: datetime) -> None:
    _send_or_ask_to_confirm(registration, Kind.CHANGED, now, with_entry=registration.has_an_entry)


def _send_or_ask_to_confirm(
    registration: Registration, kind: OutgoingMail.Kind, now: datetime, *, with_entry: bool = False
) -> None:
    if registration.confirm_by is not None:
        unconfirmed(registration, now)
    else:
        _send(registration, kind, now, with_entry=with_entry)


def cancelled(registration: Registration, now: datetime, kind: OutgoingMail.Kind, *, with_entry: bool) -> None:
    """`kind` says by whom; `with_entry` takes back the entry of a guest who had one."""
    _send(registration, kind, now, with_entry=with_entry)


def erased(registration: Registration, now: datetime, *, with_entry: bool) -> None:
    """The last mail, written while there is still a name to write to; the outbox forgets it when it has left."""
    _send(registration, Kind.ERASED, now, with_entry=with_entry)


def consent(record: ConsentRecord, now: datetime) -> None:
    """To somebody who withdrew a consent, or gave one later."""
    withdrawn = record.decision == ConsentRecord.Decision.WITHDRAWN
    about = {"purpose": record.text.get_purpose_display(), "alternative": record.text.alternative}
    _send(record.registration, Kind.CONSENT_WITHDRAWN if withdrawn else Kind.CONSENT_GIVEN, now, about)


def reminder(registration: Registration, now: datetime) -> None:
    _send(registration, Kind.REMINDER, now, with_entry=True)


def event_changed(registration: Registration, now: datetime) -> None:
    """What has changed stands in every mail whose guest does not know it yet; this one has no other reason."""
    _send(registration, Kind.EVENT_CHANGED, now, with_entry=registration.has_an_entry)


def event_cancelled(registration: Registration, now: datetime) -> None:
    _send(registration, Kind.EVENT_CANCELLED, now, with_entry=registration.has_an_entry)


def link(registration: Registration, now: datetime) -> None:
    _send_or_ask_to_confirm(registration, Kind.LINK, now)


def state(registration: Registration, now: datetime) -> None:
    """The mail that says what is true for a guest."""
    if not registration.is_live:
        link(registration, now)
    elif registration.event.status == Event.Status.CANCELLED:
        event_cancelled(registration, now)
    elif registration.confirm_by is not None:
        unconfirmed(registration, now)
    elif registration.state == Registration.State.CONFIRMED:
        confirmed(registration, now)
    elif registration.state == Registration.State.WAITING:
        waiting(registration, now)


def inquiry(inquiry: Inquiry, organiser: Organiser, now: datetime) -> None:
    """To the organiser; an answer to it goes to whoever asked."""
    text, subject = _from_template(Kind.INQUIRY, {"inquiry": inquiry})
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(organiser.name, settings.DEFAULT_FROM_EMAIL)
    if inquiry.email:
        message["Reply-To"] = inquiry.email
    message["Subject"] = subject
    message.set_content(text + "\n")
    mail = enqueue(None, Kind.INQUIRY, organiser.email, message, now)
    mail.inquiry = inquiry
    mail.save(update_fields=["inquiry"])


# Wording


def standard(kind: OutgoingMail.Kind) -> tuple[str, str]:
    """The text and the subject that the site brings along, with their placeholders."""
    return _from_template(kind, {})


def placeholders(kind: OutgoingMail.Kind) -> dict[str, StrPromise]:
    """What this mail may have in braces, each with its meaning."""
    return {name: text for name, text in PLACEHOLDERS.items() if kind in _ONLY_IN.get(name, {kind})}


def unknown_placeholders(text: str, kind: OutgoingMail.Kind) -> list[str]:
    """What stands in braces and means nothing in this mail, and braces that stand alone."""
    known = placeholders(kind)
    unknown = [found[0] for found in _PLACEHOLDER.finditer(text) if found[1] not in known]
    return unknown + re.findall(r"[{}]", _PLACEHOLDER.sub("", text))


def preview(event: Event, kind: OutgoingMail.Kind, subject: str, text: str, now: datetime) -> Written:
    """The mail with this wording as a guest would read it whom this kind of mail reaches."""
    guest = Registration(event=event, first_name="Erika", last_name="Mustermann", email="erika@example.org")
    guest.address_known = kind != Kind.UNCONFIRMED
    first = event.workshops.select_related("slot").order_by("number").first()
    guest.all_places = []
    if kind in _CANCELLING and kind != Kind.EVENT_CANCELLED:
        guest.state = Registration.State.CANCELLED
    else:
        waits = kind == Kind.WAITING
        guest.state = Registration.State.WAITING if waits else Registration.State.CONFIRMED
        if first is not None:
            guest.all_places = [Place(round=first.slot, workshop=first, queued_at=now if waits else None)]
        elif waits:
            guest.queued_at = now
    if kind == Kind.EVENT_CHANGED:
        guest.told = facts(guest) | {"starts_at": (event.starts_at - timedelta(hours=1)).isoformat()}
    about = {
        "confirm_by": moment(now),
        "purpose": _("recordings"),
        "alternative": _("You can follow the event in the livestream."),
    }
    about = {name: value for name, value in about.items() if name in placeholders(kind)}
    with_entry = guest.has_an_entry or kind in _CANCELLING
    return _write(guest, kind, (text, subject), about, now, with_entry=with_entry and kind != Kind.UNCONFIRMED)


def _from_template(kind: OutgoingMail.Kind, context: Mapping[str, Any]) -> tuple[str, str]:
    subject, _newline, text = render_to_string(f"{kind}.txt", context, using="mail").strip().partition("\n")
    return text.strip(), line(subject)


def _wording(event: Event, kind: OutgoingMail.Kind) -> tuple[str, str]:
    own = MailText.objects.filter(event=event, kind=kind).first()
    return standard(kind) if own is None else (own.text, own.subject)


def _fill_in(text: str, values: Mapping[str, str]) -> str:
    """Every placeholder that is known; what is not stays as it stands, because a mail must leave in any case."""

    def fill(found: re.Match[str]) -> str:
        value = values.get(found[2], found[0].lstrip())
        return value and found[1] + value  # nothing takes the space before it along: “Guten Tag,”

    filled = re.sub(rf"([ \t]*){_PLACEHOLDER.pattern}", fill, text.replace("\r\n", "\n"))
    return re.sub(r"\s*\n\s*\n\s*", "\n\n", filled).strip()


def _values(registration: Registration, kind: OutgoingMail.Kind, now: datetime, *, with_entry: bool) -> dict[str, str]:
    event = registration.event
    return dict.fromkeys(PLACEHOLDERS, "") | {
        "name": _name(registration),
        "event": line(event.title),
        "date": dates(event),
        "time": times(event),
        "place": place(event.venue),
        "organiser": event.organiser.name,
        "link": _link(registration),
        "seat": seat_in_words(registration),
        "queue": queue_in_words(registration),
        "livestream": _livestream(registration),
        "entry": _entry(kind) if with_entry else "",
        "cancelling": _cancelling(registration, now),
    }


def _name(registration: Registration) -> str:
    """The name of somebody whose address is known to be right, because an organiser entered it or somebody used the key
    that only a mail had told. Until then the mail may go to a stranger, so it greets nobody and says nothing that was
    typed. Where an event does not ask to confirm addresses, the key has been shown on the page: nothing ever tells.
    """
    return registration.name if registration.address_known else ""


def _link(registration: Registration) -> str:
    return str(settings.SITE_URL) + registration.get_absolute_url()


def seat_in_words(registration: Registration) -> str:
    """Which seats somebody holds, or that there is the livestream, or nothing any more."""
    if not registration.is_live:
        return _("Your registration is cancelled.")
    if registration.livestream:
        return _("You follow the event in the livestream.")
    if held := registration.held:
        workshops = get_text_list([f"„{place.workshop}“" for place in held], _("and"))
        return ngettext(
            "Your seat in the workshop %(workshops)s is reserved.",
            "Your seats in the workshops %(workshops)s are reserved.",
            len(held),
        ) % {"workshops": workshops}
    if registration.queued_at is not None or (registration.queues and registration.event.capacity is None):
        return ""
    return _("A seat at the event is reserved for you.")


def queue_in_words(registration: Registration) -> str:
    """Where somebody stands in lines and what comes next, on the own page and in mails; empty for others."""
    sentences = []
    if registration.queued_at is not None:
        place = {"place": registration.number_in_line}
        sentences.append(_("You are number %(place)s on the waiting list of the event.") % place)
        if wishes := [f"„{wish.workshop}“" for wish in registration.queues]:
            wanted = {"workshops": get_text_list(wishes, _("and"))}
            sentences.append(_("With a seat you also get in line for %(workshops)s, as you wished.") % wanted)
    else:
        for queue in registration.queues:
            values = {"workshop": queue.workshop, "place": queue.number_in_line}
            sentences.append(_("You are number %(place)s on the waiting list of the workshop “%(workshop)s”.") % values)
    if sentences and registration.event.status == Event.Status.PUBLISHED:
        if registration.event.queue_moves_up:
            sentences.append(
                _("As soon as a seat comes free and it is your turn, you get it by itself, and a mail tells you so.")
            )
        else:
            sentences.append(_("As soon as a seat comes free and it is your turn, the organiser writes to you."))
    return " ".join(sentences)


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


def _entry(kind: OutgoingMail.Kind) -> str:
    if kind in _CANCELLING:
        return _("The attached entry takes the event out of your calendar.")
    if kind == Kind.CONFIRMED:
        return _("The calendar entry is attached.")
    return _("The calendar entry is attached; it replaces an earlier one, if you have one.")


def facts(registration: Registration) -> dict[str, Any]:
    """What a guest must hear of when it changes; small enough to be kept with the guest's last mail."""
    event = registration.event
    return {
        "status": event.status,
        "starts_at": event.starts_at.isoformat(),
        "ends_at": event.ends_at.isoformat(),
        "place": place(event.venue),
        "workshops": {str(held.workshop_id): _when_and_where(held.workshop) for held in registration.held},
    }


def _when_and_where(workshop: Workshop) -> dict[str, str]:
    starts_at, ends_at, room = workshop.when_and_where
    return {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "room": room}


def changes_in_words(registration: Registration) -> str:
    """What of the facts is different from what the guest's last mail said, or else the last entry, a line each."""
    told, true = registration.told, facts(registration)
    return _difference(told, true) or _difference(told.get("entry", told), true)


def _difference(told: Mapping[str, Any], true: Mapping[str, Any]) -> str:
    lines = []
    status_told = told.get("status", Event.Status.PUBLISHED)
    if true["status"] != status_told:
        if true["status"] == Event.Status.CANCELLED:
            lines.append(_("The event will not take place."))
        elif true["status"] == Event.Status.POSTPONED:
            lines.append(_("The event is postponed. The new date will follow."))
        elif true["status"] == Event.Status.PUBLISHED and status_told != Event.Status.DRAFT:
            lines.append(_("The event takes place."))
    if not told:
        return "\n".join(lines)
    for name, label in (("starts_at", _("Begins")), ("ends_at", _("Ends"))):
        lines += _changed_moment(label, true[name], told[name])
    if true["place"] != told["place"]:
        lines.append(_change_in_words(_("Place"), true["place"] or online(), told["place"] or online()))
    for key, after in true["workshops"].items():
        if before := told["workshops"].get(key):  # of another workshop the guest has read in a mail of its own
            lines += _changed_workshop(before, after)
    return "\n".join(lines)


def _changed_workshop(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    lines = _changed_moment(_("Your workshop begins"), after["starts_at"], before["starts_at"])
    lines += _changed_moment(_("Your workshop ends"), after["ends_at"], before["ends_at"])
    if after["room"] != before["room"]:
        unknown = _("not known yet")
        lines.append(_change_in_words(_("Room"), after["room"] or unknown, before["room"] or unknown))
    return lines


def _changed_moment(what: str, after: str, before: str) -> list[str]:
    """The line about a moment, both as they are stored; none if it is the same one."""
    new, old = datetime.fromisoformat(after), datetime.fromisoformat(before)
    return [] if new == old else [_change_in_words(what, moment(new), moment(old))]


def _change_in_words(what: str, after: str, before: str) -> str:
    return _("%(what)s: %(after)s (before: %(before)s)") % {"what": what, "after": after, "before": before}


# Writing and sending


def _send(
    registration: Registration,
    kind: OutgoingMail.Kind,
    now: datetime,
    about: Mapping[str, str] | None = None,
    *,
    with_entry: bool = False,
) -> None:
    event = registration.event
    written = _write(registration, kind, _wording(event, kind), about or {}, now, with_entry=with_entry)
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(event.organiser.name, settings.DEFAULT_FROM_EMAIL)
    message["Reply-To"] = _address(event.organiser.name, event.organiser.email)
    message["Subject"] = written.subject
    message["Content-Language"] = registration.language
    message.set_content(written.plain)
    message.add_alternative(written.html, subtype="html")
    if with_entry:
        message.add_attachment(
            own_entry(registration),
            maintype="text",
            subtype="calendar",
            filename=f"{event.slug}.ics",
            params={"charset": "utf-8", "method": "PUBLISH"},
        )
    enqueue(registration, kind, registration.email, message, now)
    if event.status != Event.Status.CANCELLED or kind == Kind.EVENT_CANCELLED:  # that has a mail of its own
        _note_what_was_told(registration, with_entry=with_entry)


def nothing(registration: Registration, now: datetime) -> None:
    """No mail: that the event changed is no news to this guest, and need not be looked at again."""
    registration.told_sequence = registration.event.sequence
    registration.save(update_fields=["told_sequence"])


def _note_what_was_told(registration: Registration, *, with_entry: bool) -> None:
    """Keep the facts of this mail, and those of the last entry, which a mail without one leaves in the calendar."""
    event, told = registration.event, facts(registration)
    up_to_date = with_entry or not registration.has_an_entry
    registration.told = told | {"entry": told if up_to_date else registration.told.get("entry", told)}
    if up_to_date:
        registration.told_sequence = event.sequence
    registration.save(update_fields=["told", "told_sequence"])


def _write(
    registration: Registration,
    kind: OutgoingMail.Kind,
    wording: tuple[str, str],
    about: Mapping[str, str],
    now: datetime,
    *,
    with_entry: bool,
) -> Written:
    text, subject = wording
    values = {**_values(registration, kind, now, with_entry=with_entry), **about}
    subject = header(_fill_in(subject, values))[:_SUBJECT_AT_MOST]
    context = {
        "registration": registration,
        "event": registration.event,
        "subject": subject,
        "opening": _fill_in(text, values),
        "changes": "" if kind == Kind.EVENT_CANCELLED else changes_in_words(registration),
        "facts": _facts(registration, values),
        "link": "" if kind == Kind.ERASED else values["link"],
        "consents": [] if registration.pk is None or kind == Kind.ERASED else consents.standing(registration),
    }
    return Written(
        subject,
        render_to_string("layout.txt", context, using="mail"),
        render_to_string("mail/layout.html", context, using="django"),
    )


def _address(name: str, email: str) -> Address:
    return Address(header(name), addr_spec=email)


def _facts(registration: Registration, values: Mapping[str, str]) -> list[tuple[str, str]]:
    """What a guest must know, as pairs of label and value; of what was typed into the form at most the name."""
    event = registration.event
    held = [
        (_("Workshop"), f"{place.workshop} ({when_and_where(place.workshop, event)})") for place in registration.held
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


def waiting_list(registration: Registration) -> str:
    """The queue and the place in it, in short."""
    lines = []
    if registration.queued_at is not None:
        lines.append(_("Event, place %(place)s") % {"place": registration.number_in_line})
    for queue in registration.queues:
        values = {"workshop": queue.workshop, "place": queue.number_in_line}
        text = _("%(workshop)s, place %(place)s") if registration.queued_at is None else "%(workshop)s"
        lines.append(text % values)
    return "; ".join(lines)

"""Every mail that the site writes: one function each. What a mail says stands in templates/mail/<function>.txt, its
first line the subject; how all of them look, in templates/mail/layout.txt and layout.html."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from events.models import Organiser
from events.plaintext import line
from events.templatetags.events import clock, day
from registration.calendar import own_entry
from registration.models import Inquiry, OutgoingMail, Registration
from registration.outbox import enqueue


def confirmed(registration: Registration, now: datetime) -> None:
    _send(registration, OutgoingMail.Kind.CONFIRMED, now, with_entry=True)


def waiting(registration: Registration, now: datetime) -> None:
    _send(registration, OutgoingMail.Kind.WAITING, now)


def changed(registration: Registration, now: datetime) -> None:
    _send(registration, OutgoingMail.Kind.CHANGED, now, with_entry=registration.workshop is not None)


def cancelled(registration: Registration, now: datetime, *, with_entry: bool) -> None:
    """`with_entry` takes back the entry of a guest who had a seat, and so an entry."""
    _send(registration, OutgoingMail.Kind.CANCELLED, now, with_entry=with_entry)


def inquiry(inquiry: Inquiry, organiser: Organiser, now: datetime) -> None:
    """To the organiser; an answer to it goes to whoever asked."""
    text, subject = _written("inquiry.txt", {"inquiry": inquiry})
    message = EmailMessage(policy=SMTP)
    message["From"] = _address(organiser.name, settings.DEFAULT_FROM_EMAIL)
    if inquiry.email:
        message["Reply-To"] = inquiry.email
    message["Subject"] = subject
    message.set_content(text + "\n")
    enqueue(None, OutgoingMail.Kind.INQUIRY, organiser.email, message, now)


def state(registration: Registration, now: datetime) -> None:
    """The mail that says what is true for a guest who is registered."""
    if registration.state == Registration.State.CONFIRMED:
        confirmed(registration, now)
    elif registration.state == Registration.State.WAITING:
        waiting(registration, now)


def _send(registration: Registration, kind: OutgoingMail.Kind, now: datetime, *, with_entry: bool = False) -> None:
    event = registration.event
    context = {
        "registration": registration,
        "event": event,
        "title": line(event.title),
        "link": settings.SITE_URL + registration.get_absolute_url(),
        "facts": _facts(registration),
        "consents": registration.consents.select_related("text"),
    }
    opening, subject = _written(f"{kind}.txt", context)
    context |= {"subject": subject, "opening": opening}

    message = EmailMessage(policy=SMTP)
    message["From"] = _address(event.organiser.name, settings.DEFAULT_FROM_EMAIL)
    message["Reply-To"] = _address(event.organiser.name, event.organiser.email)
    message["Subject"] = subject
    message["Content-Language"] = registration.language
    message.set_content(render_to_string("layout.txt", context, using="mail"))
    message.add_alternative(render_to_string("mail/layout.html", context, using="django"), subtype="html")
    if with_entry:
        message.add_attachment(
            own_entry(registration),
            maintype="text",
            subtype="calendar",
            filename=f"{event.slug}.ics",
            params={"charset": "utf-8", "method": "PUBLISH"},
        )
    enqueue(registration, kind, registration.email, message, now)


def _written(template: str, context: dict[str, Any]) -> tuple[str, str]:
    """The text of a mail and its subject, which is the first line of the template."""
    subject, _newline, text = render_to_string(template, context, using="mail").strip().partition("\n")
    return text.strip(), line(subject)


def _address(name: str, email: str) -> Address:
    return Address(line(name), addr_spec=email)


def _facts(registration: Registration) -> list[tuple[str, str]]:
    """What was stored and what a guest must know, as pairs of label and value."""
    event, venue = registration.event, registration.event.venue
    facts = [
        (_("Event"), event.title),
        (
            _("Date"),
            f"{day(event.starts_at)}, {clock(event.starts_at)} – {_('%(time)s h') % {'time': clock(event.ends_at)}}",
        ),
        (_("Place"), f"{venue.name}, {venue.address}"),
    ]
    if registration.workshop is not None:
        facts.append((_("Workshop"), str(registration.workshop)))
    if registration.waiting_for is not None:
        facts.append((_("Waiting list"), str(registration.waiting_for)))
    facts += [
        (_("Name"), registration.name),
        (_("Email"), registration.email),
        (_("Organisation"), registration.organisation),
    ]
    return [(label, value) for label, value in facts if value]

"""Every mail that the site writes: one function each. What a mail says stands in templates/mail/<function>.txt, its
first line the subject; how all of them look, in templates/mail/layout.txt and layout.html."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from django.conf import settings
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from events.templatetags.events import clock, day
from registration.calendar import own_entry
from registration.models import OutgoingMail, Registration
from registration.outbox import enqueue


def confirmed(registration: Registration, now: datetime) -> None:
    _send(registration, OutgoingMail.Kind.CONFIRMED, now, with_entry=True)


def waiting(registration: Registration, now: datetime) -> None:
    _send(registration, OutgoingMail.Kind.WAITING, now)


def cancelled(registration: Registration, now: datetime) -> None:
    _send(registration, OutgoingMail.Kind.CANCELLED, now, with_entry=True)


def state(registration: Registration, now: datetime) -> None:
    """The mail that says what is now true for this guest."""
    {
        Registration.State.CONFIRMED: confirmed,
        Registration.State.WAITING: waiting,
        Registration.State.CANCELLED: cancelled,
    }[Registration.State(registration.state)](registration, now)


def _send(registration: Registration, kind: OutgoingMail.Kind, now: datetime, *, with_entry: bool = False) -> None:
    event = registration.event
    context = {
        "registration": registration,
        "event": event,
        "link": settings.SITE_URL + registration.get_absolute_url(),
        "facts": _facts(registration),
        "consents": registration.consents.select_related("text"),
    }
    subject, _newline, opening = render_to_string(f"{kind}.txt", context, using="mail").strip().partition("\n")
    context |= {"subject": subject.strip(), "opening": opening.strip()}

    message = EmailMessage(policy=SMTP)
    message["From"] = Address(event.organiser.name, addr_spec=settings.DEFAULT_FROM_EMAIL)
    message["Reply-To"] = Address(event.organiser.name, addr_spec=event.organiser.email)
    message["To"] = registration.email
    message["Subject"] = subject.strip()
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
    enqueue(registration, kind, message, now)


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
        (_("What you need"), registration.needs),
    ]
    return [(label, value) for label, value in facts if value]

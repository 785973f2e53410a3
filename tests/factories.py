"""A small cast: Alice organises, Bob is registered, Charlie has nothing."""

from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from django.utils import timezone

from events import eventfile
from events.models import Event, Workshop
from registration import booking
from registration.booking import Choice, Guest
from registration.mails import writing
from registration.models import OutgoingMail, Registration

# What the real event asks its guests to agree to, and what it offers those who do not.
RECORDING = "Ich willige in die Aufzeichnung, Verwendung und Veröffentlichung von persönlichem Bildmaterial ein."
ALTERNATIVE = "Sie möchten nicht aufgenommen werden? Dann können Sie die Veranstaltung im Livestream verfolgen."

EXAMPLE = Path(__file__).parent.parent / "events" / "examples" / "fachtag-2021.toml"


def the_real_event() -> Event:
    """The Fachtag of 2021, long over."""
    return eventfile.save(eventfile.parse(EXAMPLE.read_bytes()))[0]


def an_open_event(slug: str = "fachtag-demo", first_day: date | None = None, **values: Any) -> Event:
    """The same event ahead of us, open for registration."""
    first_day = first_day or timezone.localdate() + timedelta(days=60)
    description = eventfile.parse(EXAMPLE.read_bytes(), slug).starting(first_day)
    event = eventfile.save(description)[0]
    if values:
        for name, value in values.items():
            setattr(event, name, value)
        event.save()
    return event


def workshop(event: Event, number: int, **values: Any) -> Workshop:
    """A workshop of the event, with these values changed."""
    found = event.workshops.get(number=number)
    for name, value in values.items():
        setattr(found, name, value)
    if values:
        found.save()
    return found


def option(choice: str) -> str:
    """What the form of the demo event sends for this choice, in which a workshop goes by its number: 2-waiting."""
    number, dash, rest = choice.partition("-")
    found = Workshop.objects.filter(
        event__slug="fachtag-demo", number=number if number in {"1", "2", "3"} else 0
    ).first()
    return f"{found.pk}{dash}{rest}" if found else choice


BOB = Guest("Bob", "Müller", "bob@example.org", "Treibhaus e.V.")
CHARLIE = Guest("Charlie", "Öztürk", "charlie@example.org")


def guest(number: int) -> Guest:
    return Guest(f"Gast {number}", "Beispiel", f"gast{number}@example.org")


def registered(
    event: Event, who: Guest = BOB, number: int = 2, *, waiting: bool = False, now: datetime | None = None
) -> Registration:
    """Somebody who registered for the workshop of this number through the website."""
    choice = Choice(event.workshops.get(number=number), waiting)
    return booking.register(event, who, choice, now or timezone.now(), agreed=["recording"]).registration


def by_hand(event: Event, who: Guest = BOB, number: int = 2) -> Registration:
    """Somebody whom an organiser registered; that the address is right is known."""
    choice = Choice(event.workshops.get(number=number))
    by = {"channel": Registration.Channel.PHONE, "actor": "alice", "agreed": ["recording"]}
    return booking.register_by_hand(event, who, choice, timezone.now(), **by).registration  # type: ignore[arg-type]


def watching(event: Event, who: Guest = BOB, *, now: datetime | None = None) -> Registration:
    """Somebody who registered for the livestream."""
    return booking.register(event, who, Choice(None), now or timezone.now()).registration


def mime(mail: OutgoingMail) -> bytes:
    """The whole mail as it leaves."""
    return writing.mime(mail)


def read(mail: OutgoingMail) -> str:
    """What a guest reads of a mail, as text."""
    message = message_from_bytes(mime(mail), policy=default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def fill(event: Event, number: int) -> Workshop:
    """Take the one seat of a workshop."""
    found = workshop(event, number, capacity=1)
    registered(event, Guest("Frida", "Früh", f"frueh{number}@example.org"), number)
    return found

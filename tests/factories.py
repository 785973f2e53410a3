"""A small cast: Alice organises, Bob is registered, Charlie has nothing."""

from datetime import date, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.utils import timezone

from events import eventfile
from events.models import Event, Slot, Venue, Workshop
from registration import booking
from registration.booking import Choice, Guest, Pick
from registration.mails import writing
from registration.models import Inquiry, OutgoingMail, Registration

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


def a_two_day_event(slug: str = "zwei-tage", first_day: date | None = None) -> Event:
    """The demo event with an evening that is optional, and a second day: another round, and talks at the same time."""
    event = an_open_event(slug, first_day)

    def at(day: int, clock: str) -> datetime:
        hour, minute = clock.split(":")
        return (timezone.localtime(event.starts_at) + timedelta(days=day)).replace(hour=int(hour), minute=int(minute))

    def slot(day: int, starts: str, ends: str, kind: str, title: str, **values: Any) -> Slot:
        return event.slots.create(starts_at=at(day, starts), ends_at=at(day, ends), kind=kind, title=title, **values)

    event.ends_at = at(1, "14:00")
    event.save()
    evening = slot(0, "18:00", "21:30", "workshops", "Abend im Ratskeller", optional=True, room="Ratskeller, Obermarkt")
    evening.workshops.create(number=6, title="Abendessen mit Musik aus Mittelsachsen", capacity=40)
    slot(1, "9:00", "9:15", "greeting", "Guten Morgen")
    second = slot(1, "9:15", "10:45", "workshops", "Vertiefung in Workshops")
    second.workshops.create(
        number=4, title="Sprache im Betrieb", question="Wer lernt von wem?", capacity=12, room="E 1"
    )
    second.workshops.create(number=5, title="Wohnen in der Nachbarschaft", capacity=12, room="E 2")
    slot(1, "10:45", "11:15", "break", "Kaffeepause")
    slot(1, "11:15", "12:00", "talk", "Was Zahlen sagen", format="Vortrag", number=5, room="Saal 2")
    slot(1, "11:15", "12:15", "talk", "Was Menschen erzählen", format="Vortrag", number=4, room="Saal 1")
    slot(1, "12:15", "14:00", "closing", "Abschluss mit Mittagessen")
    Event.objects.filter(pk=event.pk).begin()
    event.refresh_from_db()
    return event


def venue(event: Event, **values: Any) -> Venue:
    """The place of an event that has one, with these values changed."""
    assert event.venue is not None
    for name, value in values.items():
        setattr(event.venue, name, value)
    if values:
        event.venue.save()
    return event.venue


def workshop(event: Event, number: int, **values: Any) -> Workshop:
    """A workshop of the event, with these values changed."""
    found = event.workshops.get(number=number)
    for name, value in values.items():
        setattr(found, name, value)
    if values:
        found.save()
    return found


def another_round(event: Event, hours: int) -> Slot:
    """A further slot for workshops, so many hours after the first."""
    first = event.slots.filter(kind=Slot.Kind.WORKSHOPS).earliest("starts_at")
    return another_round_at(event, first.starts_at + timedelta(hours=hours))


def another_round_at(event: Event, starts_at: datetime) -> Slot:
    """A slot for workshops that begins then."""
    hours = {"starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=105)}
    return event.slots.create(kind=Slot.Kind.WORKSHOPS, title="Noch eine Runde", **hours)


def an_evening(event: Event, **values: Any) -> Workshop:
    """Dinner, in a round that one may do without."""
    hours = {"starts_at": event.ends_at, "ends_at": event.ends_at + timedelta(hours=3)}
    evening = event.slots.create(kind=Slot.Kind.WORKSHOPS, title="Abend", optional=True, **hours)
    return evening.workshops.create(number=9, title="Essen", **values)


def seat(registration: Registration) -> Workshop:
    """The workshop that somebody has the only seat in."""
    return registration.places.held().get().workshop


def queue(registration: Registration) -> Workshop:
    """The workshop that somebody is in the only line for."""
    return registration.places.in_line().get().workshop


def round_name(slug: str = "fachtag-demo") -> str:
    """The name of the choice in the only round of the event."""
    return f"round_{Slot.objects.get(event__slug=slug, kind=Slot.Kind.WORKSHOPS).pk}"


def option(choice: str) -> str:
    """What the form of the demo event sends for this choice, in which a workshop goes by its number: 2-waiting."""
    number, dash, rest = choice.partition("-")
    found = Workshop.objects.filter(
        event__slug="fachtag-demo", number=number if number in {"1", "2", "3"} else 0
    ).first()
    return f"{found.pk}{dash}{rest}" if found else choice


def sent(form: dict[str, Any]) -> dict[str, Any]:
    """A form of the demo event in which “workshop” stands for the choice in its only round."""
    workshop = form.pop("workshop", None)
    return form | ({} if workshop is None else {round_name(): option(workshop)})


BOB = Guest("Bob", "Müller", "bob@example.org", "Treibhaus e.V.")
CHARLIE = Guest("Charlie", "Öztürk", "charlie@example.org")


def guest(number: int) -> Guest:
    return Guest(f"Gast {number}", "Beispiel", f"gast{number}@example.org")


def registered(
    event: Event, who: Guest = BOB, number: int = 2, *, waiting: bool = False, now: datetime | None = None, **more: Any
) -> Registration:
    """Somebody who registered for the workshop of this number, and for the first one in every other round that is not
    optional, through the website."""
    chosen = event.workshops.get(number=number)
    others = event.workshops.filter(slot__optional=False).exclude(slot=chosen.slot_id).order_by("slot", "-number")
    picks = {workshop.slot_id: Pick(workshop, waiting) for workshop in [*others, chosen]}
    choice = Choice(tuple(picks.values()), waiting=waiting)
    return booking.register(event, who, choice, now or timezone.now(), agreed=["recording"], **more).registration


def by_hand(event: Event, who: Guest = BOB, number: int = 2) -> Registration:
    """Somebody whom an organiser registered; that the address is right is known."""
    choice = Choice.of(event.workshops.get(number=number))
    by = {"channel": Registration.Channel.PHONE, "actor": "alice", "agreed": ["recording"]}
    return booking.register_by_hand(event, who, choice, timezone.now(), **by).registration  # type: ignore[arg-type]


def watching(event: Event, who: Guest = BOB, *, now: datetime | None = None) -> Registration:
    """Somebody who registered for the livestream."""
    return booking.register(event, who, Choice(livestream=True), now or timezone.now()).registration


def inquiry(event: Event | None, **values: Any) -> Inquiry:
    """What somebody asked the office of the event through the contact form; None: there was no office yet."""
    about: dict[str, Any] = {"name": "Eva Frage", "email": "eva@example.org", "message": "Gibt es\neinen Parkplatz?"}
    about |= {"form_number": uuid4(), "sent_in_at": timezone.now()}
    return Inquiry.objects.create(**about | {"organiser": event and event.organiser} | values)


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

"""Every public page in every state, on a site that runs."""

from datetime import date, timedelta
from pathlib import Path

from tests import factories
from tests.running import RunningSite

ONLINE = factories.EXAMPLE.parent / "online-vortrag.toml"

# What cannot be done through a browser yet: small workshops, cancelling, and events that are not simply open.
_MAKE = """
from datetime import timedelta
from django.utils import timezone
from events.models import Event
from registration import booking
from registration.booking import Choice, Guest, Pick
now = timezone.now()
event = Event.objects.get(slug="klein")
event.consent_requests.create(
    purpose="publicity", wording="Der Landkreis darf mit Fotos von mir auch nach dem Fachtag werben."
)
def go(name, number, waiting=False, event=event):
    guest = Guest(name, "Beispiel", f"{name.lower()}@example.org", "Amt für Übergänge")
    choice = Choice.of(event.workshops.get(number=number), waiting) if number else Choice(livestream=True)
    answered = {"needs": "Eine Rampe"}
    return booking.register(event, guest, choice, now, agreed=["recording"], answered=answered).registration
frida, bob, ole = go("Frida", 1), go("Bob", 2), go("Ole", 3)
charlie = go("Charlie", 2, waiting=True)
booking.cancel(ole, now)
watching = go("Lena", 0)
booking.change(watching, Guest("Lena", "Beispiel", "lena@example.org"),
               Choice.of(event.workshops.get(number=1), waiting=True), now, agreed=["recording"])
withdrawn = go("Wanda", 3)
booking.withdraw_consent(withdrawn, "recording", now)
careful = Event.objects.get(slug="vorsichtig")
Event.objects.filter(pk=careful.pk).update(address_confirmed_within=24)
unconfirmed = go("Uwe", 1, event=careful)
gone, later = (
    go(name, 2, event=Event.objects.get(slug=slug)) for name, slug in (("Gabi", "abgesagt"), ("Vera", "verschoben"))
)
live = Event.objects.get(slug="live")
Event.objects.filter(pk=live.pk).update(registration_closes_at=now)
Event.objects.filter(pk=live.pk).update(
    starts_at=now + timedelta(minutes=30), ends_at=now + timedelta(hours=7),
    livestream_url="https://stream.example.org/", livestream_captions_url="https://stream.example.org/text",
    livestream_sign_language_url="https://stream.example.org/dgs",
)
Event.objects.filter(pk=live.pk).update(registration_closes_at=now + timedelta(hours=1))
streaming = go("Stefan", 0, event=live)
for slug, values in {
    "abgesagt": {"status": "cancelled"},
    "verschoben": {"status": "postponed"},
    "bald": {"registration_opens_at": now + timedelta(days=1)},
    "zu": {"registration_closes_at": now - timedelta(days=1)},
}.items():
    Event.objects.filter(slug=slug).update(**values)
two_days, full, asking = (Event.objects.get(slug=slug) for slug in ("zwei-tage", "voll", "zusage"))
def go_twice(name, event, numbers, waits=()):
    picks = tuple(Pick(event.workshops.get(number=number), waiting=number in waits) for number in numbers)
    choice = Choice(picks, waiting=event.capacity is not None)
    return booking.register(
        event, Guest(name, "Beispiel", f"{name.lower()}@example.org"), choice, now, agreed=["recording"]
    ).registration
two_days.workshops.filter(number__in=[2, 6]).update(capacity=1)
two_seats = go_twice("Zora", two_days, [2, 6, 4])
one_seat = go_twice("Walter", two_days, [2, 6, 5], waits=[2, 6])
full.workshops.filter(number=1).update(capacity=1)
Event.objects.filter(pk=full.pk).update(capacity=1, livestream_offered=True, accept_within=24)
full.refresh_from_db()
first, outside = go_twice("Fritz", full, [1, 4]), go_twice("Olga", full, [1, 6, 4])
Event.objects.filter(pk=asking.pk).update(capacity=1, accept_within=24)
asking.refresh_from_db()
first, asked = go_twice("Fritz", asking, [1]), go_twice("Aylin", asking, [2])
booking.cancel(first, now)
online = Event.objects.get(slug="online")
Event.objects.filter(pk=online.pk).update(status="published")
at_home = go("Ida", 0, event=online)
for registration in (
    frida, charlie, ole, watching, withdrawn, unconfirmed, gone, later, streaming,
    two_seats, one_seat, outside, asked, at_home,
):
    print(registration.get_absolute_url())
"""


def make(site: RunningSite, folder: Path) -> list[str]:
    """Bring the site into every state and give the addresses of its pages."""
    ahead = (date.today() + timedelta(days=60)).isoformat()
    small = folder / "klein.toml"
    small.write_text(factories.EXAMPLE.read_text().replace("capacity = 25", "capacity = 1"))
    for slug in ("abgesagt", "verschoben", "bald", "zu", "vorsichtig", "live", "zusage"):
        site.manage("import_event", str(factories.EXAMPLE), "--slug", slug, "--starting", ahead)
    site.manage("import_event", str(small), "--slug", "klein", "--starting", ahead)
    site.manage("import_event", str(ONLINE), "--slug", "online", "--starting", ahead)
    for slug in ("zwei-tage", "voll"):
        site.manage("shell", "-v0", "-c", f"from tests import factories; factories.a_two_day_event('{slug}')")
    own_pages = site.manage("shell", "-v0", "-c", _MAKE).split()
    new = ["zwei-tage", "voll", "zusage", "online"]
    events = ["fachtag-demo", "fachtag-2021", "klein", "abgesagt", "verschoben", "bald", "zu", "live", *new]
    return [
        "/",
        *(f"/{slug}/" for slug in events),
        *(f"/{slug}/anmeldung/" for slug in events),
        *own_pages,
        own_pages[0] + "aendern/",
        own_pages[0] + "absagen/",
        own_pages[0] + "einwilligung/",
        own_pages[0] + "loeschen/",
        own_pages[0] + "daten/",
        own_pages[0] + "aendern/?livestream",
        own_pages[0] + "?gespeichert",
        own_pages[3] + "aendern/",
        own_pages[3] + "absagen/",
        own_pages[4] + "einwilligung/",
        *(own_page + "aendern/" for own_page in own_pages[9:]),
        own_pages[10] + "absagen/",
        "/fachtag-demo/livestream/",
        "/abgesagt/livestream/",
        "/vorsichtig/anmeldung/bestaetigen/",
        "/anmeldung/link/",
        "/anmeldung/link/gesendet/",
        "/anmeldung/geloescht/",
        "/impressum/",
        "/datenschutz/",
        "/barrierefreiheit/",
        "/kontakt/",
        "/kontakt/gesendet/",
        "/gibt-es-nicht/",
    ]

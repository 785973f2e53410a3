"""Every public page in every state, on a site that runs."""

from datetime import date, timedelta
from pathlib import Path

from tests import factories
from tests.running import RunningSite

# What cannot be done through a browser yet: small workshops, cancelling, and events that are not simply open.
_MAKE = """
from datetime import timedelta
from django.utils import timezone
from events.models import Event
from registration import booking
from registration.booking import Choice, Guest
now = timezone.now()
event = Event.objects.get(slug="klein")
def go(name, number, waiting=False):
    guest = Guest(name, "Beispiel", f"{name.lower()}@example.org", "Amt für Übergänge", "Eine Rampe")
    return booking.register(event, guest, Choice(event.workshops.get(number=number), waiting), now).registration
frida, bob, ole = go("Frida", 1), go("Bob", 2), go("Ole", 3)
charlie = go("Charlie", 2, waiting=True)
booking.cancel(ole, now)
for slug, values in {
    "abgesagt": {"status": "cancelled"},
    "verschoben": {"status": "postponed"},
    "bald": {"registration_opens_at": now + timedelta(days=1)},
    "zu": {"registration_closes_at": now - timedelta(days=1)},
}.items():
    Event.objects.filter(slug=slug).update(**values)
for registration in (frida, charlie, ole):
    print(registration.get_absolute_url())
"""


def make(site: RunningSite, folder: Path) -> list[str]:
    """Bring the site into every state and give the addresses of its pages."""
    ahead = (date.today() + timedelta(days=60)).isoformat()
    small = folder / "klein.toml"
    small.write_text(factories.EXAMPLE.read_text().replace("capacity = 25", "capacity = 1"))
    for slug in ("abgesagt", "verschoben", "bald", "zu"):
        site.manage("import_event", str(factories.EXAMPLE), "--slug", slug, "--starting", ahead)
    site.manage("import_event", str(small), "--slug", "klein", "--starting", ahead)
    own_pages = site.manage("shell", "-v0", "-c", _MAKE).split()
    events = ["fachtag-demo", "fachtag-2021", "klein", "abgesagt", "verschoben", "bald", "zu"]
    return [
        "/",
        *(f"/{slug}/" for slug in events),
        *(f"/{slug}/anmeldung/" for slug in events),
        *own_pages,
        own_pages[0] + "aendern/",
        own_pages[0] + "absagen/",
        "/impressum/",
        "/datenschutz/",
        "/barrierefreiheit/",
        "/kontakt/",
        "/kontakt/gesendet/",
        "/gibt-es-nicht/",
    ]

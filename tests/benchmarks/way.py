"""A guest's whole way, form, POST and own page, against three requests to an empty Django view on the same server; and
the same with 100 and with 100,000 registrations in the event. What counts is the CPU that the servers take for it.

Of the 100,000 a thousand sit in workshops, a thousand wait, and the others follow the livestream: seats and lines are
counted in their indexes, which costs as much as there are of them."""

import os
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from tests.benchmarks.pages import empty
from tests.running import RunningSite

GUESTS = 100
WARM = 40
SLUG = "fachtag-demo"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RunningSite(Path(folder), RATE_LIMITS="off").running() as site:
        site.manage("shell", "-v0", "-c", WIDE)
        with empty(site) as port:
            few, nothing = walk(site, fill(site, 100)), three_empty_requests(port)
            many = walk(site, fill(site, 100_000))
    database = site.environment["DATABASE_URL"].partition(":")[0]
    print(
        f"A guest's way, {database}: {sum(few.values()) / nothing:.1f} times three empty requests"
        f" ({1000 * nothing:.1f} ms); with 100,000 registrations against 100: "
        + ", ".join(f"{name} {many[name] / few[name]:.2f} ({1000 * few[name]:.1f} ms)" for name in few)
    )


def three_empty_requests(port: int) -> float:
    """Seconds of CPU, of so many that they can be told from nothing."""

    def ask() -> None:
        for _request in range(30):
            urlopen(f"http://127.0.0.1:{port}/").read()

    return cpu(ask) / 10


def fill(site: RunningSite, crowd: int) -> int:
    """Bring the event to so many registrations."""
    site.manage("shell", "-v0", "-c", CROWD.format(crowd=crowd))
    return crowd


def walk(site: RunningSite, crowd: int) -> dict[str, float]:
    """Seconds of CPU for each step, one guest after the other."""
    form = cpu(lambda: site.get(f"/{SLUG}/anmeldung/"))
    page = cpu(lambda: site.get(f"/{SLUG}/"))
    filled = [site.open_form(SLUG, email=f"weg{crowd}.{number}@example.org") for number in range(GUESTS + WARM)]
    time.sleep(2.1)
    own_pages: list[str] = []

    def post() -> None:
        data, cookie = filled[len(own_pages)]
        status, answer, headers = site.post(f"/{SLUG}/anmeldung/", data, cookie)
        assert status == 302, answer
        own_pages.append(headers["Location"])

    sent = cpu(post)
    own_page = cpu(lambda: site.get(own_pages[0]))
    print(f"{crowd} registrations: event page {1000 * page:.1f} ms")
    return {"form": form, "POST": sent, "own page": own_page}


def cpu(step: Callable[[], object]) -> float:
    """Seconds of CPU that one step costs the servers, all of which come of this process; the worker is none of them."""
    for _guest in range(WARM):
        step()
    before = _burnt()
    for _guest in range(GUESTS):
        step()
    return (_burnt() - before) / GUESTS


def _burnt() -> float:
    found = [os.getpid()]
    for pid in found:
        with suppress(OSError):
            found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    servers = [pid for pid in found[1:] if b"\0work" not in Path(f"/proc/{pid}/cmdline").read_bytes()]
    threads = [thread for pid in servers for thread in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


WIDE = """
from events.models import Workshop
workshops = Workshop.objects.filter(event__slug="fachtag-demo")
workshops.filter(number=1).update(capacity=1000)
workshops.exclude(number=1).update(capacity=0)
"""

CROWD = """
from django.utils import timezone
from events.models import Event
from registration.models import Place, Registration
event = Event.objects.get(slug="fachtag-demo")
there, now = event.registrations.count(), timezone.now()
first, *full = event.workshops.select_related("slot").order_by("number")
guests = Registration.objects.bulk_create([
    Registration(event=event, state="waiting" if 1000 <= n < 2000 else "confirmed", livestream=n >= 2000,
                 first_name="Gast", last_name="Menge", email=f"m{{n}}@example.org", person=f"{{n:064}}",
                 registered_at=now, changed_at=now)
    for n in range(there, {crowd})
], batch_size=1000)
Place.objects.bulk_create([
    Place(registration=guest, round=chosen.slot, workshop=chosen, queued_at=now if guest.state == "waiting" else None)
    for n, guest in enumerate(guests) if not guest.livestream
    for chosen in [full[n % 2] if n % 3 or guest.state == "waiting" else first]
], batch_size=1000)
"""

if __name__ == "__main__":
    main()

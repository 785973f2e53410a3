"""How long guests wait for their answer who register while many others move up."""

import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.running import ROOT, RunningSite

WAITING, GUESTS = 400, 20
SLUG = "groesserer-raum"

Form = tuple[dict[str, str], str]  # what is sent, and the cookie


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RunningSite(Path(folder), RATE_LIMITS="off").running() as site:
        first = long_line(site)
        alone = send_at_once(site, filled(site, "allein"))
        waits, seconds = register_meanwhile(site, first)
    database = site.environment["DATABASE_URL"].partition(":")[0]
    print(
        f"{GUESTS} register at once while {WAITING} move up, {database}: longest wait {max(waits):.2f} s, median"
        f" {statistics.median(waits):.2f} s; while nobody does {max(alone):.2f} s and {statistics.median(alone):.2f} s;"
        f" moving up took {seconds:.1f} s"
    )


def long_line(site: RunningSite) -> str:
    """An event with a long line for its first workshop; gives the own page of who is first in it."""
    return site.manage("shell", "-v0", "-c", CROWD).strip()


def register_meanwhile(site: RunningSite, first: str) -> tuple[list[float], float]:
    """The workshop gets a larger room; once the first has moved, guests register for another one. Gives the seconds
    that each waits, and those that moving up takes."""
    forms = filled(site, "neu")
    site.manage("shell", "-v0", "-c", LARGER)
    start = time.perf_counter()
    # Beside the worker, which takes a breath between two portions.
    with subprocess.Popen([sys.executable, "manage.py", "move_up"], cwd=ROOT, env=site.environment) as moving:
        site.wait_until(lambda: "Sie sind angemeldet." in site.get(first)[1])
        waits = send_at_once(site, forms)
        assert moving.wait() == 0
    return waits, time.perf_counter() - start


def filled(site: RunningSite, name: str) -> list[Form]:
    """A form for each guest, open long enough to be sent."""
    who = [{"first_name": f"{name} {number}", "email": f"{name}{number}@example.org"} for number in range(GUESTS)]
    forms = [site.open_form(SLUG, workshop="2", **guest) for guest in who]
    time.sleep(2.1)
    return forms


def send_at_once(site: RunningSite, forms: list[Form]) -> list[float]:
    """Seconds from sending each form to its answer."""

    def send(form: Form) -> float:
        start = time.perf_counter()
        status, answer, _headers = site.post(f"/{SLUG}/anmeldung/", *form)
        assert status == 302, answer
        return time.perf_counter() - start

    with ThreadPoolExecutor(GUESTS) as pool:
        return list(pool.map(send, forms))


CROWD = f"""
from tests import factories
event = factories.an_open_event("{SLUG}")
factories.workshop(event, 1, capacity=0)
factories.workshop(event, 2, capacity=None)
line = [factories.registered(event, factories.guest(number), 1, waiting=True) for number in range({WAITING})]
print(line[0].get_absolute_url())
"""

LARGER = f"""
from events.models import Workshop
Workshop.objects.filter(event__slug="{SLUG}", number=1).update(capacity={WAITING})
"""

if __name__ == "__main__":
    main()

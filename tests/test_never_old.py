"""No answer is older than a second, whoever changed the database: changes by a process of its own, on a running site
whose pages are asked for all the time, so that they are given from memory."""

import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest

from tests.running import RunningSite

# What another process does, the page that shows it, and what stands there afterwards and did not before.
_CHANGES = {
    "seats": (
        "booking.register(event, Guest('Bob', 'Müller', 'bob@example.org'), Choice.of(event.workshops.get(number=1)),"
        " now, agreed=['recording'])",
        "/fachtag-demo/",
        "noch 24 von 25",
    ),
    "title": ("event.title = 'Ein neuer Titel'; event.save()", "/fachtag-demo/", "Ein neuer Titel"),
    "title on the overview": ("event.title = 'Noch ein Titel'; event.save()", "/", "Noch ein Titel"),
    "title in the feed": ("event.title = 'Titel im Kalender'; event.save()", "/kalender.ics", "Titel im Kalender"),
    "person": (
        "Speaker.objects.filter(name='Jennifer Diehl').update(name='Jennifer Neu')",
        "/fachtag-demo/",
        "Jennifer Neu",
    ),
    "room": ("event.workshops.filter(number=2).update(room='Saal 7')", "/fachtag-demo/", "Saal 7"),
    "consent": (
        "event.consent_requests.filter(purpose='recording').update(wording='Ich bin einverstanden.')",
        "/fachtag-demo/anmeldung/",
        "Ich bin einverstanden.",
    ),
    "note on recordings": ("event.recording = 'Es wird gefilmt.'; event.save()", "/fachtag-demo/", "Es wird gefilmt."),
    "legal text": (
        "page = LegalPage.objects.get(key='imprint'); page.body = 'Ein eigener Text.'; page.save()",
        "/impressum/",
        "Ein eigener Text.",
    ),
    "phone": ("Organiser.objects.update(phone='+49 3731 123456')", "/fachtag-demo/", "+49 3731 123456"),
    "clock": (
        "end = now + timedelta(seconds=2);"
        "Event.objects.filter(slug='fachtag-demo').update(registration_closes_at=end);"
        "time.sleep((end - timezone.now()).total_seconds())",
        "/fachtag-demo/",
        "Die Anmeldung ist geschlossen",
    ),
    "status": ("event.status = 'cancelled'; event.save()", "/fachtag-demo/", "abgesagt"),
    "draft": ("event.status = 'draft'; event.save()", "/fachtag-demo/", "404"),
}

_SHELL = """
import time
from datetime import timedelta
from django.utils import timezone
from events.models import Event, LegalPage, Organiser, Speaker
from registration import booking
from registration.booking import Choice, Guest
event = Event.objects.get(slug="fachtag-demo")
now = timezone.now()
{change}
print(time.time())
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    with RunningSite(tmp_path_factory.mktemp("never-old")).running() as site:
        yield site


@pytest.mark.parametrize("what", _CHANGES)
def test_shown_within_a_second(site: RunningSite, what: str) -> None:
    change, path, text = _CHANGES[what]
    asked: list[tuple[float, bool, int]] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            at = time.time()
            status, page, _headers = site.get(path)
            asked.append((at, text in page or str(status) == text, status))

    crowd = [threading.Thread(target=ask) for _visitor in range(4)]
    for visitor in crowd:
        visitor.start()
    try:
        time.sleep(0.7)
        committed = float(site.manage("shell", "-v0", "-c", _SHELL.format(change=change)).split()[-1])
        time.sleep(max(committed + 1.5 - time.time(), 0))
    finally:
        is_over.set()
        for visitor in crowd:
            visitor.join()
    before = [new for at, new, _status in asked if at < committed - 0.5]
    after = [(new, status) for at, new, status in asked if at > committed + 1]
    assert len(before) > 5
    assert len(after) > 5
    assert set(before) == {False}
    assert set(after) == {(True, 404 if what == "draft" else 200)}


def test_it_was_given_from_memory(site: RunningSite) -> None:
    """Without that, all of the above would prove nothing."""
    path = "/fachtag-2021/"
    site.get(path)
    start = time.monotonic()
    for _request in range(100):
        site.get(path)
    kept = time.monotonic() - start
    start = time.monotonic()
    for _request in range(100):
        site._ask("GET", path, headers={"Cookie": "a=1"})
    assert kept < time.monotonic() - start


def test_who_is_told_that_nothing_has_changed_stays_connected(site: RunningSite) -> None:
    connection = HTTPConnection("127.0.0.1", site.port, timeout=10)
    known, statuses = "", []
    for _time in range(3):
        connection.request("GET", "/fachtag-2021/", headers={"If-None-Match": known})
        response = connection.getresponse()
        response.read()
        known = response.headers["ETag"]
        statuses.append((response.status, response.headers.get("Connection")))
    connection.close()
    assert statuses == [(200, None), (304, None), (304, None)]

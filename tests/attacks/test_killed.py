"""`kill -9`, under load."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPException
from itertools import count
from pathlib import Path
from threading import Event

from fachtag import supervisor
from tests.benchmarks.way import WIDE
from tests.registration.test_outbox import AN_HOUR_LATER
from tests.running import ROOT, RunningSite

VISITORS, GUESTS, ADDRESSED = 4, 60, 1000
SERVERS = supervisor.SERVER_PROCESSES


@contextmanager
def visitors(site: RunningSite) -> Iterator[Counter[object]]:
    """Visitors who open one page after the other, and what they were answered."""
    answers: Counter[object] = Counter()
    done = Event()

    def visit() -> None:
        while not done.is_set():
            try:
                answers[site.get("/fachtag-demo/")[0]] += 1
            except (OSError, HTTPException) as error:
                answers[type(error).__name__] += 1

    with ThreadPoolExecutor(VISITORS) as pool:
        futures: list[Future[None]] = [pool.submit(visit) for _visitor in range(VISITORS)]
        try:
            time.sleep(0.5)
            yield answers
        finally:
            done.set()
    for future in futures:
        future.result()


def servers(site: RunningSite) -> set[int]:
    return {pid for pid in site.processes() if "fachtag.server" in command(pid)}


def workers(site: RunningSite) -> list[int]:
    return [pid for pid in site.processes() if "manage.py work" in command(pid)]


def command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def test_a_killed_server_process_is_started_again(running_site: RunningSite) -> None:
    before = servers(running_site)
    assert len(before) == SERVERS
    with visitors(running_site) as answers:
        for victim in before:
            os.kill(victim, signal.SIGKILL)
            running_site.wait_until(
                lambda: len(servers(running_site) - before) == SERVERS - len(before & servers(running_site)), seconds=10
            )
            time.sleep(1.5)
    assert servers(running_site) & before == set()
    lost = answers.total() - answers[200]
    assert lost <= SERVERS * VISITORS, answers
    assert answers[200] > 100, answers


def test_servers_killed_while_guests_register_leave_nobody_half_registered(tmp_path: Path) -> None:
    """Whoever gets no answer sends the form again, and is registered once, with everything and with one mail."""
    site, own_pages = RunningSite(tmp_path, RATE_LIMITS="off"), list[str]()

    def register(form: tuple[dict[str, str], str]) -> int:
        """Send the form until it is answered, and say how often that took."""
        for attempt in count(1):
            with suppress(OSError, HTTPException):
                status, page, headers = site.post("/fachtag-demo/anmeldung/", *form)
                assert status == 302, page
                own_pages.append(headers["Location"])
                return attempt
            time.sleep(0.05)
        raise AssertionError

    with site.running():
        site.manage("shell", "-v0", "-c", WIDE)
        who = [{"first_name": f"Gast {number}", "email": f"gast{number}@example.org"} for number in range(GUESTS)]
        forms = [site.open_form("fachtag-demo", **guest) for guest in who]
        time.sleep(2.1)
        with ThreadPoolExecutor(VISITORS) as pool:
            attempts = pool.map(register, forms)
            for enough in range(5, GUESTS - VISITORS, 10):
                site.wait_until(lambda enough=enough: len(own_pages) >= enough)
                for victim in servers(site):
                    os.kill(victim, signal.SIGKILL)
        assert sum(attempts) > GUESTS, "no answer was ever cut off"
        site.wait_until(lambda: len(site.mails()) >= GUESTS)
        whole = json.loads(site.manage("shell", "-v0", "-c", WHOLE))
    assert sorted(mail["To"] for mail in site.mails()) == sorted(guest["email"] for guest in who)
    assert sorted(own_page for own_page, *_parts in whole) == sorted(own_pages)
    assert Counter(tuple(parts) for _own_page, *parts in whole) == {(1, 3, 1): GUESTS}


WHOLE = """
import json
from registration.models import Registration
guests = Registration.objects.all()
found = [[one.get_absolute_url(), one.places.count(), one.consents.count(), one.mails.count()] for one in guests]
print(json.dumps(found))
"""


def test_a_worker_killed_while_a_message_goes_to_a_thousand_loses_and_doubles_none(tmp_path: Path) -> None:
    """Meanwhile many register at the same moment: nobody is refused, and everybody hears of it before the message is
    through."""
    site = RunningSite(tmp_path, RATE_LIMITS="off")
    kills: list[int] = []

    def mails() -> int:
        return len(list((tmp_path / "var" / "mail").glob("*.eml")))

    def kill_worker_at(enough: int) -> None:
        site.wait_until(lambda: mails() >= enough and workers(site) not in ([], kills[-1:]), seconds=180)
        kills.append(workers(site)[0])
        os.kill(kills[-1], signal.SIGKILL)

    with site.running():
        site.manage("shell", "-v0", "-c", CROWD)
        forms = [
            site.open_form("fachtag-demo", first_name=f"Neu {number}", email=f"neu{number}@example.org")
            for number in range(GUESTS)
        ]
        time.sleep(2.1)
        site.manage("shell", "-v0", "-c", SEND)
        kill_worker_at(50)
        with ThreadPoolExecutor(GUESTS) as pool:
            answers = list(pool.map(lambda form: site.post("/fachtag-demo/anmeldung/", *form)[0], forms))
        assert answers == [302] * GUESTS
        site.wait_until(lambda: how_far(site)["not heard"] == 0)
        assert 0 < how_far(site)["not yet"] < ADDRESSED
        for enough in (400, 700):
            kill_worker_at(enough)
        site.wait_until(lambda: how_far(site)["not yet"] == 0, seconds=180)
    site.manage("shell", "-v0", "-c", AN_HOUR_LATER)
    assert how_far(site) == {"not yet": 0, "not heard": 0, "message": ADDRESSED, "confirmed": GUESTS}
    arrived = Counter(mail["Message-ID"] for mail in site.mails())
    addressed = Counter({mail["Message-ID"]: mail["To"] for mail in site.mails()}.values())
    whom = [
        *(f"m{number}@example.org" for number in range(ADDRESSED)),
        *(f"neu{number}@example.org" for number in range(GUESTS)),
    ]
    assert addressed == dict.fromkeys(whom, 1)
    assert arrived.total() <= len(whom) + len(kills)  # at most the one that was on the line


CROWD = f"""
from django.utils import timezone
from events.models import Event, Workshop
from registration.models import Place, Registration
Workshop.objects.update(capacity=None)
event, now = Event.objects.get(slug="fachtag-demo"), timezone.now()
workshop = event.workshops.select_related("slot").get(number=2)
guests = Registration.objects.bulk_create([
    Registration(event=event, state="confirmed", first_name="Gast", last_name=f"{{n}}", email=f"m{{n}}@example.org",
                 person=f"{{n:064}}", address_known=True, registered_at=now, changed_at=now)
    for n in range({ADDRESSED})
])
Place.objects.bulk_create([Place(registration=guest, round=workshop.slot, workshop=workshop) for guest in guests])
"""

SEND = """
from django.utils import timezone
from events.models import Event
from registration import messages
event, now = Event.objects.get(slug="fachtag-demo"), timezone.now()
message = event.messages.create(group="all", subject="Neuer Raum", text="Hallo {name}, {seat}", changed_at=now)
[group] = [group for group in messages.groups(event, now, with_needs=False) if group.key == "all"]
messages.confirm(message, messages.seen(message, group), "alice", now, with_needs=False)
"""

HOW_FAR = """
import json
from registration.models import MessageRecipient, OutgoingMail
mails = OutgoingMail.objects.filter(failed_at=None)
kinds = {kind: mails.filter(kind=kind).values("registration").distinct().count() for kind in ("message", "confirmed")}
assert mails.count() == sum(kinds.values())
not_yet = MessageRecipient.objects.filter(handled_at=None).count()
not_heard = mails.filter(kind="confirmed", sent_at=None).count()
print(json.dumps({"not yet": not_yet, "not heard": not_heard, **kinds}))
"""


def how_far(site: RunningSite) -> dict[str, int]:
    found: dict[str, int] = json.loads(site.manage("shell", "-v0", "-c", HOW_FAR))
    return found


def test_the_killed_worker_is_started_again(running_site: RunningSite) -> None:
    (worker,) = workers(running_site)
    os.kill(worker, signal.SIGKILL)
    running_site.wait_until(lambda: workers(running_site) not in ([], [worker]), seconds=10)


def test_what_is_left_by_a_killed_launcher_ends_and_frees_the_port(tmp_path: Path) -> None:
    site = RunningSite(tmp_path)
    with site.running():
        processes = site.processes()
        assert len(processes) == 1 + SERVERS + 1
        os.kill(site.pid, signal.SIGKILL)
        site.wait_until(lambda: not any(map(command, processes)), seconds=10)
    with site.running():
        assert site.get("/fachtag-demo/")[0] == 200


def test_a_server_that_cannot_start_ends_the_launcher_with_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        done = subprocess.run(
            [sys.executable, "-m", "fachtag.supervisor", str(listener.fileno())],
            cwd=ROOT,
            env=RunningSite(tmp_path).environment | {"SECRET_KEY": "too short"},
            pass_fds=[listener.fileno()],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.endswith("\nThe server cannot be started; what it said is above.\n")
    assert done.stderr.count("ImproperlyConfigured: SECRET_KEY must be set") == SERVERS * supervisor.GIVE_UP

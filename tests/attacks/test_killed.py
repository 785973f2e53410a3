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
from tests.running import ROOT, RunningSite

VISITORS, GUESTS = 4, 60
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


def test_the_killed_worker_is_started_again(running_site: RunningSite) -> None:
    (worker,) = [pid for pid in running_site.processes() if "manage.py work" in command(pid)]
    os.kill(worker, signal.SIGKILL)
    running_site.wait_until(
        lambda: [pid for pid in running_site.processes() if "manage.py work" in command(pid)] not in ([], [worker]),
        seconds=10,
    )


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

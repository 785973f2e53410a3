"""`kill -9`, under load."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from threading import Event

from fachtag import supervisor
from tests.running import ROOT, RunningSite

VISITORS = 4
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

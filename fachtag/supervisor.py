"""Keeps the processes of the site alive: whichever ends is started again, and all end with this one.

It takes the place of the process that prepared the site, and has no Django in it, so that it stays small. It holds the
socket on which the server processes answer: nobody is refused while one of them is started again.
"""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import NoReturn

# One process answers while another waits for the disk; SQLite and a small machine need no more.
SERVER_PROCESSES = 2
STARTING = 10  # seconds: what ends sooner, and with an error, never got going
LONGEST_PAUSE = 60  # seconds between two starts
GIVE_UP = 3  # starts in a row that came to nothing
PR_SET_PDEATHSIG = 1


def listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=1024)


def become(listener: socket.socket, *, worker: bool) -> NoReturn:
    """Become this program."""
    os.set_inheritable(listener.fileno(), True)
    arguments = (str(listener.fileno()), *(["worker"] if worker else []))
    os.execv(sys.executable, [sys.executable, "-m", "fachtag.supervisor", *arguments])


class Supervised:
    """A process that is started again when it ends: at once if it ran, else after a pause that doubles."""

    def __init__(self, *arguments: str, listener: int | None = None) -> None:
        self.command = [sys.executable, *arguments]
        self.passed = () if listener is None else (listener,)
        self.failures = 0
        self.start()

    def start(self) -> None:
        """In a session of its own, so that Ctrl+C reaches it through us."""
        self.process = subprocess.Popen(
            self.command, pass_fds=self.passed, start_new_session=True, preexec_fn=end_with_parent
        )
        self.started = time.monotonic()
        self.ended = False

    def look_after(self) -> None:
        code, lived = self.process.poll(), time.monotonic() - self.started
        if code is None:
            return
        if not self.ended:
            self.ended = True
            self.failures = self.failures + 1 if code > 0 and lived < STARTING else 0
        if lived >= min(2**self.failures, LONGEST_PAUSE):
            self.start()


def end_with_parent() -> None:
    """Whoever kills us with -9 ends our processes too: they would hold the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def main(listener: int, *, worker: bool) -> int:
    """Run until a signal comes, or no server process can be started."""
    stopping = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    servers = [Supervised("-m", "fachtag.server", str(listener), listener=listener) for _ in range(SERVER_PROCESSES)]
    others = [Supervised("manage.py", "work")] if worker else []
    while not stopping and any(server.failures < GIVE_UP for server in servers):
        for process in (*servers, *others):
            process.look_after()
        time.sleep(0.2)
    for process in (*servers, *others):
        process.process.terminate()
    for process in (*servers, *others):
        process.process.wait()
    if not stopping:
        print("The server cannot be started; what it said is above.", file=sys.stderr)
    return 0 if stopping else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), worker="worker" in sys.argv[2:]))

"""How many mails a second one worker hands to a mail server on the same machine."""

import os
import socket
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.running import RunningSite

MAILS = 3000


class Sink:
    """The least that a mail server can be: takes everything, keeps when it came and what its Message-ID was."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.arrived: list[tuple[float, str]] = []
        self.connections = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            try:
                client, _address = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=[client], daemon=True).start()

    def _talk(self, client: socket.socket) -> None:
        with suppress(OSError), client, client.makefile("rb") as lines:  # who talks to it may be killed
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.sendall(b"220 sink\r\n")
            for line in lines:
                command = line[:4].upper()
                if command == b"DATA":
                    client.sendall(b"354 go on\r\n")
                    content = b"".join(iter(lines.readline, b".\r\n"))
                    number = content.lower().partition(b"message-id: ")[2].partition(b"\r\n")[0]
                    self.arrived.append((time.monotonic(), number.decode()))
                client.sendall(b"221 bye\r\n" if command == b"QUIT" else b"250 OK\r\n")
                if command == b"QUIT":
                    return

    def close(self) -> None:
        self.socket.close()


def mails_a_second() -> None:
    """Confirmations, each to a mailbox of its own, written and sent on the database of this run; from first to last."""
    sink = Sink()
    with tempfile.TemporaryDirectory() as folder:
        site = RunningSite(Path(folder), EMAIL_URL=f"smtp://127.0.0.1:{sink.port}", MAIL_FROM="fachtag@example.org")
        site.manage("migrate", "-v0")
        site.manage("shell", "-v0", "-c", STORE.format(count=MAILS))
        site.manage("deliver")
    sink.close()
    seconds = sink.arrived[-1][0] - sink.arrived[0][0]
    kind = "PostgreSQL" if os.environ.get("DATABASE_URL", "").startswith("postgres") else "SQLite"
    assert len({number for _when, number in sink.arrived}) == len(sink.arrived) == MAILS
    print(f"Mails a second, one worker, {kind}: {MAILS / seconds:.0f} ({sink.connections} connections)")


STORE = """
from django.db import transaction
from django.utils import timezone
from registration import mails
from registration.models import OutgoingMail
from tests import factories
registration = factories.by_hand(factories.an_open_event())
with transaction.atomic():
    OutgoingMail.objects.all().delete()
    for number in range({count}):
        registration.email = f"gast{{number}}@example.org"
        mails.confirmed(registration, timezone.now())
"""

if __name__ == "__main__":
    mails_a_second()

"""Mails leave over real SMTP conversations, whatever the server on the other side does."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from events.models import Event
from registration import booking, disk, outbox
from registration.mails import catalogue
from registration.models import OutgoingMail, Registration
from tests import factories
from tests.benchmarks.mails import STORE, Sink
from tests.running import ROOT, RunningSite, free_port

NOW = timezone.now()


class Server:
    """A mail server that answers as a test wants it to."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.senders: list[str] = []
        self.on_recipient = "250 OK"
        self.on_data = "250 OK"
        self.before_answer: Callable[[], None] = lambda: None
        self.cut_at = ""
        self.connections = 0
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def cut_the_line_at(self, step: str) -> None:
        """End the connection once at this step, without a word."""
        self.cut_at = step

    def _cut(self, step: str, server: Any) -> bool:
        if self.cut_at != step:
            return False
        self.cut_at = ""
        server.transport.abort()
        return True

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self._cut("recipient", server):
            return "421 gone"
        if self.on_recipient.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.on_recipient

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self._cut("content", server):
            return "421 gone"
        if self.on_data.startswith("250"):
            message = message_from_bytes(envelope.content, policy=default)
            assert isinstance(message, EmailMessage)
            self.received.append(message)
            self.senders.append(envelope.mail_from)
        self.before_answer()
        self._cut("answer", server)
        return self.on_data


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    server = Server()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", server.port, 2
    server.controller.start()
    yield server
    server.controller.stop()


def only() -> OutgoingMail:
    return OutgoingMail.objects.get()


def test_it_works(server: Server, bob: Registration) -> None:
    assert outbox.deliver(NOW + timedelta(hours=1))
    assert not outbox.deliver(NOW + timedelta(hours=1))
    [message] = server.received
    assert message["Subject"] == "Angemeldet: 6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen"
    assert message["To"] == "bob@example.org"
    assert message["From"] == "Landratsamt Mittelsachsen <fachtag@127.0.0.1>"
    assert message["Reply-To"] == "Landratsamt Mittelsachsen <integration@landkreis-mittelsachsen.de>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Date"].datetime
    assert message["Message-ID"].endswith("@127.0.0.1>")
    assert server.senders == ["fachtag@127.0.0.1"]
    assert only().sent_at is not None


def test_what_a_guest_reads(server: Server, event: Event) -> None:
    bob = factories.by_hand(event)
    outbox.deliver(NOW + timedelta(hours=1))
    [message] = server.received
    parts = {part.get_content_type(): part for part in message.walk() if not part.is_multipart()}
    assert list(parts) == ["text/plain", "text/html", "text/calendar"]
    link = f"http://127.0.0.1:8000/anmeldung/{bob.token}/"
    for kind in ("text/plain", "text/html"):
        text = " ".join(parts[kind].get_content().split())
        for fact in (
            "Guten Tag Bob Müller,",
            "Sie sind angemeldet. Ihr Platz im Workshop „2. Darf es etwas mehr als Folklore sein?“ ist reserviert.",
            "8:30 – 16:00 Uhr",
            "Deutsches Brennstoffinstitut (DBI), Halsbrücker Straße 34, 09599 Freiberg",
            factories.RECORDING,
            link,
            "Landratsamt Mittelsachsen",
        ):
            assert fact in text, (kind, fact)
    assert parts["text/calendar"].get_filename() == "fachtag-demo.ics"
    assert dict(parts["text/calendar"]["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}


def test_waiting_has_no_entry(server: Server, event: Event) -> None:
    factories.fill(event, 2)
    OutgoingMail.objects.all().delete()
    factories.registered(event, waiting=True)
    outbox.deliver(NOW + timedelta(hours=1))
    [message] = server.received
    assert message["Subject"] == "Warteliste: 6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen"
    assert [part.get_content_type() for part in message.walk() if part.get_filename()] == []


def test_cancelled_takes_the_entry_back(server: Server, bob: Registration) -> None:
    booking.cancel(bob, timezone.now())
    while outbox.deliver(NOW + timedelta(hours=1)):
        pass
    message = server.received[-1]
    assert message["Subject"] == "Abgemeldet: 6. Fachtag: 5 Jahre Integrationsarbeit Mittelsachsen"
    [entry] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    content = entry.get_payload(decode=True)
    assert isinstance(content, bytes)
    assert b"STATUS:CANCELLED\r\n" in content
    assert b"SEQUENCE:1\r\n" in content


def test_no_entities_in_text_and_no_html_from_guests(server: Server, event: Event) -> None:
    event.title = "Kinder & Jugend <b>"
    event.save()
    factories.by_hand(event, booking.Guest("<i>Bob</i>", "O'Neill & Co", "bob@example.org"))
    outbox.deliver(NOW + timedelta(hours=1))
    [message] = server.received
    assert message["Subject"] == "Angemeldet: Kinder & Jugend <b>"
    plain, html = (message.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None
    assert html is not None
    assert "Guten Tag <i>Bob</i> O'Neill & Co," in plain.get_content()
    assert "&lt;i&gt;Bob&lt;/i&gt; O&#x27;Neill &amp; Co," in html.get_content()


def test_a_temporary_refusal_is_tried_again_later(server: Server, bob: Registration) -> None:
    server.on_recipient = "451 greylisted"
    now = NOW + timedelta(hours=1)
    assert outbox.deliver(now)
    mail = only()
    assert (mail.attempts, mail.sent_at, mail.failed_at, mail.error) == (1, None, None, "451 greylisted")
    assert mail.next_try_at == now + timedelta(minutes=1)
    assert not outbox.deliver(now)
    server.on_recipient = "250 OK"
    assert outbox.deliver(now + timedelta(minutes=1))
    assert len(server.received) == 1
    assert only().error == ""


@pytest.mark.parametrize("where", ["on_recipient", "on_data"])
def test_a_final_refusal_is_given_up_and_shown(server: Server, bob: Registration, where: str) -> None:
    setattr(server, where, "550 no such mailbox")
    now = NOW + timedelta(hours=1)
    outbox.deliver(now)
    mail = only()
    assert (mail.failed_at, mail.error) == (now, "550 no such mailbox")
    assert not outbox.deliver(now + timedelta(days=30))
    setattr(server, where, "250 OK")
    outbox.send_again(mail, now)
    outbox.deliver(now)
    assert len(server.received) == 1
    assert only().failed_at is None


def test_no_server_at_all(settings: Settings, bob: Registration) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    now, waits = NOW + timedelta(hours=1), []
    for _attempt in range(outbox.MAX_ATTEMPTS):
        assert outbox.deliver(now)
        waits.append(only().next_try_at - now)
        now = only().next_try_at
    assert waits[:4] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4), timedelta(minutes=8)]
    assert max(waits) == timedelta(hours=6)
    assert sum(waits, timedelta()) > timedelta(days=3)
    assert only().failed_at is not None
    assert "ConnectionRefusedError" in only().error


def test_a_server_that_hangs(server: Server, bob: Registration) -> None:
    server.before_answer = lambda: time.sleep(3)
    outbox.deliver(NOW + timedelta(hours=1))
    assert only().sent_at is None
    assert only().attempts == 1


@pytest.mark.parametrize(("step", "copies"), [("recipient", 1), ("content", 1), ("answer", 2)])
def test_a_line_that_is_cut(server: Server, event: Event, step: str, copies: int) -> None:
    """Nothing is lost; twice comes only the mail whose answer nobody heard."""
    for number in range(3):
        factories.registered(event, factories.guest(number), 1)
    server.cut_the_line_at(step)
    now = NOW + timedelta(hours=1)
    for _minute in range(3):
        while outbox.deliver(now):
            pass
        now += timedelta(minutes=1)
    arrived = Counter(message["To"] for message in server.received)
    assert sorted(arrived.values()) == [1, 1, copies]
    assert set(arrived) == {f"gast{number}@example.org" for number in range(3)}
    assert not OutgoingMail.objects.filter(sent_at__isnull=True).exists()


def test_a_lease_keeps_others_away(bob: Registration) -> None:
    now = NOW + timedelta(hours=1)
    assert outbox._lease(now) == [[only()]]
    assert outbox._lease(now) == []
    assert outbox._lease(now + outbox.LEASE) == [[only()]]


def test_a_portion_leaves_over_one_connection(server: Server, event: Event) -> None:
    for number in range(outbox.AT_ONCE + 1):
        factories.watching(event, factories.guest(number))
    assert outbox.deliver(NOW + timedelta(hours=1))
    assert (server.connections, len(server.received)) == (1, outbox.AT_ONCE)
    assert outbox.deliver(NOW + timedelta(hours=1))
    assert (server.connections, len(server.received)) == (2, outbox.AT_ONCE + 1)


def test_one_that_is_refused_keeps_no_other_of_the_portion(server: Server, event: Event) -> None:
    for number in range(3):
        factories.watching(event, factories.guest(number))
    answers = iter(["250 OK", "550 no such mailbox", "250 OK"])
    server.before_answer = lambda: setattr(server, "on_data", next(answers))
    outbox.deliver(NOW + timedelta(hours=1))
    found = [(mail.sent_at is not None, mail.error) for mail in OutgoingMail.objects.order_by("pk")]
    assert found == [(True, ""), (False, "550 no such mailbox"), (True, "")]


def test_a_slow_server_has_the_rest_of_the_portion_wait(
    server: Server, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for nobody's lease: whoever comes next may go on at once."""
    monkeypatch.setattr(outbox, "SECONDS", 0.1)
    server.before_answer = lambda: time.sleep(0.2)
    for number in range(3):
        factories.watching(event, factories.guest(number))
    now = NOW + timedelta(hours=1)
    for count in (1, 2, 3):
        assert outbox.deliver(now)
        assert len(server.received) == count
    assert not outbox.deliver(now)


@pytest.mark.parametrize("count", [1, 30])
def test_a_mail_costs_one_statement(server: Server, event: Event, count: int) -> None:
    """And a portion five more, whatever its length: look, take back, take, count, lease; not what tells the disk."""
    for number in range(count):
        factories.watching(event, factories.guest(number))
    with CaptureQueriesContext(connection) as queries:
        outbox.deliver(NOW + timedelta(hours=1))
    statements = [query["sql"].split()[0] for query in queries if "SAVEPOINT" not in query["sql"]]
    assert statements == ["SELECT"] * 4 + ["UPDATE"] * (1 + count)


def test_a_mail_and_its_registration_stand_or_fall_together(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*args: object, **kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(catalogue, "enqueue", break_down)
    with pytest.raises(RuntimeError):
        factories.registered(event)
    assert Registration.objects.count() == OutgoingMail.objects.count() == 0


def test_the_lease_outlasts_a_conversation(settings: Settings) -> None:
    steps = ("connect", "EHLO", "STARTTLS", "EHLO", "AUTH", "AUTH", "MAIL", "RCPT", "DATA", "content", "QUIT")
    assert timedelta(seconds=outbox.SECONDS + settings.EMAIL_TIMEOUT * len(steps)) < outbox.LEASE


def test_files_without_a_server(settings: Settings, bob: Registration, tmp_path: Path) -> None:
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = "registration.mailfiles.EmailBackend", str(tmp_path / "mail")
    outbox.deliver(NOW + timedelta(hours=1))
    [file] = (tmp_path / "mail").iterdir()
    assert file.suffix == ".eml"
    assert message_from_bytes(file.read_bytes(), policy=default)["To"] == "bob@example.org"


def test_kill_9_in_the_middle_loses_nothing_and_repeats_at_most_one(tmp_path: Path) -> None:
    """The worker dies while a mail is on the line; `make run` starts it again, and the lease runs out."""
    server = Server()
    workers: list[int] = []
    site = RunningSite(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{server.port}", MAIL_FROM="fachtag@example.org")

    def worker() -> int:
        found = subprocess.run(["pgrep", "-f", "manage.py work"], capture_output=True, text=True, check=False).stdout
        mine = [pid for pid in map(int, found.split()) if f"VAR_DIR={tmp_path}" in environ_of(pid)]
        return mine[0] if mine else 0

    def kill_once() -> None:
        if len(server.received) == 3 and not workers:
            workers.append(worker())
            os.kill(workers[0], signal.SIGKILL)

    server.before_answer = kill_once
    with site.running():
        for number in range(8):
            data, cookie = site.open_form("fachtag-demo", first_name=f"Gast {number}")
            time.sleep(2.05)
            assert site.post("/fachtag-demo/anmeldung/", data, cookie)[0] == 302
            if number == 1:
                server.controller.start()
        site.wait_until(lambda: workers and len({message["Message-ID"] for message in server.received}) >= 6)
        site.wait_until(lambda: worker() not in {0, workers[0]})
    site.manage("shell", "-v0", "-c", AN_HOUR_LATER)  # when nobody holds a lease that an hour makes run out
    server.controller.stop()
    arrived = Counter(message["Message-ID"] for message in server.received)
    assert len(arrived) == 8
    assert sorted(arrived.values(), reverse=True)[0] <= 2
    assert sum(arrived.values()) <= 9


def test_kill_9_at_full_speed(tmp_path: Path) -> None:
    """As fast as the worker is, and five times; each time at most one mail comes twice."""
    sink, count, kills = Sink(), 1500, 5
    site = RunningSite(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{sink.port}", MAIL_FROM="fachtag@example.org")
    site.manage("migrate", "-v0")
    site.manage("shell", "-v0", "-c", STORE.format(count=count))
    for kill in range(kills):
        with subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=site.environment) as worker:
            enough, end = len(sink.arrived) + 11 + 7 * kill, time.monotonic() + 60
            while len(sink.arrived) < enough and time.monotonic() < end:
                time.sleep(0.001)
            worker.kill()
        assert enough <= len(sink.arrived) < count
    site.manage("shell", "-v0", "-c", AN_HOUR_LATER)
    sink.close()
    arrived = Counter(number for _when, number in sink.arrived)
    assert len(arrived) == count
    assert sum(arrived.values()) <= count + kills


AN_HOUR_LATER = """
from datetime import timedelta
from django.utils import timezone
from registration import outbox
while outbox.deliver(timezone.now() + timedelta(hours=1)):
    pass
"""


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_only_marks_are_not_waited_for() -> None:
    """What was stored before a mail left is on the disk."""
    ask = {"sqlite": "PRAGMA synchronous", "postgresql": "SHOW synchronous_commit"}[connection.vendor]

    def waits() -> bool:
        with connection.cursor() as cursor:
            cursor.execute(ask)
            return cursor.fetchone()[0] in {2, "on"}

    assert waits()
    with disk.not_waited_for():
        assert not waits()
    assert waits()


def environ_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().replace(b"\0", b"\n").decode()
    except OSError:
        return ""

"""The site as `make run` starts it, in processes of its own, on the database of this test run."""

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg

ROOT = Path(__file__).parent.parent
PASSWORD = "geheim-genug-1"


LOGIN = """
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import User
user = User.objects.filter(username="leitung").first() or User.objects.create_superuser("leitung")
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(user.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = user.get_session_auth_hash()
session.create()
print(settings.SESSION_COOKIE_NAME, session.session_key)
"""


class RunningSite:
    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "VAR_DIR": str(folder / "var"),
            "PORT": str(self.port),
            "DATABASE_URL": fresh_database(folder),
            "DJANGO_SETTINGS_MODULE": "fachtag.settings",
            "MAKE_SECRET_KEY": "on",
            "ORGANISER_PASSWORD": PASSWORD,
            **environment,
        }

    @contextlib.contextmanager
    def running(self) -> Iterator["RunningSite"]:
        log = (self.folder / "log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "fachtag.run"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
        )
        self.pid = process.pid
        try:
            self.wait_until(self.answers, process)
            yield self
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)
            log.close()

    def wait_until(
        self, condition: object, process: "subprocess.Popen[bytes] | None" = None, seconds: int = 60
    ) -> None:
        assert callable(condition)
        end = time.monotonic() + seconds
        while not condition():
            assert process is None or process.poll() is None, self.log
            assert time.monotonic() < end, self.log
            time.sleep(0.1)

    def answers(self) -> bool:
        with contextlib.suppress(OSError):
            return self.get("/healthz")[0] == 200
        return False

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def processes(self) -> list[int]:
        """The process that was started, and all that came of it."""
        found = [self.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                found += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    def manage(self, *arguments: str) -> str:
        command = [sys.executable, "manage.py", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True)
        return done.stdout

    def log_in(self) -> tuple[str, str]:
        """The cookie of somebody who may do everything at the desk: its name and its value."""
        name, value = self.manage("shell", "-v0", "-c", LOGIN).split()
        return name, value

    def get(self, path: str) -> tuple[int, str, http.client.HTTPMessage]:
        return self._ask("GET", path)

    def post(self, path: str, data: dict[str, str], cookie: str) -> tuple[int, str, http.client.HTTPMessage]:
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        return self._ask("POST", path, urlencode(data), headers)

    def _ask(
        self, method: str, path: str, body: str | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, str, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return response.status, response.read().decode(), response.headers
        finally:
            connection.close()

    def open_form(self, slug: str, **fields: str) -> tuple[dict[str, str], str]:
        """A filled-in form and its cookie, as a browser has them after opening the page."""
        _status, page, headers = self.get(f"/{slug}/anmeldung/")
        hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', page)
        number = fields.pop("workshop", "1")
        named = re.search(rf'name="(round_\d+)" value="([^"]+)"[^>]*>\s*(?:<[^>]+>\s*)*{number}\.\s', page)
        named = named or re.search(rf'name="(round_\d+)" value="({number})"', page)
        valid = {
            "first_name": "Bob",
            "last_name": "Müller",
            "email": "bob@example.org",
            "organisation": "",
            "recording_consent": "on",
            "question_needs": "",
            "homepage": "",
        }
        valid |= {named[1]: named[2]} if named else {"attendance": number}
        data = valid | {name: unescape(value) for name, value in hidden} | fields
        return data, headers["Set-Cookie"].partition(";")[0]

    def register(self, slug: str, **fields: str) -> str:
        """Register somebody and give the address of the own page."""
        data, cookie = self.open_form(slug, **fields)
        time.sleep(2.1)
        status, page, headers = self.post(f"/{slug}/anmeldung/", data, cookie)
        assert status == 302, page
        return headers["Location"]

    def mails(self) -> list[EmailMessage]:
        """The mails that were delivered as files, the oldest first."""
        paths = sorted((self.folder / "var" / "mail").glob("*.eml"))
        messages = [message_from_bytes(path.read_bytes(), policy=default) for path in paths]
        assert all(isinstance(message, EmailMessage) for message in messages)
        return messages


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def fresh_database(folder: Path) -> str:
    """An empty database of the kind that this test run is about."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return f"sqlite:///{folder / 'site.sqlite3'}"
    name = f"site_{uuid.uuid4().hex[:8]}"
    base, _slash, database = url.rpartition("/")
    host = urlsplit(url).path.rpartition("/")[0][1:]
    with psycopg.connect(host=host, user=urlsplit(url).username, dbname=database, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{base}/{name}"

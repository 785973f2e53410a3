"""Request bodies: sent byte by byte, and without end."""

import contextlib
import http.client
import os
import select
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from urllib.parse import urlencode

import pytest

from fachtag.bodies import LARGE_AT_ONCE
from fachtag.supervisor import SERVER_PROCESSES
from tests.running import RunningSite

SOCKETS = 40
SECOND = 1.0
MEGABYTE = 2**20
HEAD = "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n{more}\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
SESSION = f"Cookie: sessionid={'0123456789abcdef' * 2}\r\n"


def connected(site: RunningSite, path: str, more: str) -> socket.socket:
    """A connection on which a request has begun, its body still to come."""
    connection = socket.create_connection(("127.0.0.1", site.port), timeout=10)
    connection.sendall(HEAD.format(path=path, more=more).encode())
    return connection


@contextlib.contextmanager
def slow_bodies(site: RunningSite) -> Iterator[None]:
    """Forty connections that each send a byte of their body now and then, half of them in chunks."""
    connections = [
        connected(site, "/kontakt/", CHUNKED if number % 2 else "Content-Length: 3000\r\n") for number in range(SOCKETS)
    ]
    done = Event()

    def send() -> None:
        while not done.wait(0.2):
            for number, connection in enumerate(connections):
                with contextlib.suppress(ConnectionError):
                    connection.sendall(b"1\r\na\r\n" if number % 2 else b"a")

    sender = Thread(target=send)
    sender.start()
    try:
        time.sleep(0.5)
        yield
    finally:
        done.set()
        sender.join()
        for connection in connections:
            connection.close()


def seconds_to_answer(site: RunningSite, path: str) -> float:
    start = time.monotonic()
    assert site.get(path)[0] == 200
    return time.monotonic() - start


def test_slow_bodies_keep_nobody_waiting(running_site: RunningSite) -> None:
    paths = ["/fachtag-demo/", "/fachtag-demo/anmeldung/", "/admin/login/", "/healthz"] * 3
    with slow_bodies(running_site):
        slow = {path for path in paths if seconds_to_answer(running_site, path) > SECOND}
        assert slow == set()
        assert "/anmeldung/" in running_site.register("fachtag-demo", email="meanwhile@example.org")
    assert {path for path in paths if seconds_to_answer(running_site, path) > SECOND} == set()


def test_a_slow_phone_registers(running_site: RunningSite) -> None:
    """3 kB within ten seconds, while others do harm."""
    data, cookie = running_site.open_form("fachtag-demo", email="phone@example.org", organisation="ä" * 100)
    body = urlencode(data | {"question_needs": "x" * 400, "filler": "x" * 2000}).encode()
    head = HEAD.format(path="/fachtag-demo/anmeldung/", more=f"Cookie: {cookie}\r\nContent-Length: {len(body)}\r\n")
    with slow_bodies(running_site), socket.create_connection(("127.0.0.1", running_site.port), timeout=10) as phone:
        phone.sendall(head.encode())
        for start in range(0, len(body), 350):
            time.sleep(0.9)
            phone.sendall(body[start : start + 350])
        assert phone.recv(100).startswith(b"HTTP/1.1 302 ")


def sent_until_refused(connection: socket.socket, megabytes: int, frame: bytes = b"%b") -> tuple[str, int]:
    """What is answered, and how many megabytes the site took before."""
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < megabytes:
            connection.sendall(frame % (b"a" * MEGABYTE))
            sent += 1
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    page = answer.read().decode()
    assert answer.status == 413
    assert answer.headers["Connection"] == "close"
    return page, sent


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(running_site: RunningSite) -> None:
    with connected(running_site, "/kontakt/", f"Content-Length: {300 * MEGABYTE}\r\n") as connection:
        page, _sent = sent_until_refused(connection, 0)
    assert "Das ist zu viel auf einmal" in page


@pytest.mark.parametrize(
    ("path", "more", "at_most"),
    [
        ("/kontakt/", "", 1),
        ("/kontakt/", SESSION, 1),
        ("/admin/login/", "", 1),
        ("/admin/fachtag/fachtag-demo/angaben/", SESSION, 25),
    ],
)
def test_a_body_without_end_is_refused_where_its_bound_is(
    running_site: RunningSite, path: str, more: str, at_most: int
) -> None:
    with connected(running_site, path, CHUNKED + more) as connection:
        _page, sent = sent_until_refused(connection, at_most + 20, frame=b"100000\r\n%b\r\n")
    buffers = 8  # megabytes that the two kernels' sockets may take
    assert at_most - 1 <= sent <= at_most + buffers


def test_too_large_bodies_leave_nothing_on_the_disk(running_site: RunningSite) -> None:
    """Twenty guests who send a megabyte less a byte hold no more than that, and nothing once they are gone."""
    connections = [connected(running_site, "/kontakt/", f"Content-Length: {MEGABYTE - 1}\r\n") for _number in range(20)]
    for connection in connections:
        connection.sendall(b"a" * (MEGABYTE - 2))
    time.sleep(0.5)
    assert held_on_disk(running_site) <= 20 * MEGABYTE
    for connection in connections:
        connection.close()
    running_site.wait_until(lambda: held_on_disk(running_site) == 0, seconds=10)


def held_on_disk(site: RunningSite) -> int:
    """Bytes in files without a name that the site's processes hold open."""
    sizes = 0
    for pid in site.processes():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(descriptor.readlink()).endswith(" (deleted)"):
                    sizes += os.stat(descriptor).st_size
    return sizes


def test_the_start_of_a_picture_is_welcome_from_organisers(running_site: RunningSite) -> None:
    """What the administration may be sent: here a login, which the forged cookie does not replace."""
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    body = part + b"a" * (5 * MEGABYTE) + b"\r\n--x--\r\n"
    more = f"{SESSION}Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(body)}\r\n"
    with connected(running_site, "/admin/fachtag/fachtag-demo/angaben/", more) as connection:
        connection.sendall(body)
        assert connection.recv(13) in {b"HTTP/1.1 302 ", b"HTTP/1.1 403 "}


@pytest.mark.parametrize("cookie", ["sessionid=", "sessionid=x", f"xsessionid={'a' * 32}", f"sessionid={'a' * 33}"])
def test_what_is_no_session_brings_no_picture(running_site: RunningSite, cookie: str) -> None:
    more = f"Cookie: {cookie}\r\nContent-Length: {2 * MEGABYTE}\r\n"
    with connected(running_site, "/admin/fachtag/fachtag-demo/angaben/", more) as connection:
        assert connection.recv(13) == b"HTTP/1.1 413 "


def test_only_a_few_large_bodies_at_once(running_site: RunningSite) -> None:
    """They lie on the disk until they end, and anybody can claim to be logged in."""
    more = f"{SESSION}Content-Length: {20 * MEGABYTE}\r\n"
    with contextlib.ExitStack() as stack:
        connections = [
            stack.enter_context(connected(running_site, "/admin/fachtag/fachtag-demo/angaben/", more))
            for _sender in range(SERVER_PROCESSES * LARGE_AT_ONCE + 4)
        ]
        time.sleep(1)
        refused, _writing, _errors = select.select(connections, [], [], 0)
        assert len(refused) >= 4
        assert {connection.recv(13) for connection in refused} == {b"HTTP/1.1 413 "}
        assert seconds_to_answer(running_site, "/fachtag-demo/") < SECOND


@pytest.mark.parametrize(
    "path", ["/fachtag-demo/", "/fachtag-demo/anmeldung/", "/media/pictures/0123456789abcdef-9x9.webp"]
)
def test_a_head_leaves_nothing_for_the_next_one_on_the_connection(running_site: RunningSite, path: str) -> None:
    """A proxy keeps connections, and the next one may be somebody else."""
    pictures = running_site.folder / "var" / "media" / "pictures"
    pictures.mkdir(parents=True, exist_ok=True)
    (pictures / "0123456789abcdef-9x9.webp").write_bytes(b"a picture")
    with socket.create_connection(("127.0.0.1", running_site.port), timeout=10) as connection:
        connection.sendall(f"HEAD {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        answers = b"".join(iter(lambda: connection.recv(2**16), b""))
    head, _line, rest = answers.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert rest.startswith(b"HTTP/1.1 200 OK")

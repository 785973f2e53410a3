"""The server as its operator starts it, without `make run`."""

import signal
import socket
import subprocess
import sys

import pytest

from tests.running import ROOT, RunningSite

COMMAND = (sys.executable, "-m", "fachtag.serve")


@pytest.fixture
def prepared(tmp_path_factory: pytest.TempPathFactory) -> RunningSite:
    """A site whose operator migrated and collected, and names no settings."""
    site = RunningSite(tmp_path_factory.mktemp("served"))
    del site.environment["DJANGO_SETTINGS_MODULE"]
    site.manage("migrate")
    site.manage("collectstatic", "--noinput")
    return site


def test_it_serves_until_it_is_told_to_stop(prepared: RunningSite) -> None:
    process = subprocess.Popen(COMMAND, cwd=ROOT, env=prepared.environment)
    prepared.wait_until(prepared.answers, process)
    assert prepared.get("/")[0] == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0


def test_a_port_in_use_is_named(prepared: RunningSite) -> None:
    with socket.create_server(("127.0.0.1", prepared.port)):
        done = subprocess.run(
            COMMAND, cwd=ROOT, env=prepared.environment, capture_output=True, text=True, timeout=20, check=False
        )
    assert done.returncode == 1
    assert done.stderr.startswith("The server cannot listen: Address already in use")

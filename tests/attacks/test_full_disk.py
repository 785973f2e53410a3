"""A disk on which nothing more can be stored, although everything can be read."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.running import RunningSite


@contextmanager
def full_disk(site: RunningSite) -> Iterator[None]:
    """Nobody of the site's may write to a file: what a full disk is to them, for an ordinary user to try."""
    pids = site.processes()[1:]
    before = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
    for pid in pids:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, before[pid][1]))
    try:
        yield
    finally:
        for pid in pids:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before[pid])


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="PostgreSQL has a disk of its own")
def test_a_site_that_cannot_store_is_not_healthy(running_site: RunningSite) -> None:
    assert running_site.get("/healthz")[0] == 200
    with full_disk(running_site):
        running_site.wait_until(lambda: {running_site.get("/healthz")[0] for _ in range(20)} == {503}, seconds=10)
        assert running_site.get("/fachtag-demo/")[0] == 200
    running_site.wait_until(lambda: {running_site.get("/healthz")[0] for _ in range(20)} == {200}, seconds=10)

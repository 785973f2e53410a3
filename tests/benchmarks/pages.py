"""The event page against an empty Django view on the same server, in the same run: plain, Brotli, and known already."""

import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from tests.running import ROOT, RunningSite, free_port

ROUNDS = 5
SECONDS = 3
PAGE = "/fachtag-demo/"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RunningSite(Path(folder)).running() as site, empty(site) as port:
        etag = site.get(PAGE)[2]["ETag"]
        ways = {
            "empty view": (f"http://127.0.0.1:{port}/", ""),
            "plain": (site.url + PAGE, ""),
            "br": (site.url + PAGE, "Accept-Encoding: br"),
            "304": (site.url + PAGE, f"If-None-Match: {etag}"),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _round in range(ROUNDS):  # in turns, so that all meet the same machine
            for name, (url, header) in ways.items():
                rates[name].append(rate(url, header))
    database = site.environment["DATABASE_URL"].partition(":")[0]
    for name in ("plain", "br", "304"):
        ratios = [mine / its for mine, its in zip(rates[name], rates["empty view"], strict=True)]
        print(
            f"Event page, {database}, {name}: {statistics.median(rates[name]):.0f} a second,"
            f" {statistics.median(ratios):.2f} of an empty view ({min(ratios):.2f} to {max(ratios):.2f})"
        )


def rate(url: str, header: str) -> float:
    """Answers a second to eight visitors who ask without a pause."""
    command = ["wrk", "-t1", "-c8", f"-d{SECONDS}", *(["-H", header] if header else []), url]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Non-2xx" not in said, said
    found = re.search(r"Requests/sec: +([\d.]+)", said)
    assert found is not None, said
    return float(found[1])


@contextmanager
def empty(site: RunningSite) -> Iterator[int]:
    """The empty view on a server like the site's; gives its port."""
    port = free_port()
    command = [sys.executable, "-m", "tests.benchmarks.empty", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, start_new_session=True)
    try:
        time.sleep(4)
        urlopen(f"http://127.0.0.1:{port}/").read()
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


if __name__ == "__main__":
    main()

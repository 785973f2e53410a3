"""`make bench`: figures to compare within one run on one machine; nothing here passes or fails."""

import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Route, sync_playwright

from tests.running import ROOT, RunningSite, free_port

SANDBOX = ["--no-sandbox"] if os.geteuid() == 0 else []
CHROMIUM = "/usr/bin/chromium"
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 100_000}
RUNS = 7
REQUESTS = 300
FORMS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RunningSite(Path(folder)).running() as site:
        lighthouse(site)
        with sync_playwright() as playwright:
            stylesheet(site, playwright.chromium.launch(executable_path=CHROMIUM, args=SANDBOX))
        servers(site)
    mail_servers()


def mail_servers() -> None:
    """Registering while mails become files, and while a mail server takes every connection and never answers."""
    with (
        tempfile.TemporaryDirectory() as one,
        tempfile.TemporaryDirectory() as two,
        socket.create_server(("127.0.0.1", 0)) as silent,
    ):
        email = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        without = RunningSite(Path(one), RATE_LIMITS="off")
        hanging = RunningSite(Path(two), RATE_LIMITS="off", EMAIL_URL=email, MAIL_FROM="fachtag@example.org")
        with without.running(), hanging.running():
            times: dict[str, list[float]] = {"files": [], "silent": []}
            for number in range(FORMS):  # in turns, so that both meet the same machine
                for name, site in (("files", without), ("silent", hanging)):
                    times[name].append(time_to_register(site, number))
    medians = {name: statistics.median(found) for name, found in times.items()}
    print(
        f"Registering, mails as files: {1000 * medians['files']:.1f} ms, mail server silent:"
        f" {1000 * medians['silent']:.1f} ms, ratio {medians['silent'] / medians['files']:.2f}"
    )


def time_to_register(site: RunningSite, number: int) -> float:
    """Seconds from sending the form to its answer."""
    data, cookie = site.open_form("fachtag-demo", first_name=f"Gast {number}", workshop="livestream")
    time.sleep(2.05)
    start = time.perf_counter()
    status, page, _headers = site.post("/fachtag-demo/anmeldung/", data, cookie)
    assert status == 302, page
    return time.perf_counter() - start


def lighthouse(site: RunningSite) -> None:
    """Lighthouse on a phone as it imagines one."""
    for path in ("/fachtag-demo/", "/fachtag-demo/anmeldung/", "/"):
        command = [
            *("node", str(ROOT / ".venv/node/node_modules/lighthouse/cli/index.js"), site.url + path),
            *("--quiet", "--output=json", "--output-path=stdout"),
            f"--chrome-flags=--headless=new {' '.join(SANDBOX)}",
        ]
        environment = os.environ | {"CHROME_PATH": CHROMIUM}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        if done.returncode:
            print(f"Lighthouse {path}: {done.stderr.strip()[-300:]}")
            continue
        report = json.loads(done.stdout)
        scores = {name: round(100 * category["score"]) for name, category in report["categories"].items()}
        failed = [
            name for name, audit in report["audits"].items() if audit["score"] is not None and audit["score"] < 0.9
        ]
        print(f"Lighthouse {path}: {scores}; below 90: {failed}")


def stylesheet(site: RunningSite, browser: Browser) -> None:
    """First paint of a first visit on a slow line, with the stylesheet inside the page and beside it."""
    _status, inside, _headers = site.get("/fachtag-demo/")
    css = inside[inside.index("<style>") + 7 : inside.index("</style>")]
    beside = inside.replace(f"<style>{css}</style>", '<link rel="stylesheet" href="/beside.css">')

    def paint(html: str) -> float:
        page = browser.new_context().new_page()
        page.route("**/fachtag-demo/", lambda route: fulfil(route, html, "text/html"))
        page.route("**/beside.css", lambda route: fulfil(route, css, "text/css"))
        devtools = page.context.new_cdp_session(page)
        devtools.send("Network.enable")
        devtools.send("Network.emulateNetworkConditions", SLOW)
        page.goto(f"{site.url}/fachtag-demo/")
        page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
        paints = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        page.context.close()
        return float(paints)

    def fulfil(route: Route, body: str, kind: str) -> None:
        time.sleep(0.3)  # the round trip, which a fulfilled request is spared
        route.fulfill(body=body, content_type=kind)

    first = {
        name: statistics.median(paint(html) for _run in range(RUNS)) for name, html in (("in", inside), ("out", beside))
    }
    print(
        f"First paint, stylesheet inside: {first['in']:.0f} ms, beside: {first['out']:.0f} ms,"
        f" ratio {first['in'] / first['out']:.2f}"
    )


def servers(site: RunningSite) -> None:
    """The event page against the health check, which is almost an empty view."""
    port = free_port()
    options = ("--interface", "wsgi", "--workers", "2", "--blocking-threads", "4", "--log-level", "error")
    command = ("granian", *options, "--host", "127.0.0.1", "--port", str(port), "fachtag.wsgi:application")
    with serving(command, site, port):
        rates = {path: rate(f"http://127.0.0.1:{port}{path}") for path in ("/fachtag-demo/", "/healthz")}
    print("Requests a second, one after another:", {path: round(value) for path, value in rates.items()})
    print(f"event page to health check: {rates['/fachtag-demo/'] / rates['/healthz']:.2f}")


@contextmanager
def serving(command: tuple[str, ...], site: RunningSite, port: int) -> Iterator[None]:
    process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=site.environment)
    try:
        time.sleep(4)
        urlopen(f"http://127.0.0.1:{port}/healthz").read()
        yield
    finally:
        process.terminate()
        process.wait()


def rate(url: str) -> float:
    """Requests a second, the best of three runs."""
    best = 0.0
    for _run in range(3):
        start = time.perf_counter()
        for _request in range(REQUESTS):
            urlopen(Request(url, headers={"Accept-Encoding": "br"})).read()
        best = max(best, REQUESTS / (time.perf_counter() - start))
    return best


if __name__ == "__main__":
    main()

"""`make bench`: figures to compare within one run on one machine; nothing here passes or fails."""

import json
import os
import socket
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import playwright
from playwright.sync_api import Browser, Route, sync_playwright

from tests.benchmarks import desk, moving_up, pages, way
from tests.benchmarks.mails import mails_a_second
from tests.running import ROOT, RunningSite

CHROMIUM = "/usr/bin/chromium"
NODE = Path(playwright.__file__).parent / "driver" / "node"  # Lighthouse asks for a newer one than Debian has
SLOW = {"offline": False, "latency": 300, "downloadThroughput": 200_000, "uploadThroughput": 100_000}
RUNS = 7
FORMS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, RunningSite(Path(folder)).running() as site:
        lighthouse(site)
        with sync_playwright() as playwright:
            stylesheet(site, playwright.chromium.launch(executable_path=CHROMIUM))
    pages.main()
    way.main()
    moving_up.main()
    desk.main()
    mail_servers()
    mails_a_second()


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
            *(str(NODE), str(ROOT / ".venv/node/node_modules/lighthouse/cli/index.js"), site.url + path),
            *("--quiet", "--output=json", "--output-path=stdout"),
            "--chrome-flags=--headless=new --no-sandbox",  # root and containers are refused one; the pages are our own
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


if __name__ == "__main__":
    main()

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.running import RunningSite

JUMPS = """new PerformanceObserver(list => list.getEntries().forEach(
  entry => { window.jumped = (window.jumped || 0) + entry.value; }
)).observe({type: 'layout-shift', buffered: true});"""

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """The site as `make run` starts it."""
    with RunningSite(tmp_path_factory.mktemp("browser")).running() as site:
        yield site


@pytest.fixture(scope="session")
def base_url(site: RunningSite) -> str:
    return site.url


@pytest.fixture
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return browser_context_args | {"locale": "de-DE"}


def first_view(browser: Browser, url: str) -> tuple[list[int], float]:
    """The bytes of each request of a first visit on a phone, as the browser itself counts them, headers and all, and
    how far things jumped."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    sizes: list[int] = []
    devtools.on("Network.loadingFinished", lambda done: sizes.append(int(done["encodedDataLength"])))
    page.add_init_script(JUMPS)
    page.goto(url, wait_until="networkidle")
    page.wait_for_timeout(300)
    print(f"first view: {sum(sizes)} bytes in {len(sizes)} requests")
    return sizes, page.evaluate("window.jumped || 0")

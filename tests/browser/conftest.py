from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import RunningSite

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

import pytest

from tests.running import RunningSite


@pytest.fixture(scope="package")
def site(tmp_path_factory: pytest.TempPathFactory) -> object:
    with RunningSite(tmp_path_factory.mktemp("attacked")).running() as site:
        yield site

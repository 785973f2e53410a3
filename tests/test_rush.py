"""Many people at the same moment, through the running server."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from tests import factories
from tests.running import RunningSite

GUESTS, SEATS, RUNS = 60, 20, 5


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> object:
    with RunningSite(tmp_path_factory.mktemp("rush")).running() as site:
        yield site


def small_event(site: RunningSite, folder: Path, slug: str) -> None:
    file = folder / "event.toml"
    file.write_text(factories.EXAMPLE.read_text().replace("capacity = 25", f"capacity = {SEATS}"))
    ahead = date.today() + timedelta(days=60)
    site.manage("import_event", str(file), "--slug", slug, "--starting", ahead.isoformat())


@pytest.mark.parametrize("run", range(RUNS))
def test_sixty_guests_for_twenty_seats(site: RunningSite, tmp_path: Path, run: int) -> None:
    slug = f"rush-{run}"
    small_event(site, tmp_path, slug)
    mails_before = len(site.mails())
    start = Barrier(GUESTS)

    def guest(number: int) -> tuple[int, str, str]:
        data, cookie = site.open_form(slug, first_name=f"Gast {number}", email=f"gast{number}@example.org")
        start.wait()
        time.sleep(2.1)
        status, page, headers = site.post(f"/{slug}/anmeldung/", data, cookie)
        return status, page, headers.get("Location", "")

    with ThreadPoolExecutor(GUESTS) as pool:
        answers = list(pool.map(guest, range(GUESTS)))

    own_pages = {location for status, _page, location in answers if status == 302}
    refusals = [page for status, page, _location in answers if status == 422]
    assert (len(own_pages), len(refusals)) == (SEATS, GUESTS - SEATS)
    assert all("ist inzwischen ausgebucht" in page for page in refusals)
    assert all("Sie sind angemeldet." in site.get(own_page)[1] for own_page in own_pages)
    site.wait_until(lambda: len(site.mails()) >= mails_before + SEATS)
    assert len(site.mails()) == mails_before + SEATS

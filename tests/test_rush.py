"""Many people at the same moment, through the running server."""

import json
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier

import pytest

from tests import factories
from tests.benchmarks import moving_up
from tests.running import RunningSite

GUESTS, SEATS, RUNS = 60, 20, 5


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> object:
    # All guests come from one address, and more of them than ten minutes allow.
    with RunningSite(tmp_path_factory.mktemp("rush"), RATE_LIMITS="off").running() as site:
        yield site


def rush(site: RunningSite, slug: str, wish: Callable[[int], dict[str, str]]) -> list[str]:
    """All send their form at the same moment, each with a wish of their own: as many as there are seats come, and hear
    of it. Gives the pages of the others."""
    mails_before = len(site.mails())
    start = Barrier(GUESTS)

    def guest(number: int) -> tuple[int, str, str]:
        who = {"first_name": f"Gast {number}", "email": f"gast{number}@example.org"}
        data, cookie = site.open_form(slug, **wish(number), **who)
        start.wait()
        time.sleep(2.1)
        status, page, headers = site.post(f"/{slug}/anmeldung/", data, cookie)
        return status, page, headers.get("Location", "")

    with ThreadPoolExecutor(GUESTS) as pool:
        answers = list(pool.map(guest, range(GUESTS)))

    own_pages = {location for status, _page, location in answers if status == 302}
    refusals = [page for status, page, _location in answers if status == 422]
    assert (len(own_pages), len(refusals)) == (SEATS, GUESTS - SEATS)
    assert all("Sie sind angemeldet." in site.get(own_page)[1] for own_page in own_pages)
    site.wait_until(lambda: len(site.mails()) >= mails_before + SEATS)
    assert len(site.mails()) == mails_before + SEATS
    return refusals


def small_event(site: RunningSite, folder: Path, slug: str) -> None:
    file = folder / "event.toml"
    file.write_text(factories.EXAMPLE.read_text().replace("capacity = 25", f"capacity = {SEATS}"))
    ahead = date.today() + timedelta(days=60)
    site.manage("import_event", str(file), "--slug", slug, "--starting", ahead.isoformat())


@pytest.mark.parametrize("run", range(RUNS))
def test_sixty_guests_for_twenty_seats(site: RunningSite, tmp_path: Path, run: int) -> None:
    slug = f"rush-{run}"
    small_event(site, tmp_path, slug)
    refusals = rush(site, slug, lambda _number: {})
    assert all("ist inzwischen ausgebucht" in page for page in refusals)


ROUNDS = ((8, 9, 10), (8, 10, 12))  # seats of the workshops in each round; of the event there are fewer


def event_with_two_rounds(site: RunningSite, folder: Path, slug: str) -> None:
    """Seats of the event, and two rounds of three workshops; no livestream."""
    text = factories.EXAMPLE.read_text()
    programme, _slots, _closing = text.rpartition("[[slots]]")
    for seats in ROUNDS[0]:
        programme = programme.replace("capacity = 25", f"capacity = {seats}", 1)
    later = '[[slots]]\nstarts_at = 15:15:00\nends_at = 16:00:00\nkind = "workshops"\ntitle = "Vertiefung"\n'
    for number, seats in enumerate(ROUNDS[1], 4):
        later += f'\n[[slots.workshops]]\nnumber = {number}\ntitle = "Workshop {number}"\ncapacity = {seats}\n'
    file = folder / "event.toml"
    file.write_text(f"capacity = {SEATS}\n" + programme + later)
    ahead = date.today() + timedelta(days=60)
    site.manage("import_event", str(file), "--slug", slug, "--starting", ahead.isoformat())


@pytest.mark.parametrize("run", range(RUNS))
def test_sixty_guests_for_twenty_seats_of_the_event_in_two_rounds(site: RunningSite, tmp_path: Path, run: int) -> None:
    slug = f"rounds-{run}"
    event_with_two_rounds(site, tmp_path, slug)
    _status, page, _headers = site.get(f"/{slug}/anmeldung/")
    rounds: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="(round_\d+)" value="(\d+)"', page):
        rounds.setdefault(name, []).append(value)
    assert [len(values) for values in rounds.values()] == [3, 3]

    def wish(number: int) -> dict[str, str]:
        wishes = zip(rounds, (number % 3, number // 3 % 3), strict=True)
        return {name: rounds[name][index] for name, index in wishes} | {"attendance": "place"}

    refusals = rush(site, slug, wish)
    filled = ("ist inzwischen ausgebucht", "Während Sie schrieben, wurde der letzte Platz vergeben")
    assert all(any(message in page for message in filled) for page in refusals)


def test_four_hundred_move_up_while_others_register(site: RunningSite) -> None:
    moving_up.register_meanwhile(site, moving_up.long_line(site))
    assert json.loads(site.manage("shell", "-v0", "-c", WHO_SITS_WHERE)) == [
        [[1, "confirmed", moving_up.WAITING], [2, "confirmed", moving_up.GUESTS]],
        [["confirmed", moving_up.GUESTS], ["moved_up", moving_up.WAITING], ["waiting", moving_up.WAITING]],
    ]


WHO_SITS_WHERE = f"""
import json
from django.db.models import Count
from registration.models import OutgoingMail, Place
places = Place.objects.filter(registration__event__slug="{moving_up.SLUG}", queued_at=None)
mails = OutgoingMail.objects.filter(registration__event__slug="{moving_up.SLUG}")
seats = places.values_list("workshop__number", "registration__state").annotate(Count("pk"))
kinds = mails.values_list("kind").annotate(Count("pk"))
print(json.dumps([sorted(map(list, seats)), sorted(map(list, kinds))]))
"""

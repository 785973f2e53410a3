"""The handbook's pictures are of the desk as it is: what each page consists of is kept beside them."""

import hashlib
import json
import os
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from registration.desk.handbook import CHAPTERS
from tests.browser.test_desk import SLUG, at_the_desk, filled
from tests.running import ROOT, RunningSite

PICTURES = ROOT / "static" / "help"
MADE_OF = Path(__file__).with_name("handbook.json")

# What the picture of each chapter shows.
PAGES = {
    "anfangen": "",
    "fachtag": "fachtag/fachtag-zwei-tage/veroeffentlichen/",
    "programm": f"fachtag/{SLUG}/programm/",
    "workshops": f"fachtag/{SLUG}/workshops/",
    "gaeste": f"fachtag/{SLUG}/gaeste/",
    "nachrichten": f"fachtag/{SLUG}/nachrichten/{{nachrichten}}/",
    "danach": f"fachtag/{SLUG}/nachher/",
    "team": "team/",
}

# Its elements with their classes, and the words that do not change from day to day.
PARTS = """() => [...document.querySelectorAll('body *')].filter(element => !element.closest('svg')).map(element =>
  [element.localName, element.className, element.matches('button, label, th, nav a') ? element.innerText : ''].join('|')
).join('\\n')"""


def test_no_picture_is_old(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> None:
    found = {}
    with RunningSite(tmp_path_factory.mktemp("handbook")).running() as site:
        keys = filled(site)
        page = at_the_desk(browser, site, viewport={"width": 1280, "height": 800})
        for chapter, address in PAGES.items():
            page.goto(f"{site.url}/admin/{address.format(**keys)}")
            found[chapter] = hashlib.sha256(page.evaluate(PARTS).encode()).hexdigest()[:16]
            if os.environ.get("PICTURES") == "on":
                take(page, chapter)
    if os.environ.get("PICTURES") == "on":
        MADE_OF.write_text(json.dumps(found, indent=2) + "\n")
    assert found == json.loads(MADE_OF.read_text()), (
        "The desk has changed: take its pictures anew with `make pictures`."
    )


def take(page: Page, chapter: str) -> None:
    Image.open(BytesIO(page.screenshot())).convert("RGB").save(PICTURES / f"{chapter}.webp", quality=80, method=6)


def test_every_picture_is_there() -> None:
    shown = {chapter.key for chapter in CHAPTERS if chapter.shown}
    assert shown == PAGES.keys() == {path.stem for path in PICTURES.glob("*.webp")}

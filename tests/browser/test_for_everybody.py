"""Usable by everyone: accessibility, small screens, keyboard, print, weight; on every page and in every state."""

import os
import re
import subprocess
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import ImageColor
from playwright.sync_api import Browser, Page, expect

from events import colours
from registration import limits
from tests.browser import states
from tests.browser.conftest import first_view
from tests.running import ROOT, RunningSite

VNU = ROOT / ".venv" / "node" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
ERRORS = [f"/{slug}/anmeldung/#errors" for slug in ("fachtag-demo", "zwei-tage", "voll")]


@pytest.fixture(scope="session")
def pages(site: RunningSite, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    found = [*states.make(site, tmp_path_factory.mktemp("states")), *ERRORS]
    assert len(found) == 70
    return found


def visit(page: Page, site: RunningSite, url: str) -> None:
    """Open a page, or the form as it comes back with errors."""
    page.goto(site.url + url.partition("#")[0])
    if url in ERRORS:
        page.get_by_role("button", name="Verbindlich anmelden").click()
        expect(page.get_by_role("alert")).to_be_visible()


# All rules, best practices too, and the contrast of 7:1 (WCAG 2.2, 1.4.6), which is off by itself.
ALL_RULES = {"rules": {"color-contrast-enhanced": {"enabled": True}}}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(browser: Browser, site: RunningSite, pages: list[str], scheme: Any) -> None:
    page = browser.new_page(color_scheme=scheme)
    found = {}
    for url in pages:
        visit(page, site, url)
        violations = Axe().run(page, options=ALL_RULES).response["violations"]
        if violations:
            found[url] = [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in violations]
    assert found == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_where_it_was_too_often(browser: Browser, tmp_path: Path, scheme: Any) -> None:
    with RunningSite(tmp_path).running() as site:
        answers = {site.get(f"/anmeldung/{uuid4()}/")[0] for _guess in range(limits.WRONG_KEY.at_most + 5)}
        assert answers == {404, 429}
        page = browser.new_page(color_scheme=scheme, viewport={"width": 320, "height": 640})
        page.goto(f"{site.url}/anmeldung/{uuid4()}/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Zu viele Versuche")
        assert Axe().run(page, options=ALL_RULES).response["violations"] == []
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


LANDMARKS = {"banner", "complementary", "contentinfo", "form", "main", "navigation", "region", "search"}


def test_landmarks_hold_everything_and_are_told_apart(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    page = browser.new_page()
    devtools = page.context.new_cdp_session(page)
    outside, alike = {}, {}
    for url in pages:
        visit(page, site, url)
        parts = page.evaluate("[...document.body.children].map(element => element.localName)")
        if parts != ["header", "main", "footer"]:
            outside[url] = parts
        nodes = devtools.send("Accessibility.getFullAXTree")["nodes"]
        names = [(node["role"]["value"], node["name"]["value"]) for node in nodes if node["role"]["value"] in LANDMARKS]
        assert len(names) >= 4
        if len(set(names)) < len(names):
            alike[url] = names
    assert (outside, alike) == ({}, {})


# Words that are cut, lines that begin with a dash, dates and times that break: none but addresses of pages may.
BROKEN_TEXT = r"""() => {
  const range = document.createRange();
  const line = (node, at) => {
    range.setStart(node, at); range.setEnd(node, at + 1);
    return Math.round([...range.getClientRects()].filter(box => box.width).at(-1)?.bottom);
  };
  const patterns = [/[^\s–/-]+/gu, /\S\s+–/gu, /\d\d?\.\s\p{L}+\s\d{4}/gu, /\d\d?:\d\d\sUhr/gu];
  const found = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    if (!node.parentElement.checkVisibility() || node.parentElement.value || node.data.includes('://')) continue;
    for (const pattern of patterns)
      for (const {0: text, index} of node.data.matchAll(pattern))
        if (line(node, index) !== line(node, index + text.length - 1)) found.push(text);
  }
  for (const span of document.querySelectorAll('.times'))
    if (new Set([...span.children].map(time => Math.round(time.getBoundingClientRect().bottom))).size > 1)
      found.push(span.textContent);
  return found;
}"""


@pytest.mark.parametrize("width", [320, 390])
def test_no_word_date_or_time_breaks_within_itself(
    browser: Browser, site: RunningSite, pages: list[str], width: int
) -> None:
    """Debian's Chromium cannot hyphenate German, so here the long words of the real event must fit into their lines."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    broken = {}
    for url in pages:
        visit(page, site, url)
        if found := page.evaluate(BROKEN_TEXT):
            broken[url] = found
    assert broken == {}


@pytest.mark.parametrize(("width", "text"), [(320, "100%"), (390, "200%"), (1280, "100%")])
def test_nothing_scrolls_sideways(browser: Browser, site: RunningSite, pages: list[str], width: int, text: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    wide = {}
    for url in pages:
        visit(page, site, url)
        page.evaluate("size => document.documentElement.style.setProperty('font-size', size)", text)
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wide[url] = overflow
    assert wide == {}


def test_text_spacing_set_by_the_reader(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    """WCAG 2.2, 1.4.12: nothing overlaps or is cut off sideways."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    wide = {}
    for url in pages:
        visit(page, site, url)
        page.evaluate(
            """for (const element of document.querySelectorAll('*')) {
                 element.style.setProperty('line-height', '1.5', 'important');
                 element.style.setProperty('letter-spacing', '0.12em', 'important');
                 element.style.setProperty('word-spacing', '0.16em', 'important'); }"""
        )
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wide[url] = overflow
    assert wide == {}


def test_targets_are_large_enough(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 CSS pixels for what is not a link in a sentence."""
    page = browser.new_page(viewport={"width": 390, "height": 800})
    small = {}
    for url in pages:
        visit(page, site, url)
        boxes = page.evaluate(
            """[...document.querySelectorAll('nav a, .button, button, input:not([type=hidden]), .option, summary')]
               .filter(element => element.checkVisibility())
               .map(element => [element.outerHTML.slice(0, 60), element.getBoundingClientRect()])
               .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)"""
        )
        if boxes:
            small[url] = boxes
    assert small == {}


def test_what_to_do_is_on_the_first_screen_of_a_ticket(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    ends = {}
    for url in filter(re.compile(r"/anmeldung/[0-9a-f-]{36}/").fullmatch, pages):
        visit(page, site, url)
        buttons = page.locator(".ticket .button")
        box = buttons.first.bounding_box() if buttons.count() else None
        ends[url] = box["y"] + box["height"] if box else 0  # nothing to do where the event is over or off
    assert len(ends) == 14
    assert {url: end for url, end in ends.items() if end > 844} == {}


def test_registering_with_the_keyboard_alone(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{site.url}/fachtag-demo/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_focused()
    expect(page.get_by_role("link", name="Zum Inhalt springen")).to_be_in_viewport()
    order = []
    for _step in range(12):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert visible_focus(page), order[-1]
        if order[-1] == "Jetzt anmelden":
            break
    assert order == [
        "Landratsamt Mittelsachsen",
        "Programm",
        "Workshops",
        "Ort",
        "Anmeldung",
        "Jetzt anmelden",
    ]
    page.keyboard.press("Enter")
    page.wait_for_url("**/anmeldung/")
    page.get_by_label("Vorname").focus()
    for keys in ("Tatjana", "Tab", "Tastatur", "Tab", "tatjana@example.org", "Tab", "Tab", "Space", "Tab", "Tab"):
        page.keyboard.press(keys) if keys in {"Tab", "Space"} else page.keyboard.type(keys)
        assert visible_focus(page), keys
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="Der Landkreis darf mit Fotos von mir")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Alles zum Datenschutz lesen")).to_be_focused()
    page.keyboard.press("Tab")
    time.sleep(2.1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sie sind angemeldet.")


def visible_focus(page: Page) -> bool:
    """Whether the focused element, or the label around it, has an outline."""
    style = """element => ['outlineStyle', 'outlineWidth'].map(name => getComputedStyle(element)[name]).join(' ')"""
    return "solid 3px" in page.evaluate(
        f"[document.activeElement, document.activeElement.closest('label')].filter(Boolean).map({style})"
    )


def test_a_card_leads_to_the_form_with_its_workshop(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/fachtag-demo/")
    page.get_by_role("link", name="Workshop 3 wählen").click()
    expect(page.get_by_role("radio", name=re.compile("^3\\."))).to_be_checked()


def sheets(page: Page) -> list[int]:
    """How many sheets of paper the page takes: as it asks for, and as people print, on A4 and on Letter."""
    margins: Any = dict.fromkeys(("top", "right", "bottom", "left"), "0.8in")
    printed = [
        page.pdf(prefer_css_page_size=True),
        *(page.pdf(format=size, margin=margins, display_header_footer=True) for size in ("A4", "Letter")),
    ]
    return [len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) for pdf in printed]


def test_it_prints_on_one_sheet(browser: Browser, site: RunningSite, tmp_path: Path) -> None:
    page = browser.new_page()
    for slug in ("fachtag-demo", "fachtag-2021"):
        page.goto(f"{site.url}/{slug}/")
        assert sheets(page) == [1, 1, 1]
    page.emulate_media(media="print")
    for text in ("Come together", "Auswertung der Workshop-Ergebnisse", "Beschäftigung – suchen, finden und bleiben!"):
        expect(page.get_by_role("heading", name=text)).to_be_visible()
    expect(page.get_by_text(f"{site.url}/fachtag-2021/", exact=True)).to_be_visible()


def test_two_days_print_on_two_sheets(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/zwei-tage/")
    assert sheets(page) == [2, 2, 2]
    page.emulate_media(media="print")
    for text in ("Come together", "Abend im Ratskeller", "Was Zahlen sagen", "5. Wohnen in der Nachbarschaft"):
        expect(page.get_by_role("heading", name=text).first).to_be_visible()


def test_what_is_at_the_same_time_stands_beside_each_other_where_there_is_room(
    browser: Browser, site: RunningSite, pages: list[str]
) -> None:
    page = browser.new_page()
    page.goto(f"{site.url}/zwei-tage/")
    tops = {}
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 800})
        if width == 390:  # later days are folded there
            page.locator("summary", has_text="Programm dieses Tages").click()
        items = page.get_by_role("listitem").filter(has_text="Gleichzeitig:").get_by_role("listitem").all()
        boxes = [item.bounding_box() for item in items]
        tops[width] = [round(box["y"]) for box in boxes if box]
    assert [len(set(found)) for found in tops.values()] == [1, 2]
    assert tops[390] == sorted(tops[390])


def place_of(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).bounding_box()
    assert box
    return {
        "x": box["x"],
        "y": box["y"],
        "width": box["width"],
        "height": box["height"],
        "end": box["y"] + box["height"],
    }


@pytest.mark.parametrize("slug", ["fachtag-demo", "zwei-tage", "voll", "online"])
@pytest.mark.parametrize("width", [320, 390])
def test_the_way_to_the_form_is_in_reach_on_a_phone(
    browser: Browser, site: RunningSite, pages: list[str], width: int, slug: str
) -> None:
    """At every height of the page, over nothing at its end, and never over what has the focus (WCAG 2.2, 2.4.11)."""
    page = browser.new_page(viewport={"width": width, "height": 844}, reduced_motion="reduce")
    page.goto(f"{site.url}/{slug}/")
    long = page.evaluate("document.documentElement.scrollHeight")
    for height in (0, long // 2, long):
        page.evaluate("height => scrollTo(0, height)", height)
        bar = place_of(page, ".near")
        assert (bar["x"], bar["width"], bar["end"]) == (0, width, 844)
        assert bar["height"] <= (128 if width == 320 else 90)
        assert bar["y"] < place_of(page, ".near a")["end"] < 844
    assert place_of(page, "footer nav")["end"] < bar["y"]
    page.evaluate("scrollTo(0, 0)")
    page.locator("header a").first.focus()
    covered = []
    steps = page.locator("main a, main summary, footer a").evaluate_all(
        "all => all.filter(one => one.checkVisibility({contentVisibilityAuto: true})).length"
    )
    for _step in range(steps):
        page.keyboard.press("Tab")
        box, inside = page.evaluate(
            """() => [document.activeElement.getBoundingClientRect().bottom,
                      Boolean(document.activeElement.closest('.near, .skip'))]"""
        )
        if box > bar["y"] and not inside:
            covered.append(page.evaluate("document.activeElement.outerHTML"))
    assert (covered, steps > 8) == ([], True)


def test_the_way_to_the_form_stays_where_it_is_otherwise(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    """Beside a wide page, on a screen so low that it would hide much of it, where nobody can register, on paper."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{site.url}/fachtag-demo/")
    position = "element => getComputedStyle(element).position"
    assert page.locator(".near").evaluate(position) == "static"
    page.set_viewport_size({"width": 740, "height": 360})
    assert page.locator(".near").evaluate(position) == "static"
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.locator(".near").evaluate(position) == "fixed"
    page.emulate_media(media="print")
    expect(page.locator(".near")).to_be_hidden()
    for slug in ("zu", "bald", "abgesagt", "verschoben", "fachtag-2021"):
        page.goto(f"{site.url}/{slug}/")
        expect(page.locator(".near")).to_have_count(0)


def test_the_event_is_short_on_a_phone(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/fachtag-demo/")
    assert page.evaluate("document.documentElement.scrollHeight") <= 7000


def test_the_links_of_the_header_stand_in_one_line_on_a_phone(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 800})
    page.goto(f"{site.url}/fachtag-demo/")
    assert len({place_of(page, f".top li:nth-child({number})")["y"] for number in range(1, 5)}) == 1


def test_several_days_are_folded_on_a_phone(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    """The first day is open; a link to what is in another, or to a workshop, opens it."""
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/zwei-tage/")
    folds = page.locator("details.more")
    assert folds.evaluate_all("all => all.map(fold => fold.open)") == [False] * folds.count()
    folded = page.evaluate("document.documentElement.scrollHeight")
    page.locator("#programm a[href='#workshop-2']").click()
    expect(page.locator("#workshop-2 .button")).to_be_in_viewport()
    folds.evaluate_all("all => all.forEach(fold => { fold.open = true; })")
    assert folded < page.evaluate("document.documentElement.scrollHeight") * 0.8
    page.set_viewport_size({"width": 1280, "height": 800})
    page.reload()
    expect(page.locator("details.more > summary").first).to_be_hidden()


def test_four_facts_stand_in_one_row_or_two_by_two(browser: Browser, site: RunningSite, pages: list[str]) -> None:
    page = browser.new_page()
    for slug in ("fachtag-demo", "zwei-tage", "online"):
        rows = []
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{site.url}/{slug}/")
            boxes = [fact.bounding_box() for fact in page.locator(".facts > div").all()]
            rows.append([round(box["y"]) for box in boxes if box])
            assert width == 390 or place_of(page, ".facts")["end"] <= 800
        assert [(len(tops), len(set(tops))) for tops in rows] == [(4, 1), (4, 2)]


def test_a_fold_is_open_where_there_is_room_and_on_paper(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{site.url}/fachtag-demo/")
    last = page.get_by_text("Migrationssozialarbeit und Ehrenamt")
    seen = "element => element.checkVisibility({contentVisibilityAuto: true})"
    assert not last.evaluate(seen)
    page.get_by_text("Weiterlesen").click()
    assert last.evaluate(seen)
    page.reload()
    page.set_viewport_size({"width": 1280, "height": 800})
    assert last.evaluate(seen)
    expect(page.get_by_text("Weiterlesen")).to_be_hidden()


@pytest.mark.parametrize("slug", ["fachtag-demo", "zwei-tage"])
def test_the_first_view_fits_into_one_round_trip(
    browser: Browser, site: RunningSite, pages: list[str], slug: str
) -> None:
    """What the browser itself counts, headers and all: 14,336 bytes, 3 requests; and nothing jumps."""
    sizes, jumped = first_view(browser, f"{site.url}/{slug}/")
    assert 1 <= len(sizes) <= 3, sizes
    assert sum(sizes) <= 14_336, sizes
    assert jumped == 0


def test_hashed_files_are_immutable(site: RunningSite) -> None:
    _status, html, _headers = site.get("/admin/login/")
    stylesheet = re.findall(r'href="(/static/css/desk\.[0-9a-f]{12}\.css)"', html)[0]
    assert "immutable" in site.get(stylesheet)[2]["Cache-Control"]


# Lines of text in the hero and the header, and the emblem that is shown; what they share.
OVERLAPS = """() => {
  const shown = [...document.querySelectorAll('.face > *, .card > svg')].filter(element => element.checkVisibility());
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), range = document.createRange();
  const found = [];
  for (let node; node = walker.nextNode();) {
    if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
    range.selectNodeContents(node);
    for (const text of range.getClientRects())
      for (const box of shown.map(element => element.getBoundingClientRect()))
        if (text.left < box.right && text.right > box.left && text.top < box.bottom && text.bottom > box.top)
          found.push(node.data);
  }
  const boxes = shown.map(element => element.getBoundingClientRect());
  return [shown.length, found, boxes.map(box => box.width / box.height)];
}"""


@pytest.mark.parametrize("writing", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 390, 600, 768, 960, 1280, 1920])
def test_the_emblem_is_clear_of_text(
    browser: Browser, site: RunningSite, pages: list[str], width: int, writing: str
) -> None:
    """One is shown, wide on a phone and square beside the text; of a language that is written from the right, too."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    for slug in ("fachtag-demo", "zwei-tage", "online"):
        page.goto(f"{site.url}/{slug}/")
        page.evaluate("writing => document.documentElement.dir = writing", writing)
        shown, covered, shapes = page.evaluate(OVERLAPS)
        assert (shown, covered) == (1, [])
        assert round(shapes[0], 2) == (1.5 if width < 768 else 1)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    page.goto(site.url)
    shown, covered, shapes = page.evaluate(OVERLAPS)
    assert shown > 10
    assert (covered, {round(shape, 2) for shape in shapes[1:]}) == ([], {1})


@pytest.mark.parametrize("media", [{"forced_colors": "active"}, {"media": "print"}])
def test_the_emblem_is_whole_in_every_medium(browser: Browser, site: RunningSite, media: Any) -> None:
    """Its four colours are told apart where a reader sets the colours of the page, and on paper."""
    page = browser.new_page()
    page.emulate_media(**media)
    page.goto(f"{site.url}/fachtag-demo/")
    fills = page.evaluate(
        """[...document.querySelectorAll('.face path')].filter(path => path.checkVisibility())
           .map(path => getComputedStyle(path).fill)"""
    )
    assert len(set(fills)) >= 3
    house = colours.theme().light
    painted = [ImageColor.getrgb(house[name]) for name in ("emblem", "mid", "soft", "accent")]
    assert set(fills) <= {f"rgb{colour}" for colour in painted}


@pytest.mark.parametrize("media", [{"reduced_motion": "reduce"}, {"forced_colors": "active"}])
def test_what_readers_ask_for(browser: Browser, site: RunningSite, media: Any) -> None:
    page = browser.new_page(**media)
    page.goto(f"{site.url}/fachtag-demo/")
    expect(page.get_by_role("link", name="Jetzt anmelden").first).to_be_visible()
    if "reduced_motion" in media:
        assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"


def test_the_nu_checker_finds_nothing(site: RunningSite, pages: list[str], tmp_path: Path) -> None:
    if not VNU.exists():
        pytest.fail("The Nu checker is missing: make test installs it.")
    files = []
    for number, url in enumerate(pages):
        file = tmp_path / f"{number:02}.html"
        file.write_text(site.get(url.partition("#")[0])[1])
        files.append(str(file))
    done = subprocess.run(["java", "-jar", str(VNU), *files], capture_output=True, text=True, check=False)
    assert done.stderr.replace(str(tmp_path), "") == ""
    assert os.path.getsize(files[0]) > 1000

"""What the browser paints for a house with a logo and colours of its own, and for any other pair of colours."""

import io
import random
from collections.abc import Iterator
from typing import Any

import pytest
from PIL import Image, ImageColor, ImageDraw
from playwright.sync_api import Browser, Page

from events import colours
from tests import factories
from tests.browser.conftest import first_view
from tests.running import RunningSite

HOUSE = ("#7a1f3d", "#e8d5b0")
ITS_LINES = f'[organiser]\nbrand_colour = "{HOUSE[0]}"\naccent_colour = "{HOUSE[1]}"'

_ADD_LOGO = """
import sys
from django.core.files.base import ContentFile
from events.models import Organiser
organiser = Organiser.objects.get(brand_colour="{0}")
organiser.logo.save("logo.png", ContentFile(open("{1}", "rb").read()))
"""


def logo() -> bytes:
    """A flat figure on a transparent ground, as most are."""
    picture, content = Image.new("RGBA", (900, 300), (0, 0, 0, 0)), io.BytesIO()
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 20, 280, 280), HOUSE[0])
    draw.rectangle((340, 100, 880, 200), HOUSE[0])
    picture.save(content, "PNG")
    return content.getvalue()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSite]:
    """A site of which one event, the latest, is of such a house."""
    folder = tmp_path_factory.mktemp("house")
    file, picture = folder / "haus.toml", folder / "logo.png"
    file.write_text(factories.EXAMPLE.read_text().replace("[organiser]", ITS_LINES))
    picture.write_bytes(logo())
    with RunningSite(folder).running() as site:
        site.manage("import_event", str(file), "--slug", "haus", "--starting", "2099-01-01")
        site.manage("shell", "-v0", "-c", _ADD_LOGO.format(HOUSE[0], picture))
        yield site


@pytest.fixture(scope="module")
def pages(site: RunningSite) -> list[str]:
    own = site.register("haus")
    return ["/", "/haus/", "/haus/anmeldung/", own, f"{own}absagen/", "/datenschutz/"]


def link_of(page: Page) -> str:
    """The colour of its links, which is the house's."""
    return str(page.evaluate("getComputedStyle(document.querySelector('footer nav a')).color"))


def in_rgb(colour: str) -> str:
    return f"rgb{ImageColor.getrgb(colour)[:3]}"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_policy_allows_what_its_pages_wear(
    browser: Browser, site: RunningSite, pages: list[str], scheme: Any
) -> None:
    page = browser.new_page(color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    brand = getattr(colours.theme(*HOUSE), scheme)["brand"]
    assert brand != getattr(colours.theme(), scheme)["brand"]
    for url in pages:
        page.goto(site.url + url)
        assert link_of(page) == in_rgb(brand), url
        assert page.evaluate("document.querySelector('.home img').complete"), url
    page.goto(f"{site.url}/fachtag-demo/")
    assert link_of(page) == in_rgb(getattr(colours.theme(), scheme)["brand"])
    assert complaints == []


def test_on_paper_they_are_as_calm_as_any(browser: Browser, site: RunningSite) -> None:
    page = browser.new_page()
    page.emulate_media(media="print")
    page.goto(f"{site.url}/haus/")
    look = "getComputedStyle(document.querySelector('.band'))"
    assert page.evaluate(f"[{look}.backgroundColor, {look}.color]") == ["rgb(255, 255, 255)", "rgb(0, 0, 0)"]


def test_the_first_view_still_fits_and_nothing_jumps(browser: Browser, site: RunningSite) -> None:
    sizes, jumped = first_view(browser, f"{site.url}/haus/")
    assert 2 <= len(sizes) <= 3, sizes
    assert sum(sizes) <= 14_336, sizes
    assert jumped == 0


# Text at less than 7 to 1 on what is painted under it, and edges of controls and signs at less than 3 to 1.
TOO_FAINT = r"""css => {
  if (css) document.getElementById('house').textContent = css;
  const parts = colour => colour.match(/[\d.]+/g).map(Number);
  const luminance = colour => {
    const [r, g, b] = parts(colour).map(part => part / 255).map(
      part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [darker, lighter] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (lighter + 0.05) / (darker + 0.05);
  };
  const ground = element => {
    for (; element; element = element.parentElement) {
      const colour = getComputedStyle(element).backgroundColor;
      if (parts(colour)[3] !== 0) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  const say = (element, one, other, least) => {
    const ratio = contrast(one, other);
    if (ratio < least) found.push([element.outerHTML.slice(0, 80), one, other, ratio.toFixed(2)]);
  };
  let texts = 0, edges = 0;
  for (const element of document.querySelectorAll('body, body *')) {
    if (!element.checkVisibility()) continue;
    const look = getComputedStyle(element);
    if ([...element.childNodes].some(node => node.nodeType === 3 && node.data.trim())) {
      texts += 1;
      say(element, look.color, ground(element), 7);
    }
    if (element.matches('.button, .notice, li.card, textarea, input:not([type=radio], [type=checkbox])')) {
      edges += 1;
      const edge = look.borderTopStyle === 'none' ? look.backgroundColor : look.borderTopColor;
      say(element, edge, ground(element.parentElement), 3);
    }
  }
  return [texts, edges, found];
}"""


@pytest.mark.parametrize("pairs", [4, pytest.param(200, marks=pytest.mark.nightly)])
def test_whatever_pair_everything_can_be_read(
    browser: Browser, site: RunningSite, pages: list[str], pairs: int
) -> None:
    chance = random.Random(pairs)  # noqa: S311 - the same each time
    houses = [colours.nearest(*(f"#{chance.randrange(0x1000000):06x}" for _ in range(2))) for _ in range(pairs)]
    faint, measured = {}, 0
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme, bypass_csp=True)
        for url in pages:
            page.goto(site.url + url)
            page.evaluate("document.querySelectorAll('style')[1].id = 'house'")
            for house in houses:
                texts, edges, found = page.evaluate(TOO_FAINT, colours.style(*house))
                measured += texts + edges
                if found:
                    faint[scheme, url, house] = found
    assert measured > pairs * len(pages) * 2 * 20
    assert faint == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 700])
def test_a_mail_can_be_read_on_any_screen(
    browser: Browser, site: RunningSite, pages: list[str], scheme: Any, width: int
) -> None:
    site.wait_until(site.mails)
    body = site.mails()[0].get_body(("html",))
    assert body is not None
    page = browser.new_page(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.set_content(body.get_content())
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate("getComputedStyle(document.querySelector('.host')).backgroundColor") == in_rgb(
        getattr(colours.theme(*HOUSE), scheme)["deep"]
    )
    texts, edges, faint = page.evaluate(TOO_FAINT, "")
    assert (texts > 15, edges, faint) == (True, 1, [])

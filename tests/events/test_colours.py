"""Any two colours make both themes, or are refused with the nearest that do."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from events import colours
from tests.test_contrast import EDGES, TEXT, contrast, tokens

hexes = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@settings(deadline=None)
@given(hexes, hexes)
@example("#ffffff", "#ffffff")
@example("#000000", "#000000")
@example("#ffff00", "#808080")
@example(colours.BRAND, colours.ACCENT)
@example("#428400", "#9c1a4b")
def test_every_contrast_holds_in_both_themes(brand: str, accent: str) -> None:
    theme = colours.theme(*colours.nearest(brand, accent))
    for found in (theme.light, theme.dark):
        for pairs, least in ((TEXT, colours.TEXT), (EDGES, colours.EDGE)):
            measured = {pair: contrast(found[pair[0]], found[pair[1]]) for pair in pairs}
            assert {pair: ratio for pair, ratio in measured.items() if ratio < least} == {}
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in found.values())


@settings(deadline=None)
@given(hexes, hexes)
def test_a_proposal_holds(brand: str, accent: str) -> None:
    proposed = colours.nearest(brand, accent)
    assert colours.nearest(*proposed) == proposed


@pytest.mark.parametrize(
    "pair",
    [(colours.BRAND, colours.ACCENT), ("#004b93", "#ffcc00"), ("#7a1f3d", "#e8d5b0"), ("#1a1a1a", "#d8e04a")],
)
def test_colours_of_real_houses_stay_as_they_are(pair: tuple[str, str]) -> None:
    assert colours.nearest(*pair) == pair
    assert colours.theme(*pair).light["accent"] == pair[1]
    assert colours.theme(*pair).light["emblem"] == pair[0]


def test_what_cannot_hold_is_moved_no_further_than_it_must() -> None:
    assert colours.nearest("#004b93", "#e2001a") == ("#004b93", "#b30000")
    brand, accent = colours.nearest("#ffe600", "#1a1a1a")
    assert accent == "#1a1a1a"
    assert 4.5 <= colours.contrast(brand, "#fffdf8") < 4.7


@settings(deadline=None)
@given(hexes, hexes)
@example(colours.BRAND, "#ffcc00")
def test_the_stylesheet_and_what_differs_make_the_theme(brand: str, accent: str) -> None:
    pair = colours.nearest(brand, accent)
    day, night = (
        dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6});", part))
        for part in colours.style(*pair).partition("@media(prefers-color-scheme:dark)")[::2]
    )
    assert tokens("light") | day == colours.theme(*pair).light
    assert tokens("dark") | day | night == colours.theme(*pair).dark


def test_a_house_without_colours_of_its_own_needs_no_more() -> None:
    assert colours.style(colours.BRAND, colours.ACCENT) == ""

"""Contrast computed from the tokens of the stylesheet, in both themes (WCAG 2.2, 1.4.6 and 1.4.11)."""

import re
from pathlib import Path

import pytest

from events import colours

CSS = (Path(__file__).parent.parent / "static" / "css" / "fachtag.css").read_text()

TEXT = [
    ("ink", "paper"),
    ("ink", "sand"),
    ("ink", "card"),
    ("mute", "paper"),
    ("mute", "sand"),
    ("mute", "card"),
    ("brand", "paper"),
    ("brand", "sand"),
    ("brand", "card"),
    ("brand-strong", "paper"),
    ("brand-strong", "sand"),
    ("brand-strong", "card"),
    ("on-brand", "brand"),
    ("on-brand", "brand-strong"),
    ("on-deep", "deep"),
    ("on-deep-mute", "deep"),
    ("on-accent", "accent"),
    ("on-accent", "accent-strong"),
    ("accent-light", "deep"),
    ("bad", "paper"),
    ("bad", "card"),
    ("bad", "bad-soft"),
    ("ink", "bad-soft"),
    ("paper", "mute"),
]
EDGES = [
    ("ink", "sand"),  # around the button of the hero
    ("edge", "paper"),
    ("edge", "sand"),
    ("edge", "card"),
    ("brand", "card"),
    ("bad", "paper"),
    ("on-deep", "deep"),
    ("accent-edge", "paper"),
    ("accent-edge", "sand"),
    ("accent-edge", "card"),
]


def tokens(theme: str) -> dict[str, str]:
    """The colours of a theme; the dark one changes some of the light one's."""
    light, dark = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[:2]
    blocks = light if theme == "light" else light + dark
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", blocks))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_those_of_a_house_without_any_of_its_own(theme: str) -> None:
    assert tokens(theme) == getattr(colours.theme(), theme)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula() -> None:
    assert contrast("#000000", "#ffffff") == 21


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("pairs", "least"), [(TEXT, 7.0), (EDGES, 3.0)])
def test_contrast(theme: str, pairs: list[tuple[str, str]], least: float) -> None:
    found = tokens(theme)
    assert len(found) >= 18
    measured = {pair: round(contrast(found[pair[0]], found[pair[1]]), 2) for pair in pairs}
    assert {pair: ratio for pair, ratio in measured.items() if ratio < least} == {}

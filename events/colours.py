"""The colours of a house: all that its pages, mails and pictures paint, computed from two colours of an organiser.

Hue and strength are the organiser's; how light something is, is what the contrasts demand (WCAG 2.2, 1.4.6: 7 to 1 for
text, and 1.4.11: 3 to 1 for edges and signs). Lightness is counted in OKLCH, where it looks the same in every hue.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from coloraide import Color

TEXT = 7.0
EDGE = 3.0

# What a house without colours of its own wears.
BRAND = "#0b5563"
ACCENT = "#f6a83c"

# Warm paper and dark ink are the same for all; a signal for errors must not depend on the house.
_LIGHT = {
    "paper": "#fffdf8",
    "sand": "#f7f0e3",
    "card": "#fffdf8",
    "ink": "#17262b",
    "mute": "#434f53",
    "line": "#e3d8c4",
    "edge": "#77705f",
    "bad": "#991d18",
    "bad-soft": "#fdeeea",
}
# Lightness and chroma of what is grey at night, in the hue of the brand.
_NIGHT = {
    "paper": (0.205, 0.012),
    "sand": (0.245, 0.017),
    "card": (0.275, 0.02),
    "ink": (0.95, 0.006),
    "mute": (0.81, 0.01),
    "line": (0.385, 0.025),
    "edge": (0.68, 0.017),
}
_DARK = {"bad": "#ffaba0", "bad-soft": "#3b1815"}
_PAPER, _INK = _LIGHT["paper"], _LIGHT["ink"]

# The emblem is made of brand and accent: so far apart they must lie, in OKLab.
_APART = 0.2
_STRONGEST = 0.13  # chroma of what is deep, or pale


@dataclass(frozen=True)
class Theme:
    """Colours by the names of the stylesheet's properties, by day and by night."""

    light: Mapping[str, str]
    dark: Mapping[str, str]


@lru_cache(maxsize=64)
def theme(brand: str = BRAND, accent: str = ACCENT) -> Theme:
    """What follows from a pair that holds."""
    grey = {name: _tone(brand, *lightness_and_chroma) for name, lightness_and_chroma in _NIGHT.items()}
    return Theme(_LIGHT | _day(brand, accent), _DARK | grey | _night(brand, accent, grey))


@lru_cache(maxsize=64)
def style(brand: str, accent: str) -> str:
    """What a page of this house needs beside the stylesheet, which wears the colours of one without any of its own."""
    usual, own = theme(), theme(brand, accent)
    light = {name: colour for name, colour in own.light.items() if colour != usual.light[name]}
    dark = {name: colour for name, colour in own.dark.items() if colour != light.get(name, usual.dark[name])}
    return f"{_root(light)}@media(prefers-color-scheme:dark){{{_root(dark)}}}" if light or dark else ""


def _root(properties: Mapping[str, str]) -> str:
    return f":root{{{''.join(f'--{name}:{colour};' for name, colour in properties.items())}}}"


def nearest(brand: str, accent: str) -> tuple[str, str]:
    """The same pair where every contrast can hold, and else the one nearest to it that can."""
    brand = _holding(brand, [_PAPER], EDGE * 1.5, -1)
    options = chain([accent], (_moved(accent, step) for step in _STEPS), [ACCENT, _LIGHT["sand"]])
    return brand, next(option for option in options if _on(option) and _distance(brand, option) >= _APART)


# Away from where it is, by turns darker and lighter, always a little further.
_STEPS = [sign * step / 200 for step in range(1, 200) for sign in (1, -1)]


def _on(accent: str) -> str | None:
    """The colour of words on the accent; None: neither paper nor ink can be read there."""
    return next((tone for tone in (_INK, _PAPER) if contrast(tone, accent) >= TEXT), None)


def _day(brand: str, accent: str) -> dict[str, str]:
    grounds = [_LIGHT["paper"], _LIGHT["sand"], _LIGHT["card"]]
    text = _holding(brand, grounds, TEXT, -1)
    return {
        "brand": text,
        "brand-strong": _holding(_moved(text, -0.1), grounds, TEXT, -1),
        "on-brand": _PAPER,
        "emblem": brand,
        "mid": _tone(brand, 0.67, 0.07),
        "soft": _tone(brand, 0.91, 0.018),
        **_both(brand, accent, grounds, 0.29, -1),
    }


def _night(brand: str, accent: str, grey: Mapping[str, str]) -> dict[str, str]:
    grounds = [grey["paper"], grey["sand"], grey["card"]]
    text = _holding(_moved(brand, 0.2), grounds, TEXT, 1)
    return {
        "brand": text,
        "brand-strong": _holding(_moved(text, 0.06), grounds, TEXT, 1),
        "on-brand": _tone(brand, 0.2, 0.04),
        "emblem": _tone(brand, 0.52, 0.09),
        "mid": _tone(brand, 0.83, 0.08),
        "soft": _tone(brand, 0.3, 0.03),
        **_both(brand, accent, grounds, 0.265, 1),
    }


def _both(brand: str, accent: str, grounds: Iterable[str], depth: float, towards: int) -> dict[str, str]:
    """What is deep by day and by night, and the accent, which stays itself."""
    deep, on_accent = _tone(brand, depth, 0.06), _on(accent) or _INK
    lit = _moved(accent, 0.06 if on_accent == _INK else -0.06)
    return {
        "deep": deep,
        "on-deep": _PAPER,
        "on-deep-mute": _tone(brand, 0.94, 0.012),
        "deep-mid": _tone(brand, 0.83, 0.08),
        "deep-soft": _tone(brand, 0.36, 0.05),
        "deep-emblem": _tone(brand, 0.52, 0.09),
        "accent": accent,
        "accent-strong": lit,
        "on-accent": on_accent,
        "accent-edge": _holding(accent, grounds, EDGE, towards),
        "accent-light": _holding(accent, [deep], TEXT, 1),
    }


def contrast(one: str, other: str) -> float:
    """From 1, the same, to 21 (WCAG 2.2)."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    """With the rounded weights of WCAG, which every checker counts with: others find 6.9996 where this finds 7."""
    red, green, blue = Color(colour).convert("srgb-linear").coords()
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _holding(colour: str, grounds: Iterable[str], ratio: float, towards: int) -> str:
    """This colour, so much darker (-1) or lighter (1) that it holds the contrast on all of these."""
    grounds = list(grounds)
    options = (_moved(colour, towards * step / 200) for step in range(200))
    return next(option for option in options if min(contrast(option, ground) for ground in grounds) >= ratio)


def _tone(colour: str, lightness: float, chroma: float) -> str:
    """As light as this, in the hue of the colour; a grey stays grey."""
    found = Color(colour).convert("oklch")
    return _hex(found.set({"lightness": lightness, "chroma": min(chroma, found["chroma"], _STRONGEST)}))


def _moved(colour: str, difference: float) -> str:
    """So much lighter."""
    found = Color(colour).convert("oklch")
    return _hex(found.set("lightness", min(max(found["lightness"] + difference, 0), 1)))


def _distance(one: str, other: str) -> float:
    return float(Color(one).distance(other, space="oklab"))


def _hex(colour: Color) -> str:
    return colour.convert("srgb").fit(method="oklch-chroma").to_string(hex=True)

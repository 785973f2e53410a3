"""The alphabet of a German list (DIN 5007, 1): Ä stands with A and ß with ss, whichever the database is."""

import re
import unicodedata
from collections.abc import Iterable

from registration.models import Registration

# What is a letter of its own, and no other one with a mark.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})

_MARKS = re.compile(f"[{''.join(filter(unicodedata.combining, map(chr, range(0x300, 0x3100))))}]+")

Row = tuple[str, str, int]  # last name, first name, key


def plain(text: str) -> str:
    """The letters without capitals and marks."""
    if text.isascii():
        return text.casefold()
    return _MARKS.sub("", unicodedata.normalize("NFD", text.casefold().translate(_LETTERS)))


def in_order(guests: Iterable[Registration]) -> list[Registration]:
    """By last name, then by first name."""
    return sorted(guests, key=lambda guest: _rank(guest.last_name, guest.first_name, guest.pk))


def keys_in_order(rows: Iterable[Row]) -> list[int]:
    """The keys of these guests in the same order."""
    return [key for _last, _first, key in sorted(rows, key=lambda row: _rank(*row))]


def _rank(last_name: str, first_name: str, key: int) -> tuple[str | int, ...]:
    return plain(last_name), plain(first_name), last_name, first_name, key

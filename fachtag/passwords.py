"""Twelve characters may still be one guess: a word twice, a row of keys, the name of the house and a year.

Own code, because zxcvbn (MIT, 1.7 MB, last released in February 2025) knows English alone: to it, willkommen2024,
Fachtag2026!! and landratsamt2025 are as good as passwords get.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

ENOUGH = 8
WORDS = """
    admin administrator anmeldung baden bayern berlin brandenburg computer dienstag dresden fachtag fachtagung frühling
    fruehling fussball fußball geheim hallo hamburg herbst ichliebe internet kennwort kommune konferenz kreis landkreis
    landratsamt letmein login mittelsachsen mittwoch montag organisation organiser passw0rd passw0rt passwort password
    sachsen schatz sommer sonne sonntag stadt start tagung test veranstalter veranstaltung verein verwaltung welcome
    willkommen winter
"""
ROWS = "01234567890123456789 abcdefghijklmnopqrstuvwxyz qwertzuiopü qwertyuiop asdfghjklöä yxcvbnm zxcvbnm"
KNOWN = re.compile("|".join([*sorted(WORDS.split(), key=len, reverse=True), r"(?:19|20)\d\d"]))


class GuessableValidator:
    """Refuses what follows from itself, or from what everybody tries first."""

    def validate(self, password: str, user: object = None) -> None:
        if surprises(password) < ENOUGH:
            message = _(
                "This password is easy to guess: it repeats itself, follows a row of keys or consists of words and"
                " years that are tried first. Take several words that have nothing to do with each other."
            )
            raise ValidationError(message, "guessable")

    def get_help_text(self) -> str:
        return _("It must not repeat itself, follow a row of keys or consist of words that are tried first.")


def surprises(password: str) -> int:
    """How many pieces a password has, where a known word, a year, a row of keys and a repetition are one each."""
    text, count, at = password[:100].casefold(), 0, 0
    while at < len(text):
        at += _piece(text, at)
        count += 1
    return count


def _piece(text: str, at: int) -> int:
    """The length of the longest piece that begins here."""
    known = KNOWN.match(text, at)
    longest = known.end() - at if known else 1
    length = 3
    while at + length <= len(text) and _follows(text, at, length):
        longest, length = max(longest, length), length + 1
    return longest


def _follows(text: str, at: int, length: int) -> bool:
    piece = text[at : at + length]
    repeats = text.find(piece) < at
    return repeats or piece in ROWS or piece[::-1] in ROWS

"""How far keys and dates may go; beyond, databases and time zones no longer count."""

from datetime import date


def is_key(word: str) -> bool:
    """Whether a row could have this number: both databases count to 19 digits, and Python reads 4,300 at most."""
    return word.isascii() and word.isdecimal() and len(word) < 19


def is_of_our_time(day: date) -> bool:
    return 1900 <= day.year < 3000

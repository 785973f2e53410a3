"""How two texts differ, word by word."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Literal

Part = tuple[Literal["same", "gone", "new"], str]

# Comparing costs about the square of the words, and of the pairs of the same word in both texts. Up to these it takes
# 0.2 seconds at most; what is longer is told as a whole.
WORDS = 600
PAIRS = 10_000

# So many words of what is the same are read around a difference.
AROUND = 8


def parts(before: str, after: str) -> list[Part]:
    """The texts as one: what stayed, shortened where it is long, what is gone, and what is new."""
    old, new = _words(before), _words(after)
    start = _same_at_the_start(old, new)
    end = _same_at_the_start(old[start:][::-1], new[start:][::-1])
    middle = _compared(old[start : len(old) - end], new[start : len(new) - end])
    all_parts: list[Part] = [("same", "".join(old[:start])), *middle, ("same", "".join(old[len(old) - end :]))]
    shown = [(kind, text) for kind, text in all_parts if text]
    last = len(shown) - 1
    return [
        (kind, _shortened(text, number == 0, number == last) if kind == "same" else text)
        for number, (kind, text) in enumerate(shown)
    ]


def _words(text: str) -> list[str]:
    return re.findall(r"\S+\s*|\s+", text)


def _same_at_the_start(old: list[str], new: list[str]) -> int:
    return next(
        (number for number, (one, two) in enumerate(zip(old, new, strict=False)) if one != two), min(len(old), len(new))
    )


def _compared(old: list[str], new: list[str]) -> Iterator[Part]:
    counted = Counter(new)
    if max(len(old), len(new)) > WORDS or sum(counted[word] for word in old) > PAIRS:
        yield from (("gone", "".join(old)), ("new", "".join(new)))
        return
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", "".join(old[old_from:old_to])
        else:
            yield "gone", "".join(old[old_from:old_to])
            yield "new", "".join(new[new_from:new_to])


def _shortened(text: str, is_first: bool, is_last: bool) -> str:
    words = _words(text)
    if len(words) <= 2 * AROUND + 1:
        return text
    head = "" if is_first else "".join(words[:AROUND])
    tail = "" if is_last else "".join(words[-AROUND:])
    return f"{head}… {tail}"

"""Text that people typed or pasted, without what no reader sees and no mail, table or calendar can hold."""

import unicodedata

# They turn the direction of everything after them, in lists and mails too; no text of ours needs them.
_DIRECTION_OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def line(text: str) -> str:
    """One line: white space of any kind becomes one space."""
    return " ".join(filter(None, map(_visible, text.split())))


def header(text: str) -> str:
    """One line in which nothing is an encoded word (RFC 2047), which would be decoded to whatever somebody typed."""
    return line(text).replace("=?", "= ?")


def paragraphs(text: str) -> str:
    """Several lines, each as it was typed."""
    return "\n".join(_visible(part) for part in text.splitlines())


# As German is written where there are no such letters; folding has made ß two letters already.
_WITHOUT_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def written_out(text: str) -> str:
    """Without capitals and umlauts: Müller is mueller."""
    return text.casefold().translate(_WITHOUT_UMLAUTS)


def _visible(text: str) -> str:
    if text.isprintable():  # most is, and then nothing is to be taken out
        return text
    return "".join(
        character
        for character in text
        if unicodedata.category(character) not in {"Cc", "Cs"}
        and character not in _DIRECTION_OVERRIDES
        and not _is_noncharacter(ord(character))
    )


def _is_noncharacter(code: int) -> bool:
    """Whether Unicode promises that this will never be a character; XML refuses some of them."""
    return code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF

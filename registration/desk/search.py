"""Finding a guest by what somebody remembers: Müller as Mueller, Muller or mull."""

import unicodedata
from collections.abc import Iterable

from events import plaintext
from registration import answers
from registration.desk.alphabet import Row, plain
from registration.models import Answer
from registration.models.registration import RegistrationQuerySet

_NAMES = ("last_name", "first_name", "organisation")


def found_by(words: str, guests: RegistrationQuerySet, *, with_needs: bool, by_name: bool = False) -> list[Row]:
    """The guests in whose names, organisation, address or answers each of these words stands; in sensitive answers only
    `with_needs`, and `by_name` in neither address nor answers. They are compared here, because no database folds
    umlauts as people do."""
    wanted = [_spellings(word) for word in words.split()]
    said: dict[int, str] = {}
    found = Answer.objects.filter(registration__in=guests.order_by().values("pk")).select_related("question")
    found = found if with_needs else found.exclude(question__sensitive=True)
    for answer in () if by_name else found:
        key = answer.registration_id
        said[key] = f"{said.get(key, '')} {answers.in_words(answer.question, answer.value)}"
    fields = (*_NAMES, "pk") if by_name else (*_NAMES, "email", "pk")
    return [
        (last_name, first_name, key)
        for last_name, first_name, *texts, key in guests.order_by().values_list(*fields)
        if _has_all(wanted, _spellings(" ".join([first_name, last_name, *texts, said.get(key, "")])))
    ]


def _has_all(wanted: Iterable[tuple[str, ...]], there: tuple[str, ...]) -> bool:
    return all(any(word in text for word in words for text in there) for words in wanted)


def _spellings(text: str) -> tuple[str, ...]:
    """Without umlauts in the two ways in which people do without: Mueller and Muller."""
    if text.isascii():
        return (text.casefold(),)
    text = unicodedata.normalize("NFC", text).casefold()
    return plaintext.written_out(text), plain(text)

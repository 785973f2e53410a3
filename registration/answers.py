"""The organiser's own questions: whom each is put to, what answers it, and how answers are kept and read."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from events.models import Event, Question
from registration.models import Answer, Registration

Kind = Question.Kind

# Text, keys of options, or yes and no.
Value = str | bool | list[str]
Given = Mapping[str, Value | None]


def is_put_to(question: Question, *, livestream: bool) -> bool:
    """Whether a guest of the livestream, or one at the place, is asked this."""
    others = Question.Audience.PLACE if livestream else Question.Audience.LIVESTREAM
    return question.audience != others


def is_answer(value: Value | None) -> bool:
    """Whether somebody said something: no is an answer too."""
    return value is not None and value != "" and value != []


def fits(question: Question, value: Value) -> bool:
    """Whether this can be said to the question as it is now, with the options of now."""
    match question.kind:
        case Kind.CHOICE:
            return isinstance(value, str) and value in _labels(question)
        case Kind.CHOICES:
            return isinstance(value, list) and set(value) <= _labels(question).keys()
        case Kind.YES_NO:
            return isinstance(value, bool)
    return isinstance(value, str)


def in_words(question: Question, value: Value) -> str:
    """The answer as people read it."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return "; ".join(_labels(question).get(key, key) for key in value)
    return _labels(question).get(value, value)


def _labels(question: Question) -> dict[Any, str]:
    return dict(question.options)


@dataclass(frozen=True)
class Count:
    """How often each option of a question was chosen; without options, how many answered it."""

    question: Question
    answered: int
    options: list[tuple[str, int]]


def counts(event: Event, *, sensitive: bool) -> list[Count]:
    """For each question of the event that is sensitive, or is not, those who come, wait or follow the livestream."""
    questions = event.questions.filter(sensitive=sensitive)
    return [_count(question) for question in questions.prefetch_related(Prefetch("answers", _live()))]


def _live() -> QuerySet[Answer]:
    return Answer.objects.filter(registration__in=Registration.objects.live())


def _count(question: Question) -> Count:
    values = [answer.value for answer in question.answers.all()]
    found = Counter(one for value in values for one in (value if isinstance(value, list) else [value]))
    options = [(True, _("yes")), (False, _("no"))] if question.kind == Kind.YES_NO else question.options
    return Count(question, len(values), [(label, found[key]) for key, label in options])


# One guest's answers


def of(registration: Registration) -> list[Answer]:
    """What the guest has answered, in the order of the questions."""
    return list(registration.answers.select_related("question"))


def read(registration: Registration) -> list[tuple[str, str]]:
    """Pairs of a question and what the guest has answered, in words."""
    return [(answer.question.label, in_words(answer.question, answer.value)) for answer in of(registration)]


def put_to(questions: Iterable[Question], *, livestream: bool) -> list[Question]:
    """Those that a guest of the livestream, or one at the place, is asked."""
    return [question for question in questions if is_put_to(question, livestream=livestream)]


def settled(questions: Collection[Question], stored: Iterable[Answer], given: Given) -> dict[Question, Value]:
    """What a guest to whom these questions are put has answered, once `given` is stored, by keys of the questions.

    A question that it says nothing of keeps its answer; what is no longer asked is no longer answered.
    """
    values: dict[str, Any] = {answer.question.key: answer.value for answer in stored} | dict(given)
    return {question: values[question.key] for question in questions if is_answer(values.get(question.key))}


def missing(questions: Collection[Question], answers: Mapping[Question, Value]) -> list[Question]:
    """Those that must be answered and are not, or not with anything that can be said now."""
    return [
        question
        for question in questions
        if (not fits(question, answers[question]) if question in answers else question.required)
    ]


def new_at_the_place(registration: Registration) -> list[Question]:
    """What a guest of the livestream must still answer to come to the place. Those who come are not held up by what was
    added after they had registered."""
    if not registration.livestream:
        return []
    found = put_to(registration.event.questions.all(), livestream=False)
    questions = [question for question in found if not is_put_to(question, livestream=True)]
    return missing(questions, settled(questions, of(registration), {}))


def store(registration: Registration, stored: Sequence[Answer], answers: Mapping[Question, Value]) -> bool:
    """Make these the answers of a registration that has been stored; say whether that is any change."""
    before = {answer.question: answer.value for answer in stored}
    gone = [question for question in before if question not in answers]
    news = [question for question, value in answers.items() if question not in before or before[question] != value]
    if gone:
        registration.answers.filter(question__in=gone).delete()
    if news:
        Answer.objects.bulk_create(
            [Answer(registration=registration, question=question, value=answers[question]) for question in news],
            update_conflicts=True,
            unique_fields=["registration", "question"],
            update_fields=["value"],
        )
    return bool(gone or news)

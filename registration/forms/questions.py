"""The organiser's own questions as fields of a form: a question is data, and nothing here knows any of them."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.models import Question
from registration import answers
from registration.forms.fields import GONE, LineField, ParagraphsField

Kind = Question.Kind

ANSWER_MISSING = gettext_lazy("Please answer this question.")
CHOICE_MISSING = gettext_lazy("Please choose an answer.")

_FOR_WHOM = {
    Question.Audience.PLACE: gettext_lazy("Only for those who come to the place."),
    Question.Audience.LIVESTREAM: gettext_lazy("Only for guests of the livestream."),
}


class YesNoField(forms.ChoiceField):
    """Yes or no; who is not bound to answer may leave it open."""

    widget = forms.RadioSelect

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=[("yes", _("yes")), ("no", _("no"))], **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value

    def clean(self, value: Any) -> Any:
        return {"yes": True, "no": False}.get(super().clean(value))


def question_field(question: Question) -> str:
    """The name of its field, such as question_needs."""
    return f"question_{question.key}"


def unanswered(question: Question) -> Any:
    """What somebody reads who has not answered it."""
    return ANSWER_MISSING if question.kind in {Kind.LINE, Kind.PARAGRAPH} else CHOICE_MISSING


def field(question: Question, *, required: bool, for_whom: bool) -> forms.Field:
    """The field of a question, and `for_whom` it is if the form does not know yet who is asked."""
    audience = _FOR_WHOM.get(Question.Audience(question.audience), "") if for_whom else ""
    common: dict[str, Any] = {
        "label": question.label,
        "help_text": " ".join(str(part) for part in (audience, question.help, question.purpose) if part),
        "required": required,
        "error_messages": {"required": unanswered(question), "invalid_choice": GONE},
    }
    match question.kind:
        case Kind.PARAGRAPH:
            made: forms.Field = ParagraphsField(max_length=1000, widget=forms.Textarea(attrs={"rows": 3}), **common)
        case Kind.CHOICE:
            made = forms.ChoiceField(choices=question.options, widget=forms.RadioSelect, **common)
        case Kind.CHOICES:
            made = forms.MultipleChoiceField(choices=question.options, widget=forms.CheckboxSelectMultiple, **common)
        case Kind.YES_NO:
            made = YesNoField(**common)
        case _:
            made = LineField(max_length=300, **common)
    made.question = question  # type: ignore[attr-defined]
    return made


def lacks_an_answer(question: Question, value: Any, *, livestream: bool) -> bool:
    """Whether somebody must still answer it who takes part in this way."""
    return question.required and answers.is_put_to(question, livestream=livestream) and not answers.is_answer(value)

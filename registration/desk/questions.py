"""What an event asks its guests, and what it asks them to agree to."""

from collections.abc import Iterable
from typing import Any

from crispy_forms.layout import Div, Submit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from events.bounds import is_key
from events.forms import Lines, OptionsField
from events.models import ConsentRequest, Event, Question, Workshop, first_free
from registration import booking, consents, followups, history
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.saving import Attempt, attempt, deleted
from registration.forms import PutQuestionsForm
from registration.forms.guarded import Included, layout
from registration.forms.questions import field, question_field
from registration.rights import Right


class QuestionForm(forms.ModelForm):
    """One question. Its key, which lists and files go by, is made from its first words."""

    options = OptionsField(
        label=gettext_lazy("What guests choose from"),
        required=False,
        help_text=gettext_lazy(
            "Only for a choice. One a line. The words may change later; what stands before the = is what answers keep."
        ),
    )

    sees_needs = True  # whoever fills it in

    class Meta:
        model = Question
        fields = ("label", "help", "kind", "options", "audience", "required", "sensitive", "purpose")
        labels = {
            "label": gettext_lazy("Question"),
            "help": gettext_lazy("Hint"),
            "kind": gettext_lazy("How guests answer"),
            "audience": gettext_lazy("Who is asked"),
            "required": gettext_lazy("Everybody who is asked must answer"),
            "sensitive": gettext_lazy("The answers are sensitive"),
            "purpose": gettext_lazy("What it is for"),
        }

    def __init__(self, event: Event, question: Question, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, instance=question)
        question.event = event

    @cached_property
    def helper(self) -> Any:
        return layout(
            "label",
            "help",
            Div("kind", "audience", css_class="line"),
            "options",
            "required",
            "sensitive",
            "purpose",
            Included("desk/_version.html"),
            Submit("", _("Save")),
        )

    def clean_sensitive(self) -> bool:
        """Whoever may not see the answers opens them to nobody else either."""
        sensitive: bool = self.cleaned_data["sensitive"]
        if self.instance.sensitive and not sensitive and not self.sees_needs and self.instance.is_answered:
            raise ValidationError(
                _("Guests have answered, so only somebody who sees sensitive answers may change this.")
            )
        return sensitive

    def save(self, commit: bool = True) -> Question:
        question: Question = self.instance
        if question.pk is None:
            others = question.event.questions
            question.order = (others.aggregate(last=Max("order"))["last"] or 0) + 1
            question.key = first_free(Workshop.key_of(question.label), set(others.values_list("key", flat=True)))
        return super().save()  # type: ignore[no-any-return]


class ConsentForm(forms.ModelForm):
    """What guests are asked to agree to, for one purpose."""

    class Meta:
        model = ConsentRequest
        fields = ("purpose", "kind", "wording", "alternative")
        labels = {
            "purpose": gettext_lazy("Purpose"),
            "kind": gettext_lazy("Kind"),
            "wording": gettext_lazy("Wording"),
            "alternative": gettext_lazy("Without that consent"),
        }
        widgets = {"wording": Lines(4), "alternative": Lines(3)}

    def __init__(self, event: Event, asked: ConsentRequest, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, instance=asked)
        asked.event = event

    @cached_property
    def helper(self) -> Any:
        parts = (*self.Meta.fields, Included("desk/_version.html"), Submit("", _("Save")))
        return layout(*parts)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        others = self.instance.event.consent_requests.exclude(pk=self.instance.pk)
        if others.filter(purpose=cleaned.get("purpose", "")).exists():
            self.add_error("purpose", _("This event asks for a consent for this purpose already."))
        return cleaned


class Preview(forms.Form):
    """The questions and consents as they stand in the form for guests."""

    def __init__(self, questions: Iterable[Question], asked: Iterable[ConsentRequest]) -> None:
        super().__init__()
        for question in questions:
            self.fields[question_field(question)] = field(question, required=question.required, for_whom=True)
        for one in asked:
            is_required = one.kind == ConsentRequest.Kind.REQUIRED
            consent = forms.BooleanField(label=one.wording, help_text=one.alternative, required=is_required)
            self.fields[f"consent_{one.purpose}"] = consent


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def questions(request: DeskRequest, event: Event) -> HttpResponse:
    """All of them in their order; two buttons let a question change places with its neighbour."""
    if request.method == "POST":
        up, down = request.POST.get("up", ""), request.POST.get("down", "")
        with transaction.atomic():
            moved = move(event, int(up or down), up=bool(up)) if is_key(up or down) else None
            if moved is not None:
                said = _("Moved up") if up else _("Moved down")
                history.record(request.user, moved, [said], timezone.now(), event=event)
        if moved is None:
            messages.error(request, _("This question cannot change places any more."))
        return redirect("admin:event_questions", event.slug)
    found = list(event.questions.annotate(answered=Count("answers")).order_by("order", "pk"))
    asked = list(event.consent_requests.all())
    return event_page(
        request,
        event,
        "questions",
        _("Questions and consents"),
        questions=found,
        consents=[(one, _agreed(event, one)) for one in asked],
        preview=Preview(found, asked),
        may_add_consent=len(asked) < len(ConsentRequest.Purpose),
        may_put=Right.GUESTS in request.rights and bool(found) and event.registrations.live().exists(),
    )


def _agreed(event: Event, asked: ConsentRequest) -> int:
    """How many guests have agreed to it, in whatever words."""
    return event.registrations.live().filter(consents.has_agreed(consents.Purpose(asked.purpose))).count()


@transaction.atomic
def move(event: Event, key: int, *, up: bool) -> Question | None:
    """Let a question change places with the one before it or after it; None if there is none. Raises EventGone."""
    found = list(booking.locked(event).questions.all())
    place = next((number for number, question in enumerate(found) if question.pk == key), -1)
    other = place - 1 if up else place + 1
    if place < 0 or not 0 <= other < len(found):
        return None
    moved = found[place]
    found[place], found[other] = found[other], found[place]
    for order, question in enumerate(found):
        event.questions.filter(pk=question.pk).update(order=order)
    return moved


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def question(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """One question, edited; what guests have answered keeps its meaning."""

    def build(event: Event, data: object, files: object) -> QuestionForm:
        form = QuestionForm(event, get_object_or_404(event.questions, pk=key), data, files)
        form.sees_needs = Right.NEEDS in request.rights
        return form

    answered = get_object_or_404(event.questions, pk=key).answers.count()
    seen = Preview(event.questions.filter(pk=key), [])
    made = attempt(request, event, build)
    return _edited(request, event, made, _("Edit a question"), "question", answered=answered, preview=seen)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def new_question(request: DeskRequest, event: Event) -> HttpResponse:
    def build(event: Event, data: object, files: object) -> QuestionForm:
        return QuestionForm(event, Question(), data, files)

    made = attempt(request, event, build)
    if made.is_saved and followups.to_ask(made.form.instance, timezone.now()).exists():
        unasked = _("There are guests who registered before you added this question, and were not asked.")
        messages.warning(request, unasked)
    return _edited(request, event, made, _("Add a question"), "question")


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def consent(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """One consent, edited; whoever agreed before agreed to the words of then."""

    def build(event: Event, data: object, files: object) -> ConsentForm:
        return ConsentForm(event, get_object_or_404(event.consent_requests, pk=key), data, files)

    agreed = _agreed(event, get_object_or_404(event.consent_requests, pk=key))
    seen = Preview([], event.consent_requests.filter(pk=key))
    made = attempt(request, event, build)
    return _edited(request, event, made, _("Edit a consent"), "consent", agreed=agreed, preview=seen)


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def new_consent(request: DeskRequest, event: Event) -> HttpResponse:
    def build(event: Event, data: object, files: object) -> ConsentForm:
        return ConsentForm(event, ConsentRequest(), data, files)

    return _edited(request, event, attempt(request, event, build), _("Add a consent"), "consent")


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def delete_question(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """Delete one that nobody has answered."""
    with transaction.atomic():
        found = get_object_or_404(booking.locked(event).questions, pk=key)  # nobody answers it meanwhile
        return _deleted(request, event, found, "question", answered=found.answers.count())


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.TEXTS)
def delete_consent(request: DeskRequest, event: Event, key: int) -> HttpResponse:
    """Ask for it no more; what guests decided stays on record."""
    with transaction.atomic():
        found = get_object_or_404(booking.locked(event).consent_requests, pk=key)
        return _deleted(request, event, found, "consent", agreed=_agreed(event, found))


@require_http_methods(["GET", "HEAD", "POST"])
@for_event(Right.GUESTS)
def put_questions(request: DeskRequest, event: Event) -> HttpResponse:
    """Mail questions to guests who had registered before they were added."""
    now = timezone.now()
    form = PutQuestionsForm(request.POST or None, offered=followups.offered(event, now))
    if form.is_valid():
        questions = form.cleaned_data["questions"]
        with transaction.atomic():
            asked = followups.put(event, questions, now)
            labels = "”, “".join(question.label for question in questions)
            put = ngettext("Put “%(questions)s” to %(count)d guest", "Put “%(questions)s” to %(count)d guests", asked)
            history.record(request.user, event, [put % {"questions": labels, "count": asked}] if asked else [], now)
        said = ngettext("%(count)d guest is asked by mail.", "%(count)d guests are asked by mail.", asked)
        messages.success(request, said % {"count": asked})
        return redirect("admin:event_put_questions", event.slug)
    form.helper = layout("questions", Submit("", _("Ask by mail")))  # type: ignore[attr-defined]
    return event_page(request, event, "put_questions", _("Put questions to guests"), tab="questions", form=form)


def _edited(
    request: DeskRequest, event: Event, attempt: Attempt, title: str, name: str, **context: Any
) -> HttpResponse:
    if not attempt.is_saved:
        context |= {"attempt": attempt, "form": attempt.form, "key": attempt.form.instance.pk}
        return event_page(request, event, name, title, tab="questions", status=attempt.status, **context)
    stored = attempt.form.instance
    messages.success(request, _("“%(title)s” is stored.") % {"title": stored})
    return redirect("admin:event_questions", event.slug)


def _deleted(
    request: DeskRequest, event: Event, found: Question | ConsentRequest, name: str, **context: Any
) -> HttpResponse:
    if deleted(request, event, found, called=found, stays=context.get("answered", 0)):
        return redirect("admin:event_questions", event.slug)
    context |= {"found": found, "back": f"admin:event_{name}"}
    status = 409 if request.method == "POST" else 200
    title = _("Delete “%(title)s”") % {"title": found}
    return event_page(request, event, "question_delete", title, tab="questions", status=status, **context)

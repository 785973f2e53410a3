"""What an event asks its guests for."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models.event import Event


class ConsentRequest(models.Model):
    """What the event asks its guests to agree to; `registration.consents` keeps who was shown which wording.

    All purposes are about pictures taken at the place, so guests of the livestream are not asked.
    """

    class Purpose(models.TextChoices):
        RECORDING = "recording", _("recordings")
        PUBLICITY = "publicity", _("photos for public relations")

    class Kind(models.TextChoices):
        REQUIRED = "required", _("required for taking part at the place")
        VOLUNTARY = "voluntary", _("voluntary")

    event = models.ForeignKey(Event, models.CASCADE, related_name="consent_requests", verbose_name=_("event"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.VOLUNTARY)
    wording = models.TextField(_("wording"), help_text=_("The exact sentence that guests agree to."))
    alternative = models.TextField(
        _("without that consent"),
        blank=True,
        help_text=_("What you offer somebody who does not agree, printed at the box. A required consent needs it."),
    )

    class Meta:
        verbose_name = _("consent asked for")
        verbose_name_plural = _("consents asked for")
        ordering: ClassVar = ["event_id", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_consent_a_purpose",
                fields=["event", "purpose"],
                violation_error_message=_("This event asks for a consent for this purpose already."),
            )
        ]

    def __str__(self) -> str:
        return self.get_purpose_display()

    @property
    def lacks_an_alternative(self) -> bool:
        """Whether guests are left without a choice, which makes a consent void (GDPR, article 7, 4)."""
        return self.kind == self.Kind.REQUIRED and not self.alternative.strip()


class Question(models.Model):
    """What an organiser asks guests beside their names, such as what they would like to eat."""

    class Kind(models.TextChoices):
        LINE = "line", _("a line")
        PARAGRAPH = "paragraph", _("a paragraph")
        CHOICE = "choice", _("one of several")
        CHOICES = "choices", _("several of several")
        YES_NO = "yes_no", _("yes or no")

    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("everybody")
        PLACE = "place", _("guests at the place")
        LIVESTREAM = "livestream", _("guests of the livestream")

    event = models.ForeignKey(Event, models.CASCADE, related_name="questions", verbose_name=_("event"))
    key = models.SlugField(
        _("key"), max_length=60, help_text=_("Its name in files and lists, whatever its words become.")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    label = models.CharField(_("question"), max_length=200)
    help = models.CharField(_("hint"), max_length=300, blank=True)
    kind = models.CharField(_("kind"), max_length=9, choices=Kind)
    # Pairs of a key, which answers keep, and the words for it, which may be corrected.
    options = models.JSONField(_("options"), default=list, blank=True)
    required = models.BooleanField(_("required"), default=False)
    sensitive = models.BooleanField(
        _("sensitive"),
        default=False,
        help_text=_("About health, food or faith: erased early, in no mail, and in a list of its own."),
    )
    purpose = models.CharField(
        _("what it is for"), max_length=200, blank=True, help_text=_("Printed at the question (GDPR, article 13).")
    )
    audience = models.CharField(_("for"), max_length=10, choices=Audience, default=Audience.EVERYBODY)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering: ClassVar = ["event_id", "order", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="question_key_unique_in_event",
                fields=["event", "key"],
                violation_error_message=_("Another question of this event has this key."),
            )
        ]

    def __str__(self) -> str:
        return self.label

    @classmethod
    def usual(cls) -> "Question":
        """The one that every new event brings along; from then on its words are the organiser's."""
        return cls(
            key="needs",
            label=gettext("What you need to take part"),
            help=gettext("Such as a ramp, sign language, a seat in front, or food. Only the organisers read it."),
            kind=cls.Kind.PARAGRAPH,
            sensitive=True,
            purpose=gettext("So that we can prepare everything for you."),
        )

    @property
    def has_options(self) -> bool:
        """Whether guests choose from something."""
        return self.kind in {self.Kind.CHOICE, self.Kind.CHOICES}

    @property
    def is_answered(self) -> bool:
        return self.pk is not None and self.answers.exists()

    def clean(self) -> None:
        if self.has_options and not self.options:
            raise ValidationError({"options": _("Please say what guests choose from.")})
        if self.options and not self.has_options:
            raise ValidationError({"options": _("There is nothing to choose in a question of this kind.")})
        self._keep_answers()

    def _keep_answers(self) -> None:
        """Raise ValidationError where what guests answered would mean nothing any more."""
        before = Question.objects.filter(pk=self.pk).first()
        if before is None:
            return
        values = list(before.answers.values_list("value", flat=True))
        if values and self.key != before.key:
            raise ValidationError({"key": _("Guests have answered, so the key stays “%s”.") % before.key})
        if values and self.kind != before.kind:
            kind = before.get_kind_display()
            raise ValidationError({"kind": _("Guests have answered, so the kind stays “%s”.") % kind})
        chosen = {key for value in values for key in _keys(value)}
        if gone := [label for key, label in before.options if key in chosen - {key for key, _label in self.options}]:
            message = _("Guests have chosen “%s”, so it stays; its words may change, but not the key before them.")
            raise ValidationError({"options": message % "”, “".join(gone)})


def _keys(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

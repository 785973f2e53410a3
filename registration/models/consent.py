"""What guests agreed to, as proof."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import ConsentRequest, Event
from registration.models.registration import Registration


class WrittenOnce(models.Model):
    """A row that proves something: it is added and never changed."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError(f"{type(self).__name__} is written once.")
        super().save(*args, **kwargs)


class ConsentText(WrittenOnce):
    """The exact wording that guests were shown, in one version; another wording is another row."""

    class Purpose(models.TextChoices):
        PRIVACY = "privacy", _("privacy notice")
        RECORDING = ConsentRequest.Purpose.RECORDING.value, ConsentRequest.Purpose.RECORDING.label
        PUBLICITY = ConsentRequest.Purpose.PUBLICITY.value, ConsentRequest.Purpose.PUBLICITY.label

    class Kind(models.TextChoices):
        INFORMATION = "information", _("information")
        REQUIRED = ConsentRequest.Kind.REQUIRED.value, ConsentRequest.Kind.REQUIRED.label
        VOLUNTARY = ConsentRequest.Kind.VOLUNTARY.value, ConsentRequest.Kind.VOLUNTARY.label

    event = models.ForeignKey(Event, models.PROTECT, related_name="consent_texts", verbose_name=_("event"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    kind = models.CharField(_("kind"), max_length=11, choices=Kind)
    version = models.PositiveSmallIntegerField(_("version"))
    wording = models.TextField(_("wording"))
    alternative = models.TextField(_("alternative offered"), blank=True)
    sha256 = models.CharField(_("SHA-256 of kind, wording and alternative"), max_length=64)

    class Meta:
        verbose_name = _("consent text")
        verbose_name_plural = _("consent texts")
        ordering: ClassVar = ["event_id", "purpose", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="consent_text_version_unique", fields=["event", "purpose", "version"]),
            models.UniqueConstraint(name="consent_text_wording_unique", fields=["event", "purpose", "sha256"]),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}, {self.version}"


class ConsentRecord(WrittenOnce):
    """What a guest decided, when and through which channel. Rows are only added (GDPR, article 7, 1)."""

    class Decision(models.TextChoices):
        INFORMED = "informed", _("informed")
        GIVEN = "given", _("given")
        REFUSED = "refused", _("not given")
        WITHDRAWN = "withdrawn", _("withdrawn")

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="consents", verbose_name=_("registration")
    )
    text = models.ForeignKey(ConsentText, models.PROTECT, related_name="records", verbose_name=_("text"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision)
    at = models.DateTimeField(_("at"))
    channel = models.CharField(_("channel"), max_length=5, choices=Registration.Channel)
    actor = models.CharField(_("recorded by"), max_length=150, blank=True, help_text=_("Empty: the guest."))

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering: ClassVar = ["pk"]  # they are added under the event's lock, one after the other

    def __str__(self) -> str:
        return f"{self.text}: {self.get_decision_display()}"


def with_consents() -> "models.Prefetch[Any, Any, Any]":
    """Prefetches what guests were shown and decided into `Registration.all_consents`."""
    return models.Prefetch("consents", ConsentRecord.objects.select_related("text"), to_attr="all_consents")

"""What was erased, as proof that it was."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from events.models import Event
from registration.models.consent import WrittenOnce


class Erasure(WrittenOnce):
    """That something of an event was erased: how much and why, and nothing of what it said (GDPR, article 5, 2)."""

    class What(models.TextChoices):
        NEEDS = "needs", _("sensitive answers")
        GUESTS = "guests", _("guests who were erased")

    class Why(models.TextChoices):
        PERIOD = "period", _("the time to keep was over")
        WISH = "wish", _("a guest’s wish")
        EARLY = "early", _("earlier, by the organiser")

    event = models.ForeignKey(Event, models.CASCADE, related_name="erasures", verbose_name=_("event"))
    at = models.DateTimeField(_("at"))
    what = models.CharField(_("what"), max_length=6, choices=What)
    why = models.CharField(_("why"), max_length=6, choices=Why)
    count = models.PositiveIntegerField(_("count"))
    actor = models.CharField(
        _("by whom"), max_length=150, blank=True, help_text=_("Empty: the site by itself, or the guest.")
    )

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering: ClassVar = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.get_what_display()}: {self.count}"

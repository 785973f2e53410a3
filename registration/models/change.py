"""Who changed what."""

from typing import Any, ClassVar, Never

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models import Event, Organiser
from registration.models.consent import WrittenOnce
from registration.models.registration import Registration


class ChangeQuerySet(models.QuerySet["Change"]):
    """Rows are only added; what names a guest goes with the guest."""

    def update(self, **kwargs: Any) -> Never:
        raise TypeError("Changes are written once.")

    def delete(self) -> Never:
        raise TypeError("Changes are written once.")

    def forget(self) -> None:
        """Erase the fields with their values (GDPR, article 17); what was done, when and by whom stays on record."""
        models.QuerySet.delete(self.exclude(before="", after=""))

    def expire(self) -> None:
        """Erase these as wholes, when nobody has to account for them any more: they name who did it."""
        models.QuerySet.delete(self)


class Change(WrittenOnce):
    """One thing that somebody did at the desk: an act in a sentence, or a field with its value before and after.
    `registration.history` writes it.

    A guest stands in no label, so that nothing but a corrected field has to be erased with the guest."""

    at = models.DateTimeField(_("at"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("user")
    )
    actor_name = models.CharField(_("recorded by"), max_length=150, help_text=_("As it was then."))
    event = models.ForeignKey(Event, models.SET_NULL, null=True, related_name="changes", verbose_name=_("event"))
    office = models.ForeignKey(
        Organiser, models.SET_NULL, null=True, related_name="changes", verbose_name=_("organiser")
    )
    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, related_name="changes", verbose_name=_("registration")
    )
    kind = models.CharField(_("kind"), max_length=60, help_text=_("The table of what was changed."))
    key = models.BigIntegerField(_("key"), null=True, help_text=_("Empty: it is deleted."))
    label = models.CharField(_("name"), max_length=300, blank=True)
    what = models.CharField(_("what was done, or the field"), max_length=500)
    before = models.TextField(_("before"), blank=True)
    after = models.TextField(_("afterwards"), blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering: ClassVar = ["-at", "kind", "key", "pk"]
        indexes: ClassVar = [
            models.Index(name="changes_of_an_event", fields=["event", "-at"]),
            models.Index(name="changes_of_a_thing", fields=["kind", "key"], condition=Q(key__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}"

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("Changes are written once.")

    @property
    def subject(self) -> str:
        """The name of what was changed; a guest's as it is now."""
        return self.label if self.registration is None else self.registration.name

    @property
    def is_long(self) -> bool:
        """Whether it is a text that one compares word by word."""
        return max(len(self.before), len(self.after)) > 120 or "\n" in self.before + self.after

    @property
    def has_values(self) -> bool:
        """Whether it is a field, with what stood there before and afterwards."""
        return bool(self.before or self.after)

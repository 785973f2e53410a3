"""What somebody left here who need not be a guest."""

import hashlib
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import Organiser


class Inquiry(models.Model):
    """A question or a reported barrier, from the contact form."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    email = models.EmailField(_("email"), blank=True)
    message = models.TextField(_("message"))
    form_number = models.UUIDField(_("number of the form"), unique=True, editable=False)
    sent_in_at = models.DateTimeField(_("sent in"))
    organiser = models.ForeignKey(
        Organiser,
        models.SET_NULL,
        null=True,
        related_name="inquiries",
        verbose_name=_("organiser"),
        help_text=_("The office that it went to. Empty: there was none yet."),
    )
    done_at = models.DateTimeField(_("done"), null=True, help_text=_("Answered, or done without an answer."))

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering: ClassVar = ["-sent_in_at", "-pk"]

    def __str__(self) -> str:
        """Without what was asked, because the admin's log keeps it."""
        return gettext("Inquiry of %(date)s") % {"date": localtime(self.sent_in_at).strftime("%d.%m.%Y %H:%M")}


class LinkRequest(models.Model):
    """Somebody lost the link. The worker looks up and mails, so that asking takes as long for every address."""

    email = models.EmailField(_("email"))
    of_login = models.BooleanField(_("to set a new password"), default=False)
    asked_at = models.DateTimeField(_("asked"))

    class Meta:
        verbose_name = _("request for a link")
        verbose_name_plural = _("requests for a link")
        ordering: ClassVar = ["asked_at", "pk"]

    def __str__(self) -> str:
        return self.email


class Attempts(models.Model):
    """How often somebody did something within one stretch of time; `registration.limits` counts."""

    key = models.CharField(_("key"), max_length=64, primary_key=True)
    count = models.PositiveIntegerField(_("count"), default=0)
    until = models.DateTimeField(_("counted until"), db_index=True)

    class Meta:
        verbose_name = _("attempts")
        verbose_name_plural = _("attempts")
        ordering: ClassVar = ["until"]

    def __str__(self) -> str:
        return self.key


class ErasedKey(models.Model):
    """That a link led to somebody who is erased: a digest of its key, and nothing beside it, neither whose it was nor
    at which event."""

    digest = models.CharField(_("digest of the key"), max_length=64, primary_key=True)
    # No time of day, which would lead to the row that was erased then.
    until = models.DateField(_("forgotten on"), db_index=True)

    class Meta:
        verbose_name = _("erased key")
        verbose_name_plural = _("erased keys")
        ordering: ClassVar = ["until", "digest"]

    def __str__(self) -> str:
        return self.digest

    @staticmethod
    def of(key: UUID) -> str:
        """A key is random enough for a digest without a secret: it cannot be found by trying."""
        return hashlib.sha256(key.bytes).hexdigest()

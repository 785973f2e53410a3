"""Pages of the site that organisers write."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from events.markdown import HTMLField, MarkdownField


class LegalPage(models.Model):
    """A page that the law asks for. While its text is empty, the site shows the text that it brings along."""

    class Key(models.TextChoices):
        IMPRINT = "imprint", _("Imprint")
        PRIVACY = "privacy", _("Privacy")
        ACCESSIBILITY = "accessibility", _("Accessibility")

    key = models.CharField(_("page"), max_length=15, choices=Key, unique=True, editable=False)
    body = MarkdownField(
        _("text"),
        max_length=50_000,
        blank=True,
        help_text=_("Markdown. Empty: the text that the site brings along, filled in from the organiser's data."),
    )
    body_html = HTMLField(of="body")
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    class Meta:
        verbose_name = _("legal page")
        verbose_name_plural = _("legal pages")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.get_key_display()

    def get_absolute_url(self) -> str:
        return reverse(f"events:{self.key}")

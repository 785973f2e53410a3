"""What the organisers' desk stores: who works there, and when they were logged in."""

import hashlib
from datetime import datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from events.models import Organiser


class Membership(models.Model):
    """Somebody's place in an office, and what it is there for; `registration.rights` says what each role may."""

    class Role(models.TextChoices):
        LEAD = "lead", pgettext_lazy("in an office", "lead")
        EDITOR = "editor", _("texts and programme")
        GUESTS = "guests", _("guests")
        DOOR = "door", _("door")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships", verbose_name=_("user")
    )
    organiser = models.ForeignKey(Organiser, models.CASCADE, related_name="memberships", verbose_name=_("organiser"))
    role = models.CharField(_("role"), max_length=6, choices=Role)
    sees_needs = models.BooleanField(
        _("sees sensitive answers"),
        default=False,
        help_text=_("Such as diets and what somebody needs to take part. Who leads does so anyway."),
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        ordering: ClassVar = ["organiser_id", "user_id"]
        constraints: ClassVar = [models.UniqueConstraint(name="one_role_an_office", fields=["user", "organiser"])]

    def __str__(self) -> str:
        return f"{self.user}, {self.organiser}: {self.get_role_display()}"


class Invitation(models.Model):
    """A place in an office that is offered to whoever reads the mail to this address; accepted or withdrawn, it is
    deleted."""

    VALID_FOR = timedelta(days=7)

    email = models.EmailField(_("email"), max_length=150)  # becomes the name of a login, which is as long
    organiser = models.ForeignKey(Organiser, models.CASCADE, related_name="invitations", verbose_name=_("organiser"))
    role = models.CharField(_("role"), max_length=6, choices=Membership.Role)
    sees_needs = models.BooleanField(_("sees sensitive answers"), default=False)
    invited_by = models.CharField(_("invited by"), max_length=301)  # first and last name
    digest = models.CharField(_("digest of the key"), max_length=64, unique=True)
    valid_until = models.DateTimeField(_("valid until"))

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        ordering: ClassVar = ["organiser_id", "valid_until", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), "organiser", name="one_invitation_an_office"),
        ]

    def __str__(self) -> str:
        return self.email

    @staticmethod
    def digest_of(key: str) -> str:
        """A key is random enough for a digest without a secret: it cannot be found by trying."""
        return hashlib.sha256(key.encode()).hexdigest()

    def has_run_out(self, now: datetime) -> bool:
        return self.valid_until <= now


class Login(models.Model):
    """That somebody logged in at the desk, shown to them alone; `registration.logins` says how long it is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="logins", verbose_name=_("user"))
    session_key = models.CharField(_("session"), max_length=40, db_index=True)
    browser = models.CharField(_("browser"), max_length=40, blank=True)
    began_at = models.DateTimeField(_("began"), db_index=True)
    ended_at = models.DateTimeField(_("ended"), null=True, help_text=_("Empty: not by hand."))

    class Meta:
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        ordering: ClassVar = ["-began_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user}, {self.began_at:%d.%m.%Y %H:%M}"

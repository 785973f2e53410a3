"""What leaves, and the words that organisers gave it."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from events.models import Event
from registration.models.desk import Invitation
from registration.models.registration import Registration
from registration.models.visitor import Inquiry


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def unsent(self) -> Self:
        """Those that are still to leave."""
        return self.filter(sent_at__isnull=True, failed_at__isnull=True)

    def visible(self, *, with_needs: bool) -> Self:
        """Those that somebody at the desk may know of: a message that went by sensitive answers tells of them, so it is
        only for who may see such answers."""
        return self if with_needs else self.exclude(message_recipient__message__sensitive=True)

    def due(self, now: datetime) -> Self:
        """Those to send now: neither sent nor given up, their time has come, and nobody is sending them."""
        return (
            self.unsent()
            .filter(
                # NULL: nobody has ever taken a lease.
                Q(leased_until__isnull=True) | Q(leased_until__lte=now),
                next_try_at__lte=now,
            )
            .order_by("next_try_at", "pk")
        )


class OutgoingMail(models.Model):
    """A mail that is to leave, stored in the transaction that made it necessary. `registration.outbox` sends it."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", _("registration confirmed")
        WAITING = "waiting", _("on the waiting list")
        UNCONFIRMED = "unconfirmed", _("address to be confirmed")
        MOVED_UP = "moved_up", _("moved up from the waiting list")
        CHANGED = "changed", _("registration changed")
        CANCELLED = "cancelled", _("cancelled by the guest")
        CANCELLED_BY_ORGANISER = "cancelled_by_organiser", _("cancelled by the organiser")
        HANDED_OVER = "handed_over", _("seat given to somebody else")
        INVITED = "invited", _("asked to come instead of somebody")
        DECLINED = "declined", _("somebody else does not come")
        RELEASED = "released", _("address not confirmed in time")
        CONSENT_WITHDRAWN = "consent_withdrawn", _("consent withdrawn")
        CONSENT_GIVEN = "consent_given", _("consent given")
        REMINDER = "reminder", _("reminder")
        EVENT_CHANGED = "event_changed", _("event changed")
        EVENT_CANCELLED = "event_cancelled", _("event cancelled")
        WORKSHOP_CANCELLED = "workshop_cancelled", _("workshop cancelled")
        QUESTIONS = "questions", _("questions put later")
        MESSAGE = "message", _("message from the organiser")
        LINK = "link", _("link sent again")
        ERASED = "erased", _("data erased")
        INQUIRY = "inquiry", _("inquiry")
        INQUIRY_ANSWERED = "inquiry_answered", _("answer to an inquiry")
        TEAM_INVITATION = "team_invitation", _("invitation to an office")
        NEW_PASSWORD = "new_password", _("new password")
        SECOND_FACTOR_RESET = "second_factor_reset", _("second factor reset")
        SECOND_FACTOR_CHANGED = "second_factor_changed", _("second factor changed")

    # These are about no event: text alone, in the site's own words.
    OF_NO_EVENT: ClassVar = (
        Kind.INQUIRY,
        Kind.INQUIRY_ANSWERED,
        Kind.TEAM_INVITATION,
        Kind.NEW_PASSWORD,
        Kind.SECOND_FACTOR_RESET,
        Kind.SECOND_FACTOR_CHANGED,
    )
    WRITTEN_EACH_TIME: ClassVar = (*OF_NO_EVENT, Kind.MESSAGE)
    # These hold what nobody is to read later, and are forgotten when they have left.
    LEAVING_NO_TRACE: ClassVar = (Kind.ERASED, Kind.TEAM_INVITATION, Kind.NEW_PASSWORD)

    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, related_name="mails", verbose_name=_("registration")
    )
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, null=True, related_name="mails", verbose_name=_("inquiry"))
    invitation = models.ForeignKey(
        Invitation, models.CASCADE, null=True, related_name="mails", verbose_name=_("invitation")
    )
    kind = models.CharField(_("kind"), max_length=22, choices=Kind)
    recipient = models.EmailField(_("recipient"), blank=True, help_text=_("Empty: erased."))
    mailbox = models.CharField(  # noqa: DJ001 - the index leaves NULL out
        _("what counts as the same mailbox"), max_length=64, null=True, help_text=_("Empty: nobody counts it any more.")
    )
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    facts = models.JSONField(_("what it says"), default=dict)
    created_at = models.DateTimeField(_("written"))
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try"))
    leased_until = models.DateTimeField(_("being sent until"), null=True)
    sent_at = models.DateTimeField(_("sent"), null=True)
    sent_with = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("sent together with"),
        help_text=_("Many mails to one mailbox leave in one."),
    )
    failed_at = models.DateTimeField(_("given up"), null=True)
    error = models.TextField(_("last error"), blank=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("mails")
        ordering: ClassVar = ["-created_at", "-pk"]
        indexes: ClassVar = [
            models.Index(
                name="mails_to_send",
                fields=["next_try_at"],
                condition=Q(sent_at__isnull=True, failed_at__isnull=True),
            ),
            models.Index(name="mails_counted", fields=["mailbox", "sent_at"], condition=Q(mailbox__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.subject or self.get_kind_display()


class MailText(models.Model):
    """An organiser's own wording of one kind of mail for one event, in place of the one that the site brings along."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="mail_texts", verbose_name=_("event"))
    kind = models.CharField(
        _("mail"),
        max_length=22,
        choices=[choice for choice in OutgoingMail.Kind.choices if choice[0] not in OutgoingMail.WRITTEN_EACH_TIME],
    )
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")
        ordering: ClassVar = ["event_id", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_text_a_mail",
                fields=["event", "kind"],
                violation_error_message=_("This mail of this event has its own text already."),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

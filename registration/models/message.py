"""What organisers write to their guests, and who got it."""

from collections.abc import Collection
from typing import ClassVar, Self

from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from events.models import Event
from registration.models.mail import OutgoingMail, OutgoingMailQuerySet
from registration.models.registration import Registration

_NOT_YET = Q(recipients__handled_at__isnull=True)
_IN_THE_OUTBOX = Q(recipients__mail__sent_at__isnull=True, recipients__mail__failed_at__isnull=True)


class MessageQuerySet(models.QuerySet["Message"]):
    def drafts(self) -> Self:
        """Those that nobody has sent yet."""
        return self.filter(confirmed_at__isnull=True)

    def with_counts(self) -> Self:
        """Each with how many guests it was meant for, and what became of it for each of them."""
        mailed = Q(recipients__mail__isnull=False)
        return self.annotate(
            meant=Count("recipients"),
            waiting=Count("recipients", _NOT_YET),
            leaving=Count("recipients", mailed & _IN_THE_OUTBOX),
            arrived=Count("recipients", Q(recipients__mail__sent_at__isnull=False)),
            failed=Count("recipients", Q(recipients__mail__failed_at__isnull=False)),
            left_out=Count("recipients", ~_NOT_YET & Q(recipients__mail__isnull=True)),
        )


class Message(models.Model):
    """A draft, and from the moment when it is confirmed a fact. `registration.messages` writes it."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="messages", verbose_name=_("event"))
    group = models.CharField(_("key of the group"), max_length=100, blank=True)
    sensitive = models.BooleanField(
        _("goes by sensitive answers"), default=False, help_text=_("Only those who may see such answers see it.")
    )
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    text = models.TextField(_("text"), blank=True)
    written_by = models.CharField(_("written by"), max_length=150)
    changed_at = models.DateTimeField(_("changed"))
    addressed = models.CharField(_("to whom, in words"), max_length=500, blank=True)
    confirmed_at = models.DateTimeField(_("sent"), null=True, help_text=_("Empty: a draft."))
    confirmed_by = models.CharField(_("sent by"), max_length=150, blank=True)
    stopped_at = models.DateTimeField(_("stopped"), null=True)
    stopped_by = models.CharField(_("stopped by"), max_length=150, blank=True)

    objects = MessageQuerySet.as_manager()

    # What `with_counts` brings.
    meant: int
    waiting: int
    leaving: int
    arrived: int
    failed: int
    left_out: int

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering: ClassVar = ["-changed_at", "-pk"]

    def __str__(self) -> str:
        return self.subject

    @property
    def is_under_way(self) -> bool:
        """Whether mails are still to leave; only of those `with_counts`."""
        return self.confirmed_at is not None and self.stopped_at is None and self.waiting + self.leaving > 0


class MessageRecipientQuerySet(models.QuerySet["MessageRecipient"]):
    def to_mail(self) -> Self:
        """Those that the worker has not come to yet."""
        # NULL: not handled; and sent by somebody, and not stopped.
        sent = self.filter(message__confirmed_at__isnull=False, message__stopped_at__isnull=True)
        return sent.filter(handled_at__isnull=True)

    def put_back(self, mails: Collection[int] | OutgoingMailQuerySet) -> None:
        """Have the worker come once more to those whom these mails do not reach."""
        self.filter(mail__in=mails).update(handled_at=None, mail=None)


class MessageRecipient(models.Model):
    """One guest on the list of a message: chosen by hand for a draft, and then fixed."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="recipients", verbose_name=_("message"))
    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="messages", verbose_name=_("registration")
    )
    handled_at = models.DateTimeField(_("handled"), null=True, help_text=_("Empty: the worker has yet to come to it."))
    mail = models.OneToOneField(
        OutgoingMail,
        models.SET_NULL,
        null=True,
        related_name="message_recipient",
        verbose_name=_("mail"),
        help_text=_("Empty though handled: left out, because the guest has cancelled or is erased."),
    )

    objects = MessageRecipientQuerySet.as_manager()

    class Meta:
        verbose_name = _("recipient of a message")
        verbose_name_plural = _("recipients of messages")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(name="messages_to_mail", fields=["message"], condition=Q(handled_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_message_a_guest", fields=["message", "registration"])
        ]

    def __str__(self) -> str:
        return str(self.registration)

"""What guests send in, and what goes back to them."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import ConsentRequest, Event, Workshop


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def live(self) -> Self:
        """Those that count: confirmed or waiting."""
        return self.exclude(state=Registration.State.CANCELLED)

    def holding_a_seat(self) -> Self:
        """Those that take a seat in a workshop. The constraints leave a workshop to confirmed rows only."""
        return self.filter(workshop__isnull=False)

    def waiting_in_line(self) -> Self:
        """Those that stand in a queue, first come, first served; some hold a seat elsewhere meanwhile."""
        waiting = self.filter(waiting_for__isnull=False, erased_at__isnull=True)
        return waiting.order_by("waiting_since", "pk")

    def taking_part(self) -> Self:
        """Those whom we know and who come or follow the livestream; those who must still confirm their address do not
        count yet."""
        return self.filter(state=Registration.State.CONFIRMED, confirm_by__isnull=True, erased_at__isnull=True)

    def unconfirmed_at(self, now: datetime) -> Self:
        """Those that count, but whose address nobody has confirmed in time."""
        # NULL: there is nothing to confirm.
        return self.live().filter(confirm_by__isnull=False, confirm_by__lte=now).order_by("confirm_by", "pk")

    def with_everything(self) -> Self:
        """Each with what its page and its mails name."""
        return self.select_related("event__venue", "event__organiser", "workshop__slot", "waiting_for")

    def with_photo_flag(self) -> Self:
        """Each with `photo_decision`: what its guest decided last about recordings; None if nobody asked."""
        decided = ConsentRecord.objects.filter(
            registration=OuterRef("pk"), text__purpose=ConsentText.Purpose.RECORDING
        ).order_by("-pk")
        return self.annotate(photo_decision=Subquery(decided.values("decision")[:1]))


class Registration(models.Model):
    """One guest's place at one event. `registration.booking` is the only writer of state, workshop and queue."""

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        WAITING = "waiting", _("on the waiting list")
        CANCELLED = "cancelled", _("cancelled")

    class Channel(models.TextChoices):
        WEB = "web", _("website")
        PHONE = "phone", _("phone")
        PAPER = "paper", _("paper")
        DESK = "desk", _("front desk")

    event = models.ForeignKey(Event, models.PROTECT, related_name="registrations", verbose_name=_("event"))
    state = models.CharField(_("state"), max_length=10, choices=State, editable=False)
    workshop = models.ForeignKey(
        Workshop,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="seats",
        verbose_name=_("workshop"),
    )
    waiting_for = models.ForeignKey(
        Workshop,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="queue",
        verbose_name=_("waiting for"),
    )
    waiting_since = models.DateTimeField(_("waiting since"), null=True, editable=False)
    livestream = models.BooleanField(_("livestream"), default=False, editable=False)
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    email = models.EmailField(_("email"))
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    needs = models.TextField(_("what you need"), max_length=1000, blank=True)
    language = models.CharField(_("language"), max_length=10, default="de", editable=False)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel, default=Channel.WEB)
    token = models.UUIDField(_("key of the own page"), default=uuid.uuid4, unique=True, editable=False)
    form_number = models.UUIDField(_("number of the form"), null=True, editable=False, db_index=True)
    sequence = models.PositiveIntegerField(_("changes to the own entry"), default=0, editable=False)
    registered_at = models.DateTimeField(_("registered"), editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)
    confirm_by = models.DateTimeField(
        _("address to be confirmed by"), null=True, editable=False, help_text=_("Empty: there is nothing to confirm.")
    )
    address_known = models.BooleanField(
        _("address known to be right"),
        default=False,
        editable=False,
        help_text=_("An organiser entered it, or the guest confirmed it."),
    )
    reminded_of = models.DateTimeField(_("reminded of the beginning at"), null=True, editable=False)
    told = models.JSONField(_("what the last mail said of the event"), default=dict, editable=False)
    told_sequence = models.PositiveIntegerField(_("the event's SEQUENCE in the last mail"), default=0, editable=False)
    tell_not_before = models.DateTimeField(_("could not be told, to be tried again at"), null=True, editable=False)
    erased_at = models.DateTimeField(_("erased"), null=True, editable=False)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        ordering: ClassVar = ["-registered_at", "-pk"]
        indexes: ClassVar = [
            models.Index(name="registrations_known", fields=["event"], condition=Q(erased_at__isnull=True))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "event",
                Lower("email"),
                Lower("first_name"),
                Lower("last_name"),
                name="one_live_registration_a_person",
                # Erased rows have no names; those of guests who took part stay confirmed, to be counted.
                condition=~Q(state="cancelled") & Q(erased_at__isnull=True),
            ),
            models.CheckConstraint(
                name="state_fits_seat_and_queue",
                condition=Q(state="confirmed", workshop__isnull=False, livestream=False)
                | Q(state="confirmed", workshop__isnull=True, livestream=True)
                | Q(state="waiting", workshop__isnull=True, livestream=False, waiting_for__isnull=False)
                | Q(state="cancelled", workshop__isnull=True, livestream=False, waiting_for__isnull=True),
            ),
            models.CheckConstraint(
                name="waiting_has_a_time",
                condition=Q(waiting_for__isnull=True, waiting_since__isnull=True)
                | Q(waiting_for__isnull=False, waiting_since__isnull=False),
            ),
            models.CheckConstraint(
                name="never_waiting_for_the_workshop_held",
                # NULL on either side: nothing held or nothing waited for, so nothing to compare.
                condition=Q(workshop__isnull=True) | Q(waiting_for__isnull=True) | ~Q(workshop=F("waiting_for")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("registration:own_page", args=[self.token])

    @property
    def name(self) -> str:
        if self.erased_at is not None:
            return gettext("erased")
        return f"{self.first_name} {self.last_name}"

    @property
    def has_an_entry(self) -> bool:
        """Whether the guest has a calendar entry from us; an address that nobody confirmed got none."""
        return self.state == self.State.CONFIRMED and self.confirm_by is None

    @property
    def place_in_queue(self) -> int:
        """Which number the guest is in the queue, from 1; only for those who wait."""
        ahead = Q(waiting_since__lt=self.waiting_since) | Q(waiting_since=self.waiting_since, pk__lt=self.pk or 0)
        return Registration.objects.waiting_in_line().filter(ahead, waiting_for=self.waiting_for_id).count() + 1

    @property
    def is_live(self) -> bool:
        """Whether it counts, as `RegistrationQuerySet.live` has it."""
        return self.state != self.State.CANCELLED


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
        ordering: ClassVar = ["event", "purpose", "version"]
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


class Inquiry(models.Model):
    """A question or a reported barrier, from the contact form."""

    name = models.CharField(_("name"), max_length=100, blank=True)
    email = models.EmailField(_("email"), blank=True)
    message = models.TextField(_("message"))
    form_number = models.UUIDField(_("number of the form"), unique=True, editable=False)
    sent_in_at = models.DateTimeField(_("sent in"))

    class Meta:
        verbose_name = _("inquiry")
        verbose_name_plural = _("inquiries")
        ordering: ClassVar = ["-sent_in_at", "-pk"]

    def __str__(self) -> str:
        """Without what was asked, because the admin's log keeps it."""
        return gettext("Inquiry of %(date)s") % {"date": localtime(self.sent_in_at).strftime("%d.%m.%Y %H:%M")}


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def unsent(self) -> Self:
        """Those that are still to leave."""
        return self.filter(sent_at__isnull=True, failed_at__isnull=True)

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
    """A mail that is to leave, written in the transaction that made it necessary. `registration.outbox` sends it."""

    class Kind(models.TextChoices):
        CONFIRMED = "confirmed", _("registration confirmed")
        WAITING = "waiting", _("on the waiting list")
        UNCONFIRMED = "unconfirmed", _("address to be confirmed")
        MOVED_UP = "moved_up", _("moved up from the waiting list")
        CHANGED = "changed", _("registration changed")
        CANCELLED = "cancelled", _("cancelled by the guest")
        CANCELLED_BY_ORGANISER = "cancelled_by_organiser", _("cancelled by the organiser")
        RELEASED = "released", _("address not confirmed in time")
        CONSENT_WITHDRAWN = "consent_withdrawn", _("consent withdrawn")
        CONSENT_GIVEN = "consent_given", _("consent given")
        REMINDER = "reminder", _("reminder")
        EVENT_CHANGED = "event_changed", _("event changed")
        EVENT_CANCELLED = "event_cancelled", _("event cancelled")
        LINK = "link", _("link sent again")
        ERASED = "erased", _("data erased")
        INQUIRY = "inquiry", _("inquiry")

    registration = models.ForeignKey(
        Registration, models.CASCADE, null=True, related_name="mails", verbose_name=_("registration")
    )
    inquiry = models.ForeignKey(Inquiry, models.CASCADE, null=True, related_name="mails", verbose_name=_("inquiry"))
    kind = models.CharField(_("kind"), max_length=22, choices=Kind)
    recipient = models.EmailField(_("recipient"), blank=True, help_text=_("Empty: erased."))
    mailbox = models.CharField(  # noqa: DJ001 - the index leaves NULL out
        _("what counts as the same mailbox"), max_length=64, null=True, help_text=_("Empty: nobody counts it any more.")
    )
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    mime = models.BinaryField(_("message"))
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
        choices=[choice for choice in OutgoingMail.Kind.choices if choice[0] != OutgoingMail.Kind.INQUIRY],
    )
    subject = models.CharField(_("subject"), max_length=200)
    text = models.TextField(_("text"))

    class Meta:
        verbose_name = _("mail text")
        verbose_name_plural = _("mail texts")
        ordering: ClassVar = ["event", "kind"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_text_a_mail",
                fields=["event", "kind"],
                violation_error_message=_("This mail of this event has its own text already."),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class LinkRequest(models.Model):
    """Somebody lost the link. The worker looks up and mails, so that asking takes as long for every address."""

    email = models.EmailField(_("email"))
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

"""Who comes, with which seats, in which queues, and what they answered."""

import uuid
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import Event, Question, Workshop


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


class Answer(models.Model):
    """What a guest answered to a question: the keys of options, or text, or whether it is so."""

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="answers", verbose_name=_("registration")
    )
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers", verbose_name=_("question"))
    value = models.JSONField(_("answer"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        ordering: ClassVar = ["question__order", "question_id"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="one_answer_a_question", fields=["registration", "question"])
        ]

    def __str__(self) -> str:
        return str(self.question)

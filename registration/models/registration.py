"""Who comes, with which seats, in which queues, and what they answered."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.models import Event, Question, Slot, Workshop

# Who has a seat at the place, and so is let in at the door: `Registration.is_expected`.
EXPECTED = Q(state="confirmed", livestream=False)


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def live(self) -> Self:
        """Those that count: confirmed or waiting."""
        return self.exclude(state=Registration.State.CANCELLED)

    def taking_part(self) -> Self:
        """Those whom we know and who come or follow the livestream; those who must still confirm their address do not
        count yet."""
        return self.filter(state=Registration.State.CONFIRMED, confirm_by__isnull=True, erased_at__isnull=True)

    def told_of_changes(self) -> Self:
        """Those who get a mail when time, place or status of the event change. Who has not confirmed the address reads
        the new facts when that is done."""
        return self.live().filter(erased_at__isnull=True).exclude(to_confirm=Registration.Confirmation.ADDRESS)

    def in_line(self) -> Self:
        """Those who wait for a seat of the event itself, first come, first served."""
        return self.filter(queued_at__isnull=False, erased_at__isnull=True).order_by("queued_at", "pk")

    def watching(self) -> Self:
        """Those who follow the livestream and wait for nothing else."""
        # NULL: not in line for the event.
        return self.filter(livestream=True, queued_at__isnull=True).exclude(places__queued_at__isnull=False)

    def unconfirmed_at(self, now: datetime) -> Self:
        """Those that count, but have not confirmed in time what was asked of them; who is there keeps the seat."""
        # NULL: there is nothing to confirm; has not been there.
        late = self.live().filter(confirm_by__isnull=False, confirm_by__lte=now, checked_in_at__isnull=True)
        return late.order_by("confirm_by", "pk")

    def of_address(self, email: str) -> Self:
        """Those of whoever reads this mailbox, in capitals or not."""
        return self.alias(address=Lower("email")).filter(address=email.lower(), erased_at__isnull=True)

    def with_everything(self) -> Self:
        """Each with what its page and its mails name."""
        return self.select_related("event__venue", "event__organiser").prefetch_related(with_places())


class Registration(models.Model):
    """One guest's registration for one event. `registration.booking` is the only writer of state, seats and queues."""

    class State(models.TextChoices):
        CONFIRMED = "confirmed", _("confirmed")
        WAITING = "waiting", _("on the waiting list")
        CANCELLED = "cancelled", _("cancelled")

    class Channel(models.TextChoices):
        WEB = "web", _("website")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("email")
        PAPER = "paper", _("paper")
        DESK = "desk", _("front desk")

    class Confirmation(models.TextChoices):
        ADDRESS = "address", _("address not confirmed yet")
        SEAT = "seat", _("has yet to say yes")
        INVITATION = "invitation", _("has yet to say yes to coming instead of somebody")

    event = models.ForeignKey(Event, models.PROTECT, related_name="registrations", verbose_name=_("event"))
    state = models.CharField(_("state"), max_length=10, choices=State, editable=False)
    queued_at = models.DateTimeField(
        _("in line for a seat of the event since"), null=True, editable=False, help_text=_("Empty: not in line.")
    )
    livestream = models.BooleanField(_("livestream"), default=False, editable=False)
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    email = models.EmailField(_("email"))
    person = models.CharField(
        _("names and address, folded"), max_length=64, blank=True, editable=False, help_text=_("Empty: erased.")
    )
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=10, default="de", editable=False)
    channel = models.CharField(_("channel"), max_length=5, choices=Channel, default=Channel.WEB)
    token = models.UUIDField(_("key of the own page"), default=uuid.uuid4, unique=True, editable=False)
    form_number = models.UUIDField(_("number of the form"), null=True, editable=False, db_index=True)
    sequence = models.PositiveIntegerField(_("changes to the own entry"), default=0, editable=False)
    registered_at = models.DateTimeField(_("registered"), editable=False)
    changed_at = models.DateTimeField(_("changed"), editable=False)
    to_confirm = models.CharField(_("to be confirmed"), max_length=10, choices=Confirmation, blank=True, editable=False)
    confirm_by = models.DateTimeField(
        _("to be confirmed by"),
        null=True,
        editable=False,
        help_text=_("Empty: there is nothing to confirm."),
    )
    address_known = models.BooleanField(
        _("address known to be right"),
        default=False,
        editable=False,
        help_text=_("An organiser entered it, or the guest confirmed it."),
    )
    substitute_for = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="substitutes",
        verbose_name=_("comes instead of"),
    )
    checked_in_at = models.DateTimeField(
        _("checked in"), null=True, editable=False, help_text=_("Empty: has not been there.")
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
            models.Index(name="registrations_known", fields=["event"], condition=Q(erased_at__isnull=True)),
            models.Index(name="registrations_of_a_person", fields=["person", "event"]),
            models.Index(Lower("email"), name="registrations_of_an_address", condition=Q(erased_at__isnull=True)),
            # With all that is asked of them, so that seats are counted in the index alone.
            models.Index(
                name="seats_of_the_event",
                fields=["event", "queued_at", "livestream", "state"],
                condition=~Q(state="cancelled") & Q(livestream=False),
            ),
            models.Index(
                name="line_for_the_event", fields=["event", "queued_at"], condition=Q(queued_at__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_live_registration_a_person",
                fields=["event", "person"],
                # Erased rows have no names; those of guests who took part stay confirmed, to be counted.
                condition=~Q(state="cancelled") & Q(erased_at__isnull=True),
            ),
            models.CheckConstraint(
                name="in_line_for_the_event_is_waiting",
                # NULL: not in line. Guests of the livestream go on with it meanwhile.
                condition=Q(queued_at__isnull=True) | Q(state="waiting") | Q(state="confirmed", livestream=True),
            ),
            models.CheckConstraint(
                name="what_is_to_be_confirmed_is_so_by_a_time",
                condition=Q(to_confirm="", confirm_by__isnull=True) | (~Q(to_confirm="") & Q(confirm_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="who_is_there_comes_to_the_place",
                # NULL: has not been there.
                condition=Q(checked_in_at__isnull=True) | (~Q(state="cancelled") & Q(livestream=False)),
            ),
            models.CheckConstraint(
                name="no_livestream_without_confirmation", condition=Q(livestream=False) | Q(state="confirmed")
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
    def standing(self) -> str:
        """The state in words, with what is still to be confirmed."""
        return ", ".join(filter(None, (self.get_state_display(), self.get_to_confirm_display())))

    @property
    def has_an_entry(self) -> bool:
        """Whether the guest has a calendar entry from us; an address that nobody confirmed got none."""
        return self.state == self.State.CONFIRMED and self.confirm_by is None

    @cached_property
    def all_places(self) -> list["Place"]:
        """Seats and queues as they were when somebody first asked; `booking` keeps them up to date."""
        return list(self.places.select_related("workshop__slot"))

    @cached_property
    def all_consents(self) -> list[Any]:
        """What the guest was shown and decided, in this order, each with its text; `consents` keeps it up to date."""
        return list(self.consents.select_related("text"))

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        super().refresh_from_db(*args, **kwargs)
        for name in ("all_places", "all_consents"):
            self.__dict__.pop(name, None)

    @property
    def held(self) -> list["Place"]:
        """The seats in workshops, in the order of the day."""
        return self._in_order(lambda place: place.queued_at is None)

    @property
    def queues(self) -> list["Place"]:
        """What the guest is in line for, in the order of the day."""
        return self._in_order(lambda place: place.queued_at is not None)

    def _in_order(self, wanted: Callable[["Place"], bool]) -> list["Place"]:
        return sorted(filter(wanted, self.all_places), key=lambda place: place.workshop.slot.starts_at)

    @property
    def waits(self) -> bool:
        """Whether the guest is in any line; some hold a seat or follow the livestream meanwhile."""
        return self.queued_at is not None or bool(self.queues)

    @property
    def only_waits(self) -> bool:
        """Whether places in lines are all that the guest has of being there: for a seat of the event, or for each
        mandatory round. A line for something optional keeps nobody from coming."""
        return self.queued_at is not None or (
            not self.held and any(not place.workshop.slot.optional for place in self.queues)
        )

    @property
    def watches(self) -> bool:
        """Whether the livestream is all that the guest wants, as `RegistrationQuerySet.watching` has it."""
        return self.livestream and not self.waits

    @property
    def number_in_line(self) -> int:
        """Which one the guest is in the line for a seat of the event, from 1; only for those who wait for it."""
        ahead = Q(queued_at__lt=self.queued_at) | Q(queued_at=self.queued_at, pk__lt=self.pk or 0)
        return Registration.objects.in_line().filter(ahead, event=self.event_id).count() + 1

    @property
    def must_confirm_address(self) -> bool:
        """Whether all of it is held for an address that may be somebody else's."""
        return self.to_confirm == self.Confirmation.ADDRESS

    @property
    def is_invited(self) -> bool:
        """Whether somebody else gave this guest the seat, and the guest has neither said yes nor been asked for
        consents."""
        return self.to_confirm == self.Confirmation.INVITATION

    @property
    def has_been_handed_over(self) -> bool:
        """Whether somebody else was asked to come instead."""
        return self.substitutes.exists()

    @property
    def is_live(self) -> bool:
        """Whether it counts, as `RegistrationQuerySet.live` has it."""
        return self.state != self.State.CANCELLED

    @property
    def is_expected(self) -> bool:
        """Whether the guest is let in at the door, as `EXPECTED` has it."""
        return self.state == self.State.CONFIRMED and not self.livestream


class PlaceQuerySet(models.QuerySet["Place"]):
    def held(self) -> Self:
        """Those that take a seat."""
        return self.filter(queued_at__isnull=True)

    def in_line(self) -> Self:
        """Those that wait for a seat and may get one, first come, first served: nobody does who still waits for a seat
        of the event itself."""
        # NULL: a seat is held; or the guest is not in line for the event.
        waiting = self.filter(
            queued_at__isnull=False, registration__queued_at__isnull=True, registration__erased_at__isnull=True
        )
        return waiting.order_by("queued_at", "registration_id")


class Place(models.Model):
    """A seat in one workshop, or somebody's place in the line for one."""

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="places", verbose_name=_("registration")
    )
    round = models.ForeignKey(Slot, models.PROTECT, related_name="places", verbose_name=_("round"))
    workshop = models.ForeignKey(Workshop, models.PROTECT, related_name="places", verbose_name=_("workshop"))
    queued_at = models.DateTimeField(_("in line since"), null=True, help_text=_("Empty: a seat is held."))

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(name="seats_and_queues", fields=["workshop", "queued_at"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_seat_a_round", fields=["registration", "round"], condition=Q(queued_at__isnull=True)
            ),
            models.UniqueConstraint(
                name="one_queue_a_round", fields=["registration", "round"], condition=Q(queued_at__isnull=False)
            ),
            models.UniqueConstraint(name="never_twice_the_same_workshop", fields=["registration", "workshop"]),
        ]

    def __str__(self) -> str:
        return str(self.workshop)

    @property
    def number_in_line(self) -> int:
        """Which one the guest is in the line, from 1; only for those who wait."""
        tied = Q(queued_at=self.queued_at, registration__lt=self.registration_id or 0)
        ahead = Q(queued_at__lt=self.queued_at) | tied
        return Place.objects.in_line().filter(ahead, workshop=self.workshop_id).count() + 1


def with_places() -> "models.Prefetch[Any, Any, Any]":
    """Prefetches seats and queues of registrations into `Registration.all_places`."""
    return models.Prefetch("places", Place.objects.select_related("workshop__slot"), to_attr="all_places")


class Answer(models.Model):
    """What a guest answered to a question: keys of options, or text."""

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


class FollowUpQuerySet(models.QuerySet["FollowUp"]):
    def to_mail(self) -> Self:
        """Those that the worker has not come to yet."""
        return self.filter(mailed_at__isnull=True)

    def put_back(self, mails: models.QuerySet[Any]) -> None:
        """Have the worker come once more to one guest's questions that these mails do not bring; a mail and the
        questions in it are of one moment."""
        self.filter(mailed_at__in=mails.filter(kind="questions").values("created_at")).update(mailed_at=None)


class FollowUp(models.Model):
    """A question that an organiser puts by mail to a guest who had registered before. `registration.followups` writes
    it."""

    registration = models.ForeignKey(
        Registration, models.CASCADE, related_name="follow_ups", verbose_name=_("registration")
    )
    question = models.ForeignKey(Question, models.CASCADE, related_name="follow_ups", verbose_name=_("question"))
    put_at = models.DateTimeField(_("put"))
    mailed_at = models.DateTimeField(_("mailed"), null=True, help_text=_("Empty: about to be mailed."))

    objects = FollowUpQuerySet.as_manager()

    class Meta:
        verbose_name = _("question put later")
        verbose_name_plural = _("questions put later")
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [
            models.Index(name="follow_ups_to_mail", fields=["registration"], condition=Q(mailed_at__isnull=True))
        ]
        constraints: ClassVar = [models.UniqueConstraint(name="never_asked_twice", fields=["registration", "question"])]

    def __str__(self) -> str:
        return str(self.question)

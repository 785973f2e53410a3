"""What happens at an event, and who is on its programme."""

from collections.abc import Container, Iterable
from datetime import date, datetime
from itertools import chain, combinations, count
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Count, F, Prefetch, Q
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.text import slugify
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from events.markdown import HTMLField, MarkdownField
from events.models.event import NIGHT, Event, EventQuerySet, Venue
from events.models.organiser import Organiser
from events.pictures import PictureField


class Speaker(models.Model):
    """Somebody on the programme, as one organiser knows them: a person, or a group that has no names."""

    organiser = models.ForeignKey(Organiser, models.PROTECT, related_name="speakers", verbose_name=_("organiser"))
    name = models.CharField(_("name"), max_length=200)
    is_group = models.BooleanField(_("is a group"), default=False)
    position = models.CharField(_("position"), max_length=200, blank=True)
    organisation = models.CharField(_("organisation"), max_length=200, blank=True)
    biography = MarkdownField(_("biography"), max_length=5_000, blank=True)
    biography_html = HTMLField(of="biography")
    portrait = PictureField(_("portrait"), blank=True)
    portrait_alt = models.CharField(
        _("what the portrait shows"),
        max_length=200,
        blank=True,
        help_text=_("For those who do not see it. Empty: “Portrait: ” and the name."),
    )

    class Meta:
        verbose_name = pgettext_lazy("somebody in the programme", "speaker")
        verbose_name_plural = pgettext_lazy("people in the programme", "speakers")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.portrait and not self.portrait_alt:
            self.portrait_alt = gettext("Portrait: %(name)s") % {"name": self.name}
        super().save(*args, **kwargs)


class Slot(models.Model):
    """One item of the programme, from its beginning to its end; of kind workshops it is a round of them."""

    # Whether a form for the whole programme stores it, which compares all rounds as they will be.
    is_stored_with_others = False

    class Kind(models.TextChoices):
        ARRIVAL = "arrival", _("arrival")
        GREETING = "greeting", _("greeting")
        TALK = "talk", _("talk")
        PANEL = "panel", _("panel")
        BREAK = "break", _("break")
        WORKSHOPS = "workshops", _("workshops")
        CLOSING = "closing", _("closing")

    event = models.ForeignKey(Event, models.CASCADE, related_name="slots", verbose_name=_("event"))
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    number = models.PositiveSmallIntegerField(_("number"), null=True, blank=True)
    format = models.CharField(_("format"), max_length=100, blank=True, help_text=_("As printed: Input-Vortrag."))
    title = models.CharField(_("title"), max_length=300)
    abstract = MarkdownField(_("abstract"), max_length=5_000, blank=True)
    abstract_html = HTMLField(of="abstract")
    room = models.CharField(_("room"), max_length=100, blank=True)
    optional = models.BooleanField(
        _("optional"),
        default=False,
        help_text=_("Of workshops: guests may do without one in this slot, such as an evening or a guided tour."),
    )

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering: ClassVar = ["starts_at", "ends_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="slot_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A slot must end after it begins."),
            ),
            models.CheckConstraint(
                name="slot_optional_only_with_workshops",
                condition=Q(optional=False) | Q(kind="workshops"),
                violation_error_message=_("Only a slot of the kind “workshops” can be optional."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.pk and self.kind != self.Kind.WORKSHOPS and self.workshops.exists():
            raise ValidationError({"kind": _("Workshops take place in this slot; move them to another one first.")})
        if not self.is_stored_with_others and self.starts_at and self.ends_at:
            others = Slot.objects.filter(event=self.event_id).exclude(pk=self.pk)
            refuse_rounds([pair for pair in overlapping_rounds([*others, self]) if self in pair])

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the slot; guests' calendars have the slots of workshops, and of several days the length of each."""
        before, days = Slot.objects.filter(pk=self.pk, kind=self.Kind.WORKSHOPS).first(), self._days()
        super().save(*args, **kwargs)
        moved = before is not None and before.when_and_where != self.when_and_where
        if (moved and self.kind == self.Kind.WORKSHOPS) or self._days() != days:
            Event.objects.filter(pk=self.event_id).reschedule()

    @transaction.atomic
    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        days = self._days()
        deleted = super().delete(*args, **kwargs)
        if self._days() != days:
            Event.objects.filter(pk=self.event_id).reschedule()
        return deleted

    def _days(self) -> list[tuple[datetime, datetime]]:
        """The days of its event as they are stored."""
        return Event.objects.get(pk=self.event_id).days

    @property
    def when_and_where(self) -> tuple[datetime, datetime, str]:
        return self.starts_at, self.ends_at, self.room

    @property
    def is_mandatory_round(self) -> bool:
        """Whether everybody who comes chooses a workshop in it."""
        return self.kind == self.Kind.WORKSHOPS and not self.optional

    @property
    def day(self) -> date:
        """The day of its event that it belongs to: what ends soon after midnight, to the evening before."""
        day = min(localtime(self.starts_at).date(), localtime(self.ends_at - NIGHT).date())
        return max(day, self.event.first_day)

    @cached_property
    def tracks(self) -> int:
        """How many workshops go on in it; `slots_with_tracks` brings the numbers of many."""
        return self.workshops.count()


def overlapping_rounds(slots: Iterable[Slot]) -> list[tuple[Slot, Slot]]:
    """Pairs of rounds of which the second begins before the first has ended: nobody could take part in both."""
    rounds = sorted((slot for slot in slots if slot.kind == Slot.Kind.WORKSHOPS), key=lambda slot: slot.starts_at)
    return [(first, second) for first, second in combinations(rounds, 2) if second.starts_at < first.ends_at]


def refuse_rounds(overlapping: Iterable[tuple[Slot, Slot]]) -> None:
    """Raise ValidationError in words if there are any."""
    message = _(
        "“%(second)s” (%(starts)s) begins before “%(first)s” has ended (%(ends)s). What runs at the same time is one"
        " slot with several workshops; two slots of workshops come one after the other."
    )
    errors = [
        message
        % {
            "first": first,
            "second": second,
            "starts": date_format(localtime(second.starts_at), "SHORT_DATETIME_FORMAT"),
            "ends": date_format(localtime(first.ends_at), "SHORT_DATETIME_FORMAT"),
        }
        for first, second in overlapping
    ]
    if errors:
        raise ValidationError(errors)


def first_free(wished: str, taken: Container[str]) -> str:
    """This key, or else the first of it with a number that nothing else has."""
    return next(free for free in chain([wished], (f"{wished}-{n}" for n in count(2))) if free not in taken)


GUESTS_STAY = _("Guests have places in this workshop, so it stays in its slot.")


class Workshop(models.Model):
    """One of the workshops that a guest chooses from, with its seats."""

    slot = models.ForeignKey(
        Slot,
        models.CASCADE,
        related_name="workshops",
        verbose_name=_("slot"),
        limit_choices_to={"kind": Slot.Kind.WORKSHOPS},
    )
    # The slot's event, repeated so that the database can promise one number in each event.
    event = models.ForeignKey(Event, models.CASCADE, related_name="workshops", verbose_name=_("event"), editable=False)
    key = models.SlugField(
        _("key"),
        max_length=60,
        blank=True,
        help_text=_("Its name in an event file, whatever title and number become. Empty: made from the title."),
    )
    number = models.PositiveSmallIntegerField(_("number"), validators=[MinValueValidator(1)])
    title = models.CharField(_("title"), max_length=200)
    question = models.TextField(_("guiding question"), blank=True)
    description = MarkdownField(_("description"), max_length=5_000, blank=True)
    description_html = HTMLField(of="description")
    capacity = models.PositiveIntegerField(_("seats"), null=True, blank=True, help_text=_("Empty: without a limit."))
    room = models.CharField(_("room"), max_length=100, blank=True)

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering: ClassVar = ["event_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="workshop_number_unique_in_event",
                fields=["event", "number"],
                violation_error_message=_("Another workshop of this event has this number."),
            ),
            models.UniqueConstraint(
                name="workshop_key_unique_in_event",
                fields=["event", "key"],
                violation_error_message=_("Another workshop of this event has this key."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def name(self) -> str:
        """What guests read; an evening or a tour, which one may do without, is no workshop with a number."""
        return self.title if self.slot.optional else str(self)

    def clean(self) -> None:
        if self.slot_id is None:
            return
        if self.slot.kind != Slot.Kind.WORKSHOPS:
            raise ValidationError({"slot": _("Workshops take place in a slot of the kind “workshops”.")})
        if self.event_id is not None and self.event_id != self.slot.event_id:
            raise ValidationError({"slot": _("This slot belongs to another event.")})
        if self._leaves_with_guests():
            raise ValidationError({"slot": GUESTS_STAY})
        others = Workshop.objects.filter(event=self.slot.event_id).exclude(pk=self.pk)
        if others.filter(number=self.number).exists():
            raise ValidationError({"number": _("Another workshop of this event has this number.")})
        if self.key and others.filter(key=self.key).exists():
            raise ValidationError({"key": _("Another workshop of this event has this key.")})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the workshop; nobody takes a seat in it meanwhile, because whoever does locks its event first."""
        self.event_id = Event.objects.select_for_update().get(slots=self.slot_id).pk
        self.key = self.key or self._free_key()
        if self._leaves_with_guests():
            raise ValidationError({"slot": GUESTS_STAY})
        before = Workshop.objects.select_related("slot").filter(pk=self.pk).first()
        super().save(*args, **kwargs)
        if before is not None and before.when_and_where != self.when_and_where:
            Event.objects.filter(pk=self.event_id).reschedule()

    def _leaves_with_guests(self) -> bool:
        """Whether it would take its guests into another round, in which they may have a seat already."""
        return self.pk is not None and self.places.exclude(round=self.slot_id).exists()

    @property
    def when_and_where(self) -> tuple[datetime, datetime, str]:
        """Its own room, or else that of its slot; empty: none is known."""
        starts_at, ends_at, room = self.slot.when_and_where
        return starts_at, ends_at, self.room or room

    @staticmethod
    def key_of(title: str) -> str:
        """The key that a title makes."""
        return slugify(title.casefold())[:50].strip("-") or "workshop"

    def _free_key(self) -> str:
        key = self.key_of(self.title)
        taken = set(Workshop.objects.filter(event=self.event_id).exclude(pk=self.pk).values_list("key", flat=True))
        return first_free(key, taken)


def slots_with_tracks() -> "Prefetch[str]":
    """To be fetched with events: their slots with the numbers of workshops, all that an emblem shows, in one query."""
    # Said again, because a query that groups forgets the order of its model, and PostgreSQL then gives any.
    counted = Slot.objects.annotate(tracks=Count("workshops"))  # type: ignore[no-redef]
    return Prefetch("slots", counted.order_by("starts_at", "ends_at", "pk"))


class Contribution(models.Model):
    """Somebody's appearance in one slot or workshop, with the affiliation as printed for it."""

    class Role(models.TextChoices):
        GREETING = "greeting", _("greeting")
        SPEAKER = "speaker", pgettext_lazy("who appears", "speaker")
        MODERATOR = "moderator", _("moderator")
        PANELIST = "panelist", _("panelist")
        LEAD = "lead", _("lead")

    slot = models.ForeignKey(
        Slot, models.CASCADE, null=True, blank=True, related_name="contributions", verbose_name=_("slot")
    )
    workshop = models.ForeignKey(
        Workshop, models.CASCADE, null=True, blank=True, related_name="contributions", verbose_name=_("workshop")
    )
    speaker = models.ForeignKey(
        Speaker,
        models.PROTECT,
        related_name="contributions",
        verbose_name=pgettext_lazy("somebody in the programme", "speaker"),
    )
    role = models.CharField(_("role"), max_length=10, choices=Role)
    affiliation = models.CharField(_("affiliation as printed"), max_length=300, blank=True)
    order = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("contribution")
        verbose_name_plural = _("contributions")
        ordering: ClassVar = ["order", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="contribution_to_slot_or_workshop",
                condition=Q(slot__isnull=True, workshop__isnull=False) | Q(slot__isnull=False, workshop__isnull=True),
                violation_error_message=_("A contribution belongs to a slot or to a workshop, not to both."),
            )
        ]

    def __str__(self) -> str:
        return f"{self.speaker} ({self.get_role_display()})"

    def clean(self) -> None:
        slot = self.workshop.slot if self.workshop and self.workshop.slot_id else self.slot
        if not self.speaker_id or slot is None or slot.event_id is None:
            return  # what is missing is told at its field
        if self.speaker.organiser_id != slot.event.organiser_id:
            raise ValidationError({"speaker": _("This person belongs to another organiser.")})


def showing(part: Venue | Organiser | Speaker | Slot | Workshop | Contribution) -> EventQuerySet:
    """The events whose page shows this part."""
    events = Event.objects.all()
    match part:
        case Venue():
            return events.filter(venue=part)
        case Organiser():
            return events.filter(organiser=part)
        case Speaker():
            speaks = Q(slots__contributions__speaker=part) | Q(workshops__contributions__speaker=part)
            return events.filter(speaks).distinct()
        case Slot() | Workshop():
            return events.filter(pk=part.event_id)
        case Contribution(slot_id=None):
            return events.filter(workshops=part.workshop_id)
        case Contribution():
            return events.filter(slots=part.slot_id)

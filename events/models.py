"""What the organiser tells the public: events, their programme, people, workshops, and what consent they ask for."""

import uuid
from datetime import datetime, timedelta
from itertools import chain, count
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.db.models.signals import post_delete, post_save, pre_delete
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from events.addresses import is_sound
from events.markdown import HTMLField, MarkdownField
from events.pictures import PictureField

# Slugs stand directly below the root of the site, beside these words.
RESERVED_SLUGS = (
    "admin",
    "anmeldung",
    "barrierefreiheit",
    "datenschutz",
    "healthz",
    "impressum",
    "kontakt",
    "media",
    "robots",
    "sitemap",
    "static",
)


class PostalAddress(models.Model):
    """Somewhere that a letter or a guest can be sent to."""

    street = models.CharField(_("street"), max_length=200)
    postal_code = models.CharField(_("postal code"), max_length=10)
    city = models.CharField(_("city"), max_length=100)

    class Meta:
        abstract = True

    @property
    def address(self) -> str:
        """The address on one line, without the name."""
        return f"{self.street}, {self.postal_code} {self.city}"


class Venue(PostalAddress):
    """The place that guests come to; often not the organiser's address."""

    name = models.CharField(_("name"), max_length=200)
    latitude = models.DecimalField(
        _("latitude"),
        max_digits=8,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text=_("In degrees, such as 50.926600."),
    )
    longitude = models.DecimalField(
        _("longitude"),
        max_digits=9,
        decimal_places=6,
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text=_("In degrees, such as 13.331200."),
    )
    arrival = models.TextField(_("how to get there"), blank=True)
    access = models.TextField(
        _("accessibility of the place"),
        blank=True,
        help_text=_("Steps, lifts, toilets, induction loops, parking: what a guest must know before setting out."),
    )

    class Meta:
        verbose_name = _("venue")
        verbose_name_plural = _("venues")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.city}"

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the venue; a new name or address is a new place in everybody's calendar (RFC 5545, SEQUENCE)."""
        before = Venue.objects.filter(pk=self.pk).values_list(*_PLACE_FIELDS).first()
        super().save(*args, **kwargs)
        if before is not None and before != tuple(getattr(self, name) for name in _PLACE_FIELDS):
            Event.objects.showing(self).reschedule()


_PLACE_FIELDS = ("name", "street", "postal_code", "city")


class Organiser(PostalAddress):
    """The office that invites and answers questions."""

    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("email"), validators=[is_sound])
    phone = models.CharField(_("phone"), max_length=50, blank=True)
    website = models.URLField(_("website"), blank=True)

    class Meta:
        verbose_name = _("organiser")
        verbose_name_plural = _("organisers")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class RegistrationWindow(models.TextChoices):
    """What a visitor who wants to register finds."""

    NOT_YET = "not_yet", _("not open yet")
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    PAST = "past", _("taken place")
    POSTPONED = "postponed", _("postponed")
    CANCELLED = "cancelled", _("cancelled")

    @property
    def is_over_or_off(self) -> bool:
        """Whether nobody needs to come on that day any more."""
        return self in {self.PAST, self.POSTPONED, self.CANCELLED}


class EventQuerySet(models.QuerySet["Event"]):
    def published(self) -> Self:
        """Those that the public sees; cancelled and postponed ones too, because somebody may be on the way."""
        return self.exclude(status=Event.Status.DRAFT)

    def upcoming(self, now: datetime) -> Self:
        """Those that are not over, the next one first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def archive(self, now: datetime) -> Self:
        """Those that are over, the latest one first."""
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-pk")

    def with_place(self) -> Self:
        """Each with its venue and organiser, which nearly everything that shows an event names."""
        return self.select_related("venue", "organiser")

    def showing(self, part: "Venue | Organiser | Speaker | Slot | Workshop | Contribution") -> Self:
        """Those whose page shows this part."""
        match part:
            case Venue():
                return self.filter(venue=part)
            case Organiser():
                return self.filter(organiser=part)
            case Speaker():
                return self.filter(
                    Q(slots__contributions__speaker=part) | Q(workshops__contributions__speaker=part)
                ).distinct()
            case Slot() | Workshop():
                return self.filter(pk=part.event_id)
            case Contribution(slot_id=None):
                return self.filter(workshops=part.workshop_id)
            case Contribution():
                return self.filter(slots=part.slot_id)

    def reschedule(self) -> None:
        """Note a change of time, place or room that guests have in their calendars (RFC 5545, SEQUENCE)."""
        self.update(sequence=F("sequence") + 1, rescheduled_at=Now())


class Event(models.Model):
    """A Fachtag: one day, one programme, one registration."""

    class Status(models.TextChoices):
        DRAFT = "draft", _("draft")
        PUBLISHED = "published", _("published")
        POSTPONED = "postponed", _("postponed")
        CANCELLED = "cancelled", _("cancelled")

    title = models.CharField(_("title"), max_length=200)
    slug = models.SlugField(
        _("address"),
        max_length=60,
        unique=True,
        help_text=_("The last part of the page's address, such as fachtag-2021. Keep it once it is known."),
    )
    status = models.CharField(
        _("status"),
        max_length=10,
        choices=Status,
        default=Status.DRAFT,
        help_text=_("Only organisers see a draft."),
    )
    teaser = models.CharField(_("teaser"), max_length=300, blank=True, help_text=_("One or two sentences."))
    description = MarkdownField(
        _("description"), max_length=10_000, blank=True, help_text=_("Markdown: **bold**, lists, [link](…).")
    )
    description_html = HTMLField(of="description")
    image = PictureField(_("picture"), blank=True)
    image_alt = models.CharField(
        _("what the picture shows"),
        max_length=200,
        blank=True,
        help_text=_("For those who do not see it. Needed with a picture."),
    )
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    venue = models.ForeignKey(Venue, models.PROTECT, related_name="events", verbose_name=_("venue"))
    organiser = models.ForeignKey(Organiser, models.PROTECT, related_name="events", verbose_name=_("organiser"))
    partners = models.TextField(_("partners"), blank=True, help_text=_("One in each line."))
    registration_opens_at = models.DateTimeField(
        _("registration opens"), null=True, blank=True, help_text=_("Empty: as soon as the event is published.")
    )
    registration_closes_at = models.DateTimeField(
        _("registration closes"), help_text=_("Without a time, the whole day counts.")
    )
    registration_note = models.CharField(_("note on registering"), max_length=300, blank=True)
    catering = models.TextField(_("catering"), blank=True)
    livestream = models.TextField(_("note on the livestream"), blank=True)
    livestream_offered = models.BooleanField(
        _("guests may register for the livestream"),
        default=False,
        help_text=_("A choice beside the workshops, without a seat and without consents, which are about the place."),
    )
    livestream_url = models.URLField(
        _("address of the livestream"),
        blank=True,
        help_text=_("May follow later. Guests get an address of this site that leads there when the time has come."),
    )
    livestream_captions_url = models.URLField(_("address of the captions"), blank=True)
    livestream_sign_language_url = models.URLField(_("address of the stream in sign language"), blank=True)
    livestream_minutes = models.PositiveSmallIntegerField(
        _("livestream opens, minutes before the event"),
        default=60,
        help_text=_("Before that its address is kept back."),
    )
    recording = models.TextField(_("note on recordings"), blank=True)
    queue_moves_up = models.BooleanField(
        _("waiting lists move up by themselves"),
        default=True,
        help_text=_("Otherwise free seats wait until an organiser lets the list move up, under “Registrations”."),
    )
    changes_close_at = models.DateTimeField(
        _("guests may change until"),
        null=True,
        blank=True,
        help_text=_("Also the last moment to cancel on one's own. Empty: until the event begins."),
    )
    address_confirmed_within = models.PositiveSmallIntegerField(
        _("hours to confirm the mail address"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("So long a seat is held for somebody who has not confirmed the address. Empty: nobody has to."),
    )
    reminder_days = models.PositiveSmallIntegerField(
        _("days before the event to remind guests"),
        null=True,
        blank=True,
        default=2,
        help_text=_("Empty: no reminder."),
    )
    needs_kept_days = models.PositiveSmallIntegerField(
        _("days to keep what guests need"),
        default=14,
        help_text=_("Counted from the end of the event. Needs can tell about somebody's health, so this is short."),
    )
    data_kept_days = models.PositiveSmallIntegerField(
        _("days to keep names and addresses"),
        default=180,
        help_text=_("Counted from the end of the event; then registrations become anonymous, and only counts remain."),
    )
    change_note = models.CharField(_("note on changes"), max_length=300, blank=True)
    uid = models.UUIDField(_("calendar UID"), default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(_("calendar SEQUENCE"), default=0, editable=False)
    rescheduled_at = models.DateTimeField(_("time, place or status changed"), null=True, editable=False)
    called_off_at = models.DateTimeField(_("cancelled"), null=True, editable=False)
    previous_starts_at = models.DateTimeField(_("began before"), null=True, editable=False)
    changed_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering: ClassVar = ["-starts_at", "-pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="event_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The event must end after it begins."),
            ),
            models.CheckConstraint(
                name="registration_closes_before_event_ends",
                condition=Q(registration_closes_at__lte=F("ends_at")),
                violation_error_message=_("Registration must close before the event ends."),
            ),
            models.CheckConstraint(
                name="registration_closes_after_it_opens",
                # NULL: open from the beginning.
                condition=Q(registration_opens_at__isnull=True)
                | Q(registration_closes_at__gt=F("registration_opens_at")),
                violation_error_message=_("Registration must close after it opens."),
            ),
            models.CheckConstraint(
                name="event_slug_is_not_reserved",
                condition=~Q(slug__in=RESERVED_SLUGS),
                violation_error_message=_("The site uses this address for something else. Please choose another."),
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("event", args=[self.slug])

    def get_livestream_url(self) -> str:
        """The address of ours that leads to the livestream once it is open; safe to print and to send."""
        return reverse("events:livestream", args=[self.slug])

    def clean(self) -> None:
        if self.image and not self.image_alt:
            raise ValidationError({"image_alt": _("Please say in a few words what the picture shows.")})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the event; start, end, place and status raise the SEQUENCE of its calendar entry (RFC 5545, 3.8.7.4).

        Publishing a draft raises nothing, because that is no news to anybody who knows of it.
        """
        before = Event.objects.select_for_update().filter(pk=self.pk).first()
        if before is not None:
            was_shown = before.status != self.Status.DRAFT
            published = not was_shown and self.status == self.Status.PUBLISHED
            watched = ("starts_at", "ends_at", "venue_id", *([] if published else ["status"]))
            rescheduled = any(getattr(self, name) != getattr(before, name) for name in watched)
            self.sequence = before.sequence + rescheduled
            self.rescheduled_at = Now() if rescheduled else before.rescheduled_at
            called_off = (before.status, self.status) == (self.Status.POSTPONED, self.Status.CANCELLED)
            self.called_off_at = Now() if called_off else before.called_off_at
            if was_shown and before.starts_at != self.starts_at:
                self.previous_starts_at = before.starts_at
        super().save(*args, **kwargs)
        if isinstance(self.rescheduled_at, Now):  # whatever calls an event off reschedules it
            self.refresh_from_db(fields=["rescheduled_at", "called_off_at"])

    def registration_window(self, now: datetime) -> RegistrationWindow:
        """Whether one may register at `now`, and if not, why. The deadline itself is still in time."""
        if self.status == self.Status.CANCELLED:
            return RegistrationWindow.CANCELLED
        if self.status == self.Status.POSTPONED:  # its old day may be over; it has not taken place
            return RegistrationWindow.POSTPONED
        if now >= self.ends_at:
            return RegistrationWindow.PAST
        if now > self.registration_closes_at:
            return RegistrationWindow.CLOSED
        if self.registration_opens_at is not None and now < self.registration_opens_at:
            return RegistrationWindow.NOT_YET
        return RegistrationWindow.OPEN

    def has_begun(self, now: datetime) -> bool:
        """Whether its day has come; that of a postponed event has not, even if the old day is over."""
        return self.status != self.Status.POSTPONED and now >= self.starts_at

    def guests_may_change(self, now: datetime) -> bool:
        """Whether guests may still change or cancel what they registered."""
        if self.status == self.Status.POSTPONED:
            return True
        return self.status != self.Status.CANCELLED and now < self.last_change_at

    @property
    def last_change_at(self) -> datetime:
        """Until when guests may change or cancel: until the event begins, or earlier where it says so."""
        return min(self.starts_at, self.changes_close_at or self.starts_at)

    @property
    def has_livestream(self) -> bool:
        return self.livestream_offered or bool(self.livestream_url)

    @property
    def livestream_opens_at(self) -> datetime:
        return self.starts_at - timedelta(minutes=self.livestream_minutes)

    def livestream_is_open(self, now: datetime) -> bool:
        """Whether the livestream's address may be told; it stays open as long as the event has not ended."""
        return not self.registration_window(now).is_over_or_off and now >= self.livestream_opens_at

    def reminds(self, now: datetime) -> bool:
        """Whether the time to remind guests has come and the event has not."""
        return self.remind_at is not None and self.remind_at <= now < self.starts_at

    @property
    def remind_at(self) -> datetime | None:
        """When guests are reminded; None: never."""
        return None if self.reminder_days is None else self.starts_at - timedelta(days=self.reminder_days)

    @property
    def needs_erased_at(self) -> datetime:
        """When access needs and diet are erased (GDPR, articles 5, 1 e and 9)."""
        return self._kept_from + timedelta(days=min(self.needs_kept_days, self.data_kept_days))

    @property
    def data_erased_at(self) -> datetime:
        """When registrations become anonymous (GDPR, article 5, 1 e)."""
        return self._kept_from + timedelta(days=self.data_kept_days)

    @property
    def _kept_from(self) -> datetime:
        """The end, or later the moment when what had been postponed was called off."""
        called_off_at = self.called_off_at if self.status == self.Status.CANCELLED else None
        return max(self.ends_at, called_off_at or self.ends_at)


class ConsentRequest(models.Model):
    """What the event asks its guests to agree to; `registration.consents` keeps who was shown which wording.

    All purposes are about pictures taken at the place, so guests of the livestream are not asked.
    """

    class Purpose(models.TextChoices):
        RECORDING = "recording", _("recordings")
        PUBLICITY = "publicity", _("photos for public relations")

    class Kind(models.TextChoices):
        REQUIRED = "required", _("required for taking part at the place")
        VOLUNTARY = "voluntary", _("voluntary")

    event = models.ForeignKey(Event, models.CASCADE, related_name="consent_requests", verbose_name=_("event"))
    purpose = models.CharField(_("purpose"), max_length=10, choices=Purpose)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.VOLUNTARY)
    wording = models.TextField(_("wording"), help_text=_("The exact sentence that guests agree to."))
    alternative = models.TextField(
        _("without that consent"),
        blank=True,
        help_text=_("What you offer somebody who does not agree, printed at the box. A required consent needs it."),
    )

    class Meta:
        verbose_name = _("consent asked for")
        verbose_name_plural = _("consents asked for")
        ordering: ClassVar = ["event", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="one_consent_a_purpose",
                fields=["event", "purpose"],
                violation_error_message=_("This event asks for a consent for this purpose already."),
            )
        ]

    def __str__(self) -> str:
        return self.get_purpose_display()

    @property
    def lacks_an_alternative(self) -> bool:
        """Whether guests are left without a choice, which makes a consent void (GDPR, article 7, 4)."""
        return self.kind == self.Kind.REQUIRED and not self.alternative.strip()


class Speaker(models.Model):
    """Somebody on the programme: a person, or a group that has no names."""

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
        verbose_name = _("speaker")
        verbose_name_plural = _("speakers")
        ordering: ClassVar = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.portrait and not self.portrait_alt:
            self.portrait_alt = gettext("Portrait: %(name)s") % {"name": self.name}
        super().save(*args, **kwargs)


class Slot(models.Model):
    """One item of the programme, from its beginning to its end."""

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

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering: ClassVar = ["starts_at", "ends_at", "pk"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="slot_ends_after_it_starts",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("A slot must end after it begins."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        if self.pk and self.kind != self.Kind.WORKSHOPS and self.workshops.exists():
            raise ValidationError({"kind": _("Workshops take place in this slot; move them to another one first.")})

    @transaction.atomic
    def save(self, *args: Any, **kwargs: Any) -> None:
        """Store the slot; of all slots, those of workshops alone are in guests' calendars."""
        before = Slot.objects.filter(pk=self.pk, kind=self.Kind.WORKSHOPS).first()
        super().save(*args, **kwargs)
        moved = before is not None and before.when_and_where != self.when_and_where
        if moved and self.kind == self.Kind.WORKSHOPS:
            Event.objects.showing(self).reschedule()

    @property
    def when_and_where(self) -> tuple[datetime, datetime, str]:
        return self.starts_at, self.ends_at, self.room


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
        ordering: ClassVar = ["event", "number"]
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

    def clean(self) -> None:
        if self.slot_id is None:
            return
        if self.slot.kind != Slot.Kind.WORKSHOPS:
            raise ValidationError({"slot": _("Workshops take place in a slot of the kind “workshops”.")})
        if self.event_id is not None and self.event_id != self.slot.event_id:
            raise ValidationError({"slot": _("This slot belongs to another event.")})
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
        before = Workshop.objects.select_related("slot").filter(pk=self.pk).first()
        super().save(*args, **kwargs)
        if before is not None and before.when_and_where != self.when_and_where:
            Event.objects.showing(self).reschedule()

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
        return next(free for free in chain([key], (f"{key}-{n}" for n in count(2))) if free not in taken)


class Contribution(models.Model):
    """Somebody's appearance in one slot or workshop, with the affiliation as printed for it."""

    class Role(models.TextChoices):
        GREETING = "greeting", _("greeting")
        SPEAKER = "speaker", _("speaker")
        MODERATOR = "moderator", _("moderator")
        PANELIST = "panelist", _("panelist")
        LEAD = "lead", _("lead")

    slot = models.ForeignKey(
        Slot, models.CASCADE, null=True, blank=True, related_name="contributions", verbose_name=_("slot")
    )
    workshop = models.ForeignKey(
        Workshop, models.CASCADE, null=True, blank=True, related_name="contributions", verbose_name=_("workshop")
    )
    speaker = models.ForeignKey(Speaker, models.PROTECT, related_name="contributions", verbose_name=_("speaker"))
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


def _mark_events_as_changed(sender: type[models.Model], instance: Any, raw: bool = False, **kwargs: Any) -> None:
    """Let `Event.changed_at` tell the last change of anything on its page; calendars and caches rely on it."""
    if not raw:
        Event.objects.showing(instance).update(changed_at=Now())


def _lock_event(sender: type[models.Model], instance: Workshop, **kwargs: Any) -> None:
    """Nobody takes a seat in a workshop while it is deleted, because whoever does locks its event first."""
    Event.objects.select_for_update().filter(pk=instance.event_id).first()


pre_delete.connect(_lock_event, sender=Workshop)

# Of these alone: a receiver for every model would run at each registration and make Django delete rows one by one.
for _part in (Venue, Organiser, Speaker, Slot, Workshop, Contribution):
    post_save.connect(_mark_events_as_changed, sender=_part)
    post_delete.connect(_mark_events_as_changed, sender=_part)

"""An event: who invites whom, when, where to, and until when one registers."""

import uuid
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from events.markdown import HTMLField, MarkdownField
from events.models.organiser import Organiser, PostalAddress
from events.pictures import PictureField

# What ends so soon after midnight has been an evening, not a day more.
NIGHT = timedelta(hours=4)

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
    "neu",
    "robots",
    "sitemap",
    "static",
)


class Venue(PostalAddress):
    """The place that guests come to, as one organiser knows it; often not the organiser's address."""

    organiser = models.ForeignKey(Organiser, models.PROTECT, related_name="venues", verbose_name=_("organiser"))
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
            self.events.reschedule()


_PLACE_FIELDS = ("name", "street", "postal_code", "city")


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

    def listed(self) -> Self:
        """Those that the public finds: in the overview, the feed and the sitemap."""
        return self.published().filter(listed=True)

    def upcoming(self, now: datetime) -> Self:
        """Those that are not over, the next one first."""
        return self.filter(ends_at__gt=now).order_by("starts_at", "pk")

    def archive(self, now: datetime) -> Self:
        """Those that are over, the latest one first."""
        return self.filter(ends_at__lte=now).order_by("-starts_at", "-pk")

    def with_place(self) -> Self:
        """Each with its venue and organiser, which nearly everything that shows an event names."""
        return self.select_related("venue", "organiser")

    def reschedule(self) -> None:
        """Note a change of time, place or room that guests have in their calendars (RFC 5545, SEQUENCE)."""
        self.update(sequence=F("sequence") + 1, rescheduled_at=Now())

    def begin(self) -> None:
        """Note that those which have just been stored, slot by slot, have been in nobody's calendar yet."""
        self.update(sequence=0, rescheduled_at=None)


class Event(models.Model):
    """A Fachtag: one programme, of one day or several, and one registration."""

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
    venue = models.ForeignKey(
        Venue,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="events",
        verbose_name=_("venue"),
        help_text=_("Empty: online only."),
    )
    organiser = models.ForeignKey(Organiser, models.PROTECT, related_name="events", verbose_name=_("organiser"))
    listed = models.BooleanField(
        _("listed"),
        default=True,
        help_text=_(
            "Otherwise only those find the page who know its address: no overview, feed or search engine does."
        ),
    )
    partners = models.TextField(_("partners"), blank=True, help_text=_("One in each line."))
    registration_opens_at = models.DateTimeField(
        _("registration opens"), null=True, blank=True, help_text=_("Empty: as soon as the event is published.")
    )
    registration_closes_at = models.DateTimeField(
        _("registration closes"), help_text=_("Without a time, the whole day counts.")
    )
    capacity = models.PositiveIntegerField(
        _("seats of the event"),
        null=True,
        blank=True,
        help_text=_("Beside those of its workshops; guests of the livestream take none. Empty: without a limit."),
    )
    fee = models.CharField(
        _("fee"),
        max_length=200,
        blank=True,
        help_text=_("In words, such as: 15 € for catering, in cash at the place. Empty: free of charge."),
    )
    price = models.DecimalField(
        _("fee as a number"),
        max_digits=7,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("In euros, for search engines."),
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
    queue_stops_hours = models.PositiveSmallIntegerField(
        _("hours before the event at which they stop doing so"),
        default=24,
        help_text=_("Nobody shall learn at midnight that they are expected at eight; after that you decide."),
    )
    accept_within = models.PositiveSmallIntegerField(
        _("hours to say yes to a seat"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "Whoever waits without any seat and moves up must say yes within so many hours, or else the next one gets"
            " it; guests who follow the livestream meanwhile need not. Empty: nobody has to."
        ),
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
        _("days to keep sensitive answers"),
        default=14,
        help_text=_(
            "Counted from the end of the event. What guests need or eat can tell about their health, so this is short."
        ),
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
    preview_made_at = models.DateTimeField(_("link to the draft made"), null=True, editable=False)
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
        if self.organiser_id is None:
            return
        if self.venue is not None and self.venue.organiser_id != self.organiser_id:
            raise ValidationError({"venue": _("This venue belongs to another organiser.")})
        speakers = Q(speakers__contributions__slot__event=self.pk) | Q(speakers__contributions__workshop__event=self.pk)
        if self.pk and Organiser.objects.filter(speakers).exclude(pk=self.organiser_id).exists():
            raise ValidationError({"organiser": _("People of another organiser are on the programme.")})

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

    @property
    def first_day(self) -> date:
        return localtime(self.starts_at).date()

    @property
    def last_day(self) -> date:
        return max(self.first_day, localtime(self.ends_at - NIGHT).date())

    @property
    def has_several_days(self) -> bool:
        return self.first_day != self.last_day

    @property
    def days(self) -> list[tuple[datetime, datetime]]:
        """From when to when it is on each of its days, as calendars have it. Of several days, each is as long as its
        slots, and those without any do not count."""
        if not self.has_several_days:
            return [(self.starts_at, self.ends_at)]
        by_day = groupby(self.slots.all(), lambda slot: slot.day)
        slots_of_days = [list(slots) for _day, slots in by_day]
        return [(slots[0].starts_at, max(slot.ends_at for slot in slots)) for slots in slots_of_days]

    def has_begun(self, now: datetime) -> bool:
        """Whether its day has come; that of a postponed event has not, even if the old day is over."""
        return self.status != self.Status.POSTPONED and now >= self.starts_at

    def queues_move(self, now: datetime) -> bool:
        """Whether waiting lists move up by themselves: nobody learns at midnight that they are expected at eight. Those
        of a postponed event, whose old day means nothing, do."""
        if not self.queue_moves_up or self.status == self.Status.DRAFT:
            return False
        return self.status == self.Status.POSTPONED or now < self.queues_stop_at

    @property
    def queues_stop_at(self) -> datetime:
        """When waiting lists stop moving up by themselves, if they do."""
        return self.starts_at - timedelta(hours=self.queue_stops_hours)

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
    def is_free(self) -> bool:
        """Whether taking part costs nothing; the number decides, where there is one."""
        return not self.fee if self.price is None else self.price == 0

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
        """When sensitive answers, such as access needs and diet, are erased (GDPR, articles 5, 1 e and 9)."""
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

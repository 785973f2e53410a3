"""The guests of an event: one list that answers the questions of the day, and what is done with those chosen in it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from events.models import Event, Workshop
from registration import consents, door
from registration.desk.alphabet import in_order, keys_in_order
from registration.desk.figures import yesterday
from registration.desk.frame import DeskRequest, event_page, for_event
from registration.desk.search import found_by
from registration.models import Answer, ConsentText, OutgoingMail, Place, Registration, with_places
from registration.models.registration import EXPECTED, RegistrationQuerySet
from registration.rights import Right

A_PAGE = 50
LIVE = ~Q(state=Registration.State.CANCELLED)
Purpose = ConsentText.Purpose


@dataclass(frozen=True)
class View:
    """A question of the day: who of the guests is meant; the key stands in the address."""

    key: str
    label: str
    meant: Q
    group: str = ""
    is_sensitive: bool = False


@dataclass(frozen=True)
class Shown:
    """What somebody asked the list for: a view, or all who count but those in it, and words to look for."""

    view: View
    turned: bool
    words: str

    @classmethod
    def by(cls, views: Sequence[View], asked: QueryDict) -> "Shown | None":
        """None: there is no such view, or not any more."""
        chosen = next((view for view in views if view.key == asked.get("zeigen", "")), None)
        if chosen is None:
            return None
        return cls(chosen, "nicht" in asked and chosen.key != "", asked.get("q", "").strip())

    def of(self, event: Event, rights: frozenset[Right]) -> list[int]:
        """The keys of the guests that are shown, by last name."""
        guests = everybody(event).filter(LIVE & ~self.view.meant if self.turned else self.view.meant)
        if self.words:
            return keys_in_order(found_by(self.words, guests, with_needs=Right.NEEDS in rights))
        return keys_in_order(guests.order_by().values_list("last_name", "first_name", "pk"))

    def goes_by_needs(self, event: Event, rights: frozenset[Right]) -> bool:
        """Whether sensitive answers say who is shown."""
        return self.view.is_sensitive or self.of(event, rights) != self.of(event, rights - {Right.NEEDS})

    @property
    def in_words(self) -> str:
        """As it stands above the list."""
        label = _("All but “%(view)s”") % {"view": self.view.label} if self.turned else self.view.label
        return f"{label}, „{self.words}“" if self.words else label

    @property
    def query(self) -> str:
        """What the address has after its question mark, to see the same again."""
        asked = QueryDict(mutable=True)
        asked.update({"zeigen": self.view.key, "q": self.words} | ({"nicht": ""} if self.turned else {}))
        return asked.urlencode()


def everybody(event: Event) -> RegistrationQuerySet:
    """All of whom the desk still knows who they are, cancelled or not."""
    return event.registrations.filter(erased_at__isnull=True)


def views(event: Event, rights: frozenset[Right], now: datetime) -> list[View]:
    """The questions of the day; the first one is for all who count."""
    at_place = LIVE & Q(livestream=False)
    places = Place.objects.filter(registration=OuterRef("pk"))
    seated = at_place & Q(queued_at__isnull=True) if event.capacity is not None else EXPECTED
    found = [View("", _("All"), LIVE, _("Seat")), View("platz", _("With a seat"), seated, _("Seat"))]
    workshops = list(event.workshops.select_related("slot").order_by("number"))
    for workshop in workshops:
        sits = Q(Exists(places.held().filter(workshop=workshop)))
        found.append(View(f"workshop-{workshop.pk}", _("Workshop %d") % workshop.number, LIVE & sits, _("Seat")))
    if workshops:
        found.append(View("ohne-workshop", _("Without a workshop"), lacks_a_workshop(workshops), _("Seat")))
    waits = Q(queued_at__isnull=False) | Q(Exists(places.filter(queued_at__isnull=False)))
    seen = OutgoingMail.objects.visible(with_needs=Right.NEEDS in rights)
    failed = seen.filter(registration=OuterRef("pk"), failed_at__isnull=False)
    found += [
        View("livestream", _("Livestream"), LIVE & Q(livestream=True), _("Seat")),
        View("warteliste", _("Waiting list"), LIVE & waits, _("Seat")),
        View("abgesagt", _("Cancelled"), ~LIVE, _("Seat")),
        View("neu", _("New since yesterday"), LIVE & Q(registered_at__gte=yesterday(now)), _("To be noted")),
        View("keine-fotos", _("No photos"), at_place & ~consents.has_agreed(Purpose.RECORDING), _("To be noted")),
        View("werbung", _("Publicity allowed"), at_place & consents.has_agreed(Purpose.PUBLICITY), _("To be noted")),
        View("unbestaetigt", _("Not confirmed yet"), LIVE & Q(confirm_by__isnull=False), _("To be noted")),
        View("unzustellbar", _("Mail did not arrive"), Q(Exists(failed)), _("To be noted")),
    ]
    if Right.NEEDS in rights:
        needs = Answer.objects.filter(registration=OuterRef("pk"), question__sensitive=True)
        found.append(View("bedarf", _("Needs"), LIVE & Q(Exists(needs)), _("To be noted"), is_sensitive=True))
    if door.has_opened(event, now):
        there = Q(checked_in_at__isnull=False)  # NULL: has not been there
        found += [
            View("da", _("There"), there, _("On the day")),
            View("nicht-da", _("Not there"), EXPECTED & ~there, _("On the day")),
        ]
    return found


def lacks_a_workshop(workshops: Iterable[Workshop]) -> Q:
    """Who has a seat of the event, but neither sits nor waits in a round in which everybody chooses one of these: the
    workshop was called off, or the round was optional before."""
    places = Place.objects.filter(registration=OuterRef("pk"))
    lacks = Q(pk__in=[])
    for mandatory in {workshop.slot_id for workshop in workshops if workshop.slot.is_mandatory_round}:
        lacks |= Q(~Exists(places.filter(round=mandatory)))
    # NULL: not in line for the event.
    return LIVE & Q(livestream=False, queued_at__isnull=True) & lacks


@for_event(Right.GUESTS)
def guests(request: DeskRequest, event: Event) -> HttpResponse:
    rights, now = request.rights, timezone.now()
    offered = views(event, rights, now)
    shown = Shown.by(offered, request.GET) or Shown(offered[0], turned=False, words=request.GET.get("q", "").strip())
    return event_page(
        request,
        event,
        "guests",
        _("Guests"),
        groups=_counted(event, offered),
        shown=shown,
        guests=_page(request, event, shown.of(event, rights)),
        now=now,
    )


def _counted(event: Event, offered: Sequence[View]) -> list[tuple[str, list[tuple[View, int]]]]:
    """The views in their groups, each with how many guests it is about; in one query."""
    counts = everybody(event).aggregate(
        **{f"view_{number}": Count("pk", view.meant) for number, view in enumerate(offered)}
    )
    counted = [(view, counts[f"view_{number}"]) for number, view in enumerate(offered)]
    return [(group, list(pairs)) for group, pairs in groupby(counted, key=lambda pair: pair[0].group)]


def _page(request: DeskRequest, event: Event, keys: list[int]) -> Page[Any]:
    """Some of them, or all on one page, each with the seats."""
    size = max(len(keys), 1) if "alle" in request.GET else A_PAGE
    found: Page[Any] = Paginator(keys, size).get_page(request.GET.get("seite"))
    guests = everybody(event).filter(pk__in=list(found))
    found.object_list = in_order(consents.with_decisions(guests).prefetch_related(with_places()))
    return found

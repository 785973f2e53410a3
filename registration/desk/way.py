"""From nothing to published in five short steps. A page is one of them where its address says so, and nothing else
knows of it: every page stays what it is, and a copy, which has all of them behind it, is not led."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from events.models import Event, Slot
from registration.desk.check import lacks
from registration.rights import Right

# The query that leads.
LED = "schritt"


@dataclass(frozen=True)
class Step:
    """Something that an event needs, on one page or a few in their order."""

    title: str | Promise
    pages: tuple[str, ...]


# The page that makes the draft stands before them, in the first step.
STEPS = (
    Step(_("What and when"), ("details",)),
    Step(_("Place and livestream"), ("place", "venue")),
    Step(_("Programme and workshops"), ("programme", "workshops")),
    Step(_("Registration and seats"), ("seats", "times")),
    Step(_("Questions and consents"), ("questions",)),
)
END = Step(_("Check and publish"), ("publish",))
PAGES = [page for step in STEPS for page in step.pages]


@dataclass(frozen=True)
class Stop:
    """A step as a page shows it; without an address as long as there is no draft."""

    title: str | Promise
    address: str = ""
    is_current: bool = False
    is_behind: bool = False
    lacks: bool = False  # something without which nobody can register, or the law is broken


@dataclass(frozen=True)
class Way:
    """All steps, where a page stands among them, and where it goes on."""

    stops: list[Stop]
    number: int  # from 1
    onward: str = ""

    @property
    def current(self) -> Stop:
        return self.stops[self.number - 1]

    @property
    def of(self) -> int:
        """How many steps are counted; checking and publishing is none of them."""
        return len(STEPS)


def before_it() -> Way:
    """The way as the page shows it that makes the draft."""
    return Way([Stop(step.title, is_current=step is STEPS[0]) for step in (*STEPS, END)], 1)


def beginning(event: Event) -> str:
    """The address where the way of a new draft begins."""
    return _address(event, PAGES[0])


def way(event: Event, page: str, rights: frozenset[Right], now: datetime) -> Way:
    """The way at this page. What is on no step, such as who invites, is asked for by the check at the end."""
    steps = (*STEPS, END) if Right.LEAD in rights else STEPS
    here = next((at for at, step in enumerate(steps) if page in step.pages), len(steps) - 1)
    missing = {lack.page for lack in lacks(event, now) if lack.is_necessary}
    stops = [
        Stop(step.title, _address(event, step.pages[0]), at == here, at < here, not missing.isdisjoint(step.pages))
        for at, step in enumerate(steps)
    ]
    return Way(stops, here + 1, onward(event, page, rights))


def onward(event: Event, page: str, rights: frozenset[Right]) -> str:
    """The address of the page after this one; who may not publish ends at the overview."""
    later = PAGES[PAGES.index(page) + 1 :] if page in PAGES else []
    for found in later:
        if not _is_spared(event, found):
            return _address(event, found)
    if Right.LEAD in rights:
        return _address(event, END.pages[0])
    return reverse("admin:event_overview", args=[event.slug])


def _is_spared(event: Event, page: str) -> bool:
    """Whether there is nothing to say on this page: of no place or one that is described, of no workshops."""
    match page:
        case "venue":
            return event.venue is None or bool(event.venue.arrival)
        case "workshops":
            return not event.slots.filter(kind=Slot.Kind.WORKSHOPS).exists()
    return False


def _address(event: Event, page: str) -> str:
    return f"{reverse(f'admin:event_{page}', args=[event.slug])}?{LED}"


def is_led(request: HttpRequest, event: Event) -> bool:
    return LED in request.GET and event.status == Event.Status.DRAFT


def kept(response: HttpResponse) -> HttpResponse:
    """The answer of a page on the way, so that it leads on to another one."""
    if isinstance(response, HttpResponseRedirect):
        response["Location"] = urlsplit(response.url)._replace(query=LED).geturl()
    return response

"""What is to be done at the desk: each rule finds something that waits for a person, says why, and where it is done."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from events.legal import missing
from events.models import Event, LegalPage
from events.wording import day
from registration import erasing, inquiries
from registration.desk.check import lacks
from registration.desk.figures import Figures
from registration.desk.guests import everybody, lacks_a_workshop
from registration.models import OutgoingMail
from registration.rights import Right

SOON = timedelta(days=14)


@dataclass(frozen=True)
class Task:
    """Something to do: what, why, and the page of the event's workspace where it is done, with its query."""

    what: str
    why: str
    link: str
    page: str
    query: str = ""


Rule = Callable[[Event, Figures, frozenset[Right], datetime], Iterator[Task]]


def tasks(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> list[Task]:
    """What there is to do for this event by somebody with these rights."""
    return [task for right, rule in _RULES if right in rights for task in rule(event, figures, rights, now)]


def undelivered(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    seen = OutgoingMail.objects.visible(with_needs=Right.NEEDS in rights)
    failed = seen.filter(registration__in=everybody(event), failed_at__isnull=False)
    to = failed.order_by("registration__last_name", "registration").values_list(
        "registration", "registration__first_name", "registration__last_name"
    )
    if mails := list(to):
        names = [f"{first} {last}" for _key, first, last in dict.fromkeys(mails)]
        yield Task(
            ngettext("%(count)d mail did not arrive", "%(count)d mails did not arrive", len(mails))
            % {"count": len(mails)},
            _("Who may not know what is true: %s") % ", ".join(names[:3]),
            _("Correct the addresses"),
            "guests",
            "zeigen=unzustellbar",
        )


def free_seats_beside_queues(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """Queues that no longer move by themselves, while there are seats."""
    if event.queues_move(now) or event.status != Event.Status.PUBLISHED or event.has_begun(now):
        return
    for workshop, seats in figures.workshops:
        if seats.waiting and seats.left != 0:
            what = _("“%s” has a free seat, and somebody waits for it") % workshop.name
            yield Task(
                what,
                _("The waiting list no longer moves by itself; you decide."),
                _("Let it move up"),
                "move_up",
            )


def full_beside_free(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """Guests who wait where others of the same round have seats to give."""
    if event.has_begun(now) or event.status != Event.Status.PUBLISHED:
        return
    for workshop, seats in figures.workshops:
        others = [
            _("%(workshop)s: %(left)d free") % {"workshop": other.name, "left": there.left}
            for other, there in figures.workshops
            if other.slot_id == workshop.slot_id and there.left and other != workshop
        ]
        if seats.waiting and seats.left == 0 and others:
            what = ngettext(
                "%(count)d guest waits for “%(workshop)s”", "%(count)d guests wait for “%(workshop)s”", seats.waiting
            )
            yield Task(
                what % {"count": seats.waiting, "workshop": workshop.name},
                "; ".join(others) + ".",
                _("See the waiting list"),
                "guests",
                "zeigen=warteliste",
            )


def without_a_workshop(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """Guests who come, and who have not chosen anew since a workshop was called off."""
    if event.has_begun(now) or event.status != Event.Status.PUBLISHED or not figures.workshops:
        return
    if count := everybody(event).filter(lacks_a_workshop(workshop for workshop, _seats in figures.workshops)).count():
        what = ngettext("%(count)d guest has no workshop", "%(count)d guests have no workshop", count)
        why = _("They were asked by mail to choose; you can move them too.")
        yield Task(what % {"count": count}, why, _("See who"), "guests", "zeigen=ohne-workshop")


def lacking(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """What a draft lacks, or a published event should not."""
    if event.ends_at <= now or event.status == Event.Status.CANCELLED:
        return
    found = [lack for lack in lacks(event, now) if lack.page != "law"]  # that is the office's, and said once for it
    if event.status != Event.Status.DRAFT:
        found = [lack for lack in found if lack.is_necessary or lack.page == "programme"]
    if found:
        what = ngettext(
            "%(count)d thing is missing or does not fit", "%(count)d things are missing or do not fit", len(found)
        )
        yield Task(what % {"count": len(found)}, found[0].what, _("See to it"), found[0].page)


def erased_soon(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """What is about to go, of as many guests as it will be; nothing of a postponed event is."""
    if event.status == Event.Status.POSTPONED:
        return
    why = _("Whoever still needs something from the list takes it before.")
    answered = erasing.sensitive(event).order_by().values("registration").distinct()
    is_soon = Right.NEEDS in rights and now < event.needs_erased_at <= now + SOON
    if is_soon and (count := answered.count()):
        what = ngettext(
            "Sensitive answers of %(count)d guest are erased on %(day)s",
            "Sensitive answers of %(count)d guests are erased on %(day)s",
            count,
        )
        yield Task(what % {"count": count, "day": day(event.needs_erased_at)}, why, _("See the guests"), "guests")
    if now < event.data_erased_at <= now + SOON and (count := erasing.known(event).count()):
        what = ngettext("%(count)d guest is erased on %(day)s", "%(count)d guests are erased on %(day)s", count)
        yield Task(what % {"count": count, "day": day(event.data_erased_at)}, why, _("See the guests"), "guests")


def unanswered(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """Inquiries are the office's, so they are said once, at its latest event."""
    count = inquiries.to_do(inquiries.of_office(event.organiser)).count()
    if count and _is_latest(event):
        yield Task(
            ngettext("%(count)d inquiry waits for an answer", "%(count)d inquiries wait for an answer", count)
            % {"count": count},
            _("Somebody wrote through the contact form of the site."),
            _("Read and answer"),
            "inquiries",
        )


def legal_pages(event: Event, figures: Figures, rights: frozenset[Right], now: datetime) -> Iterator[Task]:
    """What the law wants to stand on the pages of the office, said once too."""
    found = missing(event.organiser, *LegalPage.Key)
    if found and _is_latest(event):
        what = ngettext("The legal pages lack %(count)d thing", "The legal pages lack %(count)d things", len(found))
        why = ", ".join(f"{field} ({law})" for field, law in found[:3])
        yield Task(what % {"count": len(found)}, why, _("Fill them in"), "law")


def _is_latest(event: Event) -> bool:
    return event == event.organiser.events.order_by("starts_at", "pk").last()


_RULES: list[tuple[Right, Rule]] = [
    (Right.GUESTS, undelivered),
    (Right.GUESTS, unanswered),
    (Right.GUESTS, free_seats_beside_queues),
    (Right.GUESTS, full_beside_free),
    (Right.GUESTS, without_a_workshop),
    (Right.TEXTS, lacking),
    (Right.GUESTS, erased_soon),
    (Right.LEAD, legal_pages),
]

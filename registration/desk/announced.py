"""A programme as it is announced, read from plain text: one line an item, its people and workshops below it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from itertools import zip_longest

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from events import plaintext
from events.models import Contribution, Event, Slot, Workshop, overlapping_rounds, refuse_rounds
from events.wording import begin_of, day
from registration.desk.people import MOST, Appearance, store
from registration.desk.slots import USUAL, at, days_of

Kind = Slot.Kind
Role = Contribution.Role

_CLOCK = r"(\d{1,2})(?:[:.](\d\d)(?:\s*(?:uhr|h)\b)?|\s*(?:uhr|h)\b)"
_TIME = re.compile(rf"{_CLOCK}(?:\s*(?:[-–—]|bis)\s*{_CLOCK})?\s*[:,–—-]?\s*(.*)", re.IGNORECASE | re.ASCII)
_NUMBERED = re.compile(r"(\d{1,3})\.\s+(.+)", re.ASCII)
_LABELLED = re.compile(r"([^:]{2,40}):\s*(.+)")
_SEATS = re.compile(r"(\d{1,5})\s+plätze", re.IGNORECASE | re.ASCII)
_BRACKETS = re.compile(r"([^,(]+?)\s*\((.+)\)")

MOST_WORKSHOPS = 999

# What announcements call people, and what in a title tells what it is; the language is that of the event.
_ROLES = {
    "grußwort": Role.GREETING,
    "grussworte": Role.GREETING,
    "grußworte": Role.GREETING,
    "referierende": Role.SPEAKER,
    "referent": Role.SPEAKER,
    "referentin": Role.SPEAKER,
    "referenten": Role.SPEAKER,
    "referentinnen": Role.SPEAKER,
    "mit": Role.SPEAKER,
    "moderation": Role.MODERATOR,
    "podium": Role.PANELIST,
    "gast auf dem podium": Role.PANELIST,
    "gäste auf dem podium": Role.PANELIST,
    "leitung": Role.LEAD,
    "workshop-leitung": Role.LEAD,
    "workshopleitung": Role.LEAD,
}
_GROUP = "gruppe"
_KINDS = (
    (Kind.BREAK, ("pause", "mittagessen", "imbiss")),
    (Kind.ARRIVAL, ("come together", "ankommen", "anmeldung", "einlass", "ankunft")),
    (Kind.CLOSING, ("auswertung", "abschluss", "verabschiedung", "ausklang", "schlusswort")),
    (Kind.WORKSHOPS, ("workshop",)),
    (Kind.GREETING, ("begrüßung", "grußwort", "eröffnung")),
    (Kind.PANEL, ("podium", "diskussion")),
)


@dataclass
class Announced:
    """A workshop as it is announced."""

    number: int
    title: str
    question: list[str] = field(default_factory=list)
    capacity: int | None = None
    room: str = ""
    people: list[Appearance] = field(default_factory=list)


@dataclass
class Item:
    """An item as it is announced; `slot` is not stored yet."""

    line: int
    slot: Slot
    has_end: bool
    abstract: list[str] = field(default_factory=list)
    people: list[Appearance] = field(default_factory=list)
    workshops: list[Announced] = field(default_factory=list)
    is_there: bool = False  # stored before, at that time and with that title


def read(event: Event, text: str) -> list[Item]:
    """What the text says. Raises ValidationError with a sentence for every line that says nothing."""
    days, items, errors = days_of(event), list[Item](), list[str]()
    names = {day(at(one, time(12))).partition(",")[0].casefold(): one for one in days}
    today = days[0]
    for number, line in enumerate(map(plaintext.line, text.splitlines()), 1):
        if found := _TIME.fullmatch(line):
            try:
                items.append(_item(event, today, number, found))
            except ValueError:
                errors.append(_("Line %(line)d: there is no such time of day.") % {"line": number})
        elif named := next((name for name in names if line.casefold().startswith(name)), None):
            today = names[named]
        elif line and items:
            _add(items[-1], line)
        elif line:
            errors.append(_("Line %(line)d: the first item begins with its time, such as 9:00.") % {"line": number})
    _end(event, items)
    errors += _wrong(items)
    if errors:
        raise ValidationError(errors)
    there = {(slot.starts_at, slot.title) for slot in event.slots.all()}
    numbers = set(event.workshops.values_list("number", flat=True))
    for item in items:
        item.is_there = (item.slot.starts_at, item.slot.title) in there
        new = [workshop.number for workshop in item.workshops if not item.is_there]
        if taken := next((one for place, one in enumerate(new) if one in numbers or one in new[:place]), None):
            raise ValidationError(_("There are two workshops with the number %(number)d.") % {"number": taken})
        numbers |= set(new)
    refuse_rounds(overlapping_rounds([*event.slots.all(), *(item.slot for item in items if not item.is_there)]))
    return items


def _item(event: Event, today: date, line: int, found: re.Match[str]) -> Item:
    starts_at = at(today, time(int(found[1]), int(found[2] or 0)))
    ends_at = at(today, time(int(found[3]), int(found[4] or 0))) if found[3] else starts_at
    slot = Slot(event=event, starts_at=starts_at, ends_at=ends_at)
    item = Item(line, slot, has_end=bool(found[3]))
    if found[5]:
        _name(slot, found[5])
    return item


def _name(slot: Slot, words: str) -> None:
    """Number and designation, as in “2. Podiumsgespräch: Ankommen”, title, and what kind that is."""
    if numbered := _NUMBERED.fullmatch(words):
        slot.number, words = int(numbered[1]), numbered[2]
        if labelled := _LABELLED.fullmatch(words):
            slot.format, words = labelled[1], labelled[2]
    slot.title = words
    said = (slot.format or slot.title).lower()
    slot.kind = next((kind for kind, parts in _KINDS if any(part in said for part in parts)), Kind.TALK)


def _add(item: Item, line: str) -> None:
    """One more line below the time of an item."""
    labelled = _LABELLED.fullmatch(line)
    label = labelled[1].lower() if labelled else ""
    workshop = item.workshops[-1] if item.workshops else None
    if labelled and label in _ROLES:
        people = (workshop or item).people
        people += [_person(one, _ROLES[label]) for one in labelled[2].split(";") if one.strip()]
    elif labelled and label == "raum":
        (workshop or item.slot).room = labelled[2]
    elif not item.slot.title:
        _name(item.slot, line)
    elif item.slot.kind == Kind.WORKSHOPS and (numbered := _NUMBERED.fullmatch(line)):
        item.workshops.append(Announced(int(numbered[1]), numbered[2]))
    elif workshop and (seats := _SEATS.fullmatch(line)):
        workshop.capacity = int(seats[1])
    elif workshop:
        workshop.question.append(line)
    else:
        item.abstract.append(line)


def _person(words: str, role: str) -> Appearance:
    """Somebody as in “Eva Muster, Amt” or “Eva Muster (Amt)”."""
    if found := _BRACKETS.fullmatch(words.strip()):
        name, affiliation = found[1], found[2]
    else:
        name, _comma, affiliation = (part.strip() for part in words.partition(","))
    if affiliation.lower() == _GROUP:
        return Appearance(name, role, is_group=True)
    return Appearance(name, role, affiliation)


def _end(event: Event, items: Sequence[Item]) -> None:
    """Where no end is said, an item ends when the next one begins, the last one with the event."""
    for item, follower in zip_longest(items, items[1:]):
        slot = item.slot
        if not item.has_end:
            ends_at = follower.slot.starts_at if follower and follower.slot.day == slot.day else event.ends_at
            is_likely = timedelta() < ends_at - slot.starts_at < timedelta(hours=12)
            slot.ends_at = ends_at if is_likely else slot.starts_at + USUAL


def _wrong(items: Sequence[Item]) -> Iterator[str]:
    for item in items:
        told = {"line": item.line, "time": begin_of(item.slot, item.slot.event)}
        if not item.slot.title:
            yield _("Line %(line)d: what happens at %(time)s?") % told
        elif item.slot.ends_at <= item.slot.starts_at:
            yield _("Line %(line)d: the item must end after it begins.") % told
        people = [*item.people, *(one for workshop in item.workshops for one in workshop.people)]
        problems = [one.error for one in people if one.error] + list(_too_long(item))
        yield from (f"{_('Line %(line)d:') % told} {problem}" for problem in problems[:MOST])


def _too_long(item: Item) -> Iterator[str]:
    parts: list[tuple[str, int]] = [(item.slot.title, 300), (item.slot.format, 100), (item.slot.room, 100)]
    parts += [("\n".join(item.abstract), 5000)]
    parts += [(workshop.title, 200) for workshop in item.workshops] + [(one.room, 100) for one in item.workshops]
    if not all(1 <= one.number <= MOST_WORKSHOPS for one in item.workshops):
        yield _("A workshop has a number from 1 to %(most)d.") % {"most": MOST_WORKSHOPS}
    for words, most in parts:
        if len(words) > most:
            yield _("“%(begin)s …” is longer than %(most)d letters.") % {"begin": words[:30], "most": most}


def add(event: Event, items: Sequence[Item]) -> int:
    """Store what is not there yet, with the event locked, and say how many items that is."""
    new = [item for item in items if not item.is_there]
    for item in new:
        item.slot.abstract = "\n\n".join(item.abstract)
        item.slot.save()
        store(event, item.slot, item.people)
        for one in item.workshops:
            values = {"number": one.number, "title": one.title, "capacity": one.capacity, "room": one.room}
            workshop = Workshop(slot=item.slot, question="\n".join(one.question), **values)
            workshop.save()
            store(event, workshop, one.people)
    return len(new)

"""A list of guests, row by row: who is new, and what is wrong where. Nothing here stores anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from django.core import signing
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from events.models import Event
from registration import booking
from registration.booking import EVENT
from registration.desk.columns import ATTENDANCE, Misread, by_heading, columns
from registration.forms import ListedForm, Offer, WhenFull
from registration.forms.fields import LIVESTREAM, PLACE
from registration.forms.guest import round_field
from registration.imports import Line

KEPT_FOR = 60 * 60  # seconds between the preview and the word to register


@dataclass(frozen=True)
class Sent:
    """A list as it was sent, with what is true of all of its guests; it travels signed from the preview to the word to
    register, and is stored nowhere. `wording` is what the consents were when it was read."""

    lines: Sequence[Line]
    channel: str
    when_full: str
    wording: str

    def signed(self, event: Event) -> str:
        rows = [[line.number, *line.cells] for line in self.lines]
        kept = [rows, self.channel, self.when_full, self.wording]
        return signing.dumps(kept, salt=_salt(event), compress=True)

    @classmethod
    def read(cls, signed: str, event: Event) -> "Sent | None":
        """The list behind what a browser sent; None if we did not sign it for this event within the hour."""
        try:
            rows, *rest = signing.loads(signed, salt=_salt(event), max_age=KEPT_FOR)
        except signing.BadSignature:
            return None
        return cls([Line(number, cells) for number, *cells in rows], *rest)


def _salt(event: Event) -> str:
    return f"{__name__} {event.pk}"


@dataclass(frozen=True)
class Flaw:
    """What is wrong in a cell, under its heading; a flaw of the whole row has none."""

    label: str
    cell: str
    what: str


@dataclass
class Entry:
    """A row: what it says, and what is wrong with it or what becomes of it."""

    number: int
    name: str
    email: str
    seat: str
    form: ListedForm
    flaws: list[Flaw] = field(default_factory=list)
    is_to_do: bool = False  # or was done
    outcome: str = ""
    guest: int | None = None  # the key of who is registered


class Sheet:
    """A list as it reads against what the event offers now. Raises Misread if its headings are not right."""

    def __init__(self, sent: Sent, offer: Offer) -> None:
        self.sent, self.offer = sent, offer
        heading, *lines = sent.lines
        self.columns = columns(offer)
        self.placed, self.unknown = by_heading(self.columns, heading.cells)
        if not lines:
            raise Misread(_("There is no guest below the headings."))
        self.entries = [self._entry(line) for line in lines]
        self._find_those_known()
        self._foretell()

    @cached_property
    def flawed(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.flaws]

    @cached_property
    def to_do(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.is_to_do]

    # What stands in a row

    def _entry(self, line: Line) -> Entry:
        said, values, flaws = {}, {}, []
        for place, column in self.placed.items():
            cell = said[column.field] = line.cells[place] if place < len(line.cells) else ""
            try:
                values[column.field] = column.values(cell)
            except Misread as error:
                flaws.append(Flaw(column.label, cell, str(error)))
        rounds = [round_field(slot) for slot, _workshops in self.offer.rounds]
        if values.get(ATTENDANCE) == [LIVESTREAM] and (named := [name for name in rounds if said.get(name)]):
            values.update({name: [] for name in named})
            flaws.append(self._flaw(named[0], said, _("Guests of the livestream choose no workshop.")))
        form = ListedForm(self._data(values, rounds), offer=self.offer)
        found = [self._flaw(name, said, " ".join(map(str, errors))) for name, errors in form.errors.items()]
        misread = {flaw.label for flaw in flaws}
        flaws += [flaw for flaw in found if flaw.label not in misread]
        seat = "; ".join(filter(None, (said.get(name) for name in [*rounds, ATTENDANCE])))
        return Entry(line.number, f"{said['last_name']}, {said['first_name']}", said["email"], seat, form, flaws)

    def _flaw(self, name: str, said: Mapping[str, str], what: str) -> Flaw:
        """What is wrong in a field, under the heading of its column."""
        label = next((column.label for column in self.columns if column.field == name), "")
        return Flaw(label, said.get(name, ""), what)

    def _data(self, values: dict[str, list[str]], rounds: Sequence[str]) -> QueryDict:
        """What the form for one guest would send; who may wait asks for the line everywhere, and gets the seat where
        there is one."""
        data = QueryDict(mutable=True)
        tail = "-waiting" if self.sent.when_full == WhenFull.WAIT else ""
        attends = values.pop(ATTENDANCE, [])
        for name, found in values.items():
            data.setlist(name, [f"{value}{tail}" for value in found] if name in rounds else found)
        if attends == [LIVESTREAM]:
            data[ATTENDANCE if self.offer.asks_for_attendance else rounds[0]] = LIVESTREAM
        elif self.offer.asks_for_attendance and (attends or any(values.get(name) for name in rounds)):
            data[ATTENDANCE] = f"{PLACE}{tail}"
        data["channel"], data["wording"] = self.sent.channel, self.sent.wording
        if self.sent.when_full == WhenFull.BEYOND:
            data["over_capacity"] = "on"
        return data

    # What becomes of it

    def _find_those_known(self) -> None:
        """Nobody is registered twice, be it by this list."""
        sound = [(booking.key(entry.form.guest), entry) for entry in self.entries if not entry.flaws]
        known = booking.registered_already(self.offer.event, [key for key, _entry in sound])
        first: dict[str, Entry] = {}
        for key, entry in sound:
            before = first.setdefault(key, entry)
            if before is not entry and before.form.data == entry.form.data:
                entry.outcome = _("the same as row %(row)d, and left out") % {"row": before.number}
            elif before is not entry:
                what = _("Row %(row)d has the same name and address, but says something else.")
                entry.flaws.append(Flaw("", "", what % {"row": before.number}))
            elif known.get(key):  # who phones or writes need not say yes by mail any more
                entry.is_to_do, entry.outcome = True, _("is registered already, and is confirmed by this")
            elif key in known:
                entry.outcome = _("is registered already, and stays as it is")
            else:
                entry.is_to_do = True

    def _foretell(self) -> None:
        """Count the seats that are left, row by row, as the verb will do under the lock."""
        found = {key: seats.open_to_newcomers for key, seats in self.offer.seats.items()}
        left = {key: inf if number is None else number for key, number in found.items()}
        for entry in self.entries:
            if not entry.is_to_do or entry.outcome:
                continue
            choice = entry.form.choice
            if choice.livestream:
                entry.outcome = _("new, follows the livestream")
                continue
            picked = {EVENT: _("the event")} | {pick.workshop.pk: pick.workshop.name for pick in choice.picks}
            full = {key: name for key, name in picked.items() if left[key] <= 0}
            names = {"full": get_text_list([f"„{name}“" for name in full.values()], _("and"))}
            if full and self.sent.when_full == WhenFull.REFUSE:
                entry.is_to_do = False
                entry.flaws.append(Flaw("", "", _("No seat is left for this row: %(full)s.") % names))
                continue
            waits = self.sent.when_full == WhenFull.WAIT
            taken = [] if EVENT in full and waits else [key for key in picked if not waits or key not in full]
            for key in taken:
                left[key] -= 1
            beyond = _("new, one more than there are seats: %(full)s")
            entry.outcome = (_("new, on the waiting list: %(full)s") if waits else beyond) % names if full else _("new")

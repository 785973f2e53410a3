"""Who takes part in an item of the programme or a workshop: rows of one form, in which people are added on the spot."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _

from events import plaintext
from events.models import Contribution, Event, Slot, Speaker, Workshop
from registration.desk.frame import DeskRequest
from registration.desk.saving import VERSION, Attempt, Build, attempt

Role = Contribution.Role

# More rows than any panel has; who sends more is no browser.
MOST = 40


@dataclass(frozen=True)
class Appearance:
    """A row as it is typed or stored."""

    name: str = ""
    role: str = Role.SPEAKER
    affiliation: str = ""
    is_group: bool = False

    def __str__(self) -> str:
        return ", ".join(filter(None, (self.name, self.affiliation))) + f" ({self.part})"

    @property
    def part(self) -> str:
        """What somebody does, in words."""
        return str(Role(self.role).label) if self.role in Role.values else "–"

    @property
    def is_empty(self) -> bool:
        return not self.name and not self.affiliation

    @property
    def error(self) -> str:
        """What is wrong with it, in words; empty: nothing."""
        if self.is_empty:
            return ""
        if not self.name:
            return _("Please enter a name, or remove this row.")
        if len(self.name) > 200:
            return _("This name is longer than 200 letters.")
        if len(self.affiliation) > 300:
            return _("This affiliation is longer than 300 letters.")
        return "" if self.role in Role.values else _("Please choose what this person does.")


class PeopleInput(forms.Widget):
    """Reads what `desk/_people.html` sends."""

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Appearance]:
        if not isinstance(data, MultiValueDict):
            return []
        columns = [data.getlist(f"{name}_{column}")[:MOST] for column in ("name", "role", "affiliation")]
        groups = set(data.getlist(f"{name}_group"))
        return [
            Appearance(plaintext.line(who), role, plaintext.line(affiliation), str(number) in groups)
            for number, (who, role, affiliation) in enumerate(zip_longest(*columns, fillvalue=""))
        ]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return f"{name}_name" not in data


class PeopleField(forms.Field):
    """The people of an item in their order, as a list of appearances."""

    widget = PeopleInput

    def clean(self, value: Any) -> list[Appearance]:
        if errors := [row.error for row in value if row.error]:
            raise ValidationError(list(dict.fromkeys(errors)))
        return filled(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != filled(data or [])


def filled(rows: Sequence[Appearance]) -> list[Appearance]:
    return [row for row in rows if not row.is_empty]


def arranged(rows: list[Appearance], what: str, new: Appearance) -> list[Appearance]:
    """The rows after what a button asks for: “add”, or “up”, “down” or “remove” with the number of a row. Whatever else
    is asked changes nothing."""
    do, _dash, digits = what.partition("-")
    if do == "add":
        return [*rows, new][:MOST]
    number = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 3 else len(rows)
    if number >= len(rows):
        return rows
    others = rows[:number] + rows[number + 1 :]
    match do:
        case "remove":
            return others
        case "up" | "down":
            place = max(number - 1, 0) if do == "up" else number + 1
            return [*others[:place], rows[number], *others[place:]]
    return rows


class PeopleForm(forms.ModelForm):
    """The form of something that has people."""

    people = PeopleField(required=False)
    usual_role: str = Role.SPEAKER

    def of_stored(self, owner: Slot | Workshop) -> list[Appearance]:
        if owner.pk is None:
            return []
        found = owner.contributions.select_related("speaker")
        return [Appearance(one.speaker.name, one.role, one.affiliation, one.speaker.is_group) for one in found]

    @property
    def rows(self) -> list[Appearance]:
        """What the page shows; one row is there to be filled in where nobody is named yet."""
        found: list[Appearance] = self["people"].value() or []
        return found or [Appearance(role=self.usual_role)]

    @property
    def roles(self) -> list[tuple[str, Any]]:
        return Role.choices

    @property
    def known(self) -> Sequence[str]:
        return list(dict.fromkeys(self.instance.event.organiser.speakers.values_list("name", flat=True)))

    def typed(self, data: QueryDict, files: Any) -> None:
        """Show what was typed instead of what is stored, after a button for one of the rows, without storing it."""
        for name, field in self.fields.items():
            self.initial[name] = field.widget.value_from_datadict(data, files, name)
        new = Appearance(role=self.usual_role)
        self.initial["people"] = arranged(self.initial["people"] or [new], data.get("do", ""), new)


def edited(request: DeskRequest, event: Event, build: Build) -> Attempt:
    """Like `attempt`, but a button for one of the people stores nothing. Raises EventGone."""
    if "do" not in request.POST:
        return attempt(request, event, build)
    form = build(event, None, None)
    form.typed(request.POST, request.FILES)
    return Attempt(form, request.POST.get(VERSION, ""))


def store(event: Event, owner: Slot | Workshop, appearances: Sequence[Appearance]) -> None:
    """Make these the people of a stored item or workshop; a name that the office does not know yet becomes a person.
    Who appears nowhere any more, and of whom only the name was known, is forgotten."""
    before = {one.speaker.name: one.speaker for one in owner.contributions.select_related("speaker")}
    names = {one.name for one in appearances}
    people = {speaker.name: speaker for speaker in event.organiser.speakers.filter(name__in=names)}
    people |= before
    owner.contributions.all().delete()
    for order, one in enumerate(appearances):
        speaker = people.get(one.name) or Speaker(organiser=event.organiser, name=one.name)
        is_group = one.is_group or (one.name not in before and speaker.is_group)
        if speaker.pk is None or speaker.is_group != is_group:
            speaker.is_group = is_group
            speaker.save()
        people[one.name] = speaker
        owner.contributions.create(speaker=speaker, role=one.role, affiliation=one.affiliation, order=order)
    unknown = Speaker.objects.filter(biography="", portrait="", position="", organisation="", contributions=None)
    unknown.filter(pk__in=[speaker.pk for speaker in before.values()]).delete()

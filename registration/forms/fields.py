"""Fields that know what a guest may enter or choose."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events import plaintext
from events.models import Event, Slot, Workshop
from events.wording import time_of
from registration.booking import EVENT, Pick, Seats
from registration.consents import Wording
from registration.models import Place

TAKEN = gettext_lazy("Somebody with this name and address is registered already.")


class LineField(forms.CharField):
    """One line of text; white space of any kind becomes one space."""

    def to_python(self, value: Any) -> str:
        return plaintext.line(super().to_python(value) or "")


# Dots are for initials and titles (J.R.R., Dr. h. c., e.V.), a slash within a name for “Ravi s/o Kumar”.
_ADDRESS = r"//|@|=\?|www\.|\S\.(?=\w\w|\d)"
_PATH = r"(?<!\b\w)(?<=\S)/\S|(?<=\S)/(?!\w\b)\S"


def _as_read(text: str) -> str:
    """What people and mail programs make of it: ｅｖｉｌ。com is evil.com, whatever invisible stands between."""
    folded = unicodedata.normalize("NFKC", text).replace("。", ".")
    return "".join(character for character in folded if unicodedata.category(character) not in {"Cf", "Mn", "Me"})


class OrganisationField(LineField):
    """The name of an office; organisers read it, so it holds no address."""

    refused = re.compile(_ADDRESS, re.IGNORECASE)

    def validate(self, value: str) -> None:
        super().validate(value)
        if self.refused.search(_as_read(value)):
            raise ValidationError(
                _(
                    "No web or mail address can stand here. If dots or slashes belong to it, please put a space after"
                    " each."
                )
            )


class NameField(OrganisationField):
    """The name of a person, which goes into mails."""

    refused = re.compile(f"{_ADDRESS}|{_PATH}", re.IGNORECASE)


class ParagraphsField(forms.CharField):
    """Some lines of text."""

    def to_python(self, value: Any) -> str:
        return plaintext.paragraphs(super().to_python(value) or "")


class ConsentField(forms.BooleanField):
    """A box of its own for one purpose, never ticked before; `instead` says that the livestream does without it."""

    def __init__(self, wording: Wording, *, livestream: bool) -> None:
        self.wording, self.instead = wording, wording.is_required and livestream
        super().__init__(
            label=wording.text,
            # Guests of the livestream need not agree, so the form says who must.
            required=wording.is_required and not livestream,
            help_text=wording.alternative,
            error_messages={"required": self._missing()},
        )

    def _missing(self) -> str:
        if self.instead:
            return _("Who takes part at the place agrees to this. Please tick the box, or take part in the livestream.")
        return _("Who takes part agrees to this. Please tick the box, or write to us if you do not agree.")


def consent_field(wording: Wording) -> str:
    """The name of the box for this purpose, such as recording_consent."""
    return f"{wording.purpose}_consent"


def _option(name: object, *notes: str) -> SafeString:
    small = format_html_join("", "<small>{}</small>", ([note] for note in notes if note))
    return format_html("<b>{}</b> {}", name, small)


LIVESTREAM = "livestream"
NONE = "none"
GONE = gettext_lazy("What you had chosen is not offered any more. Please choose again.")


def _livestream_option(note: str) -> tuple[str, SafeString]:
    return LIVESTREAM, _option(_("Livestream"), note)


class RoundField(forms.ChoiceField):
    """What somebody does in one round: a workshop, or the line for a full one, or nothing in an optional one, or the
    livestream where one round decides about all: `17`, `17-waiting`, `none` or `livestream`.

    A workshop goes by its primary key, because its number may become another's while the form is open. All are taken
    for every workshop of the round, whatever the seats were then; what is true now is for `booking` to say.
    """

    widget = forms.RadioSelect

    def __init__(
        self,
        slot: Slot,
        workshops: Iterable[Workshop],
        seats: Mapping[int, Seats],
        *,
        own: Sequence[Place] = (),
        decides: bool = False,
        must_wait: bool = False,
        livestream: bool = False,
    ) -> None:
        """`own` is what a guest has already; `decides` says that this is the only choice there is to make, whether one
        `must_wait` for a seat of the event or not, with a livestream or without. `seats` are looked at only where the
        choices are shown."""
        self.slot, self.seats, self.own, self.must_wait = slot, seats, own, must_wait
        self.decides, self.offers_livestream = decides, decides and livestream
        self.is_mandatory = not slot.optional
        self.workshops = {str(workshop.pk): workshop for workshop in workshops}
        super().__init__(required=decides, error_messages={"invalid_choice": GONE}, choices=lambda: self._options)
        self._describe()

    @cached_property
    def _options(self) -> list[tuple[str, str]]:
        options: list[tuple[str, str]] = [
            (value, _option(workshop.name, workshop.question, note)) for value, (workshop, note) in self.offered.items()
        ]
        if self.slot.optional:
            options.append((NONE, _("I do not take part in this") if len(options) == 1 else _("without a workshop")))
        if self.offers_livestream:
            options.append(_livestream_option(_("from wherever you are, without a workshop")))
        return options

    @cached_property
    def offered(self) -> dict[str, tuple[Workshop, str]]:
        """Each workshop by the value that chooses it now, with what there is to say about its seats."""
        return dict(self._offer(workshop) for workshop in self.workshops.values())

    def _offer(self, workshop: Workshop) -> tuple[str, tuple[Workshop, str]]:
        mine = next((place for place in self.own if place.workshop_id == workshop.pk), None)
        if mine is not None:
            waits = mine.queued_at is not None
            in_line = _("your wish") if self.must_wait else _("you are on the waiting list")
            note = in_line if waits else _("your seat")
        else:
            seats = self.seats[workshop.pk]
            waits = seats.are_gone or (self.must_wait and self.decides)  # else the attendance says so
            note = seats.in_words
            if self.must_wait:
                full = _("this workshop is fully booked too")
                note = ", ".join([_("waiting list of the event"), *([full] if seats.are_gone else [])])
        return f"{workshop.pk}-waiting" if waits else str(workshop.pk), (workshop, note)

    def _describe(self) -> None:
        if self.decides and self.offers_livestream:
            self.label = _("Workshop or livestream")
            self.error_messages["required"] = _("Please choose one workshop or the livestream.")
        elif self.decides:
            self.label = _("Workshop")
            self.error_messages["required"] = _("Please choose one workshop.")
        else:
            when = time_of(self.slot, self.slot.event)
            self.label = _("%(round)s, %(when)s") % {"round": self.slot, "when": when}
            self.error_messages["required"] = _("Please choose something in “%(round)s”.") % {"round": self.slot}

    def valid_value(self, value: Any) -> bool:
        if value == LIVESTREAM:
            return self.offers_livestream
        return (value == NONE and self.slot.optional) or value.removesuffix("-waiting") in self.workshops

    def clean(self, value: Any) -> Any:
        """A `Pick`, or LIVESTREAM or NONE, or empty where nothing was chosen."""
        value = super().clean(value)
        if value in {LIVESTREAM, NONE, ""}:
            return value
        return Pick(self.workshops[value.removesuffix("-waiting")], waiting=value.endswith("-waiting"))


PLACE = "place"
PLACE_WAITING = "place-waiting"


class AttendanceField(forms.ChoiceField):
    """Whether somebody comes to the place, where the rounds do not say it; or waits for a seat of a full event."""

    def __init__(
        self,
        event: Event,
        seats: Mapping[int, Seats],
        *,
        waits: bool = False,
        has_seat: bool = False,
        place: bool,
        livestream: bool,
        has_rounds: bool,
    ) -> None:
        """`seats` are looked at only where the choices are shown."""
        # Who can only come, or only wait to, is told so, and has nothing to choose.
        self.is_settled = place and not livestream
        super().__init__(
            choices=lambda: self._options,
            label=_("At the place or in the livestream") if livestream and event.venue else _("How you take part"),
            error_messages={"required": _("Please choose how you take part."), "invalid_choice": GONE},
            required=not self.is_settled,
            widget=forms.HiddenInput if self.is_settled else forms.RadioSelect,
        )
        self.event, self.seats, self.waits, self.has_seat = event, seats, waits, has_seat
        self.offers_place, self.offers_livestream, self.has_rounds = place, livestream, has_rounds

        if self.is_settled:
            self.initial = self._place()[0]

    def bound_data(self, data: Any, initial: Any) -> Any:
        return self.initial if self.is_settled else super().bound_data(data, initial)

    @cached_property
    def _options(self) -> list[tuple[str, SafeString]]:
        from_home = _("from wherever you are, without a workshop") if self.has_rounds else _("from wherever you are")
        place = [self._place()] if self.offers_place else []
        return [*place, *([_livestream_option(from_home)] if self.offers_livestream else [])]

    def _place(self) -> tuple[str, SafeString]:
        where = _("Online") if self.event.venue is None else _("At the place")
        if self.has_seat:
            return PLACE, _option(where, _("your seat"))
        seats = self.seats[EVENT]
        if not self.waits and not seats.are_gone:
            return PLACE, _option(where, seats.in_words)
        note = _("you are on the waiting list") if self.waits else seats.in_words
        hint = _("What you choose below counts once you have a seat.") if self.has_rounds else ""
        return PLACE_WAITING, _option(where, ". ".join(filter(None, (note, hint))))

    def valid_value(self, value: Any) -> bool:
        return self.offers_livestream if value == LIVESTREAM else self.offers_place and value in {PLACE, PLACE_WAITING}

"""The forms of guests: which fields, which choices, what shape. The rules are in `registration.booking`."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Div, Fieldset, Submit
from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import QueryDict
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from events.addresses import MailAddressField
from events.models import Event, Question, Slot, Workshop
from events.wording import window_in_words
from registration import answers, booking, consents
from registration.answers import Given
from registration.booking import (
    EVENT,
    AlreadyRegistered,
    AnswerMissing,
    Asked,
    Choice,
    ChoiceMissing,
    ConsentMissing,
    EventFull,
    EventGone,
    FormUsedUp,
    Guest,
    NoLivestream,
    NothingToChoose,
    Pick,
    Refused,
    RegistrationClosed,
    Seats,
    WordingChanged,
    WorkshopFull,
    WorkshopGone,
)
from registration.forms import questions
from registration.forms.fields import (
    GONE,
    LIVESTREAM,
    NONE,
    PLACE,
    PLACE_WAITING,
    TAKEN,
    AttendanceField,
    ConsentField,
    NameField,
    OrganisationField,
    RoundField,
    consent_field,
)
from registration.forms.guarded import GuardedForm, Included, layout
from registration.forms.questions import lacks_an_answer, question_field
from registration.models import Registration

_EVENT_FILLED = gettext_lazy(
    "The last seat of the event was taken while you were writing, so nothing has been stored yet. There is a waiting"
    " list: please send the form again if you would like to be on it."
)
_WITHOUT_A_FIELD = {
    EventGone: gettext_lazy("This event is not offered any more, so nothing has been stored."),
    NothingToChoose: gettext_lazy(
        "There is no workshop to choose from at the moment, so nothing has been stored. Please look in again later."
    ),
    FormUsedUp: gettext_lazy("This form has registered several people already. Please send it once more."),
    WordingChanged: gettext_lazy(
        "The wording of the consent or of the privacy notice has changed meanwhile. Please read it and send the form"
        " again."
    ),
    AlreadyRegistered: TAKEN,
}


_GONE_FOR_GOOD = {  # whether the livestream is all that is left
    False: gettext_lazy(
        "What you had chosen is not offered any more. If you would like to take part without it, please send the form"
        " again."
    ),
    True: gettext_lazy(
        "What you had chosen is not offered any more, but the livestream is. If you would like to follow it, please"
        " send the form again."
    ),
}
_CHOICE = re.compile(r"attendance|round_\d+")


def _filled(workshop: Workshop) -> str:
    return _(
        "%(workshop)s filled while you were writing. Please choose again: another workshop, or its waiting list."
    ) % {"workshop": workshop}


@dataclass(frozen=True)
class Offer:
    """What somebody who registers chooses from, as it is now."""

    event: Event
    rounds: Sequence[tuple[Slot, Sequence[Workshop]]]
    seats: Mapping[int, Seats]  # counted when they are first looked at
    livestream: bool
    awaits_workshops: bool  # so nobody new comes to the place
    asked: Asked
    wording: str  # `consents.shown_at_form`

    @property
    def is_open(self) -> bool:
        """Whether there is anything to register for."""
        return self.livestream or not self.awaits_workshops

    @property
    def one_round_decides(self) -> bool:
        """Whether the choice of a workshop says everything about how somebody takes part."""
        return len(self.rounds) == 1 and not self.rounds[0][0].optional

    @property
    def event_is_full(self) -> bool:
        return self.event.capacity is not None and self.seats[EVENT].are_gone

    @property
    def only_waiting(self) -> bool:
        """Whether the event is full, and there is no livestream beside."""
        return not self.livestream and self.event_is_full

    @property
    def is_only_livestream(self) -> bool:
        """Whether there is nothing to choose, because whoever takes part follows the livestream."""
        return self.livestream and self.event.venue is None and not self.rounds

    @property
    def ways(self) -> set[bool]:
        """Whether somebody may follow the livestream, or come, or both."""
        return {True} if self.is_only_livestream else {False, self.livestream}

    @property
    def asks_for_attendance(self) -> bool:
        """Whether the rounds do not say it, and there is more than one way."""
        asks = self.livestream or self.event_is_full
        return asks and not self.one_round_decides and not self.is_only_livestream


def offer(event: Event) -> Offer:
    """What the event offers at this moment."""
    workshops = list(event.workshops.select_related("slot").order_by("slot__starts_at", "slot", "number"))
    rounds = [(slot, list(offered)) for slot, offered in groupby(workshops, key=lambda workshop: workshop.slot)]
    for slot, _offered in rounds:
        slot.event = event
    asked = Asked.by(event)
    seats: Any = SimpleLazyObject(lambda: booking.seats(event, workshops))
    wording = consents.shown_at_form(event, asked.wordings)
    awaits_workshops = booking.awaits_workshops(event.slots.all(), workshops)
    return Offer(event, rounds, seats, event.livestream_offered, awaits_workshops, asked, wording)


def _has_seat(registration: Registration | None) -> bool:
    """Whether somebody has a seat of the event already."""
    return registration is not None and not registration.livestream and registration.queued_at is None


def round_field(slot: Slot) -> str:
    """The name of the choice in this round, such as round_12."""
    return f"round_{slot.pk}"


class PersonForm(forms.Form):
    """Who somebody is."""

    first_name = NameField(
        label=gettext_lazy("First name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
        error_messages={"required": gettext_lazy("Please enter your first name.")},
    )
    last_name = NameField(
        label=gettext_lazy("Last name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
        error_messages={"required": gettext_lazy("Please enter your last name.")},
    )
    email = MailAddressField(
        label=gettext_lazy("Email address"),
        help_text=gettext_lazy("We send your confirmation and the calendar entry here."),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": gettext_lazy("Please enter your email address.")},
    )
    organisation = OrganisationField(
        label=gettext_lazy("Organisation"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    @property
    def guest(self) -> Guest:
        """The guest of a valid form."""
        return Guest.of(self.cleaned_data)


class GuestForm(PersonForm):
    """What every way of registering asks for; `registration` is what somebody has already."""

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        offer: Offer,
        registration: Registration | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, **kwargs)
        self.offer, self.wordings = offer, [] if offer.is_only_livestream else offer.asked.wordings
        if registration is not None:
            self.wordings = consents.to_ask(registration, self.wordings)
        if offer.asks_for_attendance:
            self.fields["attendance"] = self._attendance(registration)
        for slot, workshops in offer.rounds:
            self.fields[round_field(slot)] = self._round(slot, workshops, registration)
        self.questions = {
            question_field(question): question
            for question in offer.asked.questions
            if any(answers.is_put_to(question, livestream=livestream) for livestream in offer.ways)
        }
        for name, question in self.questions.items():
            self.fields[name] = self._question(question)
        for wording in self.wordings:
            self.fields[consent_field(wording)] = ConsentField(wording, livestream=offer.livestream)

        if data is not None and "instead" in data:
            self.data = data.copy()  # the button at a missing consent; everything else stays as it was typed
            for name in self.participation[:1]:
                self.data[name] = LIVESTREAM

    def _attendance(self, registration: Registration | None) -> AttendanceField:
        return AttendanceField(
            self.offer.event,
            self.offer.seats,
            waits=registration is not None and registration.queued_at is not None,
            has_seat=_has_seat(registration),
            place=not self.offer.awaits_workshops,
            livestream=self.offer.livestream,
            has_rounds=bool(self.offer.rounds),
        )

    def _round(self, slot: Slot, workshops: Sequence[Workshop], registration: Registration | None) -> RoundField:
        return RoundField(
            slot,
            workshops,
            self.offer.seats,
            own=registration.all_places if registration else (),
            decides=self.offer.one_round_decides,
            must_wait=self.offer.event_is_full and not _has_seat(registration),
            livestream=self.offer.livestream,
        )

    def _question(self, question: Question) -> forms.Field:
        is_for_all = len(self.offer.ways) == 1 or question.audience == Question.Audience.EVERYBODY
        # The form does not know yet how somebody takes part, so `clean` says who must answer.
        return questions.field(question, required=question.required and is_for_all, for_whom=not is_for_all)

    @property
    def rounds(self) -> dict[str, RoundField]:
        """The choice in each round, by the name of its field."""
        return {name: field for name, field in self.fields.items() if isinstance(field, RoundField)}

    @property
    def participation(self) -> list[str]:
        """The fields that say how somebody takes part."""
        return [name for name, field in self.fields.items() if isinstance(field, AttendanceField | RoundField)]

    @property
    def consent_fields(self) -> list[str]:
        return [consent_field(wording) for wording in self.wordings]

    @property
    def _has_lost_a_choice(self) -> bool:
        """Whether something was chosen in a field that has gone meanwhile, and is not what happens anyhow."""
        sent = {value for name, value in self.data.items() if _CHOICE.fullmatch(name) and name not in self.fields}
        happens = {LIVESTREAM} if self.offer.is_only_livestream else {PLACE, PLACE_WAITING}
        return not sent <= happens | {NONE, ""}

    @property
    def _gone(self) -> Any:
        """That a choice has gone, and what there is instead."""
        return GONE if self.participation else _GONE_FOR_GOOD[self.offer.is_only_livestream]

    @property
    def _fills_meanwhile(self) -> bool:
        """Whether there is nothing left but the waiting list, which a form of before did not say."""
        field = self.fields.get("attendance")
        return isinstance(field, AttendanceField) and field.initial == PLACE_WAITING

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.offer.is_open and self._has_lost_a_choice:
            self.add_error(None, self._gone)
        chosen = {name: cleaned.get(name) for name in self.participation}
        if self._fills_meanwhile and not chosen["attendance"]:
            self.add_error(None, _EVENT_FILLED)
        watches = self.offer.is_only_livestream or LIVESTREAM in chosen.values()
        for name, question in self.questions.items():
            if lacks_an_answer(question, cleaned.get(name), livestream=watches) and name not in self.errors:
                self.add_error(name, questions.unanswered(question))
        if watches:
            return cleaned
        for name, field in self.rounds.items():  # who has chosen nothing yet is told everything at once
            if not chosen[name] and not field.slot.optional and name not in self.errors:
                self.add_error(name, field.error_messages["required"])
        for wording in self.wordings:
            name = consent_field(wording)
            if wording.is_required and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, self._consent_missing(wording))
        return cleaned

    def _consent_missing(self, wording: consents.Wording) -> str:
        return str(self.fields[consent_field(wording)].error_messages["required"])

    @property
    def offers_livestream_instead(self) -> bool:
        """Whether a consent is missing that the livestream does without."""
        boxes = {name: self.fields[name] for name in self.consent_fields}
        return any(isinstance(box, ConsentField) and box.instead and name in self.errors for name, box in boxes.items())

    def explain(self, refusal: Refused) -> None:
        """Say at the right place why nothing was stored, and what to do; everything else stays as it was typed."""
        self.full_clean()  # as it was sent, before a box is emptied
        if isinstance(refusal, WordingChanged):
            self.renew(*self.consent_fields)
        elif isinstance(refusal, FormUsedUp):
            self.renew()
        for name, message in self._reasons(refusal):
            if name is None or name not in self.errors:
                self.add_error(name, message)

    def renew(self, *forget: str) -> None:
        """Let the form count as one that shows the wording of now, and forget these fields."""
        assert isinstance(self.data, QueryDict)
        self.data = self.data.copy()
        for name in forget:
            self.data.pop(name, None)

    def _reasons(self, refusal: Refused) -> Iterable[tuple[str | None, Any]]:
        match refusal:
            case WorkshopFull():
                return [(self._field_of(workshop), _filled(workshop)) for workshop in refusal.workshops]
            case EventFull():
                return [(None, _EVENT_FILLED)]
            case ChoiceMissing():
                return [(round_field(slot), GONE) for slot in refusal.rounds]
            case NoLivestream():
                return [(next(iter(self.participation), NON_FIELD_ERRORS), self._gone)]
            case ConsentMissing():
                return [(consent_field(wording), self._consent_missing(wording)) for wording in refusal.wordings]
            case AnswerMissing():
                return [(question_field(question), questions.unanswered(question)) for question in refusal.questions]
            case RegistrationClosed():
                return [(None, window_in_words(self.offer.event, refusal.window))]
            case WorkshopGone():
                return []  # the choices of now say so by themselves
        return [(None, _WITHOUT_A_FIELD[type(refusal)])]

    def _field_of(self, workshop: Workshop) -> str | None:
        """The name of the choice that offers this workshop now."""
        return next((name for name, field in self.rounds.items() if str(workshop.pk) in field.workshops), None)

    @property
    def choice(self) -> Choice:
        """The choice in a valid form."""
        chosen = [self.cleaned_data.get(name) for name in self.participation]
        if LIVESTREAM in chosen or self.offer.is_only_livestream:
            return Choice(livestream=True)
        picks = tuple(pick for pick in chosen if isinstance(pick, Pick))
        waits = self.offer.one_round_decides and all(pick.waiting for pick in picks)
        return Choice(picks, waiting=PLACE_WAITING in chosen or waits)

    @property
    def answered(self) -> Given:
        """The answers in a valid form, by keys of questions."""
        return {question.key: self.cleaned_data.get(name) for name, question in self.questions.items()}

    @property
    def agreed(self) -> list[str]:
        """The purposes that the guest of a valid form agreed to."""
        return [wording.purpose for wording in self.wordings if self.cleaned_data.get(consent_field(wording))]


def _questions(form: GuestForm) -> Fieldset | None:
    return Fieldset(_("What we would like to know"), *form.questions) if form.questions else None


def _participation(form: GuestForm) -> Fieldset | Div:
    return participation(form, _("How you take part"), Included("registration/_registration_note.html"))


def participation(form: GuestForm, legend: str, *notes: Included) -> Fieldset | Div:
    """How somebody takes part, where there is more than one way."""
    if all(form.fields[name].widget.is_hidden for name in form.participation):
        return Div(*form.participation)
    return Fieldset(legend, *notes, *form.participation)


def _consents(form: GuestForm) -> Fieldset | None:
    """The boxes, each for one purpose; where one may follow the livestream, for whom they are."""
    if not form.wordings:
        return None
    recording = Included("registration/_recording.html")
    for_whom = Included("registration/_for_whom.html") if form.offer.livestream else None
    return Fieldset(_("Your consent"), recording, for_whom, *form.consent_fields)


class RegistrationForm(GuardedForm, GuestForm):
    """The form on the website."""

    def __init__(self, data: QueryDict | None = None, *, offer: Offer, now: datetime, **kwargs: Any) -> None:
        super().__init__(data, now=now, wording=offer.wording, offer=offer, **kwargs)
        self.filled: list[Workshop] = []

    def choose(self, link: Mapping[str, str]) -> None:
        """Fill in what a link says: the organisation of colleagues, and workshops by number, with “-waiting” the
        waiting list of a full one, or rather a seat. That a workshop has filled is said; nobody is put on a waiting
        list without having asked for it."""
        at_most = self.fields["organisation"].max_length  # type: ignore[attr-defined]
        self.initial["organisation"] = link.get("organisation", "")[:at_most]
        named = link.get("workshop", "").split(",")[: 2 * len(self.rounds)]  # a seat and a line in each
        for wanted in dict.fromkeys(named):
            self._choose(wanted)

    def _choose(self, wanted: str) -> None:
        number, waits = wanted.removesuffix("-waiting"), wanted.endswith("-waiting")
        for name, field in self.rounds.items():
            for value, (workshop, _note) in field.offered.items():
                if str(workshop.number) == number and (waits or not value.endswith("-waiting")):
                    self.initial[name] = value
                elif str(workshop.number) == number:
                    self.filled.append(workshop)

    def renew(self, *forget: str) -> None:
        """The form counts as a new one too, opened now."""
        super().renew(*forget)
        self.data["form_number"] = self.number.signed()  # type: ignore[index]

    @cached_property
    def helper(self) -> FormHelper:
        """How the form is laid out, for whoever sees it."""
        return layout(
            Fieldset(_("About you"), "first_name", "last_name", "email", "organisation"),
            _participation(self),
            _questions(self),
            _consents(self),
            *self.guards(),
            Included("registration/_privacy_notice.html"),
            Submit("", _("Put me on the waiting list") if self.offer.only_waiting else _("Register")),
        )


class WordedForm(GuestForm):
    """A form that says which wordings it showed; no secret, for whoever can send it could also read them."""

    wording = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: QueryDict | None = None, *, offer: Offer, **kwargs: Any) -> None:
        initial = {"wording": offer.wording} | kwargs.pop("initial", {})
        super().__init__(data, offer=offer, initial=initial, **kwargs)

    def renew(self, *forget: str) -> None:
        super().renew(*forget)
        self.data["wording"] = self.initial["wording"]  # type: ignore[index]


class SubstituteForm(PersonForm):
    """Who comes instead; asked for everything else on a page of their own."""

    def __init__(self, data: QueryDict | None = None, *, registration: Registration) -> None:
        super().__init__(data, initial={"organisation": registration.organisation})
        self.fields["email"].help_text = _("We ask this person by mail to say yes or no.")
        self.helper = layout(*self.fields, Submit("", _("Give the seat")))
        self.helper.disable_csrf = True  # see `views.own`


class ChangeForm(WordedForm):
    """What guests change of their own registration; the address stays, because the key to the page went there."""

    def __init__(self, data: QueryDict | None = None, *, registration: Registration, **kwargs: Any) -> None:
        self.registration = registration
        initial = {name: getattr(registration, name) for name in Guest.__dataclass_fields__}
        super().__init__(data, registration=registration, initial=initial, **kwargs)
        self.initial.update(self._chosen())
        self.initial.update({question_field(one.question): one.value for one in answers.of(registration)})
        del self.fields["email"]
        self.helper = layout(
            Fieldset(_("About you"), "first_name", "last_name", "organisation"),
            _participation(self),
            _questions(self),
            _consents(self),
            "wording",
            Included("registration/_privacy_notice.html") if registration.is_invited else None,
            Submit("", _("Yes, I will come") if registration.is_invited else _("Save the changes")),
        )
        self.helper.disable_csrf = True  # see `views.change`

    @property
    def guest(self) -> Guest:
        self.cleaned_data["email"] = self.registration.email
        return super().guest

    def choose_livestream(self) -> None:
        """Fill in what the link says of somebody who would rather not be recorded."""
        self.initial.update(dict.fromkeys(self.participation[:1], LIVESTREAM))

    def _chosen(self) -> dict[str, str]:
        """What the guest has now; a place in a line comes before the seat that is held meanwhile."""
        registration = self.registration
        watches = registration.watches
        chosen = {"attendance": LIVESTREAM if watches else PLACE if registration.queued_at is None else PLACE_WAITING}
        for name, field in self.rounds.items():
            offered = {str(place.workshop_id): place for place in registration.held} | {
                f"{place.workshop_id}-waiting": place for place in registration.queues
            }
            mine = [value for value, place in offered.items() if value.removesuffix("-waiting") in field.workshops]
            chosen[name] = mine[-1] if mine else LIVESTREAM if watches else NONE if field.slot.optional else ""
        return chosen

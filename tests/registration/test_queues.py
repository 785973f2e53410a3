"""Whatever guests and organisers do, in any order: the rules of seats, queues, consents and mails hold after each step.

`make test` takes some thousand steps on each database, `make nightly` more than 10,000.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.models import Event, Slot, Workshop
from registration import booking, consents, erasing
from registration.booking import EVENT, Choice, Guest, Pick
from registration.models import ConsentRecord, OutgoingMail, Registration
from tests import factories

GUESTS = 8
WORKSHOPS = {1: 0, 2: 1, 3: 2, 4: 1, 5: 3, 6: 1}  # number: seats; three in the morning, two later, an evening
ROUNDS = ((1, 2, 3), (4, 5), (6,))
numbers = st.sampled_from(list(WORKSHOPS))
guests = st.integers(0, GUESTS - 1)
agreement = st.sampled_from([[], ["recording"], ["recording"]])


@dataclass(frozen=True)
class Wish:
    """How somebody would like to take part: one number in each round, 0 for none, and which lines are fine."""

    numbers: tuple[int, int, int]
    livestream: bool
    lines: bool


wishes = st.builds(
    Wish,
    st.tuples(*(st.sampled_from([0, *offered, *offered]) for offered in ROUNDS)),
    livestream=st.sampled_from([False, False, True]),
    lines=st.booleans(),
)


@dataclass(frozen=True)
class Seen:
    """A registration after a step, with how many mails were written to it."""

    state: str
    livestream: bool
    queued_at: datetime | None
    held: frozenset[int]
    queues: dict[int, datetime]
    sequence: int
    erased: bool
    mails: int
    invited: bool = False

    @property
    def place(self) -> tuple[object, ...]:
        return self.state, self.livestream, self.queued_at is None, self.held, set(self.queues)


class Desk(RuleBasedStateMachine):
    """Two rounds, the second sometimes optional, and an evening; a livestream, seats of the event or not, eight guests,
    and a clock that goes on by a second with each step."""

    steps = 0

    @initialize(
        confirm_within=st.sampled_from([None, None, 1]),
        accept_within=st.sampled_from([None, 1]),
        capacity=st.sampled_from([None, 2, 4]),
        optional=st.booleans(),
    )
    def open(self, confirm_within: int | None, accept_within: int | None, capacity: int | None, optional: bool) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        self.event = factories.an_open_event(
            f"fachtag-{Event.objects.count()}",
            self.now.date() + timedelta(days=60),
            address_confirmed_within=confirm_within,
            accept_within=accept_within,
            capacity=capacity,
        )
        later, evening = (factories.another_round(self.event, hours) for hours in (3, 6))
        Slot.objects.filter(pk__in=[evening.pk, *([later.pk] if optional else [])]).update(optional=True)
        for slot, offered in ((later, ROUNDS[1]), (evening, ROUNDS[2])):
            for number in offered:
                slot.workshops.create(event=self.event, number=number, title=f"Workshop {number}")
        for number, seats in WORKSHOPS.items():
            factories.workshop(self.event, number, capacity=seats)
        self.overrode: Counter[int] = Counter()
        self.before: dict[int, Seen] = {}
        self.consents: dict[int, int] = {}
        for who in range(GUESTS - 2):  # a crowd to begin with, of whom only some find a seat
            wish = Wish((who % 3 + 1, who % 2 + 4, 6 if who % 2 else 0), livestream=who % 4 == 3, lines=True)
            self.register(who, wish, agreed=["recording"])

    def do(self, verb: Callable[[], object]) -> None:
        """Do something that a rule of the house may refuse."""
        Desk.steps += 1
        self.now += timedelta(seconds=1)
        try:
            verb()
        except booking.Refused:
            return

    def live(self, who: int) -> Registration | None:
        """One of those who are registered, if there is anybody."""
        found = list(self.event.registrations.live().order_by("pk"))
        return found[who % len(found)] if found else None

    def workshop(self, number: int) -> Workshop:
        return self.event.workshops.get(number=number)

    def choice(self, wish: Wish) -> Choice:
        picks = tuple(Pick(self.workshop(number), wish.lines) for number in wish.numbers if number)
        return Choice(livestream=True) if wish.livestream else Choice(picks, waiting=wish.lines)

    @rule(who=guests, wish=wishes, agreed=agreement)
    def register(self, who: int, wish: Wish, agreed: list[str]) -> None:
        choice = self.choice(wish)
        self.do(lambda: booking.register(self.event, factories.guest(who), choice, self.now, agreed=agreed))

    @rule(who=guests, wish=wishes, over=st.booleans())
    def register_by_hand(self, who: int, wish: Wish, over: bool) -> None:
        self.do(
            lambda: booking.register_by_hand(
                self.event,
                factories.guest(who),
                self.choice(wish),
                self.now,
                channel=Registration.Channel.PHONE,
                actor="alice",
                agreed=["recording"],
                over_capacity=over,
            )
        )
        if over:
            self.override(*wish.numbers)

    def override(self, *numbers: int) -> None:
        """These may be above their seats from now on, and so may the event."""
        self.overrode.update(dict.fromkeys((EVENT, *numbers), GUESTS))

    @rule(who=guests, wish=wishes, organisation=st.sampled_from(["", "Amt"]), agreed=agreement)
    def change(self, who: int, wish: Wish, organisation: str, agreed: list[str]) -> None:
        if (found := self.live(who)) is not None:
            guest = Guest(found.first_name, found.last_name, found.email, organisation)
            choice = self.choice(wish)
            self.do(lambda: booking.change(found, guest, choice, self.now, agreed=agreed))

    @rule(who=guests, number=numbers, over=st.booleans())
    def move(self, who: int, number: int, over: bool) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.move(found, self.workshop(number), self.now, over_capacity=over))
            if over:
                self.override(number)

    @rule(who=guests, by_hand=st.booleans())
    def cancel(self, who: int, by_hand: bool) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: (booking.cancel_by_hand if by_hand else booking.cancel)(found, self.now))

    @rule(who=guests, colleague=guests)
    def hand_over(self, who: int, colleague: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.hand_over(found, factories.guest(colleague), self.now))

    @rule(who=guests)
    def erase(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: erasing.erase(found, self.now))

    @rule(who=guests)
    def confirm(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.confirm(found, self.now))

    @rule(who=guests)
    def withdraw(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.withdraw_consent(found, "recording", self.now))

    @rule(who=guests)
    def agree(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            [wording] = consents.asked(self.event)
            self.do(lambda: booking.give_consent(found, "recording", wording.sha256, self.now))

    @rule(number=numbers, more=st.integers(-2, 2))
    def another_room(self, number: int, more: int) -> None:
        workshop = self.workshop(number)
        workshop.capacity = max((workshop.capacity or 0) + more, 0)
        self.do(workshop.save)
        self.do(lambda: booking.promote(self.event, self.now))
        if more < 0:  # nobody is sent away
            self.override(number)

    @rule(more=st.integers(-1, 2))
    def another_house(self, more: int) -> None:
        if self.event.capacity is None:
            return
        self.event.refresh_from_db()
        self.event.capacity = max((self.event.capacity or 0) + more, 0)
        self.do(self.event.save)
        self.do(lambda: booking.promote(self.event, self.now))
        if more < 0:
            self.override()

    @rule()
    def promote_by_hand(self) -> None:
        self.do(lambda: booking.promote(self.event, self.now, by_hand=True))

    @rule(minutes=st.sampled_from([1, 61]))  # more than an hour: who had to confirm or say yes by then has not
    def the_worker_comes_by(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        self.do(lambda: booking.move_up(self.now))

    @invariant()
    def the_rules_hold(self) -> None:
        if not hasattr(self, "event"):
            return
        written = Counter(OutgoingMail.objects.values_list("registration", flat=True))
        rows = {
            row.pk: Seen(
                row.state,
                row.livestream,
                row.queued_at,
                frozenset(place.workshop.number for place in row.held),
                {place.workshop.number: place.queued_at for place in row.queues if place.queued_at},
                row.sequence,
                row.erased_at is not None,
                written[row.pk],
                row.is_invited,
            )
            for row in self.event.registrations.all()
        }
        self.seats_are_within_capacity()
        people = Counter(self.event.registrations.live().values_list("email", flat=True))
        assert max(people.values(), default=1) == 1, "one person, two live registrations"
        self.states_are_what_they_say(rows)
        self.nobody_waits_for_a_free_seat(rows)
        self.the_queues_kept_their_order(rows)
        self.every_change_has_its_mail(rows)
        self.consents_only_grow_and_nobody_comes_unasked(rows)
        self.before = rows

    def seats_are_within_capacity(self) -> None:
        self.left: dict[int, int | None] = {}
        numbers = {workshop.pk: workshop.number for workshop in self.event.workshops.all()}
        self.event.refresh_from_db()
        for pk, found in booking.stock(self.event).seats.items():
            number = numbers.get(pk, EVENT)
            self.left[number] = found.left
            if found.capacity is not None:
                # What an organiser overrode may stand until it has dwindled, and never grow by itself.
                self.overrode[number] = min(self.overrode[number], found.taken)
                assert found.taken <= max(found.capacity, self.overrode[number]), "overbooked"

    def states_are_what_they_say(self, rows: dict[int, Seen]) -> None:
        mandatory = set(self.event.workshops.filter(slot__optional=False).values_list("number", flat=True))
        for row in rows.values():
            if row.state == "cancelled":
                rest = row.held or row.queues or row.queued_at or row.livestream
                assert not rest, "cancelled, and still there"
            elif not row.erased:
                waits = row.queued_at is not None or (not row.held and bool(set(row.queues) & mandatory))
                assert row.state == ("waiting" if waits and not row.livestream else "confirmed")
                assert not row.held or not (row.livestream or row.queued_at), "a seat without one of the event"

    def nobody_waits_for_a_free_seat(self, rows: dict[int, Seen]) -> None:
        for row in rows.values():
            may_enter = row.queued_at is not None and self.left[EVENT] != 0
            assert not may_enter or (row.livestream and row.queues), "a free seat of the event while somebody waits"
            if row.queued_at is None and (not row.livestream or self.left[EVENT] != 0):
                assert not any(self.left[number] for number in row.queues), "a free seat while somebody waits"

    def the_queues_kept_their_order(self, rows: dict[int, Seen]) -> None:
        """Nobody was seated from a line while somebody who stood there longer stands there still, but for those who
        had no seat of the event, and for what an organiser did above the capacity."""
        for number in WORKSHOPS:
            line = [
                (before.queues[number], pk)
                for pk, before in self.before.items()
                if number in before.queues and before.queued_at is None and not before.livestream and pk in rows
            ]
            seated = [since for since, pk in line if number in rows[pk].held]
            still = [since for since, pk in line if rows[pk].queues.get(number) == since]
            assert not seated or not still or self.overrode[number] or max(seated) <= min(still), "overtaken"
        line = [(row.queued_at, pk) for pk, row in self.before.items() if row.queued_at and not row.livestream]
        entered = [  # who goes over to the livestream has left the line
            since
            for since, pk in line
            if rows[pk].queued_at is None and rows[pk].state != "cancelled" and not rows[pk].livestream
        ]
        still = [since for since, pk in line if rows[pk].queued_at == since]
        assert not entered or not still or self.overrode[EVENT] or max(entered) <= min(still), "overtaken at the event"

    def every_change_has_its_mail(self, rows: dict[int, Seen]) -> None:
        for pk, row in rows.items():
            before = self.before.get(pk)
            if row.erased:
                kinds = list(OutgoingMail.objects.filter(registration=pk).values_list("kind", flat=True))
                # What the same person had cancelled before goes too, without a mail of its own.
                assert kinds in ([], ["erased"])
                if before is not None and not before.erased and before.state != Registration.State.CANCELLED:
                    assert kinds == ["erased"], "erased without a mail"
            elif before is None:
                assert row.mails > 0, "registered without a mail"
            elif before.place != row.place:
                declined = before.invited and row.state == Registration.State.CANCELLED  # who sent them hears of it
                assert declined or row.mails > before.mails, "changed without a mail"
                assert row.sequence > before.sequence, "changed without a higher SEQUENCE"

    def consents_only_grow_and_nobody_comes_unasked(self, rows: dict[int, Seen]) -> None:
        records = ConsentRecord.objects.filter(registration__event=self.event)
        grown = Counter(records.values_list("registration", flat=True))
        assert all(grown[pk] >= count for pk, count in self.consents.items()), "a consent went missing"
        self.consents = dict(grown)
        asked = set(records.filter(decision="given").values_list("registration", flat=True))
        invited = self.event.registrations.filter(to_confirm="invitation")
        coming = {pk for pk, row in rows.items() if row.held or row.queues or row.queued_at}
        coming -= set(invited.values_list("pk", flat=True))
        assert coming <= asked, "somebody comes who never agreed"


def take_steps(examples: int, length: int, at_least: int) -> None:
    Desk.steps = 0
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=examples,
            stateful_step_count=length,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    print(f"{Desk.steps} steps")
    assert Desk.steps > at_least


@pytest.mark.django_db
def test_the_rules_hold_whatever_happens() -> None:
    take_steps(15, 80, at_least=600)


@pytest.mark.nightly
@pytest.mark.django_db
def test_the_rules_hold_all_night() -> None:
    take_steps(80, 300, at_least=10_000)

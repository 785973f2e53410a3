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

from events.models import Event, Workshop
from registration import booking, consents, erasing
from registration.booking import Choice, Guest
from registration.models import ConsentRecord, OutgoingMail, Registration
from tests import factories

GUESTS = 8
LIVESTREAM = 0
numbers = st.integers(1, 3)
ways = st.integers(LIVESTREAM, 3)
guests = st.integers(0, GUESTS - 1)


@dataclass(frozen=True)
class Seen:
    """A registration after a step, with how many mails were written to it."""

    state: str
    workshop: int | None
    livestream: bool
    waiting_for: int | None
    since: datetime | None
    sequence: int
    erased: bool
    mails: int

    @property
    def place(self) -> tuple[object, ...]:
        return self.state, self.workshop, self.livestream, self.waiting_for


class Desk(RuleBasedStateMachine):
    """Three workshops, a livestream, eight guests, and a clock that goes on by a second with each step."""

    steps = 0

    @initialize(confirm_within=st.sampled_from([None, 1]))
    def open(self, confirm_within: int | None) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        slug = f"fachtag-{Event.objects.count()}"
        self.event = factories.an_open_event(
            slug, self.now.date() + timedelta(days=60), address_confirmed_within=confirm_within
        )
        self.overrode: Counter[int] = Counter()
        for number in (1, 2, 3):
            factories.workshop(self.event, number, capacity=number - 1)
        self.before: dict[int, Seen] = {}
        self.consents: dict[int, int] = {}
        for who in range(GUESTS - 2):  # a crowd to begin with, of whom only some find a seat
            self.register(who, who % 4, waiting=True, agreed=["recording"])

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

    def choice(self, number: int, waiting: bool) -> Choice:
        return Choice(None) if number == LIVESTREAM else Choice(self.workshop(number), waiting)

    @rule(who=guests, number=ways, waiting=st.booleans(), agreed=st.sampled_from([[], ["recording"]]))
    def register(self, who: int, number: int, waiting: bool, agreed: list[str]) -> None:
        choice = self.choice(number, waiting)
        self.do(lambda: booking.register(self.event, factories.guest(who), choice, self.now, agreed=agreed))

    @rule(who=guests, number=numbers, over=st.booleans())
    def register_by_hand(self, who: int, number: int, over: bool) -> None:
        self.do(
            lambda: booking.register_by_hand(
                self.event,
                factories.guest(who),
                self.choice(number, waiting=False),
                self.now,
                channel=Registration.Channel.PHONE,
                actor="alice",
                agreed=["recording"],
                over_capacity=over,
            )
        )
        if over:
            self.overrode[number] = GUESTS

    @rule(
        who=guests,
        number=ways,
        waiting=st.booleans(),
        organisation=st.sampled_from(["", "Amt"]),
        agreed=st.sampled_from([[], ["recording"]]),
    )
    def change(self, who: int, number: int, waiting: bool, organisation: str, agreed: list[str]) -> None:
        if (found := self.live(who)) is not None:
            guest = Guest(found.first_name, found.last_name, found.email, organisation)
            choice = self.choice(number, waiting)
            self.do(lambda: booking.change(found, guest, choice, self.now, agreed=agreed))

    @rule(who=guests, number=numbers, over=st.booleans())
    def move(self, who: int, number: int, over: bool) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.move(found, self.workshop(number), self.now, over_capacity=over))
            if over:
                self.overrode[number] = GUESTS

    @rule(who=guests, by_hand=st.booleans())
    def cancel(self, who: int, by_hand: bool) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: (booking.cancel_by_hand if by_hand else booking.cancel)(found, self.now))

    @rule(who=guests)
    def erase(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: erasing.erase(found, self.now))

    @rule(who=guests)
    def confirm(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.confirm_address(found, self.now))

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
            self.overrode[number] = GUESTS

    @rule(minutes=st.sampled_from([1, 61]))
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
                row.workshop_id,
                row.livestream,
                row.waiting_for_id,
                row.waiting_since,
                row.sequence,
                row.erased_at is not None,
                written[row.pk],
            )
            for row in self.event.registrations.all()
        }
        self.seats_are_within_capacity()
        people = Counter(self.event.registrations.live().values_list("email", flat=True))
        assert max(people.values(), default=1) == 1, "one person, two live registrations"
        self.the_queue_kept_its_order(rows)
        self.every_change_has_its_mail(rows)
        self.consents_only_grow_and_nobody_comes_unasked(rows)
        self.before = rows

    def seats_are_within_capacity(self) -> None:
        workshops = list(self.event.workshops.all())
        for pk, found in booking.seats(self.event, workshops).items():
            [number] = [workshop.number for workshop in workshops if workshop.pk == pk]
            # What an organiser overrode may stand until it has dwindled, and never grow by itself.
            self.overrode[number] = min(self.overrode[number], found.taken)
            assert found.taken <= max(found.capacity or 0, self.overrode[number]), "overbooked"
            assert not (found.left and found.waiting), "a free seat while somebody waits"

    def the_queue_kept_its_order(self, rows: dict[int, Seen]) -> None:
        """Nobody was seated from a queue while somebody who stood there longer stands there still."""
        moved_up = [
            (self.before[pk].waiting_for, self.before[pk].since)
            for pk, row in rows.items()
            if pk in self.before
            and self.before[pk].waiting_for is not None
            and row.workshop == self.before[pk].waiting_for
            and self.before[pk].mails < row.mails
            and OutgoingMail.objects.filter(registration=pk).latest("pk").kind == "moved_up"
            and not self.moved_by_hand(pk)
        ]
        for workshop, since in moved_up:
            for pk, row in rows.items():
                before = self.before.get(pk)
                if before is not None and before.waiting_for == row.waiting_for == workshop:
                    assert before.since is not None
                    assert since is not None
                    assert before.since >= since, "overtaken"

    def moved_by_hand(self, pk: int) -> bool:
        """Whether an organiser seated this guest above the capacity, past the queue."""
        number = Registration.objects.values_list("workshop__number", flat=True).get(pk=pk)
        return number is not None and self.overrode[number] > 0

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
                assert row.mails > before.mails, "changed without a mail"
                assert row.sequence > before.sequence, "changed without a higher SEQUENCE"

    def consents_only_grow_and_nobody_comes_unasked(self, rows: dict[int, Seen]) -> None:
        records = ConsentRecord.objects.filter(registration__event=self.event)
        grown = Counter(records.values_list("registration", flat=True))
        assert all(grown[pk] >= count for pk, count in self.consents.items()), "a consent went missing"
        self.consents = dict(grown)
        asked = set(records.filter(decision="given").values_list("registration", flat=True))
        coming = {pk for pk, row in rows.items() if row.workshop is not None or row.waiting_for is not None}
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

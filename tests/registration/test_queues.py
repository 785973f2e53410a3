"""Whatever guests and organisers do, in any order: the rules of seats and queues hold after each step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from events.models import Event
from registration import booking
from registration.booking import Choice, Guest
from registration.models import ConsentRecord, Registration
from tests import factories

GUESTS = 7
numbers = st.integers(1, 3)
guests = st.integers(0, GUESTS - 1)


class Desk(RuleBasedStateMachine):
    """Three workshops, seven guests, and a clock that goes on by a second with each step."""

    steps = 0

    @initialize()
    def open(self) -> None:
        self.now = datetime(2026, 11, 22, 12, tzinfo=UTC)
        slug = f"fachtag-{Event.objects.count()}"
        self.event = factories.an_open_event(slug, self.now.date() + timedelta(days=60))
        for number in (1, 2, 3):
            factories.workshop(self.event, number, capacity=number - 1)
        self.before: dict[int, Any] = {}
        self.consents = 0

    def do(self, verb: Callable[[], object]) -> None:
        """Do something that a rule of the house may refuse."""
        Desk.steps += 1
        self.now += timedelta(seconds=1)
        try:
            verb()
        except booking.Refused:
            return

    def live(self, who: int) -> Registration | None:
        return self.event.registrations.live().filter(email=f"gast{who}@example.org").first()

    @rule(who=guests, number=numbers, waiting=st.booleans())
    def register(self, who: int, number: int, waiting: bool) -> None:
        choice = Choice(self.event.workshops.get(number=number), waiting)
        self.do(lambda: booking.register(self.event, factories.guest(who), choice, self.now))

    @rule(who=guests, number=numbers, waiting=st.booleans(), organisation=st.sampled_from(["", "Amt"]))
    def change(self, who: int, number: int, waiting: bool, organisation: str) -> None:
        if (found := self.live(who)) is not None:
            guest: Guest = replace(factories.guest(who), organisation=organisation)
            choice = Choice(self.event.workshops.get(number=number), waiting)
            self.do(lambda: booking.change(found, guest, choice, self.now))

    @rule(who=guests, number=numbers)
    def move(self, who: int, number: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.move(found, self.event.workshops.get(number=number), self.now))

    @rule(who=guests)
    def cancel(self, who: int) -> None:
        if (found := self.live(who)) is not None:
            self.do(lambda: booking.cancel(found, self.now))

    @rule(number=numbers, more=st.integers(1, 2))
    def larger_room(self, number: int, more: int) -> None:
        workshop = self.event.workshops.get(number=number)
        workshop.capacity = (workshop.capacity or 0) + more
        workshop.save()
        self.do(lambda: booking.promote(self.event, self.now))

    @invariant()
    def the_rules_hold(self) -> None:
        if not hasattr(self, "event"):
            return
        workshops = list(self.event.workshops.all())
        seats = booking.seats(self.event, workshops)
        for workshop in workshops:
            found = seats[workshop.pk]
            assert found.taken <= (workshop.capacity or 0), "overbooked"
            assert not (found.left and found.waiting), "a free seat while somebody waits"
        rows = {row.pk: row for row in self.event.registrations.all()}
        people = [row.email for row in rows.values() if row.state != Registration.State.CANCELLED]
        assert len(people) == len(set(people)), "one person, two live registrations"
        self.the_queue_kept_its_order(rows)
        self.every_change_has_its_mail(rows)
        consents = ConsentRecord.objects.filter(registration__event=self.event).count()
        assert consents >= self.consents, "a consent went missing"
        self.consents = consents
        self.before = {
            pk: (row.state, row.workshop_id, row.waiting_for_id, row.waiting_since, row.sequence, row.mails.count())
            for pk, row in rows.items()
        }

    def the_queue_kept_its_order(self, rows: dict[int, Registration]) -> None:
        """Nobody was seated from a queue while somebody who stood there longer stands there still."""
        moved_up = [
            (row.workshop_id, self.before[pk][3])
            for pk, row in rows.items()
            if pk in self.before and self.before[pk][2] is not None and row.workshop_id == self.before[pk][2]
        ]
        for workshop_id, since in moved_up:
            for pk, row in rows.items():
                still_there = pk in self.before and self.before[pk][2] == row.waiting_for_id == workshop_id
                assert not (still_there and self.before[pk][3] < since), "overtaken"

    def every_change_has_its_mail(self, rows: dict[int, Registration]) -> None:
        for pk, row in rows.items():
            state, workshop_id, waiting_for_id, _since, sequence, mails = self.before.get(pk, (None,) * 4 + (0, 0))
            changed = (row.state, row.workshop_id, row.waiting_for_id) != (state, workshop_id, waiting_for_id)
            if changed:
                assert row.mails.count() > mails, "changed without a mail"
            if changed and pk in self.before:
                assert row.sequence > sequence, "changed without a higher SEQUENCE"


@pytest.mark.django_db
def test_the_rules_hold_whatever_happens() -> None:
    Desk.steps = 0
    run_state_machine_as_test(
        Desk,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
    assert Desk.steps > 300

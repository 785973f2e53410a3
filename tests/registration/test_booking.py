from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from events.models import Event, RegistrationWindow, Workshop
from registration import booking
from registration.booking import Choice, Finding, Guest, Pick, Seats
from registration.models import OutgoingMail, Place, Registration
from tests import factories
from tests.factories import BOB, CHARLIE

NOW = timezone.now()
AGREED = ["recording"]


def states(event: Event) -> list[tuple[str, str, int | None, int | None]]:
    """Everybody with state, workshop held and workshop waited for."""
    return [
        (row.first_name, row.state, number(row.held), number(row.queues)) for row in event.registrations.order_by("pk")
    ]


def number(places: list[Place]) -> int | None:
    """The number of the workshop that the only place is in."""
    return places[0].workshop.number if places else None


def kinds(who: str) -> list[str]:
    return list(OutgoingMail.objects.filter(registration__first_name=who).order_by("pk").values_list("kind", flat=True))


def test_it_works(event: Event) -> None:
    outcome = booking.register(event, BOB, Choice.of(event.workshops.get(number=1)), NOW, agreed=AGREED)
    assert outcome.finding == Finding.NEW
    assert states(event) == [("Bob", "confirmed", 1, None)]


@pytest.mark.parametrize(
    ("values", "window"),
    [
        ({"registration_closes_at": NOW - timedelta(seconds=1)}, RegistrationWindow.CLOSED),
        ({"registration_opens_at": NOW + timedelta(seconds=1)}, RegistrationWindow.NOT_YET),
        ({"status": "cancelled"}, RegistrationWindow.CANCELLED),
        ({"status": "postponed"}, RegistrationWindow.POSTPONED),
    ],
)
def test_the_window_holds_when_it_is_stored(
    event: Event, values: dict[str, object], window: RegistrationWindow
) -> None:
    Event.objects.update(**values)  # the caller's object still says that it is open
    with pytest.raises(booking.RegistrationClosed) as caught:
        booking.register(event, BOB, Choice.of(event.workshops.get(number=1)), NOW, agreed=AGREED)
    assert caught.value.window == window
    assert states(event) == []


def test_the_last_seat_goes_once(event: Event) -> None:
    factories.workshop(event, 1, capacity=1)
    factories.registered(event, BOB, 1)
    with pytest.raises(booking.WorkshopFull):
        factories.registered(event, CHARLIE, 1)
    assert states(event) == [("Bob", "confirmed", 1, None)]
    assert kinds("Charlie") == []


def test_the_capacity_counts_as_it_is_under_the_lock(event: Event) -> None:
    """A form was opened while there was a seat; meanwhile an organiser took it away."""
    as_it_was = event.workshops.get(number=1)
    factories.workshop(event, 1, capacity=0)
    with pytest.raises(booking.WorkshopFull):
        booking.register(event, BOB, Choice.of(as_it_was), NOW, agreed=AGREED)


def test_correcting_writes_no_state_that_was_read_before_the_lock(event: Event) -> None:
    """An organiser has the page open, the guest cancels, the organiser saves another name."""
    as_it_was = factories.registered(event, BOB, 1)
    booking.cancel(Registration.objects.get(pk=as_it_was.pk), NOW)
    booking.correct(as_it_was, replace(BOB, first_name="Robert"), NOW)
    assert states(event) == [("Robert", "cancelled", None, None)]


def test_no_seats_at_all(event: Event) -> None:
    factories.workshop(event, 1, capacity=0)
    with pytest.raises(booking.WorkshopFull):
        factories.registered(event, BOB, 1)


def test_without_a_limit(event: Event) -> None:
    factories.workshop(event, 1, capacity=None)
    for number in range(30):
        factories.registered(event, factories.guest(number), 1)
    assert event.registrations.count() == 30


def test_the_queue_moves_up_in_order(event: Event) -> None:
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, BOB, 2, waiting=True, now=NOW)
    factories.registered(event, CHARLIE, 2, waiting=True, now=NOW + timedelta(seconds=1))
    booking.cancel(frida, NOW)
    assert states(event) == [
        ("Frida", "cancelled", None, None),
        ("Bob", "confirmed", 2, None),
        ("Charlie", "waiting", None, 2),
    ]
    assert (kinds("Bob"), kinds("Charlie")) == (["waiting", "moved_up"], ["waiting"])


def test_nobody_overtakes_the_queue(event: Event) -> None:
    """More seats appear, but as long as somebody waits for them, they are not for newcomers."""
    factories.fill(event, 2)
    factories.registered(event, BOB, 2, waiting=True)
    Workshop.objects.filter(event=event, number=2).update(capacity=2)  # so that nothing of ours hears of it
    with pytest.raises(booking.WorkshopFull):
        factories.registered(event, CHARLIE, 2)
    booking.promote(event, NOW)
    booking.promote(event, NOW)
    assert states(event)[1] == ("Bob", "confirmed", 2, None)
    assert kinds("Bob") == ["waiting", "moved_up"]


def test_storing_a_larger_room_mails_nobody_by_itself(event: Event) -> None:
    factories.fill(event, 2)
    factories.registered(event, BOB, 2, waiting=True)
    factories.workshop(event, 2, capacity=2)
    assert kinds("Bob") == ["waiting"]
    booking.promote(event, NOW)
    assert states(event)[1] == ("Bob", "confirmed", 2, None)


def test_queues_that_wait_for_the_organiser(event: Event) -> None:
    event.queue_moves_up = False
    event.save()
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, BOB, 2, waiting=True)
    booking.cancel(frida, NOW)
    booking.promote(event, NOW)
    assert states(event)[1] == ("Bob", "waiting", None, 2)
    with pytest.raises(booking.WorkshopFull):  # the free seat is not for newcomers
        factories.registered(event, CHARLIE, 2)
    booking.promote(event, NOW, by_hand=True)
    assert (states(event)[1], kinds("Bob")) == (("Bob", "confirmed", 2, None), ["waiting", "moved_up"])


def test_nobody_is_called_to_a_draft(event: Event) -> None:
    factories.fill(event, 2)
    factories.registered(event, BOB, 2, waiting=True)
    event.status = Event.Status.DRAFT
    event.save()
    factories.workshop(event, 2, capacity=2)
    booking.promote(event, NOW)
    assert kinds("Bob") == ["waiting"]
    event.status = Event.Status.PUBLISHED
    event.save()
    booking.promote(event, NOW)
    assert kinds("Bob") == ["waiting", "moved_up"]


def test_switching_to_queues_that_move_by_themselves_moves_them(event: Event) -> None:
    event.queue_moves_up = False
    event.save()
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, BOB, 2, waiting=True)
    booking.cancel(frida, NOW)
    event.queue_moves_up = True
    event.save()
    booking.promote(event, NOW)
    assert states(event)[1] == ("Bob", "confirmed", 2, None)


def test_the_first_in_line_may_be_moved_into_the_new_seat(event: Event) -> None:
    factories.fill(event, 2)
    bob = factories.registered(event, BOB, 2, waiting=True)
    Workshop.objects.filter(event=event, number=2).update(capacity=2)
    booking.move(bob, event.workshops.get(number=2), NOW)
    assert (states(event)[1], kinds("Bob")) == (("Bob", "confirmed", 2, None), ["waiting", "moved_up"])


@pytest.mark.parametrize(
    "values", [{"status": "cancelled"}, {"starts_at": NOW - timedelta(days=3), "ends_at": NOW - timedelta(days=2)}]
)
def test_nobody_is_called_to_an_event_that_is_over_or_off(event: Event, values: dict[str, object]) -> None:
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, BOB, 2, waiting=True)
    Event.objects.update(registration_closes_at=NOW - timedelta(days=4), **values)
    booking.cancel_by_hand(frida, NOW)
    assert states(event)[1] == ("Bob", "waiting", None, 2)


def test_correcting_an_address_mails_again(event: Event) -> None:
    bob = factories.registered(event)
    booking.correct(bob, replace(BOB, email="bob@example.com"), NOW)
    assert list(OutgoingMail.objects.values_list("recipient", flat=True)) == ["bob@example.com"]  # the other never left
    booking.correct(bob, replace(BOB, email="bob@example.com", organisation="Amt"), NOW)
    assert OutgoingMail.objects.count() == 1


def test_a_new_address_gets_a_new_key(event: Event) -> None:
    """The old one went to a stranger."""
    bob = factories.registered(event)
    old = bob.token
    booking.correct(bob, replace(BOB, organisation="Amt"), NOW)
    assert bob.token == old
    booking.correct(bob, replace(BOB, email="bob@example.com"), NOW)
    assert Registration.objects.get().token != old
    assert str(Registration.objects.get().token) in factories.read(OutgoingMail.objects.get())


def test_nobody_is_corrected_into_somebody_else(event: Event) -> None:
    factories.registered(event, BOB)
    charlie = factories.registered(event, CHARLIE)
    with pytest.raises(booking.AlreadyRegistered):
        booking.correct(charlie, BOB, NOW)


def test_moving_frees_the_seat_for_the_queue(event: Event) -> None:
    frida = factories.fill(event, 2).places.get().registration
    factories.registered(event, BOB, 2, waiting=True)
    booking.move(frida, event.workshops.get(number=3), NOW)
    assert states(event) == [("Frida", "confirmed", 3, None), ("Bob", "confirmed", 2, None)]
    frida.refresh_from_db()
    assert (frida.sequence, kinds("Frida")) == (1, ["confirmed", "changed"])


def test_moving_into_a_full_workshop_is_refused(event: Event) -> None:
    factories.fill(event, 2)
    bob = factories.registered(event, BOB, 1)
    with pytest.raises(booking.WorkshopFull):
        booking.move(bob, event.workshops.get(number=2), NOW)
    booking.move(bob, event.workshops.get(number=2), NOW, over_capacity=True)
    assert states(event)[1] == ("Bob", "confirmed", 2, None)


def test_moving_where_one_is_changes_nothing(event: Event) -> None:
    bob = factories.registered(event, BOB, 1)
    booking.move(bob, event.workshops.get(number=1), NOW)
    bob.refresh_from_db()
    assert (bob.sequence, kinds("Bob")) == (0, ["confirmed"])


def test_cancelling_twice_is_harmless(event: Event) -> None:
    bob = factories.registered(event)
    booking.cancel(bob, NOW)
    booking.cancel(bob, NOW)
    bob.refresh_from_db()
    assert (bob.sequence, kinds("Bob")) == (1, ["confirmed", "cancelled"])
    with pytest.raises(booking.AlreadyCancelled):
        booking.move(bob, event.workshops.get(number=1), NOW)


def test_who_cancelled_may_register_again(event: Event) -> None:
    booking.cancel(factories.registered(event), NOW)
    assert factories.registered(event).state == "confirmed"
    assert event.registrations.count() == 2


def test_one_live_registration_a_person(event: Event) -> None:
    factories.registered(event, Guest("Öle", "Müller", "m@example.org"))
    outcome = booking.register(
        event, Guest("ÖLE", "MÜLLER", "M@example.org"), Choice.of(event.workshops.get(number=1)), NOW, agreed=AGREED
    )
    assert outcome.finding == Finding.SAME_PERSON
    assert event.registrations.count() == 1


def test_a_turkish_i_is_an_i_to_the_database_too(event: Event) -> None:
    factories.registered(event, Guest("İbrahim", "Can", "can@example.org"))
    outcome = booking.register(
        event, Guest("ibrahim", "can", "can@example.org"), Choice.of(event.workshops.get(number=1)), NOW, agreed=AGREED
    )
    assert outcome.finding == Finding.SAME_PERSON


def test_the_database_promises_it_too(event: Event) -> None:
    bob = factories.registered(event)
    bob.pk = None
    bob.token = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        bob.save()


@pytest.mark.parametrize(
    "values",
    [
        {"state": "waiting", "livestream": True},
        {"state": "cancelled", "livestream": True},
        {"queued_at": NOW},
        {"state": "cancelled", "queued_at": NOW},
    ],
)
def test_no_row_is_half_of_something(event: Event, values: dict[str, object]) -> None:
    bob = factories.registered(event)
    with pytest.raises(IntegrityError), transaction.atomic():
        Registration.objects.filter(pk=bob.pk).update(**values)


@pytest.mark.parametrize(
    ("number", "queued_at"),
    [(1, None), (2, None), (2, NOW)],
    ids=["two seats in a round", "a workshop twice", "the line for one's own seat"],
)
def test_no_second_place(event: Event, number: int, queued_at: datetime | None) -> None:
    bob = factories.registered(event)
    workshop = event.workshops.get(number=number)
    with pytest.raises(IntegrityError), transaction.atomic():
        bob.places.create(workshop=workshop, round=workshop.slot, queued_at=queued_at)


def test_no_second_line(event: Event) -> None:
    bob = factories.registered(event)
    first, third = event.workshops.get(number=1), event.workshops.get(number=3)
    bob.places.create(workshop=first, round=first.slot, queued_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        bob.places.create(workshop=third, round=third.slot, queued_at=NOW)


def test_by_hand_past_the_deadline(event: Event) -> None:
    event.registration_closes_at = NOW - timedelta(days=1)
    event.save()
    outcome = booking.register_by_hand(
        event,
        BOB,
        Choice.of(event.workshops.get(number=1)),
        NOW,
        channel=Registration.Channel.PHONE,
        actor="alice",
        agreed=AGREED,
    )
    assert outcome.registration.channel == "phone"
    assert {record.actor for record in outcome.registration.consents.all()} == {"alice"}


def test_by_hand_over_capacity_only_when_said(event: Event) -> None:
    full = factories.fill(event, 2)
    choice = Choice.of(full)
    by_hand = {"channel": Registration.Channel.PAPER, "actor": "alice", "agreed": AGREED}
    with pytest.raises(booking.WorkshopFull):
        booking.register_by_hand(event, BOB, choice, NOW, **by_hand)  # type: ignore[arg-type]
    booking.register_by_hand(event, BOB, choice, NOW, over_capacity=True, **by_hand)  # type: ignore[arg-type]
    found = booking.stock(event).seats[full.pk]
    assert (found.taken, found.left, found.are_gone) == (2, 0, True)


@pytest.mark.parametrize(
    ("seats", "left", "gone"),
    [
        (Seats(25, 0, 0), 25, False),
        (Seats(25, 24, 0), 1, False),
        (Seats(25, 24, 1), 1, True),  # it is about to be the first in line's
        (Seats(25, 25, 3), 0, True),
        (Seats(25, 27, 0), 0, True),
        (Seats(None, 99, 0), None, False),
        (Seats(0, 0, 0), 0, True),
    ],
)
def test_seats(seats: Seats, left: int | None, gone: bool) -> None:
    assert (seats.left, seats.are_gone) == (left, gone)


def test_who_holds_a_seat_is_confirmed(event: Event) -> None:
    factories.fill(event, 2)
    bob = factories.registered(event, BOB, 1)
    factories.registered(event, CHARLIE, 2, waiting=True)
    booking.cancel(bob, NOW)
    held = {place.registration for place in Place.objects.held()}
    assert held == {row for row in Registration.objects.all() if row.state == "confirmed"}
    assert len(held) == 1


def test_nobody_locks_for_a_seat_that_nobody_can_take(event: Event) -> None:
    """A guest of the livestream waits for a workshop, and the event has no seat for whoever comes."""
    event.capacity = 2
    event.save()
    frida = factories.fill(event, 2).places.get().registration
    charlie = factories.watching(event, CHARLIE)
    booking.change(charlie, CHARLIE, Choice.of(event.workshops.get(number=2), waiting=True), NOW, agreed=AGREED)
    factories.registered(event, BOB, 1)
    booking.move(frida, event.workshops.get(number=3), NOW)
    with CaptureQueriesContext(connection) as queries:
        assert booking.promote(event, NOW) is False
    assert not [query["sql"] for query in queries if "SAVEPOINT" in query["sql"]]
    assert states(event)[1] == ("Charlie", "confirmed", None, 2)


def test_the_queryset_and_the_row_agree_on_who_counts(event: Event) -> None:
    factories.fill(event, 2)
    factories.registered(event, BOB, 2, waiting=True)
    booking.cancel(factories.registered(event, CHARLIE, 1), NOW)
    factories.watching(event, factories.guest(1))
    rows = list(Registration.objects.all())
    assert set(Registration.objects.live()) == {row for row in rows if row.is_live}
    assert set(Registration.objects.taking_part()) == {row for row in rows if row.has_an_entry}
    assert sorted(row.is_live for row in rows) == [False, True, True, True]


def waiting_for(event: Event, number: int, *people: Guest) -> list[Registration]:
    """A full workshop, and people in its line."""
    factories.fill(event, number)
    return [factories.registered(event, who, number, waiting=True) for who in people]


def make_optional(event: Event) -> None:
    slot = event.slots.get(kind="workshops")
    slot.optional = True
    slot.save()


def test_nobody_waits_for_what_has_become_optional(event: Event) -> None:
    waiting_for(event, 2, BOB, CHARLIE)
    make_optional(event)
    while booking.move_up(NOW):
        pass
    assert states(event)[1:] == [("Bob", "confirmed", None, 2), ("Charlie", "confirmed", None, 2)]
    assert [kinds("Bob"), kinds("Charlie")] == [["waiting", "confirmed"]] * 2
    assert not booking.move_up(NOW)
    assert kinds("Bob") == ["waiting", "confirmed"]


def test_a_portion_of_those_whom_nothing_keeps_out_any_more(event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("registration.booking.verbs.PORTION", 2)
    waiting_for(event, 2, *(factories.guest(number) for number in range(3)))
    make_optional(event)
    assert [booking.restate(event, NOW) for _pass in range(3)] == [True, False, False]
    assert {state for _name, state, _held, _queue in states(event)} == {"confirmed"}


def test_a_round_that_is_still_mandatory_keeps_its_line_waiting(event: Event) -> None:
    factories.another_round(event, 2).workshops.create(number=8, title="Noch einer", capacity=1)
    waiting_for(event, 2)
    picks = tuple(Pick(event.workshops.get(number=number), waiting=True) for number in (2, 8))
    booking.register(event, BOB, Choice(picks), NOW, agreed=AGREED)
    event.slots.filter(workshops__number=2).update(optional=True)
    assert not booking.move_up(NOW)
    assert kinds("Bob") == ["waiting"]
    event.slots.filter(workshops__number=8).update(optional=True)
    booking.move_up(NOW)
    assert kinds("Bob") == ["waiting", "confirmed"]


def test_nobody_is_told_of_a_draft(event: Event) -> None:
    waiting_for(event, 2, BOB)
    make_optional(event)
    Event.objects.update(status="draft")
    booking.move_up(NOW)
    assert kinds("Bob") == ["waiting"]


def test_giving_up_the_evening_is_a_change(event: Event) -> None:
    dinner, workshop = factories.an_evening(event), event.workshops.get(number=2)
    for picks in [(Pick(workshop), Pick(dinner)), (Pick(workshop), Pick(dinner)), (Pick(workshop),)]:
        booking.register(event, BOB, Choice(picks), NOW, agreed=AGREED)
    assert kinds("Bob") == ["confirmed", "confirmed", "link"]


def test_giving_up_a_line_is_a_change(event: Event) -> None:
    bob = factories.registered(event, BOB, 1)
    factories.fill(event, 2)
    first, second = event.workshops.get(number=1), event.workshops.get(number=2)
    booking.change(bob, BOB, Choice.of(second, waiting=True), NOW)
    for choice in (Choice.of(second, waiting=True), Choice.of(first)):
        booking.register(event, BOB, choice, NOW, agreed=AGREED)
    assert kinds("Bob") == ["confirmed", "changed", "confirmed", "link"]


def test_waiting_while_following_the_livestream_is_what_is_wanted(event: Event) -> None:
    factories.fill(event, 2)
    bob, line = factories.watching(event), Choice.of(event.workshops.get(number=2), waiting=True)
    booking.change(bob, BOB, line, NOW, agreed=AGREED)
    for choice in (line, Choice(livestream=True)):
        booking.register(event, BOB, choice, NOW, agreed=AGREED)
    assert kinds("Bob") == ["confirmed", "changed", "confirmed", "link"]

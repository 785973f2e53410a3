"""Who moves up: the plan against one that is slow and obvious, and what holds of every plan."""

from collections import Counter
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from registration.booking import EVENT
from registration.booking.queue import Move, Waiting, plan

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)
ROUNDS = {10: (1, 2, 3), 20: (4, 5), 30: (6,)}
ROUND_OF = {workshop: key for key, offered in ROUNDS.items() for workshop in offered}
Free = Mapping[int, int | None]

since = st.integers(-5, 0).map(lambda minutes: NOW + timedelta(minutes=minutes))  # many come at the same moment


@st.composite
def crowds(draw: st.DrawFn) -> list[Waiting]:
    """Up to ten guests as they may stand in the lines; who has no seat of the event holds none in a workshop."""
    found = []
    for guest in draw(st.permutations(range(1, draw(st.integers(1, 10)) + 1))):
        one = Waiting(guest, draw(st.none() | since), draw(st.booleans()))
        for key, offered in ROUNDS.items():
            if one.queued_at is None and not one.livestream and draw(st.booleans()):
                one.held[key] = draw(st.sampled_from(offered))
            if (wanted := draw(st.sampled_from([0, *offered]))) and wanted != one.held.get(key):
                one.queued[key] = (draw(since), wanted)
        found.append(one)
    return found


free = st.fixed_dictionaries({seat: st.sampled_from([0, 0, 1, 2, None]) for seat in (EVENT, *ROUND_OF)})


class Room:
    """The seats and everybody who waits for them, moved by hand, one guest after the other."""

    def __init__(self, free: Free, crowd: list[Waiting]) -> None:
        self.left = dict(free)
        self.people = {one.guest: deepcopy(one) for one in crowd}
        self.moves: list[Move] = []
        wishes = [at for one in crowd if one.queued_at is None for at, _wish in one.queued.values()]
        self.latest = max([NOW - MOMENT, *wishes])

    def line(self, seat: int) -> list[int]:
        """Who waits for the seat, the longest wait first; nobody counts in a workshop who waits for the event."""
        if seat == EVENT:
            waiting = [(one.queued_at, one.guest) for one in self.people.values() if one.queued_at]
        else:
            waiting = [
                (one.queued[ROUND_OF[seat]][0], one.guest)
                for one in self.people.values()
                if one.queued_at is None and one.queued.get(ROUND_OF[seat], (NOW, 0))[1] == seat
            ]
        return [guest for _since, guest in sorted(waiting)]

    def candidates(self) -> list[tuple[datetime, int, int]]:
        """Who would take a seat of the event, the longest wait first: those in its line, and guests of the livestream
        with a seat in a workshop."""
        line = [(one.queued_at, one.guest, EVENT) for one in self.people.values() if one.queued_at]
        watching = [one for one in self.people.values() if one.livestream and not one.queued_at]
        return sorted(line + [(at, one.guest, wish) for one in watching for at, wish in one.queued.values()])

    def is_next(self, guest: int, seat: int) -> bool:
        """Whether this guest of the livestream is the first in line for a workshop."""
        return self.people[guest].livestream and self.line(seat)[:1] == [guest]

    def may(self, guest: int, seat: int) -> bool:
        """Whether this guest, who is next for the seat, can take it. Who leaves the livestream for the place needs a
        seat of the event, and leaves it only for a workshop that has one to spare if there are wishes."""
        one = self.people[guest]
        if self.left[seat] == 0:
            return False
        if not one.livestream:
            return True
        if seat != EVENT:
            return self.left[EVENT] != 0
        spare = [self.left[wish] is None or self.left[wish] > len(self.line(wish)) for _at, wish in one.queued.values()]  # type: ignore[operator]
        return not spare or any(spare)

    def give(self, guest: int, seat: int) -> None:
        one, taken = self.people[guest], {seat}
        entered_at = None
        if one.livestream:
            taken.add(EVENT)
        one.livestream = False
        if seat == EVENT:
            one.queued_at = None
            entered_at = self.latest = self.latest + MOMENT
            one.queued = {key: (entered_at, wish) for key, (_at, wish) in one.queued.items()}
        else:
            key = ROUND_OF[seat]
            del one.queued[key]
            self.count(one.held.get(key), 1)
            one.held[key] = seat
        for each in taken:
            self.count(each, -1)
        self.moves.append(Move(guest, seat, entered_at))

    def count(self, seat: int | None, more: int) -> None:
        if seat is not None and (left := self.left[seat]) is not None:
            self.left[seat] = left + more


def obvious(free: Free, crowd: list[Waiting]) -> list[Move]:
    """The event's seats, then each workshop's; again until nobody moves."""
    room, before = Room(free, crowd), -1
    while len(room.moves) > before:
        before = len(room.moves)
        for _since, guest, seat in room.candidates():
            if room.may(guest, seat) and (seat == EVENT or room.is_next(guest, seat)):
                room.give(guest, seat)
        for seat in sorted(ROUND_OF):
            for guest in room.line(seat):
                if room.may(guest, seat):
                    room.give(guest, seat)
    return room.moves


@settings(max_examples=1500, deadline=None)
@given(free=free, crowd=crowds())
def test_the_plan_is_the_obvious_one(free: Free, crowd: list[Waiting]) -> None:
    assert plan(free, deepcopy(crowd), NOW) == obvious(free, crowd)


@settings(max_examples=1500, deadline=None)
@given(free=free, crowd=crowds())
def test_nobody_is_overtaken_and_no_seat_given_twice(free: Free, crowd: list[Waiting]) -> None:
    room = Room(free, crowd)
    for move in plan(free, deepcopy(crowd), NOW):
        line = room.line(move.seat)
        assert move.guest in line, "a seat that nobody asked for"
        ahead = line[: line.index(move.guest)]
        assert [guest for guest in ahead if room.may(guest, move.seat)] == []
        assert room.may(move.guest, move.seat)
        if move.seat == EVENT:
            guests = [guest for _since, guest, _seat in room.candidates()]
            before = room.candidates()[: guests.index(move.guest)]
            assert [one for one in before if room.may(*one[1:]) and (one[2] == EVENT or room.is_next(*one[1:]))] == []
        room.give(move.guest, move.seat)
        assert min(left for left in (*room.left.values(), 0) if left is not None) == 0


@settings(max_examples=1500, deadline=None)
@given(free=free, crowd=crowds())
def test_in_the_end_nobody_waits_for_what_is_free(free: Free, crowd: list[Waiting]) -> None:
    room = Room(free, crowd)
    for move in plan(free, deepcopy(crowd), NOW):
        room.give(move.guest, move.seat)
    assert [(guest, seat) for seat in room.left for guest in room.line(seat) if room.may(guest, seat)] == []


@settings(max_examples=300, deadline=None)
@given(free=free, crowd=crowds())
def test_nobody_gets_the_same_seat_twice_so_it_ends(free: Free, crowd: list[Waiting]) -> None:
    moves = Counter(plan(free, deepcopy(crowd), NOW))
    assert max(moves.values(), default=1) == 1


@settings(max_examples=300, deadline=None)
@given(free=free, crowd=crowds())
def test_the_order_of_the_rows_says_nothing(free: Free, crowd: list[Waiting]) -> None:
    assert plan(free, deepcopy(crowd), NOW) == plan(free, deepcopy(crowd[::-1]), NOW)

import gzip
import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations, pairwise
from typing import Any
from uuid import UUID, uuid5
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from events import colours, emblem, eventfile, pictures
from events.emblem import SIZE, WIDE, Moment, Shape
from events.models import Event, Slot, slots_with_tracks
from events.programme import moments_of
from tests import factories

HOUSE = (colours.BRAND, colours.ACCENT)
BERLIN = ZoneInfo("Europe/Berlin")
FIRST = UUID("6f1c2a52-5a0e-4f5e-9d3c-0d7f7f9c2f11")
SIBLINGS = [uuid5(FIRST, str(number)) for number in range(10)]
TONES = {"emblem", "mid", "soft", "accent"}


def at(clock: str, day: int = 28) -> datetime:
    hour, minute = clock.split(":")
    return datetime(2027, 1, day, int(hour), int(minute), tzinfo=BERLIN)


def moment(starts: str, ends: str, kind: str, tracks: int = 1) -> Moment:
    return Moment(at(starts), at(ends), kind, tracks)


# The real event.
DAY = [
    moment("8:30", "9:00", "arrival"),
    moment("9:00", "9:15", "greeting"),
    moment("9:15", "10:15", "talk"),
    moment("10:15", "10:30", "break"),
    moment("10:30", "11:30", "panel"),
    moment("11:30", "12:30", "talk"),
    moment("12:30", "13:15", "break"),
    moment("13:15", "15:00", "workshops", 3),
    moment("15:00", "15:15", "break"),
    moment("15:15", "16:00", "closing"),
]


@st.composite
def programmes(draw: st.DrawFn) -> list[Moment]:
    """Days in a row, also the ones on which clocks are changed, with gaps, without, and with slots that overlap."""
    kinds = draw(st.sampled_from([Slot.Kind.values, ["workshops"], ["talk"], ["panel"], ["talk", "workshops"]]))
    count = draw(st.sampled_from([0, 1, 2, 3, 5, 8, 12, 20, 30, 60, 90]))
    days = draw(st.integers(1, 3))
    found = []
    for day in range(days):
        now = datetime(2027, 3, 27 + day, 0, 30, tzinfo=BERLIN)
        for _slot in range(count // days or (day == 0 and count)):
            length, gap = draw(st.integers(0, 150)), draw(st.sampled_from([0, 0, 0, 15, -5, -60]))
            found.append(
                Moment(now, now + timedelta(minutes=length), draw(st.sampled_from(kinds)), draw(st.integers(0, 12)))
            )
            now = min(now + timedelta(minutes=length + gap), now.replace(hour=23, minute=50))
    return found


def standing(shapes: list[Shape]) -> list[Shape]:
    return [shape for shape in shapes if shape.rounded]


@settings(max_examples=300, deadline=None)
@given(st.uuids(), programmes(), st.sampled_from([SIZE, WIDE, pictures.EMBLEM_WIDTH]))
def test_any_programme(uid: UUID, moments: list[Moment], width: int) -> None:
    shapes = emblem.figure(uid, moments, width)
    assert shapes == emblem.figure(uid, moments, width)
    for shape in shapes:
        assert all(map(math.isfinite, shape[1:5]))
        assert shape.tone in TONES
        assert shape.width >= 0
        assert shape.height >= 0
        assert shape.x >= 0
        assert shape.x + shape.width <= width + 0.001
        assert shape.foot - shape.height >= -0.001
        assert shape.foot <= SIZE
    grounds = [shape for shape in shapes if not shape.rounded]
    assert [ground.foot for ground in grounds][-1] == SIZE
    assert sum(ground.width * ground.height for ground in grounds) == width * SIZE
    drawn = emblem.svg(uid, moments, width)
    assert len(gzip.compress(drawn.encode())) <= 900
    assert ElementTree.fromstring(drawn).attrib == {  # noqa: S314 - our own
        "viewBox": f"0 0 {width} {SIZE}",
        "fill-rule": "evenodd",
        "aria-hidden": "true",
        "focusable": "false",
    }


ONE_SHAPE = ["arrival", "greeting", "break", "workshops", "closing"]


@settings(max_examples=100, deadline=None)
@given(st.uuids(), st.lists(st.sampled_from(ONE_SHAPE), min_size=2, max_size=60))
def test_every_slot_has_its_shape(uid: UUID, kinds: list[str]) -> None:
    start = at("0:00")
    moments = [
        Moment(start + timedelta(minutes=20 * number), start + timedelta(minutes=20 * number + 20), kind)
        for number, kind in enumerate(kinds)
    ]
    seen = standing(emblem.figure(uid, moments))
    assert len({(shape.x, shape.foot) for shape in seen}) == len(seen) == len(kinds)
    assert min(min(shape.width, shape.height) for shape in seen) > 0


def test_slots_stand_in_the_order_of_time() -> None:
    assert emblem.figure(FIRST, DAY[::-1]) == emblem.figure(FIRST, DAY)


def test_lengths_are_the_same_in_another_zone() -> None:
    assert emblem.svg(FIRST, [item._replace(ends_at=item.ends_at.astimezone(UTC)) for item in DAY]) == emblem.svg(
        FIRST, DAY
    )


def test_it_is_the_same_on_every_machine_and_day() -> None:
    """A figure that people know does not change with a release."""
    assert emblem.svg(FIRST, [moment("9:00", "9:15", "greeting"), moment("9:15", "10:00", "talk")]) == (
        '<svg viewBox="0 0 96 96" fill-rule="evenodd" aria-hidden="true" focusable="false">'
        '<path fill="var(--soft)" d="M0 96V0H96V96"/><path fill="var(--emblem)" d="M0 96V40.5a1 1 0 0 1 31 0V96"/>'
        '<path fill="var(--mid)" d="M31 96V0a65 65 0 0 1 65 65V96"/></svg>'
    )


def likeness(one: list[Shape], other: list[Shape]) -> float:
    """How much of their faces two figures share, of 1: the tones of 24 × 24 points."""
    return sum(a == b for a, b in zip(points(one), points(other), strict=True)) / 24**2


def points(shapes: list[Shape]) -> list[str]:
    picture = pictures._figure(shapes, SIZE, SIZE, colours.theme().light)
    return [str(picture.getpixel((2 + 4 * x, 2 + 4 * y))) for y in range(24) for x in range(24)]


def test_ten_events_of_one_timetable_can_be_told_apart() -> None:
    figures = [emblem.figure(uid, DAY) for uid in SIBLINGS]
    alike = {
        (first, second): round(share, 2)
        for (first, one), (second, other) in combinations(enumerate(figures), 2)
        if (share := likeness(one, other)) > 0.75
    }
    assert alike == {}


@pytest.mark.parametrize("moments", [[], DAY[2:3], DAY[1:3], DAY[1:5]])
def test_nor_is_a_small_one_another_s_twin(moments: list[Moment]) -> None:
    assert len({emblem.svg(uid, moments) for uid in SIBLINGS}) == len(SIBLINGS)


@pytest.mark.parametrize("number", range(len(DAY)))
@pytest.mark.parametrize("minutes", [-5, 5])
def test_a_slot_that_moves_five_minutes_keeps_the_face(number: int, minutes: int) -> None:
    move = timedelta(minutes=minutes)
    item = DAY[number]
    moved = [
        *DAY[:number],
        item._replace(starts_at=item.starts_at + move, ends_at=item.ends_at + move),
        *DAY[number + 1 :],
    ]
    for uid in SIBLINGS:
        before, after = emblem.figure(uid, DAY), emblem.figure(uid, moved)
        assert [(shape.tone, shape.rounded) for shape in after] == [(shape.tone, shape.rounded) for shape in before]
        assert likeness(before, after) > 0.85


@pytest.mark.parametrize("kind", Slot.Kind.values)
def test_one_slot_alone_is_a_figure(kind: str) -> None:
    for uid in SIBLINGS:
        ground, *gates = emblem.figure(uid, [moment("9:00", "10:00", kind, 3 if kind == "workshops" else 1)])
        assert (ground.width, ground.height) == (SIZE, SIZE)
        assert max(gate.width for gate in gates) <= SIZE * 3 / 4
        assert len(gates) >= (1 if kind == "break" else 2)


def test_without_a_programme_a_gate_waits() -> None:
    assert len(standing(emblem.figure(FIRST, []))) >= 2


def test_workshops_are_gates_within_a_gate() -> None:
    gates = standing(emblem.figure(FIRST, [moment("9:00", "12:00", "workshops", 4)]))
    assert len(gates) == 7  # four gates with what is seen between them
    assert all(
        outer.x < inner.x and inner.x + inner.width < outer.x + outer.width and inner.height < outer.height
        for outer, inner in pairwise(gates)
    )


def test_what_is_at_the_same_time_is_one_gate() -> None:
    parallel = [moment("9:00", "10:00", "talk"), moment("9:00", "10:00", "talk"), moment("9:05", "10:00", "talk")]
    assert emblem.figure(FIRST, parallel) == emblem.figure(FIRST, [moment("9:00", "10:00", "talk", 3)])


def test_what_overlaps_by_minutes_is_not() -> None:
    overlapping = [moment("9:00", "10:00", "talk"), moment("9:55", "11:00", "break")]
    assert Counter(shape.tone for shape in standing(emblem.figure(FIRST, overlapping)))["accent"] == 1


def test_no_storey_has_two_days() -> None:
    days = [Moment(at("9:00", day), at("10:00", day), "talk") for day in (26, 27, 28)]
    assert len([shape for shape in emblem.figure(FIRST, days) if not shape.rounded]) == 3


def test_lengths_are_those_that_pass_where_clocks_are_changed() -> None:
    spring = datetime(2027, 3, 28, 1, 30, tzinfo=BERLIN)
    assert emblem._minutes(Moment(spring, datetime(2027, 3, 28, 3, 30, tzinfo=BERLIN), "talk")) == 60


# On the page


def test_the_page_draws_what_the_database_has(event: Event, client: Client) -> None:
    workshops = {moment.kind: moment.tracks for moment in moments_of(event)}["workshops"]
    assert workshops == 3
    [found] = Event.objects.prefetch_related(slots_with_tracks())
    assert moments_of(found) == moments_of(event)
    html = client.get("/fachtag-demo/").content.decode()
    for width in (SIZE, WIDE):
        assert html.count(emblem.svg(event.uid, moments_of(event), width)) == 1


def test_a_picture_of_its_own_carries_the_hero_instead(event: Event, client: Client) -> None:
    Event.objects.update(image="pictures/0123456789abcdef-1680x840.webp", image_alt="Das Podium")
    html = client.get("/fachtag-demo/").content.decode()
    assert html.count('<figure class="face"><img ') == 1
    assert 'fill-rule="evenodd"' not in html


def test_cards_have_it(event: Event, client: Client) -> None:
    later = factories.an_open_event("spaeter", timezone.localdate() + timedelta(days=90))
    html = client.get("/").content.decode()
    assert html.count(emblem.svg(later.uid, moments_of(later))) == 1
    assert html.count(emblem.svg(event.uid, moments_of(event), WIDE)) == 1


def test_the_preview_has_it(event: Event) -> None:
    one, other = (emblem.figure(uid, DAY, pictures.EMBLEM_WIDTH) for uid in SIBLINGS[:2])
    assert pictures.preview(HOUSE, one, "Titel") != pictures.preview(HOUSE, other, "Titel")


@pytest.mark.parametrize("name", ["fachtag-2021", "fachtag-zwei-tage", "online-vortrag"])
def test_every_example(db: None, name: str) -> None:
    content: Any = (factories.EXAMPLE.parent / f"{name}.toml").read_bytes()
    event = eventfile.save(eventfile.parse(content))[0]
    assert len(gzip.compress(emblem.svg(event.uid, moments_of(event)).encode())) <= 700

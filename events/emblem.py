"""The emblem of an event: its programme as a house for a day.

Each slot is a gate, as wide as it is long; time runs from left to right and goes on in the next storey. What happens
on the stage wears the colour of the house, what belongs to the guests wears the accent:

    arrival    a shoulder that rises           workshops  gates within a gate, one for each of them
    greeting   a low gate                      break      a ball: it lies, it is up, or it rises
    talk       a gate: whole, ajar, leaning    panel      two halves, the stage and the hall
    closing    a shoulder that falls

What goes on at the same time is gates within a gate, too. Kinds, order and lengths make the figure; the event's UID
chooses what they leave open: how many storeys, how high, of which ground, which gates are tall, ajar or leaning. No
choice depends on a time, so a slot that moves by some minutes moves its gate, and nothing else.

`figure` gives the shapes, for whatever draws them; `svg` writes them for a page, whose stylesheet has the colours.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby, pairwise, permutations
from math import ceil
from typing import NamedTuple
from uuid import UUID

SIZE = 96
WIDE = 144

# What is painted on which ground: the stage, what stands beside it, the guests.
_TONES = {
    "soft": ("emblem", "mid", "accent"),
    "emblem": ("soft", "mid", "accent"),
    "mid": ("emblem", "soft", "accent"),
    "accent": ("emblem", "mid", "soft"),
}
_HEIGHTS = {"arrival": 0.62, "greeting": 0.74, "closing": 0.75}  # of the storey
_SHORTEST, _LONGEST, _POST = 15, 150, 12  # minutes; the last are added, so that a greeting is seen beside a workshop
# What keeps the SVG below 900 bytes, compressed: gates of three days (of more slots or days, neighbours share one),
# shapes as long as some gates have more than one, and gates within a gate.
_MOST_GATES, _MOST_SHAPES, _MOST_WITHIN = 60, 44, 6


class Moment(NamedTuple):
    """What the emblem knows of a slot. Its day is the one that `starts_at` has in its own zone."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    tracks: int = 1  # workshops, or what else goes on at the same time


_WAITING = Moment(datetime(2000, 1, 1, 9, tzinfo=UTC), datetime(2000, 1, 1, 10, tzinfo=UTC), "talk")


class Shape(NamedTuple):
    """What stands on `foot`, counted from above. Of two in one tone, one in the other, the inner one is a hole."""

    tone: str
    x: float
    foot: float
    width: float
    height: float
    rounded: str  # the upper corners: "lr", "l", "r", "" (a block, the ground of a storey), or "o" (a ball)


class _Gate(NamedTuple):
    kind: str
    tracks: int
    weight: float
    is_plain: bool  # one shape is all that there is room for
    name: str  # what the UID's choices about it go by


def svg(uid: UUID, moments: Iterable[Moment], width: int = SIZE) -> str:
    """The figure, `width` by 96 units, for people who see; in the colours --emblem, --mid, --soft and --accent.

    The ground of the first storey lies under all, so that no line of the page shines through between two of them.
    """
    shapes = figure(uid, moments, width)
    under = False, shapes[0].tone
    paths = {under: f"M0 {SIZE}V0H{width}V{SIZE}"}
    for shape in shapes:
        layer = shape.rounded != "", shape.tone
        if layer != under:
            paths[layer] = paths.get(layer, "") + _outline(shape)
    painted = "".join(f'<path fill="var(--{tone})" d="{path}"/>' for (_is_gate, tone), path in paths.items())
    return f'<svg viewBox="0 0 {width} {SIZE}" fill-rule="evenodd" aria-hidden="true" focusable="false">{painted}</svg>'


def figure(uid: UUID, moments: Iterable[Moment], width: int = SIZE) -> list[Shape]:
    """All shapes: first the grounds, which fill the whole, then what stands on them."""
    storeys = _storeys(uid, _gates(moments))
    shares = [
        3 + max(6 - len(storey), 0) + _choice(uid, f"height of storey {number}", 7)
        for number, storey in enumerate(storeys)
    ]
    floors = [round(SIZE * sum(shares[:number]) / sum(shares)) for number in range(len(storeys) + 1)]
    grounds = _grounds(uid, len(storeys))
    blocks = [
        Shape(ground, 0, foot, width, foot - top, "")
        for ground, (top, foot) in zip(grounds, pairwise(floors), strict=True)
    ]
    standing = [
        shape
        for storey, block in zip(storeys, blocks, strict=True)
        for shape in _standing(uid, storey, block, alone=storeys == [storey[:1]])
    ]
    return blocks + standing


def _choice(uid: UUID, about: str, of: int) -> int:
    """One of so many, the same for an event always and everywhere."""
    return int.from_bytes(sha256(uid.bytes + about.encode()).digest()[:4], "big") % of


def _gates(moments: Iterable[Moment]) -> list[list[_Gate]]:
    """The gates of each day. Before there is a programme, there is one that waits."""
    merged = _merged(moments) or [_WAITING]
    days_more = len({moment.starts_at.date() for moment in merged}) - 3
    together = ceil((len(merged) + max(days_more, 0)) / _MOST_GATES)
    merged = [_one(merged[first : first + together]) for first in range(0, len(merged), together)]
    within = next((most for most in range(_MOST_WITHIN, 1, -1) if _wanted(merged, most) <= _MOST_SHAPES), 1)
    seen: Counter[str] = Counter()
    days = groupby(merged, lambda moment: moment.starts_at.date())
    return [[_gate(moment, within, seen) for moment in of_the_day] for _day, of_the_day in days]


def _gate(moment: Moment, within: int, seen: Counter[str]) -> _Gate:
    seen[moment.kind] += 1
    weight = min(max(_minutes(moment), _SHORTEST), _LONGEST) + _POST
    name = f"{moment.kind} {seen[moment.kind]}"
    return _Gate(moment.kind, min(moment.tracks, within), weight, within == 1, name)


def _wanted(moments: Iterable[Moment], within: int) -> int:
    """About how many shapes they take, if so many gates at most stand within one."""
    return sum(
        2 * min(moment.tracks, within) - 1 if moment.tracks > 1 else 2 if moment.kind in {"panel", "talk"} else 1
        for moment in moments
    )


def _merged(moments: Iterable[Moment]) -> list[Moment]:
    """The moments by time; those that share most of it are one with more tracks."""
    found: list[Moment] = []
    for moment in sorted(moments, key=lambda moment: (moment.starts_at.timestamp(), moment.ends_at.timestamp())):
        if found and _is_parallel(found[-1], moment):
            found[-1] = _one([found[-1], moment])
        else:
            found.append(moment._replace(tracks=max(moment.tracks, 1)))
    return found


def _is_parallel(before: Moment, moment: Moment) -> bool:
    """Whether more than half of the shorter one goes on during the other; a plan that overlaps by minutes is none."""
    shared = min(before.ends_at.timestamp(), moment.ends_at.timestamp()) - moment.starts_at.timestamp()
    return shared / 60 > min(_minutes(before), _minutes(moment)) / 2


def _one(moments: Sequence[Moment]) -> Moment:
    """What several moments are together; it ends with the shortest, as the next one may begin then."""
    kind = "workshops" if any(moment.kind == "workshops" for moment in moments) else moments[0].kind
    return Moment(
        moments[0].starts_at,
        min((moment.ends_at for moment in moments), key=datetime.timestamp),
        kind,
        sum(max(moment.tracks, 1) for moment in moments),
    )


def _minutes(moment: Moment) -> float:
    return (moment.ends_at.timestamp() - moment.starts_at.timestamp()) / 60  # clocks may be changed in between


def _storeys(uid: UUID, days: list[list[_Gate]]) -> list[list[_Gate]]:
    """Some gates in each storey, no day sharing one with another. How many depends on no length, so that no gate
    moves house when a slot moves a little."""
    is_long = sum(map(len, days)) > 24
    found = []
    for number, gates in enumerate(days):
        fewest = ceil(len(gates) / 7)
        spare = 0 if is_long else min(ceil(len(gates) / 3) - fewest, 1)
        count = fewest + _choice(uid, f"storeys of day {number}", spare + 1)
        inner = [
            len(gates) * cut // count + _choice(uid, f"cut {cut} of day {number}", 2 if len(gates) > count else 1)
            for cut in range(1, count)
        ]
        found += [gates[first:last] for first, last in pairwise([0, *inner, len(gates)]) if first < last]
    return found


def _grounds(uid: UUID, count: int) -> list[str]:
    """What each storey stands on: two in turn, such as open and walled, and perhaps one of the guests' colour."""
    pairs = list(permutations(("soft", "emblem", "mid"), 2))
    pair = pairs[_choice(uid, "grounds", len(pairs))]
    grounds = [pair[number % 2] for number in range(count)]
    if _choice(uid, "a storey in the accent", 4) == 0:
        grounds[_choice(uid, "the storey in the accent", count)] = "accent"
    return grounds


def _standing(uid: UUID, storey: list[_Gate], ground: Shape, alone: bool) -> list[Shape]:
    """The shapes of one storey."""
    total, done, last = sum(gate.weight for gate in storey), 0.0, ""
    found: list[Shape] = []
    for gate in storey:
        x, done = round(ground.width * done / total), done + gate.weight
        bay = Shape(ground.tone, x, ground.foot, round(ground.width * done / total) - x, ground.height, "")
        found += _alone(uid, gate, bay) if alone else _shapes(uid, gate, bay, last)
        last = found[-1].tone
    return found


def _alone(uid: UUID, gate: _Gate, bay: Shape) -> list[Shape]:
    """A single gate has room around it, and its door stands open."""
    margin = round(bay.width / (5 + _choice(uid, "room around the gate", 4)))
    x = bay.x + margin * _choice(uid, "place of the gate", 3)
    room = bay._replace(x=x, width=bay.width - 2 * margin)
    shapes = _shapes(uid, gate, room, "")
    if len(shapes) > 1 or gate.kind == "break":
        return shapes
    [whole] = shapes
    jamb = round(2 * whole.width / (6 + _choice(uid, "jamb", 3)))
    door = Shape(_TONES[bay.tone][2], whole.x + jamb, bay.foot, whole.width - 2 * jamb, whole.height - jamb, "lr")
    return [whole, door]


def _shapes(uid: UUID, gate: _Gate, bay: Shape, last: str) -> list[Shape]:
    """What stands in a bay. `last` is the tone of its neighbour: two of the same would melt into one."""
    stage, beside, guests = _TONES[bay.tone]
    tone = beside if gate.kind in {"arrival", "closing"} else stage
    if tone == last:
        tone = beside if tone == stage else stage
    look = _choice(uid, gate.name, 12)
    height = round(bay.height * _HEIGHTS.get(gate.kind, (1, 1, 0.8)[look % 3]))
    whole = bay._replace(tone=tone, height=height, rounded="lr")
    match gate.kind:
        case "break":
            return [_ball(bay._replace(tone=guests), 0 if last == guests else look)]
        case "workshops":
            slit = int(last == guests)
            room = whole._replace(tone=guests, x=bay.x + slit, width=bay.width - slit, height=bay.height)
            return _nested(room, gate.tracks)
        case _ if gate.tracks > 1:
            return _nested(whole, gate.tracks)
        case "panel" if not gate.is_plain:
            return _halved(whole, guests, look)
        case "talk" if look >= 9 and not gate.is_plain:
            return _nested(whole, 2)
        case "talk":
            return [whole._replace(rounded=("lr", "l", "r")[look // 3 % 3])]
    return [whole._replace(rounded={"arrival": "l", "closing": "r"}.get(gate.kind, "lr"))]


def _halved(gate: Shape, guests: str, look: int) -> list[Shape]:
    """A panel: the stage and the hall, which belong together or turn away from each other."""
    half = gate._replace(width=gate.width / 2)
    left, right = "lr" if look % 2 else "rl"
    return [half._replace(rounded=left), half._replace(x=gate.x + half.width, tone=guests, rounded=right)]


def _ball(bay: Shape, look: int) -> Shape:
    """A break: a ball that lies or is up, or one that rises and is seen in half."""
    across = min(bay.width, bay.height)
    x = bay.x + (bay.width - across) / 2
    if look % 3 == 2:
        return bay._replace(x=x, width=across, height=across / 2, rounded="lr")
    return bay._replace(
        x=x, foot=bay.foot - (bay.height - across) * (look % 3), width=across, height=across, rounded="o"
    )


def _nested(gate: Shape, count: int) -> list[Shape]:
    """Gates within a gate, as many as can be seen."""
    rings = 2 * min(count, max(1, round(gate.width / 6))) - 1
    aside, down = _halves(gate.width / rings / 2), _halves(min(gate.width / 2, gate.height) / rings)
    aside = min(aside, down) if gate.height < gate.width / 2 else aside
    return [
        gate._replace(x=gate.x + aside * ring, width=gate.width - 2 * aside * ring, height=gate.height - down * ring)
        for ring in range(rings)
    ]


def _outline(shape: Shape) -> str:
    """One path; corners are parts of circles, however flat the shape."""
    _tone, x, foot, width, height, rounded = shape
    radius, top = corner(shape), foot - height
    arc, half_circle = f"a{_n(radius)} {_n(radius)} 0 0 1 ", "a1 1 0 0 1 "  # grows until it spans its ends
    if rounded == "o":
        return f"M{_n(x)} {_n(foot - radius)}{half_circle}{_n(width)} 0{half_circle}{_n(-width)} 0"
    if rounded == "lr" and radius == width / 2:
        return f"M{_n(x)} {_n(foot)}V{_n(top + radius)}{half_circle}{_n(width)} 0V{_n(foot)}"
    path = f"M{_n(x)} {_n(foot)}V{_n(top)}"
    if "l" in rounded:
        path = f"M{_n(x)} {_n(foot)}V{_n(top + radius)}{arc}{_n(radius)} {_n(-radius)}"
    if "r" not in rounded:
        return f"{path}H{_n(x + width)}V{_n(foot)}"
    across = "" if radius == width else f"H{_n(x + width - radius)}"
    return f"{path}{across}{arc}{_n(radius)} {_n(radius)}V{_n(foot)}"


def corner(shape: Shape) -> float:
    """The radius of its round corners."""
    return min(shape.width / (2 if shape.rounded in {"lr", "o"} else 1), shape.height)


def _halves(number: float) -> float:
    """Down to the half unit: even rings, and few digits to send."""
    return int(number * 2) / 2


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")

"""The small maps of a report as SVG shapes: the delivery, the city, a graticule, and where the problems are."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from layers.checks import Severity
from layers.checks.findings import Place
from layers.extent import BoundingBox
from layers.rehearsal import Rehearsal, Sketch
from layers.rehearsal.sketch import STRAY
from scripts.reports.outline import ISLANDS, TAIWAN, VIEW
from scripts.reports.view import Concern, View

WIDTH = 720
_LOWEST, _TALLEST = 340, 520
_MARGIN = 0.06
_NARROWEST = 0.004
"""Degrees: a single point is shown with some of its neighbourhood."""
_WIDE = 2.5
"""Degrees from which on Taiwan's outline helps to see where one is."""
_STEPS = tuple(mantissa * 10.0**power for power in range(-4, 3) for mantissa in (1, 2, 5))
_BADGES = {Severity.ERROR: 24, Severity.WARNING: 12, Severity.INFO: 3}
_APART = 19.0
_OFFSETS = ((9, -9), (-9, -9), (9, 9), (-9, 9))


@dataclass(frozen=True, slots=True)
class Frame:
    """The ground a map shows and how it lies on the paper."""

    ground: BoundingBox
    width: float
    height: float

    def at(self, place: Place) -> tuple[float, float]:
        """Return where a place lies on the paper (equirectangular, true to scale at the middle)."""
        x = (place[0] - self.ground.west) / self.ground.width * self.width
        y = (self.ground.north - place[1]) / self.ground.height * self.height
        return round(x, 1), round(y, 1)

    def shows(self, place: Place) -> bool:
        """Tell whether a place lies on the paper."""
        ground = self.ground
        return ground.west <= place[0] <= ground.east and ground.south <= place[1] <= ground.north


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box on the paper."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Gridline:
    """A meridian (at ``x``) or a parallel (at ``y``) with its label."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Marks:
    """All marks of one finding and the places of its number."""

    number: int
    severity: str
    path: str
    badges: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One map, ready to be written."""

    width: float
    height: float
    land: str
    areas: str
    lines: str
    points: str
    city: Rectangle | None
    meridians: tuple[Gridline, ...]
    parallels: tuple[Gridline, ...]
    marks: tuple[Marks, ...]
    elsewhere: int
    """Places of problems that lie outside of the paper."""


@dataclass(frozen=True, slots=True)
class Locator:
    """Taiwan with the delivery's and the city's boxes."""

    width: float
    height: float
    land: str
    islands: tuple[tuple[float, float], ...]
    city: Rectangle
    extent: Rectangle


def chart(view: View) -> Chart | None:
    """Draw the map of a rehearsal; None where nothing has a place."""
    sketch, city = view.rehearsal.sketch, view.rehearsal.city
    concerns = [concern for concern in view.concerns if _tells_a_place(concern, view.rehearsal)]
    places = [place for concern in concerns for place in concern.places]
    ground = _ground(sketch, places, view.rehearsal)
    if ground is None:
        return None
    frame = _frame(ground)
    meridians, parallels = _graticule(frame)
    return Chart(
        width=frame.width,
        height=frame.height,
        land=_closed(frame, [TAIWAN]) if frame.ground.width > _WIDE else "",
        areas=_closed(frame, sketch.areas),
        lines=_open(frame, sketch.lines),
        points="".join(f"M{x} {y}h0" for x, y in map(frame.at, filter(frame.shows, sketch.points))),
        city=_rectangle(frame, city) if city.intersects(frame.ground) and city.union(frame.ground) != city else None,
        meridians=meridians,
        parallels=parallels,
        marks=_marks(frame, concerns),
        elsewhere=sum(
            not frame.shows(place)
            for concern in concerns
            if concern.severity is not Severity.INFO
            for place in concern.places
        ),
    )


def locator(rehearsal: Rehearsal) -> Locator | None:
    """Draw where in Taiwan the delivery lies; None where it does not, or goes beyond it on all sides."""
    extent = rehearsal.extent
    if extent is None or not extent.intersects(VIEW) or extent.union(VIEW) == extent:
        return None
    width = 132.0
    frame = Frame(VIEW, width, round(width * VIEW.height / VIEW.width / math.cos(math.radians(VIEW.centre[1])), 1))
    shown = BoundingBox(
        max(extent.west, VIEW.west),
        max(extent.south, VIEW.south),
        min(extent.east, VIEW.east),
        min(extent.north, VIEW.north),
    )
    islands = tuple(frame.at(island) for island in ISLANDS)
    city = _rectangle(frame, rehearsal.city)
    return Locator(
        frame.width, frame.height, _closed(frame, [TAIWAN]), islands, city, _visible(_rectangle(frame, shown))
    )


def _tells_a_place(concern: Concern, rehearsal: Rehearsal) -> bool:
    """Tell whether a finding's marks say more than that all features have it."""
    return concern.severity is not Severity.INFO or concern.count * 2 < rehearsal.rows


def _visible(box: Rectangle, least: float = 5.0) -> Rectangle:
    grow_x, grow_y = max(least - box.width, 0) / 2, max(least - box.height, 0) / 2
    return Rectangle(box.x - grow_x, box.y - grow_y, box.width + 2 * grow_x, box.height + 2 * grow_y)


def _ground(sketch: Sketch, places: Sequence[Place], rehearsal: Rehearsal) -> BoundingBox | None:
    features = [place for line in (*sketch.areas, *sketch.lines, sketch.points) for place in line]
    seen = features or list(places)
    if not seen:
        return None if rehearsal.extent is None else rehearsal.extent
    coordinates = np.array(seen)
    low, high = coordinates.min(axis=0), coordinates.max(axis=0)
    most_low, most_high = np.percentile(coordinates, 5, axis=0), np.percentile(coordinates, 95, axis=0)
    most = float((most_high - most_low).max())
    if most > 0 and float((high - low).max()) > STRAY * most:
        low, high = most_low - most * 0.15, most_high + most * 0.15
    return BoundingBox(*low.tolist(), *high.tolist())


def _frame(ground: BoundingBox) -> Frame:
    """Return the paper for a ground, which grows until it has a shape that fits a page."""
    west, south, east, north = ground.buffered(max(ground.width, ground.height, _NARROWEST) * _MARGIN)
    squeeze = math.cos(math.radians(min(max((south + north) / 2, -80), 80)))
    wide, high = max((east - west) * squeeze, _NARROWEST), max(north - south, _NARROWEST)
    height = min(max(WIDTH * high / wide, _LOWEST), _TALLEST)
    scale = max(wide / WIDTH, high / height)
    middle = ((west + east) / 2, (south + north) / 2)
    half_width, half_height = WIDTH * scale / squeeze / 2, height * scale / 2
    box = BoundingBox(middle[0] - half_width, middle[1] - half_height, middle[0] + half_width, middle[1] + half_height)
    return Frame(box, WIDTH, round(height, 1))


def _rectangle(frame: Frame, box: BoundingBox) -> Rectangle:
    west, north = frame.at((box.west, box.north))
    east, south = frame.at((box.east, box.south))
    return Rectangle(west, north, round(east - west, 1), round(south - north, 1))


def _closed(frame: Frame, rings: Iterable[Sequence[Place]]) -> str:
    return "".join(f"{_path(frame, ring)}z" for ring in rings if len(ring) > 1)


def _open(frame: Frame, lines: Iterable[Sequence[Place]]) -> str:
    return "".join(_path(frame, line) for line in lines if len(line) > 1)


def _path(frame: Frame, line: Sequence[Place]) -> str:
    points = [frame.at(place) for place in line]
    kept = [points[0], *(after for before, after in pairwise(points) if after != before)]
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept)


def _graticule(frame: Frame) -> tuple[tuple[Gridline, ...], tuple[Gridline, ...]]:
    ground = frame.ground
    step = next((step for step in _STEPS if ground.width / step <= 6), _STEPS[-1])
    meridians = _multiples(max(ground.west, -180.0), min(ground.east, 180.0), step)
    parallels = _multiples(max(ground.south, -90.0), min(ground.north, 90.0), step)
    return (
        tuple(Gridline(frame.at((value, 0))[0], _degree(value, step, "EW")) for value in meridians),
        tuple(Gridline(frame.at((0, value))[1], _degree(value, step, "NS")) for value in parallels),
    )


def _multiples(low: float, high: float, step: float) -> list[float]:
    return [number * step for number in range(math.ceil(low / step), math.floor(high / step) + 1)]


def _degree(value: float, step: float, sides: str) -> str:
    digits = max(0, -math.floor(math.log10(step)))
    return f"{abs(value):.{digits}f}°{sides[0] if value >= 0 else sides[1]}"


def _marks(frame: Frame, concerns: Sequence[Concern]) -> tuple[Marks, ...]:
    """Return the marks with the gravest last, so that they lie on top; each keeps room for its number."""
    taken: list[tuple[float, float]] = []
    marks = []
    for concern in concerns:
        spots = [frame.at(place) for place in concern.places if frame.shows(place)]
        if spots:
            path = "".join(_SHAPES[concern.severity](x, y) for x, y in spots)
            badges = _badges(spots, taken, _BADGES[concern.severity])
            marks.append(Marks(concern.number, concern.severity.value, path, badges))
    return tuple(reversed(marks))


def _badges(
    spots: Sequence[tuple[float, float]], taken: list[tuple[float, float]], most: int
) -> tuple[tuple[float, float], ...]:
    badges: list[tuple[float, float]] = []
    cells: set[tuple[int, int]] = set()
    for x, y in spots:
        cell = int(x // 90), int(y // 90)
        if cell in cells or len(badges) >= most:
            continue
        free = [(x + dx, y + dy) for dx, dy in _OFFSETS if _is_free((x + dx, y + dy), taken)]
        if free or not badges:
            chosen = free[0] if free else (x + _OFFSETS[0][0], y + _OFFSETS[0][1])
            cells.add(cell)
            taken.append(chosen)
            badges.append((round(chosen[0], 1), round(chosen[1], 1)))
    return tuple(badges)


def _is_free(spot: tuple[float, float], taken: Iterable[tuple[float, float]]) -> bool:
    return all(math.dist(spot, other) >= _APART for other in taken)


def _square(x: float, y: float) -> str:
    return f"M{x - 4:g} {y - 4:g}h8v8h-8z"


def _triangle(x: float, y: float) -> str:
    return f"M{x:g} {y - 5:g}l4.6 8h-9.2z"


def _circle(x: float, y: float) -> str:
    return f"M{x - 2.5:g} {y:g}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z"


_SHAPES = {Severity.ERROR: _square, Severity.WARNING: _triangle, Severity.INFO: _circle}
"""Told apart by shape as well as by colour."""

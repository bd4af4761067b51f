"""The main network: the named axes, a field of collectors in each town, and country roads between villages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
import shapely.ops
from numpy.typing import NDArray

from scripts.demonstration.boundaries import Boundaries
from scripts.demonstration.geography import Axis, Geography, Town
from scripts.demonstration.names import name_stems, numeral
from scripts.demonstration.roads import WIDTHS, Road, parts_of, warp
from scripts.demonstration.tables import chance

SECTION = 1700.0
"""Length of one 段 in metres, about."""
PARALLEL = 130.0
"""A collector runs no nearer beside another main road."""
HIGHLANDS = 237_000.0
"""East of this easting villages lie in separate valleys."""
SPACING = {1: 330.0, 2: 390.0, 3: 400.0, 4: 380.0, 5: 300.0}


@dataclass(frozen=True, slots=True)
class Built:
    """A town and the ground it covers."""

    town: Town
    ground: Any


@dataclass(frozen=True, slots=True)
class Network:
    """All main roads, and the towns they run through."""

    roads: tuple[Road, ...]
    towns: tuple[Built, ...]
    parks: dict[str, Any]
    """Parks known by name."""
    barriers: Any
    """What streets do not cross: rivers, lakes, freeways, railways."""


def build_network(
    geography: Geography, boundaries: Boundaries, water: Any, seed: int, only: frozenset[str] | None
) -> Network:
    """Lay the main roads; ``only`` limits towns to the named districts."""
    towns = _built(geography, boundaries, water, seed, only)
    roads = [road for axis in geography.axes for road in _sections(axis, boundaries.city)]
    rivers = water.buffer(15)
    for built in towns:
        roads += _field(built, roads, rivers, seed)
    roads += _country_roads(boundaries, towns, roads, water, seed)
    joined = _joined([road for road in roads if road.kind in {"arterial", "collector"}], [])
    fast = [road for road in roads if road.kind not in {"arterial", "collector"}]
    return Network((*fast, *joined), towns, public_parks(geography), _barriers(geography, water))


def public_parks(geography: Geography) -> dict[str, Any]:
    """Return the ground of the parks everybody knows, by name."""
    parks = {}
    for landmark in geography.landmarks:
        if landmark.kind == "公園綠地":
            parks[landmark.name] = landmark.point.buffer(150, quad_segs=2)
    return parks


def _barriers(geography: Geography, water: Any) -> Any:
    fast = [
        axis.line.buffer(WIDTHS[axis.kind] / 2 + 6) for axis in geography.axes if axis.kind in {"freeway", "expressway"}
    ]
    rails = [railway.line.buffer(14) for railway in geography.railways if railway.kind == "rail"]
    canals = [canal.line.buffer(8) for canal in geography.canals]
    return shapely.union_all([water.buffer(12), *fast, *rails, *canals, *public_parks(geography).values()])


def _built(
    geography: Geography, boundaries: Boundaries, water: Any, seed: int, only: frozenset[str] | None
) -> tuple[Built, ...]:
    found: list[Built] = []
    taken: Any = shapely.Polygon()
    for town in geography.towns:
        if only is not None and town.district not in only:
            continue
        angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
        phase = chance(seed, "town", town.district, town.centre).uniform(0, 2 * np.pi, 3)
        radius = town.radius * (
            1
            + 0.14 * np.sin(2 * angle + phase[0])
            + 0.1 * np.sin(3 * angle + phase[1])
            + 0.07 * np.sin(5 * angle + phase[2])
        )
        blob = shapely.Polygon(
            np.column_stack((town.centre[0] + radius * np.cos(angle), town.centre[1] + radius * np.sin(angle)))
        )
        ground = (
            shapely.intersection(blob, boundaries.district(town.district).geometry).difference(taken).difference(water)
        )
        parts = [part for part in parts_of(ground, 3) if part.area > 30_000]
        taken = shapely.union(taken, ground)
        found.append(Built(town, shapely.union_all(parts)))
    return tuple(found)


def _sections(axis: Axis, city: Any) -> Iterator[Road]:
    """Cut a named axis into 段, unless it is short or a motorway."""
    width = axis.width or WIDTHS[axis.kind]
    for line in parts_of(axis.line.intersection(city.buffer(150))):
        if axis.kind in {"freeway", "expressway", "collector"} or line.length < SECTION * 1.5:
            yield Road(axis.name, axis.kind, line, width, route=axis.route)
            continue
        count = max(2, round(line.length / SECTION))
        for index in range(count):
            piece = shapely.ops.substring(line, line.length * index / count, line.length * (index + 1) / count)
            section = f"{numeral(index + 1)}段"
            yield Road(axis.name, axis.kind, piece, width, section=section, route=axis.route)


def _field(built: Built, roads: list[Road], rivers: Any, seed: int) -> list[Road]:
    """Fill a town with collectors in two directions, keeping clear of roads that are there already."""
    town = built.town
    random = chance(seed, "field", town.district, town.centre)
    stems = name_stems(random, {road.name[:-1] for road in roads})
    spacing = SPACING[town.rank]
    others = [
        road.line
        for road in roads
        if road.kind in {"arterial", "collector"} and road.line.distance(built.ground) < PARALLEL
    ]
    made: list[Road] = []
    for direction in (0, 1):
        for offset in np.arange(-8, 9) * spacing + random.uniform(-25, 25, 17):
            curve = _field_line(town, float(offset), direction)
            for part in parts_of(curve.intersection(built.ground).difference(rivers)):
                for run in _clear_runs(part, others):
                    kind = (
                        "arterial"
                        if town.rank <= 2 and abs(offset) > spacing and round(offset / spacing) % 4 == 0
                        else "collector"
                    )
                    width = 22.0 if kind == "arterial" else WIDTHS[kind]
                    made.append(Road(next(stems) + "路", kind, run, width))
    return _joined(made, others)


def _field_line(town: Town, offset: float, direction: int) -> Any:
    along = np.arange(-town.radius * 1.5, town.radius * 1.5, 30.0)
    u, v = (along, np.full_like(along, offset)) if direction == 0 else (np.full_like(along, offset), along)
    turn = np.radians(town.angle)
    x = town.centre[0] + u * np.cos(turn) - v * np.sin(turn)
    y = town.centre[1] + u * np.sin(turn) + v * np.cos(turn)
    return shapely.LineString(np.column_stack(warp(x, y)))


def _clear_runs(line: Any, others: list[Any]) -> list[Any]:
    """Return the stretches of a line that do not run close beside another road."""
    if line.length < 150:
        return []
    if not others:
        return [line]
    coordinates = shapely.get_coordinates(shapely.segmentize(line, 30.0))
    middles = shapely.points((coordinates[:-1] + coordinates[1:]) / 2)
    tree = shapely.STRtree(others)
    (index, other), distance = tree.query_nearest(middles, return_distance=True, all_matches=False)
    lines = np.array(others, dtype=object)[other]
    measure = shapely.line_locate_point(lines, middles[index])
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(lines, measure + 15))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(lines, np.maximum(measure - 15, 0)))
    mine, theirs = np.diff(coordinates, axis=0), ahead - behind
    cosine = np.abs((mine * theirs).sum(axis=1)) / (np.hypot(*mine.T) * np.hypot(*theirs.T) + 1e-9)
    blocked = (distance < PARALLEL) & (cosine > 0.8)
    return [run for run in _runs(coordinates, ~blocked) if run.length > 220]


def _runs(coordinates: NDArray[np.float64], keep: NDArray[np.bool_]) -> Iterator[Any]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], keep, [False])).astype(int)))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield shapely.LineString(coordinates[start : end + 1])


def _joined(made: list[Road], others: list[Any]) -> list[Road]:
    """Lead loose ends on to the nearest main road, so that they close faces."""
    lines = [road.line for road in made]
    every = [*others, *lines]
    tree = shapely.STRtree(every)
    for number, road in enumerate(made):
        coordinates = shapely.get_coordinates(lines[number])
        for end in (0, -1):
            point = shapely.Point(coordinates[end])
            near = [
                every[index]
                for index in tree.query(point, predicate="dwithin", distance=PARALLEL * 1.7)
                if every[index] is not lines[number]
            ]
            if not near:
                continue
            target = min(near, key=point.distance)
            if target.distance(point) > 0.5:
                foot = shapely.get_coordinates(shapely.shortest_line(point, target))[1]
                beyond = foot + (foot - coordinates[end]) / np.hypot(*(foot - coordinates[end])) * 0.5
                coordinates = np.vstack((beyond, coordinates)) if end == 0 else np.vstack((coordinates, beyond))
        road.line = shapely.LineString(coordinates)
    return made


def _country_roads(
    boundaries: Boundaries, towns: tuple[Built, ...], roads: list[Road], water: Any, seed: int
) -> list[Road]:
    """Join neighbouring villages (the edges of their Gabriel graph), outside of towns."""
    random = chance(seed, "country")
    points = np.array([village.geometry.representative_point().coords[0] for village in boundaries.villages])
    closed = shapely.union_all([*(built.ground.buffer(30) for built in towns), water.buffer(25)])
    shapely.prepare(closed)
    tree = shapely.STRtree([road.line for road in roads])
    stems = name_stems(random, {road.name[:-1] for road in roads})
    made: list[Road] = []
    for a, b in _gabriel(points):
        if max(points[a, 0], points[b, 0]) > HIGHLANDS or np.hypot(*(points[a] - points[b])) > 5200:
            continue
        coordinates = _winding(points[a], points[b], random)
        middles = (coordinates[:-1] + coordinates[1:]) / 2
        beside = tree.query(shapely.points(middles), predicate="dwithin", distance=70.0)[0]
        keep = ~shapely.contains_xy(closed, middles)
        # Beside another main road there is no second one, but a road may cross it.
        keep &= ~_long_runs(np.isin(np.arange(len(middles)), beside), 6)
        made += [
            Road(next(stems) + "路", "collector", run, 11.0) for run in _runs(coordinates, keep) if run.length > 160
        ]
    return made


def _long_runs(flags: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(int)))
    result = np.zeros_like(flags)
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        result[start:end] = end - start >= least
    return result


def _gabriel(points: NDArray[np.float64]) -> list[tuple[int, int]]:
    """Return the pairs whose circle (on the pair as diameter) holds no third point."""
    edges = []
    for a in range(len(points)):
        squared = ((points - points[a]) ** 2).sum(axis=1)
        for b in np.argsort(squared)[1:13]:
            if b > a:
                centre = (points[a] + points[b]) / 2
                others = ((points - centre) ** 2).sum(axis=1)
                others[[a, b]] = np.inf
                if others.min() > squared[b] / 4:
                    edges.append((a, int(b)))
    return edges


def _winding(start: NDArray[np.float64], end: NDArray[np.float64], random: np.random.Generator) -> NDArray[np.float64]:
    length = float(np.hypot(*(end - start)))
    share = np.linspace(0, 1, max(3, int(length / 45)))
    normal = np.array([-(end - start)[1], (end - start)[0]]) / length
    sway = np.sin(np.pi * share) * (
        random.normal(0, 0.07) * length + length * 0.03 * np.sin(share * random.uniform(4, 12) + random.uniform(0, 6))
    )
    return np.asarray(start + (end - start) * share[:, None] + normal * sway[:, None])

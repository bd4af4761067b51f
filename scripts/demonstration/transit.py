"""Railways, the metro, bus routes and stops."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
import shapely.ops

from scripts.demonstration.geography import Geography
from scripts.demonstration.roads import Road, parts_of
from scripts.demonstration.tables import Table, chance


def railway_tables(geography: Geography, city: Any) -> tuple[Table, Table, Table, Table]:
    """Return railway lines, their stations, metro lines and their stations."""
    rails, stations, metro, stops = Table(), Table(), Table(), Table()
    for railway in geography.railways:
        line, points = (metro, stops) if railway.kind == "metro" else (rails, stations)
        for part in parts_of(railway.line.intersection(city.buffer(200))):
            line.add(part, name=railway.name, kind=railway.kind)
        for number, (name, point) in enumerate(railway.stations, 1):
            points.add(point, name=f"{name}站" if not name.endswith("站") else name, line=railway.name, number=number)
    return rails, stations, metro, stops


def bus_routes(geography: Geography, seed: int, count: int) -> Table:
    """Return bus routes: along one axis as far as another, then along that."""
    random = chance(seed, "bus")
    axes = [axis for axis in geography.axes if axis.kind in {"arterial", "collector"} and axis.line.length > 2500]
    table = Table()
    for axis in axes[:14]:
        table.add(
            axis.line,
            number=str(300 + len(table)),
            name=f"{axis.name}幹線",
            operator=_operator(random),
            minutes=int(random.integers(6, 15)),
        )
    attempts = 0
    while len(table) < count and attempts < count * 20:
        attempts += 1
        first, second = (axes[index] for index in random.choice(len(axes), 2, replace=False))
        crossing = first.line.intersection(second.line)
        if crossing.is_empty:
            continue
        meeting = shapely.Point(shapely.get_coordinates(crossing)[0])
        line = _bent(first.line, second.line, meeting, random)
        if line.length > 4000:
            table.add(
                line,
                number=str(int(random.integers(1, 290))),
                name=f"{first.name}－{second.name}",
                operator=_operator(random),
                minutes=int(random.integers(12, 45)),
            )
    return table


def _bent(first: Any, second: Any, meeting: Any, random: np.random.Generator) -> Any:
    a, b = first.project(meeting), second.project(meeting)
    start = (
        shapely.ops.substring(first, 0, a) if random.random() < 0.5 else shapely.ops.substring(first, first.length, a)
    )
    end = shapely.ops.substring(second, b, second.length if random.random() < 0.5 else 0)
    return shapely.LineString(np.vstack((shapely.get_coordinates(start), shapely.get_coordinates(end))))


def _operator(random: np.random.Generator) -> str:
    return str(random.choice(["示範客運", "山城客運", "海線客運", "盆地客運", "大屯客運"]))


def bus_stops(roads: list[Road], district: str, seed: int, spacing: float) -> Table:
    """Return bus stops on both sides of main roads."""
    table = Table()
    for road in roads:
        if road.kind not in {"arterial", "collector"} or road.line.length < spacing:
            continue
        random = chance(seed, "stops", road.full_name, round(road.line.length))
        for measure in np.arange(spacing / 2, road.line.length, spacing * random.uniform(0.9, 1.15)):
            name = f"{road.name}{road.number_at(road.line.interpolate(measure))}號"
            for side, heading in ((1, "往市區"), (-1, "往郊區")):
                point = beside(road.line, float(measure), side * (road.width / 2 + 1.2))
                table.add(
                    point,
                    name=f"{name}站",
                    heading=heading,
                    road=road.road,
                    district=district,
                    shelter=bool(random.random() < 0.6),
                )
    return table


def beside(line: Any, measure: float, distance: float) -> Any:
    """Return the point ``distance`` metres to the left of a line (negative: to the right)."""
    before, after = line.interpolate(max(measure - 2, 0)), line.interpolate(measure + 2)
    length = before.distance(after) or 1.0
    here = line.interpolate(measure)
    return shapely.Point(
        here.x - (after.y - before.y) / length * distance, here.y + (after.x - before.x) / length * distance
    )

"""What stands along streets: trees, lamps, signals, cameras, hydrants, manholes, shared bicycles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from scripts.demonstration.roads import Road
from scripts.demonstration.tables import Table, chance

TREES = ("榕樹", "樟樹", "黑板樹", "欒樹", "小葉欖仁", "阿勃勒", "印度紫檀", "茄苳", "木棉", "水黃皮")


def along(roads: Sequence[Road], spacing: float, margin: float) -> tuple[NDArray[np.object_], list[Road]]:
    """Return points on both sides of roads, ``margin`` metres beside the carriageway, clear of their ends."""
    points: list[Any] = []
    owners: list[Road] = []
    for road in roads:
        measures = np.arange(12, road.line.length - 12, spacing)
        if not len(measures):
            continue
        here = shapely.get_coordinates(shapely.line_interpolate_point(road.line, measures))
        after = shapely.get_coordinates(shapely.line_interpolate_point(road.line, measures + 1))
        step = after - here
        normal = np.column_stack((-step[:, 1], step[:, 0])) / np.maximum(np.hypot(*step.T), 1e-6)[:, None]
        for side in (1, -1):
            points.extend(shapely.points(here + normal * side * (road.width / 2 + margin)))
            owners.extend([road] * len(measures))
    return np.array(points, dtype=object), owners


def trees(roads: Sequence[Road], district: str, seed: int, spacing: float) -> Table:
    """Return street trees; a road has one kind of tree."""
    points, owners = along([road for road in roads if road.kind in {"arterial", "collector"}], spacing, -1.4)
    random = chance(seed, "trees", district)
    kinds = {id(road): str(chance(seed, "kind", road.name).choice(TREES)) for road in owners}
    table = Table()
    count = len(points)
    table.extend(
        points,
        number=[f"{district[0]}{index + 1:06d}" for index in range(count)],
        species=[kinds[id(road)] for road in owners],
        height_m=np.round(random.normal(6.5, 1.8, count).clip(2, 14), 1).tolist(),
        diameter_cm=np.round(random.normal(24, 8, count).clip(6, 70)).astype(int).tolist(),
        road=[road.road for road in owners],
        district=[district] * count,
    )
    return table


def lamps(roads: Sequence[Road], district: str, seed: int, spacing: float) -> Table:
    """Return street lamps with their wattage."""
    points, owners = along(roads, spacing, 0.6)
    random = chance(seed, "lamps", district)
    table = Table()
    table.extend(
        points,
        number=[f"{district[:2]}{index + 1:06d}" for index in range(len(points))],
        lamp=["LED"] * len(points),
        watt=[int(value) for value in random.choice([36, 60, 90, 120], len(points))],
        road=[road.road for road in owners],
        district=[district] * len(points),
    )
    return table


def junctions(roads: Sequence[Road]) -> tuple[list[Any], list[str]]:
    """Return where main roads of different names cross, and what the crossing is called."""
    if len(roads) < 2:
        return [], []
    lines = np.array([road.line for road in roads], dtype=object)
    first, second = shapely.STRtree(lines).query(lines, predicate="intersects")
    points: list[Any] = []
    names: list[str] = []
    for a, b in zip(first.tolist(), second.tolist(), strict=True):
        if a < b and roads[a].name != roads[b].name:
            for x, y in shapely.get_coordinates(lines[a].intersection(lines[b]))[:1]:
                points.append(shapely.Point(x, y))
                names.append(f"{roads[a].road}與{roads[b].road}口")
    return points, names


def junction_table(points: list[Any], names: list[str], district: str, share: float, seed: int, what: str) -> Table:
    """Return a share of the junctions as numbered sites."""
    random = chance(seed, what, district)
    table = Table()
    for index in np.flatnonzero(random.random(len(points)) < share):
        x, y = points[index].x + random.uniform(6, 12), points[index].y + random.uniform(6, 12)
        table.add(shapely.Point(x, y), number=f"{district[:2]}-{index + 1:04d}", name=names[index], district=district)
    return table


def covers(roads: Sequence[Road], district: str, seed: int, spacing: float, kind: str) -> Table:
    """Return hydrants or manholes along streets."""
    random = chance(seed, kind, district)
    points, owners = along(roads, spacing, -2.2 if kind == "人孔" else 0.4)
    keep = np.flatnonzero(random.random(len(points)) < 0.5)
    table = Table()
    table.extend(
        points[keep],
        number=[f"{district[:2]}{index + 1:05d}" for index in range(len(keep))],
        kind=[kind] * len(keep),
        road=[owners[index].full_name for index in keep],
        district=[district] * len(keep),
    )
    return table

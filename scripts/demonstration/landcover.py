"""What lies between the towns: forest, farmland, flood-prone ground."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from scripts.demonstration.boundaries import Boundaries
from scripts.demonstration.network import Built
from scripts.demonstration.roads import parts_of
from scripts.demonstration.tables import Table, chance
from scripts.demonstration.terrain import Relief

FOREST_CELL = 240.0
AIRFIELD = "沙鹿區"
"""The airfield between four districts belongs to no village; it is delivered with this one."""


def forest(relief: Relief, city: Any) -> Any:
    """Return the wooded ground: what is steep or high, with rounded edges."""
    coarse = relief.coarser(max(1, round(FOREST_CELL / relief.cell)))
    height = coarse.elevation.astype(float)
    steep = np.hypot(*np.gradient(height, coarse.cell))
    rows, columns = np.nonzero(((steep > 0.10) & (height > 90)) | (height > 480))
    # One box per run of cells in a row: a tenth of the polygons to unite.
    starts = np.flatnonzero(np.concatenate(([True], (np.diff(rows) != 0) | (np.diff(columns) != 1))))
    ends = np.concatenate((starts[1:], [len(rows)])) - 1
    west = coarse.west + columns[starts] * coarse.cell
    east = coarse.west + (columns[ends] + 1) * coarse.cell
    north = coarse.north - rows[starts] * coarse.cell
    boxes = shapely.box(west, north - coarse.cell, east, north)
    united = shapely.union_all(boxes).buffer(150, quad_segs=3).buffer(-310, quad_segs=3).buffer(160, quad_segs=3)
    parts = [
        shapely.Polygon(part.exterior, [hole for hole in part.interiors if shapely.Polygon(hole).area > 90_000])
        for part in parts_of(united, 3)
        if part.area > 120_000
    ]
    return _areas(shapely.intersection(shapely.union_all(parts), city))


def landuse_table(boundaries: Boundaries, towns: tuple[Built, ...], woods: Any, water: Any, district: str) -> Table:
    """Return forest, farmland and built-up ground of a district, cut by village."""
    shape = boundaries.district(district).geometry
    land = _areas(shape.difference(_areas(shapely.intersection(water, shape.buffer(10)))))
    built = _areas(
        shapely.intersection(shapely.union_all([item.ground for item in towns if item.ground.intersects(shape)]), land)
    )
    open_land = _areas(shapely.difference(land, built))
    wooded = _areas(shapely.intersection(woods, open_land))
    kinds = (("建成區", built), ("森林", wooded), ("農業", _areas(shapely.difference(open_land, wooded))))
    table = Table()
    if district == AIRFIELD:
        for hole in _holes(boundaries.city):
            table.add(
                shapely.multipolygons([hole]),
                kind="機場",
                district=district,
                village="",
                area_ha=round(hole.area / 1e4, 2),
            )
    for village in boundaries.villages:
        if village.district != district:
            continue
        for kind, ground in kinds:
            part = shapely.intersection(ground, village.geometry)
            pieces = [piece for piece in parts_of(part, 3) if piece.area > 400]
            if pieces:
                table.add(
                    shapely.multipolygons(pieces),
                    kind=kind,
                    district=district,
                    village=village.name,
                    area_ha=round(sum(piece.area for piece in pieces) / 1e4, 2),
                )
    return table


def flood_table(boundaries: Boundaries, relief: Relief, rivers: list[Any], seed: int) -> Table:
    """Return ground that a day of 500 mm of rain may flood, in classes of depth."""
    random = chance(seed, "flood")
    table = Table()
    spots = [river.interpolate(measure) for river in rivers for measure in np.arange(300, river.length, 1500)]
    for spot in spots:
        x, y = spot.x + random.normal(0, 500), spot.y + random.normal(0, 500)
        if relief.at(x, y) > 140 or not boundaries.city.contains(shapely.Point(x, y)):
            continue
        angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        phase = random.uniform(0, 2 * np.pi, 4)
        form = 1 + sum(0.22 / (index + 1) * np.sin((index + 2) * angle + phase[index]) for index in range(4))
        size = random.uniform(160, 420)
        for shrink, depth in ((1.0, "0.3-0.5公尺"), (0.68, "0.5-1公尺"), (0.38, "1-2公尺")):
            ring = np.column_stack(
                (x + form * size * shrink * np.cos(angle) * 1.3, y + form * size * shrink * np.sin(angle))
            )
            table.add(shapely.Polygon(ring), depth=depth, scenario="24小時500毫米")
    return table


def _holes(city: Any) -> list[Any]:
    rings = [ring for part in parts_of(city, 3) for ring in part.interiors]
    return [shapely.Polygon(ring) for ring in rings if shapely.Polygon(ring).area > 500_000]


def _areas(geometry: Any) -> Any:
    """Return the polygons alone: touching shapes leave points and lines behind, which overlays refuse."""
    return shapely.MultiPolygon(parts_of(geometry, 3))

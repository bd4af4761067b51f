"""Rivers, canals and lakes: lines and the polygons around them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import affinity

from scripts.demonstration.geography import Geography, Lake, Watercourse
from scripts.demonstration.tables import Table, chance


def river_polygon(river: Watercourse, seed: int) -> Any:
    """Return the water surface: wide at the mouth, narrow at the source, with uneven banks."""
    line = shapely.segmentize(river.line, 60.0)
    coordinates = shapely.get_coordinates(line)
    tangents = np.gradient(coordinates, axis=0)
    tangents /= np.hypot(tangents[:, 0], tangents[:, 1])[:, None]
    normals = np.column_stack((-tangents[:, 1], tangents[:, 0]))
    share = np.linspace(0, 1, len(coordinates))
    width = river.width[0] + (river.width[1] - river.width[0]) * share**0.7
    random = chance(seed, "river", river.name)
    left = width / 2 * (1 + 0.35 * _wander(random, len(share)))
    right = width / 2 * (1 + 0.35 * _wander(random, len(share)))
    ring = np.vstack((coordinates + normals * left[:, None], (coordinates - normals * right[:, None])[::-1]))
    surface = shapely.make_valid(shapely.Polygon(ring))
    # Self-crossings at sharp bends leave slivers behind; closing and opening removes them.
    return surface.buffer(6).buffer(-6)


def _wander(random: np.random.Generator, count: int) -> Any:
    knots = random.normal(0, 1, count // 6 + 4)
    return np.clip(np.interp(np.linspace(0, len(knots) - 1, count), np.arange(len(knots)), knots), -1.6, 1.6)


def lake_polygon(lake: Lake, seed: int) -> Any:
    """Return the lake as an ellipse with an uneven shore."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    random = chance(seed, "lake", lake.name)
    phase = random.uniform(0, 2 * np.pi, 3)
    radius = (
        1
        + 0.12 * np.sin(2 * angle + phase[0])
        + 0.10 * np.sin(3 * angle + phase[1])
        + 0.06 * np.sin(7 * angle + phase[2])
    )
    x, y = np.cos(angle) * radius * lake.length / 2, np.sin(angle) * radius * lake.breadth / 2
    turned = affinity.rotate(shapely.Polygon(np.column_stack((x, y))), lake.angle, origin=(0, 0))
    return affinity.translate(turned, *lake.centre)


def river_tables(geography: Geography, seed: int, city: Any) -> tuple[Table, Table, Table, Table]:
    """Return water surfaces, river lines, canals and lakes."""
    surfaces, lines, canals, lakes = Table(), Table(), Table(), Table()
    # Rivers along the border belong half to the neighbour; both halves are drawn.
    reach = city.buffer(400)
    for river in geography.rivers:
        surfaces.add(
            river_polygon(river, seed).intersection(reach), name=river.name, name_en=river.english, kind="河川"
        )
        downstream = shapely.reverse(river.line).simplify(4).intersection(reach)
        lines.add(downstream, name=river.name, name_en=river.english, authority=_authority(river))
    for canal in geography.canals:
        line = shapely.reverse(canal.line).simplify(2)
        canals.add(line, name=canal.name, name_en=canal.english, length_m=round(line.length))
    for lake in geography.lakes:
        shape = lake_polygon(lake, seed)
        lakes.add(shape, name=lake.name, name_en=lake.english, area_ha=round(shape.area / 1e4, 2))
    return surfaces, lines, canals, lakes


def _authority(river: Watercourse) -> str:
    return "中央管河川" if river.width[0] > 300 else "市管河川"

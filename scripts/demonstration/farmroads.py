"""Farm roads 農路: the fine net between fields, outside of towns."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely import affinity

from scripts.demonstration.roads import WIDTHS, Road, parts_of
from scripts.demonstration.tables import Table, chance


def farm_roads(landuse: Table, seed: int, spacing: float) -> list[Road]:
    """Return the roads that divide farmland into fields of about ``spacing`` metres; none for 0."""
    if not spacing:
        return []
    found: list[Road] = []
    for ground, kind, village in zip(
        landuse.geometry, landuse.columns["kind"], landuse.columns["village"], strict=True
    ):
        if kind == "農業":
            for part in parts_of(ground, 3):
                found += _fields(part, spacing, chance(seed, "farm", village, round(part.area)))
    return found


def _fields(ground: Any, spacing: float, random: np.random.Generator) -> list[Road]:
    if ground.area < spacing**2 * 2:
        return []
    angle = float(random.uniform(-40, 40))
    centre = ground.centroid
    flat = affinity.rotate(ground, -angle, origin=centre)
    west, south, east, north = flat.bounds
    lines = []
    for x in np.arange(west + spacing / 2, east, spacing * 1.3):
        # Every line wanders a little, so that fields differ.
        bend = np.linspace(south, north, max(2, int((north - south) / 300)))
        lines.append(shapely.LineString(np.column_stack((x + random.normal(0, 7, len(bend)), bend))))
    for y in np.arange(south + spacing / 2, north, spacing):
        bend = np.linspace(west, east, max(2, int((east - west) / 300)))
        lines.append(shapely.LineString(np.column_stack((bend, y + random.normal(0, 7, len(bend))))))
    if not lines:
        return []
    shapely.prepare(flat)
    inside = shapely.intersection(np.array(lines, dtype=object), flat)
    return [
        Road("農路", "lane", affinity.rotate(part, angle, origin=centre), WIDTHS["lane"] - 2.5)
        for part in parts_of(shapely.geometrycollections(inside))
        if part.length > 60
    ]

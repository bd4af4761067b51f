"""What lies around the city (``region.yml``), so that small scales show more than one city in an empty island."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from typing import Any

import numpy as np
import shapely
import shapely.ops
import yaml
from numpy.typing import NDArray

from scripts.demonstration.boundaries import Boundaries
from scripts.demonstration.geography import curve, projected
from scripts.demonstration.roads import parts_of
from scripts.demonstration.tables import Table

_STEPS = ((500, 0.0), (1500, 7500.0), (2500, 15000.0))
"""Metres above the sea, and how far inside the mountains' foot so high ground begins: schematic."""

_STRETCH = 22_000.0
"""Metres of a road, about, that are one feature."""


def region_tables(boundaries: Boundaries) -> dict[str, Table]:
    """Return main roads, high ground and names around the city, by layer."""
    text = (resources.files("scripts.demonstration") / "region.yml").read_text(encoding="utf-8")
    region = yaml.safe_load(text)
    shapely.prepare(boundaries.city)
    land = shapely.union_all([county.geometry for county in boundaries.counties])
    return {
        "highlands": _highlands(region["highlands"], land.difference(boundaries.city)),
        "trunk-roads": _lines([*region["roads"], *region["rails"]], boundaries.city),
        "region-names": _names(region["names"]),
    }


def _highlands(ranges: list[dict[str, Any]], ground: Any) -> Table:
    table = Table()
    for elevation, inside in _STEPS:
        for item in ranges:
            ring = curve([*item["points"], item["points"][0]], step=600.0)
            area = shapely.transform(shapely.Polygon(ring).buffer(-inside), _folded).buffer(0).intersection(ground)
            for part in parts_of(area, kind=3):
                table.add(part, name=item["name"], elevation=elevation)
    return table


def _folded(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bend an outline into valleys and spurs, the same everywhere."""
    x, y = points.T
    dx = 1500 * np.sin(x / 5300 + y / 7100) + 900 * np.sin(y / 2300 - 1.3) + 420 * np.sin(y / 900 + x / 1700)
    dy = 1500 * np.sin(y / 6100 - x / 8300 + 0.7) + 900 * np.sin(x / 2500 + 2.1) + 420 * np.sin(x / 950 - y / 1500)
    return np.column_stack((x + dx, y + dy))


def _stretches(line: Any) -> Iterator[Any]:
    """Cut a road into pieces that bear one shield each."""
    count = max(1, round(line.length / _STRETCH))
    for number in range(count):
        yield shapely.ops.substring(line, number / count, (number + 1) / count, normalized=True)


def _lines(items: list[dict[str, Any]], city: Any) -> Table:
    table = Table()
    for item in items:
        for part in parts_of(curve(item["points"], step=400.0).difference(city)):
            for stretch in _stretches(part):
                table.add(stretch, name=item["name"], route=item["route"], **{"class": item["class"]})
    return table


def _names(items: list[list[Any]]) -> Table:
    table = Table()
    for name, english, kind, rank, longitude, latitude in items:
        table.add(shapely.Point(projected(longitude, latitude)), name=name, name_en=english, kind=kind, rank=rank)
    return table
